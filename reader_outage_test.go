package kafka

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// A coordinator that is away for longer than a commit of a generation that ends may
// take is waited for as long as the generation lasts.
func TestCommitMessagesOutlastsAnOutage(t *testing.T) {
	k := testkafka.Start(t, testkafka.Config{})
	topic := newTopicWith(t, k, 1)
	fill(t, k, topic, 0, 1)
	r := newTestReader(t, ReaderConfig{Brokers: k.Brokers(), Topic: topic, GroupID: topic, Logger: testLogger(t)})
	m, err := r.FetchMessage(patient(t))
	require.NoError(t, err)
	k.Freeze(1)
	defer time.AfterFunc(commitTimeout+2*time.Second, func() { k.Thaw(1) }).Stop()
	require.NoError(t, r.CommitMessages(patient(t), m))
}

// In a group, a partition that is new to a Reader which has read others is no reason
// to tell the program of an outage sooner.
func TestAnOutageOfANewPartitionIsKeptBackOnceAReaderHasRead(t *testing.T) {
	for _, worked := range []bool{false, true} {
		in := &intake{opt: &readOptions{maxAttempts: 3, patience: time.Minute}, news: make(chan struct{})}
		if worked {
			(&intakePartition{intake: in}).works()
		}
		p := &intakePartition{intake: in}
		now := time.Now()
		for range 10 {
			p.failsWith(now, io.ErrUnexpectedEOF)
		}
		require.Equal(t, worked, in.queue.failure == nil)
		p.failsWith(now.Add(time.Minute), io.ErrUnexpectedEOF)
		require.ErrorIs(t, in.queue.failure, io.ErrUnexpectedEOF)
	}
}
