package simulate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/tlog"
	"github.com/openchancery/chancery/vault"
)

// safe is the backups of one installation, and the key that opens them.
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

// backedUp adds a backup as another process would.
func (s safe) backedUp(places installation.Places) (backup.Report, error) {
	i, err := installation.Open(context.Background(), places.Data, installation.Options{ReadOnly: true})
	if err != nil {
		return backup.Report{}, err
	}
	defer i.Close()
	return i.Backup(context.Background(), s.folder, s.to, 0, nil)
}

// restored brings one back on another machine, to which the keys were brought.
func (s safe) restored(t testing.TB, number int64, keys string) *installation.Restored {
	t.Helper()
	there := installation.Beside(filepath.Join(t.TempDir(), "restored"))
	must(t, os.CopyFS(there.Keys, os.DirFS(keys)))
	must(t, filepath.WalkDir(there.Keys, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	}))
	back, err := installation.Restore(context.Background(), installation.Restoration{
		Source: s.folder, Number: number, Key: s.key, Places: there, NothingKnown: true, People: bothSignIn,
	}, installation.Options{})
	must(t, err)
	return back
}

// bothSignIn are two who answer for a restore of which nobody outside knows anything.
func bothSignIn(i *installation.Installation) (by office.By, err error) {
	if by.Actor, err = signedIn(i, installation.FirstActor); err == nil {
		by.Second, err = signedIn(i, consenting)
	}
	return by, err
}

func signedIn(i *installation.Installation, actor string) (office.Known, error) {
	secret, err := i.Credential(i.CredentialPath(actor))
	if err != nil {
		return office.Known{}, err
	}
	return i.Office.Authenticate(context.Background(), secret)
}

// consenting is the officer who consents to a restore, there from the first backup on.
const consenting = "officer-who-consents"

// playing runs the demo while beside backs it up, and gives its places.
func playing(t testing.TB, claims int, beside func(installation.Places, <-chan struct{})) installation.Places {
	t.Helper()
	places := installation.Beside(filepath.Join(t.TempDir(), "demo"))
	clock := simulate.NewClock()
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(7), Desk: public}
	must(t, installation.Create(t.Context(), places, "demo.example/log", options))
	i, err := installation.Open(t.Context(), places.Data, options)
	must(t, err)
	demo, err := simulate.NewDemo(t.Context(), i, 7, claims, clock)
	must(t, err)
	registrar, err := signedIn(i, installation.FirstActor)
	must(t, err)
	must(t, i.Office.AddActor(t.Context(), office.By{Actor: registrar}, consenting, []string{office.Officer}, i.Keep(consenting)))
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		beside(places, ended)
	}()
	_, err = demo.Run(t.Context())
	close(ended)
	<-watched
	must(t, err)
	_, err = i.Office.Publish(t.Context())
	must(t, err)
	must(t, i.Close())
	return places
}

// Backups are made while claims are filed, decided and paid. Each comes back into
// an empty place as one moment of that life: its tree is the beginning of the
// whole one, its tables are those that its docket makes. The last one, made when
// all is quiet, is the same to the last figure.
func TestDrillRestoreWhatWasBackedUpWhileOthersActed(t *testing.T) {
	s := newSafe(t)
	var made []backup.Report
	places := playing(t, 400, func(places installation.Places, ended <-chan struct{}) {
		for {
			r, err := s.backedUp(places)
			if err != nil {
				t.Error(err)
				return
			}
			made = append(made, r)
			select {
			case <-ended:
				return
			default:
			}
		}
	})
	last, err := s.backedUp(places)
	must(t, err)
	if len(made) < 3 || made[0].Head.Size >= last.Head.Size {
		t.Fatalf("%d backups were made meanwhile, the first at %d leaves of %d", len(made), made[0].Head.Size, last.Head.Size)
	}
	tree, err := tlog.Open(places.Heads, false)
	must(t, err)
	defer tree.Close()
	for _, number := range []int64{1, int64(len(made)+1) / 2, last.Number} {
		back := s.restored(t, number, places.Keys)
		root, err := tree.RootAt(back.Head.Size)
		must(t, err)
		if back.Lost != 0 || back.Head.Root != root {
			t.Errorf("backup %d came back with root %s over %d leaves; the log has %s", number, back.Head.Root, back.Head.Size, root)
		}
		figures := standing(t, back.Places)
		if number != last.Number {
			continue
		}
		if want := standing(t, places); figures != want || back.Head != tree.Head() {
			t.Errorf("came back\n%s, was\n%s", figures, want)
		}
		for table, rows := range last.Rows {
			if back.Rows[table] != rows {
				t.Errorf("%s: %d rows came back of %d", table, back.Rows[table], rows)
			}
		}
		t.Logf("%d backups made while others acted; %d leaves, %d bytes of parts", len(made), back.Head.Size, back.Bytes)
		t.Logf("restore: %.0f s/GB", back.Took.Seconds()/(float64(back.Bytes)/1e9))
	}
}

// standing verifies an installation, rebuilds its tables, and gives its figures
// and balances.
func standing(t testing.TB, places installation.Places) string {
	t.Helper()
	i, err := installation.Open(t.Context(), places.Data, installation.Options{})
	must(t, err)
	defer i.Close()
	v, err := i.Office.Verify(t.Context(), nil)
	must(t, err)
	must(t, i.Rebuild(t.Context(), v, nil))
	for _, f := range v.Findings {
		t.Errorf("%+v", f)
	}
	all, err := i.Office.Statistics(t.Context(), "")
	must(t, err)
	return fmt.Sprintf("%+v", all)
}

// BenchmarkRestore says how long it takes to bring a gigabyte of backup back.
func BenchmarkRestore(b *testing.B) {
	s := newSafe(b)
	places := playing(b, 20_000, func(installation.Places, <-chan struct{}) {})
	begin := time.Now()
	r, err := s.backedUp(places)
	must(b, err)
	made := time.Since(begin)
	var took time.Duration
	n := 0
	for b.Loop() {
		took += s.restored(b, 0, places.Keys).Took
		n++
	}
	gigabytes := float64(r.Bytes) / 1e9
	b.ReportMetric(made.Seconds()/gigabytes, "backup-s/GB")
	b.ReportMetric(took.Seconds()/float64(n)/gigabytes, "restore-s/GB")
	b.ReportMetric(float64(r.Bytes)/float64(20_000), "bytes/claim")
}
