package kafka

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// answerAt is an answer with one batch of two records.
func answerAt(t testing.TB, topic string, offset int64) *fetch.Response {
	t.Helper()
	wire := benchBatch(t, 2, 10)
	binary.BigEndian.PutUint64(wire, uint64(offset))
	part := fetch.ResponsePartition{HighWatermark: offset + 2, LastStableOffset: -1, PreferredReadReplica: -1}
	part.RecordSet.Records = protocol.NewWireRecords(wire)
	return &fetch.Response{SessionID: 7, Topics: []fetch.ResponseTopic{{Topic: topic, Partitions: []fetch.ResponsePartition{part}}}}
}

// A member that loses a partition and gets it back reads on from the commit. What
// was on its way meanwhile was asked for ahead of that: taken, it would hide all
// between.
func TestFetchUnderWayIsNotForAPartitionThatIsAssignedAnew(t *testing.T) {
	key := partitionKey{topic: "t"}
	in := &intake{opt: new(readOptions), wake: make(chan struct{}, 1), partitions: make(map[partitionKey]*intakePartition)}
	f := newFetcher(in, 1)
	assign := func(offset int64) *intakePartition {
		in.assign(map[partitionKey]intakeStart{key: {offset: offset}})
		in.mu.Lock()
		defer in.mu.Unlock()
		p := in.partitions[key]
		p.state = takeReading
		f.add(p)
		return p
	}
	asked := func() int64 {
		req, _ := f.request()
		require.Len(t, req.Topics, 1)
		return req.Topics[0].Partitions[0].FetchOffset
	}
	before := assign(918)
	require.EqualValues(t, 918, asked())
	after := assign(916)
	require.NotSame(t, before, after)
	f.receive(new(protocol.Reply), answerAt(t, key.topic, 918))
	require.EqualValues(t, 916, asked())
	f.receive(new(protocol.Reply), answerAt(t, key.topic, 916))
	var m Message
	in.mu.Lock()
	defer in.mu.Unlock()
	ok, err := in.takeLocked(&m)
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 916, m.Offset)
}
