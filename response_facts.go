package kafka

import (
	"reflect"
	"sync"
	"time"
)

// responseShape says where a type of response has what concerns all responses. It
// is found by the names of fields, once for each type.
type responseShape struct {
	throttle int         // index of the field with the throttle time; -1 if there is none
	codes    *codesShape // nil if there are no error codes
	isPtr    bool        // the type is a pointer to a struct
}

// codesShape says where a struct has error codes: one of its own, and those of
// the elements of its lists.
type codesShape struct {
	own   int // index of the field; -1 if there is none
	lists []codesList
}

type codesList struct {
	field   int
	pointer bool // to a slice
	element *codesShape
}

var responseShapes sync.Map // of reflect.Type to *responseShape

func shapeOf(res Response) *responseShape {
	t := reflect.TypeOf(res)
	if s, ok := responseShapes.Load(t); ok {
		return s.(*responseShape)
	}
	s := &responseShape{throttle: -1}
	if t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		s.isPtr = true
		for i := range t.Elem().NumField() {
			switch f := t.Elem().Field(i); f.Name {
			case "ThrottleTimeMs", "ThrottleTimeMS", "ThrottleTime":
				if f.Type.Kind() == reflect.Int32 {
					s.throttle = i
				}
			}
		}
		s.codes = codesOf(t.Elem(), 4)
	}
	responseShapes.Store(t, s)
	return s
}

// codesOf looks for error codes, some levels deep; nil if there are none.
func codesOf(t reflect.Type, depth int) *codesShape {
	if depth == 0 {
		return nil
	}
	s := &codesShape{own: -1}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "ErrorCode" && f.Type.Kind() == reflect.Int16 {
			s.own = i
			continue
		}
		list, pointer := f.Type, false
		if list.Kind() == reflect.Pointer {
			list, pointer = list.Elem(), true
		}
		if !f.IsExported() || list.Kind() != reflect.Slice || list.Elem().Kind() != reflect.Struct {
			continue
		}
		if element := codesOf(list.Elem(), depth-1); element != nil {
			s.lists = append(s.lists, codesList{i, pointer, element})
		}
	}
	if s.own < 0 && len(s.lists) == 0 {
		return nil
	}
	return s
}

// throttleOf returns for how long a broker wants no requests (KIP-219).
func throttleOf(res Response) time.Duration {
	s := shapeOf(res)
	if s.throttle < 0 {
		return 0
	}
	v := reflect.ValueOf(res)
	if v.IsNil() {
		return 0
	}
	return time.Duration(v.Elem().Field(s.throttle).Int()) * time.Millisecond
}

// eachCode calls f for the error codes of a response until f returns false. Where
// a part has a code of its own, other than 0, this is its only one.
func eachCode(res Response, f func(Error) bool) {
	s := shapeOf(res)
	if s.codes == nil {
		return
	}
	if v := reflect.ValueOf(res); !v.IsNil() {
		s.codes.each(v.Elem(), f)
	}
}

func (s *codesShape) each(v reflect.Value, f func(Error) bool) bool {
	if s.own >= 0 {
		if code := v.Field(s.own).Int(); code != 0 {
			return f(Error(code))
		}
	}
	listed := false
	for _, l := range s.lists {
		list := v.Field(l.field)
		if l.pointer {
			if list.IsNil() {
				continue
			}
			list = list.Elem()
		}
		for i := range list.Len() {
			listed = true
			if !l.element.each(list.Index(i), f) {
				return false
			}
		}
	}
	if s.own >= 0 && !listed {
		return f(0)
	}
	return true
}

// misrouted are the codes with which brokers decline what another one has to do.
// They have not acted then.
var misrouted = map[Error]bool{
	NotLeaderForPartition:        true,
	NotController:                true,
	NotCoordinatorForGroup:       true,
	GroupCoordinatorNotAvailable: true,
}

// outdated are codes that show that what is known of a topic no longer holds.
var outdated = map[Error]bool{
	UnknownTopicOrPartition: true,
	LeaderNotAvailable:      true,
	NotLeaderForPartition:   true,
	ReplicaNotAvailable:     true,
	NotController:           true,
	KafkaStorageError:       true,
	FencedLeaderEpoch:       true,
	UnknownLeaderEpoch:      true,
	UnknownTopicID:          true,
	InconsistentTopicID:     true,
}

// verdict sums up the codes of a response.
type verdict struct {
	declined  bool // nothing of the request was carried out: it belongs to another broker
	misrouted bool // some of it belongs to another broker
	outdated  bool // metadata has to be loaded
}

func judge(res Response) verdict {
	var v verdict
	acted := false
	eachCode(res, func(code Error) bool {
		if misrouted[code] {
			v.misrouted = true
		} else {
			acted = true
		}
		v.outdated = v.outdated || outdated[code]
		return !v.outdated || !v.misrouted || !acted // nothing more to learn
	})
	v.declined = v.misrouted && !acted
	return v
}
