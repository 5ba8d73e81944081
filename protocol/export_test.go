package protocol

import (
	"fmt"
	"math"
	"reflect"
	"slices"
)

// FieldInfo describes how a version encodes a field.
type FieldInfo struct {
	Name string
	// Kind is the name of the wire type, as in Kafka's own schema: bool, int8,
	// int16, int32, int64, uint16, uint32, float64, string, bytes, uuid, records,
	// struct; and []kind for arrays.
	Kind     string
	Nullable bool
	// Compact tells that lengths have the form of flexible versions. It is false
	// for types without length.
	Compact bool
	// Tag is the number of a tagged field, -1 for others.
	Tag int
	// Default is the text of default=, which HasDefault says is there.
	Default    string
	HasDefault bool
	Ignorable  bool
	// Children are the fields of a struct or of an array's structs.
	Children []FieldInfo
}

// RegisteredType is what Register was called with.
type RegisteredType struct {
	Key               ApiKey
	Request, Response reflect.Type // struct types
	Min, Max          int16        // of the request
	ResponseMin       int16
	ResponseMax       int16
	// FlexibleFrom is the first flexible version of the request, and
	// ResponseFlexibleFrom that of the response; 32767 if there is none.
	FlexibleFrom, ResponseFlexibleFrom int16
	// Override tells types of RegisterOverride from those of Register.
	Override bool
	// Err is what is wrong with the tags of either.
	Err error
}

// DescribeVersion lists the fields that msg, a pointer to a struct, has at a
// version: first those in order, then the tagged ones by number.
func DescribeVersion(msg interface{}, version int16) ([]FieldInfo, error) {
	s := typeOf(reflect.TypeOf(msg).Elem()).schema()
	p, err := s.plan(version)
	if err != nil {
		return nil, err
	}
	return describeFields(s.root, version, int32(version) >= s.flexible && p.flexible), nil
}

// AbsentFields lists fields anywhere in msg that the version does not carry, by
// the names that errors use, with whether they are ignorable.
func AbsentFields(msg interface{}, version int16) (map[string]bool, error) {
	s := typeOf(reflect.TypeOf(msg).Elem()).schema()
	if _, err := s.plan(version); err != nil {
		return nil, err
	}
	absent := make(map[string]bool)
	addAbsent(absent, s.root, version, int32(version) >= s.flexible)
	return absent, nil
}

func addAbsent(absent map[string]bool, t *wireType, version int16, flexible bool) {
	section := flexible || t.hasSection(version)
	for i := range t.fields {
		f := &t.fields[i]
		if f.at(version, section) == nil {
			absent[t.name+"."+f.name] = f.ignorable()
			continue
		}
		inner := f.typ
		for inner.elem != nil {
			inner = inner.elem
		}
		addAbsent(absent, inner, version, flexible)
	}
}

func describeFields(t *wireType, version int16, flexible bool) []FieldInfo {
	section := flexible || t.hasSection(version)
	list := []FieldInfo{}
	for i := range t.fields {
		f := &t.fields[i]
		a := f.at(version, section)
		if a == nil {
			continue
		}
		inner := f.typ
		for inner.elem != nil {
			inner = inner.elem
		}
		list = append(list, FieldInfo{
			Name:       f.name,
			Kind:       kindName(f.typ),
			Nullable:   a.nullable,
			Compact:    (flexible || a.compact) && hasLength(f.typ.code),
			Tag:        int(a.tag),
			Default:    defaultText(f),
			HasDefault: f.def != nil,
			Ignorable:  f.ignorable(),
			Children:   describeFields(inner, version, flexible),
		})
	}
	slices.SortStableFunc(list, func(a, b FieldInfo) int { return a.Tag - b.Tag })
	return list
}

func hasLength(c opcode) bool {
	switch c {
	case opString, opStringPointer, opBytes, opArray, opArrayPointer, opRecords, opRawRecords:
		return true
	}
	return false
}

func kindName(t *wireType) string {
	switch t.code {
	case opArray:
		return "[]" + kindName(t.elem)
	case opArrayPointer:
		return kindName(t.elem)
	case opStruct, opStructPointer:
		return "struct"
	case opString, opStringPointer:
		return "string"
	case opBytes:
		return "bytes"
	case opUUID:
		return "uuid"
	case opRecords, opRawRecords:
		return "records"
	default:
		return t.typ.Kind().String()
	}
}

func defaultText(f *fieldSchema) string {
	for i := range f.alts {
		if f.alts[i].hasDefault {
			return f.alts[i].defaultText
		}
	}
	return ""
}

// RegisteredTypes lists all registrations, by key.
func RegisteredTypes() []RegisteredType {
	var list []RegisteredType
	for i := range registered {
		if a := registered[i].Load(); a != nil {
			list = append(list, describeAPI(a, false))
		}
	}
	overrides.Range(func(_, a any) bool {
		list = append(list, describeAPI(a.(*api), true))
		return true
	})
	return list
}

func describeAPI(a *api, override bool) RegisteredType {
	req, res := a.request.schema(), a.response.schema()
	t := RegisteredType{
		Key: a.key, Request: a.request.typ, Response: a.response.typ, Override: override,
		Min: req.min, Max: req.max, ResponseMin: res.min, ResponseMax: res.max,
		FlexibleFrom: flexibleFrom(req), ResponseFlexibleFrom: flexibleFrom(res),
	}
	if req.err != nil {
		t.Err = req.err
	} else if res.err != nil {
		t.Err = res.err
	}
	return t
}

func flexibleFrom(s *schema) int16 {
	if s.err != nil {
		return math.MaxInt16
	}
	for v := int(s.min); v <= int(s.max) && v < 1000; v++ {
		if s.isFlexible(int16(v)) {
			return int16(v)
		}
	}
	return math.MaxInt16
}

// NewMessage returns a pointer to a zero value of a registered struct type.
func NewMessage(t reflect.Type) Message {
	m, ok := reflect.New(t).Interface().(Message)
	if !ok {
		panic(fmt.Sprintf("%s is not a message", t))
	}
	return m
}

// DecodeResponse and DecodeRequest are what connections decode with; alias lets
// record sets share the memory of the frame.
func DecodeResponse(frame []byte, key ApiKey, version int16, alias bool) (int32, Message, error) {
	return decodeResponse(frame, key, version, modeOf(alias))
}

func DecodeRequest(frame []byte, alias bool) (int16, int32, string, Message, error) {
	return decodeRequest(frame, modeOf(alias))
}

func modeOf(alias bool) recordMode {
	if alias {
		return aliasRecords
	}
	return ownRecords
}

// Outgoing encodes a request as for writing, and returns how many bytes are its own, and
// how many are written from where they are.
func (c *Conn) Outgoing(msg Message, version int16) (inline, apart int, err error) {
	a, err := apiOf(msg)
	if err != nil {
		return 0, 0, err
	}
	out := getOutgoing()
	defer putOutgoing(out)
	err = c.encode(out, a, msg, version)
	return len(out.b), out.apart.bytes, err
}
