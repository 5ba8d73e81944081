package syncgroup_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

func TestVersionRange(t *testing.T) {
	for max, reqs := range map[int16][]syncgroup.Request{
		4: {{}, {ProtocolType: "consumer"}, {ProtocolName: "range"}},
		5: {{ProtocolType: "consumer", ProtocolName: "range"}},
	} {
		for i := range reqs {
			low, high := reqs[i].VersionRange()
			require.Equal(t, []int16{0, max}, []int16{low, high}, "%+v", reqs[i])
		}
	}
}
