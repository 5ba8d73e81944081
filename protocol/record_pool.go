package protocol

import "sync"

// pooledMax is the capacity above which a buffer is left to the garbage
// collector: one huge batch must not keep its memory for ever.
const pooledMax = 4 << 20

var bufferPool = sync.Pool{New: func() any { return new([]byte) }}

// getBuffer returns an empty buffer to be given back with putBuffer.
func getBuffer() *[]byte { return bufferPool.Get().(*[]byte) }

func putBuffer(p *[]byte) {
	if p == nil || cap(*p) > pooledMax {
		return
	}
	*p = (*p)[:0]
	bufferPool.Put(p)
}
