package kafka

import (
	"errors"
	"hash/crc32"
	"hash/fnv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func partitionIDs(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i
	}
	return ids
}

// The choices of other clients for these keys, over 3, 16 and 100 partitions.
var balancerVectors = []struct {
	key                                []byte
	hash, referenceHash, crc32, murmur [3]int
}{
	{[]byte(""), [3]int{0, 11, 35}, [3]int{2, 5, 13}, [3]int{0, 0, 0}, [3]int{0, 9, 81}},
	{[]byte("a"), [3]int{0, 4, 76}, [3]int{2, 12, 72}, [3]int{0, 3, 7}, [3]int{1, 12, 24}},
	{[]byte("20"), [3]int{1, 1, 33}, [3]int{1, 15, 15}, [3]int{0, 2, 82}, [3]int{1, 10, 42}},
	{[]byte("blah"), [3]int{1, 2, 42}, [3]int{1, 2, 42}, [3]int{1, 12, 96}, [3]int{0, 5, 17}},
	{[]byte("kafka"), [3]int{2, 1, 45}, [3]int{2, 1, 45}, [3]int{2, 7, 99}, [3]int{1, 4, 80}},
	{[]byte("user-42"), [3]int{0, 11, 99}, [3]int{0, 11, 99}, [3]int{1, 3, 35}, [3]int{1, 12, 60}},
	{[]byte("0123456789abcdef"), [3]int{1, 3, 51}, [3]int{1, 13, 97}, [3]int{0, 3, 11}, [3]int{0, 12, 52}},
	{[]byte("héllo"), [3]int{0, 0, 0}, [3]int{0, 0, 0}, [3]int{2, 6, 86}, [3]int{0, 10, 2}},
}

func TestBalancersChooseWhatOtherClientsChoose(t *testing.T) {
	for _, v := range balancerVectors {
		for i, n := range []int{3, 16, 100} {
			ids, msg := partitionIDs(n), Message{Key: v.key}
			assert.Equal(t, v.hash[i], new(Hash).Balance(msg, ids...), "Hash %q of %d", v.key, n)
			assert.Equal(t, v.hash[i], (&Hash{Hasher: fnv.New32a()}).Balance(msg, ids...), "Hash with a Hasher %q of %d", v.key, n)
			assert.Equal(t, v.referenceHash[i], new(ReferenceHash).Balance(msg, ids...), "ReferenceHash %q of %d", v.key, n)
			assert.Equal(t, v.crc32[i], CRC32Balancer{Consistent: true}.Balance(msg, ids...), "CRC32 %q of %d", v.key, n)
			assert.Equal(t, v.murmur[i], Murmur2Balancer{Consistent: true}.Balance(msg, ids...), "Murmur2 %q of %d", v.key, n)
		}
	}
}

func TestBalancersWithoutAKey(t *testing.T) {
	ids := partitionIDs(16)
	assert.Equal(t, 0, CRC32Balancer{Consistent: true}.Balance(Message{}, ids...))
	assert.Equal(t, 9, Murmur2Balancer{Consistent: true}.Balance(Message{}, ids...))

	hash := new(Hash)
	for i := range 32 {
		assert.Equal(t, i%16, hash.Balance(Message{}, ids...), "Hash deals messages without a key in turn")
	}
	for name, b := range map[string]Balancer{
		"ReferenceHash": new(ReferenceHash), "CRC32Balancer": CRC32Balancer{}, "*CRC32Balancer": &CRC32Balancer{},
		"Murmur2Balancer": Murmur2Balancer{}, "*Murmur2Balancer": &Murmur2Balancer{},
	} {
		seen := map[int]bool{}
		for range 1000 {
			seen[b.Balance(Message{}, ids...)] = true
		}
		assert.Greater(t, len(seen), 12, "%s chooses at random", name)
	}
	assert.Equal(t, 9, Murmur2Balancer{}.Balance(Message{Key: []byte{}}, ids...), "an empty key is a key")
}

func TestBalancersUseTheIdsTheyAreGiven(t *testing.T) {
	msg := Message{Key: []byte("blah")}
	assert.Equal(t, 20, CRC32Balancer{}.Balance(msg, 10, 20, 30))
	assert.Equal(t, 10, Murmur2Balancer{}.Balance(msg, 10, 20, 30))
	assert.Equal(t, 1, new(Hash).Balance(msg, 10, 20, 30), "the documented formula gives the number itself")
}

func TestBalancersWithNoPartitions(t *testing.T) {
	for _, b := range []Balancer{new(RoundRobin), new(LeastBytes), new(Hash), new(ReferenceHash), CRC32Balancer{}, Murmur2Balancer{}, new(StickyBalancer)} {
		assert.Equal(t, noPartition, b.Balance(Message{Key: []byte("k")}))
		assert.Equal(t, noPartition, b.Balance(Message{}))
	}
}

func TestRoundRobinChunks(t *testing.T) {
	rr := &RoundRobin{ChunkSize: 2}
	var got []int
	for range 8 {
		got = append(got, rr.Balance(Message{}, 0, 1, 2))
	}
	assert.Equal(t, []int{0, 0, 1, 1, 2, 2, 0, 0}, got)
	assert.Equal(t, 2, rr.ChunkSize)
	assert.Zero(t, (&RoundRobin{ChunkSize: -1}).Balance(Message{}, 0, 1))
}

func TestLeastBytes(t *testing.T) {
	lb, msg := new(LeastBytes), Message{Value: []byte("12345")}
	var got []int
	for range 5 {
		got = append(got, lb.Balance(msg, 2, 0, 1))
	}
	assert.Equal(t, []int{0, 1, 2, 0, 1}, got)
}

func TestTrap12_LeastBytesFollowsAChangedSetOfPartitions(t *testing.T) {
	lb, msg := new(LeastBytes), Message{Value: []byte("12345")}
	for range 10 {
		lb.Balance(msg, 0, 1, 2)
	}
	for _, ids := range [][]int{{5, 6, 7}, {5}, {5, 9}} {
		for range 10 {
			assert.Contains(t, ids, lb.Balance(msg, ids...))
		}
	}
}

type brokenHasher struct{ hashErr error }

func (h brokenHasher) Write([]byte) (int, error) { return 0, h.hashErr }
func (h brokenHasher) Sum(b []byte) []byte       { return b }
func (h brokenHasher) Sum32() uint32             { return 0 }
func (h brokenHasher) Reset()                    {}
func (h brokenHasher) Size() int                 { return 4 }
func (h brokenHasher) BlockSize() int            { return 1 }

func TestHashWithAHasherOfItsOwn(t *testing.T) {
	h := &Hash{Hasher: crc32.NewIEEE()}
	key := []byte("user-42")
	want := int32(crc32.ChecksumIEEE(key)) % 7
	if want < 0 {
		want = -want
	}
	for range 3 {
		assert.Equal(t, int(want), h.Balance(Message{Key: key}, partitionIDs(7)...), "the hasher is reset before each key")
	}
	failed := errors.New("no hash today")
	require.PanicsWithValue(t, failed, func() { (&Hash{Hasher: brokenHasher{failed}}).Balance(Message{Key: key}, 0, 1) })
}

func TestManualBalancer(t *testing.T) {
	assert.Equal(t, 3, ManualBalancer{}.Balance(Message{Partition: 3}, partitionIDs(5)...))
}

func TestStickyBalancer(t *testing.T) {
	s := &StickyBalancer{Bytes: 100}
	msg := Message{Value: make([]byte, 10)}
	ids := partitionIDs(8)
	last := -1
	for range 50 {
		first := s.Balance(msg, ids...)
		assert.NotEqual(t, last, first, "a new choice is another partition")
		for range 9 {
			assert.Equal(t, first, s.Balance(msg, ids...))
		}
		last = first
	}
	assert.Equal(t, 42, s.Balance(msg, 42), "a partition that is gone is not chosen")
	key := Message{Key: []byte("kafka")}
	assert.Equal(t, Murmur2Balancer{}.Balance(key, ids...), s.Balance(key, ids...))
}

func TestBalancerFunc(t *testing.T) {
	f := BalancerFunc(func(m Message, ids ...int) int { return ids[len(m.Value)] })
	assert.Equal(t, 7, f.Balance(Message{Value: []byte("x")}, 3, 7))
}

func BenchmarkBalancers(b *testing.B) {
	ids, msg := partitionIDs(16), Message{Key: []byte("user-4242"), Value: make([]byte, 100)}
	for name, balancer := range map[string]Balancer{
		"RoundRobin": new(RoundRobin), "LeastBytes": new(LeastBytes), "Hash": new(Hash), "ReferenceHash": new(ReferenceHash),
		"CRC32": CRC32Balancer{}, "Murmur2": Murmur2Balancer{}, "Sticky": new(StickyBalancer),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				balancer.Balance(msg, ids...)
			}
		})
	}
}
