package protocol

import (
	"reflect"
	"sync"
)

var recordTypes sync.Map // reflect.Type of a message → bool

// hasRecords reports whether the type of msg contains record sets, which are
// what may alias the frame that it was decoded from.
func hasRecords(msg Message) bool {
	t := reflect.TypeOf(msg)
	if has, ok := recordTypes.Load(t); ok {
		return has.(bool)
	}
	has := containsRecords(t)
	recordTypes.Store(t, has)
	return has
}

func containsRecords(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[RecordSet](), reflect.TypeFor[RawRecordSet]():
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return containsRecords(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if containsRecords(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
