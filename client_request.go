package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// checker converts what a request of a program has to what goes over the wire. err
// is about the first value that cannot go.
type checker struct {
	err   error
	topic string // what is converted is about, if that is to be told
}

func (c *checker) int32(field string, n int) int32 {
	if n != int(int32(n)) {
		c.tooBig(field, n, 32)
	}
	return int32(n)
}

func (c *checker) int16(field string, n int) int16 {
	if n != int(int16(n)) {
		c.tooBig(field, n, 16)
	}
	return int16(n)
}

// int32s converts a list; nil stays nil.
func (c *checker) int32s(field string, list []int) []int32 {
	return mapped(list, func(n *int) int32 { return c.int32(field, *n) })
}

func (c *checker) partition(id *int) int32 { return c.int32("Partition", *id) }

// generation is that of a commit: none for one that names neither a member nor a
// generation, which is one from outside of the group.
func (c *checker) generation(generation int, member, instance string) int32 {
	if generation == 0 && member == "" && instance == "" {
		return -1
	}
	return c.int32("GenerationID", generation)
}

func (c *checker) tooBig(field string, n, bits int) {
	c.fail(fmt.Errorf("%s is %d, which does not fit into the %d bits that Kafka has for it", field, n, bits))
}

func (c *checker) fail(err error) {
	if c.topic != "" {
		err = fmt.Errorf("topic %q: %w", c.topic, err)
	}
	if c.err == nil {
		c.err = err
	}
}

// requestTopics converts the topics of a request, and what it has of their
// partitions. They are in the order of their names; nil stays nil.
func requestTopics[P, W, T any](c *checker, topics map[string][]P, partition func(*P) W, topic func(string, []W) T) []T {
	if topics == nil {
		return nil
	}
	list := make([]T, 0, len(topics))
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		c.topic = name
		list = append(list, topic(name, mapped(topics[name], partition)))
	}
	c.topic = ""
	return list
}

// withPartitions is for topics that must have partitions, all of them.
func withPartitions[P any](c *checker, topics map[string][]P) map[string][]P {
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		if len(topics[name]) == 0 {
			c.fail(fmt.Errorf("topic %q: no partitions are given", name))
		}
	}
	return topics
}

// defaultOperationTime is what brokers are given for requests that change topics and
// the like, where nothing else bounds the call.
const defaultOperationTime = 30 * time.Second

// operationTimeout is what a request gives the broker to carry it out, in
// milliseconds: what the program asks for, or defaultOperationTime if nothing bounds
// the call, and no more than ctx leaves.
func operationTimeout(ctx context.Context, asked time.Duration) int32 {
	if asked > 0 {
		return milliseconds(min(asked, brokerTime(ctx, asked)))
	}
	return milliseconds(brokerTime(ctx, defaultOperationTime))
}
