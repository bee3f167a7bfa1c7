package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/store"
)

// What an older program backed up has an older schema. It is put back under that one,
// and Open then brings it up to date by the same steps as that program's own database.

// OpenAs makes a database at path, which isn't there, of the newest schema whose
// tables have these columns: all the schema's tables are named, and no others.
//
// Fault: store.ErrNone where there was no such schema; SchemaOf says why.
func OpenAs(ctx context.Context, path string, columns map[string][]string) (*Store, error) {
	schema, _, err := SchemaOf(ctx, columns)
	if err == nil && schema == 0 {
		err = store.ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	s, err := open(ctx, path, "FULL", schema)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	s.tables = slices.DeleteFunc(slices.Clone(tables), func(t store.Table) bool { return columns[t.Name] == nil })
	return s, nil
}

// SchemaOf is the newest schema whose tables have these columns. Where there is none it
// is 0, and unlike names a table that isn't as it is now.
func SchemaOf(ctx context.Context, columns map[string][]string) (schema int, unlike string, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each connection has a memory of its own
	for n, step := range migrations {
		if _, err := db.ExecContext(ctx, step); err != nil {
			return 0, "", fmt.Errorf("make the schema %d: %w", n+1, err)
		}
		has, err := columnsOf(ctx, db)
		if err != nil {
			return 0, "", err
		}
		if unlike = differs(has, columns); unlike == "" {
			schema = n + 1
		}
	}
	return schema, unlike, nil
}

// columnsOf are the columns of every table, in the order of their names.
func columnsOf(ctx context.Context, db *sql.DB) (columns map[string][]string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns = map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		columns[table] = append(columns[table], column)
	}
	return columns, rows.Err()
}

// differs names a table that has other columns, or is in one of them alone.
func differs(has, want map[string][]string) string {
	for table, columns := range has {
		if !slices.Equal(columns, slices.Sorted(slices.Values(want[table]))) {
			return table
		}
	}
	for table := range want {
		if has[table] == nil {
			return table
		}
	}
	return ""
}
