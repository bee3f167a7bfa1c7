package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/relay"
	"github.com/openchancery/chancery/vault"
)

// Ctrl-C after an act is done takes nothing of its answer: the claimant's code
// is shown once.
func TestTheAnswerToAnActOutlivesCtrlC(t *testing.T) {
	folder := t.TempDir()
	key, dir := filepath.Join(folder, "desk.key"), filepath.Join(folder, "register")
	for _, command := range [][]string{
		{"desk", "new", "-o", key}, {"init", dir, "--origin", "test.example/log", "--desk", key + ".pub"}, {"programme", "open", "demo", "--dir", dir},
	} {
		var errs bytes.Buffer
		if code := (&app{out: io.Discard, err: &errs}).run(t.Context(), command); code != exitOK {
			t.Fatalf("%v: %s", command, &errs)
		}
	}
	ctx, interrupt := context.WithCancel(t.Context())
	var out bytes.Buffer
	a := &app{out: &out, err: io.Discard, dir: dir}
	var code string
	err := a.acting(ctx, func(i *installation.Installation, by office.By) error {
		filed, err := i.Office.FileClaims(ctx, by, "demo", []office.Filing{{
			Category: "a-departure", Claimant: "individual", Code: true,
			Answers: map[string]string{"claimant_name": "A. Visser", "contact": "Quay Lane 1", "place": "marina"},
		}})
		if err != nil {
			return err
		}
		code = string(filed[0].Code)
		interrupt()
		return a.answerFiled(ctx, i, filed[0])
	})
	if err != nil || code == "" || !strings.Contains(out.String(), code) {
		t.Errorf("%v; the code is %q, and the answer: %s", err, code, &out)
	}
}

// What ended by Ctrl-C says so, and to look first; but what is known better than
// that is said.
func TestWhatIsSaidAfterCtrlC(t *testing.T) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	interrupt(nil)
	served, stop := context.WithCancelCause(t.Context())
	stop(fault.New(fault.Conflict, "relay.ended"))
	for _, test := range []struct {
		ctx  context.Context
		err  error
		says string
	}{
		{ctx, fmt.Errorf("file: %w", context.Canceled), "Interrupted. What was acknowledged is on file. Run the same command again to go on: an import, and an act with --key, do nothing twice. Without --key look first"},
		{ctx, errors.New("interrupted (9)"), "Interrupted."},
		{served, context.Canceled, "chancery serve was stopped, and ended this command with it. What was acknowledged is on file. Run the same command again to go on: an import, and an act with --key, do nothing twice. Without --key look first"},
		{ctx, fault.New(fault.Conflict, "relay.lost"), "nobody knows whether the last act was done"},
		{ctx, fmt.Errorf("%w: %w", fault.New(fault.Conflict, "office.outcome-unknown"), context.Canceled), "chancery: "},
	} {
		var errs bytes.Buffer
		(&app{err: &errs}).tell(test.ctx, test.err)
		if code := fault.Code(test.err); !strings.Contains(errs.String(), test.says) || code != "" && strings.Contains(errs.String(), "Interrupted") {
			t.Errorf("%v: %s", test.err, &errs)
		}
	}
}

// Who only read has nothing to look for; who read and then acted has.
func TestWhatIsSaidAfterCtrlCToWhoOnlyRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "register")
	if code := (&app{out: io.Discard, err: io.Discard}).run(t.Context(), []string{"init", dir, "--origin", "test.example/log"}); code != exitOK {
		t.Fatal("no installation")
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var errs bytes.Buffer
	a := &app{err: &errs, dir: dir}
	ok(t, a.reading(t.Context(), func(*installation.Installation) error { return nil }))
	a.tell(ctx, context.Canceled)
	if said := errs.String(); said != "chancery: Interrupted. The command only read, and changed nothing. Give it again.\n" {
		t.Errorf("who read is told: %s", said)
	}
	errs.Reset()
	ok(t, a.owning(t.Context(), func(*installation.Installation) error { return nil }))
	a.tell(ctx, context.Canceled)
	if said := errs.String(); !strings.Contains(said, "look first whether the last act was done") {
		t.Errorf("who acted is told: %s", said)
	}
}

// A life that is broken off leaves nothing to go on with: who ends it is told its seed,
// which nobody chose, and no longer to look what was acknowledged.
func TestWhatIsSaidAfterCtrlCToWhoPlayedALife(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var errs bytes.Buffer
	code := (&app{out: io.Discard, err: &errs}).run(ctx, []string{"simulate", "--years", "3", "--in", t.TempDir()})
	said := errs.String()
	if code != exitFailed || !strings.Contains(said, "What was played is removed. The same life again") || strings.Contains(said, "acknowledged") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if !regexp.MustCompile(`--seed [0-9]+ --years 3\n$`).MatchString(said) {
		t.Errorf("no seed: %s", said)
	}
}

// On a terminal a bar stands where the work was broken off: what is said of that
// begins a line of its own.
func TestWhatIsSaidAfterABarBeginsALine(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("Claim Number,Date Received,Incident Date,Airport Code,Airport Name,Airline Name,Claim Type,Claim Site,Item,Claim Amount,Status,Close Amount,Disposition\n")
	for n := range 20_000 {
		fmt.Fprintf(&rows, "%d,2007-01-02,2007-01-01,BOS,Boston,Jet Blue,Passenger Property Loss,Checkpoint,Watches,12,Denied,0,Deny\n", n)
	}
	file := filepath.Join(t.TempDir(), "claims.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	var errs bytes.Buffer
	a := &app{out: io.Discard, err: hearing{&errs, interrupt}, terminal: relay.Terminals{Err: true}}
	code := a.run(ctx, []string{"claim", "import", file, "--programme", "tsa-2007", "--dry-run", "--dir", filepath.Join(t.TempDir(), "none")})
	if said := errs.String(); code != exitFailed || !strings.Contains(said, "\nchancery: Interrupted.") {
		t.Errorf("exit code %d, %q", code, said)
	}
}

// hearing does when anything is written.
type hearing struct {
	to io.Writer
	do func()
}

func (h hearing) Write(p []byte) (int, error) {
	h.do()
	return h.to.Write(p)
}

// A desk's key whose making is cut off leaves no public line without the private key:
// what is sealed to such a one nobody ever reads.
func TestADesksKeyThatIsCutOffHasNoPublicLineAlone(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	made := []string{"desk", "new", "-o", "desk.key"}
	file := filepath.Join(dir, "desk.key")
	calls, kills := bin.calls(t, dir, made...), 0
	for n := 1; n <= calls; n++ {
		if err := errors.Join(os.RemoveAll(file), os.RemoveAll(file+".pub")); err != nil {
			t.Fatal(err)
		}
		at, killed := bin.killedAt(t, dir, n, made...)
		if !killed {
			continue
		}
		kills++
		if _, err := os.Stat(file + ".pub"); err != nil {
			continue
		}
		if _, err := vault.ReadDeskKey(file); err != nil {
			t.Errorf("killed at %v: there is a public line, and of the private key: %v", at, err)
		}
	}
	if kills < 4 {
		t.Errorf("%d kills", kills)
	}
}

// A measurement that is broken off has filed nothing that anybody looks for, and leaves
// nothing; what a killed one left goes with the next.
func TestAMeasurementThatIsBrokenOffLeavesNothing(t *testing.T) {
	in := t.TempDir()
	if err := os.MkdirAll(filepath.Join(in, benchFolder+"1", "data"), 0o700); err != nil { // by one that was killed
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil { // until it files
			if found, _ := filepath.Glob(filepath.Join(in, benchFolder+"*", "data.heads", "leaves")); len(found) > 0 {
				interrupt()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var errs bytes.Buffer
	code := (&app{out: io.Discard, err: &errs}).run(ctx, []string{"bench", "intake", "--in", in, "--seconds", "2", "--clients", "1"})
	if left, err := os.ReadDir(in); code != exitFailed || !strings.Contains(errs.String(), "nothing was measured. What was filed for it is removed") || err != nil || len(left) > 0 {
		t.Errorf("exit code %d, %v left, %v: %s", code, left, err, &errs)
	}
}
