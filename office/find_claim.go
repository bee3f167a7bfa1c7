package office

import (
	"context"
	"errors"
	"regexp"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// FindClaim finds a claim by reference or number, as people type them.
func (o *Office) FindClaim(ctx context.Context, text string) (c claim.Claim, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		c, err = findClaim(r, text)
		return err
	})
	return c, err
}

func findClaim(r store.Reader, text string) (claim.Claim, error) {
	if ref, err := claim.ParseReference(text); err == nil {
		text = string(ref)
	}
	c, err := r.FindClaim(text)
	if errors.Is(err, store.ErrNone) {
		return claim.Claim{}, fault.New(fault.NotFound, "claim.none", "claim", handle(text))
	}
	return c, err
}

// handles are the forms of a reference, its check symbol aside, and of a number.
var handles = regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}|[A-Z][A-Z0-9]{0,9}-[0-9]{7,19})$`)

// handle is a text that was looked up, if it has one of those forms: anything
// else may be a name, typed into the wrong box, and isn't repeated.
func handle(text string) string {
	if handles.MatchString(text) {
		return text
	}
	return "…"
}
