package sasl_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/segmentio/kafka-go/sasl"
)

func TestMetadataTravelsInContext(t *testing.T) {
	require.Nil(t, sasl.MetadataFromContext(context.Background()))

	m := &sasl.Metadata{Host: "broker-1", Port: 9093}
	ctx := sasl.WithMetadata(context.Background(), m)
	require.Same(t, m, sasl.MetadataFromContext(ctx))

	child, cancel := context.WithCancel(ctx)
	defer cancel()
	require.Same(t, m, sasl.MetadataFromContext(child))
}
