package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// postgresFault puts a refusal of PostgreSQL, or of the way to it, into a
// fault, or is nil. Its codes are those of
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
func postgresFault(err error) error {
	if wrong, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		return fault.New(fault.Invalid, "postgres.address", "why", wrong.Unwrap())
	}
	var where string
	way, connecting := errors.AsType[*pgconn.ConnectError](err)
	if connecting && way.Config != nil {
		where = fmt.Sprintf("%s:%d/%s", way.Config.Host, way.Config.Port, way.Config.Database)
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		for _, c := range postgresCodes {
			if len(refused.Code) == 5 && refused.Code[:len(c.sqlstate)] == c.sqlstate {
				return fault.New(c.kind, c.code, "at", where, "why", refused.Message)
			}
		}
		return nil
	}
	if connecting && strings.Contains(err.Error(), "read only connection") { // pgx has no better word for it
		return fault.New(fault.Conflict, "postgres.standby", "at", where, "why", root(err))
	}
	if connecting || errors.Is(err, store.ErrAway) {
		return fault.New(fault.Conflict, "postgres.unreachable", "at", where, "why", root(err))
	}
	return nil
}

// root is the innermost error of a chain: what the system said.
func root(err error) error {
	for {
		switch next := err.(type) {
		case interface{ Unwrap() []error }:
			list := next.Unwrap()
			if len(list) == 0 {
				return err
			}
			err = list[len(list)-1]
		case interface{ Unwrap() error }:
			inner := next.Unwrap()
			if inner == nil {
				return err
			}
			err = inner
		default:
			return err
		}
	}
}

// postgresCodes are the refusals that a person can do something about, by
// SQLSTATE or the class that begins it.
var postgresCodes = []struct {
	sqlstate string
	kind     fault.Kind
	code     string
}{
	{"28P01", fault.NotAllowed, "postgres.password"},
	{"28000", fault.NotAllowed, "postgres.role"},
	{"3D000", fault.NotFound, "postgres.no-database"},
	{"42501", fault.NotAllowed, "postgres.rights"},
	{"42704", fault.NotFound, "postgres.role"},
	{"25006", fault.Conflict, "postgres.standby"},
	{"53100", fault.Conflict, "postgres.disk-full"},
	{"53300", fault.Conflict, "postgres.too-many"},
	{"57P", fault.Conflict, "postgres.unreachable"},
	{"08", fault.Conflict, "postgres.unreachable"},
}
