package compress

import "sync/atomic"

// maxCode is the largest code that fits the attributes of a batch.
const maxCode = 7

// registered holds the codecs of Register by code. A pointer, since an
// interface cannot be swapped atomically.
var registered [maxCode + 1]atomic.Pointer[Codec]

// Register makes codec the one for its code, in place of the built-in one and
// of one registered before: the last call wins. Batches read from then on
// are decompressed with it, and a Compression of that number compresses with
// it; a codec handed to a Writer or a Conn is used as it is, registered or
// not. A codec whose code a batch cannot carry (it is not 1 to 7) cannot be
// met, and is ignored. codec must not be nil. Register is safe for concurrent
// use.
func Register(codec Codec) {
	if code := codec.Code(); code > 0 && code <= maxCode {
		registered[code].Store(&codec)
	}
}

// Lookup returns the codec for a code: the one registered last, else the one
// in Codecs, else nil. It is safe for concurrent use.
func Lookup(code int8) Codec {
	if code <= 0 || code > maxCode {
		return nil
	}
	if codec := registered[code].Load(); codec != nil {
		return *codec
	}
	if int(code) < len(Codecs) {
		return Codecs[code]
	}
	return nil
}
