package kafka

import (
	"errors"
	"fmt"
	"strings"
)

// Outcome says what became of a message that a Writer was given.
type Outcome int8

const (
	// NotWritten: the message is in no log, and may be written again.
	NotWritten Outcome = iota

	// OutcomeUnknown: the message was sent, and no broker said what became of it.
	// Writing it again may duplicate it.
	OutcomeUnknown

	// Written: the message was acknowledged as the Writer's RequiredAcks ask.
	Written
)

// String gives "not written", "unknown" or "written".
func (o Outcome) String() string {
	switch o {
	case NotWritten:
		return "not written"
	case OutcomeUnknown:
		return "unknown"
	case Written:
		return "written"
	default:
		return fmt.Sprintf("outcome %d", int8(o))
	}
}

// WriteError is why a Writer did not write a message, or does not know whether it
// did. The elements of WriteErrors are of this type.
type WriteError struct {
	// Outcome is NotWritten or OutcomeUnknown.
	Outcome Outcome

	// Topic and Partition are where the message was to go; the partition is -1 if
	// none was chosen.
	Topic     string
	Partition int

	// Broker is the id of the one that was asked last, -1 if none was.
	Broker int

	// Attempts is how often the message was sent, or was about to be.
	Attempts int

	// Err is the cause: a kafka.Error, an error of the network, the error of the
	// ctx, MessageTooLargeError, ErrBufferFull and others.
	Err error
}

// Error says what was not written where, and why.
func (e *WriteError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "kafka: message for topic %q", e.Topic)
	if e.Partition >= 0 {
		fmt.Fprintf(&b, " partition %d", e.Partition)
	}
	if e.Broker >= 0 {
		fmt.Fprintf(&b, " at broker %d", e.Broker)
	}
	if e.Outcome == OutcomeUnknown {
		b.WriteString(": not known whether it was written")
	} else {
		b.WriteString(": not written")
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, ", after %d attempts", e.Attempts)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// Temporary tells whether writing the message again may succeed.
func (e *WriteError) Temporary() bool {
	var t interface{ Temporary() bool }
	return errors.As(e.Err, &t) && t.Temporary()
}

// Timeout tells whether time ran out.
func (e *WriteError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.Err, &t) && t.Timeout()
}

// WriteErrors has an element for each message of a call of WriteMessages, in
// their order: nil for those that were written, a *WriteError for the others. At
// least one is not nil. errors.Is and errors.As look at all of them.
type WriteErrors []error

// Count returns how many messages were not written.
func (err WriteErrors) Count() int {
	n := 0
	for _, e := range err {
		if e != nil {
			n++
		}
	}
	return n
}

// maxErrorTexts bounds the text of WriteErrors.
const maxErrorTexts = 10

// Error counts the messages that were not written and gives the reasons.
func (err WriteErrors) Error() string {
	var texts []string
	seen := make(map[string]int)
	for _, e := range err {
		if e == nil {
			continue
		}
		text := e.Error()
		if seen[text]++; seen[text] == 1 && len(texts) < maxErrorTexts {
			texts = append(texts, text)
		}
	}
	return fmt.Sprintf("Kafka write errors (%d/%d), errors: %v", err.Count(), len(err), texts)
}

// Unwrap returns the errors there are, for errors.Is and errors.As.
func (err WriteErrors) Unwrap() []error {
	list := make([]error, 0, len(err))
	for _, e := range err {
		if e != nil {
			list = append(list, e)
		}
	}
	return list
}

// WriteResult says what became of one message, see Writer.WriteMessagesAt.
type WriteResult struct {
	// Outcome is Written if and only if Err is nil.
	Outcome Outcome

	// Partition is where the message went, or was to go; -1 if none was chosen.
	Partition int

	// Offset is where it is; -1 where it is not known, as with RequireNone, and
	// in the rare case that a broker knows a batch to be a duplicate of one that
	// it has and does not tell where.
	Offset int64

	// Err is a *WriteError, or nil.
	Err error
}

// ErrBufferFull is the cause of a WriteError when the Writer's buffer is full and
// no broker has acknowledged anything for as long as WriteTimeout.
var ErrBufferFull = errors.New("the buffer of the writer is full, and no broker acknowledges anything")
