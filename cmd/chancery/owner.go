package main

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/relay"
	"github.com/openchancery/chancery/web"
)

// When serve is stopped, commands under way have so long to end by themselves,
// and so long again to end in good order.
const (
	finishWithin = 2 * time.Second
	endWithin    = 20 * time.Second
)

// lastPublishing bounds the publishing of what came in last.
const lastPublishing = 20 * time.Second

// serve owns the installation until ctx ends: it serves the pages, carries out
// the commands that others give, and publishes what was entered.
func (a *app) serve(ctx context.Context, i *installation.Installation, how serving) error {
	if err := how.open(i); err != nil {
		return err
	}
	if err := compile(ctx, i.Office); err != nil {
		fmt.Fprintln(a.err, "chancery: "+steadied(a.say(err))) // what needs it will say so; the rest is served
	}
	listener, err := net.Listen("tcp", how.address)
	if err != nil {
		return addressFault(how.address, err)
	}
	var orders *relay.Listener
	if !i.Shared() { // else commands act by themselves, beside this process
		if orders, err = relay.Listen(i.Data); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	url := how.outside(listener.Addr())
	pages, err := public(i, &how, url)
	if err != nil {
		if orders != nil {
			err = errors.Join(err, orders.Close())
		}
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintf(a.err, "The public figures: %s://%s  (the log: /log/, for claimants: %s; Ctrl-C ends)\n", how.scheme(), listener.Addr(), web.Root)
	if orders != nil {
		fmt.Fprintln(a.err, "Commands that act go through this process until it ends.")
	}
	if err := a.sayFirst(ctx, i, url); err != nil {
		fmt.Fprintln(a.err, "chancery: "+steadied(a.say(err))) // the pages are served all the same
	}
	tending, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	var tended sync.WaitGroup
	tended.Go(func() { i.Tend(tending, installation.Tending{Say: a.sayChore}) })
	both, within := errgroup.WithContext(ctx)
	both.Go(func() error { return how.pages(within, listener, pages, url) })
	if orders != nil {
		both.Go(func() error { return a.carrying(i).Serve(within, orders) })
	}
	err = both.Wait()
	rest()
	tended.Wait()
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastPublishing)
	defer cancel()
	return errors.Join(err, a.publish(soon, i))
}

// compile compiles the editions that are open, before anybody asks: it takes
// tenths of a second, which the first claimants would wait, each for their own.
func compile(ctx context.Context, o *office.Office) error {
	open, err := o.OpenProgrammes(ctx)
	for _, p := range open {
		_, failed := o.OpenEdition(ctx, p.ID)
		err = errors.Join(err, failed)
	}
	return err
}

// carrying carries out what others ask of the owner of i.
func (a *app) carrying(i *installation.Installation) *relay.Server {
	return &relay.Server{
		Build: build(), Finish: finishWithin, End: endWithin,
		Say: func(err error) { fmt.Fprintln(a.err, "chancery: "+steadied(a.say(err))) },
		Do: func(ctx context.Context, e relay.Errand) int {
			asked := &app{
				in: e.In, out: e.Out, err: e.Err, terminal: e.Terminals,
				folder: e.Folder, environment: e.Environment, held: i,
			}
			return asked.run(ctx, e.Args)
		},
	}
}

// sayChore says what fails behind the commands, and that it is well again.
func (a *app) sayChore(chore string, err error) {
	name := catalogue.Label(language, "label.chore."+chore)
	if err == nil {
		fmt.Fprintf(a.err, "chancery: %s: well again\n", name)
		return
	}
	again := " It is tried again until it can be done."
	if fault.Code(err) == "installation.differs" { // nothing failed: it wants a person
		again = ""
	}
	fmt.Fprintf(a.err, "chancery: %s: %s%s\n", name, steadied(a.say(err)), again)
}

// whileStarting is how long a command waits for a serve that is starting or
// ending.
const whileStarting = 5 * time.Second

// unlessServed does what takes the installation for itself. Where chancery serve
// has it, serve carries the whole command out instead, and what it came to is
// passed on.
func (a *app) unlessServed(ctx context.Context, do func() error) error {
	for patience := time.Now().Add(whileStarting); ; {
		err := do()
		if a.held != nil || fault.Code(err) != "installation.served" {
			return err
		}
		if relayed := a.relay(ctx); fault.Code(relayed) != "relay.unreachable" || time.Now().After(patience) {
			return relayed
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// relay has the owner carry this command out.
func (a *app) relay(ctx context.Context) (err error) {
	c, err := relay.Dial(a.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	order := relay.Order{Build: build(), Args: a.args, Terminals: a.terminal, Environment: map[string]string{}}
	if order.Folder, err = os.Getwd(); err != nil {
		return err
	}
	for _, name := range []string{dirVariable} {
		if value, ok := os.LookupEnv(name); ok {
			order.Environment[name] = value
		}
	}
	code, err := c.Ask(ctx, order, a.input().again(), a.out, a.err)
	if err == nil && code != exitOK {
		err = relayed(code)
	}
	return err
}

// relayed is the exit code of a command that the owner carried out, and about
// which it has said everything.
type relayed int

func (r relayed) Error() string { return fmt.Sprintf("ended with %d", int(r)) }

// path is where a path leads to that somebody gave: from the folder in which
// they gave the command. For what is opened ask file.
func (a *app) path(given string) string {
	if a.folder == "" || given == "" || filepath.IsAbs(given) {
		return given
	}
	return filepath.Join(a.folder, given)
}

// file is where the path of a file leads to that somebody gave. Where another
// process gave the command, a name that means each process's own (/dev/stdin, a
// shell's <(…)) would be another file here, and what is no ordinary file might
// be waited for without end: both are refused.
func (a *app) file(given string) (string, error) {
	path := a.path(given)
	if a.held == nil || given == "" {
		return path, nil
	}
	if ofOneProcess(path) {
		return "", fault.New(fault.Invalid, "use.file-of-process", "file", given)
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() && path != os.DevNull {
		return "", fault.New(fault.Invalid, "use.file-of-process", "file", given)
	}
	return path, nil // one that isn't there is for who opens it
}

// ofOneProcess reports whether a path leads to what is each process's own,
// be it by links.
func ofOneProcess(path string) bool {
	for range 40 { // as many links as Linux follows
		path = filepath.Clean(path)
		for _, own := range []string{"/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd", "/proc/self", "/proc/thread-self"} {
			if path == own || strings.HasPrefix(path, own+"/") {
				return true
			}
		}
		to, err := os.Readlink(path)
		if err != nil {
			return false
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return false
}

// asGiven is a text with the paths in it as who gave the command would give
// them.
func (a *app) asGiven(text string) string {
	if a.folder == "" || a.folder == "/" {
		return text
	}
	return strings.ReplaceAll(text, a.folder+"/", "")
}

// build is which program this is: its version, and what the linker called it.
var build = sync.OnceValue(func() string {
	version, revision := versions()
	return strings.Join([]string{version, revision, linked()}, " ")
})

// linked is the name that the linker gave to this program, which no other build
// has; "" where it can't be read.
func linked() string {
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		return ""
	}
	defer f.Close()
	note := f.Section(".note.go.buildid")
	if note == nil {
		return ""
	}
	id, err := note.Data()
	if err != nil || len(id) < 16 {
		return ""
	}
	return strings.TrimRight(string(id[16:]), "\x00") // behind the note's head
}
