package office

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// mostRuns bounds how often one act is run: it is only run again when another
// act came first, so that each time somebody got on.
const mostRuns = 60

// The pauses between two runs grow from the first to the longest.
const (
	firstPause   = time.Millisecond
	longestPause = 64 * time.Millisecond
)

// before is what came before a run of an act.
type before struct {
	run     bool // it was run before, and met another act
	unknown bool // whether an earlier run was done isn't known
}

// write runs act in one transaction, and again where it met another act: then
// nothing of it is there, and it decides anew over what the other left. act must
// therefore be safe to run twice: what it answers is set and never added to.
//
// repeatable is whether act itself finds out that it was done before (by its
// key, or because doing it twice is the same as once). Such an act is asked again
// also when the connection was lost while it committed. Of another one nobody
// knows whether it was done, and the fault says so (office.outcome-unknown).
func (o *Office) write(ctx context.Context, repeatable bool, act func(store.Tx, before) error) error {
	var before before
	for run := 0; ; run++ {
		err := o.Store.Write(ctx, func(tx store.Tx) error { return act(tx, before) })
		before.run = true
		before.unknown = before.unknown || errors.Is(err, store.ErrUnknown)
		switch {
		case err == nil:
			return nil
		case before.unknown && fault.Code(err) != "" && !errors.Is(err, store.ErrUnknown) && !beforeItLooked(err):
			return err // it looked, and the earlier run was not done
		case before.unknown && (!repeatable || run+1 == mostRuns || ctx.Err() != nil || beforeItLooked(err)):
			return fmt.Errorf("%w: %w", fault.New(fault.Conflict, "office.outcome-unknown"), err)
		case !before.unknown && !metAnother(err), run+1 == mostRuns:
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause(run)):
		}
	}
}

// beforeItLooked reports whether an act was refused before it looked whether it
// was done: the right is checked first, and who asked may have lost it since. Nor does a
// refusal of the vault say that it was not: keys are kept while it is looked, and the
// earlier run may still be on its way.
func beforeItLooked(err error) bool {
	code := fault.Code(err)
	return fault.Is(err, fault.NotAllowed) || fault.Is(err, fault.NotFound) ||
		code == "programme.edition-changed" || code == "desk.replaced-meanwhile" || strings.HasPrefix(code, "vault.")
}

// metAnother reports whether an act failed for another that was under way at
// the same time: the store says so; a place was taken that was free when the act
// looked; or both made the first key of the same claim.
func metAnother(err error) bool {
	return errors.Is(err, store.ErrAgain) || errors.Is(err, store.ErrTaken) || fault.Code(err) == "vault.key-made-twice"
}

// pause is how long to wait after a run: some time that the others don't wait.
func pause(run int) time.Duration {
	most := min(firstPause<<min(run, 10), longestPause)
	return most/2 + rand.N(most)
}
