package listen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// pair is a certificate and its key in files, read again when they change: who
// renews them need not stop anything.
type pair struct {
	certificate, key string

	mu     sync.Mutex
	read   *tls.Certificate // owned by mu
	of     [2]time.Time     // when the files were changed last, as they were read
	looked time.Time
}

// lookEvery is how often at most the files are looked at.
const lookEvery = time.Second

// current is the certificate as it stands. Files that can't be read for now, as
// while they are being replaced, leave the one that was read before.
func (p *pair) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.read != nil && time.Since(p.looked) < lookEvery {
		return p.read, nil
	}
	p.looked = time.Now()
	of, err := p.changed()
	if err == nil && (p.read == nil || of != p.of) {
		var fresh tls.Certificate
		if fresh, err = tls.LoadX509KeyPair(p.certificate, p.key); err == nil {
			p.read, p.of = &fresh, of
		}
	}
	if p.read != nil {
		return p.read, nil
	}
	return nil, err
}

func (p *pair) changed() (at [2]time.Time, err error) {
	for i, path := range []string{p.certificate, p.key} {
		info, err := os.Stat(path)
		if err != nil {
			return at, err
		}
		at[i] = info.ModTime()
	}
	return at, nil
}

const (
	selfMadeFor  = 90 * 24 * time.Hour
	selfMadeLeft = 7 * 24 * time.Hour // with less to run, another is made
)

// selfMade has a certificate of our own making, for this machine's names: made
// once and kept, so that a browser that was told to trust it goes on to.
func (d *Door) selfMade(folder string) error {
	files := &pair{certificate: filepath.Join(folder, "self-made.crt"), key: filepath.Join(folder, "self-made.key")}
	kept, err := files.current(nil)
	if err == nil && kept.Leaf != nil && time.Until(kept.Leaf.NotAfter) > selfMadeLeft {
		d.tls = modern(files.current)
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the certificate made here: %w", err)
	}
	if err := makeCertificate(folder, files); err != nil {
		return fmt.Errorf("make a certificate: %w", err)
	}
	fresh := &pair{certificate: files.certificate, key: files.key}
	d.tls = modern(fresh.current)
	return nil
}

func makeCertificate(folder string, files *pair) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	names := []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "" {
		names = append(names, host)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "chancery, made on " + names[len(names)-1]},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(selfMadeFor),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	// The key first: a certificate without its key would be taken for one that is there.
	if err := os.WriteFile(files.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(files.certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}), 0o644)
}
