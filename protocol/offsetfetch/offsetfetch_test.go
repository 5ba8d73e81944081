package offsetfetch_test

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/offsetfetch"
	"github.com/stretchr/testify/require"
)

func TestVersionRange(t *testing.T) {
	id := protocol.UUID{1}
	topics := []offsetfetch.RequestTopic{{Name: "t"}}
	group := func(topics ...offsetfetch.RequestTopic) []offsetfetch.RequestGroup {
		return []offsetfetch.RequestGroup{{GroupID: "g", Topics: topics}}
	}
	for name, test := range map[string]struct {
		req      offsetfetch.Request
		min, max int16
	}{
		"topics":            {offsetfetch.Request{GroupID: "g", Topics: topics}, 0, 7},
		"no topic":          {offsetfetch.Request{GroupID: "g", Topics: []offsetfetch.RequestTopic{}}, 0, 7},
		"all topics":        {offsetfetch.Request{GroupID: "g"}, 2, 7},
		"stable":            {offsetfetch.Request{GroupID: "g", Topics: topics, RequireStable: true}, 7, 7},
		"all, stable":       {offsetfetch.Request{GroupID: "g", RequireStable: true}, 7, 7},
		"groups, all":       {offsetfetch.Request{Groups: group()}, 8, 10},
		"groups by name":    {offsetfetch.Request{Groups: group(offsetfetch.RequestTopic{Name: "t"})}, 8, 9},
		"groups by id":      {offsetfetch.Request{Groups: group(offsetfetch.RequestTopic{TopicID: id})}, 10, 10},
		"groups by both":    {offsetfetch.Request{Groups: group(offsetfetch.RequestTopic{Name: "t", TopicID: id})}, 8, 10},
		"groups, as stable": {offsetfetch.Request{Groups: group(), RequireStable: true}, 8, 10},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, test.max}, []int16{min, max})
		})
	}
}

func TestGroupsWithoutMemberHaveNoEpoch(t *testing.T) {
	req := &offsetfetch.Request{Groups: []offsetfetch.RequestGroup{{GroupID: "a"}, {GroupID: "b", MemberID: "m"}, {GroupID: "c", MemberEpoch: 3}}}
	req.Prepare(9)
	require.EqualValues(t, -1, req.Groups[0].MemberEpoch)
	require.EqualValues(t, 0, req.Groups[1].MemberEpoch)
	require.EqualValues(t, 3, req.Groups[2].MemberEpoch)
}

func TestEveryGroupIsAskedOfItsCoordinator(t *testing.T) {
	a, b := offsetfetch.RequestGroup{GroupID: "a"}, offsetfetch.RequestGroup{GroupID: "b"}
	req := &offsetfetch.Request{Groups: []offsetfetch.RequestGroup{a, b}, RequireStable: true}
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{
		&offsetfetch.Request{Groups: []offsetfetch.RequestGroup{a}, RequireStable: true},
		&offsetfetch.Request{Groups: []offsetfetch.RequestGroup{b}, RequireStable: true},
	}, messages)
	require.Equal(t, "b", messages[1].(*offsetfetch.Request).Group())

	answer := func(throttle int32, group string) *offsetfetch.Response {
		return &offsetfetch.Response{ThrottleTimeMs: throttle, Groups: []offsetfetch.ResponseGroup{{GroupID: group}}}
	}
	merged, err := merger.Merge(messages, []any{answer(1, "a"), answer(4, "b")})
	require.NoError(t, err)
	require.Equal(t, &offsetfetch.Response{ThrottleTimeMs: 4, Groups: []offsetfetch.ResponseGroup{{GroupID: "a"}, {GroupID: "b"}}}, merged)

	lost := errors.New("connection lost")
	merged, err = merger.Merge(messages, []any{answer(0, "a"), lost})
	require.NoError(t, err)
	require.Equal(t, []offsetfetch.ResponseGroup{{GroupID: "a"}, {GroupID: "b", ErrorCode: 13, Err: lost}}, merged.(*offsetfetch.Response).Groups)

	_, err = merger.Merge(messages, []any{lost, lost})
	require.Equal(t, lost, err)
}

func TestASingleGroupIsNotSplit(t *testing.T) {
	req := &offsetfetch.Request{GroupID: "g"}
	require.Equal(t, "g", req.Group())
	messages, merger, err := req.Split(protocol.Cluster{})
	require.NoError(t, err)
	require.Equal(t, []protocol.Message{req}, messages)
	res := &offsetfetch.Response{ErrorCode: 3}
	merged, err := merger.Merge(messages, []any{res})
	require.NoError(t, err)
	require.Same(t, res, merged)
	lost := errors.New("connection lost")
	_, err = merger.Merge(messages, []any{lost})
	require.Equal(t, lost, err)
}
