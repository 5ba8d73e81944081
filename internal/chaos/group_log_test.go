//go:build unix

package chaos_test

import (
	"encoding/binary"
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go"
)

// The topic in which Kafka keeps what groups commit.
const (
	offsetsTopic      = "__consumer_offsets"
	offsetsPartitions = 3 // as testkafka has it
)

// partitionLog is what was written to a partition.
type partitionLog struct {
	numbers []int64 // of messages, by offset
	ready   []int64 // when a message was known to be written, in milliseconds since 1970
}

// readBack reads what was written, and compares it with what the producer has heard.
func (r *groupRun) readBack() []*partitionLog {
	var list []*partitionLog
	for partition := range groupPartitions {
		log := new(partitionLog)
		r.read(groupTopic, partition, func(m kafka.Message) {
			require.EqualValues(r.t, len(log.numbers), m.Offset, "an offset of partition %d", partition)
			log.numbers = append(log.numbers, numberOf(m))
			log.ready = append(log.ready, m.Time.UnixMilli())
		})
		for _, a := range r.written[partition] {
			require.Less(r.t, a.offset, int64(len(log.numbers)), "partition %d has lost what was acknowledged", partition)
			require.Equal(r.t, a.number, log.numbers[a.offset], "at offset %d of partition %d", a.offset, partition)
			log.ready[a.offset] = a.ms
		}
		list = append(list, log)
	}
	return list
}

// groupCommit is a commit of a partition, in the order in which the coordinator made
// them.
type groupCommit struct{ offset, ms int64 }

// groupHistory is what the coordinator has noted about a group.
type groupHistory struct {
	commits     [groupPartitions][]groupCommit
	generations map[int32]bool
}

// histories reads what coordinators have noted about groups.
func (r *groupRun) histories() map[string]*groupHistory {
	all := make(map[string]*groupHistory)
	for _, c := range r.crews {
		all[c.config.Group] = &groupHistory{generations: make(map[int32]bool)}
	}
	for partition := range offsetsPartitions {
		r.read(offsetsTopic, partition, func(m kafka.Message) {
			require.NoError(r.t, noteRecord(all, m.Key, m.Value), "offset %d of %s-%d", m.Offset, offsetsTopic, partition)
		})
	}
	return all
}

// The records of the offsets topic that matter here, by the versions of their keys.
const (
	offsetCommitKey  = 1
	groupMetadataKey = 2
	firstFlexible    = 4 // version of both values
)

// noteRecord notes a record of the offsets topic.
func noteRecord(all map[string]*groupHistory, key, value []byte) error {
	k := recordReader{b: key}
	kind := k.int16()
	if kind != offsetCommitKey && kind != groupMetadataKey {
		return k.err
	}
	h := all[k.string(false)]
	if h == nil || k.err != nil || value == nil {
		return k.err
	}
	v := recordReader{b: value}
	version := v.int16()
	flexible := version >= firstFlexible
	if kind == groupMetadataKey {
		_ = v.string(flexible) // protocol type
		h.generations[v.int32()] = true
		return v.err
	}
	topic, partition := k.string(false), k.int32()
	offset := v.int64()
	if version >= 3 {
		_ = v.int32() // leader epoch
	}
	_ = v.string(flexible) // metadata
	ms := v.int64()
	if err := errors.Join(k.err, v.err); err != nil || topic != groupTopic {
		return err
	}
	h.commits[partition] = append(h.commits[partition], groupCommit{offset, ms})
	return nil
}

// recordReader reads the fields of a record.
type recordReader struct {
	b   []byte
	err error
}

var errShortRecord = errors.New("a record of the offsets topic is too short")

func (r *recordReader) take(n int) []byte {
	if n > len(r.b) || n < 0 {
		r.err = errShortRecord
		return make([]byte, max(n, 8))
	}
	part := r.b[:n]
	r.b = r.b[n:]
	return part
}

func (r *recordReader) int16() int16 { return int16(binary.BigEndian.Uint16(r.take(2))) }
func (r *recordReader) int32() int32 { return int32(binary.BigEndian.Uint32(r.take(4))) }
func (r *recordReader) int64() int64 { return int64(binary.BigEndian.Uint64(r.take(8))) }

// string of flexible versions have their length plus one in front, as a varint.
func (r *recordReader) string(flexible bool) string {
	if !flexible {
		return string(r.take(int(max(r.int16(), 0))))
	}
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.err = errShortRecord
		return ""
	}
	r.b = r.b[size:]
	return string(r.take(int(max(n, 1) - 1)))
}
