package office_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/faulttest"
	"github.com/openchancery/chancery/job"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

// The day on which jobs come in, and a day on which all of them are due.
var (
	jobsEntered = time.Date(2020, time.June, 1, 9, 0, 0, 0, time.UTC)
	jobsDue     = time.Date(2021, time.August, 2, 3, 0, 0, 0, time.UTC)
)

// withJobs is an installation, closed, that has one of every job to do by
// jobsDue: the key of a discarded draft, a draft past its day, a copy of the key
// store past its days, a reading log whose day is over, a file that nobody has looked
// into, an object on the shelf that no row names; and what those are about that are
// about one thing.
func withJobs(t *testing.T) (_ installation.Places, about map[string]string) {
	t.Helper()
	h := opened(t)
	ctx, o := t.Context(), h.Office
	id := h.filed(1)[0]
	_, err := o.ReadAnswers(ctx, h.by("officer"), string(h.claim(id).Reference), office.PurposeReview)
	must(t, err)
	_, err = o.SaveDraft(ctx, h.by("officer"), aDraft(nil))
	must(t, err)
	discarded, err := o.SaveDraft(ctx, h.by("officer"), aDraft(nil))
	must(t, err)
	_, err = h.Jobs().Due(ctx) // the schedules are entered
	must(t, err)
	about = maps.Clone(gone)
	o.Screen = &scanner{finds: eicar} // who does the job has none
	about[office.JobCheckFile] = h.sends(h.by("officer"), office.FileOwner{Claim: id}, "letter.txt", []byte("a letter")).ID
	about[office.JobUnshelve] = strings.Repeat("0f", 32)
	must(t, os.MkdirAll(filepath.Join(h.Evidence, "0f"), 0o700))
	must(t, os.WriteFile(filepath.Join(h.Evidence, "0f", about[office.JobUnshelve]), []byte("sealed"), 0o600))
	parts := o.Parts
	parts.Vault = fragileVault{o.Vault, &failingHouse{at: 1}}
	if err := office.New(parts).DiscardDraft(ctx, h.by("officer"), discarded.ID); !errors.Is(err, errInjected) {
		t.Fatalf("its key was to stay: %v", err)
	}
	// Opening would finish it: so it is taken out, and atDue enters it again.
	must(t, o.Store.Write(ctx, func(tx store.Tx) error {
		return errors.Join(tx.Shredded([]string{discarded.ID}), tx.DropJobs(office.JobShred, discarded.ID), enqueue(tx, about))
	}))
	must(t, os.WriteFile(filepath.Join(h.Data, leftFile), []byte(discarded.ID), 0o600))
	must(t, h.Close())
	later := installation.Options{Now: func() time.Time { return jobsEntered }}
	must(t, installation.WithVault(h.Data, later, func(v *vault.Vault) error {
		_, err := v.BackupStore(ctx)
		return err
	}))
	return h.Places, about
}

// gone are, by their jobs' kinds, things that are gone by the time that their job is
// handed out. What these two do leaves the house, and may go out twice: TestWhatLeavesTheHouseTwiceIsOneThing.
var gone = map[string]string{office.JobMail: "a letter", office.JobWebhook: "a webhook"}

func enqueue(tx store.Tx, about map[string]string) (err error) {
	for kind, key := range about {
		err = errors.Join(err, tx.Enqueue(store.Job{Kind: kind, Key: key, Due: docket.At(jobsEntered)}))
	}
	return err
}

// leftFile names the draft whose key is still to be destroyed, if there is one.
const leftFile = "left-to-shred"

// atDue opens an installation when no job is due yet, leaves a shredding to be
// done as an act does that is killed before its end, and turns the clock to some time after all jobs are due.
// It tells webhooks on this machine.
func atDue(places installation.Places, by time.Duration) (*installation.Installation, error) {
	ctx, now := context.Background(), jobsEntered
	i, err := installation.Open(ctx, places.Data, installation.Options{
		Now: func() time.Time { return now }, Tell: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		return nil, err
	}
	id, err := os.ReadFile(filepath.Join(places.Data, leftFile))
	if errors.Is(err, fs.ErrNotExist) {
		now = jobsDue.Add(by)
		return i, nil
	}
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	err = i.Office.Store.Write(ctx, func(tx store.Tx) error {
		j := store.Job{Kind: office.JobShred, Key: string(id), Due: docket.At(now)}
		return errors.Join(tx.Shred([]string{string(id)}), tx.Enqueue(j))
	})
	now = jobsDue.Add(by)
	return i, err
}

// killedAt tells a process of its own what to do: KIND MOMENT DIR, one kind of job,
// and when it is killed.
const killedAt = "CHANCERY_TEST_KILLED_AT"

// The moments at which a job's process is killed.
const (
	unmarked = "unmarked"  // after its whole effect, before the mark that it is done
	justSent = "just-sent" // after the first thing left the house, before anything says that it did
)

func killItself() error { return syscall.Kill(os.Getpid(), syscall.SIGKILL) }

// doAndBeKilled is that process.
func doAndBeKilled(what string) error {
	kind, rest, _ := strings.Cut(what, " ")
	moment, dir, _ := strings.Cut(rest, " ")
	i, err := atDue(installation.Beside(dir), 0)
	if err != nil {
		return err
	}
	w := i.Jobs()
	var begun atomic.Bool
	for n, k := range w.Kinds {
		// No other does this one's work on the side; what fails is tried again later.
		w.Kinds[n].Do = func(context.Context, store.Job) error { return errInjected }
		if k.Name == kind {
			do := k.Do
			if moment == justSent {
				do = killedOnSending(i, kind)
			}
			w.Kinds[n].Do = func(ctx context.Context, j store.Job) error {
				if begun.Swap(true) {
					return errInjected
				}
				if err := do(ctx, j); err != nil {
					fmt.Println(err)
					os.Exit(1)
				}
				return killItself()
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if w.HandedOut() {
		err = w.Serve(ctx)
	} else {
		_, err = w.Due(ctx)
	}
	return errors.Join(err, errors.New("it was not killed"))
}

func killDoing(t *testing.T, kind, moment string, places installation.Places) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), killedAt+"="+kind+" "+moment+" "+places.Data)
	out, err := c.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%s: %v: %s", kind, err, out)
	}
}

// standing is what an installation holds: how many rows of each table, which
// jobs, whose keys are destroyed, which copies of the key store there are.
func standing(t *testing.T, i *installation.Installation) map[string]string {
	t.Helper()
	s := map[string]string{}
	for _, table := range i.Office.Store.Tables() {
		n := 0
		for _, err := range i.Office.Store.Rows(t.Context(), table.Name) {
			must(t, err)
			n++
		}
		s[table.Name] = fmt.Sprint(n)
	}
	delete(s, "meta") // how many keys were destroyed, as the last opening saw it
	must(t, i.Office.Store.Read(t.Context(), func(r store.Reader) error {
		jobs, err := r.Jobs(100)
		s["jobs"] = fmt.Sprint(jobs)
		return err
	}))
	shredded, err := i.Office.Vault.Shredded(t.Context())
	must(t, err)
	s["shredded"] = fmt.Sprint(len(shredded))
	copies, err := filepath.Glob(filepath.Join(i.Keys, "backups", "*.db"))
	must(t, err)
	for _, c := range copies {
		s["copies"] += filepath.Base(c) + " "
	}
	shelved, err := filepath.Glob(filepath.Join(i.Evidence, "??", "*"))
	must(t, err)
	s["shelf"] = fmt.Sprint(len(shelved))
	for row, err := range i.Office.Store.Rows(t.Context(), "files") {
		must(t, err)
		_, row, _ = strings.Cut(row, " state=")
		s["file"], _, _ = strings.Cut(row, " ")
	}
	return s
}

// doneOnce opens an installation whose jobs are due, does them, and says what
// it holds then.
func doneOnce(t *testing.T, places installation.Places) (*house, map[string]string) {
	t.Helper()
	i, err := atDue(places, time.Minute)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	done, err := i.Jobs().Due(t.Context())
	must(t, err)
	if done.Failed > 0 {
		t.Errorf("%+v", done)
	}
	_, err = i.Office.Publish(t.Context())
	must(t, err)
	return &house{TB: t, Installation: i}, standing(t, i)
}

// Promise 14. Each kind of job is done, and its process killed before it could
// say so; it is done again, and all is as if it had been done once. Then every
// job is done once more, which changes nothing.
func TestAJobDoneTwiceHasOneEffect(t *testing.T) {
	places, about := withJobs(t)
	before := reopened(t, copied(t, places))
	stood := standing(t, before)
	h, once := doneOnce(t, copied(t, places))
	for table, want := range map[string][2]string{
		"shredding": {"0", "0"}, "drafts": {"1", "0"}, "shredded": {"0", "2"}, "shelf": {"1", "0"}, "custody": {"3", "4"}, "file": {"waiting", "quarantined"},
		"copies": {"keystore-2020-06-01.db ", "keystore-2021-08-02.db "},
	} {
		if got := [2]string{stood[table], once[table]}; got != want {
			t.Errorf("%s: %q, want %q", table, got, want)
		}
	}
	survived := 0
	for _, k := range h.Jobs().Kinds {
		t.Run(k.Name, func(t *testing.T) {
			dir := copied(t, places)
			killDoing(t, k.Name, unmarked, dir)
			again, got := doneOnce(t, dir)
			if diff := cmp.Diff(once, got); diff != "" {
				t.Fatalf("killed between effect and mark, and done again: -once +twice\n%s", diff)
			}
			must(t, k.Do(t.Context(), store.Job{Kind: k.Name, Key: about[k.Name]}))
			again.sound()
			survived++
		})
	}
	faulttest.Tried(t, 14, "jobs killed between effect and mark, over SQLite", len(h.Jobs().Kinds), survived)
	for _, k := range h.Jobs().Kinds {
		must(t, k.Do(t.Context(), store.Job{Kind: k.Name, Key: about[k.Name]}))
	}
	if diff := cmp.Diff(once, standing(t, h.Installation)); diff != "" {
		t.Errorf("done once more: -once +twice\n%s", diff)
	}
	h.sound()
}

// copiedWithDatabase is a copy of an installation in the PostgreSQL of the tests, with
// a database of its own.
func copiedWithDatabase(t *testing.T, places installation.Places) installation.Places {
	t.Helper()
	c := copied(t, places)
	c.Database = strings.Replace(places.Database, "/"+theServer.database+"?", "/"+theServer.Database(t, theServer.database)+"?", 1)
	text, err := json.Marshal(c)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(c.Data, "places.json"), text, 0o600))
	theServer.Exec(t, c.Database, "UPDATE leases SET until = 0") // as when the time is over of the machine that it was copied from
	return c
}

// The same over PostgreSQL, where River hands the job to the process that is
// killed.
func TestAJobDoneTwiceHasOneEffectOverPostgreSQL(t *testing.T) {
	theServer = serverOf(t)
	defer func() { theServer = nil }()
	places, about := withJobs(t)
	h, once := doneOnce(t, copiedWithDatabase(t, places))
	survived := 0
	for _, k := range h.Jobs().Kinds {
		t.Run(k.Name, func(t *testing.T) {
			dir := copiedWithDatabase(t, places)
			killDoing(t, k.Name, unmarked, dir)
			after, got := doneOnce(t, dir)
			if diff := cmp.Diff(once, got); diff != "" {
				t.Fatalf("killed between effect and mark, and done again: -once +twice\n%s", diff)
			}
			must(t, k.Do(t.Context(), store.Job{Kind: k.Name, Key: about[k.Name]}))
			after.sound()
			survived++
		})
	}
	faulttest.Tried(t, 14, "jobs killed between effect and mark, over PostgreSQL", len(h.Jobs().Kinds), survived)
	for _, k := range h.Jobs().Kinds {
		must(t, k.Do(t.Context(), store.Job{Kind: k.Name, Key: about[k.Name]}))
	}
	if diff := cmp.Diff(once, standing(t, h.Installation)); diff != "" {
		t.Errorf("done once more: -once +twice\n%s", diff)
	}
}

// A job that fails is tried again, later each time, and then waits for
// somebody; meanwhile no other job is held up.
func TestAJobThatFailsIsTriedAgainAndThenWaits(t *testing.T) {
	h := opened(t)
	now := jobsEntered
	tries, fails := 0, true
	w := &job.Worker{Store: h.Office.Store, Now: func() time.Time { return now }, Kinds: append(h.Jobs().Kinds, []job.Kind{
		{Name: "stuck", Do: func(context.Context, store.Job) error {
			if tries++; fails {
				return errInjected
			}
			return nil
		}},
		{Name: "well", Do: func(context.Context, store.Job) error { return nil }},
	}...)}
	must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error {
		return tx.Enqueue(store.Job{Kind: "stuck", Key: "a"}, store.Job{Kind: "well", Key: "a"}, store.Job{Kind: "of-a-newer-program", Key: "a"})
	}))
	jobs := func() (list []store.Job) {
		must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) (err error) {
			list, err = r.Jobs(10)
			return err
		}))
		return slices.DeleteFunc(list, func(j store.Job) bool { return j.Key == "scheduled" })
	}
	for range 3 * job.MostAttempts {
		_, err := w.Due(t.Context())
		must(t, err)
		now = now.Add(3 * time.Hour)
	}
	list := jobs()
	if tries != job.MostAttempts || len(list) != 2 || !list[0].Failed || !list[1].Failed {
		t.Fatalf("%d tries; %+v", tries, list)
	}
	if list[0].Trouble != "job.kind-unknown kind=\"of-a-newer-program\"" || list[1].Trouble != errInjected.Error() {
		t.Errorf("%q, %q", list[0].Trouble, list[1].Trouble)
	}
	fails = false
	n, err := w.Retry(t.Context(), "stuck")
	must(t, err)
	_, err = w.Due(t.Context())
	must(t, err)
	if list := jobs(); n != 1 || len(list) != 1 || list[0].Kind != "of-a-newer-program" {
		t.Errorf("%d tried again; left: %+v", n, list)
	}
}

// A job that takes longer than it may is broken off and marked like one that
// fails, whoever set the limit: its kind, or the queue that handed it out.
func TestAJobThatTakesTooLongIsMarked(t *testing.T) {
	for what, c := range map[string]struct{ kind, queue time.Duration }{
		"longer than its kind may":  {50 * time.Millisecond, time.Minute},
		"longer than the queue let": {time.Minute, 50 * time.Millisecond},
	} {
		t.Run(what, func(t *testing.T) {
			h := opened(t)
			must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error {
				return tx.Enqueue(store.Job{Kind: "endless", Key: "a"})
			}))
			w := &job.Worker{Store: h.Office.Store, Now: func() time.Time { return jobsEntered }}
			w.Kinds = []job.Kind{{Name: "endless", Within: c.kind, Do: func(ctx context.Context, _ store.Job) error {
				<-ctx.Done()
				return ctx.Err()
			}}}
			ctx, cancel := context.WithTimeout(t.Context(), c.queue)
			defer cancel()
			_, _ = w.Due(ctx) // which may end with its own time
			must(t, h.Office.Store.Read(t.Context(), func(r store.Reader) error {
				j, err := r.Job("endless", "a")
				if err == nil && (j.Attempts != 1 || !strings.HasPrefix(j.Trouble, "job.too-long")) {
					t.Errorf("%+v", j)
				}
				return err
			}))
		})
	}
}

// A clock that was a year ahead must not put a schedule off for a year.
func TestAScheduleThatWasSetByAWrongClockIsDueAgain(t *testing.T) {
	h := opened(t)
	done := 0
	now := jobsEntered.AddDate(1, 0, 0)
	w := &job.Worker{Store: h.Office.Store, Now: func() time.Time { return now }, Kinds: []job.Kind{
		{Name: "daily", Every: 24 * time.Hour, Do: func(context.Context, store.Job) error { done++; return nil }},
	}}
	for n, at := range []time.Time{now, now.Add(time.Hour), jobsEntered, jobsEntered.Add(time.Hour), jobsEntered.Add(15 * time.Hour)} {
		now = at
		_, err := w.Due(t.Context())
		must(t, err)
		if want := []int{1, 1, 2, 2, 3}[n]; done != want {
			t.Errorf("at %s it was done %d times, want %d", at, done, want)
		}
	}
}

// Where nobody works on the jobs, whoever opens the installation finds more of them than
// are looked at there: old copies of keys are replaced, and drafts go, all the same.
func TestWhatIsDueAtOpeningIsDoneBehindManyJobs(t *testing.T) {
	h := opened(t)
	now, done := jobsEntered, map[string]int{}
	w := &job.Worker{Store: h.Office.Store, Now: func() time.Time { return now }}
	for _, k := range h.Jobs().Kinds {
		k.Do = func(context.Context, store.Job) error { done[k.Name]++; return nil }
		w.Kinds = append(w.Kinds, k)
	}
	_, err := w.AtOpen(t.Context())
	must(t, err)
	must(t, h.Office.Store.Write(t.Context(), func(tx store.Tx) error {
		for n := range 300 {
			if err := tx.Enqueue(store.Job{Kind: office.JobCheckFile, Key: fmt.Sprint(n), Due: docket.At(now)}); err != nil {
				return err
			}
		}
		return nil
	}))
	now = now.AddDate(0, 0, 2)
	clear(done)
	for range 2 {
		_, err = w.AtOpen(t.Context())
		must(t, err)
	}
	if done[job.CopyKeys] != 1 || done[job.ExpireDrafts] != 1 || done[office.JobCheckFile] != 0 {
		t.Errorf("done: %v", done)
	}
}
