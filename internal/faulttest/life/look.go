package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/store"
)

// looked is what who verifies an installation finds, and what the tables hold.
type looked struct {
	Error      string            `json:"error,omitempty"` // it can't be verified, and why
	Findings   []string          `json:"findings,omitempty"`
	Complaints []string          `json:"complaints,omitempty"` // of doctor
	Tables     map[string]string `json:"tables,omitempty"`     // a hash of the rows of each
}

// noticed reports whether anybody is told that something is wrong.
func (l looked) noticed() bool { return l.Error != "" || len(l.Findings) > 0 }

// lookAt verifies an installation as the command does, with a rebuild, and asks
// doctor. It changes nothing.
func lookAt(ctx context.Context, dir string) (l looked) {
	for _, e := range installation.Doctor(ctx, dir, installation.Options{}) {
		for _, complaint := range e.Complaints {
			l.Complaints = append(l.Complaints, complaint.Error())
		}
	}
	if err := l.verify(ctx, dir); err != nil {
		l.Error = err.Error()
	}
	return l
}

func (l *looked) verify(ctx context.Context, dir string) (err error) {
	i, err := installation.Open(ctx, dir, installation.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	l.Tables = map[string]string{}
	for _, t := range i.Office.Store.Tables() {
		hash := sha256.New()
		for row, err := range i.Office.Store.Rows(ctx, t.Name) {
			if err != nil {
				row = err.Error()
			}
			fmt.Fprintln(hash, row)
		}
		name := t.Name
		if t.Class == store.Kept {
			name = "kept " + name
		}
		l.Tables[name] = hex.EncodeToString(hash.Sum(nil))
	}
	v, err := i.Office.Verify(ctx, nil)
	if err != nil {
		return err
	}
	if err := i.Rebuild(ctx, v, nil); err != nil {
		return err
	}
	for _, f := range v.Findings {
		l.Findings = append(l.Findings, fmt.Sprintf("%s %s leaf %d: %s", f.Code, f.Entry, f.Leaf, f.Detail))
	}
	return nil
}
