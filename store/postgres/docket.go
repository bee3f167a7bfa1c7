package postgres

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/store"
)

func scanEntry(s scanner) (docket.Entry, error) {
	var e docket.Entry
	var salt []byte
	if err := s.Scan(&e.Stream, &e.Version, &salt, &e.Bytes); err != nil {
		return docket.Entry{}, err
	}
	e.Salt = docket.Salt(sized(salt))
	return e, nil
}

// sized is a salt or hash of the length that it must have. One of another
// length is as wrong as another value: it becomes that of zeroes, which is
// nobody's.
func sized(raw []byte) (b [32]byte) {
	if len(raw) == len(b) {
		copy(b[:], raw)
	}
	return b
}

func (r *reader) Entry(ref docket.Ref) (docket.Entry, error) {
	return one(r, scanEntry, "SELECT stream, version, salt, bytes FROM docket WHERE stream = $1 AND version = $2", string(ref.Stream), int64(ref.Version))
}

func (r *reader) LastVersion(stream docket.Stream) (docket.Version, error) {
	return one(r, value[docket.Version], "SELECT coalesce(max(version), 0) FROM docket WHERE stream = $1", string(stream))
}

func scanStep(s scanner) (store.Step, error) {
	var step store.Step
	var row docket.Row
	var salt, rowSalt, root []byte
	if err := s.Scan(&step.Entry.Stream, &step.Entry.Version, &salt, &step.Entry.Bytes,
		&root, &row.Index, &row.Stream, &row.Version, &rowSalt, &row.Bytes); err != nil {
		return store.Step{}, err
	}
	step.Entry.Salt, row.Salt, step.Root = docket.Salt(sized(salt)), docket.Salt(sized(rowSalt)), docket.Hash(sized(root))
	step.Row = &row
	return step, nil
}

func (r *reader) History(stream docket.Stream) ([]store.Step, error) {
	entries, err := all(r, scanEntry, "SELECT stream, version, salt, bytes FROM docket WHERE stream = $1 ORDER BY version", string(stream))
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	steps, err := all(r, scanStep, `SELECT d.stream, d.version, d.salt, d.bytes, a.root, a.row, a.stream, a.version, a.salt, a.bytes
		FROM annexes a JOIN annex_owners o ON o.root = a.root JOIN docket d ON d.stream = o.stream AND d.version = o.version
		WHERE a.stream = $1 ORDER BY a.version`, string(stream))
	if err != nil {
		return nil, fmt.Errorf("read annex rows of %s: %w", stream, err)
	}
	for _, e := range entries {
		steps = append(steps, store.Step{Entry: e})
	}
	slices.SortFunc(steps, func(a, b store.Step) int { return cmp.Compare(place(a), place(b)) })
	return steps, nil
}

func place(s store.Step) docket.Version {
	if s.Row != nil {
		return s.Row.Version
	}
	return s.Entry.Version
}

func scanRow(s scanner) (store.AnnexRow, error) {
	var row store.AnnexRow
	var salt, commitment []byte
	if err := s.Scan(&row.Index, &row.Stream, &row.Version, &salt, &commitment, &row.Bytes); err != nil {
		return store.AnnexRow{}, err
	}
	row.Salt, row.Stored = docket.Salt(sized(salt)), docket.Hash(sized(commitment))
	return row, nil
}

func (r *reader) AnnexRows(root docket.Hash) iter.Seq2[store.AnnexRow, error] {
	return each(r, paged[store.AnnexRow]{
		text: `SELECT row, stream, version, salt, commitment, bytes FROM annexes
			WHERE root = $1 AND root || '' = $1 AND row > $2 ORDER BY row LIMIT $3`, // as the index says, and as the table does
		args: []any{root[:]}, key: []any{int64(-1)}, of: func(row store.AnnexRow) []any { return []any{row.Index} }, scan: scanRow,
	})
}

func scanHash(s scanner) (docket.Hash, error) {
	var raw []byte
	if err := s.Scan(&raw); err != nil {
		return docket.Hash{}, err
	}
	return docket.Hash(sized(raw)), nil
}

// AnnexRoots jumps from root to root: an annex may have a hundred thousand rows.
func (r *reader) AnnexRoots() iter.Seq2[docket.Hash, error] {
	return each(r, paged[docket.Hash]{
		text: `WITH RECURSIVE roots(root) AS (
				(SELECT root FROM annexes WHERE root > $1 ORDER BY root LIMIT 1)
				UNION ALL SELECT (SELECT a.root FROM annexes a WHERE a.root > roots.root ORDER BY a.root LIMIT 1) FROM roots WHERE root IS NOT NULL
			) SELECT root FROM roots WHERE root IS NOT NULL LIMIT $2`,
		key: []any{[]byte{}}, of: func(root docket.Hash) []any { return []any{root[:]} }, scan: scanHash,
	})
}

// waitingEntry is an entry with its place in the order of coming in.
type waitingEntry struct {
	seq   int64
	entry docket.Entry
}

func scanWaiting(s scanner) (waitingEntry, error) {
	var w waitingEntry
	var salt []byte
	err := s.Scan(&w.seq, &w.entry.Stream, &w.entry.Version, &salt, &w.entry.Bytes)
	w.entry.Salt = docket.Salt(sized(salt))
	return w, err
}

func (r *reader) Unsequenced() iter.Seq2[docket.Entry, error] {
	waiting := each(r, paged[waitingEntry]{
		text: `SELECT u.seq, d.stream, d.version, d.salt, d.bytes FROM unsequenced u JOIN docket d ON d.seq = u.seq
			WHERE u.seq > $1 ORDER BY u.seq LIMIT $2`,
		key: []any{int64(-1)}, of: func(w waitingEntry) []any { return []any{w.seq} }, scan: scanWaiting,
	})
	return func(yield func(docket.Entry, error) bool) {
		for w, err := range waiting {
			if !yield(w.entry, err) {
				return
			}
		}
	}
}

func scanLeaf(s scanner) (store.LeafEntry, error) {
	var l store.LeafEntry
	var commitment, salt, content []byte
	if err := s.Scan(&l.Number, &l.Ref.Stream, &l.Ref.Version, &commitment, &salt, &content, &l.Found); err != nil {
		return store.LeafEntry{}, err
	}
	l.Commitment = docket.Hash(sized(commitment))
	l.Entry = docket.Entry{Stream: l.Ref.Stream, Version: l.Ref.Version, Salt: docket.Salt(sized(salt)), Bytes: content}
	return l, nil
}

// Leaves finds entries by an index: one is there if its own row says so too.
func (r *reader) Leaves(from int64) iter.Seq2[store.LeafEntry, error] {
	return each(r, paged[store.LeafEntry]{
		text: `SELECT l.leaf, l.stream, l.version, l.commitment, coalesce(d.salt, ''), coalesce(d.bytes, ''),
				coalesce(d.stream = l.stream AND d.version = l.version, false)
			FROM leaves l LEFT JOIN docket d ON d.stream = l.stream AND d.version = l.version
			WHERE l.leaf > $1 ORDER BY l.leaf LIMIT $2`,
		key: []any{max(from, math.MinInt64+1) - 1}, of: func(l store.LeafEntry) []any { return []any{l.Number} }, scan: scanLeaf,
	})
}

func (r *reader) Leaf(ref docket.Ref) (store.Leaf, error) {
	return one(r, func(s scanner) (store.Leaf, error) {
		leaf := store.Leaf{Ref: ref}
		var commitment []byte
		err := s.Scan(&leaf.Number, &commitment)
		leaf.Commitment = docket.Hash(sized(commitment))
		return leaf, err
	}, "SELECT leaf, commitment FROM leaves WHERE stream = $1 AND version = $2", string(ref.Stream), int64(ref.Version))
}

func (r *reader) TreeSize() (int64, error) {
	return one(r, value[int64], "SELECT coalesce(max(leaf) + 1, 0) FROM leaves")
}

func scanRef(s scanner) (docket.Ref, error) {
	var ref docket.Ref
	err := s.Scan(&ref.Stream, &ref.Version)
	return ref, err
}

func (r *reader) Strays() ([]docket.Ref, error) {
	return all(r, scanRef, `SELECT stream, version FROM docket d
			WHERE NOT EXISTS (SELECT 1 FROM leaves l WHERE l.stream = d.stream AND l.version = d.version)
			AND NOT EXISTS (SELECT 1 FROM unsequenced u WHERE u.seq = d.seq)
		UNION ALL
		SELECT a.stream, a.version FROM annexes a JOIN docket d ON d.stream = a.stream AND d.version = a.version
		LIMIT 5000`)
}

var (
	intoDocket      = intoTable("docket", "seq, stream, version, salt, bytes")
	intoUnsequenced = intoTable("unsequenced", "seq, stream, version")
	intoAnnexes     = intoTable("annexes", "root, row, stream, version, salt, commitment, bytes")
	intoAnnexOwners = intoTable("annex_owners", "root, stream, version")
	intoLeaves      = intoTable("leaves", "leaf, stream, version, commitment")
)

// Entries with their lines among those that wait for a leaf: one, or a list of them.
const (
	appendEntry   = "INSERT INTO docket (stream, version, salt, bytes) VALUES ($1, $2, $3, $4)"
	letItWait     = "INSERT INTO unsequenced (seq, stream, version) VALUES (currval('docket_seq_seq'), $1, $2)"
	appendEntries = `WITH entry AS (INSERT INTO docket (stream, version, salt, bytes) ROWS RETURNING seq, stream, version)
	INSERT INTO unsequenced (seq, stream, version) SELECT seq, stream, version FROM entry`
)

func (t *tx) Append(entries ...docket.Entry) error {
	row := func(i int, to []any) []any {
		e := &entries[i]
		return append(to, string(e.Stream), int64(e.Version), e.Salt[:], e.Bytes)
	}
	switch {
	case len(entries) == 0:
		return t.failed
	case len(entries) == 1:
		e := &entries[0]
		t.queue(appendEntry, values(4, 0, row))
		t.queue(letItWait, []any{string(e.Stream), int64(e.Version)})
		return t.failed
	case len(entries) < manyRows:
		rows, list := rowsOf(4, len(entries), row)
		t.queue(strings.Replace(appendEntries, "ROWS", rows, 1), list)
		return t.failed
	}
	seqs, err := all(&t.reader, value[int64], "SELECT nextval('docket_seq_seq') FROM generate_series(1, $1)", len(entries))
	if err != nil {
		return fmt.Errorf("append to the docket: %w", err)
	}
	if err := t.insert(intoDocket, len(entries), func(i int, to []any) []any {
		e := &entries[i]
		return append(to, seqs[i], string(e.Stream), int64(e.Version), e.Salt[:], e.Bytes)
	}); err != nil {
		return fmt.Errorf("append to the docket: %w", err)
	}
	if err := t.insert(intoUnsequenced, len(entries), func(i int, to []any) []any {
		return append(to, seqs[i], string(entries[i].Stream), int64(entries[i].Version))
	}); err != nil {
		return fmt.Errorf("let entries wait for their leaves: %w", err)
	}
	return nil
}

func (t *tx) AppendAnnex(owner docket.Ref, root docket.Hash, rows []docket.Row) error {
	if err := t.insert(intoAnnexes, len(rows), func(i int, to []any) []any {
		r := &rows[i]
		c := r.Commitment()
		return append(to, root[:], r.Index, string(r.Stream), int64(r.Version), r.Salt[:], c[:], r.Bytes)
	}); err != nil {
		return fmt.Errorf("append the annex of %s: %w", owner, err)
	}
	return t.insert(intoAnnexOwners, 1, func(_ int, to []any) []any {
		return append(to, root[:], string(owner.Stream), int64(owner.Version))
	})
}

func (t *tx) AddLeaves(leaves []store.Leaf) error {
	if len(leaves) == 0 {
		return t.failed
	}
	if err := t.insert(intoLeaves, len(leaves), func(i int, to []any) []any {
		l := &leaves[i]
		return append(to, l.Number, string(l.Ref.Stream), int64(l.Ref.Version), l.Commitment[:])
	}); err != nil {
		return fmt.Errorf("add leaves: %w", err)
	}
	byNumber := func(a, b store.Leaf) int { return cmp.Compare(a.Number, b.Number) }
	t.queue(`DELETE FROM unsequenced WHERE seq IN (SELECT d.seq FROM leaves l
			JOIN docket d ON d.stream = l.stream AND d.version = l.version WHERE l.leaf BETWEEN $1 AND $2)`,
		[]any{slices.MinFunc(leaves, byNumber).Number, slices.MaxFunc(leaves, byNumber).Number})
	return t.failed
}
