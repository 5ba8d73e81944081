// Package updatefeatures has the messages of the UpdateFeatures API, which sets
// the versions of features that a whole cluster uses (KIP-584).
//
// Version 1 tells kinds of downgrades and can validate only (KIP-778), version 2 has
// no results for single features: all are changed or none (KIP-1022).
package updatefeatures

import (
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

func init() {
	protocol.Register(&Request{}, &Response{})
}

// The values of RequestFeature.UpgradeType.
const (
	Upgrade         int8 = 1 // the version may only rise
	SafeDowngrade   int8 = 2 // it may fall if nothing is lost
	UnsafeDowngrade int8 = 3 // it may fall
)

// The versions at which requests change shape.
const (
	maxVersion       = 2
	firstUpgradeType = 1
)

// Request asks the controller to change features.
type Request struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// TimeoutMs is how long the broker waits for the change.
	TimeoutMs      int32            `kafka:"min=v0,max=v2,default=60000"`
	FeatureUpdates []RequestFeature `kafka:"min=v0,max=v2"`

	// ValidateOnly changes nothing. Version 0 cannot.
	ValidateOnly bool `kafka:"min=v1,max=v2"`
}

// RequestFeature is a feature and its version to be.
type RequestFeature struct {
	Feature string `kafka:"min=v0,max=v2"`

	// MaxVersionLevel is the version; below 1 the feature is no longer used.
	MaxVersionLevel int16 `kafka:"min=v0,max=v2"`

	// AllowDowngrade is in version 0; later ones have UpgradeType. A request that
	// sets it is sent at version 0 or not at all.
	AllowDowngrade bool `kafka:"min=v0,max=v0"`

	// UpgradeType is one of the constants above; 0 stands for Upgrade.
	UpgradeType int8 `kafka:"min=v1,max=v2,default=1"`
}

// ApiKey returns protocol.UpdateFeatures.
func (r *Request) ApiKey() protocol.ApiKey { return protocol.UpdateFeatures }

// VersionRange keeps a request that has AllowDowngrade at version 0, and one that
// has what came with version 1 above it.
func (r *Request) VersionRange() (min, max int16) {
	min, max = 0, maxVersion
	if r.ValidateOnly {
		min = firstUpgradeType
	}
	for i := range r.FeatureUpdates {
		if r.FeatureUpdates[i].AllowDowngrade {
			max = firstUpgradeType - 1
		}
		if r.FeatureUpdates[i].UpgradeType > Upgrade {
			min = firstUpgradeType
		}
	}
	return min, max
}

// Prepare makes an unset UpgradeType Upgrade: brokers refuse 0.
func (r *Request) Prepare(apiVersion int16) {
	for i := range r.FeatureUpdates {
		if f := &r.FeatureUpdates[i]; f.UpgradeType == 0 {
			f.UpgradeType = Upgrade
		}
	}
}

// BrokerWait is the time that the broker waits for the change, which a connection
// adds to its patience.
func (r *Request) BrokerWait() time.Duration {
	return time.Duration(r.TimeoutMs) * time.Millisecond
}

// Broker returns the controller, or a broker with ID -1, which stands for any,
// while it is not known.
func (r *Request) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	return cluster.ControllerOrAny(), nil
}

// Response tells whether features were changed.
type Response struct {
	_ struct{} `kafka:"min=v0,max=v2,flexible=v0"`

	// ThrottleTimeMs is how long the broker delayed or will delay the client
	// because of a quota.
	ThrottleTimeMs int32 `kafka:"min=v0,max=v2"`

	// ErrorCode concerns the whole request.
	ErrorCode    int16  `kafka:"min=v0,max=v2"`
	ErrorMessage string `kafka:"min=v0,max=v2,nullable"`

	// Results are in versions up to 1.
	Results []ResponseResult `kafka:"min=v0,max=v1,ignorable"`
}

// ResponseResult is the outcome for one feature.
type ResponseResult struct {
	Feature      string `kafka:"min=v0,max=v2"`
	ErrorCode    int16  `kafka:"min=v0,max=v2"`
	ErrorMessage string `kafka:"min=v0,max=v2,nullable"`
}

// ApiKey returns protocol.UpdateFeatures.
func (r *Response) ApiKey() protocol.ApiKey { return protocol.UpdateFeatures }
