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
	var u uint64
	for shift := 0; uint(i) < uint(len(b)); shift += 7 {
		c := b[i]
		i++
		u |= uint64(c&0x7f) << (shift & 63)
		if c < 0x80 && shift < 64 {
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

// parse reads the record at b[i]: key, value and headers. It returns the index
// behind it, and what its time and offset are relative to the batch. An index of
// pastEnd says that the record is malformed.
func (r *RecordView) parse(b []byte, i int) (end int, timeDelta, offsetDelta int64) {
	n, i := readVarint(b, i)
	if n < recordMin-1 || i > len(b) || n > int64(len(b)-i) {
		return pastEnd, 0, 0
	}
	end = i + int(n)
	b = b[:end:end]
	i++ // attributes, which have no meaning yet
	timeDelta, i = readVarint(b, i)
	offsetDelta, i = readVarint(b, i)

	// These are readVarBytes, which the compiler would not put here.
	r.Key, r.Value = nil, nil
	if n, i = readVarint(b, i); n >= 0 {
		if i > end || n > int64(end-i) {
			return pastEnd, 0, 0
		}
		r.Key = b[i : i+int(n) : i+int(n)]
		i += int(n)
	} else if n != -1 {
		return pastEnd, 0, 0
	}
	if n, i = readVarint(b, i); n >= 0 {
		if i > end || n > int64(end-i) {
			return pastEnd, 0, 0
		}
		r.Value = b[i : i+int(n) : i+int(n)]
		i += int(n)
	} else if n != -1 {
		return pastEnd, 0, 0
	}

	n, i = readVarint(b, i)
	r.headerCount = int(n)
	if n == 0 && i == end {
		return end, timeDelta, offsetDelta
	}
	if i > end || !checkHeaders(b[i:], n) {
		return pastEnd, 0, 0
	}
	r.headers = b[i:]
	return end, timeDelta, offsetDelta
}
