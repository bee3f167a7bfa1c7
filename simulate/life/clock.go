package life

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/openchancery/chancery/office"
)

// begins is the first instant of every life: the made-up register opens.
var begins = time.Date(2020, time.March, 2, 9, 0, 0, 0, time.UTC)

// clock is what the installation takes for the time. It goes as the steps go:
// forward, and now and then by a year or back, or not at all.
type clock struct {
	mu sync.Mutex
	at time.Time // owned by mu
}

// Now is the life's time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// entropy is what a life draws where a real office takes the system's
// randomness: it comes from seed, label and how often that label was drawn, so
// that an act that is tried again draws anew, as a real one does.
type entropy struct {
	mu    sync.Mutex
	seed  uint64
	drawn map[string]uint64 // owned by mu
}

func (e *entropy) draw(label string, out []byte) {
	e.mu.Lock()
	e.drawn[label]++
	times := e.drawn[label]
	e.mu.Unlock()
	for n := uint64(0); len(out) > 0; n++ {
		block := derive(e.seed, label, times, n)
		out = out[copy(out, block[:]):]
	}
}

var _ office.Entropy = (&entropy{}).draw

func derive(seed uint64, label string, numbers ...uint64) [32]byte {
	b := append([]byte("chancery/life/"), label...)
	b = binary.BigEndian.AppendUint64(append(b, 0), seed)
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return sha256.Sum256(b)
}

// source is where one step of a life draws from: no step hangs on how much
// another one drew, so that steps can be left out.
func source(seed uint64, label string, step int) *rand.Rand {
	return rand.New(rand.NewChaCha8(derive(seed, label, uint64(step))))
}

// chance is true once in n.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

type randSource = *rand.Rand
