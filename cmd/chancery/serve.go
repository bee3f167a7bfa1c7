package main

import (
	"errors"
	"net/http"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/ask"
	"github.com/openchancery/chancery/cmd/chancery-verify/checker"
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
	var address string
	var https bool
	c := &cobra.Command{
		Use: "serve", Short: "Serve the public figures, the published log, and claimants their own claim",
		Long: `Serve the public figures, the published log at /log/, and at /claim/ a claimant's
own claim for who has its reference and code, until Ctrl-C. Small numbers are withheld. A
mirror of the log needs no program: its files can be copied and given out by any
web server. In front of the internet, put a server that speaks https, and say so
with --https: the claimants' cookie is then sent over nothing else, and wrong
codes are counted by the address that it adds to X-Forwarded-For.

While it runs it owns the data directory. Commands that act (an import, an act
of an officer, keys backup-store, keys rotate) are carried out by it: give them
as ever, as many at once as you like, as the same user of this machine. They
reach it by the socket in the data directory. What was entered is published
within a second. Commands that only read go on beside it. What needs the
installation for itself is refused until it is stopped: keys backup, protect,
restore and restore-store, log epoch, demo. Stopped, it lets commands under way finish for
some seconds and then ends them in good order.`,
		Example: "  chancery serve --listen 127.0.0.1:8080",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), installation.Options{Serving: true}, func(i *installation.Installation) error {
				// What a crash left unfinished is finished first.
				if _, err := i.Office.Sequence(c.Context()); err != nil {
					return err
				}
				return a.serve(c.Context(), i, address, https)
			})
		},
	}
	c.Flags().BoolVar(&https, "https", false, "the pages are reached by https, through a server in front of this one")
	c.Flags().StringVar(&address, "listen", localAddress, "address to listen at")
	return c
}

// public is all that is served: the figures, the published log, and a claim for
// who has its reference and code.
func public(i *installation.Installation, https bool) http.Handler {
	key := func() string { // asked for each time: the log may go over to its next epoch
		_, key, _ := i.LogKey() // "" is no key, and none is printed
		return key
	}
	o := web.Options{
		Lang: language, HTTPS: https,
		Key: key, Checker: func() []byte { return checker.Page(key()) },
	}
	if https {
		o.Remote = screen.Forwarded
	}
	mux := http.NewServeMux()
	mine := web.New(i.Office, o)
	mux.Handle(web.Root, mine)
	mux.Handle(web.VerifyRoot, mine)
	mux.Handle("GET /log/{$}", http.RedirectHandler("/log/checkpoint", http.StatusFound))
	mux.Handle("/log/", http.StripPrefix("/log/", i.PublicLog()))
	mux.Handle("/", portal.New(i.Public(), portal.Options{Lang: language, HTTPS: https, Mine: web.Root, Ledger: "/log/", Desk: ask.Remembering(i.Office, language)}))
	return mux
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
