// Package listen is how the pages are reached: over TLS with a certificate from
// files, from an authority that speaks ACME, or made here for a laptop; or behind
// a server in front of this one. It sets what every answer needs for that, the
// time limits, and who a visitor is.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/openchancery/chancery/fault"
)

// Options say how. The zero value is plain HTTP, which is for one machine alone.
type Options struct {
	Certificate, Key string // files with a certificate and its key; read again when they change

	Hosts     []string // get certificates for these names by ACME
	Email     string   // the authority may write to, about them
	Directory string   // the authority's; Let's Encrypt's if empty
	Cache     string   // folder in which they are kept

	SelfMade string // folder for a certificate made here, which browsers warn of

	Behind  bool     // a server in front of this one speaks https
	Proxies []string // addresses, or networks, of the servers in front: their word on who visits is taken
}

// Door is a way in.
type Door struct {
	// HTTPS says that visitors come by https, perhaps not from the proxy to here.
	HTTPS bool
	// Remote is whose machine a request comes from: an address, or the network
	// that a household has in IPv6.
	Remote func(*http.Request) string

	strict bool // browsers are told to come by https alone
	tls    *tls.Config
	acme   *autocert.Manager
}

// Open prepares a way in: files are read, so that a mistake is said at once.
func Open(o Options) (*Door, error) {
	ways := 0
	for _, is := range []bool{o.Certificate != "" || o.Key != "", len(o.Hosts) > 0, o.SelfMade != "", o.Behind} {
		if is {
			ways++
		}
	}
	if ways > 1 {
		return nil, fault.New(fault.Invalid, "listen.one-way")
	}
	trusted, err := trustedBy(o)
	if err != nil {
		return nil, err
	}
	d := &Door{HTTPS: ways > 0, Remote: trusted.remote, strict: ways > 0 && o.SelfMade == ""}
	switch {
	case o.Certificate != "" || o.Key != "":
		err = d.fromFiles(o.Certificate, o.Key)
	case len(o.Hosts) > 0:
		d.byACME(o)
	case o.SelfMade != "":
		err = d.selfMade(o.SelfMade)
	}
	return d, err
}

func (d *Door) fromFiles(certificate, key string) error {
	files := &pair{certificate: certificate, key: key}
	if _, err := files.current(nil); err != nil {
		return fault.New(fault.Invalid, "listen.certificate", "certificate", certificate, "key", key, "why", err.Error())
	}
	d.tls = modern(files.current)
	return nil
}

func (d *Door) byACME(o Options) {
	d.acme = &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(o.Cache), HostPolicy: autocert.HostWhitelist(o.Hosts...), Email: o.Email,
	}
	if o.Directory != "" {
		d.acme.Client = &acme.Client{DirectoryURL: o.Directory}
	}
	d.tls = modern(d.acme.GetCertificate)
	d.tls.NextProtos = append(d.tls.NextProtos, acme.ALPNProto)
}

// modern is TLS as it is spoken now.
func modern(certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate, NextProtos: []string{"h2", "http/1.1"}}
}

// Encrypted reports whether TLS is spoken here, rather than by a server in front.
func (d *Door) Encrypted() bool { return d.tls != nil }

// The limits of a connection. readAll is for a request that stops coming: one that
// goes on is waited for, see patiently.
var readAll, writeAll = 20 * time.Second, 90 * time.Second

const (
	readHeader = 5 * time.Second
	idle       = time.Minute
	mostHeader = 16 << 10
	grace      = 5 * time.Second
)

// Serve answers on a listener until ctx ends, as Serve does.
func (d *Door) Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	if d.tls != nil {
		l = tls.NewListener(l, d.tls)
	}
	if d.strict {
		h = strictly(h)
	}
	return Serve(ctx, l, h)
}

// Redirect answers on a listener for plain http by sending everybody to https.
// The authority's questions by ACME are answered there too.
func (d *Door) Redirect(ctx context.Context, l net.Listener, to string) error {
	h := redirect(to)
	if d.acme != nil {
		h = d.acme.HTTPHandler(h)
	}
	return Serve(ctx, l, h)
}

// redirect sends to the same path of an address. What is asked for with a form
// isn't repeated: it went over the line in the clear.
func redirect(to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		http.Redirect(w, r, to+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

// strictly tells browsers to come by https alone from now on.
func strictly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

// Serve answers on a listener as it is until ctx ends; then it takes no more
// requests, lets those under way finish for a few seconds and returns nil.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: patiently(h), ReadHeaderTimeout: readHeader, ReadTimeout: readAll, WriteTimeout: writeAll, IdleTimeout: idle, MaxHeaderBytes: mostHeader,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close() // who is still there had their time
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
