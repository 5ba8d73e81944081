//go:build unix

package chaos_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestJudge shows that the audit of the groups finds what it looks for. Six messages
// were written to partition 0, one each 10 ms from 10 ms on, each acknowledged at
// once.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name    string
		journal string
		commits []groupCommit
		want    verdict // of lists the lengths count
		group   time.Duration
	}{
		{"all is well", "11 processed 0 0 0\n21 processed 0 1 1\n22 committed 0 2\n31 processed 0 2 2\n61 processed 0 3 3\n61 processed 0 4 4\n61 processed 0 5 5\n", []groupCommit{{2, 21}, {6, 61}},
			verdict{}, 21},
		{"one is missing", "11 processed 0 0 0\n21 processed 0 1 1\n31 processed 0 2 2\n61 processed 0 4 4\n61 processed 0 5 5\n61 proc", []groupCommit{{2, 21}, {6, 61}},
			verdict{missing: []string{"3"}, early: []string{"6"}}, 11},
		{"a commit comes first", "21 processed 0 0 0\n21 processed 0 1 1\n31 processed 0 2 2\n41 processed 0 3 3\n51 processed 0 4 4\n61 processed 0 5 5\n", []groupCommit{{2, 20}, {6, 61}},
			verdict{early: []string{"2"}}, 1},
		{"a commit goes back", "61 processed 0 0 0\n61 processed 0 1 1\n61 processed 0 2 2\n61 processed 0 3 3\n61 processed 0 4 4\n61 processed 0 5 5\n", []groupCommit{{6, 61}, {5, 62}},
			verdict{backwards: []string{"5"}}, 0},
		{"a commit is not made", "61 processed 0 0 0\n61 processed 0 1 1\n61 processed 0 2 2\n61 processed 0 3 3\n61 processed 0 4 4\n61 processed 0 5 5\n62 committed 0 6\n", []groupCommit{{5, 61}, {6, 63}},
			verdict{unmade: []string{"6"}}, 0},
		{"some come twice, one is another", "61 processed 0 0 0\n61 processed 0 0 0\n61 processed 0 1 7\n61 processed 0 1 1\n61 processed 0 2 2\n61 processed 0 3 3\n61 processed 0 4 4\n62 processed 0 4 4\n70 processed 0 5 5\n", nil,
			verdict{twice: 2, unexpected: []string{"7"}}, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "journal")
			require.NoError(t, os.WriteFile(name, []byte(c.journal), 0o600))
			written := []*partitionLog{{numbers: []int64{0, 1, 2, 3, 4, 5}, ready: []int64{10, 20, 30, 40, 50, 60}}}
			h := new(groupHistory)
			h.commits[0] = c.commits
			v, err := judge(&crew{t: t, journals: []string{name}}, written, h)
			require.NoError(t, err)
			require.Len(t, v.missing, len(c.want.missing), "missing")
			require.Len(t, v.early, len(c.want.early), "early")
			require.Len(t, v.backwards, len(c.want.backwards), "backwards")
			require.Len(t, v.unmade, len(c.want.unmade), "unmade")
			require.Len(t, v.unexpected, len(c.want.unexpected), "unexpected")
			require.Equal(t, c.want.twice, v.twice)
			require.Equal(t, c.group*time.Millisecond, v.group.lasted)
			require.Equal(t, v.group.lasted, v.partition.lasted, "of the only partition")
		})
	}
}

// A group stops when none of its partitions is read on, though there is something
// in one.
func TestGroupStop(t *testing.T) {
	a := &reading{partitionLog: &partitionLog{ready: []int64{10, 20}}, first: []int64{11, 100}}
	b := &reading{partitionLog: &partitionLog{ready: []int64{10, 90}}, first: []int64{60, 95}}
	a.sort()
	b.sort()
	v := new(verdict)
	v.groupStop([]*reading{a, b})
	require.Equal(t, 49*time.Millisecond, v.group.lasted, "from 11, when there was one at 10, to 60")
}

// TestNoteRecord reads records as both forms of coordinators write them.
func TestNoteRecord(t *testing.T) {
	text := func(b []byte, s string) []byte { return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...) }
	key := text(text([]byte{0, offsetCommitKey}, "g"), groupTopic)
	key = binary.BigEndian.AppendUint32(key, 3)
	old := binary.BigEndian.AppendUint64([]byte{0, 3}, 42)
	old = binary.BigEndian.AppendUint64(append(old, 255, 255, 255, 255, 0, 0), 1000)
	flexible := binary.BigEndian.AppendUint64([]byte{0, 4}, 43)
	flexible = append(binary.BigEndian.AppendUint64(append(flexible, 255, 255, 255, 255, 1), 1001), 0)
	all := map[string]*groupHistory{"g": {generations: make(map[int32]bool)}}
	require.NoError(t, noteRecord(all, key, old))
	require.NoError(t, noteRecord(all, key, flexible))
	require.NoError(t, noteRecord(all, key, nil))
	require.NoError(t, noteRecord(all, text([]byte{0, groupMetadataKey}, "g"), append([]byte{0, 4}, "\x09consumer\x00\x00\x00\x07"...)))
	require.Equal(t, []groupCommit{{42, 1000}, {43, 1001}}, all["g"].commits[3])
	require.Equal(t, map[int32]bool{7: true}, all["g"].generations)
	require.Error(t, noteRecord(all, key, old[:12]))
}
