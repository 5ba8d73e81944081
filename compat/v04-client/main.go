// Command v04-client is a program in the style of kafka-go v0.4 that administers a
// cluster by a Client, produces and fetches with it, works with offsets of a group, and
// puts a RoundTripper of its own between.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/topics"
)

// began is the time of the first message, in milliseconds: an hour ago.
var began = time.Now().Add(-time.Hour).UnixMilli()

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx, strings.Split(os.Getenv("KAFKA_BROKERS"), ",")); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

// counted counts what goes through a transport.
type counted struct {
	next  kafka.RoundTripper
	calls atomic.Int64
}

func (c *counted) RoundTrip(ctx context.Context, addr net.Addr, req kafka.Request) (kafka.Response, error) {
	c.calls.Add(1)
	return c.next.RoundTrip(ctx, addr, req)
}

func run(ctx context.Context, brokers []string) error {
	transport := &kafka.Transport{ClientID: "v04-client", MetadataTTL: time.Second, IdleTimeout: 10 * time.Second}
	defer transport.CloseIdleConnections()
	through := &counted{next: transport}
	client := &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: 20 * time.Second, Transport: through}
	topic := fmt.Sprintf("v04-client-%d", time.Now().UnixNano())
	for _, step := range []struct {
		name string
		do   func(context.Context, *kafka.Client, string) error
	}{
		{"creating", create}, {"configurations", configs}, {"producing", produce}, {"fetching", fetch}, {"list offsets", list}, {"a group", group},
		{"partitions", grow}, {"deleting", remove},
	} {
		if err := step.do(ctx, client, topic); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	fmt.Println(through.calls.Load(), "calls")
	if through.calls.Load() < 15 {
		return fmt.Errorf("the RoundTripper saw %d calls", through.calls.Load())
	}
	return nil
}

func create(ctx context.Context, client *kafka.Client, topic string) error {
	versions, err := client.ApiVersions(ctx, &kafka.ApiVersionsRequest{})
	if err != nil || versions.Error != nil || len(versions.ApiKeys) == 0 {
		return fmt.Errorf("ApiVersions: %+v, %w", versions, err)
	}
	req := &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}}}
	res, err := client.CreateTopics(ctx, req)
	if err != nil {
		return err
	}
	if err, ok := res.Errors[topic]; err != nil || !ok {
		return fmt.Errorf("the outcome is %v (%t)", err, ok)
	}
	if res, err = client.CreateTopics(ctx, req); err != nil || !errors.Is(res.Errors[topic], kafka.TopicAlreadyExists) {
		return fmt.Errorf("again: %v, %v", res, err)
	}
	meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic, topic + "-missing"}})
	if err != nil {
		return err
	}
	if len(meta.Topics) != 2 || meta.Topics[0].Name != topic || len(meta.Topics[0].Partitions) != 1 || !errors.Is(meta.Topics[1].Error, kafka.UnknownTopicOrPartition) {
		return fmt.Errorf("Metadata: %+v", meta.Topics)
	}
	if len(meta.Brokers) == 0 || meta.Brokers[0].Port == 0 {
		return fmt.Errorf("Metadata: %+v", meta.Brokers)
	}
	found, err := topics.ListRe(ctx, client, regexp.MustCompile("^"+topic+"$"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("topics.ListRe: %v, %w", found, err)
	}
	return nil
}

func configs(ctx context.Context, client *kafka.Client, topic string) error {
	altered, err := client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, Configs: []kafka.IncrementalAlterConfigsRequestConfig{
			{Name: "max.message.bytes", Value: "20000", ConfigOperation: kafka.ConfigOperationSet},
		}}},
	})
	if err != nil || altered.Resources[0].Error != nil {
		return fmt.Errorf("IncrementalAlterConfigs: %+v, %w", altered, err)
	}
	for end := time.Now().Add(10 * time.Second); ; {
		res, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
			Resources: []kafka.DescribeConfigRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{"max.message.bytes"}}},
		})
		if err != nil {
			return err
		}
		entries := res.Resources[0].ConfigEntries
		if len(entries) == 1 && entries[0].ConfigValue == "20000" {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("DescribeConfigs: %+v", res.Resources)
		}
	}
}

func produce(ctx context.Context, client *kafka.Client, topic string) error {
	for i := 0; i < 3; i++ {
		var records []kafka.Record
		for j := 0; j < 10; j++ {
			records = append(records, kafka.Record{
				Time: time.UnixMilli(began + int64(i*10+j)), Key: kafka.NewBytes([]byte("k")), Value: kafka.NewBytes([]byte(fmt.Sprint(i*10 + j))),
				Headers: []kafka.Header{{Key: "h", Value: []byte("v")}},
			})
		}
		res, err := client.Produce(ctx, &kafka.ProduceRequest{
			Topic: topic, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...), Compression: []kafka.Compression{0, kafka.Gzip, kafka.Zstd}[i],
		})
		if err != nil {
			return err
		}
		if res.Error != nil || res.BaseOffset != int64(i*10) {
			return fmt.Errorf("base offset %d, %w", res.BaseOffset, res.Error)
		}
	}
	return nil
}

func fetch(ctx context.Context, client *kafka.Client, topic string) error {
	next := int64(0)
	for next < 30 {
		res, err := client.Fetch(ctx, &kafka.FetchRequest{Topic: topic, Offset: next, MinBytes: 1, MaxBytes: 1e6, MaxWait: 500 * time.Millisecond})
		if err != nil {
			return err
		}
		if res.Error != nil || res.HighWatermark != 30 {
			return fmt.Errorf("high watermark %d, %w", res.HighWatermark, res.Error)
		}
		for {
			r, err := res.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			value, err := kafka.ReadAll(r.Value)
			if err != nil {
				return err
			}
			if r.Offset < next {
				continue
			}
			if r.Offset != next || string(value) != fmt.Sprint(next) || r.Time.UnixMilli() != began+next || len(r.Headers) != 1 {
				return fmt.Errorf("record %d: %+v %q", next, r, value)
			}
			next++
		}
	}
	res, err := client.Fetch(ctx, &kafka.FetchRequest{Topic: topic, Offset: 1000, MinBytes: 1, MaxBytes: 1e6, MaxWait: 100 * time.Millisecond})
	if err != nil || !errors.Is(res.Error, kafka.OffsetOutOfRange) {
		return fmt.Errorf("behind the end: %+v, %w", res, err)
	}
	return nil
}

func list(ctx context.Context, client *kafka.Client, topic string) error {
	res, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{
		topic: {kafka.FirstOffsetOf(0), kafka.LastOffsetOf(0), kafka.TimeOffsetOf(0, time.UnixMilli(began+17))},
	}})
	if err != nil {
		return err
	}
	p := res.Topics[topic]
	if len(p) != 1 || p[0].Error != nil || p[0].FirstOffset != 0 || p[0].LastOffset != 30 {
		return fmt.Errorf("%+v", p)
	}
	if _, ok := p[0].Offsets[17]; !ok {
		return fmt.Errorf("offsets by time: %v", p[0].Offsets)
	}
	return nil
}

func group(ctx context.Context, client *kafka.Client, topic string) error {
	id := topic + "-group"
	var found *kafka.FindCoordinatorResponse
	for found == nil || errors.Is(found.Error, kafka.GroupCoordinatorNotAvailable) {
		var err error
		if found, err = client.FindCoordinator(ctx, &kafka.FindCoordinatorRequest{Key: id, KeyType: kafka.CoordinatorKeyTypeConsumer}); err != nil {
			return err
		}
	}
	if found.Error != nil || found.Coordinator.Port == 0 {
		return fmt.Errorf("FindCoordinator: %+v", found)
	}
	commit := &kafka.OffsetCommitRequest{GroupID: id, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{topic: {{Partition: 0, Offset: 12, Metadata: "kept"}}}}
	for end := time.Now().Add(20 * time.Second); ; {
		res, err := client.OffsetCommit(ctx, commit)
		if err != nil {
			return err
		}
		outcome := res.Topics[topic][0].Error
		if outcome == nil {
			break
		}
		var code kafka.Error
		if !errors.As(outcome, &code) || !code.Temporary() || time.Now().After(end) {
			return fmt.Errorf("OffsetCommit: %w", outcome)
		}
	}
	fetched, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: id, Topics: map[string][]int{topic: {0}}})
	if err != nil {
		return err
	}
	if p := fetched.Topics[topic]; fetched.Error != nil || len(p) != 1 || p[0].CommittedOffset != 12 || p[0].Metadata != "kept" {
		return fmt.Errorf("OffsetFetch: %+v", fetched)
	}
	committed, err := client.ConsumerOffsets(ctx, kafka.TopicAndGroup{Topic: topic, GroupId: id})
	if err != nil || committed[0] != 12 {
		return fmt.Errorf("ConsumerOffsets: %v, %w", committed, err)
	}
	groups, err := client.ListGroups(ctx, &kafka.ListGroupsRequest{})
	if err != nil || groups.Error != nil {
		return fmt.Errorf("ListGroups: %+v, %w", groups, err)
	}
	listed := false
	for _, g := range groups.Groups {
		listed = listed || g.GroupID == id
	}
	described, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{id}})
	if err != nil || !listed || len(described.Groups) != 1 || described.Groups[0].GroupState != "Empty" {
		return fmt.Errorf("listed %t, DescribeGroups: %+v, %w", listed, described, err)
	}
	deleted, err := client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{id}})
	if err != nil || deleted.Errors[id] != nil {
		return fmt.Errorf("DeleteGroups: %+v, %w", deleted, err)
	}
	return nil
}

func grow(ctx context.Context, client *kafka.Client, topic string) error {
	res, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: 3}}})
	if err != nil || res.Errors[topic] != nil {
		return fmt.Errorf("CreatePartitions: %+v, %w", res, err)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		meta, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
		if err != nil {
			return err
		}
		if len(meta.Topics[0].Partitions) == 3 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("partitions: %+v", meta.Topics[0].Partitions)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func remove(ctx context.Context, client *kafka.Client, topic string) error {
	res, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic, topic + "-missing"}})
	if err != nil {
		return err
	}
	if res.Errors[topic] != nil || !errors.Is(res.Errors[topic+"-missing"], kafka.UnknownTopicOrPartition) {
		return fmt.Errorf("%v", res.Errors)
	}
	return nil
}
