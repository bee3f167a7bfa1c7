// Package tlogtest starts the S3 server into which tests publish a log.
package tlogtest

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Bucket is an S3 server with an empty bucket. It can be stopped, and started
// again at the same address with what it holds.
type Bucket struct {
	Endpoint, Region, Name, AccessKey, SecretKey string

	program, root string
	server        *exec.Cmd
}

// New starts one, which ends with the test. Without the server's program the
// test is skipped.
func New(t testing.TB) *Bucket {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no folder for a cache, so no versitygw, and no bucket is tested: ", err)
	}
	b := &Bucket{
		Region: "us-east-1", Name: "public-log", AccessKey: "harbour", SecretKey: "of-the-tests-alone",
		program: filepath.Join(cache, "chancery", "versitygw-v1.8.0", "versitygw"), root: t.TempDir(),
	}
	if _, err := os.Stat(b.program); err != nil {
		t.Skip("versitygw isn't here, so no bucket is tested: make setup installs it")
	}
	for _, folder := range []string{filepath.Join("data", b.Name), "sidecar"} {
		if err := os.MkdirAll(filepath.Join(b.root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.Endpoint = "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	b.Start(t)
	return b
}

// Start starts the server, and waits until it answers.
func (b *Bucket) Start(t testing.TB) {
	t.Helper()
	server := exec.Command(b.program, "--port", b.Endpoint[len("http://"):], "posix", "--sidecar", filepath.Join(b.root, "sidecar"), filepath.Join(b.root, "data"))
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+b.AccessKey, "ROOT_SECRET_KEY="+b.SecretKey)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	b.server = server
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if answer, err := http.Get(b.Endpoint + "/"); err == nil {
			_ = answer.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			b.Stop()
			t.Fatalf("the gateway doesn't answer: %s", said.String())
		}
	}
}

// Stop ends the server as a crash would.
func (b *Bucket) Stop() {
	if b.server == nil {
		return
	}
	_ = b.server.Process.Kill()
	_ = b.server.Wait()
	b.server = nil
}

// Folder is where the bucket's files lie.
func (b *Bucket) Folder() string { return filepath.Join(b.root, "data", b.Name) }
