package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
)

// mostLine bounds a line of the export.
const mostLine = 16 << 20

// place is a stream's name, hashed, so that every stream costs the same few
// bytes.
type place [16]byte

func placeOf(stream string) (p place) {
	h := sha256.Sum256([]byte(stream))
	copy(p[:], h[:])
	return p
}

// audit reads an export once, from the first line to the last.
type audit struct {
	file      string
	known     trust
	witnesses []key
	log       *source // the published log to hold it against; may be nil
	figures   []*figures
	tell      func(done, of int64)

	line     int64
	tree     edge
	nextLeaf int64 // the number that the next entry must have
	streams  map[place]*standing
	annex    *openAnnex
	books    *books
	compared tallyOfFigures
	bundle   []byte // of the log, that holds the leaf at hand
	parted   int    // leaves in a row that are not the log's
	report   auditReport
	found    problems
}

// auditReport is what the audit found.
type auditReport struct {
	Good       bool        `json:"good"`
	Checkpoint checkpoint  `json:"checkpoint"`
	Witnessed  []witnessed `json:"witnessed,omitempty"`
	Entries    int64       `json:"entries"`
	Rows       int64       `json:"rows"`
	Streams    int         `json:"streams"`
	Claims     int64       `json:"claims"`
	Shown      int64       `json:"figures_recomputed"`
	Withheld   int64       `json:"figures_withheld"`
	Problems   []*problem  `json:"problems,omitempty"`
	More       int         `json:"more_problems,omitempty"`
}

// openAnnex is the annex of the entry before, while its rows are read.
type openAnnex struct {
	of        string // the entry
	programme string
	root      hash
	rows      int64
	next      int64 // the number that the next row must have
	tree      edge
}

func (a *audit) where() string { return fmt.Sprintf("%s, line %d", a.file, a.line) }

// run reads the export.
func (a *audit) run(ctx context.Context, from io.Reader) *auditReport {
	a.streams = map[place]*standing{}
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 1<<16), mostLine)
	for lines.Scan() {
		a.line++
		if a.line == 1 {
			if p := a.header(bytes.Clone(lines.Bytes())); p != nil {
				a.found.add(p)
				return a.close()
			}
			continue
		}
		if ctx.Err() != nil {
			a.found.add(interrupted(a.where()))
			return a.close()
		}
		a.next(ctx, lines.Bytes())
		if a.found.more > 0 {
			break // what is wrong throughout is not worth the whole reading
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		a.line++
		a.found.add(wrong(a.where(), "the line is longer than %d MiB", mostLine>>20).meaning("It is no line of an export", "Ask for the export again"))
	case err != nil:
		a.found.add(unknown(a.where(), "the file can't be read on: %v", err).meaning("The rest was not checked", "Copy the file again"))
	case a.line == 0:
		a.found.add(wrong(a.file, "the file is empty").meaning("There is nothing to check", "Ask for the export again"))
	default:
		a.finish()
	}
	return a.close()
}

func (a *audit) close() *auditReport {
	r := &a.report
	r.Entries, r.Streams, r.Claims = a.tree.size, len(a.streams), a.books.claims()
	r.Shown, r.Withheld = a.compared.shown, a.compared.withheld
	r.Good, r.Problems, r.More = a.found.none(), a.found.list, a.found.more
	return r
}

// header reads line 1: the checkpoint that the export claims to be the content
// of, and the figures.
func (a *audit) header(line []byte) *problem {
	v, err := readJSON(line)
	if err != nil {
		return wrong(a.where(), "%v", err).meaning("It is not an audit export", "Ask for the output of chancery docket export --audit")
	}
	f := fieldsOf(a.where(), v)
	if format := f.text("format"); f.wrong == nil && format != "chancery/audit/v1" {
		f.fail("the field \"format\" says %.60q; this program knows chancery/audit/v1", format)
	}
	origin, signed, own := f.text("origin"), f.text("checkpoint"), f.need("figures", '{')
	var statements []value
	if f.has("epochs") {
		statements = f.need("epochs", '[').items
	}
	if f.only(); f.wrong != nil {
		return f.wrong.meaning("It is not an audit export", "Ask for the output of chancery docket export --audit")
	}
	by, p := keyOfReceipt(a.where(), signed, statements, a.known)
	if p != nil {
		return p
	}
	where := a.where() + ", checkpoint"
	if a.report.Checkpoint, p = openCheckpoint(where, signed, by); p != nil {
		return p
	}
	if a.report.Witnessed, p = allWitnessed(where, signed, a.witnesses); p != nil {
		return p
	}
	if base, _ := epochOf(by.name); origin != base && origin != by.name {
		return wrong(a.where()+", origin", "it says %.200q, and the checkpoint is of %q", origin, by.name).meaning("The header contradicts itself", "Ask for the export again")
	}
	of, p := readFigures(a.where()+", figures", own)
	if p != nil {
		return p
	}
	if of.size != a.report.Checkpoint.Size || of.head != a.report.Checkpoint.Root {
		a.found.add(wrong(of.where, "they are of the tree of %d entries with the root %s, and the checkpoint is of %d with %s", of.size, of.head, a.report.Checkpoint.Size, a.report.Checkpoint.Root).
			meaning("The figures are not of this export", "Ask for figures and export of one moment"))
	}
	a.figures = append(a.figures, of)
	return nil
}

// next reads an entry or a row.
func (a *audit) next(ctx context.Context, line []byte) {
	v, err := readJSON(line)
	if err != nil {
		a.found.add(wrong(a.where(), "%v", err).meaning("The line can't be checked", "Ask for the export again"))
		return
	}
	f := fieldsOf(a.where(), v)
	isRow := f.has("row")
	at := int64(0)
	if isRow {
		at = f.number("row", 0)
	} else {
		at = f.number("leaf", 0)
	}
	stream, version, salt, entry := f.text("stream"), f.number("version", 1), f.hash("salt"), f.need("entry", '{')
	if f.only(); f.wrong != nil {
		a.found.add(f.wrong.meaning("The line is no entry and no row of an export", "Ask for the export again"))
		return
	}
	name := fmt.Sprintf("%s#%d", plainly(stream), version)
	where := fmt.Sprintf("%s (%s)", a.where(), name)
	if p := atPlace(where, entry, stream, version); p != nil {
		a.found.add(p.meaning("The entry was altered, or moved to another place", "Compare with the published log: --log"))
	}
	state := a.takeVersion(where, stream, version)
	programme := ""
	if isRow {
		programme = a.takeRow(where, at, commitment(rowTag, salt, entry.raw))
	} else {
		a.takeEntry(ctx, where, name, at, commitment(entryTag, salt, entry.raw), entry)
		programme = a.programmeOf(entry)
	}
	if p := a.books.take(where, programme, stream, state, entry); p != nil {
		a.found.add(p)
	}
}

func (a *audit) programmeOf(entry value) string {
	programme, _ := entry.member("programme")
	return programme.text
}

// takeVersion wants the versions of each stream once and in order.
func (a *audit) takeVersion(where, stream string, version int64) *standing {
	at := placeOf(stream)
	state, ok := a.streams[at]
	if !ok {
		state = &standing{}
		a.streams[at] = state
	}
	switch due := state.version + 1; {
	case version < due:
		a.found.add(wrong(where, "the version %d of this stream stands here a second time, or out of order", version).
			meaning("An entry was put in, doubled or moved", "Compare with the published log: --log"))
	case version > due:
		a.found.add(wrong(where, "version %d of this stream is missing before it", due).
			meaning("An entry was taken out or moved", "Compare with the published log: --log"))
	}
	state.version = max(state.version, version)
	return state
}

// takeEntry adds an entry to the tree and opens its annex.
func (a *audit) takeEntry(ctx context.Context, where, name string, leaf int64, record hash, entry value) {
	a.closeAnnex()
	if leaf != a.nextLeaf {
		a.found.add(wrong(where, "it says that it is leaf %d, and leaf %d is due here", leaf, a.nextLeaf).
			meaning("An entry was taken out, put in or moved", "Compare with the published log: --log"))
	}
	a.nextLeaf = leaf + 1 // a gap is said once
	f := fieldsOf(where, entry)
	if format := f.number("format", 1); f.wrong == nil && format != 1 {
		f.fail("the entry's format is %d; this program knows format 1", format)
	}
	if f.wrong != nil {
		a.found.add(f.wrong)
	}
	a.compareFigures()
	a.againstLog(ctx, where, record)
	a.tree.add(leafHash(record))
	a.tell(a.tree.size, a.report.Checkpoint.Size)
	if _, ok := entry.member("annex"); ok {
		root, rows, p := annexOf(where, entry)
		if p != nil {
			a.found.add(p)
			return
		}
		a.annex = &openAnnex{of: where, programme: a.programmeOf(entry), root: root, rows: rows}
	}
}

// takeRow adds a row to the annex of the entry before it.
func (a *audit) takeRow(where string, index int64, record hash) (programme string) {
	a.report.Rows++
	if a.annex == nil {
		a.found.add(wrong(where, "it is a row, and the entry before it has no annex").meaning("A row was put in", "Compare with the published log: --log"))
		return ""
	}
	if index != a.annex.next {
		a.found.add(wrong(where, "it says that it is row %d, and row %d is due here, of the annex of %s", index, a.annex.next, a.annex.of).
			meaning("A row was taken out, put in or moved", "Ask for the export again; compare with a receipt of one of these claims"))
	}
	a.annex.next = index + 1
	a.annex.tree.add(leafHash(record))
	return a.annex.programme
}

func (a *audit) closeAnnex() {
	x := a.annex
	if a.annex = nil; x == nil {
		return
	}
	switch {
	case x.tree.size != x.rows:
		a.found.add(wrong(x.of, "its annex has %d rows, and %d follow it", x.rows, x.tree.size).
			meaning("Rows were taken out or put in", "Ask for the export again; compare with a receipt of one of these claims"))
	case x.tree.root() != x.root:
		a.found.add(wrong(x.of, "the %d rows that follow it make the root %s, and the entry names %s", x.rows, x.tree.root(), x.root).
			meaning("At least one of these rows was altered or moved", "Ask for the export again; compare with a receipt of one of these claims"))
	}
}

// againstLog holds a leaf against the record that the log has published.
func (a *audit) againstLog(ctx context.Context, where string, record hash) {
	const enough = 3 // after as many in a row, the rest is shifted or of another log
	n, size := a.tree.size, a.report.Checkpoint.Size
	if a.log == nil || a.parted == enough || n >= size {
		return
	}
	if n%tileWidth == 0 {
		_, number := epochOf(a.report.Checkpoint.Origin)
		name, raw, err := a.log.tile(ctx, epochPrefix(number), "entries", n/tileWidth, int(min(tileWidth, size-n)), recordSize)
		if err != nil {
			a.found.add(a.log.unreadable(name, err))
		}
		if a.bundle = raw; err != nil {
			a.bundle = nil
		}
	}
	if a.bundle == nil {
		return
	}
	published := hash(a.bundle[n%tileWidth*recordSize+2:][:len(hash{})])
	if published == record {
		a.parted = 0
		return
	}
	a.parted++
	a.found.add(wrong(where, "it is not what the log published as leaf %d: there stands %s, and this line makes %s", n, published, record).
		meaning("The entry or its salt was altered, or another entry was put in its place", "Ask who made the export for this entry; the published log is what was signed"))
}

func (a *audit) compareFigures() {
	for _, f := range a.figures {
		if f.size == a.tree.size && !f.done {
			f.done = true
			if root := a.tree.root(); root != f.head {
				a.found.add(wrong(f.where, "they are of a tree with the root %s after %d entries, and the export has %s there", f.head, f.size, root).
					meaning("They were not counted from these entries", "Ask which state of the log they are of"))
			}
			f.compare(a.books, &a.compared, &a.found)
		}
	}
}

// finish checks the whole.
func (a *audit) finish() {
	a.closeAnnex()
	a.compareFigures()
	c := a.report.Checkpoint
	switch {
	case a.tree.size != c.Size:
		a.found.add(wrong(a.file, "it has %d entries, and the signed checkpoint names %d", a.tree.size, c.Size).
			meaning("The export is not the log's whole content, or more than it", "Compare with the published log: --log"))
	case a.tree.root() != c.Root:
		do := "Compare with the published log: --log shows which entries differ"
		if a.log != nil {
			do = "The lines named above are those that differ"
		}
		a.found.add(wrong(a.file, "its entries make the root %s, and the signed checkpoint names %s", a.tree.root(), c.Root).
			meaning("The export is not what the log's key has signed: something in it was altered after signing", do))
	}
	for _, f := range a.figures {
		if !f.done {
			a.found.add(wrong(f.where, "they are of the state after %d entries, and the export ends after %d", f.size, a.tree.size).
				meaning("They can't be recomputed from this export", "Ask for an export of that state or a later one"))
		}
	}
	a.books.ledger(a.file, &a.found)
}

// readFiguresAt reads figures.json from a file or a web address.
func readFiguresAt(ctx context.Context, at string) (*figures, error) {
	var raw []byte
	var err error
	if strings.Contains(at, "://") {
		var s *source
		dir, file := at[:strings.LastIndexByte(at, '/')], at[strings.LastIndexByte(at, '/')+1:]
		if s, err = newSource(dir); err != nil {
			return nil, err
		}
		raw, err = s.get(ctx, file, mostLine)
	} else {
		raw, err = readFile(at, mostLine)
	}
	if err != nil {
		return nil, useWrong("--figures %.200q can't be read: %v", at, err)
	}
	v, err := readJSON(raw)
	if err != nil {
		return nil, wrong(at, "%v", err).meaning("These are not published figures", "Give the file figures.json of the public pages")
	}
	f, p := readFigures(at, v)
	if p != nil {
		return nil, p
	}
	return f, nil
}
