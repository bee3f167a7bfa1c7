// Package pgtest starts the PostgreSQL servers that tests use: real ones, on a
// free port, over a folder of their own, with fsync on, so that what a test
// kills was a database as people run it.
package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The roles of every server, beside its superuser: who owns a database and its
// schema, and as whom the application acts. None has a password: the server
// listens on this machine alone, and trusts.
const (
	Superuser   = "postgres"
	Owner       = "chancery_owner"
	Application = "chancery"
)

// patience bounds each wait for a server.
const patience = 60 * time.Second

// Server is one PostgreSQL server.
type Server struct {
	Port   int
	Folder string // its data directory

	postgres string // the program
	said     log    // what it printed since it was first started
	running  *exec.Cmd
	ended    chan struct{} // closed when the process is gone
}

// Start makes a server of its own for a test and ends it with the test. The
// roles Owner and Application are there; databases come from Database. Where
// PostgreSQL isn't installed the test is skipped.
func Start(t testing.TB) *Server {
	t.Helper()
	s := newServer(t)
	t.Cleanup(s.remove)
	s.initialise(t)
	return s
}

// Shared is the one server of all tests of a package that leave it as it is.
// The package's TestMain ends it, by Main.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		shared.server = newServer(t)
		shared.server.initialise(t)
	}
	return shared.server
}

var shared struct {
	mu     sync.Mutex
	server *Server
}

// Main runs a package's tests and ends the server that they shared.
func Main(m *testing.M) int {
	defer func() {
		if shared.server != nil {
			shared.server.remove()
		}
	}()
	return m.Run()
}

// initialise fills the data directory and starts the server.
func (s *Server) initialise(t testing.TB) {
	t.Helper()
	if out, err := s.tool("initdb", "-D", s.Folder, "-U", Superuser, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	s.Run(t)
	s.Exec(t, s.URL(Superuser, "postgres"),
		"CREATE ROLE "+Owner+" LOGIN CREATEDB",
		"CREATE ROLE "+Application+" LOGIN")
}

// newServer is a server with an empty data directory and a free port.
func newServer(t testing.TB) *Server {
	t.Helper()
	postgres := program("postgres")
	if postgres == "" {
		t.Skip("no PostgreSQL here: make setup installs it")
	}
	folder, err := os.MkdirTemp("", "chancery-pgtest-")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Port: freePort(t), Folder: filepath.Join(folder, "data"), postgres: postgres}
	if err := s.own(folder, s.Folder); err != nil {
		t.Fatal(err)
	}
	return s
}

// remove ends the server at once and removes its folder. It isn't killed: it removes
// its shared memory itself. That of one which a test has killed is removed here, or it
// would stay until the machine is started anew, and they are few that a system has.
func (s *Server) remove() {
	s.end(syscall.SIGQUIT)
	text, _ := os.ReadFile(filepath.Join(s.Folder, "postmaster.pid")) // gone where it ended by itself
	if lines := strings.Split(string(text), "\n"); len(lines) > sharedLine {
		if words := strings.Fields(lines[sharedLine]); len(words) == 2 {
			_ = exec.Command("ipcrm", "-m", words[1]).Run()
		}
	}
	_ = os.RemoveAll(filepath.Dir(s.Folder))
}

// sharedLine is the line of postmaster.pid, from 0, with key and id of a server's
// shared memory.
const sharedLine = 6

// program is the path of one of PostgreSQL's programs, or "". Debian puts the
// server's apart, by version: the newest is taken.
func program(name string) string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) > 0 {
		return found[len(found)-1]
	}
	path, _ := exec.LookPath(name)
	return path
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// own makes the data directory within folder, so that the server's account
// reaches it and nobody else reads it.
func (s *Server) own(folder, data string) error {
	if err := errors.Join(os.Chmod(folder, 0o711), os.Mkdir(data, 0o700)); err != nil {
		return err
	}
	account := account()
	if account == "" {
		return nil
	}
	who, err := user.Lookup(account)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(who.Gid)
	if err != nil {
		return err
	}
	return errors.Join(os.Chown(folder, uid, gid), os.Chown(data, uid, gid))
}

// account is as whom the server runs, which refuses to run as root; "" is as
// ourselves.
func account() string {
	if os.Getuid() != 0 {
		return ""
	}
	for _, name := range []string{"postgres", "nobody"} {
		if _, err := user.Lookup(name); err == nil {
			return name
		}
	}
	return ""
}

// tool is a command of PostgreSQL's, run as the server's account. It ends with
// the thread that starts it.
func (s *Server) tool(name string, args ...string) *exec.Cmd {
	words := []string{"setpriv", "--pdeathsig", "QUIT"}
	if account := account(); account != "" {
		words = append(words, "--reuid", account, "--regid", strconv.Itoa(groupOf(account)), "--clear-groups")
	}
	words = append(append(words, filepath.Join(filepath.Dir(s.postgres), name)), args...)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = filepath.Dir(s.Folder)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	return cmd
}

func groupOf(account string) int {
	who, err := user.Lookup(account)
	if err != nil {
		return -1
	}
	gid, _ := strconv.Atoi(who.Gid)
	return gid
}

// Run starts the server over what its folder holds, and waits until it
// answers. It is what follows Kill and Stop.
func (s *Server) Run(t testing.TB, settings ...string) {
	t.Helper()
	args := []string{
		"-D", s.Folder, "-p", strconv.Itoa(s.Port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "log_min_messages=warning",
		"-c", "dynamic_shared_memory_type=mmap", // in the folder, and gone with it
		"-c", "wal_init_zero=off", // or every other database that a test makes writes another 16 MB of zeroes
	}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	s.begin(t, s.tool("postgres", args...))
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := s.answers()
		if err == nil {
			return
		}
		select {
		case <-s.ended:
			t.Fatalf("the server ended: %s", s.said.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server doesn't answer: %v: %s", err, s.said.String())
		}
	}
}

// begin starts the process on a thread that lives as long as it: a server
// would outlive a test that was killed, but not its own parent thread.
func (s *Server) begin(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = &s.said, &s.said
	begun, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // never unlocked: the thread goes with the goroutine
		defer close(ended)
		err := cmd.Start()
		begun <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	s.running, s.ended = cmd, ended
}

func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.URL(Superuser, "postgres"))
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

// Kill ends the server as a power cut would: kill -9 of every process of it.
// What wasn't fsynced the system still keeps, so that this shows the server's
// recovery, not the disk's.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Stop ends the server in order: acts under way are broken off, what is done is
// on disk (fast shutdown).
func (s *Server) Stop() { s.end(syscall.SIGINT) }

func (s *Server) end(signal syscall.Signal) {
	if s.running == nil {
		return
	}
	children := s.backends()
	_ = s.running.Process.Signal(signal)
	if signal == syscall.SIGKILL {
		for _, pid := range children {
			_ = syscall.Kill(pid, signal)
		}
	}
	<-s.ended
	s.running = nil
}

// backends are the processes that the server started, by their ids.
func (s *Server) backends() (pids []int) {
	parent := strconv.Itoa(s.running.Process.Pid)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // gone meanwhile
		}
		_, after, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(after); len(fields) > 1 && fields[1] == parent {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// URL is the address of a database for a role.
func (s *Server) URL(role, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", role, s.Port, database)
}

// Database makes a database for a test, owned by Owner; it goes with the
// server. It is a copy of the one named like, to which nobody may be connected;
// "" is an empty one.
func (s *Server) Database(t testing.TB, like string) (name string) {
	t.Helper()
	name = "d" + strings.ToLower(rand.Text()[:16])
	if like == "" {
		like = "template0"
	}
	// To drop one would wait for a checkpoint, longer than most tests take.
	s.Exec(t, s.URL(Superuser, "postgres"), "CREATE DATABASE "+name+" OWNER "+Owner+" TEMPLATE "+like)
	return name
}

// Exec runs statements on a connection of their own, each by itself.
func (s *Server) Exec(t testing.TB, url string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for _, text := range statements {
		if _, err := c.Exec(ctx, text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// log keeps what a process prints.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
