package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// patience is how long a witness may take for all that one call asks of it: a
// dead one must not hold up a log.
const patience = 5 * time.Second

// mostAnswer bounds what is read of an answer.
const mostAnswer = 64 << 10

// Client asks one witness on behalf of a log. It may be used in parallel.
type Client struct {
	Key  note.Verifier // the witness's, of ParseKey
	URL  string        // what add-checkpoint and HASH/checkpoint come after
	Wait time.Duration // 0: five seconds
	HTTP *http.Client  // nil: one that follows no redirection
}

// Prove makes the consistency proof from an older size of the log's tree to the
// checkpoint's. It must bear being called in parallel.
type Prove func(ctx context.Context, old int64) ([]docket.Hash, error)

// plain follows no redirection: a witness answers where it was said to be.
var plain = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ParseList reads which witnesses a log asks: one a line, its key and its URL.
// Blank lines, and lines that begin with #, are passed over.
func ParseList(text string) ([]Client, error) {
	var list []Client
	named := map[string]bool{}
	for n, line := range listed(text) {
		words := strings.Fields(line)
		if len(words) != 2 {
			return nil, fault.New(fault.Invalid, "witness.list-line", "line", n)
		}
		key, err := ParseKey(words[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		at, err := url.Parse(words[1])
		if err != nil || (at.Scheme != "https" && at.Scheme != "http") || at.Host == "" || at.RawQuery != "" || at.Fragment != "" {
			return nil, fault.New(fault.Invalid, "witness.list-url", "line", n)
		}
		if named[key.Name()] {
			return nil, fault.New(fault.Invalid, "witness.list-twice", "line", n, "witness", key.Name())
		}
		named[key.Name()] = true
		list = append(list, Client{Key: key, URL: words[1]})
	}
	return list, nil
}

// Name is the witness's name.
func (c Client) Name() string { return c.Key.Name() }

// Cosigned reports whether a signed checkpoint bears its good cosignature.
func (c Client) Cosigned(checkpoint string) bool {
	_, err := note.Open([]byte(checkpoint), note.VerifierList(c.Key))
	return err == nil
}

// Cosign asks for a cosignature of a signed checkpoint, which follows from the
// one of size old as far as the log knows. Where the witness was last asked for
// another size, it is proved from that one. The line that comes back, newline
// included, was verified.
func (c Client) Cosign(ctx context.Context, old int64, prove Prove, signed []byte) ([]byte, error) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	ours, err := parseCheckpoint(string(text) + "\n")
	if err != nil {
		return nil, err
	}
	line, err := c.ask(ctx, old, prove, signed)
	last, ok := errors.AsType[elsewhere](err)
	if ok && last.size <= ours.size && last.size != old {
		line, err = c.ask(ctx, last.size, prove, signed)
		last, ok = errors.AsType[elsewhere](err)
	}
	switch {
	case ok && last.size > ours.size:
		return nil, fault.New(fault.Unsound, "witness.ahead", "witness", c.Name(), "seen", last.size, "size", ours.size)
	case ok:
		return nil, c.answered(http.StatusConflict)
	}
	return line, err
}

func (c Client) ask(ctx context.Context, old int64, prove Prove, signed []byte) ([]byte, error) {
	r := request{old: old, checkpoint: signed}
	var err error
	if old > 0 {
		if r.proof, err = prove(ctx, old); err != nil {
			return nil, fmt.Errorf("prove to %s from size %d: %w", c.Name(), old, err)
		}
	}
	status, body, err := c.send(ctx, http.MethodPost, "/add-checkpoint", r.text())
	if err != nil {
		return nil, err
	}
	switch status {
	case http.StatusOK:
		return c.line(signed, body)
	case http.StatusConflict:
		if size, ok := parseSize(strings.TrimSuffix(string(body), "\n"), true); ok {
			return nil, elsewhere{size}
		}
	case http.StatusUnprocessableEntity:
		return nil, fault.New(fault.Unsound, "witness.disputes", "witness", c.Name(), "size", old)
	case http.StatusNotFound:
		return nil, fault.New(fault.Conflict, "witness.knows-not-log", "witness", c.Name())
	case http.StatusForbidden:
		return nil, fault.New(fault.Conflict, "witness.knows-not-key", "witness", c.Name())
	}
	return nil, c.answered(status)
}

// line is the witness's own good signature among those that it answered with.
func (c Client) line(signed, answer []byte) ([]byte, error) {
	n, err := note.Open(append(bytes.Clone(signed), answer...), note.VerifierList(c.Key))
	if err != nil {
		return nil, fault.New(fault.Unsound, "witness.cosignature", "witness", c.Name())
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		return nil, fault.New(fault.Unsound, "witness.cosignature", "witness", c.Name())
	}
	// Anew: bits of base64 that say nothing would be refused by who reads the checkpoint.
	return fmt.Appendf(nil, "— %s %s\n", n.Sigs[0].Name, base64.StdEncoding.EncodeToString(raw)), nil
}

// Seen is the newest head that the witness has cosigned of a log, and the
// checkpoint that says so: it bears the log's own signature and the witness's,
// both verified. The head's instant is that of the cosignature. A log that is
// older than this was rolled back.
func (c Client) Seen(ctx context.Context, log note.Verifier) (docket.TreeHead, []byte, error) {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	status, body, err := c.send(ctx, http.MethodGet, "/"+originHash(log.Name())+"/checkpoint", nil)
	switch {
	case err != nil:
		return docket.TreeHead{}, nil, err
	case status == http.StatusNotFound:
		return docket.TreeHead{}, nil, fault.New(fault.NotFound, "witness.unseen", "witness", c.Name(), "origin", log.Name())
	case status != http.StatusOK:
		return docket.TreeHead{}, nil, c.answered(status)
	}
	wrong := fault.New(fault.Unsound, "witness.checkpoint", "witness", c.Name())
	n, err := note.Open(body, note.VerifierList(log, c.Key))
	if err != nil || len(n.Sigs) != 2 {
		return docket.TreeHead{}, nil, wrong
	}
	said, err := parseCheckpoint(n.Text)
	if err != nil || said.origin != log.Name() {
		return docket.TreeHead{}, nil, wrong
	}
	head := docket.TreeHead{Size: said.size, Root: said.root}
	for _, s := range n.Sigs {
		if s.Name == c.Name() && s.Hash == c.Key.KeyHash() {
			at, ok := cosignedAt(s)
			if !ok {
				return docket.TreeHead{}, nil, wrong
			}
			head.Instant = docket.At(at)
		}
	}
	return head, body, nil
}

// Gather asks all witnesses at once, and gives the checkpoint back with the
// cosignatures that were had, in the witnesses' order. The others are in failed,
// by the witness's name; none of them holds it up for longer than its Wait.
func Gather(ctx context.Context, from []Client, old int64, prove Prove, signed []byte) (cosigned []byte, failed map[string]error) {
	lines, errs := make([][]byte, len(from)), make([]error, len(from))
	var all sync.WaitGroup
	for n, c := range from {
		all.Go(func() { lines[n], errs[n] = c.Cosign(ctx, old, prove, signed) })
	}
	all.Wait()
	cosigned, failed = bytes.Clone(signed), map[string]error{}
	for n, c := range from {
		cosigned = append(cosigned, lines[n]...)
		if errs[n] != nil {
			failed[c.Name()] = errs[n]
		}
	}
	return cosigned, failed
}

// bounded is a context for one call.
func (c Client) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	wait := c.Wait
	if wait == 0 {
		wait = patience
	}
	return context.WithTimeout(ctx, wait)
}

// send asks, and reads no more of the answer than it should have.
func (c Client) send(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	unreachable := func(err error) error {
		return fault.New(fault.Conflict, "witness.unreachable", "witness", c.Name(), "why", err)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, unreachable(err)
	}
	client := c.HTTP
	if client == nil {
		client = plain
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, unreachable(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil {
		return 0, nil, unreachable(err)
	}
	return answer.StatusCode, text, nil
}

// answered is a status that the protocol doesn't foresee.
func (c Client) answered(status int) error {
	return fault.New(fault.Conflict, "witness.answered", "witness", c.Name(), "status", status)
}
