package installation

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openchancery/chancery/fault"
)

// A chore is done at once and then in its time; one that fails is tried again
// after 1, 2, 4 … seconds, a minute at most; it is said once how it fails, and
// once that it is well again.
func TestChoresAreDoneInTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		away := fault.New(fault.Conflict, "tlog.unreachable")
		var often, daily []time.Duration
		var said []string
		fails := func(at time.Duration) error {
			switch {
			case at < 3*time.Second, at > 200*time.Second:
				return nil
			case at > 150*time.Second:
				return errors.New("another way")
			}
			return away
		}
		ctx, stop := context.WithTimeout(t.Context(), 150*time.Minute)
		defer stop()
		tend(ctx, []*chore{
			{name: "publish", every: time.Second, do: func(context.Context) error {
				at := time.Since(start)
				if at < 210*time.Second {
					often = append(often, at/time.Second)
				}
				return fails(at)
			}},
			{name: "forget", every: time.Hour, do: func(context.Context) error {
				daily = append(daily, time.Since(start)/time.Hour)
				return nil
			}},
		}, func(chore string, err error) {
			text := chore + ": well"
			if err != nil {
				text = chore + ": " + err.Error()
			}
			said = append(said, text)
		})
		if want := []time.Duration{0, 1, 2, 3, 4, 6, 10, 18, 34, 66, 126, 186}; !reflect.DeepEqual(often[:len(want)], want) {
			t.Errorf("published at second %v, want %v", often, want)
		}
		if want := []time.Duration{0, 1, 2}; !reflect.DeepEqual(daily, want) {
			t.Errorf("forgot at hour %v, want %v", daily, want)
		}
		if want := []string{"publish: " + away.Error(), "publish: another way", "publish: well"}; !reflect.DeepEqual(said, want) {
			t.Errorf("said %q", said)
		}
	})
}

// What the end of the work cuts short is no failure.
func TestTheEndIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		tend(ctx, []*chore{{name: "publish", every: time.Second, do: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}}, func(_ string, err error) { t.Errorf("said: %v", err) })
	})
}
