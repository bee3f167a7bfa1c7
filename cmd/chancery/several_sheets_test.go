package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/signin"
)

// lawyer is a representative at a browser, of whose requests each goes to the next of
// several machines.
type lawyer struct {
	*machines
	client  *http.Client
	way     *alternating
	mandate claim.MandateID
}

func (m *machines) lawyer() *lawyer {
	m.Helper()
	ctx := context.Background()
	m.bin.must(m.T, m.dir, "programme", "open", "demo")
	m.bin.must(m.T, m.dir, "actor", "add", "lawyer-1", "--capacity", "representative")
	m.bin.must(m.T, m.dir, "organisation", "join", "legal-aid", "lawyer-1")
	secret, err := m.office.Credential(filepath.Join(m.dir, "register.keys", "credentials", "lawyer-1.credential"))
	m.check(err)
	known, err := m.office.Office.Authenticate(ctx, secret)
	m.check(err)
	l := &lawyer{machines: m, way: &alternating{hosts: m.hosts}}
	l.mandate, err = m.office.Office.GiveMandate(ctx, office.By{Actor: known}, "demo", office.NewMandate{
		MandateGiven: claim.MandateGiven{Kind: claim.ByAuthority}, Principal: map[string]string{"name": "Anna", "paper": "signed"},
	})
	m.check(err)
	token, err := m.office.Office.BeginSession(ctx, office.SessionStaff, "lawyer-1", "passkey", nil)
	m.check(err)
	jar, err := cookiejar.New(nil)
	m.check(err)
	at, err := url.Parse(m.base[0])
	m.check(err)
	jar.SetCookies(at, []*http.Cookie{{Name: signin.StaffCookie, Value: token, Path: "/"}})
	l.client = &http.Client{Jar: jar, Transport: l.way}
	return l
}

// asks answers the path that it came to, and the page.
func (l *lawyer) asks(method, path, kind string, body io.Reader) (to, page string, err error) {
	l.Helper()
	r, err := http.NewRequest(method, l.base[0]+path, body)
	l.check(err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", kind)
	answer, err := l.client.Do(r)
	if err != nil {
		return "", "", err
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return "", "", err
	}
	if answer.StatusCode != http.StatusOK {
		l.Fatalf("%s %s: %s\n%s", method, path, answer.Status, text)
	}
	return answer.Request.URL.Path, string(text), nil
}

func (l *lawyer) must(method, path, kind string, body io.Reader) (to, page string) {
	l.Helper()
	to, page, err := l.asks(method, path, kind, body)
	l.check(err)
	return to, page
}

func (l *lawyer) files(path string) (page string) {
	l.Helper()
	_, page = l.must(http.MethodPost, path+"/file", "application/x-www-form-urlencoded", strings.NewReader("which=all"))
	return page
}

// gives gives so many rows, and waits until they are checked.
func (l *lawyer) gives(own string, rows int) (path string) {
	l.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	l.check(form.WriteField("form", "demo/b-injury"))
	file, err := form.CreateFormFile("sheet", "claims.csv")
	l.check(err)
	_, err = io.WriteString(file, "number,under_mandate,claimant,claimant_name,contact,signed,incident_date,place,family,injured,statement\n")
	l.check(err)
	for n := range rows {
		_, err := fmt.Fprintf(file, "%s-%d,%s,a person,Anna %d,4 Quay Lane,yes,05.11.2019,marina,no,1,what happened\n", own, n, l.mandate, n)
		l.check(err)
	}
	l.check(form.Close())
	path, page := l.must(http.MethodPost, "/represent/bulk", form.FormDataContentType(), &body)
	return l.comes(path, page, "Can be filed")
}

// comes looks at a page until it says so.
func (l *lawyer) comes(path, page, says string) string {
	l.Helper()
	for begin := time.Now(); !strings.Contains(page, says); time.Sleep(100 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			l.Fatalf("%s never says %q: %s", path, says, page)
		}
		_, page = l.must(http.MethodGet, path, "", nil)
	}
	return path
}

// counts are the claims whose statements a mandate covers.
func (l *lawyer) counts() (n int) {
	l.Helper()
	l.check(l.db.QueryRow(context.Background(), "SELECT count(*) FROM mandated WHERE mandate = $1", string(l.mandate)).Scan(&n))
	return n
}

// spreadsheets are a representative's: given to one machine, one is filed by the next,
// and what came back is fetched from each. Another is being filed as its machine is
// killed: a machine that stays goes on with it, and no row is filed twice.
func (m *machines) spreadsheets(there *exec.Cmd) {
	m.Helper()
	l := m.lawyer()
	path := l.gives("K", 1)
	if page := l.files(path); !strings.Contains(page, "Filed now") {
		m.Errorf("the filing: %s", page)
	}
	for range m.hosts {
		if _, back := l.must(http.MethodGet, path+"/checked", "", nil); !strings.Contains(back, "Anna") {
			m.Errorf("what came back: %s", back)
		}
	}
	const rows = 6000
	path = l.gives("L", rows)
	l.way.hosts = m.hosts[1:]
	go func() {
		_, _, _ = l.asks(http.MethodPost, path+"/file", "application/x-www-form-urlencoded", strings.NewReader("which=all"))
	}()
	for begin := time.Now(); l.counts() == 1; time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			m.Fatal("nothing is filed")
		}
	}
	m.check(there.Process.Kill())
	_ = there.Wait()
	delete(m.running, there.Process.Pid)
	filed := l.counts() - 1
	if filed == 0 || filed == rows {
		m.Fatalf("%d of %d rows were filed before the kill: nothing was interrupted", filed, rows)
	}
	m.base, m.hosts = m.base[:1], m.hosts[:1]
	l.way.hosts = m.hosts
	_, page := l.must(http.MethodGet, path, "", nil)
	killed := time.Now()
	l.comes(path, page, "Interrupted")
	m.Logf("interrupted after %d of %d rows, and seen to be %s later", filed, rows, time.Since(killed).Round(time.Second))
	l.comes(path, l.files(path), "Filed now")
	if n := l.counts(); n != rows+1 {
		m.Errorf("%d claims of %d rows", n, rows+1)
	}
	m.serve(m.other)
}
