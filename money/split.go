package money

import (
	"math/bits"
	"slices"
)

// Split parts an amount among n in equal shares. What doesn't divide goes to
// the first ones, one unit each: the shares add up to the amount, and no two
// differ by more than one unit. No shares for n below 1, nor of no amount.
func (a Amount) Split(n int) []Amount {
	if n < 1 || a.IsZero() {
		return nil
	}
	each, rest := a.minor/int64(n), a.minor%int64(n)
	one := int64(a.Sign())
	shares := make([]Amount, n)
	for i := range shares {
		shares[i] = Amount{minor: each, currency: a.currency}
		if rest != 0 {
			shares[i].minor += one
			rest -= one
		}
	}
	return shares
}

// SplitBy parts an amount in proportion to weights, such as what is owed to
// each, by the largest remainder: each share is its exact proportion cut down
// to whole units, and the units left go to those who lost most by the cut, in
// order where they lost the same. The shares add up to the amount and each
// differs from its exact proportion by less than one unit.
//
// A weight below nothing, no weight above nothing, and weights that add up
// beyond an int64 are errors.
func (a Amount) SplitBy(weights []int64) ([]Amount, error) {
	total, err := sumOfWeights(weights)
	if err != nil {
		return nil, err
	}
	left := magnitude(a.minor)
	whole := left
	units := make([]uint64, len(weights))
	lost := make([]uint64, len(weights))
	for i, w := range weights {
		// The quotient fits: a weight is at most the total.
		hi, lo := bits.Mul64(whole, uint64(w))
		units[i], lost[i] = bits.Div64(hi, lo, total)
		left -= units[i]
	}
	for _, i := range byLoss(lost)[:left] {
		units[i]++
	}
	shares := make([]Amount, len(weights))
	for i, u := range units {
		shares[i] = a.of(u)
	}
	return shares, nil
}

// sumOfWeights is above nothing, or there is an error.
func sumOfWeights(weights []int64) (uint64, error) {
	var total int64
	for _, w := range weights {
		sum, ok := addMinor(total, w)
		switch {
		case w < 0:
			return 0, &Error{Code: CodeBadWeights}
		case !ok:
			return 0, &Error{Code: CodeTooLarge}
		}
		total = sum
	}
	if total == 0 {
		return 0, &Error{Code: CodeBadWeights}
	}
	return uint64(total), nil
}

// byLoss lists the places in lost, the greatest loss first, equal ones in order.
func byLoss(lost []uint64) []int {
	places := make([]int, len(lost))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(i, j int) int {
		switch {
		case lost[i] > lost[j]:
			return -1
		case lost[i] < lost[j]:
			return 1
		}
		return 0
	})
	return places
}

// of is so many units with the sign and the currency of a.
func (a Amount) of(units uint64) Amount {
	minor := int64(units)
	if a.minor < 0 {
		minor = -minor
	}
	return Amount{minor: minor, currency: a.currency}
}
