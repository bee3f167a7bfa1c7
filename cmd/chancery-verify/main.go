// Command chancery-verify checks what a claims commission published, as a
// stranger would: a claimant's receipt, the whole log, an audit export with
// every published figure, an acknowledgement. It knows the page
// docs/log-format.md and nothing of the program that wrote what it reads.
//
// It exits with 0 when all is as it must be, with 1 when something is not, and
// with 2 when it was used wrongly or can't tell.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// The exit codes.
const (
	good   = 0
	bad    = 1
	misled = 2
)

const usage = `chancery-verify checks what a claims commission published.

  chancery-verify receipt FILE --key KEY          a claimant's receipt, without network
  chancery-verify log URL|DIR --key KEY           the whole published log
  chancery-verify audit EXPORT --key KEY          an audit export, and every published figure
  chancery-verify acknowledgement FILE --key KEY  the log's word that it took an act in
  chancery-verify page -o FILE [--key KEY]        write the page that checks a receipt on a phone

KEY is the log's verifier key (NAME+8 digits+BASE64) or a file that holds it. Get
it from a source you trust, and not together with what you check.
chancery-verify COMMAND -h tells more. --json prints the answer for programs.
Exit codes: 0 all is as it must be, 1 something is not, 2 wrong use or can't tell.
`

// call is one call of a command.
type call struct {
	out, errOut io.Writer
	flags       *flag.FlagSet
	json        bool
	keys        list
	witnesses   list
}

// list is a flag that may be given several times.
type list []string

// String is the flag's value, as flag wants it.
func (l *list) String() string { return strings.Join(*l, " ") }

// Set adds one.
func (l *list) Set(text string) error {
	*l = append(*l, text)
	return nil
}

var commands = map[string]struct {
	use, example string
	run          func(context.Context, *call, []string) (int, error)
}{
	"receipt":         {"receipt FILE --key KEY", "chancery-verify receipt receipt.json --key log.pub", runReceipt},
	"log":             {"log URL|DIR --key KEY", "chancery-verify log https://claims.example.org/log/ --key log.pub --since last-week.txt --save today.txt", runLog},
	"audit":           {"audit EXPORT --key KEY", "chancery-verify audit audit.ndjson --key log.pub --figures figures.json --log https://claims.example.org/log/", runAudit},
	"acknowledgement": {"acknowledgement FILE --key KEY", "chancery-verify acknowledgement ack.txt --key log.pub --log https://claims.example.org/log/ --at 2026-02-02T00:00:00.000Z", runAcknowledgement},
	"page":            {"page -o FILE", "chancery-verify page -o check.html --key log.pub", runPage},
}

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errOut, usage)
		return misled
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		fmt.Fprint(out, usage)
		return good
	}
	command, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(errOut, "There is no command %.60q.\n\n%s", args[0], usage)
		return misled
	}
	c := &call{flags: flag.NewFlagSet(args[0], flag.ContinueOnError)}
	c.out, c.errOut = steady{out, &c.json}, steady{errOut, new(bool)}
	c.flags.SetOutput(io.Discard) // what it would say is said in end
	c.flags.BoolVar(&c.json, "json", false, "print the answer for programs")
	code, err := command.run(ctx, c, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		c.flags.SetOutput(out)
		fmt.Fprintf(out, "chancery-verify %s\n\n", command.use)
		c.flags.PrintDefaults()
		fmt.Fprintf(out, "\nExample:\n  %s\n", command.example)
		return good
	}
	c.json = c.json || slices.Contains(args, "--json") // a wrong flag before it hides it
	return c.end(code, err)
}

// end says what went wrong, if anything did, and gives the exit code.
func (c *call) end(code int, err error) int {
	if err == nil {
		return code
	}
	if p, ok := errors.AsType[*problem](err); ok {
		list := []*problem{p}
		return c.answer(map[string]any{"good": false, "problems": list}, "", list, 0)
	}
	if c.json {
		_ = json.NewEncoder(c.errOut).Encode(map[string]any{"error": map[string]string{"message": err.Error()}})
		return misled
	}
	fmt.Fprintln(c.errOut, err)
	if _, ok := errors.AsType[misuse](err); ok {
		fmt.Fprintf(c.errOut, "chancery-verify %s -h shows how it is used.\n", c.flags.Name())
	}
	return misled
}

// parse reads flags and arguments in any order; so many arguments are wanted.
func (c *call) parse(args []string, want ...string) ([]string, error) {
	var plain []string
	for {
		if err := c.flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, misuse{err.Error()}
		}
		if args = c.flags.Args(); len(args) == 0 {
			break
		}
		plain, args = append(plain, args[0]), args[1:]
	}
	if len(plain) != len(want) {
		return nil, useWrong("%d arguments are given, and wanted are: %s", len(plain), strings.Join(want, " "))
	}
	return plain, nil
}

func (c *call) keyFlags() {
	c.flags.Var(&c.keys, "key", "the log's verifier `KEY`, or a file that holds it; once for each epoch whose key you know")
	c.flags.Var(&c.witnesses, "witness", "verifier `VKEY` of a witness that must have countersigned; may be repeated")
}

func (c *call) trusted() (trust, []key, error) {
	if len(c.keys) == 0 {
		return nil, nil, useWrong("--key is missing: without the log's key nothing can be checked")
	}
	keys, err := givenKeys("--key", c.keys, typeLog)
	if err != nil {
		return nil, nil, err
	}
	witnesses, err := givenKeys("--witness", c.witnesses, typeWitness)
	if err != nil {
		return nil, nil, err
	}
	known, err := trusting(keys)
	return known, witnesses, err
}

// print writes the answer, in words or for programs.
func (c *call) print(answer any, words string) {
	if !c.json {
		fmt.Fprint(c.out, words)
		return
	}
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	_ = e.Encode(answer) // to a pipe that is closed there is nothing to say
}

func (c *call) complain(list []*problem, more int) {
	for _, p := range list {
		verdict := "NOT AS IT MUST BE"
		if p.Unread {
			verdict = "CAN'T TELL"
		}
		fmt.Fprintf(c.errOut, "%s: %s\n", verdict, p.Error())
	}
	if more > 0 {
		fmt.Fprintf(c.errOut, "… and %d more.\n", more)
	}
}

// answer prints a report with its problems.
func (c *call) answer(report any, words string, list []*problem, more int) int {
	c.print(report, words)
	if !c.json {
		c.complain(list, more)
	}
	switch {
	case len(list) == 0:
		return good
	case unread(list):
		return misled
	}
	return bad
}

func runReceipt(ctx context.Context, c *call, args []string) (int, error) {
	var from, manifest string
	var files list
	c.keyFlags()
	c.flags.StringVar(&manifest, "manifest", "", "the `FILE` that lists the claim's evidence: for --file")
	c.flags.Var(&files, "file", "a `FILE` that was sent as evidence: see that the receipt commits to it; may be repeated")
	c.flags.StringVar(&from, "checkpoint-from", "", "`URL|DIR` of the log: also see that it goes on from the receipt's checkpoint")
	given, err := c.parse(args, "FILE")
	if err != nil {
		return 0, err
	}
	known, witnesses, err := c.trusted()
	if err != nil {
		return 0, err
	}
	raw, err := readFile(given[0], mostReceipt)
	if err != nil {
		return 0, useWrong("%.200q can't be read: %v", given[0], err)
	}
	r, p := checkReceipt(given[0], raw, known, witnesses)
	if p != nil {
		return 0, p
	}
	words := r.say()
	answer := map[string]any{"good": true, "receipt": r}
	if (manifest == "") != (len(files) == 0) {
		return 0, useWrong("--manifest and --file go together")
	}
	if manifest != "" {
		proven, err := withFiles(manifest, files, r)
		if err != nil {
			return 0, err
		}
		answer["files"] = proven
		for _, f := range proven {
			words += fmt.Sprintf("\nThe file %s was entered with step %d, on %s: nothing of it was changed since.\n", f.File, f.Version, f.Instant)
		}
	}
	if from != "" {
		log, err := newSource(from)
		if err != nil {
			return 0, err
		}
		newest, p := continues(ctx, log, r.Checkpoint)
		if p != nil {
			return 0, p
		}
		answer["newest"] = newest
		words += fmt.Sprintf("\nThe log at %s goes on from this checkpoint: it has %d entries now.\n", from, newest.Size)
		if lost := lostSince(ctx, log, r.Checkpoint); lost != "" {
			answer["lost"], words = lost, words+lost
		}
	}
	c.print(answer, words)
	return good, nil
}

// say tells what a good receipt proves.
func (r *receipt) say() string {
	var b strings.Builder
	name := plainly(r.Reference)
	if r.Number != "" {
		name += ", number " + plainly(r.Number)
	}
	fmt.Fprintf(&b, "GOOD: this is what was recorded of the claim %s.\n\n", name)
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%d. %s\n   %s", s.version, s.Words, s.who())
	}
	fmt.Fprintf(&b, "\nThe log %s has signed this, in a tree of %d entries.\n", plainly(r.Checkpoint.Origin), r.Checkpoint.Size)
	for _, w := range r.Witnessed {
		fmt.Fprintf(&b, "The witness %s had seen the same tree at %s.\n", plainly(w.Witness), w.At.Format(time.RFC3339))
	}
	b.WriteString("What was recorded later, if anything, is not in this receipt.\n")
	return b.String()
}

// who is by whom and when a step was entered, and where it stands.
func (s step) who() string {
	by := "Entered " + plainly(s.Instant) + " by " + plainly(s.Actor) + ", acting as " + plainly(s.Capacity)
	if s.Second != "" {
		by += ", with the consent of a second person acting as " + plainly(s.Second)
	}
	at := fmt.Sprintf("leaf %d", s.Leaf)
	if s.Row != nil {
		at += fmt.Sprintf(", row %d", *s.Row)
	}
	by += " (" + at + ").\n"
	for _, name := range s.Opened {
		by += "   It opens the sealed part " + plainly(name) + ", which is what was sealed then.\n"
	}
	return by
}

func runLog(ctx context.Context, c *call, args []string) (int, error) {
	var since list
	var save, mirror string
	c.keyFlags()
	c.flags.Var(&since, "since", "`FILE` with a checkpoint of this log that you kept: the log must be its continuation; may be repeated")
	c.flags.StringVar(&mirror, "mirror", "", "`URL|DIR` of another copy of the log: shows at which leaf the two part")
	c.flags.StringVar(&save, "save", "", "`FILE` to write the newest checkpoint to, once all is good: keep it for --since")
	given, err := c.parse(args, "URL|DIR")
	if err != nil {
		return 0, err
	}
	l, err := c.logCheck(given[0])
	if err != nil {
		return 0, err
	}
	for _, file := range since {
		raw, err := readFile(file, mostNote)
		if err != nil {
			return 0, useWrong("--since %.200q can't be read: %v", file, err)
		}
		first, _, _ := strings.Cut(string(raw), "\n")
		if origin, _ := epochOf(first); !l.known.of(origin) {
			return 0, noKey(file, first, l.known)
		}
		l.since = append(l.since, saved{file, string(raw)})
	}
	if mirror != "" {
		if l.mirror, err = newSource(mirror); err != nil {
			return 0, err
		}
	}
	report := l.run(ctx)
	if report.Good && save != "" {
		if err := os.WriteFile(save, []byte(report.newest.note), 0o644); err != nil {
			return 0, useWrong("--save %.200q can't be written: %v", save, fileTrouble(err))
		}
	}
	return c.answer(report, report.say(), report.Problems, report.More), nil
}

// of says whether a key of some epoch of the log is known.
func (t trust) of(origin string) bool {
	for name := range t {
		if is, _ := epochOf(name); is == origin {
			return true
		}
	}
	return false
}

func (c *call) logCheck(at string) (*logCheck, error) {
	known, witnesses, err := c.trusted()
	if err != nil {
		return nil, err
	}
	from, err := newSource(at)
	if err != nil {
		return nil, err
	}
	return &logCheck{from: from, known: known, witnesses: witnesses, errOut: c.errOut}, nil
}

func (r *logReport) say() string {
	var b strings.Builder
	for _, e := range r.Epochs {
		fmt.Fprintf(&b, "%s: %d entries, root %s\n", plainly(e.Origin), e.Size, e.Root)
		if e.Reason != "" {
			fmt.Fprintf(&b, "   opened for the reason %s; %d entries of the epoch before are kept, %d were lost\n", e.Reason, e.Kept, e.Lost)
		}
		if !e.Signed {
			b.WriteString("   you gave no key for this epoch: only the statement that closed it vouches for it\n")
		}
	}
	for _, w := range r.Witnessed {
		fmt.Fprintf(&b, "The witness %s countersigned at %s.\n", plainly(w.Witness), w.At.Format(time.RFC3339))
	}
	for _, s := range r.Since {
		fmt.Fprintf(&b, "The log is a continuation of %s.\n", s)
	}
	if r.Good {
		b.WriteString("GOOD: every record and every tile is as the log's key has signed it.\n")
	}
	return b.String()
}

func runAudit(ctx context.Context, c *call, args []string) (int, error) {
	var given list
	var log string
	c.keyFlags()
	c.flags.Var(&given, "figures", "`FILE|URL` with published figures (figures.json) to recompute beside those of the export; may be repeated")
	c.flags.StringVar(&log, "log", "", "`URL|DIR` of the published log: shows which entry differs from it")
	plain, err := c.parse(args, "EXPORT")
	if err != nil {
		return 0, err
	}
	a := &audit{file: plain[0], books: newBooks(), tell: progress(c.errOut, "auditing")}
	if a.known, a.witnesses, err = c.trusted(); err != nil {
		return 0, err
	}
	if log != "" {
		if a.log, err = newSource(log); err != nil {
			return 0, err
		}
	}
	for _, at := range given {
		f, err := readFiguresAt(ctx, at)
		if err != nil {
			return 0, err
		}
		a.figures = append(a.figures, f)
	}
	file, err := openFile(plain[0])
	if err != nil {
		return 0, useWrong("%.200q can't be read: %v", plain[0], err)
	}
	defer file.Close()
	report := a.run(ctx, file)
	return c.answer(report, report.say(), report.Problems, report.More), nil
}

func (r *auditReport) say() string {
	text := fmt.Sprintf("%d entries and %d rows in %d streams, %d claims; %d figures recomputed, %d withheld.\n", r.Entries, r.Rows, r.Streams, r.Claims, r.Shown, r.Withheld)
	for _, w := range r.Witnessed {
		text += fmt.Sprintf("The witness %s countersigned at %s.\n", plainly(w.Witness), w.At.Format(time.RFC3339))
	}
	if r.Good {
		text += fmt.Sprintf("GOOD: this is the whole content of the log %s at %d entries, and every published figure follows from it.\n", plainly(r.Checkpoint.Origin), r.Checkpoint.Size)
	}
	return text
}

func runAcknowledgement(ctx context.Context, c *call, args []string) (int, error) {
	var log, at string
	c.keyFlags()
	c.flags.StringVar(&log, "log", "", "`URL|DIR` of the published log: see whether the act is in it")
	c.flags.StringVar(&at, "at", "", "`INSTANT` to judge by, such as 2026-02-02T00:00:00.000Z, if no witness countersigned")
	given, err := c.parse(args, "FILE")
	if err != nil {
		return 0, err
	}
	known, witnesses, err := c.trusted()
	if err != nil {
		return 0, err
	}
	var when time.Time
	if at != "" {
		var ok bool
		if when, ok = parseInstant(at); !ok {
			return 0, useWrong("--at %.60q is no instant such as 2026-02-02T00:00:00.000Z", at)
		}
	}
	raw, err := readFile(given[0], mostNote)
	if err != nil {
		return 0, useWrong("%.200q can't be read: %v", given[0], err)
	}
	l := &logCheck{known: known, witnesses: witnesses, errOut: c.errOut}
	if log != "" {
		if l.from, err = newSource(log); err != nil {
			return 0, err
		}
		// The key of the epoch in which it was given may be one that the log
		// leads to. What is wrong with the log, the walk over it says.
		_ = (&logCheck{known: known, from: l.from}).findEpochs(ctx)
	}
	a, p := readAcknowledgement(given[0], string(raw), known)
	if p != nil {
		return 0, p
	}
	k := &kept{Good: true, Acknowledgement: a}
	if log != "" {
		k = a.keptIn(ctx, given[0], l, when)
	}
	code := c.answer(k, k.say(), k.Problems, 0)
	if k.unknown {
		return 0, useWrong("give the time with --at, or a witness that countersigned with --witness")
	}
	return code, nil
}
