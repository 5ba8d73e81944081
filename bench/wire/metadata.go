package wire

import (
	"fmt"
	"net"
	"strconv"
)

// Leaders returns the addresses of the leaders of a topic's partitions.
func Leaders(broker, topic string) ([]string, error) {
	c, err := Dial(broker)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	b := appendHeader(nil, apiMetadata, versionMetadata)
	b = appendString(appendInt32(b, 1), topic)
	if _, err := c.net.Write(finish(b, 0)); err != nil {
		return nil, err
	}
	body, err := c.Read()
	if err != nil {
		return nil, err
	}
	return readLeaders(&fields{b: body}, topic)
}

func readLeaders(f *fields, topic string) ([]string, error) {
	brokers := map[int]string{}
	for range f.int32() {
		id, host, port := f.int32(), f.string(), f.int32()
		f.string() // rack
		brokers[id] = net.JoinHostPort(host, strconv.Itoa(port))
	}
	f.int32() // controller
	f.int32() // one topic
	if code := f.int16(); code != 0 {
		return nil, fmt.Errorf("wire: topic %s: error %d", topic, code)
	}
	f.string() // its name
	f.int8()   // internal
	leaders := make([]string, max(f.int32(), 0))
	for range leaders {
		code, partition, leader := f.int16(), f.int32(), f.int32()
		f.take(4 * f.int32()) // replicas
		f.take(4 * f.int32()) // in-sync replicas
		address, known := brokers[leader]
		if f.bad || partition >= len(leaders) || code != 0 || !known {
			return nil, fmt.Errorf("wire: partition %d of topic %s: error %d, leader %d", partition, topic, code, leader)
		}
		leaders[partition] = address
	}
	return leaders, f.err()
}
