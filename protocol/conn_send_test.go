package protocol

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSendReturnsBeforeTheAnswer(t *testing.T) {
	c, peer := newPeer(t, ConnOptions{})
	wake := make(chan struct{}, 1)
	const n = 8
	ids := make(chan int32, n)
	go func() {
		for range n {
			ids <- peer.read().id
		}
	}()
	var pending [n]*Pending
	for i := range pending {
		p, err := c.Send(t.Context(), &echoRequest{Text: string(rune('a' + i))}, wake)
		require.NoError(t, err)
		require.False(t, p.Ready())
		pending[i] = p
	}
	require.Equal(t, n, c.InFlight())
	require.Empty(t, wake)
	for i, p := range pending {
		text := string(rune('A' + i))
		peer.answer(<-ids, text)
		<-wake
		require.True(t, p.Ready())
		reply, err := p.Reply(t.Context())
		require.NoError(t, err)
		require.Equal(t, text, reply.Message.(*echoResponse).Text)
	}
	require.Empty(t, wake)
}

func TestSendWakesWhenTheConnectionEnds(t *testing.T) {
	c, peer := newPeer(t, ConnOptions{})
	wake := make(chan struct{}, 1)
	go peer.read()
	p, err := c.Send(t.Context(), &echoRequest{}, wake)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	<-wake
	require.True(t, p.Ready())
	_, err = p.Reply(t.Context())
	var failed *RequestError
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.Written)
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestSendWithoutResponse(t *testing.T) {
	c, peer := newPeer(t, ConnOptions{})
	wake := make(chan struct{}, 1)
	go peer.read()
	p, err := c.Send(t.Context(), &mutedRequest{}, wake)
	require.NoError(t, err)
	<-wake
	require.True(t, p.Ready())
	reply, err := p.Reply(t.Context())
	require.NoError(t, err)
	require.Nil(t, reply.Message)
}

func TestSendAbandons(t *testing.T) {
	c, peer := newPeer(t, ConnOptions{})
	ids := make(chan int32, 2)
	go func() { ids <- peer.read().id; ids <- peer.read().id }()
	p, err := c.Send(t.Context(), &echoRequest{}, nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Reply(ctx)
	require.ErrorIs(t, err, context.Canceled)
	next := echo(t.Context(), c, "next")
	peer.answer(<-ids, "for nobody")
	peer.answer(<-ids, "for the next")
	requireText(t, "for the next", next)
}

func TestCloseWhenIdle(t *testing.T) {
	c, peer := newPeer(t, ConnOptions{})
	ids := make(chan int32, 1)
	go func() { ids <- peer.read().id }()
	last := echo(t.Context(), c, "last")
	id := <-ids
	c.CloseWhenIdle()
	require.NoError(t, c.Err())
	peer.answer(id, "still answered")
	requireText(t, "still answered", last)
	<-c.Done()
	require.ErrorIs(t, c.Err(), net.ErrClosed)

	idle, _ := newPeer(t, ConnOptions{})
	idle.CloseWhenIdle()
	<-idle.Done()
}
