package postgres

import "github.com/openchancery/chancery/store"

// Exec runs a statement within an act, past the interfaces.
func Exec(t store.Tx, text string) error {
	_, err := t.(*tx).exec(text)
	return err
}

// Schema is how many migrations there are.
var Schema = len(migrations)
