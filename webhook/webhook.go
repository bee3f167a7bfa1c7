// Package webhook sends what was published to the addresses that actors named:
// signed as Standard Webhooks has it, in the form of CloudEvents, and to nothing
// within the house. The work is handed to it by a job; it knows no store.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// patience is how long one delivery may take.
const patience = 10 * time.Second

// Sender delivers events.
type Sender struct {
	allow  []netip.Prefix
	now    func() time.Time
	client *http.Client
}

// Options say how events are delivered. The zero value is what a house on the
// internet uses.
type Options struct {
	Allow    []netip.Prefix   // networks of the house that are told all the same, also by http: a closed network, a test
	Now      func() time.Time // the clock; time.Now if nil
	Resolver *net.Resolver    // who says where a name leads; the system's if nil
}

// New makes a sender. Where it connects is checked at the moment of connecting,
// by the address itself: a name that leads within the house, or leads somewhere
// else when it is asked a second time, leads nowhere. No proxy is asked, and no
// other address that a receiver sends it on to.
func New(o Options) *Sender {
	s := &Sender{allow: o.Allow, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	dialer := &net.Dialer{
		Timeout: patience, Resolver: o.Resolver,
		Control: func(_, address string, _ syscall.RawConn) error { return s.checkConnection(address) },
	}
	s.client = &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: patience, MaxIdleConns: 20, MaxIdleConnsPerHost: 2,
			IdleConnTimeout: 30 * time.Second, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// within are the networks that nothing is sent to: the machine itself, private
// ones, and those that lead there under another address.
var within = func() (list []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}()

// allowed reports whether an address is one of those that are told.
func (s *Sender) allowed(at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	holds := func(p netip.Prefix) bool { return p.Contains(at) }
	return slices.ContainsFunc(s.allow, holds) || at.IsValid() && !slices.ContainsFunc(within, holds)
}

// checkConnection refuses a connection to an address within the house.
func (s *Sender) checkConnection(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !s.allowed(at.Addr()) {
		return fault.New(fault.NotAllowed, "webhook.within")
	}
	return nil
}

// CheckURL refuses an address that nothing will ever be sent to: another scheme
// than https (http, too, where the house's own networks are told), one with a
// name and password in it, or the number of a network within the house.
func (s *Sender) CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || len(text) > 500 || u.Host == "" || u.User != nil || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || len(s.allow) == 0) {
		return fault.New(fault.Invalid, "webhook.url")
	}
	if at, err := netip.ParseAddr(u.Hostname()); err == nil && !s.allowed(at) {
		return fault.New(fault.Invalid, "webhook.within")
	}
	return nil
}

// event is the body of a delivery: CloudEvents 1.0.
type event struct {
	SpecVersion string         `json:"specversion"`
	ID          string         `json:"id"`
	Source      string         `json:"source"`
	Type        string         `json:"type"`
	Time        docket.Instant `json:"time"`
	Subject     string         `json:"subject"`
	ContentType string         `json:"datacontenttype"`
	Data        data           `json:"data"`
}

type data struct {
	Claim   string `json:"claim"`
	Version int64  `json:"version"`
	Leaf    int64  `json:"leaf"`
	Row     *int64 `json:"row,omitempty"`
	After   string `json:"after,omitempty"`
}

// Body is what is sent of an event.
func Body(e office.Event) ([]byte, error) {
	d := data{Claim: string(e.Claim), Version: int64(e.Version), Leaf: e.Leaf, After: e.After}
	if e.Row >= 0 {
		d.Row = &e.Row
	}
	return json.Marshal(event{
		SpecVersion: "1.0", ID: e.ID, Source: e.Source, Type: string(e.Kind), Time: e.Instant,
		Subject: string(e.Claim), ContentType: "application/json", Data: d,
	})
}

// Sign is the signature of a delivery by Standard Webhooks, version 1.
func Sign(secret []byte, id string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%d.", id, timestamp)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Send delivers one event. The faults say what came of it and never where it was
// sent: webhook.within, webhook.unreachable, webhook.refused (with status).
func (s *Sender) Send(ctx context.Context, d office.Delivery) error {
	if err := s.CheckURL(d.URL); err != nil {
		return err
	}
	body, err := Body(d.Event)
	if err != nil {
		return fmt.Errorf("write event %s: %w", d.ID, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return fault.New(fault.Invalid, "webhook.url")
	}
	now := s.now().Unix()
	signatures := make([]string, len(d.Secrets))
	for i, secret := range d.Secrets {
		signatures[i] = Sign(secret, d.ID, now, body)
	}
	r.Header.Set("Content-Type", "application/cloudevents+json")
	r.Header.Set("User-Agent", "chancery-webhook/1")
	r.Header.Set("webhook-id", d.ID)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(now, 10))
	r.Header.Set("webhook-signature", strings.Join(signatures, " "))
	answer, err := s.client.Do(r)
	if err != nil {
		if fault.Code(err) == "webhook.within" {
			return fault.New(fault.NotAllowed, "webhook.within")
		}
		return fault.New(fault.Conflict, "webhook.unreachable")
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10) // so that the connection serves again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fault.New(fault.Conflict, "webhook.refused", "status", answer.StatusCode)
	}
	return nil
}
