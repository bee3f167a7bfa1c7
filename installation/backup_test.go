package installation_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/vault"
)

// safe is where an operator keeps what must not lie on the server: the key of
// backups, and the folder of backups itself.
type safe struct {
	folder string
	to     vault.BackupTo
	key    vault.BackupKey
}

func newSafe(t testing.TB) safe {
	t.Helper()
	file := filepath.Join(t.TempDir(), "backup.key")
	public, err := vault.NewBackupKey(file)
	must(t, err)
	s := safe{folder: filepath.Join(t.TempDir(), "backups")}
	s.to, err = vault.ParseBackupTo(public)
	must(t, err)
	s.key, err = vault.ReadBackupKey(file)
	must(t, err)
	return s
}

// backedUp adds a backup, as a timer does: beside whoever writes.
func (s safe) backedUp(t testing.TB, places installation.Places, keep int) backup.Report {
	t.Helper()
	i, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	r, err := i.Backup(t.Context(), s.folder, s.to, keep, nil)
	must(t, err)
	must(t, i.Close())
	return r
}

// restore restores the newest backup; people accept what is lost, nil nobody. That
// nobody outside knows anything is accepted.
func (s safe) restore(places installation.Places, people func(*installation.Installation) (office.By, error)) (*installation.Restored, error) {
	return s.number(places, 0, people)
}

// number restores the backup of a number, as restore does.
func (s safe) number(places installation.Places, number int64, people func(*installation.Installation) (office.By, error)) (*installation.Restored, error) {
	r := installation.Restoration{
		Source: s.folder, Number: number, Key: s.key, Places: places, NothingKnown: true, AcceptLoss: people != nil, People: people,
	}
	if people == nil {
		r.People = func(i *installation.Installation) (by office.By, err error) {
			if by.Actor, err = signedIn(i, "registrar"); err == nil {
				by.Second, err = signedIn(i, "officer-2")
			}
			return by, err
		}
	}
	return installation.Restore(context.Background(), r, installation.Options{})
}

func signedIn(i *installation.Installation, actor string) (office.Known, error) {
	secret, err := i.Credential(i.CredentialPath(actor))
	if err != nil {
		return office.Known{}, err
	}
	return i.Office.Authenticate(context.Background(), secret)
}

// bothOf signs the administrator and an officer in.
func bothOf(t testing.TB) func(*installation.Installation) (office.By, error) {
	return func(i *installation.Installation) (office.By, error) { return two(t, i), nil }
}

// elsewhere is a place on another machine, to which the keys were brought back.
func elsewhere(t testing.TB, places installation.Places) installation.Places {
	t.Helper()
	there := installation.Beside(filepath.Join(t.TempDir(), "restored"))
	bring(t, places.Keys, there.Keys)
	return there
}

func bring(t testing.TB, from, to string) {
	t.Helper()
	copies := copyOf(t, from)
	restore(t, map[string]string{to: copies[from]})
}

// publishedAll brings the log of an installation up to date, and closes it.
func publishedAll(t testing.TB, i *installation.Installation) office.Published {
	t.Helper()
	_, err := i.Office.Publish(t.Context())
	must(t, err)
	p := sound(t, i)
	must(t, i.Close())
	return p
}

func noInstallation(t testing.TB, places installation.Places) {
	t.Helper()
	want := "installation.none"
	if _, err := os.Lstat(filepath.Join(places.Data, "restoring.json")); err == nil { // it says what to do next
		want = "installation.restoring"
	}
	_, err := installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "opened", err, want)
}

// Everything but the keys was lost, and nothing had happened since the backup.
func TestABackupComesBackTheSame(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	first := s.backedUp(t, places, 0)
	before := publishedAll(t, opened(t, places))
	there := elsewhere(t, places)
	back, err := s.restore(there, nil)
	must(t, err)
	if back.Lost != 0 || back.Head.Size != before.Size || back.Head.Root != before.Root || first.Head.Root != before.Root {
		t.Errorf("came back %+v, was %+v", back, before)
	}
	i := opened(t, there)
	if after := publishedAll(t, i); after.Checkpoint != before.Checkpoint {
		t.Errorf("the checkpoint is another one:\n%s\n%s", after.Checkpoint, before.Checkpoint)
	}
	was, is := filesIn(t, places.Log), filesIn(t, there.Log)
	for path, content := range is {
		if string(was[path]) != string(content) {
			t.Errorf("the public file %s is another", path)
		}
	}
	// And it goes on.
	i = opened(t, there)
	enter(t, i)
	if after := publishedAll(t, i); after.Size != before.Size+1 {
		t.Errorf("went on to %d", after.Size)
	}
	if found := complaints(t, there); found != "" {
		t.Errorf("doctor says %s", found)
	}
	_, err = s.restore(there, nil)
	wantCode(t, "restored over an installation", err, "installation.exists")
}

// Evidence comes back as it rested: what is whole opens, what was on its way is told
// to be sent again, and verify names nothing.
func TestEvidenceIsInABackup(t *testing.T) {
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	must(t, installation.Create(t.Context(), places, "register.example/log", installation.Options{Desk: public}))
	s := newSafe(t)
	i := opened(t, places)
	by := office.By{}
	by.Actor, err = signedIn(i, "registrar")
	must(t, err)
	must(t, i.Office.AddActor(t.Context(), by, "officer-2", []string{office.Officer}, i.Keep("officer-2")))
	book, _ := rulebooks.Find("demo")
	_, err = i.Office.OpenProgramme(t.Context(), by, "demo", book.Source)
	must(t, err)
	d, err := i.Office.SaveDraft(t.Context(), by, office.Draft{Programme: "demo", Category: "a-departure", DraftContent: office.DraftContent{Claimant: "individual"}})
	must(t, err)
	send := func(name string, content string, size int) string {
		f, err := i.Office.BeginFile(t.Context(), by, office.FileOwner{Draft: d.ID}, office.FileFacts{Name: name, Size: int64(size)})
		must(t, err)
		_, err = i.Office.AppendFile(t.Context(), by, f.ID, 0, strings.NewReader(content))
		must(t, err)
		return f.ID
	}
	letter := strings.Repeat("a long letter\n", 20_000)
	whole, half := send("whole.txt", letter, len(letter)), send("half.txt", letter, 2*len(letter))
	_, err = i.Office.FinishFile(t.Context(), by, whole)
	must(t, err)
	_, err = i.Office.SendDraft(t.Context(), by, d.ID, nil)
	must(t, err)
	publishedAll(t, i)
	first := s.backedUp(t, places, 1)
	if second := s.backedUp(t, places, 1); first.Objects != 1 || second.Objects != 1 || second.NewBytes >= first.NewBytes || second.Missing != 0 {
		t.Errorf("first %+v, then %+v", first, second)
	}
	if second := s.backedUp(t, places, 1); first.NewBytes != first.Bytes || second.Bytes < int64(len(letter)) || second.NewBytes > second.Bytes {
		t.Errorf("of a first backup all bytes are new, and evidence counts among all: %d of %d, then %d of %d", first.NewBytes, first.Bytes, second.NewBytes, second.Bytes)
	}
	there := elsewhere(t, places)
	_, err = s.restore(there, nil)
	must(t, err)
	i = opened(t, there)
	by.Actor, err = signedIn(i, "registrar")
	must(t, err)
	_, content, err := i.Office.OpenFile(t.Context(), by, whole, office.PurposeExamination)
	must(t, err)
	if back, err := io.ReadAll(content); err != nil || string(back) != letter {
		t.Errorf("it comes back otherwise: %d bytes, %v", len(back), err)
	}
	must(t, content.Close())
	if f, err := i.Office.File(t.Context(), by, half); err != nil || f.Here != 0 || f.State != evidence.Stalled {
		t.Errorf("what was on its way: %+v, %v", f, err)
	}
	publishedAll(t, i)
	objects, err := filepath.Glob(filepath.Join(s.folder, "evidence", "*", "*"))
	if err != nil || len(objects) != 1 {
		t.Fatalf("the backup has %q, %v", objects, err)
	}
	must(t, os.WriteFile(objects[0], []byte("damaged"), 0o600))
	_, err = s.restore(elsewhere(t, places), nil)
	wantCode(t, "from a damaged backup", err, "backup.damaged")
}

// Lists of places come back with a backup. The extract of another body's register
// is in none: a restore says which file to put there again.
func TestWhatWasLoadedComesBackOrIsAskedFor(t *testing.T) {
	places := staffed(t)
	const list, extract = "code;level;parent;name;latin;from;to;koatuu\nUA14000000000000001;O;;Донецька;;;;\n", "tax_number,claimant_name\n3141592653,Olena Koval\n"
	_, err := places.PlaceLists().Load([]byte(list), day.Must(2026, 1, 15))
	must(t, err)
	folder := filepath.Join(places.Data, installation.RegistriesFolder)
	must(t, os.MkdirAll(folder, 0o700))
	must(t, os.WriteFile(filepath.Join(folder, "tax.csv"), []byte(extract), 0o600))
	s := newSafe(t)
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	back, err := s.restore(there, nil)
	must(t, err)
	text, err := os.ReadFile(filepath.Join(there.Data, "places", "katottg-2026-01-15.csv"))
	if err != nil || string(text) != list {
		t.Errorf("the list came back as %q, %v", text, err)
	}
	if current, err := there.PlaceLists().Current(); err != nil || current == nil {
		t.Errorf("no list is there: %v", err)
	}
	sum := sha256.Sum256([]byte(extract))
	want := []installation.LoadAgain{{File: "registries/tax.csv", SHA256: hex.EncodeToString(sum[:])}}
	if !slices.Equal(back.Again, want) {
		t.Errorf("to be put there again: %+v, want %+v", back.Again, want)
	}
	if _, err := os.Stat(filepath.Join(there.Data, installation.RegistriesFolder)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the registry's folder is there: %v", err)
	}
	for name := range filesIn(t, there.Heads) {
		if strings.Contains(name, "katottg") || strings.Contains(name, "registries") {
			t.Errorf("%s is among the heads", name)
		}
	}
	if found := complaints(t, there); found != "" {
		t.Errorf("doctor says %s", found)
	}
}

// The second backup holds what is new and no more; the first is still there.
func TestASecondBackupWritesWhatIsNew(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	first := s.backedUp(t, places, 0)
	if again := s.backedUp(t, places, 0); again.New > 1 || again.Number != 2 { // its summary may be the same part
		t.Errorf("nothing was new: %+v", again)
	}
	i := opened(t, places)
	enter(t, i)
	after := publishedAll(t, i)
	second := s.backedUp(t, places, 0)
	if second.New == 0 || second.New >= second.Parts {
		t.Errorf("one act was new: %+v", second)
	}
	for number, want := range map[int64]docket.Hash{1: first.Head.Root, 3: after.Root, 0: after.Root} {
		there := elsewhere(t, places)
		back, err := s.number(there, number, nil)
		must(t, err)
		if back.Head.Root != want {
			t.Errorf("backup %d: root %s, want %s", number, back.Head.Root, want)
		}
	}
	kept := s.backedUp(t, places, 1)
	if len(kept.Forgotten) != 3 || kept.Removed == 0 {
		t.Errorf("keeping one: %+v", kept)
	}
	files := filesIn(t, s.folder)
	var parts int64
	for name := range files {
		if strings.HasSuffix(name, ".age") {
			parts++
		}
	}
	if parts != kept.Parts {
		t.Errorf("%d parts lie there, %d belong to the one that is kept", parts, kept.Parts)
	}
	back, err := s.restore(elsewhere(t, places), nil)
	must(t, err)
	if back.Head.Root != after.Root {
		t.Errorf("the one that is kept comes back with %s", back.Head.Root)
	}
}

// Whatever byte of a backup is another, whatever file is cut short or missing: it
// is named, and nothing is written.
func TestADamagedBackupIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	tried := 0
	refused := func(what, name string) {
		t.Helper()
		tried++
		_, err := s.restore(there, nil)
		if code := fault.Code(err); code != "backup.damaged" && code != "backup.part-missing" && code != "backup.format" {
			t.Errorf("%s: %v", what, err)
		} else if f, ok := errors.AsType[*fault.Fault](err); !ok || !strings.Contains(f.Error(), filepath.Base(name)) {
			t.Errorf("%s: the fault doesn't name %s: %v", what, name, err)
		}
		for _, folder := range []string{there.Data, there.Heads, there.Log} {
			if _, err := os.Lstat(folder); !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%s: something was written to %s", what, folder)
			}
		}
	}
	for name, content := range filesIn(t, s.folder) {
		if name == "lock" || len(content) == 0 {
			continue
		}
		path := filepath.Join(s.folder, name)
		for at := 0; at < len(content); at += max(1, len(content)/5) {
			changed := slices.Clone(content)
			changed[at] ^= 0x10
			must(t, os.WriteFile(path, changed, 0o600))
			refused(fmt.Sprintf("byte %d of %s changed", at, name), name)
		}
		must(t, os.WriteFile(path, content[:len(content)-1], 0o600))
		refused(name+" cut by a byte", name)
		must(t, os.WriteFile(path, append(slices.Clone(content), '\n'), 0o600))
		refused(name+" longer by a byte", name)
		if !strings.HasPrefix(name, "backup-") { // without its list there is none
			must(t, os.Remove(path))
			refused(name+" removed", name)
		}
		must(t, os.WriteFile(path, content, 0o600))
	}
	t.Logf("%d damages, each refused by the file's name", tried)
	_, err := s.restore(there, nil)
	must(t, err)
}

// Backups of another installation, or one that somebody made up, don't open
// however well they are sealed; neither does ours with another key.
func TestAForeignBackupIsRefused(t *testing.T) {
	places, theirs := staffed(t), staffed(t)
	s := newSafe(t)
	s.backedUp(t, theirs, 0)
	there := elsewhere(t, places)
	_, err := s.restore(there, nil)
	wantCode(t, "another installation's", err, "backup.foreign")
	i, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	_, err = i.Backup(t.Context(), s.folder, s.to, 0, nil)
	wantCode(t, "backed up among another's", err, "backup.foreign")
	ours := newSafe(t)
	for _, inside := range []string{places.Data, filepath.Join(places.Keys, "b"), places.Heads, filepath.Join(places.Log, "b"), filepath.Dir(places.Data)} {
		_, err = i.Backup(t.Context(), inside, ours.to, 0, nil)
		wantCode(t, "into "+inside, err, "backup.inside")
	}
	must(t, i.Close())
	ours.backedUp(t, places, 0)
	other := newSafe(t)
	other.folder = ours.folder
	_, err = other.restore(there, nil)
	wantCode(t, "with another key", err, "vault.backup-locked")
	_, err = newSafe(t).restore(there, nil)
	wantCode(t, "of nothing", err, "backup.none")
	noInstallation(t, there)
	if _, err := os.Lstat(there.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something was written")
	}
}

// No key is in a backup, in whatever form keys lie in their folder.
func TestKeysAreNotInABackup(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	var all bytes.Buffer
	for name, content := range filesIn(t, s.folder) {
		all.Write(content)
		if strings.HasSuffix(name, ".age") {
			plain, err := s.key.Open(bytes.NewReader(content))
			must(t, err)
			_, err = io.Copy(&all, plain)
			must(t, err)
		}
	}
	// The search sees what is there: a stream's name, from within a sealed part.
	if !bytes.Contains(all.Bytes(), []byte("actor/officer-2")) {
		t.Fatal("the search is blind")
	}
	tried := 0
	for name, content := range filesIn(t, places.Keys) {
		if name == "log.pub" { // public
			continue
		}
		for line := range bytes.Lines(content) {
			for _, word := range bytes.FieldsFunc(line, func(r rune) bool { return r <= ' ' || r == '+' }) {
				if strings.HasPrefix(logName, string(word)) || len(word) < 24 {
					continue
				}
				tried++
				raw, err := hex.DecodeString(string(word))
				if bytes.Contains(all.Bytes(), word) || err == nil && bytes.Contains(all.Bytes(), raw) {
					t.Errorf("%s: %.60q is in the backup", name, word)
				}
			}
		}
	}
	if tried < 5 {
		t.Errorf("only %d pieces of keys were looked for", tried)
	}
}

// What was done since the backup is known where the heads outlived, where the
// public log did, or to a witness. Each time it is refused, and two people may
// accept it; until then there is no installation.
func TestWhatIsLostIsNamedAndTakesTwoPeople(t *testing.T) {
	for _, c := range []struct {
		name     string
		witness  bool
		outlived func(installation.Places) []string
	}{
		{"the heads outlived", false, func(p installation.Places) []string { return []string{p.Heads} }},
		{"the public log outlived", false, func(p installation.Places) []string { return []string{p.Log} }},
		{"heads and public log outlived", false, func(p installation.Places) []string { return []string{p.Heads, p.Log} }},
		{"a witness has seen more", true, func(installation.Places) []string { return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			places := staffed(t)
			if c.witness {
				w := watched(t, places)
				i := opened(t, places)
				publishedAll(t, i)
				defer w.Close()
			}
			s := newSafe(t)
			s.backedUp(t, places, 0)
			i := opened(t, places)
			for range 3 {
				enter(t, i)
			}
			before := publishedAll(t, i)

			there := elsewhere(t, places)
			where := map[string]string{places.Heads: there.Heads, places.Log: there.Log}
			for _, folder := range c.outlived(places) {
				bring(t, folder, where[folder])
			}
			for range 2 { // the second time the database is there already
				_, err := s.restore(there, nil)
				wantCode(t, "restored", err, "backup.loses")
				if f, ok := errors.AsType[*fault.Fault](err); !ok || !strings.Contains(f.Error(), "3") {
					t.Errorf("it doesn't say how many: %v", err)
				}
				noInstallation(t, there)
			}
			back, err := s.restore(there, bothOf(t))
			must(t, err)
			epoch := back.Epoch
			if back.Lost != 3 || epoch.Epoch.Lost != 3 || epoch.PreviousSize != before.Size || epoch.PreviousRoot != before.Root || epoch.Kept != before.Size-3 {
				t.Errorf("lost %d; opened %+v", back.Lost, epoch.Epoch)
			}
			if slices.Contains(c.outlived(places), places.Heads) && len(epoch.Lost) != 3 {
				t.Errorf("named %+v", epoch.Lost)
			}
			i = opened(t, there)
			enter(t, i)
			_, err = i.Office.Publish(t.Context())
			must(t, err)
			v, err := i.Office.Verify(t.Context(), nil)
			must(t, err)
			must(t, i.Close())
			// The files of the epoch that ended are a mirror's to give back, where
			// the public log went too.
			gone := !slices.Contains(c.outlived(places), places.Log)
			if found := fmt.Sprint(v.Findings); gone != strings.Contains(found, "log.epoch-lost") || len(v.Findings) > 1 || gone != v.OnlyLost() {
				t.Errorf("verify found %s", found)
			}
			if found := complaints(t, there); gone != strings.Contains(found, "log:log.epoch-lost") {
				t.Errorf("doctor says %q", found)
			}
			if gone {
				notForTampering(t, there)
			}
		})
	}
}

// notForTampering holds that an accepted loss is no cover: a checkpoint that was
// changed, or a file of the closed epoch that is there and is another, is found as
// what it is.
func notForTampering(t *testing.T, places installation.Places) {
	t.Helper()
	found := func() *office.Verified {
		i := opened(t, places)
		v, err := i.Office.Verify(t.Context(), nil)
		must(t, err)
		must(t, i.Close())
		return v
	}
	checkpoint := filepath.Join(places.Log, "checkpoint")
	good, err := os.ReadFile(checkpoint)
	must(t, err)
	must(t, os.WriteFile(checkpoint, bytes.Replace(good, []byte("\n"), []byte("\n1"), 1), 0o644))
	if v := found(); v.OnlyLost() || !strings.Contains(fmt.Sprint(v.Findings), "log.closed-epoch") {
		t.Errorf("with another checkpoint verify found %v", v.Findings)
	}
	must(t, os.WriteFile(checkpoint, good, 0o644))
	size := strings.Split(string(good), "\n")[1]
	tile := filepath.Join(places.Log, "tile", "0", "000.p", size)
	must(t, os.MkdirAll(filepath.Dir(tile), 0o755))
	must(t, os.WriteFile(tile, []byte("made up"), 0o644))
	if v := found(); v.OnlyLost() || !strings.Contains(fmt.Sprint(v.Findings), "log.closed-epoch") {
		t.Errorf("with a file that was made up verify found %v", v.Findings)
	}
	must(t, os.Remove(tile))
	if v := found(); !v.OnlyLost() {
		t.Errorf("as it was, verify found %v", v.Findings)
	}
}

// Whoever answers for a loss is asked before anything comes of it: where one of two
// isn't there, isn't known or may not, there is no installation.
func TestALossIsAcceptedByTwoPeopleOrNotAtAll(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	i := opened(t, places)
	enter(t, i)
	publishedAll(t, i)
	there := elsewhere(t, places)
	bring(t, places.Log, there.Log)
	nobody := errors.New("no such credential")
	for what, c := range map[string]struct {
		people func(*installation.Installation) (office.By, error)
		code   string
	}{
		"nobody": {func(*installation.Installation) (office.By, error) { return office.By{}, nobody }, ""},
		"one": {func(i *installation.Installation) (office.By, error) {
			return office.By{Actor: known(t, i, "registrar")}, nil
		}, "policy.second-missing"},
		"one for two": {func(i *installation.Installation) (office.By, error) {
			return office.By{Actor: known(t, i, "registrar"), Second: known(t, i, "registrar")}, nil
		}, "policy.second-same"},
		"the second for the first": {func(i *installation.Installation) (office.By, error) {
			return office.By{Actor: known(t, i, "officer-2"), Second: known(t, i, "registrar")}, nil
		}, "policy.capacity-missing"},
	} {
		_, err := s.restore(there, c.people)
		if err == nil || c.code != "" && fault.Code(err) != c.code || c.code == "" && !errors.Is(err, nobody) {
			t.Errorf("%s: %v", what, err)
		}
		noInstallation(t, there)
	}
	_, err := s.restore(there, bothOf(t))
	must(t, err)
	publishedAll(t, opened(t, there))
}

// Neither heads nor a public log nor a witness tell how long the log was: nobody
// goes on from the backup without two people who answer for it. Any one of them
// does.
func TestWhereNothingIsKnownTwoPeopleAnswer(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	i := opened(t, places)
	enter(t, i)
	publishedAll(t, i)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	plain := func(there installation.Places) error {
		_, err := installation.Restore(t.Context(), installation.Restoration{Source: s.folder, Key: s.key, Places: there}, installation.Options{})
		return err
	}
	must(t, plain(elsewhere(t, places))) // the witness answers
	w.Close()
	for _, outlived := range []string{"heads", "log"} {
		there := elsewhere(t, places)
		bring(t, map[string]string{"heads": places.Heads, "log": places.Log}[outlived], map[string]string{"heads": there.Heads, "log": there.Log}[outlived])
		if err := plain(there); err != nil {
			t.Errorf("the %s outlived: %v", outlived, err)
		}
	}
	there := elsewhere(t, places)
	for range 2 { // the second time the database and heads of the first are there
		wantCode(t, "nothing is known", plain(there), "backup.nothing-known")
		noInstallation(t, there)
	}
	asked := installation.Restoration{Source: s.folder, Key: s.key, Places: there, NothingKnown: true}
	_, err := installation.Restore(t.Context(), asked, installation.Options{})
	if err == nil {
		t.Error("nobody answered for it")
	}
	asked.People = func(i *installation.Installation) (office.By, error) {
		return office.By{Actor: known(t, i, "registrar")}, nil
	}
	_, err = installation.Restore(t.Context(), asked, installation.Options{})
	wantCode(t, "one answers", err, "policy.second-missing")
	noInstallation(t, there)
	asked.People = bothOf(t)
	_, err = installation.Restore(t.Context(), asked, installation.Options{})
	must(t, err)
	publishedAll(t, opened(t, there))
}

// Heads that a refused restore put there outlived nothing: they give way to those
// of another backup. An empty folder is filled where it stands, since it may be a
// file system of its own.
func TestHeadsOfARefusedRestoreDidNotOutlive(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	first := s.backedUp(t, places, 0)
	i := opened(t, places)
	enter(t, i)
	publishedAll(t, i)
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	must(t, os.MkdirAll(filepath.Join(there.Heads, "lost+found"), 0o700))
	must(t, os.MkdirAll(there.Data, 0o700)) // two attempts were cut off while they wrote their notes
	must(t, os.WriteFile(filepath.Join(there.Heads, "..restoring.new-1"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(there.Data, ".restoring.json.new-1"), nil, 0o600))
	before, err := os.Stat(there.Heads)
	must(t, err)
	_, err = installation.Restore(t.Context(), installation.Restoration{Source: s.folder, Key: s.key, Places: there}, installation.Options{})
	wantCode(t, "the newest", err, "backup.nothing-known")
	back, err := s.number(there, first.Number, nil)
	must(t, err)
	if back.Lost != 0 || back.Head.Root != first.Head.Root {
		t.Errorf("came back %+v, want the root %s", back, first.Head.Root)
	}
	if after, err := os.Stat(there.Heads); err != nil || !os.SameFile(before, after) {
		t.Errorf("the folder of heads is another one: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(there.Heads, ".restoring")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the note stayed: %v", err)
	}
	publishedAll(t, opened(t, there))
	// Now they are the installation's, and outlive it.
	must(t, os.RemoveAll(there.Data))
	i = opened(t, places)
	must(t, i.Close())
	_, err = installation.Restore(t.Context(), installation.Restoration{Source: s.folder, Number: first.Number, Key: s.key, Places: there}, installation.Options{})
	must(t, err)
}

// A restore that is cut off amid the heads begins them anew. What was brought into
// their folder meanwhile may be what outlived: it is neither taken for what was put
// nor removed with it.
func TestHeadsThatAreBroughtAreNotTakenForThosePut(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	first := s.backedUp(t, places, 0)
	refused := func(there installation.Places, code string) {
		t.Helper()
		_, err := installation.Restore(t.Context(), installation.Restoration{Source: s.folder, Number: first.Number, Key: s.key, Places: there}, installation.Options{})
		wantCode(t, "with "+there.Heads, err, code)
	}
	put := elsewhere(t, places) // whole, as a refused restore leaves them
	refused(put, "backup.nothing-known")
	refused(put, "backup.nothing-known")
	note, err := os.ReadFile(filepath.Join(put.Heads, ".restoring"))
	must(t, err)
	i := opened(t, places)
	enter(t, i)
	publishedAll(t, i)
	s.backedUp(t, places, 0)

	cut := elsewhere(t, places) // the note is written, and some files are staged and some put
	must(t, os.MkdirAll(filepath.Join(cut.Heads, ".restoring.files"), 0o700))
	must(t, os.WriteFile(filepath.Join(cut.Heads, ".restoring"), bytes.Replace(note, []byte(`"whole":true`), []byte(`"whole":false`), 1), 0o600))
	must(t, os.WriteFile(filepath.Join(cut.Heads, ".restoring.files", "leaves"), []byte("a part"), 0o600))
	must(t, os.Rename(filepath.Join(put.Heads, "origin"), filepath.Join(cut.Heads, "origin")))
	if back, err := s.number(cut, first.Number, nil); err != nil || back.Head.Root != first.Head.Root {
		t.Errorf("begun anew it came back %+v, %v", back, err)
	}

	for name, content := range filesIn(t, places.Heads) {
		must(t, os.WriteFile(filepath.Join(put.Heads, name), content, 0o600))
	}
	was := filesIn(t, put.Heads)
	refused(put, "backup.heads-among")
	_, err = s.restore(put, nil) // of another backup: those that were put would go
	wantCode(t, "the newest", err, "backup.heads-among")
	if is := filesIn(t, put.Heads); !maps.EqualFunc(is, was, bytes.Equal) {
		t.Errorf("the heads are others: %d files, were %d", len(is), len(was))
	}
	must(t, os.Remove(filepath.Join(put.Heads, ".restoring"))) // as in a folder of their own
	refused(put, "backup.loses")
}

// What somebody else brings into a folder of heads that was filled is told, whatever it
// is, and nothing of it is removed for another backup: above all not heads that were
// copied into the folder in place of over it, as cp does where there is one. A folder
// that was cleared, but for the hidden note, is filled anew.
func TestWhateverIsBroughtBesideHeadsThatWerePutStays(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	first := s.backedUp(t, places, 0)
	s.backedUp(t, places, 0)
	refused := func(there installation.Places, number int64, code string) {
		t.Helper()
		_, err := installation.Restore(t.Context(), installation.Restoration{Source: s.folder, Number: number, Key: s.key, Places: there}, installation.Options{})
		wantCode(t, "with "+there.Heads, err, code)
	}
	for name, bring := range map[string]func(heads string) (kept string){
		"heads copied into the folder": func(heads string) string {
			must(t, os.CopyFS(filepath.Join(heads, "register.heads"), os.DirFS(places.Heads)))
			return filepath.Join(heads, "register.heads", "leaves")
		},
		"a link to where they are": func(heads string) string {
			must(t, os.Symlink(places.Heads, filepath.Join(heads, "old")))
			return filepath.Join(heads, "old")
		},
		"a hidden file": func(heads string) string {
			must(t, os.WriteFile(filepath.Join(heads, ".witnesses"), []byte("a"), 0o600))
			return filepath.Join(heads, ".witnesses")
		},
		"an archive of them": func(heads string) string {
			must(t, os.WriteFile(filepath.Join(heads, "heads.tar"), []byte("a"), 0o600))
			return filepath.Join(heads, "heads.tar")
		},
	} {
		t.Run(name, func(t *testing.T) {
			there := elsewhere(t, places)
			refused(there, first.Number, "backup.nothing-known")
			kept := bring(there.Heads)
			refused(there, first.Number, "backup.heads-among")
			refused(there, 0, "backup.heads-among")
			if _, err := os.Lstat(kept); err != nil {
				t.Error(err)
			}
		})
	}
	cleared := elsewhere(t, places)
	refused(cleared, first.Number, "backup.nothing-known")
	for name := range filesIn(t, cleared.Heads) {
		if name != ".restoring" {
			must(t, os.Remove(filepath.Join(cleared.Heads, name)))
		}
	}
	refused(cleared, first.Number, "backup.nothing-known")
	if back, err := s.number(cleared, first.Number, nil); err != nil || back.Head.Root != first.Head.Root {
		t.Errorf("it came back %+v, %v", back, err)
	}
}

// Heads of another log that lie where a backup is to come back are named, before
// anything is written.
func TestHeadsOfAnotherLogAreNamed(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	other := installation.Beside(filepath.Join(t.TempDir(), "other"))
	must(t, installation.Create(t.Context(), other, "other.example.org/log", installation.Options{}))
	there := elsewhere(t, places)
	there.Heads = other.Heads
	_, err := s.restore(there, nil)
	wantCode(t, "with another log's heads", err, "backup.heads-foreign")
	if _, err := os.Lstat(there.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was begun: %v", err)
	}
	// Where no backup says so, the heads are named beside the key.
	copied := copyOf(t, other.Heads)
	restore(t, map[string]string{places.Heads: copied[other.Heads]})
	_, err = installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "opened over another log's heads", err, "log.key-of-another")
	if !strings.Contains(errorText(err), places.Heads) {
		t.Errorf("it names no heads: %v", err)
	}
}

// One restores into a folder at a time, from its first look to its last file.
func TestOneRestoresIntoAFolderAtATime(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	first := s.backedUp(t, places, 0)
	i := opened(t, places)
	enter(t, i)
	after := publishedAll(t, i)
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	bring(t, places.Log, there.Log)
	tried := 0
	back, err := installation.RestoreUpTo(t.Context(), installation.Restoration{Source: s.folder, Key: s.key, Places: there}, func(step string) error {
		if step == "loaded" {
			tried++
			was := filesIn(t, there.Data)
			_, err := s.number(there, first.Number, nil)
			wantCode(t, "another one meanwhile", err, "installation.locked")
			if is := filesIn(t, there.Data); string(is["restoring.json"]) != string(was["restoring.json"]) {
				t.Errorf("it wrote %s over %s", is["restoring.json"], was["restoring.json"])
			}
		}
		return nil
	})
	must(t, err)
	if tried != 1 || back.Head.Root != after.Root {
		t.Errorf("tried %d; came back %+v", tried, back)
	}
	other := t.TempDir()
	must(t, os.WriteFile(filepath.Join(other, "letter"), []byte("theirs"), 0o600))
	theirs := there
	theirs.Data = other
	_, err = s.restore(theirs, nil)
	wantCode(t, "into somebody else's folder", err, "installation.exists")
	if files := filesIn(t, other); len(files) != 1 {
		t.Errorf("something was left there: %v", files)
	}
}

// The log was published elsewhere than beside the data: who restores without naming
// its place would write a second history beside the data.
func TestTheLogsPlaceIsNamedWhereItIsNotTheUsualOne(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	first := s.backedUp(t, places, 0)
	away := filepath.Join(t.TempDir(), "public")
	bring(t, places.Log, away)
	text, err := os.ReadFile(filepath.Join(places.Data, "places.json"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(places.Data, "places.json"), bytes.Replace(text, []byte("../"+filepath.Base(places.Log)), []byte(away), 1), 0o600))
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	_, err = s.restore(there, nil)
	wantCode(t, "no place is named", err, "backup.log-elsewhere")
	if f, ok := errors.AsType[*fault.Fault](err); !ok || !strings.Contains(f.Error(), away) {
		t.Errorf("it doesn't say where: %v", err)
	}
	if _, err := os.Lstat(there.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something was written")
	}
	there.Log = away
	_, err = installation.Restore(t.Context(), installation.Restoration{Source: s.folder, Key: s.key, Places: there, LogNamed: true}, installation.Options{})
	must(t, err)
	publishedAll(t, opened(t, there))
	_, err = s.number(elsewhere(t, places), first.Number, nil)
	must(t, err)
}

// An address of a bucket stands in a backup's list without what is secret in it.
func TestTheLogsPlaceHasNoSecretInABackup(t *testing.T) {
	for given, want := range map[string]string{
		"s3://log/claims?endpoint=https://s3.example.org&region=eu":                                "s3://log/claims?endpoint=https%3A%2F%2Fs3.example.org&region=eu",
		"s3://id:secret@log/claims?endpoint=https://id:secret@s3.example.org&secret=secret#secret": "s3://log/claims?endpoint=https%3A%2F%2Fs3.example.org",
	} {
		got, err := installation.BareBucket(given)
		must(t, err)
		if got != want {
			t.Errorf("%s: %s", given, got)
		}
	}
}

// A loss was accepted, and the machine stopped before the epoch was open. What was
// seen is kept: whoever opens the installation is refused, also when nobody
// outside can be reached any more.
func TestAnAcceptedLossIsRememberedOffline(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	w := watched(t, places)
	publishedAll(t, opened(t, places))
	s.backedUp(t, places, 0)
	i := opened(t, places)
	enter(t, i)
	before := publishedAll(t, i)
	there := elsewhere(t, places)
	stopped := errors.New("stopped")
	_, err := installation.RestoreUpTo(t.Context(), installation.Restoration{
		Source: s.folder, Key: s.key, Places: there, AcceptLoss: true, People: bothOf(t),
	}, func(step string) error {
		if step == "places" {
			return stopped
		}
		return nil
	})
	if !errors.Is(err, stopped) {
		t.Fatal(err)
	}
	w.Close()
	if _, err := installation.Open(t.Context(), there.Data, installation.Options{}); !fault.Is(err, fault.Unsound) {
		t.Errorf("opened with the witness gone: %v", err)
	}
	i = disaster(t, there)
	opened, err := i.OpenEpoch(t.Context(), two(t, i), office.Loss)
	must(t, err)
	if opened.PreviousSize != before.Size || opened.PreviousRoot != before.Root {
		t.Errorf("opened %+v, was %+v", opened.Epoch, before)
	}
}

// A witness has cosigned another log of the same length or less: that is a fork,
// however much more others have seen.
func TestEveryHeadThatIsSeenIsHeldAgainstTheTree(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	publishedAll(t, opened(t, places))
	folders := []string{places.Data, places.Keys, places.Heads, places.Log}
	older := copyOf(t, folders...)
	i := opened(t, places)
	enter(t, i)
	publishedAll(t, i)
	restore(t, older) // and it goes on from there while the witness doesn't answer
	list := filepath.Join(places.Heads, "witnesses")
	names, err := os.ReadFile(list)
	must(t, err)
	must(t, os.Remove(list))
	i = opened(t, places)
	must(t, i.Office.AddActor(t.Context(), office.By{Actor: known(t, i, "registrar")}, "another", []string{office.Officer}, i.Keep("another")))
	for range 3 {
		enter(t, i)
	}
	publishedAll(t, i)
	must(t, os.WriteFile(list, names, 0o600))
	s := newSafe(t)
	s.backedUp(t, places, 0)
	there := elsewhere(t, places)
	bring(t, places.Log, there.Log)
	for _, people := range []func(*installation.Installation) (office.By, error){nil, bothOf(t)} {
		_, err = s.restore(there, people)
		wantCode(t, "restored", err, "log.witness-forked")
		noInstallation(t, there)
	}
	w.Close()
}

// A witness that doesn't answer is named: it may have seen more.
func TestASilentWitnessIsNamedByARestore(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	publishedAll(t, opened(t, places))
	s := newSafe(t)
	s.backedUp(t, places, 0)
	w.Close()
	back, err := s.restore(elsewhere(t, places), nil)
	must(t, err)
	if !slices.Equal(back.Silent, []string{"witness.example/one"}) {
		t.Errorf("silent: %q", back.Silent)
	}
}

// The backup was made after an act and before its leaf was given; the heads, which
// outlived, have that leaf: nothing is lost.
func TestAnActThatWaitedGetsItsOwnLeaf(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	i := opened(t, places)
	for n := range 3 {
		by := office.By{Actor: known(t, i, "registrar")}
		id := fmt.Sprint("waiting-", n)
		must(t, i.Office.AddActor(t.Context(), by, id, []string{office.Officer}, i.Keep(id)))
	}
	s.backedUp(t, places, 0)
	before := publishedAll(t, i)
	for name, outlived := range map[string][]string{
		"heads": {places.Heads}, "public log": {places.Log}, "both": {places.Heads, places.Log}, "none": nil,
	} {
		there := elsewhere(t, places)
		for _, from := range outlived {
			bring(t, from, map[string]string{places.Heads: there.Heads, places.Log: there.Log}[from])
		}
		back, err := s.restore(there, nil)
		must(t, err)
		if back.Lost != 0 || back.Head.Root != before.Root {
			t.Errorf("%s: came back %+v, was %+v", name, back, before)
		}
		publishedAll(t, opened(t, there))
	}
}

// An epoch was opened since the backup was made: the keys are the new one's, and
// its statement is in the public log alone.
func TestABackupFromBeforeAnEpoch(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	i := opened(t, places)
	_, err := i.OpenEpoch(t.Context(), two(t, i), office.KeyRotation)
	must(t, err)
	publishedAll(t, i)
	there := elsewhere(t, places)
	_, err = s.restore(there, nil)
	wantCode(t, "without the public log", err, "backup.epoch-unknown")
	noInstallation(t, there)
	bring(t, places.Log, there.Log)
	_, err = s.restore(there, nil)
	wantCode(t, "restored", err, "backup.loses")
	back, err := s.restore(there, bothOf(t))
	must(t, err)
	if back.Lost == 0 {
		t.Errorf("%+v", back)
	}
	publishedAll(t, opened(t, there))
	// One that is made now holds all of it.
	again := newSafe(t)
	again.backedUp(t, there, 0)
	other := elsewhere(t, there)
	bring(t, there.Log, other.Log)
	if _, err := again.restore(other, nil); err != nil {
		t.Error(err)
	}
	publishedAll(t, opened(t, other))
}

// A database that came back older is not backed up over good ones.
func TestAnOlderDatabaseIsNotBackedUp(t *testing.T) {
	places := staffed(t)
	older := copyOf(t, places.Data)
	i := opened(t, places)
	enter(t, i)
	publishedAll(t, i)
	restore(t, older)
	s := newSafe(t)
	i, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	defer i.Close()
	_, err = i.Backup(t.Context(), s.folder, s.to, 0, nil)
	wantCode(t, "backed up", err, "backup.database-older")
	if _, err := backup.Open(s.folder, 0, backup.Seals{}); fault.Code(err) != "backup.none" {
		t.Errorf("there is a backup: %v", err)
	}
}

// All folders of an installation are copied as they lie side by side: the copy
// works on its own keys, heads and log, and leaves the first one alone. What an
// older program wrote, whole paths, is read as it was.
func TestACopyOfAllFoldersWorksOnItsOwn(t *testing.T) {
	places := staffed(t)
	there := installation.Beside(filepath.Join(t.TempDir(), "copied"))
	for from, to := range map[string]string{
		places.Data: there.Data, places.Keys: there.Data + ".k", places.Heads: there.Heads, places.Log: there.Log,
	} {
		bring(t, from, to)
	}
	_, err := installation.Find(there.Data)
	must(t, err)
	_, err = installation.Open(t.Context(), there.Data, installation.Options{})
	if err == nil {
		t.Fatal("it opens without its own keys")
	}
	bring(t, there.Data+".k", filepath.Join(filepath.Dir(there.Data), filepath.Base(places.Keys)))
	for _, ending := range []string{".heads", ".log"} {
		bring(t, there.Data+ending, filepath.Join(filepath.Dir(there.Data), filepath.Base(places.Data)+ending))
	}
	before := filesIn(t, places.Heads)
	i := opened(t, there)
	enter(t, i)
	publishedAll(t, i)
	for name, content := range filesIn(t, places.Heads) {
		if string(before[name]) != string(content) {
			t.Errorf("the copy wrote to the first one's %s", name)
		}
	}
	text := fmt.Sprintf(`{"keys":%q,"heads":%q,"log":%q}`, places.Keys, places.Heads, places.Log)
	must(t, os.WriteFile(filepath.Join(places.Data, "places.json"), []byte(text), 0o600))
	found, err := installation.Find(places.Data)
	if err != nil || found != places {
		t.Errorf("found %+v, %v", found, err)
	}
}

// Somebody tries a backup out with heads, log or keys of the register itself, while that
// is at work: the log would get two histories, and an erasure would destroy the keys of
// both.
func TestNothingIsRestoredOntoWhatIsAtWork(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	i := opened(t, places)
	for _, c := range []struct {
		what string
		use  func(there *installation.Places)
		code string
	}{
		{"its heads", func(there *installation.Places) { there.Heads = places.Heads }, "installation.log-held"},
		{"its log", func(there *installation.Places) { there.Log = places.Log }, "installation.log-held"},
		{"its keys", func(there *installation.Places) { there.Keys = places.Keys }, "backup.keys-in-use"},
	} {
		there := elsewhere(t, places)
		c.use(&there)
		_, err := s.restore(there, nil)
		wantCode(t, c.what, err, c.code)
		if _, err := os.Lstat(there.Data); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something is in %s: %v", c.what, there.Data, err)
		}
	}
	must(t, i.Close())

	// It takes the register's place once that is stopped; the register doesn't go on
	// beside it, and is read as ever.
	there := elsewhere(t, places)
	there.Heads, there.Log = places.Heads, places.Log
	_, err := s.restore(there, nil)
	must(t, err)
	found, err := installation.Find(there.Data)
	must(t, err)
	back := opened(t, found)
	_, err = installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "two over the same heads", err, "installation.log-held")
	reader, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	must(t, reader.Close())
	must(t, back.Close())
}

// What needs no reading of the whole backup is found before it: a folder that isn't
// empty, a key that doesn't open it. Who comes to a folder into which one is being
// restored is told so.
func TestARestoreThatCanNotBeIsRefusedBeforeAllIsRead(t *testing.T) {
	places := staffed(t)
	s := newSafe(t)
	s.backedUp(t, places, 0)
	restore := func(there installation.Places, key vault.BackupKey) error {
		_, err := installation.Restore(t.Context(), installation.Restoration{
			Source: s.folder, Key: key, Places: there, Progress: func(stage string, _, _ int64) { t.Errorf("it reads on: %s", stage) },
		}, installation.Options{})
		return err
	}
	wantCode(t, "another key", restore(elsewhere(t, places), newSafe(t).key), "vault.backup-locked")
	_, err := installation.CheckBackups(t.Context(), installation.Checking{
		Source: s.folder, Keys: places.Keys, Key: new(newSafe(t).key), Progress: func(stage string, _, _ int64) { t.Errorf("it reads on: %s", stage) },
	}, installation.Options{})
	wantCode(t, "checked with another key", err, "vault.backup-locked")
	taken := elsewhere(t, places)
	must(t, os.MkdirAll(taken.Data, 0o700))
	must(t, os.WriteFile(filepath.Join(taken.Data, "theirs"), nil, 0o600))
	wantCode(t, "into a folder that isn't empty", restore(taken, s.key), "installation.exists")

	broken := elsewhere(t, places)
	_, err = installation.RestoreUpTo(t.Context(), installation.Restoration{Source: s.folder, Key: s.key, Places: broken}, func(string) error { return errKilled })
	if !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	_, err = installation.Find(broken.Data)
	wantCode(t, "where one was broken off", err, "installation.restoring")
}
