package protocol

import "iter"

// RecordView is a record as it stands on the wire. Its slices alias the record
// set, or the buffer that it was decompressed into, and are valid until the
// iterator moves on; [Slab.Copy] and CopyHeaders make copies that stay.
type RecordView struct {
	Offset int64
	// Timestamp is in milliseconds since 1970, -1 for none. It is the time of
	// arrival where Attributes says LogAppendTime.
	Timestamp int64
	// Key and Value are nil for null.
	Key   []byte
	Value []byte

	// What follows is the same for all records of a batch. Messages of versions
	// 0 and 1 have the attributes of the outermost message, and -1 for the rest.
	Attributes    Attributes
	ProducerID    int64
	ProducerEpoch int16
	LeaderEpoch   int32

	headers     []byte // well-formed: checked when the record was read
	headerCount int
}

// HeaderCount returns the number of headers.
func (r *RecordView) HeaderCount() int { return r.headerCount }

// Headers iterates over the headers. Both slices alias the record; a nil value
// is null.
func (r *RecordView) Headers() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		b, i := r.headers, 0
		for range r.headerCount {
			var key, value []byte
			key, i = readVarBytes(b, i)
			value, i = readVarBytes(b, i)
			if i > len(b) || !yield(key, value) {
				return
			}
		}
	}
}

// Header returns the header at index i, which must be less than HeaderCount.
// It walks over those before it: use Headers to read all.
func (r *RecordView) Header(i int) (key, value []byte) {
	for key, value := range r.Headers() {
		if i == 0 {
			return key, value
		}
		i--
	}
	return nil, nil
}

// CopyHeaders returns the headers in memory of s, which the caller owns; nil if
// there are none.
func (r *RecordView) CopyHeaders(s *Slab) []Header {
	if r.headerCount == 0 {
		return nil
	}
	headers := s.Headers(r.headerCount)
	b, i := r.headers, 0
	for n := range headers {
		var key, value []byte
		key, i = readVarBytes(b, i)
		value, i = readVarBytes(b, i)
		headers[n] = Header{Key: s.String(key), Value: s.Copy(value)}
	}
	return headers
}

// pastEnd is an index beyond every slice. The functions below return it for
// what they cannot read, and for every read after that.
const pastEnd = 1<<31 - 1

// readVarint reads the zig-zag varint at b[i] and returns the index behind it.
func readVarint(b []byte, i int) (int64, int) {
	if i < len(b) && b[i] < 0x80 {
		return int64(b[i]>>1) ^ -int64(b[i]&1), i + 1
	}
	return readLongVarint(b, i)
}

func readLongVarint(b []byte, i int) (int64, int) {
	var u uint64
	for shift := 0; shift < 64 && i < len(b); shift += 7 {
		c := b[i]
		i++
		u |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return int64(u>>1) ^ -int64(u&1), i
		}
	}
	return 0, pastEnd
}

// readVarBytes reads bytes with a varint before them that is their size; -1 is
// null, which gives nil.
func readVarBytes(b []byte, i int) ([]byte, int) {
	n, i := readVarint(b, i)
	if n < 0 {
		if n < -1 {
			return nil, pastEnd
		}
		return nil, i
	}
	if i > len(b) || n > int64(len(b)-i) {
		return nil, pastEnd
	}
	j := i + int(n)
	return b[i:j:j], j
}

// checkHeaders walks over count headers that take up all of b.
func checkHeaders(b []byte, count int64) bool {
	if count < 0 || count > int64(len(b)/2) {
		return false
	}
	i := 0
	for range count {
		var key []byte
		if key, i = readVarBytes(b, i); key == nil {
			return false // keys of headers cannot be null
		}
		if _, i = readVarBytes(b, i); i > len(b) {
			return false
		}
	}
	return i == len(b)
}
