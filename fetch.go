package kafka

import (
	"context"
	"fmt"
	"math"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// defaultFetchWait is how long a broker waits for records where the program does
// not say.
const defaultFetchWait = 500 * time.Millisecond

// FetchRequest reads records of a partition.
type FetchRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Topic and Partition are what is read.
	Topic     string
	Partition int

	// Offset is that of the first record to read. FirstOffset and LastOffset are
	// asked for first.
	Offset int64

	// MinBytes is how much the broker waits for. With 0 it answers at once.
	MinBytes int64

	// MaxBytes bounds what the broker sends, except that the first record batch is
	// always sent whole. With 0 it sends just that.
	MaxBytes int64

	// MaxWait is how long the broker waits for MinBytes. Zero means 500 ms. It waits
	// no longer than ctx and the Timeout of the Client allow.
	MaxWait time.Duration

	// IsolationLevel says whether records of transactions are visible that have not
	// been committed. The default is ReadUncommitted.
	IsolationLevel IsolationLevel
}

// FetchResponse has records of a partition.
type FetchResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Topic and Partition are those of the request.
	Topic     string
	Partition int

	// HighWatermark is the end of what all replicas have. What comes after it cannot
	// be read.
	HighWatermark int64

	// LastStableOffset is the first offset of a transaction that is open, else the
	// HighWatermark. With ReadCommitted, what comes after it cannot be read. It is -1
	// if the broker did not tell; Kafka 0.11 and later tell.
	LastStableOffset int64

	// LogStartOffset is the first offset that the partition keeps, -1 if the broker
	// did not tell. Kafka 1.0 and later tell.
	LogStartOffset int64

	// Error is what the broker has against the request: OffsetOutOfRange, for
	// instance. There are no Records then.
	Error error

	// Records are the records, never nil. They begin with the Offset of the request;
	// control records are left out, and with ReadCommitted those of transactions
	// that were aborted. ReadRecord returns a *protocol.BatchError at a batch that
	// cannot be read, after the records before it. Records may be kept.
	Records RecordReader

	// NextOffset is the offset to fetch next, when all Records have been read. It is
	// past what was left out.
	NextOffset int64
}

// Fetch reads records of a partition from its leader. An error says that there was
// no answer; what the broker has against the request is in the response.
func (c *Client) Fetch(ctx context.Context, req *FetchRequest) (*FetchResponse, error) {
	cfg, err := fetchLimits(req)
	if err != nil {
		return nil, clientError("Fetch", err)
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	offset, refused, err := c.fetchOffset(ctx, req)
	if err != nil {
		return nil, clientError("Fetch", err)
	}
	if refused != nil {
		return &FetchResponse{
			Topic: req.Topic, Partition: req.Partition, HighWatermark: -1, LastStableOffset: -1, LogStartOffset: -1,
			Error: refused, Records: NewRecordReader(), NextOffset: req.Offset,
		}, nil
	}
	wait := min(cfg.MaxWait, brokerTime(ctx, cfg.MaxWait))
	res, err := call[*fetch.Response](ctx, c, "Fetch", req.Addr, fetchRequest(req.Topic, int32(req.Partition), cfg, offset, wait))
	if err != nil {
		return nil, err
	}
	return makeFetchResponse(req, offset, res)
}

// fetchLimits checks a request, and returns what bounds the answer. A frame cannot
// hold more than 2 GiB.
func fetchLimits(req *FetchRequest) (ReadBatchConfig, error) {
	cfg := ReadBatchConfig{IsolationLevel: req.IsolationLevel, MaxWait: req.MaxWait}
	limit := int64(math.MaxInt32 - fetchOverhead - len(req.Topic))
	switch {
	case req.Partition < 0 || req.Partition > math.MaxInt32:
		return cfg, fmt.Errorf("Partition is %d: there is no such partition", req.Partition)
	case req.MinBytes < 0:
		return cfg, fmt.Errorf("MinBytes is %d: it cannot be negative", req.MinBytes)
	case req.MaxBytes < 0:
		return cfg, fmt.Errorf("MaxBytes is %d: it cannot be negative", req.MaxBytes)
	case req.MaxWait < 0:
		return cfg, fmt.Errorf("MaxWait is %v: it cannot be negative", req.MaxWait)
	}
	if cfg.MaxWait == 0 {
		cfg.MaxWait = defaultFetchWait
	}
	cfg.MinBytes, cfg.MaxBytes = int(min(req.MinBytes, limit)), int(min(req.MaxBytes, limit))
	return cfg, nil
}

// fetchOffset returns the offset of a request as an absolute one, or what the
// broker has against telling it.
func (c *Client) fetchOffset(ctx context.Context, req *FetchRequest) (offset int64, refused, err error) {
	if req.Offset != FirstOffset && req.Offset != LastOffset {
		return req.Offset, nil, nil
	}
	res, err := c.ListOffsets(ctx, &ListOffsetsRequest{
		Addr:           req.Addr,
		IsolationLevel: req.IsolationLevel,
		Topics:         map[string][]OffsetRequest{req.Topic: {{Partition: req.Partition, Timestamp: req.Offset}}},
	})
	if err != nil {
		return 0, nil, err
	}
	p := &res.Topics[req.Topic][0]
	if req.Offset == FirstOffset {
		return p.FirstOffset, p.Error, nil
	}
	return p.LastOffset, p.Error, nil
}

func makeFetchResponse(req *FetchRequest, offset int64, res *fetch.Response) (*FetchResponse, error) {
	fetched := &FetchResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs), Topic: req.Topic, Partition: req.Partition,
		HighWatermark: -1, LastStableOffset: -1, LogStartOffset: -1,
		Error: errorOf(res.ErrorCode), Records: NewRecordReader(), NextOffset: offset,
	}
	p := fetchedPartition(res, req.Topic, int32(req.Partition))
	switch {
	case p != nil:
		fetched.take(p, offset, req.IsolationLevel)
	case res.ErrorCode == 0:
		return nil, clientError("Fetch", errNotAnswered(req.Topic, req.Partition))
	}
	return fetched, nil
}

// take takes the answer about the partition.
func (r *FetchResponse) take(p *fetch.ResponsePartition, offset int64, level IsolationLevel) {
	r.HighWatermark, r.LastStableOffset, r.LogStartOffset = p.HighWatermark, p.LastStableOffset, p.LogStartOffset
	if r.Error == nil {
		r.Error = errorOf(p.ErrorCode)
	}
	if r.Error != nil {
		return
	}
	r.Records = p.RecordSet.Read(protocol.RecordIterOptions{
		Offset:        offset,
		ReadCommitted: level == ReadCommitted,
		Aborted:       abortedOf(p),
	})
	r.NextOffset = p.RecordSet.NextOffset(offset)
}
