package protocol

import (
	"fmt"
	"reflect"
)

// Marshal encodes a value in the way of messages, but without a header. It
// serves data that Kafka carries without looking into it, such as the metadata
// of group members.
//
// The value is a struct whose fields bear `kafka` tags, or a pointer to one; or
// any other type that fields can have. Fields whose tag names no versions, or that
// have no tag, belong to the version -1 and no other. A version that the struct
// does not have is an error.
func Marshal(version int16, value interface{}) ([]byte, error) {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return nil, fmt.Errorf("nil cannot be encoded")
	}
	if v.Kind() != reflect.Pointer {
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		v = p
	}
	if v.IsNil() {
		return nil, fmt.Errorf("nil %T cannot be encoded", value)
	}
	p, err := typeOf(v.Type().Elem()).schema().plan(version)
	if err != nil {
		return nil, err
	}
	b, err := p.append(nil, v.UnsafePointer(), nil)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w", version, err)
	}
	return b, nil
}

// Unmarshal decodes what [Marshal] encodes into value, a pointer that is not
// nil. Fields that the version does not carry are set to their default or zero.
// Bytes after the value are ignored: writers of newer versions put what they
// added there. Nothing in value refers to data.
//
// After an error the contents of value are not specified.
func Unmarshal(data []byte, version int16, value interface{}) error {
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("%T is not a pointer to a value to decode into", value)
	}
	s := typeOf(v.Type().Elem()).schema()
	p, err := s.plan(version)
	if err != nil {
		return err
	}
	s.root.clear(v.Elem())
	d := decoder{cursor: cursor{buf: data}, mode: ownRecords}
	d.decode(&p.program, v.UnsafePointer())
	if d.err != nil {
		return fmt.Errorf("version %d: %s: %w", version, d.where, d.err)
	}
	return nil
}

// clear sets all fields that any version carries to zero.
func (t *wireType) clear(v reflect.Value) {
	if t.code != opStruct {
		v.SetZero()
		return
	}
	for i := range t.fields {
		f := &t.fields[i]
		f.typ.clear(v.Field(f.index))
	}
}
