package kafka

import (
	"fmt"
	"io"
	"strconv"

	"github.com/segmentio/kafka-go/protocol"
)

// ApiVersion is the range of versions of an API that a broker supports, as
// ApiVersions tells.
type ApiVersion struct {
	ApiKey     int16
	MinVersion int16
	MaxVersion int16
}

// Format satisfies fmt.Formatter:
//
//	%s   name of the API, such as Fetch; its number if it has no name here
//	%d   number of the API
//	%-d  lowest version
//	%+d  highest version
//	%v   name and versions, as Fetch[v4:v17]
//	%-v  lowest version, as v4
//	%+v  highest version, as v17
//	%#v  Go syntax
func (v ApiVersion) Format(w fmt.State, r rune) {
	var text string
	switch r {
	case 's':
		text = v.name()
	case 'd':
		text = strconv.Itoa(int(v.number(w)))
	case 'v':
		text = v.text(w)
	default:
		text = fmt.Sprintf("%%!%c(kafka.ApiVersion=%s)", r, v.text(noFlags{}))
	}
	_, _ = io.WriteString(w, text)
}

// flags is the part of fmt.State that Format looks at.
type flags interface{ Flag(c int) bool }

type noFlags struct{}

func (noFlags) Flag(int) bool { return false }

func (v ApiVersion) number(f flags) int16 {
	switch {
	case f.Flag('-'):
		return v.MinVersion
	case f.Flag('+'):
		return v.MaxVersion
	default:
		return v.ApiKey
	}
}

func (v ApiVersion) text(f flags) string {
	switch {
	case f.Flag('-'):
		return fmt.Sprintf("v%d", v.MinVersion)
	case f.Flag('+'):
		return fmt.Sprintf("v%d", v.MaxVersion)
	case f.Flag('#'):
		return fmt.Sprintf("kafka.ApiVersion{ApiKey:%d, MinVersion:%d, MaxVersion:%d}", v.ApiKey, v.MinVersion, v.MaxVersion)
	default:
		return fmt.Sprintf("%s[v%d:v%d]", v.name(), v.MinVersion, v.MaxVersion)
	}
}

func (v ApiVersion) name() string { return protocol.ApiKey(v.ApiKey).String() }
