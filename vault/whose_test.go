package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/vault"
)

// contents are the files below a folder, by their names.
func contents(t testing.TB, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, path := range filesBelow(t, folder) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = string(content)
	}
	return all
}

// copiesIn sets where a vault's copies go.
func copiesIn(t testing.TB, v *vault.Vault, folder string, days int) {
	t.Helper()
	if err := v.SetBackups(vault.Backups{Folder: folder, Days: days}); err != nil {
		t.Fatal(err)
	}
}

// Two installations name one folder for their copies. Whatever the second one
// does, the first one's copy lies there as it was, whether of today or of a day
// that the second one would prune.
func TestAFolderWithAnotherVaultsCopyIsRefused(t *testing.T) {
	for _, made := range []int{3, 10} {
		for name, do := range map[string]func(v *vault.Vault, shared string) error{
			"it is named": func(v *vault.Vault, shared string) error {
				return v.SetBackups(vault.Backups{Folder: shared, Days: 3})
			},
			"it was named, and a copy is made": func(v *vault.Vault, _ string) error {
				_, err := v.BackupStore(ctx)
				return err
			},
			"it was named, and the days are changed": func(v *vault.Vault, shared string) error {
				if err := v.SetBackups(vault.Backups{Folder: shared, Days: 1}); err != nil {
					return err
				}
				_, err := v.BackupStore(ctx)
				return err
			},
			"it was named, and the master key is rotated": func(v *vault.Vault, _ string) error { return v.RotateMaster(ctx, nil) },
		} {
			t.Run(name, func(t *testing.T) {
				shared := t.TempDir()
				mode(t, shared)
				first, _ := opened(t)
				second, folder := opened(t)
				blobs := sealed(t, second, answers("c1", "x"))
				if name != "it is named" {
					copiesIn(t, second, shared, 3) // while it was empty
				}
				copiesIn(t, first, shared, 30)
				first.On(at(2026, 3, made))
				second.On(at(2026, 3, 10))
				backedUp(t, first)
				before := contents(t, shared)
				err := do(second, shared)
				wantCode(t, err, "vault.backups-of-another")
				if err := second.RefreshBackups(ctx); err != nil {
					t.Error(err)
				}
				if after := contents(t, shared); !maps.Equal(before, after) {
					t.Errorf("%q lies there, and it was %q", slices.Collect(maps.Keys(after)), slices.Collect(maps.Keys(before)))
				}
				if files := masterFiles(t, folder); len(files) != 1 {
					t.Errorf("a change of the master key was begun: %q", files)
				}
				openAll(t, second, blobs)
				copiesIn(t, second, filepath.Join(folder, "own"), 3) // as it is told
				backedUp(t, second)
			})
		}
	}
}

func mode(t testing.TB, folder string) {
	t.Helper()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
}

// They share a folder since before that was refused: each is told so, and who
// leaves takes its own copies along and leaves the other's.
func TestWhoLeavesASharedFolderTakesItsOwnCopies(t *testing.T) {
	shared := t.TempDir()
	mode(t, shared)
	first, _ := opened(t)
	second, folder := opened(t)
	copiesIn(t, second, shared, 30)
	second.On(at(2026, 3, 9))
	own := backedUp(t, second)
	first.On(at(2026, 3, 10))
	b := backedUp(t, first)
	theirs := filepath.Join(shared, filepath.Base(b.Path))
	if err := os.Rename(b.Path, theirs); err != nil {
		t.Fatal(err)
	}
	_, err := second.BackupStore(ctx)
	wantCode(t, err, "vault.backups-of-another")
	state, err := vault.Inspect(ctx, folder, own.Day)
	if err != nil || len(state.Copies) != 1 || len(state.Problems) != 1 {
		t.Fatalf("%+v, %v", state, err)
	}
	wantCode(t, state.Problems[0], "vault.backups-of-another")

	elsewhere := filepath.Join(t.TempDir(), "copies")
	copiesIn(t, second, elsewhere, 30)
	if all := contents(t, shared); len(all) != 1 || all[filepath.Base(theirs)] == "" {
		// the list of what was erased stays too where there is one
		t.Errorf("%q is left", slices.Collect(maps.Keys(all)))
	}
	all, err := second.ListBackups()
	if err != nil || len(all) != 1 || all[0].Path != filepath.Join(elsewhere, filepath.Base(own.Path)) {
		t.Errorf("%v, %v", all, err)
	}
}

// Drill on another machine: the keys come back from shares, the key store from a
// copy. Where production's copies go did not come along, so that nothing that is
// done there reaches them: also not with shares from before, which hold it.
func TestWhereCopiesGoIsNotInShares(t *testing.T) {
	for name, old := range map[string]bool{"shares of today": false, "shares that hold it": true} {
		t.Run(name, func(t *testing.T) {
			v, folder := opened(t)
			blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"))
			place := filepath.Join(t.TempDir(), "copies")
			copiesIn(t, v, place, 7)
			made := backedUp(t, v)
			before := contents(t, place)
			paths := shares(t, v, 3, 2)
			if old {
				paths = sharesWithBackups(t, v)
			}
			drill := folder + "-drill"
			names, err := vault.RestoreShares(drill, paths[:2])
			if err != nil || slices.Contains(names, "backups.json") {
				t.Fatalf("%q, %v", names, err)
			}
			there := restored(t, drill, made.Path)
			openAll(t, there, blobs)
			set, err := there.Backups()
			if err != nil || set != (vault.Backups{Folder: filepath.Join(drill, "backups"), Days: vault.DefaultBackupDays}) {
				t.Errorf("%+v, %v", set, err)
			}
			if err := there.RotateMaster(ctx, nil); err != nil {
				t.Fatal(err)
			}
			backedUp(t, there)
			if !maps.Equal(before, contents(t, place)) {
				t.Error("the drill reached production's copies")
			}
		})
	}
}

// sharesWithBackups are shares as they were made until the setting was left out.
func sharesWithBackups(t testing.TB, v *vault.Vault) (paths []string) {
	t.Helper()
	made, err := v.SharesWith(filepath.Join(t.TempDir(), "shares"), "backups.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range made {
		paths = append(paths, s.File)
	}
	return paths
}

// The drill's machine names production's folder all the same. What it rotates are
// its own copies: what its old key doesn't open it neither replaces nor writes
// over, and no more does production.
func TestARotationLeavesCopiesThatItsOldKeyDoesNotOpen(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, answers("c1", "x"))
	v.On(at(2026, 3, 9))
	first := backedUp(t, v)
	paths := shares(t, v, 3, 2)
	drill := folder + "-drill"
	if _, err := vault.RestoreShares(drill, paths[:2]); err != nil {
		t.Fatal(err)
	}
	there := restored(t, drill, first.Path)
	place := filepath.Join(t.TempDir(), "copies")
	copiesIn(t, v, place, 30)
	if err := v.RotateMaster(ctx, nil); err != nil { // production's, since
		t.Fatal(err)
	}
	v.On(at(2026, 3, 10))
	backedUp(t, v)
	before := contents(t, place)

	there.On(at(2026, 3, 10))
	wantCode(t, there.SetBackups(vault.Backups{Folder: place, Days: 30}), "vault.backup-under-another")
	there.On(at(2026, 3, 11))
	copiesIn(t, there, place, 30) // no copy of that day lies there
	backedUp(t, there)
	if err := there.RotateMaster(ctx, nil); err != nil {
		t.Fatal(err)
	}
	after := contents(t, place)
	for name, content := range before {
		if strings.HasSuffix(name, ".db") && after[name] != content {
			t.Errorf("%s is not as production wrote it", name)
		}
	}
	v.On(at(2026, 3, 11))
	_, err := v.BackupStore(ctx)
	wantCode(t, err, "vault.backup-under-another")
	if fault.Code(v.RotateMaster(ctx, nil)) != "vault.backup-under-another" {
		t.Error("rotated, though its copy can't be made")
	}
	if content, err := os.ReadFile(filepath.Join(place, "keystore-2026-03-11.db")); err != nil || !bytes.Equal(content, []byte(after["keystore-2026-03-11.db"])) {
		t.Errorf("the drill's copy is not as it was: %v", err)
	}
	own := filepath.Join(t.TempDir(), "own")
	copiesIn(t, v, own, 30) // as it is told: its own go there, the drill's stay
	if left := contents(t, place); len(left) != 1 || left["keystore-2026-03-11.db"] != after["keystore-2026-03-11.db"] {
		t.Errorf("%q is left", slices.Collect(maps.Keys(left)))
	}
	if moved := contents(t, own); len(moved) != 2 || moved["keystore-2026-03-10.db"] != before["keystore-2026-03-10.db"] {
		t.Errorf("%q went along", slices.Collect(maps.Keys(moved)))
	}
}

// The folder of keys is gone, and with it the list of what was erased and where
// the copies go: the list lies beside the copy that is put back.
func TestTheListBesideACopyComesBackWithIt(t *testing.T) {
	v, folder := opened(t)
	blobs := sealed(t, v, answers("c1", "x"), answers("c2", "y"))
	place := filepath.Join(t.TempDir(), "copies")
	copiesIn(t, v, place, 30)
	v.On(at(2026, 3, 9))
	older := backedUp(t, v)
	if err := v.Destroy(ctx, "c1"); err != nil {
		t.Fatal(err)
	}
	v.On(at(2026, 3, 10))
	backedUp(t, v)
	paths := shares(t, v, 3, 2)
	v.Close()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.RestoreShares(folder, paths[:2]); err != nil {
		t.Fatal(err)
	}
	got, err := restored(t, folder, older.Path).OpenAll(ctx, blobs)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, got[0].Err, "vault.erased")
	wantCode(t, got[1].Err, "")
}

// The list of what was erased here is one from before the one beside the copies: it was
// cut off while it came back, or all of the folder is older. It is not written over the
// newer one, and whoever looks is told; with a copy that is put back the newer one comes.
func TestAnOlderListOfWhatWasErasedGivesWay(t *testing.T) {
	for name, cut := range map[string]int{"a part of a line": 7, "a line less": 17, "nothing of it": 34} {
		t.Run(name, func(t *testing.T) {
			v, folder := opened(t)
			sealed(t, v, answers("c1", "x"), answers("c2", "y"), answers("c3", "z"))
			v.On(at(2026, 3, 9))
			before := backedUp(t, v)
			v.On(at(2026, 3, 10))
			if err := v.Destroy(ctx, "c1", "c2"); err != nil {
				t.Fatal(err)
			}
			newest := backedUp(t, v)
			own, beside := filepath.Join(folder, "shredded"), filepath.Join(filepath.Dir(newest.Path), "shredded")
			whole, err := os.ReadFile(own)
			if err != nil {
				t.Fatal(err)
			}
			v.Close()
			cut := whole[:max(0, len(whole)-cut)]
			if err := os.WriteFile(own, cut, 0o600); err != nil {
				t.Fatal(err)
			}
			state, err := vault.Inspect(ctx, folder, newest.Day)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(state.Problems, func(err error) bool { return fault.Code(err) == "vault.shredded-older" }) {
				t.Errorf("found %v", state.Problems)
			}
			v = reopened(t, folder)
			v.On(at(2026, 3, 10))
			backedUp(t, v)
			v.Close()
			if list, err := os.ReadFile(beside); err != nil || !bytes.Equal(list, whole) {
				t.Errorf("beside the copies %q, %v", list, err)
			}
			v = restored(t, folder, before.Path)
			if list, err := os.ReadFile(own); err != nil || !bytes.Equal(list, whole) {
				t.Errorf("the list is %q, %v", list, err)
			}
			for _, claim := range []string{"c1", "c2"} {
				_, _, err := v.Seal(ctx, []vault.Item{answers(claim, "again")})
				wantCode(t, err, "vault.erased")
			}
		})
	}
}

// An older key store was put back. The copy of that day that has more is not lost
// with the next one, and no rotation replaces it; what was erased isn't missed.
func TestACopyThatHasMoreThanTheKeyStoreIsKept(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, folder := opened(t)
		blobs := sealed(t, v, answers("c1", "x"), answers("c3", "z"))
		v.On(at(2026, 3, 9))
		older := backedUp(t, v)
		v.On(at(2026, 3, 10))
		blobs = append(blobs, sealed(t, v, answers("c2", "y"))...)
		fuller := backedUp(t, v)
		whole, err := os.ReadFile(fuller.Path)
		if err != nil {
			t.Fatal(err)
		}
		v.Close()

		v = restored(t, folder, older.Path)
		v.On(at(2026, 3, 10))
		wantCode(t, v.RotateMaster(ctx, nil), "vault.backup-has-more")
		if err := v.Destroy(ctx, "c3"); err != nil {
			t.Fatal(err)
		}
		backedUp(t, v)
		var aside string
		for name, content := range contents(t, filepath.Dir(fuller.Path)) {
			if content == string(whole) {
				aside = filepath.Join(filepath.Dir(fuller.Path), name)
			}
		}
		if aside == "" || aside == fuller.Path {
			t.Fatalf("the copy that has more is at %q", aside)
		}
		wantCode(t, v.RotateMaster(ctx, nil), "vault.backup-has-more")
		before := contents(t, filepath.Dir(fuller.Path))
		backedUp(t, v) // nothing is missing in the one before but what was erased
		if after := contents(t, filepath.Dir(fuller.Path)); len(after) != len(before) {
			t.Errorf("%d files, and %d before", len(after), len(before))
		}
		v.Close()

		v = restored(t, folder, aside)
		if err := v.RotateMaster(ctx, nil); err != nil {
			t.Fatal(err)
		}
		openAll(t, v, []vault.Sealed{blobs[0], blobs[2]})
	})
}

// The keys came back on a new machine with an older copy of the key store by mistake, and
// a copy was made of that before it was said where copies go. None of those that lie
// there is written over, whatever its name; and given again nothing comes twice.
func TestCopiesThatMoveWriteOverNone(t *testing.T) {
	v, folder := opened(t)
	place := filepath.Join(t.TempDir(), "copies")
	copiesIn(t, v, place, 30)
	blobs := sealed(t, v, answers("c1", "x"))
	v.On(at(2026, 3, 9))
	older := backedUp(t, v)
	v.On(at(2026, 3, 10))
	blobs = append(blobs, sealed(t, v, answers("c2", "y"))...)
	fuller := backedUp(t, v)
	before := contents(t, place)
	v.Close()
	if err := errors.Join(os.Remove(filepath.Join(folder, "backups.json")), os.Remove(filepath.Join(folder, "keystore.db"))); err != nil {
		t.Fatal(err)
	}

	v = restored(t, folder, older.Path)
	v.On(at(2026, 3, 10))
	own := backedUp(t, v)
	if filepath.Dir(own.Path) == place || filepath.Base(own.Path) != filepath.Base(fuller.Path) {
		t.Fatalf("the copy is %s", own.Path)
	}
	for range 2 {
		if err := v.SetBackups(vault.Backups{Folder: place, Days: 30}); err != nil {
			t.Fatal(err)
		}
	}
	after := contents(t, place)
	for name, content := range before {
		if after[name] != content {
			t.Errorf("%s is another, or gone", name)
		}
	}
	if len(after) != len(before)+1 {
		t.Errorf("%q lie there", slices.Sorted(maps.Keys(after)))
	}
	v.Close()
	openAll(t, restored(t, folder, fuller.Path), blobs)
}

// The disk with the copies isn't mounted. None is made below its place, where nobody would
// find it; and the master key isn't changed, for copies under the old one would stay.
func TestCopiesGoNowhereElseWhileTheirDiskIsAway(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, answers("c1", "x"))
	place := filepath.Join(t.TempDir(), "disk", "copies")
	copiesIn(t, v, place, 30)
	made := backedUp(t, v)
	away := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(filepath.Dir(place), away); err != nil {
		t.Fatal(err)
	}
	_, err := v.BackupStore(ctx)
	wantCode(t, err, "vault.backups-away")
	wantCode(t, v.RotateMaster(ctx, nil), "vault.backups-away")
	if files := masterFiles(t, folder); len(files) != 1 {
		t.Errorf("a change of the master key was begun: %q", files)
	}
	if _, err := os.Lstat(place); !os.IsNotExist(err) {
		t.Errorf("the place was made: %v", err)
	}
	v.Close()
	_, err = vault.RestoreStore(folder, filepath.Join(away, "copies", filepath.Base(made.Path)), vault.Options{}) // which would keep the one that it replaces
	wantCode(t, err, "vault.backups-away")
	if _, err := os.Lstat(place); !os.IsNotExist(err) {
		t.Errorf("the place was made: %v", err)
	}
	v = reopened(t, folder)
	if err := os.Rename(away, filepath.Dir(place)); err != nil {
		t.Fatal(err)
	}
	backedUp(t, v)
	if err := v.RotateMaster(ctx, nil); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(place); err != nil { // for good
		t.Fatal(err)
	}
	copiesIn(t, v, place, 14) // as a timer does
	_, err = v.BackupStore(ctx)
	wantCode(t, err, "vault.backups-away")
	if err := os.Mkdir(place, 0o700); err != nil { // as it is told
		t.Fatal(err)
	}
	backedUp(t, v)
}

// A copy that can't be opened, as one that was made as root, is named: the next copy is
// not made before somebody looked.
func TestACopyThatCanNotBeOpenedIsNamed(t *testing.T) {
	v, folder := opened(t)
	made := backedUp(t, v)
	path := filepath.Join(filepath.Dir(made.Path), "keystore-2026-03-01.db")
	if err := os.Symlink(filepath.Join(folder, "gone"), path); err != nil {
		t.Fatal(err)
	}
	_, err := v.BackupStore(ctx)
	if at, ok := errors.AsType[*fs.PathError](err); !ok || at.Path != path {
		t.Errorf("making a copy: %v", err)
	}
	state, err := vault.Inspect(ctx, folder, made.Day)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(state.Problems, func(err error) bool {
		at, ok := errors.AsType[*fs.PathError](err)
		return ok && at.Path == path
	}) {
		t.Errorf("%v", state.Problems)
	}
}

// Somebody copied the whole folder of keys for an exercise: it names production's
// folder of copies. Once production has gone on, a rotation there is refused, and
// so it is until the setting is taken away.
func TestACopiedFolderOfKeysDoesNotRotateProductionsCopiesAway(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, answers("c1", "x"))
	place := filepath.Join(t.TempDir(), "copies")
	copiesIn(t, v, place, 30)
	backedUp(t, v)
	copied := folder + "-drill"
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	for _, path := range filesBelow(t, copied) {
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mode(t, copied)
	sealed(t, v, answers("c2", "y"))
	backedUp(t, v)
	before := contents(t, place)

	there := reopened(t, copied)
	wantCode(t, there.RotateMaster(ctx, nil), "vault.backup-has-more")
	if err := os.Remove(filepath.Join(copied, "backups.json")); err != nil {
		t.Fatal(err)
	}
	if err := there.RotateMaster(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before, contents(t, place)) {
		t.Error("production's copies are not as they were")
	}
}
