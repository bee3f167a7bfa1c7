package sqlite

import (
	"errors"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// Hardly any filing was answered before, and each has its first answer kept under its
// tag, which is there once. So an act is told that none was without being asked, and
// where keeping the answer finds another there, it is undone and run again by asking.
// What was told and isn't kept by the act itself is asked for before it ends.

// distrust is how many acts ask after one was told what wasn't so: who repeats a filing
// repeats others. They are counted, and not timed, so that a seed of the simulation gives
// the same life again.
const distrust = 100

// errMisled ends an act that was told what isn't so.
var errMisled = errors.New("told that nothing was answered, which isn't so")

// trust is what an act was told without being asked.
type trust struct {
	given bool                // it may be told so
	told  map[string]struct{} // tags of which it was told that nobody answered them
}

// Unanswered is told without asking, unless that was wrong a moment ago.
func (t *tx) Unanswered(tags [][]byte) (bool, error) {
	if !t.trust.given {
		found, err := t.Answers(tags)
		return err == nil && len(found) == 0, err
	}
	if t.trust.told == nil {
		t.trust.told = make(map[string]struct{}, len(tags))
	}
	for _, tag := range tags {
		t.trust.told[string(tag)] = struct{}{}
	}
	return true, nil
}

// kept takes note of answers that were kept, or could not be: where one was told to have
// none the act was misled.
func (t *tx) kept(answers []store.Answer, err error) error {
	if len(t.trust.told) == 0 || err != nil && !errors.Is(err, store.ErrTaken) {
		return err
	}
	for _, a := range answers {
		if _, told := t.trust.told[string(a.Tag)]; told && err != nil {
			return t.fail(errMisled)
		}
		delete(t.trust.told, string(a.Tag))
	}
	return err
}

// trusts says whether an act may be told so.
func (s *Store) trusts() bool {
	if s.distrusted.Load() <= 0 {
		return true
	}
	s.distrusted.Add(-1)
	return false
}

// misled asks what is left of what an act was told that ended so, also where it was
// refused or met another act: it may have been for that. A fault of the machine stays one.
func (t *tx) misled(ended error) error {
	refused := ended == nil || fault.Code(ended) != "" || errors.Is(ended, store.ErrTaken)
	if len(t.trust.told) == 0 || t.failure != nil || !refused {
		return nil
	}
	tags := make([][]byte, 0, len(t.trust.told))
	for tag := range t.trust.told {
		tags = append(tags, []byte(tag))
	}
	found, err := t.Answers(tags)
	if err == nil && len(found) > 0 {
		return t.fail(errMisled)
	}
	return err
}
