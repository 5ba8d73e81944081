// Command franz measures franz-go through its synchronous producer and its direct consumer of one partition.
package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/segmentio/kafka-go/bench/measure"
)

func main() { measure.Main(measure.AtMain(), client{}) }

type client struct{}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func (client) Produce(ctx context.Context, w measure.Work) error {
	codec, known := codecs[w.Codec]
	if !known {
		return fmt.Errorf("unknown codec %q", w.Codec)
	}
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(w.Broker),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec),
		kgo.DisableIdempotentWrite(), // as Conn writes
		kgo.MaxProduceRequestsInflightPerBroker(1),
		kgo.ProducerLinger(0),
	)
	if err != nil {
		return err
	}
	defer cl.Close()

	records := make([]kgo.Record, len(w.Batch))
	pointers := make([]*kgo.Record, len(w.Batch))
	for written := 0; written < w.Records; written += len(records) {
		for i, r := range w.Batch {
			records[i] = kgo.Record{Topic: w.Topic, Partition: measure.Partition, Key: r.Key, Value: r.Value}
			pointers[i] = &records[i]
		}
		if err := cl.ProduceSync(ctx, pointers...).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

func (client) Fetch(ctx context.Context, w measure.Work) (measure.Tally, error) {
	var tally measure.Tally
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(w.Broker),
		kgo.FetchMaxPartitionBytes(int32(w.FetchBytes)),
		kgo.FetchMaxBytes(int32(w.FetchBytes)),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{w.Topic: {measure.Partition: kgo.NewOffset().AtStart()}}),
	)
	if err != nil {
		return tally, err
	}
	defer cl.Close()

	for tally.Records < w.Records {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return tally, err
		}
		fetches.EachRecord(func(r *kgo.Record) { tally.Add(r.Key, r.Value) })
	}
	return tally, nil
}
