package web_test

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
)

// servedHere names the data of a process that a test kills, and servedFrom the time that
// it is there when the process begins: a session of the test's own time is none of today.
const (
	servedHere = "CHANCERY_SERVED_HERE"
	servedFrom = "CHANCERY_SERVED_FROM"
)

func TestMain(m *testing.M) {
	if data := os.Getenv(servedHere); data != "" {
		fmt.Println(serveUntilKilled(data))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveUntilKilled serves the interview, and says where.
func serveUntilKilled(data string) error {
	from, err := time.Parse(time.RFC3339, os.Getenv(servedFrom))
	if err != nil {
		return err
	}
	begun := time.Now()
	now := func() time.Time { return from.Add(time.Since(begun)) }
	i, err := installation.Open(context.Background(), data, installation.Options{Now: now})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return http.Serve(l, claimants(i, now, nil))
}

// served is a server in a process of its own.
type served struct {
	cmd *exec.Cmd
	url string
}

func serve(t *testing.T, h *interviewHouse) *served {
	t.Helper()
	s := &served{cmd: exec.Command(os.Args[0])}
	s.cmd.Env = append(os.Environ(), servedHere+"="+h.places.Data, servedFrom+"="+h.now().Format(time.RFC3339))
	out, err := s.cmd.StdoutPipe()
	must(t, err)
	must(t, s.cmd.Start())
	t.Cleanup(s.kill)
	if s.url, err = bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(s.url, "http://") {
		t.Fatalf("it doesn't serve: %q, %v", s.url, err)
	}
	s.url = strings.TrimSpace(s.url)
	return s
}

// kill is kill -9.
func (s *served) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// The server is killed after every page that was answered, and once amid the
// sending of one: the draft returns whole, on the same telephone and by its code.
func TestTheServerIsKilledAtEveryStep(t *testing.T) {
	h := interviewing(t)
	h.server.Close()
	must(t, h.Close())
	now := serve(t, h)
	again := func() {
		now.kill()
		now = serve(t, h)
		h.server = &httptest.Server{URL: now.url}
	}
	h.server = &httptest.Server{URL: now.url}
	w := h.begun("en")
	code := w.get("/apply/code").shownCode()
	again()
	section := w.get("/apply/tasks").sections()[0]
	for _, field := range []string{"claimant_name", "birth_date", "tax_number", "contact"} {
		page := section + "/" + field
		pairs := olenas[field]
		next := w.get(page).answer(pairs...).path
		again()
		w.get(next).at(next).get(page).says(`value="` + strings.Fields(pairs[1])[0])
	}
	another := h.walker("en")
	another.get("/apply/back").answer("code", code)
	another.get(section + "/claimant_name").says("Шевченко Олена Іванівна")
	isKilledAmid(t, h, w, section+"/contact", again)
	isKilledAmidSending(t, h, w, code, again)
}

// isKilledAmidSending kills the server while the claims are sent: afterwards all of
// them are on file, each with what was said of how its claimant may be reached, or the
// draft is there and is sent again.
func isKilledAmidSending(t *testing.T, h *interviewHouse, w *walker, code string, again func()) {
	t.Helper()
	w.filled(olenas)
	w.get("/apply/declare")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		filled := url.Values{"consent": {"true"}, "signed": {"true"}}
		if answer, err := w.c.PostForm(h.server.URL+"/apply/declare", filled); err == nil {
			_ = answer.Body.Close()
		}
	}()
	time.Sleep(20 * time.Millisecond)
	again()
	<-gone
	if w.get("/apply/tasks"); w.path != "/apply/sent" {
		w.declared()
	}
	references := shownReferences.FindAllStringSubmatch(w.page, -1)
	if len(references) != 3 {
		t.Fatalf("references: %v", references)
	}
	for _, r := range references {
		w.post("/claim/", url.Values{"reference": {r[1]}, "code": {code}}).says(r[1])
		w.get("/claim/contact").says(`value="+380 50 123 45 67"`, `value="вранці"`)
	}
}

// isKilledAmid kills the server while an answer is on its way: afterwards the
// answer of before stands, or the new one, and everything else.
func isKilledAmid(t *testing.T, h *interviewHouse, w *walker, page string, again func()) {
	t.Helper()
	w.get(page)
	filled, _ := w.form(page)
	filled.Set("contact", "+380 99 999 99 99")
	req, err := http.NewRequest(http.MethodPost, h.server.URL+page, strings.NewReader(filled.Encode()))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if answer, err := w.c.Do(req); err == nil {
			_ = answer.Body.Close()
		}
	}()
	time.Sleep(3 * time.Millisecond)
	again()
	<-gone
	w.get(page)
	if page := html.UnescapeString(w.page); strings.Contains(page, "+380 50 123 45 67") == strings.Contains(page, "+380 99 999 99 99") {
		t.Errorf("neither answer stands:\n%s", w.page)
	}
	w.get("/apply/check").says("Шевченко Олена Іванівна", "3119900000")
}

// The server is killed while a set of claims is being sent: afterwards it is sent,
// or the draft is there whole; who sends again has sent once.
func TestTheServerIsKilledAmidSending(t *testing.T) {
	h := interviewing(t)
	w := h.begun("en")
	code := w.get("/apply/code").shownCode()
	w.filled(olenas)
	h.server.Close()
	must(t, h.Close())
	first := serve(t, h)
	before := h.server.URL
	h.server = &httptest.Server{URL: first.url}
	w = h.walkerOf(w, before)
	w.get("/apply/declare")
	filled, _ := w.form("/apply/declare")
	filled.Set("consent", "true")
	filled.Set("signed", "true")
	req, err := http.NewRequest(http.MethodPost, first.url+"/apply/declare", strings.NewReader(filled.Encode()))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		alone := &http.Client{Transport: &http.Transport{}, Jar: w.c.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		if answer, err := alone.Do(req); err == nil {
			_ = answer.Body.Close()
		}
	}()
	time.Sleep(8 * time.Millisecond)
	first.kill()
	<-gone
	again := serve(t, h)
	h.server = &httptest.Server{URL: again.url}
	w = h.walkerOf(w, first.url)
	if w.get("/apply/tasks"); w.status == http.StatusOK && w.path == "/apply/tasks" {
		w.get("/apply/check").says("Шевченко Олена Іванівна", "Канарка")
		another := h.walker("en")
		another.get("/apply/back").answer("code", code)
		another.get("/apply/check").says("Шевченко Олена Іванівна", "Канарка")
		w.get("/apply/declare").answer("consent", "true", "signed", "true")
	}
	w.get("/apply/sent").says("Your claim")
	again.kill()
	h.server = nil
	h.reopen()
	if n := len(h.standing(t, claim.Filed)); n != 3 {
		t.Errorf("%d claims on file", n)
	}
}

// walkerOf is a browser with the cookies that another's has for a server of before.
func (h *interviewHouse) walkerOf(of *walker, before string) *walker {
	h.Helper()
	w := h.walker(of.lang)
	w.c.Jar.SetCookies(must1(h.TB)(url.Parse(h.server.URL)), of.c.Jar.Cookies(must1(h.TB)(url.Parse(before))))
	return w
}
