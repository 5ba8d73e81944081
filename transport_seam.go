package kafka

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// producerRoute is what a Writer needs of a cluster. *clusterRoute stands on a
// Transport, *foreignRoute on any other RoundTripper.
type producerRoute interface {
	// topic returns what is known of a topic. One that is not known, or whose
	// last answer was an error, is asked for; with create, so that a broker
	// that may create topics does. The layout may carry an error of the broker;
	// the error is one of ctx or of the network.
	topic(ctx context.Context, name string, create bool) (*topicLayout, error)

	// known returns the layout of a topic without asking, nil if there is none.
	known(name string) *topicLayout

	// refresh has a topic asked for soon. It does not block.
	refresh(name string)

	// changed returns a channel that is closed when layouts are replaced.
	changed() <-chan struct{}

	// produceVersion returns the version of Produce that a broker would be sent.
	produceVersion(ctx context.Context, broker int32) (int16, error)

	// produce writes a request to a broker and returns before the answer. Once
	// that, or the failure of the connection, is there, wake gets a signal,
	// unless it holds one. Requests to a broker are written in the order of the
	// calls.
	produce(ctx context.Context, broker int32, req *produce.Request, wake chan<- struct{}) (pendingProduce, error)

	// initProducerID asks for a producer id (KIP-98), or, given one and its
	// epoch, for a new epoch (KIP-360).
	initProducerID(ctx context.Context, transactionalID string, timeout time.Duration, id int64, epoch int16) (int64, int16, error)

	// moved takes note of a leader that a response named (KIP-951). What is not
	// newer than the layout is ignored.
	moved(topic string, partition int32, leader int32, epoch int32)

	// release ends the Writer's use of the route.
	release()
}

// pendingProduce is a produce request that has been written.
type pendingProduce interface {
	// ready tells whether reply returns at once.
	ready() bool

	// reply waits for the response, which is nil for a request that asked for no
	// acknowledgement. It must be called once.
	reply(ctx context.Context) (*produce.Response, error)
}

// topicLayout is what metadata told of a topic. It does not change.
type topicLayout struct {
	name string
	id   protocol.UUID
	// internal is set for topics that belong to the brokers.
	internal bool
	// err is the broker's error for the topic, a kafka.Error; nil if it exists.
	err error
	// partitions are in ascending order of their ids.
	partitions []partitionLayout
	ids        []int // of partitions, as balancers get them
	fetched    time.Time
}

// partitionLayout is a partition and who leads it.
type partitionLayout struct {
	id     int32
	leader int32 // -1 while there is none
	epoch  int32 // of the leader; -1 where not told
	err    error // the broker's error for the partition, a kafka.Error

	replicas, isr, offline []int32
}

// partition returns the partition of the given id, nil if there is none.
func (t *topicLayout) partition(id int32) *partitionLayout {
	if t == nil {
		return nil
	}
	if i := int(id); i >= 0 && i < len(t.partitions) && t.partitions[i].id == id {
		return &t.partitions[i] // as good as always: ids count from 0
	}
	for i := range t.partitions {
		if t.partitions[i].id == id {
			return &t.partitions[i]
		}
	}
	return nil
}
