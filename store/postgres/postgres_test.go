package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/patience"
	"github.com/openchancery/chancery/internal/pgtest"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/postgres"
	"github.com/openchancery/chancery/store/storetest"
)

// entry is an entry of an actor's stream; nothing here looks into it.
func entry(id string, version docket.Version) docket.Entry {
	return docket.Entry{Stream: docket.Stream("actor/" + id), Version: version, Bytes: []byte("{}")}
}

// appending is the act that appends one entry.
func appending(e docket.Entry) func(store.Tx) error {
	return func(tx store.Tx) error { return tx.Append(e) }
}

func write(t testing.TB, s store.Store, act func(store.Tx) error) {
	t.Helper()
	if err := s.Write(context.Background(), act); err != nil {
		t.Fatal(err)
	}
}

// last is the version of a stream's last entry.
func last(t testing.TB, s store.Store, id string) (version docket.Version) {
	t.Helper()
	err := s.Read(context.Background(), func(r store.Reader) (err error) {
		version, err = r.LastVersion(docket.Stream("actor/" + id))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// recorded puts one row into each table of the docket, and into the reading log.
func recorded(t testing.TB, s store.Store) {
	t.Helper()
	write(t, s, func(tx store.Tx) error {
		e := entry("a", 1)
		row := docket.Row{Stream: "claim/a", Version: 2, Bytes: []byte("{}")}
		return errors.Join(tx.Append(e), tx.AppendAnnex(e.Ref(), docket.Hash{1}, []docket.Row{row}),
			tx.AddLeaves([]store.Leaf{{Ref: e.Ref(), Commitment: e.Commitment()}}),
			tx.AppendReadings([]store.Reading{{Number: 1, Claim: "a", Line: []byte("{}")}}))
	})
}

// as is a connection of a role, as psql would have it.
func as(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func list[T any](t testing.TB, c *pgx.Conn, question string, args ...any) []T {
	t.Helper()
	rows, err := c.Query(t.Context(), question, args...)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var appendOnly = []string{"docket", "annexes", "leaves", "readings"}

func TestTheApplicationsRoleMayReadTheDocketAndAddToItAndNothingElse(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	recorded(t, opened(t, db.in(schema, pgtest.Application)))
	role, owner := as(t, db.in(schema, pgtest.Application)), as(t, db.in(schema, pgtest.Owner))
	const denied = "42501" // insufficient_privilege
	for _, table := range appendOnly {
		column := list[string](t, owner, "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", table)[0]
		for _, text := range []string{
			"UPDATE " + table + " SET " + column + " = " + column,
			"DELETE FROM " + table,
			"TRUNCATE " + table,
			"ALTER TABLE " + table + " ADD COLUMN more bigint",
			"ALTER TABLE " + table + " DISABLE TRIGGER ALL",
			"ALTER TABLE " + table + " DISABLE TRIGGER append_only",
			"ALTER TABLE " + table + " OWNER TO " + pgtest.Application,
			"ALTER TABLE " + table + " RENAME TO old",
			"DROP TRIGGER append_only ON " + table,
			"DROP TABLE " + table,
			"CREATE RULE quietly AS ON INSERT TO " + table + " DO INSTEAD NOTHING",
			"CREATE TRIGGER other BEFORE INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION refuse_change('no')",
			"SELECT * FROM " + table + " FOR UPDATE",
			"INSERT INTO " + table + " SELECT * FROM " + table + " ON CONFLICT (" + column + ") DO UPDATE SET " + column + " = excluded." + column,
			"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
			"CREATE TABLE shadow (seq bigint)",
			"DROP VIEW schema_number",
			"SET session_replication_role = replica",
			"SET ROLE " + pgtest.Owner,
		} {
			_, err := role.Exec(t.Context(), text)
			if e, ok := errors.AsType[*pgconn.PgError](err); !ok || e.Code != denied && !(strings.HasPrefix(text, "INSERT") && e.Code == "42P10") {
				t.Errorf("%s: %v", text, err)
			}
		}
		for _, text := range []string{"UPDATE " + table + " SET " + column + " = " + column, "DELETE FROM " + table, "TRUNCATE " + table} {
			if _, err := owner.Exec(t.Context(), text); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("by the owner: %s: %v", text, err)
			}
		}
		if n := list[int64](t, role, "SELECT count(*) FROM "+table)[0]; n != 1 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

// What only grows may only be added to, and no role of the application's may
// remove what no act removes.
func TestTheApplicationsRoleHasNoRightThatNoActNeeds(t *testing.T) {
	db := started(t)
	c := as(t, db.in(db.prepared(t), pgtest.Application))
	for privilege, want := range map[string][]string{
		"DELETE": {
			"assignments", "blobs", "clocks", "contacts", "custody", "drafts", "features", "file_parts", "files", "filters", "flags", "jobs", "leases", "letters", "members", "notes", "own_drafts", "paper_forms",
			"pauses", "proposals", "proposed", "sessions", "sets", "sheets", "shredding", "sign_ins", "tries", "unsequenced", "vouchers",
		},
		"TRUNCATE":   nil,
		"REFERENCES": nil,
		"TRIGGER":    nil,
		"UPDATE": {
			"actors", "assignments", "balances", "claim_numbers", "claims", "clocks", "codes", "contacts", "credentials", "drafts", "editions", "fact_records", "fact_streams", "files",
			"filters", "flags", "idempotency", "instalments", "jobs", "leases", "letters", "lists", "mandates", "members", "meta", "notes", "own_drafts", "paces", "paper_forms", "pauses", "payments",
			"programmes", "proposals", "resolutions", "rounds", "sessions", "sheets", "sign_ins", "tokens", "tries", "vouchers", "webhooks",
		},
	} {
		got := list[string](t, c, `SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
			AND has_table_privilege(oid, $1) ORDER BY relname COLLATE "C"`, privilege)
		if !slices.Equal(got, want) {
			t.Errorf("%s on %q, want %q", privilege, got, want)
		}
	}
}

// A table that nobody listed would be neither verified nor rebuilt; and the
// types are few, so that rows print and move alike on every store.
func TestTheListOfTablesIsTheDatabasesOwn(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	s, c := opened(t, db.in(schema, pgtest.Application)), as(t, db.in(schema, pgtest.Owner))
	var listed []string
	for _, table := range s.Tables() {
		listed = append(listed, table.Name)
	}
	slices.Sort(listed)
	there := list[string](t, c, `SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace ORDER BY relname COLLATE "C"`)
	if !slices.Equal(listed, there) {
		t.Errorf("listed\n%q, in the database\n%q", listed, there)
	}
	for _, odd := range list[string](t, c, `SELECT a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
		JOIN pg_class r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p') AND r.relnamespace = current_schema()::regnamespace
		LEFT JOIN pg_collation l ON l.oid = a.attcollation
		WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT (a.attnotnull AND (a.atttypid IN ('bigint'::regtype, 'bytea'::regtype)
			OR a.atttypid = 'text'::regtype AND l.collname = 'C'))`) {
		t.Errorf(`%s is none of bigint, bytea and text COLLATE "C", or may be null`, odd)
	}
	for _, narrow := range list[string](t, c, "SELECT sequencename::text FROM pg_sequences WHERE schemaname = current_schema() AND (max_value < 9223372036854775807 OR cycle OR cache_size <> 1)") {
		t.Errorf("sequence %s ends before 64 bits, begins anew or isn't drawn from one by one", narrow)
	}
}

// Whoever shards by claim, or deletes what is left of an erased one, needs the
// claim's id in every key of the claim's own tables.
func TestAClaimsTablesAreKeyedByTheClaim(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	s, c := opened(t, db.in(schema, pgtest.Application)), as(t, db.in(schema, pgtest.Owner))
	rows, err := c.Query(t.Context(), `
		SELECT i.indrelid::regclass::text, (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey))
			FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid AND r.relnamespace = current_schema()::regnamespace WHERE i.indisunique
		UNION ALL
		SELECT k.conrelid::regclass::text, (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey))
			FROM pg_constraint k WHERE k.connamespace = current_schema()::regnamespace AND k.contype = 'f'`)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[storetest.Key])
	if err != nil || len(keys) < len(s.Tables()) {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	storetest.Keys(t, s.Tables(), keys)
}

// The docket's own order is drawn from a sequence, which must go on past what
// 32 bits hold, in single entries and in many.
func TestTheDocketGoesOnPast31Bits(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	s := opened(t, db.in(schema, pgtest.Application))
	db.Exec(t, db.in(schema, pgtest.Owner), "ALTER SEQUENCE docket_seq_seq RESTART 2147483646")
	var want []docket.Entry
	for _, n := range []int{1, 1, 1, 40} {
		var some []docket.Entry
		for range n {
			some = append(some, entry(fmt.Sprint("a", len(want)+len(some)), 1))
		}
		write(t, s, func(tx store.Tx) error { return tx.Append(some...) })
		want = append(want, some...)
	}
	seqs := list[int64](t, as(t, db.in(schema, pgtest.Application)), "SELECT seq FROM docket ORDER BY seq")
	if first, end := seqs[0], seqs[len(seqs)-1]; first != 1<<31-2 || end != first+int64(len(want))-1 {
		t.Errorf("seq runs from %d to %d", first, end)
	}
	var got []docket.Entry
	err := s.Write(t.Context(), func(tx store.Tx) error {
		for e, err := range tx.Unsequenced() {
			if err != nil {
				return err
			}
			got = append(got, e)
		}
		var leaves []store.Leaf
		for i, e := range got {
			leaves = append(leaves, store.Leaf{Number: 1<<31 - 2 + int64(i), Ref: e.Ref(), Commitment: e.Commitment()})
		}
		return tx.AddLeaves(leaves)
	})
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d entries wait, want %d, %v", len(got), len(want), err)
	}
	for i := range want {
		if got[i].Stream != want[i].Stream {
			t.Errorf("entry %d is %s", i, got[i].Stream)
		}
	}
	if left := list[int64](t, as(t, db.in(schema, pgtest.Application)), "SELECT count(*) FROM unsequenced"); left[0] != 0 {
		t.Errorf("%d still wait", left[0])
	}
}

func TestADatabaseThatCannotBeUsedAsItIsIsRefused(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	owner, role := db.in(schema, pgtest.Owner), db.in(schema, pgtest.Application)
	empty := db.in("nowhere", pgtest.Application)
	for _, c := range []struct {
		what    string
		prepare []string
		try     func() error
		code    string
	}{
		{"nobody prepared it", nil, func() error { return open(empty) }, "store.not-prepared"},
		{"the owner opens it", nil, func() error { return open(owner) }, "store.role-too-strong"},
		{"the superuser opens it", nil, func() error { return open(db.in(schema, pgtest.Superuser)) }, "store.role-too-strong"},
		{"the role may do more than it should", []string{"GRANT UPDATE ON leaves TO " + pgtest.Application}, func() error { return open(role) }, "store.role-too-strong"},
		{"prepared for its owner", nil, func() error { return postgres.Prepare(t.Context(), owner, pgtest.Owner) }, "store.role-owns"},
		{"prepared for nobody", nil, func() error { return postgres.Prepare(t.Context(), owner, "nobody-of-that-name") }, "store.role-missing"},
		{"prepared again, which takes away what was too much", nil, func() error {
			return errors.Join(postgres.Prepare(t.Context(), owner, pgtest.Application), open(role))
		}, ""},
		{"of a newer program", []string{fmt.Sprintf("CREATE OR REPLACE VIEW schema_number AS SELECT %d AS number", postgres.Schema+1)}, func() error { return open(role) }, "store.schema-newer"},
		{"of a newer program, prepared", nil, func() error { return postgres.Prepare(t.Context(), owner, pgtest.Application) }, "store.schema-newer"},
		{"of an older program", []string{"CREATE OR REPLACE VIEW schema_number AS SELECT 0 AS number", "DROP VIEW schema_number"}, func() error { return open(role) }, "store.not-prepared"},
		{"another program's, prepared", []string{"CREATE SCHEMA theirs", "CREATE TABLE theirs.invoices (number int)"}, func() error {
			return postgres.Prepare(t.Context(), db.in("theirs", pgtest.Owner), pgtest.Application)
		}, "store.holds-other"},
		{"a key store, prepared", []string{"CREATE VIEW theirs.key_store_number AS SELECT 1 AS number"}, func() error {
			return postgres.Prepare(t.Context(), db.in("theirs", pgtest.Owner), pgtest.Application)
		}, "store.holds-keys"},
		{"cleared by whose it was", []string{"DROP TABLE theirs.invoices", "DROP VIEW theirs.key_store_number"}, func() error {
			return postgres.Prepare(t.Context(), db.in("theirs", pgtest.Owner), pgtest.Application)
		}, ""},
	} {
		db.Exec(t, owner, c.prepare...)
		if err := c.try(); fault.Code(err) != c.code || (err == nil) != (c.code == "") {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if err := open("postgres://user:secret@127.0.0.1:1/none?connect_timeout=1"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody is there: %v", err)
	}
}

// A server that answers a COMMIT before it is on disk makes each acknowledgement
// a guess. What waits for a standby as well is not held to be less.
func TestADatabaseThatForgetsWhatItAcknowledgesIsRefused(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	role := db.in(schema, pgtest.Application)
	for value, code := range map[string]string{"off": "store.not-durable", "local": "store.not-durable", "on": "", "remote_write": "", "remote_apply": ""} {
		db.Exec(t, db.URL(pgtest.Superuser, db.database), "ALTER DATABASE "+db.database+" SET synchronous_commit = "+value)
		if err := open(role); fault.Code(err) != code || (err == nil) != (code == "") {
			t.Errorf("the database's synchronous_commit is %s: %v", value, err)
		}
	}
	db.Exec(t, db.URL(pgtest.Superuser, db.database), "ALTER DATABASE "+db.database+" RESET synchronous_commit")
	if err := open(role + "&synchronous_commit=off"); fault.Code(err) != "store.not-durable" {
		t.Errorf("the address says so: %v", err)
	}
	own := pgtest.Start(t)
	other := server{own, own.Database(t, "")}
	schema = other.prepared(t)
	admin := other.URL(pgtest.Superuser, "postgres")
	for _, setting := range []string{"fsync", "full_page_writes"} {
		other.Exec(t, admin, "ALTER SYSTEM SET "+setting+" = off", "SELECT pg_reload_conf()")
		until(t, func() bool { return fault.Code(open(other.in(schema, pgtest.Application))) == "store.not-durable" })
		other.Exec(t, admin, "ALTER SYSTEM RESET "+setting, "SELECT pg_reload_conf()")
		until(t, func() bool { return open(other.in(schema, pgtest.Application)) == nil })
	}
}

func open(url string) error {
	s, err := postgres.Open(context.Background(), url)
	if err == nil {
		err = s.Close()
	}
	return err
}

// Reads that decide, pay or number must see what was committed last: a server
// that only follows is passed over, though it is named first.
func TestAServerThatOnlyReadsIsPassedOver(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	follower := pgtest.Start(t)
	other := follower.Database(t, "")
	follower.Exec(t, follower.URL(pgtest.Superuser, other), "ALTER DATABASE "+other+" SET default_transaction_read_only = on")
	// Both have a database of that name: the follower's is never looked into.
	db.Exec(t, db.URL(pgtest.Superuser, "postgres"), "ALTER DATABASE "+db.database+" RENAME TO shared")
	follower.Exec(t, follower.URL(pgtest.Superuser, "postgres"), "ALTER DATABASE "+other+" RENAME TO shared")
	url := fmt.Sprintf("postgres://%s@127.0.0.1:%d,127.0.0.1:%d/shared?sslmode=disable&search_path=%s", pgtest.Application, follower.Port, db.Port, schema)
	s := opened(t, url)
	write(t, s, appending(entry("a", 1)))
	if err := open(follower.URL(pgtest.Application, "shared")); err == nil || !strings.Contains(err.Error(), "read only") && !strings.Contains(err.Error(), "read-only") {
		t.Errorf("the follower alone: %v", err)
	}
}

func TestThePoolIsBoundedAndWaitsForNobodyForEver(t *testing.T) {
	db := started(t)
	url := db.in(db.prepared(t), pgtest.Application) + "&pool_max_conns=1"
	s := opened(t, url)
	err := s.Read(t.Context(), func(r store.Reader) error {
		if _, err := r.TreeSize(); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := s.Read(ctx, func(store.Reader) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("there is a second connection: %v", err)
		}
		begin := time.Now()
		err := s.Read(t.Context(), func(store.Reader) error { return nil })
		if took := time.Since(begin); !errors.Is(err, store.ErrAway) || took < patience.Connect || took > patience.Connect+5*time.Second {
			t.Errorf("who has time waited %v for a connection: %v", took, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// An act that is cancelled while the server works gives its connection free.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err = s.Write(ctx, func(tx store.Tx) error { return postgres.Exec(tx, "SELECT pg_sleep(60)") })
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 30*time.Second {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
	write(t, s, appending(entry("a", 1)))
}

// An act waits for another that has its place for so long and no longer, and
// is told to come again.
func TestALockIsWaitedForWithinBounds(t *testing.T) {
	db := started(t)
	schema := db.prepared(t)
	s := opened(t, db.in(schema, pgtest.Application)+"&lock_timeout=100ms")
	owner := as(t, db.in(schema, pgtest.Owner))
	err := pgx.BeginFunc(t.Context(), owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "LOCK TABLE docket IN EXCLUSIVE MODE"); err != nil {
			return err
		}
		if err := s.Write(t.Context(), appending(entry("a", 1))); !errors.Is(err, store.ErrAgain) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, appending(entry("a", 1)))
}
