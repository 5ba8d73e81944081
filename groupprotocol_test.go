package kafka

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goldenGroupMessage is a subscription or an assignment that Java has encoded.
type goldenGroupMessage struct {
	Kind, Hex         string
	Version           int16
	Topics            []string
	UserData          *string
	Owned, Partitions map[string][]int
	Generation        int
	Rack              string
}

func (m goldenGroupMessage) bytes(t testing.TB) []byte {
	b, err := hex.DecodeString(m.Hex)
	require.NoError(t, err)
	return b
}

// userData keeps none and empty apart.
func (m goldenGroupMessage) userData() []byte {
	if m.UserData == nil {
		return nil
	}
	return append([]byte{}, *m.UserData...)
}

func (m goldenGroupMessage) subscription() groupSubscription {
	owned := map[string][]int{}
	for topic, ids := range m.Owned {
		owned[topic] = slices.Sorted(slices.Values(ids))
	}
	return groupSubscription{topics: m.Topics, userData: m.userData(), owned: owned, generation: m.Generation, rack: m.Rack}
}

func goldenGroupMessages(t testing.TB, kind string) (list []goldenGroupMessage) {
	b, err := os.ReadFile("testdata/golden/consumerprotocol.json")
	require.NoError(t, err)
	var all []goldenGroupMessage
	require.NoError(t, json.Unmarshal(b, &all))
	for _, m := range all {
		if m.Kind == kind {
			list = append(list, m)
		}
	}
	require.Len(t, list, 12, "three of each of four versions")
	return list
}

func TestGroupSubscriptionsAreJavas(t *testing.T) {
	for _, m := range goldenGroupMessages(t, "subscription") {
		want := m.subscription()
		got, err := decodeGroupSubscription(m.bytes(t))
		require.NoError(t, err)
		slices.Sort(want.topics)
		slices.Sort(got.topics)
		require.Equal(t, want, got, "version %d", m.Version)

		b, err := got.encodeVersion(m.Version)
		require.NoError(t, err)
		require.Equal(t, m.Hex, hex.EncodeToString(b), "version %d", m.Version)
	}
}

func TestGroupAssignmentsAreJavas(t *testing.T) {
	for _, m := range goldenGroupMessages(t, "assignment") {
		got, err := decodeGroupAssignment(m.bytes(t))
		require.NoError(t, err)
		require.Equal(t, groupAssignment{partitions: m.Partitions, userData: m.userData()}, got, "version %d", m.Version)

		b, err := got.encodeVersion(m.Version)
		require.NoError(t, err)
		require.Equal(t, m.Hex, hex.EncodeToString(b), "version %d", m.Version)
	}
}

// The version stamped is one whose whole layout follows: else a librdkafka leader
// gives the member nothing, and a Java leader fails.
func TestGroupSubscriptionHasTheWholeLayoutOfItsVersion(t *testing.T) {
	owned := map[string][]int{"t": {3, 1, 3}, "none": {}}
	for _, c := range []struct {
		s    groupSubscription
		want string
	}{
		{groupSubscription{topics: []string{"t"}}, "0001" + "00000001000174" + "ffffffff" + "00000000"},
		{groupSubscription{topics: []string{"t"}, userData: []byte{}}, "0001" + "00000001000174" + "00000000" + "00000000"},
		{groupSubscription{owned: owned}, "0001" + "00000000" + "ffffffff" + "00000001000174000000020000000100000003"},
		{groupSubscription{owned: owned, generation: 5}, "0002" + "00000000" + "ffffffff" + "00000001000174000000020000000100000003" + "00000005"},
		{groupSubscription{rack: "r"}, "0003" + "00000000" + "ffffffff" + "00000000" + "ffffffff" + "000172"},
		{groupSubscription{topics: []string{"b", "a", "b"}}, "0001" + "00000002000161000162" + "ffffffff" + "00000000"},
	} {
		b, err := c.s.encode()
		require.NoError(t, err)
		assert.Equal(t, c.want, hex.EncodeToString(b))
	}
	b, err := groupAssignment{partitions: map[string][]int{"t": {2, 0}, "none": {}}}.encode()
	require.NoError(t, err)
	require.Equal(t, "0001"+"000000010001740000000200000000"+"00000002"+"ffffffff", hex.EncodeToString(b))
}

func TestEncodingLeavesTheCallersTopicsAlone(t *testing.T) {
	topics, ids := []string{"b", "a"}, []int{2, 1}
	_, err := groupSubscription{topics: topics, owned: map[string][]int{"t": ids}}.encode()
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, topics)
	require.Equal(t, []int{2, 1}, ids)
}

// Members of other clients and releases.
func TestGroupSubscriptionsOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want groupSubscription
	}{
		"version 1 without its field": {
			"0001" + "00000001000174" + "0000000175",
			groupSubscription{topics: []string{"t"}, userData: []byte("u"), owned: map[string][]int{}, generation: -1},
		},
		"version 3 without the generation": {
			"0003" + "00000000" + "ffffffff" + "000000010001740000000100000007",
			groupSubscription{topics: []string{}, owned: map[string][]int{"t": {7}}, generation: -1},
		},
		"version 3 without the rack": {
			"0003" + "00000000" + "ffffffff" + "00000000" + "00000009",
			groupSubscription{topics: []string{}, owned: map[string][]int{}, generation: 9},
		},
		"version 4, with a field that is not known": {
			"0004" + "00000001000174" + "ffffffff" + "00000000" + "00000009" + "000172" + "cafe",
			groupSubscription{topics: []string{"t"}, owned: map[string][]int{}, generation: 9, rack: "r"},
		},
		"version 0 with more behind it": {
			"0000" + "00000001000174" + "ffffffff" + "cafe",
			groupSubscription{topics: []string{"t"}, owned: map[string][]int{}, generation: -1},
		},
		"a topic twice": {
			"0001" + "00000000" + "ffffffff" + "00000002" + "0001740000000100000007" + "000174000000020000000300000007",
			groupSubscription{topics: []string{}, owned: map[string][]int{"t": {3, 7}}, generation: -1},
		},
	} {
		b, err := hex.DecodeString(c.hex)
		require.NoError(t, err)
		got, err := decodeGroupSubscription(b)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
		clear(b)
		assert.Equal(t, c.want, got, "%s: nothing refers to the bytes", name)
	}
}

func TestGroupAssignmentsOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want groupAssignment
	}{
		"nothing at all": {"", groupAssignment{partitions: map[string][]int{}}},
		"version 9":      {"0009" + "000000010001740000000100000007" + "ffffffff" + "cafe", groupAssignment{partitions: map[string][]int{"t": {7}}}},
	} {
		b, err := hex.DecodeString(c.hex)
		require.NoError(t, err)
		got, err := decodeGroupAssignment(b)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
}

func TestGroupMessagesThatAreBroken(t *testing.T) {
	for name, c := range map[string]struct{ hex, want string }{
		"no version":         {"00", ""},
		"version -1":         {"ffff" + "00000000" + "ffffffff", "there is no version -1"},
		"cut off":            {"0001" + "000000010001", ""},
		"too many":           {"0001" + "7fffffff" + "0001", ""},
		"negative partition": {"0001" + "00000001000174" + "00000001ffffffff" + "ffffffff", `topic "t" has no partition -1`},
	} {
		b, err := hex.DecodeString(c.hex)
		require.NoError(t, err)
		_, err = decodeGroupAssignment(b)
		assert.ErrorContains(t, err, c.want, name)
		assert.ErrorContains(t, err, "kafka: assignment of the group: ", name)
	}
	for name, c := range map[string]struct{ hex, want string }{
		"nothing at all":     {"", "kafka: subscription of a group member: "},
		"version -1":         {"ffff" + "00000000" + "ffffffff", "there is no version -1"},
		"cut off":            {"0001" + "00000001000174" + "ffff", "kafka: subscription of a group member: "},
		"cut in a field":     {"0001" + "00000001000174" + "ffffffff" + "0000", "kafka: subscription of a group member: "},
		"too many":           {"0003" + "7fffffff" + "0001", "kafka: subscription of a group member: "},
		"negative partition": {"0001" + "00000000" + "ffffffff" + "00000001000174" + "00000001ffffffff", `topic "t" has no partition -1`},
	} {
		b, err := hex.DecodeString(c.hex)
		require.NoError(t, err)
		_, err = decodeGroupSubscription(b)
		assert.ErrorContains(t, err, c.want, name)
	}
}

func TestGroupMessagesThatCannotBeEncoded(t *testing.T) {
	ids := []int{-1}
	if strconv.IntSize > 32 {
		large := math.MaxInt32
		ids = append(ids, large+1)
		_, err := groupSubscription{generation: large + 1}.encode()
		require.ErrorContains(t, err, "generation 2147483648 of a subscription is out of range")
	}
	for _, id := range ids {
		partitions := map[string][]int{"t": {0, id}}
		_, err := groupAssignment{partitions: partitions}.encode()
		require.ErrorContains(t, err, `kafka: assignment of a group member: topic "t" has no partition `+strconv.Itoa(id))
		_, err = groupSubscription{owned: partitions}.encode()
		require.ErrorContains(t, err, `kafka: owned partitions of a subscription: topic "t" has no partition `+strconv.Itoa(id))
	}
}

// Whatever a member sends, what is read of it can be told again, and then is the same.
func FuzzGroupProtocol(f *testing.F) {
	for _, kind := range []string{"subscription", "assignment"} {
		for _, m := range goldenGroupMessages(f, kind) {
			f.Add(m.bytes(f))
		}
	}
	f.Add([]byte("\x00\x01\x00\x00\x00\x01\x00\x01t\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := decodeGroupSubscription(b); err == nil {
			again, err := s.encode()
			require.NoError(t, err)
			back, err := decodeGroupSubscription(again)
			require.NoError(t, err)
			third, err := back.encode()
			require.NoError(t, err)
			require.Equal(t, again, third)
			require.Equal(t, s.rack, back.rack)
			require.Equal(t, s.userData, back.userData)
		}
		if a, err := decodeGroupAssignment(b); err == nil {
			again, err := a.encode()
			require.NoError(t, err)
			back, err := decodeGroupAssignment(again)
			require.NoError(t, err)
			for topic, ids := range a.partitions {
				require.Equal(t, len(ids), len(back.partitions[topic]))
			}
			require.Equal(t, a.userData, back.userData)
		}
	})
}
