// Package backup writes an installation's data into a folder, sealed and by
// increments, and reads it back. What is written is one state of the database
// with the tree's files beside it; no key is in it.
//
// In the folder:
//
//	backup-000007     the list of the seventh backup, in clear: of which files it
//	                  is made, their lengths and SHA-256, the log's origin and
//	                  the tree's head; then a sum and a keyed mark of the list
//	                  itself. It is written last: without it there is no backup
//	index-000007      which blob lies in which part, by keyed hashes, so that the
//	                  next backup finds what is new
//	parts/ab/abcd….age
//	                  the parts, sealed to keys that are not here, named by a
//	                  keyed hash of what is in them
//	evidence-000007   the objects of evidence that the seventh backup has, by their
//	                  hashes; evidence/ab/abcd… are the objects, sealed as they rest
//	lock              held by who writes
//
// One part of each backup is its summary: the tables with their columns, counts
// and parts, the balances, and the tree's files. A part of a table is a run of
// rows in the order of its key. Where a run ends hangs on the rows themselves,
// so that rows that come in between change the part that they come into and no
// other; a part that an earlier backup has is not written again.
//
// Blobs never change, and come in anywhere in the order of their key. Their parts
// hold the blobs that were new at a backup. Where one of a part is gone since (its
// claim was erased), the others are written anew, and that part is named no more.
package backup

import (
	"io"

	"github.com/openchancery/chancery/docket"
)

// Format is the first line of every list. Another form gets another line, and
// this one is read for ever.
const Format = "chancery backup v1"

// Seals are what a backup is sealed with and told from another's by.
type Seals struct {
	// To names those to whom Seal seals: parts that were sealed to others are
	// not taken over from an earlier backup.
	To string
	// Seal seals what is written to it; that is whole once it is closed.
	Seal func(io.Writer) (io.WriteCloser, error)
	// Open opens what Seal sealed; nil where nobody here can.
	Open func(io.Reader) (io.Reader, error)
	// Mark is a keyed hash of a text within a domain: nobody without the
	// installation's keys can make one.
	Mark func(domain, text string) []byte
}

// The domains of keyed marks.
const (
	partMark = "backup/part"
	rowMark  = "backup/row"
	listMark = "backup/list"
	toMark   = "backup/to"
)

// List says of which files one backup is made. It holds nothing that isn't
// public or seen by whoever looks into the folder.
type List struct {
	Number  int64          `json:"number"`
	Origin  string         `json:"origin"`
	Log     string         `json:"log"` // where the log was published; "": not said
	Made    docket.Instant `json:"made"`
	Size    int64          `json:"size"` // of the tree
	Root    docket.Hash    `json:"root"`
	To      string         `json:"to"`      // keyed mark of those whom it is sealed to
	Summary string         `json:"summary"` // id of that part
	Blobs   []string       `json:"blobs"`   // ids of the parts of blobs, at the places that the index gives them; "": named no more
	Index   FileSum        `json:"index"`

	Evidence *FileSum `json:"evidence,omitempty"` // the file that lists the objects of evidence; nil where none were backed up

	Parts []Part `json:"parts"` // all of them, by id
}

// Part is a sealed file.
type Part struct {
	ID string `json:"id"`
	FileSum
}

// FileSum is the length of a file and its SHA-256.
type FileSum struct {
	Bytes  int64       `json:"bytes"`
	SHA256 docket.Hash `json:"sha256"`
}

// Summary says what is in the parts. It is sealed as they are.
type Summary struct {
	Head     docket.TreeHead             `json:"head"`
	Tables   []Table                     `json:"tables"`
	Balances map[string]map[string]int64 `json:"balances"` // by account and currency, in minor units
	Files    []File                      `json:"files"`
}

// Table is one table of the database.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	Parts   []string `json:"parts"`
}

// File is one file from the folder of heads.
type File struct {
	Name  string   `json:"name"`
	Bytes int64    `json:"bytes"`
	Parts []string `json:"parts"`
}

// Progress says how far it has come: so many of so many; of is 0 where nobody
// knows yet.
type Progress func(stage string, done, of int64)

func (p Progress) tell(stage string, done, of int64) {
	if p != nil {
		p(stage, done, of)
	}
}

// blobTable is the one table that is written by increments.
const blobTable = "blobs"
