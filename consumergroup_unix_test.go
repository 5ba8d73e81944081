//go:build unix

package kafka

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/internal/testkafka"
)

// frozenGroup tells the test process that it is the one to be frozen.
const frozenGroup = "KAFKA_TEST_FROZEN_GROUP"

// shares is what it prints once both members have a partition.
const shares = "both members have a partition"

// output is what a process prints while others look at it.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// A process that was frozen for longer than its session is fenced, and says so in one
// line.
func TestKafkaAFrozenProcess(t *testing.T) {
	if at := os.Getenv(frozenGroup); at != "" {
		beFrozen(t, strings.Split(at, ","))
		return
	}
	k := testkafka.Shared(t)
	topic, group := kafkaTopic(t, k, 2), newTopicName()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKafkaAFrozenProcess$", "-test.v")
	cmd.Env = append(os.Environ(), frozenGroup+"="+strings.Join([]string{k.Brokers()[0], group, topic}, ","))
	var out output
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	defer cmd.Process.Kill()
	defer time.AfterFunc(3*patience, func() { _ = cmd.Process.Kill() }).Stop()
	v := watchMember(kafkaMember(t, k, group, topic, nil), 0)
	// It must not be frozen before it has a generation to fall out of.
	waitUntil(t, func() bool { return len(v.partitions(topic)) == 1 && strings.Contains(out.String(), shares) })
	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	waitUntil(t, func() bool { return len(v.partitions(topic)) == 2 })
	require.NoError(t, cmd.Process.Signal(syscall.SIGCONT))
	waitUntil(t, func() bool { return len(v.partitions(topic)) == 1 })
	require.NoError(t, cmd.Wait(), out.String())
	require.Equal(t, 1, strings.Count(out.String(), "this process was frozen"), out.String())
}

// beFrozen is the process that is frozen. It ends when it has fallen out of a
// generation and is back.
func beFrozen(t *testing.T, at []string) {
	t.Helper()
	cg, err := NewConsumerGroup(ConsumerGroupConfig{
		ID: at[1], Brokers: at[:1], Topics: at[2:], SessionTimeout: 3 * time.Second, HeartbeatInterval: 200 * time.Millisecond, Logger: LoggerFunc(t.Logf),
	})
	require.NoError(t, err)
	defer cg.Close()
	for lost := false; ; {
		g, err := cg.Next(patient(t))
		require.NoError(t, err)
		if len(partitionsOf(g, at[2])) == 1 && !lost {
			fmt.Println(shares)
		}
		if lost && len(partitionsOf(g, at[2])) == 1 {
			time.AfterFunc(time.Second, func() { cg.Close() }) // after the other process has seen it
			<-g.ctx.Done()
			return
		}
		<-g.ctx.Done()
		if g.lost() {
			lost = true
			assert.ErrorIs(t, g.CommitOffsets(offsetsOfAll(g, 1)), ErrGenerationEnded)
		}
	}
}
