package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/openchancery/chancery/commission"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/store"
)

var offices = []test{
	{"a programme comes back, and is brought up to date", programmes},
	{"an edition's bytes stay under their hash", editions},
	{"an actor comes back, and is ended", actors},
	{"a verifier is its actor's, and is replaced", verifiers},
	{"a code is its claim's, and is replaced", codes},
	{"of many first answers each comes back under its tag", answers},
	{"a tag has one first answer", answerTaken},
	{"a fact of the installation comes back", metas},
	{"an instalment comes back, and is brought up to date", instalments},
}

func programmes(t *testing.T, s store.Store) {
	b := store.Programme{ID: "b", Version: 1, Edition: hash(1), EditionNumber: "1", Opened: docket.At(time.Date(2020, 1, 2, 3, 4, 5, 6e6, time.UTC))}
	a := b
	a.ID, a.LastSerial = "a", past31
	of := func(id string) func(store.Reader) (store.Programme, error) {
		return func(r store.Reader) (store.Programme, error) { return r.Programme(id) }
	}
	none(t, s, "before it opened", of("b"))
	write(t, s, func(tx store.Tx) error {
		if err := tx.PutProgramme(b); err != nil {
			return err
		}
		return tx.PutProgramme(a)
	})
	b.Version, b.Edition, b.EditionNumber = 2, hash(2), "2"
	write(t, s, func(tx store.Tx) error { return tx.PutProgramme(b) })
	same(t, ask(t, s, of("b")), b)
	same(t, ask(t, s, store.Reader.Programmes), []store.Programme{a, b})
}

func editions(t *testing.T, s store.Store) {
	source := []byte("id: demo\n\x00'")
	none(t, s, "unknown", func(r store.Reader) ([]byte, error) { return r.EditionBytes(hash(1)) })
	write(t, s, func(tx store.Tx) error {
		if err := tx.PutEdition(hash(1), source); err != nil {
			return err
		}
		return tx.PutEdition(hash(2), []byte{})
	})
	write(t, s, func(tx store.Tx) error { return tx.PutEdition(hash(1), source) }) // again
	same(t, ask(t, s, func(r store.Reader) ([]byte, error) { return r.EditionBytes(hash(1)) }), source)
	hashes := map[docket.Hash]bool{}
	for _, h := range ask(t, s, store.Reader.EditionHashes) {
		hashes[h] = true
	}
	same(t, hashes, map[docket.Hash]bool{hash(1): true, hash(2): true})
}

func actors(t *testing.T, s store.Store) {
	of := func(id string) func(store.Reader) (store.Actor, error) {
		return func(r store.Reader) (store.Actor, error) { return r.Actor(id) }
	}
	a := store.Actor{ID: "a", Version: 1, Capacities: []string{"officer", "administrator"}}
	b := store.Actor{ID: "b", Version: docket.Version(past31)}
	write(t, s, func(tx store.Tx) error {
		if err := tx.PutActor(b); err != nil {
			return err
		}
		return tx.PutActor(a)
	})
	a.Version, a.Ended, a.Interests = 2, true, []string{"claim/0c", "category/demo/a-departure"}
	write(t, s, func(tx store.Tx) error { return tx.PutActor(a) })
	same(t, ask(t, s, of("a")), a)
	same(t, ask(t, s, store.Reader.Actors), []store.Actor{a, b})
	none(t, s, "unknown", of("A"))
}

func verifiers(t *testing.T, s store.Store) {
	of := func(r store.Reader) ([]byte, error) { return r.Verifier("a") }
	none(t, s, "unknown", of)
	for _, verifier := range [][]byte{{0, 1, 255}, {7}} {
		write(t, s, func(tx store.Tx) error { return tx.PutVerifier("a", verifier) })
		same(t, ask(t, s, of), verifier)
	}
}

func codes(t *testing.T, s store.Store) {
	of := func(r store.Reader) ([]byte, error) { return r.Code("5f") }
	none(t, s, "unknown", of)
	for _, hash := range [][]byte{{0, 1, 255}, {7}} { // the second in place of the first
		write(t, s, func(tx store.Tx) error { return tx.PutCode("5f", hash) })
		same(t, ask(t, s, of), hash)
	}
	none(t, s, "another's", func(r store.Reader) ([]byte, error) { return r.Code("5e") })
}

func answers(t *testing.T, s store.Store) {
	for _, n := range sizes {
		var batch []store.Answer
		var tags [][]byte
		want := map[string]store.Answer{}
		for i := range n {
			tag := hash("tag", n, i)
			a := store.Answer{Tag: tag[:], Fingerprint: fmt.Append(nil, "asked ", i), Answer: fmt.Append(nil, "{", i, "}")}
			batch, tags = append(batch, a), append(tags, a.Tag)
			want[string(a.Tag)] = a
		}
		unknown := hash("unknown", n)
		of := func(r store.Reader) (map[string]store.Answer, error) { return r.Answers(append(tags, unknown[:])) }
		same(t, ask(t, s, of), map[string]store.Answer{})
		write(t, s, func(tx store.Tx) error { return tx.PutAnswers(batch) })
		same(t, ask(t, s, of), want)
	}
}

func answerTaken(t *testing.T, s store.Store) {
	first := store.Answer{Tag: []byte{1}, Fingerprint: []byte{2}, Answer: []byte("first")}
	write(t, s, func(tx store.Tx) error { return tx.PutAnswers([]store.Answer{first}) })
	refused(t, s, store.ErrTaken, func(tx store.Tx) error {
		return tx.PutAnswers([]store.Answer{{Tag: []byte{1}, Fingerprint: []byte{2}, Answer: []byte("second")}})
	})
}

func metas(t *testing.T, s store.Store) {
	of := func(key string) func(store.Reader) (string, error) {
		return func(r store.Reader) (string, error) { return r.Meta(key) }
	}
	none(t, s, "unknown", of("origin"))
	write(t, s, func(tx store.Tx) error { return tx.PutMeta("origin", "register.example/log") })
	same(t, ask(t, s, of("origin")), "register.example/log")
	none(t, s, "another", of("origi"))
}

func instalments(t *testing.T, s store.Store) {
	of := func(number int64) func(store.Reader) (commission.Instalment, error) {
		return func(r store.Reader) (commission.Instalment, error) { return r.Instalment("demo", number) }
	}
	last := func(r store.Reader) (int64, error) { return r.LastInstalment("demo") }
	none(t, s, "unknown", of(9))
	if n := ask(t, s, last); n != 0 {
		t.Errorf("the last of none is %d", n)
	}
	i := commission.Instalment{
		Programme: "demo", Number: 9, Version: 1, State: commission.Proposed, ProposedBy: "officer-1",
		Claims: past31, Awards: past31 - 1, Dismissals: 1, Total: []money.Amount{euros(5), dollars(6)},
	}
	large, elsewhere := i, i
	large.Number, large.Total = past31, nil
	elsewhere.Programme, elsewhere.Number = "other", past31+1
	write(t, s, func(tx store.Tx) error {
		for _, i := range []commission.Instalment{i, large, elsewhere} {
			if err := tx.PutInstalment(i); err != nil {
				return err
			}
		}
		return nil
	})
	i.Version, i.State, i.AdoptedBy, i.Total = 2, commission.Adopted, "commissioner-1", []money.Amount{euros(4)}
	write(t, s, func(tx store.Tx) error { return tx.PutInstalment(i) })
	same(t, ask(t, s, of(9)), i)
	same(t, ask(t, s, of(past31)), large)
	if n := ask(t, s, last); n != past31 {
		t.Errorf("the last is %d", n)
	}
}
