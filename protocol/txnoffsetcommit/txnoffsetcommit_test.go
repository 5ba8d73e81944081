package txnoffsetcommit_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
	"github.com/stretchr/testify/require"
)

func TestVersionRange(t *testing.T) {
	id := protocol.UUID{1}
	byName, byID := txnoffsetcommit.RequestTopic{Name: "t"}, txnoffsetcommit.RequestTopic{TopicID: id}
	both := txnoffsetcommit.RequestTopic{Name: "t", TopicID: id}
	for name, test := range map[string]struct {
		v2       bool
		topics   []txnoffsetcommit.RequestTopic
		min, max int16
	}{
		"by name":          {false, []txnoffsetcommit.RequestTopic{byName}, 0, 4},
		"by both":          {false, []txnoffsetcommit.RequestTopic{both}, 0, 4},
		"by id":            {false, []txnoffsetcommit.RequestTopic{byID}, 6, 4},
		"KIP-890, by name": {true, []txnoffsetcommit.RequestTopic{byName}, 5, 5},
		"KIP-890, by both": {true, []txnoffsetcommit.RequestTopic{both}, 5, 6},
		"KIP-890, by id":   {true, []txnoffsetcommit.RequestTopic{byID}, 6, 6},
		"KIP-890, nothing": {true, nil, 5, 6},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := (&txnoffsetcommit.Request{TransactionV2: test.v2, Topics: test.topics}).VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}
