package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/describelogdirs"
)

// DescribeLogDirsRequest asks brokers for their directories and the replicas in
// them (KIP-113).
type DescribeLogDirsRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// BrokerIDs are the brokers to ask. nil means all.
	BrokerIDs []int

	// Topics are, by name, the partitions to tell of. nil means all.
	Topics map[string][]int
}

// DescribeLogDirsResponse lists directories.
type DescribeLogDirsResponse struct {
	// Throttle is how long a broker holds requests back because of a quota; the longest,
	// if several were asked.
	Throttle time.Duration

	// LogDirs are the directories of all brokers that were asked.
	LogDirs []DescribeLogDirsResponseLogDir

	// Errors are, by id, why brokers did not tell their directories: for instance
	// ClusterAuthorizationFailed, or that the broker could not be reached. It is
	// empty if LogDirs is complete.
	Errors map[int]error
}

// DescribeLogDirsResponseLogDir is a directory of a broker.
type DescribeLogDirsResponseLogDir struct {
	BrokerID int

	// Path is absolute.
	Path string

	// Error is KafkaStorageError for a directory that is offline.
	Error error

	// TotalBytes and UsableBytes are of the volume, -1 if the broker does not tell:
	// it does from Kafka 3.3 on (KIP-827).
	TotalBytes  int64
	UsableBytes int64

	// Cordoned is set for a directory in which no more replicas are placed
	// (KIP-1066).
	Cordoned bool

	// Replicas are those in the directory, of what was asked for.
	Replicas []DescribeLogDirsResponseReplica
}

// DescribeLogDirsResponseReplica is a replica of a partition.
type DescribeLogDirsResponseReplica struct {
	Topic     string
	Partition int

	// Size is that of the segments in bytes.
	Size int64

	// OffsetLag is by how many messages the replica is behind: the high watermark,
	// or, if Future is set, the replica that it will take the place of.
	OffsetLag int64

	// Future is set for a replica that is being moved here from another directory of
	// the broker. See AlterReplicaLogDirs.
	Future bool
}

// DescribeLogDirs lists the directories of brokers, and the size of the replicas in
// them. The brokers are asked all at once; one that cannot be reached, or that the
// cluster does not have, is in the Errors of the response. If none answers, this is
// the error of the call.
//
// It needs Kafka 1.0.
func (c *Client) DescribeLogDirs(ctx context.Context, req *DescribeLogDirsRequest) (*DescribeLogDirsResponse, error) {
	const method = "DescribeLogDirs"
	var check checker
	brokers := check.int32s("BrokerIDs", req.BrokerIDs)
	topics := requestTopics(&check, withPartitions(&check, req.Topics), check.partition, func(name string, partitions []int32) describelogdirs.RequestTopic {
		return describelogdirs.RequestTopic{Topic: name, Partitions: partitions}
	})
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	res, err := call[*describelogdirs.Response](ctx, c, method, req.Addr, &describelogdirs.Request{Topics: topics, BrokerIDs: brokers})
	if err != nil {
		return nil, err
	}
	answer := &DescribeLogDirsResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		LogDirs:  mapped(res.Results, makeLogDir),
		Errors:   make(map[int]error, len(res.BrokerErrors)),
	}
	for _, e := range res.BrokerErrors {
		answer.Errors[int(e.BrokerID)] = partError(e.ErrorCode, "", e.Err)
	}
	return answer, nil
}

func makeLogDir(d *describelogdirs.ResponseResult) DescribeLogDirsResponseLogDir {
	dir := DescribeLogDirsResponseLogDir{
		BrokerID:    int(d.BrokerID),
		Path:        d.LogDir,
		Error:       errorOf(d.ErrorCode),
		TotalBytes:  d.TotalBytes,
		UsableBytes: d.UsableBytes,
		Cordoned:    d.IsCordoned,
	}
	for _, t := range d.Topics {
		for _, p := range t.Partitions {
			dir.Replicas = append(dir.Replicas, DescribeLogDirsResponseReplica{
				Topic: t.Name, Partition: int(p.PartitionIndex), Size: p.PartitionSize, OffsetLag: p.OffsetLag, Future: p.IsFutureKey,
			})
		}
	}
	return dir
}
