package store

import (
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
)

// PaperForm is a form on paper on its way over the desk, as its list shows it.
// What was keyed of it, and its number, rest sealed in the draft of the same id.
type PaperForm struct {
	ID        string // of the draft
	Programme string
	Category  string
	Claim     claim.ID // that it becomes: its scans rest under that key
	Stage     string   // how far it is: office says which there are
	Keyer     string   // who keyed it first
	Checker   string   // who keys it again; "" while nobody does
	Received  day.Date // when the paper came
	Updated   docket.Instant
}

// PaperReader reads the forms on paper.
type PaperReader interface {
	// PaperForm is the one of this draft, or ErrNone.
	PaperForm(id string) (PaperForm, error)
	// PaperForms are at most so many, those that came first first.
	PaperForms(limit int) ([]PaperForm, error)
}

// PaperWriter writes them.
type PaperWriter interface {
	// PutPaperForm adds a form, or sets it.
	PutPaperForm(PaperForm) error
	// DeletePaperForms removes forms; those that aren't there are no error.
	DeletePaperForms(ids []string) error
}
