package protocol

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Cluster is what is known about a Kafka cluster. It is what requests are
// routed by, and is not changed once made.
type Cluster struct {
	ClusterID  string
	Controller int32            // id of the broker that is the controller
	Brokers    map[int32]Broker // by id
	Topics     map[string]Topic // by name
}

// BrokerIDs returns the ids of the brokers in ascending order.
func (c Cluster) BrokerIDs() []int32 { return sortedKeys(c.Brokers) }

// TopicNames returns the names of the topics in ascending order.
func (c Cluster) TopicNames() []string { return sortedKeys(c.Topics) }

// IsZero reports whether nothing is known: no id, no controller, no brokers and
// no topics.
func (c Cluster) IsZero() bool {
	return c.ClusterID == "" && c.Controller == 0 && len(c.Brokers) == 0 && len(c.Topics) == 0
}

// Format prints tables of the brokers and topics; %+v adds the partitions.
func (c Cluster) Format(w fmt.State, _ rune) {
	t := new(tabwriter.Writer)
	fmt.Fprintf(w, "CLUSTER: %q\n\n", c.ClusterID)
	c.formatBrokers(t.Init(w, 0, 8, 2, ' ', 0))
	fmt.Fprintln(w)
	c.formatTopics(t.Init(w, 0, 8, 2, ' ', 0))
	fmt.Fprintln(w)
	if !w.Flag('+') {
		return
	}
	for _, name := range c.TopicNames() {
		fmt.Fprintf(w, "  TOPIC: %q\n\n", name)
		c.Topics[name].formatPartitions(t.Init(w, 0, 8, 2, ' ', 0))
		fmt.Fprintln(w)
	}
}

func (c Cluster) formatBrokers(t *tabwriter.Writer) {
	fmt.Fprintln(t, "  BROKER\tHOST\tPORT\tRACK\tCONTROLLER")
	for _, id := range c.BrokerIDs() {
		b := c.Brokers[id]
		fmt.Fprintf(t, "  %d\t%s\t%d\t%s\t%t\n", b.ID, b.Host, b.Port, b.Rack, b.ID == c.Controller)
	}
	t.Flush()
}

func (c Cluster) formatTopics(t *tabwriter.Writer) {
	fmt.Fprintln(t, "  TOPIC\tPARTITIONS\tBROKERS")
	for _, name := range c.TopicNames() {
		topic := c.Topics[name]
		brokers := make(map[int32]struct{})
		for _, p := range topic.Partitions {
			for _, id := range p.Replicas {
				brokers[id] = struct{}{}
			}
		}
		fmt.Fprintf(t, "  %s\t%d\t%s\n", topic.Name, len(topic.Partitions), joinIDs(sortedKeys(brokers)))
	}
	t.Flush()
}

// Broker is a member of a cluster.
type Broker struct {
	Rack string
	Host string
	Port int32
	ID   int32
}

// String returns the address of the broker, host:port.
func (b Broker) String() string {
	return net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
}

// Format prints the id of the broker with %d, its address with %s, and id,
// address and rack with any other verb.
func (b Broker) Format(w fmt.State, v rune) {
	switch v {
	case 'd':
		_, _ = io.WriteString(w, strconv.Itoa(int(b.ID)))
	case 's':
		_, _ = io.WriteString(w, b.String())
	default:
		fmt.Fprintf(w, "%d %s %s", b.ID, b.String(), b.Rack)
	}
}

// Topic is a topic of a cluster.
type Topic struct {
	Name       string
	Error      int16               // error code, 0 if there is none
	Partitions map[int32]Partition // by id
}

func (t Topic) formatPartitions(w *tabwriter.Writer) {
	fmt.Fprintln(w, "    PARTITION\tREPLICAS\tISR\tOFFLINE")
	for _, id := range sortedKeys(t.Partitions) {
		p := t.Partitions[id]
		fmt.Fprintf(w, "    %d\t%s\t%s\t%s\n", p.ID, joinIDs(p.Replicas), joinIDs(p.ISR), joinIDs(p.Offline))
	}
	w.Flush()
}

// Partition is a partition of a topic.
type Partition struct {
	ID       int32
	Error    int16   // error code, 0 if there is none
	Leader   int32   // id of the broker that leads it, -1 if there is none
	Replicas []int32 // ids of the brokers that hold it
	ISR      []int32 // ids of the replicas that are in sync
	Offline  []int32 // ids of the replicas that are offline
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := slices.AppendSeq(make([]K, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	return keys
}

func joinIDs(ids []int32) string {
	s := make([]string, len(ids))
	for i, id := range ids {
		s[i] = strconv.Itoa(int(id))
	}
	return strings.Join(s, ",")
}
