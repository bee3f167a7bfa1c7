package storetest

import (
	"fmt"
	"testing"

	"github.com/openchancery/chancery/store"
)

var sessions = []test{
	{"a session comes back as it was begun, and once", sessionBegun},
	{"only when it was seen moves on", sessionSeen},
	{"one session ends, or all of a subject, and no other", sessionsEnd},
	{"those that ended by a time are swept", sessionsSwept},
}

// aSession is that of one claimant, who came at noon and stays so many minutes.
func aSession(n, minutes int) store.Session {
	h := hash("session", n)
	return store.Session{
		Hash: h[:], Kind: "claimant", Subject: "5f", Means: "code", Mark: []byte{1, 0, 255},
		Begun: noon(0), Seen: noon(0), Ends: noon(minutes),
	}
}

func begun(t *testing.T, s store.Store, list ...store.Session) {
	t.Helper()
	write(t, s, func(tx store.Tx) error {
		for _, one := range list {
			if err := tx.PutSession(one); err != nil {
				return err
			}
		}
		return nil
	})
}

func sessionStands(t *testing.T, s store.Store, want store.Session) {
	t.Helper()
	same(t, ask(t, s, func(r store.Reader) (store.Session, error) { return r.Session(want.Hash) }), want)
}

func noSession(t *testing.T, s store.Store, gone store.Session) {
	t.Helper()
	none(t, s, fmt.Sprintf("session of %s %s", gone.Kind, gone.Subject), func(r store.Reader) (store.Session, error) { return r.Session(gone.Hash) })
}

func sessionBegun(t *testing.T, s store.Store) {
	first, second := aSession(1, 15), aSession(2, 15)
	second.Mark = nil
	noSession(t, s, first)
	begun(t, s, first, second)
	sessionStands(t, s, first)
	sessionStands(t, s, second)
	refused(t, s, store.ErrTaken, func(tx store.Tx) error { return tx.PutSession(first) })
}

func sessionSeen(t *testing.T, s store.Store) {
	first, second := aSession(1, 15), aSession(2, 15)
	begun(t, s, first, second)
	write(t, s, func(tx store.Tx) error { return tx.SawSession(first.Hash, noon(5)) })
	first.Seen = noon(5)
	sessionStands(t, s, first)
	sessionStands(t, s, second)
	gone := aSession(3, 15)
	write(t, s, func(tx store.Tx) error { return tx.SawSession(gone.Hash, noon(5)) })
	noSession(t, s, gone)
}

func sessionsEnd(t *testing.T, s store.Store) {
	one, same, other, draft := aSession(1, 15), aSession(2, 15), aSession(3, 15), aSession(4, 15)
	other.Subject, draft.Kind = "60", "draft"
	begun(t, s, one, same, other, draft)
	write(t, s, func(tx store.Tx) error { return tx.EndSession(one.Hash) })
	noSession(t, s, one)
	sessionStands(t, s, same)
	begun(t, s, one)
	write(t, s, func(tx store.Tx) error { return tx.EndSessions("claimant", "5f") })
	noSession(t, s, one)
	noSession(t, s, same)
	sessionStands(t, s, other)
	sessionStands(t, s, draft)
	write(t, s, func(tx store.Tx) error { return tx.EndSession(one.Hash) }) // ended twice is ended
}

func sessionsSwept(t *testing.T, s store.Store) {
	short, exact, long := aSession(1, 14), aSession(2, 15), aSession(3, 16)
	begun(t, s, short, exact, long)
	write(t, s, func(tx store.Tx) error { return tx.SweepSessions(noon(15)) })
	noSession(t, s, short)
	noSession(t, s, exact)
	sessionStands(t, s, long)
}
