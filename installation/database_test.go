package installation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/pgtest"
)

// entriesIn counts what a database's docket holds; -1 where nobody made one.
func entriesIn(t testing.TB, server *pgtest.Server, database string) (n int) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), server.URL(pgtest.Superuser, database))
	must(t, err)
	defer func() { _ = c.Close(t.Context()) }()
	var there bool
	must(t, c.QueryRow(t.Context(), "SELECT to_regclass('docket') IS NOT NULL").Scan(&there))
	if !there {
		return -1
	}
	must(t, c.QueryRow(t.Context(), "SELECT count(*) FROM docket").Scan(&n))
	return n
}

// The database that init and move name is filled and no other: an environment that
// leads elsewhere is refused before anything is written.
func TestTheDatabaseThatIsNamedIsTheOneThatIsFilled(t *testing.T) {
	server := pgtest.Start(t)
	used := server.Database(t, "")
	there := installation.Beside(filepath.Join(t.TempDir(), "used"))
	there.Database = server.URL(pgtest.Application, used)
	must(t, installation.Create(t.Context(), there, logName, installation.Options{Owner: server.URL(pgtest.Owner, used)}))
	for _, test := range []struct {
		name     string
		variable func(named string) string
		want     string
	}{
		{"no variable", func(string) string { return "" }, ""},
		{"the same database by another name, with a password", func(named string) string {
			return strings.Replace(server.URL(pgtest.Application+":secret", named), "127.0.0.1", "localhost", 1)
		}, ""},
		{"the same database, not as a URL", func(named string) string {
			at := server.URL(pgtest.Application, named)
			port, _, _ := strings.Cut(at[strings.LastIndex(at, ":")+1:], "/")
			return "host=127.0.0.1 port=" + port + " user=" + pgtest.Application + " dbname=" + named + " sslmode=disable"
		}, ""},
		{"an empty database", func(string) string { return server.URL(pgtest.Application, server.Database(t, "")) }, "installation.environment-elsewhere"},
		{"one that is used", func(string) string { return server.URL(pgtest.Application, used) }, "installation.environment-elsewhere"},
		{"another role", func(named string) string { return server.URL(pgtest.Superuser, named) }, "installation.environment-elsewhere"},
	} {
		for _, filling := range []struct {
			what string
			do   func(t *testing.T, owner string) error
		}{
			{"init", func(t *testing.T, owner string) error {
				places := installation.Beside(filepath.Join(t.TempDir(), "register"))
				address, err := installation.AddressFor(pgtest.Application, owner)
				must(t, err)
				places.Database = address
				err = installation.Create(t.Context(), places, logName, installation.Options{Owner: owner})
				if _, made := os.Stat(places.Data); err != nil && made == nil {
					t.Errorf("%s is there", places.Data)
				}
				return err
			}},
			{"move", func(t *testing.T, owner string) error {
				places := staffed(t)
				_, err := installation.Move(t.Context(), places.Data, installation.Moving{Owner: owner, Role: pgtest.Application}, installation.Options{})
				found, findErr := installation.Find(places.Data)
				must(t, findErr)
				if (found.Database != "") != (err == nil) {
					t.Errorf("after %v it is in %q", err, found.Database)
				}
				acts(t, places)
				return err
			}},
		} {
			t.Run(filling.what+" with "+test.name, func(t *testing.T) {
				named := server.Database(t, "")
				variable := test.variable(named)
				t.Setenv(installation.DatabaseEnv, variable)
				before := entriesIn(t, server, used)
				err := filling.do(t, server.URL(pgtest.Owner, named))
				wantCode(t, filling.what, err, test.want)
				if filled := entriesIn(t, server, named) > 0; filled != (test.want == "") {
					t.Errorf("the database that was named is filled: %t", filled)
				}
				if now := entriesIn(t, server, used); now != before {
					t.Errorf("another database went from %d entries to %d", before, now)
				}
				if strings.Contains(errorText(err), "secret") {
					t.Errorf("the password is told: %v", err)
				}
			})
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The schema of the installation's own database is brought up to date, and no other:
// another one's may have an older program at work on it.
func TestNoOtherDatabaseIsUpgraded(t *testing.T) {
	server := pgtest.Start(t)
	places := staffed(t)
	there, _ := moving(t, server)
	_, err := installation.Move(t.Context(), places.Data, there, installation.Options{})
	must(t, err)
	used, empty := server.Database(t, ""), server.Database(t, "")
	others := installation.Beside(filepath.Join(t.TempDir(), "others"))
	others.Database = server.URL(pgtest.Application, used)
	must(t, installation.Create(t.Context(), others, "others.example/log", installation.Options{Owner: server.URL(pgtest.Owner, used)}))
	for _, named := range []string{used, empty} {
		before := entriesIn(t, server, named)
		err := installation.UpgradeDatabase(t.Context(), places.Data, server.URL(pgtest.Owner, named))
		wantCode(t, "another database", err, "installation.upgrade-elsewhere")
		if now := entriesIn(t, server, named); now != before {
			t.Errorf("it had %d entries, and has %d", before, now)
		}
	}
	must(t, installation.UpgradeDatabase(t.Context(), places.Data, there.Owner))
	acts(t, places)
}

// Whose schema it is can be told where the tree is damaged, and on a machine that is
// new among several, which has no tree yet.
func TestTheOwnDatabaseIsUpgradedWhateverTheTreeIsLike(t *testing.T) {
	server := pgtest.Start(t)
	for name, befall := range map[string]func(t *testing.T, p installation.Places){
		"its leaves are short": func(t *testing.T, p installation.Places) {
			must(t, os.Truncate(filepath.Join(p.Heads, "leaves"), 0))
		},
		"a new machine of several": func(t *testing.T, p installation.Places) {
			must(t, os.RemoveAll(p.Heads))
			file := filepath.Join(p.Data, "places.json")
			text, err := os.ReadFile(file)
			must(t, err)
			must(t, os.WriteFile(file, []byte(strings.Replace(string(text), "{", `{"several": true,`, 1)), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			places := staffed(t)
			there, _ := moving(t, server)
			_, err := installation.Move(t.Context(), places.Data, there, installation.Options{})
			must(t, err)
			befall(t, places)
			must(t, installation.UpgradeDatabase(t.Context(), places.Data, there.Owner))
			empty := server.Database(t, "")
			wantCode(t, "another database", installation.UpgradeDatabase(t.Context(), places.Data, server.URL(pgtest.Owner, empty)), "installation.upgrade-elsewhere")
		})
	}
}

// Who moves back to a file is told that the environment still names what was left,
// and can't do it by way of another database.
func TestAMoveBackSaysThatTheEnvironmentNamesTheOldDatabase(t *testing.T) {
	server := pgtest.Start(t)
	places := staffed(t)
	there, back := moving(t, server)
	_, err := installation.Move(t.Context(), places.Data, there, installation.Options{})
	must(t, err)
	found, err := installation.Find(places.Data)
	must(t, err)
	t.Setenv(installation.DatabaseEnv, server.URL(pgtest.Application, server.Database(t, "")))
	_, err = installation.Move(t.Context(), places.Data, back, installation.Options{})
	wantCode(t, "by way of another database", err, "installation.environment-elsewhere")
	t.Setenv(installation.DatabaseEnv, found.Database)
	moved, err := installation.Move(t.Context(), places.Data, back, installation.Options{})
	must(t, err)
	if moved.Variable != installation.DatabaseEnv {
		t.Errorf("of the variable it says %q", moved.Variable)
	}
	acts(t, places)
}
