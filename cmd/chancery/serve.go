package main

import (
	"errors"
	"net/http"
	"net/netip"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/api"
	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/cmd/chancery-verify/checker"
	"github.com/openchancery/chancery/console"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/portal"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/web"
)

// localAddress is where the public page is served unless told otherwise: on
// this machine alone.
const localAddress = "127.0.0.1:8080"

func (a *app) serveCommand() *cobra.Command {
	var how serving
	var tell []string
	c := &cobra.Command{
		Use: "serve", Short: "Serve the public figures, the published log, claimants their own claim, and officers their desk",
		Long: `Serve the public figures, the published log at /log/, and at /claim/ a claimant's
own claim for who has its reference and code, at /desk/ the officers' desk, at
/represent/ the pages of representatives, and at /api/ the programs of who has a
token, until Ctrl-C. Small numbers are withheld. A
mirror of the log needs no program: its files can be copied and given out by any
web server.

Staff sign in at /sign-in/ with a passkey or an account (chancery actor invite).
While nobody has, the way of the first administrator is printed here: it is good
once, for a day, and a program that starts again prints another.

In front of the internet the pages speak https, in one of these ways: with a
certificate of yours (--tls-cert, --tls-key: read again when renewed), with those
that an authority gives by ACME (--acme NAME --listen :443 --redirect-from :80),
or behind a server that speaks it (--https). Whose address a visitor has is then
what that server adds to X-Forwarded-For, and only where it is this machine or
named by --proxy. --self-made makes a certificate for a laptop. Cookies are sent
over nothing else then, and wrong codes are counted by address.

While it runs it owns the data directory. Commands that act (an import, an act
of an officer, keys backup-store, keys rotate) are carried out by it: give them
as ever, as many at once as you like, as the same user of this machine. They
reach it by the socket in the data directory. What was entered is published
within a second. Commands that only read go on beside it. What needs the
installation for itself is refused until it is stopped: keys backup, protect,
restore and restore-store, log epoch, demo. Stopped, it lets commands under way finish for
some seconds and then ends them in good order. Where the data is in PostgreSQL,
commands act beside it, each by itself.`,
		Example: "  chancery serve --listen 127.0.0.1:8080\n  chancery serve --listen :443 --acme register.example --redirect-from :80",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			defer ballast()()
			networks, err := networksOf(tell)
			if err != nil {
				return err
			}
			return a.with(c.Context(), installation.Options{Serving: true, Tell: networks}, func(i *installation.Installation) error {
				// What a crash left unfinished is finished first.
				if _, err := i.Office.Sequence(c.Context()); err != nil {
					return err
				}
				return a.serve(c.Context(), i, how)
			})
		},
	}
	how.flags(c.Flags())
	tellFlag(c, &tell)
	return c
}

// tellFlag lets a command name networks whose webhooks are told.
func tellFlag(c *cobra.Command, tell *[]string) {
	c.Flags().StringSliceVar(tell, "tell", nil, "a network of the house, such as 10.1.0.0/16, whose webhooks are told all the same, also by http; none unless named")
}

// networksOf reads the networks that tellFlag names.
func networksOf(tell []string) (networks []netip.Prefix, err error) {
	for _, text := range tell {
		n, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "machine.network-wrong", "network", text)
		}
		networks = append(networks, n)
	}
	return networks, nil
}

// front is all that is served, with the tables of routes of the pages that have
// one.
type front struct {
	http.ServeMux
	routes []screen.Route
	other  []string // the patterns of what has none: public files, or a contract of its own
}

// pages hangs pages under their root.
func (f *front) pages(root string, pages http.Handler) {
	f.Handle(root, pages)
	if mounted, ok := pages.(*screen.Mounted); ok {
		f.routes = append(f.routes, mounted.Routes...)
		return
	}
	f.other = append(f.other, root)
}

// foot hangs the pages to which the foot of every page leads.
func (f *front) foot(how *serving) {
	house := screen.NewHousePages(screen.Options{Default: language, HTTPS: how.door.HTTPS, Log: how.log, Body: how.body})
	f.pages(screen.HouseRoot, house)
	for _, path := range screen.HousePaths {
		f.Handle(path, house)
	}
}

// public is all that is served: the figures, the published log, the way to a
// claim, a claim for who has its reference and code, and the ways in.
func public(i *installation.Installation, how *serving, url string) (*front, error) {
	key := func() string { // asked for each time: the log may go over to its next epoch
		_, key, _ := i.LogKey() // "" is no key, and none is printed
		return key
	}
	f := &front{}
	mine := web.New(i.Office, web.Options{
		Lang: language, HTTPS: how.door.HTTPS, Remote: how.door.Remote, Log: how.log, Body: how.body,
		Key: key, Files: i.Office, Checker: func() []byte { return checker.Page(key()) },
	})
	f.pages(web.Root, mine)
	f.pages(web.InterviewRoot, web.NewInterview(i.Office, web.InterviewOptions{
		Default: language, HTTPS: how.door.HTTPS, Remote: how.door.Remote, Log: how.log, Body: how.body, Places: i.Places.PlaceLists().Current,
	}).Handler())
	f.Handle(web.VerifyRoot, mine)
	f.pages(web.RepresentRoot, web.NewRepresent(i.Office, web.RepresentOptions{
		Default: language, HTTPS: how.door.HTTPS, Log: how.log, Body: how.body, Now: i.Office.Now,
		Folder: i.OpenOutbox,
	}))
	f.pages(api.Root, api.New(i.Office, api.Options{Now: i.Office.Now, HTTPS: how.door.HTTPS, Body: how.body, Figures: i.Public().Figures, Remote: how.door.Remote, Address: i.Webhooks().CheckURL}))
	f.pages(console.Root, officers(i, how, url))
	f.foot(how)
	f.pages("GET /log/{$}", http.RedirectHandler("/log/checkpoint", http.StatusFound))
	f.pages("/log/", http.StripPrefix("/log/", i.PublicLog()))
	f.pages("/", portal.New(i.Public(), portal.Options{Lang: language, HTTPS: how.door.HTTPS, Body: how.body, Mine: web.Root, Ledger: "/log/", Desk: ask.Remembering(i.Office, language)}))
	return f, how.signIns(f, i, url)
}

// addressFault says why nothing can listen at an address.
func addressFault(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fault.New(fault.Conflict, "machine.address-in-use", "address", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fault.New(fault.Invalid, "machine.address-not-here", "address", address)
	case errors.Is(err, syscall.EACCES):
		return fault.New(fault.NotAllowed, "machine.address-denied", "address", address)
	}
	return fault.New(fault.Invalid, "machine.address-wrong", "address", address)
}
