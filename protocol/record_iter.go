package protocol

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// AbortedTransaction names a transaction whose records must not be seen by
// readers of committed data: those of the producer from FirstOffset on, up to
// its next abort marker. Brokers list them in fetch responses (KIP-98).
type AbortedTransaction struct {
	ProducerID  int64
	FirstOffset int64
}

// RecordIterOptions says which records of a record set an iterator shows.
type RecordIterOptions struct {
	// Offset is the offset that was fetched. Records before it, which a batch
	// may begin with, are skipped.
	Offset int64
	// ReadCommitted drops the records of the transactions in Aborted.
	ReadCommitted bool
	// Aborted is not modified, and not used after Reset.
	Aborted []AbortedTransaction
}

// RecordIter walks over the records of a record set in wire form: record
// batches, messages of versions 0 and 1, or both. It holds every rule of
// reading: checksums are verified, compressed records decompressed; control
// batches, aborted transactions and records before the wanted offset are left
// out, but move the position; an incomplete batch at the end is no error.
//
// Use it as
//
//	it.Reset(b, options)
//	for it.Next() {
//		r := it.Record()
//	}
//	err := it.Err()
//	it.Close()
//
// It allocates nothing per record. The zero value is ready for Reset. A
// RecordIter is not safe for concurrent use.
type RecordIter struct {
	rec RecordView

	// The open batch: its records, and what they have in common.
	records      []byte
	at           int   // where the next one begins
	left         int32 // how many there are
	logAppend    bool
	base         int64 // offset that those in records are relative to
	timestamp    int64 // what timestamps are relative to, or the time of all
	lastOffset   int64
	fromMessages bool // records holds a message set, not records of a batch

	buf       []byte // what follows the open batch
	position  int64
	from      int64 // records before it are not shown
	control   bool  // show control batches
	verified  bool  // the checksums of batches need no check any more
	truncated bool
	err       error
	entry     int64 // offset that the open batch states, for errors

	aborted  []AbortedTransaction // in order of their first offsets
	begun    int                  // how many of them have begun
	aborting []int64              // producers inside an aborted transaction

	scratch *[]byte // holds records if they were compressed
}

// Reset begins to iterate over the record set b, which the iterator aliases.
func (it *RecordIter) Reset(b []byte, o RecordIterOptions) {
	*it = RecordIter{
		buf:      b,
		from:     o.Offset,
		position: o.Offset,
		aborted:  it.aborted[:0],
		aborting: it.aborting[:0],
		scratch:  it.scratch,
	}
	if !o.ReadCommitted {
		return
	}
	it.aborted = append(it.aborted, o.Aborted...)
	slices.SortStableFunc(it.aborted, func(a, b AbortedTransaction) int {
		return cmp.Compare(a.FirstOffset, b.FirstOffset)
	})
}

// resetAll begins to iterate over the records at any offset that b holds.
func (it *RecordIter) resetAll(b []byte) {
	it.Reset(b, RecordIterOptions{Offset: math.MinInt64})
}

// Close gives back the buffers of the iterator. Records that it has shown are
// not valid after it. An iterator that was closed may be Reset again.
func (it *RecordIter) Close() {
	it.left, it.records, it.at, it.buf = 0, nil, 0, nil
	it.rec = RecordView{}
	putBuffer(it.scratch)
	it.scratch = nil
}

// iterStep is what an attempt to read a record led to.
type iterStep uint8

const (
	iterEnd    iterStep = iota // the end, or an error
	iterRecord                 // rec is the next record
	iterAgain                  // something was passed that has nothing to show
)

// Next moves on to the next record. It returns false at the end of the record
// set and at the first batch that cannot be read, see Err.
func (it *RecordIter) Next() bool {
	for {
		s := iterRecord
		switch {
		case it.left == 0:
			s = it.nextEntry()
		case it.fromMessages:
			s = it.nextMessage()
		default: // in place, since another call per record would show
			rec := &it.rec
			end, timeDelta, offsetDelta := rec.parse(it.records, it.at)
			offset := it.base + offsetDelta
			if end == pastEnd || offset < it.base || offset == math.MaxInt64 {
				it.fail(malformed("record %d from the end", it.left))
				return false
			}
			it.at = end
			it.left--
			if it.logAppend {
				timeDelta = 0
			}
			rec.Offset, rec.Timestamp = offset, it.timestamp+timeDelta
		}
		if s == iterRecord && it.pass() {
			return true
		}
		if s == iterEnd {
			return false
		}
	}
}

// pass moves the position behind the current record, and reports whether the
// record is to be shown.
func (it *RecordIter) pass() bool {
	it.advance(it.rec.Offset)
	if it.left == 0 {
		it.advance(it.lastOffset)
	}
	return it.rec.Offset >= it.from
}

// Record returns the current record. The result is valid until the next call of
// Next, Reset or Close, and so is all that it refers to.
func (it *RecordIter) Record() *RecordView { return &it.rec }

// Err returns the error that ended the iteration, a [*BatchError], or nil. The
// records before the batch concerned have been shown.
func (it *RecordIter) Err() error { return it.err }

// Position returns the offset to fetch next: the one after all that the
// iterator has passed, shown or not. It never moves back.
func (it *RecordIter) Position() int64 { return it.position }

// Truncated reports whether the iteration ended at a batch that the record set
// holds only the beginning of. If nothing was shown and the position has not
// moved, the batch is larger than what was asked for.
func (it *RecordIter) Truncated() bool { return it.truncated }

func (it *RecordIter) advance(offset int64) { it.position = max(it.position, offset+1) }

func (it *RecordIter) fail(err error) iterStep {
	it.err = &BatchError{BaseOffset: it.entry, Err: err}
	it.left, it.records, it.at, it.buf = 0, nil, 0, nil
	return iterEnd
}

// nextEntry opens the next batch or message.
func (it *RecordIter) nextEntry() iterStep {
	if it.at < len(it.records) {
		return it.fail(malformed("%d bytes after the last record", len(it.records)-it.at))
	}
	if it.err != nil {
		return iterEnd
	}
	if len(it.buf) >= entryHeaderSize {
		it.entry = entryOffset(it.buf)
	}
	entry, rest, err := splitEntry(it.buf)
	if err != nil {
		return it.fail(err)
	}
	if entry == nil {
		it.truncated = len(rest) > 0
		it.buf = nil
		return iterEnd
	}
	it.buf = rest
	if entry[entryMagic] != magicV2 {
		return it.openMessage(entry)
	}
	if err = it.openBatch(entry); err != nil {
		return it.fail(err)
	}
	return iterAgain
}

func (it *RecordIter) openBatch(b []byte) error {
	var h batchHeader
	if err := h.parse(b, !it.verified); err != nil {
		return err
	}
	hidden, err := it.hides(&h, b)
	if err != nil {
		return err
	}
	if hidden || h.count == 0 {
		it.advance(h.lastOffset())
		return nil
	}
	if it.records, err = it.payload(&h, b); err != nil {
		return err
	}
	it.left, it.at = h.count, 0
	it.fromMessages = false
	it.base, it.lastOffset = h.baseOffset, h.lastOffset()
	it.logAppend = h.attributes.LogAppendTime()
	it.timestamp = h.baseTimestamp
	if it.logAppend {
		it.timestamp = h.maxTimestamp
	}
	it.rec.Attributes, it.rec.LeaderEpoch = h.attributes, h.leaderEpoch
	it.rec.ProducerID, it.rec.ProducerEpoch = h.producerID, h.producerEpoch
	return nil
}

// payload returns the records of a batch, decompressed.
func (it *RecordIter) payload(h *batchHeader, b []byte) ([]byte, error) {
	records, err := it.decompress(b[batchHeaderSize:], h.attributes, magicV2)
	if err != nil {
		return nil, err
	}
	if int64(h.count)*recordMin > int64(len(records)) {
		return nil, malformed("%d records in %d bytes", h.count, len(records))
	}
	return records, nil
}

// hides reports whether no record of the batch is to be shown.
func (it *RecordIter) hides(h *batchHeader, b []byte) (bool, error) {
	aborted := false
	if len(it.aborted) > 0 && h.producerID >= 0 {
		var err error
		if aborted, err = it.track(h, b); err != nil {
			return false, err
		}
	}
	passed := h.lastOffset() < it.from
	return aborted || passed || h.attributes.Control() && !it.control, nil
}

// track follows the transactions that were aborted up to the end of the batch,
// and reports whether the batch is part of one.
func (it *RecordIter) track(h *batchHeader, b []byte) (bool, error) {
	for it.begun < len(it.aborted) && it.aborted[it.begun].FirstOffset <= h.lastOffset() {
		if id := it.aborted[it.begun].ProducerID; !slices.Contains(it.aborting, id) {
			it.aborting = append(it.aborting, id)
		}
		it.begun++
	}
	i := slices.Index(it.aborting, h.producerID)
	if i < 0 {
		return false, nil
	}
	if !h.attributes.Control() {
		return h.attributes.Transactional(), nil
	}
	abort, err := it.isAbort(h, b)
	if abort {
		it.aborting = slices.Delete(it.aborting, i, i+1)
	}
	return false, err
}

// isAbort reports whether the first record of a control batch ends a
// transaction by aborting it.
func (it *RecordIter) isAbort(h *batchHeader, b []byte) (bool, error) {
	if h.count == 0 {
		return false, nil
	}
	records, err := it.payload(h, b)
	if err != nil {
		return false, err
	}
	var r RecordView
	if end, _, _ := r.parse(records, 0); end == pastEnd {
		return false, malformed("control record in %d bytes", len(records))
	}
	if len(r.Key) < controlKeySize {
		return false, malformed("control record with a key of %d bytes", len(r.Key))
	}
	return int16(binary.BigEndian.Uint16(r.Key[2:])) == ControlAbort, nil
}
