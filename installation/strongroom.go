package installation

import (
	"context"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

// strongroom lets office use the vault: neither knows the other's types.
type strongroom struct{ *vault.Vault }

var _ office.Vault = strongroom{}

func (s strongroom) Seal(ctx context.Context, items []office.Item) ([]office.Sealed, func(context.Context) error, error) {
	list := make([]vault.Item, len(items))
	for i, item := range items {
		list[i] = vault.Item(item)
	}
	sealed, keys, err := s.Vault.Seal(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	out := make([]office.Sealed, len(sealed))
	for i, x := range sealed {
		out[i] = office.Sealed(x)
	}
	return out, func(ctx context.Context) error { return s.Keep(ctx, keys) }, nil
}

func (s strongroom) Open(ctx context.Context, blobs []store.Blob) ([]office.Unsealed, error) {
	list := make([]vault.Sealed, len(blobs))
	for i, b := range blobs {
		list[i] = vault.Sealed{Claim: string(b.Claim), Class: b.Class, Name: b.Name, Blob: b.Sealed}
	}
	opened, err := s.OpenAll(ctx, list)
	if err != nil {
		return nil, err
	}
	out := make([]office.Unsealed, len(opened))
	for i, o := range opened {
		out[i] = office.Unsealed{Payload: o.Payload, Err: o.Err}
	}
	return out, nil
}

// backupDays is how long a copy of the key store is kept: a key that is
// destroyed today is in none of them from the day after.
const backupDays = 30

// ErasedBy is the first day on which no copy of the key store holds a key that
// is destroyed today.
func (s strongroom) ErasedBy(today day.Date) (day.Date, error) {
	return today.AddDays(backupDays + 1), nil
}

// Shredded are the ids whose keys were ever destroyed.
func (s strongroom) Shredded(ctx context.Context) ([]string, error) { return s.Destroyed(ctx) }
