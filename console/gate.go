package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
)

// visitor is who asks.
type visitor struct {
	by         office.By
	capacities []string // as they were when the request came in; each act asks again
}

func (v visitor) is(capacity string) bool { return slices.Contains(v.capacities, capacity) }

type visitorKey struct{}

// visiting is who has signed in, as the gate found them.
func visiting(r *http.Request) visitor {
	v, _ := r.Context().Value(visitorKey{}).(visitor)
	return v
}

// gate lets a request through where the session's actor has one of the route's
// capacities, as things stand at this moment: whoever was ended is out with their
// next request. Who isn't signed in is sent to sign in; who may not is told that
// there is no such page.
func (d *desk) gate(route screen.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := d.known(r)
		switch {
		case fault.Is(err, fault.NotAllowed):
			http.Redirect(w, r, signin.StaffRoot, http.StatusSeeOther)
		case err != nil:
			d.Failed(w, r, err)
		case office.Outside(v.capacities): // the desk is none of theirs
			d.Missing(w, r)
		case len(route.Capacities) > 0 && !anyOf(v, route.Capacities):
			d.Missing(w, r)
		default:
			route.Serve(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
		}
	}
}

func (d *desk) known(r *http.Request) (visitor, error) {
	known, session, err := d.office.KnownBySession(r.Context(), d.Cookie(r, signin.StaffCookie))
	if err == nil && session.Kind != office.SessionStaff {
		err = fault.New(fault.NotAllowed, "session.none")
	}
	if err != nil {
		return visitor{}, err
	}
	capacities, err := d.office.CapacitiesOf(r.Context(), known)
	return visitor{office.By{Actor: known}, capacities}, err
}
