package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/web"
)

// The way of a claimant: from the form to the claim, the receipt, the sheet and
// out again.
func TestAClaimantSeesTheirClaimAndTakesTheProofHome(t *testing.T) {
	h := played(t, 60)
	var log written
	v := visiting(t, web.New(h.Office, h.options(t, &log)))
	paid := h.standing(t, claim.Paid)[0]
	code := h.code(t, paid)
	if w := v.does(http.MethodGet, web.Root, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `name="code"`) {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	// As people type: small letters, blanks for dashes, O for 0.
	typed := strings.NewReplacer("-", " ", "0", "o").Replace(strings.ToLower(string(paid.Reference)))
	w := v.enters(typed, " "+strings.ToLower(code))
	page := html.UnescapeString(w.Body.String())
	for _, want := range []string{
		string(paid.Reference), string(paid.Number), "Your claim was taken in", "on the record, as number " + string(paid.Number),
		"The commission decided: an award of", "was paid.", "A new code was given out", "a rule ran over it, for: ",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// The new code is not published yet, the rest is: each says so.
	if published, pending := strings.Count(page, "In the published log as leaf"), strings.Count(page, "Acknowledged; it will be in the published log by"); published != int(paid.Version) || pending != 1 {
		t.Errorf("%d steps are published and %d are not, of %d and 1\n%s", published, pending, paid.Version, page)
	}
	_, err := h.Office.Publish(t.Context())
	must(t, err)
	w = v.does(http.MethodPost, web.Root+"receipt", nil)
	if w.Code != http.StatusOK || w.Header().Get("Content-Disposition") != `attachment; filename="chancery-receipt.json"` {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	receipt := checked(t, h, w.Body.Bytes())
	if receipt.Reference != string(paid.Reference) || len(receipt.Steps) != int(paid.Version)+1 {
		t.Errorf("a receipt of %d steps for %s", len(receipt.Steps), receipt.Reference)
	}
	w = v.does(http.MethodPost, web.Root+"sheet", nil)
	page = html.UnescapeString(w.Body.String())
	_, key, err := h.LogKey()
	must(t, err)
	newest := receipt.Steps[len(receipt.Steps)-1]
	for _, want := range []string{string(paid.Reference), "register.example/log", key, web.CodeText(receipt.Reference, newest), `<svg class="code"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the sheet lacks %q", want)
		}
	}
	if w = v.does(http.MethodPost, web.Root+"checker", nil); !strings.Contains(w.Body.String(), "checker") || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("the checker: %d %v", w.Code, w.Header())
	}
	v.does(http.MethodPost, web.Root+"leave", nil)
	if w = v.does(http.MethodGet, web.Root+"mine", nil); strings.Contains(w.Body.String(), string(paid.Number)) || !strings.Contains(w.Body.String(), `name="code"`) {
		t.Error("signed out, the claim is shown still")
	}
	// Nothing that leads to the claim was in an address or a log.
	for _, secret := range []string{code, string(paid.Reference), string(paid.Number), string(paid.ID), typed} {
		if all := strings.Join(v.asked, " ") + log.String(); strings.Contains(all, secret) {
			t.Errorf("%q stands in an address or a log: %s", secret, all)
		}
	}
}

// checked reads a receipt file and holds it against the published log.
func checked(t *testing.T, h house, file []byte) docket.Receipt {
	t.Helper()
	var r docket.Receipt
	must(t, json.Unmarshal(file, &r))
	published, err := h.Office.Log.Published(t.Context())
	must(t, err)
	must(t, r.Check(published.Head()))
	_, key, err := h.LogKey()
	must(t, err)
	v, err := note.NewVerifier(key)
	must(t, err)
	if _, err := note.Open([]byte(r.Checkpoint), note.VerifierList(v)); err != nil {
		t.Error(err)
	}
	return r
}

// fake answers as it is told.
type fake struct {
	unasked
	*kept
	byCode func(reference, code string) (claim.Claim, error)
	err    error // of everything else
}

// unasked stands for what nobody asks.
type unasked struct{ web.Source }

// kept is who has signed in and what was tried, in memory, as the office keeps
// it in its database.
type kept struct {
	now      func() time.Time
	mu       sync.Mutex
	sessions map[string]office.Session
	tries    map[string]int64
	until    map[string]time.Time
}

func keeping(now func() time.Time) *kept {
	return &kept{now: now, sessions: map[string]office.Session{}, tries: map[string]int64{}, until: map[string]time.Time{}}
}

func (k *kept) BeginSession(_ context.Context, kind office.SessionKind, subject, means string, _ []byte) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	token := fmt.Sprintf("token-%d", len(k.sessions))
	k.sessions[token] = office.Session{Kind: kind, Subject: subject, Means: means, Ends: k.now().Add(15 * time.Minute)}
	return token, nil
}

func (k *kept) KnownBySession(_ context.Context, token string) (office.Known, office.Session, error) {
	s, err := k.Session(token)
	return office.Known{}, s, err
}

func (k *kept) Session(token string) (office.Session, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.sessions[token]
	if !ok || !k.now().Before(s.Ends) {
		return office.Session{}, fault.New(fault.NotAllowed, "session.none")
	}
	return s, nil
}

func (k *kept) EndSession(_ context.Context, token string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.sessions, token)
	return nil
}

func (k *kept) TakeTry(_ context.Context, limits ...office.Limit) (time.Duration, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range limits {
		if until := k.until[l.Of]; !k.now().Before(until) {
			k.tries[l.Of], k.until[l.Of] = 0, k.now().Add(office.TriesWhile)
		}
		if k.tries[l.Of] >= l.Most {
			return k.until[l.Of].Sub(k.now()), nil
		}
		k.tries[l.Of]++
	}
	return 0, nil
}

func (k *kept) GiveBackTry(_ context.Context, limits ...office.Limit) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range limits {
		k.tries[l.Of]--
	}
	return nil
}

func (f fake) IsOurs(context.Context, string) (office.Ours, error) { return office.Ours{}, f.err }

func (f fake) ClaimByCode(_ context.Context, reference, code string) (claim.Claim, []byte, error) {
	c, err := f.byCode(reference, code)
	return c, nil, err
}

func (f fake) History(context.Context, docket.Stream) ([]office.Step, error) { return nil, f.err }

func (f fake) Receipt(context.Context, string) (docket.Receipt, []docket.Ref, error) {
	return docket.Receipt{}, nil, f.err
}

func (f fake) Readings(context.Context, claim.ID) ([]office.Reading, error) { return nil, f.err }

// reference is one that can be, by a number.
func reference(n int) string {
	return string(claim.NewReference([11]byte{byte(n), byte(n >> 5), byte(n >> 10), 7}))
}

var errWrong = fault.New(fault.NotAllowed, "claim.code-wrong")

// An unknown reference and a wrong code have one answer, at one time.
func TestAWrongPairDoesNotTellWhatIsWrong(t *testing.T) {
	h := played(t, 20)
	c := h.standing(t, claim.Paid)[0]
	h.code(t, c)
	site := web.New(h.Office, h.options(t, new(written)))
	unknown, codeless := reference(1), string(h.standing(t, claim.Paid)[1].Reference)
	answers := map[string]bool{}
	for _, typed := range []string{string(c.Reference), unknown, codeless} {
		begun := time.Now()
		w := visiting(t, site).enters(typed, reference(2))
		if took := time.Since(begun); took < web.AnswerAfter {
			t.Errorf("answered after %s", took)
		}
		if w.Code != http.StatusForbidden {
			t.Errorf("answered with %d", w.Code)
		}
		answers[strings.ReplaceAll(w.Body.String(), typed, "REFERENCE")] = true
	}
	if len(answers) != 1 {
		t.Errorf("%d different answers", len(answers))
	}
	synctest.Test(t, func(t *testing.T) {
		slow := fake{kept: keeping(time.Now), byCode: func(reference, _ string) (claim.Claim, error) {
			if reference == unknown {
				time.Sleep(web.AnswerAfter / 2) // whatever takes its time there
			}
			return claim.Claim{}, errWrong
		}}
		site := web.New(slow, web.Options{})
		for _, typed := range []string{unknown, codeless} {
			begun := time.Now()
			visiting(t, site).enters(typed, reference(2))
			if took := time.Since(begun); took != web.AnswerAfter {
				t.Errorf("answered after %s, want %s", took, web.AnswerAfter)
			}
		}
	})
}

// A slip of the finger is named at its field, and isn't a try.
func TestASlipIsNamedAtItsField(t *testing.T) {
	site := web.New(fake{byCode: func(string, string) (claim.Claim, error) {
		t.Error("was looked up")
		return claim.Claim{}, errWrong
	}}, web.Options{})
	good := reference(3)
	slipped := good[:13] + map[bool]string{true: "1", false: "0"}[good[13] == '0']
	for range 50 { // more than the limit
		for _, c := range []struct{ reference, code, at string }{
			{slipped, good, "reference"},
			{good, slipped, "code"},
			{"", good, "reference"},
			{good, "", "code"},
			{good + "1", good, "reference"},
			{"Olena Kovalenko, born 1980, her passport and the rest", good, "reference"},
		} {
			w := visiting(t, site).enters(c.reference, c.code)
			page := w.Body.String()
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(page, `<a href="#`+c.at+`">`) || strings.Count(page, `aria-invalid="true"`) != 1 ||
				!strings.Contains(page, "<title>Error: ") || strings.Contains(page, "passport") {
				t.Fatalf("%q %q: %d\n%s", c.reference, c.code, w.Code, page)
			}
		}
	}
}

// clock is a clock that stands until it is set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Wrong tries are limited for one reference, from wherever they come, and from
// one address, whatever they try; right ones don't count.
func TestWrongTriesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := &clock{at: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)}
		mine, code := reference(1), reference(2)
		site := web.New(fake{kept: keeping(at.now), byCode: func(r, c string) (claim.Claim, error) {
			if r == mine && c == code {
				return claim.Claim{ID: claim.ID(strings.Repeat("a", 32))}, nil
			}
			return claim.Claim{}, errWrong
		}}, web.Options{})
		from := func(n int) *visitor {
			v := visiting(t, site)
			v.remote = fmt.Sprintf("[2001:db8:%x::%x]:80", n/2, n) // two of one household
			return v
		}
		try := func(v *visitor, r, c string) int {
			return v.asks(http.MethodPost, web.Root, url.Values{"reference": {r}, "code": {c}}).Code
		}
		for n := range 100 {
			if got := try(from(0), mine, code); got != http.StatusSeeOther {
				t.Fatalf("the right pair, time %d: %d", n, got)
			}
		}
		// In parallel too: none passes the limit.
		var all sync.WaitGroup
		codes := make([]int, 40)
		for n := range codes {
			all.Go(func() { codes[n] = try(from(100+2*n), mine, reference(1000+n)) })
		}
		all.Wait()
		slices.Sort(codes)
		if want := slices.Concat(slices.Repeat([]int{403}, 10), slices.Repeat([]int{429}, 30)); !slices.Equal(codes, want) {
			t.Errorf("40 wrong codes for one reference: %v", codes)
		}
		v := from(50)
		w := v.asks(http.MethodPost, web.Root, url.Values{"reference": {mine}, "code": {code}})
		seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
		if w.Code != http.StatusTooManyRequests || err != nil || seconds < 1 || seconds > 900 || !strings.Contains(w.Body.String(), "Wait 15 minutes") {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		codes = codes[:0]
		for n := range 40 {
			codes = append(codes, try(from(n%2), reference(2000+n), code))
		}
		if want := slices.Concat(slices.Repeat([]int{403}, 30), slices.Repeat([]int{429}, 10)); !slices.Equal(codes, want) {
			t.Errorf("40 references from one household: %v", codes)
		}
		if got := try(from(9), reference(3000), code); got != http.StatusForbidden {
			t.Errorf("another household is answered %d", got)
		}
		at.pass(15 * time.Minute)
		if got := try(from(0), mine, code); got != http.StatusSeeOther {
			t.Errorf("a quarter of an hour later: %d", got)
		}
	})
}

// Who knows a reference and no code, at one address, doesn't keep its claimant
// out; and who has no tries left spends none of any reference.
func TestOneAddressLocksNobodyElseOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := reference(2)
		site := web.New(fake{kept: keeping(time.Now), byCode: func(r, c string) (claim.Claim, error) {
			if c == code {
				return claim.Claim{ID: claim.ID(strings.Repeat("a", 32))}, nil
			}
			return claim.Claim{}, errWrong
		}}, web.Options{})
		try := func(remote, r, c string) int {
			v := visiting(t, site)
			v.remote = remote
			return v.asks(http.MethodPost, web.Root, url.Values{"reference": {r}, "code": {c}}).Code
		}
		got := map[int]int{}
		for n := range 200 {
			got[try("192.0.2.66:80", reference(1), reference(100+n))]++
		}
		if want := map[int]int{403: 5, 429: 195}; !maps.Equal(got, want) {
			t.Errorf("200 wrong codes for one reference from one address: %v, want %v", got, want)
		}
		for n := range 400 { // 20 tries of each of 20 others, when 25 are left in all
			try("192.0.2.66:80", reference(1000+n%20), reference(100+n))
		}
		for n := range 20 {
			if got := try("198.51.100.7:80", reference(1000+n), code); got != http.StatusSeeOther {
				t.Errorf("the claimant of reference %d, from elsewhere: %d", n, got)
			}
		}
		if got := try("198.51.100.7:80", reference(1), code); got != http.StatusSeeOther {
			t.Errorf("the claimant, from elsewhere: %d", got)
		}
		got = map[int]int{}
		for n := range 20 { // households of one site
			got[try(fmt.Sprintf("[2001:db8:1:%x::1]:80", n), reference(5), reference(100+n))]++
		}
		if want := map[int]int{403: 5, 429: 15}; !maps.Equal(got, want) {
			t.Errorf("20 wrong codes for one reference from one site: %v, want %v", got, want)
		}
	})
}

// own is a site over a real office, signed in to one claim.
func own(t *testing.T, h house, log *written) (*visitor, http.Handler, claim.Claim) {
	t.Helper()
	site := web.New(h.Office, h.options(t, log))
	c := h.standing(t, claim.Paid)[0]
	v := visiting(t, site)
	if w := v.enters(string(c.Reference), h.code(t, c)); !strings.Contains(w.Body.String(), string(c.Number)) {
		t.Fatalf("not signed in: %d %s", w.Code, w.Body)
	}
	_, err := h.Office.Publish(t.Context())
	must(t, err)
	return v, site, c
}

// crowd counts how many receipts are made at the same time.
type crowd struct {
	*office.Office
	now, most atomic.Int32
}

func (c *crowd) Receipt(ctx context.Context, reference string) (docket.Receipt, []docket.Ref, error) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	time.Sleep(20 * time.Millisecond) // the others have the time to come
	return c.Office.Receipt(ctx, reference)
}

// Who asks for their claim many times at once takes the place of one: the
// readers of the store are left for everybody else.
func TestAClaimIsReadOnceHoweverOftenItIsAskedForAtOnce(t *testing.T) {
	h := played(t, 60)
	c := h.standing(t, claim.Paid)[0]
	source := &crowd{Office: h.Office}
	site := web.New(source, h.options(t, new(written)))
	v := visiting(t, site)
	v.enters(string(c.Reference), h.code(t, c))
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			r := httptest.NewRequest(http.MethodGet, web.Root+"mine", nil)
			for _, cookie := range v.cookies {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), string(c.Number)) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	all.Wait()
	if most := source.most.Load(); most != 1 {
		t.Errorf("%d readings at once", most)
	}
}

// Who is signed in to one claim sees nothing of another, on any route, however
// it is asked for; and who is not sees nothing of any. A new route is tried
// without being named here.
func TestASessionShowsItsOwnClaimAlone(t *testing.T) {
	h := played(t, 60)
	v, site, mine := own(t, h, new(written))
	other := h.standing(t, claim.Paid)[1]
	theirs := []string{string(other.Reference), strings.ReplaceAll(string(other.Reference), "-", ""), string(other.Number), string(other.ID)}
	seen := 0
	for pattern, isOwn := range web.Patterns() {
		method, path, found := strings.Cut(pattern, " ")
		if !found {
			method, path = http.MethodGet, pattern+"nowhere"
		}
		path = strings.NewReplacer("{$}", "", "{name}", theirs[3], "{n}", "1").Replace(path)
		if strings.HasSuffix(path, "/leave") || pattern == "POST /claim/{$}" {
			continue // shows nothing, and would change who is signed in
		}
		for _, id := range theirs {
			asked := url.Values{}
			for _, name := range []string{"reference", "claim", "id", "n", "number", "stream", "text"} {
				asked.Set(name, id)
			}
			for _, p := range []string{path + "?" + asked.Encode(), strings.TrimSuffix(path, "/") + "/" + id} {
				w := v.does(method, p, asked)
				body := strings.ReplaceAll(w.Body.String(), strings.TrimSuffix(path, "/")+"/"+id, "") // the page names its own address
				for _, leaf := range theirs {
					if strings.Contains(body, leaf) {
						t.Errorf("%s %s shows %s of another claim", method, p, leaf)
					}
				}
			}
		}
		if w := v.does(method, path, nil); isOwn && strings.Contains(w.Body.String(), string(mine.Reference)) {
			seen++
		}
		if w := visiting(t, site).asks(method, path, nil); isOwn && !turnedAway(w) {
			t.Errorf("%s answers a stranger with %d", pattern, w.Code)
		}
	}
	if seen < 3 {
		t.Errorf("only %d routes show one's own claim: nothing was tested", seen)
	}
}

// turnedAway reports whether a stranger was answered with nothing: sent to the
// form, asked for reference and code where something was typed, or, where a script
// asks, told no more than that.
func turnedAway(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusSeeOther && w.Body.Len() <= 100 ||
		w.Code == http.StatusForbidden && (w.Body.Len() == 0 || strings.Contains(w.Body.String(), `name="code"`))
}

// A cookie is good as it was given, and for a quarter of an hour.
func TestASessionIsGoodAsItWasGivenAndEnds(t *testing.T) {
	h := played(t, 60)
	at := &clock{at: h.now()}
	h.Office.Now = at.now
	v, site, _ := own(t, h, new(written))
	cookie := v.cookies["chancery-claim"]
	if cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.MaxAge != 900 || cookie.Secure {
		t.Fatalf("the cookie is %v", cookie)
	}
	in := func(site http.Handler, value string) bool {
		v := visiting(t, site)
		v.cookies["chancery-claim"] = &http.Cookie{Name: "chancery-claim", Value: value}
		return v.asks(http.MethodGet, web.Root+"mine", nil).Code != http.StatusSeeOther
	}
	if !in(site, cookie.Value) {
		t.Fatal("not signed in")
	}
	for n := range cookie.Value {
		changed := []byte(cookie.Value)
		if changed[n] = 'A'; cookie.Value[n] == 'A' {
			changed[n] = 'Q'
		}
		if in(site, string(changed)) || in(site, cookie.Value[:n]) {
			t.Errorf("signed in with the cookie changed or cut at %d", n)
		}
	}
	if in(site, cookie.Value+"0") || in(site, "0"+cookie.Value) {
		t.Error("signed in with a cookie that was made longer")
	}
	at.pass(14*time.Minute + 59*time.Second)
	if !in(site, cookie.Value) {
		t.Error("signed out too early")
	}
	at.pass(time.Second)
	if in(site, cookie.Value) {
		t.Error("signed in after a quarter of an hour")
	}
	for _, encrypted := range []bool{true, false} {
		site := web.New(h.Office, web.Options{HTTPS: !encrypted, Log: slog.New(slog.DiscardHandler)})
		r := httptest.NewRequest(http.MethodPost, web.Root+"leave", nil)
		if encrypted {
			r.TLS = https
		}
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if c := w.Result().Cookies(); len(c) != 1 || !c[0].Secure || c[0].MaxAge >= 0 {
			t.Errorf("behind https: %v", c)
		}
	}
}

// Who came in by a code is out when the claimant gets another one: it may be
// another who had it.
func TestANewCodeEndsTheSessionsOfTheOldOne(t *testing.T) {
	h := played(t, 60)
	v, site, c := own(t, h, new(written))
	stolen := visiting(t, site)
	stolen.cookies["chancery-claim"] = v.cookies["chancery-claim"]
	if w := stolen.asks(http.MethodGet, web.Root+"mine", nil); w.Code != http.StatusOK {
		t.Fatalf("the cookie is not good to begin with: %d", w.Code)
	}
	code := h.code(t, c)
	for _, who := range []*visitor{v, stolen} {
		for _, path := range []string{"receipt", "sheet"} {
			if w := who.asks(http.MethodPost, web.Root+path, nil); w.Code != http.StatusSeeOther || w.Body.Len() > 100 {
				t.Errorf("%s by the old code: %d", path, w.Code)
			}
		}
		if w := who.asks(http.MethodGet, web.Root+"mine", nil); w.Code != http.StatusSeeOther {
			t.Errorf("the page by the old code: %d", w.Code)
		}
	}
	if w := v.enters(string(c.Reference), code); !strings.Contains(w.Body.String(), string(c.Number)) {
		t.Errorf("the new code: %d", w.Code)
	}
}

// Who signs out has ended the session, not the cookie alone; and no other one.
func TestWhoLeavesEndsTheSession(t *testing.T) {
	h := played(t, 60)
	v, site, c := own(t, h, new(written))
	copied, other := visiting(t, site), visiting(t, site)
	copied.cookies["chancery-claim"] = v.cookies["chancery-claim"]
	second := h.standing(t, claim.Paid)[1]
	other.enters(string(second.Reference), h.code(t, second))
	v.does(http.MethodPost, web.Root+"leave", nil)
	if w := copied.asks(http.MethodGet, web.Root+"mine", nil); w.Code != http.StatusSeeOther {
		t.Errorf("a copy of the cookie: %d", w.Code)
	}
	if w := other.asks(http.MethodGet, web.Root+"mine", nil); w.Code != http.StatusOK || strings.Contains(w.Body.String(), string(c.Reference)) {
		t.Errorf("another's session: %d", w.Code)
	}
}

// A form of another site does nothing, and every answer has its headers.
func TestEveryRouteIsGuarded(t *testing.T) {
	site := web.New(fake{kept: keeping(time.Now), byCode: func(string, string) (claim.Claim, error) { return claim.Claim{}, nil }, err: errors.New("broken")}, web.Options{Log: slog.New(slog.DiscardHandler)})
	for pattern := range web.Patterns() {
		method, path, found := strings.Cut(pattern, " ")
		if !found {
			method, path = http.MethodGet, pattern+"nowhere"
		}
		path = strings.NewReplacer("{$}", "", "{name}", "x.css").Replace(path)
		for _, from := range []string{"same-origin", "cross-site", "same-site"} {
			r := httptest.NewRequest(method, path, strings.NewReader("reference="+reference(1)+"&code="+reference(2)))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", from)
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			if method == http.MethodPost && from != "same-origin" && (w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0) {
				t.Errorf("%s from %s: %d", pattern, from, w.Code)
			}
			csp := w.Header().Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'; ") || strings.Contains(csp, "unsafe") || w.Header().Get("Cache-Control") != "no-store" ||
				w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v", pattern, w.Header())
			}
		}
	}
}

// What failed is told to the log without the words that lead to a claim, and
// to the claimant without what failed.
func TestALogHasNoReferenceAndNoCode(t *testing.T) {
	h := played(t, 60)
	c := h.standing(t, claim.Paid)[0]
	code := h.code(t, c)
	broken := func(where string) error { return fmt.Errorf("disk of %s fails at %s %s", c.ID, c.Reference, where) }
	for name, source := range map[string]web.Source{
		"code":     failing{Office: h.Office, code: broken("code " + code)},
		"mark":     failing{Office: h.Office, mark: broken("mark")},
		"history":  failing{Office: h.Office, history: broken("history")},
		"receipt":  failing{Office: h.Office, receipt: broken("receipt")},
		"readings": failing{Office: h.Office, reading: broken("readings")},
	} {
		var log written
		v := visiting(t, web.New(source, h.options(t, &log)))
		w := v.enters(string(c.Reference), code)
		for _, path := range []string{"receipt", "sheet"} {
			w.Body.Write(v.does(http.MethodPost, web.Root+path, nil).Body.Bytes())
		}
		if !strings.Contains(log.String(), "fails at") || strings.Contains(w.Body.String(), "fails at") {
			t.Errorf("%s: the log says %q", name, &log)
		}
		for _, secret := range []string{code, string(c.Reference), string(c.ID)} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%s: the log has %s: %s", name, secret, &log)
			}
		}
	}
}

// failing is an office of which something fails.
type failing struct {
	*office.Office
	code, mark, history, receipt, reading error
}

func (f failing) ClaimByCode(ctx context.Context, reference, code string) (claim.Claim, []byte, error) {
	c, mark, err := f.Office.ClaimByCode(ctx, reference, code)
	return c, mark, errors.Join(err, f.code)
}

func (f failing) KnownBySession(ctx context.Context, token string) (office.Known, office.Session, error) {
	who, is, err := f.Office.KnownBySession(ctx, token)
	return who, is, errors.Join(err, f.mark)
}

func (f failing) History(ctx context.Context, s docket.Stream) ([]office.Step, error) {
	steps, err := f.Office.History(ctx, s)
	return steps, errors.Join(err, f.history)
}

func (f failing) Receipt(ctx context.Context, reference string) (docket.Receipt, []docket.Ref, error) {
	r, pending, err := f.Office.Receipt(ctx, reference)
	return r, pending, errors.Join(err, f.receipt)
}

func (f failing) Readings(ctx context.Context, id claim.ID) ([]office.Reading, error) {
	r, err := f.Office.Readings(ctx, id)
	return r, errors.Join(err, f.reading)
}

// A claim of which nothing is published has no receipt, and that is said.
func TestWithoutAPublishedStepThereIsNoReceipt(t *testing.T) {
	h := played(t, 60)
	c := h.standing(t, claim.Paid)[0]
	v := visiting(t, web.New(unpublished{h.Office}, h.options(t, new(written))))
	w := v.enters(string(c.Reference), h.code(t, c))
	if page := w.Body.String(); strings.Contains(page, "In the published log") || strings.Contains(page, `action="/claim/receipt"`) || !strings.Contains(page, "there is no receipt") {
		t.Errorf("%s", page)
	}
	for _, path := range []string{"receipt", "sheet"} {
		if w := v.does(http.MethodPost, web.Root+path, nil); w.Code != http.StatusConflict {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// behind is an office in which something happens, and is published, between the
// first look at a claim and its receipt.
type behind struct {
	*office.Office
	looked *int
}

func (b behind) History(ctx context.Context, s docket.Stream) ([]office.Step, error) {
	steps, err := b.Office.History(ctx, s)
	if *b.looked++; *b.looked%2 == 1 {
		steps = steps[:len(steps)-1]
	}
	return steps, err
}

func TestWhatHappensBetweenTwoLooksIsShown(t *testing.T) {
	h := played(t, 60)
	c := h.standing(t, claim.Paid)[0]
	v := visiting(t, web.New(behind{h.Office, new(int)}, h.options(t, new(written))))
	code := h.code(t, c)
	_, err := h.Office.Publish(t.Context())
	must(t, err)
	pages := []string{v.enters(string(c.Reference), code).Body.String(), v.does(http.MethodPost, web.Root+"sheet", nil).Body.String()}
	for n, page := range pages {
		if !strings.Contains(page, "A new code was given out") || strings.Contains(page, "will be in the published log by") {
			t.Errorf("page %d\n%s", n, page)
		}
	}
}

// unpublished is an office that has published nothing yet.
type unpublished struct{ *office.Office }

func (unpublished) Receipt(context.Context, string) (docket.Receipt, []docket.Ref, error) {
	return docket.Receipt{}, nil, fault.New(fault.Conflict, "claim.not-published", "claim", "")
}

// Every kind of step has its words, and every word of the pages is there.
func TestEveryStepHasItsWords(t *testing.T) {
	sheet, err := os.ReadFile("../catalogue/en/web.yaml")
	must(t, err)
	for _, kind := range claim.Kinds() {
		if text, ok := catalogue.Say("en", "web.step."+string(kind), map[string]string{}); !ok || text == "" {
			t.Errorf("%s has no words: add web.step.%s", kind, kind)
		}
		// A value that the sentence names and isn't given would be a gap in it.
		code, names, err := web.Told(kind, "{}")
		must(t, err)
		_, sentence, _ := strings.Cut(string(sheet), "\n"+code+": ")
		sentence, _, _ = strings.Cut(sentence, "\n")
		for _, named := range regexp.MustCompile(`[ {]\.([a-z]+)`).FindAllStringSubmatch(sentence, -1) {
			if !slices.Contains(names, named[1]) {
				t.Errorf("%s names %s, which it isn't given (%v)", code, named[1], names)
			}
		}
	}
	h := played(t, 200)
	site := web.New(h.Office, h.options(t, new(written)))
	odd := regexp.MustCompile(`web\.[a-z]|label\.|portal\.|&lt;no value|\(\)`)
	for _, s := range []claim.Standing{claim.Filed, claim.Deficient, claim.Refused, claim.Recorded, claim.Decided, claim.Paid, claim.Returned, claim.Withdrawn} {
		page, _, err := h.Office.ClaimPage(t.Context(), store.ClaimQuery{Standing: s, Limit: 1})
		must(t, err)
		if len(page) == 0 {
			t.Logf("no claim stands as %s", s)
			continue
		}
		v := visiting(t, site)
		w := v.enters(string(page[0].Reference), h.code(t, page[0]))
		if found := odd.FindString(w.Body.String()); found != "" || w.Code != http.StatusOK {
			t.Errorf("%s: %d, and it has %q\n%s", s, w.Code, found, w.Body)
		}
	}
}

// The first page is light: with its stylesheet, uncompressed, well within the
// limit.
func TestTheFirstPageIsLight(t *testing.T) {
	v := visiting(t, web.New(fake{kept: keeping(time.Now)}, web.Options{}))
	page := v.does(http.MethodGet, web.Root, nil).Body
	style := regexp.MustCompile(`href="(/claim/assets/[^"]+)"`).FindStringSubmatch(page.String())
	if style == nil {
		t.Fatal("no stylesheet")
	}
	css := v.does(http.MethodGet, style[1], nil)
	if css.Code != http.StatusOK || !bytes.Contains(css.Body.Bytes(), []byte(".sheet")) || !bytes.Contains(css.Body.Bytes(), []byte("--brand")) {
		t.Fatalf("%d %s", css.Code, css.Body)
	}
	if whole := page.Len() + css.Body.Len(); whole > 60<<10 {
		t.Errorf("%d bytes", whole)
	}
}
