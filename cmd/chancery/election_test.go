package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/filelock"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/vault"
)

// nodes are processes that work on one PostgreSQL.
type nodes struct {
	*testing.T
	bin     binary
	dir     string
	db      *pgx.Conn
	office  *installation.Installation // what commits, in this process, and leaves the rest to the nodes
	officer office.Known

	running map[int]*exec.Cmd // by process id
	said    syncedLog

	more int // claims that were sent otherwise than by file

	mu    sync.Mutex
	acked []claim.ID // owned by mu
}

// syncedLog is what the nodes say.
type syncedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *syncedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func newNodes(t *testing.T) *nodes {
	t.Helper()
	return newNodesOver(t, pgtest.Start(t))
}

// newNodesOver makes the installation in register, over a server's database; flags
// are further ones of init.
func newNodesOver(t *testing.T, server *pgtest.Server, flags ...string) *nodes {
	t.Helper()
	database := server.Database(t, "")
	n := &nodes{T: t, bin: itself(t), dir: t.TempDir(), running: map[int]*exec.Cmd{}}
	_, desk, err := vault.NewDeskKey()
	n.check(err)
	n.bin.must(t, n.dir, append([]string{"init", "register", "--origin", "test.example/log", "--desk", desk, "--database", server.URL(pgtest.Owner, database)}, flags...)...)
	n.bin.must(t, n.dir, "programme", "open", "demo")
	n.db, err = pgx.Connect(context.Background(), server.URL(pgtest.Owner, database))
	n.check(err)
	t.Cleanup(func() { _ = n.db.Close(context.Background()) })
	n.office, err = installation.Open(context.Background(), filepath.Join(n.dir, "register"), installation.Options{})
	n.check(err)
	t.Cleanup(func() { _ = n.office.Close() })
	secret, err := n.office.Credential("")
	n.check(err)
	n.officer, err = n.office.Office.Authenticate(context.Background(), secret)
	n.check(err)
	t.Cleanup(func() {
		for _, c := range n.running {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
		if t.Failed() {
			t.Log(n.said.text.String())
		}
	})
	return n
}

func (n *nodes) check(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

func (n *nodes) start(args ...string) {
	n.Helper()
	c := n.bin.command(n.dir, args...)
	c.Stdout, c.Stderr = &n.said, &n.said
	n.check(c.Start())
	n.running[c.Process.Pid] = c
}

// file files a claim: once this returns it is acknowledged.
func (n *nodes) file(key string) claim.ID {
	n.Helper()
	answers, err := n.office.Office.FileClaims(context.Background(), office.By{Actor: n.officer}, "demo", []office.Filing{{
		Key: key, Category: "a-departure", Claimant: "individual", Answers: map[string]string{
			"claimant_name": "Olena " + key, "birth_date": "1975-04-26", "contact": "3 Quay Lane", "incident_date": "2019-11-04",
			"place": "quayside", "family": "false", "nights_away": "2", "signed": "true",
		},
	}})
	if err != nil {
		n.Error(err)
		return ""
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acked = append(n.acked, answers[0].ID)
	return answers[0].ID
}

// committing files claims without a pause until the test tells it to end.
func (n *nodes) committing() (end func()) {
	stop := make(chan struct{})
	var group sync.WaitGroup
	for who := range 2 {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					n.file(fmt.Sprintf("%d-%d", who, i))
				}
			}
		})
	}
	return func() { close(stop); group.Wait() }
}

// holder is the process whose turn it is now; 0 for none of ours.
func (n *nodes) holder() int {
	n.Helper()
	var text string
	err := n.db.QueryRow(context.Background(), "SELECT holder FROM leases WHERE name = 'sequencer' AND until > extract(epoch FROM clock_timestamp()) * 1000").Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0
	}
	n.check(err)
	parts := strings.Split(text, "/")
	pid, _ := strconv.Atoi(parts[len(parts)-2])
	if n.running[pid] == nil {
		return 0
	}
	return pid
}

// patience bounds each wait of the test; it is no measure of what is waited for.
const electionPatience = 2 * time.Minute

func (n *nodes) until(what string, so func() bool) time.Duration {
	n.Helper()
	begin := time.Now()
	for !so() {
		if time.Since(begin) > electionPatience {
			n.Fatalf("it never came to be: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(begin)
}

// goneOnWithin is how soon another sequences once the one whose turn it was is
// killed: four to five seconds of them are the lease.
const goneOnWithin = 10 * time.Second

// inTurn waits until one of the nodes has the turn.
func (n *nodes) inTurn() (pid int) {
	n.Helper()
	n.until("a node has the turn", func() bool { pid = n.holder(); return pid != 0 })
	return pid
}

// sequenced files a claim and waits until it has its leaf.
func (n *nodes) sequenced(key string) time.Duration {
	n.Helper()
	id := n.file(key)
	return n.until("the claim "+key+" has a leaf", func() bool {
		var there bool
		n.check(n.db.QueryRow(context.Background(), "SELECT EXISTS (SELECT FROM leaves WHERE stream = $1)", "claim/"+string(id)).Scan(&there))
		return there
	})
}

// Several processes work on one docket. Whoever sequences is killed in its
// turn, or stopped in it and let go on once another has taken over: another goes
// on within seconds, no leaf is given twice, what was acknowledged is there, and
// the log is what the docket says.
func TestTheSequencerIsElectedAndReplaced(t *testing.T) {
	n := newNodes(t)
	for range 2 {
		n.start("work")
	}
	n.start("serve", "--listen", "127.0.0.1:0")
	n.sequenced("first")
	end := n.committing()
	calm := n.sequenced("calm") // what a leaf takes on this machine just now, while nobody is killed
	var killed, paused []string
	for round := range 2 {
		pid := n.inTurn()
		n.check(syscall.Kill(pid, syscall.SIGKILL))
		_ = n.running[pid].Wait()
		delete(n.running, pid)
		took := n.sequenced(fmt.Sprint("killed-", round))
		if took > goneOnWithin+calm {
			t.Errorf("nobody went on within %v of the kill: a leaf came after %v, where it takes %v else", goneOnWithin, took, calm)
		}
		killed = append(killed, took.Round(time.Millisecond).String())
		n.start("work")
	}
	for round := range 1 {
		pid, free := n.stopInTurn()
		paused = append(paused, n.sequenced(fmt.Sprint("stopped-", round)).Round(time.Millisecond).String())
		n.until("another has the turn", func() bool { now := n.holder(); return now != 0 && now != pid })
		n.check(syscall.Kill(pid, syscall.SIGCONT)) // it believes that it is still its turn
		free()
		n.sequenced(fmt.Sprint("continued-", round))
	}
	end()
	t.Logf("a leaf again after kill -9 of who has the turn: %s; after it was stopped: %s; %d claims acknowledged",
		strings.Join(killed, ", "), strings.Join(paused, ", "), len(n.acked))
	n.rest()
	n.orderly()
	n.bin.sound(t, n.dir, "--rebuild")
}

// stopInTurn stops a node in its turn. It does so while the node waits for the
// tree's files, which the test holds meanwhile: a node that is stopped while it
// holds them itself would keep them from all others on this machine.
func (n *nodes) stopInTurn() (pid int, free func()) {
	n.Helper()
	heads, err := os.OpenFile(filepath.Join(n.dir, "register.heads", "heads"), os.O_RDWR, 0)
	n.check(err)
	n.until("nobody writes the tree", func() bool {
		return filelock.Alone(heads) == nil
	})
	pid = n.inTurn()
	n.check(syscall.Kill(pid, syscall.SIGSTOP))
	n.until("all its threads have stopped", func() bool { return stopped(pid) })
	n.check(filelock.Free(heads))
	return pid, func() { _ = heads.Close() }
}

// stopped reports whether each thread of a process stands still: a signal to
// stop comes to them one after another.
func stopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, at := range threads {
		text, err := os.ReadFile(at)
		// "pid (name) state …"; one that has ended since is gone.
		_, state, found := strings.Cut(string(text), ") ")
		if err == nil && found && !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return true
}

// rest lets the nodes end in good order, and publishes what came in last.
func (n *nodes) rest() {
	n.Helper()
	for pid, c := range n.running {
		n.check(c.Process.Signal(os.Interrupt))
		if err := c.Wait(); err != nil {
			n.Errorf("process %d: %v", pid, err)
		}
		delete(n.running, pid)
	}
	n.check(n.office.Close())
	n.bin.must(n.T, n.dir, "log", "publish")
}

// orderly holds the leaves against what was acknowledged: each entry has one,
// they have no gaps, and a stream's versions come in their order.
func (n *nodes) orderly() {
	n.Helper()
	count := func(text string, args ...any) (c int) {
		n.Helper()
		n.check(n.db.QueryRow(context.Background(), text, args...).Scan(&c))
		return c
	}
	leaves, entries := count("SELECT count(*) FROM leaves"), count("SELECT count(*) FROM docket")
	if leaves != entries || count("SELECT coalesce(max(leaf) + 1, 0) FROM leaves") != leaves || count("SELECT count(DISTINCT (stream, version)) FROM leaves") != leaves {
		n.Errorf("%d leaves for %d entries, or gaps, or one twice", leaves, entries)
	}
	if c := count("SELECT count(*) FROM (SELECT version, lag(version) OVER (PARTITION BY stream ORDER BY leaf) AS before FROM leaves) l WHERE before >= version"); c != 0 {
		n.Errorf("%d leaves out of their stream's order", c)
	}
	for _, id := range n.acked {
		if count("SELECT count(*) FROM leaves WHERE stream = $1 AND version = 1", "claim/"+string(id)) != 1 {
			n.Errorf("claim %s was acknowledged", id)
		}
	}
	if c := count("SELECT count(*) FROM claims"); c != len(n.acked)+n.more {
		n.Errorf("%d claims, %d acknowledged", c, len(n.acked)+n.more)
	}
	n.Logf("%d leaves; %d turns were taken", leaves, count("SELECT token FROM leases WHERE name = 'sequencer'"))
}

// Who gives log publish sees it done, though whoever had the turn was killed in it a
// moment ago, and nobody else works.
func TestLogPublishWaitsForATurnThatNobodyEnds(t *testing.T) {
	n := newNodes(t)
	_, err := n.office.Office.Store.TakeLease(t.Context(), "sequencer", "elsewhere/1/killed", 4*time.Second)
	n.check(err)
	n.file("one")
	n.rest()
	n.orderly()
}
