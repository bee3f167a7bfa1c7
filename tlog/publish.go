package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

const (
	// batch is how many leaves are published at most under one checkpoint:
	// 256 bundles, some six megabytes in memory.
	batch = perTile * perTile
	// atOnce is how many files are on their way to their places.
	atOnce = 16
	// cosigning bounds the wait for witnesses. A dead one stops nothing.
	cosigning = 10 * time.Second
	// longestNote bounds a checkpoint with its cosignatures.
	longestNote = 64 << 10
)

// Publisher publishes one epoch of a log. One process does at a time; if ever
// two do, the kept checkpoint refuses one.
type Publisher struct {
	log    *Log
	kept   Kept
	signer note.Signer
	wait   time.Duration // for witnesses
	batch  int64         // leaves under one checkpoint, at most
	mine   func(context.Context) error

	mu     sync.Mutex // held by whoever publishes
	swept  bool       // no staging of an earlier run is left; owned by mu
	stands []byte     // the kept checkpoint as it was last seen; owned by mu
}

// NewPublisher publishes into files, under the key of the epoch, which bears
// the epoch's origin for a name.
func NewPublisher(files Files, kept Kept, signer note.Signer, key note.Verifier) (*Publisher, error) {
	if signer.Name() != key.Name() || signer.KeyHash() != key.KeyHash() {
		return nil, fault.New(fault.Invalid, "tlog.keys-differ", "key", keyName(key), "signer", signer.Name())
	}
	return &Publisher{log: Read(files, key), kept: kept, signer: signer, wait: cosigning, batch: batch, mine: always}, nil
}

func always(context.Context) error { return nil }

// While has the publisher ask, before it signs for good and before it shows a
// checkpoint, whether it is still the one who may: where several processes take
// turns, one that was stopped for a while may have been overtaken. What comes
// in between the question and the deed is mended by the next who publishes.
func (p *Publisher) While(mine func(context.Context) error) *Publisher {
	p.mine = mine
	return p
}

// Source is what is published.
type Source struct {
	// Commitments are those of the database's leaves from a number on, read
	// back from their entries.
	Commitments func(from int64) iter.Seq2[docket.Hash, error]
	// Root is the root of the first so many leaves by the tree that is kept
	// outside the database (Tree.RootAt). Nothing is signed that differs.
	Root func(size int64) (docket.Hash, error)
}

// Extends refuses a database of so many leaves from which a log that has signed
// this checkpoint, or whose witness has seen it, can't go on: an older copy, or
// one whose tree is another.
func (s Source) Extends(signed Checkpoint, size int64) error {
	if size < signed.Size {
		return fault.New(fault.Unsound, "tlog.database-older", "database", size, "published", signed.Size)
	}
	if signed.Size == 0 {
		return nil
	}
	root, err := s.Root(signed.Size)
	if err == nil && root != signed.Root {
		err = fault.New(fault.Unsound, "tlog.database-forked", "size", signed.Size)
	}
	return err
}

// Cosign asks witnesses for a checkpoint. It answers with the same note and
// further signatures; prove shows a witness that the tree extends the one that
// it has seen. An error or a delay never stops the log.
type Cosign func(ctx context.Context, checkpoint []byte, prove func(ctx context.Context, from int64) ([]docket.Hash, error)) ([]byte, error)

// Published is what came of it.
type Published struct {
	Checkpoint
	Unwitnessed error // why the checkpoint went out as the log signed it
}

// Publish brings the published log up to size, in batches, each under a
// checkpoint of its own. Each is staged, read back and hashed anew before it
// is signed; the kept checkpoint is swapped; only then is anything of it seen.
// It is the same after a crash: what was signed and isn't all in its place is
// finished first.
func (p *Publisher) Publish(ctx context.Context, size int64, source Source, cosign Cosign) (Published, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	done, err := p.resume(ctx, cosign)
	if err == nil {
		err = source.Extends(done.Checkpoint, size)
	}
	for err == nil && done.Size < size {
		to := min(size, done.Size-done.Size%p.batch+p.batch)
		ask := cosign
		if to < size {
			ask = nil // witnesses are asked once, for the last
		}
		done, err = p.extend(ctx, done.Checkpoint, to, source, ask)
	}
	if err == nil && !p.swept {
		err = p.sweep(ctx, done.Checkpoint)
	}
	p.swept = err == nil
	if err != nil {
		return Published{}, fmt.Errorf("publish the log: %w", err)
	}
	return done, nil
}

// resume is the newest checkpoint, all of its tree in place. Where the kept
// and the public one contradict each other, nothing more is signed.
func (p *Publisher) resume(ctx context.Context, cosign Cosign) (Published, error) {
	kept, err := p.loadKept(ctx)
	if err != nil {
		return Published{}, err
	}
	public, err := p.log.checkpoint(ctx)
	switch {
	case err != nil:
		return Published{}, err
	case public.Size > kept.Size:
		return Published{}, fault.New(fault.Unsound, "tlog.kept-older", "kept", kept.Size, "public", public.Size)
	case public.Size == kept.Size && public.Root != kept.Root:
		return Published{}, fault.New(fault.Unsound, "tlog.public-forked", "size", kept.Size)
	case public.Size == kept.Size:
		return Published{Checkpoint: public}, nil
	}
	left := step{public.Size, kept.Size, kept.Root}
	archive, err := p.staged(ctx, left)
	if fault.Code(err) == "tlog.staging-missing" {
		if _, edgeErr := p.log.edge(ctx, kept); edgeErr == nil {
			// All of it is in its place, and the checkpoint that stands there is an
			// older one: whoever was overtaken while it published put it there.
			return p.finish(ctx, left, kept, nil, cosign)
		}
	}
	if err != nil {
		return Published{}, err
	}
	before, err := p.log.edge(ctx, public)
	if err != nil {
		return Published{}, err
	}
	files, err := unpack(archive, before, left)
	if err != nil {
		return Published{}, err
	}
	// It stands there, and may not be on disk: who kept it may have been stopped,
	// or refused by the disk, before it was. Nothing is shown that rests on it
	// until it is.
	if err := p.kept.Swap(ctx, p.stands, p.stands); err != nil {
		return Published{}, err
	}
	return p.finish(ctx, left, kept, files, cosign)
}

func (p *Publisher) loadKept(ctx context.Context) (Checkpoint, error) {
	var err error
	if p.stands, err = p.kept.Load(ctx); err != nil || p.stands == nil {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(p.stands, p.log.key, "the kept checkpoint")
}

// extend publishes one batch.
func (p *Publisher) extend(ctx context.Context, signed Checkpoint, to int64, source Source, cosign Cosign) (Published, error) {
	before, err := p.log.edge(ctx, signed)
	if err != nil {
		return Published{}, err
	}
	records, err := p.records(ctx, source, signed.Size, to)
	if err != nil {
		return Published{}, err
	}
	s := step{from: signed.Size, to: to}
	if s.root, err = source.Root(to); err != nil {
		return Published{}, err
	}
	after := before.clone()
	archive, err := pack(after.extend(records))
	if err != nil {
		return Published{}, err
	}
	if root, err := after.root(); err != nil || root != s.root {
		return Published{}, errors.Join(err, fault.New(fault.Unsound, "tlog.root-differs", "size", to, "root", root, "expected", s.root))
	}
	if err := p.log.files.Put(ctx, s.name(), archive); err != nil {
		return Published{}, err
	}
	if archive, err = p.staged(ctx, s); err != nil {
		return Published{}, err
	}
	files, err := unpack(archive, before, s)
	if err != nil {
		return Published{}, err
	}
	next := Checkpoint{Size: s.to, Root: s.root}
	next.Note, err = note.Sign(&note.Note{Text: checkpointText(p.signer.Name(), next.Size, next.Root)}, p.signer)
	if err != nil {
		return Published{}, err
	}
	if err := p.mine(ctx); err != nil {
		return Published{}, err
	}
	if err := p.kept.Swap(ctx, p.stands, next.Note); err != nil {
		return Published{}, err
	}
	p.stands = next.Note
	return p.finish(ctx, s, next, files, cosign)
}

// records are the commitments of the leaves of one batch.
func (p *Publisher) records(ctx context.Context, source Source, from, to int64) ([]docket.Hash, error) {
	records := make([]docket.Hash, 0, to-from)
	for c, err := range source.Commitments(from) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		if records = append(records, c); int64(len(records)) == to-from {
			return records, nil
		}
	}
	return nil, fault.New(fault.Unsound, "tlog.commitments-short", "leaf", from+int64(len(records)), "size", to)
}

// finish brings what was signed before everybody. Any of it may be done twice.
func (p *Publisher) finish(ctx context.Context, s step, signed Checkpoint, files []written, cosign Cosign) (Published, error) {
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, f := range files {
		group.Go(func() error { return p.log.files.Create(within, f.name(), f.content) })
	}
	if err := group.Wait(); err != nil {
		return Published{}, err
	}
	done := Published{Checkpoint: signed}
	if cosign != nil {
		done.Note, done.Unwitnessed = p.cosigned(ctx, signed, cosign)
	}
	if err := p.mine(ctx); err != nil {
		return Published{}, err
	}
	if err := p.log.files.Put(ctx, checkpointFile, done.Note); err != nil {
		return Published{}, err
	}
	return done, p.clean(ctx, s)
}

// cosigned asks for cosignatures, and waits no longer than it may.
func (p *Publisher) cosigned(ctx context.Context, signed Checkpoint, cosign Cosign) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	type answer struct {
		note []byte
		err  error
	}
	answers := make(chan answer, 1) // one who is late finds room, and nobody
	go func() {
		text, err := cosign(ctx, bytes.Clone(signed.Note), func(ctx context.Context, from int64) ([]docket.Hash, error) {
			return p.log.ConsistencyProof(ctx, from, signed)
		})
		answers <- answer{text, err}
	}()
	var got answer
	select {
	case got = <-answers:
	case <-ctx.Done():
		return signed.Note, ctx.Err()
	}
	if got.err != nil && got.note == nil {
		return signed.Note, got.err
	}
	c, err := ParseCheckpoint(got.note, p.log.key, "cosigned")
	if err != nil || len(got.note) > longestNote || c.Size != signed.Size || c.Root != signed.Root {
		return signed.Note, errors.Join(got.err, fault.New(fault.Invalid, "tlog.cosigned-differs", "size", signed.Size))
	}
	return got.note, got.err
}

// Cosign asks witnesses again for the newest checkpoint, and publishes what
// they gave.
func (p *Publisher) Cosign(ctx context.Context, cosign Cosign) (Published, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	signed, err := p.log.Checkpoint(ctx)
	if err != nil {
		return Published{}, err
	}
	done := Published{Checkpoint: signed}
	done.Note, done.Unwitnessed = p.cosigned(ctx, signed, cosign)
	if bytes.Equal(done.Note, signed.Note) {
		return done, nil
	}
	if err := p.mine(ctx); err != nil { // the witnesses took their time
		return Published{}, err
	}
	return done, p.log.files.Put(ctx, checkpointFile, done.Note)
}

// Checkpoint is the newest one that is published.
func (p *Publisher) Checkpoint(ctx context.Context) (Checkpoint, error) { return p.log.Checkpoint(ctx) }

// Log reads what is published.
func (p *Publisher) Log() *Log { return p.log }

// clean removes what a step leaves behind: the partial tiles in whose place a
// full one is now, and, last of all, its staging.
func (p *Publisher) clean(ctx context.Context, s step) error {
	for _, t := range edgeTiles(s.from) {
		if to := s.to >> (8 * max(0, t.level)); to/perTile == t.n {
			continue
		}
		partial, err := p.log.files.List(ctx, t.full()+".p/")
		if err != nil {
			return err
		}
		for _, name := range partial {
			if err := p.log.files.Delete(ctx, name); err != nil {
				return err
			}
		}
	}
	return p.log.files.Delete(ctx, s.name())
}

// sweep removes the staging of earlier runs: of a step that was finished all
// but for this, and of those that were never signed and can't be any more. Where
// the staging of the public checkpoint is left, whoever put that may have been
// stopped, or refused by the disk, before it was there for good: it is put again.
func (p *Publisher) sweep(ctx context.Context, public Checkpoint) error {
	names, err := p.log.files.List(ctx, staging)
	if err != nil {
		return err
	}
	for _, name := range names {
		s, ok := parseStep(name)
		if !ok || s.to > public.Size {
			continue
		}
		if s.to == public.Size {
			if err := p.log.files.Put(ctx, checkpointFile, public.Note); err != nil {
				return err
			}
		}
		if err := p.clean(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// Rebuild puts back what was lost of the public files, up to the kept
// checkpoint, from the database. It signs nothing, and it replaces nothing
// before all commitments together have made the root that was signed.
func (p *Publisher) Rebuild(ctx context.Context, source Source) (Checkpoint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept, err := p.loadKept(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	if kept.Size == 0 {
		return Checkpoint{}, fault.New(fault.NotFound, "tlog.not-published", "origin", p.log.key.Name())
	}
	if err := p.rebuildTo(ctx, kept, source); err != nil {
		return Checkpoint{}, err
	}
	if public, err := p.log.checkpoint(ctx); err == nil && public.Size == kept.Size && public.Root == kept.Root {
		kept = public // with its cosignatures
	}
	if err := p.mine(ctx); err != nil {
		return Checkpoint{}, err
	}
	return kept, p.log.files.Put(ctx, checkpointFile, kept.Note)
}

// Restore is Rebuild for an epoch that is over, of which the last checkpoint is
// kept and perhaps no key: it writes nothing unless the commitments make that
// checkpoint's root.
func Restore(ctx context.Context, files Files, signed []byte, source Source) error {
	_, err := note.Open(signed, nil)
	var text string
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		text = unverified.Note.Text
	}
	c, ok := parseText(text)
	if !ok {
		return fault.New(fault.Unsound, "tlog.checkpoint-form", "file", checkpointFile, "why", "it is no signed note of a checkpoint")
	}
	p := &Publisher{log: Read(files, nil), batch: batch}
	if err := p.rebuildTo(ctx, c, source); err != nil {
		return err
	}
	if _, err := files.Get(ctx, checkpointFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return files.Put(ctx, checkpointFile, signed)
}

// rebuildTo writes the files of a checkpoint's tree, once all commitments
// together have made its root.
func (p *Publisher) rebuildTo(ctx context.Context, c Checkpoint, source Source) error {
	for _, write := range []bool{false, true} {
		e := &edge{}
		var err error
		for e.size < c.Size && err == nil {
			err = p.rebuild(ctx, e, min(c.Size, e.size+p.batch), source, write)
		}
		if err != nil {
			return fmt.Errorf("rebuild the published log: %w", err)
		}
		if root, err := e.root(); err != nil || root != c.Root {
			return errors.Join(err, fault.New(fault.Unsound, "tlog.database-forked", "size", c.Size))
		}
	}
	return nil
}

func (p *Publisher) rebuild(ctx context.Context, e *edge, to int64, source Source, write bool) error {
	records, err := p.records(ctx, source, e.size, to)
	if err != nil {
		return err
	}
	for _, f := range e.extend(records) {
		if !write {
			break
		}
		if stands, err := p.log.files.Get(ctx, f.name()); err == nil && bytes.Equal(stands, f.content) {
			continue
		}
		if err := p.log.files.Put(ctx, f.name(), f.content); err != nil {
			return err
		}
	}
	return nil
}
