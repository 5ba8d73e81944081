package protocol

import "encoding/binary"

// RecordsExtent tells what a record set in wire form spans, by the headers of its
// batches alone.
type RecordsExtent struct {
	// Next is the offset after the last complete batch; 0 if there is none.
	Next int64

	// Records is the number of records that batches state. A message that holds
	// compressed ones counts as one.
	Records int

	// LeaderEpoch is that of the last complete batch, -1 where the format has
	// none.
	LeaderEpoch int32
}

// ExtentOf walks over the batches of a record set without looking into them: no
// checksum is verified, nothing is decompressed. It stops at what it cannot make
// sense of; a [RecordIter] tells what is wrong with that.
func ExtentOf(b []byte) RecordsExtent {
	e := RecordsExtent{LeaderEpoch: -1}
	for {
		entry, rest, err := splitEntry(b)
		if entry == nil || err != nil {
			return e
		}
		last, count, epoch := entryOffset(entry), 1, int32(-1)
		if entry[entryMagic] == magicV2 {
			if len(entry) < batchHeaderSize {
				return e
			}
			last += int64(int32(binary.BigEndian.Uint32(entry[batchLastOffsetDelta:])))
			count = int(int32(binary.BigEndian.Uint32(entry[batchCount:])))
			epoch = int32(binary.BigEndian.Uint32(entry[batchLeaderEpoch:]))
		}
		if last < entryOffset(entry) || last+1 <= e.Next || count < 0 {
			return e
		}
		e.Next, e.LeaderEpoch = last+1, epoch
		e.Records += count
		b = rest
	}
}
