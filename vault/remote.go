package vault

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/openchancery/chancery/fault"
)

// Service is a key service that wraps the master key: the transit engine of
// OpenBao, or of whatever speaks the same protocol. The key it wraps with never
// leaves it; we ask it once, when the vault is opened.
type Service struct {
	URL   string `json:"url"`             // https, or loopback
	Mount string `json:"mount,omitempty"` // of the engine; "": transit
	Key   string `json:"key"`             // the name of the service's key
}

// remoteFormat is the word by which the file of a wrapped master key is known.
const remoteFormat = "chancery/master-remote/v1"

// remoteFile is what rests in master.remote.
type remoteFile struct {
	Format string `json:"format"`
	Service
	Ciphertext string `json:"ciphertext"`
}

// How long we wait for the service, and how much of its answer we read.
const (
	remotePatience = 10 * time.Second
	remoteAnswer   = 64 << 10
)

// serviceName keeps names of mounts and keys to what stands in an address as it
// is.
var serviceName = regexp.MustCompile(`^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$`)

// remote asks a key service.
type remote struct {
	service Service
	token   string
	client  *http.Client
}

func newRemote(s Service, tokenFile string) (remote, error) {
	if s.URL == "" || s.Key == "" {
		return remote{}, fault.New(fault.Invalid, "vault.service-missing")
	}
	address, err := url.Parse(s.URL)
	loopback := err == nil && address.Scheme == "http" && isLoopback(address.Hostname())
	if err != nil || address.Host == "" || address.User != nil || address.RawQuery != "" || address.Scheme != "https" && !loopback {
		return remote{}, fault.New(fault.Invalid, "vault.service-address", "url", s.URL)
	}
	if s.Mount == "" {
		s.Mount = "transit"
	}
	for _, name := range []string{s.Mount, s.Key} {
		if !serviceName.MatchString(name) {
			return remote{}, fault.New(fault.Invalid, "vault.service-name", "name", name)
		}
	}
	if tokenFile == "" {
		return remote{}, fault.New(fault.Invalid, "vault.no-token", "url", s.URL)
	}
	token, err := readGiven(tokenFile, mostOfMaster)
	if err != nil {
		return remote{}, err
	}
	client := &http.Client{
		Timeout: remotePatience,
		// A redirect would carry the token, or the master key, elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return remote{s, string(bytes.TrimSpace(token)), client}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (remote) form() string { return InRemote }

func (r remote) lock(ctx context.Context, key []byte) ([]byte, error) {
	wrapped, err := r.ask(ctx, "encrypt", "plaintext", base64.StdEncoding.EncodeToString(key), "ciphertext")
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(remoteFile{remoteFormat, r.service, wrapped}, "", "  ")
	return append(text, '\n'), err
}

func (r remote) unlock(ctx context.Context, path string, content []byte) ([]byte, error) {
	var file remoteFile
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fault.New(fault.Unsound, "vault.file-foreign", "file", path)
	}
	plain, err := r.ask(ctx, "decrypt", "ciphertext", file.Ciphertext, "plaintext")
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(plain)
	if err != nil || len(key) != keySize {
		return nil, fault.New(fault.Unsound, "vault.service-answer", "url", r.service.URL)
	}
	return key, nil
}

// parseRemote reads which service wraps the key.
func parseRemote(path string, content []byte) (Service, error) {
	var file remoteFile
	if err := json.Unmarshal(content, &file); err != nil || file.Format != remoteFormat || file.Ciphertext == "" {
		return Service{}, fault.New(fault.Unsound, "vault.file-foreign", "file", path)
	}
	return file.Service, nil
}

// ask sends one value to the service and takes one from its answer. What the
// service says of a refusal is repeated, up to a line; values never are.
func (r remote) ask(ctx context.Context, what, give, value, take string) (string, error) {
	body, err := json.Marshal(map[string]string{give: value})
	if err != nil {
		return "", err
	}
	address, err := url.JoinPath(r.service.URL, path.Join("v1", r.service.Mount, what, r.service.Key))
	if err != nil {
		return "", fault.New(fault.Invalid, "vault.service-address", "url", r.service.URL)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", fault.New(fault.Invalid, "vault.service-address", "url", r.service.URL)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Vault-Token", r.token)
	request.Header.Set("X-Vault-Request", "true")
	response, err := r.client.Do(request)
	if err != nil {
		return "", r.unreachable(ctx, err)
	}
	defer response.Body.Close()
	var answer struct {
		Data   map[string]any `json:"data"`
		Errors []string       `json:"errors"`
	}
	read := json.NewDecoder(io.LimitReader(response.Body, remoteAnswer)).Decode(&answer)
	if response.StatusCode != http.StatusOK {
		return "", fault.New(fault.Conflict, "vault.service-refused", "url", r.service.URL, "status", response.StatusCode, "why", oneLine(answer.Errors))
	}
	taken, _ := answer.Data[take].(string)
	if read != nil || taken == "" {
		return "", fault.New(fault.Unsound, "vault.service-answer", "url", r.service.URL)
	}
	return taken, nil
}

func (r remote) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err // without the address, which is said already
	}
	return fault.New(fault.Conflict, "vault.service-unreachable", "url", r.service.URL, "why", err)
}

func oneLine(said []string) string {
	const most = 200
	line := strings.Join(strings.Fields(strings.Join(said, "; ")), " ")
	if line == "" {
		return "it says nothing"
	}
	return fmt.Sprintf("%.*q", most, line)
}
