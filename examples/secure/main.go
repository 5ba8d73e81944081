// Command secure connects to a cluster with TLS and SCRAM and lists its topics.
//
//	KAFKA_BROKERS=broker.example.com:9093 KAFKA_USER=alice KAFKA_PASSWORD=… go run ./secure -ca ca.pem
//
// The password comes from the environment, since other users of a machine can see arguments.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/scram"
)

const timeout = 10 * time.Second

func main() {
	ca := flag.String("ca", "", "PEM file of the authority that signed the brokers' certificates (default: the system's)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dialer, err := newDialer(*ca, os.Getenv("KAFKA_USER"), os.Getenv("KAFKA_PASSWORD"))
	if err == nil {
		err = listTopics(ctx, os.Stdout, dialer, os.Getenv("KAFKA_BROKERS"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "secure:", err)
		os.Exit(1)
	}
}

func newDialer(ca, user, password string) (*kafka.Dialer, error) {
	roots, err := loadRoots(ca)
	if err != nil {
		return nil, err
	}
	mechanism, err := scram.Mechanism(scram.SHA512, user, password)
	if err != nil {
		return nil, err
	}
	return &kafka.Dialer{Timeout: timeout, TLS: &tls.Config{RootCAs: roots}, SASLMechanism: mechanism}, nil
}

// loadRoots returns nil, which means the system's authorities, if there is no file.
func loadRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return roots, nil
}

func listTopics(ctx context.Context, out io.Writer, dialer *kafka.Dialer, broker string) error {
	if broker == "" {
		return errors.New("KAFKA_BROKERS is not set")
	}
	conn, err := dialer.DialContext(ctx, "tcp", broker)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	partitions, err := conn.ReadPartitions()
	if err != nil {
		return err
	}
	for _, p := range partitions {
		fmt.Fprintf(out, "%s/%d is led by broker %d\n", p.Topic, p.ID, p.Leader.ID)
	}
	return nil
}
