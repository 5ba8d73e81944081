package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// maxString is the length of the longest string. The compact form could carry
// more, but Kafka refuses it.
const maxString = math.MaxInt16

// sliceHeader is the memory of a slice of any type.
type sliceHeader struct {
	data unsafe.Pointer
	len  int
	cap  int
}

// append writes the value at base to the end of dst. Records of some size are left
// to apart, if that is not nil. What it returns after an error is dst with a part of
// the value.
func (p *program) append(dst []byte, base unsafe.Pointer, apart *splices) ([]byte, error) {
	var err error
	for i := range p.steps {
		s := &p.steps[i]
		ptr := unsafe.Add(base, s.offset)
		switch s.code {
		case opBool, op8:
			dst = append(dst, *(*uint8)(ptr))
		case op16:
			dst = binary.BigEndian.AppendUint16(dst, *(*uint16)(ptr))
		case op32:
			dst = binary.BigEndian.AppendUint32(dst, *(*uint32)(ptr))
		case op64:
			dst = binary.BigEndian.AppendUint64(dst, *(*uint64)(ptr))
		case opUUID:
			dst = append(dst, (*UUID)(ptr)[:]...)
		case opString:
			dst, err = s.appendString(dst, *(*string)(ptr))
		case opBytes:
			dst, err = s.appendBytes(dst, *(*[]byte)(ptr))
		case opArray:
			dst, err = s.appendArray(dst, (*sliceHeader)(ptr), apart)
		case opStruct:
			dst, err = s.sub.append(dst, ptr, apart)
		case opStructPointer:
			dst, err = s.appendStructPointer(dst, *(*unsafe.Pointer)(ptr), apart)
		case opStringPointer:
			dst, err = s.appendStringPointer(dst, *(**string)(ptr))
		case opArrayPointer:
			dst, err = s.appendArrayPointer(dst, *(*unsafe.Pointer)(ptr), apart)
		case opRecords:
			dst, err = s.appendRecords(dst, (*RecordSet)(ptr), apart)
		case opRawRecords:
			dst, err = s.appendRawRecords(dst, (*RawRecordSet)(ptr))
		case opSection:
			dst, err = s.appendSection(dst, ptr)
		case opAbsent:
			if !s.sub.steps[0].isUnset(ptr) {
				err = fmt.Errorf("%s is set, which this version cannot carry", s.name)
			}
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (s *step) appendString(dst []byte, v string) ([]byte, error) {
	switch {
	case len(v) > maxString:
		return dst, fmt.Errorf("%s: string of %d bytes is longer than %d", s.name, len(v), maxString)
	case v == "" && s.nullable:
		return s.appendNull(dst, 2), nil
	case s.compact:
		return appendCompactString(dst, v), nil
	default:
		return appendString(dst, v), nil
	}
}

func (s *step) appendStringPointer(dst []byte, v *string) ([]byte, error) {
	switch {
	case v == nil && s.nullable:
		return s.appendNull(dst, 2), nil
	case v == nil:
		return dst, fmt.Errorf("%s is nil, which this version cannot carry", s.name)
	case *v == "" && s.compact:
		return append(dst, 1), nil
	case *v == "":
		return append(dst, 0, 0), nil
	default:
		return s.appendString(dst, *v)
	}
}

func (s *step) appendBytes(dst, v []byte) ([]byte, error) {
	switch {
	case v == nil && s.nullable:
		return s.appendNull(dst, 4), nil
	case len(v) > math.MaxInt32:
		return dst, s.tooLong(len(v))
	case s.compact:
		return appendCompactBytes(dst, v), nil
	default:
		return appendBytes(dst, v), nil
	}
}

func (s *step) appendArray(dst []byte, v *sliceHeader, apart *splices) ([]byte, error) {
	switch {
	case v.data == nil && s.nullable:
		return s.appendNull(dst, 4), nil
	case v.len > math.MaxInt32:
		return dst, s.tooLong(v.len)
	case s.compact:
		dst = appendUvarint(dst, uint64(v.len)+1)
	default:
		dst = appendInt32(dst, int32(v.len))
	}
	var err error
	for i := range v.len {
		dst, err = s.sub.append(dst, unsafe.Add(v.data, uintptr(i)*s.sub.size), apart)
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (s *step) tooLong(n int) error {
	return fmt.Errorf("%s: length %d is more than %d", s.name, n, math.MaxInt32)
}

// appendNull writes the length -1, which takes size bytes unless compact.
func (s *step) appendNull(dst []byte, size int) []byte {
	switch {
	case s.compact:
		return append(dst, 0)
	case size == 2:
		return append(dst, 0xff, 0xff)
	default:
		return append(dst, 0xff, 0xff, 0xff, 0xff)
	}
}

// appendStructPointer writes a byte that says whether there is a struct, if the
// field is nullable, and the struct.
func (s *step) appendStructPointer(dst []byte, v unsafe.Pointer, apart *splices) ([]byte, error) {
	switch {
	case v == nil && s.nullable:
		return append(dst, 0xff), nil
	case v == nil:
		return dst, fmt.Errorf("%s is nil, which this version cannot carry", s.name)
	case s.nullable:
		dst = append(dst, 1)
	}
	return s.sub.append(dst, v, apart)
}

// appendArrayPointer writes the array pointed to. Without one it is null or empty.
// The pointer is for structs that must be comparable.
func (s *step) appendArrayPointer(dst []byte, v unsafe.Pointer, apart *splices) ([]byte, error) {
	switch {
	case v != nil:
		return s.sub.append(dst, v, apart)
	case s.nullable:
		return s.appendNull(dst, 4), nil
	case s.compact:
		return append(dst, 1), nil
	default:
		return append(dst, 0, 0, 0, 0), nil
	}
}

// appendRecords writes a record set and its size. That of a request is never
// null or empty: whoever produces nothing gets ErrNoRecord.
func (s *step) appendRecords(dst []byte, v *RecordSet, apart *splices) ([]byte, error) {
	if v.Records == nil && s.nullable {
		return s.appendNull(dst, 4), nil
	}
	if wire := v.ready(); apart.takes(wire) {
		if s.compact {
			dst = appendUvarint(dst, uint64(len(wire))+1)
		} else {
			dst = appendInt32(dst, int32(len(wire)))
		}
		apart.add(len(dst), wire)
		return dst, nil
	}
	return s.appendSized(dst, v.wireLen(), v.appendTo)
}

func (s *step) appendRawRecords(dst []byte, v *RawRecordSet) ([]byte, error) {
	if v.Reader == nil && s.nullable {
		return s.appendNull(dst, 4), nil
	}
	return s.appendSized(dst, -1, v.appendTo)
}

// appendSized writes what appendTo appends, and before it the size. If that is
// known to be n, rather than -1, nothing has to be moved.
func (s *step) appendSized(dst []byte, n int, appendTo func([]byte) ([]byte, error)) ([]byte, error) {
	start := len(dst)
	switch {
	case !s.compact:
		dst = append(dst, 0, 0, 0, 0)
	case n >= 0:
		dst = appendUvarint(dst, uint64(n)+1)
	}
	body := len(dst)
	dst, err := appendTo(dst)
	if s.nullable && errors.Is(err, ErrNoRecord) {
		dst, err = dst[:body], nil
	}
	size := len(dst) - body
	switch {
	case err != nil:
		return dst, fmt.Errorf("%s: %w", s.name, err)
	case size > math.MaxInt32:
		return dst, s.tooLong(size)
	case !s.compact:
		binary.BigEndian.PutUint32(dst[start:], uint32(size))
	case n < 0:
		dst = insertUvarint(dst, body, uint64(size)+1)
	case n != size:
		return dst, fmt.Errorf("%s: record set of %d bytes has become one of %d", s.name, n, size)
	}
	return dst, nil
}

// insertUvarint writes v before the bytes from at on.
func insertUvarint(dst []byte, at int, v uint64) []byte {
	var buf [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(buf[:], v)
	dst = append(dst, buf[:n]...)
	copy(dst[at+n:], dst[at:])
	copy(dst[at:], buf[:n])
	return dst
}

// appendSection writes the tagged fields that are worth it: those that differ
// from their default and from zero.
func (s *step) appendSection(dst []byte, base unsafe.Pointer) ([]byte, error) {
	count := 0
	for i := range s.tagged {
		if f := &s.tagged[i]; !f.unset.isUnset(base) {
			count++
		}
	}
	dst = appendUvarint(dst, uint64(count))
	if count == 0 {
		return dst, nil
	}
	var err error
	for i := range s.tagged {
		f := &s.tagged[i]
		if f.unset.isUnset(base) {
			continue
		}
		dst = appendUvarint(dst, f.number)
		body := len(dst)
		if dst, err = f.append(dst, base, nil); err != nil { // what it moves has to be there
			return dst, err
		}
		dst = insertUvarint(dst, body, uint64(len(dst)-body))
	}
	return dst, nil
}

// isUnset reports whether the field has its default, or the Go zero value that
// stands for it. A struct has to be the one or the other as a whole.
func (s *step) isUnset(base unsafe.Pointer) bool {
	return s.isZero(base) || s.isDefault(base)
}

func (s *step) isZero(base unsafe.Pointer) bool {
	ptr := unsafe.Add(base, s.offset)
	switch s.code {
	case opBool, op8, op16, op32, op64:
		return s.bits(ptr) == 0
	case opUUID:
		return *(*UUID)(ptr) == UUID{}
	case opString:
		return *(*string)(ptr) == ""
	case opBytes, opArray:
		v := (*sliceHeader)(ptr)
		return v.data == nil || v.len == 0 && !s.nullable
	case opArrayPointer:
		v := *(**sliceHeader)(ptr)
		return v == nil || v.len == 0 && !s.nullable
	case opStruct:
		for i := range s.sub.steps {
			if !s.sub.steps[i].isZero(ptr) {
				return false
			}
		}
		return true
	case opRecords:
		return (*RecordSet)(ptr).Records == nil
	case opRawRecords:
		return (*RawRecordSet)(ptr).Reader == nil
	default: // pointers
		return *(*unsafe.Pointer)(ptr) == nil
	}
}

func (s *step) isDefault(base unsafe.Pointer) bool {
	ptr := unsafe.Add(base, s.offset)
	switch {
	case s.code == opStruct:
		for i := range s.sub.steps {
			if !s.sub.steps[i].isDefault(ptr) {
				return false
			}
		}
		return true
	case s.def == nil:
		return s.isZero(base)
	case s.code == opString:
		return *(*string)(ptr) == s.def.text
	case s.code == opBool || s.code.fixed() && s.code != opUUID:
		return s.bits(ptr) == s.def.mask(s.typ.Size())
	default:
		return s.isZero(base)
	}
}

// bits returns a number as the bits that it has in memory.
func (s *step) bits(ptr unsafe.Pointer) uint64 {
	switch s.code {
	case opBool, op8:
		return uint64(*(*uint8)(ptr))
	case op16:
		return uint64(*(*uint16)(ptr))
	case op32:
		return uint64(*(*uint32)(ptr))
	default:
		return *(*uint64)(ptr)
	}
}

// mask cuts the bits of a number to its size in memory.
func (d *defaultValue) mask(size uintptr) uint64 {
	return d.bits << (64 - 8*size) >> (64 - 8*size)
}
