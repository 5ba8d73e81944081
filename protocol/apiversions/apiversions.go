// Package apiversions has the messages of the ApiVersions API, by which a client
// learns what a broker supports (KIP-35).
//
// Version 3 introduces the client by name (KIP-511) and brings the features of
// the cluster (KIP-584), version 5 checks that the broker is the one meant
// (KIP-1242). A broker that does not know the version of a request answers with
// version 0 and the error UNSUPPORTED_VERSION.
package apiversions

import "github.com/segmentio/kafka-go/protocol"

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The versions at which requests change shape.
const (
	maxVersion    = 5
	firstSoftware = 3 // the client introduces itself, and must
	firstIdentity = 5 // the broker is checked to be the one meant
)

// Request asks a broker which APIs and versions it supports.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v3"`

	// ClientSoftwareName and ClientSoftwareVersion introduce the client. Brokers
	// refuse them when empty or when they have other characters than letters,
	// digits, dots and dashes.
	ClientSoftwareName    string `kafka:"min=v3,max=v5,ignorable"`
	ClientSoftwareVersion string `kafka:"min=v3,max=v5,ignorable"`

	// ClusterID and NodeID are the cluster and broker that the client means to
	// talk to: others answer REBOOTSTRAP_REQUIRED. The check of the cluster is
	// left out when its id is empty, that of the broker when its id is -1.
	// Both zero ask for no check.
	ClusterID string `kafka:"min=v5,max=v5,nullable,ignorable"`
	NodeID    int32  `kafka:"min=v5,max=v5,default=-1,ignorable"`
}

// ApiKey returns protocol.ApiVersions.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.ApiVersions }

// VersionRange keeps a request that does not introduce the client below version
// 3, and one that does not say which broker it means below version 5.
func (r *Request) VersionRange() (min, max int16) {
	if r.ClientSoftwareName == "" || r.ClientSoftwareVersion == "" {
		return 0, firstSoftware - 1
	}
	if r.ClusterID == "" && r.NodeID == 0 {
		return 0, firstIdentity - 1
	}
	return 0, maxVersion
}

// Response lists what a broker supports.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v5,flexible=v3"`

	ErrorCode int16            `kafka:"min=v0,max=v5"`
	ApiKeys   []ApiKeyResponse `kafka:"min=v0,max=v5"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v1,max=v5,ignorable"`

	// SupportedFeatures are the features that the broker could use.
	SupportedFeatures []SupportedFeature `kafka:"min=v3,max=v5,tag=0,ignorable"`

	// FinalizedFeaturesEpoch grows whenever FinalizedFeatures change; -1 when they
	// are not known.
	FinalizedFeaturesEpoch int64 `kafka:"min=v3,max=v5,tag=1,default=-1,ignorable"`

	// FinalizedFeatures are the features that the cluster has in use.
	FinalizedFeatures []FinalizedFeature `kafka:"min=v3,max=v5,tag=2,ignorable"`

	// ZkMigrationReady tells that a KRaft controller can take over from ZooKeeper.
	ZkMigrationReady bool `kafka:"min=v3,max=v5,tag=3,ignorable"`
}

// ApiKeyResponse is the range of versions of one API.
type ApiKeyResponse struct {
	ApiKey     int16 `kafka:"min=v0,max=v5"`
	MinVersion int16 `kafka:"min=v0,max=v5"`
	MaxVersion int16 `kafka:"min=v0,max=v5"`
}

// SupportedFeature is the range of levels that a broker has of a feature.
type SupportedFeature struct {
	Name       string `kafka:"min=v3,max=v5"`
	MinVersion int16  `kafka:"min=v3,max=v5"`
	MaxVersion int16  `kafka:"min=v3,max=v5"`
}

// FinalizedFeature is the level of a feature that a cluster has in use.
type FinalizedFeature struct {
	Name            string `kafka:"min=v3,max=v5"`
	MaxVersionLevel int16  `kafka:"min=v3,max=v5"`
	MinVersionLevel int16  `kafka:"min=v3,max=v5"`
}

// ApiKey returns protocol.ApiVersions.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.ApiVersions }
