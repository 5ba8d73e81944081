package kafka

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
)

// fitInt16 is fitInt32 for 16 bits.
func fitInt16(field string, n int) (int16, error) {
	if n < math.MinInt16 || n > math.MaxInt16 {
		return 0, fmt.Errorf("%s: %d does not fit the 16 bits that Kafka has for it", field, n)
	}
	return int16(n), nil
}

func wirePartition(n int) (int32, error) { return fitInt32("Partition", n) }

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
