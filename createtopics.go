package kafka

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/createtopics"
)

// CreateTopicsRequest is what Client.CreateTopics is to create.
type CreateTopicsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are the topics to create.
	Topics []TopicConfig

	// ValidateOnly creates nothing, and tells what would come of it.
	ValidateOnly bool
}

// CreateTopicsResponse is what has become of the topics.
type CreateTopicsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Errors has every topic of the request, by name: nil if it was created, else
	// why not, with the broker's text. That it is there already is
	// TopicAlreadyExists. errors.Is finds the kafka.Error.
	Errors map[string]error
}

// CreateTopics creates topics. It returns when the leaders of their partitions are
// known, so that they can be used at once, or when the time given to the broker has
// passed. That is most of what is left until the call has to end, 30 s if it does
// not have to; topics that take longer have the error RequestTimedOut, and may come
// into being nevertheless.
func (c *Client) CreateTopics(ctx context.Context, req *CreateTopicsRequest) (*CreateTopicsResponse, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	topics, err := createTopics(req.Topics)
	if err != nil {
		return nil, clientError("CreateTopics", err)
	}
	res, err := call[*createtopics.Response](ctx, c, "CreateTopics", req.Addr, &createtopics.Request{
		Topics:       topics,
		TimeoutMs:    operationTimeout(ctx, 0),
		ValidateOnly: req.ValidateOnly,
	})
	if err != nil {
		return nil, err
	}
	ret := &CreateTopicsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Errors:   make(map[string]error, len(res.Topics)),
	}
	for _, t := range res.Topics {
		ret.Errors[t.Name] = brokerError(t.ErrorCode, t.ErrorMessage)
	}
	return ret, nil
}

func createTopics(configs []TopicConfig) ([]createtopics.RequestTopic, error) {
	topics := make([]createtopics.RequestTopic, len(configs))
	for i := range configs {
		t, err := configs[i].request()
		if err != nil {
			return nil, fmt.Errorf("topic %q: %w", configs[i].Topic, err)
		}
		topics[i] = t
	}
	return topics, nil
}
