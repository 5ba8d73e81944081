package kafka

import (
	"context"
	"net"
	"time"

	"github.com/segmentio/kafka-go/protocol/updatefeatures"
)

// FeatureUpgradeType says which changes of a feature are allowed.
type FeatureUpgradeType int8

const (
	// FeatureUpgrade lets the version rise only. It is what the zero value means.
	FeatureUpgrade = FeatureUpgradeType(updatefeatures.Upgrade)

	// FeatureSafeDowngrade also lets it fall, if nothing is lost by it.
	FeatureSafeDowngrade = FeatureUpgradeType(updatefeatures.SafeDowngrade)

	// FeatureUnsafeDowngrade also lets it fall if something is.
	FeatureUnsafeDowngrade = FeatureUpgradeType(updatefeatures.UnsafeDowngrade)
)

// UpdateFeaturesRequest sets versions of features that the whole cluster uses
// (KIP-584).
type UpdateFeaturesRequest struct {
	// Addr is the cluster; nil means that of the Client.
	Addr net.Addr

	// Features are those to change.
	Features []UpdateFeaturesRequestFeature

	// ValidateOnly changes nothing. Brokers before Kafka 3.3 cannot (KIP-778).
	ValidateOnly bool
}

// UpdateFeaturesRequestFeature is a feature and its version to be.
type UpdateFeaturesRequestFeature struct {
	// Name is for instance metadata.version.
	Name string

	// MaxVersionLevel is the version. Below 1 the feature is no longer used.
	MaxVersionLevel int

	// UpgradeType says whether the version may fall. Zero means FeatureUpgrade. Brokers
	// before Kafka 3.3 know that alone.
	UpgradeType FeatureUpgradeType
}

// UpdateFeaturesResponse tells whether features were changed.
type UpdateFeaturesResponse struct {
	// Throttle is how long the broker holds requests back because of a quota.
	Throttle time.Duration

	// Error concerns the whole request.
	Error error

	// Errors are, by feature, why it was not changed; nil for one that was. From Kafka
	// 4.0 on all are changed or none, with the same error.
	Errors map[string]error
}

// UpdateFeatures sets the versions of features that the whole cluster uses. The
// controller is asked.
//
// It needs Kafka 2.7.
func (c *Client) UpdateFeatures(ctx context.Context, req *UpdateFeaturesRequest) (*UpdateFeaturesResponse, error) {
	const method = "UpdateFeatures"
	var check checker
	features := mapped(req.Features, func(f *UpdateFeaturesRequestFeature) updatefeatures.RequestFeature {
		return updatefeatures.RequestFeature{
			Feature: f.Name, UpgradeType: int8(f.UpgradeType), MaxVersionLevel: check.int16("MaxVersionLevel of "+f.Name, f.MaxVersionLevel),
		}
	})
	if check.err != nil {
		return nil, clientError(method, check.err)
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	res, err := call[*updatefeatures.Response](ctx, c, method, req.Addr, &updatefeatures.Request{
		FeatureUpdates: features, ValidateOnly: req.ValidateOnly, TimeoutMs: operationTimeout(ctx, 0),
	})
	if err != nil {
		return nil, err
	}
	answer := &UpdateFeaturesResponse{
		Throttle: throttleDuration(res.ThrottleTimeMs),
		Error:    brokerError(res.ErrorCode, res.ErrorMessage),
		Errors:   make(map[string]error, len(req.Features)),
	}
	for _, f := range req.Features {
		answer.Errors[f.Name] = answer.Error
	}
	for _, r := range res.Results {
		answer.Errors[r.Feature] = brokerError(r.ErrorCode, r.ErrorMessage)
	}
	return answer, nil
}
