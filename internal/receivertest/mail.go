// Package receivertest stands outside and takes what leaves the house: a mail server,
// and somebody's receiver of webhooks. They listen on this machine, and remember what came.
package receivertest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// MailServer is a small mail server: it takes what it is told to take, and
// remembers everything that it heard.
type MailServer struct {
	testing.TB
	Port    int
	Roots   *x509.CertPool // who vouches for it, where it speaks TLS
	config  *tls.Config
	answers map[string]string // by command: what it says instead of yes

	mu       sync.Mutex
	messages []string // owned by mu
	secure   []bool   // whether each came by TLS; owned by mu
}

// Mail starts a mail server. It offers STARTTLS where withTLS is true, and says to
// some commands ("." is the end of a message) what answers has for them.
func Mail(t testing.TB, withTLS bool, answers map[string]string) *MailServer {
	t.Helper()
	s := &MailServer{TB: t, answers: answers}
	if withTLS {
		s.certify()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.Port = l.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *MailServer) certify() {
	s.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		s.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		s.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(cert)
	s.config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func (s *MailServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	secure := false
	say := func(text string) { _, _ = fmt.Fprintf(c, "%s\r\n", text) }
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		command, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		if answer, ok := s.answers[command]; ok {
			say(answer)
			continue
		}
		switch command {
		case "EHLO":
			if s.config != nil && !secure {
				say("250-test")
				say("250 STARTTLS")
			} else {
				say("250 test")
			}
		case "STARTTLS":
			say("220 go on")
			wrapped := tls.Server(c, s.config)
			if wrapped.Handshake() != nil {
				return
			}
			c, in, secure = wrapped, bufio.NewReader(wrapped), true
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(line)
			}
			if answer, ok := s.answers["."]; ok {
				say(answer)
				continue
			}
			s.mu.Lock()
			s.messages, s.secure = append(s.messages, text.String()), append(s.secure, secure)
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 yes")
		}
	}
}

// Took are the messages that it took, and whether each came by TLS.
func (s *MailServer) Took() ([]string, []bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages), slices.Clone(s.secure)
}
