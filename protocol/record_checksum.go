package protocol

import "hash/crc32"

// sumChunk is how many bytes of records are summed at once while a batch grows: few
// enough to be in the processor's cache still. Summing a batch when it is sent, long
// after it was written, takes three times as long.
const sumChunk = 16 << 10

// recordSum is the checksum of the records of a batch, up to an offset in it.
type recordSum struct {
	crc uint32
	end int // 0 before anything is summed
}

// extend sums what the batch has beyond the offset.
func (s *recordSum) extend(batch []byte) {
	from := max(s.end, batchHeaderSize)
	s.crc, s.end = crc32.Update(s.crc, castagnoli, batch[from:]), len(batch)
}

// join returns the checksum of a whole batch whose records have been summed.
func (s *recordSum) join(batch []byte) uint32 {
	head := crc32.Checksum(batch[batchAttributes:batchHeaderSize], castagnoli)
	return timesPower(head, uint64(s.end-batchHeaderSize)) ^ s.crc
}

// A checksum is the remainder of a polynomial over GF(2), with the coefficient of x^0 in
// the highest bit. That of two pieces of data in a row is the remainder of the first,
// times x for each bit of the second, plus that of the second.
const (
	polynomialOne = 1 << 31
	polynomialX   = 1 << 30
)

// powers are x^8, x^16, x^32 and so on: the one at i is for 2^i bytes.
var powers = func() (list [31]uint32) {
	p := uint32(polynomialX)
	for range 3 {
		p = timesMod(p, p)
	}
	for i := range list {
		list[i], p = p, timesMod(p, p)
	}
	return list
}()

// timesPower returns sum times x for each bit of n bytes, at most those of a batch.
func timesPower(sum uint32, n uint64) uint32 {
	for i := 0; n > 0; i, n = i+1, n>>1 {
		if n&1 != 0 {
			sum = timesMod(sum, powers[i])
		}
	}
	return sum
}

// timesMod returns the remainder of a product.
func timesMod(a, b uint32) (product uint32) {
	for bit := uint32(polynomialOne); bit > 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		carry := b & 1
		b >>= 1
		if carry != 0 {
			b ^= crc32.Castagnoli
		}
	}
	return product
}
