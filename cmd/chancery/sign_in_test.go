package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var printedToken = regexp.MustCompile(`/sign-in/invited#([A-Za-z0-9_-]{43})`)

// offers asks the running program about a token, as the page does.
func offers(t *testing.T, client *http.Client, at, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/sign-in/invited", strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range w.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != strings.HasPrefix(at, "https") || c.Secure != strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("cookie %v", c)
		}
	}
	return w.StatusCode, string(body)
}

// printed is the token that serve printed.
func (s *owner) printed(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if m := printedToken.FindStringSubmatch(s.says()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("serve prints no token: %s", s.says())
	return ""
}

// A new installation prints the way of its first administrator; one that starts
// again prints another, and the one before is worth nothing.
func TestServeOffersTheFirstAdministratorAWayIn(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	bin.opens(t, dir)
	first := bin.serving(t, dir)
	token := first.printed(t)
	if status, page := offers(t, http.DefaultClient, first.url, token); status != http.StatusOK || !strings.Contains(page, "This is for registrar.") {
		t.Errorf("%d %s", status, page)
	}
	first.stop(t)
	second := bin.serving(t, dir)
	if status, page := offers(t, http.DefaultClient, second.url, token); status != http.StatusForbidden || !strings.Contains(page, "no longer good") {
		t.Errorf("the token of before: %d %s", status, page)
	}
	if status, _ := offers(t, http.DefaultClient, second.url, second.printed(t)); status != http.StatusOK {
		t.Errorf("the new one: %d", status)
	}
	second.stop(t)
}

// On a laptop the pages are had over TLS with a certificate made here, and plain
// http leads there.
func TestServeSpeaksTLSWithACertificateMadeHere(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	bin.opens(t, dir)
	s := bin.serving(t, dir, "--self-made", "--redirect-from", "127.0.0.1:0")
	token := s.printed(t)
	pem, err := os.ReadFile(filepath.Join(dir, "register.keys", "tls", "self-made.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool}}}
	at := regexp.MustCompile(`https://127\.0\.0\.1:\d+`).FindString(s.says())
	if status, page := offers(t, client, at, token); status != http.StatusOK || !strings.Contains(page, "This is for registrar.") {
		t.Errorf("%d %s", status, page)
	}
	client.CloseIdleConnections()
	s.stop(t)
	for flags, want := range map[string]string{
		"--self-made --https":           "Choose one way to https",
		"--tls-cert none.pem":           "can't be used",
		"--proxy 10.0.0.1":              "give --https with it",
		"--redirect-from 127.0.0.1:0":   "isn't spoken here",
		"--staff-accounts nothing.yaml": "doesn't name an identity provider",
		"--url register.example":        "The public address register.example is none",
	} {
		bin.says(t, dir, exitUse, []string{want}, append([]string{"serve", "--listen", "127.0.0.1:0"}, strings.Fields(flags)...)...)
	}
}
