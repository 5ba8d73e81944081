package protocol

import "testing"

// FuzzControlRecord reads the records that end transactions and announce
// leaders. What is accepted becomes the same key and value again.
func FuzzControlRecord(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0}, []byte{0, 0, 0, 0, 0, 7})
	f.Add([]byte{0, 0, 0, 1}, []byte{})
	f.Add([]byte{0, 0, 0, 2}, []byte("leader"))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		c, err := ReadControlRecord(&Record{Key: NewBytes(key), Value: NewBytes(value)})
		if err != nil {
			return
		}
		k, err := ReadAll(c.Key())
		if err != nil || string(k) != string(key) {
			t.Fatalf("%v: %x, want %x", err, k, key)
		}
		v, err := ReadAll(c.Value())
		if err != nil || string(v) != string(value) {
			t.Fatalf("%v: %x, want %x", err, v, value)
		}
	})
}
