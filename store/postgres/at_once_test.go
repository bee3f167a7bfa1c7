package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
)

// counted is the address of the same server by a way that counts how often somebody
// who was answered sends again.
func counted(t *testing.T, address string) (by string, trips *atomic.Int64) {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	server := at.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	trips = &atomic.Int64{}
	go func() {
		for {
			here, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", server)
			if err != nil {
				_ = here.Close()
				continue
			}
			var answered atomic.Bool
			answered.Store(true)
			go pass(there, here, func() {
				if answered.CompareAndSwap(true, false) {
					trips.Add(1)
				}
			})
			go pass(here, there, func() { answered.Store(true) })
		}
	}()
	at.Host = l.Addr().String()
	return at.String(), trips
}

// pass gives on what comes, and notes that something did.
func pass(to io.WriteCloser, from io.ReadCloser, note func()) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			note()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// told is an act that asks nothing but what it is told, as the filing of n claims does.
func told(stream string, n int, saw func(store.Programme, store.Actor, bool)) func(store.Tx) error {
	return func(tx store.Tx) error {
		p, err := tx.Programme("demo")
		if err != nil {
			return err
		}
		a, err := tx.Actor("registrar")
		if err != nil {
			return err
		}
		none, err := tx.Unanswered(keys(stream, n))
		if err != nil {
			return err
		}
		stands, err := tx.StandsAt(entry("beside-"+stream, 1).Stream, 0)
		if err != nil {
			return err
		}
		none = none && stands
		saw(p, a, none)
		if !none || a.Ended {
			return nil
		}
		var entries []docket.Entry
		for i := range n {
			entries = append(entries, entry(fmt.Sprint(stream, "-", i), 1))
		}
		return errors.Join(tx.Append(entries...),
			tx.PutAnswers([]store.Answer{{Tag: []byte(stream), Fingerprint: []byte{1}, Answer: []byte("{}")}}))
	}
}

// keys are those under which n claims are filed; the last one is the stream's.
func keys(stream string, n int) (tags [][]byte) {
	for i := range n - 1 {
		tags = append(tags, fmt.Append(nil, stream, "+", i))
	}
	return append(tags, []byte(stream))
}

func seen(store.Programme, store.Actor, bool) {}

// An act that is told everything it asks is sent whole, with its commit: it waits for
// the server once, where asking would take a second time.
func TestAnActThatIsToldEverythingWaitsOnce(t *testing.T) {
	db := started(t)
	by, trips := counted(t, db.in(db.prepared(t), pgtest.Application))
	s := opened(t, by)
	write(t, s, func(tx store.Tx) error {
		return errors.Join(tx.PutActor(store.Actor{ID: "registrar"}), tx.PutProgramme(store.Programme{ID: "demo"}))
	})
	for _, n := range []int{1, 29, 150} {
		for i := range 3 { // heard of, and its statements prepared
			write(t, s, told(fmt.Sprint("first-", n, "-", i), n, seen))
		}
		before := trips.Load()
		write(t, s, told(fmt.Sprint("then-", n), n, seen))
		if waits := trips.Load() - before; waits != 1 {
			t.Errorf("%d entries: it waited %d times", n, waits)
		}
		for i := range n {
			if v := last(t, s, fmt.Sprint("then-", n, "-", i)); v != 1 {
				t.Errorf("entry %d of %d isn't there", i, n)
			}
		}
	}
}

// Of what an act was told and is no longer so, by whatever another process did, it
// commits nothing, and it is run again on what is so.
func TestAnActSentWholeCommitsNothingOnWhatIsNoLongerSo(t *testing.T) {
	db := started(t)
	address := db.in(db.prepared(t), pgtest.Application)
	here, there := opened(t, address), opened(t, address)
	actor, programme := store.Actor{ID: "registrar", Capacities: []string{"registrar"}}, store.Programme{ID: "demo", EditionNumber: "1"}
	for n, change := range []struct {
		what string
		do   func(tx store.Tx) error
		told bool // that it is done by none
	}{
		{"a number was given", func(tx store.Tx) error { programme.LastSerial++; return tx.PutProgramme(programme) }, true},
		{"another edition is open", func(tx store.Tx) error { programme.Edition = docket.Hash{1}; return tx.PutProgramme(programme) }, true},
		{"the actor got a right", func(tx store.Tx) error {
			actor.Capacities = append(actor.Capacities, "treasurer")
			return tx.PutActor(actor)
		}, true},
		{"the actor has an interest", func(tx store.Tx) error { actor.Interests = []string{"org-1"}; return tx.PutActor(actor) }, true},
		{"the key was answered", func(tx store.Tx) error {
			return tx.PutAnswers([]store.Answer{{Tag: []byte("act-4"), Fingerprint: []byte{1}, Answer: []byte("there")}})
		}, false},
		{"the key of the last of five was answered", func(tx store.Tx) error {
			return tx.PutAnswers([]store.Answer{{Tag: []byte("act-5"), Fingerprint: []byte{1}, Answer: []byte("there")}})
		}, false},
		{"the key of one in a hundred and thirty was answered", func(tx store.Tx) error {
			return tx.PutAnswers([]store.Answer{{Tag: []byte("act-6+70"), Fingerprint: []byte{1}, Answer: []byte("there")}})
		}, false},
		{"something happened in a stream", func(tx store.Tx) error { return tx.Append(entry("beside-act-7", 1)) }, false},
		{"the actor was ended", func(tx store.Tx) error { actor.Ended = true; return tx.PutActor(actor) }, true},
	} {
		if n == 0 {
			write(t, there, func(tx store.Tx) error { return errors.Join(tx.PutActor(actor), tx.PutProgramme(programme)) })
		}
		claims := map[int]int{5: 5, 6: 130}[n]
		time.Sleep(1100 * time.Millisecond) // until memory is trusted again
		write(t, here, told(fmt.Sprint("before-", n), max(claims, 1), seen))
		write(t, there, change.do)
		var saw []string
		write(t, here, told(fmt.Sprint("act-", n), max(claims, 1), func(p store.Programme, a store.Actor, none bool) {
			saw = append(saw, fmt.Sprint(p, a, none))
		}))
		if now := fmt.Sprint(programme, actor, change.told); len(saw) != 2 || saw[0] == now || saw[1] != now {
			t.Errorf("%s: it saw\n%q, and so is\n%q", change.what, saw, now)
		}
		want := docket.Version(1)
		if !change.told || actor.Ended {
			want = 0
		}
		if v := last(t, here, fmt.Sprint("act-", n, "-0")); v != want {
			t.Errorf("%s: version %d, want %d", change.what, v, want)
		}
	}
}

// An act whose asker gave up before it was sent is not done; nor is one that refuses by
// itself, whatever it was told.
func TestAnActThatIsNotWantedAnyMoreIsNotSent(t *testing.T) {
	s := started(t).opened(t)
	write(t, s, func(tx store.Tx) error {
		return errors.Join(tx.PutActor(store.Actor{ID: "registrar"}), tx.PutProgramme(store.Programme{ID: "demo"}))
	})
	write(t, s, told("first", 1, seen))
	ctx, cancel := context.WithCancel(t.Context())
	refused := errors.New("refused")
	for what, act := range map[string]func(store.Tx) error{
		"given up": func(tx store.Tx) error {
			cancel()
			return told("given up", 1, seen)(tx)
		},
		"refused": func(tx store.Tx) error { return errors.Join(told("refused", 1, seen)(tx), refused) },
	} {
		with := t.Context()
		if what == "given up" {
			with = ctx
		}
		if err := s.Write(with, act); !errors.Is(err, context.Canceled) && !errors.Is(err, refused) {
			t.Errorf("%s: %v", what, err)
		}
		if v := last(t, s, what+"-0"); v != 0 {
			t.Errorf("%s: it is there", what)
		}
	}
}

// Entries that one statement takes in stand in the order in which they were given.
func TestEntriesOfOneStatementKeepTheirOrder(t *testing.T) {
	s := started(t).opened(t)
	var want []string
	for _, n := range []int{1, 2, 16, 17, 50, 199, 200, 3} {
		var entries []docket.Entry
		for i := range n {
			e := entry(fmt.Sprint(n, "-", (i*7919)%n), 1)
			entries, want = append(entries, e), append(want, string(e.Stream))
		}
		write(t, s, func(tx store.Tx) error { return tx.Append(entries...) })
	}
	var got []string
	err := s.Read(t.Context(), func(r store.Reader) error {
		for e, err := range r.Unsequenced() {
			if err != nil {
				return err
			}
			got = append(got, string(e.Stream))
		}
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v: %d entries, in the order %.300q, want %.300q", err, len(got), got, want)
	}
}
