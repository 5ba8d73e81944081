package scram_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"hash"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	xdg "github.com/xdg-go/scram"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/scram"
)

const (
	username = "jane,=doe"
	password = "hunter2"
)

// broker returns the server's side of an exchange.
func broker(t testing.TB, algo scram.Algorithm, user, pass string) *xdg.ServerConversation {
	client, err := xdg.HashGeneratorFcn(algo.Hash).NewClient(user, pass, "")
	require.NoError(t, err)
	creds, err := client.GetStoredCredentialsWithError(xdg.KeyFactors{Salt: "salt of the test", Iters: 4096})
	require.NoError(t, err)
	server, err := xdg.HashGeneratorFcn(algo.Hash).NewServer(func(name string) (xdg.StoredCredentials, error) {
		if name != user {
			return xdg.StoredCredentials{}, fmt.Errorf("unknown user")
		}
		return creds, nil
	})
	require.NoError(t, err)
	return server.NewConversation()
}

// exchange runs mech against server as the connection does.
func exchange(mech sasl.Mechanism, server *xdg.ServerConversation, change func(step int, challenge string) string) error {
	ctx := context.Background()
	sess, message, err := mech.Start(ctx)
	if err != nil {
		return err
	}
	for step := 1; ; step++ {
		challenge, err := server.Step(string(message))
		if err != nil && challenge == "" {
			return err
		}
		if change != nil {
			challenge = change(step, challenge)
		}
		done, response, err := sess.Next(ctx, []byte(challenge))
		if err != nil || done {
			return err
		}
		message = response
	}
}

func TestBothSidesProveThePassword(t *testing.T) {
	for _, algo := range []scram.Algorithm{scram.SHA256, scram.SHA512} {
		t.Run(algo.Name(), func(t *testing.T) {
			mech, err := scram.Mechanism(algo, username, password)
			require.NoError(t, err)
			require.Equal(t, algo.Name(), mech.Name())

			server := broker(t, algo, username, password)
			require.NoError(t, exchange(mech, server, nil))
			require.True(t, server.Valid())
		})
	}
	require.Equal(t, "SCRAM-SHA-256", scram.SHA256.Name())
	require.Equal(t, "SCRAM-SHA-512", scram.SHA512.Name())
	require.Equal(t, 32, scram.SHA256.Hash().Size())
	require.Equal(t, 64, scram.SHA512.Hash().Size())
}

func TestMechanismIsSharedByConnections(t *testing.T) {
	mech, err := scram.Mechanism(scram.SHA256, username, password)
	require.NoError(t, err)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		server := broker(t, scram.SHA256, username, password)
		wg.Go(func() { errs[i] = exchange(mech, server, nil) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func TestWrongAnswersAreErrors(t *testing.T) {
	mech, err := scram.Mechanism(scram.SHA256, username, password)
	require.NoError(t, err)
	another := broker(t, scram.SHA256, username, "another password")

	for name, test := range map[string]struct {
		server *xdg.ServerConversation
		change func(step int, challenge string) string
		text   string
	}{
		"wrong password": {server: another, text: "sasl/scram: SCRAM-SHA-256"},
		"a broker that does not know the password": {
			server: broker(t, scram.SHA256, username, password),
			change: func(step int, challenge string) string {
				if step == 2 {
					return "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
				}
				return challenge
			},
			text: "sasl/scram: SCRAM-SHA-256",
		},
		"a broker that leaves its proof out": {
			server: broker(t, scram.SHA256, username, password),
			change: func(step int, challenge string) string {
				if step == 2 {
					return ""
				}
				return challenge
			},
			text: "sasl/scram: SCRAM-SHA-256",
		},
		"too few iterations": {
			server: broker(t, scram.SHA256, username, password),
			change: func(step int, challenge string) string { return strings.Replace(challenge, "i=4096", "i=1", 1) },
			text:   "iteration",
		},
		"too many iterations": {
			server: broker(t, scram.SHA256, username, password),
			change: func(step int, challenge string) string {
				return strings.Replace(challenge, "i=4096", "i=2147483647", 1)
			},
			text: "2147483647 iterations",
		},
		"more iterations than a number holds": {
			server: broker(t, scram.SHA256, username, password),
			change: func(step int, challenge string) string {
				return strings.Replace(challenge, "i=4096", "i=99999999999999999999", 1)
			},
			text: "iterations",
		},
		"not a challenge": {
			server: broker(t, scram.SHA256, username, password),
			change: func(step int, challenge string) string { return "\x00\xff" },
			text:   "sasl/scram: SCRAM-SHA-256",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := exchange(mech, test.server, test.change)
			require.ErrorContains(t, err, test.text)
			require.NotContains(t, err.Error(), password)
		})
	}
}

func TestMechanismHoldsNoPasswordInItsText(t *testing.T) {
	mech, err := scram.Mechanism(scram.SHA512, username, password)
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "SCRAM-SHA-512", fmt.Sprintf(verb, mech))
	}
}

func TestSASLprepRejects(t *testing.T) {
	for _, c := range []struct{ user, pass string }{
		{"jane", "bell\x07" + password},
		{"ja\x07ne", password},
		{"jane", password + "\U0001F600"},
	} {
		_, err := scram.Mechanism(scram.SHA256, c.user, c.pass)
		require.ErrorContains(t, err, "SASLprep")
		require.NotContains(t, err.Error(), password)
	}
	_, err := scram.Mechanism(nil, "jane", password)
	require.Error(t, err)
}

func TestNextObeysContext(t *testing.T) {
	mech, err := scram.Mechanism(scram.SHA256, username, password)
	require.NoError(t, err)
	sess, _, err := mech.Start(context.Background())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err = sess.Next(ctx, []byte("r=x,s=x,i=4096"))
	require.ErrorIs(t, err, context.Canceled)
}

type custom struct{}

func (custom) Name() string    { return "SCRAM-MD5" }
func (custom) Hash() hash.Hash { return md5.New() }

func TestAlgorithmOfTheProgramsOwn(t *testing.T) {
	mech, err := scram.Mechanism(custom{}, username, password)
	require.NoError(t, err)
	require.Equal(t, "SCRAM-MD5", mech.Name())
	require.NoError(t, exchange(mech, broker(t, custom{}, username, password), nil))
}

// FuzzChallenge gives a session whatever a broker may send.
func FuzzChallenge(f *testing.F) {
	f.Add([]byte("r=abc,s=c2FsdA==,i=4096"), []byte("v=cHJvb2Y="))
	f.Add([]byte(""), []byte("e=other-error"))
	f.Add([]byte("i=-1"), []byte("\xff"))
	mech, err := scram.Mechanism(scram.SHA256, username, password)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, first, final []byte) {
		sess, _, err := mech.Start(context.Background())
		require.NoError(t, err)
		if done, _, err := sess.Next(context.Background(), first); done || err != nil {
			require.False(t, done)
			return
		}
		done, _, err := sess.Next(context.Background(), final)
		require.False(t, done && err == nil, "accepted without a proof")
	})
}
