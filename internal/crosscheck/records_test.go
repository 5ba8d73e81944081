package crosscheck

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const baseTime = 1_700_000_000_000 // milliseconds since the Unix epoch

// theirRecords returns a record set in wire form, made with kmsg.
func (f *filler) theirRecords() []byte {
	if f.messageSets {
		return f.theirMessages()
	}
	batch := kmsg.RecordBatch{
		FirstOffset:          f.Int64N(1 << 40),
		PartitionLeaderEpoch: int32(f.IntN(100)) - 1,
		Magic:                2,
		FirstTimestamp:       baseTime + f.Int64N(1<<40),
		ProducerID:           f.Int64N(1 << 40),
		ProducerEpoch:        int16(f.IntN(1 << 14)),
		FirstSequence:        int32(f.IntN(1 << 20)),
		NumRecords:           int32(1 + f.IntN(4)),
	}
	batch.LastOffsetDelta = batch.NumRecords - 1
	batch.MaxTimestamp = batch.FirstTimestamp
	for i := range batch.NumRecords {
		delta := int64(f.IntN(1 << 20))
		if i == 0 {
			delta = 0
		}
		batch.MaxTimestamp = max(batch.MaxTimestamp, batch.FirstTimestamp+delta)
		batch.Records = f.appendRecord(batch.Records, i, delta)
	}
	b := batch.AppendTo(nil)
	const sizeEnd, crcEnd = 12, 21 // offset and size; epoch, magic and checksum
	binary.BigEndian.PutUint32(b[sizeEnd-4:], uint32(len(b)-sizeEnd))
	binary.BigEndian.PutUint32(b[crcEnd-4:], crc32.Checksum(b[crcEnd:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

func (f *filler) appendRecord(dst []byte, offsetDelta int32, timestampDelta int64) []byte {
	r := kmsg.Record{
		OffsetDelta: offsetDelta, TimestampDelta: int32(timestampDelta), TimestampDelta64: timestampDelta,
		Key: f.nullable(), Value: f.nullable(),
	}
	for range f.IntN(3) {
		r.Headers = append(r.Headers, kmsg.Header{Key: f.text(), Value: f.nullable()})
	}
	body := r.AppendTo(nil)[1:] // what follows the length, which is 0 here
	return append(binary.AppendVarint(dst, int64(len(body))), body...)
}

func (f *filler) nullable() []byte {
	if f.IntN(4) == 0 {
		return nil
	}
	return f.bytes()
}

func (f *filler) theirMessages() []byte {
	var set []byte
	for range 1 + f.IntN(4) {
		m := kmsg.MessageV1{
			Offset: int64(len(set)), Magic: 1, Timestamp: baseTime + f.Int64N(1<<40),
			Key: f.nullable(), Value: f.nullable(),
		}
		b := m.AppendTo(nil)
		const sizeEnd, crcEnd = 12, 16
		binary.BigEndian.PutUint32(b[sizeEnd-4:], uint32(len(b)-sizeEnd))
		binary.BigEndian.PutUint32(b[crcEnd-4:], crc32.ChecksumIEEE(b[crcEnd:]))
		set = append(set, b...)
	}
	return set
}

// ourRecords returns a record set that is encoded with its message.
func (f *filler) ourRecords() protocol.RecordSet {
	records := make([]protocol.Record, 1+f.IntN(4))
	for i := range records {
		records[i] = protocol.Record{
			Time: time.UnixMilli(baseTime + f.Int64N(1<<40)),
			Key:  protocol.NewBytes(f.nullable()), Value: protocol.NewBytes(f.nullable()),
		}
		for range f.IntN(3) {
			if !f.messageSets {
				records[i].Headers = append(records[i].Headers, protocol.Header{Key: f.text(), Value: f.nullable()})
			}
		}
	}
	set := protocol.RecordSet{Version: 2, Records: protocol.NewRecordReader(records...)}
	if f.messageSets {
		set.Version = 1
	}
	return set
}
