package installation

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

// followingLog is the log for who only reads, and may do so for months: it goes
// over to the next epoch when whoever writes has opened one.
type followingLog struct {
	places Places
	begun  func(ctx context.Context, epoch int64) (bool, error) // whether the docket has the opening of an epoch

	mu   sync.Mutex
	log  *publicLog // of the epoch that was last seen; owned by mu, as is over
	over error      // that its key was found to be over
}

var _ office.Log = (*followingLog)(nil)

// ours is the log in its present epoch, to sign in. Where another machine has
// opened the next one this machine's key is over: nothing more is signed with it.
func (f *followingLog) ours(ctx context.Context) (*publicLog, error) {
	l, err := f.now()
	if err != nil {
		return nil, err
	}
	begun, err := f.begun(ctx, l.epoch+1)
	if err == nil && begun {
		err = fault.New(fault.Unsound, "log.epoch-elsewhere", "epoch", l.epoch+1, "keys", f.places.Keys, "heads", f.places.Heads)
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.log == l {
			f.over = err
		}
	}
	return l, err
}

// now is the log in its present epoch.
func (f *followingLog) now() (*publicLog, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	public, err := os.ReadFile(filepath.Join(f.places.Keys, logPublicFile))
	if err != nil || strings.HasPrefix(string(public), f.log.Origin()+"+") {
		return f.log, err
	}
	next, err := openLog(f.places, f.log.tree)
	if err != nil {
		return nil, err
	}
	f.log, f.over = next, nil
	return next, nil
}

func (f *followingLog) Published(ctx context.Context) (office.Published, error) {
	l, err := f.ours(ctx)
	if err != nil {
		return office.Published{}, err
	}
	return l.Published(ctx)
}

func (f *followingLog) Inclusion(ctx context.Context, in office.Published, leaf int64) ([]docket.Hash, error) {
	l, err := f.now()
	if err != nil {
		return nil, err
	}
	return l.Inclusion(ctx, in, leaf)
}

func (f *followingLog) Check(ctx context.Context) iter.Seq[error] {
	l, err := f.now()
	if err != nil {
		return func(yield func(error) bool) { yield(err) }
	}
	return l.Check(ctx)
}

func (f *followingLog) Publish(ctx context.Context, head docket.TreeHead, commitments func(from int64) iter.Seq2[docket.Hash, error], mine func(context.Context) error) (office.Published, error) {
	l, err := f.ours(ctx)
	if err != nil {
		return office.Published{}, err
	}
	return l.Publish(ctx, head, commitments, f.still(l, mine))
}

// still is what is asked before anything is signed or shown: whether this process may,
// and whether the epoch that it is to be signed in isn't over meanwhile.
func (f *followingLog) still(l *publicLog, mine func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := mine(ctx); err != nil {
			return err
		}
		now, err := f.ours(ctx)
		if err == nil && now != l {
			err = store.ErrLost // its key was replaced here: whoever did that publishes
		}
		return err
	}
}

func (f *followingLog) Rebuild(ctx context.Context, commitments func(from int64) iter.Seq2[docket.Hash, error], mine func(context.Context) error) (office.Published, error) {
	l, err := f.ours(ctx)
	if err != nil {
		return office.Published{}, err
	}
	return l.Rebuild(ctx, commitments, f.still(l, mine))
}

func (f *followingLog) Sign(text string) (string, error) {
	l, err := f.now()
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	over := f.over
	f.mu.Unlock()
	if over != nil { // it is found where something is published, after each act
		return "", over
	}
	return l.Sign(text)
}

func (f *followingLog) Origin() string {
	if l, err := f.now(); err == nil {
		return l.Origin()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.Origin()
}
