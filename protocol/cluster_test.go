package protocol

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

var testCluster = Cluster{
	ClusterID: "cid", Controller: 1,
	Brokers: map[int32]Broker{2: {ID: 2, Host: "b", Port: 2}, 1: {ID: 1, Host: "h", Port: 9092, Rack: "r"}},
	Topics: map[string]Topic{
		"b": {Name: "b"},
		"a": {Name: "a", Partitions: map[int32]Partition{
			1: {ID: 1, Leader: 1, Replicas: []int32{1, 2}, ISR: []int32{1}, Offline: []int32{2}},
			0: {ID: 0, Leader: 2, Error: 5},
		}},
	},
}

func TestClusterFormat(t *testing.T) {
	const brief = `CLUSTER: "cid"

  BROKER  HOST  PORT  RACK  CONTROLLER
  1       h     9092  r     true
  2       b     2           false

  TOPIC  PARTITIONS  BROKERS
  a      2           1,2
  b      0           

`
	assert.Equal(t, brief, fmt.Sprint(testCluster))
	assert.Equal(t, brief+`  TOPIC: "a"

    PARTITION  REPLICAS  ISR  OFFLINE
    0                         
    1          1,2       1    2

  TOPIC: "b"

    PARTITION  REPLICAS  ISR  OFFLINE

`, fmt.Sprintf("%+v", testCluster))
}

func TestCluster(t *testing.T) {
	assert.Equal(t, []int32{1, 2}, testCluster.BrokerIDs())
	assert.Equal(t, []string{"a", "b"}, testCluster.TopicNames())
	assert.Equal(t, []int32{}, Cluster{}.BrokerIDs())
	assert.False(t, testCluster.IsZero())
	assert.True(t, Cluster{Topics: map[string]Topic{}}.IsZero())
	for _, c := range []Cluster{
		{ClusterID: "x"}, {Controller: 1}, {Brokers: testCluster.Brokers}, {Topics: testCluster.Topics},
	} {
		assert.False(t, c.IsZero())
	}
}

func TestBrokerFormat(t *testing.T) {
	b := Broker{ID: 1, Host: "h", Port: 9092, Rack: "r"}
	assert.Equal(t, "h:9092", b.String())
	assert.Equal(t, "[::1]:1", Broker{Host: "::1", Port: 1}.String())
	assert.Equal(t, "1 h:9092 r|h:9092|1", fmt.Sprintf("%v|%s|%d", b, b, b))
}

func TestErrors(t *testing.T) {
	assert.EqualError(t, Errorf("x %d", 3), "x 3")
	assert.EqualError(t, NewErrNoTopic("t"), `topic not found (topic="t")`)
	assert.EqualError(t, NewErrNoPartition("t", 2), `topic partition not found (topic="t" partition=2)`)
	assert.EqualError(t, NewErrNoLeader("t", 3), `topic partition has no leader (topic="t" partition=3)`)
	assert.ErrorIs(t, fmt.Errorf("x: %w", NewErrNoTopic("t")), ErrNoTopic)
	assert.ErrorIs(t, NewErrNoLeader("t", 1), ErrNoLeader)
	cause := errors.New("cause")
	assert.ErrorIs(t, NewTopicPartitionError("t", 1, cause), cause)
	var topic *TopicError
	assert.ErrorAs(t, fmt.Errorf("x: %w", NewTopicError("t", cause)), &topic)
	assert.Equal(t, "t", topic.Topic)
}

func TestUUID(t *testing.T) {
	u := UUID{0: 0xfb, 1: 0xff, 15: 1}
	assert.Equal(t, "-_8AAAAAAAAAAAAAAAAAAQ", u.String())
	got, err := ParseUUID(u.String())
	assert.NoError(t, err)
	assert.Equal(t, u, got)
	assert.True(t, UUID{}.IsZero())
	assert.False(t, u.IsZero())
	for _, s := range []string{"", "x", u.String() + "A", u.String()[1:], "+/8AAAAAAAAAAAAAAAAAAQ"} {
		_, err := ParseUUID(s)
		assert.Error(t, err, s)
	}
}
