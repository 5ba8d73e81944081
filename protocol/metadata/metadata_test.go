package metadata_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"
	"github.com/stretchr/testify/require"
)

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		req      metadata.Request
		min, max int16
	}{
		"all topics":           {metadata.Request{}, 0, 13},
		"names":                {metadata.Request{TopicNames: []string{"t"}}, 0, 8},
		"no topic":             {metadata.Request{TopicNames: []string{}}, 1, 8},
		"topics":               {metadata.Request{Topics: []metadata.RequestTopic{{Name: "t"}}}, 9, 13},
		"no topic, since 9":    {metadata.Request{Topics: []metadata.RequestTopic{}}, 9, 13},
		"topic id":             {metadata.Request{Topics: []metadata.RequestTopic{{TopicID: protocol.UUID{1}}}}, 12, 13},
		"cluster operations":   {metadata.Request{IncludeClusterAuthorizedOperations: true}, 8, 10},
		"topic operations":     {metadata.Request{IncludeTopicAuthorizedOperations: true}, 8, 13},
		"operations of names":  {metadata.Request{TopicNames: []string{"t"}, IncludeTopicAuthorizedOperations: true}, 8, 8},
		"names in both fields": {metadata.Request{TopicNames: []string{"t"}, Topics: []metadata.RequestTopic{{Name: "t"}}}, 9, 8},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}
