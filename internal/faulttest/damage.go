package faulttest

import (
	"fmt"
	"math/rand/v2"
)

// Damage is one way in which the bytes of a file are wrong.
type Damage struct {
	What string // "byte 512 flipped"
	do   func([]byte) []byte
}

// Of is the damaged content.
func (d Damage) Of(content []byte) []byte {
	return d.do(append([]byte{}, content...))
}

// Damages are so many ways in which a file of some length may be damaged, of
// each sort: a byte flipped, cut short, a sector of zeros, a sector of another
// place (a write that went astray). A whole sweep goes through every step-th
// byte; else chance chooses.
func Damages(chance *rand.Rand, length, step, most int) (list []Damage) {
	places := func(of int) []int {
		if Whole() {
			return Part(chance, of, of)
		}
		return Part(chance, of, most)
	}
	for _, n := range places(max(1, length/step)) {
		at, bit := min(length-1, (n-1)*step+chance.IntN(step)), byte(1)<<chance.IntN(8)
		list = append(list, Damage{fmt.Sprintf("bit %#x of byte %d flipped", bit, at), func(b []byte) []byte {
			b[at] ^= bit
			return b
		}})
	}
	for _, n := range places(max(1, length/(4*step))) {
		at := min(length-1, (n-1)*4*step+chance.IntN(step))
		list = append(list, Damage{fmt.Sprintf("cut after byte %d", at), func(b []byte) []byte { return b[:at] }})
	}
	for _, n := range places((length + sector - 1) / sector) {
		from, to := (n-1)*sector, min(n*sector, length)
		list = append(list, Damage{fmt.Sprintf("bytes %d to %d zero", from, to-1), func(b []byte) []byte {
			clear(b[from:to])
			return b
		}})
		other := chance.IntN(length) / sector * sector
		list = append(list, Damage{fmt.Sprintf("bytes from %d to %d in the place of those from %d", other, other+sector, from), func(b []byte) []byte {
			copy(b[from:to], append([]byte{}, b[other:min(other+sector, length)]...))
			return b
		}})
	}
	return list
}
