package kafka

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// linkClass says what a connection to a broker is for. A broker answers the
// requests of a connection one after the other, so one that it holds on to is in
// the way of those behind it.
type linkClass uint8

const (
	dataLink  linkClass = iota // one connection, shared
	fetchLink                  // Fetch and ShareFetch, which wait for messages
	groupLink                  // JoinGroup and SyncGroup, which wait for other members
	linkClasses
)

// classes are the APIs that do not use the data link.
var classes = map[protocol.ApiKey]linkClass{
	protocol.Fetch:      fetchLink,
	protocol.ShareFetch: fetchLink,
	protocol.JoinGroup:  groupLink,
	protocol.SyncGroup:  groupLink,
}

// limits are how many connections a class may have. Requests that wait have one
// to themselves as long as that suffices: two members of a group, above all, must
// not wait for each other on the same one.
var limits = [linkClasses]int{dataLink: 1, fetchLink: 256, groupLink: 256}

// requestTimeout is how long a broker may take over a request, what the request
// asks it to wait not counted.
const requestTimeout = 30 * time.Second

// repeatable are the APIs whose requests may be sent again when it is not known
// whether the broker has seen them: they change nothing, or the same twice.
var repeatable = map[protocol.ApiKey]bool{
	protocol.Metadata:                     true,
	protocol.ApiVersions:                  true,
	protocol.FindCoordinator:              true,
	protocol.ListOffsets:                  true,
	protocol.OffsetFetch:                  true,
	protocol.OffsetForLeaderEpoch:         true,
	protocol.InitProducerId:               true,
	protocol.DescribeGroups:               true,
	protocol.ListGroups:                   true,
	protocol.DescribeAcls:                 true,
	protocol.DescribeConfigs:              true,
	protocol.DescribeLogDirs:              true,
	protocol.DescribeCluster:              true,
	protocol.DescribeProducers:            true,
	protocol.DescribeTransactions:         true,
	protocol.DescribeClientQuotas:         true,
	protocol.DescribeUserScramCredentials: true,
	protocol.DescribeTopicPartitions:      true,
	protocol.ListTransactions:             true,
	protocol.ListPartitionReassignments:   true,
	protocol.ConsumerGroupDescribe:        true,
	protocol.ShareGroupDescribe:           true,
	protocol.StreamsGroupDescribe:         true,
	protocol.DescribeShareGroupOffsets:    true,
}

// broker is a broker of a cluster and the connections to it.
type broker struct {
	cluster *cluster
	links   [linkClasses]linkSet

	mu       sync.Mutex
	info     Broker // ID is -1 for a seed
	seed     seed   // what to dial for a seed
	failures int    // dials in a row that failed
	failure  error  // of the last one
	dialFrom time.Time
}

func newBroker(c *cluster, info Broker) *broker {
	b := &broker{cluster: c, info: info}
	for class := range b.links {
		s := &b.links[class]
		s.limit, s.first.broker = limits[class], b
	}
	return b
}

// describe returns where the broker is.
func (b *broker) describe() Broker {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.info
}

// address returns what to dial.
func (b *broker) address() (network, address string) {
	info := b.describe()
	if info.ID < 0 {
		return b.seed.network, b.seed.address
	}
	return "tcp", net.JoinHostPort(info.Host, strconv.Itoa(info.Port))
}

// name is how errors call the broker.
func (b *broker) name() string {
	_, address := b.address()
	if id := b.describe().ID; id >= 0 {
		return "broker " + strconv.Itoa(id) + " at " + address
	}
	return address
}

// update takes note of what metadata says of the broker. Connections to an
// address that it has left are not used for new requests.
func (b *broker) update(info Broker) (moved bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	moved = b.info.Host != info.Host || b.info.Port != info.Port
	b.info = info
	if moved {
		b.failures, b.failure, b.dialFrom = 0, nil, time.Time{}
	}
	return moved
}

// eachLink calls f for all links.
func (b *broker) eachLink(f func(*link)) {
	for class := range b.links {
		for _, l := range b.links[class].list() {
			f(l)
		}
	}
}

// live tells whether there are connections, or going to be.
func (b *broker) live() (live bool) {
	b.eachLink(func(l *link) { live = live || l.live() })
	return live
}

// retire closes the connections as soon as they carry no request.
func (b *broker) retire() { b.eachLink((*link).retire) }

// close closes the connections. It returns what is closed at the end of dials
// that were under way.
func (b *broker) close() (dials []<-chan struct{}) {
	b.eachLink(func(l *link) {
		if dial := l.close(); dial != nil {
			dials = append(dials, dial)
		}
	})
	return dials
}

// data returns the link of requests that are answered at once.
func (b *broker) data() *link { return &b.links[dataLink].first }

// exchange sends a request and waits for the answer, which is the caller's; nil
// where there is none. A request that the broker cannot have acted upon, because
// it had closed the connection, is sent once more, on a new one.
func (b *broker) exchange(ctx context.Context, req Request) (Response, error) {
	s := &b.links[classes[req.ApiKey()]]
	l := s.take()
	defer s.put(l)
	for retried := false; ; retried = true {
		conn, err := l.acquire(ctx)
		if err != nil {
			b.suspect()
			return nil, b.connectError(req, err)
		}
		res, err := conn.Call(ctx, req)
		l.answered(conn, res)
		if err == nil {
			return res, nil
		}
		b.noAnswer(ctx, conn)
		if retried || ctx.Err() != nil || !lost(conn, req, err) || rewind(req) != nil {
			return nil, err
		}
	}
}

// lost tells whether a request failed with its connection in a way that lets it
// be sent again.
func lost(conn *protocol.Conn, req Request, err error) bool {
	if conn.Err() == nil {
		return false
	}
	return !wasWritten(err) || repeatable[req.ApiKey()] && hungUp(err)
}

// wasWritten tells whether a broker may have seen the request that failed.
func wasWritten(err error) bool {
	var e *protocol.RequestError
	return errors.As(err, &e) && e.Written
}

// connectError is for a request that there was no connection for.
func (b *broker) connectError(req Request, err error) error {
	return &protocol.RequestError{Op: "connect", Broker: b.name(), ApiKey: req.ApiKey(), ApiVersion: -1, Err: err}
}

// suspect has metadata loaded, as a broker that is gone may have been replaced.
func (b *broker) suspect() {
	if b.describe().ID >= 0 {
		b.cluster.load(nil, nil)
	}
}

// noAnswer is for a request that got none on conn, within ctx. A broker that takes
// too long may have lost what it leads to others.
func (b *broker) noAnswer(ctx context.Context, conn *protocol.Conn) {
	loaded := b.cluster.state.Load().loaded
	if conn.Err() != nil || ctx.Err() != nil && time.Since(loaded) > askDelay {
		b.suspect()
	}
}

// linkSet holds the connections to a broker for one class of requests.
type linkSet struct {
	limit int
	first link

	mu   sync.Mutex
	more []*link
}

// list returns all links.
func (s *linkSet) list() []*link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*link{&s.first}, s.more...)
}

// take returns the link for a request, which has it to itself if the limit
// allows. It has to be put back.
func (s *linkSet) take() *link {
	if s.limit == 1 {
		return &s.first
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	best, free := &s.first, false
	for i := -1; i < len(s.more); i++ {
		l := &s.first
		if i >= 0 {
			l = s.more[i]
		}
		load := l.load()
		if l.users == 0 && load == 0 { // connected and free
			best, free = l, true
			break
		}
		if l.users == 0 && load < 0 {
			best, free = l, true
		} else if !free && l.users < best.users {
			best = l
		}
	}
	if !free && len(s.more)+1 < s.limit {
		best = &link{broker: s.first.broker}
		s.more = append(s.more, best)
	}
	best.users++
	return best
}

func (s *linkSet) put(l *link) {
	if s.limit == 1 {
		return
	}
	s.mu.Lock()
	l.users--
	s.mu.Unlock()
}
