package kafka

// ResourceType is a kind of what requests are about: what an ACL protects, or what
// has a configuration.
type ResourceType int8

// The kinds of resources. ACLs know those from ResourceTypeTopic to
// ResourceTypeUser; ResourceTypeAny is for their filters. Configurations know
// ResourceTypeTopic, ResourceTypeBroker, and those from ResourceTypeBrokerLogger on.
const (
	ResourceTypeUnknown         ResourceType = 0
	ResourceTypeAny             ResourceType = 1
	ResourceTypeTopic           ResourceType = 2
	ResourceTypeGroup           ResourceType = 3
	ResourceTypeBroker          ResourceType = 4 // the same number as ResourceTypeCluster
	ResourceTypeCluster         ResourceType = 4
	ResourceTypeTransactionalID ResourceType = 5
	ResourceTypeDelegationToken ResourceType = 6
	ResourceTypeUser            ResourceType = 7  // Kafka 3.3 (KIP-373)
	ResourceTypeBrokerLogger    ResourceType = 8  // Kafka 2.4 (KIP-412)
	ResourceTypeClientMetrics   ResourceType = 16 // Kafka 3.7 (KIP-714)
	ResourceTypeGroupConfig     ResourceType = 32 // Kafka 4.0 (KIP-848)
)

var resourceTypes = enumText[ResourceType]{
	ResourceTypeAny:             "Any",
	ResourceTypeTopic:           "Topic",
	ResourceTypeGroup:           "Group",
	ResourceTypeCluster:         "Cluster",
	ResourceTypeTransactionalID: "Transactionalid",
	ResourceTypeDelegationToken: "Delegationtoken",
	ResourceTypeUser:            "User",
	ResourceTypeBrokerLogger:    "Brokerlogger",
	ResourceTypeClientMetrics:   "Clientmetrics",
	ResourceTypeGroupConfig:     "Groupconfig",
}

// resourceTypeSynonyms are texts that are read, and not written.
var resourceTypeSynonyms = enumText[ResourceType]{ResourceTypeBroker: "Broker"}

// String returns the text of MarshalText.
func (rt ResourceType) String() string { return resourceTypes.of(rt) }

// MarshalText returns the kind as one word, such as Topic or Transactionalid. It is
// Unknown for numbers that are not known here, and Cluster for brokers. The error
// is nil.
func (rt ResourceType) MarshalText() ([]byte, error) { return []byte(rt.String()), nil }

// UnmarshalText reads what MarshalText writes, in capitals or not, and "broker". It
// fails on other texts, and sets rt to ResourceTypeUnknown then.
func (rt *ResourceType) UnmarshalText(text []byte) (err error) {
	if *rt, err = resourceTypeSynonyms.parse(text); err == nil {
		return nil
	}
	*rt, err = resourceTypes.parse(text)
	return err
}

// PatternType says how the name of an ACL's resource is meant (KIP-290).
type PatternType int8

// The kinds of patterns. PatternTypeAny and PatternTypeMatch are for filters.
const (
	PatternTypeUnknown  PatternType = 0
	PatternTypeAny      PatternType = 1 // any kind
	PatternTypeMatch    PatternType = 2 // every pattern that covers the name, "*" among them
	PatternTypeLiteral  PatternType = 3 // the name itself, or all if it is "*"
	PatternTypePrefixed PatternType = 4 // all names that begin with it
)

var patternTypes = enumText[PatternType]{
	PatternTypeAny:      "Any",
	PatternTypeMatch:    "Match",
	PatternTypeLiteral:  "Literal",
	PatternTypePrefixed: "Prefixed",
}

// String returns the text of MarshalText.
func (pt PatternType) String() string { return patternTypes.of(pt) }

// MarshalText returns the kind as one word, such as Literal; Unknown for numbers
// that are not known here. The error is nil.
func (pt PatternType) MarshalText() ([]byte, error) { return []byte(pt.String()), nil }

// UnmarshalText reads what MarshalText writes, in capitals or not. It fails on other
// texts, and sets pt to PatternTypeUnknown then.
func (pt *PatternType) UnmarshalText(text []byte) (err error) {
	*pt, err = patternTypes.parse(text)
	return err
}
