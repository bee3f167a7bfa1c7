// Command life is the program that faults are done to: a short life of an
// installation, from its making over claims filed one at a time, in a batch and
// from a draft, to their record and the published log. Each act that was
// acknowledged is a line on its output. It is built for tests and is no part of
// the product.
//
//	life DIR                 live it, from wherever DIR stands; stop at the first act that fails
//	life -on DIR             go on after an act that fails, and try it once more at the end
//	life -told LINES DIR     go on with a life of which these lines were told
//	life -check              read lines {"dir":…,"told":[…]}, hold what is there against what was told, and
//	                         answer each with a line {"wrong":[…]}
//	life -look               read lines {"dir":…}, and answer each with what verify and doctor say of it
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/openchancery/chancery/store/sqlite"
)

// told is one line of a life: an act that was acknowledged, or why not.
type told struct {
	Act       string `json:"act"`
	ID        string `json:"id,omitempty"`
	Reference string `json:"reference,omitempty"`
	Size      int64  `json:"size,omitempty"` // of the published log, or how many claims somebody has seen

	Refused string `json:"refused,omitempty"` // the code, "?" where there is none
	Why     string `json:"why,omitempty"`
	Reads   string `json:"reads,omitempty"` // why nothing can be read after a refusal
	Again   bool   `json:"again,omitempty"` // at the second try
}

// question is what a check is asked.
type question struct {
	Dir  string `json:"dir"`
	Told []told `json:"told"`
}

// finding is what a check answers.
type finding struct {
	Wrong   []string `json:"wrong"`
	Claims  int64    `json:"claims"`  // as they were found
	Entries int64    `json:"entries"` // likewise
}

func main() {
	on := flag.Bool("on", false, "go on after an act that fails")
	lines := flag.String("told", "", "what an earlier run told")
	checking := flag.Bool("check", false, "check installations instead of living")
	looking := flag.Bool("look", false, "verify installations instead of living")
	flag.Parse()
	sqlite.LogSizes.Move, sqlite.LogSizes.Anew = 100, 200 // a short life fills it too
	var err error
	switch ctx := context.Background(); {
	case *checking:
		err = answer(os.Stdin, os.Stdout, func(q question) any { return q.check(ctx) })
	case *looking:
		err = answer(os.Stdin, os.Stdout, func(q question) any { return lookAt(ctx, q.Dir) })
	default:
		err = live(ctx, flag.Arg(0), *on, *lines, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// live lives a life and tells of it.
func live(ctx context.Context, dir string, on bool, lines string, out io.Writer) error {
	before, err := tell([]byte(lines))
	if err != nil {
		return err
	}
	var telling error
	var one sync.Mutex
	l := &life{dir: dir, on: on, before: acknowledged(before), tell: func(t told) {
		one.Lock()
		defer one.Unlock()
		line, err := json.Marshal(t)
		if err == nil {
			_, err = out.Write(append(line, '\n')) // one call for each: it is what a fault may come before or after
		}
		telling = errors.Join(telling, err)
	}}
	return errors.Join(l.live(ctx), telling)
}

// tell reads lines that were told; one that was torn by a kill never was.
func tell(text []byte) (list []told, err error) {
	for line := range bytes.Lines(text) {
		var one told
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// acknowledged are the acts that were, by name.
func acknowledged(list []told) map[string]told {
	acts := map[string]told{}
	for _, t := range list {
		if t.Refused == "" {
			acts[t.Act] = t
		}
	}
	return acts
}

// answer answers questions, a line each.
func answer(in io.Reader, out io.Writer, how func(question) any) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return err
		}
		if err := answers.Encode(how(q)); err != nil {
			return err
		}
	}
	return lines.Err()
}
