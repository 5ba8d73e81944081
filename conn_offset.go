package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol/listoffsets"
)

const (
	SeekStart    = 0 // Seek relative to the first offset available in the partition.
	SeekAbsolute = 1 // Seek to an absolute offset.
	SeekEnd      = 2 // Seek relative to the last offset available in the partition.
	SeekCurrent  = 3 // Seek relative to the current offset.

	// SeekDontCheck may be combined with SeekAbsolute and SeekCurrent, to set
	// the offset without asking the broker for the first and the last one. It
	// has no effect with the others, which need them.
	SeekDontCheck = 1 << 30
)

const (
	// LastOffset stands for the end of a partition: the offset that its next
	// message will have.
	LastOffset int64 = -1

	// FirstOffset stands for the first offset that a partition keeps.
	FirstOffset int64 = -2
)

// Offset returns the offset of the next read as an offset and a whence, fit for
// Seek: (0, SeekStart) at FirstOffset, (0, SeekEnd) at LastOffset, and the
// number with SeekAbsolute else.
func (c *Conn) Offset() (offset int64, whence int) {
	switch offset := c.position(); offset {
	case FirstOffset:
		return 0, SeekStart
	case LastOffset:
		return 0, SeekEnd
	default:
		return offset, SeekAbsolute
	}
}

// Seek sets the offset of the next read, and returns it as an absolute one.
// Whence says what offset counts from: SeekStart, SeekAbsolute, SeekEnd (from
// there it counts backwards) or SeekCurrent; they are not the values of package
// io. Writing does not depend on the offset.
//
// An offset before the first or after the last one gives OffsetOutOfRange and
// changes nothing. Seeking to where the connection stands with SeekAbsolute, and
// seeking with SeekDontCheck, asks the broker nothing.
func (c *Conn) Seek(offset int64, whence int) (int64, error) {
	kind := whence &^ SeekDontCheck
	if kind < SeekStart || kind > SeekCurrent {
		return 0, fmt.Errorf("whence must be SeekStart, SeekAbsolute, SeekEnd or SeekCurrent (0 to 3), not %d", kind)
	}
	current := c.position()
	target := offset
	if kind == SeekCurrent {
		target = current + offset
	}
	absolute := kind == SeekAbsolute || kind == SeekCurrent
	if absolute && whence&SeekDontCheck != 0 {
		c.setPosition(target)
		return target, nil
	}
	if kind == SeekAbsolute && target == current {
		return target, nil
	}
	first, last, err := c.ReadOffsets()
	if err != nil {
		return 0, err
	}
	switch kind {
	case SeekStart:
		target = first + offset
	case SeekEnd:
		target = last - offset
	}
	if target < first || target > last {
		return 0, OffsetOutOfRange
	}
	c.setPosition(target)
	return target, nil
}

func (c *Conn) position() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

func (c *Conn) setPosition(offset int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = offset
}

// resolve returns the position as an absolute offset.
func (c *Conn) resolve(ctx context.Context) (int64, error) {
	position := c.position()
	if position != FirstOffset && position != LastOffset {
		return position, nil
	}
	offset, err := c.listOffset(ctx, position)
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.offset == position {
		c.offset = offset
	}
	return offset, nil
}

// ReadFirstOffset returns the first offset that the partition keeps.
func (c *Conn) ReadFirstOffset() (int64, error) {
	return c.listOffset(c.read.context(), FirstOffset)
}

// ReadLastOffset returns the offset that the next message of the partition will
// have.
func (c *Conn) ReadLastOffset() (int64, error) {
	return c.listOffset(c.read.context(), LastOffset)
}

// ReadOffsets returns the first offset of the partition and the one that its
// next message will have.
func (c *Conn) ReadOffsets() (first, last int64, err error) {
	ctx := c.read.context()
	if first, err = c.listOffset(ctx, FirstOffset); err != nil {
		return 0, 0, err
	}
	if last, err = c.listOffset(ctx, LastOffset); err != nil {
		return 0, 0, err
	}
	return first, last, nil
}

// ReadOffset returns the offset of the first message with a time of t or later,
// -1 (LastOffset) if there is none. A t before 1970, the zero one included,
// stands for the beginning of 1970.
func (c *Conn) ReadOffset(t time.Time) (int64, error) {
	return c.listOffset(c.read.context(), max(0, timestampOf(t)))
}

func timestampOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// listOffset asks for the offset at a timestamp in milliseconds, FirstOffset or
// LastOffset.
func (c *Conn) listOffset(ctx context.Context, timestamp int64) (int64, error) {
	if c.topic == "" {
		return 0, errNoTopic
	}
	reply, err := c.exchange(ctx, "read", &listoffsets.Request{
		ReplicaID: -1,
		Topics: []listoffsets.RequestTopic{{
			Topic: c.topic,
			Partitions: []listoffsets.RequestPartition{{
				Partition:          c.partition,
				CurrentLeaderEpoch: -1,
				Timestamp:          timestamp,
			}},
		}},
	})
	if err != nil {
		return 0, err
	}
	defer reply.Release()
	for _, topic := range reply.Message.(*listoffsets.Response).Topics {
		for _, p := range topic.Partitions {
			if topic.Topic == c.topic && p.Partition == c.partition {
				if p.ErrorCode != 0 {
					return 0, Error(p.ErrorCode)
				}
				return p.Offset, nil
			}
		}
	}
	return 0, c.notAnswered("list offsets")
}

// notAnswered is the error of a response that leaves out what was asked for.
func (c *Conn) notAnswered(what string) error {
	return fmt.Errorf("%s: the answer of %v has nothing about partition %d of topic %q", what, c.RemoteAddr(), c.partition, c.topic)
}
