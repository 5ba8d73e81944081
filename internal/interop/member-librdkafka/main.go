// Command member-librdkafka is a group member built on librdkafka, through
// confluent-kafka-go, which brings it along. It needs cgo and a C compiler.
package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/segmentio/kafka-go/internal/interop/member"
)

// pollTimeout bounds how long a command waits: Poll cannot be interrupted.
const pollTimeout = 50 * time.Millisecond

// joined is the line of its debug log that says who leads the group.
var joined = regexp.MustCompile(`JoinGroup response: GenerationId \d+, Protocol (\S+), LeaderId \S+ \(me\).*member metadata count (\d+)`)

func main() {
	_, version := kafka.LibraryVersion()
	member.Main("librdkafka", version, open)
}

type client struct {
	*kafka.Consumer
	cfg    member.Config
	log    *member.Log
	paused bool
}

func open(cfg member.Config, log *member.Log) (member.Client, error) {
	settings := kafka.ConfigMap{
		"bootstrap.servers":             strings.Join(cfg.Brokers, ","),
		"client.id":                     cfg.ID,
		"group.id":                      cfg.Group,
		"auto.offset.reset":             "earliest",
		"partition.assignment.strategy": cfg.Protocol,
		"session.timeout.ms":            int(cfg.Session.Milliseconds()),
		"heartbeat.interval.ms":         int(cfg.Heartbeat.Milliseconds()),
		"max.poll.interval.ms":          int(max(cfg.Rebalance, cfg.Session).Milliseconds()), // it is the rebalance timeout, too
		"fetch.wait.max.ms":             int(cfg.Wait.Milliseconds()),
		"enable.auto.commit":            cfg.Commit > 0,
		"enable.auto.offset.store":      false,
		"debug":                         "cgrp", // who leads is told nowhere else
		"go.logs.channel.enable":        true,
	}
	if cfg.Commit > 0 {
		settings["auto.commit.interval.ms"] = int(cfg.Commit.Milliseconds())
	}
	consumer, err := kafka.NewConsumer(&settings)
	if err != nil {
		return nil, err
	}
	c := &client{Consumer: consumer, cfg: cfg, log: log}
	go c.follow()
	if err := consumer.SubscribeTopics(cfg.Topics, c.rebalanced); err != nil {
		return nil, err
	}
	return c, nil
}

// follow reads the library's own log.
func (c *client) follow() {
	for event := range c.Logs() {
		if m := joined.FindStringSubmatch(event.Message); m != nil {
			n, _ := strconv.Atoi(m[2]) // the expression takes digits only
			c.log.Leader(m[1], n)
		}
	}
}

// rebalanced is called inside Poll and Close.
func (c *client) rebalanced(consumer *kafka.Consumer, event kafka.Event) error {
	switch e := event.(type) {
	case kafka.AssignedPartitions:
		if err := consumer.Assign(e.Partitions); err != nil {
			return err
		}
		c.log.Assigned(names(e.Partitions))
		if c.paused {
			return consumer.Pause(e.Partitions)
		}
	case kafka.RevokedPartitions:
		lost := consumer.AssignmentLost()
		if err := consumer.Unassign(); err != nil {
			return err
		}
		if lost {
			c.log.Lost(names(e.Partitions))
		} else {
			c.log.Revoked(names(e.Partitions))
		}
	}
	return nil
}

func names(partitions []kafka.TopicPartition) []string {
	var list []string
	for _, p := range partitions {
		list = append(list, fmt.Sprintf("%s:%d", *p.Topic, p.Partition))
	}
	return list
}

func (c *client) Take(context.Context) ([]member.Record, error) {
	switch e := c.Poll(int(pollTimeout.Milliseconds())).(type) {
	case *kafka.Message:
		if e.TopicPartition.Error != nil {
			return nil, e.TopicPartition.Error
		}
		p := e.TopicPartition
		return []member.Record{{Topic: *p.Topic, Partition: int(p.Partition), Offset: int64(p.Offset), Key: e.Key, Native: e}}, nil
	case kafka.Error:
		return nil, e
	}
	return nil, nil
}

func (c *client) Commit(_ context.Context, r member.Record) error {
	m := r.Native.(*kafka.Message)
	if c.cfg.Commit > 0 {
		_, err := c.StoreMessage(m)
		return err
	}
	stored, err := c.CommitMessage(m)
	if err == nil && len(stored) > 0 {
		err = stored[0].Error
	}
	return err
}

// Pause and Resume: the client is polled on, so that it may take part in
// rebalances.
func (c *client) Pause() error {
	c.paused = true
	partitions, err := c.Assignment()
	if err != nil {
		return err
	}
	return c.Consumer.Pause(partitions)
}

func (c *client) Resume() error {
	c.paused = false
	partitions, err := c.Assignment()
	if err != nil {
		return err
	}
	return c.Consumer.Resume(partitions)
}
