package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"
)

// mostPages bounds one whole way: a form that asks for ever is an error.
const mostPages = 400

// mostRefused bounds how often somebody tries another answer to one page.
const mostRefused = 60

// claimant is somebody with a browser that runs no scripts. They go the whole way
// from the start page to the confirmation, and read of the pages what a browser
// reads: links, forms and their fields.
type claimant struct {
	base    string
	client  *http.Client
	by      *rand.Rand
	thought func() time.Duration // before each page
	photo   []byte

	at      string // the path of the page that is open
	page    *readPage
	refused map[string]int // by field, on the page that is open

	waits  []time.Duration // one a page, with where it led to
	bytes  int64
	tries  int // pages that refused an answer
	claims int
}

// newClaimant is the nth, with an address of their own on this machine, as each
// has one on the internet.
func newClaimant(base string, n int, seed uint64, thought func(*rand.Rand) time.Duration, photo []byte) (*claimant, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, byte(1+n>>16), byte(n>>8), byte(n))}}
	by := rand.New(rand.NewPCG(seed, uint64(n)))
	return &claimant{
		base: base, by: by, photo: photo, thought: func() time.Duration { return thought(by) },
		client: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute}},
	}, nil
}

// leave closes the browser.
func (c *claimant) leave() { c.client.CloseIdleConnections() }

// file goes the whole way once.
func (c *claimant) file(ctx context.Context) error {
	if err := c.open(ctx, "/apply/"); err != nil {
		return err
	}
	if c.page.style != "" { // a browser asks once, and keeps it
		if err := c.ask(ctx, http.MethodGet, c.page.style, "", nil, false); err != nil {
			return err
		}
	}
	if len(c.page.tongues) > 0 {
		if err := c.open(ctx, c.page.tongues[c.by.IntN(len(c.page.tongues))]); err != nil {
			return err
		}
	}
	brought := map[string]bool{}
	for range mostPages {
		if c.at == "/apply/sent" {
			for _, f := range c.page.forms { // one acknowledgement a claim
				if strings.HasSuffix(f.action, "/acknowledgement") {
					c.claims++
				}
			}
			return nil
		}
		if err := c.step(ctx, brought); err != nil {
			return fmt.Errorf("%s: %w", c.at, err)
		}
	}
	return fmt.Errorf("%s: there is no end to the pages %s", c.at, c.page.said)
}

// step goes on from the page that is open.
func (c *claimant) step(ctx context.Context, brought map[string]bool) error {
	for _, path := range c.page.tasks {
		if strings.Contains(path, "/proof/") && !brought[path] {
			brought[path] = true
			return c.open(ctx, path)
		}
	}
	if form, name := c.page.bringing(); form != nil && !brought["file "+c.at] {
		brought["file "+c.at] = true
		return c.bring(ctx, form, name)
	}
	if len(c.page.wrong) == 0 && c.page.next != "" {
		return c.open(ctx, c.page.next)
	}
	form := c.page.onward()
	more := slices.IndexFunc(c.page.links, func(path string) bool { return strings.HasPrefix(path, c.at+"?") })
	stuck := form == nil || slices.ContainsFunc(c.page.wrong, func(id string) bool { return c.refused[id] == 3 })
	switch {
	case stuck && more >= 0: // nothing that is open fits what was told, and the page offers more of itself
		return c.open(ctx, c.page.links[more])
	case form == nil:
		return errors.New("the page leads nowhere")
	}
	return c.send(ctx, form)
}

func (c *claimant) open(ctx context.Context, path string) error {
	if strings.HasPrefix(path, "?") {
		path = c.at + path
	}
	return c.ask(ctx, http.MethodGet, path, "", nil, true)
}

// send fills a form in and sends it.
func (c *claimant) send(ctx context.Context, form *readForm) error {
	filled := form.fill(c.by, func(f readField) int {
		return max(c.refused[f.id], c.refused[strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(f.name, "-day"), "-month"), "-year")])
	})
	if form.kind == "multipart/form-data" {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, values := range filled {
			for _, value := range values {
				_ = w.WriteField(name, value) // into memory
			}
		}
		_ = w.Close()
		return c.ask(ctx, http.MethodPost, form.action, w.FormDataContentType(), body.Bytes(), true)
	}
	return c.ask(ctx, http.MethodPost, form.action, "application/x-www-form-urlencoded", []byte(filled.Encode()), true)
}

// bring brings a photograph to a form.
func (c *claimant) bring(ctx context.Context, form *readForm, name string) error {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, _ := w.CreatePart(textproto.MIMEHeader{ // into memory
		"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="photo.jpg"`, name)}, "Content-Type": {"image/jpeg"},
	})
	_, _ = part.Write(c.photo)
	_ = w.Close()
	return c.ask(ctx, http.MethodPost, form.action, w.FormDataContentType(), body.Bytes(), true)
}

// ask asks for an address and, of a page, reads what comes and where it led to.
func (c *claimant) ask(ctx context.Context, method, path, kind string, body []byte, page bool) error {
	if page {
		if err := pause(ctx, c.thought()); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	begun := time.Now()
	answer, err := c.client.Do(r)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	c.bytes += int64(len(content))
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusUnprocessableEntity {
		return fmt.Errorf("%s %s is answered with %s", method, path, answer.Status)
	}
	if !page {
		return nil
	}
	c.waits = append(c.waits, time.Since(begun))
	return c.read(answer.Request.URL, content)
}

// read reads the page that came.
func (c *claimant) read(at *url.URL, content []byte) error {
	page, err := readHTML(bytes.NewReader(content))
	if err != nil {
		return err
	}
	if len(page.wrong) == 0 || c.at != at.Path {
		c.refused = map[string]int{}
	}
	c.at, c.page = at.Path, page
	if len(page.wrong) > 0 {
		c.tries++
	}
	for _, id := range slices.Compact(page.wrong) {
		if c.refused[id]++; c.refused[id] > mostRefused {
			return fmt.Errorf("%s refuses every answer at %s", c.at, id)
		}
	}
	return nil
}

// pause waits, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
