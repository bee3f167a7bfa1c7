package office

import (
	"context"

	"github.com/openchancery/chancery/store"
)

// KnownStaff is who is signed in at the desk with this token, and the capacities
// that they have at this moment; session.none (not allowed) where nobody is.
func (o *Office) KnownStaff(ctx context.Context, token string) (known Known, capacities []string, err error) {
	s, err := o.Session(ctx, token)
	if err != nil {
		return Known{}, nil, err
	}
	if s.Kind != SessionStaff {
		return Known{}, nil, errSession()
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		a, err := r.Actor(s.Subject)
		capacities = a.Capacities
		return err
	})
	if err != nil {
		return Known{}, nil, err
	}
	return Known{id: s.Subject, means: s.Means}, capacities, nil
}
