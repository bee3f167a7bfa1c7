package installation_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

// heard is what Tend said, each as chore and code ("" for well again).
type heard struct {
	mu   sync.Mutex
	said []string
}

func (h *heard) hear(chore string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	code := "well"
	if err != nil {
		if code = fault.Code(err); code == "" {
			code = "failed"
		}
	}
	h.said = append(h.said, chore+" "+code)
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.said)
}

// tended looks after an installation in short turns until the test ends.
func tended(t *testing.T, i *installation.Installation) *heard {
	t.Helper()
	h := &heard{}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		i.Tend(ctx, installation.Tending{Publish: 10 * time.Millisecond, Finish: 20 * time.Millisecond, Say: h.hear})
	})
	t.Cleanup(func() { stop(); done.Wait() })
	return h
}

// soon waits until something is so.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to be: %s", what)
		}
	}
}

// add enters an act and leaves all the rest to whoever looks after the
// installation.
func add(t *testing.T, i *installation.Installation, id string) {
	t.Helper()
	must(t, i.Office.AddActor(t.Context(), office.By{Actor: known(t, i, "registrar")}, id, []string{office.Officer}, i.Keep(id)))
}

func sizeOf(t *testing.T, i *installation.Installation) int64 {
	t.Helper()
	p, err := i.Office.Log.Published(t.Context())
	if err != nil {
		return -1
	}
	return p.Size
}

// What is entered is published by itself. While the public log can't be reached,
// that is said once, and acts go on; afterwards it is made up for.
func TestWhatIsEnteredIsPublishedByItself(t *testing.T) {
	places := made(t)
	i := opened(t, places)
	h := tended(t, i)
	before := sizeOf(t, i)
	add(t, i, "officer-a")
	soon(t, "the act is published", func() bool { return sizeOf(t, i) == before+1 })

	away := places.Log + ".away"
	must(t, os.Rename(places.Log, away))
	must(t, os.WriteFile(places.Log, nil, 0o600)) // a file where the folder was
	add(t, i, "officer-b")
	soon(t, "it is said", func() bool { return len(h.all()) > 0 })
	add(t, i, "officer-c")
	time.Sleep(100 * time.Millisecond) // some turns more
	if said := h.all(); len(said) != 1 || said[0] != "publish failed" {
		t.Errorf("said %q", said)
	}
	must(t, i.Sound())
	must(t, os.Remove(places.Log))
	must(t, os.Rename(away, places.Log))
	soon(t, "it is made up for", func() bool { return sizeOf(t, i) == before+3 })
	soon(t, "it is well again", func() bool { return slices.Equal(h.all(), []string{"publish failed", "publish well"}) })
	sound(t, i)
}

// A witness that was away is asked again, and nobody has to do anything for it.
func TestAWitnessThatIsBackIsAskedByItself(t *testing.T) {
	places := staffed(t)
	w := watched(t, places)
	at := w.Listener.Addr().String()
	handler := w.Config.Handler
	w.Close()
	i := opened(t, places)
	h := tended(t, i)
	add(t, i, "officer-a")
	soon(t, "the witness is missed", func() bool { return len(h.all()) > 0 })
	listener, err := net.Listen("tcp", at)
	must(t, err)
	back := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	back.Start()
	t.Cleanup(back.Close)
	soon(t, "it has cosigned", func() bool {
		p, err := i.Office.Log.Published(t.Context())
		return err == nil && witnessed(t, w.key, p)
	})
	soon(t, "it is said", func() bool { return len(h.all()) == 2 })
	if said := h.all(); said[1] != "witnesses well" {
		t.Errorf("said %q", said)
	}
}

// A log that can't be gone on with stops the acts, and says why.
func TestALogThatCantBeGoneOnWithStopsActs(t *testing.T) {
	places := made(t)
	i := opened(t, places)
	i.Office.Tree = taller{i.Office.Tree}
	h := tended(t, i)
	soon(t, "it is found", func() bool { return i.Sound() != nil })
	wantCode(t, "acts", i.Sound(), "office.database-older")
	soon(t, "it is said", func() bool { return slices.Contains(h.all(), "publish office.database-older") })
}

// taller is a tree outside that has more leaves than the database: an older copy
// of that was put back.
type taller struct{ office.Tree }

func (t taller) Head() docket.TreeHead {
	h := t.Tree.Head()
	h.Size += 100
	return h
}

// An erasure that a reader held up is finished when the reader is gone.
func TestAnErasureThatAReaderHeldUpIsFinished(t *testing.T) {
	t.Parallel() // it waits for the reader as long as the database does
	places := made(t)
	i := opened(t, places)
	tended(t, i)
	beside, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
	must(t, err)
	t.Cleanup(func() { _ = beside.Close() })
	reads, read := make(chan bool), make(chan error, 1)
	go func() {
		read <- beside.Office.Store.Read(context.Background(), func(r store.Reader) error {
			_, err := r.TreeSize()
			reads <- true
			<-reads
			return err
		})
	}()
	<-reads
	must(t, i.Office.Store.Write(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Shred([]string{"draft-1"}), tx.Enqueue(store.Job{Kind: office.JobShred, Key: "draft-1", Due: docket.At(time.Now())}))
	}))
	soon(t, "it is held up", func() (failed bool) {
		must(t, i.Office.Store.Read(t.Context(), func(r store.Reader) error {
			jobs, err := r.DueJobs(docket.At(time.Now().Add(time.Hour)), 100)
			failed = slices.ContainsFunc(jobs, func(j store.Job) bool { return j.Kind == office.JobShred && j.Attempts > 0 })
			return err
		}))
		return failed
	})
	left := func() (n int) {
		must(t, i.Office.Store.Read(t.Context(), func(r store.Reader) error {
			ids, err := r.Shredding()
			n = len(ids)
			return err
		}))
		return n
	}
	if left() != 1 {
		t.Errorf("%d erasures are left", left())
	}
	reads <- true
	must(t, <-read)
	soon(t, "it is finished", func() bool { return left() == 0 })
}

// A copy of the key store whose days are over goes while the installation is
// served, for months perhaps, and not only when it is opened.
func TestCopiesOfTheKeyStoreAreRenewedMeanwhile(t *testing.T) {
	places := made(t)
	var mu sync.Mutex
	now := time.Now()
	i, err := installation.Open(t.Context(), places.Data, installation.Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}})
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	tended(t, i)
	var first vault.Backup
	must(t, i.WithVault(func(v *vault.Vault) (err error) {
		first, err = v.BackupStore(t.Context())
		return err
	}))
	mu.Lock()
	now = now.AddDate(0, 0, vault.DefaultBackupDays+2)
	mu.Unlock()
	soon(t, "the old copy is gone", func() bool {
		_, err := os.Stat(first.Path)
		return os.IsNotExist(err)
	})
	copies, err := filepath.Glob(filepath.Join(filepath.Dir(first.Path), "keystore-*.db"))
	must(t, err)
	if len(copies) != 1 {
		t.Errorf("copies: %v", copies)
	}
}

// While acts come in one after another there is no moment at which all of them
// have their leaves. Figures can be had all the same, each of one moment.
func TestFiguresWhileActsComeIn(t *testing.T) {
	i := opened(t, made(t))
	ctx, stop := context.WithCancel(t.Context())
	var acting sync.WaitGroup
	by := office.By{Actor: known(t, i, "registrar")}
	for n := range 4 {
		acting.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				id := string(rune('a'+n)) + "-" + time.Duration(k).String()
				if err := i.Office.AddActor(context.Background(), by, id, []string{office.Officer}, i.Keep(id)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	last := int64(0)
	for range 20 {
		f, err := i.Office.FiguresAtRest(t.Context())
		must(t, err)
		if f.TreeSize < last || f.TreeHead != i.Office.Tree.Head().Root.String() {
			t.Errorf("size %d after %d, root %s", f.TreeSize, last, f.TreeHead)
		}
		last = f.TreeSize
	}
	if _, err := i.Public().Figures(t.Context()); err != nil {
		t.Error(err)
	}
	stop()
	acting.Wait()
	if last < 5 {
		t.Errorf("%d entries: nothing came in", last)
	}
}
