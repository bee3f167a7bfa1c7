package office_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/store"
)

// rebuilt verifies and rebuilds.
func rebuilt(t testing.TB, i *installation.Installation) *office.Verified {
	t.Helper()
	v := verified(t, i)
	must(t, i.Rebuild(context.Background(), v, nil))
	return v
}

// withWaiting is a played demo with facts of the roll, to which some claims were
// filed that have no leaf yet, so that no derived table is empty.
func withWaiting(t testing.TB) installation.Places {
	t.Helper()
	places := copied(t, played(t, demoClaims))
	i, err := installation.Open(t.Context(), places.Data, installation.Options{})
	must(t, err)
	defer i.Close()
	secret, err := i.Credential(i.CredentialPath("officer-1"))
	must(t, err)
	officer, err := i.Office.Authenticate(t.Context(), secret)
	must(t, err)
	_, err = i.Office.LoadRoll(t.Context(), office.By{Actor: officer}, twoBodies(t))
	must(t, err)
	filings := make([]office.Filing, 8)
	for n := range filings {
		filings[n] = simulate.Filing(2, n)
		filings[n].Key = fmt.Sprint("late ", n)
	}
	_, err = i.Office.FileClaims(t.Context(), office.By{Actor: officer}, simulate.Programme, filings)
	must(t, err)
	withMandates(t, i)
	return places
}

// withMandates lets representatives file under mandates, one of which was ended.
func withMandates(t testing.TB, i *installation.Installation) {
	t.Helper()
	secret, err := i.Credential(i.CredentialPath("registrar"))
	must(t, err)
	who, err := i.Office.Authenticate(t.Context(), secret)
	must(t, err)
	registrar := office.By{Actor: who}
	for _, id := range []string{"lawyer-1", "lawyer-2"} {
		must(t, i.Office.AddActor(t.Context(), registrar, id, []string{office.Representative}, func(s string) error { secret = s; return nil }))
		must(t, i.Office.JoinOrganisation(t.Context(), registrar, "legal-aid", id))
	}
	who, err = i.Office.Authenticate(t.Context(), secret)
	must(t, err)
	withTokens(t, i, registrar)
	withBoard(t, i, registrar)
	lawyer := office.By{Actor: who}
	var mandate claim.MandateID
	for n := range 9 { // as many as a mandate has columns
		mandate, err = i.Office.GiveMandate(t.Context(), lawyer, simulate.Programme, given())
		must(t, err)
		filing := simulate.Filing(3, n)
		filing.Key, filing.Mandate = fmt.Sprint("mandated ", n), mandate
		_, err = i.Office.FileClaims(t.Context(), lawyer, simulate.Programme, []office.Filing{filing})
		must(t, err)
	}
	must(t, i.Office.EndMandate(t.Context(), lawyer, simulate.Programme, mandate))
}

// withBoard lets a board resolve and decide: as many lists and resolutions as
// these have columns.
func withBoard(t testing.TB, i *installation.Installation, registrar office.By) {
	t.Helper()
	ctx, o, by := t.Context(), i.Office, map[string]office.By{}
	for id, capacity := range map[string]string{"clerk": office.Officer, "director": office.Director, "board": office.Board} {
		var secret string
		must(t, o.AddActor(ctx, registrar, id, []string{capacity}, func(s string) error { secret = s; return nil }))
		who, err := o.Authenticate(ctx, secret)
		must(t, err)
		by[id] = office.By{Actor: who}
	}
	book, _ := rulebooks.Find("rd4u")
	_, err := o.OpenProgramme(ctx, registrar, "rd4u", book.Source)
	must(t, err)
	for n := range int64(3) {
		_, _, err := o.Resolve(ctx, by["board"], "rd4u", board.Terms{Sort: board.Technique, Of: "grouping", Group: fmt.Sprint("group-", n), On: day.Must(2026, 5, 1)})
		must(t, err)
		filed, err := o.FileClaims(ctx, by["clerk"], "rd4u", []office.Filing{damage(fmt.Sprint("flat ", n), day.Must(2026, 5, 1))})
		must(t, err)
		examined, err := o.ExamineClaims(ctx, by["clerk"], []claim.ID{filed[0].ID})
		must(t, err)
		_, err = o.Recommend(ctx, by["director"], "rd4u", examined, office.Recommending{})
		must(t, err)
		_, err = o.DecideList(ctx, by["board"], "rd4u", n+1, office.Deciding{Reason: "as-recommended", Reasons: "The Board follows."})
		must(t, err)
	}
}

// withTokens lets a program file claims.
func withTokens(t testing.TB, i *installation.Installation, registrar office.By) {
	t.Helper()
	var secret string
	expires := docket.Instant{Time: time.Now().AddDate(1, 0, 0)}
	_, err := i.Office.AddToken(t.Context(), registrar, "officer-1", []string{office.ScopeFile}, expires, func(s string) error { secret = s; return nil })
	must(t, err)
	who, _, err := i.Office.AuthenticateToken(t.Context(), secret)
	must(t, err)
	for n := range 3 { // as many as a filing has columns
		_, _, err := i.Office.FileOwn(t.Context(), office.By{Actor: who}, simulate.Programme, fmt.Sprint("own ", n), simulate.Filing(4, n))
		must(t, err)
	}
}

// derivedRows are the rows of every derived table, each with its table.
func derivedRows(t testing.TB, i *installation.Installation) map[string]bool {
	t.Helper()
	rows := map[string]bool{}
	for _, table := range i.Office.Store.Tables() {
		if table.Class != store.Derived {
			continue
		}
		for text, err := range i.Office.Store.Rows(context.Background(), table.Name) {
			must(t, err)
			rows[table.Name+": "+text] = true
		}
	}
	return rows
}

func TestWhatIsDerivedIsRebuiltAndCompared(t *testing.T) {
	original := withWaiting(t)
	if v := rebuilt(t, reopened(t, original)); !v.Sound() || v.Tables < 12 {
		t.Fatalf("untouched: %d tables compared, %+v", v.Tables, v.Findings)
	}
	const seed = 4
	random := rand.New(rand.NewPCG(seed, 0))
	columns, changed := 0, 0
	for left := derivedColumns(t, original); len(left) > 0; {
		places := copied(t, original)
		db := behindItsBack(t, places)
		tried := 0
		for table, names := range left {
			n := min(len(names), rowsIn(t, db, table))
			changeColumns(t, db, random, table, names[:n])
			if left[table] = names[n:]; n == len(names) {
				delete(left, table)
			}
			tried += n
		}
		must(t, db.Close())
		found := findExactly(t, original, places)
		if found != tried {
			t.Errorf("seed %d: %d of %d found", seed, found, tried)
		}
		columns, changed = columns+tried, changed+found
	}
	t.Logf("seed %d: a column changed of %d random rows, every column of every derived table: %d of %d found and named", seed, columns, changed, columns)
}

// findExactly rebuilds the changed copy. Every row that differs must be named,
// and no other; it answers how many rows changed.
func findExactly(t *testing.T, original, changed installation.Places) int {
	t.Helper()
	before, after := derivedRows(t, reopened(t, original)), derivedRows(t, reopened(t, changed))
	want := map[string]bool{}
	unexplained := 0
	for row := range after {
		if !before[row] {
			want["verify.table-row-unexplained "+row] = true
			unexplained++
		}
	}
	for row := range before {
		if !after[row] {
			want["verify.table-row-lacking "+row] = true
		}
	}
	found := map[string]bool{}
	for _, f := range rebuilt(t, reopened(t, changed)).Findings {
		found[f.Code+" "+f.Detail] = true
	}
	for _, missed := range slices.Sorted(maps.Keys(want)) {
		if !found[missed] {
			t.Errorf("not found: %s", missed)
		}
	}
	for _, extra := range slices.Sorted(maps.Keys(found)) {
		if !want[extra] {
			t.Errorf("found, and nobody did it: %s", extra)
		}
	}
	return unexplained
}

// derivedColumns are the columns of every derived table; seq is the order in
// which entries wait, and no part of what is compared.
func derivedColumns(t testing.TB, places installation.Places) map[string][]string {
	t.Helper()
	columns := map[string][]string{}
	i := reopened(t, places)
	db, err := sql.Open("sqlite", places.Data+"/chancery.db?_pragma=busy_timeout(10000)")
	must(t, err)
	defer db.Close()
	for _, table := range i.Office.Store.Tables() {
		if table.Class != store.Derived {
			continue
		}
		found, err := db.Query("SELECT name FROM pragma_table_info(?) WHERE name <> 'seq'", table.Name)
		must(t, err)
		for found.Next() {
			var name string
			must(t, found.Scan(&name))
			columns[table.Name] = append(columns[table.Name], name)
		}
		must(t, found.Close())
	}
	return columns
}

func rowsIn(t testing.TB, db *sql.DB, table string) (n int) {
	t.Helper()
	must(t, db.QueryRow("SELECT count(*) FROM "+table).Scan(&n))
	if n == 0 {
		t.Fatalf("table %s is empty: nothing can be tried on it", table)
	}
	return n
}

// changeColumns changes each of the columns in a row of its own.
func changeColumns(t testing.TB, db *sql.DB, random *rand.Rand, table string, columns []string) {
	t.Helper()
	found, err := db.Query("SELECT * FROM " + table)
	must(t, err)
	names, err := found.Columns()
	must(t, err)
	var rows [][]any
	for found.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for n := range values {
			into[n] = &values[n]
		}
		must(t, found.Scan(into...))
		rows = append(rows, values)
	}
	must(t, found.Close())
	random.Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
	where := strings.Join(names, " = ? AND ") + " = ?"
	for n, column := range columns {
		value := rows[n][slices.Index(names, column)]
		switch was := value.(type) {
		case int64:
			value = was + 1 + random.Int64N(1<<40)
		case string:
			value = was + "x"
		case []byte:
			value = append([]byte{was[0] ^ 1}, was[1:]...)
		default:
			t.Fatalf("%s.%s is a %T", table, column, value)
		}
		run(t, db, fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s", table, column, where), append([]any{value}, rows[n]...)...)
	}
}

func TestRowsAddedToDerivedTablesOrRemovedAreNamed(t *testing.T) {
	original := withWaiting(t)
	for name, change := range map[string]string{
		"a number given to another claim":  "UPDATE claim_numbers SET claim_id = (SELECT max(id) FROM claims) WHERE number = (SELECT min(number) FROM claim_numbers)",
		"a second number for a claim":      "INSERT INTO claim_numbers SELECT 'HF-9999999', max(id) FROM claims",
		"a claim removed":                  "DELETE FROM claims WHERE id = (SELECT min(id) FROM claims WHERE standing = 'paid')",
		"a payment made up":                "INSERT INTO payments SELECT claim_id, programme, 77, amount, 'paid' FROM payments LIMIT 1",
		"all payments of a round removed":  "DELETE FROM payments WHERE round = 2",
		"an actor who may do everything":   "INSERT INTO actors VALUES ('intruder', 1, 'administrator officer commissioner treasurer', 0, '')",
		"an actor with one capacity more":  "UPDATE actors SET capacities = 'officer treasurer' WHERE id = 'officer-1'",
		"a balance of another programme":   "INSERT INTO balances VALUES ('other', 'bank', 'EUR', 1)",
		"a posting and its balance to fit": "INSERT INTO postings SELECT stream, version, 99, programme, account, currency, 5 FROM postings WHERE account = 'bank' LIMIT 1",
		"a programme removed":              "DELETE FROM programmes",
		"an entry that no longer waits":    "DELETE FROM unsequenced WHERE seq = (SELECT min(seq) FROM unsequenced)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			places := copied(t, original)
			db := behindItsBack(t, places)
			run(t, db, change)
			must(t, db.Close())
			v := rebuilt(t, reopened(t, places))
			if v.Sound() {
				t.Fatal("found nothing")
			}
			if name == "an entry that no longer waits" { // then the docket has a stray, and its tables lack nothing
				return
			}
			findExactly(t, original, places)
		})
	}
}

// Where the docket itself was changed there is nothing to compare tables with:
// the entry that doesn't fold is what a rebuild finds, and it ends in good
// order.
func TestADocketThatDoesNotFoldIsAFindingAndNoFailure(t *testing.T) {
	original := played(t, demoClaims)
	for k, kind := range tamperings {
		if k%3 != 0 { // some of each
			continue
		}
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			places := copied(t, original)
			i := &intruder{T: t, db: behindItsBack(t, places), rand: rand.New(rand.NewPCG(9, uint64(k))), n: 3}
			kind.do(i)
			must(t, i.db.Close())
			if v := rebuilt(t, reopened(t, places)); v.Sound() {
				t.Error("found nothing")
			}
		})
	}
}

// A rebuild folds many entries in one transaction: a claim's whole life may
// lie in one of them, or be cut anywhere.
func TestTablesOfAnySizeAreRebuilt(t *testing.T) {
	for _, claims := range []int{1, 2, 3, 5, 10, 40, 60} {
		places := installation.Beside(t.TempDir() + "/demo")
		play(t, places, 3, claims)
		for _, f := range rebuilt(t, reopened(t, places)).Findings {
			t.Errorf("%d claims: %+v", claims, f)
		}
	}
}
