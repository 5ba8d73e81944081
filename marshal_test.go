package kafka

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMarshal(t *testing.T) {
	type inner struct {
		Name string `kafka:"nullable"`
		Data []byte `kafka:"nullable"`
	}
	type message struct {
		N     int16
		Inner []inner
		Other int32 `kafka:"-"`
	}
	want := message{N: 1, Inner: []inner{{"a", []byte{}}, {"", nil}}}
	b, err := Marshal(want)
	require.NoError(t, err)
	assert.Equal(t, "\x00\x01\x00\x00\x00\x02\x00\x01a\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff", string(b))
	var got message
	require.NoError(t, Unmarshal(append(b, 1, 2, 3), &got))
	assert.Equal(t, want, got)
	assert.Error(t, Unmarshal(b[:len(b)-1], &got))
	assert.Error(t, Unmarshal(b, got))

	for _, v := range []any{nil, 3, map[string]int32{}, (*message)(nil)} {
		_, err := Marshal(v)
		assert.Error(t, err, "%T", v)
	}
}

func TestVersionMarshal(t *testing.T) {
	type message struct {
		A int8   `kafka:"min=v0,max=v2"`
		B string `kafka:"min=v1,max=v1|min=v2,max=v2,nullable"`
	}
	for version, want := range map[Version]string{
		0: "\x01",
		1: "\x01\x00\x00",
		2: "\x01\xff\xff",
	} {
		b, err := version.Marshal(message{A: 1})
		require.NoError(t, err)
		assert.Equal(t, want, string(b))
		got := message{B: "old"}
		require.NoError(t, version.Unmarshal(b, &got))
		assert.Equal(t, message{A: 1}, got)
	}
	_, err := Version(3).Marshal(message{})
	assert.ErrorContains(t, err, "v3 not in range v0-v2")
	_, err = Marshal(message{})
	assert.ErrorContains(t, err, "v-1 not in range v0-v2")
	_, err = Version(0).Marshal(message{B: "x"})
	assert.ErrorContains(t, err, "message.B is set")
}
