package office_test

import (
	"testing"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// Nothing sensitive is sealed to a desk's key that another process replaced, by who filed
// under it before and asks no more.
func TestASensitiveAnswerIsNotSealedToAKeyThatAnotherProcessReplaced(t *testing.T) {
	theServer = serverOf(t)
	defer func() { theServer = nil }()
	h := opened(t)
	h.file(injury("hurt-0", "He fell."))
	other, err := installation.Open(t.Context(), h.Data, installation.Options{Now: ticking()})
	must(t, err)
	defer func() { must(t, other.Close()) }()
	file := func(filings ...office.Filing) error {
		_, err := other.Office.FileClaims(t.Context(), h.by("officer"), "demo", filings)
		return err
	}
	for _, key := range []string{"hurt-1", "hurt-2", "hurt-3"} { // asks, hears, and knows by heart
		must(t, file(injury(key, "She fell.")))
	}
	_, public, err := vault.NewDeskKey()
	must(t, err)
	_, err = h.Office.UseDesk(t.Context(), h.by(installation.FirstActor, "officer"), public)
	must(t, err)
	for _, key := range []string{"hurt-4", "hurt-5"} {
		wantCode(t, key, file(injury(key, "She fell.")), "doctor.desk-differs")
	}
	must(t, file(departure("one", 3, true))) // nothing sensitive
	wantCode(t, "after it", file(injury("hurt-6", "She fell.")), "doctor.desk-differs")
}
