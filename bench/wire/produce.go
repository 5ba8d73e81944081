package wire

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
)

// Batch is an encoded record batch for a partition.
type Batch struct {
	Partition int
	Records   []byte
}

// ProduceRequest is an encoded request that can be sent again and again.
type ProduceRequest struct {
	pieces  net.Buffers
	scratch net.Buffers
	acks    int
}

// NewProduceRequest encodes a request around batches, which are not copied. acks is -1, 0 or 1.
func NewProduceRequest(topic string, acks int, batches []Batch) *ProduceRequest {
	b := appendHeader(nil, apiProduce, versionProduce)
	b = binary.BigEndian.AppendUint16(b, ^uint16(0)) // no transaction
	b = binary.BigEndian.AppendUint16(b, uint16(int16(acks)))
	b = appendInt32(b, 30_000) // timeout in ms
	b = appendString(appendInt32(b, 1), topic)
	b = appendInt32(b, len(batches))
	size := 0
	for _, batch := range batches {
		size += 8 + len(batch.Records)
	}
	r := &ProduceRequest{acks: acks}
	head := finish(b, size)
	for _, batch := range batches {
		head = appendInt32(appendInt32(head, batch.Partition), len(batch.Records))
		r.pieces = append(r.pieces, slices.Clone(head), batch.Records)
		head = head[:0]
	}
	return r
}

// Send writes the request.
func (c *Conn) Send(r *ProduceRequest) error {
	r.scratch = append(r.scratch[:0], r.pieces...) // WriteTo uses it up
	buffers := r.scratch
	_, err := buffers.WriteTo(c.net)
	return err
}

// Acknowledged reads the response to a request, unless it has none.
func (c *Conn) Acknowledged(r *ProduceRequest) error {
	if r.acks == 0 {
		return nil
	}
	body, err := c.Read()
	if err != nil {
		return err
	}
	f := fields{b: body}
	for range f.int32() {
		topic := f.string()
		for range f.int32() {
			partition, code := f.int32(), f.int16()
			f.take(24) // base offset, log append time, log start offset
			if code != 0 {
				return fmt.Errorf("wire: produce to partition %d of topic %s: error %d", partition, topic, code)
			}
		}
	}
	return f.err()
}
