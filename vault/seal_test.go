package vault_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/vault"
)

func TestABlobOpensInItsOwnPlaceOnly(t *testing.T) {
	v, _ := opened(t)
	desk(t, v)
	blobs := sealed(
		t, v,
		answers("c1", "Olena"), answers("c2", "Taras"),
		sensitive("c1", "diagnosis"),
	)
	other, _ := opened(t)
	sealed(t, other, answers("c1", "somebody"))
	for _, c := range []struct {
		name               string
		in                 *vault.Vault
		claim, class, blob string
		code               string
	}{
		{"its own", v, "c1", "personal", "answers", ""},
		{"another claim's", v, "c2", "personal", "answers", "vault.blob-damaged"},
		{"another class", v, "c1", "sensitive", "answers", "vault.blob-damaged"},
		{"another name", v, "c1", "personal", "answer", "vault.blob-damaged"},
		{"a class without a key", v, "c2", "sensitive", "answers", "vault.key-missing"},
		{"a claim without keys", v, "c3", "personal", "answers", "vault.key-missing"},
		{"another vault", other, "c1", "personal", "answers", "vault.blob-damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := c.in.Open(t.Context(), c.claim, c.class, c.blob, blobs[0].Blob)
			wantCode(t, err, c.code)
		})
	}
}

func TestEveryBitOfABlobCounts(t *testing.T) {
	v, _ := opened(t)
	blob := sealed(t, v, answers("c1", "Olena Kovalenko, born 1975"))[0].Blob
	var changed []vault.Sealed
	change := func(b []byte) {
		changed = append(changed, vault.Sealed{Claim: "c1", Class: "personal", Name: "answers", Blob: b})
	}
	for i := range blob {
		for bit := range 8 {
			b := slices.Clone(blob)
			b[i] ^= 1 << bit
			change(b)
		}
		change(blob[:i]) // cut short at every length
	}
	change(append(slices.Clone(blob), 0))
	got, err := v.OpenAll(t.Context(), changed)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range got {
		if o.Err == nil || o.Payload != nil {
			t.Fatalf("change %d of %d opened as %q", i, len(changed), o.Payload)
		}
	}
}

func TestABlobIsHeldToItsCommitment(t *testing.T) {
	v, _ := opened(t)
	blob := sealed(t, v, answers("c1", "Olena"))[0]
	blob.Commitment[3] ^= 1
	got, err := v.OpenAll(t.Context(), []vault.Sealed{blob})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, got[0].Err, "vault.commitment-differs")
}

// The length of what is sealed shows in steps only. A blob is 41 bytes of
// format, nonce and tag more than its padded content, of which 36 are salt and
// length.
func TestLengthsAreRoundedUp(t *testing.T) {
	v, _ := opened(t)
	for _, c := range []struct{ payload, padded int }{
		{0, 256},
		{1, 256},
		{220, 256},
		{221, 512},
		{476, 512},
		{4060, 4096},
		{4061, 5120},
		{5084, 5120},
		{5085, 6144},
		{vault.MaxPayload, vault.MaxPayload + 1024},
	} {
		item := answers("c1", strings.Repeat("x", c.payload))
		if got := len(sealed(t, v, item)[0].Blob); got != c.padded+41 {
			t.Errorf("%d bytes: a blob of %d, want %d", c.payload, got, c.padded+41)
		}
	}
}

func TestWhatCantBeSealedIsRefused(t *testing.T) {
	v, _ := opened(t)
	for _, c := range []struct {
		name string
		item vault.Item
		code string
	}{
		{"no claim", vault.Item{Class: "personal", Name: "answers"}, "vault.name"},
		{"no class", vault.Item{Claim: "c1", Name: "answers"}, "vault.name"},
		{"no name", vault.Item{Claim: "c1", Class: "personal"}, "vault.name"},
		{"a separator in the claim", vault.Item{Claim: "c1|personal", Class: "personal", Name: "a"}, "vault.name"},
		{"a line end in the name", vault.Item{Claim: "c1", Class: "personal", Name: "a\n"}, "vault.name"},
		{"a name too long", vault.Item{Claim: strings.Repeat("c", 129), Class: "personal", Name: "a"}, "vault.name"},
		{"too much", answers("c1", strings.Repeat("x", vault.MaxPayload+1)), "vault.too-large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := v.Seal(t.Context(), []vault.Item{c.item})
			wantCode(t, err, c.code)
		})
	}
}

func TestLawWhatGoesInComesOut(t *testing.T) {
	v, _ := opened(t)
	id := rapid.StringMatching(`[!-{}~]{1,40}`)
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) vault.Item {
			return vault.Item{
				Claim: id.Draw(t, "claim"), Class: rapid.SampledFrom([]string{"personal", "internal"}).Draw(t, "class"),
				Name: id.Draw(t, "name"), Payload: rapid.SliceOfN(rapid.Byte(), 0, 6000).Draw(t, "payload"),
			}
		}), 1, 20, func(i vault.Item) string { return i.Claim + " " + i.Class + " " + i.Name }).Draw(t, "items")
		blobs, keys, err := v.Seal(ctx, items)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Keep(ctx, keys); err != nil {
			t.Fatal(err)
		}
		got, err := v.OpenAll(ctx, blobs)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range got {
			whole := o.Err == nil && bytes.Equal(o.Payload, items[i].Payload)
			if !whole || blobs[i].Commitment != docket.BlobCommitment(o.Salt, o.Payload) {
				t.Fatalf("item %d: %v", i, o.Err)
			}
		}
	})
}

// Only the holder of a claim's key can seal such a plaintext. It is refused
// all the same: there is one way to write a blob, and no room in it to hide.
func TestPaddingHasOneForm(t *testing.T) {
	plain := func(size int, length byte) []byte {
		b := make([]byte, size)
		copy(b[32:], []byte{0, 0, 0, length})
		copy(b[36:], "Olena")
		return b
	}
	for _, c := range []struct {
		name  string
		plain []byte
		ok    bool
	}{
		{"as it is made", plain(256, 5), true},
		{"zeroes that belong to the payload", plain(256, 7), true},
		{"padded too far", plain(512, 5), false},
		{"not padded", plain(41, 5), false},
		{"something behind the end", plain(256, 4), false},
		{"longer than there is", plain(256, 221), false},
		{"no length", make([]byte, 35), false},
		{"a length past all bounds", append(bytes.Repeat([]byte{0xff}, 36), make([]byte, 220)...), false},
	} {
		if _, _, err := vault.Unfill(c.plain); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
