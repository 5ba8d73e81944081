package protocol

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestBytesNull(t *testing.T) {
	require.Nil(t, NewBytes(nil))
	b, err := ReadAll(nil)
	require.Nil(t, b)
	require.NoError(t, err)
	empty := NewBytes([]byte{})
	require.Zero(t, empty.Len())
	b, err = ReadAll(empty)
	require.Equal(t, []byte{}, b)
	require.NoError(t, err)
}

func TestBytesReads(t *testing.T) {
	data := []byte("some bytes")
	b := NewBytes(data)
	require.NoError(t, iotest.TestReader(b, data))
	require.NoError(t, b.Close())
	require.Equal(t, 10, b.Len(), "Close moves back to the start")
	p := make([]byte, 5)
	n, err := b.Read(p)
	require.Equal(t, 5, n)
	require.NoError(t, err)
	require.Equal(t, 5, b.Len())
	rest, err := ReadAll(b)
	require.NoError(t, err)
	require.Equal(t, "bytes", string(rest))
	clear(rest)
	require.Equal(t, "some bytes", string(data), "ReadAll copies")
	n, err = b.Read(p)
	require.Zero(t, n)
	require.Equal(t, io.EOF, err)

	require.NoError(t, b.Close())
	var w bytes.Buffer
	_, err = b.(io.WriterTo).WriteTo(&w)
	require.NoError(t, err)
	require.Equal(t, "some bytes", w.String())
	require.Zero(t, b.Len())
}

func TestBytesSeek(t *testing.T) {
	s := NewBytes([]byte("0123456789")).(interface {
		Bytes
		io.Seeker
		io.ReaderAt
	})
	for _, c := range []struct {
		offset int64
		whence int
		want   int64
	}{{4, io.SeekStart, 4}, {2, io.SeekCurrent, 6}, {-1, io.SeekEnd, 9}} {
		at, err := s.Seek(c.offset, c.whence)
		require.NoError(t, err)
		require.Equal(t, c.want, at)
		require.Equal(t, int(10-c.want), s.Len())
	}
	for _, offset := range []int64{-1, 11} {
		_, err := s.Seek(offset, io.SeekStart)
		require.Error(t, err)
		require.Equal(t, 1, s.Len(), "stays where it was")
	}
	_, err := s.ReadAt(nil, -1)
	require.Error(t, err)
	_, err = s.ReadAt(make([]byte, 1), 10)
	require.Equal(t, io.EOF, err)
	n, err := s.ReadAt(make([]byte, 5), 8)
	require.Equal(t, 2, n)
	require.Equal(t, io.EOF, err)
}

// lyingBytes announces another length than it has.
type lyingBytes struct {
	io.Reader
	length int
	closed *bool
}

func (l lyingBytes) Len() int { return l.length }

func (l lyingBytes) Close() error {
	if l.closed != nil {
		*l.closed = true
	}
	return nil
}

func TestReadAllOfLyingBytes(t *testing.T) {
	b, err := ReadAll(lyingBytes{Reader: strings.NewReader("abc"), length: 5})
	require.Equal(t, "abc", string(b))
	require.Equal(t, io.ErrUnexpectedEOF, err)
	b, err = ReadAll(lyingBytes{Reader: strings.NewReader(""), length: 5})
	require.Empty(t, b)
	require.Equal(t, io.ErrUnexpectedEOF, err)
	b, err = ReadAll(lyingBytes{Reader: strings.NewReader("abc"), length: -5})
	require.Empty(t, b)
	require.NoError(t, err)
	broken := errors.New("broken")
	_, err = ReadAll(lyingBytes{Reader: iotest.ErrReader(broken), length: 1})
	require.ErrorIs(t, err, broken)
}
