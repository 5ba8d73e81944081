package leavegroup_test

import (
	"testing"

	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/stretchr/testify/require"
)

func TestASingleMemberGoesWhereTheVersionHasIt(t *testing.T) {
	req := &leavegroup.Request{GroupID: "g", MemberID: "m"}
	for _, version := range []int16{2, 3, 4, 2, 5, 0} { // also when asked again at another version
		req.Prepare(version)
		want := &leavegroup.Request{GroupID: "g", MemberID: "m"}
		if version >= 3 {
			want = &leavegroup.Request{GroupID: "g", Members: []leavegroup.RequestMember{{MemberID: "m"}}}
		}
		require.Equal(t, want, req, "version %d", version)
	}
}

func TestMembersStay(t *testing.T) {
	members := []leavegroup.RequestMember{{MemberID: "a", Reason: "r"}, {GroupInstanceID: "b"}}
	req := &leavegroup.Request{Members: members}
	req.Prepare(5)
	require.Equal(t, &leavegroup.Request{Members: members}, req)
	req = &leavegroup.Request{}
	req.Prepare(0)
	req.Prepare(5)
	require.Equal(t, &leavegroup.Request{}, req)
}

func TestVersionRange(t *testing.T) {
	for name, test := range map[string]struct {
		req leavegroup.Request
		min int16
	}{
		"one by id":    {leavegroup.Request{MemberID: "m"}, 0},
		"one in list":  {leavegroup.Request{Members: []leavegroup.RequestMember{{MemberID: "m"}}}, 0},
		"static":       {leavegroup.Request{Members: []leavegroup.RequestMember{{GroupInstanceID: "i"}}}, 3},
		"several":      {leavegroup.Request{Members: []leavegroup.RequestMember{{MemberID: "m"}, {MemberID: "n"}}}, 3},
		"none, at all": {leavegroup.Request{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			min, max := test.req.VersionRange()
			require.Equal(t, []int16{test.min, 5}, []int16{min, max})
		})
	}
}
