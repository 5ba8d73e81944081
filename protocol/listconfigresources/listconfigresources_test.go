package listconfigresources_test

import (
	"io"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/listconfigresources"
	"github.com/stretchr/testify/require"
)

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		req      listconfigresources.Request
		min, max int16
	}{
		"all":                   {listconfigresources.Request{}, 0, 1},
		"some":                  {listconfigresources.Request{ResourceTypes: []int8{listconfigresources.Topic}}, 1, 1},
		"what all brokers list": {listconfigresources.Request{ResourceTypes: []int8{listconfigresources.ClientMetrics}}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
			for v := min; v <= max; v++ {
				require.NoError(t, protocol.WriteRequest(io.Discard, v, 1, "", &test.req), "version %d", v)
			}
		})
	}
}
