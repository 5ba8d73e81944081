package kafka

import (
	"sync"
	"sync/atomic"
)

// DialerStats tells how long the steps of a Dialer took since the previous call
// of Dialer.Stats. Steps that failed count too.
type DialerStats struct {
	// Connections made to look up partitions.
	PartitionLookupsDialTime DurationStats `metric:"kafka.writer.dial.lookuppartition.seconds"`

	// Connections made to the leader of a partition.
	DialPartitionTime DurationStats `metric:"kafka.writer.dial.dialpartition.seconds"`

	// Metadata requests of lookups.
	ReadPartitionTime DurationStats `metric:"kafka.writer.dial.readpartition.seconds"`

	// Connections of the network, of every kind, without TLS and SASL.
	NetDialTime DurationStats `metric:"kafka.writer.dial.net.seconds"`

	// TLS handshakes.
	TLSHandshakeTime DurationStats `metric:"kafka.writer.dial.tls.seconds"`
}

// dialerState is what a Dialer learns and counts.
type dialerState struct {
	// legacy: a broker hung up when it was asked for its versions the way
	// that Kafka brokers are, and answered the oldest way, which all know.
	legacy atomic.Bool

	lookupDial    summary
	dialPartition summary
	readPartition summary
	netDial       summary
	tlsHandshake  summary
}

// dialerInit guards the creation of a literal Dialer's state. It is one for
// all, so that Dialer stays a struct that may be copied.
var dialerInit sync.Mutex

func (d *Dialer) state() *dialerState {
	dialerInit.Lock()
	defer dialerInit.Unlock()
	if d.shared == nil {
		d.shared = new(dialerState)
	}
	return d.shared
}

// Stats returns what was observed since the previous call. It is safe for
// concurrent use. Copies of a Dialer that has been used share their counters.
func (d *Dialer) Stats() DialerStats {
	s := d.state()
	return DialerStats{
		PartitionLookupsDialTime: s.lookupDial.durations(),
		DialPartitionTime:        s.dialPartition.durations(),
		ReadPartitionTime:        s.readPartition.durations(),
		NetDialTime:              s.netDial.durations(),
		TLSHandshakeTime:         s.tlsHandshake.durations(),
	}
}
