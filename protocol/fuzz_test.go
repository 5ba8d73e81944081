package protocol

import (
	"bytes"
	"testing"
)

// What a decoder accepts, it must be able to encode again, and that must decode
// to something that encodes to the same bytes.

func FuzzDecodeRequest(f *testing.F) {
	register(f, &everyRequest{}, &everyResponse{})
	for version := range int16(5) {
		b, err := AppendRequest(nil, version, 7, "client", everyValue(version))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[4:])
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		version, id, client, msg, err := decodeRequest(frame, ownRecords)
		if err != nil || msg.ApiKey() != testKey {
			return
		}
		once, err := AppendRequest(nil, version, id, client, msg)
		if err != nil {
			if len(client) > maxString {
				return
			}
			t.Fatal(err)
		}
		_, _, _, msg, err = decodeRequest(once[4:], ownRecords)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := AppendRequest(nil, version, id, client, msg)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%v\n%x\n%x", err, once, twice)
		}
	})
}

func FuzzDecodeResponse(f *testing.F) {
	register(f, &everyResponse{}, &everyRequest{})
	for version := range int16(5) {
		b, err := AppendResponse(nil, version, 7, everyValue(version))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(version, b[4:])
	}
	f.Fuzz(func(t *testing.T, version int16, frame []byte) {
		id, msg, err := decodeResponse(frame, testKey, version, ownRecords)
		if err != nil {
			return
		}
		once, err := AppendResponse(nil, version, id, msg)
		if err != nil {
			t.Fatal(err)
		}
		_, msg, err = decodeResponse(once[4:], testKey, version, ownRecords)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := AppendResponse(nil, version, id, msg)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%v\n%x\n%x", err, once, twice)
		}
	})
}

// fuzzLegacy is a message in the older notation.
type fuzzLegacy struct {
	_     struct{}   `kafka:"min=v2,max=v2,tag"`
	Name  string     `kafka:"min=v0,max=v1,nullable|min=v2,max=v2,compact,nullable"`
	Data  []byte     `kafka:"min=v0,max=v1|min=v2,max=v2,compact,nullable"`
	Lists [][]string `kafka:"min=v1,max=v1,nullable|min=v2,max=v2,compact"`
	Text  []*string  `kafka:"min=v2,max=v2"`
}

func FuzzUnmarshal(f *testing.F) {
	text := "t"
	for version := range int16(3) {
		v := fuzzLegacy{Name: "n", Data: []byte("d")}
		if version > 0 {
			v.Lists = [][]string{{"a"}, {}}
		}
		if version > 1 {
			v.Text = []*string{&text}
		}
		b, err := Marshal(version, v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(version, b)
	}
	f.Fuzz(func(t *testing.T, version int16, b []byte) {
		var v, again fuzzLegacy
		if err := Unmarshal(b, version, &v); err != nil {
			return
		}
		for _, s := range v.Text {
			if s == nil {
				return // null where the message knows none
			}
		}
		once, err := Marshal(version, v)
		if err != nil {
			t.Fatal(err)
		}
		if err := Unmarshal(once, version, &again); err != nil {
			t.Fatal(err)
		}
		twice, err := Marshal(version, again)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%v\n%x\n%x", err, once, twice)
		}
	})
}
