package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
)

// Fetcher reads partitions that one broker leads: while one response is walked, the next is on its way.
type Fetcher struct {
	conn         *Conn
	topic        string
	partitions   []int
	offsets      []int64 // by partition: what to ask for next
	seen         []int64 // by partition: what to walk next
	maxBytes     int     // of a response
	partitionMax int
	request      []byte
	spare        []byte // a frame that is not in use
	asked        bool
	walked       int
	current      int // the partition that is walked
	see          func(partition int, offset int64, value []byte)
	visit        func(offset int64, value []byte)
}

const maxWait = 500 // ms

// NewFetcher reads partitions from their first offsets on.
func NewFetcher(broker, topic string, partitions []int, maxBytes, partitionMax int) (*Fetcher, error) {
	conn, err := Dial(broker)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, p := range partitions {
		size = max(size, p+1)
	}
	f := &Fetcher{
		conn: conn, topic: topic, partitions: partitions, maxBytes: maxBytes, partitionMax: partitionMax,
		offsets: make([]int64, size), seen: make([]int64, size),
	}
	f.visit = func(offset int64, value []byte) {
		f.see(f.current, offset, value)
		f.walked++
	}
	return f, nil
}

// Close closes the connection, unless it is closed.
func (f *Fetcher) Close() error {
	if err := f.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Next passes the records of the next response that has some to see. A value is valid until see returns.
func (f *Fetcher) Next(see func(partition int, offset int64, value []byte)) error {
	f.see, f.walked = see, 0
	for f.walked == 0 {
		if err := f.next(); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fetcher) next() error {
	if !f.asked {
		if err := f.ask(); err != nil {
			return err
		}
	}
	body, err := f.conn.Read()
	if err != nil {
		return err
	}
	if err := f.each(body, func(partition int, records []byte) error {
		f.offsets[partition] = nextOffset(records, f.offsets[partition])
		return nil
	}); err != nil {
		return err
	}
	f.conn.frame, f.spare = f.spare, f.conn.frame // the next response does not overwrite this one
	if err := f.ask(); err != nil {
		return err
	}
	return f.each(body, func(partition int, records []byte) error {
		f.current = partition
		err := walk(records, f.seen[partition], f.visit)
		f.seen[partition] = nextOffset(records, f.seen[partition])
		return err
	})
}

func (f *Fetcher) ask() error {
	b := appendHeader(f.request[:0], apiFetch, versionFetch)
	b = appendInt32(b, -1) // no replica
	b = appendInt32(b, maxWait)
	b = appendInt32(b, 1) // least bytes
	b = appendInt32(b, f.maxBytes)
	b = append(b, 0) // read uncommitted
	b = appendString(appendInt32(b, 1), f.topic)
	b = appendInt32(b, len(f.partitions))
	for _, p := range f.partitions {
		b = appendInt32(b, p)
		b = binary.BigEndian.AppendUint64(b, uint64(f.offsets[p]))
		b = appendInt32(b, f.partitionMax)
	}
	first := f.partitions[0] // a broker serves first what is named first
	copy(f.partitions, f.partitions[1:])
	f.partitions[len(f.partitions)-1] = first
	f.request = finish(b, 0)
	f.asked = true
	_, err := f.conn.net.Write(f.request)
	return err
}

// each passes the records of a response's partitions on.
func (f *Fetcher) each(body []byte, do func(partition int, records []byte) error) error {
	r := fields{b: body}
	r.int32() // throttled
	for range r.int32() {
		topic := r.string()
		for range r.int32() {
			partition, code := r.int32(), r.int16()
			r.take(16) // high watermark, last stable offset
			if aborted := r.int32(); aborted > 0 {
				r.take(16 * aborted)
			}
			records := r.take(max(r.int32(), 0))
			if r.bad || code != 0 || partition < 0 || partition >= len(f.offsets) {
				return fmt.Errorf("wire: fetch from partition %d of topic %s: error %d", partition, topic, code)
			}
			if err := do(partition, records); err != nil {
				return err
			}
		}
	}
	return r.err()
}
