package protocol

import (
	"fmt"
	"reflect"
	"unsafe"
)

// opcode is what a step of a plan does with the memory at its offset.
type opcode uint8

const (
	opNone opcode = iota
	opBool
	op8  // integers by size; their signs do not matter on the wire
	op16 //
	op32
	op64 // float64 too
	opUUID
	opString
	opBytes
	opArray
	opStruct // steps of its own; only where a step must stand for all of it
	opStructPointer
	opStringPointer
	opArrayPointer
	opRecords
	opRawRecords
	opSection // the tagged section that ends a struct
	opAbsent  // a field that the version does not carry
)

// fixed reports whether values take as many bytes on the wire as in memory.
func (c opcode) fixed() bool { return op8 <= c && c <= opUUID }

// step encodes or decodes one field. Structs within structs take no step, their
// fields are steps of the outer struct with offsets of their own.
type step struct {
	code     opcode
	nullable bool
	compact  bool
	offset   uintptr
	name     string // Type.Field.Field, for errors
	typ      reflect.Type
	// sub holds the steps of an array's element, of what a pointer points to, of
	// a struct, and those that check a field that is absent.
	sub *program
	// tagged are the fields of a tagged section, by number.
	tagged []taggedField
	def    *defaultValue
}

type taggedField struct {
	number uint64
	program
	// unset looks whether the field has a value worth a place in the section.
	unset step
}

// program is the steps for one value, a struct for instance.
type program struct {
	// defaults are the fields that decoding sets first.
	defaults []step
	steps    []step
	size     uintptr // in memory
	minimum  int     // bytes that any value takes on the wire
}

// plan is a message type compiled for one version.
type plan struct {
	program
	version  int16
	flexible bool // as to its headers
}

// plan returns the plan of a version, which is compiled when it is first asked
// for.
func (s *schema) plan(version int16) (*plan, error) {
	if s.err != nil {
		return nil, s.err
	}
	if i := int(version) - unversioned; uint(i) < uint(len(s.low)) {
		if p := s.low[i].Load(); p != nil {
			return p, nil
		}
		p, err := s.compile(version)
		if err == nil {
			s.low[i].Store(p)
		}
		return p, err
	}
	if p, ok := s.high.Load(version); ok {
		return p.(*plan), nil
	}
	p, err := s.compile(version)
	if err == nil {
		s.high.Store(version, p)
	}
	return p, err
}

func (s *schema) compile(version int16) (*plan, error) {
	if !s.has(version) {
		return nil, &versionError{name: s.root.name, version: version, min: s.min, max: s.max}
	}
	c := compiler{version: version, flexible: int32(version) >= s.flexible, request: s.request}
	p := &plan{version: version, flexible: s.isFlexible(version)}
	p.size = s.root.typ.Size()
	a := alternative{tag: -1}
	c.value(&p.program, s.root, &a, 0, s.root.name)
	if c.err != nil {
		return nil, fmt.Errorf("%s cannot be encoded: %w", s.root.typ, c.err)
	}
	return p, nil
}

// versionError says that a type does not have a version.
type versionError struct {
	name              string
	version, min, max int16
}

func (e *versionError) Error() string {
	return fmt.Sprintf("unsupported %s version: v%d not in range v%d-v%d", e.name, e.version, e.min, e.max)
}

// compiler turns types into programs for one version.
type compiler struct {
	version  int16
	flexible bool
	request  bool
	err      error
}

// value adds the steps for a value of type t at the given offset.
func (c *compiler) value(p *program, t *wireType, a *alternative, offset uintptr, name string) {
	if t.code == opStruct {
		c.fields(p, t, offset)
		return
	}
	s := c.step(t, a, offset, name)
	p.steps = append(p.steps, s)
	p.minimum += s.minimum()
}

func (c *compiler) step(t *wireType, a *alternative, offset uintptr, name string) step {
	s := step{
		code: t.code, nullable: a.nullable, compact: c.flexible || a.compact,
		offset: offset, name: name, typ: t.typ,
	}
	switch t.code {
	case opArray, opStructPointer, opArrayPointer:
		s.sub = c.program(t.elem, &alternative{tag: -1, compact: a.compact}, name)
	case opStruct:
		s.sub = c.program(t, a, name)
	case opRecords, opRawRecords:
		s.nullable = a.nullable && !c.request
	}
	return s
}

// program compiles a type to steps that stand alone.
func (c *compiler) program(t *wireType, a *alternative, name string) *program {
	p := &program{size: t.typ.Size()}
	c.value(p, t, a, 0, name)
	return p
}

// minimum is the least number of bytes that the step takes on the wire.
func (s *step) minimum() int {
	switch {
	case s.code.fixed():
		return int(s.typ.Size())
	case s.code == opStructPointer && !s.nullable:
		return s.sub.minimum
	case s.code == opBool || s.code == opStructPointer || s.compact:
		return 1
	case s.code == opString || s.code == opStringPointer:
		return 2
	default:
		return 4
	}
}

// fields adds the steps for the fields of a struct: first those in order, then
// the tagged section that ends it in flexible versions.
func (c *compiler) fields(p *program, t *wireType, base uintptr) {
	section := c.flexible || t.hasSection(c.version)
	var tagged []taggedField
	for i := range t.fields {
		f := &t.fields[i]
		offset, name := base+f.offset, t.name+"."+f.name
		a := f.at(c.version, section)
		if a == nil {
			c.absent(p, f, offset, name)
			continue
		}
		if a.tag < 0 {
			c.value(p, f.typ, a, offset, name)
			continue
		}
		tagged = c.tagged(p, tagged, f, a, offset, name)
	}
	if section {
		p.steps = append(p.steps, step{code: opSection, name: t.name, tagged: tagged})
		p.minimum++
	}
}

// tagged adds a field to the tagged section of its struct, by number.
func (c *compiler) tagged(p *program, list []taggedField, f *fieldSchema, a *alternative, offset uintptr, name string) []taggedField {
	field := taggedField{number: uint64(a.tag), unset: c.unset(f, offset, name)}
	field.steps = []step{c.step(f.typ, a, offset, name)}
	field.unset.nullable = a.nullable
	at := 0
	for at < len(list) && list[at].number < field.number {
		at++
	}
	if at < len(list) && list[at].number == field.number {
		c.fail(fmt.Errorf("%s: tag %d is used twice", name, a.tag))
	}
	c.defaults(p, f, offset, name)
	return append(list[:at:at], append([]taggedField{field}, list[at:]...)...)
}

// absent adds what becomes of a field that the version does not carry: decoding
// sets its default, encoding checks that there is nothing to lose.
func (c *compiler) absent(p *program, f *fieldSchema, offset uintptr, name string) {
	c.defaults(p, f, offset, name)
	if f.ignorable() {
		return
	}
	p.steps = append(p.steps, step{
		code: opAbsent, name: name, sub: &program{steps: []step{c.unset(f, offset, name)}},
	})
}

// unset compiles a step for isUnset alone, which looks at no more than the top
// of arrays and of what pointers point to.
func (c *compiler) unset(f *fieldSchema, offset uintptr, name string) step {
	s := step{code: f.typ.code, offset: offset, name: name, typ: f.typ.typ, def: f.def}
	if s.code != opStruct {
		return s
	}
	s.sub = &program{size: s.typ.Size()}
	for i := range f.typ.fields {
		inner := &f.typ.fields[i]
		s.sub.steps = append(s.sub.steps, c.unset(inner, inner.offset, name+"."+inner.name))
	}
	return s
}

// defaults adds to what decoding sets first the default of a field, and those
// of the fields of a struct.
func (c *compiler) defaults(p *program, f *fieldSchema, offset uintptr, name string) {
	if f.def != nil && (f.def.bits != 0 || f.def.text != "") {
		p.defaults = append(p.defaults, step{code: f.typ.code, offset: offset, name: name, typ: f.typ.typ, def: f.def})
	}
	for i := range f.typ.fields {
		inner := &f.typ.fields[i]
		c.defaults(p, inner, offset+inner.offset, name+"."+inner.name)
	}
}

func (c *compiler) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// setDefaults gives the fields at base that decoding may not meet their values.
func (p *program) setDefaults(base unsafe.Pointer) {
	for i := range p.defaults {
		s := &p.defaults[i]
		ptr := unsafe.Add(base, s.offset)
		switch s.code {
		case opBool, op8:
			*(*uint8)(ptr) = uint8(s.def.bits)
		case op16:
			*(*uint16)(ptr) = uint16(s.def.bits)
		case op32:
			*(*uint32)(ptr) = uint32(s.def.bits)
		case op64:
			*(*uint64)(ptr) = s.def.bits
		case opString:
			*(*string)(ptr) = s.def.text
		}
	}
}
