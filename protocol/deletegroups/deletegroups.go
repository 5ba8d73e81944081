// Package deletegroups has the messages of the DeleteGroups API, which deletes
// groups that have no members (KIP-229).
//
// Version 3 tells error messages.
package deletegroups

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// Request asks the coordinator of groups to delete them.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// GroupIDs must all have the same coordinator; Split sees to that.
	GroupIDs []string `kafka:"min=v0,max=v3"`
}

// ApiKey returns protocol.DeleteGroups.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.DeleteGroups }

// Group returns the first of the groups, whose coordinator is asked, and "" if
// there is none.
func (r *Request) Group() string {
	if len(r.GroupIDs) == 0 {
		return ""
	}
	return r.GroupIDs[0]
}

// Split makes a request for each group, since each has a coordinator of its own.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	var parts protocol.Parts[*Request]
	for i := range r.GroupIDs {
		parts.Add(&Request{GroupIDs: r.GroupIDs[i : i+1 : i+1]})
	}
	return parts.Messages(), new(Response), nil
}

// Response tells which groups were deleted.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v3,flexible=v2"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v3"`

	Responses []ResponseGroup `kafka:"min=v0,max=v3"`
}

// ResponseGroup is the outcome for one group.
type ResponseGroup struct {
	GroupID      string `kafka:"min=v0,max=v3"`
	ErrorCode    int16  `kafka:"min=v0,max=v3"`
	ErrorMessage string `kafka:"min=v3,max=v3,nullable,ignorable"`

	// Err tells, in a response that Merge made, why the coordinator could not be
	// asked; ErrorCode then is NETWORK_EXCEPTION. It is nil when a broker answered.
	Err error `kafka:"-"`
}

// ApiKey returns protocol.DeleteGroups.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.DeleteGroups }

// Merge puts the answers of the coordinators together, in the order of the
// requests. A coordinator that could not be asked is an error of its groups; if
// none could, it is an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	merged := &Response{}
	err := protocol.MergeResults(requests, results, func(_ *Request, res *Response) {
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Responses = append(merged.Responses, res.Responses...)
	}, func(req *Request, err error) {
		for _, id := range req.GroupIDs {
			merged.Responses = append(merged.Responses, ResponseGroup{
				GroupID: id, ErrorCode: protocol.RouteErrorCode(err), Err: err,
			})
		}
	})
	if err != nil {
		return nil, err
	}
	return merged, nil
}
