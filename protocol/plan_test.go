package protocol

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testKey is a key that no API of Kafka has.
const testKey ApiKey = 120

type everyRequest struct {
	_       struct{}      `kafka:"min=v0,max=v4,flexible=v3"`
	Bool    bool          `kafka:"min=v0,max=v4"`
	Int8    int8          `kafka:"min=v0,max=v4"`
	Int16   int16         `kafka:"min=v0,max=v4"`
	Int32   int32         `kafka:"min=v0,max=v4"`
	Int64   int64         `kafka:"min=v0,max=v4"`
	Uint16  uint16        `kafka:"min=v0,max=v4"`
	Uint32  uint32        `kafka:"min=v0,max=v4"`
	Float64 float64       `kafka:"min=v0,max=v4"`
	String  string        `kafka:"min=v0,max=v4"`
	Maybe   string        `kafka:"min=v0,max=v0|min=v1,max=v4,nullable"`
	Bytes   []byte        `kafka:"min=v0,max=v0|min=v1,max=v4,nullable"`
	Ints    []int32       `kafka:"min=v0,max=v4"`
	Strings []string      `kafka:"min=v0,max=v0|min=v1,max=v4,nullable"`
	Nested  [][]int64     `kafka:"min=v2,max=v4"`
	UUID    UUID          `kafka:"min=v2,max=v4"`
	Inner   everyInner    `kafka:"min=v0,max=v4"`
	List    []everyInner  `kafka:"min=v0,max=v4"`
	Pointer *everyInner   `kafka:"min=v1,max=v4,nullable"`
	Text    *string       `kafka:"min=v1,max=v4,nullable"`
	Late    int32         `kafka:"min=v4,max=v4,default=-7"`
	Hint    int64         `kafka:"min=v4,max=v4,ignorable,default=0x10"`
	Tagged  int32         `kafka:"min=v3,max=v4,tag=0,default=-1"`
	Name    string        `kafka:"min=v3,max=v4,tag=2,nullable"`
	State   everyInner    `kafka:"min=v3,max=v4,tag=1"`
	Extra   []everyInner  `kafka:"min=v4,max=v4,tag=3,nullable"`
	Off     string        `kafka:"-"`
	hidden  int32         `kafka:"min=v0,max=v4"` //nolint:unused // it is there to be left alone
	Empty   []emptyStruct `kafka:"min=v3,max=v4"`
}

type everyInner struct {
	ID   int32  `kafka:"min=v0,max=v4,default=-1"`
	Name string `kafka:"min=v0,max=v4"`
	New  int16  `kafka:"min=v2,max=v4,default=3,ignorable"`
	Tag  int8   `kafka:"min=v4,max=v4,tag=5"`
}

type emptyStruct struct{}

func (*everyRequest) ApiKey() ApiKey { return testKey }

type everyResponse struct {
	_     struct{} `kafka:"min=v0,max=v4,flexible=v3"`
	Error int16    `kafka:"min=v0,max=v4"`
	Items []struct {
		ID   int32  `kafka:"min=v0,max=v4"`
		Name string `kafka:"min=v0,max=v4,nullable"`
	} `kafka:"min=v0,max=v4"`
}

func (*everyResponse) ApiKey() ApiKey { return testKey }

// register makes messages known for the time of a test.
func register(t testing.TB, req, res Message) {
	key := req.ApiKey()
	before := registered[key].Load()
	Register(req, res)
	t.Cleanup(func() { registered[key].Store(before) })
}

func everyValue(version int16) *everyRequest {
	text := "text"
	inner := func(id int32, name string) everyInner {
		v := everyInner{ID: id, Name: name, New: 3}
		if version >= 2 {
			v.New = int16(id) + 100
		}
		if version >= 4 {
			v.Tag = int8(id)
		}
		return v
	}
	v := &everyRequest{
		Bool: true, Int8: -8, Int16: -16, Int32: -32, Int64: math.MinInt64, Uint16: 65535, Uint32: math.MaxUint32,
		Float64: -1.5, String: "string", Maybe: "maybe", Bytes: []byte("bytes"), Ints: []int32{1, -2, 3},
		Strings: []string{"a", "", "c"}, Inner: inner(1, "inner"), List: []everyInner{inner(2, "x"), inner(3, "y")},
		Late: -7, Hint: 16, Tagged: -1,
	}
	v.State.ID = -1
	v.State.New = 3
	if version >= 1 {
		p := inner(4, "pointer")
		v.Pointer, v.Text = &p, &text
	}
	if version >= 2 {
		v.Nested, v.UUID = [][]int64{{1}, {}, {2, 3}}, UUID{1, 15: 16}
	}
	if version >= 3 {
		v.Tagged, v.Name, v.State, v.Empty = 77, "tagged", inner(5, "state"), []emptyStruct{}
	}
	if version >= 4 {
		v.Late, v.Hint, v.Extra = 8, 9, []everyInner{inner(6, "extra")}
	}
	return v
}

func TestEveryTypeRoundTrips(t *testing.T) {
	register(t, &everyRequest{}, &everyResponse{})
	for version := range int16(5) {
		want := everyValue(version)
		b, err := AppendRequest([]byte("before"), version, 42, "client", want)
		require.NoError(t, err, "v%d", version)
		require.Equal(t, "before", string(b[:6]))
		gotVersion, id, client, got, err := decodeRequest(b[10:], ownRecords)
		require.NoError(t, err, "v%d", version)
		assert.Equal(t, version, gotVersion)
		assert.Equal(t, int32(42), id)
		assert.Equal(t, "client", client)
		require.Equal(t, want, got, "v%d", version)

		again, err := AppendRequest(nil, version, 42, "client", got)
		require.NoError(t, err)
		require.Equal(t, b[6:], again)
	}
}

// TestWireForm states the bytes of a message of each notation.
func TestWireForm(t *testing.T) {
	type item struct {
		Name string `kafka:"min=v0,max=v2"`
		N    int8   `kafka:"min=v0,max=v2,tag=1"`
	}
	type modern struct {
		_     struct{}       `kafka:"min=v0,max=v2,flexible=v1"`
		S     string         `kafka:"min=v0,max=v1|min=v2,max=v2,nullable"`
		B     []byte         `kafka:"min=v0,max=v1|min=v2,max=v2,nullable"`
		Items []item         `kafka:"min=v0,max=v1|min=v2,max=v2,nullable"`
		P     *item          `kafka:"min=v2,max=v2,nullable"`
		T     *string        `kafka:"min=v2,max=v2,nullable"`
		In    item           `kafka:"min=v0,max=v2"`
		Last  int16          `kafka:"min=v1,max=v2,tag=300"`
		First map[string]int `kafka:"-"`
	}
	empty := ""
	for _, test := range []struct {
		name    string
		version int16
		value   modern
		want    string
	}{
		{"v0 zero", 0, modern{}, "0000 00000000 00000000 0000"},
		{"v0", 0, modern{S: "s", B: []byte("b"), Items: []item{{Name: "n"}}, In: item{Name: "m"}},
			"0001 73 00000001 62 00000001 0001 6e 0001 6d"},
		{"v1 zero", 1, modern{}, "01 01 01 01 00 00"},
		{"v1", 1, modern{S: "s", B: []byte("b"), Items: []item{{Name: "n", N: 7}}, Last: 9},
			"02 73 02 62 02 02 6e 01 01 01 07 01 00 01 ac02 02 0009"},
		{"v2 null", 2, modern{}, "00 00 00 ff 00 01 00 00"},
		{"v2 empty", 2, modern{B: []byte{}, Items: []item{}, P: &item{}, T: &empty}, "00 01 01 01 01 00 01 01 00 00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, err := Marshal(test.version, test.value)
			require.NoError(t, err)
			want := strings.ReplaceAll(test.want, " ", "")
			require.Equal(t, want, hex.EncodeToString(b))
			var got modern
			require.NoError(t, Unmarshal(b, test.version, &got))
			again, err := Marshal(test.version, got)
			require.NoError(t, err)
			require.Equal(t, want, hex.EncodeToString(again))
		})
	}
}

// TestLegacyNotation: without flexible=, structs and fields each say what form
// they have.
func TestLegacyNotation(t *testing.T) {
	type item struct {
		_    struct{} `kafka:"min=v3,max=v3,tag"`
		Name string   `kafka:"min=v0,max=v2|min=v3,max=v3,compact"`
	}
	type plain struct {
		Name string `kafka:"min=v0,max=v3"`
	}
	type message struct {
		_     struct{} `kafka:"min=v3,max=v3,tag"`
		Items []item   `kafka:"min=v1,max=v2|min=v3,max=v3,compact"`
		Plain []plain  `kafka:"min=v1,max=v3"`
		Odd   string   `kafka:"min=v1,max=v3|min=v3,max=v3,compact,nullable"`
	}
	v := message{Items: []item{{Name: "a"}}, Plain: []plain{{"b"}}, Odd: "c"}
	b, err := Marshal(2, v)
	require.NoError(t, err)
	assert.Equal(t, "00000001000161"+"00000001000162"+"000163", hex.EncodeToString(b))
	b, err = Marshal(3, v)
	require.NoError(t, err)
	assert.Equal(t, "02"+"026100"+"00000001000162"+"0263"+"00", hex.EncodeToString(b))
	var got message
	require.NoError(t, Unmarshal(b, 3, &got))
	assert.Equal(t, v, got)

	s := newSchema(reflect.TypeFor[message](), false)
	assert.Equal(t, []int16{1, 3}, []int16{s.min, s.max})
	assert.False(t, s.isFlexible(2))
	assert.True(t, s.isFlexible(3))
	_, err = Marshal(0, v)
	assert.ErrorContains(t, err, "v0 not in range v1-v3")
}

func TestNullIsNotEmpty(t *testing.T) {
	type message struct {
		S string   `kafka:"min=v0,max=v1,nullable"`
		B []byte   `kafka:"min=v0,max=v1,nullable"`
		L []string `kafka:"min=v0,max=v1,nullable"`
		C []int32  `kafka:"min=v0,max=v1,compact,nullable"`
		N []int32  `kafka:"min=v0,max=v1"`
		P *string  `kafka:"min=v0,max=v1,compact,nullable"`
	}
	null, err := Marshal(0, message{})
	require.NoError(t, err)
	require.Equal(t, "ffff"+"ffffffff"+"ffffffff"+"00"+"00000000"+"00", hex.EncodeToString(null))
	var got message
	require.NoError(t, Unmarshal(null, 0, &got))
	assert.Equal(t, message{N: []int32{}}, got)

	text := ""
	full := message{B: []byte{}, L: []string{}, C: []int32{}, N: []int32{}, P: &text}
	empty, err := Marshal(0, full)
	require.NoError(t, err)
	require.Equal(t, "ffff"+"00000000"+"00000000"+"01"+"00000000"+"01", hex.EncodeToString(empty))
	require.NoError(t, Unmarshal(empty, 0, &got))
	assert.Equal(t, full, got)
}

// TestDefaults: a field that is not on the wire has its default after decoding,
// and may have it or zero before encoding.
func TestDefaults(t *testing.T) {
	type state struct {
		ID    int32 `kafka:"min=v1,max=v2,default=-1"`
		Epoch int64 `kafka:"min=v1,max=v2,default=-2"`
	}
	type message struct {
		_     struct{} `kafka:"min=v0,max=v2,flexible=v1"`
		I8    int8     `kafka:"min=v2,max=v2,default=-1"`
		I16   int16    `kafka:"min=v2,max=v2,default=-2"`
		U32   uint32   `kafka:"min=v2,max=v2,default=4294967295"`
		I64   int64    `kafka:"min=v2,max=v2,default=0x7fffffffffffffff"`
		F     float64  `kafka:"min=v2,max=v2,default=1.5"`
		B     bool     `kafka:"min=v2,max=v2,default=true"`
		S     string   `kafka:"min=v2,max=v2,default=classic"`
		N     string   `kafka:"min=v2,max=v2,nullable,default=null"`
		Tag   int32    `kafka:"min=v1,max=v2,tag=0,default=-3"`
		State state    `kafka:"min=v1,max=v2,tag=1"`
	}
	all := message{
		I8: -1, I16: -2, U32: math.MaxUint32, I64: math.MaxInt64, F: 1.5, B: true, S: "classic",
		Tag: -3, State: state{-1, -2},
	}
	for version := range int16(2) {
		for _, v := range []message{{}, all} {
			b, err := Marshal(version, v)
			require.NoError(t, err)
			require.Len(t, b, int(version))
			var got message
			require.NoError(t, Unmarshal(b, version, &got))
			require.Equal(t, all, got)
		}
	}
	half := message{State: state{ID: 0, Epoch: -2}}
	b, err := Marshal(1, half)
	require.NoError(t, err)
	require.Equal(t, "01"+"01"+"0d"+"00000000"+"fffffffffffffffe"+"00", hex.EncodeToString(b))
}

// TestValuesThatCannotBeCarried: each is an error that names the field.
func TestValuesThatCannotBeCarried(t *testing.T) {
	type inner struct {
		A int32 `kafka:"min=v1,max=v1"`
	}
	type message struct {
		_    struct{} `kafka:"min=v0,max=v1"`
		I    int32    `kafka:"min=v1,max=v1,default=-1"`
		S    string   `kafka:"min=v0,max=v1"`
		In   inner    `kafka:"min=v1,max=v1"`
		L    []inner  `kafka:"min=v0,max=v1"`
		P    *inner   `kafka:"min=v1,max=v1"`
		T    *string  `kafka:"min=v1,max=v1"`
		Arr  []int32  `kafka:"min=v1,max=v1"`
		B    []byte   `kafka:"min=v1,max=v1"`
		U    UUID     `kafka:"min=v1,max=v1"`
		Skip int32    `kafka:"min=v1,max=v1,ignorable"`
	}
	text := "x"
	for _, test := range []struct {
		name    string
		version int16
		value   message
		field   string
	}{
		{"number", 0, message{I: 5}, ".I"},
		{"struct", 0, message{In: inner{1}}, ".In"},
		{"element", 0, message{L: []inner{{}, {A: 1}}}, ".L.A"},
		{"pointer", 0, message{P: &inner{}}, ".P"},
		{"string pointer", 0, message{T: &text}, ".T"},
		{"array", 0, message{Arr: []int32{1}}, ".Arr"},
		{"bytes", 0, message{B: []byte{1}}, ".B"},
		{"uuid", 0, message{U: UUID{1}}, ".U"},
		{"nil struct", 1, message{T: &text}, ".P"},
		{"nil string", 1, message{P: &inner{}}, ".T"},
		{"long string", 0, message{S: strings.Repeat("x", 32768)}, ".S"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Marshal(test.version, test.value)
			require.ErrorContains(t, err, "protocol.message"+test.field)
			require.ErrorContains(t, err, "version")
		})
	}
	for _, v := range []message{{}, {I: -1}, {Skip: 1}, {Arr: []int32{}}, {B: []byte{}}, {S: strings.Repeat("x", 32767)}} {
		_, err := Marshal(0, v)
		require.NoError(t, err)
	}
}

// TestTaggedFields are written by number, and only if they are set. An array that
// can be null is not the same as an empty one.
func TestTaggedFields(t *testing.T) {
	type message struct {
		_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`
		C int8     `kafka:"min=v0,max=v0,tag=2"`
		A int8     `kafka:"min=v0,max=v0,tag=0"`
		B []int8   `kafka:"min=v0,max=v0,tag=1,nullable"`
		D []int8   `kafka:"min=v0,max=v0,tag=3"`
	}
	for _, test := range []struct {
		value message
		want  []byte
	}{
		{message{}, []byte{0}},
		{message{D: []int8{}}, []byte{0}},
		{message{B: []int8{}}, []byte{1, 1, 1, 1}},
		{message{C: 7, A: 8, B: []int8{9}}, []byte{3, 0, 1, 8, 1, 2, 2, 9, 2, 1, 7}},
	} {
		b, err := Marshal(0, test.value)
		require.NoError(t, err)
		require.Equal(t, test.want, b)
	}
	var got message
	require.NoError(t, Unmarshal([]byte{2, 1, 1, 1, 3, 1, 1}, 0, &got))
	require.Equal(t, message{B: []int8{}, D: []int8{}}, got)
}

func TestUnknownTaggedFieldsAreSkipped(t *testing.T) {
	type message struct {
		_ struct{} `kafka:"min=v0,max=v0,flexible=v0"`
		A int8     `kafka:"min=v0,max=v0"`
		T int16    `kafka:"min=v0,max=v0,tag=3"`
	}
	b := []byte{7, 3, 0, 2, 9, 9, 3, 2, 0, 5, 9, 0}
	var v message
	require.NoError(t, Unmarshal(b, 0, &v))
	require.Equal(t, message{A: 7, T: 5}, v)
	for name, b := range map[string][]byte{
		"too long":  {7, 1, 3, 3, 0, 5, 0},
		"too short": {7, 1, 3, 1, 0, 5},
		"cut off":   {7, 1, 3, 9, 0},
		"count":     {7, 9, 3, 0},
		"unknown":   {7, 1, 9, 99, 0},
	} {
		require.ErrorIs(t, Unmarshal(b, 0, &v), ErrMalformed, name)
	}
}

// TestTruncation: no prefix of a message is a message, and none crashes.
func TestTruncation(t *testing.T) {
	register(t, &everyRequest{}, &everyResponse{})
	for version := range int16(5) {
		b, err := AppendRequest(nil, version, 1, "c", everyValue(version))
		require.NoError(t, err)
		for n := range len(b) - 4 {
			_, _, _, _, err := decodeRequest(b[4:4+n], ownRecords)
			require.ErrorIs(t, err, ErrMalformed, "v%d, %d of %d bytes", version, n, len(b)-4)
		}
		_, _, _, _, err = decodeRequest(append(b[4:], 0), ownRecords)
		require.ErrorIs(t, err, ErrMalformed)
		require.ErrorContains(t, err, "1 bytes are left over")
	}
}

func TestErrorsNameTheField(t *testing.T) {
	type item struct {
		Name string `kafka:"min=v0,max=v0"`
	}
	type message struct {
		Items []item `kafka:"min=v0,max=v0"`
	}
	err := Unmarshal([]byte{0, 0, 0, 1, 0, 5, 'x'}, 0, &message{})
	require.ErrorContains(t, err, "protocol.message.Items.Name")
	require.ErrorIs(t, err, ErrMalformed)
	require.ErrorContains(t, Unmarshal([]byte{0x80, 0, 0, 0}, 0, &message{}), "message.Items: ")
}

// TestNothingAliasesTheFrame: decoded values have memory of their own.
func TestNothingAliasesTheFrame(t *testing.T) {
	register(t, &everyRequest{}, &everyResponse{})
	b, err := AppendRequest(nil, 4, 1, "client", everyValue(4))
	require.NoError(t, err)
	_, _, client, msg, err := decodeRequest(b[4:], ownRecords)
	require.NoError(t, err)
	for i := range b {
		b[i] = 0xff
	}
	assert.Equal(t, "client", client)
	assert.Equal(t, everyValue(4), msg)
	assert.Equal(t, len(msg.(*everyRequest).Bytes), cap(msg.(*everyRequest).Bytes))
}

// TestMemoryOfHostileArrays: lengths that the bytes do not make good cost memory
// in proportion to the bytes, however large the elements are.
func TestMemoryOfHostileArrays(t *testing.T) {
	type fat struct {
		Name string     `kafka:"min=v0,max=v1"`
		Late [4096]byte `kafka:"-"`
	}
	type bare struct {
		Late int64 `kafka:"min=v1,max=v1"`
	}
	type message struct {
		_    struct{} `kafka:"min=v0,max=v1"`
		List []fat    `kafka:"min=v0,max=v0"`
		Bare [][]bare `kafka:"min=v0,max=v0"`
	}
	var v message
	const size = 1 << 20
	b := appendInt32(nil, size/2-2) // as many elements as could be there
	b = append(b, bytes.Repeat([]byte{0x40}, size-4)...)
	require.ErrorIs(t, Unmarshal(b, 0, &v), ErrMalformed)
	allocated := testing.Benchmark(func(b2 *testing.B) {
		for b2.Loop() {
			_ = Unmarshal(b, 0, &v)
		}
	}).AllocedBytesPerOp()
	assert.Less(t, allocated, int64(12*size))

	// Elements that take no bytes at all are limited as well.
	b = appendInt32(nil, 0)
	b = appendInt32(b, 1000)
	for range 1000 {
		b = appendInt32(b, 900)
	}
	require.ErrorContains(t, Unmarshal(b, 0, &v), "elements without content")
	require.NoError(t, Unmarshal([]byte{0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0}, 0, &v))
	require.Len(t, v.Bare[0], 3)
}

func TestLengthsOutOfRange(t *testing.T) {
	type classic struct {
		B []byte `kafka:"min=v0,max=v0"`
	}
	type compact struct {
		B []byte `kafka:"min=v0,max=v0,compact"`
	}
	type text struct {
		S string `kafka:"min=v0,max=v0,compact"`
	}
	for _, b := range [][]byte{{0x7f, 0xff, 0xff, 0xff}, {0x80, 0, 0, 0}, {0xff, 0xff, 0xff, 0xfe}, {0, 0, 0, 1}} {
		assert.ErrorIs(t, Unmarshal(b, 0, &classic{}), ErrMalformed, "%x", b)
	}
	for _, b := range [][]byte{{3, 0}, {0xff, 0xff, 0xff, 0xff, 0x7f}, bytes.Repeat([]byte{0xff}, 9), bytes.Repeat([]byte{0xff}, 12), {0x80}} {
		assert.ErrorIs(t, Unmarshal(b, 0, &compact{}), ErrMalformed, "%x", b)
	}
	long := appendCompactString(nil, strings.Repeat("x", 32768))
	assert.ErrorContains(t, Unmarshal(long, 0, &text{}), "longer than 32767")
}

func TestLargeArraysGrow(t *testing.T) {
	type fat struct {
		N     int8       `kafka:"min=v0,max=v0"`
		Other [1000]byte `kafka:"-"`
	}
	type message struct {
		List []fat `kafka:"min=v0,max=v0"`
	}
	var want, got message
	for i := range 5000 {
		want.List = append(want.List, fat{N: int8(i)})
	}
	b, err := Marshal(0, want)
	require.NoError(t, err)
	require.NoError(t, Unmarshal(b, 0, &got))
	require.Equal(t, want.List, got.List)
}

func TestAppendAllocatesNothing(t *testing.T) {
	register(t, &everyRequest{}, &everyResponse{})
	for version := range int16(5) {
		v := everyValue(version)
		dst, err := AppendRequest(nil, version, 1, "client", v)
		require.NoError(t, err)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			dst, err = AppendRequest(dst[:0], version, 1, "client", v)
		}), "v%d", version)
	}
}

func BenchmarkAppendRequest(b *testing.B) {
	register(b, &everyRequest{}, &everyResponse{})
	v := everyValue(4)
	var dst []byte
	for b.Loop() {
		dst, _ = AppendRequest(dst[:0], 4, 1, "client", v)
	}
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
}

func BenchmarkDecodeRequest(b *testing.B) {
	register(b, &everyRequest{}, &everyResponse{})
	frame, _ := AppendRequest(nil, 4, 1, "client", everyValue(4))
	for b.Loop() {
		if _, _, _, _, err := decodeRequest(frame[4:], ownRecords); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
}
