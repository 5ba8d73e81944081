package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// operationTimeout is what a request gives the broker to carry it out, in
// milliseconds: what the program asks for, or defaultBrokerTimeout if nothing bounds
// the call, and no more than ctx leaves.
func operationTimeout(ctx context.Context, asked time.Duration) int32 {
	given := brokerTime(ctx, defaultBrokerTimeout)
	if asked > 0 {
		given = min(asked, brokerTime(ctx, asked))
	}
	return milliseconds(given)
}

// fitInt32 converts a number that a request has as 32 bits.
func fitInt32(field string, n int) (int32, error) {
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0, fmt.Errorf("%s: %d does not fit the 32 bits that Kafka has for it", field, n)
	}
	return int32(n), nil
}

// fitInt32s is fitInt32 for a list; nil stays nil.
func fitInt32s(field string, list []int) (fit []int32, err error) {
	if list == nil {
		return nil, nil
	}
	fit = make([]int32, len(list))
	for i, n := range list {
		if fit[i], err = fitInt32(field, n); err != nil {
			return nil, err
		}
	}
	return fit, nil
}

func makeInts(list []int32) []int {
	ints := make([]int, len(list))
	for i, n := range list {
		ints[i] = int(n)
	}
	return ints
}

// resourceError is what became of a resource whose broker may not have been
// reached, for the reason cause, which has a broker's code or is given this one.
func resourceError(code int16, text string, cause error) error {
	var told Error
	switch {
	case cause == nil:
		return brokerError(code, text)
	case errors.As(cause, &told):
		return cause
	}
	return fmt.Errorf("%w: %w", Error(code), cause)
}
