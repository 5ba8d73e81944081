// Command v04-secure is a program in the style of kafka-go v0.4 that connects by TLS,
// through a proxy that it runs itself, and by SASL, where there is a listener: KAFKA_SASL
// is the address of one with the user alice, whose password is alice-secret.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx, strings.Split(os.Getenv("KAFKA_BROKERS"), ",")[0], os.Getenv("KAFKA_SASL")); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func run(ctx context.Context, broker, saslBroker string) error {
	topic := fmt.Sprintf("v04-secure-%d", time.Now().UnixNano())
	if err := overTLS(ctx, broker, topic); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	if saslBroker == "" {
		fmt.Println("KAFKA_SASL is not set: SASL is not tried")
		return nil
	}
	if err := overSASL(ctx, saslBroker, topic); err != nil {
		return fmt.Errorf("SASL: %w", err)
	}
	return nil
}

// overTLS has a Dialer and a Transport go through a proxy that ends TLS.
func overTLS(ctx context.Context, broker, topic string) error {
	server, roots, err := certificate()
	if err != nil {
		return err
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		return err
	}
	defer l.Close()
	go serve(l, broker)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String()) // whatever the address that a broker tells
	}
	config := &tls.Config{RootCAs: roots, ServerName: "kafka.test", MinVersion: tls.VersionTLS12}
	dialer := &kafka.Dialer{Timeout: 10 * time.Second, TLS: config, DialFunc: dial}
	if err := exchange(ctx, dialer, &kafka.Transport{TLS: config, Dial: dial}, broker, topic); err != nil {
		return err
	}
	stranger := &kafka.Dialer{Timeout: 10 * time.Second, TLS: &tls.Config{ServerName: "kafka.test", MinVersion: tls.VersionTLS12}, DialFunc: dial}
	_, err = stranger.DialContext(ctx, "tcp", broker)
	var authority x509.UnknownAuthorityError
	if !errors.As(err, &authority) {
		return fmt.Errorf("a certificate that nobody vouches for: %T %v", err, err)
	}
	return nil
}

func certificate() (*tls.Config, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"kafka.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, roots, nil
}

func serve(l net.Listener, broker string) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer in.Close()
			out, err := net.Dial("tcp", broker)
			if err != nil {
				return
			}
			defer out.Close()
			go io.Copy(out, in)
			io.Copy(in, out)
		}()
	}
}

func overSASL(ctx context.Context, broker, topic string) error {
	sha256, err := scram.Mechanism(scram.SHA256, "alice", "alice-secret")
	if err != nil {
		return err
	}
	for i, mechanism := range []sasl.Mechanism{plain.Mechanism{Username: "alice", Password: "alice-secret"}, sha256} {
		dialer := &kafka.Dialer{Timeout: 10 * time.Second, SASLMechanism: mechanism}
		if err := exchange(ctx, dialer, &kafka.Transport{SASL: mechanism}, broker, fmt.Sprintf("%s-%d", topic, i)); err != nil {
			return fmt.Errorf("%s: %w", mechanism.Name(), err)
		}
	}
	wrong := &kafka.Dialer{Timeout: 10 * time.Second, SASLMechanism: plain.Mechanism{Username: "alice", Password: "not-the-one"}}
	if _, err := wrong.DialContext(ctx, "tcp", broker); !errors.Is(err, kafka.SASLAuthenticationFailed) {
		return fmt.Errorf("a wrong password: %T %v", err, err)
	} else if strings.Contains(err.Error(), "not-the-one") {
		return fmt.Errorf("the error tells the password: %v", err)
	}
	return nil
}

// exchange makes a topic and reads what was written to it.
func exchange(ctx context.Context, dialer *kafka.Dialer, transport *kafka.Transport, broker, topic string) error {
	conn, err := dialer.DialContext(ctx, "tcp", broker)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}); err != nil {
		return fmt.Errorf("creating a topic: %w", err)
	}
	leader, err := dialer.DialLeader(ctx, "tcp", broker, topic, 0)
	if err != nil {
		return fmt.Errorf("dialling the leader: %w", err)
	}
	defer leader.Close()
	defer transport.CloseIdleConnections()
	w := &kafka.Writer{Addr: kafka.TCP(broker), Topic: topic, Transport: transport, BatchTimeout: time.Millisecond, RequiredAcks: kafka.RequireAll}
	defer w.Close()
	for i := 0; i < 3; i++ {
		if err := w.WriteMessages(ctx, kafka.Message{Value: []byte("secret")}); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	leader.SetDeadline(time.Now().Add(20 * time.Second))
	for i := int64(0); i < 3; i++ {
		m, err := leader.ReadMessage(1000)
		if err != nil || m.Offset != i || string(m.Value) != "secret" {
			return fmt.Errorf("reading %d: %+v, %w", i, m, err)
		}
	}
	return nil
}
