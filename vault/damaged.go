package vault

import "context"

// Damaged answers for each blob why it doesn't open, or isn't what its
// commitment says, where it comes with one: nil for one that is whole. Of what is
// sealed to the desk the claim's own envelope is looked at. Nothing that is
// sealed leaves the vault, so that this is no opening: nobody learns what a blob
// holds. The error is for what concerns all.
func (v *Vault) Damaged(ctx context.Context, blobs []Sealed) ([]error, error) {
	looked, err := v.eachBlob(ctx, blobs, func(o *Opened, s Sealed, under sealer) {
		var inside []byte
		if s.forDesk() {
			inside, o.Err = s.takeOff(under)
		} else {
			_, inside, o.Err = s.open(under)
		}
		clear(inside)
	})
	if err != nil {
		return nil, err
	}
	why := make([]error, len(looked))
	for i, o := range looked {
		why[i] = o.Err
	}
	return why, nil
}
