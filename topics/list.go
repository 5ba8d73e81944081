// Package topics lists the topics of a Kafka cluster.
package topics

import (
	"context"
	"regexp"

	kafka "github.com/segmentio/kafka-go"
)

// List returns the topics that the client may see, internal ones among them. Each
// has in its Error what is wrong with it.
func List(ctx context.Context, client *kafka.Client) (topics []kafka.Topic, err error) {
	res, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return nil, err
	}
	return res.Topics, nil
}

// ListRe is List for the topics whose names match re. Like re.MatchString, it is
// content with a part of the name unless re is anchored.
func ListRe(ctx context.Context, cli *kafka.Client, re *regexp.Regexp) (topics []kafka.Topic, err error) {
	all, err := List(ctx, cli)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if re.MatchString(t.Name) {
			topics = append(topics, t)
		}
	}
	return topics, nil
}
