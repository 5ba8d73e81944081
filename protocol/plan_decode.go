package protocol

import (
	"encoding/binary"
	"math"
	"reflect"
	"unsafe"
)

// recordMode says who owns the bytes of record sets that are decoded.
type recordMode uint8

const (
	// ownRecords: the records are copied out of the frame.
	ownRecords recordMode = iota
	// aliasRecords: the records are parts of the frame, which must outlive them.
	aliasRecords
)

// decoder runs programs on a message.
type decoder struct {
	cursor
	mode recordMode
	// empties counts array elements that took no bytes. They are limited in
	// number by the size of the message, like all others.
	empties int
	// where is the field that the bytes were found malformed at.
	where string
}

// decode reads the value at base, whose memory must be zero. After a failure,
// which is in d.err, a part of it is set.
func (d *decoder) decode(p *program, base unsafe.Pointer) {
	if len(p.defaults) > 0 {
		p.setDefaults(base)
	}
	for i := range p.steps {
		s := &p.steps[i]
		ptr := unsafe.Add(base, s.offset)
		switch s.code {
		case opBool:
			*(*bool)(ptr) = d.bool()
		case op8:
			*(*int8)(ptr) = d.int8()
		case op16:
			*(*int16)(ptr) = d.int16()
		case op32:
			*(*int32)(ptr) = d.int32()
		case op64:
			*(*int64)(ptr) = d.int64()
		case opUUID:
			copy((*UUID)(ptr)[:], d.take(len(UUID{})))
		case opString:
			b, _ := d.stringBytes(s)
			*(*string)(ptr) = string(b)
		case opBytes:
			*(*[]byte)(ptr) = d.bytes(s)
		case opArray:
			d.array(s, ptr)
		case opStruct:
			d.decode(s.sub, ptr)
		case opStructPointer:
			d.structPointer(s, ptr)
		case opStringPointer:
			d.stringPointer(s, (**string)(ptr))
		case opArrayPointer:
			d.arrayPointer(s, ptr)
		case opRecords:
			d.records(s, (*RecordSet)(ptr))
		case opRawRecords:
			d.rawRecords(s, (*RawRecordSet)(ptr))
		case opSection:
			d.section(s, ptr)
		}
		if d.err != nil {
			d.at(s)
			return
		}
	}
}

// at keeps the first, which is the innermost, of the fields that failed.
func (d *decoder) at(s *step) {
	if d.where == "" {
		d.where = s.name
	}
}

// stringBytes returns the bytes of a string, which alias the input, and whether
// it is there at all.
func (d *decoder) stringBytes(s *step) (b []byte, ok bool) {
	var n int64
	if s.compact {
		n = d.compactLength()
	} else {
		n = int64(d.int16())
	}
	if n > maxString {
		d.fail("string of %d bytes is longer than %d", n, maxString)
		return nil, false
	}
	if n = int64(d.length(n, 1)); n < 0 {
		return nil, false
	}
	return d.take(int(n)), d.err == nil
}

func (d *decoder) stringPointer(s *step, ptr **string) {
	*ptr = nil
	if b, ok := d.stringBytes(s); ok {
		v := string(b)
		*ptr = &v
	}
}

// compactLength reads a length in the form of flexible versions; null is -1.
func (d *decoder) compactLength() int64 {
	n := d.uvarint()
	if n > math.MaxInt32 {
		d.fail("length %d is more than %d", n, math.MaxInt32)
		return -1
	}
	return int64(n) - 1
}

// longLength reads the length of bytes or of an array whose elements take at
// least min bytes each.
func (d *decoder) longLength(s *step, min int) int {
	if s.compact {
		return d.length(d.compactLength(), min)
	}
	return d.length(int64(d.int32()), min)
}

// bytes returns bytes with memory of their own; null is nil.
func (d *decoder) bytes(s *step) []byte {
	n := d.longLength(s, 1)
	if n < 0 || d.err != nil {
		return nil
	}
	b := make([]byte, n)
	copy(b, d.take(n))
	return b
}

// noMemory is what empty slices point to, to differ from nil.
var noMemory struct{}

// array reads an array. Memory is claimed for what the bytes that are left can
// reasonably hold, and more of it only as elements turn out to be there: that an
// element takes few bytes on the wire may not be used to make it cost many here.
func (d *decoder) array(s *step, ptr unsafe.Pointer) {
	n := d.arrayLength(s)
	header := (*sliceHeader)(ptr)
	*header = sliceHeader{}
	if n < 0 || d.err != nil {
		return
	}
	if n == 0 {
		header.data = unsafe.Pointer(&noMemory)
		return
	}
	if s.sub.isInt32() {
		*(*[]int32)(ptr) = d.int32s(n)
		return
	}
	slice := reflect.NewAt(s.typ, ptr).Elem()
	for i := range n {
		if i == header.len {
			slice.Grow(min(n-i, max(i, d.reasonable(s))))
			slice.SetLen(min(n, header.cap))
		}
		d.decode(s.sub, unsafe.Add(header.data, uintptr(i)*s.sub.size))
		if d.err != nil {
			slice.SetZero()
			return
		}
	}
}

// isInt32 reports whether the program is for elements of four bytes, which most
// arrays have that are not of structs.
func (p *program) isInt32() bool { return len(p.steps) == 1 && p.steps[0].code == op32 && p.size == 4 }

// int32s reads n values, which are known to be there.
func (d *decoder) int32s(n int) []int32 {
	list := make([]int32, n)
	b := d.take(4 * n)
	for i := range list {
		list[i] = int32(binary.BigEndian.Uint32(b[4*i:]))
	}
	return list
}

// arrayLength reads the length of an array. Elements that take no bytes are
// limited for the message as a whole.
func (d *decoder) arrayLength(s *step) int {
	if s.sub.minimum > 0 {
		return d.longLength(s, s.sub.minimum)
	}
	n := int64(0)
	if s.compact {
		n = d.compactLength()
	} else {
		n = int64(d.int32())
	}
	if n < -1 || n > int64(len(d.buf)-d.empties) {
		d.fail("%d elements without content", n)
		return -1
	}
	d.empties += int(max(n, 0))
	return int(n)
}

// reasonable returns how many elements may be allocated at once.
func (d *decoder) reasonable(s *step) int {
	const factor, least = 8, 1024
	return (factor*d.remain()+least)/max(int(s.sub.size), 1) + 1
}

func (d *decoder) structPointer(s *step, ptr unsafe.Pointer) {
	*(*unsafe.Pointer)(ptr) = nil
	if s.nullable && d.int8() < 0 || d.err != nil {
		return
	}
	v := reflect.New(s.typ.Elem()).UnsafePointer()
	*(*unsafe.Pointer)(ptr) = v
	d.decode(s.sub, v)
}

// arrayPointer reads an array to which a pointer is kept; null is nil.
func (d *decoder) arrayPointer(s *step, ptr unsafe.Pointer) {
	*(*unsafe.Pointer)(ptr) = nil
	v := reflect.New(s.typ.Elem()).UnsafePointer()
	d.decode(s.sub, v)
	if d.err == nil && (*sliceHeader)(v).data != nil {
		*(*unsafe.Pointer)(ptr) = v
	}
}

func (d *decoder) records(s *step, ptr *RecordSet) {
	if b, ok := d.recordBytes(s); ok {
		d.check(ptr.decodeFrom(b, d.mode))
	}
}

func (d *decoder) rawRecords(s *step, ptr *RawRecordSet) {
	if b, ok := d.recordBytes(s); ok {
		d.check(ptr.decodeFrom(b, d.mode))
	}
}

// recordBytes returns the bytes of a record set, which alias the input; null is
// nil.
func (d *decoder) recordBytes(s *step) (b []byte, ok bool) {
	n := d.longLength(s, 1)
	switch {
	case d.err != nil:
		return nil, false
	case n < 0:
		return nil, true
	case n == 0:
		return []byte{}, true
	default:
		return d.take(n), true
	}
}

func (d *decoder) check(err error) {
	if d.err == nil {
		d.err = err
	}
}

// section reads a tagged section. Fields with numbers that this program does
// not know are skipped.
func (d *decoder) section(s *step, base unsafe.Pointer) {
	for count := d.uvarint(); count > 0 && d.err == nil; count-- {
		number, size := d.uvarint(), d.uvarint()
		if size > uint64(d.remain()) {
			d.fail("tagged field of %d bytes is longer than the %d bytes left", size, d.remain())
		}
		if d.err != nil {
			return
		}
		d.taggedField(s, number, d.off+int(size), base)
	}
}

// taggedField reads a field that ends at the given offset.
func (d *decoder) taggedField(s *step, number uint64, end int, base unsafe.Pointer) {
	for i := range s.tagged {
		f := &s.tagged[i]
		if f.number != number {
			continue
		}
		outer := d.buf
		d.buf = outer[:end]
		d.decode(&f.program, base)
		if d.err == nil && d.remain() > 0 {
			d.fail("tagged field %d has %d bytes more than its value", number, d.remain())
			d.at(&f.steps[0])
		}
		d.buf = outer
		return
	}
	d.off = end
}
