// Package listgroups has the messages of the ListGroups API, which lists the
// groups that a broker coordinates.
//
// Version 4 can select by state (KIP-518), version 5 by type (KIP-848).
package listgroups

import (
	"fmt"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape.
const (
	maxVersion  = 5
	firstStates = 4
	firstTypes  = 5
)

// Request asks brokers for the groups that they coordinate. It has to reach each
// of them for the list to be complete; Split sees to that.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v3"`

	// StatesFilter selects groups in these states, see Filter; nil selects all.
	// It is a pointer so that the struct remains comparable.
	StatesFilter *[]string `kafka:"min=v4,max=v5"`

	// TypesFilter selects groups of these types, see Filter; nil selects all.
	TypesFilter *[]string `kafka:"min=v5,max=v5"`

	broker   int32 // the one to ask, if directed
	directed bool
}

// Filter returns a value for the filters of a Request.
func Filter(values ...string) *[]string { return &values }

// ApiKey returns protocol.ListGroups.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ListGroups }

// VersionRange sees to it that the version has the filters that are set.
func (r *Request) VersionRange() (min, max int16) {
	switch {
	case r.TypesFilter != nil && len(*r.TypesFilter) > 0:
		min = firstTypes
	case r.StatesFilter != nil && len(*r.StatesFilter) > 0:
		min = firstStates
	}
	return min, maxVersion
}

// Broker returns the broker that Split has chosen; without one it is a broker
// with ID -1, which stands for any.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	if !r.directed {
		return protocol.Broker{ID: -1}, nil
	}
	return cluster.BrokerByID(r.broker)
}

// Split makes a request for each broker.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	ids := cluster.BrokerIDs()
	messages := make([]protocol.Message, len(ids))
	for i, id := range ids {
		messages[i] = &Request{StatesFilter: r.StatesFilter, TypesFilter: r.TypesFilter, broker: id, directed: true}
	}
	return messages, new(Response), nil
}

// Response lists groups.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v3"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v5,ignorable"`

	// ErrorCode is, in a response that Merge made, the first of BrokerErrors.
	ErrorCode int16           `kafka:"min=v0,max=v5"`
	Groups    []ResponseGroup `kafka:"min=v0,max=v5"`

	// BrokerErrors are, in a response that Merge made, the brokers whose groups are
	// not in the list.
	BrokerErrors []ResponseBrokerError `kafka:"-"`
}

// ResponseGroup is a group.
type ResponseGroup struct {
	GroupID string `kafka:"min=v0,max=v5"`

	// ProtocolType is "consumer" for consumers, empty for a group that only stores
	// offsets.
	ProtocolType string `kafka:"min=v0,max=v5"`

	// GroupState is for instance Stable or Empty.
	GroupState string `kafka:"min=v4,max=v5,ignorable"`

	// GroupType is for instance classic or consumer.
	GroupType string `kafka:"min=v5,max=v5,ignorable"`

	// BrokerID is, in a response that Merge made, the coordinator of the group.
	BrokerID int32 `kafka:"-"`
}

// ResponseBrokerError is a broker that did not tell its groups.
type ResponseBrokerError struct {
	BrokerID int32

	// ErrorCode is what the broker answered; NETWORK_EXCEPTION when it could not be
	// asked, for which Err is the reason.
	ErrorCode int16
	Err       error
}

// ApiKey returns protocol.ListGroups.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ListGroups }

// Merge puts the lists of the brokers together. If none could be asked, it fails
// with the reason of the first. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	const networkException = 13
	merged := &Response{}
	var failures []error
	for i, result := range results {
		broker := requests[i].(*Request).broker
		msg, err := protocol.Result(result)
		if err != nil {
			failures = append(failures, err)
			merged.fail(ResponseBrokerError{BrokerID: broker, ErrorCode: networkException, Err: err})
			continue
		}
		res, ok := msg.(*Response)
		if !ok {
			return nil, fmt.Errorf("merging list groups responses: %T is none", msg)
		}
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		if res.ErrorCode != 0 {
			merged.fail(ResponseBrokerError{BrokerID: broker, ErrorCode: res.ErrorCode})
		}
		for _, g := range res.Groups {
			g.BrokerID = broker
			merged.Groups = append(merged.Groups, g)
		}
	}
	if len(failures) == len(results) && len(failures) > 0 {
		return nil, failures[0]
	}
	return merged, nil
}

func (r *Response) fail(e ResponseBrokerError) {
	r.BrokerErrors = append(r.BrokerErrors, e)
	if r.ErrorCode == 0 {
		r.ErrorCode = e.ErrorCode
	}
}
