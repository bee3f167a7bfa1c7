package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/store/sqlite"
)

// cut is a way to a server that can be cut at the next word.
type cut struct {
	port   int
	before atomic.Bool // what the client says next doesn't arrive
	after  atomic.Bool // what the server answers next doesn't
	full   atomic.Bool // nothing more is taken from the client, and nobody new is let in
}

func cutBefore(t *testing.T, server *pgtest.Server) *cut {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &cut{port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			if c.full.Load() {
				_ = client.Close()
				continue
			}
			server, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", server.Port))
			if err != nil {
				_ = client.Close()
				return
			}
			t.Cleanup(func() { _ = client.Close() })
			go c.carry(client, server, &c.before)
			go c.carry(server, client, &c.after)
		}
	}()
	return c
}

func (c *cut) carry(from, to net.Conn, cut *atomic.Bool) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 1<<16)
	for {
		if c.full.Load() && cut == &c.before {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		n, err := from.Read(buffer)
		if err != nil || cut.Load() {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil && !errors.Is(err, io.EOF) {
			return
		}
	}
}

// When the connection breaks while an act commits, nobody knows whether it is
// there, and that is what is said: it is nothing like a refusal.
func TestACommitOfWhichNothingIsHeardIsNotKnown(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	direct := opened(t, db.in(schema, pgtest.Application))
	way := cutBefore(t, db.Server)
	through := opened(t, fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable&search_path=%s", pgtest.Application, way.port, db.database, schema))
	write(t, through, appending(entry("warm", 1))) // every statement is prepared
	for _, c := range []struct {
		id    string
		cut   *atomic.Bool
		there docket.Version
	}{{"before", &way.before, 0}, {"after", &way.after, 1}} {
		err := through.Write(t.Context(), func(tx store.Tx) error {
			if err := tx.Append(entry(c.id, 1)); err != nil {
				return err
			}
			c.cut.Store(true) // what is sent now is the write with its COMMIT
			return nil
		})
		if !errors.Is(err, store.ErrUnknown) {
			t.Errorf("cut %s the server: %v", c.id, err)
		}
		c.cut.Store(false)
		until(t, func() bool { return last(t, direct, c.id) == c.there })
		// Whoever asks again learns what became of it.
		err = through.Write(t.Context(), appending(entry(c.id, 1)))
		if errors.Is(err, store.ErrTaken) != (c.there == 1) || (err == nil) != (c.there == 0) {
			t.Errorf("cut %s the server, then again: %v", c.id, err)
		}
	}
	// A connection that broke before the commit leaves no doubt.
	err := through.Write(t.Context(), func(tx store.Tx) error {
		if err := tx.Append(entry("early", 1)); err != nil {
			return err
		}
		way.after.Store(true)
		_, err := tx.LastVersion("actor/early")
		return err
	})
	way.after.Store(false)
	if err == nil || errors.Is(err, store.ErrUnknown) || last(t, direct, "early") != 0 {
		t.Errorf("cut before the commit: %v", err)
	}
}

// Who gives up waits no longer either for a server that takes in nothing more of
// what a commit sends.
func TestACommitThatTheServerDoesNotTakeInIsGivenUp(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	way := cutBefore(t, db.Server)
	through := opened(t, fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable&search_path=%s", pgtest.Application, way.port, db.database, schema))
	write(t, through, appending(entry("warm", 1))) // every statement is prepared
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	done := make(chan error, 1)
	go func() {
		done <- through.Write(ctx, func(tx store.Tx) error {
			e := entry("a", 1)
			e.Bytes = make([]byte, 64<<20) // more than lies on the way
			way.full.Store(true)
			time.AfterFunc(time.Second, giveUp)
			return tx.Append(e)
		})
	}()
	select {
	case err := <-done:
		if !errors.Is(err, store.ErrUnknown) {
			t.Errorf("got %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("it waits still")
	}
	way.full.Store(false)
}

// until waits for what comes about by itself, within bounds.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it doesn't come about")
		}
	}
}

// Where a standby must have an act before it is answered, to give up waiting
// for it is no answer that it has.
func TestACommitThatItsStandbyMayNotHaveIsNotKnown(t *testing.T) {
	s := pgtest.Start(t)
	db := server{s, s.Database(t, "")}
	schema := db.prepared(t)
	ours := opened(t, db.in(schema, pgtest.Application))
	db.Exec(t, db.URL(pgtest.Superuser, "postgres"), "ALTER SYSTEM SET synchronous_standby_names = 'a_standby_that_is_gone'", "SELECT pg_reload_conf()")
	until(t, func() bool {
		return list[string](t, as(t, db.in(schema, pgtest.Superuser)), "SHOW synchronous_standby_names")[0] != ""
	})
	// The server heeds it a moment after every session shows it: until then acts are done.
	var n int
	var err error
	until(t, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		n++
		err = ours.Write(ctx, appending(entry(fmt.Sprint("a", n), 1)))
		return err != nil
	})
	if !errors.Is(err, store.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if there := last(t, ours, fmt.Sprint("a", n)); there != 1 {
		t.Errorf("the primary has %d entries", there)
	}
}

// An act that waits for another within its commit can still be broken off, and
// then it is known to be undone.
func TestAnActThatIsBrokenOffInItsCommitIsUndone(t *testing.T) {
	db := started(t)
	s := db.opened(t)
	write(t, s, func(tx store.Tx) error {
		if err := errors.Join(tx.Append(entry("a", 1)), postgres.Exec(tx, "SELECT 1")); err != nil { // sent by now
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := s.Write(ctx, func(tx store.Tx) error { return tx.Append(entry("b", 1), entry("a", 1)) })
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrUnknown) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if n := last(t, s, "b"); n != 0 {
		t.Errorf("%d entries of an act that was broken off", n)
	}
}

// A rebuilt table is compared with the used one line by line, whatever store
// each lies in; and whoever moves has the same rows on the other side.
func TestRowsPrintAndCopyAsOnTheEmbeddedStore(t *testing.T) {
	embedded, err := sqlite.Open(t.Context(), t.TempDir()+"/chancery.db")
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close()
	s := started(t).opened(t)
	for _, n := range []int64{1, 2, 9, 10, 11, 100} {
		f := filing(n)
		f.blobs[0].Sealed, f.claim.Answers = []byte{}, map[string]string{"place": "Львів\n'\\"}
		if err := file(embeddedReady(t, embedded, n), []filed{f}); err != nil {
			t.Fatal(err)
		}
	}
	recorded(t, embedded)
	err = embedded.CopyOut(t.Context(), func(c store.Copier) error {
		for _, table := range embedded.Tables() {
			columns, err := c.Columns(table.Name)
			if err != nil {
				return err
			}
			var rows [][]any
			for row, err := range c.Rows(table.Name) {
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
			if err := s.CopyIn(t.Context(), table.Name, columns, rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, table := range s.Tables() {
		if other := embedded.Tables()[i]; other.Name != table.Name || other.Class != table.Class {
			t.Errorf("table %d is %v here and %v there", i, table, other)
		}
		if here, there := printed(t, s, table.Name), printed(t, embedded, table.Name); !slices.Equal(here, there) {
			t.Errorf("%s: here\n%q, there\n%q", table.Name, here, there)
		}
	}
}

func embeddedReady(t *testing.T, s store.Store, n int64) store.Store {
	t.Helper()
	write(t, s, func(tx store.Tx) error {
		return errors.Join(tx.PutProgramme(store.Programme{ID: "demo", LastSerial: n}), tx.PutActor(store.Actor{ID: "registrar", Version: docket.Version(n)}))
	})
	return s
}

func printed(t *testing.T, s store.Store, table string) (rows []string) {
	t.Helper()
	for row, err := range s.Rows(t.Context(), table) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// What another process changed is never overlooked, though an act is told at
// first what this one heard last: of two processes on one database, each sees
// what the other did, in what it decides and in what it refuses.
func TestWhatAnotherProcessChangedIsSeenByTheNextAct(t *testing.T) {
	db := started(t)
	url := db.in(db.prepared(t), pgtest.Application)
	here, there := opened(t, url), opened(t, url)
	actor, programme := store.Actor{ID: "registrar", Capacities: []string{"registrar"}}, store.Programme{ID: "demo"}
	runs := 0
	for n := range int64(4) {
		actor.Version, programme.LastSerial = docket.Version(n), n
		write(t, there, func(tx store.Tx) error { return errors.Join(tx.PutActor(actor), tx.PutProgramme(programme)) })
		refused := errors.New("refused")
		for _, outcome := range []error{nil, refused} {
			var saw store.Actor
			var serial int64
			err := here.Write(t.Context(), func(tx store.Tx) error {
				runs++
				a, err := tx.Actor("registrar")
				if err != nil {
					return err
				}
				p, err := tx.Programme("demo")
				saw, serial = a, p.LastSerial
				return errors.Join(err, outcome, tx.Append(entry(fmt.Sprint(n, outcome), 1)))
			})
			if !errors.Is(err, outcome) || saw.Version != docket.Version(n) || serial != n {
				t.Errorf("change %d: %v; it saw %+v and serial %d", n, err, saw, serial)
			}
		}
		time.Sleep(1100 * time.Millisecond) // until memory is trusted again
	}
	if runs != 8+3 {
		t.Errorf("%d runs of 8 acts, of which 3 were told what was no longer so", runs)
	}
}

// Whatever an act sends first, what it was told from memory is made sure of.
func TestWhatAnActWasToldIsMadeSureOfWhateverItSendsFirst(t *testing.T) {
	db := started(t)
	url := db.in(db.prepared(t), pgtest.Application)
	here, there := opened(t, url), opened(t, url)
	many := func(id string) (list []docket.Entry) {
		for n := range 50 {
			list = append(list, entry(fmt.Sprint(id, n), 1))
		}
		return list
	}
	write(t, here, func(tx store.Tx) error { return tx.PutActor(store.Actor{ID: "registrar"}) })
	n := docket.Version(0)
	for what, send := range map[string]func(store.Tx) error{
		"a statement by itself": func(tx store.Tx) error { return postgres.Exec(tx, "SELECT 1") },
		"many rows":             func(tx store.Tx) error { return tx.Append(many("a")...) },
		"a job": func(tx store.Tx) error {
			return tx.Enqueue(store.Job{Kind: "shred", Key: "a", Due: docket.At(time.Now())})
		},
	} {
		time.Sleep(1100 * time.Millisecond) // until memory is trusted again
		write(t, here, func(tx store.Tx) error { _, err := tx.Actor("registrar"); return err })
		n++
		write(t, there, func(tx store.Tx) error { return tx.PutActor(store.Actor{ID: "registrar", Version: n}) })
		var saw []docket.Version
		write(t, here, func(tx store.Tx) error {
			a, err := tx.Actor("registrar")
			saw = append(saw, a.Version)
			return errors.Join(err, send(tx))
		})
		if !slices.Equal(saw, []docket.Version{n - 1, n}) {
			t.Errorf("%s first: it was done on version %d, and the last is %d", what, saw, n)
		}
	}
}

// An edition is opened though others give numbers all the time: an act that was
// refused for one of them begins anew with the gate shut, and no other comes
// between.
func TestAnEditionIsOpenedWhileOthersGiveNumbers(t *testing.T) {
	db := started(t)
	url := db.in(db.prepared(t), pgtest.Application)
	here, there := opened(t, url), opened(t, url)
	number := func(ctx context.Context) error {
		return there.Write(ctx, func(tx store.Tx) error {
			p, err := tx.Programme("demo")
			p.LastSerial++
			return errors.Join(err, tx.PutProgramme(p))
		})
	}
	write(t, here, func(tx store.Tx) error { return tx.PutProgramme(store.Programme{ID: "demo"}) })
	var met []error
	write(t, here, func(tx store.Tx) error {
		p, err := tx.Programme("demo")
		if _, sent := tx.LastVersion("actor/a"); err != nil || sent != nil { // it has its state
			return errors.Join(err, sent)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		met = append(met, number(ctx))
		p.Edition = docket.Hash{1}
		return tx.PutProgramme(p)
	})
	if len(met) != 2 || met[0] != nil || !errors.Is(met[1], context.DeadlineExceeded) {
		t.Errorf("others, while it was run: %v", met)
	}
	var p store.Programme
	err := here.Read(t.Context(), func(r store.Reader) (err error) { p, err = r.Programme("demo"); return err })
	if err != nil || p.LastSerial != 1 || p.Edition != (docket.Hash{1}) {
		t.Errorf("%+v, %v", p, err)
	}
}
