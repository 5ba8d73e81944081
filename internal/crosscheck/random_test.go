package crosscheck

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// filler fills messages of either codec at random. The same seed gives the same
// message.
type filler struct {
	*rand.Rand
	version int16
	// messageSets: record sets have the format that came before record batches.
	messageSets bool
}

func newFiller(seed uint64, key protocol.ApiKey, version int16) *filler {
	return &filler{
		Rand:    rand.New(rand.NewPCG(seed, uint64(key)<<16|uint64(version))),
		version: version,
		messageSets: key == protocol.Produce && version < 3 ||
			key == protocol.Fetch && version < 4,
	}
}

const letters = "abcdefghijklmnopqrstuvwxyz-._0123456789é"

func (f *filler) text() string {
	b := make([]rune, 1+f.IntN(12))
	for i := range b {
		b[i] = []rune(letters)[f.IntN(len([]rune(letters)))]
	}
	if f.IntN(40) == 0 {
		return strings.Repeat(string(b), 200) // a length of more than a byte, or two
	}
	return string(b)
}

func (f *filler) bytes() []byte {
	b := make([]byte, f.IntN(300))
	for i := range b {
		b[i] = byte(f.Uint32())
	}
	return b
}

// number never is zero, which for tagged fields stands for their default.
func (f *filler) number(bits int) int64 {
	n := int64(f.Uint64()) >> (64 - bits)
	if f.IntN(2) == 0 {
		n >>= bits / 2
	}
	if n == 0 {
		return 1
	}
	return n
}

// laterTags are tagged fields that came after the first flexible version, with the
// version that they came with. kmsg would write them before.
var laterTags = map[string]int16{
	"ProduceResponse.Brokers":                       10,
	"ProduceResponseTopicPartition.CurrentLeader":   10,
	"FetchRequest.ReplicaState":                     15,
	"FetchRequestTopicPartition.ReplicaDirectoryID": 17,
	"FetchRequestTopicPartition.HighWatermark":      18,
	"FetchResponse.Brokers":                         16,
}

// theirs fills a message of kmsg, or a struct in one. Fields that the version does
// not have are filled, too; unless they are tagged kmsg leaves them out.
func (f *filler) theirs(v reflect.Value) {
	if d, ok := v.Addr().Interface().(interface{ Default() }); ok {
		d.Default()
	}
	for i := range v.NumField() {
		field := v.Field(i)
		switch name := v.Type().Field(i).Name; {
		case name == "Version" && i == 0 || name == "UnknownTags":
		case laterTags[v.Type().Name()+"."+name] > f.version:
		case name == "Records" || name == "RecordBatches":
			field.SetBytes(f.theirRecords())
		default:
			f.theirValue(field)
		}
	}
}

func (f *filler) theirValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(f.number(v.Type().Bits()))
	case reflect.Uint16:
		v.SetUint(uint64(f.Uint32N(1 << 16)))
	case reflect.Float64:
		v.SetFloat(f.NormFloat64())
	case reflect.String:
		v.SetString(f.text())
	case reflect.Array:
		f.uuid(v)
	case reflect.Pointer: // to a string or a struct, nil for null
		f.pointer(v, f.theirValue, f.theirs)
	case reflect.Struct: // tagged as a whole
		if f.IntN(3) > 0 {
			f.theirs(v)
		}
	case reflect.Slice:
		f.slice(v, f.theirValue, f.theirs)
	default:
		panic(fmt.Sprintf("kmsg has a field of type %s", v.Type()))
	}
}

// pointer makes what v points to, or leaves it nil.
func (f *filler) pointer(v reflect.Value, value, structure func(reflect.Value)) {
	if f.IntN(3) == 0 {
		return
	}
	v.Set(reflect.New(v.Type().Elem()))
	if v.Type().Elem().Kind() == reflect.Struct {
		structure(v.Elem())
	} else {
		value(v.Elem())
	}
}

func (f *filler) uuid(v reflect.Value) {
	for i := range v.Len() {
		v.Index(i).SetUint(uint64(f.UintN(256)))
	}
}

// slice makes bytes, or an array of up to 3 elements, or leaves it nil.
func (f *filler) slice(v reflect.Value, value, structure func(reflect.Value)) {
	n := f.IntN(5) - 1
	if n < 0 {
		return
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(f.bytes())
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		if e := v.Index(i); e.Kind() == reflect.Struct {
			structure(e)
		} else {
			value(e)
		}
	}
}

// addUnknownTags gives every struct of a message of kmsg a tagged field that no
// version has.
func (f *filler) addUnknownTags(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if tags, ok := v.Field(i).Addr().Interface().(*kmsg.Tags); ok {
				tags.Set(uint32(100+f.IntN(1000)), f.bytes())
			} else {
				f.addUnknownTags(v.Field(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			f.addUnknownTags(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			f.addUnknownTags(v.Index(i))
		}
	}
}

// ours fills a message of ours, or a struct in one, with what the version carries.
func (f *filler) ours(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Name != "_" && field.IsExported() && f.carries(field.Tag.Get("kafka")) {
			f.ourValue(v.Field(i))
		}
	}
}

func (f *filler) ourValue(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *protocol.RecordSet:
		*p = f.ourRecords()
		return
	case *protocol.RawRecordSet:
		p.Reader = bytes.NewReader(f.theirRecords())
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(f.number(v.Type().Bits()))
	case reflect.Uint16:
		v.SetUint(uint64(f.Uint32N(1 << 16)))
	case reflect.Float64:
		v.SetFloat(f.NormFloat64())
	case reflect.String:
		v.SetString(f.text())
	case reflect.Array:
		f.uuid(v)
	case reflect.Struct:
		if f.IntN(3) > 0 {
			f.ours(v)
		}
	case reflect.Slice:
		f.slice(v, f.ourValue, f.ours)
	case reflect.Pointer: // to a struct that may be null, or to an array
		if v.Type().Elem().Kind() == reflect.Struct {
			f.pointer(v, f.ourValue, f.ours)
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		f.ourValue(v.Elem())
	default:
		panic(fmt.Sprintf("there is a field of type %s", v.Type()))
	}
}

// carries reports whether a field with this tag is part of the version.
func (f *filler) carries(tag string) bool {
	for alternative := range strings.SplitSeq(tag, "|") {
		min, max := int64(0), int64(-1)
		for option := range strings.SplitSeq(alternative, ",") {
			if s, ok := strings.CutPrefix(option, "min=v"); ok {
				min, _ = strconv.ParseInt(s, 10, 16)
			}
			if s, ok := strings.CutPrefix(option, "max=v"); ok {
				max, _ = strconv.ParseInt(s, 10, 16)
			}
		}
		if min <= int64(f.version) && int64(f.version) <= max {
			return true
		}
	}
	return false
}
