package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/alterreplicalogdirs"
)

// AlterReplicaLogDirsRequest moves replicas between the directories of a broker
// (KIP-113).
type AlterReplicaLogDirsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// BrokerID is the broker.
	BrokerID int

	// LogDirs are the directories and what is to be in them.
	LogDirs []AlterReplicaLogDirsRequestLogDir
}

// AlterReplicaLogDirsRequestLogDir is a directory and the replicas that are to be
// in it.
type AlterReplicaLogDirsRequestLogDir struct {
	// Path is absolute, as DescribeLogDirs tells it.
	Path string

	// Topics are, by name, partitions.
	Topics map[string][]int
}

// AlterReplicaLogDirsResponse tells which replicas are being moved.
type AlterReplicaLogDirsResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topics are, by name, the partitions of the request.
	Topics map[string][]AlterReplicaLogDirsResponsePartition
}

// AlterReplicaLogDirsResponsePartition is the outcome for one partition.
type AlterReplicaLogDirsResponsePartition struct {
	Partition int

	// Error is for instance LogDirNotFound, and UnknownTopicOrPartition or
	// ReplicaNotAvailable for a partition that the broker does not have.
	Error error
}

// AlterReplicaLogDirs moves replicas of a broker to other directories of it. It
// returns when the broker has begun to copy them; DescribeLogDirs tells how far it
// is. A broker that the cluster does not have is an error.
//
// It needs Kafka 1.0.
func (c *Client) AlterReplicaLogDirs(ctx context.Context, req *AlterReplicaLogDirsRequest) (*AlterReplicaLogDirsResponse, error) {
	const method = "AlterReplicaLogDirs"
	var check checker
	message := &alterreplicalogdirs.Request{
		BrokerID: check.int32("BrokerID", req.BrokerID),
		Dirs: mapped(req.LogDirs, func(d *AlterReplicaLogDirsRequestLogDir) alterreplicalogdirs.RequestDir {
			return alterreplicalogdirs.RequestDir{Path: d.Path, Topics: check.replicaDirs(d.Topics)}
		}),
	}
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*alterreplicalogdirs.Response](ctx, c, method, req.Addr, message)
	if err != nil {
		return nil, err
	}
	answer := &AlterReplicaLogDirsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Topics:   make(map[string][]AlterReplicaLogDirsResponsePartition, len(res.Results)),
	}
	for _, t := range res.Results {
		for _, p := range t.Partitions {
			answer.Topics[t.TopicName] = append(answer.Topics[t.TopicName], AlterReplicaLogDirsResponsePartition{
				Partition: int(p.PartitionIndex), Error: errorOf(p.ErrorCode),
			})
		}
	}
	return answer, nil
}

func (c *checker) replicaDirs(topics map[string][]int) []alterreplicalogdirs.RequestTopic {
	return requestTopics(c, withPartitions(c, topics), c.partition, func(name string, partitions []int32) alterreplicalogdirs.RequestTopic {
		return alterreplicalogdirs.RequestTopic{Name: name, Partitions: partitions}
	})
}
