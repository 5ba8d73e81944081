// Package leftout says which APIs of Kafka have no messages here, and why. The
// tests of the schema fail for an API that has neither messages nor a reason.
package leftout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segmentio/kafka-go/protocol"
)

const (
	removed     = "from the controller to brokers, in clusters with ZooKeeper; Kafka 4 has none of it"
	quorum      = "between controllers, to agree on a leader and to follow it"
	registering = "from brokers and controllers to the active controller, to take part in the cluster"
	asking      = "from brokers to the active controller, on their own account"
	shareState  = "from a group coordinator or a leader to the share coordinator; needs CLUSTER_ACTION"
)

// APIs are the APIs without messages, with the reason.
var APIs = map[protocol.ApiKey]string{
	protocol.LeaderAndIsr:               removed,
	protocol.StopReplica:                removed,
	protocol.UpdateMetadata:             removed,
	protocol.ControlledShutdown:         "from a broker to the controller, in clusters with ZooKeeper; Kafka 4 has none of it",
	protocol.Vote:                       quorum,
	protocol.BeginQuorumEpoch:           quorum,
	protocol.EndQuorumEpoch:             quorum,
	protocol.AlterPartition:             asking,
	protocol.Envelope:                   "from a broker to the active controller, around a client's request",
	protocol.FetchSnapshot:              quorum,
	protocol.BrokerRegistration:         registering,
	protocol.BrokerHeartbeat:            registering,
	protocol.AllocateProducerIds:        asking,
	protocol.ControllerRegistration:     registering,
	protocol.AssignReplicasToDirs:       asking,
	protocol.UpdateRaftVoter:            registering,
	protocol.InitializeShareGroupState:  shareState,
	protocol.ReadShareGroupState:        shareState,
	protocol.WriteShareGroupState:       shareState,
	protocol.DeleteShareGroupState:      shareState,
	protocol.ReadShareGroupStateSummary: shareState,
}

// Text lists the APIs without messages, one a line.
func Text() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(APIs)) {
		fmt.Fprintf(&b, "\n  %2d %s: %s", key, key, APIs[key])
	}
	return b.String()
}
