package kafka

import (
	"cmp"
	"fmt"
	"math"
)

// ACLOperationType is what an ACL lets a principal do, or keeps it from doing.
type ACLOperationType int8

// The operations. ACLOperationTypeAny is for filters.
const (
	ACLOperationTypeUnknown         ACLOperationType = 0
	ACLOperationTypeAny             ACLOperationType = 1
	ACLOperationTypeAll             ACLOperationType = 2
	ACLOperationTypeRead            ACLOperationType = 3
	ACLOperationTypeWrite           ACLOperationType = 4
	ACLOperationTypeCreate          ACLOperationType = 5
	ACLOperationTypeDelete          ACLOperationType = 6
	ACLOperationTypeAlter           ACLOperationType = 7
	ACLOperationTypeDescribe        ACLOperationType = 8
	ACLOperationTypeClusterAction   ACLOperationType = 9
	ACLOperationTypeDescribeConfigs ACLOperationType = 10
	ACLOperationTypeAlterConfigs    ACLOperationType = 11
	ACLOperationTypeIdempotentWrite ACLOperationType = 12
	ACLOperationTypeCreateTokens    ACLOperationType = 13 // Kafka 3.3 (KIP-373)
	ACLOperationTypeDescribeTokens  ACLOperationType = 14 // Kafka 3.3 (KIP-373)
	ACLOperationTypeTwoPhaseCommit  ACLOperationType = 15 // Kafka 4.0 (KIP-939)
)

var aclOperationTypes = enumText[ACLOperationType]{
	ACLOperationTypeAny:             "Any",
	ACLOperationTypeAll:             "All",
	ACLOperationTypeRead:            "Read",
	ACLOperationTypeWrite:           "Write",
	ACLOperationTypeCreate:          "Create",
	ACLOperationTypeDelete:          "Delete",
	ACLOperationTypeAlter:           "Alter",
	ACLOperationTypeDescribe:        "Describe",
	ACLOperationTypeClusterAction:   "ClusterAction",
	ACLOperationTypeDescribeConfigs: "DescribeConfigs",
	ACLOperationTypeAlterConfigs:    "AlterConfigs",
	ACLOperationTypeIdempotentWrite: "IdempotentWrite",
	ACLOperationTypeCreateTokens:    "CreateTokens",
	ACLOperationTypeDescribeTokens:  "DescribeTokens",
	ACLOperationTypeTwoPhaseCommit:  "TwoPhaseCommit",
}

// String returns the text of MarshalText.
func (aot ACLOperationType) String() string { return aclOperationTypes.of(aot) }

// MarshalText returns the operation as one word, such as Read or AlterConfigs;
// Unknown for numbers that are not known here. The error is nil.
func (aot ACLOperationType) MarshalText() ([]byte, error) { return []byte(aot.String()), nil }

// UnmarshalText reads what MarshalText writes, in capitals or not. It fails on other
// texts, and sets aot to ACLOperationTypeUnknown then.
func (aot *ACLOperationType) UnmarshalText(text []byte) (err error) {
	*aot, err = aclOperationTypes.parse(text)
	return err
}

// ACLPermissionType says whether an ACL allows an operation or denies it. What one
// denies no other can allow.
type ACLPermissionType int8

// The permissions. ACLPermissionTypeAny is for filters.
const (
	ACLPermissionTypeUnknown ACLPermissionType = 0
	ACLPermissionTypeAny     ACLPermissionType = 1
	ACLPermissionTypeDeny    ACLPermissionType = 2
	ACLPermissionTypeAllow   ACLPermissionType = 3
)

var aclPermissionTypes = enumText[ACLPermissionType]{
	ACLPermissionTypeAny:   "Any",
	ACLPermissionTypeDeny:  "Deny",
	ACLPermissionTypeAllow: "Allow",
}

// String returns the text of MarshalText.
func (apt ACLPermissionType) String() string { return aclPermissionTypes.of(apt) }

// MarshalText returns Any, Deny, Allow or, for other numbers, Unknown. The error is
// nil.
func (apt ACLPermissionType) MarshalText() ([]byte, error) { return []byte(apt.String()), nil }

// UnmarshalText reads what MarshalText writes, in capitals or not. It fails on other
// texts, and sets apt to ACLPermissionTypeUnknown then.
func (apt *ACLPermissionType) UnmarshalText(text []byte) (err error) {
	*apt, err = aclPermissionTypes.parse(text)
	return err
}

// checkACL finds what brokers would hang up on: kinds that are not set, and, unless
// it is about a filter, those that only filters may have.
func checkACL(of string, filter bool, resource ResourceType, pattern PatternType, operation ACLOperationType, permission ACLPermissionType) error {
	refuse := func(field string, value any) error {
		return fmt.Errorf("%s: %s must not be %v", of, field, value)
	}
	least := int8(ACLOperationTypeAll) // Unknown and Any are less, of all types
	if filter {
		least = int8(ACLOperationTypeAny)
	}
	switch {
	case int8(resource) < least:
		return refuse("ResourceType", resource)
	case pattern < 0, !filter && (pattern == PatternTypeAny || pattern == PatternTypeMatch):
		return refuse("ResourcePatternType", pattern)
	case int8(operation) < least:
		return refuse("Operation", operation)
	case int8(permission) < least:
		return refuse("PermissionType", permission)
	}
	return nil
}

// patternCode is what requests have for a pattern; unset means literal.
func patternCode(pattern PatternType) int8 { return int8(cmp.Or(pattern, PatternTypeLiteral)) }

// aclOperations takes apart the set of bits in which brokers tell what a
// client may do; nil if they were not asked.
func aclOperations(bits int32) []ACLOperationType {
	if bits == math.MinInt32 {
		return nil
	}
	list := []ACLOperationType{}
	for op := range ACLOperationType(31) {
		if uint32(bits)&(1<<op) != 0 {
			list = append(list, op)
		}
	}
	return list
}
