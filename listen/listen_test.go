package listen_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/listen"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// served serves a page by a door, and answers its address.
func served(t *testing.T, d *listen.Door) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- d.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	}()
	t.Cleanup(func() {
		stop()
		must(t, <-done)
	})
	return l.Addr().String()
}

// speaks asks a page over TLS; pool is whom to trust.
func speaks(t *testing.T, address string, pool *x509.CertPool, most uint16) (*http.Response, error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost", MaxVersion: most}, DisableKeepAlives: true,
	}}
	w, err := client.Get("https://" + address + "/")
	if err == nil {
		t.Cleanup(func() { _ = w.Body.Close() })
	}
	return w, err
}

func pool(t *testing.T, folder string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(folder, "self-made.crt"))
	must(t, err)
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate")
	}
	return p
}

func TestACertificateMadeHereIsKeptAndServes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "tls")
	d, err := listen.Open(listen.Options{SelfMade: folder})
	must(t, err)
	key, err := os.Stat(filepath.Join(folder, "self-made.key"))
	must(t, err)
	if key.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v", key.Mode())
	}
	w, err := speaks(t, served(t, d), pool(t, folder), 0)
	must(t, err)
	if w.Proto != "HTTP/2.0" || w.TLS.Version != tls.VersionTLS13 || w.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%s, TLS %x, %v", w.Proto, w.TLS.Version, w.Header)
	}
	before, err := os.ReadFile(filepath.Join(folder, "self-made.crt"))
	must(t, err)
	again, err := listen.Open(listen.Options{SelfMade: folder})
	must(t, err)
	after, err := os.ReadFile(filepath.Join(folder, "self-made.crt"))
	must(t, err)
	if string(before) != string(after) || !again.HTTPS || !again.Encrypted() {
		t.Error("another one was made")
	}
}

// A certificate is renewed by replacing its files, and nothing is stopped for it.
func TestACertificateInFilesIsReadAgainWhenItChanges(t *testing.T) {
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	for _, folder := range []string{first, second} {
		_, err := listen.Open(listen.Options{SelfMade: folder})
		must(t, err)
	}
	crt, key := filepath.Join(first, "self-made.crt"), filepath.Join(first, "self-made.key")
	oldPool, newPool := pool(t, first), pool(t, second)
	d, err := listen.Open(listen.Options{Certificate: crt, Key: key})
	must(t, err)
	at := served(t, d)
	w, err := speaks(t, at, oldPool, 0)
	must(t, err)
	if w.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers aren't told to come by https alone")
	}
	if _, err := speaks(t, at, oldPool, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	for name, to := range map[string]string{"self-made.key": key, "self-made.crt": crt} {
		b, err := os.ReadFile(filepath.Join(second, name))
		must(t, err)
		must(t, os.WriteFile(to, b, 0o600))
		must(t, os.Chtimes(to, time.Now().Add(time.Hour), time.Now().Add(time.Hour)))
	}
	for begin := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if _, err = speaks(t, at, newPool, 0); err == nil {
			break
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("the new certificate isn't served: %v", err)
		}
	}
	// Files that are half replaced leave the one that was read.
	must(t, os.WriteFile(key, []byte("half"), 0o600))
	must(t, os.Chtimes(key, time.Now().Add(2*time.Hour), time.Now().Add(2*time.Hour)))
	time.Sleep(1100 * time.Millisecond)
	_, err = speaks(t, at, newPool, 0)
	must(t, err)
}

func TestAMistakeIsSaidAtOnce(t *testing.T) {
	for code, o := range map[string]listen.Options{
		"listen.one-way":             {SelfMade: "x", Behind: true},
		"listen.certificate":         {Certificate: "none.crt", Key: "none.key"},
		"listen.proxy":               {Behind: true, Proxies: []string{"my-proxy"}},
		"listen.proxy-without-https": {Proxies: []string{"10.0.0.1"}},
	} {
		if _, err := listen.Open(o); fault.Code(err) != code {
			t.Errorf("%+v: %v, want %s", o, err, code)
		}
	}
	if d, err := listen.Open(listen.Options{}); err != nil || d.HTTPS || d.Encrypted() {
		t.Errorf("plain: %+v, %v", d, err)
	}
}

// Who a visitor is: what a server of ours says, and of nobody else.
func TestAVisitorIsWhomOurOwnProxiesName(t *testing.T) {
	for _, c := range []struct {
		behind    bool
		proxies   []string
		from      string
		forwarded []string
		want      string
	}{
		{false, nil, "192.0.2.1:1", []string{"198.51.100.7"}, "192.0.2.1"},
		{false, nil, "[2001:db8:1:2:3:4:5:6]:1", nil, "2001:db8:1:2::/64"},
		{true, nil, "127.0.0.1:1", []string{"198.51.100.7"}, "198.51.100.7"},
		{true, nil, "[::1]:1", []string{"2001:db8:1:2:3::1"}, "2001:db8:1:2::/64"},
		{true, nil, "192.0.2.1:1", []string{"198.51.100.7"}, "192.0.2.1"}, // comes past the proxy
		{true, []string{"10.0.0.0/8"}, "127.0.0.1:1", []string{"198.51.100.7"}, "127.0.0.1"},
		{true, []string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{true, []string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"203.0.113.9, 198.51.100.7", "10.9.9.9"}, "198.51.100.7"},
		{true, []string{"10.0.0.0/8"}, "10.1.2.3:1", []string{"nobody, 10.9.9.9"}, "10.9.9.9"},
		{true, []string{"10.0.0.1"}, "10.0.0.1:1", nil, "10.0.0.1"},
		{true, []string{"10.0.0.1"}, "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
	} {
		d, err := listen.Open(listen.Options{Behind: c.behind, Proxies: c.proxies})
		must(t, err)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.from, c.forwarded
		if got := d.Remote(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestPlainHTTPLeadsToHTTPS(t *testing.T) {
	d, err := listen.Open(listen.Options{SelfMade: t.TempDir()})
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Redirect(ctx, l, "https://register.example") }()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := client.Get("http://" + l.Addr().String() + "/claim/?lang=uk")
	must(t, err)
	must(t, w.Body.Close())
	if w.StatusCode != http.StatusPermanentRedirect || w.Header.Get("Location") != "https://register.example/claim/?lang=uk" {
		t.Errorf("%d %v", w.StatusCode, w.Header)
	}
	w, err = client.Post("http://"+l.Addr().String()+"/claim/", "application/x-www-form-urlencoded", strings.NewReader("code=x"))
	must(t, err)
	must(t, w.Body.Close())
	if w.StatusCode != http.StatusForbidden {
		t.Errorf("a form in the clear: %d", w.StatusCode)
	}
	stop()
	must(t, <-done)
}

// Who sends headers without end, or none, is not waited for.
func TestAConnectionHasLimits(t *testing.T) {
	d, err := listen.Open(listen.Options{})
	must(t, err)
	w, err := http.DefaultClient.Do(func() *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+served(t, d)+"/", nil)
		must(t, err)
		r.Header.Set("X-Long", strings.Repeat("x", 32<<10))
		return r
	}())
	must(t, err)
	must(t, w.Body.Close())
	if w.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("32 KiB of headers: %d", w.StatusCode)
	}
}

func TestRequestsUnderWayFinish(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	begun, ended := make(chan struct{}), make(chan error, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		time.Sleep(200 * time.Millisecond)
		w.WriteHeader(http.StatusTeapot)
	})
	go func() { ended <- listen.Serve(ctx, l, h) }()
	answered := make(chan int, 1)
	go func() {
		r, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		defer r.Body.Close()
		answered <- r.StatusCode
	}()
	<-begun
	stop()
	if status := <-answered; status != http.StatusTeapot {
		t.Errorf("the request under way got %d", status)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still listens")
	}
	if err := listen.Serve(t.Context(), l, h); err == nil {
		t.Error("a closed listener is served")
	}
}

// A photograph that comes slowly is waited for beyond the limit of one that
// stops; the limits are made short here.
func TestWhoGoesOnSendingIsWaitedFor(t *testing.T) {
	defer listen.Hurry(300*time.Millisecond, 600*time.Millisecond)()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- listen.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, err := io.Copy(io.Discard, r.Body)
			if err != nil {
				w.WriteHeader(http.StatusRequestTimeout)
			}
			_, _ = io.WriteString(w, strings.Repeat("x", int(n)))
		}))
	}()
	send := func(parts int, pause time.Duration) string {
		in, out := io.Pipe()
		go func() {
			for range parts {
				_, _ = io.WriteString(out, "x")
				time.Sleep(pause)
			}
			_ = out.Close()
		}()
		w, err := http.Post("http://"+l.Addr().String()+"/", "text/plain", in)
		if err != nil {
			return err.Error()
		}
		defer w.Body.Close()
		b, _ := io.ReadAll(w.Body)
		return w.Status + string(b)
	}
	if got := send(20, 100*time.Millisecond); got != "200 OK"+strings.Repeat("x", 20) {
		t.Errorf("slow and steady: %s", got)
	}
	if got := send(2, 1500*time.Millisecond); strings.HasPrefix(got, "200") {
		t.Errorf("who stops: %s", got)
	}
	stop()
	must(t, <-done)
}
