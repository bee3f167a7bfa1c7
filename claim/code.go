package claim

import "github.com/openchancery/chancery/fault"

// Code is the claimant's own, beside the reference: who has both sees what was
// recorded of the claim. The reference is said on the telephone and stands in
// letters; the code is not. It has the reference's twelve symbols, check symbol
// included, of which eleven are random: 55 bits, which no one guesses against a
// server that counts wrong ones.
type Code string

// NewCode makes a code from 11 random bytes; 5 bits of each count.
func NewCode(random [referenceSymbols - 1]byte) Code { return Code(NewReference(random)) }

// ParseCode reads a code as people type it, as ParseReference does.
func ParseCode(text string) (Code, error) {
	symbols, slip := twelve(text)
	if slip != "" {
		return "", fault.New(fault.Invalid, "claim.code-"+slip)
	}
	return Code(inGroups(symbols)), nil
}
