package kafka

import (
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
)

// request makes the request of a flight, in the memory of the flight that was before.
// Batches that cannot be sent land at once.
func (s *sender) request(f *flight, version int16) *produce.Request {
	o := s.core.options
	req := &f.req
	*req = produce.Request{Acks: int16(o.acks), Timeout: milliseconds(brokerShare(o.writeTimeout)), Topics: req.Topics[:0]}
	topics := make(topicIndex)
	kept := f.batches[:0]
	for _, x := range f.batches {
		records, err := x.batch.wire(o, version)
		if err != nil {
			s.giveUp(x, err, NotWritten)
			continue
		}
		i, ok := topics.find(req, x.queue.topic)
		if !ok {
			addTopic(req, x.queue.topic, s.topicID(x.queue.topic))
		}
		x.topicID = req.Topics[i].TopicID
		kept = append(kept, x)
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, produce.RequestPartition{
			Partition: x.queue.id,
			RecordSet: protocol.RecordSet{Records: records},
		})
	}
	f.batches = kept
	return req
}

// addTopic adds a topic without partitions, whose list of them has the memory of the one
// that was in its place before.
func addTopic(req *produce.Request, name string, id protocol.UUID) {
	req.Topics = extend(req.Topics)
	t := &req.Topics[len(req.Topics)-1]
	*t = produce.RequestTopic{Topic: name, TopicID: id, Partitions: t.Partitions[:0]}
}

// topicIndex finds the topics of a request.
type topicIndex map[string]int

// find returns where a topic is, or else where it will be.
func (x topicIndex) find(req *produce.Request, topic string) (i int, ok bool) {
	last := len(req.Topics) - 1
	if last >= 0 && req.Topics[last].Topic == topic {
		return last, true
	}
	if i, ok = x[topic]; !ok {
		i = last + 1
		x[topic] = i
	}
	return i, ok
}

func (s *sender) topicID(topic string) protocol.UUID {
	if t := s.core.route.known(topic); t != nil {
		return t.id
	}
	return protocol.UUID{}
}
