package portal

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/openchancery/chancery/press"
)

// snapshot is published figures and the pages made of them so far. It is never
// changed: newer figures are another snapshot.
type snapshot struct {
	published press.Published
	stale     time.Time // since when refreshing fails; zero while it doesn't
	pages     sync.Map  // path -> *document
}

// watch keeps the latest snapshot. Whoever finds it old sets off one refresh;
// a refresh that fails leaves the snapshot, marked stale.
type watch struct {
	source Source
	every  time.Duration
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	latest  *snapshot
	looked  time.Time
	running chan struct{} // closed when the refresh under way is done; nil without one
}

const (
	// patience is how long a reader waits for newer figures who could have
	// those of a few seconds ago at once.
	patience = 200 * time.Millisecond
	// longest is how long the source may take.
	longest = 30 * time.Second
)

// get is the latest snapshot, nil if there has never been one.
func (w *watch) get(ctx context.Context) *snapshot {
	w.mu.Lock()
	latest := w.latest
	if !w.looked.IsZero() && w.now().Sub(w.looked) < w.every && w.running == nil {
		w.mu.Unlock()
		return latest
	}
	if w.running == nil {
		w.running = make(chan struct{})
		go w.refresh(w.running)
	}
	done := w.running
	w.mu.Unlock()

	late := make(<-chan time.Time) // never: a first reader waits for the first figures
	if latest != nil {
		late = time.After(patience)
	}
	select {
	case <-done:
	case <-late:
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.latest
}

// refresh looks at the source once. It outlives the request that set it off:
// others wait for it too. The raw figures end here.
func (w *watch) refresh(done chan struct{}) {
	defer close(done)
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	figures, err := w.source.Figures(ctx)
	var published press.Published
	if err == nil {
		published, err = press.Publish(figures)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked, w.running = w.now(), nil
	switch {
	case err != nil:
		w.log.Error("portal: figures not refreshed", "fault", err)
		if w.latest != nil && w.latest.stale.IsZero() {
			w.latest = &snapshot{published: w.latest.published, stale: w.looked}
		}
	case w.latest == nil || !w.latest.stale.IsZero() || !same(w.latest.published, published):
		w.latest = &snapshot{published: published}
	}
}

// same reports whether two publications are of one state of the docket. The
// older one stays then: its pages are made, readers have them, and their
// instant is the one at which the docket was first seen in this state.
func same(a, b press.Published) bool {
	b.AsOf = a.AsOf
	return reflect.DeepEqual(a, b)
}
