package kafka

import (
	"errors"
	"math"
	"time"
	"unsafe"
)

// Defaults of Writer and WriterConfig.
const (
	defaultMaxAttempts       = 10
	defaultWriteBackoffMin   = 100 * time.Millisecond
	defaultWriteBackoffMax   = time.Second
	defaultBatchSize         = 100
	defaultBatchBytes        = 1 << 20
	defaultBatchTimeout      = time.Second
	defaultReadTimeout       = 10 * time.Second
	defaultWriteTimeout      = 10 * time.Second
	defaultBufferBytes       = 64 << 20
	defaultQueueCapacity     = 100
	defaultRebalanceInterval = 15 * time.Second
	defaultIdleConnTimeout   = 9 * time.Minute
)

// WriterConfig configures a Writer that NewWriter makes. A Writer may as well be
// made as a struct, whose fields say more.
type WriterConfig struct {
	// Brokers are the addresses of some brokers of the cluster. Required.
	Brokers []string

	// Topic is where messages go; see Writer.Topic. If it is empty, each message has
	// a topic of its own.
	Topic string

	// Dialer opens the connections. The default is DefaultDialer. The Writer uses
	// its settings, and closes what it opened with them when it is closed.
	Dialer *Dialer

	// Balancer chooses the partitions of messages. The default deals them out in
	// turn.
	Balancer Balancer

	// MaxAttempts is how often a message is sent before the Writer gives up.
	// Default: 10.
	MaxAttempts int

	// QueueCapacity is shown by Stats and has no other effect: Writer.BufferBytes
	// bounds the buffer. Default: 100.
	QueueCapacity int

	// BatchSize is the number of messages at which a batch is full, see
	// Writer.BatchSize.
	BatchSize int

	// BatchBytes is the size of the largest batch, before compression. Default:
	// 1048576.
	BatchBytes int

	// BatchTimeout is for how long messages may be held back to fill a batch, see
	// Writer.BatchTimeout.
	BatchTimeout time.Duration

	// ReadTimeout bounds how long a call waits to learn of a topic's partitions.
	// Default: 10 s.
	ReadTimeout time.Duration

	// WriteTimeout bounds an attempt to send messages. Default: 10 s.
	WriteTimeout time.Duration

	// RebalanceInterval is the age from which on the list of a topic's partitions
	// is asked for again. Default: 15 s.
	RebalanceInterval time.Duration

	// IdleConnTimeout is how long an unused connection is kept. Default: 9 min.
	IdleConnTimeout time.Duration

	// RequiredAcks is the number of replicas that must have a message: -1 for all
	// that are in sync, 1 for the leader. 0 means -1 here.
	RequiredAcks int

	// Async has WriteMessages return before the messages are sent.
	Async bool

	// CompressionCodec compresses batches; nil leaves them as they are.
	CompressionCodec

	// Logger and ErrorLogger get what the Writer does, and what goes wrong. A nil
	// ErrorLogger stands for Logger.
	Logger      Logger
	ErrorLogger Logger
}

// Validate tells whether a Writer can be made of the configuration.
func (config *WriterConfig) Validate() error {
	if len(config.Brokers) == 0 {
		return errors.New("cannot create a kafka writer with an empty list of brokers")
	}
	return nil
}

// NewWriter makes a Writer. It panics if the configuration has no brokers. It does
// no I/O.
func NewWriter(config WriterConfig) *Writer {
	if err := config.Validate(); err != nil {
		panic(err)
	}
	dialer := config.Dialer
	if dialer == nil {
		dialer = DefaultDialer
	}
	dialer.state() // which the copy shares
	own := *dialer
	own.dials = new(summary)
	transport := transportOf(&own, config)
	balancer := config.Balancer
	if balancer == nil {
		balancer = &RoundRobin{}
	}
	acks := RequiredAcks(config.RequiredAcks)
	if acks == RequireNone {
		acks = RequireAll
	}
	w := &Writer{
		Addr:             TCP(config.Brokers...),
		Topic:            config.Topic,
		Balancer:         balancer,
		MaxAttempts:      config.MaxAttempts,
		BatchSize:        config.BatchSize,
		BatchBytes:       int64(config.BatchBytes),
		BatchTimeout:     config.BatchTimeout,
		ReadTimeout:      config.ReadTimeout,
		WriteTimeout:     config.WriteTimeout,
		RequiredAcks:     acks,
		Async:            config.Async,
		CompressionCodec: config.CompressionCodec,
		Logger:           config.Logger,
		ErrorLogger:      config.ErrorLogger,
		Transport:        transport,
		legacy: &writerLegacy{
			transport:         transport,
			dials:             own.dials,
			queueCapacity:     orDefault(config.QueueCapacity, defaultQueueCapacity),
			rebalanceInterval: transport.MetadataTTL,
			clientID:          dialer.ClientID,
		},
	}
	if config.CompressionCodec != nil {
		w.Compression = Compression(config.CompressionCodec.Code())
	}
	return w
}

// writerLegacy is what only NewWriter knows of.
type writerLegacy struct {
	transport         *Transport
	dials             *summary
	queueCapacity     int
	rebalanceInterval time.Duration
	clientID          string
}

// transportOf makes the Transport of a Writer that dials with a Dialer.
func transportOf(dialer *Dialer, config WriterConfig) *Transport {
	return &Transport{
		ClientID:    dialer.ClientID,
		IdleTimeout: orDefault(config.IdleConnTimeout, defaultIdleConnTimeout),
		MetadataTTL: orDefault(config.RebalanceInterval, defaultRebalanceInterval),
		dialer:      dialer,
	}
}

// writerOptions are the settings of a Writer with their defaults.
type writerOptions struct {
	loggers
	topic        string
	balancer     Balancer
	ownBalancer  ownBalancer // balancer, if it is one; nil otherwise
	maxAttempts  int
	backoffMin   time.Duration
	backoffMax   time.Duration
	batchSize    int
	fixedSize    bool // the program has set batchSize
	batchBytes   int64
	batchTimeout time.Duration // as Stats shows it
	linger       time.Duration // 0 if nothing is to be held back
	readTimeout  time.Duration
	writeTimeout time.Duration
	bufferBytes  int64
	acks         RequiredAcks
	async        bool
	completion   func([]Message, error)
	codec        CompressionCodec
	create       bool
}

func (w *Writer) options() *writerOptions {
	o := &writerOptions{
		topic:        w.Topic,
		balancer:     w.Balancer,
		maxAttempts:  orDefault(w.MaxAttempts, defaultMaxAttempts),
		backoffMin:   orDefault(w.WriteBackoffMin, defaultWriteBackoffMin),
		backoffMax:   orDefault(w.WriteBackoffMax, defaultWriteBackoffMax),
		batchSize:    orDefault(w.BatchSize, defaultBatchSize),
		fixedSize:    w.BatchSize > 0,
		batchBytes:   min(orDefault(w.BatchBytes, defaultBatchBytes), math.MaxInt32/2),
		batchTimeout: orDefault(w.BatchTimeout, defaultBatchTimeout),
		linger:       max(w.BatchTimeout, 0),
		readTimeout:  orDefault(w.ReadTimeout, defaultReadTimeout),
		writeTimeout: orDefault(w.WriteTimeout, defaultWriteTimeout),
		bufferBytes:  orDefault(w.BufferBytes, defaultBufferBytes),
		acks:         w.RequiredAcks,
		async:        w.Async,
		completion:   w.Completion,
		codec:        w.CompressionCodec,
		loggers:      newLoggers(w.Logger, w.ErrorLogger),
		create:       w.AllowAutoTopicCreation,
	}
	o.backoffMax = max(o.backoffMax, o.backoffMin)
	if o.balancer == nil {
		o.balancer = &RoundRobin{}
	}
	o.ownBalancer, _ = o.balancer.(ownBalancer)
	if o.codec == nil {
		o.codec = w.Compression.Codec()
	}
	return o
}

// held is the room in the buffer that messages take, given what they count for
// together. What is kept for Completion comes on top.
func (o *writerOptions) held(size int64, messages int) int64 {
	if o.completion != nil {
		size += int64(messages) * int64(unsafe.Sizeof(Message{}))
	}
	return size
}

// deliveryTime is how long the attempts to send a batch may take.
func (o *writerOptions) deliveryTime() time.Duration {
	return time.Duration(o.maxAttempts) * (o.writeTimeout + o.backoffMax)
}
