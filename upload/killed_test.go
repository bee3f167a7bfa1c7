package upload_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// servedDir names, for the child that is killed, the installation that it serves.
const servedDir = "CHANCERY_TEST_UPLOAD_DIR"

// TestServed is no test but the server that TestKilledWhileFilesCome kills.
func TestServed(t *testing.T) {
	dir, id, _ := strings.Cut(os.Getenv(servedDir), "|")
	if dir == "" {
		t.Skip("it is the server that another test starts")
	}
	i, err := installation.Open(context.Background(), dir, installation.Options{})
	must(t, err)
	c := &counter{TB: t, Installation: i, claim: claim.ID(id), pages: screen.New(screen.Options{Root: "/"})}
	c.by = registrarOf(t, i)
	server := httptest.NewServer(c.handler())
	fmt.Println("served at", server.URL)
	time.Sleep(time.Minute) // it is killed before
}

func registrarOf(t testing.TB, i *installation.Installation) office.By {
	t.Helper()
	secret, err := i.Credential("")
	must(t, err)
	known, err := i.Office.Authenticate(context.Background(), secret)
	must(t, err)
	return office.By{Actor: known}
}

// The server is killed (-9) again and again while a file comes. Whatever it had
// acknowledged is there when it starts again, and the file arrives whole.
func TestKilledWhileFilesCome(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server a dozen times")
	}
	c := newCounter(t)
	dir, id := c.Data, c.claim
	must(t, c.Close())
	content := text(3_000_000)
	r := rand.New(rand.NewSource(9))
	at, here, acknowledged, kills := "", 0, 0, 0
	for here < len(content) {
		child, url := serve(t, dir, string(id))
		s := &sender{server: url, client: &http.Client{Timeout: 20 * time.Second}, piece: 100_000}
		go func(after time.Duration) {
			time.Sleep(after)
			_ = child.Process.Kill()
		}(time.Duration(20+r.Intn(150)) * time.Millisecond)
		for here < len(content) {
			if at == "" {
				answer, err := s.ask(http.MethodPost, "/files/tus", nil, map[string]string{"Upload-Length": fmt.Sprint(len(content)), "Upload-Metadata": named("a.txt")})
				if err != nil {
					break
				}
				at = answer.Header.Get("Location")
			}
			answer, err := s.ask(http.MethodHead, at, nil, nil)
			if err != nil {
				break
			}
			if _, err := fmt.Sscan(answer.Header.Get("Upload-Offset"), &here); err != nil || here < acknowledged {
				t.Fatalf("%d bytes were acknowledged, and %d are there (%v)", acknowledged, here, err)
			}
			end := min(here+s.piece, len(content))
			answer, err = s.ask(http.MethodPatch, at, content[here:end], map[string]string{"Upload-Offset": fmt.Sprint(here), "Content-Type": octets})
			if err != nil {
				break
			}
			if answer.StatusCode == http.StatusNoContent {
				here, acknowledged = end, end
			}
		}
		_ = child.Process.Kill()
		_ = child.Wait()
		kills++
	}
	i, err := installation.Open(t.Context(), dir, installation.Options{})
	must(t, err)
	defer i.Close()
	by := registrarOf(t, i)
	must(t, i.Office.ReconcileFiles(t.Context()))
	f, err := i.Office.FinishFile(t.Context(), by, at[len("/files/tus/"):])
	if err != nil || f.State != evidence.Quarantined || f.SHA256 != docket.Hash(sha256.Sum256(content)) || f.Entry == 0 {
		t.Errorf("after %d kills: %+v, %v", kills, f, err)
	}
	_, err = i.Office.Sequence(t.Context())
	must(t, err)
	v, err := i.Office.Verify(t.Context(), nil)
	must(t, err)
	for _, found := range v.Findings {
		t.Errorf("%+v", found)
	}
	t.Logf("killed %d times", kills)
}

// serve starts the server in a process of its own.
func serve(t *testing.T, dir, id string) (*exec.Cmd, string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run", "^TestServed$", "-test.timeout", "2m")
	child.Env = append(os.Environ(), servedDir+"="+dir+"|"+id)
	out, err := child.StdoutPipe()
	must(t, err)
	child.Stderr = os.Stderr
	must(t, child.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "served at "); ok {
			return child, url
		}
	}
	t.Fatal("the server doesn't start")
	return nil, ""
}
