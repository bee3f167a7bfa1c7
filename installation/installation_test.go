package installation_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/vault"
)

const logName = "register.example/log"

func create(places installation.Places) error {
	return installation.Create(context.Background(), places, logName, installation.Options{})
}

// made is a new installation.
func made(t testing.TB) installation.Places {
	t.Helper()
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	must(t, create(places))
	return places
}

func opened(t testing.TB, places installation.Places) *installation.Installation {
	t.Helper()
	i, err := installation.Open(context.Background(), places.Data, installation.Options{})
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	return i
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("%s: got %v, want %q", what, err, code)
	}
}

// enter does something that makes an entry, and publishes it.
func enter(t testing.TB, i *installation.Installation) {
	t.Helper()
	secret, err := i.Credential("")
	must(t, err)
	registrar, err := i.Office.Authenticate(context.Background(), secret)
	must(t, err)
	id := fmt.Sprintf("officer-%d", i.Office.Tree.Head().Size)
	must(t, i.Office.AddActor(context.Background(), office.By{Actor: registrar}, id, []string{office.Officer}, i.Keep(id)))
	_, err = i.Office.Sequence(context.Background())
	must(t, err)
}

// A copy of the data directory must hold neither keys nor heads, whatever way
// they were named.
func TestKeysAndHeadsLieBesideTheData(t *testing.T) {
	for _, c := range []struct {
		name              string
		data, keys, heads string // "link" leads to "data", "away" to "other"
		code              string
	}{
		{"beside it", "data", "keys", "heads", ""},
		{"one in the other, both away from the data", "data", "other/keys", "other/keys-and/heads", ""},
		{"keys within", "data", "data/keys", "heads", "installation.inside"},
		{"heads within", "data", "keys", "data/heads", "installation.inside"},
		{"keys deep within", "data", "data/a/b/keys", "heads", "installation.inside"},
		{"the same folder", "data", "data", "heads", "installation.inside"},
		{"by way of the parent", "data", "data/../data/keys", "heads", "installation.inside"},
		{"out and beside again", "data", "data/../keys", "heads", ""},
		{"by a link", "data", "link/keys", "heads", "installation.inside"},
		{"the data by a link", "link", "data/keys", "heads", "installation.inside"},
		{"data within the keys", "keys/data", "keys", "heads", "installation.inside"},
		{"data within the heads", "heads/data", "keys", "heads", "installation.inside"},
		{"data within the keys, by a link", "away/data", "other", "heads", "installation.inside"},
		{"a name that begins like it", "data", "data.keys", "data-heads", ""},
		{"what is public in the keys", "keys/data/../../data", "data.log/keys", "heads", "installation.public"},
		{"the heads in what is public", "data", "keys", "data.log", "installation.public"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			must(t, os.Mkdir(filepath.Join(folder, "data"), 0o700))
			must(t, os.Mkdir(filepath.Join(folder, "other"), 0o700))
			must(t, os.Symlink(filepath.Join(folder, "data"), filepath.Join(folder, "link")))
			must(t, os.Symlink("other", filepath.Join(folder, "away")))
			t.Chdir(folder) // so that the paths are relative ones
			err := create(installation.Places{Data: c.data, Keys: c.keys, Heads: c.heads})
			wantCode(t, "create", err, c.code)
			if c.code != "" {
				nothingIn(t, filepath.Join(folder, "data"))
				nothingIn(t, filepath.Join(folder, "other"))
				return
			}
			t.Chdir("/") // from elsewhere, it is found all the same
			i, err := installation.Open(t.Context(), filepath.Join(folder, c.data), installation.Options{})
			must(t, err)
			enter(t, i)
			must(t, i.Close())
		})
	}
}

func nothingIn(t testing.TB, folder string) {
	t.Helper()
	if files, err := os.ReadDir(folder); err != nil || len(files) > 0 {
		t.Errorf("%s: %v, %v", folder, files, err)
	}
}

// What says where the keys are may be changed later, by hand: it is held to the
// same rule.
func TestPlacesAreCheckedWheneverTheyAreRead(t *testing.T) {
	places := made(t)
	file := filepath.Join(places.Data, "places.json")
	for content, code := range map[string]string{
		fmt.Sprintf(`{"keys": %q, "heads": %q}`, filepath.Join(places.Data, "keys"), places.Heads): "installation.inside",
		`{"keys": "`: "installation.places",
		``:           "installation.places",
	} {
		must(t, os.WriteFile(file, []byte(content), 0o600))
		_, err := installation.Open(t.Context(), places.Data, installation.Options{})
		wantCode(t, content, err, code)
	}
	must(t, os.Remove(file))
	_, err := installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "none", err, "installation.none")
}

func TestNothingIsWrittenOver(t *testing.T) {
	places := made(t)
	before := contents(t, places)
	wantCode(t, "again", create(places), "installation.exists")
	for _, c := range []installation.Places{
		{Data: places.Data, Keys: places.Keys + "2", Heads: places.Heads + "2"},
		{Data: places.Data + "2", Keys: places.Keys, Heads: places.Heads + "2"},
		{Data: places.Data + "2", Keys: places.Keys + "2", Heads: places.Heads},
	} {
		wantCode(t, fmt.Sprint(c), create(c), "installation.exists")
		for _, folder := range []string{c.Data, c.Keys, c.Heads} {
			if _, err := os.Stat(folder); err == nil && strings.HasSuffix(folder, "2") {
				t.Errorf("%s was made", folder)
			}
		}
	}
	if after := contents(t, places); after != before {
		t.Errorf("files changed:\n%s\nwere\n%s", after, before)
	}
}

// contents are all files with their sizes and times.
func contents(t testing.TB, places installation.Places) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range []string{places.Data, places.Keys, places.Heads} {
		must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			fmt.Fprintln(&all, path, info.Size(), info.ModTime())
			return err
		}))
	}
	return all.String()
}

func TestALogsNameIsForEver(t *testing.T) {
	for _, name := range []string{"", "https://register.example", "Register.example", "register.example/", "register example", "-register", "a\nb", strings.Repeat("a", 201)} {
		err := installation.Create(t.Context(), installation.Beside(filepath.Join(t.TempDir(), "register")), name, installation.Options{})
		wantCode(t, fmt.Sprintf("%q", name), err, "installation.origin")
	}
}

// errStop stops init in its middle, as a power cut does: by a panic in what it
// asks of the outside.
const errStop = "the power goes"

// An init that was interrupted is no installation, and is not gone on with:
// what it left may be anything, so it is for a person to remove.
func TestAnInterruptedInitIsNoInstallation(t *testing.T) {
	for _, at := range []string{"the clock", "the salt"} {
		t.Run(at, func(t *testing.T) {
			places := installation.Beside(filepath.Join(t.TempDir(), "register"))
			var options installation.Options
			if at == "the clock" {
				options.Now = func() time.Time { panic(errStop) }
			} else {
				options.Entropy = func(string, []byte) { panic(errStop) }
			}
			func() {
				defer func() {
					if recover() != errStop {
						t.Error("init came to its end")
					}
				}()
				_ = installation.Create(t.Context(), places, logName, options)
			}()
			_, err := installation.Open(t.Context(), places.Data, installation.Options{})
			wantCode(t, "open", err, "installation.none")
			err = create(places)
			wantCode(t, "init again", err, "installation.cut-off")
			for _, folder := range []string{places.Data, places.Keys, places.Heads} {
				if !strings.Contains(fmt.Sprint(err), folder) {
					t.Errorf("%s isn't named: %v", folder, err)
				}
			}
			for _, folder := range []string{places.Data, places.Keys, places.Heads} {
				must(t, os.RemoveAll(folder))
			}
			must(t, create(places))
			enter(t, opened(t, places))
		})
	}
}

// dirOfHelper says, in the environment, that this process is the second one of
// the test below.
const dirOfHelper = "CHANCERY_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(dirOfHelper); dir != "" {
		i, err := installation.Open(context.Background(), dir, installation.Options{ReadOnly: os.Getenv("READ_ONLY") != ""})
		fmt.Println(err)
		if err == nil {
			v, err := i.Office.Verify(context.Background(), nil)
			fmt.Println(err, v.Entries, v.Sound())
		}
		os.Exit(0)
	}
	if shares, err := installation.SharesTheLock(); shares {
		fmt.Println(err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func inAnotherProcess(t testing.TB, places installation.Places, env ...string) string {
	t.Helper()
	helper := exec.Command(os.Args[0])
	helper.Env = append(append(os.Environ(), dirOfHelper+"="+places.Data), env...)
	out, err := helper.CombinedOutput()
	must(t, err)
	return strings.TrimSpace(string(out))
}

func TestOneProcessWritesAndTheOthersAreToldWhich(t *testing.T) {
	places := made(t)
	i := opened(t, places)
	locked := fmt.Sprintf(`installation.locked process="%d" file=%q`, os.Getpid(), filepath.Join(places.Data, "lock"))
	if got := inAnotherProcess(t, places); got != locked {
		t.Errorf("another process is told\n%s, want\n%s", got, locked)
	}
	_, err := installation.Open(t.Context(), places.Data, installation.Options{})
	wantCode(t, "a second time in this process", err, "installation.locked")
	enter(t, i)
	if got := inAnotherProcess(t, places, "READ_ONLY=1"); got != "<nil>\n<nil> 2 true" {
		t.Errorf("beside it, to read: %s", got)
	}
	must(t, i.Close())
	if got := inAnotherProcess(t, places); got != "<nil>\n<nil> 2 true" {
		t.Errorf("after it: %s", got)
	}
	enter(t, opened(t, places))
}

// Also where the machine's habit is to let everybody read, and where somebody
// made the empty folders beforehand.
func TestAnInstallationIsItsOwnersAlone(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	must(t, os.Mkdir(places.Data, 0o755))
	must(t, os.Mkdir(places.Heads, 0o777))
	must(t, create(places))
	i := opened(t, places)
	enter(t, i)
	files := 0
	look := func() {
		for _, folder := range []string{places.Data, places.Keys, places.Heads} {
			must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				info, err := d.Info()
				want := fs.FileMode(0o600)
				if d.IsDir() {
					want = 0o700
				}
				if err != nil || info.Mode().Perm() != want {
					t.Errorf("%s has mode %v", path, info.Mode())
				}
				files++
				return err
			}))
		}
	}
	must(t, os.Mkdir(filepath.Join(places.Data, "rebuild-1"), 0o700)) // of somebody who was killed
	must(t, os.WriteFile(filepath.Join(places.Data, "rebuild-1", "chancery.db"), nil, 0o600))
	look()
	v, err := i.Office.Verify(t.Context(), nil)
	must(t, err)
	must(t, i.Rebuild(t.Context(), v, func(string, int64, int64) { look() })) // the scratch database too
	if files < 60 {
		t.Errorf("looked at %d files", files)
	}
	for path := range strings.Lines(contents(t, places)) {
		if strings.Contains(path, "rebuild-") || strings.Contains(path, ".new-") {
			t.Errorf("left behind: %s", path)
		}
	}
}

// putBack copies a closed installation's database, and gives what puts the
// copy back.
func putBack(t testing.TB, places installation.Places) func() {
	t.Helper()
	path := filepath.Join(places.Data, "chancery.db")
	copied, err := os.ReadFile(path)
	must(t, err)
	return func() {
		t.Helper()
		must(t, os.WriteFile(path, copied, 0o600))
		for _, beside := range []string{"-wal", "-shm"} {
			if err := os.Remove(path + beside); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
	}
}

func TestADatabaseFromAnOlderCopyIsRefused(t *testing.T) {
	places := made(t)
	i := opened(t, places)
	enter(t, i)
	must(t, i.Close())
	older := putBack(t, places)
	i = opened(t, places)
	enter(t, i)
	enter(t, i)
	must(t, i.Close())
	older()
	i = opened(t, places)
	_, err := i.Office.Sequence(t.Context())
	wantCode(t, "sequence", err, "office.database-older")
	v, err := i.Office.Verify(t.Context(), nil)
	must(t, err)
	if len(v.Findings) != 2 || v.Findings[0].Code != "verify.leaf-missing" || v.Findings[0].Entry != "actor/officer-2#1" {
		t.Errorf("%+v", v.Findings)
	}
}

// Somebody goes on from the older copy by way of an older tree, and puts the
// tree back afterwards: the database is long enough, and of another past.
func TestADatabaseOfAnotherPastIsRefused(t *testing.T) {
	places := made(t)
	i := opened(t, places)
	must(t, i.Close())
	older, olderHeads := putBack(t, places), t.TempDir()
	must(t, os.CopyFS(filepath.Join(olderHeads, "heads"), os.DirFS(places.Heads)))
	i = opened(t, places)
	enter(t, i)
	must(t, i.Close())
	must(t, os.Rename(places.Heads, places.Heads+".newest"))
	must(t, os.CopyFS(places.Heads, os.DirFS(filepath.Join(olderHeads, "heads"))))
	older()
	i = opened(t, places)
	must(t, os.Remove(i.CredentialPath("officer-1")))
	enter(t, i)
	enter(t, i)
	must(t, i.Close())
	must(t, os.RemoveAll(places.Heads))
	must(t, os.Rename(places.Heads+".newest", places.Heads))
	i = opened(t, places)
	_, err := i.Office.Sequence(t.Context())
	wantCode(t, "sequence", err, "office.leaf-differs")
}

func TestADatabaseOfAnotherInstallationIsRefused(t *testing.T) {
	places := made(t)
	other := installation.Beside(filepath.Join(t.TempDir(), "other"))
	must(t, installation.Create(t.Context(), other, "other.example/log", installation.Options{}))
	must(t, os.Rename(filepath.Join(other.Data, "chancery.db"), filepath.Join(places.Data, "chancery.db")))
	for _, readOnly := range []bool{false, true} {
		_, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: readOnly})
		wantCode(t, fmt.Sprint("read only ", readOnly), err, "installation.other-database")
	}
}

// The registrar, made by init, is one person: what takes two is beyond them
// until they let somebody in.
func TestTheFirstActorIsOnePerson(t *testing.T) {
	i := opened(t, made(t))
	secret, err := i.Credential("")
	must(t, err)
	registrar, err := i.Office.Authenticate(t.Context(), secret)
	must(t, err)
	_, public, err := vault.NewDeskKey()
	must(t, err)
	_, err = i.Office.UseDesk(t.Context(), office.By{Actor: registrar}, public)
	must(t, err)
	book, _ := rulebooks.Find("demo")
	_, err = i.Office.OpenProgramme(t.Context(), office.By{Actor: registrar}, book.Name, book.Source)
	must(t, err)
	_, err = i.Office.RefuseClaims(t.Context(), office.By{Actor: registrar, Second: registrar}, "demo", nil)
	wantCode(t, "with themself", err, "policy.second-same")
	_, err = i.Office.PayRound(t.Context(), office.By{Actor: registrar, Second: registrar}, "demo", "EUR")
	wantCode(t, "as treasurer", err, "policy.capacity-missing")
}
