package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/webhook"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func delivery(to string) office.Delivery {
	return office.Delivery{
		Event: office.Event{
			ID: "7.3", Source: "register.example/log", Kind: "claim.recorded.v1", Claim: "0123456789abcdef0123456789abcdef", Version: 2,
			Instant: docket.At(time.Date(2020, 6, 1, 9, 0, 0, 0, time.UTC)), Leaf: 7, Row: 3, After: "5",
		},
		URL: to, Secrets: [][]byte{[]byte("the newer secret"), []byte("the older secret")},
	}
}

// resolver answers every name with these addresses, one after another, as a
// name server does that somebody else owns.
func resolver(t *testing.T, answers ...netip.Addr) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	var asked atomic.Int64
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response = true
			m.Additionals = nil
			q := m.Questions[0]
			h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 0}
			at := answers[min(int(asked.Load()), len(answers)-1)]
			switch {
			case q.Type == dnsmessage.TypeA && at.Is4():
				asked.Add(1)
				m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: at.As4()}}}
			case q.Type == dnsmessage.TypeAAAA && at.Is6():
				asked.Add(1)
				m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AAAAResource{AAAA: at.As16()}}}
			}
			out, err := m.Pack()
			if err == nil {
				_, _ = server.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// Promise 26: nothing is sent within the house, by whatever way an address leads
// there. A server on this machine counts who comes.
func TestNothingIsSentWithinTheHouse(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached.Add(1) }))
	defer inside.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(inside.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	// Written as a number, in every form that a number has.
	s := webhook.New(webhook.Options{})
	for _, host := range []string{
		"127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "[fe80::1]", "[fd00::1]", "100.64.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "255.255.255.255", "[ff02::1]",
	} {
		to := "https://" + net.JoinHostPort(strings.Trim(host, "[]"), port) + "/"
		if err := s.Send(t.Context(), delivery(to)); fault.Code(err) != "webhook.within" {
			t.Errorf("%s: %v", host, err)
		}
		if err := s.CheckURL(to); fault.Code(err) != "webhook.within" {
			t.Errorf("%s is taken: %v", host, err)
		}
	}
	// By a name: at once, and when it leads elsewhere the second time it is asked.
	for name, answers := range map[string][]netip.Addr{
		"leads to this machine":      {netip.MustParseAddr("127.0.0.1")},
		"leads to a private network": {netip.MustParseAddr("10.0.0.1")},
		"leads to a cloud's own":     {netip.MustParseAddr("169.254.169.254")},
		"in IPv6":                    {netip.MustParseAddr("::1")},
	} {
		s := webhook.New(webhook.Options{Resolver: resolver(t, answers...)})
		to := "https://rebind.example:" + port + "/"
		if err := s.CheckURL(to); err != nil {
			t.Errorf("a name is judged when it is used: %v", err)
		}
		if err := s.Send(t.Context(), delivery(to)); fault.Code(err) != "webhook.within" {
			t.Errorf("a name that %s: %v", name, err)
		}
	}
	for _, to := range []string{"http://receiver.example/", "ftp://receiver.example/", "https://user:secret@receiver.example/", "https:///", "receiver.example", "file:///etc/passwd"} {
		if err := s.CheckURL(to); fault.Code(err) != "webhook.url" {
			t.Errorf("%s: %v", to, err)
		}
	}
	if reached.Load() != 0 {
		t.Errorf("%d requests came within the house", reached.Load())
	}
}

// A name that led outside when it was first asked leads within the house later:
// each connection is judged by where it really goes.
func TestANameThatTurnsInwardsLeadsNowhere(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close") // the next one connects anew
		reached.Add(1)
	}))
	defer inside.Close()
	at, err := url.Parse(inside.URL)
	if err != nil {
		t.Fatal(err)
	}
	// The first answer is a network that this house tells; the second isn't.
	s := webhook.New(webhook.Options{
		Allow:    []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Resolver: resolver(t, netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")),
	})
	to := "http://rebind.example:" + at.Port() + "/"
	if err := s.Send(t.Context(), delivery(to)); err != nil || reached.Load() != 1 {
		t.Fatalf("the first time: %v, %d came", err, reached.Load())
	}
	if err := s.Send(t.Context(), delivery(to)); fault.Code(err) != "webhook.within" {
		t.Errorf("the second time: %v", err)
	}
}

// A receiver can't send a delivery on to somewhere else.
func TestARedirectIsARefusal(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached.Add(1) }))
	defer inside.Close()
	receiver := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect))
	defer receiver.Close()
	s := webhook.New(webhook.Options{Allow: loopback})
	err := s.Send(t.Context(), delivery(receiver.URL))
	if fault.Code(err) != "webhook.refused" || reached.Load() != 0 {
		t.Errorf("%v; %d came to where it was sent on", err, reached.Load())
	}
}

// What comes is a CloudEvent signed as Standard Webhooks has it: with the secret
// and, after a rotation, with the one before.
func TestADeliveryIsSignedAndHoldsIdsOnly(t *testing.T) {
	now := time.Date(2020, 6, 1, 9, 0, 1, 0, time.UTC)
	var body []byte
	var header http.Header
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		header = r.Header
		w.WriteHeader(http.StatusAccepted)
	}))
	defer receiver.Close()
	s := webhook.New(webhook.Options{Allow: loopback, Now: func() time.Time { return now }})
	if err := s.Send(t.Context(), delivery(receiver.URL)); err != nil {
		t.Fatal(err)
	}
	signatures := strings.Fields(header.Get("webhook-signature"))
	for i, secret := range []string{"the newer secret", "the older secret"} {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte("7.3.1591002001." + string(body))) // id.timestamp.body
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); i >= len(signatures) || signatures[i] != want {
			t.Errorf("signed %q, want %q as number %d", signatures, want, i+1)
		}
	}
	if header.Get("webhook-id") != "7.3" || header.Get("webhook-timestamp") != "1591002001" || header.Get("Content-Type") != "application/cloudevents+json" {
		t.Errorf("%v", header)
	}
	var got, want any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	const said = `{"specversion":"1.0","id":"7.3","source":"register.example/log","type":"claim.recorded.v1","time":"2020-06-01T09:00:00.000Z",
		"subject":"0123456789abcdef0123456789abcdef","datacontenttype":"application/json",
		"data":{"claim":"0123456789abcdef0123456789abcdef","version":2,"leaf":7,"row":3,"after":"5"}}`
	if err := json.Unmarshal([]byte(said), &want); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("sent %s, want %s", a, b)
	}
}

// The example of the Standard Webhooks specification.
func TestASignatureIsThatOfTheStandard(t *testing.T) {
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := webhook.Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What a receiver says otherwise is a failure, and says nothing of the address.
func TestAFailureSaysNothingOfTheAddress(t *testing.T) {
	receiver := httptest.NewServer(http.NotFoundHandler())
	s := webhook.New(webhook.Options{Allow: loopback})
	to := receiver.URL + "/secret-canary"
	if err := s.Send(t.Context(), delivery(to)); fault.Code(err) != "webhook.refused" || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
	receiver.Close()
	if err := s.Send(t.Context(), delivery(to)); fault.Code(err) != "webhook.unreachable" || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}
