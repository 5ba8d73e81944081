package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/deletetopics"
)

// DeleteTopicsRequest is what Client.DeleteTopics is to delete.
type DeleteTopicsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topics are the names of the topics.
	Topics []string
}

// DeleteTopicsResponse is what has become of the topics.
type DeleteTopicsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Errors has every topic of the request, by name: nil if it was deleted, else
	// why not, such as UnknownTopicOrPartition, with the broker's text if it sent
	// one. errors.Is finds the kafka.Error.
	Errors map[string]error
}

// DeleteTopics deletes topics and all messages in them. Brokers may take a moment
// after it to forget them. The broker is given most of what is left until the call
// has to end, 30 s if it does not have to.
func (c *Client) DeleteTopics(ctx context.Context, req *DeleteTopicsRequest) (*DeleteTopicsResponse, error) {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	res, err := call[*deletetopics.Response](ctx, c, "DeleteTopics", req.Addr, &deletetopics.Request{
		TopicNames: req.Topics,
		TimeoutMs:  operationTimeout(ctx, 0),
	})
	if err != nil {
		return nil, err
	}
	ret := &DeleteTopicsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Errors:   make(map[string]error, len(res.Responses)),
	}
	for _, t := range res.Responses {
		ret.Errors[t.Name] = brokerError(t.ErrorCode, t.ErrorMessage)
	}
	return ret, nil
}
