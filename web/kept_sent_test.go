package web

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
)

// many are so many claims of one draft, each called so.
func many(n int, called string) keptSent {
	kept := keptSent{Programme: "rd4u", Code: "ABCD-EFGH-JKLM-NPQR-STUV", Language: "uk", Ends: strings.Repeat("x", 43)}
	for range n {
		var id, reference [16]byte
		_, _ = rand.Read(id[:])
		_, _ = rand.Read(reference[:])
		kept.Claims = append(kept.Claims, sentOne{
			claim.ID(hex.EncodeToString(id[:])), claim.NewReference([11]byte(reference[:11])), "a3-1", called,
		})
	}
	return kept
}

// A family sends up to forty claims at once: a browser drops a cookie that is longer
// than it takes, and with it the page that confirms.
func TestWhatWasSentFitsIntoACookie(t *testing.T) {
	for what, c := range map[string]struct {
		kept  keptSent
		whole bool
	}{
		"one claim":                       {many(1, "Олена"), true},
		"forty, by first names":           {many(40, "Олена"), true},
		"forty, with names of any length": {many(40, ""), false},
	} {
		if !c.whole {
			for n := range c.kept.Claims {
				var name [60]byte
				_, _ = rand.Read(name[:])
				c.kept.Claims[n].Called = base64.StdEncoding.EncodeToString(name[:])
			}
		}
		text, err := c.kept.text()
		if err != nil || len(text) > mostCookie {
			t.Errorf("%s: %d bytes, %v", what, len(text), err)
		}
		got, err := readSent(text)
		if err != nil || len(got.Claims) != len(c.kept.Claims) || reflect.DeepEqual(got, c.kept) != c.whole {
			t.Errorf("%s: %d claims, %v", what, len(got.Claims), err)
		}
	}
	for _, text := range []string{"", "?", base64.RawURLEncoding.EncodeToString([]byte("{}"))} {
		if _, err := readSent(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
