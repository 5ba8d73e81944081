package protocol_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	"github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	"github.com/segmentio/kafka-go/protocol/addraftvoter"
	"github.com/segmentio/kafka-go/protocol/altersharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/deletesharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/describegroups"
	"github.com/segmentio/kafka-go/protocol/describesharegroupoffsets"
	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/listgroups"
	"github.com/segmentio/kafka-go/protocol/listoffsets"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/segmentio/kafka-go/protocol/offsetcommit"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
	"github.com/segmentio/kafka-go/protocol/removeraftvoter"
	"github.com/segmentio/kafka-go/protocol/saslauthenticate"
	"github.com/segmentio/kafka-go/protocol/shareacknowledge"
	"github.com/segmentio/kafka-go/protocol/sharefetch"
	"github.com/segmentio/kafka-go/protocol/sharegroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/streamsgroupheartbeat"
	"github.com/segmentio/kafka-go/protocol/streamsgrouptopologydescriptionupdate"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
	"github.com/segmentio/kafka-go/protocol/unregisterbroker"
	"github.com/segmentio/kafka-go/protocol/unregistercontroller"
	"github.com/stretchr/testify/require"
)

// What routes, splits, prepares and restricts requests finds out by interfaces.
var (
	_ = []protocol.BrokerMessage{
		&createtopics.Request{}, &deletetopics.Request{}, &fetch.Request{}, &listgroups.Request{},
		&listoffsets.Request{}, &produce.Request{}, &rawproduce.Request{},
	}
	_ = []protocol.Splitter{
		&describegroups.Request{}, &listgroups.Request{}, &listoffsets.Request{}, &offsetfetch.Request{},
	}
	_ = []protocol.Merger{
		&describegroups.Response{}, &listgroups.Response{}, &listoffsets.Response{}, &offsetfetch.Response{},
	}
	_ = []protocol.PreparedMessage{
		&fetch.Request{}, &leavegroup.Request{}, &offsetfetch.Request{}, &produce.Request{},
	}
	_ protocol.OverrideTypeMessage = &rawproduce.Request{}
	_ protocol.RawExchanger        = &saslauthenticate.Request{}
)

func TestGroupRequestsGoToTheCoordinatorOfTheirGroup(t *testing.T) {
	for _, msg := range []protocol.GroupMessage{
		&describegroups.Request{Groups: []string{"g", "h"}},
		&heartbeat.Request{GroupID: "g"},
		&joingroup.Request{GroupID: "g"},
		&leavegroup.Request{GroupID: "g"},
		&offsetcommit.Request{GroupID: "g"},
		&offsetfetch.Request{GroupID: "g"},
		&offsetfetch.Request{Groups: []offsetfetch.RequestGroup{{GroupID: "g"}}},
		&syncgroup.Request{GroupID: "g"},
		&sharegroupheartbeat.Request{GroupID: "g"},
		&streamsgroupheartbeat.Request{GroupID: "g"},
		&streamsgrouptopologydescriptionupdate.Request{GroupID: "g"},
		&altersharegroupoffsets.Request{GroupID: "g"},
		&deletesharegroupoffsets.Request{GroupID: "g"},
		&describesharegroupoffsets.Request{Groups: []describesharegroupoffsets.RequestGroup{{GroupID: "g"}, {GroupID: "h"}}},
		&txnoffsetcommit.Request{GroupID: "g", TransactionalID: "t"},
	} {
		require.Equal(t, "g", msg.Group(), "%T", msg)
		_, transactional := msg.(protocol.TransactionalMessage)
		require.False(t, transactional, "%T has two coordinators", msg)
	}
}

func TestTransactionalRequestsGoToTheCoordinatorOfTheirTransaction(t *testing.T) {
	for _, msg := range []protocol.TransactionalMessage{
		&addoffsetstotxn.Request{TransactionalID: "t", GroupID: "g"},
		&addpartitionstotxn.Request{TransactionalID: "t"},
		&endtxn.Request{TransactionalID: "t"},
		&initproducerid.Request{TransactionalID: "t"},
	} {
		require.Equal(t, "t", msg.Transaction(), "%T", msg)
		_, grouped := msg.(protocol.GroupMessage)
		require.False(t, grouped, "%T has two coordinators", msg)
	}
}

func TestRequestsForTheControllerGoThere(t *testing.T) {
	cluster := protocol.Cluster{Controller: 2, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}}}
	for _, msg := range []protocol.BrokerMessage{
		&addraftvoter.Request{}, &removeraftvoter.Request{}, &unregisterbroker.Request{BrokerID: 1}, &unregistercontroller.Request{ControllerID: 1},
	} {
		broker, err := msg.Broker(cluster)
		require.NoError(t, err)
		require.EqualValues(t, 2, broker.ID, "%T", msg)
		broker, err = msg.Broker(protocol.Cluster{Controller: -1})
		require.NoError(t, err)
		require.EqualValues(t, -1, broker.ID, "%T: any broker", msg)
	}
}

func TestRequestsOfAShareSessionGoToItsBroker(t *testing.T) {
	cluster := protocol.Cluster{Controller: 2, Brokers: map[int32]protocol.Broker{1: {ID: 1}, 2: {ID: 2}}}
	for _, msg := range []protocol.BrokerMessage{&sharefetch.Request{BrokerID: 1}, &shareacknowledge.Request{BrokerID: 1}} {
		broker, err := msg.Broker(cluster)
		require.NoError(t, err)
		require.EqualValues(t, 1, broker.ID, "%T", msg)
	}
	for _, msg := range []protocol.BrokerMessage{&sharefetch.Request{BrokerID: 3}, &shareacknowledge.Request{BrokerID: 3}} {
		_, err := msg.Broker(cluster)
		require.ErrorContains(t, err, "broker 3 is not in the cluster", "%T", msg)
	}
}

// TestVersionRangesHold: a request can be encoded at every version that it says.
func TestVersionRangesHold(t *testing.T) {
	id := protocol.UUID{1}
	for i, msg := range []protocol.VersionedMessage{
		&apiversions.Request{},
		&apiversions.Request{ClientSoftwareName: "n", ClientSoftwareVersion: "v", ClusterID: "c", NodeID: 3},
		&deletetopics.Request{TopicNames: []string{"t"}},
		&deletetopics.Request{Topics: []deletetopics.RequestTopic{{TopicID: id}}},
		&endtxn.Request{TransactionalID: "t"},
		&endtxn.Request{TransactionalID: "t", TransactionV2: true},
		&fetch.Request{ReplicaID: -1, SessionEpoch: -1, Topics: []fetch.RequestTopic{{Topic: "t"}}},
		&fetch.Request{ReplicaID: 5, SessionEpoch: -1, Topics: []fetch.RequestTopic{{Topic: "t", TopicID: id}}},
		&fetch.Request{ForgottenTopics: []fetch.RequestForgottenTopic{{TopicID: id}}},
		&findcoordinator.Request{Key: "k", KeyType: 1},
		&findcoordinator.Request{CoordinatorKeys: findcoordinator.Keys("k")},
		&findcoordinator.Request{KeyType: 2, CoordinatorKeys: findcoordinator.Keys("k")},
		&leavegroup.Request{MemberID: "m"},
		&leavegroup.Request{Members: []leavegroup.RequestMember{{MemberID: "m", Reason: "r"}}},
		&leavegroup.Request{Members: []leavegroup.RequestMember{{GroupInstanceID: "i"}}},
		&listgroups.Request{},
		&listgroups.Request{StatesFilter: listgroups.Filter("Empty")},
		&listgroups.Request{TypesFilter: listgroups.Filter("classic")},
		&listoffsets.Request{ReplicaID: -1},
		&listoffsets.Request{TimeoutMs: 1, Topics: []listoffsets.RequestTopic{{Topic: "t", Partitions: []listoffsets.RequestPartition{{Timestamp: -6}}}}},
		&metadata.Request{},
		&metadata.Request{TopicNames: []string{}},
		&metadata.Request{TopicNames: []string{"t"}, IncludeTopicAuthorizedOperations: true},
		&metadata.Request{Topics: []metadata.RequestTopic{{Name: "t"}}},
		&metadata.Request{Topics: []metadata.RequestTopic{{TopicID: id}}},
		&metadata.Request{IncludeClusterAuthorizedOperations: true},
		&offsetcommit.Request{Topics: []offsetcommit.RequestTopic{{Name: "t"}}},
		&offsetcommit.Request{Topics: []offsetcommit.RequestTopic{{TopicID: id}}},
		&offsetfetch.Request{GroupID: "g"},
		&offsetfetch.Request{GroupID: "g", Topics: []offsetfetch.RequestTopic{{Name: "t"}}, RequireStable: true},
		&offsetfetch.Request{Groups: []offsetfetch.RequestGroup{{GroupID: "g", MemberID: "m", Topics: []offsetfetch.RequestTopic{{Name: "t"}}}}},
		&produce.Request{Topics: []produce.RequestTopic{{Topic: "t", TopicID: id}}},
		&produce.Request{TransactionalID: "x", TransactionV2: true, Topics: []produce.RequestTopic{{Topic: "t"}}},
		&rawproduce.Request{Topics: []rawproduce.RequestTopic{{TopicID: id}}},
		&txnoffsetcommit.Request{Topics: []txnoffsetcommit.RequestTopic{{Name: "t"}}},
		&txnoffsetcommit.Request{TransactionV2: true, Topics: []txnoffsetcommit.RequestTopic{{TopicID: id}}},
	} {
		t.Run(fmt.Sprintf("%d/%s", i, msg.ApiKey()), func(t *testing.T) {
			low, high := msg.VersionRange()
			require.LessOrEqual(t, low, high)
			require.GreaterOrEqual(t, low, msg.ApiKey().MinVersion())
			require.LessOrEqual(t, high, msg.ApiKey().MaxVersion())
			for v := low; v <= high; v++ {
				require.NoError(t, protocol.WriteRequest(io.Discard, v, 1, "", msg), "version %d", v)
			}
		})
	}
}
