package chaos_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
)

// stallOfMove and stallOfKill bound for how long a partition whose leader moves
// takes nothing. Of a broker that is killed the cluster learns after 3 s.
const (
	stallOfMove = 3 * time.Second
	stallOfKill = 12 * time.Second
)

// TestLeaderMoves measures for how long writes stall when leaders move: handed over
// by a broker that ends in order, back to it after its start, and from one that is
// killed.
func TestLeaderMoves(t *testing.T) {
	f := chaosForm(t)
	s := newSite(t)
	s.createTopic("moves", partitions, nodes)
	s.awaitWhole("moves")
	p := &prober{writer: &kafka.Writer{
		Addr: kafka.TCP(s.Brokers()...), Topic: "moves", RequiredAcks: kafka.RequireAll, Transport: s.transport(), ErrorLogger: errorLog(t),
		Balancer: kafka.BalancerFunc(func(m kafka.Message, _ ...int) int { return m.WriterData.(int) }),
	}}
	ctx, cancel := context.WithCancel(context.Background())
	for i := range partitions {
		p.wg.Go(func() { p.probe(ctx, t, i) })
	}
	rng := rand.New(rand.NewPCG(rand.Uint64(), 3))
	pause(ctx, 2*time.Second)
	t.Logf("undisturbed: the slowest write %v", p.worst())
	for range f.moves {
		id := s.leader(rng, "moves")
		s.Stop(id)
		pause(ctx, time.Second)
		stall := p.worst()
		t.Logf("node %d ended in order: the slowest write %v", id, stall)
		assert.Less(t, stall, stallOfMove)
		s.Restart(id)
		s.awaitWhole("moves")
		s.awaitLeader(id, "moves")
		pause(ctx, time.Second)
		stall = p.worst()
		t.Logf("node %d leads again: the slowest write %v", id, stall)
		assert.Less(t, stall, stallOfMove)
		s.Kill(id)
		s.awaitNoLeader(id, "moves")
		pause(ctx, 2*time.Second)
		stall = p.worst()
		t.Logf("node %d was killed: the slowest write %v", id, stall)
		assert.Less(t, stall, stallOfKill)
		s.Restart(id)
		s.awaitWhole("moves")
		p.worst()
	}
	cancel()
	p.wg.Wait()
	require.NoError(t, p.writer.Close())
}

// prober writes to each partition, one message after the other.
type prober struct {
	writer *kafka.Writer
	wg     sync.WaitGroup

	mu   sync.Mutex
	most time.Duration
}

func (p *prober) probe(ctx context.Context, t *testing.T, partition int) {
	for pause(ctx, 5*time.Millisecond) {
		start := time.Now()
		err := p.writer.WriteMessages(context.Background(), kafka.Message{WriterData: partition, Value: []byte("probe")})
		assert.NoError(t, err)
		p.mu.Lock()
		p.most = max(p.most, time.Since(start))
		p.mu.Unlock()
	}
}

// worst returns the longest write since the last call.
func (p *prober) worst() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.most
	p.most = 0
	return d.Round(time.Millisecond)
}
