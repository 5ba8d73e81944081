package protocol_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go/internal/leftout"
	"github.com/segmentio/kafka-go/protocol"
	_ "github.com/segmentio/kafka-go/protocol/addoffsetstotxn"
	_ "github.com/segmentio/kafka-go/protocol/addpartitionstotxn"
	_ "github.com/segmentio/kafka-go/protocol/addraftvoter"
	_ "github.com/segmentio/kafka-go/protocol/alterclientquotas"
	_ "github.com/segmentio/kafka-go/protocol/alterconfigs"
	_ "github.com/segmentio/kafka-go/protocol/alterpartitionreassignments"
	_ "github.com/segmentio/kafka-go/protocol/alterreplicalogdirs"
	_ "github.com/segmentio/kafka-go/protocol/altersharegroupoffsets"
	_ "github.com/segmentio/kafka-go/protocol/alteruserscramcredentials"
	_ "github.com/segmentio/kafka-go/protocol/apiversions"
	"github.com/segmentio/kafka-go/protocol/consumer"
	_ "github.com/segmentio/kafka-go/protocol/consumergroupdescribe"
	_ "github.com/segmentio/kafka-go/protocol/consumergroupheartbeat"
	_ "github.com/segmentio/kafka-go/protocol/createacls"
	_ "github.com/segmentio/kafka-go/protocol/createdelegationtoken"
	_ "github.com/segmentio/kafka-go/protocol/createpartitions"
	_ "github.com/segmentio/kafka-go/protocol/createtopics"
	_ "github.com/segmentio/kafka-go/protocol/deleteacls"
	_ "github.com/segmentio/kafka-go/protocol/deletegroups"
	_ "github.com/segmentio/kafka-go/protocol/deleterecords"
	_ "github.com/segmentio/kafka-go/protocol/deletesharegroupoffsets"
	_ "github.com/segmentio/kafka-go/protocol/deletetopics"
	_ "github.com/segmentio/kafka-go/protocol/describeacls"
	_ "github.com/segmentio/kafka-go/protocol/describeclientquotas"
	_ "github.com/segmentio/kafka-go/protocol/describecluster"
	_ "github.com/segmentio/kafka-go/protocol/describeconfigs"
	_ "github.com/segmentio/kafka-go/protocol/describedelegationtoken"
	_ "github.com/segmentio/kafka-go/protocol/describegroups"
	_ "github.com/segmentio/kafka-go/protocol/describelogdirs"
	_ "github.com/segmentio/kafka-go/protocol/describeproducers"
	_ "github.com/segmentio/kafka-go/protocol/describequorum"
	_ "github.com/segmentio/kafka-go/protocol/describesharegroupoffsets"
	_ "github.com/segmentio/kafka-go/protocol/describetopicpartitions"
	_ "github.com/segmentio/kafka-go/protocol/describetransactions"
	_ "github.com/segmentio/kafka-go/protocol/describeuserscramcredentials"
	_ "github.com/segmentio/kafka-go/protocol/electleaders"
	_ "github.com/segmentio/kafka-go/protocol/endtxn"
	_ "github.com/segmentio/kafka-go/protocol/expiredelegationtoken"
	_ "github.com/segmentio/kafka-go/protocol/fetch"
	_ "github.com/segmentio/kafka-go/protocol/findcoordinator"
	_ "github.com/segmentio/kafka-go/protocol/gettelemetrysubscriptions"
	_ "github.com/segmentio/kafka-go/protocol/heartbeat"
	_ "github.com/segmentio/kafka-go/protocol/incrementalalterconfigs"
	_ "github.com/segmentio/kafka-go/protocol/initproducerid"
	_ "github.com/segmentio/kafka-go/protocol/joingroup"
	_ "github.com/segmentio/kafka-go/protocol/leavegroup"
	_ "github.com/segmentio/kafka-go/protocol/listconfigresources"
	_ "github.com/segmentio/kafka-go/protocol/listgroups"
	_ "github.com/segmentio/kafka-go/protocol/listoffsets"
	_ "github.com/segmentio/kafka-go/protocol/listpartitionreassignments"
	_ "github.com/segmentio/kafka-go/protocol/listtransactions"
	_ "github.com/segmentio/kafka-go/protocol/metadata"
	_ "github.com/segmentio/kafka-go/protocol/offsetcommit"
	_ "github.com/segmentio/kafka-go/protocol/offsetdelete"
	_ "github.com/segmentio/kafka-go/protocol/offsetfetch"
	_ "github.com/segmentio/kafka-go/protocol/offsetforleaderepoch"
	_ "github.com/segmentio/kafka-go/protocol/produce"
	_ "github.com/segmentio/kafka-go/protocol/pushtelemetry"
	_ "github.com/segmentio/kafka-go/protocol/rawproduce"
	_ "github.com/segmentio/kafka-go/protocol/removeraftvoter"
	_ "github.com/segmentio/kafka-go/protocol/renewdelegationtoken"
	_ "github.com/segmentio/kafka-go/protocol/saslauthenticate"
	_ "github.com/segmentio/kafka-go/protocol/saslhandshake"
	_ "github.com/segmentio/kafka-go/protocol/shareacknowledge"
	_ "github.com/segmentio/kafka-go/protocol/sharefetch"
	_ "github.com/segmentio/kafka-go/protocol/sharegroupdescribe"
	_ "github.com/segmentio/kafka-go/protocol/sharegroupheartbeat"
	_ "github.com/segmentio/kafka-go/protocol/streamsgroupdescribe"
	_ "github.com/segmentio/kafka-go/protocol/streamsgroupheartbeat"
	_ "github.com/segmentio/kafka-go/protocol/streamsgrouptopologydescriptionupdate"
	_ "github.com/segmentio/kafka-go/protocol/syncgroup"
	_ "github.com/segmentio/kafka-go/protocol/txnoffsetcommit"
	_ "github.com/segmentio/kafka-go/protocol/unregisterbroker"
	_ "github.com/segmentio/kafka-go/protocol/unregistercontroller"
	_ "github.com/segmentio/kafka-go/protocol/updatefeatures"
	_ "github.com/segmentio/kafka-go/protocol/writetxnmarkers"
	"github.com/stretchr/testify/require"
)

// The releases whose schemas our messages are held against, oldest first. 3.9 is
// the last that has the versions of old brokers.
var releases = []string{"3.9.1", "4.4.0"}

// TestSchema compares every registered message, at every version, with what Kafka
// itself says about it: the fields, their order, types, nullability, tags and
// defaults, whether they may be dropped, and where flexible versions begin. Names
// have to agree too, so that fields of one type are not mistaken for each other.
func TestSchema(t *testing.T) {
	c := newChecker(t)
	for _, r := range protocol.RegisteredTypes() {
		if !ours(r.Request.PkgPath()) {
			continue // messages of other tests
		}
		t.Run(fmt.Sprintf("%s/override=%t", r.Key, r.Override), func(t *testing.T) {
			require.NoError(t, r.Err)
			require.Equal(t, r.Min, r.ResponseMin)
			require.Equal(t, r.Max, r.ResponseMax)
			c.message(t, side{r.Key.String() + "Request", protocol.NewMessage(r.Request), r.Min, r.Max, r.FlexibleFrom})
			if !r.Override {
				c.message(t, side{r.Key.String() + "Response", protocol.NewMessage(r.Response), r.Min, r.Max, r.ResponseFlexibleFrom})
			}
		})
	}
	t.Logf("%d pairs of api and version, %d requests and responses with %d fields, agree with the schema of Kafka %s; left out are%s",
		len(c.pairs), c.messages, c.fields, strings.Join(releases, " and "), leftout.Text())
	c.requireNoStale(t, func(path string) bool { return !strings.HasPrefix(path, "ConsumerProtocol") })
}

// TestConsumerSchema does the same for what the members of a group tell each other.
func TestConsumerSchema(t *testing.T) {
	c := newChecker(t)
	c.message(t, side{"ConsumerProtocolSubscription", &consumer.Subscription{}, 0, 3, openEnd})
	c.message(t, side{"ConsumerProtocolAssignment", &consumer.Assignment{}, 0, 3, openEnd})
	t.Logf("%d messages with %d fields agree", c.messages, c.fields)
	c.requireNoStale(t, func(path string) bool { return strings.HasPrefix(path, "ConsumerProtocol") })
}

// TestEveryAPIIsThereOrLeftOut: an API that any of the releases has is registered,
// or there is a reason why it is not. An API that clients may send to a broker is
// not left out unless brokers alone may.
func TestEveryAPIIsThereOrLeftOut(t *testing.T) {
	registered := make(map[protocol.ApiKey]bool)
	for _, r := range protocol.RegisteredTypes() {
		registered[r.Key] = registered[r.Key] || ours(r.Request.PkgPath())
	}
	known := make(map[protocol.ApiKey]bool)
	for _, release := range releases {
		for _, s := range schemas(t, release) {
			if s.Type != "request" {
				continue
			}
			require.NotNil(t, s.ApiKey, s.Name)
			key := protocol.ApiKey(*s.ApiKey)
			known[key] = true
			if release == releases[len(releases)-1] {
				require.Equal(t, key.String()+"Request", s.Name) // one was renamed
			}
			_, out := leftout.APIs[key]
			require.True(t, registered[key] != out, "%s of Kafka %s is registered (%t) or in the table of those left out (%t)", key, release, registered[key], out)
		}
	}
	for key, reason := range leftout.APIs {
		require.NotEmpty(t, reason, key)
		require.True(t, known[key], "%s is in none of the releases: remove it from the table", key)
	}
	t.Logf("%d APIs, of which %d are left out:%s", len(known), len(leftout.APIs), leftout.Text())
}

func ours(pkg string) bool {
	return strings.HasPrefix(pkg, "github.com/segmentio/kafka-go/protocol/")
}

// side is one message type of ours.
type side struct {
	name         string // in the JSON
	value        any
	min, max     int16
	flexibleFrom int16
}

type checker struct {
	schemas  []map[string]*kafkaSchema // by release
	pairs    map[string]bool
	messages int
	fields   int
	used     map[string]bool // entries of the tables that were needed
}

func newChecker(t *testing.T) *checker {
	c := &checker{pairs: make(map[string]bool), used: make(map[string]bool)}
	for _, release := range releases {
		c.schemas = append(c.schemas, schemas(t, release))
	}
	return c
}

// message checks the versions of a message, and each of them with every release
// that has it.
func (c *checker) message(t *testing.T, s side) {
	c.versions(t, s)
	for v := s.min; v <= s.max; v++ {
		found := false
		for i, release := range releases {
			schema := c.schemas[i][s.name]
			if schema == nil || !schema.ValidVersions.has(v) {
				continue
			}
			found = true
			got, err := protocol.DescribeVersion(s.value, v)
			require.NoError(t, err)
			w := walk{checker: c, t: t, schema: schema, release: release, version: v}
			w.fieldsOf(s.name, got, schema.Fields)
		}
		require.True(t, found, "%s v%d is in none of the releases", s.name, v)
		c.messages++
		c.pairs[fmt.Sprintf("%s v%d", strings.TrimSuffix(strings.TrimSuffix(s.name, "Request"), "Response"), v)] = true
	}
}

// versions checks the range of a message, and where flexible versions begin.
func (c *checker) versions(t *testing.T, s side) {
	min, max := int16(openEnd), int16(-1)
	for i := range releases {
		schema := c.schemas[i][s.name]
		if schema == nil {
			continue
		}
		low, high := schema.ValidVersions.min, c.stable(i, schema)
		if low < min {
			min = low
		}
		if high > max {
			max = high
		}
		flexible := schema.FlexibleVersions.min
		if schema.FlexibleVersions == none {
			flexible = openEnd
		}
		if flexible < s.min {
			flexible = s.min
		}
		require.Equal(t, flexible, s.flexibleFrom, "first flexible version of %s", s.name)
	}
	api := strings.TrimSuffix(strings.TrimSuffix(s.name, "Request"), "Response")
	if b, ok := bounds[api]; ok {
		c.used["bounds "+api] = true
		require.NotEmpty(t, b.reason)
		require.NotEqual(t, [2]int16{min, max}, [2]int16{b.min, b.max}, "%s has the versions of Kafka, remove it from the table", api)
		min, max = b.min, b.max
	}
	require.Equal(t, fmt.Sprintf("v%d-v%d", min, max), fmt.Sprintf("v%d-v%d", s.min, s.max), "versions of %s", s.name)
}

// stable returns the highest version of a message that brokers offer by default.
// The request tells it for both sides.
func (c *checker) stable(release int, s *kafkaSchema) int16 {
	request := c.schemas[release][strings.TrimSuffix(s.Name, "Response")+"Request"]
	if s.LatestVersionUnstable || request != nil && request.LatestVersionUnstable {
		return s.ValidVersions.max - 1
	}
	return s.ValidVersions.max
}

// walk compares one version of a message with one release.
type walk struct {
	*checker
	t       *testing.T
	schema  *kafkaSchema
	release string
	version int16
}

func (w *walk) where(path string) string {
	return fmt.Sprintf("%s v%d (Kafka %s)", path, w.version, w.release)
}

// fieldsOf compares the fields of a struct. path names it in terms of the JSON.
func (w *walk) fieldsOf(path string, got []protocol.FieldInfo, fields []kafkaField) {
	want := w.carried(fields)
	if len(got) == 1 && w.inline(path+"."+got[0].Name) {
		got = got[0].Children
	}
	if len(got) > 0 && w.extra(path+"."+got[0].Name) {
		got = got[1:]
	}
	require.Equal(w.t, w.names(path, want), ourNames(got), "fields of %s", w.where(path))
	for i := range want {
		w.field(path+"."+want[i].Name, &got[i], want[i])
	}
}

// carried returns the fields that the version has: those in order, then the
// tagged ones by number.
func (w *walk) carried(fields []kafkaField) []*kafkaField {
	var list []*kafkaField
	for i := range fields {
		if fields[i].Versions.has(w.version) {
			list = append(list, &fields[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *kafkaField) int { return w.tag(a) - w.tag(b) })
	return list
}

func (w *walk) tag(f *kafkaField) int {
	if !f.TaggedVersions.has(w.version) {
		return -1
	}
	n, err := strconv.Atoi(f.Tag.String())
	require.NoError(w.t, err, f.Name)
	return n
}

// names returns what we call the fields.
func (w *walk) names(path string, fields []*kafkaField) []string {
	list := []string{}
	for _, f := range fields {
		list = append(list, w.name(path+"."+f.Name))
	}
	return list
}

func (w *walk) name(path string) string {
	for _, key := range []string{fmt.Sprintf("%s v%d", path, w.version), path} {
		if name, ok := renamed[key]; ok {
			w.used["renamed "+key] = true
			return strings.ToLower(name)
		}
	}
	return strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
}

func ourNames(fields []protocol.FieldInfo) []string {
	list := []string{}
	for _, f := range fields {
		list = append(list, strings.ToLower(f.Name))
	}
	return list
}

func (w *walk) extra(path string) bool {
	if extraFields[path] == "" {
		return false
	}
	w.used["extra "+path] = true
	return true
}

// inline reports whether a field of ours is a struct whose fields Kafka's schema
// has in its place.
func (w *walk) inline(path string) bool {
	if inlined[path] == "" {
		return false
	}
	w.used["inlined "+path] = true
	return true
}

func (w *walk) field(path string, got *protocol.FieldInfo, want *kafkaField) {
	w.checker.fields++
	where := w.where(path)
	flexible := w.schema.FlexibleVersions.has(w.version)
	require.Equal(w.t, flexible && hasLength(got.Kind), got.Compact, "compact form of %s", where)
	require.Equal(w.t, want.NullableVersions.has(w.version), got.Nullable, "nullability of %s", where)
	require.Equal(w.t, w.tag(want), got.Tag, "tag of %s", where)
	require.Equal(w.t, want.defaultText(w.t), plainDefault(w.t, got.Default), "default of %s", where)
	require.Equal(w.t, w.ignorable(path, want), got.Ignorable, "whether %s may be dropped", where)

	if d, ok := departures[path]; ok && d.has(w.version) {
		w.used["departure "+path] = true
		require.NotEmpty(w.t, d.reason)
		require.Equal(w.t, d.kind, got.Kind, "type of %s", where)
		return
	}
	require.Equal(w.t, w.schema.kind(want), got.Kind, "type of %s", where)
	if children := w.schema.children(want); children != nil {
		w.fieldsOf(path, got.Children, children)
	}
}

func hasLength(kind string) bool {
	switch kind {
	case "string", "bytes", "records":
		return true
	}
	return strings.HasPrefix(kind, "[]")
}

// ignorable tells what the newest release that has the field says: older ones have
// not seen the versions without it.
func (w *walk) ignorable(path string, f *kafkaField) bool {
	if droppable[path].reason != "" {
		w.used["droppable "+path] = true
		return droppable[path].ours
	}
	parts := strings.Split(path, ".")
	for i := len(w.schemas) - 1; i >= 0; i-- {
		if s := w.schemas[i][parts[0]]; s != nil {
			if newest := s.find(parts[1:]); newest != nil {
				return newest.Ignorable
			}
		}
	}
	return f.Ignorable
}

func (s *kafkaSchema) find(path []string) *kafkaField {
	fields := s.Fields
	var found *kafkaField
	for _, name := range path {
		i := slices.IndexFunc(fields, func(f kafkaField) bool { return f.Name == name })
		if i < 0 {
			return nil
		}
		found = &fields[i]
		fields = s.children(found)
	}
	return found
}

// requireNoStale fails on entries of the tables that nothing needs, of those that
// concern the test.
func (c *checker) requireNoStale(t *testing.T, concerns func(path string) bool) {
	var all []string
	add := func(table string, keys []string) {
		for _, key := range keys {
			if concerns(key) {
				all = append(all, table+" "+key)
			}
		}
	}
	add("bounds", slices.Collect(maps.Keys(bounds)))
	add("renamed", slices.Collect(maps.Keys(renamed)))
	add("extra", slices.Collect(maps.Keys(extraFields)))
	add("inlined", slices.Collect(maps.Keys(inlined)))
	add("droppable", slices.Collect(maps.Keys(droppable)))
	add("departure", slices.Collect(maps.Keys(departures)))
	slices.Sort(all)
	for _, key := range all {
		if !c.used[key] {
			t.Errorf("%q is no longer true: remove the entry", key)
		}
	}
}
