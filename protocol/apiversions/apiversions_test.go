package apiversions_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/stretchr/testify/require"
)

func TestVersionRange(t *testing.T) {
	named := func(cluster string, node int32) apiversions.Request {
		return apiversions.Request{ClientSoftwareName: "n", ClientSoftwareVersion: "v", ClusterID: cluster, NodeID: node}
	}
	for name, test := range map[string]struct {
		req apiversions.Request
		max int16
	}{
		"anonymous":          {apiversions.Request{}, 2},
		"without version":    {apiversions.Request{ClientSoftwareName: "n"}, 2},
		"with name":          {named("", 0), 4},
		"meaning a cluster":  {named("c", -1), 5},
		"meaning broker 0":   {named("c", 0), 5},
		"meaning a broker":   {named("", 3), 5},
		"meaning any broker": {named("", -1), 5},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{0, test.max}, []int16{min, max})
		})
	}
}
