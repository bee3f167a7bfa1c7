package sqlite_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
)

// An act that is told, unasked, that nobody answered is run again where somebody did:
// whether it keeps an answer of its own, keeps none, or was refused for what it was told.
// Nothing of the first run is left, and the acts beside it are done.
func TestAnActIsNotMisledByWhatItDidNotAsk(t *testing.T) {
	refused := fault.New(fault.Conflict, "office.key-reused")
	for what, do := range map[string]func(store.Tx, bool) error{
		"it keeps its own answer": func(tx store.Tx, none bool) error {
			if none {
				return tx.PutAnswers([]store.Answer{answer("new"), answer("old")})
			}
			return nil
		},
		"it keeps none": func(store.Tx, bool) error { return nil },
		"it is refused for it": func(_ store.Tx, none bool) error {
			if none {
				return refused
			}
			return nil
		},
	} {
		t.Run(what, func(t *testing.T) {
			s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chancery.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			write := func(act func(store.Tx) error) {
				t.Helper()
				if err := s.Write(t.Context(), act); err != nil {
					t.Error(err)
				}
			}
			write(func(tx store.Tx) error { return tx.PutAnswers([]store.Answer{answer("old")}) })
			var told []bool
			var all sync.WaitGroup
			all.Go(func() {
				write(func(tx store.Tx) error {
					none, err := tx.Unanswered([][]byte{[]byte("new"), []byte("old")})
					told = append(told, none)
					return errors.Join(err, tx.PutMeta("of", "this act"), do(tx, none))
				})
			})
			for _, beside := range []string{"a", "b", "c"} {
				all.Go(func() {
					write(func(tx store.Tx) error {
						none, err := tx.Unanswered([][]byte{[]byte(beside)})
						if !none {
							t.Errorf("%s was answered", beside)
						}
						return errors.Join(err, tx.PutAnswers([]store.Answer{answer(beside)}))
					})
				})
			}
			all.Wait()
			if len(told) != 2 || !told[0] || told[1] {
				t.Errorf("it was told %v that nobody answered, want true and then false", told)
			}
			err = s.Read(t.Context(), func(r store.Reader) error {
				found, err := r.Answers([][]byte{[]byte("a"), []byte("b"), []byte("c"), []byte("new"), []byte("old")})
				if _, new := found["new"]; new || len(found) != 4 {
					t.Errorf("answers stand to %d of four, or to what was not done: %v", len(found), found)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 100 { // the next acts ask, and are run once
				write(func(tx store.Tx) error {
					none, err := tx.Unanswered([][]byte{[]byte("old")})
					if none {
						t.Error("what proved wrong is told again at once")
					}
					return err
				})
			}
		})
	}
}

// An act that a fault of the machine ended is told so, whatever it was told before: it is
// run once, and who asked for it asks again.
func TestAFaultAmidWhatWasToldUnaskedStaysOne(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chancery.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Write(t.Context(), func(tx store.Tx) error { return tx.PutAnswers([]store.Answer{answer("old")}) }); err != nil {
		t.Fatal(err)
	}
	full, runs := errors.New("no space left on device"), 0
	err = s.Write(t.Context(), func(tx store.Tx) error {
		runs++
		none, err := tx.Unanswered([][]byte{[]byte("old")})
		if !none {
			t.Error("the first act after the opening asks")
		}
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) || runs != 1 {
		t.Errorf("after %d runs the act ended with: %v", runs, err)
	}
}

func answer(tag string) store.Answer {
	return store.Answer{Tag: []byte(tag), Fingerprint: []byte{1}, Answer: []byte("{}")}
}
