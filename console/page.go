package console

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// show answers with a page of the desk.
func (d *desk) show(w http.ResponseWriter, r *http.Request, status int, file string, p screen.Page) {
	words, v := d.Words(r), visiting(r)
	p.Wide, p.Leave = true, Root+"leave"
	p.Scripts = append(p.Scripts, d.script)
	for _, link := range []struct {
		path, code string
		for_       []string
	}{
		{"", "console.nav.day", nil},
		{"queue", "console.nav.queue", workers},
		{"search", "console.nav.search", workers},
		{"second", "console.nav.second", workers},
		{"lists", "console.nav.lists", workers},
		{"counter", "console.nav.counter", []string{office.Officer}},
		{"paper", "paper.nav-desk", []string{office.Officer}},
		{"people", "console.nav.people", []string{office.Administrator}},
		{"health", "console.nav.health", []string{office.Administrator, office.Officer}},
		{"help", "console.nav.help", nil},
	} {
		if link.for_ != nil && !anyOf(v, link.for_) {
			continue
		}
		p.Nav = append(p.Nav, screen.Link{Path: Root + link.path, Text: words.Say(link.code), Here: r.URL.Path == Root+link.path})
	}
	d.Show(w, r, status, file, p)
}

func anyOf(v visitor, capacities []string) bool {
	for _, c := range capacities {
		if v.is(c) {
			return true
		}
	}
	return false
}

// refused answers an act that was not done: the sentence of its fault, on a page
// of its own with the way back. What isn't a fault of the asker's is our own.
func (d *desk) refused(w http.ResponseWriter, r *http.Request, err error, back string) {
	status := http.StatusInternalServerError
	switch {
	case fault.Is(err, fault.Invalid):
		status = http.StatusUnprocessableEntity
	case fault.Is(err, fault.NotFound):
		status = http.StatusNotFound
	case fault.Is(err, fault.NotAllowed):
		status = http.StatusForbidden
	case fault.Is(err, fault.Conflict):
		status = http.StatusConflict
	default:
		d.Failed(w, r, err)
		return
	}
	words := d.Words(r)
	d.show(w, r, status, "refused.html", screen.Page{
		Title: words.Say("console.refused.title"), Back: back, Body: words.Sentence(err),
	})
}

// done leads on to a page that says what was done, with the way to undo it where
// there is one. What was done is a code with values, never a text: it is in an
// address.
func (d *desk) done(w http.ResponseWriter, r *http.Request, to, code string, pairs ...string) {
	at, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(at.Path, Root) || at.Host != "" {
		at = &url.URL{Path: Root}
	}
	q := at.Query()
	q.Set("done", code)
	q.Del("v")
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Add("v", pairs[i]+"="+pairs[i+1])
	}
	at.RawQuery = q.Encode()
	http.Redirect(w, r, at.String(), http.StatusSeeOther)
}

// doneCodes are the codes that an address may ask to be said.
var doneCodes = map[string]bool{
	"recorded": true, "deficient": true, "refused": true, "proposed": true, "assigned": true, "unassigned": true, "flagged": true, "unflagged": true,
	"noted": true, "note-back": true, "task-done": true, "task-open": true, "confirmed": true, "sent-back": true, "filter-saved": true, "filter-dropped": true,
	"group": true, "recommended": true, "decided": true, "interest": true, "reversal": true, "export-asked": true, "export-agreed": true, "invited": true, "ended": true, "withdrawn": true,
	"taken-back": true, "move-proposed": true, "moved": true, "not-moved": true, "review-asked": true, "test-found": true, "resolved": true, "resolution-ended": true,
	"paper-over": true, "paper-post": true, "paper-check": true, "paper-back": true, "paper-gone": true, "paper-scan": true, "paper-scan-gone": true,
}

// said is what was done just now, in words; "" for nothing.
func (d *desk) said(r *http.Request) string {
	q := r.URL.Query()
	code := q.Get("done")
	if !doneCodes[code] {
		return ""
	}
	var pairs []string
	for _, v := range q["v"] {
		if name, value, ok := strings.Cut(v, "="); ok && len(value) <= 40 && len(pairs) < 12 {
			pairs = append(pairs, name, value)
			if n, err := strconv.Atoi(value); err == nil && name == "n" && n >= 0 {
				pairs = append(pairs, "claims", claims(d.Words(r), n))
			}
		}
	}
	return d.Words(r).Say("console.done."+code, pairs...)
}

// claims are so many claims, in the form that each language has for the number.
func claims(words screen.Words, n int) string {
	text, _ := catalogue.Count(words.Lang, "count.claims", n, nil)
	return text
}

// newKey is a key under which a form is taken once, however often it is sent.
func newKey() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails: it ends the program first
	return hex.EncodeToString(random[:])
}

// keyed is who asks, under the form's own key.
func keyed(r *http.Request) office.By {
	by := visiting(r).by
	if key := r.PostFormValue("key"); len(key) == 32 {
		by.Key = "desk " + key
	}
	return by
}

// help says the keys and the rules of the desk.
func (d *desk) help(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, "help.html", screen.Page{Title: d.Words(r).Say("console.help.title"), Body: deskKeys})
}

// deskKeys are the keys, in the order in which help tells them.
var deskKeys = []string{"j", "k", "o", "y", "r", "x", "t", "m", "d", "v", "w", "u", "i", "f", "a", "n", "s", "?"}
