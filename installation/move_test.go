package installation_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/office"
)

var errKilled = errors.New("killed here")

// moving is the way into an empty database of a server, and its way back.
func moving(t testing.TB, server *pgtest.Server) (there, back installation.Moving) {
	t.Helper()
	owner := server.URL(pgtest.Owner, server.Database(t, ""))
	return installation.Moving{Owner: owner, Role: pgtest.Application}, installation.Moving{Owner: owner, Back: true}
}

func acts(t testing.TB, places installation.Places) office.Published {
	t.Helper()
	found, err := installation.Find(places.Data)
	must(t, err)
	i := opened(t, found)
	enter(t, i)
	return publishedAll(t, i)
}

// renamed lets a copy of a data directory name the copies of the folders beside it.
func renamed(t testing.TB, data, from, to string) {
	t.Helper()
	file := filepath.Join(data, "places.json")
	text, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), from, to)), 0o600))
}

// To PostgreSQL and back: the same tree head each time, the log goes on, and the
// old databases stay where it says.
func TestAnInstallationMovesToPostgreSQLAndBack(t *testing.T) {
	places := staffed(t)
	server := pgtest.Start(t)
	there, back := moving(t, server)
	before := publishedAll(t, opened(t, places))
	moved, err := installation.Move(t.Context(), places.Data, there, installation.Options{})
	must(t, err)
	if moved.Head.Size != before.Size || moved.Head.Root != before.Root || !strings.HasPrefix(moved.To, "postgres://") {
		t.Errorf("moved %+v, was %+v", moved, before)
	}
	if _, err := os.Stat(moved.From); err != nil {
		t.Errorf("the old database: %v", err)
	}
	after := acts(t, places)
	if after.Size != before.Size+1 {
		t.Errorf("went on to %d from %d", after.Size, before.Size)
	}
	_, err = installation.Move(t.Context(), places.Data, there, installation.Options{})
	wantCode(t, "moved there again", err, "move.there")
	if found := complaints(t, places); found != "" {
		t.Errorf("doctor says %s", found)
	}

	// Somebody on another machine still has it open when it moves away.
	found, err := installation.Find(places.Data)
	must(t, err)
	copied := copyOf(t, places.Data, places.Heads, places.Log)
	elsewhere := found
	elsewhere.Data = filepath.Join(filepath.Dir(places.Data), "elsewhere")
	restore(t, map[string]string{elsewhere.Data: copied[places.Data], filepath.Join(filepath.Dir(places.Data), "elsewhere.heads"): copied[places.Heads], filepath.Join(filepath.Dir(places.Data), "elsewhere.log"): copied[places.Log]})
	renamed(t, elsewhere.Data, "register.heads", "elsewhere.heads")
	renamed(t, elsewhere.Data, "register.log", "elsewhere.log") // a disk of its own; several machines would share a bucket
	// It came after this one had ended, and half a minute.
	server.Exec(t, there.Owner, "UPDATE leases SET until = 0")
	other := opened(t, elsewhere)

	returned, err := installation.Move(t.Context(), places.Data, back, installation.Options{})
	must(t, err)
	if returned.Head.Size != after.Size || returned.Head.Root != after.Root {
		t.Errorf("came back %+v, was %+v", returned, after)
	}
	by := office.By{Actor: known(t, other, "registrar")}
	if err := other.Office.AddActor(t.Context(), by, "late", []string{office.Officer}, other.Keep("late")); err == nil {
		t.Error("somebody acts in the database that was left")
	}
	must(t, other.Close())
	last := acts(t, places)
	if last.Size != after.Size+1 {
		t.Errorf("went on to %d from %d", last.Size, after.Size)
	}
	i := opened(t, places)
	v, err := i.Office.Verify(t.Context(), nil)
	must(t, err)
	must(t, i.Rebuild(t.Context(), v, nil))
	if !v.Sound() {
		t.Errorf("%+v", v.Findings)
	}
}

// Killed after any step, between any two tables: the source is as it was and acts
// go on in it, or the move is done; given again it ends, with what was entered
// meanwhile.
func TestAMoveIsKilledAfterEachStep(t *testing.T) {
	places := staffed(t)
	server := pgtest.Start(t)
	there, back := moving(t, server)
	for first, way := range []installation.Moving{there, back} {
		var steps []string
		for n := first; ; n += killEvery(n) {
			at := 0
			_, err := installation.MoveUpTo(t.Context(), places.Data, way, func(step string) error {
				if at++; at > n {
					steps = append(steps, step)
					return errKilled
				}
				return nil
			})
			if err == nil {
				break
			}
			if !errors.Is(err, errKilled) {
				t.Fatalf("after %q: %v", steps, err)
			}
			step := steps[len(steps)-1]
			if way.Back && step == "hold" { // nobody may act until it is given again, or the right back
				_, err := installation.Find(places.Data)
				must(t, err)
				continue
			}
			if step == "switched" {
				break
			}
			if n%4 == 0 || step == "checked" || step == "in place" {
				acts(t, places)
			}
		}
		if !slices.Contains(steps, "meta") || !slices.Contains(steps, "checked") || steps[len(steps)-1] != "switched" {
			t.Errorf("killed after %q", steps)
		}
		acts(t, places)
		found, err := installation.Find(places.Data)
		must(t, err)
		if (found.Database == "") != way.Back {
			t.Errorf("it is in %q", found.Database)
		}
	}
	i := opened(t, places)
	v, err := i.Office.Verify(t.Context(), nil)
	must(t, err)
	must(t, i.Rebuild(t.Context(), v, nil))
	if !v.Sound() {
		t.Errorf("%+v", v.Findings)
	}
}

// killEvery spares two tables of three where tests are to be short; of those behind
// the tables it spares none. CHANCERY_TEST_FAULTS spares none.
func killEvery(n int) int {
	if os.Getenv("CHANCERY_TEST_FAULTS") != "" || n < 2 || n >= 24 {
		return 1
	}
	return 3
}

// Nothing is moved over another's installation, nor away with another's key, nor
// while somebody acts.
func TestAMoveThatIsRefusedChangesNothing(t *testing.T) {
	places, others := staffed(t), staffed(t)
	server := pgtest.Start(t)
	there, _ := moving(t, server)
	_, err := installation.Move(t.Context(), others.Data, there, installation.Options{})
	must(t, err)
	refused := func(what string, m installation.Moving, code string) {
		t.Helper()
		_, err := installation.Move(t.Context(), places.Data, m, installation.Options{})
		if fault.Code(err) != code {
			t.Errorf("%s: %v", what, err)
		}
		acts(t, places)
	}
	refused("over another installation", there, "installation.database-taken")
	refused("to no address", installation.Moving{Owner: "db.example.org"}, "installation.database-address")
	refused("back from nowhere", installation.Moving{Back: true, Owner: there.Owner}, "move.there")
	i := opened(t, places)
	_, err = installation.Move(t.Context(), places.Data, there, installation.Options{})
	wantCode(t, "while somebody acts", err, "installation.locked")
	must(t, i.Close())
	otherOwner, _ := moving(t, server)
	_, err = installation.Move(t.Context(), others.Data, installation.Moving{Back: true, Owner: otherOwner.Owner}, installation.Options{})
	wantCode(t, "with another database's owner", err, "move.other-database")
	acts(t, others)
}

// An older copy of the folders, from amid a move that was killed, is moved again after
// the installation went on in the database: nothing of it is taken away.
func TestAnOlderCopyIsNotMovedOverWhatWentOn(t *testing.T) {
	server := pgtest.Start(t)
	for _, killed := range []string{"prepare", "meta", "checked", "in place"} {
		t.Run(killed, func(t *testing.T) {
			places := staffed(t)
			there, _ := moving(t, server)
			_, err := installation.MoveUpTo(t.Context(), places.Data, there, func(step string) error {
				if step == killed {
					return errKilled
				}
				return nil
			})
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			copied := copyOf(t, places.Data, places.Heads, places.Keys, places.Log)
			_, err = installation.Move(t.Context(), places.Data, there, installation.Options{})
			must(t, err)
			acts(t, places)

			older := installation.Beside(filepath.Join(t.TempDir(), "older"))
			restore(t, map[string]string{older.Data: copied[places.Data], older.Heads: copied[places.Heads], older.Keys: copied[places.Keys], older.Log: copied[places.Log]})
			renamed(t, older.Data, "register.", "older.")
			_, err = installation.Move(t.Context(), older.Data, there, installation.Options{})
			wantCode(t, "moved over what went on", err, "move.lives")
			acts(t, older) // it is where it was
			acts(t, places)
			i := opened(t, places)
			v, err := i.Office.Verify(t.Context(), nil)
			must(t, err)
			if !v.Sound() {
				t.Errorf("%+v", v.Findings)
			}
		})
	}
}

// The data were moved back to a file. A machine whose folder still names the database is
// told so, and gets no rights there anew: it would go on beside the one that moved them.
func TestAFolderFromBeforeAMoveAwayDoesNotGoOn(t *testing.T) {
	places := staffed(t)
	there, back := moving(t, pgtest.Start(t))
	_, err := installation.Move(t.Context(), places.Data, there, installation.Options{})
	must(t, err)
	copies := copyOf(t, places.Data, places.Keys, places.Heads, places.Log)
	_, err = installation.Move(t.Context(), places.Data, back, installation.Options{})
	must(t, err)
	at := filepath.Join(t.TempDir(), "register")
	old := installation.Beside(at)
	restore(t, map[string]string{old.Data: copies[places.Data], old.Keys: copies[places.Keys], old.Heads: copies[places.Heads], old.Log: copies[places.Log]})
	for range 2 {
		_, err = installation.Open(t.Context(), old.Data, installation.Options{})
		wantCode(t, "acting", err, "move.away")
		wantCode(t, "upgraded", installation.UpgradeDatabase(t.Context(), old.Data, back.Owner), "move.away")
	}
	acts(t, places)
}

// Where a move away from PostgreSQL was killed nobody may act; whoever comes is told
// so and what to do, doctor says it too, and either command ends it, whatever fell due
// meanwhile.
func TestAMoveThatWasKilledIsNamedAndEnded(t *testing.T) {
	places := staffed(t)
	server := pgtest.Start(t)
	there, back := moving(t, server)
	_, err := installation.Move(t.Context(), places.Data, there, installation.Options{})
	must(t, err)
	for _, way := range []struct {
		name string
		end  func() error
	}{
		{"database upgrade", func() error { return installation.UpgradeDatabase(t.Context(), places.Data, back.Owner) }},
		{"the move, given again", func() error {
			_, err := installation.Move(t.Context(), places.Data, back, installation.Options{Now: func() time.Time { return time.Now().AddDate(0, 3, 0) }})
			return err
		}},
	} {
		_, err := installation.MoveUpTo(t.Context(), places.Data, back, func(string) error { return errKilled })
		if !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		for _, o := range []installation.Options{{}, {Serving: true}} {
			_, err := installation.Open(t.Context(), places.Data, o)
			wantCode(t, "acting", err, "move.broken-off")
		}
		i, err := installation.Open(t.Context(), places.Data, installation.Options{ReadOnly: true})
		must(t, err)
		must(t, i.Close())
		if found := complaints(t, places); !strings.Contains(found, "installation:move.broken-off") {
			t.Errorf("doctor says %q", found)
		}
		if err := way.end(); err != nil {
			t.Errorf("%s: %v", way.name, err)
		}
		acts(t, places)
		if found := complaints(t, places); strings.Contains(found, "move") {
			t.Errorf("after %s doctor says %q", way.name, found)
		}
	}
	found, err := installation.Find(places.Data)
	must(t, err)
	if found.Database != "" {
		t.Errorf("it is in %q", found.Database)
	}
}
