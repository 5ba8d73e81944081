package kafka

import "sync"

// sharedTransports are those of Readers and ConsumerGroups: one for each Dialer, so
// that all that dial with the same one share connections and metadata.
var sharedTransports = struct {
	sync.Mutex
	of map[*Dialer]*sharedTransport
}{of: make(map[*Dialer]*sharedTransport)}

type sharedTransport struct {
	Transport
	users int
}

// retainShared returns the cluster that the brokers are part of, reached by way of
// dialer, or DefaultDialer if that is nil. It has to be released with the function
// returned; with the last user its connections end.
func retainShared(brokers []string, dialer *Dialer) (*cluster, func(), error) {
	if dialer == nil {
		dialer = DefaultDialer
	}
	s := &sharedTransports
	s.Lock()
	defer s.Unlock()
	t := s.of[dialer]
	if t == nil {
		t = &sharedTransport{Transport: Transport{
			ClientID:    dialer.ClientID,
			IdleTimeout: defaultIdleConnTimeout,
			dialer:      dialer,
		}}
	}
	c, err := t.retain(TCP(brokers...))
	if err != nil {
		return nil, nil, err
	}
	t.users++
	s.of[dialer] = t
	return c, sync.OnceFunc(func() { t.leave(dialer, c) }), nil
}

func (t *sharedTransport) leave(dialer *Dialer, c *cluster) {
	s := &sharedTransports
	s.Lock()
	t.users--
	last := t.users == 0
	if last {
		delete(s.of, dialer)
	}
	s.Unlock()
	c.release()
	if last {
		t.CloseIdleConnections()
	}
}
