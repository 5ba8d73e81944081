package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/describequorum"
)

// DescribeQuorumRequest asks for the state of the controllers of a cluster
// (KIP-595).
type DescribeQuorumRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr
}

// DescribeQuorumResponse describes the quorum of controllers, which keep the
// metadata of the cluster as a log.
type DescribeQuorumResponse struct {
	// Error is set if nothing of the following is.
	Error error

	// LeaderID is the id of the active controller, -1 if there is none.
	LeaderID    int
	LeaderEpoch int

	// HighWatermark is the end of what is committed of the log.
	HighWatermark int64

	// Voters are the controllers, Observers the brokers.
	Voters    []DescribeQuorumResponseReplica
	Observers []DescribeQuorumResponseReplica

	// Nodes are the controllers. Brokers before Kafka 3.9 do not tell (KIP-853).
	Nodes []DescribeQuorumResponseNode
}

// DescribeQuorumResponseReplica is how far a controller or a broker is.
type DescribeQuorumResponseReplica struct {
	ReplicaID int

	// DirectoryID is of the directory that has the log; zero if it is not told.
	DirectoryID protocol.UUID

	// LogEndOffset is -1 if it is not known.
	LogEndOffset int64

	// LastFetchTime is when it last asked the leader, LastCaughtUpTime when it last
	// had the whole log, in UTC. They are the zero time if not known; so is the first
	// of the leader. Brokers before Kafka 3.3 do not tell (KIP-836).
	LastFetchTime    time.Time
	LastCaughtUpTime time.Time
}

// DescribeQuorumResponseNode is a controller.
type DescribeQuorumResponseNode struct {
	NodeID    int
	Listeners []DescribeQuorumResponseListener
}

// DescribeQuorumResponseListener is an address of a controller.
type DescribeQuorumResponseListener struct {
	Name string
	Host string
	Port int
}

// DescribeQuorum tells the state of the controllers. Any broker is asked, which hands
// the question on to the active one.
//
// It needs KRaft, and Kafka 3.3.
func (c *Client) DescribeQuorum(ctx context.Context, req *DescribeQuorumRequest) (*DescribeQuorumResponse, error) {
	res, err := call[*describequorum.Response](ctx, c, "DescribeQuorum", req.Addr, &describequorum.Request{
		Topics: []describequorum.RequestTopic{{
			TopicName: describequorum.MetadataTopic, Partitions: []describequorum.RequestPartition{{PartitionIndex: 0}},
		}},
	})
	if err != nil {
		return nil, err
	}
	answer := &DescribeQuorumResponse{
		Error: brokerError(res.ErrorCode, res.ErrorMessage), LeaderID: -1, LeaderEpoch: -1, HighWatermark: -1,
		Nodes: mapped(res.Nodes, makeQuorumNode),
	}
	for _, t := range res.Topics {
		for _, p := range t.Partitions {
			if answer.Error == nil {
				answer.Error = brokerError(p.ErrorCode, p.ErrorMessage)
			}
			answer.LeaderID, answer.LeaderEpoch, answer.HighWatermark = int(p.LeaderID), int(p.LeaderEpoch), p.HighWatermark
			answer.Voters = mapped(p.CurrentVoters, makeQuorumReplica)
			answer.Observers = mapped(p.Observers, makeQuorumReplica)
		}
	}
	return answer, nil
}

func makeQuorumReplica(r *describequorum.ResponseReplica) DescribeQuorumResponseReplica {
	return DescribeQuorumResponseReplica{
		ReplicaID:        int(r.ReplicaID),
		DirectoryID:      r.ReplicaDirectoryID,
		LogEndOffset:     r.LogEndOffset,
		LastFetchTime:    makeTime(r.LastFetchTimestamp),
		LastCaughtUpTime: makeTime(r.LastCaughtUpTimestamp),
	}
}

func makeQuorumNode(n *describequorum.ResponseNode) DescribeQuorumResponseNode {
	return DescribeQuorumResponseNode{
		NodeID: int(n.NodeID),
		Listeners: mapped(n.Listeners, func(l *describequorum.ResponseListener) DescribeQuorumResponseListener {
			return DescribeQuorumResponseListener{Name: l.Name, Host: l.Host, Port: int(l.Port)}
		}),
	}
}
