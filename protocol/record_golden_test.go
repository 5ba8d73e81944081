package protocol

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/compress"
)

// goldenFile is what a manifest tells of a record set that Kafka wrote, and
// what Kafka reads from it.
type goldenFile struct {
	File    string
	Batches []goldenBatch
	Records []goldenRecord

	wire []byte
}

type goldenBatch struct {
	Magic         int8
	Codec         string
	TimestampType string
	BaseOffset    int64
	LastOffset    int64
	Attributes    Attributes
	LeaderEpoch   int32
	MaxTimestamp  int64
	ProducerID    int64
	ProducerEpoch int16
	BaseSequence  int32
	Transactional bool
	Control       bool
	DeleteHorizon *int64
	Count         int
}

type goldenRecord struct {
	Offset      int64
	Timestamp   int64
	Key         *string
	Value       *string
	ValueLength int
	ValueSHA256 string
	Control     string
	Headers     []struct {
		Key   string
		Value *string
	}
}

const goldenDir = "../testdata/golden"

// goldenFiles reads the manifests of record batches and message sets.
func goldenFiles(tb testing.TB) []goldenFile {
	tb.Helper()
	var all []goldenFile
	for _, manifest := range []string{"batches.json", "messagesets.json"} {
		b, err := os.ReadFile(filepath.Join(goldenDir, manifest))
		require.NoError(tb, err)
		var files []goldenFile
		require.NoError(tb, json.Unmarshal(b, &files))
		for i := range files {
			files[i].wire, err = os.ReadFile(filepath.Join(goldenDir, files[i].File))
			require.NoError(tb, err)
		}
		all = append(all, files...)
	}
	require.Greater(tb, len(all), 80)
	return all
}

func goldenNamed(tb testing.TB, name string) goldenFile {
	tb.Helper()
	for _, g := range goldenFiles(tb) {
		if g.File == name {
			return g
		}
	}
	require.Fail(tb, "no golden file "+name)
	return goldenFile{}
}

// goldenBytes is a key or a value of a manifest; null is nil.
func goldenBytes(tb testing.TB, s *string) []byte {
	tb.Helper()
	if s == nil {
		return nil
	}
	b, err := hex.DecodeString(*s)
	require.NoError(tb, err)
	return b
}

func (g *goldenFile) data() (records []goldenRecord) {
	for _, r := range g.Records {
		if r.Control == "" {
			records = append(records, r)
		}
	}
	return records
}

func (g *goldenFile) position() int64 {
	return g.Batches[len(g.Batches)-1].LastOffset + 1
}

func requireGolden(t *testing.T, want goldenRecord, offset, timestamp int64, key, value []byte, headers []Header) {
	t.Helper()
	require.Equal(t, want.Offset, offset)
	require.Equal(t, want.Timestamp, timestamp)
	require.Equal(t, goldenBytes(t, want.Key), key)
	if want.ValueSHA256 != "" {
		sum := sha256.Sum256(value)
		require.Equal(t, want.ValueSHA256, hex.EncodeToString(sum[:]))
		require.Len(t, value, want.ValueLength)
	} else {
		require.Equal(t, goldenBytes(t, want.Value), value)
	}
	require.Len(t, headers, len(want.Headers))
	for i, h := range want.Headers {
		require.Equal(t, Header{Key: h.Key, Value: goldenBytes(t, h.Value)}, headers[i])
	}
}

func TestGoldenIter(t *testing.T) {
	for _, g := range goldenFiles(t) {
		t.Run(g.File, func(t *testing.T) {
			var it RecordIter
			defer it.Close()
			var slab Slab
			it.Reset(g.wire, RecordIterOptions{})
			for _, want := range g.data() {
				require.True(t, it.Next(), "%v", it.Err())
				r := it.Record()
				requireGolden(t, want, r.Offset, r.Timestamp, r.Key, r.Value, r.CopyHeaders(&slab))
				require.Equal(t, len(want.Headers), r.HeaderCount())
				i := 0
				for key, value := range r.Headers() {
					require.Equal(t, want.Headers[i].Key, string(key))
					require.Equal(t, goldenBytes(t, want.Headers[i].Value), value)
					k, v := r.Header(i)
					require.Equal(t, [2][]byte{key, value}, [2][]byte{k, v})
					i++
				}
			}
			require.False(t, it.Next())
			require.NoError(t, it.Err())
			require.False(t, it.Truncated())
			require.Equal(t, g.position(), it.Position())
		})
	}
}

func TestGoldenSeek(t *testing.T) {
	for _, g := range goldenFiles(t) {
		data := g.data()
		var it RecordIter
		for i, from := range data {
			it.Reset(g.wire, RecordIterOptions{Offset: from.Offset})
			for _, want := range data[i:] {
				require.True(t, it.Next(), g.File)
				require.Equal(t, want.Offset, it.Record().Offset)
			}
			require.False(t, it.Next(), g.File)
			require.NoError(t, it.Err())
		}
		it.Close()
	}
}

func goldenOf(t *testing.T, r *Record) (key, value []byte) {
	t.Helper()
	key, err := ReadAll(r.Key)
	require.NoError(t, err)
	value, err = ReadAll(r.Value)
	require.NoError(t, err)
	if r.Key != nil {
		require.NoError(t, r.Key.Close()) // back to its start
	}
	return key, value
}

func requireGoldenRecord(t *testing.T, want goldenRecord, r *Record) {
	t.Helper()
	key, value := goldenOf(t, r)
	ms := int64(-1)
	if !r.Time.IsZero() {
		ms = r.Time.UnixMilli()
	}
	requireGolden(t, want, r.Offset, ms, key, value, r.Headers)
}

func TestGoldenRecordSet(t *testing.T) {
	for _, g := range goldenFiles(t) {
		t.Run(g.File, func(t *testing.T) {
			frame := append([]byte(nil), g.wire...)
			var rs RecordSet
			require.NoError(t, rs.decodeFrom(frame, ownRecords))

			again, err := rs.appendTo([]byte("x"))
			require.NoError(t, err)
			require.Equal(t, "x"+string(g.wire), string(again), "what was read is written as it was")
			clear(frame) // the records own their memory

			stream := rs.Records.(*RecordStream)
			records := g.Records
			for _, batch := range stream.Records {
				records = requireGoldenGroup(t, &g, batch, records)
			}
			require.Empty(t, records)

			require.NoError(t, rs.Reset())
			for _, want := range g.data() {
				r, err := rs.Records.ReadRecord()
				require.NoError(t, err)
				requireGoldenRecord(t, want, r)
			}
			_, err = rs.Records.ReadRecord()
			require.Equal(t, io.EOF, err)
		})
	}
}

// requireGoldenGroup compares a batch with the manifest, and returns the records
// of the batches after it.
func requireGoldenGroup(t *testing.T, g *goldenFile, group RecordReader, records []goldenRecord) []goldenRecord {
	t.Helper()
	switch b := group.(type) {
	case *RecordBatch:
		requireGoldenBatch(t, g, b)
		require.False(t, b.Attributes.Control())
	case *ControlBatch:
		batch := RecordBatch(*b)
		requireGoldenBatch(t, g, &batch)
		require.True(t, b.Attributes.Control())
	case *MessageSet:
		require.Equal(t, records[0].Offset, b.Offset())
		require.Equal(t, 1, b.Version())
	default:
		require.Fail(t, "unexpected type")
	}
	for {
		r, err := group.ReadRecord()
		if errors.Is(err, io.EOF) {
			return records
		}
		require.NoError(t, err)
		requireGoldenRecord(t, records[0], r)
		if records[0].Control != "" {
			c, err := ReadControlRecord(r)
			require.NoError(t, err)
			require.Equal(t, map[string]int16{"ABORT": 0, "COMMIT": 1, "LEADER_CHANGE": 2}[records[0].Control], c.Type)
		}
		records = records[1:]
	}
}

func requireGoldenBatch(t *testing.T, g *goldenFile, b *RecordBatch) {
	t.Helper()
	for _, want := range g.Batches {
		if want.BaseOffset != b.BaseOffset {
			continue
		}
		require.Equal(t, want.Attributes, b.Attributes)
		require.Equal(t, want.LeaderEpoch, b.PartitionLeaderEpoch)
		require.Equal(t, want.ProducerID, b.ProducerID)
		require.Equal(t, want.ProducerEpoch, b.ProducerEpoch)
		require.Equal(t, want.BaseSequence, b.BaseSequence)
		require.Equal(t, want.Transactional, b.Attributes.Transactional())
		require.Equal(t, want.TimestampType == "LogAppendTime", b.Attributes.LogAppendTime())
		require.Equal(t, want.DeleteHorizon != nil, b.Attributes&DeleteHorizon != 0)
		require.Equal(t, 2, b.Version())
		return
	}
	require.Fail(t, "no such batch in the manifest", "offset %d", b.BaseOffset)
}

// TestGoldenBuilder: what the builder makes of the records is what Kafka makes
// of them, to the byte.
func TestGoldenBuilder(t *testing.T) {
	compared := 0
	for _, g := range goldenFiles(t) {
		// A builder leaves no gaps, and the base timestamp is that of the first
		// record.
		skip := strings.Contains(g.File, "gaps") || strings.Contains(g.File, "horizon") || len(g.Batches) != 1 ||
			g.Batches[0].Magic != 2 || g.Batches[0].Codec != "none" || g.Batches[0].Count == 0 || hasLongValues(&g)
		if skip || g.Batches[0].TimestampType == "LogAppendTime" {
			continue
		}
		h := g.Batches[0]
		var b BatchBuilder
		for _, r := range g.Records {
			headers := make([]Header, len(r.Headers))
			for i, h := range r.Headers {
				headers[i] = Header{h.Key, goldenBytes(t, h.Value)}
			}
			key, value := goldenBytes(t, r.Key), goldenBytes(t, r.Value)
			size := b.RecordSize(r.Timestamp, key, value, headers)
			before := b.Len()
			require.NoError(t, b.Append(r.Timestamp, key, value, headers))
			require.Equal(t, size, b.Len()-before)
		}
		got, err := b.Seal(BatchOptions{
			Idempotent:    h.ProducerID >= 0,
			Transactional: h.Transactional,
			Control:       h.Control,
			ProducerID:    h.ProducerID,
			ProducerEpoch: h.ProducerEpoch,
			BaseSequence:  h.BaseSequence,
		})
		require.NoError(t, err)
		// These two are the broker's, and outside of the checksum.
		binary.BigEndian.PutUint64(got, uint64(h.BaseOffset))
		binary.BigEndian.PutUint32(got[batchLeaderEpoch:], uint32(h.LeaderEpoch))
		require.Equal(t, hex.Dump(g.wire), hex.Dump(got), g.File)
		compared++
	}
	require.GreaterOrEqual(t, compared, 9)
}

func hasLongValues(g *goldenFile) bool {
	for _, r := range g.Records {
		if r.ValueSHA256 != "" {
			return true
		}
	}
	return false
}

// TestGoldenMessageSet: the uncompressed message sets are those of Kafka 0.10 to
// the byte, but for the offsets, which brokers assign.
func TestGoldenMessageSet(t *testing.T) {
	compared := 0
	for _, g := range goldenFiles(t) {
		if !strings.HasPrefix(g.File, "set") || !strings.Contains(g.File, "-none-") ||
			strings.Contains(g.File, "gaps") || strings.Contains(g.File, "append-time") || hasLongValues(&g) {
			continue
		}
		var b BatchBuilder
		for _, r := range g.Records {
			require.NoError(t, b.Append(r.Timestamp, goldenBytes(t, r.Key), goldenBytes(t, r.Value), nil))
		}
		batch, err := b.Seal(BatchOptions{})
		require.NoError(t, err)
		got, err := AppendMessageSet(nil, g.Batches[0].Magic, nil, batch)
		require.NoError(t, err)
		for rest, i := got, 0; len(rest) > 0; i++ {
			var entry []byte
			entry, rest, err = splitEntry(rest)
			require.NoError(t, err)
			require.Equal(t, int64(i), entryOffset(entry))
			binary.BigEndian.PutUint64(entry, uint64(g.Records[i].Offset))
		}
		require.Equal(t, hex.Dump(g.wire), hex.Dump(got), g.File)
		compared++
	}
	require.GreaterOrEqual(t, compared, 4)
}

// TestGoldenMessageSetCompressed: compressed message sets have the frame of
// those that Kafka 0.10 wrote: one message without a key, offsets inside from 0
// on, the wrapper with the last of them and the largest time.
func TestGoldenMessageSetCompressed(t *testing.T) {
	compared := 0
	for _, g := range goldenFiles(t) {
		if !strings.HasPrefix(g.File, "set") || !strings.HasSuffix(g.File, "-plain.bin") || g.Batches[0].Codec == "none" {
			continue
		}
		var b BatchBuilder
		for _, r := range g.Records {
			require.NoError(t, b.Append(r.Timestamp, goldenBytes(t, r.Key), goldenBytes(t, r.Value), nil))
		}
		batch, err := b.Seal(BatchOptions{})
		require.NoError(t, err)
		var code compress.Compression
		require.NoError(t, code.UnmarshalText([]byte(g.Batches[0].Codec)))
		got, err := AppendMessageSet(nil, g.Batches[0].Magic, code.Codec(), batch)
		require.NoError(t, err)

		var ours, theirs messageHeader
		require.NoError(t, ours.parse(got))
		require.NoError(t, theirs.parse(g.wire))
		require.Equal(t, int64(len(g.Records)-1), ours.offset)
		require.Equal(t, theirs.attributes, ours.attributes)
		require.Equal(t, theirs.timestamp, ours.timestamp)
		require.Equal(t, theirs.key, ours.key)
		if strings.Contains(g.File, "lz4") {
			require.Equal(t, theirs.value[:7], ours.value[:7], "frame header of lz4: flags and its checksum")
		}
		var it RecordIter
		it.Reset(got, RecordIterOptions{})
		for i, want := range g.Records {
			require.True(t, it.Next(), "%s: %v", g.File, it.Err())
			want.Offset = int64(i)
			r := it.Record()
			requireGolden(t, want, r.Offset, r.Timestamp, r.Key, r.Value, nil)
		}
		require.False(t, it.Next())
		require.NoError(t, it.Err())
		it.Close()
		compared++
	}
	require.GreaterOrEqual(t, compared, 6)
}
