package kafka

import (
	"hash"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// Balancer chooses the partition that a message goes to.
//
// Balance is given a message and the ids of the partitions that exist, in
// ascending order, and returns one of them. A Writer calls its Balancer from
// one goroutine at a time. The slice belongs to the caller and is valid during
// the call only. A result that is not among the partitions fails the message;
// so does a panic.
//
// A balancer that keeps state about partitions should be used for one topic.
type Balancer interface {
	Balance(msg Message, partitions ...int) (partition int)
}

// BalancerFunc makes a function a Balancer.
type BalancerFunc func(Message, ...int) int

// Balance calls f, satisfying the Balancer interface.
func (f BalancerFunc) Balance(msg Message, partitions ...int) int {
	return f(msg, partitions...)
}

// ownBalancer is a Balancer that a Writer asks without a lock, a copy of the message
// and a guard against panics: those of this package that need none of these.
type ownBalancer interface {
	pick(msg *Message, partitions []int) int
}

// noPartition is what the balancers of this package return when there are no
// partitions to choose from: no message can go there.
const noPartition = -1

// RoundRobin deals messages out to the partitions in turn, whatever their
// keys. The zero value is ready to use, and safe for concurrent use.
type RoundRobin struct {
	// ChunkSize is how many messages in a row go to one partition before the
	// next one's turn. Zero and below mean 1.
	ChunkSize int

	count atomic.Uint32
}

// Balance returns the partition whose turn it is.
func (rr *RoundRobin) Balance(msg Message, partitions ...int) int {
	return rr.pick(&msg, partitions)
}

func (rr *RoundRobin) pick(_ *Message, partitions []int) int {
	if len(partitions) == 0 {
		return noPartition
	}
	return rr.at(rr.count.Add(1)-1, partitions)
}

// at returns the partition of the message with the given number.
func (rr *RoundRobin) at(n uint32, partitions []int) int {
	if rr.ChunkSize > 1 {
		n /= uint32(rr.ChunkSize)
	}
	return partitions[n%uint32(len(partitions))]
}

// turns are those of the messages of a call, in a row, which were taken at once: many
// callers would wait for the counter with each message.
type turns struct {
	of   *RoundRobin // nil if there are none
	next uint32
}

func (rr *RoundRobin) take(n int) turns {
	return turns{rr, rr.count.Add(uint32(n)) - uint32(n)}
}

func (t *turns) pick(partitions []int) int {
	if len(partitions) == 0 {
		return noPartition
	}
	t.next++
	return t.of.at(t.next-1, partitions)
}

// LeastBytes sends each message to the partition that got the fewest bytes of
// keys and values from this balancer so far, the lowest id among equals. Its
// counters start anew when the set of partitions changes. The zero value is
// ready to use, and safe for concurrent use.
type LeastBytes struct {
	mutex      sync.Mutex
	partitions []int // sorted
	bytes      []uint64
}

// Balance returns the partition with the fewest bytes, and counts the message
// for it.
func (lb *LeastBytes) Balance(msg Message, partitions ...int) int {
	if len(partitions) == 0 {
		return noPartition
	}
	lb.mutex.Lock()
	defer lb.mutex.Unlock()
	lb.sync(partitions)
	least := 0
	for i, n := range lb.bytes {
		if n < lb.bytes[least] {
			least = i
		}
	}
	lb.bytes[least] += uint64(len(msg.Key)) + uint64(len(msg.Value))
	return lb.partitions[least]
}

// sync starts the counters anew unless partitions is the set they stand for.
func (lb *LeastBytes) sync(partitions []int) {
	if slices.Equal(lb.partitions, partitions) {
		return
	}
	sorted := slices.Sorted(slices.Values(partitions))
	if slices.Equal(lb.partitions, sorted) {
		return
	}
	lb.partitions, lb.bytes = sorted, make([]uint64, len(sorted))
}

// Hash sends messages with equal keys to the same partition, and deals messages
// without a key (nil) out in turn. It chooses what sarama's hash partitioner
// chooses: the 32-bit hash of the key as a signed number, its remainder by the
// number of partitions, without its sign.
//
// The zero value is ready to use, and safe for concurrent use.
type Hash struct {
	// Hasher computes the hash of a key; it is reset before each. Nil means
	// FNV-1a. An error of its Write method panics.
	Hasher hash.Hash32

	roundRobin RoundRobin
	mutex      sync.Mutex // guards Hasher
}

// Balance returns the partition of the message's key.
func (h *Hash) Balance(msg Message, partitions ...int) int {
	if msg.Key == nil || len(partitions) == 0 {
		return h.roundRobin.Balance(msg, partitions...)
	}
	partition := int32(hashKey(&h.mutex, h.Hasher, msg.Key)) % int32(len(partitions))
	if partition < 0 {
		partition = -partition
	}
	return int(partition)
}

// ReferenceHash is Hash as sarama's reference hash partitioner does it: the
// hash of the key without its highest bit, modulo the number of partitions.
// That is Java's way of making a hash positive. Messages without a key (nil) go
// to partitions chosen at random.
//
// The zero value is ready to use, and safe for concurrent use.
type ReferenceHash struct {
	// Hasher computes the hash of a key; it is reset before each. Nil means
	// FNV-1a. An error of its Write method panics.
	Hasher hash.Hash32

	mutex sync.Mutex // guards Hasher
}

// Balance returns the partition of the message's key.
func (h *ReferenceHash) Balance(msg Message, partitions ...int) int {
	if msg.Key == nil || len(partitions) == 0 {
		return randomPartition(partitions)
	}
	return int(hashKey(&h.mutex, h.Hasher, msg.Key)&0x7fffffff) % len(partitions)
}

// CRC32Balancer chooses what librdkafka's partitioners chose by CRC-32 choose,
// and so the clients built on it. It is safe for concurrent use.
type CRC32Balancer struct {
	// Consistent false is librdkafka's default, consistent_random: messages
	// whose key is nil or empty go to partitions chosen at random. True is its
	// "consistent": all of them go to one partition, which may become hot.
	Consistent bool
}

// Balance returns the partition of the message's key.
func (b CRC32Balancer) Balance(msg Message, partitions ...int) (partition int) {
	return b.pick(&msg, partitions)
}

func (b CRC32Balancer) pick(msg *Message, partitions []int) int {
	if len(partitions) == 0 || (len(msg.Key) == 0 && !b.Consistent) {
		return randomPartition(partitions)
	}
	return partitions[crc32.ChecksumIEEE(msg.Key)%uint32(len(partitions))]
}

// Murmur2Balancer chooses what the Java client's default partitioner chooses
// for messages with a key, and librdkafka's murmur2 and murmur2_random. It is
// safe for concurrent use.
type Murmur2Balancer struct {
	// Consistent false sends messages whose key is nil to partitions chosen at
	// random, as murmur2_random. True hashes them as if they were empty, which
	// may make one partition hot.
	Consistent bool
}

// Balance returns the partition of the message's key.
func (b Murmur2Balancer) Balance(msg Message, partitions ...int) (partition int) {
	return b.pick(&msg, partitions)
}

func (b Murmur2Balancer) pick(msg *Message, partitions []int) int {
	if len(partitions) == 0 || (msg.Key == nil && !b.Consistent) {
		return randomPartition(partitions)
	}
	return partitions[(murmur2(msg.Key)&0x7fffffff)%uint32(len(partitions))]
}

// ManualBalancer sends each message to the partition that its Partition field
// names. A message that names a partition that does not exist fails. It is safe
// for concurrent use.
type ManualBalancer struct{}

// Balance returns the message's own partition.
func (ManualBalancer) Balance(msg Message, partitions ...int) int { return msg.Partition }

func (ManualBalancer) pick(msg *Message, _ []int) int { return msg.Partition }

// StickyBalancer sends messages without a key (nil) to one partition until it
// got Bytes bytes, and then to another chosen at random, so that batches are
// full even when messages are few (KIP-480, KIP-794). Messages with a key go
// where [Murmur2Balancer] sends them, as the Java client's default does.
//
// The zero value is ready to use, and safe for concurrent use.
type StickyBalancer struct {
	// Bytes is how many bytes of values go to one partition before the next
	// one's turn. Zero and below mean 16 KiB, the Java client's batch.size.
	Bytes int

	mutex   sync.Mutex
	current int // partition id
	left    int // bytes until the next choice
	chosen  bool
}

const stickyBytes = 16 << 10

// Balance returns the partition of the message's key, or the current one.
func (s *StickyBalancer) Balance(msg Message, partitions ...int) int {
	if msg.Key != nil || len(partitions) == 0 {
		return Murmur2Balancer{}.Balance(msg, partitions...)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.chosen || s.left <= 0 || !slices.Contains(partitions, s.current) {
		s.choose(partitions)
	}
	s.left -= len(msg.Value)
	return s.current
}

// choose takes a partition other than the current one, if there is another.
func (s *StickyBalancer) choose(partitions []int) {
	i := rand.IntN(len(partitions))
	if s.chosen && partitions[i] == s.current {
		i = (i + 1) % len(partitions)
	}
	s.current, s.chosen = partitions[i], true
	if s.left = s.Bytes; s.left <= 0 {
		s.left = stickyBytes
	}
}

func randomPartition(partitions []int) int {
	if len(partitions) == 0 {
		return noPartition
	}
	return partitions[rand.IntN(len(partitions))]
}

// hashKey is FNV-1a where the program chose no hash of its own.
func hashKey(mutex *sync.Mutex, hasher hash.Hash32, key []byte) uint32 {
	if hasher == nil {
		return fnv1a(key)
	}
	mutex.Lock()
	defer mutex.Unlock()
	hasher.Reset()
	if _, err := hasher.Write(key); err != nil {
		panic(err)
	}
	return hasher.Sum32()
}

func fnv1a(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

// murmur2 is MurmurHash2 with the seed of the Java client.
func murmur2(b []byte) uint32 {
	const seed, m, r = 0x9747b28c, 0x5bd1e995, 24
	h := uint32(seed) ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		k *= m
		k ^= k >> r
		k *= m
		h *= m
		h ^= k
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(b[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	h ^= h >> 15
	return h
}
