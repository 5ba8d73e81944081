package kafka

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// narrow converts the numbers of a request, which are ints, to the width that the
// protocol has for them. err is about the first that does not fit.
type narrow struct{ err error }

func (n *narrow) int32(field string, value int) int32 {
	if value != int(int32(value)) {
		n.fail(field, value, 32)
	}
	return int32(value)
}

func (n *narrow) int16(field string, value int) int16 {
	if value != int(int16(value)) {
		n.fail(field, value, 16)
	}
	return int16(value)
}

func (n *narrow) partitions(ids []int) []int32 {
	return mapped(ids, func(id int) int32 { return n.int32("Partition", id) })
}

func (n *narrow) fail(field string, value, bits int) {
	if n.err == nil {
		n.err = fmt.Errorf("%s is %d, which does not fit into the %d bits that Kafka has for it", field, value, bits)
	}
}

// mapped converts a list. The result is not nil.
func mapped[In, Out any](list []In, convert func(In) Out) []Out {
	out := make([]Out, len(list))
	for i := range list {
		out[i] = convert(list[i])
	}
	return out
}

// mappedByKey converts a map to a list, in the order of the keys. The result is not
// nil.
func mappedByKey[K cmp.Ordered, V, Out any](m map[K]V, convert func(K, V) Out) []Out {
	out := make([]Out, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, convert(key, m[key]))
	}
	return out
}

// commitGeneration is the generation of a commit: none for one that names neither
// a member nor a generation, which is one from outside of the group.
func commitGeneration(n *narrow, generation int, member, instance string) int32 {
	if generation == 0 && member == "" && instance == "" {
		return -1
	}
	return n.int32("GenerationID", generation)
}

// answerError is what was answered about a part of a request, or why it was not:
// cause is set where no broker was reached.
func answerError(code int16, text string, cause error) error {
	switch {
	case cause == nil:
		return brokerError(code, text)
	case Error(code) == NetworkException:
		return cause // the code only stands in for it
	}
	return fmt.Errorf("%w: %w", Error(code), cause)
}

// errNotAnswered is for a response that leaves out what was asked for.
func errNotAnswered(topic string, partition int) error {
	return fmt.Errorf("the answer has nothing about partition %d of topic %q", partition, topic)
}
