//go:build !original

package main

import (
	"fmt"

	"github.com/segmentio/kafka-go"

	"github.com/segmentio/kafka-go/internal/interop/member"
)

// tell has the Reader say what it owns.
func tell(config *kafka.ReaderConfig, log *member.Log) {
	config.OnPartitionsAssigned = func(p map[string][]int) { log.Assigned(names(p)) }
	config.OnPartitionsRevoked = func(p map[string][]int) { log.Revoked(names(p)) }
	config.OnPartitionsLost = func(p map[string][]int) { log.Lost(names(p)) }
}

func names(partitions map[string][]int) []string {
	var list []string
	for topic, numbers := range partitions {
		for _, n := range numbers {
			list = append(list, fmt.Sprintf("%s:%d", topic, n))
		}
	}
	return list
}
