package protocol

import (
	"fmt"
	"math"

	"github.com/segmentio/kafka-go/compress"
)

// openMessage opens an entry of a message set: a message, or a wrapper, whose
// value is a compressed message set.
func (it *RecordIter) openMessage(b []byte) iterStep {
	var m messageHeader
	if err := m.parse(b); err != nil {
		return it.fail(err)
	}
	if m.offset < it.from {
		return iterAgain // of a wrapper, this is the offset of the last message
	}
	it.rec = RecordView{Attributes: m.attributes, ProducerID: -1, ProducerEpoch: -1, LeaderEpoch: -1}
	it.lastOffset = m.offset
	if m.attributes&codecMask != 0 {
		if err := it.openWrapper(&m); err != nil {
			return it.fail(err)
		}
		return iterAgain
	}
	it.rec.Offset, it.rec.Timestamp = m.offset, m.timestamp
	it.rec.Key, it.rec.Value = m.key, m.value
	return iterRecord
}

func (it *RecordIter) openWrapper(m *messageHeader) error {
	inner, err := it.decompress(m.value, m.attributes, m.magic)
	if err != nil {
		return err
	}
	count, last, err := scanMessages(inner)
	if err != nil {
		return err
	}
	it.records, it.at, it.left, it.fromMessages = inner, 0, count, true
	it.logAppend, it.timestamp = m.attributes.LogAppendTime(), m.timestamp
	// From version 1 on, inner offsets are relative and the wrapper has the
	// offset of the last one (KIP-31). Where they are absolute nevertheless, the
	// last one is that of the wrapper, or the wrapper was given none.
	it.base = 0
	if m.magic == magicV1 {
		it.base = max(m.offset-last, 0)
	}
	return nil
}

// scanMessages counts the messages of a wrapper and returns the last offset.
func scanMessages(b []byte) (count int32, last int64, err error) {
	for len(b) > 0 {
		entry, rest, err := splitEntry(b)
		if err != nil {
			return 0, 0, err
		}
		if entry == nil || entry[entryMagic] == magicV2 {
			return 0, 0, malformed("%d bytes at the end of a compressed message set", len(b))
		}
		count++
		last = entryOffset(entry)
		b = rest
	}
	if count == 0 {
		return 0, 0, malformed("compressed message set without a message")
	}
	return count, last, nil
}

// nextMessage reads the next message of the open wrapper.
func (it *RecordIter) nextMessage() iterStep {
	entry, _, _ := splitEntry(it.records[it.at:]) // scanMessages has seen that it is whole
	var m messageHeader
	if err := m.parse(entry); err != nil {
		return it.fail(err)
	}
	if m.attributes&codecMask != 0 {
		return it.fail(malformed("compressed message inside a compressed message"))
	}
	it.at += len(entry)
	it.left--
	it.rec.Offset = it.base + m.offset
	if it.rec.Offset < 0 || it.rec.Offset == math.MaxInt64 {
		return it.fail(malformed("inner offset %d", m.offset))
	}
	it.rec.Timestamp = m.timestamp
	if it.logAppend {
		it.rec.Timestamp = it.timestamp
	}
	it.rec.Key, it.rec.Value = m.key, m.value
	return iterRecord
}

// decompress returns the uncompressed form of b, which aliases b if it is not
// compressed, and the scratch buffer of the iterator otherwise.
func (it *RecordIter) decompress(b []byte, a Attributes, magic int8) ([]byte, error) {
	if a&codecMask == 0 {
		return b, nil
	}
	codec, err := lookupCodec(a, magic)
	if err != nil {
		return nil, err
	}
	if it.scratch == nil {
		it.scratch = getBuffer()
	}
	out, err := compress.AppendDecoded((*it.scratch)[:0], codec, b)
	*it.scratch = out[:0]
	return out, err
}

// lookupCodec returns the codec that the attributes name, nil for none.
func lookupCodec(a Attributes, magic int8) (compress.Codec, error) {
	code := int8(a & codecMask)
	if code == 0 {
		return nil, nil
	}
	codec := compress.Lookup(code)
	if codec == nil {
		return nil, unknownCodec(code)
	}
	return codecFor(codec, magic)
}

// codecFor returns the form of a codec that a format takes.
func codecFor(codec compress.Codec, magic int8) (compress.Codec, error) {
	code := codec.Code()
	if code < 1 || code > int8(codecMask) {
		return nil, unknownCodec(code)
	}
	if code == int8(compress.Zstd) && magic < magicV2 { // KIP-110
		return nil, fmt.Errorf("%w: zstd in a message set", ErrUnsupportedCompression)
	}
	return compress.ForMagic(codec, magic), nil
}
