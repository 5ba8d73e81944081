package protocol

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// alternative is one of the parts of a `kafka` tag that | separates: how a
// field is encoded in a range of versions.
type alternative struct {
	min, max int16
	nullable bool
	compact  bool
	// ignorable: a version that cannot carry the field may drop its value.
	ignorable bool
	// section marks, on a blank field, structs that end in a tagged section.
	section bool
	// tag is the number of a tagged field, or -1.
	tag int32
	// flexible is the first flexible version of a message, or noVersion.
	flexible int32
	// defaultText is the value that the field has where it is not carried.
	defaultText string
	hasDefault  bool
}

// noVersion is above all versions.
const noVersion = math.MaxInt16 + 1

// unversioned is the version that fields belong to whose tag names no versions.
// Only Marshal and Unmarshal use it.
const unversioned = -1

// has reports whether the alternative describes the given version.
func (a *alternative) has(version int16) bool { return a.min <= version && version <= a.max }

// parseTag reads the `kafka` tag of a struct field. It returns no alternatives
// for a field that is not on the wire.
func parseTag(f reflect.StructField) ([]alternative, error) {
	text, ok := f.Tag.Lookup("kafka")
	switch {
	case text == "-" || f.Name != "_" && !f.IsExported():
		return nil, nil
	case !ok && f.Name == "_":
		return nil, nil
	case text == "":
		return []alternative{{min: unversioned, max: unversioned, tag: -1, flexible: noVersion}}, nil
	}
	var alts []alternative
	for part := range strings.SplitSeq(text, "|") {
		a, err := parseAlternative(part, f.Name == "_")
		if err != nil {
			return nil, fmt.Errorf("malformed struct tag %q: %w", text, err)
		}
		alts = append(alts, a)
	}
	return alts, nil
}

func parseAlternative(text string, blank bool) (alternative, error) {
	a := alternative{tag: -1, flexible: noVersion}
	hasMin, hasMax := false, false
	for option := range strings.SplitSeq(text, ",") {
		name, value, hasValue := strings.Cut(option, "=")
		var err error
		switch {
		case name == "min" && hasValue:
			a.min, err = parseVersion(value)
			hasMin = true
		case name == "max" && hasValue:
			a.max, err = parseVersion(value)
			hasMax = true
		case name == "flexible" && hasValue && blank:
			var v int16
			v, err = parseVersion(value)
			a.flexible = int32(v)
		case name == "default" && hasValue && !blank:
			a.defaultText, a.hasDefault = value, true
		case name == "tag" && hasValue && !blank:
			a.tag, err = parseTagNumber(value)
		case name == "tag" && !hasValue && blank:
			a.section = true
		case name == "nullable" && !hasValue && !blank:
			a.nullable = true
		case name == "compact" && !hasValue && !blank:
			a.compact = true
		case name == "ignorable" && !hasValue && !blank:
			a.ignorable = true
		default:
			err = fmt.Errorf("option %q is not known here", option)
		}
		if err != nil {
			return a, err
		}
	}
	return a, a.check(hasMin, hasMax, blank)
}

func (a *alternative) check(hasMin, hasMax, blank bool) error {
	switch {
	case !hasMin && !hasMax && !blank:
		a.min, a.max = unversioned, unversioned
	case !hasMin:
		return fmt.Errorf("missing minimum version")
	case !hasMax:
		return fmt.Errorf("missing maximum version")
	case a.min > a.max:
		return fmt.Errorf("minimum version v%d is above maximum version v%d", a.min, a.max)
	}
	return nil
}

func parseVersion(s string) (int16, error) {
	digits, ok := strings.CutPrefix(s, "v")
	n, err := strconv.ParseInt(digits, 10, 16)
	if !ok || err != nil || n < unversioned {
		return 0, fmt.Errorf("invalid version number: %q", s)
	}
	return int16(n), nil
}

func parseTagNumber(s string) (int32, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("invalid tag number: %q", s)
	}
	return int32(n), nil
}

// defaultValue is a parsed default=X. Numbers are kept as their bits.
type defaultValue struct {
	bits uint64
	text string
}

// parseDefault reads the default of a field of the given type. The default null
// is the Go zero value of a type that can be null.
func parseDefault(text string, t *wireType) (defaultValue, error) {
	var d defaultValue
	var err error
	size := int(t.typ.Size()) * 8
	switch {
	case t.code == opString:
		if text != "null" {
			d.text = text
		}
	case text == "null" && t.nilable():
	case t.code == opBool:
		var v bool
		if v, err = strconv.ParseBool(text); v {
			d.bits = 1
		}
	case t.typ.Kind() == reflect.Float64:
		var v float64
		v, err = strconv.ParseFloat(text, 64)
		d.bits = math.Float64bits(v)
	case t.code.fixed() && (t.typ.Kind() == reflect.Uint16 || t.typ.Kind() == reflect.Uint32):
		d.bits, err = strconv.ParseUint(text, 0, size)
	case t.code.fixed():
		var v int64
		v, err = strconv.ParseInt(text, 0, size)
		d.bits = uint64(v)
	default:
		err = fmt.Errorf("a %s has no such default", t.typ)
	}
	if err != nil {
		return d, fmt.Errorf("invalid default %q: %w", text, err)
	}
	return d, nil
}
