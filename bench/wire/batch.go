package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

const (
	headerSize  = 61 // of a record batch
	atLength    = 8
	atMagic     = 16
	atCRC       = 17
	atFlags     = 21 // the CRC is of all from here on
	atLastDelta = 23
	atFirstTime = 27
	atMaxTime   = 35
	atProducer  = 43
	atCount     = 57

	codecBits = 7
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errBatch = errors.New("wire: malformed record batch")

// AppendBatch appends a record batch with values alone. codec is one of Codecs.
func AppendBatch(b []byte, codec string, values [][]byte) ([]byte, error) {
	number, err := codecNumber(codec)
	if err != nil {
		return nil, err
	}
	start := len(b)
	b = append(b, make([]byte, headerSize)...)
	if number == 0 {
		b = appendRecords(b, values)
	} else {
		packed, err := compress(number, appendRecords(nil, values))
		if err != nil {
			return nil, err
		}
		b = append(b, packed...)
	}
	seal(b[start:], number, len(values))
	return b, nil
}

func appendRecords(b []byte, values [][]byte) []byte {
	for i, value := range values {
		// attributes and time delta, offset delta, null key, value, no headers
		size := 1 + 1 + varintSize(i) + 1 + varintSize(len(value)) + len(value) + 1
		b = binary.AppendVarint(b, int64(size))
		b = append(b, 0, 0)
		b = binary.AppendVarint(b, int64(i))
		b = binary.AppendVarint(b, -1)
		b = binary.AppendVarint(b, int64(len(value)))
		b = append(b, value...)
		b = append(b, 0)
	}
	return b
}

func varintSize(v int) int {
	var b [binary.MaxVarintLen64]byte
	return binary.PutVarint(b[:], int64(v))
}

// seal fills in the header of a batch.
func seal(b []byte, codec, count int) {
	now := uint64(time.Now().UnixMilli())
	binary.BigEndian.PutUint32(b[atLength:], uint32(len(b)-atLength-4))
	binary.BigEndian.PutUint32(b[atLength+4:], ^uint32(0)) // leader epoch
	b[atMagic] = 2
	binary.BigEndian.PutUint16(b[atFlags:], uint16(codec))
	binary.BigEndian.PutUint32(b[atLastDelta:], uint32(count-1))
	binary.BigEndian.PutUint64(b[atFirstTime:], now)
	binary.BigEndian.PutUint64(b[atMaxTime:], now)
	for i := atProducer; i < atCount; i++ {
		b[i] = 0xff // no producer id, epoch or sequence
	}
	binary.BigEndian.PutUint32(b[atCount:], uint32(count))
	binary.BigEndian.PutUint32(b[atCRC:], crc32.Checksum(b[atFlags:], castagnoli))
}

// cutBatch returns the first batch of records and what follows it; nil if there is no whole one.
func cutBatch(b []byte) (batch, rest []byte) {
	if len(b) < headerSize {
		return nil, nil
	}
	end := int(binary.BigEndian.Uint32(b[atLength:])) + atLength + 4
	if end < headerSize || end > len(b) {
		return nil, nil
	}
	return b[:end], b[end:]
}

func baseOffset(batch []byte) int64 { return int64(binary.BigEndian.Uint64(batch)) }

// nextOffset is the one after the last of records, whose first is at least offset.
func nextOffset(records []byte, offset int64) int64 {
	for batch, rest := cutBatch(records); batch != nil; batch, rest = cutBatch(rest) {
		offset = baseOffset(batch) + int64(binary.BigEndian.Uint32(batch[atLastDelta:])) + 1
	}
	return offset
}

// walk checks the CRC of each batch and passes its records from an offset on to see.
func walk(records []byte, from int64, see func(offset int64, value []byte)) error {
	for batch, rest := cutBatch(records); batch != nil; batch, rest = cutBatch(rest) {
		if batch[atMagic] != 2 {
			return fmt.Errorf("wire: record batch of format %d", batch[atMagic])
		}
		if crc32.Checksum(batch[atFlags:], castagnoli) != binary.BigEndian.Uint32(batch[atCRC:]) {
			return errors.New("wire: a record batch has another CRC than it says")
		}
		if err := walkBatch(batch, from, see); err != nil {
			return err
		}
	}
	return nil
}

func walkBatch(batch []byte, from int64, see func(offset int64, value []byte)) error {
	base, b := baseOffset(batch), batch[headerSize:]
	if codec := int(batch[atFlags+1] & codecBits); codec != 0 {
		var err error
		if b, err = decompress(codec, b); err != nil {
			return err
		}
	}
	for range binary.BigEndian.Uint32(batch[atCount:]) {
		size, n := varint(b)
		if n <= 0 || size < 0 || size > int64(len(b)-n) {
			return errBatch
		}
		record := b[n : n+int(size)]
		b = b[n+int(size):]
		delta, value, ok := readRecord(record)
		if !ok {
			return errBatch
		}
		if base+delta >= from {
			see(base+delta, value)
		}
	}
	return nil
}

func readRecord(b []byte) (delta int64, value []byte, ok bool) {
	if len(b) < 1 {
		return 0, nil, false
	}
	b = b[1:]         // attributes
	_, n := varint(b) // time
	if n <= 0 {
		return 0, nil, false
	}
	b = b[n:]
	if delta, n = varint(b); n <= 0 {
		return 0, nil, false
	}
	if _, b, ok = readBytes(b[n:]); !ok { // key
		return 0, nil, false
	}
	value, b, ok = readBytes(b)
	headers, n := varint(b)
	return delta, value, ok && n > 0 && headers == 0
}

func readBytes(b []byte) (value, rest []byte, ok bool) {
	size, n := varint(b)
	if n <= 0 || size > int64(len(b)-n) {
		return nil, nil, false
	}
	if size < 0 {
		return nil, b[n:], true
	}
	end := n + int(size)
	return b[n:end], b[end:], true
}

// varint is binary.Varint with short cuts for one and two bytes.
func varint(b []byte) (int64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return int64(b[0]>>1) ^ -int64(b[0]&1), 1
	}
	if len(b) > 1 && b[1] < 0x80 {
		u := uint64(b[0]&0x7f) | uint64(b[1])<<7
		return int64(u>>1) ^ -int64(u&1), 2
	}
	return binary.Varint(b)
}
