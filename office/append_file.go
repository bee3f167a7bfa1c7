package office

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// pieceSize is how much of a file is read, sealed and made durable at a time: that
// much is lost at most where a line breaks, and twice that is held in memory.
const pieceSize = 256 << 10

// mostPieces bounds the pieces of a file, which a line that breaks all the time
// would make many and small; each is at least a row.
const mostPieces = 20_000

// AppendFile takes what comes at an offset, which must be File.Here, and answers
// how much is here and durable: also beside an error, where the line broke amid the
// reading. Memory stays the same whatever comes.
//
// Faults: evidence.none, evidence.offset where the offset isn't Here,
// evidence.settled where the file is whole already, evidence.too-large,
// evidence.too-many-pieces, evidence.line-broke.
func (o *Office) AppendFile(ctx context.Context, by By, id string, offset int64, r io.Reader) (here int64, err error) {
	var f store.File
	var pieces int
	err = o.Store.Read(ctx, func(r store.Reader) (err error) {
		if f, _, err = o.fileFor(r, by, id); err != nil {
			return err
		}
		parts, err := r.FileParts(id)
		pieces = len(parts)
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := mayAppend(f, offset); err != nil {
		return f.Here, err
	}
	piece := make([]byte, pieceSize)
	for here = offset; ; pieces++ {
		n, broke := fill(r, piece)
		if n > 0 {
			switch {
			case f.Size >= 0 && here+int64(n) > f.Size, here+int64(n) > MaxFile:
				return here, fault.New(fault.Invalid, "evidence.too-large", "most", mebibytes(MaxFile))
			case pieces >= mostPieces:
				return here, fault.New(fault.Invalid, "evidence.too-many-pieces", "most", mostPieces)
			}
			// What came is kept even if who sent it is gone by now.
			if err := o.keepPiece(context.WithoutCancel(ctx), by, f, here, piece[:n]); err != nil {
				return here, err
			}
			here += int64(n)
		}
		switch {
		case broke == io.EOF:
			return here, nil
		case broke != nil:
			return here, fmt.Errorf("%w: %w", fault.New(fault.Conflict, "evidence.line-broke"), broke)
		}
	}
}

// fill reads until the piece is full, and answers what the reader said when it
// ended before: io.ReadFull would call the end of all and a broken line the same.
func fill(r io.Reader, piece []byte) (n int, err error) {
	for n < len(piece) && err == nil {
		var got int
		got, err = r.Read(piece[n:])
		n += got
	}
	return n, err
}

func mayAppend(f store.File, offset int64) error {
	switch {
	case !f.State.Coming():
		return fault.New(fault.Conflict, "evidence.settled", "state", string(f.State))
	case offset != f.Here:
		return fault.New(fault.Conflict, "evidence.offset", "offset", offset, "here", f.Here)
	}
	return nil
}

func pieceName(file string, at int64) string { return fmt.Sprintf("piece.%s.%d", file, at) }

// keepPiece seals one piece, and says that it is here.
func (o *Office) keepPiece(ctx context.Context, by By, f store.File, at int64, piece []byte) error {
	sealed, err := o.sealKept(ctx, Item{Claim: string(f.Claim), Class: string(rulebook.Personal), Name: pieceName(f.ID, at), Payload: piece})
	if err != nil {
		return fmt.Errorf("seal a piece of a file: %w", err)
	}
	part := store.FilePart{File: f.ID, At: at, Size: int64(len(piece)), Sealed: sealed[0].Blob}
	if len(part.Sealed) > smallFile {
		if part.Object, _, err = o.Shelf.Put(ctx, func(w io.Writer) error {
			_, err := w.Write(part.Sealed)
			return err
		}); err != nil {
			return err
		}
		part.Sealed = nil
	}
	err = o.write(ctx, true, func(tx store.Tx, before before) error {
		now, _, err := o.fileFor(tx, by, f.ID)
		if err != nil {
			return err
		}
		if before.unknown && now.Here == at+part.Size { // an earlier run of this was done after all
			if there, err := tx.FilePart(f.ID, at); err == nil && there.Object == part.Object {
				return nil
			}
		}
		if err := mayAppend(now, at); err != nil {
			return err
		}
		if now.State, err = now.State.After(evidence.More, ""); err != nil {
			return err
		}
		now.Here, now.Changed = at+part.Size, o.instant()
		return errors.Join(tx.AddFilePart(part), tx.PutFile(now))
	})
	if err != nil && part.Object != "" && !errors.Is(err, store.ErrUnknown) {
		err = errors.Join(err, o.Shelf.Remove(ctx, part.Object))
	}
	return err
}

// pieces reads a file that is here in pieces, at any place, holding two of them in
// memory at a time.
type pieces struct {
	ctx    context.Context
	o      *Office
	file   store.File
	parts  []store.FilePart
	opened [2]openedPiece
	last   int // of opened, the one that was read last
}

type openedPiece struct {
	at      int64
	content []byte
}

// newPieces makes sure that the pieces are the whole.
func (o *Office) newPieces(ctx context.Context, f store.File, parts []store.FilePart) (*pieces, error) {
	at := int64(0)
	for _, p := range parts {
		if p.At != at {
			return nil, fault.New(fault.Unsound, "evidence.piece-missing", "file", f.ID, "at", at)
		}
		at += p.Size
	}
	if at != f.Here {
		return nil, fault.New(fault.Unsound, "evidence.piece-missing", "file", f.ID, "at", at)
	}
	return &pieces{ctx: ctx, o: o, file: f, parts: parts, opened: [2]openedPiece{{at: -1}, {at: -1}}}, nil
}

// ReadAt implements io.ReaderAt.
func (p *pieces) ReadAt(to []byte, at int64) (n int, err error) {
	for n < len(to) {
		if at >= p.file.Here {
			return n, io.EOF
		}
		piece, err := p.piece(at)
		if err != nil {
			return n, err
		}
		copied := copy(to[n:], piece.content[at-piece.at:])
		n, at = n+copied, at+int64(copied)
	}
	return n, nil
}

func (p *pieces) piece(at int64) (openedPiece, error) {
	for i, o := range p.opened {
		if o.at >= 0 && at >= o.at && at < o.at+int64(len(o.content)) {
			p.last = i
			return o, nil
		}
	}
	low, high := 0, len(p.parts)
	for low+1 < high {
		if mid := (low + high) / 2; p.parts[mid].At <= at {
			low = mid
		} else {
			high = mid
		}
	}
	content, err := p.o.openPiece(p.ctx, p.file, p.parts[low].At)
	if err != nil {
		return openedPiece{}, err
	}
	p.last = 1 - p.last
	p.opened[p.last] = openedPiece{p.parts[low].At, content}
	return p.opened[p.last], nil
}

func (o *Office) openPiece(ctx context.Context, f store.File, at int64) ([]byte, error) {
	var part store.FilePart
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		part, err = r.FilePart(f.ID, at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read a piece of file %s: %w", f.ID, err)
	}
	if part.Object != "" {
		if part.Sealed, err = o.readObject(ctx, part.Object); err != nil {
			return nil, err
		}
	}
	return o.openBlob(ctx, store.Blob{Claim: f.Claim, Class: string(rulebook.Personal), Name: pieceName(f.ID, at), Sealed: part.Sealed})
}

func (o *Office) openBlob(ctx context.Context, b store.Blob) ([]byte, error) {
	opened, err := o.Vault.Open(ctx, []store.Blob{b})
	if err == nil {
		err = opened[0].Err
	}
	if err != nil {
		return nil, err
	}
	return opened[0].Payload, nil
}

func (o *Office) readObject(ctx context.Context, name string) (content []byte, err error) {
	in, err := o.Shelf.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return io.ReadAll(io.LimitReader(in, 2*pieceSize))
}
