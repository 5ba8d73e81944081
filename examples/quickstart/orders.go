package main

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/segmentio/kafka-go"
)

// makeOrders returns messages as a shop would send them: an order id as the key, JSON as the value, two headers.
// Every thousandth order is deleted: its value is nil, which Kafka calls a tombstone.
func makeOrders(n int) []kafka.Message {
	orders := make([]kafka.Message, n)
	for i := range orders {
		orders[i] = kafka.Message{
			Key:   fmt.Appendf(nil, "order-%08d", i),
			Value: orderValue(i),
			Headers: []kafka.Header{
				{Key: "content-type", Value: []byte("application/json")},
				{Key: "trace-id", Value: fmt.Appendf(nil, "%016x", uint64(i)*0x9e3779b97f4a7c15)},
			},
		}
	}
	return orders
}

func orderValue(i int) []byte {
	if i%1000 == 999 {
		return nil
	}
	cities := []string{"Berlin", "Buenos Aires", "Kyoto", "Nairobi", "Oslo", "Reykjavík", "San Francisco"}
	return fmt.Appendf(nil, `{"order":%d,"customer":"customer-%05d","city":%q,"items":%d,"amount":"%d.%02d","currency":"EUR","status":"paid"}`,
		i, i*7919%100000, cities[i%len(cities)], 1+i%9, i*31%5000, i%100)
}

// compare returns an error that names the first message that is not what was written.
func compare(got, want []kafka.Message) error {
	if len(got) != len(want) {
		return fmt.Errorf("read %d messages instead of %d", len(got), len(want))
	}
	for i := range want {
		if err := compareOne(got[i], want[i], int64(i)); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
	}
	return nil
}

func compareOne(got, want kafka.Message, offset int64) error {
	if got.Offset != offset {
		return fmt.Errorf("offset %d instead of %d", got.Offset, offset)
	}
	if !same(got.Key, want.Key) {
		return fmt.Errorf("key %q instead of %q", got.Key, want.Key)
	}
	if !same(got.Value, want.Value) {
		return fmt.Errorf("value %q instead of %q", got.Value, want.Value)
	}
	if !slices.EqualFunc(got.Headers, want.Headers, sameHeader) {
		return fmt.Errorf("headers %v instead of %v", got.Headers, want.Headers)
	}
	return nil
}

func sameHeader(a, b kafka.Header) bool { return a.Key == b.Key && same(a.Value, b.Value) }

// same tells nil from empty, as Kafka does.
func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// payload returns the bytes that messages hold, without anything that the protocol adds.
func payload(messages []kafka.Message) int64 {
	n := 0
	for _, m := range messages {
		n += len(m.Key) + len(m.Value)
		for _, h := range m.Headers {
			n += len(h.Key) + len(h.Value)
		}
	}
	return int64(n)
}
