package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"

	"github.com/openchancery/chancery/console"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/listen"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/signin"
	"github.com/openchancery/chancery/web"
)

// serving is how serve is reached, as its flags say.
type serving struct {
	address, from, url string
	behind             listen.Options
	selfMade           bool
	bodies             []string // whose pages these are, as --body says it
	body               screen.Names
	staff, claimants   string // files that name who keeps the accounts

	door *listen.Door
	log  *slog.Logger // told of what failed; slog.Default() if nil
}

func (s *serving) flags(f *pflag.FlagSet) {
	f.StringVar(&s.address, "listen", localAddress, "address to listen at")
	f.StringVar(&s.url, "url", "", "how the pages are reached from outside, as https://register.example; passkeys hang on it")
	f.StringArrayVar(&s.bodies, "body", nil, "whose pages these are, as every page says it and a device with a passkey: NAME, or uk=NAME in one language; give it again for another")
	f.BoolVar(&s.behind.Behind, "https", false, "the pages are reached by https, through a server in front of this one")
	f.StringArrayVar(&s.behind.Proxies, "proxy", nil, "address or network of a server in front, whose word on who visits is taken (this machine unless given); give it again for another")
	f.StringVar(&s.behind.Certificate, "tls-cert", "", "file with a certificate and those above it, in PEM: speak https with it; read again when it changes")
	f.StringVar(&s.behind.Key, "tls-key", "", "file with the certificate's key, in PEM")
	f.StringArrayVar(&s.behind.Hosts, "acme", nil, "name for which to get certificates by ACME, with --listen :443; give it again for another")
	f.StringVar(&s.behind.Email, "acme-email", "", "whom the authority may write to about the certificates")
	f.StringVar(&s.behind.Directory, "acme-directory", "", "the authority's directory; Let's Encrypt's unless given")
	f.BoolVar(&s.selfMade, "self-made", false, "speak https with a certificate made here, of which browsers warn: for a laptop")
	f.StringVar(&s.from, "redirect-from", "", "address, as :80, at which visitors by plain http are sent to https")
	f.StringVar(&s.staff, "staff-accounts", "", "YAML file that names the identity provider of the staff (name, issuer, client, secret_file)")
	f.StringVar(&s.claimants, "claimant-accounts", "", "YAML file that names the identity provider of claimants")
}

// open reads what the flags name, so that a mistake is said before anything is
// served.
func (s *serving) open(i *installation.Installation) (err error) {
	s.body = bodyNames(s.bodies)
	s.behind.Cache = filepath.Join(i.Keys, "acme")
	if s.selfMade {
		s.behind.SelfMade = filepath.Join(i.Keys, "tls")
	}
	if s.door, err = listen.Open(s.behind); err != nil {
		return err
	}
	if s.from != "" && !s.door.Encrypted() {
		return fault.New(fault.Invalid, "listen.redirect-without-tls")
	}
	return nil
}

// bodyNames reads what --body says: a name, or the name in a language of the
// pages.
func bodyNames(said []string) screen.Names {
	names := screen.Names{}
	for _, text := range said {
		lang, name, ok := strings.Cut(text, "=")
		if !ok || !slices.Contains(screen.Languages(), lang) {
			lang, name = "", text
		}
		names[lang] = strings.TrimSpace(name)
	}
	return names
}

// outside is how the pages are reached from outside: as the flags say, or as a
// browser on this machine reaches them.
func (s *serving) outside(at net.Addr) string {
	if s.url != "" {
		return strings.TrimSuffix(s.url, "/")
	}
	if len(s.behind.Hosts) > 0 {
		return "https://" + s.behind.Hosts[0]
	}
	_, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return s.scheme() + "://localhost"
	}
	return s.scheme() + "://" + net.JoinHostPort("localhost", port)
}

// scheme is what is spoken at the address to listen at.
func (s *serving) scheme() string {
	if s.door.Encrypted() {
		return "https"
	}
	return "http"
}

// accounts reads who keeps accounts; nil without a file.
func accounts(path string) (*signin.Provider, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "listen.provider-file", "path", path, "why", err.Error())
	}
	var said struct {
		Name       string `yaml:"name"`
		Issuer     string `yaml:"issuer"`
		Client     string `yaml:"client"`
		SecretFile string `yaml:"secret_file"`
	}
	if err := yaml.UnmarshalWithOptions(text, &said, yaml.Strict()); err != nil {
		return nil, fault.New(fault.Invalid, "listen.provider-file", "path", path, "why", err.Error())
	}
	if said.Name == "" || said.Client == "" || !strings.HasPrefix(said.Issuer, "https://") && !strings.HasPrefix(said.Issuer, "http://localhost") {
		return nil, fault.New(fault.Invalid, "listen.provider-file", "path", path, "why", "name, client and an issuer by https are needed")
	}
	p := &signin.Provider{Name: said.Name, Issuer: said.Issuer, Client: said.Client}
	if said.SecretFile != "" {
		secret, err := os.ReadFile(said.SecretFile)
		if err != nil {
			return nil, fault.New(fault.Invalid, "listen.provider-file", "path", path, "why", err.Error())
		}
		p.Secret = strings.TrimSpace(string(secret))
	}
	return p, nil
}

// signIns adds the pages by which staff and claimants come in.
func (s *serving) signIns(f *front, i *installation.Installation, url string) error {
	staff, err := accounts(s.staff)
	if err != nil {
		return err
	}
	claimants, err := accounts(s.claimants)
	if err != nil {
		return err
	}
	o := signin.Options{Default: language, URL: url, Body: s.body, HTTPS: s.door.HTTPS, Remote: s.door.Remote, Log: s.log}
	o.Provider, o.Landings = staff, map[office.SessionKind]signin.Landing{office.SessionStaff: {Cookie: signin.StaffCookie, Path: console.Root, Outside: web.RepresentRoot}}
	forStaff, err := signin.NewStaff(i.Office, o)
	if err != nil {
		return err
	}
	o.Provider, o.Landings = claimants, map[office.SessionKind]signin.Landing{
		office.SessionClaimant: {Cookie: "chancery-claim", Path: "/claim/mine"},
		office.SessionDraft:    {Cookie: signin.DraftCookie, Path: web.InterviewRoot + "resume", Code: web.InterviewRoot + "back"},
	}
	forClaimants, err := signin.NewClaimants(i.Office, o)
	if err != nil {
		return err
	}
	forDrafts, err := signin.NewDrafts(i.Office, o)
	if err != nil {
		return err
	}
	f.pages(signin.StaffRoot, forStaff)
	f.pages(signin.ClaimantRoot, forClaimants)
	f.pages(signin.DraftRoot, forDrafts)
	return nil
}

// sayFirst prints how the first administrator comes in, on an installation that
// nobody has signed in to yet.
func (a *app) sayFirst(ctx context.Context, i *installation.Installation, url string) error {
	token, until, err := i.Office.SetUp(ctx, installation.FirstActor)
	if err != nil || token == "" {
		return err
	}
	fmt.Fprintf(a.err, "Nobody has signed in here yet. To be the first administrator (%s), open this once, by %s:\n  %s%sinvited#%s\n",
		installation.FirstActor, until.UTC().Format(time.RFC3339), url, signin.StaffRoot, token)
	return nil
}

// pages serves the pages, and sends those who come by plain http to https, until
// ctx ends.
func (s *serving) pages(ctx context.Context, l net.Listener, h http.Handler, url string) error {
	if s.from == "" {
		return s.door.Serve(ctx, l, h)
	}
	plain, err := net.Listen("tcp", s.from)
	if err != nil {
		return addressFault(s.from, err)
	}
	both, stop := context.WithCancel(ctx)
	defer stop()
	redirected := make(chan error, 1)
	go func() {
		redirected <- s.door.Redirect(both, plain, url)
		stop()
	}()
	err = s.door.Serve(both, l, h)
	stop()
	return errors.Join(err, <-redirected)
}
