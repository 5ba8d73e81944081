package findcoordinator_test

import (
	"bytes"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/stretchr/testify/require"
)

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		req      findcoordinator.Request
		min, max int16
	}{
		"group":        {findcoordinator.Request{Key: "g"}, 0, 3},
		"transaction":  {findcoordinator.Request{Key: "t", KeyType: findcoordinator.KeyTypeTransaction}, 1, 3},
		"groups":       {findcoordinator.Request{CoordinatorKeys: findcoordinator.Keys("g", "h")}, 4, 6},
		"transactions": {findcoordinator.Request{KeyType: findcoordinator.KeyTypeTransaction, CoordinatorKeys: findcoordinator.Keys("t")}, 4, 6},
		"share group":  {findcoordinator.Request{KeyType: findcoordinator.KeyTypeShare, CoordinatorKeys: findcoordinator.Keys("s")}, 6, 6},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}

func TestAllHasTheCoordinatorsOfEitherShape(t *testing.T) {
	one := &findcoordinator.Response{ErrorCode: 15, ErrorMessage: "m", NodeID: 1, Host: "h", Port: 2}
	require.Equal(t, []findcoordinator.ResponseCoordinator{
		{ErrorCode: 15, ErrorMessage: "m", NodeID: 1, Host: "h", Port: 2},
	}, one.All())

	list := []findcoordinator.ResponseCoordinator{{Key: "g"}, {Key: "h"}}
	many := &findcoordinator.Response{Coordinators: &list}
	require.Equal(t, list, many.All())
}

func TestArraysBehindPointers(t *testing.T) {
	var buf bytes.Buffer
	for name, keys := range map[string]*[]string{"nil": nil, "empty": findcoordinator.Keys(), "two": findcoordinator.Keys("a", "b")} {
		require.NoError(t, protocol.WriteRequest(&buf, 4, 1, "", &findcoordinator.Request{CoordinatorKeys: keys}), name)
		_, _, _, msg, err := protocol.ReadRequest(&buf)
		require.NoError(t, err, name)
		got := msg.(*findcoordinator.Request).CoordinatorKeys
		if keys == nil {
			keys = findcoordinator.Keys() // the array cannot be null
		}
		require.NotNil(t, got, name)
		require.ElementsMatch(t, *keys, *got, name)
	}
	err := protocol.WriteRequest(&buf, 3, 1, "", &findcoordinator.Request{CoordinatorKeys: findcoordinator.Keys("a")})
	require.ErrorContains(t, err, "CoordinatorKeys")
	require.NoError(t, protocol.WriteRequest(&buf, 3, 1, "", &findcoordinator.Request{Key: "a", CoordinatorKeys: findcoordinator.Keys()}))
}

func TestMessagesAreComparable(t *testing.T) {
	require.True(t, findcoordinator.Request{Key: "a"} == findcoordinator.Request{Key: "a"})
	require.True(t, findcoordinator.Response{NodeID: 1} == findcoordinator.Response{NodeID: 1})
}
