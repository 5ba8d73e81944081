package kafka

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
)

// A batch that was used by a Writer with Completion may be used by one without.
func TestWriteBatchWithoutMessagesAfterCompletion(t *testing.T) {
	o := &writerOptions{}
	b := &writeBatch{msgs: make([]Message, 0, 4), created: time.Now()} // as the pool has it
	for _, v := range []string{"a", "b", "c"} {
		require.NoError(t, b.append(&Message{Value: []byte(v)}, messageRef{size: 1}, b.created, o))
	}
	require.NoError(t, b.without(func(i int) bool { return i == 1 }))
	require.Len(t, b.refs, 2)
	wire, err := b.builder.Seal(protocol.BatchOptions{})
	require.NoError(t, err)
	var records protocol.RecordIter
	records.Reset(wire, protocol.RecordIterOptions{})
	defer records.Close()
	var values string
	for records.Next() {
		values += string(records.Record().Value)
	}
	require.NoError(t, records.Err())
	require.Equal(t, "ac", values)
}
