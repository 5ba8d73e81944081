package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	kafka "github.com/segmentio/kafka-go"
)

// Create topics. The error of the call tells that there is no answer; what became of
// each topic is in the answer.
func ExampleClient_CreateTopics() {
	client := &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	res, err := client.CreateTopics(context.Background(), &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{
			{Topic: "orders", NumPartitions: 6, ReplicationFactor: 3},
			{
				Topic:             "customers",
				NumPartitions:     -1, // as the broker is configured
				ReplicationFactor: -1,
				ConfigEntries:     []kafka.ConfigEntry{{ConfigName: "cleanup.policy", ConfigValue: "compact"}},
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for topic, err := range res.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			log.Printf("creating %s: %v", topic, err)
		}
	}
}

// Describe how long a topic keeps messages, and all settings of a broker.
func ExampleClient_DescribeConfigs() {
	client := &kafka.Client{Addr: kafka.TCP("localhost:9092"), Timeout: 10 * time.Second}
	res, err := client.DescribeConfigs(context.Background(), &kafka.DescribeConfigsRequest{
		Resources: []kafka.DescribeConfigRequestResource{
			{ResourceType: kafka.ResourceTypeTopic, ResourceName: "orders", ConfigNames: []string{"retention.ms", "retention.bytes"}},
			{ResourceType: kafka.ResourceTypeBroker, ResourceName: "1"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, resource := range res.Resources {
		if resource.Error != nil {
			log.Printf("describing %s: %v", resource.ResourceName, resource.Error)
			continue
		}
		for _, entry := range resource.ConfigEntries {
			fmt.Printf("%s: %s = %s\n", resource.ResourceName, entry.ConfigName, entry.ConfigValue)
		}
	}
}
