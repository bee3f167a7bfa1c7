package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openchancery/chancery/internal/filelock"
)

// itself is the test binary as chancery: with -race, the commands and the
// server that carries them out are watched for races.
func itself(t *testing.T) binary {
	t.Helper()
	path, err := exec.LookPath("chancery")
	if err != nil {
		t.Fatal(err) // TestMain puts it there
	}
	return binary{path: path, env: []string{"GORACE=atexit_sleep_ms=0"}}
}

// owner is a chancery serve that runs.
type owner struct {
	cmd   *exec.Cmd
	url   string
	ended chan error

	mu   sync.Mutex
	said strings.Builder // owned by mu
}

// serving starts chancery serve and waits until it takes commands.
func (b binary) serving(t *testing.T, dir string, args ...string) *owner {
	t.Helper()
	return b.servingFrom(t, "Commands that act", dir, args...)
}

// servingFrom starts chancery serve and waits until it says so.
func (b binary) servingFrom(t *testing.T, so, dir string, args ...string) *owner {
	t.Helper()
	s := &owner{cmd: b.command(dir, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...), ended: make(chan error, 1)}
	said, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			s.mu.Lock()
			fmt.Fprintln(&s.said, lines.Text())
			s.mu.Unlock()
			if strings.HasPrefix(lines.Text(), so) {
				ready <- true
			}
		}
		s.ended <- s.cmd.Wait()
	}()
	t.Cleanup(func() { _ = s.cmd.Process.Kill() }) // it may have ended
	select {
	case <-ready:
	case err := <-s.ended:
		t.Fatalf("serve ended: %v: %s", err, s.says())
	case <-time.After(time.Minute):
		t.Fatalf("serve is not ready: %s", s.says())
	}
	s.url = address.FindString(s.says())
	return s
}

func (s *owner) says() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// stop ends the server as Ctrl-C does; it must end well, and leave no socket.
func (s *owner) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil || strings.Contains(s.says(), "DATA RACE") {
			t.Errorf("serve: %v: %s", err, s.says())
		}
	case <-time.After(time.Minute):
		t.Fatalf("serve doesn't end: %s", s.says())
	}
}

// published waits until everything that was entered is in the published log.
func (b binary) published(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		head := read[logState](t, b.must(t, dir, "log", "head", "--json"))
		if head.Unpublished == 0 && head.Size > 0 {
			return
		}
	}
	t.Fatal("it is not published after a minute")
}

// madeUp writes a file of the TSA's form with so many rows, the first numbered
// from.
func madeUp(t *testing.T, path string, from, rows int) {
	t.Helper()
	lines := [][]string{strings.Split("Claim Number,Date Received,Incident Date,Airport Code,Airport Name,Airline Name,Claim Type,Claim Site,Item,Claim Amount,Status,Close Amount,Disposition", ",")}
	for n := range rows {
		status := [][]string{{"Denied", "0", "Deny"}, {"Approved", "100.00", "Approve in Full"}}[n%2]
		lines = append(lines, append([]string{
			fmt.Sprint(1_000_000 + from + n), "2007-01-01", "2006-11-25", "PHX", "Phoenix", "Southwest Airlines",
			"Passenger Property Loss", "Checked Baggage", "Hat", fmt.Sprintf("%d.73", 10+n%900),
		}, status...))
	}
	write(t, path, lines, "LF")
}

// fewer are so many rows, or some of them where the race detector makes each
// take twenty times as long.
func fewer(rows int) int {
	if raceOn {
		return rows / 10
	}
	return rows
}

// With serve running, an import does what it does without, and the pages are
// read meanwhile: always whole figures of one moment.
func TestAnImportWhileServeRuns(t *testing.T) {
	bin := itself(t)
	rows := fewer(3_000)
	var want figures
	for _, served := range []bool{false, true} {
		dir := t.TempDir()
		madeUp(t, filepath.Join(dir, "claims.csv"), 0, rows)
		bin.must(t, dir, "desk", "new", "-o", "desk.key")
		bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", "desk.key.pub")
		if !served {
			bin.must(t, dir, importingTSA("claims.csv")...)
			want = bin.stats(t, dir)
			continue
		}
		s := bin.serving(t, dir)
		looked, stop := make(chan int, 1), make(chan bool)
		go func() {
			looks := 0
			for {
				select {
				case <-stop:
					looked <- looks
					return
				default:
				}
				if err := wholePage(s.url + "/figures.json"); err != nil {
					t.Error(err)
				}
				looks++
			}
		}()
		got := read[taken](t, bin.must(t, dir, importingTSA("claims.csv")...))
		close(stop)
		if looks := <-looked; looks == 0 || got.Filed != int64(rows) || got.Reported != int64(rows) {
			t.Errorf("%d looks; taken: %+v", looks, got)
		}
		bin.published(t, dir)
		now := bin.stats(t, dir)
		if now.Entries != want.Entries {
			t.Errorf("%d entries, and %d without serve", now.Entries, want.Entries)
		}
		if now.TreeHead = want.TreeHead; !same(now, want) { // salts are random
			t.Errorf("with serve:\n got %+v\nwant %+v", now, want)
		}
		bin.must(t, dir, "keys", "rotate")
		bin.must(t, dir, "keys", "backup-store")
		bin.sound(t, dir)
		if r := bin.try(t, dir, "doctor"); r.code != exitOK {
			t.Errorf("doctor: %s%s", r.out, r.err)
		}
		s.stop(t)
		bin.sound(t, dir, "--rebuild")
	}
}

func wholePage(url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), "tree_size") {
		return fmt.Errorf("%s: %d, %v: %.300s", url, answer.StatusCode, err, text)
	}
	return nil
}

// Imports of different files at once are all taken in; of the same file at once,
// each row once.
func TestImportsAtOnceThroughServe(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	s := bin.serving(t, dir)
	rows := fewer(3_000)
	madeUp(t, filepath.Join(dir, "0.csv"), 0, rows)
	madeUp(t, filepath.Join(dir, "1.csv"), rows, rows)
	var all sync.WaitGroup
	var filed [4]taken
	for n := range filed {
		all.Go(func() {
			filed[n] = read[taken](t, bin.must(t, dir, importingTSA(fmt.Sprintf("%d.csv", n%2))...))
		})
	}
	all.Wait()
	for n := range 2 {
		a, b := filed[n], filed[n+2]
		if a.Filed+b.Filed != int64(rows) || a.AlreadyHere+b.AlreadyHere != int64(rows) || a.Changed+b.Changed != 0 {
			t.Errorf("file %d: %+v and %+v", n, a, b)
		}
	}
	bin.published(t, dir)
	if now := bin.stats(t, dir); now.Claims != 2*int64(rows) {
		t.Errorf("%d claims", now.Claims)
	}
	bin.sound(t, dir, "--rebuild")
	s.stop(t)
}

// Backups that are made while an import runs through serve are each of one
// moment: restored, they are sound; and the last one is all of it.
func TestBackupsWhileServeRuns(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	rows := fewer(6_000)
	madeUp(t, filepath.Join(dir, "claims.csv"), 0, rows)
	bin.must(t, dir, "keys", "new-backup-key", "-o", "backup.key")
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
	s := bin.serving(t, dir)
	imported := make(chan ran, 1)
	go func() { imported <- bin.try(t, dir, importingTSA("claims.csv")...) }()
	backup := func() {
		bin.must(t, dir, "backup", "backups", "--to", "backup.key.pub")
	}
	made, done := 0, false
	for ; !done; made++ {
		backup()
		select {
		case r := <-imported:
			if done = true; r.code != exitOK {
				t.Errorf("the import: %s", r.err)
			}
		default:
		}
	}
	bin.published(t, dir)
	backup()
	want := bin.stats(t, dir)
	s.stop(t)
	for n, number := range []int{made/2 + 1, made + 1} { // one from the midst, and the last one
		back := fmt.Sprintf("back-%d", n)
		copyTree(t, filepath.Join(dir, "register.keys"), filepath.Join(dir, back+".keys"))
		bin.must(t, dir, "restore", "backups", back, "--identity", "backup.key", "--backup", fmt.Sprint(number),
			"--nothing-known", "--second", back+".keys/credentials/officer-2.credential")
		bin.must(t, dir, "verify", "--rebuild", "--dir", back)
		got := read[figures](t, bin.must(t, dir, "stats", "--json", "--dir", back))
		if number == made+1 && !same(got, want) {
			t.Errorf("restored: %+v, and it was %+v", got, want)
		}
		t.Logf("backup %d of %d: %d claims", number, made+1, got.Claims)
	}
}

// Eight processes act at the same time; the same key from all of them is one
// act.
func TestSingleActsFromManyProcesses(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	bin.must(t, dir, "desk", "new", "-o", "desk.key")
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", "desk.key.pub")
	bin.must(t, dir, "programme", "open", "demo")
	before := bin.stats(t, dir).Entries
	s := bin.serving(t, dir)
	const processes, each = 8, 3
	var all sync.WaitGroup
	references := make([][]string, processes)
	for n := range processes {
		all.Go(func() {
			for k := range each {
				references[n] = append(references[n], fileOne(t, bin, dir, fmt.Sprintf("desk-%d-%d", n, k)))
			}
			references[n] = append(references[n], fileOne(t, bin, dir, "the same"))
			bin.must(t, dir, "claim", "withdraw", references[n][0], "--acknowledgement", fmt.Sprintf("%d.ack", n))
		})
	}
	all.Wait()
	one := slices.Concat(references...)
	slices.Sort(one)
	if one = slices.Compact(one); len(one) != processes*each+1 {
		t.Errorf("%d claims: %v", len(one), references)
	}
	bin.published(t, dir)
	now := bin.stats(t, dir)
	if now.Claims != processes*each+1 || now.Standings["withdrawn"] != processes || now.Entries-before != processes*each+1+processes {
		t.Errorf("%+v, and %d entries before", now, before)
	}
	r := bin.must(t, dir, "receipt", references[3][0], "-o", "receipt.json")
	if !strings.Contains(r.out, "2 steps proved") {
		t.Errorf("the receipt: %s", r.out)
	}
	bin.sound(t, dir, "--rebuild")
	s.stop(t)
}

// fileOne files a claim whose answers come by standard input, and answers its
// reference.
func fileOne(t *testing.T, bin binary, dir, key string) string {
	t.Helper()
	c := bin.command(dir, "claim", "file", "-", "--programme", "demo", "--category", "a-departure", "--key", key, "--json")
	c.Stdin = strings.NewReader(`{"claimant_name":"A. Visser","contact":"Quay Lane 1","place":"marina"}`)
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Errorf("file %s: %v: %s", key, err, errs.String())
		return ""
	}
	return read[struct{ Reference string }](t, ran{out: string(out)}).Reference
}

// grown waits until so many more leaves are in the tree outside.
func grown(t *testing.T, dir string, by int64) {
	t.Helper()
	const record = 256
	leaves := filepath.Join(dir, "register.heads", "leaves")
	before, err := os.Stat(leaves)
	for deadline := time.Now().Add(time.Minute); err == nil && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if now, err := os.Stat(leaves); err == nil && now.Size() >= before.Size()+by*record {
			return
		}
	}
	t.Fatal("nothing was taken in a minute", err)
}

// Whoever ends, in good order or not: the other one goes on, the client says
// what is known, and the same command finishes what was begun.
func TestWhoeverEndsTheOtherGoesOn(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	if raceOn { // it takes a long import, and others look for races
		var err error
		if bin, err = shipped(); err != nil {
			t.Fatal(err)
		}
	}
	const rows = 24_000
	madeUp(t, filepath.Join(dir, "claims.csv"), 0, rows)
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	s := bin.serving(t, dir)
	importing := func(end func(client *exec.Cmd)) (code int, said string) {
		t.Helper()
		c := bin.command(dir, "claim", "import", "claims.csv", "--programme", "tsa-2007")
		var errs strings.Builder
		c.Stderr = &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		grown(t, dir, 1_000)
		end(c)
		_ = c.Wait()
		return c.ProcessState.ExitCode(), errs.String()
	}
	signal := func(p *os.Process, sig os.Signal) {
		t.Helper()
		if err := p.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("Ctrl-C at the client", func(t *testing.T) {
		code, said := importing(func(c *exec.Cmd) { signal(c.Process, os.Interrupt) })
		if code != exitFailed || !strings.Contains(said, "Interrupted. What was acknowledged is on file") {
			t.Errorf("exit code %d: %s", code, said)
		}
	})
	t.Run("kill -9 of the client", func(t *testing.T) {
		importing(func(c *exec.Cmd) { signal(c.Process, os.Kill) })
		bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer") // the server is there
	})
	t.Run("kill -9 of the server", func(t *testing.T) {
		code, said := importing(func(*exec.Cmd) { signal(s.cmd.Process, os.Kill) })
		if code != exitFailed || !strings.Contains(said, "nobody knows whether the last act was done") {
			t.Errorf("exit code %d: %s", code, said)
		}
		<-s.ended
		if _, err := os.Lstat(filepath.Join(dir, "register", "socket")); err != nil {
			t.Errorf("no stale socket to look at: %v", err)
		}
		bin.sound(t, dir)
		bin.must(t, dir, "actor", "add", "officer-3", "--capacity", "officer") // in nobody's way
	})
	t.Run("Ctrl-C at the server", func(t *testing.T) {
		s = bin.serving(t, dir) // over the stale socket
		code, said := importing(func(*exec.Cmd) { s.stop(t) })
		if code != exitOK && (code != exitFailed || !strings.Contains(said, "chancery serve was stopped, and ended this command with it")) {
			t.Errorf("exit code %d: %s", code, said)
		}
		if _, err := os.Lstat(filepath.Join(dir, "register", "socket")); !os.IsNotExist(err) {
			t.Errorf("the socket is left behind: %v", err)
		}
	})
	got := read[taken](t, bin.must(t, dir, "claim", "import", "claims.csv", "--programme", "tsa-2007", "--json"))
	if got.AlreadyHere < 3_000 || got.AlreadyHere+got.Filed != rows {
		t.Errorf("in the end: %+v", got)
	}
	bin.sound(t, dir)
}

// Paths mean what they mean to who gives the command, also where serve stands
// elsewhere; and a data directory may have a long one.
func TestPathsAreThoseOfTheClient(t *testing.T) {
	bin, root := itself(t), t.TempDir()
	dir := filepath.Join(root, strings.Repeat("long-", 40)) // 200 letters
	desk := filepath.Join(dir, "desk")
	if err := os.MkdirAll(desk, 0o700); err != nil {
		t.Fatal(err)
	}
	bin.must(t, dir, "desk", "new", "-o", "desk.key")
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", "desk.key.pub")
	bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
	bin.env = append(bin.env, "CHANCERY_DIR="+filepath.Join(dir, "register"))
	s := bin.serving(t, root)
	bin.env[len(bin.env)-1] = "CHANCERY_DIR=../register"
	if err := os.Rename(filepath.Join(dir, "register.keys", "credentials", "officer-2.credential"), filepath.Join(desk, "second")); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(filepath.Join(dir, "register.keys", "credentials", "registrar.credential"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"first": string(copied),
		"answers.json": `{"claimant_name":"A. Visser","contact":"Quay Lane 1","signed":"true","incident_date":"2019-11-06",
			"place":"marina","family":"false","injured":"1","medical_record":"true","statement":"It was dark."}`,
	} {
		if err := os.WriteFile(filepath.Join(desk, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	madeUp(t, filepath.Join(desk, "claims.csv"), 0, 10)
	text, err := os.ReadFile(filepath.Join(desk, "claims.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(desk, "claims.csv"), append(text, "1999999,no day,2006-11-25,PHX,Phoenix,Southwest Airlines,Passenger Property Loss,Checked Baggage,Hat,1.73,Denied,0,Deny\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	bin.must(t, desk, "programme", "open", "demo")
	filed := bin.must(t, desk, "claim", "file", "answers.json", "--programme", "demo", "--category", "b-injury", "--json", "--acknowledgement", "filed.ack")
	reference := read[struct{ Reference string }](t, filed).Reference
	bin.must(t, desk, "claim", "hold", reference, "--ground", "court-order", "--credential", "first", "--second", "second")
	bin.must(t, desk, "desk", "fetch", reference, "--purpose", "review", "-o", "claims.desk")
	bin.must(t, desk, "keys", "backup-store", "--key-backups", "copies")
	imported := bin.try(t, desk, "claim", "import", "claims.csv", "--programme", "tsa-2007", "--keep-going", "--rejects", "bad.csv", "--json")
	if r := read[struct{ Rejects string }](t, imported); imported.code != exitFailed || r.Rejects != "bad.csv" {
		t.Errorf("the rejects: exit code %d, %s%s", imported.code, imported.out, imported.err)
	}
	bin.must(t, desk, "claim", "map", "claims.csv", "--programme", "tsa-2007")
	for _, name := range []string{"filed.ack", "claims.desk", "copies", "bad.csv"} {
		if _, err := os.Stat(filepath.Join(desk, name)); err != nil {
			t.Error(err)
		}
	}
	for _, test := range []struct{ says, args string }{
		{"chancery: claims.csv: row 11", "claim import claims.csv --programme tsa-2007"},
		{"chancery: There is no file nowhere.csv", "claim import nowhere.csv --programme tsa-2007"},
		{"There is no folder nowhere, so x.ack can't be in it", "claim withdraw " + reference + " --acknowledgement nowhere/x.ack"},
		{"There is no nobody", "claim withdraw " + reference + " --credential nobody"},
		{"lies in", "claim withdraw " + reference + " --acknowledgement ../register/chancery.db"},
	} {
		if r := bin.try(t, desk, strings.Fields(test.args)...); r.code == exitOK || !strings.Contains("chancery: "+r.out+r.err, test.says) || strings.Contains(r.err, "long-long") && test.says != "lies in" {
			t.Errorf("%s: exit code %d\n%s%s", test.args, r.code, r.out, r.err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(root, "*")); err != nil || len(left) != 1 {
		t.Errorf("something lies where serve stands: %v, %v", left, err)
	}
	s.stop(t)
}

// A name that means each process's own is not taken for serve's own, and a pipe
// is not waited for: each is refused with what to do, and serve ends as ever.
func TestFilesThatServeCanNotReachAreRefused(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	bin.must(t, dir, "desk", "new", "-o", "desk.key")
	bin.must(t, dir, "init", "register", "--origin", "test.example/log", "--desk", "desk.key.pub")
	bin.must(t, dir, "programme", "open", "demo")
	answers := `{"claimant_name":"A. Visser","contact":"Quay Lane 1","place":"marina"}`
	pipe := filepath.Join(dir, "pipe")
	for _, err := range []error{
		syscall.Mkfifo(pipe, 0o600), os.Symlink("/dev/stdin", filepath.Join(dir, "linked")),
		os.WriteFile(filepath.Join(dir, "answers.json"), []byte(answers), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := bin.serving(t, dir)
	before := bin.stats(t, dir)
	file := "--programme demo --category a-departure"
	for _, command := range []string{
		"claim file /dev/stdin " + file, "claim file /dev/fd/0 " + file, "claim file /proc/self/fd/0 " + file, "claim file linked " + file,
		"claim file pipe " + file, "claim file answers.json --acknowledgement /dev/stdout " + file,
		"claim file answers.json --acknowledgement pipe " + file, "claim file answers.json --credential pipe " + file,
		"claim import /dev/stdin --programme tsa-2007", "claim import answers.json --map pipe --programme tsa-2007", "programme open pipe", "desk use linked",
	} {
		c := bin.command(dir, strings.Fields(command)...)
		var errs strings.Builder
		c.Stderr, c.Stdin = &errs, strings.NewReader(answers)
		fed := make(chan error, 1)
		if strings.Contains(command, "file pipe") || strings.Contains(command, "open pipe") { // this process reads it first
			go func() { fed <- os.WriteFile(pipe, []byte(answers), 0) }()
		} else {
			fed <- nil
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		late := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
		_ = c.Wait()
		if code := c.ProcessState.ExitCode(); code != exitUse || !strings.Contains(errs.String(), "Write it to a file first") || !late.Stop() {
			t.Errorf("%s: exit code %d: %s", command, code, errs.String())
		}
		select {
		case err := <-fed:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Second): // nobody read it: said above
		}
	}
	if now := bin.stats(t, dir); !same(now, before) {
		t.Errorf("something was done: %+v, and before %+v", now, before)
	}
	bin.must(t, dir, append([]string{"claim", "file", "answers.json", "--acknowledgement", "/dev/null"}, strings.Fields(file)...)...)
	s.stop(t)
}

// What needs the installation for itself is refused with a sentence while serve
// runs, and so is another build; and nothing is done.
func TestWhatServeRefuses(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
	s := bin.serving(t, dir)
	before := bin.stats(t, dir)
	for _, command := range []string{
		"serve", "demo --dir register", "keys protect --with file", "keys backup -o shares", "keys restore share.txt",
		"keys restore-store register.keys/keystore.db", "log epoch --reason key-rotation --second register.keys/credentials/officer-2.credential",
	} {
		r := bin.try(t, dir, append(strings.Fields(command), "--json")...)
		if r.code != exitFailed || !strings.Contains(r.err, `"installation.served"`) || !strings.Contains(r.err, fmt.Sprintf("(process %d)", s.cmd.Process.Pid)) {
			t.Errorf("%s: exit code %d\n%s%s", command, r.code, r.out, r.err)
		}
	}
	if !testing.Short() {
		other, err := shipped() // which was linked without the tests
		if err != nil {
			t.Fatal(err)
		}
		if r := other.try(t, dir, "actor", "add", "officer-3", "--capacity", "officer"); r.code != exitFailed || !strings.Contains(r.err, "another build") {
			t.Errorf("another build: exit code %d\n%s%s", r.code, r.out, r.err)
		}
		other.sound(t, dir) // reading is for every build
	}
	if now := bin.stats(t, dir); !same(now, before) {
		t.Errorf("something was done: %+v, and before %+v", now, before)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	c := bin.command(dir, "actor", "add", "officer-4", "--capacity", "officer")
	var errs strings.Builder
	c.Stdout, c.Stderr = full, &errs
	if _ = c.Run(); c.ProcessState.ExitCode() != exitFailed || !strings.Contains(errs.String(), "could not be written to its end") {
		t.Errorf("an answer that can't be written: exit code %d: %s", c.ProcessState.ExitCode(), errs.String())
	}
	s.stop(t)
	bin.must(t, dir, "keys", "protect", "--with", "file")
}

// A command that comes while serve is only starting waits for it.
func TestACommandWaitsForAServeThatStarts(t *testing.T) {
	bin, dir := itself(t), t.TempDir()
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	lock, err := os.OpenFile(filepath.Join(dir, "register", "lock"), os.O_RDWR|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := filelock.Alone(lock); err != nil {
		t.Fatal(err)
	}
	if _, err := lock.WriteString("4711 serve\n"); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Second, func() { _ = lock.Close() })
	bin.must(t, dir, "actor", "add", "officer-2", "--capacity", "officer")
}
