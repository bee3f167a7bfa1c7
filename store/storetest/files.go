package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/store"
)

var files = []test{
	{"a file comes back as it was put, is set anew, and goes", fileRows},
	{"files are listed by draft and by claim, as they were begun", fileLists},
	{"a file that can't be used blocks its claim until another comes in its place", fileBlocks},
	{"files are found by their state and their silence", fileStates},
	{"the pieces of a file are in order, each at its place once", fileParts},
	{"what goes is named as it lies on the shelf, and nothing else goes", filesGo},
	{"the lines of custody are numbered for each file", custody},
}

func aFile(n int) store.File {
	return store.File{
		ID: fmt.Sprintf("%032x", n), Claim: claimID(n / 2), Version: 1, Actor: "officer", State: evidence.Clean, Class: "personal", Kind: "jpeg",
		Size: past31, Here: past31 - 1, Object: fmt.Sprintf("%064x", n), Stored: past31 + 1, Commitment: hash("file", n),
		Begun: noon(n % 50), Changed: noon(n%50 + 1), Reason: "evidence.refused.empty []", Replaces: "a", ReplacedBy: "b", Archives: true, Facts: []byte{1, 0, 255}, Sealed: []byte{2},
	}
}

func fileOf(id string) func(store.Reader) (store.File, error) {
	return func(r store.Reader) (store.File, error) { return r.File(id) }
}

func putFiles(t testing.TB, s store.Store, list ...store.File) {
	t.Helper()
	write(t, s, func(tx store.Tx) error { return tx.AddFiles(list) })
}

func fileRows(t *testing.T, s store.Store) {
	f := aFile(1)
	none(t, s, "unknown", fileOf(f.ID))
	putFiles(t, s, f, store.File{ID: "bare"})
	same(t, ask(t, s, fileOf(f.ID)), f)
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AddFiles([]store.File{f}) })
	f.State, f.Sealed, f.Draft = evidence.Infected, nil, "d"
	write(t, s, func(tx store.Tx) error { return tx.PutFile(f) })
	same(t, ask(t, s, fileOf(f.ID)), f)
	write(t, s, func(tx store.Tx) error {
		_, err := tx.DeleteFiles(f.ID, "unknown")
		return err
	})
	none(t, s, "deleted", fileOf(f.ID))
	for _, n := range sizes {
		list := make([]store.File, n)
		for i := range list {
			list[i] = aFile(1_000_000*n + i)
		}
		putFiles(t, s, list...)
		same(t, ask(t, s, fileOf(list[n-1].ID)), list[n-1])
	}
}

func fileLists(t *testing.T, s store.Store) {
	first, second, other, draft := aFile(2), aFile(3), aFile(4), aFile(5)
	first.Begun, draft.Draft, draft.Claim, draft.Version = noon(59), "d", first.Claim, 0
	putFiles(t, s, first, second, other, draft)
	bare := func(f store.File) store.File {
		f.Sealed = nil
		return f
	}
	of := ask(t, s, func(r store.Reader) (map[claim.ID][]store.File, error) {
		return r.FilesOfClaims([]claim.ID{claimID(1), claimID(2), claimID(99)})
	})
	same(t, of, map[claim.ID][]store.File{claimID(1): {bare(second), bare(first)}, claimID(2): {bare(other)}})
	theirs := func(id string) []store.File {
		return ask(t, s, func(r store.Reader) ([]store.File, error) { return r.FilesOfDraft(id) })
	}
	same(t, theirs("d"), []store.File{bare(draft)})
	named := func(behind store.File, limit int) []store.File {
		return ask(t, s, func(r store.Reader) ([]store.File, error) { return r.NamedFiles(behind.Claim, behind.ID, limit) })
	}
	byEntry := []store.File{bare(first), bare(second), bare(other)}
	same(t, named(store.File{}, 9), byEntry)
	same(t, named(store.File{}, 1), byEntry[:1])
	same(t, named(byEntry[0], 9), byEntry[1:])
	same(t, named(byEntry[len(byEntry)-1], 9), []store.File(nil))
	same(t, theirs(""), []store.File(nil))
}

func fileBlocks(t *testing.T, s store.Store) {
	var list []store.File
	var ids []claim.ID
	for n := range 502 {
		f := aFile(2 * n)
		f.State, f.ReplacedBy = evidence.Infected, ""
		list, ids = append(list, f), append(ids, f.Claim)
	}
	list[0].State, list[1].ReplacedBy, list[2].Draft = evidence.Clean, "other", "d"
	putFiles(t, s, list...)
	blocked := func() []claim.ID {
		return ask(t, s, func(r store.Reader) ([]claim.ID, error) { return r.BlockedClaims(ids) })
	}
	same(t, blocked(), slices.Sorted(slices.Values(ids[3:])))
	list[3].ReplacedBy = "other"
	write(t, s, func(tx store.Tx) error { return tx.PutFile(list[3]) })
	same(t, blocked(), slices.Sorted(slices.Values(ids[4:])))
}

func fileStates(t *testing.T, s store.Store) {
	waiting, late, clean := aFile(3), aFile(1), aFile(2)
	waiting.State, late.State = evidence.Waiting, evidence.Waiting
	putFiles(t, s, waiting, late, clean)
	in := func(minutes, limit int) (ids []string) {
		for _, f := range ask(t, s, func(r store.Reader) ([]store.File, error) { return r.FilesIn(evidence.Waiting, noon(minutes), limit) }) {
			ids = append(ids, f.ID)
		}
		return ids
	}
	same(t, in(2, 9), []string(nil))
	same(t, in(3, 9), []string{late.ID})
	same(t, in(9, 9), []string{late.ID, waiting.ID})
	same(t, in(9, 1), []string{late.ID})
	same(t, ask(t, s, store.Reader.CountFiles), map[evidence.State]int64{evidence.Waiting: 2, evidence.Clean: 1})
}

func fileParts(t *testing.T, s store.Store) {
	second, first := store.FilePart{File: "a", At: 3, Size: 4, Object: "o"}, store.FilePart{File: "a", Size: 3, Sealed: []byte{1}}
	other := store.FilePart{File: "b", Size: past31, Sealed: []byte{2}}
	for _, p := range []store.FilePart{second, first, other} {
		write(t, s, func(tx store.Tx) error { return tx.AddFilePart(p) })
	}
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AddFilePart(first) })
	of := func() []store.FilePart {
		return ask(t, s, func(r store.Reader) ([]store.FilePart, error) { return r.FileParts("a") })
	}
	same(t, of(), []store.FilePart{{File: "a", Size: 3}, second})
	part := func(at int64) func(store.Reader) (store.FilePart, error) {
		return func(r store.Reader) (store.FilePart, error) { return r.FilePart("a", at) }
	}
	same(t, ask(t, s, part(0)), first)
	none(t, s, "between", part(1))
	write(t, s, func(tx store.Tx) error {
		gone, err := tx.DeleteFileParts("a")
		same(t, gone, []string{"o"})
		return err
	})
	same(t, of(), []store.FilePart(nil))
	same(t, ask(t, s, func(r store.Reader) (store.FilePart, error) { return r.FilePart("b", 0) }), other)
}

func filesGo(t *testing.T, s store.Store) {
	named, draft, kept := aFile(2), aFile(3), aFile(4)
	draft.Draft, draft.Version, draft.Object = "d", 0, ""
	putFiles(t, s, named, draft, kept)
	write(t, s, func(tx store.Tx) error {
		return tx.AddFilePart(store.FilePart{File: draft.ID, Size: 1, Object: "part"})
	})
	write(t, s, func(tx store.Tx) error {
		return tx.AddCustody([]store.Custody{{Claim: named.Claim, File: named.ID, What: "begun"}, {Claim: draft.Claim, File: draft.ID, What: "begun"}})
	})
	shelved := func() map[string]bool {
		return ask(t, s, func(r store.Reader) (map[string]bool, error) {
			return r.ShelvedObjects([]string{named.Object, kept.Object, "part", "stray", ""})
		})
	}
	same(t, shelved(), map[string]bool{named.Object: true, kept.Object: true, "part": true})
	on := func(behind string, limit int) []string {
		return ask(t, s, func(r store.Reader) ([]string, error) { return r.ShelvedNames(behind, limit) })
	}
	same(t, on("", 9), []string{named.Object, kept.Object})
	same(t, on(named.Object, 9), []string{kept.Object})
	same(t, on("", 1), []string{named.Object})
	write(t, s, func(tx store.Tx) error {
		gone, err := tx.DeleteFilesOf([]claim.ID{named.Claim, claimID(99)})
		slices.Sort(gone)
		same(t, gone, []string{named.Object, "part"})
		return err
	})
	same(t, shelved(), map[string]bool{kept.Object: true})
	same(t, on("", 9), []string{kept.Object})
	lines := ask(t, s, func(r store.Reader) ([]store.Custody, error) { return r.Custody(named.Claim) })
	if len(lines) != 1 || lines[0].File != named.ID {
		t.Errorf("custody stays where an entry names the file, and goes else: %v", lines)
	}
	same(t, ask(t, s, fileOf(kept.ID)), kept)
}

func custody(t *testing.T, s store.Store) {
	line := func(file string, number int64, what string) store.Custody {
		return store.Custody{Claim: claimID(1), File: file, Number: number, Instant: noon(1), Actor: "officer", What: what, Reason: "r"}
	}
	add := func(lines ...store.Custody) {
		t.Helper()
		write(t, s, func(tx store.Tx) error { return tx.AddCustody(lines) })
	}
	add(line("b", 1, "begun"))
	add(line("a", 0, "begun"), line("a", 0, "received"))
	add(line("a", 0, "clean"))
	want := []store.Custody{line("a", 1, "begun"), line("a", 2, "received"), line("a", 3, "clean"), line("b", 1, "begun")}
	of := func(id claim.ID) []store.Custody {
		return ask(t, s, func(r store.Reader) ([]store.Custody, error) { return r.Custody(id) })
	}
	same(t, of(claimID(1)), want)
	same(t, of(claimID(2)), []store.Custody(nil))
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.AddCustody([]store.Custody{line("b", 1, "again")}) })
	var many []store.Custody
	for n := range 501 {
		many = append(many, store.Custody{Claim: claimID(7), File: fmt.Sprintf("%04d", n), Number: 1, Instant: docket.Instant(noon(2)), What: "received"})
	}
	add(many...)
	same(t, of(claimID(7)), many)
}
