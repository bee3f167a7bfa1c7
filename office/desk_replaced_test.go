package office_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/desk"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// deskReplaced is a house on PostgreSQL and another process of it that took in
// something sensitive before the house's desk got another key, and its private half.
func deskReplaced(t *testing.T) (h *house, other *installation.Installation, private string) {
	t.Helper()
	theServer = serverOf(t)
	t.Cleanup(func() { theServer = nil })
	h = opened(t)
	h.file(injury("hurt-0", "He fell."))
	other, err := installation.Open(t.Context(), h.Data, installation.Options{Now: ticking()})
	must(t, err)
	t.Cleanup(func() { must(t, other.Close()) })
	for _, key := range []string{"hurt-1", "hurt-2", "hurt-3"} { // asks, hears, and knows by heart
		_, err := other.Office.FileClaims(t.Context(), h.by("officer"), "demo", []office.Filing{injury(key, "She fell.")})
		must(t, err)
	}
	private, public, err := vault.NewDeskKey()
	must(t, err)
	_, err = h.Office.UseDesk(t.Context(), h.by(installation.FirstActor, "officer"), public)
	must(t, err)
	return h, other, private
}

// Nothing sensitive is sealed to a desk's key that another process replaced: not an
// answer by who filed under it before and asks no more, not a file, and not what is
// fetched for the desk. It is sealed to the new one, without a start in between.
func TestWhatIsSensitiveIsSealedToTheDesksKeyThatAnotherProcessSet(t *testing.T) {
	h, other, private := deskReplaced(t)
	by := h.by("officer")
	key, err := vault.OpenDesk(private)
	must(t, err)
	for _, name := range []string{"hurt-4", "hurt-5"} {
		filed, err := other.Office.FileClaims(t.Context(), by, "demo", []office.Filing{injury(name, "She fell.")})
		must(t, err)
		fetched, _, err := other.Office.FetchForDesk(t.Context(), by, []string{string(filed[0].Reference)}, office.PurposeReview)
		must(t, err)
		claims, err := desk.Open(fetched, key)
		must(t, err)
		if got := claims[0]; got.Answers["statement"] != "She fell." || got.Answers["claimant_name"] == "" {
			t.Errorf("with the new key is read %v", got.Answers)
		}
	}
}

// sendInConfidence sends a file that the desk alone is to read.
func (h *house) sendInConfidence(by office.By, owner office.FileOwner, name string, content []byte) (office.File, error) {
	h.Helper()
	f, err := h.Office.BeginFile(h.Context(), by, owner, office.FileFacts{Name: name, Size: int64(len(content)), Sensitive: true})
	must(h, err)
	_, err = h.Office.AppendFile(h.Context(), by, f.ID, 0, bytes.NewReader(content))
	must(h, err)
	return h.Office.FinishFile(h.Context(), by, f.ID)
}

// opensAtDesk opens a file of a claim with the desk's private key.
func (h *house) opensAtDesk(private string, id claim.ID, f office.File) []byte {
	h.Helper()
	key, err := vault.OpenDesk(private)
	must(h, err)
	_, content, err := h.Office.OpenFile(h.Context(), h.by("officer"), f.ID, office.PurposeExamination)
	must(h, err)
	var inner, plain bytes.Buffer
	_, err = io.Copy(&inner, content)
	must(h, err)
	blob := office.EvidencePrefix + f.ID
	if f.Size < 65_536 {
		opened, _, err := key.Open(string(id), "sensitive", blob, inner.Bytes())
		must(h, err)
		return opened
	}
	whole := docket.BlobCommitment(f.Salt, text(int(f.Size)))
	must(h, key.OpenStream(h.Context(), string(id), "sensitive", blob, whole, &inner, &plain))
	return plain.Bytes()
}

// Files are sealed likewise, also where their process asked nothing of the desk's key
// before.
func TestASensitiveFileIsSealedToTheDesksKeyThatAnotherProcessSet(t *testing.T) {
	h, other, private := deskReplaced(t)
	id := h.file(departure("with files", 2, true))[0]
	there := &house{TB: t, Installation: other, people: h.people}
	for _, size := range []int{300, 100_000} { // in the database, and on the shelf
		f, err := there.sendInConfidence(h.by("officer"), office.FileOwner{Claim: id}, fmt.Sprintf("%d.txt", size), text(size))
		must(t, err)
		if got := there.opensAtDesk(private, id, f); !bytes.Equal(got, text(size)) {
			t.Errorf("of %d bytes are read with the new key %d", size, len(got))
		}
	}
}

// meanwhile is a shelf on which nothing was put before something else happens.
type meanwhile struct {
	office.Shelf
	happens func()
}

func (m *meanwhile) Put(ctx context.Context, write func(io.Writer) error) (name string, size int64, err error) {
	name, size, err = m.Shelf.Put(ctx, write)
	m.happens()
	return name, size, err
}

// A large file takes a while to seal. Where the desk gets another key meanwhile it is
// sealed again, to that one, and what was sealed before is on no shelf.
func TestAFileIsSealedAgainWhereTheDesksKeyWasReplacedMeanwhile(t *testing.T) {
	h := opened(t)
	id := h.file(departure("with a file", 2, true))[0]
	private, public, err := vault.NewDeskKey()
	must(t, err)
	puts := 0
	shelf := h.Office.Shelf
	h.Office.Shelf = &meanwhile{shelf, func() {
		if puts++; puts == 2 { // the first was of its only piece
			_, err := h.Office.UseDesk(t.Context(), h.by(installation.FirstActor, "officer"), public)
			must(t, err)
		}
	}}
	f, err := h.sendInConfidence(h.by("officer"), office.FileOwner{Claim: id}, "large.txt", text(100_000))
	must(t, err)
	if got := h.opensAtDesk(private, id, f); !bytes.Equal(got, text(100_000)) || puts != 3 {
		t.Errorf("with the new key are read %d bytes, after %d put on the shelf", len(got), puts)
	}
	left := 0
	for _, err := range shelf.Old(t.Context(), time.Now().Add(time.Hour)) {
		must(t, err)
		left++
	}
	if left != 1 {
		t.Errorf("%d files are on the shelf", left)
	}
}

// What somebody puts into the folder of keys is nothing that another process takes
// up, whatever is to be sealed: no answer, no file, and nothing for the desk.
func TestAKeyThatTheDocketDoesNotNameIsNotTakenUp(t *testing.T) {
	h, other, _ := deskReplaced(t)
	by, ctx := h.by("officer"), t.Context()
	hurt := h.file(injury("hurt-6", "He fell."))[0]
	whole, err := os.ReadFile(filepath.Join(h.Keys, "desk.pub"))
	must(t, err)
	_, intruders, err := vault.NewDeskKey()
	must(t, err)
	must(t, os.WriteFile(filepath.Join(h.Keys, "desk.pub"), append(whole, intruders+"\n"...), 0o600))
	started, err := installation.Open(ctx, h.Data, installation.Options{Now: ticking()})
	must(t, err)
	t.Cleanup(func() { must(t, started.Close()) })
	for name, i := range map[string]*installation.Installation{"one that runs": other, "one that starts": started} {
		_, err := i.Office.FileClaims(ctx, by, "demo", []office.Filing{injury("hurt-7", "She fell.")})
		wantCode(t, name+": an answer", err, "doctor.desk-differs")
		there := &house{TB: t, Installation: i, people: h.people}
		_, err = there.sendInConfidence(by, office.FileOwner{Claim: hurt}, name+".txt", text(300))
		wantCode(t, name+": a file", err, "doctor.desk-differs")
		_, _, err = i.Office.FetchForDesk(ctx, by, []string{h.claim(hurt).Name()}, office.PurposeReview)
		wantCode(t, name+": what is fetched for the desk", err, "doctor.desk-differs")
		_, err = i.Office.FileClaims(ctx, by, "demo", []office.Filing{departure(name, 3, true)}) // nothing sensitive
		must(t, err)
	}
	must(t, os.WriteFile(filepath.Join(h.Keys, "desk.pub"), whole, 0o600))
	_, err = other.Office.FileClaims(ctx, by, "demo", []office.Filing{injury("hurt-7", "She fell.")})
	must(t, err)
}
