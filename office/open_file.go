package office

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// OpenFile gives out the content of a file; where it is a claim's, under a line of
// the reading log that was written before. The reader must be closed. What it gives
// is known to be whole once it ends without an error. Nothing infected or unchecked
// is opened. A sensitive file comes as the desk's key opens it (Class says so).
//
// Faults: evidence.none, evidence.not-opened with the state, reading.purpose and
// those of reading.
func (o *Office) OpenFile(ctx context.Context, by By, id, purpose string) (File, io.ReadCloser, error) {
	f, err := o.toOpen(ctx, by, id, purpose)
	if err != nil {
		return File{}, nil, err
	}
	seen, err := o.seen(ctx, []store.File{f})
	if err != nil {
		return File{}, nil, err
	}
	content, err := o.fileContent(ctx, f)
	return seen[0], content, err
}

// toOpen checks the right, and writes who opens what for what.
func (o *Office) toOpen(ctx context.Context, by By, id, purpose string) (f store.File, err error) {
	var owner FileOwner
	if owner, err = o.FileOwner(ctx, id); err != nil {
		return f, err
	}
	if owner.Draft != "" { // one's own draft is nobody else's to read, and no act
		err = o.Store.Read(ctx, func(r store.Reader) error {
			if f, _, err = o.fileFor(r, by, id); err != nil {
				return err
			}
			return mayOpen(f)
		})
		if err == nil && !by.Actor.isClaimant() { // a scan that one clerk brought and another opens
			err = o.write(ctx, false, func(tx store.Tx, _ before) error { return tx.AddCustody([]store.Custody{o.custody(f, by, "opened")}) })
		}
		return f, err
	}
	if err := checkPurpose(purpose); err != nil {
		return f, err
	}
	_, err = o.perform(ctx, ActOpenFile, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		p.by.Second = by.Second // who consents past the limit
		if f, err = p.tx.File(id); errors.Is(err, store.ErrNone) {
			return noFile()
		} else if err != nil {
			return err
		}
		c, err := o.heldClaim(p.tx, by, f.Claim, ActOpenFile)
		if fault.Is(err, fault.NotFound) {
			err = noFile()
		}
		if err := cmp.Or(err, c.Kept(), mayOpen(f)); err != nil {
			return err
		}
		manner := ByPerson
		if by.Actor.isClaimant() {
			manner = ByOwner
		}
		return p.reads(purpose, manner, []opening{{c, []string{EvidencePrefix + f.ID}}})
	})
	return f, err
}

func mayOpen(f store.File) error {
	if !f.State.Opens() {
		return fault.New(fault.Conflict, "evidence.not-opened", "state", string(f.State))
	}
	return nil
}

// fileContent reads what is sealed of a file, without a word in any log.
func (o *Office) fileContent(ctx context.Context, f store.File) (io.ReadCloser, error) {
	item := Item{Claim: string(f.Claim), Class: f.Class, Name: EvidencePrefix + f.ID}
	if f.Object == "" {
		blob, err := o.smallContent(ctx, f)
		if err != nil {
			return nil, err
		}
		var opened []Unsealed
		if f.Class == string(rulebook.Sensitive) {
			opened, err = o.Vault.ForDesk(ctx, []store.Blob{blob})
		} else {
			opened, err = o.Vault.Open(ctx, []store.Blob{blob})
		}
		if err = cmp.Or(err, errOf(opened)); err != nil {
			return nil, fmt.Errorf("open file %s: %w", f.ID, err)
		}
		return io.NopCloser(bytes.NewReader(opened[0].Payload)), nil
	}
	sealed, err := o.Shelf.Open(ctx, f.Object)
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", f.ID, err)
	}
	out, in := io.Pipe()
	go func() {
		if f.Class == string(rulebook.Sensitive) {
			err = o.Vault.StreamForDesk(ctx, item, sealed, in)
		} else {
			err = o.Vault.OpenStream(ctx, item, f.Commitment, sealed, in)
		}
		in.CloseWithError(errors.Join(err, sealed.Close())) // nil is the end
	}()
	return out, nil
}

func errOf(opened []Unsealed) error {
	if len(opened) == 0 {
		return nil
	}
	return opened[0].Err
}

// smallContent is where a small file's content rests: beside its file until an entry
// names it, then among its claim's blobs.
func (o *Office) smallContent(ctx context.Context, f store.File) (b store.Blob, err error) {
	b = store.Blob{Claim: f.Claim, Class: f.Class, Name: EvidencePrefix + f.ID, Sealed: f.Sealed}
	if f.Version == 0 {
		return b, nil
	}
	err = o.Store.Read(ctx, func(r store.Reader) error {
		found, err := r.LatestBlobs([]claim.ID{f.Claim}, b.Name)
		if err != nil {
			return err
		}
		for _, there := range found[f.Claim] {
			if there.Name == b.Name {
				b = there
				return nil
			}
		}
		return fault.New(fault.Unsound, "evidence.content-missing", "file", f.ID)
	})
	return b, err
}

// Manifest is what a claimant keeps beside the receipt: with both, anybody can hold a
// file against the published log, with no network and none of our programs.
type Manifest struct {
	Format    string          `json:"format"` // ManifestFormat
	Reference claim.Reference `json:"reference"`
	Made      docket.Instant  `json:"made"`
	Files     []ManifestFile  `json:"files"`
}

// ManifestFormat is the first word of every manifest.
const ManifestFormat = "chancery evidence v1"

// ManifestFile is one file of a manifest. Commitment is SHA-256 over a tag, the salt
// and the content (docs/log-format.md); the entry at Entry carries it under the name
// evidence.ID.
type ManifestFile struct {
	ID         string         `json:"id"`
	Name       string         `json:"name,omitempty"`
	Size       int64          `json:"size"`
	SHA256     docket.Hash    `json:"sha256"`
	Received   docket.Instant `json:"received"`
	State      string         `json:"state"`
	Entry      docket.Ref     `json:"entry"`
	Salt       string         `json:"salt"`
	Commitment docket.Hash    `json:"commitment"`
	Replaces   string         `json:"replaces,omitempty"`
	Custody    []CustodyLine  `json:"custody"`
}

// CustodyLine is one thing that happened to a file: who sent, checked, entered,
// replaced or opened it.
type CustodyLine struct {
	Instant docket.Instant `json:"instant"`
	Actor   string         `json:"actor"`
	What    string         `json:"what"`
	Purpose string         `json:"purpose,omitempty"` // where it was opened
}

// Manifest lists the files of a claim that its entries name, each with its custody.
// It shows names: who asks is held to the right to add evidence to the claim.
func (o *Office) Manifest(ctx context.Context, by By, id claim.ID) (m Manifest, err error) {
	var c claim.Claim
	var list []store.File
	var custody []store.Custody
	err = o.Store.Read(ctx, func(r store.Reader) error {
		if c, err = o.heldClaim(r, by, id, ActAddEvidence); err != nil {
			return err
		}
		if err := c.Kept(); err != nil {
			return err
		}
		found, err := r.FilesOfClaims([]claim.ID{id})
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(found[id], func(f store.File) bool { return f.Version == 0 })
		custody, err = r.Custody(id)
		return err
	})
	if err != nil {
		return m, err
	}
	readings, err := o.Readings(ctx, id)
	if err != nil {
		return m, err
	}
	seen, err := o.seen(ctx, list)
	if err != nil {
		return m, err
	}
	m = Manifest{Format: ManifestFormat, Reference: c.Reference, Made: o.instant(), Files: make([]ManifestFile, len(list))}
	for i, f := range list {
		m.Files[i] = ManifestFile{
			ID: f.ID, Name: seen[i].Name, Size: f.Size, SHA256: seen[i].SHA256, Received: f.Begun, State: string(f.State),
			Entry: docket.Ref{Stream: id.Stream(), Version: f.Version}, Salt: hex.EncodeToString(seen[i].Salt[:]), Commitment: f.Commitment,
			Replaces: f.Replaces, Custody: custodyOf(f.ID, custody, readings),
		}
		for _, line := range m.Files[i].Custody {
			if line.What == "received" {
				m.Files[i].Received = line.Instant
			}
		}
	}
	return m, nil
}

// custodyOf are the lines about a file, in the order in which it happened.
func custodyOf(file string, custody []store.Custody, readings []Reading) (lines []CustodyLine) {
	for _, c := range custody {
		if c.File == file {
			lines = append(lines, CustodyLine{Instant: c.Instant, Actor: c.Actor, What: c.What})
		}
	}
	for _, r := range readings {
		if slices.Contains(r.Opened, EvidencePrefix+file) {
			lines = append(lines, CustodyLine{Instant: r.Instant, Actor: r.Actor, What: "opened", Purpose: r.Purpose})
		}
	}
	slices.SortStableFunc(lines, func(a, b CustodyLine) int { return a.Instant.Compare(b.Instant.Time) })
	return lines
}

// holdTo reads a file's content and holds it to its name on the shelf and, where it
// opens here, to its commitment: for verify. It is no opening: nothing is given out.
func (o *Office) holdTo(ctx context.Context, f store.File) (err error) {
	sealed, err := o.Shelf.Open(ctx, f.Object)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sealed.Close()) }()
	sum := sha256.New()
	all := io.TeeReader(sealed, sum)
	if f.Class != string(rulebook.Sensitive) {
		item := Item{Claim: string(f.Claim), Class: f.Class, Name: EvidencePrefix + f.ID}
		err = o.Vault.OpenStream(ctx, item, f.Commitment, all, io.Discard)
		if code := fault.Code(err); code == "vault.erased" || code == "vault.key-missing" {
			err = nil // named already
		}
	}
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, all); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != f.Object {
		return fault.New(fault.Unsound, "evidence.object-damaged", "object", f.Object)
	}
	return nil
}
