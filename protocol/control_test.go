package protocol

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestControlRecord(t *testing.T) {
	at := time.UnixMilli(1234)
	want := ControlRecord{Offset: 5, Time: at, Version: 1, Type: ControlCommit, Data: []byte("data"), Headers: []Header{{Key: "h"}}}
	record := want.Record()
	require.Equal(t, int64(5), record.Offset)
	require.Equal(t, at, record.Time)
	for range 2 { // reading closes, which moves back to the start
		got, err := ReadControlRecord(&record)
		require.NoError(t, err)
		require.Equal(t, &want, got)
	}
	key, err := ReadAll(want.Key())
	require.NoError(t, err)
	require.Equal(t, []byte{0, 1, 0, 1}, key)
	value, err := ReadAll(want.Value())
	require.NoError(t, err)
	require.Equal(t, "data", string(value))
	require.Nil(t, (&ControlRecord{}).Value())
}

func TestReadControlRecordErrors(t *testing.T) {
	_, err := ReadControlRecord(&Record{})
	require.ErrorIs(t, err, ErrMalformed)
	for _, key := range []string{"", "abc", "abcde"} {
		_, err = ReadControlRecord(&Record{Key: NewBytes([]byte(key))})
		require.ErrorIs(t, err, ErrMalformed)
	}
	closed := false
	_, err = ReadControlRecord(&Record{Key: lyingBytes{iotest.ErrReader(io.ErrClosedPipe), 4, &closed}})
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.True(t, closed)
	closed = false
	_, err = ReadControlRecord(&Record{
		Key:   NewBytes([]byte("abcd")),
		Value: lyingBytes{strings.NewReader("x"), 2, &closed},
	})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.True(t, closed)
}

func TestControlBatch(t *testing.T) {
	records := []ControlRecord{{Offset: 1, Type: ControlAbort, Data: []byte("x")}, {Offset: 2, Type: ControlCommit}}
	batch := NewControlBatch(records...)
	records[0].Offset = 99 // it has copied the slice
	require.Equal(t, 2, batch.Version())
	require.True(t, batch.Attributes.Control())
	c, err := batch.ReadControlRecord()
	require.NoError(t, err)
	require.Equal(t, int64(1), c.Offset)
	r, err := batch.ReadRecord()
	require.NoError(t, err)
	require.Equal(t, int64(2), r.Offset)
	_, err = batch.ReadRecord()
	require.Equal(t, io.EOF, err)
	_, err = batch.ReadControlRecord()
	require.Equal(t, io.EOF, err)

	require.NoError(t, batch.Reset())
	rs := RecordSet{Version: 2, Records: batch}
	b, err := rs.appendTo(nil)
	require.NoError(t, err)
	var read RecordSet
	require.NoError(t, read.decodeFrom(b, ownRecords))
	require.True(t, read.Attributes.Control())
	control := read.Records.(*RecordStream).Records[0].(*ControlBatch)
	require.Equal(t, int64(-1), control.ProducerID, "a hand-made batch has no producer")
	c, err = control.ReadControlRecord()
	require.NoError(t, err)
	require.Equal(t, ControlAbort, c.Type)
	require.Equal(t, "x", string(c.Data))
	_, err = read.Records.ReadRecord()
	require.Equal(t, io.EOF, err, "streams hide control batches")
	require.Zero(t, control.Offset())

	_, err = (&ControlBatch{}).ReadControlRecord()
	require.Equal(t, io.EOF, err)
}
