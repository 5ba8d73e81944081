package protocol_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/internal/testkafka"
	"github.com/stretchr/testify/require"
)

// kafkaSchema is a message as Kafka's own JSON describes it.
type kafkaSchema struct {
	ApiKey                *int16
	Type                  string
	Name                  string
	ValidVersions         versions
	FlexibleVersions      versions
	LatestVersionUnstable bool
	Fields                []kafkaField
	CommonStructs         []kafkaField
}

type kafkaField struct {
	Name             string
	Type             string
	Versions         versions
	NullableVersions versions
	TaggedVersions   versions
	Tag              json.Number // a string in some
	Default          any
	Ignorable        bool
	Fields           []kafkaField
}

// versions is a range such as "0-3", "4+", "5" or "none".
type versions struct{ min, max int16 }

const openEnd = 32767

func (v *versions) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v.min, v.max = 0, -1
	if s == "none" || s == "" {
		return nil
	}
	low, high, isRange := strings.Cut(s, "-")
	low, isOpen := strings.CutSuffix(low, "+")
	min, err := strconv.ParseInt(low, 10, 16)
	if err != nil {
		return err
	}
	v.min, v.max = int16(min), int16(min)
	switch {
	case isOpen:
		v.max = openEnd
	case isRange:
		max, err := strconv.ParseInt(high, 10, 16)
		if err != nil {
			return err
		}
		v.max = int16(max)
	}
	return nil
}

// has reports whether the range has a version.
func (v versions) has(version int16) bool { return v.min <= version && version <= v.max }

// none stands for ranges that the JSON leaves out.
var none = versions{0, -1}

func (f *kafkaField) UnmarshalJSON(b []byte) error {
	type plain kafkaField
	p := plain{NullableVersions: none, TaggedVersions: none}
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	*f = kafkaField(p)
	return nil
}

// children returns the fields of the structs of a field.
func (s *kafkaSchema) children(f *kafkaField) []kafkaField {
	if len(f.Fields) > 0 {
		return f.Fields
	}
	name := strings.TrimPrefix(f.Type, "[]")
	for i := range s.CommonStructs {
		if s.CommonStructs[i].Name == name {
			return s.CommonStructs[i].Fields
		}
	}
	return nil
}

// kind is the type of a field in the terms of protocol.FieldInfo.
func (s *kafkaSchema) kind(f *kafkaField) string {
	if s.children(f) == nil {
		return f.Type
	}
	if strings.HasPrefix(f.Type, "[]") {
		return "[]struct"
	}
	return "struct"
}

// defaultText is the default of a field, "" for one that is zero or null.
func (f *kafkaField) defaultText(t *testing.T) string {
	if f.Default == nil {
		return ""
	}
	return plainDefault(t, fmt.Sprint(f.Default))
}

// plainDefault makes defaults comparable: numbers may be hexadecimal, and those
// that are zero, or null, are as good as none.
func plainDefault(t *testing.T, text string) string {
	switch text {
	case "", "null":
		return ""
	}
	if b, err := strconv.ParseBool(text); err == nil && strings.ContainsAny(text, "aeAE") {
		if b {
			return "true"
		}
		return ""
	}
	n, err := strconv.ParseInt(text, 0, 64)
	require.NoError(t, err, "default %q", text)
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// schemas reads all messages from the kafka-clients jar of a version, by name.
func schemas(t *testing.T, version string) map[string]*kafkaSchema {
	t.Helper()
	dir, err := testkafka.Jars(version)
	if err != nil && os.Getenv("KAFKA_REQUIRED") == "" {
		t.Skipf("Kafka's schema is in its jars, which are not to be had: %v", err)
	}
	require.NoError(t, err)
	jar := filepath.Join(dir, "kafka-clients-"+version+".jar")
	archive, err := zip.OpenReader(jar)
	require.NoError(t, err)
	defer archive.Close()

	list := make(map[string]*kafkaSchema)
	for _, file := range archive.File {
		if path.Dir(file.Name) != "common/message" || path.Ext(file.Name) != ".json" {
			continue
		}
		s := readSchema(t, file)
		list[s.Name] = s
	}
	require.NotEmpty(t, list, jar)
	return list
}

func readSchema(t *testing.T, file *zip.File) *kafkaSchema {
	t.Helper()
	r, err := file.Open()
	require.NoError(t, err)
	defer r.Close()
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	s := &kafkaSchema{FlexibleVersions: none}
	require.NoError(t, json.Unmarshal(withoutComments(text), s), file.Name)
	return s
}

// withoutComments removes what stands after // on each line, outside of strings.
func withoutComments(text []byte) []byte {
	out := make([]byte, 0, len(text))
	quoted, comment := false, false
	for i, c := range text {
		switch {
		case c == '\n':
			comment = false
		case comment:
			continue
		case c == '"' && text[i-1] != '\\':
			quoted = !quoted
		case !quoted && c == '/' && i+1 < len(text) && text[i+1] == '/':
			comment = true
			continue
		}
		out = append(out, c)
	}
	return out
}
