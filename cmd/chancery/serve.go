package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/portal"
)

// localAddress is where the public page is served unless told otherwise: on
// this machine alone.
const localAddress = "127.0.0.1:8080"

func (a *app) serveCommand() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use: "serve", Short: "Serve the public figures",
		Long: `Serve the public figures until Ctrl-C. The page reads beside whoever writes: an
import may run at the same time. Small numbers are withheld.`,
		Example: "  chancery serve --listen 127.0.0.1:8080",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error { return a.serve(c.Context(), i, address) })
		},
	}
	c.Flags().StringVar(&address, "listen", localAddress, "address to listen at")
	return c
}

func (a *app) serve(ctx context.Context, i *installation.Installation, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen at %s: %w (choose another with --listen)", address, errors.Unwrap(err))
	}
	fmt.Fprintf(a.err, "The public figures: http://%s  (Ctrl-C ends)\n", listener.Addr())
	handler := portal.New(i.Public(), portal.Options{
		Label: func(code string) string { return catalogue.Label(language, code) }, Lang: language,
	})
	return portal.Serve(ctx, listener, handler)
}
