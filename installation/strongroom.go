package installation

import (
	"context"
	"encoding/binary"
	"io"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

// strongroom lets office use the vault: neither knows the other's types.
type strongroom struct{ *vault.Vault }

var _ office.Vault = strongroom{}

func (s strongroom) Seal(ctx context.Context, items []office.Item) ([]office.Sealed, func(context.Context) error, error) {
	return s.toKeep(s.Vault.Seal(ctx, vaultItems(items)))
}

func vaultItems(items []office.Item) []vault.Item {
	list := make([]vault.Item, len(items))
	for i, item := range items {
		list[i] = vault.Item(item)
	}
	return list
}

func (s strongroom) SealNew(ctx context.Context, items []office.Item) ([]office.Sealed, func(context.Context) error, error) {
	return s.toKeep(s.Vault.SealNew(ctx, vaultItems(items)))
}

func (s strongroom) toKeep(sealed []vault.Sealed, keys vault.Keys, err error) ([]office.Sealed, func(context.Context) error, error) {
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
	return unsealed(s.OpenAll(ctx, sealedOf(blobs)))
}

func (s strongroom) ForDesk(ctx context.Context, blobs []store.Blob) ([]office.Unsealed, error) {
	return unsealed(s.Vault.ForDesk(ctx, sealedOf(blobs)))
}

func (s strongroom) SetDesk(public string) (id string, err error) {
	if id, err = vault.ParseDeskPublic(public); err != nil {
		return "", err
	}
	return id, s.Vault.SetDesk(public)
}

func sealedOf(blobs []store.Blob) []vault.Sealed {
	list := make([]vault.Sealed, len(blobs))
	for i, b := range blobs {
		list[i] = vault.Sealed{Claim: string(b.Claim), Class: b.Class, Name: b.Name, Blob: b.Sealed}
	}
	return list
}

func unsealed(opened []vault.Opened, err error) ([]office.Unsealed, error) {
	if err != nil {
		return nil, err
	}
	out := make([]office.Unsealed, len(opened))
	for i, o := range opened {
		out[i] = office.Unsealed{Payload: o.Payload, Salt: o.Salt, Err: o.Err}
	}
	return out, nil
}

func (s strongroom) Damaged(ctx context.Context, blobs []office.Committed) ([]error, error) {
	list := make([]vault.Sealed, len(blobs))
	for i, b := range blobs {
		list[i] = sealedOf([]store.Blob{b.Blob})[0]
		list[i].Commitment = b.Commitment
	}
	return s.Vault.Damaged(ctx, list)
}

// Shredded are the ids whose keys were ever destroyed.
func (s strongroom) Shredded(ctx context.Context) ([]string, error) {
	list, err := s.Vault.Shredded(ctx)
	ids := make([]string, len(list))
	for i, e := range list {
		ids[i] = e.Claim
	}
	return ids, err
}

func (strongroom) NewKey() []byte { return vault.NewKey() }

func (strongroom) KeyOf(secret []byte, name string) ([]byte, error) { return vault.KeyOf(secret, name) }

func (strongroom) PublicOf(secret []byte, name string) ([]byte, error) {
	return vault.PublicOf(secret, name)
}

func (strongroom) SealTo(public []byte, name string, payload []byte) ([]byte, error) {
	return vault.SealTo(public, name, payload)
}

func (strongroom) OpenBy(secret []byte, name string, sealed []byte) ([]byte, error) {
	return vault.OpenBy(secret, name, sealed)
}

func (strongroom) SealUnder(key []byte, name string, payload []byte) ([]byte, error) {
	return vault.SealUnder(key, name, payload)
}

func (strongroom) OpenUnder(key []byte, name string, sealed []byte) ([]byte, error) {
	return vault.OpenUnder(key, name, sealed)
}

func (strongroom) SealStreamUnder(ctx context.Context, key []byte, name string, r io.Reader, w io.Writer) error {
	return vault.SealStreamUnder(ctx, key, name, r, w)
}

func (strongroom) OpenStreamUnder(ctx context.Context, key []byte, name string, r io.Reader, w io.Writer) error {
	return vault.OpenStreamUnder(ctx, key, name, r, w)
}

func (s strongroom) SealStream(ctx context.Context, item office.Item, r io.Reader, w io.Writer) (office.SealedStream, func(context.Context) error, error) {
	made, keys, err := s.Vault.SealStream(ctx, item.Claim, item.Class, item.Name, r, w)
	return office.SealedStream{Commitment: made.Commitment, Salt: made.Salt}, func(ctx context.Context) error { return s.Keep(ctx, keys) }, err
}

func (s strongroom) OpenStream(ctx context.Context, item office.Item, commitment docket.Hash, r io.Reader, w io.Writer) error {
	return s.Vault.OpenStream(ctx, item.Claim, item.Class, item.Name, commitment, r, w)
}

func (s strongroom) StreamForDesk(ctx context.Context, item office.Item, r io.Reader, w io.Writer) error {
	return s.Vault.StreamForDesk(ctx, item.Claim, item.Class, item.Name, r, w)
}

// claimsAhead draws ids of so many claims to come. They begin by the time, in steps of
// 64 ms that come round in nine years: claims that are filed one after another then
// stand behind each other in every index, which fills its pages to the brim.
func claimsAhead(now func() time.Time) func(n int) []string {
	return func(n int) []string {
		var near [4]byte
		binary.BigEndian.PutUint32(near[:], uint32(now().UnixMilli()>>6))
		ids := make([]string, n)
		for i := range ids {
			var own [12]byte
			systems("claim", own[:])
			ids[i] = string(claim.NewID(near, own))
		}
		return ids
	}
}
