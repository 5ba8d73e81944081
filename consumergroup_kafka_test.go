package kafka

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

func TestGroupSmoke(t *testing.T) {
	k := testkafka.Shared(t)
	c := newTopic(t, k)
	cg, err := NewConsumerGroup(ConsumerGroupConfig{ID: newTopicName(), Brokers: k.Brokers(), Topics: []string{c.topic},
		Logger: LoggerFunc(t.Logf)})
	require.NoError(t, err)
	g, err := cg.Next(patient(t))
	require.NoError(t, err)
	t.Log(g.ID, g.MemberID, g.Assignments)
	g.Start(func(ctx context.Context) {
		<-ctx.Done()
		t.Log("commit", g.CommitOffsets(map[string]map[int]int64{c.topic: {0: 5}}))
	})
	start := time.Now()
	require.NoError(t, cg.Close())
	t.Log(time.Since(start))
}
