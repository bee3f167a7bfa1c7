package installation

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/openchancery/chancery/fault"
)

// Who takes the lock, alone or beside others, stands in it; and whoever comes
// in vain hears of chancery serve only while one carries out commands.
func TestWhoHasTheLockStandsInIt(t *testing.T) {
	for _, test := range []struct {
		name string
		take taking
		as   string
		then taking
		want string
	}{
		{"a command", lock, "", lock, "installation.locked"},
		{"serve", lock, serving, lock, "installation.served"},
		{"serve, and who shares", lock, serving, share, "installation.served"},
		{"who shares", share, "", lock, "installation.locked"},
		{"serve, which shares and carries out nothing", share, serving, lock, "installation.locked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), lockFile)
			if err := os.WriteFile(path, []byte("12345678 serve\n"), 0o600); err != nil { // a serve of yesterday
				t.Fatal(err)
			}
			has, err := test.take(path, test.as)
			if err != nil {
				t.Fatal(err)
			}
			defer has.Close()
			if _, err := test.then(path, ""); fault.Code(err) != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// shareVariable has the program of this test share a lock until its input ends: the
// lock's path, and as what in asVariable.
const (
	shareVariable = "CHANCERY_TEST_SHARE"
	asVariable    = "CHANCERY_TEST_SHARE_AS"
)

// SharesTheLock is what that process does; false where it is none.
func SharesTheLock() (bool, error) {
	path := os.Getenv(shareVariable)
	if path == "" {
		return false, nil
	}
	has, err := share(path, os.Getenv(asVariable))
	if err != nil {
		return true, err
	}
	defer has.Close()
	_, _ = os.Stdout.WriteString("has it\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return true, nil
}

// sharing is a process that shares a lock.
type sharing struct {
	*exec.Cmd
	end io.Closer
}

func shares(t *testing.T, path, as string) sharing {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), shareVariable+"="+path, asVariable+"="+as)
	in, err := c.StdinPipe()
	out, outErr := c.StdoutPipe()
	if err := errors.Join(err, outErr, c.Start()); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "has it\n" {
		t.Fatalf("the other process said %q: %v", line, err)
	}
	s := sharing{c, in}
	t.Cleanup(s.done)
	return s
}

func (s sharing) done() {
	_ = s.end.Close()
	_ = s.Wait()
}

// Who needs an installation that others share hears of a process that has it now:
// of chancery serve where one serves, and of none that has ended.
func TestWhoNeedsWhatOthersShareHearsOfOneThatHasIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), lockFile)
	alone, err := lock(path, serving) // and leaves its name there
	if err == nil {
		err = alone.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what, code string, by sharing) {
		t.Helper()
		_, err := lock(path, "")
		named := ""
		if f, ok := errors.AsType[*fault.Fault](err); ok {
			named = f.Values[0].Text
		}
		if fault.Code(err) != code || named != strconv.Itoa(by.Process.Pid) {
			t.Errorf("%s: %v, want %s by %d", what, err, code, by.Process.Pid)
		}
	}
	serves := shares(t, path, serving)
	refused("serve", "installation.serving", serves)
	files := shares(t, path, "")
	refused("serve, and a command that came later", "installation.serving", serves)
	shares(t, path, "").done()
	refused("serve, a command, and one that has ended", "installation.serving", serves)
	serves.done()
	refused("a command", "installation.locked", files)
	files.done()
	has, err := lock(path, "")
	if err != nil {
		t.Fatalf("when all have ended: %v", err)
	}
	_ = has.Close()
}
