package screen

import "net/http"

// Rule says who may ask for a route. There is no route without one.
type Rule string

// The rules. What a route shows of somebody's own it shows by their session
// alone: no address names a draft or a claim of theirs.
const (
	Public         Rule = "public"         // anybody: it shows what is public, or a form
	Draft          Rule = "draft"          // who has the code of a draft: that one
	Claimant       Rule = "claimant"       // who has the code of a claim: that one, and those sent with it
	Representative Rule = "representative" // a representative: what they filed, and may file
	Staff          Rule = "staff"          // an actor with one of the capacities
)

// Route is one address.
type Route struct {
	Pattern    string   // as net/http has it, the method first: "GET /claim/mine"
	Rule       Rule     //
	Capacities []string // of Staff: one of them is needed; none named: any
	Serve      http.HandlerFunc
}

// Gate lets a request of a rule through to its route, or answers itself.
type Gate func(Route) http.HandlerFunc

// Mounted is the handler of a table of routes, which it can be asked for: so one
// test goes over every route that is served.
type Mounted struct {
	http.Handler
	Routes []Route
}

// Mount makes the handler of all routes: each behind the gate of its rule, and
// all behind the headers that guard a page, refusing what another site sends. A
// route without a gate is no page: it is missing, for everybody.
func (h *House) Mount(routes []Route, gates map[Rule]Gate) *Mounted {
	mux := http.NewServeMux()
	for _, r := range routes {
		gate, ok := gates[r.Rule]
		switch {
		case ok:
			mux.HandleFunc(r.Pattern, gate(r))
		case r.Rule == Public:
			mux.HandleFunc(r.Pattern, r.Serve)
		default:
			mux.HandleFunc(r.Pattern, h.Missing)
		}
	}
	mux.HandleFunc("GET "+h.Root+"assets/{name}", h.assets.serve(h.Missing))
	mux.HandleFunc(h.Root, h.Missing)
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Tell(w, r, http.StatusForbidden, "screen.foreign")
	}))
	return &Mounted{Guarded(PrivatePolicy, h.HTTPS, foreign.Handler(h.speaking(mux))), routes}
}
