//go:build original

package main

import (
	"github.com/segmentio/kafka-go"

	"github.com/segmentio/kafka-go/internal/interop/member"
)

// tell: the original does not tell.
func tell(*kafka.ReaderConfig, *member.Log) {}
