package protocol

import (
	"runtime/debug"
	"strings"
	"sync"
)

const softwareName = "kafka-go"

// moduleVersion is the version of this module in the running program.
var moduleVersion = sync.OnceValue(func() string {
	const path = "github.com/segmentio/kafka-go"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	if info.Main.Path == path {
		return info.Main.Version
	}
	for _, dep := range info.Deps {
		if dep.Path == path {
			return dep.Version
		}
	}
	return ""
})

// software returns what the broker is told about this program. Brokers answer
// names in another form than theirs with an error (KIP-511).
func (c *Conn) software() (name, version string) {
	name, version = c.opts.SoftwareName, c.opts.SoftwareVersion
	if name == "" {
		name = softwareName
	}
	if version == "" {
		version = moduleVersion()
	}
	return softwareText(name), softwareText(version)
}

// softwareText makes s match [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?.
func softwareText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '.', r == '-':
			return r
		}
		return '-'
	}, s)
	if s = strings.Trim(s, "-."); s == "" {
		return "unknown"
	}
	return s
}
