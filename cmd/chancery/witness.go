package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/listen"
	"github.com/openchancery/chancery/witness"
)

// witnessAddress is where a witness listens unless told otherwise: beside a
// portal on the same machine.
const witnessAddress = "127.0.0.1:8081"

func (a *app) witnessCommand() *cobra.Command {
	c := group("witness", "Keep a log honest from outside", "witness run my-witness",
		a.witnessInit(), a.witnessAddLog(), a.witnessRun(), a.witnessKey())
	c.Long = `A witness remembers the newest checkpoint of each log that it knows, and cosigns
another only when the log proves that nothing before it was changed or taken
out. It is worth something when somebody else runs it than who runs the log, on
another machine. It needs no installation, and speaks C2SP tlog-witness: any log
that does may use it.`
	return c
}

func (a *app) witnessInit() *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "init DIR", Short: "Make a witness",
		Long: `Make a witness in the folder DIR, with a key of its own. The name stands beside
each of its signatures, for ever: a host name that is yours, and perhaps a path.

The folder is the witness's memory. If it is lost, or an older copy put back,
make a new witness with a new key: one that forgot what it cosigned would cosign
another history.`,
		Example: "  chancery witness init my-witness --name witness.example/w1",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			key, err := witness.Create(given[0], name)
			if err != nil {
				return err
			}
			return a.print(map[string]string{"dir": given[0], "name": name, "key": key}, func(w io.Writer) {
				fmt.Fprintf(w, "A witness is ready. Its key, for those who run a log:\n\n  %s\n\nNext: chancery witness add-log %s LOG-KEY\n", key, typed(given[0]))
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "the witness's name, for ever: a host name that is yours")
	return requires(c, "name")
}

func (a *app) witnessAddLog() *cobra.Command {
	return &cobra.Command{
		Use: "add-log DIR LOG-KEY", Short: "Let a witness cosign for a log",
		Long: `Let the witness in DIR cosign for a log. LOG-KEY is the log's verifier key,
NAME+HASH+KEY, as its operator gives it. A witness that runs takes it up at once;
to leave a log out again, take its line out of DIR/logs.`,
		Example: "  chancery witness add-log my-witness claims.example.org/log+12345678+AXdlbGNvbWU=",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, given []string) error {
			origin, err := witness.AddLog(given[0], given[1])
			if err != nil {
				return err
			}
			return a.print(map[string]string{"origin": origin}, func(w io.Writer) {
				fmt.Fprintf(w, "The witness cosigns for %s.\n", origin)
			})
		},
	}
}

func (a *app) witnessRun() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use: "run DIR", Short: "Run a witness",
		Long: `Run the witness in DIR until Ctrl-C. It answers POST /add-checkpoint, and shows
the last checkpoint that it cosigned of a log at /HASH/checkpoint, HASH being the
SHA-256 of the log's origin in hexadecimal. Put a web server with TLS before it.

What a log signed and could not show to follow from what it had shown before is
printed: keep it, it may be evidence.`,
		Example: "  chancery witness run my-witness --listen 127.0.0.1:8081",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.runWitness(c.Context(), given[0], address)
		},
	}
	c.Flags().StringVar(&address, "listen", witnessAddress, "address to listen at")
	return c
}

func (a *app) runWitness(ctx context.Context, dir, address string) (err error) {
	s, err := witness.Open(dir, witness.Options{Lang: language, Inconsistent: func(checkpoint []byte) {
		said := string(checkpoint)
		if steadied(said) != said { // it is evidence: no sign of it may be lost
			said = strconv.QuoteToASCII(said)
		}
		fmt.Fprintf(a.err, "Not proved to follow from what this log had shown before; read the log itself to see whether it does:\n%s\n", said)
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return addressFault(address, err)
	}
	fmt.Fprintf(a.err, "Witness %s: http://%s  (Ctrl-C ends)\n", s.Name(), listener.Addr())
	return listen.Serve(ctx, listener, s.Handler())
}

func (a *app) witnessKey() *cobra.Command {
	return &cobra.Command{
		Use: "key DIR", Short: "Print a witness's key",
		Long: `Print the key of the witness in DIR, NAME+HASH+KEY: what others check its
cosignatures with.`,
		Example: "  chancery witness key my-witness",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			key, err := witness.Key(given[0])
			if err != nil {
				return err
			}
			return a.print(map[string]string{"key": key}, func(w io.Writer) { fmt.Fprintln(w, key) })
		},
	}
}
