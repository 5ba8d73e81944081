package protocol

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Every batch and every message begins with an offset and a size, and has its
// magic byte, the version of its format, at the same place.
const (
	entryHeaderSize = 12 // offset int64, size int32
	entryMagic      = 16
	entryMin        = entryMagic + 1

	magicV0 = 0 // messages of Kafka 0.8
	magicV1 = 1 // messages with a timestamp (KIP-32, Kafka 0.10)
	magicV2 = 2 // record batches (KIP-98, Kafka 0.11)
)

// The header of a record batch, by position.
const (
	batchLeaderEpoch     = 12
	batchChecksum        = 17
	batchAttributes      = 21 // what the checksum covers begins here
	batchLastOffsetDelta = 23
	batchBaseTimestamp   = 27
	batchMaxTimestamp    = 35
	batchProducerID      = 43
	batchProducerEpoch   = 51
	batchBaseSequence    = 53
	batchCount           = 57
	batchHeaderSize      = 61

	// recordMin is the size of the smallest record: seven fields of a byte.
	recordMin = 7
)

// messageMinV0 is the size of the smallest message from its checksum on, with
// null key and value. The size field of an entry can never be less.
const messageMinV0 = 4 + 1 + 1 + 4 + 4

// messageAttributes are the attributes that messages have; the rest came with
// record batches.
const messageAttributes = codecMask | LogAppendTime

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// batchHeader is the header of a record batch.
type batchHeader struct {
	baseOffset      int64
	leaderEpoch     int32
	attributes      Attributes
	lastOffsetDelta int32
	baseTimestamp   int64
	maxTimestamp    int64
	producerID      int64
	producerEpoch   int16
	baseSequence    int32
	count           int32
}

func (h *batchHeader) lastOffset() int64 { return h.baseOffset + int64(h.lastOffsetDelta) }

// parse reads the header of the batch that b holds from beginning to end, and
// checks it: the checksum, if verify is true, and that offsets and count can be
// relied on.
func (h *batchHeader) parse(b []byte, verify bool) error {
	if len(b) < batchHeaderSize {
		return malformed("record batch of %d bytes, its header alone takes %d", len(b), batchHeaderSize)
	}
	if verify && crc32.Checksum(b[batchAttributes:], castagnoli) != binary.BigEndian.Uint32(b[batchChecksum:]) {
		return ErrChecksum
	}
	h.read(b)
	if h.baseOffset < 0 || h.lastOffsetDelta < 0 || h.baseOffset > math.MaxInt64-1-int64(h.lastOffsetDelta) {
		return malformed("offsets from %d on, the last one %d after it", h.baseOffset, h.lastOffsetDelta)
	}
	if h.count < 0 {
		return malformed("%d records", h.count)
	}
	return nil
}

func (h *batchHeader) read(b []byte) {
	_ = b[batchHeaderSize-1]
	be := binary.BigEndian
	h.baseOffset = int64(be.Uint64(b))
	h.leaderEpoch = int32(be.Uint32(b[batchLeaderEpoch:]))
	h.attributes = Attributes(be.Uint16(b[batchAttributes:]))
	h.lastOffsetDelta = int32(be.Uint32(b[batchLastOffsetDelta:]))
	h.baseTimestamp = int64(be.Uint64(b[batchBaseTimestamp:]))
	h.maxTimestamp = int64(be.Uint64(b[batchMaxTimestamp:]))
	h.producerID = int64(be.Uint64(b[batchProducerID:]))
	h.producerEpoch = int16(be.Uint16(b[batchProducerEpoch:]))
	h.baseSequence = int32(be.Uint32(b[batchBaseSequence:]))
	h.count = int32(be.Uint32(b[batchCount:]))
}

// put writes the header into the first bytes of b, which holds the whole batch,
// and its size and checksum with it. A sum that has been begun is of its records.
func (h *batchHeader) put(b []byte, sum recordSum) {
	_ = b[batchHeaderSize-1]
	be := binary.BigEndian
	be.PutUint64(b, uint64(h.baseOffset))
	be.PutUint32(b[8:], uint32(len(b)-entryHeaderSize))
	be.PutUint32(b[batchLeaderEpoch:], uint32(h.leaderEpoch))
	b[entryMagic] = magicV2
	be.PutUint16(b[batchAttributes:], uint16(h.attributes))
	be.PutUint32(b[batchLastOffsetDelta:], uint32(h.lastOffsetDelta))
	be.PutUint64(b[batchBaseTimestamp:], uint64(h.baseTimestamp))
	be.PutUint64(b[batchMaxTimestamp:], uint64(h.maxTimestamp))
	be.PutUint64(b[batchProducerID:], uint64(h.producerID))
	be.PutUint16(b[batchProducerEpoch:], uint16(h.producerEpoch))
	be.PutUint32(b[batchBaseSequence:], uint32(h.baseSequence))
	be.PutUint32(b[batchCount:], uint32(h.count))
	if sum.end == 0 {
		be.PutUint32(b[batchChecksum:], crc32.Checksum(b[batchAttributes:], castagnoli))
		return
	}
	sum.extend(b)
	be.PutUint32(b[batchChecksum:], sum.join(b))
}

// splitEntry cuts the first batch or message off b. A nil entry without an
// error says that b ends before the entry does.
func splitEntry(b []byte) (entry, rest []byte, err error) {
	if len(b) < entryHeaderSize {
		return nil, b, nil
	}
	size := int32(binary.BigEndian.Uint32(b[8:]))
	if size < messageMinV0 {
		return nil, b, malformed("size %d", size)
	}
	if len(b) < entryMin {
		return nil, b, nil
	}
	if magic := int8(b[entryMagic]); magic < magicV0 || magic > magicV2 {
		return nil, b, malformed("magic %d", magic)
	}
	if int(size) > len(b)-entryHeaderSize {
		return nil, b, nil
	}
	n := entryHeaderSize + int(size)
	return b[:n:n], b[n:], nil
}

func entryOffset(b []byte) int64 { return int64(binary.BigEndian.Uint64(b)) }

// messageHeader is a message of a message set, versions 0 and 1, whose key and
// value alias the set.
type messageHeader struct {
	offset     int64
	magic      int8
	attributes Attributes
	timestamp  int64 // -1 in version 0
	key, value []byte
}

// parse reads the message that b holds from beginning to end, and checks its
// checksum.
func (m *messageHeader) parse(b []byte) error {
	m.offset = entryOffset(b)
	m.magic = int8(b[entryMagic])
	if crc32.ChecksumIEEE(b[entryMagic:]) != binary.BigEndian.Uint32(b[entryHeaderSize:]) {
		return ErrChecksum
	}
	c := cursor{buf: b, off: entryMagic + 1}
	m.attributes = Attributes(c.int8()) & messageAttributes
	m.timestamp = -1
	if m.magic == magicV1 {
		m.timestamp = c.int64()
	}
	m.key = c.nullableBytes32()
	m.value = c.nullableBytes32()
	if c.err == nil && c.remain() > 0 {
		c.fail("%d bytes after the value", c.remain())
	}
	if c.err != nil {
		return c.err
	}
	if m.offset < 0 || m.offset == math.MaxInt64 {
		return malformed("offset %d", m.offset)
	}
	return nil
}

// nullableBytes32 reads bytes with a size of 32 bits; -1 is null, which gives
// nil.
func (c *cursor) nullableBytes32() []byte {
	n := c.length(int64(c.int32()), 1)
	if n < 0 {
		return nil
	}
	return c.take(n)
}
