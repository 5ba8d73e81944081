package kafka

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// mapped converts a list; nil stays nil.
func mapped[In, Out any](list []In, convert func(*In) Out) []Out {
	if list == nil {
		return nil
	}
	out := make([]Out, len(list))
	for i := range list {
		out[i] = convert(&list[i])
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

// makeInts converts a list. The result is not nil.
func makeInts(list []int32) []int {
	ints := make([]int, len(list))
	for i, n := range list {
		ints[i] = int(n)
	}
	return ints
}

// intsByName converts a list of partitions of topics, or the like.
func intsByName[T any](list []T, of func(*T) (name string, ids []int32)) map[string][]int {
	m := make(map[string][]int, len(list))
	for i := range list {
		name, ids := of(&list[i])
		m[name] = makeInts(ids)
	}
	return m
}

// throttleDuration is the throttle time of a response.
func throttleDuration(ms int32) time.Duration { return time.Duration(ms) * time.Millisecond }

// partError is what was answered about a part of a request, or why it was not: cause
// is set where no broker was reached, and code only stands in for the answer then.
func partError(code int16, text string, cause error) error {
	var told Error
	switch {
	case cause == nil:
		return brokerError(code, text)
	case errors.As(cause, &told):
		return cause
	}
	return &unreachedError{cause: cause, code: Error(code)}
}

// unreachedError reads like its cause; errors.Is finds the code, too.
type unreachedError struct {
	cause error
	code  Error
}

func (e *unreachedError) Error() string   { return e.cause.Error() }
func (e *unreachedError) Unwrap() []error { return []error{e.cause, e.code} }

// errNotAnswered is for a response that leaves out what was asked for.
func errNotAnswered(topic string, partition int) error {
	return fmt.Errorf("the answer has nothing about partition %d of topic %q", partition, topic)
}
