package backup_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
)

// plain seals nothing, so that a test sees what is in the parts; fails says after
// how many parts it breaks off, 0 for never.
func plain(fails int) backup.Seals {
	n := 0
	return backup.Seals{
		To: "nobody",
		Seal: func(w io.Writer) (io.WriteCloser, error) {
			if n++; n == fails {
				_, _ = w.Write([]byte("half of it"))
				return nil, errBroken
			}
			return whole{w}, nil
		},
		Open: func(r io.Reader) (io.Reader, error) { return r, nil },
		Mark: func(domain, text string) []byte {
			mac := hmac.New(sha256.New, []byte(domain))
			mac.Write([]byte(text))
			return mac.Sum(nil)
		},
	}
}

var errBroken = errors.New("the disk is gone")

type whole struct{ io.Writer }

func (whole) Close() error { return nil }

func opened(t testing.TB) store.Store {
	t.Helper()
	s, err := sqlite.OpenScratch(t.Context(), filepath.Join(t.TempDir(), "chancery.db"))
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func claimID(n int) claim.ID {
	return claim.ID(fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, n)))[:32])
}

func blob(n int) store.Blob {
	random := rand.NewChaCha8(sha256.Sum256(fmt.Append(nil, "blob", n)))
	sealed := make([]byte, 20_000)
	_, _ = random.Read(sealed)
	return store.Blob{Claim: claimID(n), Version: 1, Name: "answers.personal", Class: "personal", Sealed: sealed}
}

func putBlobs(t testing.TB, s store.Store, from, to int) {
	t.Helper()
	must(t, s.Write(context.Background(), func(tx store.Tx) error {
		for n := from; n < to; n++ {
			if err := tx.PutBlobs([]store.Blob{blob(n)}); err != nil {
				return err
			}
			if err := tx.Append(docket.Entry{Stream: docket.Stream("claim/" + string(claimID(n))), Version: 1, Bytes: bytes.Repeat([]byte("entry"), 100)}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func source(s store.Store) backup.Source {
	return backup.Source{
		Store: s, Origin: "register.example/log", Still: func() error { return nil },
		Files: []backup.SourceFile{{Name: "witnesses", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("none")), nil }}},
	}
}

func write(t testing.TB, dest string, s store.Store, seals backup.Seals, keep int) (backup.Report, error) {
	t.Helper()
	return backup.Write(context.Background(), dest, source(s), seals, keep, nil)
}

func written(t testing.TB, dest string, s store.Store, keep int) backup.Report {
	t.Helper()
	r, err := write(t, dest, s, plain(0), keep)
	must(t, err)
	return r
}

func dump(t testing.TB, s store.Store) (rows []string) {
	t.Helper()
	must(t, s.CopyOut(context.Background(), func(c store.Copier) error {
		for _, table := range s.Tables() {
			for row, err := range c.Rows(table.Name) {
				if err != nil {
					return err
				}
				for i, v := range row {
					if raw, ok := v.([]byte); ok {
						row[i] = sha256.Sum256(raw)
					}
				}
				rows = append(rows, table.Name+fmt.Sprint(row))
			}
		}
		return nil
	}))
	return rows
}

// comesBack loads a backup into an empty store, which must then be the same.
func comesBack(t testing.TB, dest string, number int64, want []string) {
	t.Helper()
	b, err := backup.Open(dest, number, plain(0))
	must(t, err)
	must(t, b.Check(t.Context(), nil))
	must(t, b.Unseal())
	s := opened(t)
	must(t, b.Load(t.Context(), s, nil))
	if got := dump(t, s); !slices.Equal(got, want) {
		t.Errorf("backup %d came back with %d rows, want %d, or others", number, len(got), len(want))
	}
	must(t, b.Copy(t.Context(), func(name string, content io.Reader) error {
		text, err := io.ReadAll(content)
		if name != "witnesses" || string(text) != "none" {
			t.Errorf("the file %s came back as %q", name, text)
		}
		return err
	}))
}

// Blobs come in anywhere in the order of their key. A backup writes those that are
// new and no others; those that went take their part with them, and what else was
// in it is written anew.
func TestBlobsAreWrittenOnce(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 300) // 6 MB: some parts
	first := written(t, dest, s, 0)
	if first.NewBlobs != 300 || first.New < 4 {
		t.Fatalf("%+v", first)
	}
	comesBack(t, dest, 1, dump(t, s))
	one := dump(t, s)
	if again := written(t, dest, s, 0); again.NewBlobs != 0 || again.New != 0 {
		t.Errorf("nothing is new: %+v", again)
	}
	putBlobs(t, s, 300, 307)
	third := written(t, dest, s, 0)
	if third.NewBlobs != 7 || third.NewBytes > 7*21_000+1_000_000 {
		t.Errorf("seven are new: %+v", third)
	}
	comesBack(t, dest, 3, dump(t, s))

	erased := []int{3, 301}
	must(t, s.Write(t.Context(), func(tx store.Tx) error {
		_, err := tx.DeleteBlobs([]claim.ID{claimID(erased[0]), claimID(erased[1])})
		return err
	}))
	fourth := written(t, dest, s, 0)
	if fourth.NewBlobs == 0 || fourth.NewBlobs >= 300 {
		t.Errorf("two are gone: %+v", fourth)
	}
	comesBack(t, dest, 4, dump(t, s))
	comesBack(t, dest, 1, one) // it still names the old parts
	fifth := written(t, dest, s, 1)
	if fifth.NewBlobs != 0 || fifth.Removed == 0 {
		t.Errorf("one is kept: %+v", fifth)
	}
	comesBack(t, dest, 5, dump(t, s))
	all := content(t, dest)
	for _, n := range erased {
		if bytes.Contains(all, blob(n).Sealed[100:200]) {
			t.Errorf("blob %d is erased and still in the folder", n)
		}
	}
	if !bytes.Contains(all, blob(4).Sealed[100:200]) {
		t.Error("the search is blind")
	}
}

func content(t testing.TB, folder string) (all []byte) {
	t.Helper()
	must(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	}))
	return all
}

// Rows that come in between change the part that they come into, and not those
// behind it.
func TestARowInBetweenChangesOnePart(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	var rows [][]any
	for n := range 30_000 {
		rows = append(rows, []any{fmt.Sprintf("%06d", 2*n), string(claimID(n)) + strings.Repeat("x", 200)})
	}
	must(t, s.CopyIn(t.Context(), "meta", []string{"key", "value"}, rows))
	first := written(t, dest, s, 0)
	must(t, s.CopyIn(t.Context(), "meta", []string{"key", "value"}, [][]any{{"000101", "in between"}}))
	second := written(t, dest, s, 0)
	if first.New < 3 || second.New > 2 { // its part and the summary
		t.Errorf("%d parts, of which one row made %d new", first.New, second.New)
	}
	comesBack(t, dest, 0, dump(t, s))
}

// Wherever a backup is cut off, the one before it is whole, and the next one ends
// what it began and leaves nothing behind.
func TestAnInterruptedBackupLeavesTheOneBefore(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 100)
	written(t, dest, s, 0)
	one := dump(t, s)
	putBlobs(t, s, 100, 200)
	cut := 0
	for n := 1; ; n++ {
		_, err := write(t, dest, s, plain(n), 0)
		if err == nil {
			break
		}
		if !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		cut++
		comesBack(t, dest, 1, one)
		comesBack(t, dest, 0, one)
		must(t, os.MkdirAll(filepath.Join(dest, "parts", "00"), 0o700))
		must(t, os.WriteFile(filepath.Join(dest, "parts", "00", fmt.Sprintf("%040x.age.part", n)), []byte("torn"), 0o600))
	}
	if cut == 0 {
		t.Fatal("it was never cut off")
	}
	comesBack(t, dest, 2, dump(t, s))
	var names []string
	must(t, filepath.WalkDir(dest, func(path string, d os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".part") {
			names = append(names, path)
		}
		return err
	}))
	if len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// Damage in an old part isn't taken over for ever: a length is seen at once, one
// bit within some backups, and the part is written anew. A file that no list
// names isn't taken for a part.
func TestADamagedOldPartIsWrittenAnew(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 200)
	first := written(t, dest, s, 0)
	want := dump(t, s)
	parts, err := filepath.Glob(filepath.Join(dest, "parts", "*", "*.age"))
	must(t, err)
	good := map[string][]byte{}
	for _, path := range parts {
		good[path], err = os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, good[path][:len(good[path])-1], 0o600))
	}
	if again := written(t, dest, s, 0); again.Damaged != first.Parts || again.New != first.New {
		t.Errorf("all are a byte short: %+v", again)
	}
	comesBack(t, dest, 2, want)
	comesBack(t, dest, 1, want) // the test's seals make the same bytes again
	for _, path := range parts {
		flipped := slices.Clone(good[path])
		flipped[len(flipped)/2] ^= 1
		must(t, os.WriteFile(path, flipped, 0o600))
	}
	var found int64
	for range 7 {
		r := written(t, dest, s, 0)
		found += r.Damaged
		if r.Damaged > first.Parts/2 {
			t.Errorf("that isn't a share: %d of %d were read", r.Damaged, first.Parts)
		}
	}
	if found < 2 { // blobs of damaged parts may come together in one that no backup had
		t.Errorf("%d flipped bits of %d were found", found, first.Parts)
	}
	comesBack(t, dest, 0, want)
	if r := written(t, dest, s, 0); r.Damaged != 0 || r.New != 0 {
		t.Errorf("all are sound: %+v", r)
	}
	// No list is left, and under each part's name there is something.
	lists, err := filepath.Glob(filepath.Join(dest, "backup-*"))
	must(t, err)
	for _, path := range lists {
		must(t, os.Remove(path))
	}
	for _, path := range parts {
		must(t, os.WriteFile(path, []byte("put there"), 0o600))
	}
	if r := written(t, dest, s, 0); r.New != first.New {
		t.Errorf("unknown files were taken over: %+v", r)
	}
	comesBack(t, dest, 1, want)
}

// Seals that never make the same bytes twice, as age does: what is written anew
// stands in the new list as it is now.
func TestAPartWrittenAnewIsListedAsItIsNow(t *testing.T) {
	s, dest, n := opened(t), t.TempDir(), 0
	seals := plain(0)
	seals.Seal = func(w io.Writer) (io.WriteCloser, error) {
		n++
		_, err := fmt.Fprintf(w, "%08d", n)
		return whole{w}, err
	}
	putBlobs(t, s, 0, 200)
	_, err := write(t, dest, s, seals, 0)
	must(t, err)
	parts, err := filepath.Glob(filepath.Join(dest, "parts", "*", "*.age"))
	must(t, err)
	for _, path := range parts {
		must(t, os.Truncate(path, 9))
	}
	_, err = write(t, dest, s, seals, 0)
	must(t, err)
	b, err := backup.Open(dest, 2, seals)
	must(t, err)
	must(t, b.Check(t.Context(), nil))
}

// Whatever lies in the folder and is no backup's stays there, however it is
// called: the key itself may lie there.
func TestWhatIsNoBackupsStays(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 1)
	written(t, dest, s, 0)
	shelf := filepath.Join("parts", "ab")
	must(t, os.MkdirAll(filepath.Join(dest, shelf), 0o700))
	must(t, os.MkdirAll(filepath.Join(dest, "index-000090"), 0o700))
	hash := strings.Repeat("ab", 20)
	others := []string{
		"backup.key.age", "film.part", "index-of-all.txt", "index-1", "backup-000009.part.txt", hash + ".age",
		"index-000090/index-000001", "parts/notes.age", "parts/" + hash + ".age", shelf + "/backup.key.age", shelf + "/" + hash + ".age.txt",
	}
	ours := []string{
		"index-000009", "index-000009.part", "backup-000009.part", "backup-1000009.part",
		shelf + "/" + hash + ".age", shelf + "/" + hash + ".age.part",
	}
	for _, name := range append(others, ours...) {
		must(t, os.WriteFile(filepath.Join(dest, name), []byte("whose?"), 0o600))
	}
	if r := written(t, dest, s, 1); r.Removed < 1 {
		t.Errorf("%+v", r)
	}
	for _, name := range others {
		if _, err := os.Lstat(filepath.Join(dest, name)); err != nil {
			t.Errorf("somebody else's: %v", err)
		}
	}
	for _, name := range ours {
		if _, err := os.Lstat(filepath.Join(dest, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is no list's and still there", name)
		}
	}
}

// A part that went from the folder is written again, and so is all of it when it
// is to be sealed to others.
func TestWhatIsMissingOrSealedToOthersIsWrittenAgain(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 200)
	first := written(t, dest, s, 0)
	parts, err := filepath.Glob(filepath.Join(dest, "parts", "*", "*.age"))
	must(t, err)
	for _, part := range parts {
		must(t, os.Remove(part))
	}
	again := written(t, dest, s, 0)
	if again.New != first.New {
		t.Errorf("%d parts were written again of %d", again.New, first.New)
	}
	comesBack(t, dest, 0, dump(t, s))
	others := plain(0)
	others.To = "somebody else"
	r, err := write(t, dest, s, others, 0)
	must(t, err)
	if r.New != first.New || r.NewBlobs != 200 {
		t.Errorf("to others: %+v", r)
	}
	comesBack(t, dest, 0, dump(t, s))
}

// Whoever else may write to the folder can't have the writer write elsewhere by a
// link, nor the reader read elsewhere or wait for ever.
func TestLinksAreNotFollowed(t *testing.T) {
	s, dest, aside := opened(t), t.TempDir(), t.TempDir()
	putBlobs(t, s, 0, 1)
	victim := filepath.Join(aside, "victim")
	must(t, os.WriteFile(victim, []byte("theirs"), 0o600))
	must(t, os.Symlink(victim, filepath.Join(dest, "index-000001.part")))
	must(t, os.Symlink(victim, filepath.Join(dest, "backup-000001.part")))
	written(t, dest, s, 0)
	if text, err := os.ReadFile(victim); string(text) != "theirs" {
		t.Errorf("a link was followed: %q, %v", text, err)
	}
	comesBack(t, dest, 1, dump(t, s))
	parts, err := filepath.Glob(filepath.Join(dest, "parts", "*", "*.age"))
	must(t, err)
	for _, path := range []string{filepath.Join(dest, "index-000001"), parts[0], filepath.Join(dest, "backup-000001")} {
		aside := filepath.Join(aside, filepath.Base(path))
		must(t, os.Rename(path, aside))
		refused := func(what string) {
			t.Helper()
			b, err := backup.Open(dest, 1, plain(0))
			if err == nil {
				err = b.Check(t.Context(), nil)
			}
			if fault.Code(err) != "backup.damaged" {
				t.Errorf("%s is %s: %v", path, what, err)
			}
			must(t, os.Remove(path))
		}
		must(t, os.Symlink(aside, path)) // the very bytes
		refused("a link")
		must(t, syscall.Mkfifo(path, 0o600))
		refused("a pipe")
		must(t, os.Mkdir(path, 0o700))
		refused("a folder")
		must(t, os.Rename(aside, path))
	}
	comesBack(t, dest, 1, dump(t, s))
}

// Opened, a part that is as its list says and isn't what was sealed is found.
func TestEveryPartIsOpened(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 100)
	written(t, dest, s, 0)
	unreadable := 0
	for n := 0; ; n++ {
		seals, at := plain(0), 0
		seals.Open = func(r io.Reader) (io.Reader, error) {
			if at++; at == n+2 { // the first one is the summary
				return nil, errBroken
			}
			return r, nil
		}
		b, err := backup.Open(dest, 1, seals)
		must(t, err)
		must(t, b.Check(t.Context(), nil))
		must(t, b.Unseal())
		if err := b.OpenAll(t.Context(), nil); err == nil {
			break
		} else if !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		unreadable++
	}
	b, err := backup.Open(dest, 1, plain(0))
	must(t, err)
	if unreadable != len(b.Parts)-1 {
		t.Errorf("%d parts were opened of %d", unreadable, len(b.Parts)-1)
	}
}

// Two don't write into one folder at once.
func TestOneWritesAtATime(t *testing.T) {
	s, dest := opened(t), t.TempDir()
	putBlobs(t, s, 0, 1)
	var inner error
	_, err := backup.Write(t.Context(), dest, backup.Source{Store: s, Origin: "register.example/log", Still: func() error {
		_, inner = write(t, dest, s, plain(0), 0)
		return nil
	}}, plain(0), 0, nil)
	must(t, err)
	if inner == nil || !strings.Contains(inner.Error(), "backup.locked") {
		t.Errorf("got %v", inner)
	}
}
