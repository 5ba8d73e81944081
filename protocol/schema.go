package protocol

import (
	"fmt"
	"math"
	"reflect"
	"sync"
	"sync/atomic"
)

// schema is what the tags of a type say about all of its versions. It exists
// once per type and holds the plans that were compiled from it.
type schema struct {
	root     *wireType
	min, max int16
	// flexible is the first flexible version, or noVersion. Types in the older
	// notation have none, but sections on their structs instead.
	flexible int32
	// unversioned: there are fields without tag, so that there is a version -1.
	unversioned bool
	request     bool
	err         error // what is wrong with the tags

	low  [32]atomic.Pointer[plan] // by version, from -1
	high sync.Map                 // int16 → *plan
}

// wireType is a Go type with a wire form. Which one depends on the version.
type wireType struct {
	typ  reflect.Type
	code opcode
	// elem is the element of an array, and what a pointer points to.
	elem *wireType
	// name is how errors call a struct.
	name   string
	fields []fieldSchema // of a struct
	// sections are the versions at which a struct in the older notation ends in
	// a tagged section.
	sections []alternative
	ranges   []alternative
}

func (t *wireType) nilable() bool {
	switch t.code {
	case opBytes, opArray, opStructPointer, opStringPointer, opArrayPointer:
		return true
	}
	return false
}

type fieldSchema struct {
	name   string
	index  int
	offset uintptr
	typ    *wireType
	alts   []alternative
	// def is the value of the field where it is not carried; nil means zero.
	def *defaultValue
}

// at returns how the field is encoded at a version, nil if it is not. The last
// alternative that has the version counts.
func (f *fieldSchema) at(version int16, section bool) *alternative {
	for i := len(f.alts) - 1; i >= 0; i-- {
		if a := &f.alts[i]; a.has(version) && (a.tag < 0 || section) {
			return a
		}
	}
	return nil
}

// ignorable reports whether a version that does not carry the field may drop
// its value.
func (f *fieldSchema) ignorable() bool {
	for i := range f.alts {
		if f.alts[i].ignorable || f.alts[i].max == unversioned {
			return true
		}
	}
	return false
}

// newSchema reads the tags of t and of all types in it. It does not fail: what
// is wrong is kept, for whoever wants to use the schema.
func newSchema(t reflect.Type, request bool) *schema {
	s := &schema{flexible: noVersion, request: request}
	p := schemaParser{}
	s.root, s.err = p.parse(t, t.String())
	if s.err != nil {
		s.err = fmt.Errorf("%s cannot be encoded: %w", t, s.err)
		return s
	}
	s.setRange()
	return s
}

// setRange derives the versions of the message: those that its blank field
// declares, or all that a field belongs to.
func (s *schema) setRange() {
	s.min, s.max = math.MaxInt16, unversioned
	for i := range s.root.ranges {
		s.extend(&s.root.ranges[i])
		s.flexible = min(s.flexible, s.root.ranges[i].flexible)
	}
	declared := len(s.root.ranges) > 0
	for i := range s.root.sections {
		s.extend(&s.root.sections[i])
	}
	for i := range s.root.fields {
		for j := range s.root.fields[i].alts {
			a := &s.root.fields[i].alts[j]
			if a.max == unversioned {
				s.unversioned = true
			} else if !declared {
				s.extend(a)
			}
		}
	}
	switch {
	case s.root.code != opStruct || s.max < 0 && !s.unversioned:
		s.min, s.max, s.unversioned = 0, math.MaxInt16, true
	case s.max < 0:
		s.min, s.max = unversioned, unversioned
	}
}

func (s *schema) extend(a *alternative) {
	s.min, s.max = min(s.min, a.min), max(s.max, a.max)
}

func (s *schema) has(version int16) bool {
	return s.min <= version && version <= s.max || version == unversioned && s.unversioned
}

// isFlexible reports whether the headers of the message are flexible.
func (s *schema) isFlexible(version int16) bool {
	return int32(version) >= s.flexible || s.root.hasSection(version)
}

func (t *wireType) hasSection(version int16) bool {
	for i := range t.sections {
		if t.sections[i].has(version) {
			return true
		}
	}
	return false
}

// schemaParser walks the types of a message. Its stack holds the structs that
// are being parsed: a type within itself would have no finite plan.
type schemaParser struct{ stack []reflect.Type }

var (
	uuidType         = reflect.TypeFor[UUID]()
	recordSetType    = reflect.TypeFor[RecordSet]()
	rawRecordSetType = reflect.TypeFor[RawRecordSet]()
)

// codeOfKind has opNone for kinds without a wire form of their own.
var codeOfKind = [...]opcode{
	reflect.Bool:    opBool,
	reflect.Int8:    op8,
	reflect.Int16:   op16,
	reflect.Uint16:  op16,
	reflect.Int32:   op32,
	reflect.Uint32:  op32,
	reflect.Int64:   op64,
	reflect.Float64: op64,
	reflect.String:  opString,
}

func (p *schemaParser) parse(t reflect.Type, path string) (*wireType, error) {
	w := &wireType{typ: t, name: path}
	switch t {
	case uuidType:
		w.code = opUUID
		return w, nil
	case recordSetType:
		w.code = opRecords
		return w, nil
	case rawRecordSetType:
		w.code = opRawRecords
		return w, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		w.code = opStruct
		return w, p.parseStruct(w, path)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			w.code = opBytes
			return w, nil
		}
		w.code = opArray
		return w, p.parseElem(w, path)
	case reflect.Pointer:
		switch t.Elem().Kind() {
		case reflect.String:
			w.code = opStringPointer
			return w, nil
		case reflect.Struct:
			w.code = opStructPointer
			return w, p.parseElem(w, path)
		case reflect.Slice:
			if t.Elem().Elem().Kind() != reflect.Uint8 {
				w.code = opArrayPointer
				return w, p.parseElem(w, path)
			}
		}
	}
	if k := int(t.Kind()); k < len(codeOfKind) {
		w.code = codeOfKind[k]
	}
	if w.code == opNone {
		return nil, fmt.Errorf("%s: unsupported type: %s", path, t)
	}
	return w, nil
}

func (p *schemaParser) parseElem(w *wireType, path string) (err error) {
	w.elem, err = p.parse(w.typ.Elem(), path)
	return err
}

func (p *schemaParser) parseStruct(w *wireType, path string) error {
	for _, t := range p.stack {
		if t == w.typ {
			return fmt.Errorf("%s: type %s contains itself", path, t)
		}
	}
	p.stack = append(p.stack, w.typ)
	defer func() { p.stack = p.stack[:len(p.stack)-1] }()
	for i := range w.typ.NumField() {
		if err := p.parseField(w, w.typ.Field(i), path); err != nil {
			return err
		}
	}
	return nil
}

func (p *schemaParser) parseField(w *wireType, sf reflect.StructField, path string) error {
	path += "." + sf.Name
	alts, err := parseTag(sf)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(alts) == 0 {
		return nil
	}
	if sf.Name == "_" {
		return w.addBlank(alts, path, len(p.stack) == 1)
	}
	f := fieldSchema{name: sf.Name, index: sf.Index[0], offset: sf.Offset, alts: alts}
	if f.typ, err = p.parse(sf.Type, path); err != nil {
		return err
	}
	for i := range alts {
		if !alts[i].hasDefault {
			continue
		}
		d, err := parseDefault(alts[i].defaultText, f.typ)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		f.def = &d
	}
	w.fields = append(w.fields, f)
	return nil
}

func (w *wireType) addBlank(alts []alternative, path string, root bool) error {
	for _, a := range alts {
		switch {
		case a.section:
			w.sections = append(w.sections, a)
		case a.flexible != noVersion && !root:
			return fmt.Errorf("%s: only the struct of a message says where flexible versions begin", path)
		default:
			w.ranges = append(w.ranges, a)
		}
	}
	return nil
}
