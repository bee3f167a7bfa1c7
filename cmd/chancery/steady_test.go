package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/vault"
)

// A server that somebody else has taken seals to the desk what it likes: the key
// is public. What the officer sees of it is text.
func TestAServerDoesNotSteerTheOfficersTerminal(t *testing.T) {
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const steering = "\x1b[2J\x1b]0;title\x07\u009b31m\u202eDENIED\u2066\r\x7f"
	folder, key := filepath.Join(t.TempDir(), "keys"), filepath.Join(t.TempDir(), "desk.key")
	private, public, err := vault.NewDeskKey()
	ok(err)
	ok(vault.WriteDeskKey(key, private))
	ok(vault.Create(folder, ""))
	v, err := vault.Open(folder, vault.Options{})
	ok(err)
	defer v.Close()
	ok(v.SetDesk(public))
	id := claim.ID(strings.Repeat("ab", 16))
	payload, err := json.Marshal(map[string]string{"statement": steering})
	ok(err)
	sealed, made, err := v.Seal(t.Context(), []vault.Item{{Claim: string(id), Class: "sensitive", Name: "answers.sensitive", Payload: payload}})
	ok(err)
	ok(v.Keep(t.Context(), made))
	inner, err := v.ForDesk(t.Context(), sealed)
	ok(err)
	shipped, found := rulebooks.Find("demo")
	if !found {
		t.Fatal("no demo")
	}
	rules, err := rulebook.Parse("demo", shipped.Source)
	ok(err)
	hash := docket.Hash(rules.Hash)
	file, err := json.Marshal(office.DeskFile{
		Format: office.DeskFormat, Editions: map[string][]byte{hash.String(): shipped.Source},
		Claims: []office.DeskClaim{{
			Claim: id, Reference: claim.Reference(steering), Number: claim.Number(steering), Programme: steering, Category: "b-injury", Edition: hash,
			Blobs: []office.DeskBlob{{
				Entry: docket.Ref{Stream: id.Stream(), Version: 1}, Name: "answers.sensitive", As: "answers.sensitive", Class: "sensitive",
				Commitment: sealed[0].Commitment, Sealed: inner[0].Payload,
			}},
		}},
	})
	ok(err)
	path := filepath.Join(t.TempDir(), "claims.desk")
	ok(os.WriteFile(path, file, 0o600))
	for _, command := range []string{"open", "rerun"} {
		var out, errs bytes.Buffer
		(&app{out: &out, err: &errs}).run(context.Background(), []string{"desk", command, path, "--key", key})
		all := out.String() + errs.String()
		if !strings.Contains(all, "DENIED") {
			t.Errorf("%s shows nothing of it, so that nothing was tested: %s", command, all)
		}
		if strings.ContainsFunc(strings.ReplaceAll(all, "\n", ""), func(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) }) {
			t.Errorf("%s steers the terminal: %q", command, all)
		}
	}
}
