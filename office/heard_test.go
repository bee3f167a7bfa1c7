package office_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
)

// A filing is made ready by the edition that was heard of last; where another is
// open by now it is filed under that, and nobody is told of it.
func TestAFilingIsMadeUnderTheEditionThatIsOpen(t *testing.T) {
	h := opened(t)
	first := departure("under-1", 3, true)
	under1 := h.file(first)[0]
	h.open("second edition", strings.NewReplacer(`edition: "1"`, `edition: "2"`, "number_prefix: HF", "number_prefix: HG").Replace(demoRulebook(t)))
	under2 := h.file(departure("under-2", 3, true))[0]
	e, err := h.Office.OpenEdition(t.Context(), "demo")
	must(t, err)
	if was, is := h.claim(under1).Edition, h.claim(under2).Edition; was == is || is != docket.Hash(e.Hash) {
		t.Errorf("filed under %s and then under %s, where %x is open", was, is, e.Hash)
	}
	again, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{first})
	must(t, err)
	if !again[0].Repeated || again[0].ID != under1 {
		t.Errorf("filed again: %+v", again[0])
	}
}

// brokenVault is one whose machine fails while it seals.
type brokenVault struct{ office.Vault }

var errBroken = errors.New("the machine failed")

func (brokenVault) SealNew(context.Context, []office.Item) ([]office.Sealed, func(context.Context) error, error) {
	return nil, nil, errBroken
}

// A failure of the machine while a filing is made ready by what was heard last is told as
// one: to ask would mend nothing, and a second try could tell something else.
func TestAMachineThatFailsInMakingReadyIsToldAsThat(t *testing.T) {
	h := opened(t)
	for n := range 3 { // the edition is heard of
		h.file(departure(fmt.Sprint("one-", n), 3, true))
	}
	h.Office.Vault = brokenVault{h.Office.Vault}
	other := departure("one-0", 9, true)
	if _, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{other}); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}
