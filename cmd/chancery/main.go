// Command chancery is the whole product in one binary: it makes an
// installation, takes claims in, carries them through record, decision and
// payment, serves the public figures and proves what it recorded.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

// language is that of the command line.
const language = "en"

// The exit codes: what a script may rely on.
const (
	exitOK     = 0
	exitFailed = 1 // a check found something, or the work could not be done
	exitUse    = 2 // the command was given wrongly
)

// errFound ends a command whose check found something; what it found is
// printed already.
var errFound = errors.New("the check found something")

// app is what every command shares.
type app struct {
	out, err   io.Writer
	dir        string
	credential string
	second     string
	key        string
	json       bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program without the process around it.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	a := &app{out: out, err: errs}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errFound) {
		a.tell(ctx, err)
	}
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "chancery",
		Short: "Claims after a war, a disaster or a wrong: recorded, decided, paid, and provable",
		Long: `Chancery runs an international claims programme: claims come in, are recorded,
decided and paid; every act is an entry in a docket that anyone can check.

Start with the demo, then make an installation of your own.`,
		Example: `  chancery demo
  chancery init my-data --origin claims.example.org/log
  chancery claim import claims.csv --programme tsa-2007 --with-outcomes --dir my-data
  chancery verify --rebuild --dir my-data`,
		SilenceErrors: true, SilenceUsage: true,
	}
	dir := os.Getenv("CHANCERY_DIR")
	if dir == "" {
		dir = "chancery-data"
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.dir, "dir", dir, "the installation's data directory (or CHANCERY_DIR)")
	flags.BoolVar(&a.json, "json", false, "print JSON, for scripts")
	flags.StringVar(&a.credential, "credential", "", "file with the credential of who acts (default: the first actor's)")
	flags.StringVar(&a.second, "second", "", "file with the credential of the second person, where an act takes two")
	flags.StringVar(&a.key, "key", "", "your own name for this act: a repeat returns the first answer, and nothing is done twice")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage{c, err} })
	root.AddCommand(a.initCommand(), a.demoCommand(), a.serveCommand(), a.actorCommand(), a.programmeCommand(),
		a.claimCommand(), a.instalmentCommand(), a.fundCommand(), a.statsCommand(), a.verifyCommand(),
		a.docketCommand(), a.rulebookCommand(), a.benchCommand(), a.versionCommand())
	return root
}

// usage is a command given wrongly: its help says how it is given.
type usage struct {
	command *cobra.Command
	err     error
}

func (u usage) Error() string {
	return fmt.Sprintf("%v. See: %s --help", u.err, u.command.CommandPath())
}

// args wraps a check of arguments so that a wrong count is wrong use.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if err := check(c, given); err != nil {
			return usage{c, err}
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: args(cobra.NoArgs), RunE: func(c *cobra.Command, _ []string) error {
		return usage{c, errors.New("name what to do")}
	}}
	c.AddCommand(commands...)
	return c
}

// exitCode maps what went wrong to the three codes, in this one place.
func exitCode(err error) int {
	if _, ok := errors.AsType[usage](err); ok || strings.HasPrefix(err.Error(), "unknown command") {
		return exitUse
	}
	code := fault.Code(err)
	if _, broken := errors.AsType[rulebook.Problems](err); broken || strings.HasPrefix(code, "sheet.") || strings.HasPrefix(code, "intake.") {
		return exitFailed // a file was checked and isn't right
	}
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return exitFailed
	}
	switch f.Kind {
	case fault.Invalid, fault.NotFound, fault.NotAllowed:
		return exitUse
	}
	return exitFailed
}

// tell prints an error as a sentence, or as JSON.
func (a *app) tell(ctx context.Context, err error) {
	sentence := a.say(err)
	if ctx.Err() != nil {
		sentence = "Interrupted. What was acknowledged is on file; run the same command again to go on."
	}
	if a.json {
		_ = json.NewEncoder(a.err).Encode(map[string]any{"error": map[string]string{"code": fault.Code(err), "message": sentence}})
		return
	}
	fmt.Fprintln(a.err, "chancery: "+sentence)
}

// say is an error in words.
func (a *app) say(err error) string {
	if problems, ok := errors.AsType[rulebook.Problems](err); ok {
		return sayProblems(problems)
	}
	return catalogue.Sentence(language, err)
}

// print prints v as JSON when asked for, else by plain.
func (a *app) print(v any, plain func(io.Writer)) error {
	if !a.json {
		plain(a.out)
		return nil
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// with opens the installation, does, and closes it.
func (a *app) with(ctx context.Context, o installation.Options, do func(*installation.Installation) error) (err error) {
	i, err := installation.Open(ctx, a.dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	return do(i)
}

// reading opens beside whoever writes.
func (a *app) reading(ctx context.Context, do func(*installation.Installation) error) error {
	return a.with(ctx, installation.Options{ReadOnly: true}, do)
}

// acting opens to write, signs in who acts, and gives what was done its place
// in the tree before it returns.
func (a *app) acting(ctx context.Context, do func(*installation.Installation, office.By) error) error {
	return a.with(ctx, installation.Options{}, func(i *installation.Installation) error {
		// What a crash left unfinished is finished first.
		if _, err := i.Office.Sequence(ctx); err != nil {
			return err
		}
		by, err := a.by(ctx, i)
		if err != nil {
			return err
		}
		done := do(i, by)
		_, err = i.Office.Sequence(context.WithoutCancel(ctx))
		return errors.Join(done, err)
	})
}

// by signs in who acts and the second person.
func (a *app) by(ctx context.Context, i *installation.Installation) (office.By, error) {
	by := office.By{Key: a.key}
	secret, err := i.Credential(a.credential)
	if err != nil {
		return by, err
	}
	if by.Actor, err = i.Office.Authenticate(ctx, secret); err != nil || a.second == "" {
		return by, err
	}
	if secret, err = i.Credential(a.second); err != nil {
		return by, err
	}
	by.Second, err = i.Office.Authenticate(ctx, secret)
	return by, err
}
