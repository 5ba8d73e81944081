package kafka

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Writer writes messages to topics, and chooses a partition for each.
//
//	w := &kafka.Writer{
//		Addr:         kafka.TCP("localhost:9092"),
//		Topic:        "topic-A",
//		RequiredAcks: kafka.RequireAll,
//	}
//	err := w.WriteMessages(ctx, kafka.Message{Value: []byte("hello")})
//
// Messages for a partition are gathered into batches, and the batches for the
// partitions that a broker leads into requests. Nothing waits without need: a
// message is sent at once if nothing is on its way to its partition, and what
// comes meanwhile forms the next batch. The order of messages in a partition is
// that of the calls of WriteMessages, through retries too.
//
// With RequireAll, and brokers from Kafka 0.11 on, a Writer is idempotent
// (KIP-98): a message that is sent again because an answer was lost is written
// once.
//
// A Writer is safe for concurrent use. Its fields must not change once it is in
// use, and it must not be copied. It must be closed, which sends what it holds.
type Writer struct {
	// Addr is the cluster to write to, see TCP. Required.
	Addr net.Addr

	// Topic is where messages go. If it is empty, each message has a topic of its
	// own; if it is not, a message has none, or the same. Another one is an error of
	// that message alone, which is not written.
	Topic string

	// Balancer chooses the partitions of messages. Calls are made one at a time.
	// The default deals messages out in turn.
	Balancer Balancer

	// MaxAttempts is how often a message is sent before the Writer gives up.
	// Default: 10.
	MaxAttempts int

	// WriteBackoffMin and WriteBackoffMax bound the pauses before further
	// attempts, which grow. Defaults: 100 ms and 1 s.
	WriteBackoffMin time.Duration
	WriteBackoffMax time.Duration

	// BatchSize is the number of messages at which a batch is full. If it is not
	// set, that is for the Writer to say: those of one call go together, and what
	// comes while earlier batches are on their way, up to BatchBytes. Stats then
	// shows 100.
	BatchSize int

	// BatchBytes is the size of the largest batch, before compression, and so of
	// the largest message. Default: 1048576.
	BatchBytes int64

	// BatchTimeout is for how long messages may be held back to fill a batch. It
	// is the way to ask for larger batches than come about by themselves. By
	// default no batch is held back to grow; 1 s is what Stats shows. (Batches that
	// are due may wait for one another, 5 ms at most, while their broker works on
	// 64 KiB or more that this Writer has sent before.)
	BatchTimeout time.Duration

	// ReadTimeout bounds how long a call waits to learn of a topic's partitions.
	// Default: 10 s.
	ReadTimeout time.Duration

	// WriteTimeout bounds an attempt to send messages, the broker's answer
	// included. Default: 10 s.
	WriteTimeout time.Duration

	// RequiredAcks is what a broker must have before it acknowledges a message.
	// The zero value is RequireNone: messages are sent and not heard of again.
	RequiredAcks RequiredAcks

	// Async has WriteMessages return before the messages are sent. What goes wrong
	// from then on is reported to Completion only.
	Async bool

	// Completion is called for each batch after it was written or given up, by
	// one goroutine for each broker, which waits for it. In messages, Topic,
	// Partition and, if err is nil, Time and (but for RequireNone) Offset are set.
	// The key and the value of messages are those that the program gave, which
	// must not change until then. It may call WriteMessages only if the Writer is
	// Async, and must not call Close.
	Completion func(messages []Message, err error)

	// Compression is the codec of batches. By default they are not compressed.
	Compression Compression

	// CompressionCodec is a codec with settings, such as &gzip.Codec{Level: 9}. It
	// takes precedence over Compression.
	CompressionCodec CompressionCodec

	// BufferBytes bounds the memory of messages that are waiting or on their way.
	// When it is full, calls wait for room, those of Async writers too, as long
	// as brokers acknowledge messages; when none has done so for WriteTimeout,
	// they fail with ErrBufferFull. Default: 64 MiB.
	BufferBytes int64

	// Logger and ErrorLogger get what the Writer does, and what goes wrong. A nil
	// ErrorLogger stands for Logger.
	Logger      Logger
	ErrorLogger Logger

	// Transport carries the requests. The default is DefaultTransport, which is
	// shared.
	Transport RoundTripper

	// AllowAutoTopicCreation lets brokers create topics that do not exist, if
	// they are configured to.
	AllowAutoTopicCreation bool

	mutex  sync.Mutex
	closed bool
	core   atomic.Pointer[writerCore] // once it is in use

	legacy *writerLegacy // of NewWriter
}

var (
	errWriterAddress = errors.New("kafka: the Addr of the Writer is not set")
	errNilContext    = errors.New("kafka: the context is nil")
)

// WriteMessages writes messages, each to the partition that the Balancer chooses.
// It returns when all were acknowledged or given up; with Async, when they are in
// the Writer's buffer. Keys, values and headers are copied before it returns
// (but see Completion).
//
// If messages were not written, the error is of type WriteErrors, with an element
// for each message which tells whether it certainly was not written. Errors that
// concern the whole call are returned as they are, and nothing was written then:
// that of ctx, and io.ErrClosedPipe after Close. With Async, errors of messages
// that get into no batch, as those for an unknown topic, are returned as well.
//
// When ctx ends, messages that were not sent yet are withdrawn; it is not an error
// of theirs that the ctx is about to end. If some were sent, the error is
// WriteErrors.
func (w *Writer) WriteMessages(ctx context.Context, msgs ...Message) error {
	_, err := w.write(ctx, msgs, false)
	return err
}

// WriteMessagesAt is WriteMessages and tells what became of each message, in their
// order: where it is, or why it is not. The results are nil if the error concerns
// the whole call. With Async the messages are only known to be in the buffer, and
// there are no results.
func (w *Writer) WriteMessagesAt(ctx context.Context, msgs ...Message) ([]WriteResult, error) {
	return w.write(ctx, msgs, true)
}

func (w *Writer) write(ctx context.Context, msgs []Message, results bool) ([]WriteResult, error) {
	core, err := w.start()
	if err != nil {
		return nil, err
	}
	if !core.enter() {
		return nil, io.ErrClosedPipe
	}
	defer core.leave()
	switch {
	case len(msgs) == 0:
		return nil, nil
	case ctx == nil:
		return nil, errNilContext
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	d := core.newDelivery(msgs, results)
	core.enqueue(ctx, d)
	core.flush(d)
	if core.options.async {
		return nil, d.abandon(ctx)
	}
	d.wait(ctx)
	core.stats.writeTime.observeSince(d.start)
	list, err := d.outcome(ctx)
	d.end()
	return list, err
}

// start returns the working part of the Writer, which is made at first use.
func (w *Writer) start() (*writerCore, error) {
	if core := w.core.Load(); core != nil {
		return core, nil
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if core := w.core.Load(); core != nil {
		return core, nil
	}
	if w.Addr == nil {
		return nil, errWriterAddress
	}
	if w.closed {
		return nil, io.ErrClosedPipe
	}
	options := w.options()
	route, err := newProducerRoute(w.transport(), w.Addr)
	if err != nil {
		return nil, err
	}
	core := newWriterCore(options, route)
	w.core.Store(core)
	return core, nil
}

func (w *Writer) transport() RoundTripper {
	if w.Transport != nil {
		return w.Transport
	}
	return DefaultTransport
}

// Close sends what is in the buffer and returns when all of it was acknowledged or
// given up, and all calls of Completion have returned. That takes at most about
// twice the time that MaxAttempts attempts may take, however much there is. Calls of WriteMessages that wait to learn of
// a topic, or for room, and later ones, fail with io.ErrClosedPipe. Further calls
// of Close do the same as the first and return nil, as it does.
func (w *Writer) Close() error {
	w.mutex.Lock()
	w.closed = true
	core := w.core.Load()
	w.mutex.Unlock()
	if core != nil {
		core.close()
	}
	if w.legacy != nil && w.legacy.transport != nil {
		w.legacy.transport.CloseIdleConnections()
	}
	return nil
}
