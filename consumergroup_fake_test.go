package kafka

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// fakeGroup is a fakeCluster with a group of one member, the leader, whose
// coordinator does as a test says.
type fakeGroup struct {
	*fakeCluster
	newest map[protocol.ApiKey]int16 // versions, where they are not ours

	state      sync.Mutex                                    // guards what follows
	script     func(r *fakeRequest) (protocol.Message, bool) // see does
	generation int32
	ids        int // given so far
	leader     string
	assignment []byte
	committed  map[string]map[int32]int64
	lines      []string // logged
}

// withGroup runs a test in fake time, with topic "t" of two partitions.
func withGroup(t *testing.T, nodes int, f func(t *testing.T, k *fakeGroup)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := &fakeGroup{fakeCluster: newFakeCluster(t, nodes), committed: make(map[string]map[int32]int64)}
		k.topics["t"] = &fakeTopic{leaders: []int32{1, 1}}
		k.alter = k.handle
		t.Cleanup(func() { time.Sleep(time.Hour) }) // for answers that take their time
		f(t, k)
	})
}

// member joins the group; it is closed with the test.
func (k *fakeGroup) member(t testing.TB, change func(*ConsumerGroupConfig)) *ConsumerGroup {
	t.Helper()
	config := ConsumerGroupConfig{
		ID: "g", Brokers: []string{"b1:9092"}, Topics: []string{"t"}, Dialer: &Dialer{DialFunc: k.dial},
		Logger: LoggerFunc(func(format string, args ...any) {
			k.state.Lock()
			defer k.state.Unlock()
			k.lines = append(k.lines, fmt.Sprintf(format, args...))
		}),
	}
	if change != nil {
		change(&config)
	}
	cg, err := NewConsumerGroup(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cg.Close()) })
	return cg
}

// next returns a generation.
func next(t testing.TB, cg *ConsumerGroup) *Generation {
	t.Helper()
	g, err := cg.Next(context.Background())
	require.NoError(t, err)
	return g
}

// logged tells how often a text was logged.
func (k *fakeGroup) logged(text string) (n int) {
	k.state.Lock()
	defer k.state.Unlock()
	for _, line := range k.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// had returns the requests of a type that brokers have had, those of broker 1 first.
func had[T protocol.Message](k *fakeGroup) (list []T) {
	for id := int32(1); k.node(id) != nil; id++ {
		list = append(list, saw[T](k.node(id))...)
	}
	return list
}

func (k *fakeGroup) handle(n *fakeNode, r *fakeRequest) (protocol.Message, bool) {
	k.state.Lock()
	script := k.script
	k.state.Unlock()
	if script != nil {
		if res, ok := script(r); ok {
			return res, true
		}
	}
	if _, ok := r.message.(*apiversions.Request); ok {
		return k.groupVersions(), true
	}
	_, grouped := r.message.(protocol.GroupMessage)
	k.mu.Lock()
	elsewhere := n.id != k.coordinator
	k.mu.Unlock()
	if !grouped {
		return nil, false
	}
	if elsewhere {
		return refusal(r.message, NotCoordinatorForGroup), true
	}
	k.state.Lock()
	defer k.state.Unlock()
	switch req := r.message.(type) {
	case *joingroup.Request:
		return k.join(r.version, req), true
	case *syncgroup.Request:
		for _, a := range req.Assignments {
			if a.MemberID == req.MemberID {
				k.assignment = a.Assignment
			}
		}
		return &syncgroup.Response{Assignments: k.assignment}, true
	case *heartbeat.Request:
		return &heartbeat.Response{}, true
	case *leavegroup.Request:
		return &leavegroup.Response{}, true
	case *offsetfetch.Request:
		return k.fetchOffsets(req), true
	case *offsetcommit.Request:
		return k.commit(req), true
	}
	return nil, false
}

func (k *fakeGroup) groupVersions() *apiversions.Response {
	res := k.versions()
	for _, key := range []protocol.ApiKey{
		protocol.SyncGroup, protocol.LeaveGroup, protocol.OffsetFetch, protocol.OffsetCommit, protocol.DescribeGroups,
	} {
		res.ApiKeys = append(res.ApiKeys, apiversions.ApiKeyResponse{ApiKey: int16(key), MinVersion: key.MinVersion(), MaxVersion: key.MaxVersion()})
	}
	for i := range res.ApiKeys {
		if top, ok := k.newest[protocol.ApiKey(res.ApiKeys[i].ApiKey)]; ok {
			res.ApiKeys[i].MaxVersion = top
		}
	}
	return res
}

// join makes the member that asks the leader of a new generation.
func (k *fakeGroup) join(version int16, req *joingroup.Request) *joingroup.Response {
	id := req.MemberID
	if id == "" {
		k.ids++
		id = fmt.Sprintf("m%d", k.ids)
		if version >= 4 && req.GroupInstanceID == "" {
			return &joingroup.Response{ErrorCode: int16(MemberIDRequired), MemberID: id}
		}
	}
	k.generation++
	k.leader = id
	return &joingroup.Response{
		GenerationID: k.generation, ProtocolType: "consumer", ProtocolName: req.Protocols[0].Name, LeaderID: id, MemberID: id,
		Members: []joingroup.ResponseMember{{MemberID: id, GroupInstanceID: req.GroupInstanceID, Metadata: req.Protocols[0].Metadata}},
	}
}

func (k *fakeGroup) fetchOffsets(req *offsetfetch.Request) *offsetfetch.Response {
	res := &offsetfetch.Response{}
	for _, t := range req.Topics {
		rt := offsetfetch.ResponseTopic{Name: t.Name}
		for _, p := range t.PartitionIndexes {
			offset, ok := k.committed[t.Name][p]
			if !ok {
				offset = -1
			}
			rt.Partitions = append(rt.Partitions, offsetfetch.ResponsePartition{PartitionIndex: p, CommittedOffset: offset, ComittedLeaderEpoch: -1})
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

func (k *fakeGroup) commit(req *offsetcommit.Request) *offsetcommit.Response {
	for _, t := range req.Topics {
		if k.committed[t.Name] == nil {
			k.committed[t.Name] = make(map[int32]int64)
		}
		for _, p := range t.Partitions {
			k.committed[t.Name][p.PartitionIndex] = p.CommittedOffset
		}
	}
	return commitAnswer(req, 0)
}

// commitAnswer answers with one code for all partitions.
func commitAnswer(req *offsetcommit.Request, code Error) *offsetcommit.Response {
	res := &offsetcommit.Response{}
	for _, t := range req.Topics {
		rt := offsetcommit.ResponseTopic{Name: t.Name}
		for _, p := range t.Partitions {
			rt.Partitions = append(rt.Partitions, offsetcommit.ResponsePartition{PartitionIndex: p.PartitionIndex, ErrorCode: int16(code)})
		}
		res.Topics = append(res.Topics, rt)
	}
	return res
}

// refusal is the answer to a request of a group with a code.
func refusal(req protocol.Message, code Error) protocol.Message {
	switch req := req.(type) {
	case *joingroup.Request:
		return &joingroup.Response{ErrorCode: int16(code), MemberID: req.MemberID}
	case *syncgroup.Request:
		return &syncgroup.Response{ErrorCode: int16(code)}
	case *heartbeat.Request:
		return &heartbeat.Response{ErrorCode: int16(code)}
	case *leavegroup.Request:
		return &leavegroup.Response{ErrorCode: int16(code)}
	case *offsetfetch.Request:
		return &offsetfetch.Response{ErrorCode: int16(code)}
	case *offsetcommit.Request:
		return commitAnswer(req, code)
	}
	return nil
}

// refuse has the coordinator answer requests like the one given with a code, as often
// as said.
func (k *fakeGroup) refuse(like protocol.Message, code Error, times int) {
	k.does(func(r *fakeRequest) (protocol.Message, bool) {
		k.state.Lock()
		defer k.state.Unlock()
		if r.message.ApiKey() != like.ApiKey() || times == 0 {
			return nil, false
		}
		times--
		return refusal(r.message, code), true
	})
}

// does has script answer requests in place of the coordinator where it returns true.
func (k *fakeGroup) does(script func(r *fakeRequest) (protocol.Message, bool)) {
	k.state.Lock()
	defer k.state.Unlock()
	k.script = script
}

// beats is the time of some heartbeats.
func beats(n int) {
	time.Sleep(time.Duration(n) * defaultHeartbeatInterval)
	synctest.Wait() // what is due at this very moment has happened
}
