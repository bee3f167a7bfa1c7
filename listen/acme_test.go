package listen_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/listen"
)

// authority gives certificates by ACME to whoever answers for a name by
// TLS-ALPN-01. It checks no signature of a request: that is the library's affair.
type authority struct {
	*httptest.Server
	door string // where the name is reached

	mu     sync.Mutex
	key    *ecdsa.PrivateKey
	root   *x509.Certificate
	proved bool
	given  []byte // the certificate, as PEM
	orders int
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour * 24 * 365),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	must(t, err)
	a.root, err = x509.ParseCertificate(raw)
	must(t, err)
	a.Server = httptest.NewServer(http.HandlerFunc(a.answer))
	t.Cleanup(a.Close)
	return a
}

func (a *authority) answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Replay-Nonce", rand.Text())
	say := func(status int, what map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(what)
	}
	stands := map[bool]string{false: "pending", true: "valid"}[a.proved]
	challenge := map[string]any{"type": "tls-alpn-01", "url": a.URL + "/challenge", "token": "token", "status": stands}
	switch r.URL.Path {
	case "/":
		say(http.StatusOK, map[string]any{"newNonce": a.URL + "/nonce", "newAccount": a.URL + "/account", "newOrder": a.URL + "/orders", "revokeCert": a.URL + "/revoke", "keyChange": a.URL + "/key"})
	case "/nonce":
	case "/account":
		w.Header().Set("Location", a.URL+"/account/1")
		say(http.StatusCreated, map[string]any{"status": "valid"})
	case "/orders":
		a.orders++
		w.Header().Set("Location", a.URL+"/order")
		say(http.StatusCreated, a.order())
	case "/order":
		say(http.StatusOK, a.order())
	case "/authz":
		say(http.StatusOK, map[string]any{"status": stands, "identifier": map[string]string{"type": "dns", "value": "register.example"}, "challenges": []any{challenge}})
	case "/challenge":
		if err := a.asksTheDoor(); err != nil {
			say(http.StatusForbidden, map[string]any{"type": "urn:ietf:params:acme:error:tls", "detail": err.Error()})
			return
		}
		a.proved = true
		challenge["status"] = "valid"
		say(http.StatusOK, challenge)
	case "/finalize":
		if err := a.sign(r.Body); err != nil {
			say(http.StatusBadRequest, map[string]any{"type": "urn:ietf:params:acme:error:badCSR", "detail": err.Error()})
			return
		}
		say(http.StatusOK, a.order())
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(a.given)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (a *authority) order() map[string]any {
	status := "pending"
	if a.proved {
		status = "ready"
	}
	o := map[string]any{
		"identifiers": []any{map[string]string{"type": "dns", "value": "register.example"}}, "authorizations": []string{a.URL + "/authz"}, "finalize": a.URL + "/finalize",
	}
	if a.given != nil {
		status, o["certificate"] = "valid", a.URL+"/certificate"
	}
	o["status"] = status
	return o
}

// asksTheDoor does what TLS-ALPN-01 says: the door answers for the name with a
// certificate that bears the challenge.
func (a *authority) asksTheDoor() error {
	c, err := tls.Dial("tcp", a.door, &tls.Config{ServerName: "register.example", NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, e := range c.ConnectionState().PeerCertificates[0].Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) {
			return nil
		}
	}
	return errors.New("no challenge in the certificate")
}

func (a *authority) sign(body io.Reader) error {
	var jws struct{ Payload string }
	if err := json.NewDecoder(body).Decode(&jws); err != nil {
		return err
	}
	payload, err := base64.RawURLEncoding.DecodeString(jws.Payload)
	if err != nil {
		return err
	}
	var said struct{ CSR string }
	if err := json.Unmarshal(payload, &said); err != nil {
		return err
	}
	raw, err := base64.RawURLEncoding.DecodeString(said.CSR)
	if err != nil {
		return err
	}
	csr, err := x509.ParseCertificateRequest(raw)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: csr.DNSNames, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	made, err := x509.CreateCertificate(rand.Reader, template, a.root, csr.PublicKey, a.key)
	if err != nil {
		return err
	}
	a.given = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})...)
	return nil
}

// A certificate is had from the authority when the first visitor comes, for the
// names that were named and no other, and kept for the next start.
func TestCertificatesComeByACME(t *testing.T) {
	a, cache := newAuthority(t), filepath.Join(t.TempDir(), "acme")
	visit := func(name string) error {
		t.Helper()
		d, err := listen.Open(listen.Options{Hosts: []string{"register.example"}, Directory: a.URL, Cache: cache})
		must(t, err)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		a.mu.Lock()
		a.door = l.Addr().String()
		a.mu.Unlock()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Serve(ctx, l, http.NotFoundHandler()) }()
		defer func() {
			stop()
			must(t, <-done)
		}()
		trusted := x509.NewCertPool()
		trusted.AddCert(a.root)
		c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{ServerName: name, RootCAs: trusted})
		if err != nil {
			return err
		}
		return c.Close()
	}
	if err := visit("elsewhere.example"); err == nil || a.orders != 0 {
		t.Errorf("a name that nobody named: %v, %d orders", err, a.orders)
	}
	for range 2 { // the program starts again
		must(t, visit("register.example"))
	}
	if a.orders != 1 {
		t.Errorf("%d orders", a.orders)
	}
	files, err := os.ReadDir(cache)
	must(t, err)
	for _, f := range files {
		info, err := f.Info()
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", f.Name(), info.Mode())
		}
	}
	if len(files) < 2 {
		t.Errorf("%d files are kept", len(files))
	}
}
