package protocol

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withTag makes a struct type with a field of the given type and tag.
func withTag(name string, t reflect.Type, tag string) reflect.Type {
	f := reflect.StructField{Name: name, Type: t, Tag: reflect.StructTag(`kafka:"` + tag + `"`)}
	if name == "_" {
		f.PkgPath = "protocol"
	}
	return reflect.StructOf([]reflect.StructField{f})
}

func TestMalformedTags(t *testing.T) {
	type loop struct {
		Children []loop `kafka:"min=v0,max=v0"`
	}
	type twice struct {
		_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`
		A int8     `kafka:"min=v0,max=v0,tag=1"`
		B int8     `kafka:"min=v0,max=v0,tag=1"`
	}
	type inner struct {
		_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`
	}
	type outer struct {
		In inner `kafka:"min=v0,max=v0"`
	}
	str, num := reflect.TypeFor[string](), reflect.TypeFor[int32]()
	blank := reflect.TypeFor[struct{}]()
	for _, test := range []struct {
		typ  reflect.Type
		want string
	}{
		{withTag("A", num, "min=v1"), "missing maximum version"},
		{withTag("A", num, "max=v1"), "missing minimum version"},
		{withTag("A", num, "min=v2,max=v1"), "minimum version v2 is above maximum version v1"},
		{withTag("A", num, "min=vx,max=v1"), `invalid version number: "vx"`},
		{withTag("A", num, "min=1,max=v1"), `invalid version number: "1"`},
		{withTag("A", num, "min=v-2,max=v1"), `invalid version number: "v-2"`},
		{withTag("A", num, "min=v0,max=v32768"), `invalid version number: "v32768"`},
		{withTag("A", num, "min=v0,max=v1,nulable"), `option "nulable" is not known here`},
		{withTag("A", num, "min=v0,max=v1,flexible=v1"), `option "flexible=v1" is not known here`},
		{withTag("A", num, "min=v0,max=v1,tag"), `option "tag" is not known here`},
		{withTag("A", num, "min=v0,max=v1,tag=-1"), `invalid tag number: "-1"`},
		{withTag("A", num, "min=v0,max=v1,tag=x"), `invalid tag number: "x"`},
		{withTag("A", num, "min=v0,max=v1|"), "is not known here"},
		{withTag("A", num, "min=v0,max=v1,default=x"), `invalid default "x"`},
		{withTag("A", num, "min=v0,max=v1,default=null"), `invalid default "null"`},
		{withTag("A", num, "min=v0,max=v1,default=2147483648"), "out of range"},
		{withTag("A", reflect.TypeFor[uint16](), "min=v0,max=v1,default=-1"), "invalid default"},
		{withTag("A", reflect.TypeFor[bool](), "min=v0,max=v1,default=7"), "invalid default"},
		{withTag("A", reflect.TypeFor[float64](), "min=v0,max=v1,default=x"), "invalid default"},
		{withTag("A", reflect.TypeFor[[]int32](), "min=v0,max=v1,default=1"), "has no such default"},
		{withTag("A", reflect.TypeFor[int](), "min=v0,max=v1"), "A: unsupported type: int"},
		{withTag("A", reflect.TypeFor[[]map[string]int](), "min=v0,max=v1"), "A: unsupported type: map[string]int"},
		{withTag("A", reflect.TypeFor[*int32](), "min=v0,max=v1"), "unsupported type: *int32"},
		{withTag("A", reflect.TypeFor[any](), "min=v0,max=v1"), "unsupported type: interface"},
		{withTag("_", blank, "min=v0,max=v1,nullable"), `option "nullable" is not known here`},
		{withTag("_", blank, "nullable"), "is not known here"},
		{withTag("_", blank, "flexible=v1"), "missing minimum version"},
		{reflect.TypeFor[loop](), "contains itself"},
		{reflect.TypeFor[twice](), "tag 1 is used twice"},
		{reflect.TypeFor[outer](), "only the struct of a message"},
		{withTag("A", withTag("B", str, "bad"), "min=v0,max=v1"), ".A.B: malformed struct tag"},
	} {
		v := reflect.New(test.typ)
		_, err := Marshal(0, v.Interface())
		require.Error(t, err, "%s", test.typ)
		assert.ErrorContains(t, err, test.want)
		assert.ErrorContains(t, err, "cannot be encoded")
		assert.Equal(t, err, Unmarshal(nil, 0, v.Interface()), "a second use says the same")
	}
}

// TestAlternatives: the last alternative that has the version counts.
func TestAlternatives(t *testing.T) {
	type message struct {
		A string `kafka:"min=v0,max=v3|min=v2,max=v3,compact|min=v3,max=v3,nullable"`
	}
	for version, want := range map[int16][]byte{
		1: {0, 0}, 2: {1}, 3: {0xff, 0xff},
	} {
		b, err := Marshal(version, message{})
		require.NoError(t, err)
		assert.Equal(t, want, b, "v%d", version)
	}
}

func TestVersionsFarOut(t *testing.T) {
	type message struct {
		A int8 `kafka:"min=v0,max=v32767"`
	}
	for _, version := range []int16{0, 30, 31, 32, 1000, 32767} {
		for range 2 {
			b, err := Marshal(version, message{7})
			require.NoError(t, err)
			assert.Equal(t, []byte{7}, b)
		}
	}
}

func TestMalformedTagsOfMessages(t *testing.T) {
	register(t, &badRequest{}, &everyResponse{})
	assert.Zero(t, testKey.MinVersion())
	assert.Zero(t, testKey.MaxVersion())
	_, err := AppendRequest(nil, 0, 1, "", &badRequest{})
	assert.ErrorContains(t, err, "protocol.badRequest.A: malformed struct tag")
	_, _, _, _, err = decodeRequest([]byte{0, byte(testKey), 0, 0, 0, 0, 0, 1, 0, 0}, ownRecords)
	assert.ErrorContains(t, err, "protocol.badRequest.A: malformed struct tag")
}

type badRequest struct {
	A int32 `kafka:"oops"`
}

func (*badRequest) ApiKey() ApiKey { return testKey }
