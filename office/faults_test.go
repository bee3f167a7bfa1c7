package office_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/faulttest"
	"github.com/openchancery/chancery/internal/nettest"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/tlog/tlogtest"
)

const (
	clientsUnderLoad = 8
	clientPatience   = 2 * time.Second // of a client with one call
	callBound        = clientPatience + 15*time.Second
)

// load are clients who file claims, each until it is acknowledged and then the
// next one.
type load struct {
	h     *house
	ended chan struct{}
	group sync.WaitGroup

	mu     sync.Mutex
	acked  map[string]office.FilingAnswer
	asked  int
	errs   []error
	longes time.Duration // of a call
}

func (h *house) loaded() *load {
	l := &load{h: h, ended: make(chan struct{}), acked: map[string]office.FilingAnswer{}}
	for client := range clientsUnderLoad {
		l.group.Go(func() { l.file(client) })
	}
	return l
}

// file files one claim after the other, until the load is ended and the last
// one is acknowledged.
func (l *load) file(client int) {
	for n := 0; ; n++ {
		select {
		case <-l.ended:
			return
		default:
		}
		key := fmt.Sprintf("%d-%d", client, n)
		for !l.once(key) {
			time.Sleep(50 * time.Millisecond)
		}
	}
}

func (l *load) once(key string) (acked bool) {
	ctx, cancel := context.WithTimeout(context.Background(), clientPatience)
	defer cancel()
	begin := time.Now()
	answers, err := l.h.Office.FileClaims(ctx, l.h.by("officer"), "demo", []office.Filing{departure(key, 2, true)})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.longes = max(l.longes, time.Since(begin))
	if err != nil {
		l.errs = append(l.errs, err)
		return false
	}
	l.acked[key] = answers[0]
	return true
}

func (l *load) count() (acked, failed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked), len(l.errs)
}

// await waits until so many more are acknowledged.
func (l *load) await(more int) {
	l.h.Helper()
	from, _ := l.count()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if now, _ := l.count(); now >= from+more {
			return
		}
		if time.Now().After(deadline) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.h.Fatalf("the work doesn't go on; last: %v", l.errs[max(0, len(l.errs)-1):])
		}
	}
}

// end ends the load, and holds that everything that was acknowledged is there
// once, that no call took longer than it may, and that errors say what is the
// matter.
func (l *load) end() {
	h := l.h
	h.Helper()
	close(l.ended)
	l.group.Wait()
	if n := len(h.everyClaim()); n != len(l.acked) {
		h.Errorf("%d claims are on file, of %d that were filed", n, len(l.acked))
	}
	numbers := map[string]string{}
	for key, a := range l.acked {
		again, err := h.Office.FileClaims(context.Background(), h.by("officer"), "demo", []office.Filing{departure(key, 2, true)})
		must(h.TB, err)
		if !again[0].Repeated || again[0].Reference != a.Reference || again[0].ID != a.ID {
			h.Errorf("%s was acknowledged as %+v, and is %+v", key, a, again[0])
		}
		if other, ok := numbers[string(a.Reference)]; ok {
			h.Errorf("%s and %s are one claim", key, other)
		}
		numbers[string(a.Reference)] = key
	}
	if l.longes > callBound {
		h.Errorf("a call took %v", l.longes)
	}
	for _, err := range l.errs {
		if !understood(err) {
			h.Errorf("an error that says nothing: %v", err)
		}
	}
	h.Logf("%d claims acknowledged in %d calls, of which %d failed; the longest took %v", len(l.acked), l.asked, len(l.errs), l.longes.Round(time.Millisecond))
}

// survived prints, as the sweeps do, that the faults were done which the load went
// through, and what is there of what it was told.
func (l *load) survived(promise int, what string, faults int) {
	l.h.Helper()
	acked, _ := l.count()
	survived := faults
	if l.h.Failed() {
		survived = 0
	}
	faulttest.Tried(l.h, promise, fmt.Sprintf("%s (%d claims acknowledged meanwhile, each there once)", what, acked), faults, survived)
}

// understood reports whether an error says that the database didn't answer, or
// that nobody knows whether the act was done.
func understood(err error) bool {
	return errors.Is(err, store.ErrAway) || errors.Is(err, store.ErrUnknown) || fault.Code(err) == "office.outcome-unknown" ||
		errors.Is(err, context.DeadlineExceeded)
}

// A server that is killed loses nothing that was acknowledged, and the work
// goes on when it is back.
func TestTheDatabaseIsKilledUnderLoad(t *testing.T) {
	server := pgtest.Start(t)
	theServer = &schemas{Server: server, database: server.Database(t, "")}
	defer func() { theServer = nil }()
	h := opened(t)
	l := h.loaded()
	const kills = 2
	for range kills {
		l.await(30)
		server.Kill()
		server.Run(t)
	}
	l.await(30)
	l.end()
	h.sound()
	l.survived(8, "kill -9 of the database under load", kills)
}

// The primary is lost, and its standby takes its place: every acknowledged act
// is there, and none twice.
func TestTheStandbyTakesThePlaceOfAPrimaryThatIsKilledUnderLoad(t *testing.T) {
	primary := pgtest.Start(t)
	name := primary.Database(t, "")
	standby := primary.Standby(t)
	theServer = &schemas{Server: primary, database: name, reach: func(address string) string {
		one := fmt.Sprintf("127.0.0.1:%d", primary.Port)
		return strings.Replace(address, one, fmt.Sprintf("%s,127.0.0.1:%d", one, standby.Port), 1)
	}}
	defer func() { theServer = nil }()
	h := opened(t)
	l := h.loaded()
	l.await(150)
	primary.Kill()
	before, _ := l.count()
	standby.Promote(t)
	l.await(150) // by the standby: the primary is gone
	l.end()
	_, failed := l.count() // none where each was run again in time
	t.Logf("%d were acknowledged when the primary was gone; %d calls failed", before, failed)
	h.sound()
	l.survived(8, "kill -9 of the primary under load, and its synchronous standby promoted", 1)
}

// The way to the database is bad for a while: a call ends within its bound,
// nothing piles up, and the work goes on when the way is good again.
func TestTheWayToTheDatabaseIsBadForAWhile(t *testing.T) {
	server := pgtest.Start(t)
	way := nettest.To(t, fmt.Sprintf("127.0.0.1:%d", server.Port))
	theServer = &schemas{Server: server, database: server.Database(t, ""), reach: func(address string) string {
		return strings.Replace(address, fmt.Sprintf("127.0.0.1:%d", server.Port), way.Address, 1)
	}}
	defer func() { theServer = nil }()
	h := opened(t)
	l := h.loaded()
	l.await(20)
	quiet := goroutines()
	faults := []struct {
		name        string
		spoil, mend func()
		goesOn      bool
	}{
		{"slow", func() { way.Slow(t, 20*time.Millisecond) }, way.Mend, true},
		{"reset", func() { way.Reset(t) }, way.Mend, false},
		{"swallowed", func() { way.Swallow(t) }, way.Mend, false},
		{"closed", way.Close, func() { way.Open(t) }, false},
	}
	for _, c := range faults {
		_, failed := l.count()
		c.spoil()
		if c.goesOn {
			l.await(clientsUnderLoad)
		} else {
			l.awaitFailures(failed + 2*clientsUnderLoad)
		}
		most := goroutines()
		c.mend()
		l.await(20)
		if pile := 4 * clientsUnderLoad; most > quiet+pile {
			t.Errorf("%s: %d goroutines, %d before", c.name, most, quiet)
		}
		if n, most := connections(t, server), 8*runtime.GOMAXPROCS(0); n > most {
			t.Errorf("%s: %d connections, at most %d may be open", c.name, n, most)
		}
	}
	l.end()
	h.sound()
	l.survived(9, "the way to the database slow, reset, swallowing, closed", len(faults))
}

// awaitFailures waits until so many calls have failed.
func (l *load) awaitFailures(n int) {
	l.h.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, failed := l.count(); failed >= n {
			return
		}
		if time.Now().After(deadline) {
			l.h.Fatal("calls neither fail nor go on")
		}
	}
}

// goroutines counts them, but for those of the way.
func goroutines() (n int) {
	stacks := make([]byte, 16<<20)
	for _, one := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if !strings.Contains(one, "toxiproxy") {
			n++
		}
	}
	return n
}

// connections counts those of the application that the server has, once those
// that a broken way left have had the time to be found.
func connections(t *testing.T, server *pgtest.Server) (n int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), server.URL(pgtest.Superuser, "postgres"))
	must(t, err)
	defer func() { _ = c.Close(t.Context()) }()
	for range 100 {
		must(t, c.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE usename = $1", pgtest.Application).Scan(&n))
		if n <= 8*runtime.GOMAXPROCS(0) {
			return n
		}
		time.Sleep(100 * time.Millisecond)
	}
	return n
}

// A bucket that can't be reached keeps nobody from acting; what was entered is
// published when it can be again.
func TestABucketOutOfReachStopsNoAct(t *testing.T) {
	bucket := tlogtest.New(t)
	way := nettest.To(t, strings.TrimPrefix(bucket.Endpoint, "http://"))
	t.Setenv("AWS_ACCESS_KEY_ID", bucket.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", bucket.SecretKey)
	places := installation.Beside(filepath.Join(t.TempDir(), "register"))
	places.Log = "s3://" + bucket.Name + "/log?endpoint=http://" + way.Address + "&region=" + bucket.Region
	public, err := installation.MakeDemoDesk(places.Data)
	must(t, err)
	i := established(t, places, "register.example/log", installation.Options{Now: ticking(), Desk: public})
	h := &house{TB: t, Installation: i, people: map[string]office.Known{}}
	h.signIn(installation.FirstActor)
	h.engage("officer", office.Officer)
	h.open("demo", demoRulebook(t))
	_, err = h.Office.Publish(t.Context())
	must(t, err)
	for name, c := range map[string]struct{ spoil, mend func() }{
		"reset":     {func() { way.Reset(t) }, way.Mend},
		"swallowed": {func() { way.Swallow(t) }, way.Mend},
		"closed":    {way.Close, func() { way.Open(t) }},
	} {
		c.spoil()
		ids := h.file(departure(name, 2, true))
		soon, cancel := context.WithTimeout(t.Context(), clientPatience)
		if _, err := h.Office.Publish(soon); err == nil || fault.Is(err, fault.Unsound) {
			t.Errorf("%s: published: %v", name, err)
		}
		cancel()
		h.stands("filed", ids...) // acknowledged and durable all the same
		_, err := h.Office.Acknowledge(t.Context(), docket.Ref{Stream: ids[0].Stream(), Version: 1})
		must(t, err)
		c.mend()
		published, err := h.Office.Publish(t.Context())
		must(t, err)
		if head := h.Office.Tree.Head(); published.Size != head.Size || published.Root != head.Root {
			t.Errorf("%s: published %d of %d", name, published.Size, head.Size)
		}
		if _, pending, err := h.Office.Receipt(t.Context(), string(h.claim(ids[0]).Reference)); err != nil || len(pending) > 0 {
			t.Errorf("%s: no receipt: %v, %v", name, pending, err)
		}
	}
	h.sound()
}
