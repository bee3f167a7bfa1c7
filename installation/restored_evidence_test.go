package installation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
)

// objects are what lies on an installation's shelf.
func objects(t testing.TB, places installation.Places) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(places.Evidence, "*", "*"))
	must(t, err)
	return list
}

// withEvidence is an installation with a claim for each letter, and the objects that
// these lie in.
func withEvidence(t testing.TB, letters ...string) (places installation.Places, ids []claim.ID, at []string) {
	t.Helper()
	places = staffed(t)
	i := opened(t, places)
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	by := two(t, i)
	_, err = i.Office.UseDesk(t.Context(), by, public)
	must(t, err)
	book, _ := rulebooks.Find("demo")
	_, err = i.Office.OpenProgramme(t.Context(), by, "demo", book.Source)
	must(t, err)
	for _, letter := range letters {
		content := strings.Repeat(letter, 20_000)
		d, err := i.Office.SaveDraft(t.Context(), by, office.Draft{Programme: "demo", Category: "a-departure", DraftContent: office.DraftContent{Claimant: "individual"}})
		must(t, err)
		f, err := i.Office.BeginFile(t.Context(), by, office.FileOwner{Draft: d.ID}, office.FileFacts{Name: "letter.txt", Size: int64(len(content))})
		must(t, err)
		_, err = i.Office.AppendFile(t.Context(), by, f.ID, 0, strings.NewReader(content))
		must(t, err)
		_, err = i.Office.FinishFile(t.Context(), by, f.ID)
		must(t, err)
		sent, err := i.Office.SendDraft(t.Context(), by, d.ID, nil)
		must(t, err)
		ids = append(ids, sent.ID)
		for _, object := range objects(t, places) {
			if !strings.Contains(strings.Join(at, " "), object) {
				at = append(at, object)
			}
		}
	}
	publishedAll(t, i)
	if len(at) != len(letters) {
		t.Fatalf("%d letters lie in %q", len(letters), at)
	}
	return places, ids, at
}

// on is where an object lies on another shelf.
func on(places installation.Places, object string) string {
	return filepath.Join(places.Evidence, filepath.Base(filepath.Dir(object)), filepath.Base(object))
}

// What a backup lacks of the files that people sent is counted when it is restored. What
// outlived beside it is taken, where it is whole.
func TestARestoreCountsTheEvidenceThatIsNowhere(t *testing.T) {
	places, _, at := withEvidence(t, "in the backup\n", "nowhere\n", "outlived\n", "outlived damaged\n")
	s, kept := newSafe(t), map[string][]byte{}
	for _, object := range at {
		content, err := os.ReadFile(object)
		must(t, err)
		kept[object] = content
	}
	for _, lost := range at[1:3] {
		must(t, os.Remove(lost))
	}
	if r := s.backedUp(t, places, 0); r.Missing != 2 || r.Objects != 2 {
		t.Fatalf("%+v", r)
	}
	there := elsewhere(t, places)
	for object, content := range map[string][]byte{at[2]: kept[at[2]], at[3]: kept[at[3]][:100]} {
		must(t, os.MkdirAll(filepath.Dir(on(there, object)), 0o700))
		must(t, os.WriteFile(on(there, object), content, 0o600))
	}
	back, err := s.restore(there, nil)
	must(t, err)
	if back.Lacking != 1 {
		t.Errorf("%d files are lacking, and one is", back.Lacking)
	}
	for _, object := range []string{at[0], at[2], at[3]} {
		if content, err := os.ReadFile(on(there, object)); err != nil || string(content) != string(kept[object]) {
			t.Errorf("%s came back with %d bytes, %v; it had %d", object, len(content), err, len(kept[object]))
		}
	}
}

// The files of who was erased since a backup was made stay in it: what is restored has
// neither a row nor an object of them.
func TestWhoWasErasedHasNoFileInWhatIsRestored(t *testing.T) {
	places, ids, at := withEvidence(t, "stays\n", "goes\n")
	s := newSafe(t)
	s.backedUp(t, places, 0)
	i := opened(t, places)
	by := two(t, i)
	_, err := i.Office.WithdrawClaim(t.Context(), by, "demo", ids[1])
	must(t, err)
	_, err = i.Office.Erase(t.Context(), by, "demo", ids[1], "request-of-claimant")
	must(t, err)
	publishedAll(t, i)
	there := elsewhere(t, places)
	back, err := s.restore(there, nil)
	must(t, err)
	if got := objects(t, there); len(got) != 1 || got[0] != on(there, at[0]) || back.Lacking != 0 {
		t.Errorf("on the shelf are %q, lacking %d; want %s", got, back.Lacking, at[0])
	}
}
