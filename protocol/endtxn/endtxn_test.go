package endtxn_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol/endtxn"
	"github.com/stretchr/testify/require"
)

// A caller that does not know of the epoch in the response would be refused in its
// next transaction.
func TestEpochsAreBumpedOnlyForThoseWhoAsk(t *testing.T) {
	min, max := (&endtxn.Request{}).VersionRange()
	require.Equal(t, []int16{0, 4}, []int16{min, max})
	min, max = (&endtxn.Request{TransactionV2: true}).VersionRange()
	require.Equal(t, []int16{5, 5}, []int16{min, max})
}
