package lz4

import (
	"encoding/binary"
	"math/bits"
)

// The LZ4 frame format is sealed with XXH32, seed 0.
const (
	prime1 uint32 = 2654435761
	prime2 uint32 = 2246822519
	prime3 uint32 = 3266489917
	prime4 uint32 = 668265263
	prime5 uint32 = 374761393
)

// xxh32 is a running hash. The zero value is not ready: call reset.
type xxh32 struct {
	v     [4]uint32
	total uint64
	buf   [16]byte
	n     int // bytes in buf
}

func (x *xxh32) reset() {
	p1 := prime1 // arithmetic of constants would overflow at compile time
	*x = xxh32{v: [4]uint32{p1 + prime2, prime2, 0, -p1}}
}

func (x *xxh32) write(b []byte) {
	x.total += uint64(len(b))
	if x.n > 0 {
		m := copy(x.buf[x.n:], b)
		x.n += m
		b = b[m:]
		if x.n < len(x.buf) {
			return
		}
		x.rounds(x.buf[:])
		x.n = 0
	}
	x.rounds(b)
	x.n = copy(x.buf[:], b[len(b)&^15:])
}

// rounds takes the whole stripes of 16 bytes of b.
func (x *xxh32) rounds(b []byte) {
	v0, v1, v2, v3 := x.v[0], x.v[1], x.v[2], x.v[3]
	for len(b) >= 16 {
		v0 = round(v0, binary.LittleEndian.Uint32(b))
		v1 = round(v1, binary.LittleEndian.Uint32(b[4:]))
		v2 = round(v2, binary.LittleEndian.Uint32(b[8:]))
		v3 = round(v3, binary.LittleEndian.Uint32(b[12:]))
		b = b[16:]
	}
	x.v = [4]uint32{v0, v1, v2, v3}
}

func round(v, in uint32) uint32 {
	return bits.RotateLeft32(v+in*prime2, 13) * prime1
}

func (x *xxh32) sum() uint32 {
	h := prime5
	if x.total >= 16 {
		h = bits.RotateLeft32(x.v[0], 1) + bits.RotateLeft32(x.v[1], 7) +
			bits.RotateLeft32(x.v[2], 12) + bits.RotateLeft32(x.v[3], 18)
	}
	h += uint32(x.total)
	b := x.buf[:x.n]
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*prime3, 17) * prime4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>15) * prime2
	h = (h ^ h>>13) * prime3
	return h ^ h>>16
}

func checksum(b []byte) uint32 {
	var x xxh32
	x.reset()
	x.write(b)
	return x.sum()
}
