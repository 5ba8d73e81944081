package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// produceZstd is the version of Produce with which zstd came (KIP-110).
const produceZstd = 7

var errNoTopic = errors.New("the connection has no topic: it was not made for a partition")

// Write writes a message with the value b, and returns its length. The message
// is written as a whole or not at all.
//
// Write is there to satisfy net.Conn: WriteMessages is much cheaper for several
// messages.
func (c *Conn) Write(b []byte) (int, error) {
	return c.WriteCompressedMessages(nil, Message{Value: b})
}

// WriteMessages writes messages to the partition of the connection, as one
// batch that is written as a whole or not at all. It returns the sum of the
// sizes of their keys and values, 0 if there is an error. Without messages it
// does nothing.
//
// The messages' Topic must be empty or the connection's, and their Partition 0.
// A message without a Time gets that of the call. The messages are not changed,
// and not used any more when the call returns.
func (c *Conn) WriteMessages(msgs ...Message) (int, error) {
	return c.WriteCompressedMessages(nil, msgs...)
}

// WriteCompressedMessages is WriteMessages with compression; a nil codec stands
// for none. A broker that is too old for the codec gives
// UnsupportedCompressionType.
func (c *Conn) WriteCompressedMessages(codec CompressionCodec, msgs ...Message) (nbytes int, err error) {
	nbytes, _, _, _, err = c.WriteCompressedMessagesAt(codec, msgs...)
	return nbytes, err
}

// WriteCompressedMessagesAt is WriteCompressedMessages, and tells where the
// messages are: the partition, the offset of the first one, and the time at
// which the broker appended them. Where the topic keeps the messages' own times
// (message.timestamp.type=CreateTime), appendTime is a millisecond before 1970.
func (c *Conn) WriteCompressedMessagesAt(codec CompressionCodec, msgs ...Message) (nbytes int, partition int32, offset int64, appendTime time.Time, err error) {
	if len(msgs) == 0 {
		return 0, 0, 0, time.Time{}, nil
	}
	if nbytes, err = c.checkMessages(msgs); err != nil {
		return 0, 0, 0, time.Time{}, err
	}
	part, err := c.produce(c.write.context(), codec, msgs)
	if err != nil {
		return 0, 0, 0, time.Time{}, err
	}
	return nbytes, part.Partition, part.BaseOffset, time.UnixMilli(part.LogAppendTime), nil
}

// checkMessages looks for messages that are not meant for the connection, and
// returns how much there is in those that are.
func (c *Conn) checkMessages(msgs []Message) (nbytes int, err error) {
	if c.topic == "" {
		return 0, errNoTopic
	}
	for i := range msgs {
		m := &msgs[i]
		if m.Topic != "" && m.Topic != c.topic {
			return 0, fmt.Errorf("message %d is for topic %q, the connection for %q", i, m.Topic, c.topic)
		}
		if m.Partition != 0 {
			return 0, fmt.Errorf("message %d has its Partition set, which must be left alone: the connection writes to its own", i)
		}
		nbytes += len(m.Key) + len(m.Value)
	}
	return nbytes, nil
}

// produce sends messages and waits until the replicas have them.
func (c *Conn) produce(ctx context.Context, codec CompressionCodec, msgs []Message) (*produce.ResponsePartition, error) {
	if err := c.usable(ctx, "write"); err != nil {
		return nil, err
	}
	buf := batchBuilders.Get().(*protocol.BatchBuilder)
	defer freeBuilder(buf)
	records, err := encodeMessages(buf, codec, msgs)
	if err != nil {
		return nil, err
	}
	req := &produce.Request{
		Acks:    int16(c.acks.Load()),
		Timeout: brokerTimeout(ctx),
		Topics: []produce.RequestTopic{{
			Topic: c.topic,
			Partitions: []produce.RequestPartition{{
				Partition: c.partition,
				RecordSet: protocol.RecordSet{Records: protocol.NewWireRecords(records)},
			}},
		}},
	}
	if err := c.checkCodec(ctx, codec, req); err != nil {
		return nil, err
	}
	reply, err := c.exchange(ctx, "write", req)
	if err != nil {
		return nil, err
	}
	defer reply.Release()
	return c.produced(reply.Message.(*produce.Response))
}

// checkCodec reports a codec that the broker is too old for. Brokers themselves
// have no common answer to one that they have never heard of.
func (c *Conn) checkCodec(ctx context.Context, codec CompressionCodec, req *produce.Request) error {
	if codec == nil || compress.Compression(codec.Code()) != compress.Zstd {
		return nil
	}
	if err := c.wire.Negotiate(ctx); err != nil {
		return c.failed(ctx, "write", req, err)
	}
	if version, err := c.wire.SelectVersion(req); err == nil && version < produceZstd {
		return UnsupportedCompressionType
	}
	return nil
}

func (c *Conn) produced(res *produce.Response) (*produce.ResponsePartition, error) {
	for i := range res.Topics {
		for j := range res.Topics[i].Partitions {
			p := &res.Topics[i].Partitions[j]
			if res.Topics[i].Topic == c.topic && p.Partition == c.partition {
				return p, errorOf(p.ErrorCode)
			}
		}
	}
	return nil, c.notAnswered("produce")
}

var batchBuilders = sync.Pool{New: func() any { return new(protocol.BatchBuilder) }}

// builderMax bounds what a builder that is kept for the next write may hold.
const builderMax = 1 << 20

func freeBuilder(b *protocol.BatchBuilder) {
	if b.Len() > builderMax {
		return
	}
	b.Reset()
	batchBuilders.Put(b)
}

// encodeMessages gives messages wire form, which is valid as long as the builder
// is. It becomes a message set for brokers before 0.11 when it is sent.
func encodeMessages(b *protocol.BatchBuilder, codec CompressionCodec, msgs []Message) ([]byte, error) {
	now := time.Now()
	for i := range msgs {
		m := &msgs[i]
		if err := b.Append(m.timestamp(now), m.Key, m.Value, m.Headers); err != nil {
			return nil, fmt.Errorf("message %d: %w", i, err)
		}
	}
	return b.Seal(protocol.BatchOptions{Codec: codec})
}
