package pgtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/internal/pgtest"
)

// answer is what a question of one text answers.
func answer(t *testing.T, url, question string) (text string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	if err := c.QueryRow(t.Context(), question).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAServerIsAsPeopleRunIt(t *testing.T) {
	s := pgtest.Start(t)
	url := s.URL(pgtest.Owner, s.Database(t, ""))
	for setting, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"} {
		if got := answer(t, url, "SHOW "+setting); got != want {
			t.Errorf("%s is %s", setting, got)
		}
	}
}

func TestWhatWasWrittenIsThereAfterTheServerWasKilledOrStopped(t *testing.T) {
	s := pgtest.Start(t)
	name := s.Database(t, "")
	url := s.URL(pgtest.Owner, name)
	s.Exec(t, url, "CREATE TABLE kept (what text)", "INSERT INTO kept VALUES ('a')")
	for _, end := range []func(){s.Kill, s.Stop} {
		end()
		s.Run(t)
		if got := answer(t, url, "SELECT what FROM kept"); got != "a" {
			t.Errorf("there is %q", got)
		}
	}
	if got := answer(t, s.URL(pgtest.Owner, s.Database(t, name)), "SELECT what FROM kept"); got != "a" {
		t.Errorf("in the copy there is %q", got)
	}
}

func TestWhatIsAcknowledgedIsOnTheStandbyToo(t *testing.T) {
	primary := pgtest.Start(t)
	name := primary.Database(t, "")
	standby := primary.Standby(t)
	primary.Exec(t, primary.URL(pgtest.Owner, name), "CREATE TABLE kept (what text)", "INSERT INTO kept VALUES ('a')")
	primary.Kill()
	standby.Promote(t)
	url := pgtest.AnyOf(pgtest.Owner, name, primary, standby)
	if got := answer(t, url, "SELECT what FROM kept"); got != "a" {
		t.Errorf("there is %q", got)
	}
	standby.Exec(t, url, "INSERT INTO kept VALUES ('b')") // nobody is waited for any more
}

// A server takes its shared memory along, also one that a test has killed: else every
// run of the tests would leave some, until the system has no more to give.
func TestAServerLeavesNothingInSharedMemory(t *testing.T) {
	for what, end := range map[string]func(*pgtest.Server){"ended": func(*pgtest.Server) {}, "killed": (*pgtest.Server).Kill} {
		var words []string
		t.Run(what, func(t *testing.T) {
			s := pgtest.Start(t)
			text, err := os.ReadFile(filepath.Join(s.Folder, "postmaster.pid"))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(text), "\n")
			words = strings.Fields(lines[6])
			if mapped, err := os.ReadFile("/proc/" + lines[0] + "/maps"); err != nil || strings.Contains(string(mapped), "/dev/shm/") {
				t.Errorf("what it maps: %v, %s", err, mapped)
			}
			end(s)
		})
		if words == nil {
			t.Skip("no PostgreSQL was started")
		}
		all, err := os.ReadFile("/proc/sysvipc/shm")
		if err != nil || len(words) != 2 {
			t.Fatalf("%v, %q", err, words)
		}
		for line := range strings.Lines(string(all)) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == words[0] && fields[1] == words[1] {
				t.Errorf("%s: %s is left", what, line)
			}
		}
	}
}
