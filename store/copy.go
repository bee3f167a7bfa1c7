package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
)

// rowsAtOnce and bytesAtOnce bound one transaction of a Batch.
const (
	rowsAtOnce  = 5000
	bytesAtOnce = 8 << 20
)

// Batch gathers rows of one table and copies them into a store some thousand at
// a time. Memory stays the same, however many there are.
type Batch struct {
	to      Store
	table   string
	columns []string
	rows    [][]any
	bytes   int
}

// NewBatch begins to copy into a table.
func NewBatch(to Store, table string, columns []string) *Batch {
	return &Batch{to: to, table: table, columns: columns}
}

// Add adds a row. It is durable after Flush.
func (b *Batch) Add(ctx context.Context, row []any) error {
	b.rows = append(b.rows, row)
	for _, v := range row {
		switch v := v.(type) {
		case string:
			b.bytes += len(v)
		case []byte:
			b.bytes += len(v)
		}
	}
	if len(b.rows) < rowsAtOnce && b.bytes < bytesAtOnce {
		return nil
	}
	return b.Flush(ctx)
}

// Flush copies what was added.
func (b *Batch) Flush(ctx context.Context) error {
	if len(b.rows) == 0 {
		return nil
	}
	err := b.to.CopyIn(ctx, b.table, b.columns, b.rows)
	clear(b.rows)
	b.rows, b.bytes = b.rows[:0], 0
	return err
}

// Sum is what stands in a table: equal sums are equal rows, on whatever store.
type Sum struct {
	Rows int64
	Hash [sha256.Size]byte
}

// summing makes a Sum row by row, its columns in the order of their names.
type summing struct {
	hash  hash.Hash
	order []int
	rows  int64
}

func newSumming(columns []string) *summing {
	s := &summing{hash: sha256.New()}
	for _, name := range slices.Sorted(slices.Values(columns)) {
		s.order = append(s.order, slices.Index(columns, name))
	}
	return s
}

func (s *summing) add(row []any) {
	s.rows++
	for _, at := range s.order {
		switch v := row[at].(type) {
		case int64:
			s.hash.Write(binary.BigEndian.AppendUint64([]byte{0}, uint64(v)))
		case string:
			s.hash.Write(binary.BigEndian.AppendUint64([]byte{1}, uint64(len(v))))
			s.hash.Write([]byte(v))
		case []byte:
			s.hash.Write(binary.BigEndian.AppendUint64([]byte{2}, uint64(len(v))))
			s.hash.Write(v)
		}
	}
}

func (s *summing) sum() Sum { return Sum{s.rows, [sha256.Size]byte(s.hash.Sum(nil))} }

// identity is the table that says of which log a database is. It is copied last:
// without it a database is nobody's.
const identity = "meta"

// Walk goes through all tables of one state, that of the identity last, and gives
// each row to visit with its table's columns. After each table it tells its sum
// to done; an error of either ends it.
func Walk(ctx context.Context, from Store, visit func(table string, columns []string, row []any) error, done func(table string, sum Sum) error) error {
	tables := slices.Clone(from.Tables())
	slices.SortStableFunc(tables, func(a, b Table) int { return last(a) - last(b) })
	return from.CopyOut(ctx, func(c Copier) error {
		for _, table := range tables {
			columns, err := c.Columns(table.Name)
			if err != nil {
				return err
			}
			sum := newSumming(columns)
			for row, err := range c.Rows(table.Name) {
				if err != nil {
					return err
				}
				sum.add(row)
				if err := visit(table.Name, columns, row); err != nil {
					return err
				}
			}
			if err := done(table.Name, sum.sum()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Content is one hash of what all tables hold but the identity, which is "" while the
// sum of any of them is not there yet.
func Content(tables []Table, sums map[string]Sum) string {
	hash := sha256.New()
	names := make([]string, 0, len(tables))
	for _, t := range tables {
		names = append(names, t.Name)
	}
	for _, name := range slices.Sorted(slices.Values(names)) {
		if name == identity {
			continue
		}
		sum, ok := sums[name]
		if !ok {
			return ""
		}
		fmt.Fprintf(hash, "%s %d %x\n", name, sum.Rows, sum.Hash)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func last(t Table) int {
	if t.Name == identity {
		return 1
	}
	return 0
}

// Copy copies all tables of one state into a store that is empty, one after
// another, and tells done of each and of what it holds. It answers what each of them holds.
func Copy(ctx context.Context, from, to Store, done func(table string, sum Sum) error) (map[string]Sum, error) {
	sums := map[string]Sum{}
	var batch *Batch
	err := Walk(ctx, from, func(table string, columns []string, row []any) error {
		if batch == nil {
			batch = NewBatch(to, table, columns)
		}
		return batch.Add(ctx, row)
	}, func(table string, sum Sum) error {
		if batch != nil {
			if err := batch.Flush(ctx); err != nil {
				return err
			}
		}
		batch, sums[table] = nil, sum
		return done(table, sum)
	})
	if err != nil {
		return nil, fmt.Errorf("copy the database: %w", err)
	}
	return sums, nil
}

// Sums are what all tables of a store hold.
func Sums(ctx context.Context, from Store) (map[string]Sum, error) {
	sums := map[string]Sum{}
	err := Walk(ctx, from, func(string, []string, []any) error { return nil }, func(table string, sum Sum) error {
		sums[table] = sum
		return nil
	})
	return sums, err
}
