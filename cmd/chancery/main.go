// Command chancery is the whole product in one binary: it makes an
// installation, takes claims in, carries them through record, decision and
// payment, serves the public figures and proves what it recorded.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/relay"
	"github.com/openchancery/chancery/rulebook"
)

// language is that of the command line.
const language = "en"

// The exit codes: what a script may rely on.
const (
	exitOK     = 0
	exitFailed = 1 // a check found something, or the work could not be done
	exitUse    = 2 // the command was given wrongly, or what it was given or rests on isn't there or may not be used
)

// errFound ends a command whose check found something; what it found is
// printed already.
var errFound = errors.New("the check found something")

// app is what every command shares.
type app struct {
	in         io.Reader
	out, err   io.Writer
	terminal   relay.Terminals
	args       []string
	dir        string
	credential string
	second     string
	key        string
	json       bool
	ended      <-chan struct{} // closed by Ctrl-C

	// Of a command that another process gave, which owns no installation and
	// asked the one that does.
	held        *installation.Installation // the owner's; nil: this process's own command
	folder      string                     // in which it was given
	environment map[string]string

	acknowledgement string // file for that of an act

	read, acted bool // it opened an installation to read; or so that it might change it
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first Ctrl-C ends the work in good order, the second at once.
	context.AfterFunc(ctx, stop)
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: relay.Terminals{In: isTerminal(os.Stdin), Err: isTerminal(os.Stderr)}}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run is the program without the process around it.
func (a *app) run(ctx context.Context, args []string) int {
	whole := &output{to: a.out}
	a.out, a.err, a.args, a.ended = whole, &barred{to: a.err}, args, ctx.Done()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.input())
	root.SetOut(whole)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if whole.err != nil && (err == nil || errors.Is(err, whole.err)) {
		err = fault.New(fault.Conflict, "machine.output", "why", whole.err)
	}
	if err == nil {
		return exitOK
	}
	if code, ok := errors.AsType[relayed](err); ok {
		return int(code)
	}
	if !errors.Is(err, errFound) {
		a.json = a.json || slices.Contains(args, "--json") // a wrong flag before it hides it
		a.tell(ctx, err)
	}
	return a.exitCode(err)
}

// output remembers that something could not be written: half an answer must
// not pass for a whole one.
type output struct {
	to  io.Writer
	err error
}

// Write writes on, until something goes wrong.
func (o *output) Write(p []byte) (n int, err error) {
	if o.err == nil {
		n, o.err = o.to.Write(p)
	}
	return n, o.err
}

// barred remembers whether a bar stands in the line that is shown last: it comes to
// that line's end when its work is done. Several may write at once.
type barred struct {
	to    io.Writer
	stays atomic.Bool
}

// Write writes on.
func (b *barred) Write(p []byte) (n int, err error) {
	b.stays.Store(bytes.Contains(p, []byte("\r")) && !bytes.HasSuffix(p, []byte("\n")))
	return b.to.Write(p)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "chancery",
		Short: "Claims after a war, a disaster or a wrong: recorded, decided, paid, and provable",
		Long: `Chancery runs an international claims programme: claims come in, are recorded,
decided and paid; every act is an entry in a docket that anyone can check.

Exit codes: 0 well; 1 something was found, or couldn't be done; 2 the command was
given wrongly, or something that it was given or rests on isn't there or may not be
used: a flag, a file, a claim, a key, a password, a right.

Start with the demo, then make an installation of your own.`,
		Example: `  chancery demo
  chancery init my-data --origin claims.example.org/log
  chancery claim import claims.csv --programme tsa-2007 --with-outcomes --dir my-data
  chancery verify --rebuild --dir my-data`,
		Args: cobra.ArbitraryArgs, RunE: chooseOne,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if a.dir == "" {
				return wrongUse(c, "use.dir")
			}
			return nil
		},
		SilenceErrors: true, SilenceUsage: true,
	}
	dir := a.variable(dirVariable)
	if dir == "" {
		dir = "chancery-data"
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.dir, "dir", dir, "the installation's data directory (or CHANCERY_DIR)")
	flags.BoolVar(&a.json, "json", false, "print JSON, for scripts")
	flags.StringVar(&a.credential, "credential", "", "file with the credential of who acts (default: the first actor's)")
	flags.StringVar(&a.second, "second", "", "file with the credential of the second person, where an act takes two")
	flags.StringVar(&a.key, "key", "", "your own name for this act: a repeat returns the first answer, and nothing is done twice")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(helpCommand())
	root.AddCommand(a.initCommand(), a.demoCommand(), a.serveCommand(), a.workCommand(), a.jobCommand(), a.letterCommand(), a.paperCommand(), a.actorCommand(), a.programmeCommand(), a.placesCommand(), a.evidenceCommand(), a.tokenCommand(),
		a.claimCommand(), a.organisationCommand(), a.mandateCommand(), a.bulkCommand(), a.explainCommand(), a.listCommand(), a.resolutionCommand(), a.registryCommand(), a.instalmentCommand(), a.fundCommand(), a.statsCommand(), a.verifyCommand(), a.eraseCommand(),
		a.docketCommand(), a.logCommand(), a.receiptCommand(), a.doctorCommand(), a.witnessCommand(),
		a.backupCommand(), a.checkBackupCommand(), a.restoreCommand(), a.keysCommand(), a.deskCommand(), a.rulebookCommand(),
		a.rollCommand(), a.treatyCommand(), a.databaseCommand(), a.moveCommand(), a.machinesCommand(), a.benchCommand(), a.simulateCommand(), a.versionCommand())
	withExamples(root)
	return root
}

// dirVariable names the data directory where no flag does.
const dirVariable = "CHANCERY_DIR"

// variable is a variable of the environment in which the command was given.
func (a *app) variable(name string) string {
	if a.held != nil {
		return a.environment[name]
	}
	return os.Getenv(name)
}

// exitCode maps what went wrong to the three codes, in this one place.
func (a *app) exitCode(err error) int {
	if _, ok := errors.AsType[usage](err); ok {
		return exitUse
	}
	if _, broken := errors.AsType[rulebook.Problems](err); broken {
		return exitFailed // a rulebook was checked and isn't right
	}
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		if f, ok = a.machineFault(err).(*fault.Fault); !ok {
			return exitFailed
		}
	}
	switch f.Kind {
	case fault.Invalid:
		if strings.HasPrefix(f.Code, "sheet.") || strings.HasPrefix(f.Code, "intake.") || strings.HasPrefix(f.Code, "dossier.") {
			return exitFailed // a file was checked and isn't right
		}
		return exitUse
	case fault.NotFound, fault.NotAllowed:
		return exitUse
	}
	return exitFailed
}

// tell prints an error as a sentence, or as JSON.
func (a *app) tell(ctx context.Context, err error) {
	// What ended by the wish to end says so; what says more itself is kept.
	if code := fault.Code(err); ctx.Err() != nil && (code == "" || code == "interrupted") {
		if err = context.Cause(ctx); fault.Code(err) == "" {
			err = fault.New(fault.Conflict, "interrupted")
			if a.read && !a.acted {
				err = fault.New(fault.Conflict, "interrupted.reading")
			}
		}
	}
	if b, ok := a.err.(*barred); ok && b.stays.Load() {
		fmt.Fprintln(a.err)
	}
	if !a.json {
		fmt.Fprintln(a.err, "chancery: "+steadied(a.say(err)))
		return
	}
	enc := json.NewEncoder(a.err)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(map[string]any{"error": map[string]string{"code": a.code(err), "message": a.say(err)}})
}

// code is the code of an error, for scripts.
func (a *app) code(err error) string {
	if _, ok := errors.AsType[rulebook.Problems](err); ok {
		return "rulebook.problems"
	}
	if m := a.machineFault(err); m != nil {
		return fault.Code(m)
	}
	return fault.Code(err)
}

// say is an error in words.
func (a *app) say(err error) string {
	if problems, ok := errors.AsType[rulebook.Problems](err); ok {
		return sayProblems(problems)
	}
	if m := a.machineFault(err); m != nil {
		err = m
	}
	said := a.asGiven(catalogue.Sentence(language, err))
	if u, ok := errors.AsType[usage](err); ok {
		said += " See: " + u.command.CommandPath() + " --help"
	}
	return said
}

// print prints v as JSON when asked for, else by plain.
func (a *app) print(v any, plain func(io.Writer)) error {
	if !a.json {
		plain(steady{a.out})
		return nil
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// with opens the installation, does, and closes it.
func (a *app) with(ctx context.Context, o installation.Options, do func(*installation.Installation) error) (err error) {
	o.Ask = a.asking().Ask
	a.read, a.acted = a.read || o.ReadOnly, a.acted || !o.ReadOnly
	i, err := installation.Open(ctx, a.dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	return do(i)
}

// reading opens beside whoever writes.
func (a *app) reading(ctx context.Context, do func(*installation.Installation) error) error {
	if a.held != nil {
		return do(a.held)
	}
	return a.with(ctx, installation.Options{ReadOnly: true}, do)
}

// askingAs opens beside whoever writes, and signs in who asks.
func (a *app) askingAs(ctx context.Context, do func(*installation.Installation, office.By) error) error {
	return a.reading(ctx, func(i *installation.Installation) error {
		by, err := a.by(ctx, i)
		if err != nil {
			return err
		}
		return do(i, by)
	})
}

// owning works on the installation as the one process that may change it, or
// has the one that owns it carry the command out.
func (a *app) owning(ctx context.Context, do func(*installation.Installation) error) error {
	a.acted = true
	if a.held != nil {
		return do(a.held)
	}
	return a.unlessServed(ctx, func() error { return a.with(ctx, installation.Options{}, do) })
}

// acting signs in who acts on the installation, and gives what was done its
// place in the tree before it returns; where serve owns it, serve does that
// within a second.
func (a *app) acting(ctx context.Context, do func(*installation.Installation, office.By) error) error {
	return a.owning(ctx, func(i *installation.Installation) error {
		if err := a.acknowledging(i); err != nil {
			return err
		}
		if a.held != nil {
			if err := i.Sound(); err != nil {
				return err
			}
		} else if _, err := i.Office.Sequence(ctx); err != nil { // what a crash left unfinished is finished first
			return err
		}
		by, err := a.by(ctx, i)
		if err != nil {
			return err
		}
		done := do(i, by)
		if a.held != nil {
			return done
		}
		return errors.Join(done, a.publish(context.WithoutCancel(ctx), i))
	})
}

// publish brings the published log up to what was entered. What was entered is
// durable and acknowledged: a bucket out of reach, or a full disk beside, is
// told and fails nothing. A log that can't be gone on with is an error.
func (a *app) publish(ctx context.Context, i *installation.Installation) error {
	_, err := i.Office.Publish(ctx)
	if err == nil {
		return a.sayUnwitnessed(i)
	}
	if fault.Is(err, fault.Unsound) {
		return err
	}
	_, sequenceErr := i.Office.Sequence(ctx)
	fmt.Fprintf(a.err, "chancery: entered, and not published yet: %s Mend it, then: chancery log publish\n", steadied(a.say(err)))
	return sequenceErr
}

// finish gives what a crash left unfinished its place in the tree: who only
// reads can't, and would find the database ahead of the tree for ever. It is
// for when that was found, because it takes the installation for a moment.
// Where another process is at work that one does it; where nothing may be
// written things stay as they are, which is answered.
func (a *app) finish(ctx context.Context) (asItIs bool, err error) {
	err = a.with(ctx, installation.Options{}, func(i *installation.Installation) error {
		_, err := i.Office.Sequence(ctx)
		return err
	})
	switch a.code(err) {
	case "installation.locked", "installation.served":
		return false, nil
	case "machine.read-only", "machine.denied", "machine.disk-full":
		return true, nil
	}
	return false, err
}

// by signs in who acts and the second person.
func (a *app) by(ctx context.Context, i *installation.Installation) (by office.By, err error) {
	by.Key = a.key
	if by.Actor, err = a.signIn(ctx, i, a.credential); err != nil || a.second == "" {
		return by, err
	}
	by.Second, err = a.signIn(ctx, i, a.second)
	return by, err
}

// signIn is the actor whose credential is in a file; the first actor's where
// none is given.
func (a *app) signIn(ctx context.Context, i *installation.Installation, given string) (actor office.Known, err error) {
	path, err := a.file(given)
	if err != nil {
		return actor, err
	}
	secret, err := i.Credential(path)
	if err != nil {
		return actor, err
	}
	return i.Office.Authenticate(ctx, secret)
}
