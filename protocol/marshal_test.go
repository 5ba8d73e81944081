package protocol

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMarshalWithoutVersions(t *testing.T) {
	type inner struct {
		A string `kafka:"nullable"`
		B []byte `kafka:"nullable"`
		C []int32
	}
	type message struct {
		X    int32
		Y    string `kafka:"min=v0,max=v1"`
		Z    []inner
		Gone int32 `kafka:"-"`
		none int32
	}
	v := message{X: 1, Z: []inner{{}, {A: "a", B: []byte{}, C: []int32{7}}}, Gone: 3, none: 4}
	b, err := Marshal(-1, v)
	require.NoError(t, err)
	assert.Equal(t, "00000001"+"00000002"+"ffff"+"ffffffff"+"00000000"+"000161"+"00000000"+"00000001"+"00000007", hex.EncodeToString(b))
	got := message{X: 9, Y: "y", Gone: 5, none: 6}
	require.NoError(t, Unmarshal(b, -1, &got))
	assert.Equal(t, message{X: 1, Z: []inner{{C: []int32{}}, v.Z[1]}, Gone: 5, none: 6}, got)

	b, err = Marshal(1, message{Y: "y"})
	require.NoError(t, err)
	assert.Equal(t, "000179", hex.EncodeToString(b))
	_, err = Marshal(2, v)
	assert.EqualError(t, err, "unsupported protocol.message version: v2 not in range v0-v1")
	v.Y = "y"
	_, err = Marshal(-1, v)
	assert.ErrorContains(t, err, "protocol.message.Y is set")
}

func TestMarshalOfOtherTypes(t *testing.T) {
	text := "abc"
	for _, test := range []struct {
		value any
		want  string
	}{
		{true, "01"}, {int8(-1), "ff"}, {int32(5), "00000005"}, {1.5, "3ff8000000000000"}, {"abc", "0003616263"},
		{&text, "0003616263"}, {[]string{"a", "b"}, "00000002 0001 61 0001 62"}, {[]byte("x"), "00000001 78"},
		{UUID{15: 1}, "00000000000000000000000000000001"}, {struct{}{}, ""}, {[]int16(nil), "00000000"},
	} {
		for _, version := range []int16{-1, 0, 100} {
			b, err := Marshal(version, test.value)
			require.NoError(t, err)
			require.Equal(t, strings.ReplaceAll(test.want, " ", ""), hex.EncodeToString(b))
		}
	}
	for _, v := range []any{nil, 3, uint8(1), map[string]int32{}, (*string)(nil), make(chan int)} {
		_, err := Marshal(0, v)
		assert.Error(t, err, "%T", v)
		assert.Error(t, Unmarshal(nil, 0, v), "%T", v)
	}
	var n int32
	assert.ErrorContains(t, Unmarshal([]byte{0, 0, 0, 1}, 0, n), "int32 is not a pointer")
	require.NoError(t, Unmarshal([]byte{0, 0, 0, 1, 99}, 0, &n))
	assert.Equal(t, int32(1), n)
}

// TestUnmarshalSetsAll fields that any version carries, also when the value was
// used before.
func TestUnmarshalSetsAll(t *testing.T) {
	type inner struct {
		A int8 `kafka:"min=v0,max=v0"`
		B int8 `kafka:"min=v1,max=v1"`
	}
	type message struct {
		_  struct{} `kafka:"min=v0,max=v1,flexible=v0"`
		In inner    `kafka:"min=v0,max=v1"`
		L  []int32  `kafka:"min=v0,max=v0"`
		T  string   `kafka:"min=v0,max=v1,tag=0"`
		D  int16    `kafka:"min=v0,max=v0,default=4"`
	}
	list := []int32{1}
	v := message{In: inner{1, 2}, L: list, T: "t", D: 9}
	require.NoError(t, Unmarshal([]byte{5, 0, 0}, 1, &v))
	assert.Equal(t, message{In: inner{B: 5}, D: 4}, v)
	assert.Equal(t, []int32{1}, list)
}
