package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// PublishWithin is the longest that an acknowledged act may wait until it is
// in the published log. It is promised in every acknowledgement.
const PublishWithin = 24 * time.Hour

// acknowledgementFormat is the first line of an acknowledgement. No log may have
// an origin that begins so, and no acknowledgement passes for a checkpoint.
const acknowledgementFormat = "chancery/acknowledgement/v1"

// Acknowledgement is what an act is answered with at once: a signed note that
// its holder can prove by that the act was taken in, and until when it must be
// published (docs/log-format.md, section 6).
type Acknowledgement struct {
	Ref       docket.Ref     `json:"entry"`
	Note      string         `json:"note"`
	PublishBy docket.Instant `json:"publish_by"`
}

// Acknowledge signs that the entry at ref was taken in.
func (o *Office) Acknowledge(ctx context.Context, ref docket.Ref) (a Acknowledgement, err error) {
	var entry docket.Entry
	err = o.Store.Read(ctx, func(r store.Reader) error {
		entry, err = r.Entry(ref)
		return err
	})
	if errors.Is(err, store.ErrNone) {
		return a, fault.New(fault.NotFound, "docket.no-entry", "entry", ref)
	}
	if err != nil {
		return a, err
	}
	env, err := entry.Open()
	if err != nil {
		return a, err
	}
	a = Acknowledgement{Ref: ref, PublishBy: docket.At(env.Instant.Add(PublishWithin))}
	a.Note, err = o.Log.Sign(fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n%s\n",
		acknowledgementFormat, o.Log.Origin(), ref, entry.Commitment(), env.Instant, a.PublishBy))
	return a, err
}
