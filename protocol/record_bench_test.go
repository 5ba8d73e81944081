package protocol

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/compress"
)

// benchShapes are the records that the benchmarks use: what differs is how much
// of the work is per record and how much per byte.
var benchShapes = []struct {
	name       string
	key, value int
	headers    int
}{
	{"value=100", 0, 100, 0},
	{"key=16,value=100", 16, 100, 0},
	{"key=16,value=1000", 16, 1000, 0},
	{"key=16,value=100,headers=2", 16, 100, 2},
}

const benchRecords = 1000

func benchBatch(tb testing.TB, key, value, headers int, codec compress.Codec) []byte {
	tb.Helper()
	var k []byte
	if key > 0 {
		k = make([]byte, key)
	}
	v := make([]byte, value)
	for i := range v {
		v[i] = byte(i % 61)
	}
	var h []Header
	for i := range headers {
		h = append(h, Header{Key: fmt.Sprintf("header-%d", i), Value: []byte("0123456789abcdef")})
	}
	var b BatchBuilder
	for i := range benchRecords {
		if err := b.Append(1_700_000_000_000+int64(i), k, v, h); err != nil {
			tb.Fatal(err)
		}
	}
	batch, err := b.Seal(BatchOptions{Codec: codec})
	if err != nil {
		tb.Fatal(err)
	}
	return batch
}

// bareVarint reads one zig-zag varint, with nothing checked that the language
// does not check.
func bareVarint(b []byte, i int) (int64, int) {
	c := b[i]
	i++
	u := uint64(c & 0x7f)
	for shift := 7; c >= 0x80; shift += 7 {
		c = b[i]
		i++
		u |= uint64(c&0x7f) << shift
	}
	return int64(u>>1) ^ -int64(u&1), i
}

// bareWalk is the floor that decoding is compared with: the checksum, and every
// varint of every record once. It validates nothing and makes nothing of it.
func bareWalk(b []byte) (sum int64) {
	if crc32.Checksum(b[21:], castagnoli) != binary.BigEndian.Uint32(b[17:]) {
		panic("checksum")
	}
	i := 61
	for range binary.BigEndian.Uint32(b[57:]) {
		var length, timestamp, offset, key, value, headers int64
		length, i = bareVarint(b, i)
		i++
		timestamp, i = bareVarint(b, i)
		offset, i = bareVarint(b, i)
		if key, i = bareVarint(b, i); key > 0 {
			i += int(key)
		}
		if value, i = bareVarint(b, i); value > 0 {
			i += int(value)
		}
		headers, i = bareVarint(b, i)
		for range headers {
			key, i = bareVarint(b, i)
			i += int(key)
			value, i = bareVarint(b, i)
			i += int(value)
		}
		sum += length + timestamp + offset + key + value
	}
	return sum
}

func BenchmarkRecordDecode(b *testing.B) {
	for _, s := range benchShapes {
		batch := benchBatch(b, s.key, s.value, s.headers, nil)
		b.Run("bare/"+s.name, func(b *testing.B) {
			b.SetBytes(int64(len(batch)))
			b.ReportAllocs()
			for b.Loop() {
				bareWalk(batch)
			}
			perRecord(b)
		})
		b.Run("iter/"+s.name, func(b *testing.B) {
			b.SetBytes(int64(len(batch)))
			b.ReportAllocs()
			var it RecordIter
			defer it.Close()
			n := 0
			for b.Loop() {
				it.Reset(batch, RecordIterOptions{})
				for it.Next() {
					n += len(it.Record().Value)
				}
				if it.Err() != nil || it.Position() != benchRecords {
					b.Fatal(it.Err(), it.Position())
				}
			}
			perRecord(b)
		})
		b.Run("slab/"+s.name, func(b *testing.B) {
			b.SetBytes(int64(len(batch)))
			b.ReportAllocs()
			var it RecordIter
			defer it.Close()
			var slab Slab
			for b.Loop() {
				it.Reset(batch, RecordIterOptions{})
				for it.Next() {
					r := it.Record()
					slab.Copy(r.Key)
					slab.Copy(r.Value)
					r.CopyHeaders(&slab)
				}
			}
			perRecord(b)
		})
	}
}

// BenchmarkRecordDecodeRatio measures both walks side by side, in turns, so that
// what else the machine does falls on both, and reports the ratio of the best
// turns.
func BenchmarkRecordDecodeRatio(b *testing.B) {
	for _, s := range benchShapes {
		batch := benchBatch(b, s.key, s.value, s.headers, nil)
		b.Run(s.name, func(b *testing.B) {
			var it RecordIter
			defer it.Close()
			bare, iter := time.Hour, time.Hour
			for b.Loop() {
				start := time.Now()
				bareWalk(batch)
				bare = min(bare, time.Since(start))

				start = time.Now()
				it.Reset(batch, RecordIterOptions{})
				for it.Next() {
				}
				iter = min(iter, time.Since(start))
			}
			b.ReportMetric(float64(bare.Nanoseconds())/benchRecords, "bare-ns/record")
			b.ReportMetric(float64(iter.Nanoseconds())/benchRecords, "iter-ns/record")
			b.ReportMetric(float64(iter)/float64(bare), "x-bare")
		})
	}
}

func perRecord(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRecords, "ns/record")
}

func BenchmarkRecordDecodeCompressed(b *testing.B) {
	for code := int8(1); code <= 4; code++ {
		codec := compress.Lookup(code)
		batch := benchBatch(b, 16, 100, 0, codec)
		b.Run(codec.Name(), func(b *testing.B) {
			b.ReportAllocs()
			var it RecordIter
			defer it.Close()
			for b.Loop() {
				it.Reset(batch, RecordIterOptions{})
				for it.Next() {
				}
				if it.Err() != nil {
					b.Fatal(it.Err())
				}
			}
			perRecord(b)
		})
	}
}

func BenchmarkRecordAppend(b *testing.B) {
	for _, s := range benchShapes {
		b.Run(s.name, func(b *testing.B) {
			key, value := make([]byte, s.key), make([]byte, s.value)
			headers := make([]Header, s.headers)
			for i := range headers {
				headers[i] = Header{Key: "header", Value: key}
			}
			var batch BatchBuilder
			b.ReportAllocs()
			n := int64(0)
			for b.Loop() {
				if batch.Len() > 1<<20 {
					batch.Reset()
				}
				n++
				if err := batch.Append(1_700_000_000_000+n, key, value, headers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBatchSeal(b *testing.B) {
	for code := range int8(5) {
		codec := compress.Lookup(code)
		name := "none"
		if codec != nil {
			name = codec.Name()
		}
		b.Run(name, func(b *testing.B) {
			var batch BatchBuilder
			value := make([]byte, 100)
			for i := range benchRecords {
				if err := batch.Append(int64(i), nil, value, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(batch.Len()))
			b.ReportAllocs()
			for b.Loop() {
				batch.packed = 0 // else it compresses the first time only
				if _, err := batch.Seal(BatchOptions{Codec: codec}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
