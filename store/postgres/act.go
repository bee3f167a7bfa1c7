package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/openchancery/chancery/internal/patience"
	"github.com/openchancery/chancery/store"
)

// cancelPatience bounds the telling of the server that nobody waits any more.
const cancelPatience = 5 * time.Second

// Acts run in parallel under REPEATABLE READ: an act decides on one state, and
// a row that another act changed meanwhile can't be written over: whoever
// updates it second is refused (store.ErrAgain). That alone would let two acts
// pass that each read what the other writes. What an act here relies on is
// therefore always something it also writes, or that is unique: the version of
// its stream, the version of the claim, the tag of its key, the number of its
// reading, the programme's last serial, an account's balance; a put writes over
// the row that the act saw, and no other. What is left are actors and the
// editions that are open, which every act reads and hardly any writes: see gate.
//
// SERIALIZABLE would watch all that by itself, by pages of the indexes, and
// break off acts that have nothing to do with each other: the keys of intake
// are random, and what each act looks up (its key, which isn't there) lies
// beside what others add.
const (
	beginAct  = "BEGIN ISOLATION LEVEL REPEATABLE READ"
	beginLook = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
	commitAct = "COMMIT"
)

// gate is passed by every act before it takes its state (LOCK TABLE takes
// none), and shut by those that end an actor or open an edition, until their
// commit. So an act that began under the old right is done before the new one
// is answered, and one that begins later sees it: nobody's act enters after
// they were told that they may act no more. Acts don't hinder each other there:
// the mode is one that any number may hold, on the server's fast path.
const (
	passGate = "LOCK TABLE actors IN ROW SHARE MODE"
	shutGate = "LOCK TABLE actors IN EXCLUSIVE MODE"
)

// session asks within one transaction, over one connection. What begins the
// transaction and what is to be written is kept until something is asked, and
// sent along with the question, so that it costs no wait of its own.
type session struct {
	ctx     context.Context // of the transaction: it ends with it
	conn    *pgx.Conn
	waiting *pgx.Batch
	opening int // how many statements begin the transaction
	begun   bool
	checked bool  // among what waits are statements whose count of rows may refuse the act
	failed  error // the first error: the transaction fails with it

	askFirst func() // queues what is asked along with whatever is sent first
}

func newSession(ctx context.Context, conn *pgx.Conn, opening ...string) *session {
	s := &session{ctx: ctx, conn: conn, waiting: &pgx.Batch{}, opening: len(opening), askFirst: func() {}}
	for _, text := range opening {
		s.waiting.Queue(text)
	}
	return s
}

// queue keeps a statement until it is sent.
func (s *session) queue(text string, args []any) *pgx.QueuedQuery {
	return s.waiting.Queue(text, args...)
}

// send sends what was kept, in one go, and reads every answer.
func (s *session) send(ctx context.Context) error {
	if s.failed != nil {
		return s.failed
	}
	batch := s.waiting
	s.waiting, s.begun, s.checked = &pgx.Batch{}, true, false
	if err := s.conn.SendBatch(ctx, batch).Close(); err != nil {
		return s.fail(meaning(err))
	}
	return nil
}

// fail remembers why the transaction can't be done.
func (s *session) fail(err error) error {
	s.failed = cmp.Or(s.failed, err)
	return s.failed
}

// first queues what goes with whatever is sent first, before anything that the act
// writes.
func (s *session) first() {
	if s.begun {
		return
	}
	s.beforeTheRest(s.askFirst)
}

// beforeTheRest queues behind what begins the transaction and before all else.
func (s *session) beforeTheRest(queue func()) {
	rest := slices.Clone(s.waiting.QueuedQueries[s.opening:])
	s.waiting.QueuedQueries = s.waiting.QueuedQueries[:s.opening]
	queue()
	s.waiting.QueuedQueries = append(s.waiting.QueuedQueries, rest...)
}

// flush sends what was kept, and waits until the server has done it.
func (s *session) flush() error {
	s.first()
	if len(s.waiting.QueuedQueries) == 0 {
		return s.failed
	}
	return s.send(s.ctx)
}

// flushMany is flush where what was kept writes many rows.
func (s *session) flushMany() error { return patience.While(s.conn, patience.Bulk, s.flush) }

// ask sends a question behind what was kept; read is given its rows.
func (s *session) ask(text string, args []any, read func(pgx.Rows) error) error {
	s.first()
	switch {
	case s.failed != nil:
		return s.failed
	case len(s.waiting.QueuedQueries) > 0:
		s.waiting.Queue(text, args...).Query(read)
		return s.send(s.ctx)
	}
	rows, err := s.conn.Query(s.ctx, text, args...) // alone it costs less so
	if err == nil {
		err = read(rows)
		rows.Close()
		err = cmp.Or(err, rows.Err())
	}
	if err != nil {
		return s.fail(meaning(err))
	}
	return nil
}

// Write runs act in one transaction. A write may be refused where it is made,
// at a later question or when the act is done; it fails the act in any case.
//
// An act that shuts the gate does so when it has its state already, in which the
// programme stands as it did before the acts that it then waits for: while
// others give numbers all the time it would be refused each time. Once that has
// happened it begins with the gate shut.
func (s *Store) Write(ctx context.Context, act func(store.Tx) error) error {
	h := how{gate: passGate, trusting: time.Now().UnixNano() > s.distrusted.Load()}
	shuts, err := s.write(ctx, act, h)
	if errors.Is(err, errStale) {
		s.distrusted.Store(time.Now().Add(distrust).UnixNano())
		h.trusting = false
		shuts, err = s.write(ctx, act, h)
	}
	if shuts && errors.Is(err, store.ErrAgain) {
		_, err = s.write(ctx, act, how{gate: shutGate})
	}
	return err
}

// how a transaction begins.
type how struct {
	gate     string // passGate or shutGate
	trusting bool   // the act may be told from memory
}

// write reports also whether the act shut the gate.
func (s *Store) write(ctx context.Context, act func(store.Tx) error, h how) (shuts bool, err error) {
	c, err := s.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer c.Release() // a connection within a transaction is closed by it
	t := newTx(ctx, s, c.Conn(), h)
	// The transaction is rolled back also where the act panics.
	defer t.rollback()
	err = act(t)
	if err == nil && t.atOnce() {
		if err := ctx.Err(); err != nil {
			return t.shuts, err
		}
		t.beforeTheRest(t.insist)
		return t.shuts, t.commit()
	}
	t.settle() // also where the act was refused: it may be for what is no longer so
	if t.misled() {
		return t.shuts, errStale
	}
	if err := cmp.Or(err, t.failed, ctx.Err()); err != nil {
		return t.shuts, err
	}
	return t.shuts, t.commit()
}

// Read runs look in one read transaction, so that it sees one state.
func (s *Store) Read(ctx context.Context, look func(store.Reader) error) error {
	c, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	r := &reader{newSession(ctx, c.Conn(), beginLook)}
	defer r.rollback() // a read leaves nothing to keep
	return look(r)
}

// rollback undoes what was begun, so that the connection is free for the next.
// Where that fails the connection is closed, and the server undoes it.
func (s *session) rollback() {
	if s.conn.IsClosed() || s.conn.PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), cancelPatience)
	defer cancel()
	_, _ = s.conn.Exec(ctx, "ROLLBACK")
}

// commit sends what is left together with COMMIT. Whoever cancels meanwhile
// lets the server break off what it does: it answers whether it still could.
// When no answer comes, nobody knows, and that is what the error says.
func (s *session) commit() error {
	if !s.begun && len(s.waiting.QueuedQueries) == s.opening {
		return nil // it asked nothing and wrote nothing
	}
	if s.checked { // the server would commit what we are about to refuse
		if err := s.flush(); err != nil {
			return err
		}
	}
	pg := s.conn.PgConn()
	delete(pg.CustomData(), warned)
	var done pgconn.CommandTag
	s.waiting.Queue(commitAct).Exec(func(tag pgconn.CommandTag) error {
		done = tag
		return nil
	})
	unbroken := context.WithoutCancel(s.ctx)
	breaking := make(chan struct{})
	stop := context.AfterFunc(s.ctx, func() {
		defer close(breaking)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), cancelPatience)
		defer cancel()
		_ = pg.CancelRequest(ctx)
		// Who hears nothing then, or can't even say it all, waits no longer:
		// nobody knows.
		_ = pg.Conn().SetDeadline(time.Now().Add(cancelPatience))
	})
	err := s.send(unbroken)
	brokenOff := !stop()
	if brokenOff {
		// The request may reach the server late, when something else runs on
		// this connection: nothing else may.
		<-breaking
		closing, cancel := context.WithTimeout(unbroken, cancelPatience)
		defer cancel()
		_ = s.conn.Close(closing)
	}
	return s.committed(err, done, brokenOff)
}

// committed is what came of a commit.
func (s *session) committed(err error, done pgconn.CommandTag, brokenOff bool) error {
	refusal, said := errors.AsType[*pgconn.PgError](err)
	switch {
	case err == nil && done.String() != commitAct:
		return fmt.Errorf("commit: the server answered %s", done) // it rolls back what failed, and says so
	case err == nil:
		if warning, ok := s.conn.PgConn().CustomData()[warned]; ok {
			// The primary has it, and gave up waiting for its standby.
			return fmt.Errorf("commit: %w: %s", store.ErrUnknown, warning)
		}
		return nil
	case said && refusal.SeverityUnlocalized == "ERROR" && refusal.Code == codeCancelled && brokenOff:
		return s.ctx.Err()
	case said && refusal.SeverityUnlocalized == "ERROR" && refusal.Code[:2] != classConnection && refusal.Code != codeCompletionUnknown:
		return err // what a server refuses, it hasn't done
	case pgconn.SafeToRetry(err):
		return err // nothing was sent
	}
	return fmt.Errorf("commit: %w: %w", store.ErrUnknown, err)
}

// The codes of PostgreSQL that mean something to us (its appendix A).
const (
	codeUnique            = "23505"
	codeTwiceInOne        = "21000" // one statement met a row twice
	codeSerialization     = "40001"
	codeDeadlock          = "40P01"
	codeLockWait          = "55P03" // lock_timeout
	codeCancelled         = "57014"
	codeCompletionUnknown = "40003"
	codeUndefinedTable    = "42P01"
	codeDivision          = "22012" // by nought: see insist
	classConnection       = "08"
	classShutdown         = "57P"
)

// away marks an error of the way to the server, or of a server that ends, as
// one of a database that doesn't answer.
func away(err error) error {
	e, said := errors.AsType[*pgconn.PgError](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err) // a deadline that passed is one too
	switch {
	case said && e.Code[:3] != classShutdown && e.Code[:2] != classConnection:
		return err
	case said, connecting, network, pgconn.SafeToRetry(err), errors.Is(err, pgconn.ErrConnClosed),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return err
}

// meaning turns an error of the server into the one that office knows.
func meaning(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return away(err)
	}
	switch e.Code {
	case codeUnique, codeTwiceInOne:
		return fmt.Errorf("%w: %w", store.ErrTaken, err)
	case codeDivision:
		return errStale
	case codeSerialization, codeDeadlock, codeLockWait:
		return fmt.Errorf("%w: %w", store.ErrAgain, err)
	}
	return away(err)
}
