package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/tlog/tlogtest"
)

// machines are two installations' folders with nothing between them but a
// PostgreSQL, the keys' database and a bucket.
type machines struct {
	*nodes
	other       string // the second machine's folder; the first's is dir
	there       *installation.Installation
	thereWho    office.Known
	clerk       string   // the credential of a second officer
	base, hosts []string // where the two are served
}

func inBucket(b *tlogtest.Bucket, prefix string) string {
	return "s3://" + b.Name + "/" + prefix + "?" + url.Values{"endpoint": {b.Endpoint}, "region": {b.Region}}.Encode()
}

func newMachines(t *testing.T) *machines {
	t.Helper()
	bucket, server := tlogtest.New(t), pgtest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", bucket.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", bucket.SecretKey)
	n := newNodesOver(t, server, "--keys-database", server.URL(pgtest.Owner, server.Database(t, "")),
		"--evidence", inBucket(bucket, "evidence"))
	m := &machines{nodes: n, other: t.TempDir()}
	n.check(n.office.Close())
	m.publishedIn(inBucket(bucket, "log"))
	n.bin.must(t, n.dir, "programme", "open", "rd4u")
	n.bin.must(t, n.dir, "actor", "add", "officer-2", "--capacity", "officer")
	m.clerk = filepath.Join(n.dir, "register.keys", "credentials", "officer-2.credential")
	// Before it is said that several act, the second machine is refused.
	m.copied("register", "register.keys", "register.heads")
	refused := m.bin.try(t, m.other, "log", "publish")
	if refused.code != exitFailed || !strings.Contains(refused.err, "Another machine acts on this installation's database") {
		t.Errorf("the second machine: %d, %s", refused.code, refused.err)
	}
	if said := m.bin.try(t, m.other, "doctor"); said.code != exitFailed || !strings.Contains(said.out, "The signed checkpoint is kept on this machine") {
		t.Errorf("doctor on the second machine: %d, %s", said.code, said.out)
	}
	m.bin.must(t, n.dir, "machines", "several")
	n.check(os.RemoveAll(m.other))
	n.check(os.Mkdir(m.other, 0o700))
	m.copied("register", "register.keys")
	m.office = m.opened(n.dir)
	m.there = m.opened(m.other)
	m.officer, m.thereWho = m.known(m.office), m.known(m.there)
	return m
}

// publishedIn moves the published log into a bucket, as docs/operations.md says.
func (m *machines) publishedIn(bucket string) {
	m.Helper()
	file := filepath.Join(m.dir, "register", "places.json")
	text, err := os.ReadFile(file)
	m.check(err)
	var places map[string]any
	m.check(json.Unmarshal(text, &places))
	places["log"] = bucket
	text, err = json.Marshal(places)
	m.check(errors.Join(err, os.WriteFile(file, text, 0o600)))
	m.bin.must(m.T, m.dir, "log", "publish", "--rebuild")
}

// copied copies folders to the second machine: without that of the heads its tree
// is an empty one.
func (m *machines) copied(folders ...string) {
	m.Helper()
	for _, folder := range folders {
		m.check(filepath.WalkDir(filepath.Join(m.dir, folder), func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			within, err := filepath.Rel(m.dir, path)
			to := filepath.Join(m.other, within)
			if err != nil || d.IsDir() {
				return errors.Join(err, os.Mkdir(to, 0o700))
			}
			if d.Type()&os.ModeSocket != 0 {
				return nil
			}
			content, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(to, content, 0o600))
		}))
	}
}

func (m *machines) opened(dir string) *installation.Installation {
	m.Helper()
	i, err := installation.Open(context.Background(), filepath.Join(dir, "register"), installation.Options{})
	m.check(err)
	m.Cleanup(func() { _ = i.Close() })
	return i
}

func (m *machines) known(i *installation.Installation) office.Known {
	m.Helper()
	secret, err := i.Credential("")
	m.check(err)
	who, err := i.Office.Authenticate(context.Background(), secret)
	m.check(err)
	return who
}

// serve serves a machine and hears its address.
func (m *machines) serve(dir string) *exec.Cmd {
	m.Helper()
	c := m.bin.command(dir, "serve", "--listen", "127.0.0.1:0")
	out, err := c.StderrPipe()
	m.check(err)
	m.check(c.Start())
	m.running[c.Process.Pid] = c
	s, address := &servedBench{cmd: c, done: make(chan struct{})}, make(chan string, 1)
	go s.listen(out, address)
	select {
	case at := <-address:
		m.base, m.hosts = append(m.base, at), append(m.hosts, strings.TrimPrefix(at, "http://"))
	case <-s.done:
		m.Fatalf("serve ended: %s", s.last())
	}
	return c
}

// alternating sends each request to the next machine, as a balancer does that
// remembers nobody.
type alternating struct {
	hosts []string
	asked atomic.Int64
}

func (a *alternating) RoundTrip(r *http.Request) (*http.Response, error) {
	to := r.Clone(r.Context())
	to.URL.Host = a.hosts[int(a.asked.Add(1))%len(a.hosts)]
	return http.DefaultTransport.RoundTrip(to)
}

// Two machines act on one installation. What one does the other goes on with, and
// neither's loss loses anything.
func TestTwoMachinesActOnOneInstallation(t *testing.T) {
	m := newMachines(t)
	m.serve(m.dir)
	there := m.serve(m.other)
	reference := m.readThere()
	m.wholeWay()
	m.spreadsheets(there)
	m.erased(reference)
	m.killedInTurn()
	m.rest()
	m.check(m.there.Close())
	m.addWebClaims()
	m.orderly()
	for _, dir := range []string{m.dir, m.other} {
		m.bin.must(t, dir, "log", "publish")
		m.bin.sound(t, dir)
		// It complains of other things: nobody copies this key store.
		if said := m.bin.try(t, dir, "doctor"); !strings.Contains(said.out, "ok    what several machines share") {
			t.Errorf("doctor: %s", said.out)
		}
	}
	m.goesOnInTheNextEpoch()
}

// goesOnInTheNextEpoch opens an epoch of the log on one machine. The other signs
// nothing more with its key, until it has the new one.
func (m *machines) goesOnInTheNextEpoch() {
	m.Helper()
	m.bin.must(m.T, m.dir, "log", "epoch", "--reason", "key-rotation", "--second", m.clerk)
	refused := m.bin.try(m.T, m.other, "log", "publish")
	if refused.code != exitFailed || !strings.Contains(refused.err, "Epoch 2 of the log was opened on another machine") {
		m.Errorf("the other machine: %d, %s", refused.code, refused.err)
	}
	m.check(os.RemoveAll(m.other))
	m.check(os.Mkdir(m.other, 0o700))
	m.copied("register", "register.keys", "register.heads")
	m.bin.must(m.T, m.other, "log", "publish")
}

// readThere files here and reads there.
func (m *machines) readThere() (reference string) {
	m.Helper()
	id := m.file("on the first")
	m.check(m.db.QueryRow(context.Background(), "SELECT reference FROM claims WHERE id = $1", string(id)).Scan(&reference))
	shown, err := m.there.Office.ReadAnswers(context.Background(), office.By{Actor: m.thereWho}, reference, "examination")
	m.check(err)
	if shown.Answers["claimant_name"] != "Olena on the first" {
		m.Errorf("there is read %v", shown.Answers)
	}
	return reference
}

// wholeWay is a claimant's, of whose requests each goes to the other machine, and
// who sends a larger file in pieces.
func (m *machines) wholeWay() {
	m.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), electionPatience)
	defer cancel()
	c, err := newClaimant(m.base[0], 1, 1, func(*rand.Rand) time.Duration { return 0 }, benchPhoto(1))
	m.check(err)
	way := &alternating{hosts: m.hosts}
	c.client.Transport = way
	m.check(c.open(ctx, "/apply/start/rd4u"))
	brought, pieces, id, content := map[string]bool{}, 0, "", []byte(nil)
	for range mostPages {
		if c.at == "/apply/sent" {
			break
		}
		if form, _ := c.page.bringing(); form != nil && pieces == 0 && strings.Contains(c.at, "/proof/") {
			pieces, id, content = m.inPieces(ctx, c, c.at+"/tus")
		}
		m.check(c.step(ctx, brought))
	}
	if c.at != "/apply/sent" || pieces < 6 {
		m.Errorf("the way ended at %s, after %d pieces of a file", c.at, pieces)
	}
	m.holdsFile(ctx, id, content)
	m.Logf("a claimant's whole way in %d requests to two machines in turn, and a file in %d pieces", way.asked.Load(), pieces)
}

// inPieces sends a file, piece by piece, and looks each time how much is there: at
// the other machine than the one that took the piece.
func (m *machines) inPieces(ctx context.Context, c *claimant, at string) (pieces int, id string, content []byte) {
	m.Helper()
	content = bytes.Repeat([]byte("What the harbour master wrote.\n"), 20_000)
	asked := func(method, path string, body []byte, headers ...string) *http.Response {
		m.Helper()
		r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
		m.check(err)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Tus-Resumable", "1.0.0")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := c.client.Do(r)
		m.check(err)
		_, err = io.Copy(io.Discard, answer.Body)
		m.check(errors.Join(err, answer.Body.Close()))
		return answer
	}
	begun := asked(http.MethodPost, at, nil, "Upload-Length", strconv.Itoa(len(content)),
		"Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte("harbour.txt")))
	if begun.StatusCode != http.StatusCreated {
		m.Fatalf("a file is begun: %s", begun.Status)
	}
	file := begun.Header.Get("Location")
	for here := 0; here < len(content); pieces++ {
		end := min(here+100_000, len(content))
		answer := asked(http.MethodPatch, file, content[here:end], "Upload-Offset", strconv.Itoa(here), "Content-Type", "application/offset+octet-stream")
		if answer.StatusCode != http.StatusNoContent {
			m.Fatalf("piece %d: %s", pieces, answer.Status)
		}
		here = end
		if stands := asked(http.MethodHead, file, nil).Header.Get("Upload-Offset"); stands != strconv.Itoa(end) {
			m.Fatalf("%d bytes were acknowledged by one, the other has %s", end, stands)
		}
		if pieces%2 == 0 { // so that the pieces change sides
			asked(http.MethodHead, file, nil)
		}
	}
	return pieces, file[strings.LastIndex(file, "/")+1:], content
}

// holdsFile compares what arrived, as each machine has it.
func (m *machines) holdsFile(ctx context.Context, id string, content []byte) {
	m.Helper()
	var owner string
	m.check(m.db.QueryRow(ctx, "SELECT claim_id FROM files WHERE id = $1", id).Scan(&owner))
	for who, i := range map[office.Known]*installation.Installation{m.officer: m.office, m.thereWho: m.there} {
		files, err := i.Office.Files(ctx, office.By{Actor: who}, office.FileOwner{Claim: claim.ID(owner)})
		m.check(err)
		found := slices.IndexFunc(files, func(f office.File) bool { return f.ID == id })
		if found < 0 || files[found].SHA256 != docket.Hash(sha256.Sum256(content)) {
			m.Errorf("the file in pieces is none of %+v", files)
		}
	}
}

// erased erases on the first machine what the second has read.
func (m *machines) erased(reference string) {
	m.Helper()
	m.bin.must(m.T, m.dir, "claim", "withdraw", reference)
	m.bin.must(m.T, m.dir, "erase", reference, "--ground", "request-of-claimant", "--second", m.clerk)
	shown, err := m.there.Office.ReadAnswers(context.Background(), office.By{Actor: m.thereWho}, reference, "examination")
	if err == nil || strings.Contains(fmt.Sprint(shown), "Olena") {
		m.Errorf("what was erased is read on the other machine: %v, %v", shown, err)
	}
	m.Logf("read there after it was erased here: %s", fault.Code(err))
}

// killedInTurn kills whoever sequences, on whatever machine, while claims come in.
func (m *machines) killedInTurn() {
	m.Helper()
	end := m.committing()
	pid := m.inTurn()
	m.check(syscall.Kill(pid, syscall.SIGKILL))
	_ = m.running[pid].Wait()
	delete(m.running, pid)
	took := m.sequenced("killed")
	end()
	m.Logf("a leaf again %s after kill -9 of the machine that sequenced; %d claims acknowledged", took.Round(time.Millisecond), len(m.acked))
}

// addWebClaims adds those that were sent on the pages to what was acknowledged.
func (m *machines) addWebClaims() {
	m.Helper()
	known := map[string]bool{}
	for _, id := range m.acked {
		known[string(id)] = true
	}
	rows, err := m.db.Query(context.Background(), "SELECT id FROM claims")
	m.check(err)
	more := 0
	for rows.Next() {
		var id string
		m.check(rows.Scan(&id))
		if !known[id] {
			more++
		}
	}
	m.check(rows.Err())
	if more == 0 {
		m.Error("no claim was sent on the pages")
	}
	m.more = more
}
