package installation

import (
	"context"
	"errors"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/tlog"
)

// Public are the figures of an installation as it stands at the time of
// asking.
type Public struct{ i *Installation }

// Public gives the source of the public page.
func (i *Installation) Public() Public { return Public{i} }

// Figures counts. Beside a process that writes, the database is now and then
// ahead of the last head for a moment, and acts come in between: it looks
// again. Where that has no end, the process that owns the installation lets the
// acts wait while it counts.
func (p Public) Figures(ctx context.Context) (figures press.Figures, err error) {
	for range 40 {
		if figures, err = p.figures(ctx); fault.Code(err) != "office.figures-ahead" {
			return figures, err
		}
		select {
		case <-ctx.Done():
			return figures, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	if p.i.lock != nil {
		return p.i.Office.FiguresAtRest(ctx)
	}
	return figures, err
}

func (p Public) figures(ctx context.Context) (_ press.Figures, err error) {
	if p.i.lock != nil {
		head, err := p.i.Office.Sequence(ctx)
		if err != nil {
			return press.Figures{}, err
		}
		return p.i.Office.Figures(ctx, head)
	}
	tree, err := tlog.Open(p.i.Heads, false)
	if err != nil {
		return press.Figures{}, err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	return p.i.Office.Figures(ctx, tree.Head())
}
