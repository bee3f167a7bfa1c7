package sqlite

import (
	"errors"
	"time"

	"github.com/openchancery/chancery/store"
)

// Hardly any filing was answered before, and each has its first answer kept under its
// tag, which is there once. So an act is told that none was without being asked, and
// where keeping the answer finds another there, it is undone and run again by asking.
// What was told and isn't kept by the act itself is asked for before it ends.

// distrust is for how long all acts ask, after one was told what wasn't so: who repeats a
// filing repeats others.
const distrust = time.Second

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

// misled asks what is left of what the act was told, also where it was refused: it may
// have been for that.
func (t *tx) misled() error {
	if len(t.trust.told) == 0 || t.failure != nil {
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
