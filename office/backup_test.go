package office_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// A backup from before an erasure is put back with the keys as they are now: it
// brings back nothing of what was erased, and verify says of whom it knows that
// the entry is missing. A backup from after it holds nothing of it, and once it is
// the only one that is kept, its folder doesn't either.
func TestARestoredOlderBackupBringsBackNothingErased(t *testing.T) {
	h, gone, stays, told := whole(t)
	pieces := h.pieces(gone)
	folder, file := filepath.Join(t.TempDir(), "backups"), filepath.Join(t.TempDir(), "backup.key")
	public, err := vault.NewBackupKey(file)
	must(t, err)
	to, err := vault.ParseBackupTo(public)
	must(t, err)
	key, err := vault.ReadBackupKey(file)
	must(t, err)
	back := func(keep int) {
		t.Helper()
		_, err := h.Installation.Backup(t.Context(), folder, to, keep, nil)
		must(t, err)
	}
	back(0)
	if n := sealedIn(t, folder, key, pieces); n == 0 {
		t.Fatal("no piece is in the backup before: the search is blind")
	}
	for _, id := range gone {
		_, err := h.erase(id)
		must(t, err)
	}
	_, err = h.Office.Sequence(t.Context())
	must(t, err)
	back(0)
	must(t, h.Close())

	t.Run("from before", func(t *testing.T) {
		there := installation.Beside(filepath.Join(t.TempDir(), "restored"))
		there.Keys = copied(t, h.Places).Keys
		done, err := installation.Restore(t.Context(), installation.Restoration{Source: folder, Number: 1, Key: key, Places: there, NothingKnown: true, People: bothSignIn}, installation.Options{Now: ticking()})
		must(t, err)
		if done.Lost != 0 { // nobody who is asked here has seen more
			t.Errorf("%+v", done)
		}
		if n := met(t, there, pieces); n > 0 {
			t.Errorf("%d pieces came back", n)
		}
		h := &house{TB: t, Installation: openedAt(t, there), people: h.people}
		h.forgotten(told, gone, stays)
		var codes []string
		for _, f := range verified(t, h.Installation).Findings {
			codes = append(codes, f.Code)
		}
		if want := slices.Repeat([]string{"verify.erasure-not-entered"}, len(gone)); !slices.Equal(codes, want) {
			t.Errorf("verify finds %q, want %q", codes, want)
		}
	})
	t.Run("from after", func(t *testing.T) {
		there := installation.Beside(filepath.Join(t.TempDir(), "restored"))
		there.Keys = copied(t, h.Places).Keys
		_, err := installation.Restore(t.Context(), installation.Restoration{Source: folder, Key: key, Places: there, NothingKnown: true, People: bothSignIn}, installation.Options{Now: ticking()})
		must(t, err)
		h := &house{TB: t, Installation: openedAt(t, there), people: h.people}
		h.forgotten(told, gone, stays)
		h.sound()
		// What the newest backup doesn't name goes with the one that did.
		_, err = h.Installation.Backup(t.Context(), folder, to, 1, nil)
		must(t, err)
		if n := sealedIn(t, folder, key, pieces); n > 0 {
			t.Errorf("%d pieces of what was erased are still in the folder", n)
		}
	})
}

// bothSignIn are two who answer for a restore of which nobody outside knows anything.
func bothSignIn(i *installation.Installation) (by office.By, err error) {
	for id, who := range map[string]*office.Known{installation.FirstActor: &by.Actor, "officer": &by.Second} {
		secret, err := i.Credential(i.CredentialPath(id))
		if err != nil {
			return by, err
		}
		if *who, err = i.Office.Authenticate(context.Background(), secret); err != nil {
			return by, err
		}
	}
	return by, nil
}

// sealedIn counts the pieces that stand in any part of the backups, once opened.
func sealedIn(t testing.TB, folder string, key vault.BackupKey, pieces [][]byte) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".age") {
			return err
		}
		sealed, err := os.ReadFile(path)
		must(t, err)
		r, err := key.Open(bytes.NewReader(sealed))
		must(t, err)
		text, err := io.ReadAll(r)
		for _, piece := range pieces {
			n += bytes.Count(text, piece)
		}
		return err
	}))
	return n
}
