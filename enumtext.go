package kafka

import (
	"fmt"
	"strings"
)

// enumText has the texts of the values of a type. The value 0 is "Unknown", as is
// every value without a text.
type enumText[T ~int8] map[T]string

func (e enumText[T]) of(v T) string {
	if text, ok := e[v]; ok {
		return text
	}
	return "Unknown"
}

// parse finds the value of a text, whatever its case. The value of others is 0.
func (e enumText[T]) parse(text []byte) (T, error) {
	for v, known := range e {
		if strings.EqualFold(known, string(text)) {
			return v, nil
		}
	}
	if strings.EqualFold("Unknown", string(text)) {
		return 0, nil
	}
	return 0, fmt.Errorf("kafka: %q is no %T", text, T(0))
}
