package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/tlog/tlogtest"
)

// verifier is chancery-verify, which lies beside chancery.
func (b binary) verifier() binary {
	b.path = filepath.Join(filepath.Dir(b.path), "chancery-verify")
	return b
}

// says runs a command, and holds its exit code and what it says, on either
// output, against regular expressions.
func (b binary) says(t *testing.T, dir string, code int, wants []string, args ...string) ran {
	t.Helper()
	r := b.try(t, dir, args...)
	if r.code != code {
		t.Errorf("%s %s: exit code %d, want %d\n%s%s", filepath.Base(b.path), strings.Join(args, " "), r.code, code, r.out, r.err)
	}
	for _, want := range wants {
		if !regexp.MustCompile(`(?m)` + want).MatchString(r.out + r.err) {
			t.Errorf("%s %s: nothing says %q\n%s%s", filepath.Base(b.path), strings.Join(args, " "), want, r.out, r.err)
		}
	}
	return r
}

// running starts a command that serves, and gives its address. stop ends it as
// Ctrl-C does.
func (b binary) running(t *testing.T, dir string, args ...string) (url string, stop func()) {
	t.Helper()
	c := b.command(dir, args...)
	said, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatalf("chancery %v says %q: %v, %v", args, line, err, c.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
	}
	t.Cleanup(stop)
	return address.FindString(line), stop
}

const (
	theOrigin = "claims.example.org/log"
	answers   = `{"claimant_name":"A. Visser","contact":"Quay Lane 1","signed":"true","incident_date":"2019-11-05","place":"marina","family":"false","nights_away":"12"}`
)

// opens makes an installation in which claims can be filed, and beside it the
// log's key in log.pub.
func (b binary) opens(t *testing.T, dir string, flags ...string) {
	t.Helper()
	desk := read[struct{ Public string }](t, b.must(t, dir, "desk", "new", "-o", "desk.key", "--json"))
	b.must(t, dir, append([]string{"init", "register", "--origin", theOrigin, "--desk", desk.Public}, flags...)...)
	b.must(t, dir, "programme", "open", "demo")
	put(t, filepath.Join(dir, "answers.json"), answers)
	put(t, filepath.Join(dir, "log.pub"), b.must(t, dir, "log", "key").out)
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// filing are the arguments that file one more claim.
var filing = []string{"claim", "file", "answers.json", "--programme", "demo", "--category", "a-departure", "--received", "2020-03-02", "--json"}

// files a claim, and gives its reference.
func (b binary) files(t *testing.T, dir string) string {
	t.Helper()
	return read[struct{ Reference string }](t, b.must(t, dir, filing...)).Reference
}

// isHeldByAWitness tries promise 17: an older state is refused, and no honest
// witness cosigns a second history.
func isHeldByAWitness(t *testing.T, bin binary) {
	dir, verify := t.TempDir(), bin.verifier()
	bin.opens(t, dir)
	bin.must(t, dir, "witness", "init", "w", "--name", "witness.example/w1")
	bin.must(t, dir, "witness", "add-log", "w", strings.TrimSpace(bin.must(t, dir, "log", "key").out))
	key := strings.TrimSpace(bin.must(t, dir, "witness", "key", "w").out)
	url, stop := bin.running(t, dir, "witness", "run", "w", "--listen", "127.0.0.1:0")
	put(t, filepath.Join(dir, "register.heads", "witnesses"), key+" "+url+"\n")

	whole := []string{"register", "register.keys", "register.heads", "register.log"}
	save := func(under string, parts ...string) {
		for _, p := range parts {
			copyTree(t, filepath.Join(dir, p), filepath.Join(mkdir(t, filepath.Join(dir, under)), p))
		}
	}
	restore := func(from string, parts ...string) {
		for _, p := range parts {
			copyTree(t, filepath.Join(dir, from, p), filepath.Join(dir, p))
		}
	}
	log := func(code int, wants ...string) {
		t.Helper()
		verify.says(t, dir, code, wants, "log", "register.log", "--key", "log.pub", "--witness", key, "--since", "kept.checkpoint")
	}
	bin.files(t, dir)
	verify.must(t, dir, "log", "register.log", "--key", "log.pub", "--witness", key, "--save", "kept.checkpoint")
	save("old", whole...)
	bin.files(t, dir)
	bin.files(t, dir)
	log(exitOK, `^The witness witness\.example/w1 countersigned`, `^GOOD`)
	verify.must(t, dir, "log", "register.log", "--key", "log.pub", "--save", "kept.checkpoint")
	save("new", whole...)

	// The database alone came back older; then keys, heads and published files
	// too, so that only the witness knows.
	restore("old", "register")
	bin.says(t, dir, exitFailed, []string{`this is an older copy of the database`, `log epoch --reason loss`}, filing...)
	restore("old", whole...)
	bin.says(t, dir, exitFailed, []string{`Witness witness\.example/w1 has cosigned 6 leaves of this log, .*; here are 4`}, filing...)
	bin.says(t, dir, exitFailed, []string{`LOOK  the witnesses`, `here are 4`}, "doctor")
	log(exitFailed, `kept\.checkpoint: this checkpoint names 6 entries, and the log now shows 4.*leaves 4 to 5 were published and signed and are gone`)

	// Somebody goes on from there while the witness is away. A dead one stops
	// nothing; once it is back, it cosigns none of it, and it is refused.
	stop()
	for range 3 {
		if r := bin.must(t, dir, filing...); !strings.Contains(r.err, "published without every witness: Witness witness.example/w1 could not be reached") {
			t.Errorf("without a witness: %s", r.err)
		}
	}
	_, stop = bin.running(t, dir, "witness", "run", "w", "--listen", strings.TrimPrefix(url, "http://"))
	bin.says(t, dir, exitFailed, []string{`and the first 6 here are others: the log went on from an older state`}, filing...)
	bin.says(t, dir, exitFailed, []string{`went on from an older state`}, "log", "publish")
	bin.says(t, dir, exitFailed, []string{`LOOK  the witnesses`, `went on from an older state`}, "doctor")
	log(exitFailed, `register\.log/checkpoint: .*witness\.example/w1`, `kept\.checkpoint: it names the root .*forked or rewritten`)
	verify.says(t, dir, exitFailed, []string{`The copies part at leaf 4`}, "log", "register.log", "--key", "log.pub", "--mirror", filepath.Join("new", "register.log"))

	// The true history goes on, cosigned.
	restore("new", whole...)
	bin.files(t, dir)
	log(exitOK, `^The witness witness\.example/w1 countersigned`, `continuation of kept\.checkpoint`, `^GOOD`)
	stop()
}

func mkdir(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// publishesIntoABucket has its log in a bucket, which goes away for a while.
func publishesIntoABucket(t *testing.T, bin binary) {
	dir, verify, bucket := t.TempDir(), bin.verifier(), tlogtest.New(t)
	place := "s3://" + bucket.Name + "/log?endpoint=" + bucket.Endpoint + "&region=" + bucket.Region
	bin.says(t, dir, exitUse, []string{`AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`}, "init", "register", "--origin", theOrigin, "--log", place)
	bin.env = []string{"AWS_ACCESS_KEY_ID=" + bucket.AccessKey, "AWS_SECRET_ACCESS_KEY=" + bucket.SecretKey}
	bucket.Stop()
	bin.says(t, dir, exitFailed, []string{`bucket public-log`}, "init", "register", "--origin", theOrigin, "--log", place)
	bucket.Start(t)
	bin.opens(t, dir, "--log", place)
	for _, folder := range []string{"register.log", "s3:"} {
		if _, err := os.Lstat(filepath.Join(dir, folder)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("there is a folder %s: %v", folder, err)
		}
	}

	claim := bin.files(t, dir)
	bin.must(t, dir, "receipt", claim, "-o", "receipt.json")
	published := filepath.Join(bucket.Folder(), "log")
	verify.says(t, dir, exitOK, []string{`it has 4 entries now`}, "receipt", "receipt.json", "--key", "log.pub", "--checkpoint-from", published)
	url, stop := bin.running(t, dir, "serve", "--listen", "127.0.0.1:0")
	verify.says(t, dir, exitOK, []string{`^GOOD`}, "log", url+"/log/", "--key", "log.pub", "--mirror", published)
	bin.sound(t, dir)

	bucket.Stop()
	begun := time.Now()
	var late string
	for range 2 {
		// serve, which carries it out, publishes and says that it can't just now.
		late = read[struct{ Reference string }](t, bin.must(t, dir, filing...)).Reference
	}
	bin.must(t, dir, "claim", "show", late)
	bin.says(t, dir, exitFailed, []string{`bucket public-log`}, "receipt", late)
	bin.says(t, dir, exitFailed, []string{`LOOK  the published log`, `bucket public-log`}, "doctor")
	bin.says(t, dir, exitFailed, []string{`bucket public-log`}, "verify")
	if answer := get(t, url+"/log/checkpoint"); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the checkpoint without the bucket: %s", answer.Status)
	}
	if answer := get(t, url+"/"); answer.StatusCode != http.StatusOK {
		t.Errorf("the figures without the bucket: %s", answer.Status)
	}
	t.Logf("without the bucket, seven calls took %v", time.Since(begun).Round(time.Millisecond))

	bucket.Start(t)
	bin.must(t, dir, "log", "publish")
	bin.must(t, dir, "receipt", late, "-o", "receipt.json")
	verify.says(t, dir, exitOK, []string{`^GOOD`, `it has 6 entries now`}, "receipt", "receipt.json", "--key", "log.pub", "--checkpoint-from", url+"/log/")
	bin.must(t, dir, "keys", "backup-store")
	bin.must(t, dir, "doctor")
	bin.sound(t, dir, "--rebuild")
	stop()
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return answer
}
