package vault_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/vault"
)

func backedUp(t testing.TB, v *vault.Vault) vault.Backup {
	t.Helper()
	b, err := v.BackupStore(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func restored(t testing.TB, folder, path string) *vault.Vault {
	t.Helper()
	if _, err := vault.RestoreStore(folder, path, vault.Options{}); err != nil {
		t.Fatal(err)
	}
	return reopened(t, folder)
}

func TestCopiesOfTheKeyStoreLiveForSomeDays(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, folder := opened(t)
		elsewhere := filepath.Join(t.TempDir(), "copies")
		if err := v.SetBackups(vault.Backups{Days: 3, Folder: elsewhere}); err != nil {
			t.Fatal(err)
		}
		sealed(t, v, answers("c1", "x"))
		for d := 1; d <= 6; d++ {
			v.On(at(2026, 3, d))
			backedUp(t, v)
			backedUp(t, v) // a second one of the day takes the first one's place
		}
		all, err := v.ListBackups()
		if err != nil {
			t.Fatal(err)
		}
		var days []string
		for _, b := range all {
			days = append(days, b.Day.String())
		}
		if want := []string{"2026-03-06", "2026-03-05", "2026-03-04", "2026-03-03"}; !slices.Equal(days, want) {
			t.Errorf("%q, want %q", days, want)
		}
		if files := filesBelow(t, elsewhere); len(files) != 4 {
			t.Errorf("beside them lies %q", files)
		}
		for _, d := range []int{0, -1, 367} {
			wantCode(t, v.SetBackups(vault.Backups{Days: d}), "vault.backup-days")
		}
		if b, err := reopened(t, folder).Backups(); err != nil || b.Days != 3 || b.Folder != elsewhere {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

// The day that erase names: a key destroyed on the 10th is in the copy of that
// day, which lies there for three days more, and in none on the day named.
func TestOnTheDayNamedNoCopyHoldsTheKey(t *testing.T) {
	v, folder := opened(t)
	if err := v.SetBackups(vault.Backups{Days: 3}); err != nil {
		t.Fatal(err)
	}
	v.On(at(2026, 3, 10))
	sealed(t, v, manyItems(0, 20)...)
	claim := manyItems(0, 1)[0].Claim
	key := wrappedKeys(t, filepath.Join(folder, "keystore.db"))[claim][0]
	backedUp(t, v)
	if err := v.Destroy(ctx, claim); err != nil {
		t.Fatal(err)
	}
	by := v.ErasedBy(day.Must(2026, 3, 10))
	if by != day.Must(2026, 3, 14) {
		t.Fatal(by)
	}
	holds := func() bool {
		for _, path := range filesBelow(t, folder) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, key) {
				return true
			}
		}
		return false
	}
	for d := day.Must(2026, 3, 11); d.Before(by); d = d.AddDays(1) {
		v.On(at(d.Year(), d.Month(), d.Day()))
		backedUp(t, v)
		if !holds() {
			t.Errorf("on %s the copy is gone already", d)
		}
	}
	v.On(at(by.Year(), by.Month(), by.Day()))
	backedUp(t, v)
	if holds() {
		t.Error("the key lies there still")
	}
}

// Drill: the key store is lost, and an older copy put back. Who was erased since
// the copy stays erased; the others open.
func TestDrillAnOlderKeyStoreIsPutBack(t *testing.T) {
	for name, wrong := range map[string]func(path string) error{
		"lost": os.Remove,
		"damaged": func(path string) error {
			return rewrite(path, func(b []byte) []byte { return append(bytes.Repeat([]byte("x"), 5000), b[5000:]...) })
		},
		"well": func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			v, folder := opened(t)
			blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"))
			copied := backedUp(t, v)
			if err := v.Destroy(ctx, "c1"); err != nil {
				t.Fatal(err)
			}
			v.Close()
			if err := wrong(filepath.Join(folder, "keystore.db")); err != nil {
				t.Fatal(err)
			}
			v = restored(t, folder, copied.Path)
			got, err := v.OpenAll(ctx, blobs)
			if err != nil {
				t.Fatal(err)
			}
			wantCode(t, got[0].Err, "vault.erased")
			wantCode(t, got[1].Err, "")
			if keys := wrappedKeys(t, filepath.Join(folder, "keystore.db")); len(keys) != 1 {
				t.Errorf("keys of %d claims", len(keys))
			}
			replaced, _ := filepath.Glob(filepath.Join(filepath.Dir(copied.Path), "replaced-*.db"))
			if (len(replaced) == 1) != (name != "lost") {
				t.Errorf("the one that was replaced: %q", replaced)
			}
			v.On(time.Now().AddDate(0, 0, 40))
			backedUp(t, v)
			if files := filesBelow(t, filepath.Dir(copied.Path)); len(files) != 2 { // a copy and the list
				t.Errorf("after its days there lies %q", files)
			}
		})
	}
}

// The older key store is put back by hand, past our command.
func TestWhoWasErasedStaysErasedInAnOlderKeyStore(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, answers("c1", "x"), answers("c2", "y"))
	copied := backedUp(t, v)
	if err := v.Destroy(ctx, "c1"); err != nil {
		t.Fatal(err)
	}
	v.Close()
	path := filepath.Join(folder, "keystore.db")
	if err := os.Rename(copied.Path, path); err != nil {
		t.Fatal(err)
	}
	v = reopened(t, folder)
	_, _, err := v.Seal(ctx, []vault.Item{answers("c1", "again")})
	wantCode(t, err, "vault.erased")
	v.Close()
	if keys := wrappedKeys(t, path); len(keys) != 1 || keys["c2"] == nil {
		t.Errorf("%d claims have keys", len(keys))
	}
}

func TestACopyThatIsNotOursOrDamagedIsNotPutBack(t *testing.T) {
	v, folder := opened(t)
	blob := sealed(t, v, answers("c1", "x"))
	sealed(t, v, manyItems(0, 300)...)
	copied := backedUp(t, v)
	other, _ := opened(t)
	v.Close()
	change := func(do func([]byte) []byte) string {
		content, err := os.ReadFile(copied.Path)
		if err != nil {
			t.Fatal(err)
		}
		return written(t, "copy.db", string(do(content)))
	}
	for _, c := range []struct{ name, path, code string }{
		{"another vault's", backedUp(t, other).Path, "vault.key-of-another-vault"},
		{"cut short", change(cut(5000)), "vault.backup-damaged"},
		{"a page of zeroes", change(func(b []byte) []byte { clear(b[8192:12288]); return b }), "vault.backup-damaged"},
		{"no database", written(t, "text", "x"), "vault.backup-damaged"},
		{"missing", filepath.Join(folder, "none.db"), "vault.given-missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := vault.RestoreStore(folder, c.path, vault.Options{})
			wantCode(t, err, c.code)
			v := reopened(t, folder)
			openAll(t, v, blob)
			v.Close()
		})
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(copied.Path), "..", ".coming*"))
	if len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// Erased means: on the list first. A crash in between is made good at the next
// opening, and one in the midst of a line loses nothing that was acknowledged.
func TestErasureSurvivesACrashBetweenItsSteps(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, folder := opened(t)
		blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"), answers("c3", "z"))
		v.On(at(2026, 3, 10))
		v.StopAt(1, errStop)
		if err := v.Destroy(ctx, "c1"); !errors.Is(err, errStop) {
			t.Fatal(err)
		}
		v.Close()
		list := filepath.Join(folder, "shredded")
		if err := rewrite(list, func(b []byte) []byte { return append(b, "2026-03-10 c2"...) }); err != nil {
			t.Fatal(err)
		}
		v = reopened(t, folder)
		got, err := v.OpenAll(ctx, blobs)
		if err != nil {
			t.Fatal(err)
		}
		for i, code := range []string{"vault.erased", "", ""} {
			wantCode(t, got[i].Err, code)
		}
		v.On(at(2026, 3, 11))
		for range 2 {
			if err := v.Destroy(ctx, "c3", "c1", "c3"); err != nil {
				t.Fatal(err)
			}
		}
		all, err := v.Shredded(ctx)
		want := []vault.Erasure{{Claim: "c1", Day: day.Must(2026, 3, 10)}, {Claim: "c3", Day: day.Must(2026, 3, 11)}}
		if err != nil || !slices.Equal(all, want) {
			t.Errorf("%v, %v", all, err)
		}
		wantCode(t, v.Destroy(ctx, "c4\n2026-01-01 c2"), "vault.name")
		v.Close()
		if err := rewrite(list, func(b []byte) []byte { return append([]byte("not a line\n"), b...) }); err != nil {
			t.Fatal(err)
		}
		_, err = vault.Open(folder, vault.Options{})
		wantCode(t, err, "vault.shredded-line")
	})
}

// The clock jumps a year, forward and back: there is always a copy, and it has
// all keys.
func TestAClockThatJumpsLeavesACopy(t *testing.T) {
	v, folder := opened(t)
	blobs := sealed(t, v, answers("c1", "x"))
	if err := v.RefreshBackups(ctx); err != nil {
		t.Fatal(err)
	}
	if all, err := v.ListBackups(); err != nil || len(all) != 0 {
		t.Fatalf("%v, %v: nobody asked for a copy", all, err)
	}
	v.On(at(2026, 3, 10))
	backedUp(t, v)
	for _, now := range []time.Time{at(2027, 3, 10), at(2026, 3, 12), at(2026, 3, 13)} {
		blobs = append(blobs, sealed(t, v, answers(now.String()[:10], "x"))...)
		v.On(now)
		if err := v.RefreshBackups(ctx); err != nil {
			t.Fatal(err)
		}
		all, err := v.ListBackups()
		if err != nil || len(all) != 1 {
			t.Fatalf("on %s: %v, %v", now, all, err)
		}
	}
	all, _ := v.ListBackups()
	v.Close()
	v = restored(t, folder, all[0].Path)
	got, err := v.OpenAll(ctx, blobs)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range got[:3] { // the last came in after the copy of the 12th
		if o.Err != nil {
			t.Errorf("claim %d: %v", i, o.Err)
		}
	}
}

// A key store that a killed process left is put back with all its keys: the last ones are
// in the log beside it.
func TestAKeyStoreThatWasLeftByACrashIsPutBackWhole(t *testing.T) {
	v, folder := opened(t)
	blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"))
	left := filepath.Join(t.TempDir(), "keystore.db")
	for _, end := range []string{"", "-wal"} { // as they lie there at this moment
		content, err := os.ReadFile(filepath.Join(folder, "keystore.db"+end))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left+end, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	v.Close()
	if err := os.Remove(filepath.Join(folder, "keystore.db")); err != nil {
		t.Fatal(err)
	}
	openAll(t, restored(t, folder, left), blobs)
}

// Copies move with their place: those left behind would be removed by nobody.
func TestCopiesMoveWithTheirPlace(t *testing.T) {
	v, folder := opened(t)
	blobs := sealed(t, v, answers("c1", "x"))
	v.On(at(2026, 3, 10))
	first := backedUp(t, v)
	elsewhere := filepath.Join(t.TempDir(), "copies")
	if err := v.SetBackups(vault.Backups{Days: 5, Folder: elsewhere}); err != nil {
		t.Fatal(err)
	}
	v.On(at(2026, 3, 11))
	backedUp(t, v)
	all, err := v.ListBackups()
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	if left := filesBelow(t, filepath.Dir(first.Path)); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	v.Close()
	openAll(t, restored(t, folder, all[1].Path), blobs)
}
