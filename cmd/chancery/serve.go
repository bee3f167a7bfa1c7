package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/portal"
)

// localAddress is where the public page is served unless told otherwise: on
// this machine alone.
const localAddress = "127.0.0.1:8080"

func (a *app) serveCommand() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use: "serve", Short: "Serve the public figures and the published log",
		Long: `Serve the public figures, and the published log at /log/, until Ctrl-C. The pages
read beside whoever writes: an import may run at the same time. Small numbers are
withheld. A mirror of the log needs no program: its files can be copied and given
out by any web server.`,
		Example: "  chancery serve --listen 127.0.0.1:8080",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			err := a.reading(c.Context(), func(i *installation.Installation) error {
				_, err := i.Public().Figures(c.Context())
				return err
			})
			if fault.Code(err) == "office.figures-ahead" {
				_, err = a.finish(c.Context())
			}
			if err != nil {
				return err
			}
			return a.reading(c.Context(), func(i *installation.Installation) error { return a.serve(c.Context(), i, address) })
		},
	}
	c.Flags().StringVar(&address, "listen", localAddress, "address to listen at")
	return c
}

func (a *app) serve(ctx context.Context, i *installation.Installation, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return addressFault(address, err)
	}
	fmt.Fprintf(a.err, "The public figures: http://%s  (Ctrl-C ends)\n", listener.Addr())
	return portal.Serve(ctx, listener, public(i))
}

// public is all that is served: the figures, and the published log.
func public(i *installation.Installation) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/log/", http.StripPrefix("/log/", i.PublicLog()))
	mux.Handle("/", portal.New(i.Public(), portal.Options{Lang: language}))
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
