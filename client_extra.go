package kafka

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
)

// wireNumber converts a number of the program's to one of the protocol's.
func wireNumber[T int16 | int32](what string, n int) (T, error) {
	if v := T(n); int(v) == n {
		return v, nil
	}
	return 0, fmt.Errorf("%s %d is out of range", what, n)
}

func wirePartition(n int) (int32, error) { return wireNumber[int32]("partition", n) }

func wireBroker(n int) (int32, error) { return wireNumber[int32]("broker id", n) }

// wireList converts the elements of a list. nil stays nil.
func wireList[T, W any](list []T, convert func(T) (W, error)) ([]W, error) {
	if list == nil {
		return nil, nil
	}
	converted := make([]W, len(list))
	for i, v := range list {
		var err error
		if converted[i], err = convert(v); err != nil {
			return nil, err
		}
	}
	return converted, nil
}

// wireTopics converts the topics of a request, and what it has of their
// partitions. They are in the order of their names; nil stays nil.
func wireTopics[P, W, T any](topics map[string][]P, partition func(P) (W, error), topic func(string, []W) T) ([]T, error) {
	if topics == nil {
		return nil, nil
	}
	list := make([]T, 0, len(topics))
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		if len(topics[name]) == 0 {
			return nil, fmt.Errorf("topic %q: no partitions are given", name)
		}
		partitions, err := wireList(topics[name], partition)
		if err != nil {
			return nil, fmt.Errorf("topic %q: %w", name, err)
		}
		list = append(list, topic(name, partitions))
	}
	return list, nil
}

// convertAll converts the elements of a list. The result is nil if there are none.
func convertAll[T, W any](list []T, convert func(*T) W) []W {
	var converted []W
	for i := range list {
		converted = append(converted, convert(&list[i]))
	}
	return converted
}

// intsOf converts ids of brokers or partitions.
func intsOf(ids []int32) []int {
	return convertAll(ids, func(id *int32) int { return int(*id) })
}

// partError is the error of a part of an answer: what a broker said about it, or
// why it could not be asked, which is err then.
func partError(err error, code int16, text string) error {
	switch {
	case err == nil:
		return brokerError(code, text)
	case Error(code) == NetworkException || errors.Is(err, Error(code)):
		return err
	default:
		return fmt.Errorf("%w: %w", Error(code), err)
	}
}

// aclOperations lists the operations whose bits are set. It is nil for what stands
// for operations that were not asked for.
func aclOperations(set int32) []ACLOperationType {
	if set == math.MinInt32 {
		return nil
	}
	list := make([]ACLOperationType, 0, bits.OnesCount32(uint32(set)))
	for rest := uint32(set); rest != 0; rest &= rest - 1 {
		list = append(list, ACLOperationType(bits.TrailingZeros32(rest)))
	}
	return list
}
