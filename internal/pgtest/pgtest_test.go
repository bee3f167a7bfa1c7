package pgtest_test

import (
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
