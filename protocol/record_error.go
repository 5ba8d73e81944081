package protocol

import (
	"errors"
	"fmt"
)

var (
	// ErrChecksum says that the bytes of a record batch are not those that its
	// checksum was computed of.
	ErrChecksum = errors.New("record batch does not match its checksum")
	// ErrUnsupportedCompression says that no codec is known for the code that a
	// record batch names, or that the format cannot carry the codec.
	ErrUnsupportedCompression = errors.New("unsupported compression codec")
	// ErrBatchFull says that a record does not fit a batch any more, whose size
	// and number of records are limited to 2^31-1.
	ErrBatchFull = errors.New("record batch is full")
)

// BatchError reports a record batch that cannot be read. Its cause is one of
// [ErrChecksum], [ErrUnsupportedCompression], [ErrMalformed], or what the codec
// returned.
type BatchError struct {
	// BaseOffset is the offset that the batch states as its first; in a message
	// set, the offset of the message.
	BaseOffset int64
	Err        error
}

// Error names the offset and the cause.
func (e *BatchError) Error() string {
	return fmt.Sprintf("record batch at offset %d: %v", e.BaseOffset, e.Err)
}

// Unwrap returns the cause.
func (e *BatchError) Unwrap() error { return e.Err }

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

func unknownCodec(code int8) error {
	return fmt.Errorf("%w: code %d", ErrUnsupportedCompression, code)
}
