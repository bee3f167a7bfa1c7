package api

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

const (
	// mostLines bounds a bulk request: what came of its lines is kept until it is
	// read, and some programs read nothing before they have sent all.
	mostLines = 100_000
	// longestLine is the longest line, in bytes.
	longestLine = 1 << 20
	// linesAtOnce is how many lines are filed in one act: all of them or none.
	linesAtOnce = 1000
	// linePatience is how long the next lines may take to come in.
	linePatience = time.Minute

	ndjson = "application/x-ndjson"
)

// bulk hangs the filing of many claims at once.
func (s *site) bulk() {
	schemas := s.api.OpenAPI().Components.Schemas
	line := schemas.Schema(typeOf[bulkLine](), true, "BulkLine")
	result := schemas.Schema(typeOf[bulkResult](), true, "BulkResult")
	register(s, operation{
		id: "file-claims", method: http.MethodPost, path: "/programmes/{programme}/claims/bulk", tag: "Own claims",
		scope: office.ScopeBulk, keyed: true,
		summary: "File many claims",
		more: fmt.Sprintf("A stream of JSON lines in, a stream of JSON lines out: for each line what came of it, in the same order, and at the end one that counts them; "+
			"without that one the answer broke off, and the same request sent again goes on where it was. Lines are filed %d at a time, "+
			"all of them or none; one that is refused is left out and says why. At most %d lines.", linesAtOnce, mostLines),
		body: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{ndjson: {Schema: line}}},
		answer: map[string]*huma.Response{"200": {
			Description: "What came of each line.", Content: map[string]*huma.MediaType{ndjson: {Schema: result}},
		}},
	}, s.fileMany)
}

// bulkLine is a line of the request: a claim to file. Its own reference is what
// it is known by when it is sent again.
type bulkLine struct {
	OwnReference string            `json:"own_reference" minLength:"1" maxLength:"200" doc:"What you call this claim. The same reference is never filed twice. It is kept as a keyed hash only."`
	Category     string            `json:"category" maxLength:"100" doc:"The category's id."`
	Claimant     string            `json:"claimant" maxLength:"40" doc:"individual, organisation or public-body."`
	Mandate      string            `json:"mandate,omitempty" pattern:"^[0-9a-f]{32}$" doc:"Under which a representative files it; nobody else names one."`
	Received     string            `json:"received,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"When you received it; the day of filing where it is left out."`
	Answers      map[string]string `json:"answers" doc:"By the id of the question, as the category's form says."`
}

// bulkResult is a line of the answer.
type bulkResult struct {
	Line         int64       `json:"line,omitempty" doc:"The line of the request, from 1."`
	OwnReference string      `json:"own_reference,omitempty"`
	Status       string      `json:"status" enum:"filed,fit,repeated,amended,changed,erased,refused,done,stopped" doc:"filed: now; fit: it would be (dry run); repeated: it was filed before; amended: it was filed before with other answers, and has these now; changed: its reference was filed with other content, which stays: with amend, errors say why; erased: and that claim is erased; refused: see errors; done: all lines are answered; stopped: see problem."`
	ID           string      `json:"id,omitempty"`
	Reference    string      `json:"reference,omitempty"`
	Errors       []Wrong     `json:"errors,omitempty"`
	Counts       *bulkCounts `json:"counts,omitempty" doc:"With done and stopped."`
	Problem      *Problem    `json:"problem,omitempty" doc:"With stopped."`
}

// bulkCounts says how many lines came to what.
type bulkCounts struct {
	Lines    int64 `json:"lines"`
	Filed    int64 `json:"filed"`
	Fit      int64 `json:"fit"`
	Repeated int64 `json:"repeated"`
	Amended  int64 `json:"amended"`
	Changed  int64 `json:"changed"`
	Erased   int64 `json:"erased"`
	Refused  int64 `json:"refused"`
}

func (c *bulkCounts) count(status string) {
	c.Lines++
	switch status {
	case "filed":
		c.Filed++
	case "fit":
		c.Fit++
	case "repeated":
		c.Repeated++
	case "amended":
		c.Amended++
	case "changed":
		c.Changed++
	case "erased":
		c.Erased++
	default:
		c.Refused++
	}
}

// batch is some lines of a request with what is known of them so far: those
// with a status are answered.
type batch struct {
	number  int
	results []bulkResult
	filings []office.Filing // of the lines that are fit
	at      []int           // their places among the results
	ready   *office.Prepared
}

func (s *site) fileMany(ctx context.Context, in *struct {
	Programme string `path:"programme" maxLength:"64" doc:"The programme's id."`
	DryRun    bool   `query:"dry_run" doc:"Check the lines and file nothing."`
	Amend     bool   `query:"amend" doc:"A line whose reference was filed with other answers gives its claim these, where the rulebook lets you and the register hasn't answered the claim yet. What the line doesn't name stays; an empty text takes an answer back."`
},
) (*huma.StreamResponse, error) {
	if _, err := s.office.CheckFilings(ctx, callerOf(ctx).Actor, in.Programme, nil); err != nil {
		return nil, err // before anything is read: the right, and the programme
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		b := &bulkRun{
			site: s, programme: in.Programme, dry: in.DryRun, amends: in.Amend, who: callerOf(ctx), asked: asked(ctx),
			body: r.Body, control: http.NewResponseController(w),
		}
		b.answer(hc, w)
	}}, nil
}

// bulkRun is one bulk request.
type bulkRun struct {
	*site
	programme string
	dry       bool
	amends    bool
	who       caller
	asked     request
	body      io.Reader
	control   *http.ResponseController
	counts    bulkCounts
}

// answer reads, files and answers at the same time. Nothing waits for who
// reads the answers: some read nothing before they have sent everything.
func (b *bulkRun) answer(hc huma.Context, w http.ResponseWriter) {
	_ = b.control.EnableFullDuplex() // HTTP/2 is
	_ = b.control.SetWriteDeadline(time.Time{})
	out := newOutbox(w, func() { hc.SetHeader("Content-Type", ndjson) })
	err := b.run(hc.Context(), out)
	last := bulkResult{Status: "done", Counts: &b.counts}
	if err != nil {
		p := problemOf(hc.Context(), http.StatusInternalServerError, []error{err})
		if !out.begun() { // nothing was filed or answered: it is an answer like any other
			out.close()
			_ = huma.WriteErr(b.api, hc, p.Status, "", p)
			return
		}
		last = bulkResult{Status: "stopped", Counts: &b.counts, Problem: p}
	}
	out.add(last)
	out.close()
}

// run goes through the lines: one goroutine reads and checks, one prepares, one
// files.
func (b *bulkRun) run(ctx context.Context, out *outbox) error {
	group, ctx := errgroup.WithContext(ctx)
	checked, prepared := make(chan *batch, 1), make(chan *batch, 1)
	group.Go(func() error {
		defer close(checked)
		return b.read(ctx, func(at *batch) error { return pass(ctx, checked, at) })
	})
	group.Go(func() (err error) {
		defer close(prepared)
		for at := range checked {
			if !b.dry && len(at.filings) > 0 {
				if at.ready, err = b.office.PrepareFilings(ctx, b.programme, at.filings); err != nil {
					return err
				}
			}
			if err := pass(ctx, prepared, at); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for at := range prepared {
			if err := b.file(ctx, at); err != nil {
				return err
			}
			for i := range at.results {
				b.counts.count(at.results[i].Status)
				out.add(at.results[i])
			}
		}
		return nil
	})
	return group.Wait()
}

func pass(ctx context.Context, to chan<- *batch, at *batch) error {
	select {
	case to <- at:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read reads the lines, and checks them a batch at a time.
func (b *bulkRun) read(ctx context.Context, next func(*batch) error) error {
	scan := bufio.NewScanner(b.body)
	scan.Buffer(make([]byte, 0, 64<<10), longestLine)
	at := &batch{number: 1}
	send := func() error {
		if len(at.results) == 0 {
			return nil
		}
		if err := b.check(ctx, at); err != nil {
			return err
		}
		number := at.number
		if err := next(at); err != nil {
			return err
		}
		at = &batch{number: number + 1}
		return nil
	}
	var line int64
	for {
		if line%linesAtOnce == 0 {
			_ = b.control.SetReadDeadline(time.Now().Add(linePatience))
		}
		if !scan.Scan() {
			break
		}
		line++
		if len(bytes.TrimSpace(scan.Bytes())) == 0 {
			continue
		}
		if line > mostLines {
			return cmp.Or(send(), fault.New(fault.Invalid, "api.too-many-lines", "most", mostLines))
		}
		b.take(at, line, scan.Bytes())
		if len(at.results) == linesAtOnce {
			if err := send(); err != nil {
				return err
			}
		}
	}
	switch err := scan.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return cmp.Or(send(), fault.New(fault.Invalid, "api.line-too-long", "most", longestLine))
	case err != nil: // the line was cut off: what came before it stands
		return cmp.Or(send(), fault.New(fault.Invalid, "api.cut-off"))
	}
	return send()
}

// take reads one line into a batch.
func (b *bulkRun) take(at *batch, number int64, text []byte) {
	var line bulkLine
	result := bulkResult{Line: number}
	refused := func(pointer, code string) {
		result.Status = "refused"
		result.Errors = append(result.Errors, Wrong{Pointer: pointer, Code: code, Detail: b.asked.say(code, nil)})
		at.results = append(at.results, result)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil {
		refused(placeIn(err), "api.line")
		return
	}
	result.OwnReference = line.OwnReference
	switch {
	case d.More():
		refused("", "api.line")
		return
	case line.OwnReference == "" || len(line.OwnReference) > 200:
		refused("/own_reference", "api.own-reference")
		return
	}
	f, err := FilingBody(line).filing()
	if err != nil {
		refused("/received", "api.day")
		return
	}
	f.Key = office.OwnReference(b.who.Actor, line.OwnReference)
	at.filings, at.at = append(at.filings, f), append(at.at, len(at.results))
	at.results = append(at.results, result)
}

// placeIn is where in a line its JSON is of the wrong type; "" where it is none.
func placeIn(err error) string {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok || wrong.Field == "" {
		return ""
	}
	parts := strings.Split(wrong.Field, ".")
	for i, part := range parts {
		if !segment.MatchString(part) {
			parts[i] = "…"
		}
	}
	return "/" + strings.Join(parts, "/")
}

// check refuses the lines that can't be filed, and leaves the others.
func (b *bulkRun) check(ctx context.Context, at *batch) error {
	checked, err := b.office.CheckFilings(ctx, b.who.Actor, b.programme, at.filings)
	if err != nil {
		return err
	}
	var filings []office.Filing
	var places []int
	for i, c := range checked {
		result := &at.results[at.at[i]]
		switch {
		case len(c.Wrong) > 0:
			result.Status = "refused"
			for _, err := range c.Wrong {
				if f := faultIn(err); f != nil {
					result.Errors = append(result.Errors, b.asked.wrong(f, pointerOf(f)))
				}
			}
			continue
		case b.dry:
			result.Status = statusOfFiling("fit", c.Repeated, c.Changed, c.Erased)
		}
		filings, places = append(filings, at.filings[i]), append(places, at.at[i])
	}
	at.filings, at.at = filings, places
	return nil
}

// statusOfFiling is one word for what a filing came to.
func statusOfFiling(fresh string, repeated, changed, erased bool) string {
	switch {
	case erased:
		return "erased"
	case changed:
		return "changed"
	case repeated:
		return "repeated"
	}
	return fresh
}

// file files a batch in one act, under the request's key and its own number. A token
// that was ended since the request began, here or elsewhere, files no more.
func (b *bulkRun) file(ctx context.Context, at *batch) error {
	if at.ready == nil {
		return nil
	}
	if _, _, err := b.office.AuthenticateToken(ctx, b.who.secret); err != nil {
		return err
	}
	by := b.who.By
	by.Key = fmt.Sprintf("%s\x00%d", by.Key, at.number)
	answers, err := b.office.FileOwnMany(ctx, by, at.ready)
	if err != nil {
		return err
	}
	for i, a := range answers {
		result := &at.results[at.at[i]]
		result.Status = statusOfFiling("filed", a.Repeated, a.Changed, a.Erased)
		if result.Status == "changed" && b.amends {
			if err := b.amend(ctx, at.filings[i], a.ID, result); err != nil {
				return err
			}
		}
		if result.Status != "changed" && !a.Erased {
			result.ID, result.Reference = string(a.ID), string(a.Reference)
		}
	}
	return nil
}

// amend gives a claim that was filed before the answers of its line. Where that
// can't be, the line says why and the others go on.
func (b *bulkRun) amend(ctx context.Context, f office.Filing, id claim.ID, result *bulkResult) error {
	by := b.who.By
	by.Key = "" // the same line again finds its answers there
	_, err := b.office.AmendRefiled(ctx, by, b.programme, id, f.Answers)
	if err == nil {
		result.Status = "amended"
		return nil
	}
	why := faultIn(err)
	if why == nil {
		return err
	}
	result.Errors = append(result.Errors, b.asked.wrong(why, pointerOf(why)))
	return nil
}

// outbox holds the lines of an answer until they are read, so that who sends
// never waits for who reads.
type outbox struct {
	mu      sync.Mutex
	some    *sync.Cond
	waiting bytes.Buffer
	any     bool
	ended   bool
	done    chan struct{}
}

// newOutbox writes what is added to w as it is read; first is called before the
// first byte.
func newOutbox(w http.ResponseWriter, first func()) *outbox {
	o := &outbox{done: make(chan struct{})}
	o.some = sync.NewCond(&o.mu)
	go func() {
		defer close(o.done)
		o.drain(w, first)
	}()
	return o
}

func (o *outbox) drain(w http.ResponseWriter, first func()) {
	control, gone, begun := http.NewResponseController(w), false, false
	for {
		o.mu.Lock()
		for o.waiting.Len() == 0 && !o.ended {
			o.some.Wait()
		}
		text := bytes.Clone(o.waiting.Bytes())
		o.waiting.Reset()
		ended := o.ended
		o.mu.Unlock()
		if len(text) > 0 && !gone {
			if !begun {
				first()
				begun = true
			}
			_, err := w.Write(text)
			gone = errors.Join(err, control.Flush()) != nil // who asked is gone: what is filed is filed
		}
		if ended {
			return
		}
	}
}

func (o *outbox) add(line bulkResult) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.any = true
	out := json.NewEncoder(&o.waiting)
	out.SetEscapeHTML(false)
	_ = out.Encode(line) // texts and numbers, into memory
	o.some.Signal()
}

// begun reports whether anything was added.
func (o *outbox) begun() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.any
}

// close waits until everything is written.
func (o *outbox) close() {
	o.mu.Lock()
	o.ended = true
	o.some.Signal()
	o.mu.Unlock()
	<-o.done
}
