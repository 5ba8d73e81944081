package offsetfetch

import (
	"fmt"

	"github.com/segmentio/kafka-go/protocol"
)

// Split makes a request for each of several Groups, since each has a coordinator
// of its own.
func (r *Request) Split(cluster protocol.Cluster) ([]protocol.Message, protocol.Merger, error) {
	if len(r.Groups) < 2 {
		return []protocol.Message{r}, new(Response), nil
	}
	messages := make([]protocol.Message, len(r.Groups))
	for i := range r.Groups {
		messages[i] = &Request{Groups: r.Groups[i : i+1 : i+1], RequireStable: r.RequireStable}
	}
	return messages, new(Response), nil
}

// Merge puts the answers of the coordinators together, in the order of the
// requests. A coordinator that could not be asked is an error of its group; if
// none could, it is an error of the whole. The throttle time is the longest.
func (r *Response) Merge(requests []protocol.Message, results []interface{}) (protocol.Message, error) {
	if len(results) == 1 {
		return protocol.Result(results[0])
	}
	const networkException = 13
	merged := &Response{}
	var failures []error
	for i, result := range results {
		msg, err := protocol.Result(result)
		if err != nil {
			failures = append(failures, err)
			merged.Groups = append(merged.Groups, ResponseGroup{
				GroupID: requests[i].(*Request).Group(), ErrorCode: networkException, Err: err,
			})
			continue
		}
		res, ok := msg.(*Response)
		if !ok {
			return nil, fmt.Errorf("merging offset fetch responses: %T is none", msg)
		}
		merged.ThrottleTimeMs = max(merged.ThrottleTimeMs, res.ThrottleTimeMs)
		merged.Groups = append(merged.Groups, res.Groups...)
	}
	if len(failures) == len(results) && len(failures) > 0 {
		return nil, failures[0]
	}
	return merged, nil
}
