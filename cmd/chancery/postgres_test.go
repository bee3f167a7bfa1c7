package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/pgtest"
)

// TestScriptsOnPostgreSQL runs testdata/postgres/*.txt, with a server for each.
// OWNER and APPLICATION are the addresses of an empty database, OWNER2 and
// APPLICATION2 those of another one, NOWHERE that of none;
// APPLICATION_WITH_PASSWORD has the application's password in it. Beside the commands of TestScripts there are
//
//	psql URL STATEMENT  a statement on the server
//	passwords           from now on the server asks for the roles' passwords, of-ROLE
//	server kill|run     the server is killed, or runs again
func TestScriptsOnPostgreSQL(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/postgres",
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			server := pgtest.Start(t)
			env.Values["server"] = server
			env.Setenv("NOWHERE", server.URL(pgtest.Owner, "none"))
			for _, n := range []string{"", "2"} {
				name := server.Database(t, "")
				env.Setenv("OWNER"+n, server.URL(pgtest.Owner, name))
				env.Setenv("APPLICATION"+n, server.URL(pgtest.Application, name))
				env.Setenv("APPLICATION_WITH_PASSWORD"+n, strings.Replace(server.URL(pgtest.Application, name), "@", ":of-"+pgtest.Application+"@", 1))
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "field": field, "keep": keep, "json": isJSON,
			"psql": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Value("server").(*pgtest.Server).Exec(t, args[0], args[1])
			},
			"passwords": func(ts *testscript.TestScript, _ bool, _ []string) {
				server := ts.Value("server").(*pgtest.Server)
				hba := "host all " + pgtest.Superuser + " all trust\nhost all all all scram-sha-256\n"
				ts.Check(os.WriteFile(filepath.Join(server.Folder, "pg_hba.conf"), []byte(hba), 0o644))
				super := server.URL(pgtest.Superuser, "postgres")
				for _, role := range []string{pgtest.Owner, pgtest.Application} {
					server.Exec(t, super, "ALTER ROLE "+role+" PASSWORD 'of-"+role+"'")
				}
				server.Exec(t, super, "SELECT pg_reload_conf()")
			},
			"server": func(ts *testscript.TestScript, _ bool, args []string) {
				server := ts.Value("server").(*pgtest.Server)
				switch args[0] {
				case "kill":
					server.Kill()
				case "run":
					server.Run(t)
				default:
					ts.Fatalf("a server can't %s", args[0])
				}
			},
		},
	})
}

// What PostgreSQL refuses, a person hears in a sentence that says what to do.
func TestWhatPostgreSQLRefusesIsSaidInWords(t *testing.T) {
	for sqlstate, want := range map[string]struct {
		code string
		kind fault.Kind
	}{
		"28P01": {"postgres.password", fault.NotAllowed},
		"28000": {"postgres.role", fault.NotAllowed},
		"3D000": {"postgres.no-database", fault.NotFound},
		"42501": {"postgres.rights", fault.NotAllowed},
		"25006": {"postgres.standby", fault.Conflict},
		"53100": {"postgres.disk-full", fault.Conflict},
		"53300": {"postgres.too-many", fault.Conflict},
		"57P01": {"postgres.unreachable", fault.Conflict},
		"57P03": {"postgres.unreachable", fault.Conflict},
		"08006": {"postgres.unreachable", fault.Conflict},
		"22012": {"", ""},
	} {
		got := postgresFault(&pgconn.PgError{Code: sqlstate, Message: "so says the server"})
		if fault.Code(got) != want.code || got != nil && !fault.Is(got, want.kind) {
			t.Errorf("%s: %v", sqlstate, got)
		}
		if got != nil && catalogue.Sentence(language, got) == got.Error() {
			t.Errorf("%s: there is no sentence for %s", sqlstate, want.code)
		}
	}
}

// A bucket or a service on another machine that doesn't answer is called so, with what to
// do; its address is told without what may be secret in it.
func TestAnotherMachineThatDoesNotAnswerIsNamed(t *testing.T) {
	a := &app{}
	_, err := http.Get("http://127.0.0.1:1/bucket/object?secret=x") // nobody listens there
	got := a.machineFault(fmt.Errorf("back up evidence: %w", err))
	said := catalogue.Sentence(language, got)
	if fault.Code(got) != "machine.no-answer" || !strings.Contains(said, "127.0.0.1:1 doesn't answer (connection refused; back up evidence)") || strings.Contains(said, "secret") {
		t.Errorf("%v: %s", got, said)
	}
	err = &url.Error{Op: "parse", URL: "http://[", Err: errors.New("missing ']' in host")}
	if got := a.machineFault(err); fault.Code(got) == "machine.no-answer" {
		t.Errorf("an address that can't be read: %v", got)
	}
}
