package protocol

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type recordsRequest struct {
	_       struct{}  `kafka:"min=v0,max=v1,flexible=v1"`
	Records RecordSet `kafka:"min=v0,max=v1,nullable"`
	After   int8      `kafka:"min=v0,max=v1"`
}

func (*recordsRequest) ApiKey() ApiKey { return testKey }

type recordsResponse recordsRequest

func (*recordsResponse) ApiKey() ApiKey { return testKey }

type rawRecordsRequest struct {
	_       struct{}     `kafka:"min=v0,max=v1,flexible=v1"`
	Records RawRecordSet `kafka:"min=v0,max=v1,nullable"`
	After   int8         `kafka:"min=v0,max=v1"`
}

func (*rawRecordsRequest) ApiKey() ApiKey { return testKey }

func recordSetOf(value string) RecordSet {
	return RecordSet{Version: 2, Records: NewRecordReader(Record{Time: time.UnixMilli(1), Value: NewBytes([]byte(value))})}
}

// values reads the values of all records.
func values(t *testing.T, r RecordReader) (list []string) {
	for {
		record, err := r.ReadRecord()
		if err == io.EOF {
			return list
		}
		require.NoError(t, err)
		b, err := ReadAll(record.Value)
		require.NoError(t, err)
		list = append(list, string(b))
	}
}

// TestRecordSetsOfMessages: sets are preceded by their size, in both forms, and
// it does not matter whether it is known before they are written.
func TestRecordSetsOfMessages(t *testing.T) {
	register(t, &recordsRequest{}, &recordsResponse{})
	for version := range int16(2) {
		for _, value := range []string{"x", strings.Repeat("y", 100), strings.Repeat("z", 20000)} {
			written, err := AppendResponse(nil, version, 1, &recordsResponse{Records: recordSetOf(value), After: 7})
			require.NoError(t, err)
			_, owned, err := decodeResponse(written[4:], testKey, version, ownRecords)
			require.NoError(t, err)
			_, aliased, err := decodeResponse(written[4:], testKey, version, aliasRecords)
			require.NoError(t, err)
			wire := aliased.(*recordsResponse).Records
			require.IsType(t, &WireRecords{}, wire.Records)
			require.Equal(t, len(wire.Records.(*WireRecords).Bytes()), wire.wireLen())

			again, err := AppendRequest(nil, version, 1, "", &recordsRequest{Records: wire, After: 7})
			require.NoError(t, err)
			require.True(t, bytes.HasSuffix(again, written[bytes.Index(written, wire.Records.(*WireRecords).Bytes())-1:]))

			clear(written)
			require.Equal(t, []string{value}, values(t, owned.(*recordsResponse).Records.Records))
			require.Equal(t, int8(7), owned.(*recordsResponse).After)
		}
	}
}

func TestNullAndEmptyRecordSets(t *testing.T) {
	register(t, &recordsRequest{}, &recordsResponse{})
	for version, want := range map[int16][2]string{
		0: {"\x00\x00\x00\x01\xff\xff\xff\xff\x07", "\x00\x00\x00\x01\x00\x00\x00\x00\x07"},
		1: {"\x00\x00\x00\x01\x00\x00\x07\x00", "\x00\x00\x00\x01\x00\x01\x07\x00"},
	} {
		for i, set := range []RecordSet{{}, {Version: 2, Records: NewRecordReader()}} {
			b, err := AppendResponse(nil, version, 1, &recordsResponse{Records: set, After: 7})
			require.NoError(t, err)
			require.Equal(t, want[i], string(b[4:]))
			for _, mode := range []recordMode{ownRecords, aliasRecords} {
				_, msg, err := decodeResponse(b[4:], testKey, version, mode)
				require.NoError(t, err)
				got := msg.(*recordsResponse)
				assert.Equal(t, i == 0, got.Records.Records == nil, "nil stands for null")
				again, err := AppendResponse(nil, version, 1, got)
				require.NoError(t, err)
				require.Equal(t, b, again)
			}
			_, err = AppendRequest(nil, version, 1, "", &recordsRequest{Records: set})
			require.ErrorIs(t, err, ErrNoRecord)
		}
	}
}

func TestRawRecordSets(t *testing.T) {
	register(t, &rawRecordsRequest{}, &recordsResponse{})
	for version := range int16(2) {
		raw := strings.Repeat("raw", 100)
		b, err := AppendRequest(nil, version, 1, "", &rawRecordsRequest{Records: RawRecordSet{strings.NewReader(raw)}, After: 7})
		require.NoError(t, err)
		require.Contains(t, string(b), raw+"\x07")
		_, _, _, msg, err := decodeRequest(b[4:], ownRecords)
		require.NoError(t, err)
		clear(b)
		got, err := io.ReadAll(msg.(*rawRecordsRequest).Records.Reader)
		require.NoError(t, err)
		require.Equal(t, raw, string(got))
	}
	_, err := AppendRequest(nil, 0, 1, "", &rawRecordsRequest{})
	require.ErrorIs(t, err, ErrNoRecord)
}

func TestRecordSetsCutOff(t *testing.T) {
	register(t, &recordsRequest{}, &recordsResponse{})
	for version, size := range map[int16][]byte{0: {0, 0, 0, 9}, 1: {0, 10}} {
		frame := append(binary.BigEndian.AppendUint32(nil, 1), size...)
		_, _, err := decodeResponse(append(frame, 1, 2, 3), testKey, version, ownRecords)
		require.ErrorIs(t, err, ErrMalformed)
		require.ErrorContains(t, err, "recordsResponse.Records")
	}
}
