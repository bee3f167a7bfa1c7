package store

import "github.com/openchancery/chancery/docket"

// Sheet is a filled spreadsheet that an organisation of representatives gave, from
// its check until some days after. Its content lies sealed on the shelf; what stands
// beside Sealed tells nothing of its rows but how many there are.
type Sheet struct {
	ID           string // 32 hexadecimal digits; the key that destroys it is sealed under it
	Organisation string
	Actor        string // who gave it
	Version      int64  // counts from 1
	Given        docket.Instant
	Expires      docket.Instant // from when on it is gone
	Stage        string         // how far it has come
	Done, Rows   int64          // how far who works on it is

	Object string // of what was given, on the shelf
	Back   string // of the file that came back at last; "" before

	ByHouse   []byte // its key, sealed by the vault; empty where only the browser that gave it opens it
	ByBrowser []byte // its key, sealed under what the browser that gave it keeps
	Sealed    []byte
}

// SheetReader reads spreadsheets.
type SheetReader interface {
	// Sheet is the spreadsheet with this id, or ErrNone.
	Sheet(id string) (Sheet, error)
	// SheetsOf are those of an organisation, the newest first.
	SheetsOf(organisation string) ([]Sheet, error)
	// ExpiredSheets are the ids of those that are gone at this moment, in the order
	// of their ends, at most limit of them.
	ExpiredSheets(at docket.Instant, limit int) ([]string, error)
}

// SheetWriter writes them.
type SheetWriter interface {
	// PutSheet adds a spreadsheet of version 1, or sets one that stood one version
	// lower, else ErrTaken.
	PutSheet(Sheet) error
	// DeleteSheets removes spreadsheets, and answers what of them lies on the shelf;
	// those that aren't there are no error.
	DeleteSheets(ids []string) (objects []string, err error)
}
