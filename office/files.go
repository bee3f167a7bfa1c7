package office

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// A file belongs to a draft first, or to a claim that is on file. It is sealed under
// the key of the claim from its first byte on: a draft's files under that of the
// claim which the draft will become. What has arrived is named by the entry that
// files the claim, or by one of its own; the entry commits to salt and content, and
// says no name, kind or size.

// FileOwner is what a file belongs to: a claim that is on file (Claim alone), a
// claimant's draft (Draft, and as Claim the one that it becomes), or an officer's
// draft (Draft alone).
type FileOwner struct {
	Draft string
	Claim claim.ID
}

// FileFacts is what is said of a file before it comes.
type FileFacts struct {
	Name      string // as the person's device calls it; it rests sealed
	Size      int64  // in bytes; -1 where it isn't known
	Sensitive bool   // it belongs to an answer of the class sensitive: once it is whole it is sealed to the desk
	Archives  bool   // a zip may be sent: for representatives
	Replaces  string // id of the owner's file in whose place it comes; "" for none
}

// File is one file as its owner and the officers see it.
type File struct {
	ID    string // 32 hexadecimal digits, random
	Owner FileOwner
	Name  string // "" where it can't be opened any more
	State evidence.State
	Class string // personal or sensitive
	Kind  string // by its content: pdf, jpeg, docx; "" while unknown
	Size  int64  // as announced, or what came; -1 while unknown
	Here  int64  // bytes that are here, durable: where an upload goes on

	Reason string         // "", or why it can't be used: a code of the catalogue (evidence.refused.…)
	Values []any          // of its sentence: pairs
	SHA256 docket.Hash    // of the content; zero until it is whole
	Salt   docket.Salt    // of the commitment that the entry carries
	Entry  docket.Version // of the claim's stream that names it; 0 for none yet

	Begun   docket.Instant
	Changed docket.Instant

	Replaces, ReplacedBy string
}

// Next is what is to be done about it.
func (f File) Next() evidence.Next {
	if f.ReplacedBy != "" {
		return evidence.Nothing
	}
	return f.State.Next()
}

// MostFiles is how many files one claim or draft may have, replaced ones included.
const MostFiles = 500

// MaxFile is the most that one file may hold, in bytes, whatever its kind.
const MaxFile = 1 << 30

// smallFile is the size from which on a file lies on the shelf.
const smallFile = 64 << 10

// EvidencePrefix begins the names of what is sealed of a file, and of its
// commitment in the entry; its id follows.
const EvidencePrefix = "evidence."

// fileFacts is what is sealed about a file.
type fileFacts struct {
	Name   string       `json:"name"`
	SHA256 *docket.Hash `json:"sha256,omitempty"`
	Salt   *docket.Salt `json:"salt,omitempty"`
}

func factsItem(f *store.File, facts fileFacts) (Item, error) {
	payload, err := json.Marshal(facts)
	if err != nil {
		return Item{}, fmt.Errorf("write the facts of a file: %w", err)
	}
	return Item{Claim: string(f.Claim), Class: string(rulebook.Personal), Name: "file." + f.ID, Payload: payload}, nil
}

// draftClaim is the claim that an officer's draft will become: nobody without the
// installation's keys tells it from the draft's id.
func (o *Office) draftClaim(draft string) claim.ID {
	return claim.ID(hex.EncodeToString(o.Vault.Lookup("claim-of-draft", draft)[:16]))
}

// ByDraft is who holds a claimant's draft, for what they do with its files.
//
// Fault: draft.none.
func (o *Office) ByDraft(ctx context.Context, k OwnKey) (By, error) {
	if _, err := o.Own(ctx, k); err != nil {
		return By{}, err
	}
	return By{Actor: claimant(k.ID, meansCode)}, nil
}

// holds checks that who acts may work on the files of an owner, and answers the
// claim under whose key they rest, and its programme.
func (o *Office) holds(r store.Reader, by By, owner FileOwner) (claim.ID, string, error) {
	switch {
	case owner.Draft == "":
		c, err := o.heldClaim(r, by, owner.Claim, ActAddEvidence)
		return c.ID, c.Programme, err
	case by.Actor.isClaimant():
		return o.heldDraft(r, by, owner)
	}
	if f, err := r.PaperForm(owner.Draft); !errors.Is(err, store.ErrNone) {
		return f.Claim, f.Programme, cmp.Or(err, mayNow(r, by.Actor, ActKeyPaper))
	}
	d, err := o.ownDraft(r, by, owner.Draft)
	return o.draftClaim(owner.Draft), d.Programme, err
}

// heldDraft is a claimant's draft; the claim that it becomes must not be on file.
func (o *Office) heldDraft(r store.Reader, by By, owner FileOwner) (claim.ID, string, error) {
	d, err := r.OwnDraft(owner.Draft)
	if errors.Is(err, store.ErrNone) || err == nil && (o.ownOverdue(d) || !by.Actor.owns(d.ID)) {
		return "", "", noDraft()
	}
	if err != nil {
		return "", "", err
	}
	if _, err := r.Claims([]claim.ID{owner.Claim}); !errors.Is(err, store.ErrNone) || len(owner.Claim) != 32 {
		return "", "", errors.Join(noDraft(), err)
	}
	return owner.Claim, d.Programme, mayClaimant(ActDraftClaim, Claimant)
}

// heldClaim is a claim that is on file, for who may act so on it.
func (o *Office) heldClaim(r store.Reader, by By, id claim.ID, act Act) (claim.Claim, error) {
	found, err := r.Claims([]claim.ID{id})
	if errors.Is(err, store.ErrNone) {
		return claim.Claim{}, fault.New(fault.NotFound, "claim.none", "claim", id)
	}
	if err == nil {
		err = reaches(r, by.Actor, id)
	}
	if err != nil {
		return claim.Claim{}, err
	}
	if err := mayNow(r, by.Actor, act); err != nil {
		return found[0], err
	}
	return found[0], o.underMandate(r, by.Actor, act, found[0])
}

// mayNow checks somebody's right to an act that no edition speaks of.
func mayNow(r store.Reader, who Known, act Act) error {
	if who.isClaimant() {
		return mayClaimant(act, Claimant)
	}
	if organisation, err := representing(r, who, act); err != nil {
		return err
	} else if organisation != "" {
		return may(r, who, Representative, act)
	}
	known, err := ruleFor(act)
	if err != nil {
		return err
	}
	capacity, err := capacityOf(r, who, known.by, known.by[0])
	if err != nil {
		return err
	}
	return may(r, who, capacity, act)
}

func noFile() error { return fault.New(fault.NotFound, "evidence.none") }

// fileFor is a file that who acts may work on. Another's is none.
func (o *Office) fileFor(r store.Reader, by By, id string) (store.File, string, error) {
	f, err := r.File(id)
	if errors.Is(err, store.ErrNone) {
		return f, "", noFile()
	}
	if err != nil {
		return f, "", err
	}
	if by.Actor.id == ownActor && by.Actor.means == ownMeans { // what fell silent is finished by a schedule
		return f, "", nil
	}
	_, programme, err := o.holds(r, by, ownerOf(f))
	if fault.Is(err, fault.NotFound) {
		err = noFile()
	}
	return f, programme, err
}

func ownerOf(f store.File) FileOwner { return FileOwner{Draft: f.Draft, Claim: f.Claim} }

// FileOwner says what a file belongs to. It checks no right: it is for who finds
// out who asks.
func (o *Office) FileOwner(ctx context.Context, id string) (owner FileOwner, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		f, err := r.File(id)
		if errors.Is(err, store.ErrNone) {
			return noFile()
		}
		owner = ownerOf(f)
		return err
	})
	return owner, err
}

// File is one file.
//
// Fault: evidence.none, also for another's.
func (o *Office) File(ctx context.Context, by By, id string) (File, error) {
	var f store.File
	err := o.Store.Read(ctx, func(r store.Reader) (err error) {
		f, _, err = o.fileFor(r, by, id)
		return err
	})
	if err != nil {
		return File{}, err
	}
	seen, err := o.seen(ctx, []store.File{f})
	if err != nil {
		return File{}, err
	}
	return seen[0], nil
}

// Files are all files of an owner, in the order in which they were begun, those
// that were replaced included.
func (o *Office) Files(ctx context.Context, by By, owner FileOwner) ([]File, error) {
	var list []store.File
	err := o.Store.Read(ctx, func(r store.Reader) error {
		id, _, err := o.holds(r, by, owner)
		if err != nil {
			return err
		}
		list, err = filesOf(r, owner.Draft, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return o.seen(ctx, list)
}

// FilesOfSet are the files of all claims that were sent together, by claim, for who is
// signed in to one of them: they may turn to each of the others.
//
// Fault: session.none.
func (o *Office) FilesOfSet(ctx context.Context, token string) (map[claim.ID][]File, error) {
	s, err := o.Session(ctx, token)
	if err == nil && s.Kind != SessionClaimant {
		err = errSession()
	}
	if err != nil {
		return nil, err
	}
	set, err := o.SetOf(ctx, claim.ID(s.Subject))
	if err != nil {
		return nil, err
	}
	ids := make([]claim.ID, len(set))
	for i, c := range set {
		ids[i] = c.ID
	}
	var found map[claim.ID][]store.File
	err = o.Store.Read(ctx, func(r store.Reader) (err error) {
		found, err = r.FilesOfClaims(ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	files := make(map[claim.ID][]File, len(found))
	for id, list := range found {
		if files[id], err = o.seen(ctx, list); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// filesOf are the files of a draft that become one claim's, or those of a claim.
func filesOf(r store.Reader, draft string, id claim.ID) (list []store.File, err error) {
	if draft == "" {
		found, err := r.FilesOfClaims([]claim.ID{id})
		return found[id], err
	}
	all, err := r.FilesOfDraft(draft)
	for _, f := range all {
		if f.Claim == id {
			list = append(list, f)
		}
	}
	return list, err
}

// seen are files as they are shown: their names are opened.
func (o *Office) seen(ctx context.Context, list []store.File) ([]File, error) {
	blobs := make([]store.Blob, len(list))
	for i, f := range list {
		blobs[i] = store.Blob{Claim: f.Claim, Class: string(rulebook.Personal), Name: "file." + f.ID, Sealed: f.Facts}
	}
	opened, err := o.Vault.Open(ctx, blobs)
	if err != nil {
		return nil, fmt.Errorf("open the names of files: %w", err)
	}
	files := make([]File, len(list))
	for i, f := range list {
		files[i] = File{
			ID: f.ID, Owner: ownerOf(f), State: f.State, Class: f.Class, Kind: f.Kind, Size: f.Size, Here: f.Here,
			Entry: f.Version, Begun: f.Begun, Changed: f.Changed, Replaces: f.Replaces, ReplacedBy: f.ReplacedBy,
		}
		if files[i].Reason, files[i].Values, err = readReason(f.Reason); err != nil {
			return nil, err
		}
		if opened[i].Err != nil {
			continue // its keys are gone; its state is told all the same
		}
		var facts fileFacts
		if err := json.Unmarshal(opened[i].Payload, &facts); err != nil {
			return nil, fmt.Errorf("read the facts of file %s: %w", f.ID, err)
		}
		files[i].Name = facts.Name
		if facts.SHA256 != nil && facts.Salt != nil {
			files[i].SHA256, files[i].Salt = *facts.SHA256, *facts.Salt
		}
	}
	return files, nil
}

// reason is how the code of a refusal and its values are kept.
type reason struct {
	Code   string `json:"code"`
	Values []any  `json:"values,omitempty"`
}

func writeReason(code string, values []any) (string, error) {
	if code == "" {
		return "", nil
	}
	text, err := json.Marshal(reason{code, values})
	return string(text), err
}

func readReason(text string) (string, []any, error) {
	if text == "" {
		return "", nil, nil
	}
	var r reason
	err := json.Unmarshal([]byte(text), &r)
	return r.Code, r.Values, err
}

// sealKept seals, and makes the keys durable. Files of one claim come at once, and
// each may make its first key: who was later seals again, under the key that
// stands.
func (o *Office) sealKept(ctx context.Context, items ...Item) ([]Sealed, error) {
	for run := 0; ; run++ {
		sealed, keep, err := o.Vault.Seal(ctx, items)
		if err == nil {
			err = keep(ctx)
		}
		if err == nil || run == mostRuns || fault.Code(err) != "vault.key-made-twice" {
			return sealed, err
		}
	}
}
