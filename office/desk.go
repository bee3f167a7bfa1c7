package office

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

const (
	deskStream docket.Stream = "desk/installation"
	kindDesk   docket.Kind   = "desk.key_set.v1"
)

// codeDeskReplaced is the fault of what was sealed to a key that the desk has no more
// when it is to be entered: it is sealed again.
const codeDeskReplaced = "desk.replaced-meanwhile"

// deskKeySet: what is sensitive is sealed to this key of the desk from now on.
type deskKeySet struct {
	Key string `json:"key"` // its id
}

// UseDesk sets the desk's key, from its public line: what is sensitive is
// sealed to it from now on, and what was sealed to an older one stays so.
// Setting the key that is set changes nothing. To replace one takes two people.
func (o *Office) UseDesk(ctx context.Context, by By, public string) (id string, err error) {
	// The docket's word goes before the file's, which somebody may have changed.
	stands, err := o.DeskEntered(ctx)
	if err != nil {
		return "", err
	}
	if set, ok := o.Vault.Desk(); ok && stands == "" {
		stands = set
	}
	act := ActSetDesk
	if stands != "" && !strings.Contains(public, "."+stands+".") { // a line holds its key's id
		act = ActReplaceDesk
	}
	_, err = o.perform(ctx, act, by, "", public, &id, func(p *performance) error {
		// The vault first: a key that is set and not entered yet is entered when
		// the act is repeated; one that is entered and not set would be a lie.
		if id, err = o.Vault.SetDesk(public); err != nil {
			return err
		}
		entered, version, err := deskEntered(p.tx)
		if err != nil || entered == id {
			return err
		}
		if err := p.enter(docket.Envelope{Stream: deskStream, Version: version + 1, Kind: kindDesk}, deskKeySet{id}, nil); err != nil {
			return err
		}
		return p.commit()
	})
	return id, err
}

// deskEntered is the desk's key by the docket, and the version of the entry that
// says so; "" and 0 where none does.
func deskEntered(r store.Reader) (id string, version docket.Version, err error) {
	version, err = r.LastVersion(deskStream)
	if err != nil || version == 0 {
		return "", 0, err
	}
	set, err := r.Entry(docket.Ref{Stream: deskStream, Version: version})
	if err != nil {
		return "", 0, err
	}
	env, err := set.Open()
	if err != nil {
		return "", 0, err
	}
	var was deskKeySet
	err = json.Unmarshal(env.Facts, &was)
	return was.Key, version, err
}

// DeskEntered is the id of the desk's key that was set last by an act; "" where
// it was set by init alone.
func (o *Office) DeskEntered(ctx context.Context) (id string, err error) {
	err = o.Store.Read(ctx, func(r store.Reader) error {
		id, _, err = deskEntered(r)
		return err
	})
	return id, err
}

// desk is the desk's key that is set here, the one that the docket names ("" for none)
// and the version of the entry that says so. Where another process has set the
// docket's key since this one looked, that is set here from now on.
func (o *Office) desk(r store.Reader) (set, entered string, at docket.Version, err error) {
	if entered, at, err = deskEntered(r); err != nil {
		return "", "", 0, err
	}
	if set, _ = o.Vault.Desk(); entered == "" || set == entered {
		return set, entered, at, nil
	}
	_, err = o.Vault.FollowDesk(entered)
	set, _ = o.Vault.Desk()
	return set, entered, at, err
}

// checkDesk refuses to seal to a desk's key that isn't the one that the docket
// names: somebody may have put their own in its place. at is the version by which it
// stands; who takes long to seal asks in the end whether it is the last one still.
func (o *Office) checkDesk(r store.Reader) (at docket.Version, err error) {
	set, entered, at, err := o.desk(r)
	if err != nil || set == "" { // Seal refuses what is sensitive
		return at, err
	}
	if entered != "" && set != entered {
		o.heard.hearDesk("", 0)
		return at, fault.New(fault.Unsound, "doctor.desk-differs", "set", set, "entered", entered)
	}
	o.heard.hearDesk(set, at)
	return at, nil
}

// DeskFormat is the first member of what is fetched for the desk.
const DeskFormat = "chancery/desk/v1"

// DeskFile is what is fetched for the desk: everything that it takes to read
// claims with sensitive answers and to run the rules over them again, away from
// the server. All of it but the public answers is sealed to the desk's key.
type DeskFile struct {
	Format   string            `json:"format"`
	Fetched  docket.Instant    `json:"fetched"`
	Purpose  string            `json:"purpose"`
	Editions map[string][]byte `json:"editions"` // their bytes, by hash
	Claims   []DeskClaim       `json:"claims"`
}

// DeskClaim is one claim of it.
type DeskClaim struct {
	Claim     claim.ID          `json:"claim"`
	Reference claim.Reference   `json:"reference"`
	Number    claim.Number      `json:"number,omitempty"`
	Programme string            `json:"programme"`
	Edition   docket.Hash       `json:"edition"`
	Category  string            `json:"category"`
	Claimant  string            `json:"claimant"`
	Received  day.Date          `json:"received"`
	Public    map[string]string `json:"public,omitempty"`
	Blobs     []DeskBlob        `json:"blobs"` // oldest first
}

// Name is what people call the claim.
func (c DeskClaim) Name() string {
	return claim.Claim{Reference: c.Reference, Number: c.Number}.Name()
}

// DeskBlob is one blob of a claim with the commitment that the docket holds.
type DeskBlob struct {
	Entry      docket.Ref  `json:"entry"`        // whose commitment it is
	In         *docket.Ref `json:"in,omitempty"` // the bulk act whose row that is
	Name       string      `json:"name"`
	Class      string      `json:"class"`
	Commitment docket.Hash `json:"commitment"`
	Sealed     []byte      `json:"sealed"`          // to the desk's key
	As         string      `json:"as"`              // the name under which it is sealed there
	Fetched    bool        `json:"again,omitempty"` // sealed to the desk when it was fetched: salt and payload are inside
}

// SealedAs is the name under which a blob is sealed to the desk: its own, or
// that of what is sealed for the way. A blob under another one is not this one.
func (b DeskBlob) SealedAs() string {
	if b.Fetched {
		return "fetched." + b.Name
	}
	return b.Name
}

// mostForDesk bounds what is fetched at once.
const mostForDesk = 1000

// FetchForDesk fetches claims with sensitive answers, by reference or number,
// for the desk. The reading log says of each that a person saw it: that is what
// it is fetched for.
func (o *Office) FetchForDesk(ctx context.Context, by By, texts []string, purpose string) (file DeskFile, alarm int64, err error) {
	if err := checkPurpose(purpose); err != nil {
		return file, 0, err
	}
	if len(texts) > mostForDesk {
		return file, 0, fault.New(fault.Invalid, "reading.limit", "asked", len(texts), "most", mostForDesk)
	}
	file = DeskFile{Format: DeskFormat, Purpose: purpose, Editions: map[string][]byte{}}
	var fetched []fetching
	_, err = o.perform(ctx, ActFetchForDesk, By{Actor: by.Actor}, "", nil, nil, func(p *performance) error {
		p.by.Second = by.Second // who consents past the limit
		file.Fetched, fetched = p.instant, nil
		if _, err := o.checkDesk(p.tx); err != nil {
			return err
		}
		seen := map[claim.ID]bool{}
		for _, text := range texts {
			c, err := findClaim(p.tx, text)
			if err != nil {
				return err
			}
			if seen[c.ID] {
				continue
			}
			seen[c.ID] = true
			if err := c.Kept(); err != nil {
				return err
			}
			one, err := p.fetch(c, &file)
			if err != nil {
				return err
			}
			fetched = append(fetched, one)
		}
		openings := make([]opening, len(fetched))
		for i, f := range fetched {
			openings[i] = f.opening
		}
		if err := p.reads(purpose, ByPerson, openings); err != nil {
			return err
		}
		alarm, err = p.alarm()
		return err
	})
	if err != nil {
		return DeskFile{}, 0, err
	}
	for _, f := range fetched {
		if err := o.sealForDesk(ctx, f); err != nil {
			return DeskFile{}, 0, err
		}
		file.Claims = append(file.Claims, *f.into)
	}
	return file, alarm, nil
}

// fetching is one claim while it is fetched.
type fetching struct {
	opening
	blobs []store.Blob
	into  *DeskClaim // its Blobs stand in the order of blobs
}

// fetch looks up what of a claim the desk needs, and opens nothing.
func (p *performance) fetch(c claim.Claim, file *DeskFile) (fetching, error) {
	f := fetching{opening: opening{claim: c}, into: &DeskClaim{
		Claim: c.ID, Reference: c.Reference, Number: c.Number, Programme: c.Programme, Edition: c.Edition,
		Category: c.Category, Claimant: c.Claimant, Received: c.Received, Public: c.Answers,
	}}
	blobs, err := p.tx.Blobs(c.ID)
	if err != nil {
		return f, err
	}
	history, err := p.tx.History(c.ID.Stream())
	if err != nil {
		return f, err
	}
	steps := map[docket.Version]Step{}
	for _, s := range history {
		step, err := openStep(s)
		if err != nil {
			return f, err
		}
		steps[step.Ref.Version] = step
	}
	sensitive := false
	for _, b := range blobs {
		if !strings.HasPrefix(b.Name, AnswersPrefix) && b.Name != OutcomesBlob && b.Name != SentExaminedBlob && b.Name != SentAssessedBlob {
			continue
		}
		sensitive = sensitive || b.Class == string(rulebook.Sensitive)
		at := DeskBlob{Entry: docket.Ref{Stream: c.ID.Stream(), Version: b.Version}, In: steps[b.Version].Owner, Name: b.Name, Class: b.Class}
		for _, commitment := range steps[b.Version].Commitments {
			if commitment.Name == b.Name {
				at.Commitment = commitment.Hash
			}
		}
		f.blobs, f.names = append(f.blobs, b), append(f.names, b.Name)
		f.into.Blobs = append(f.into.Blobs, at)
	}
	if !sensitive {
		return f, fault.New(fault.NotFound, "desk.nothing-sensitive", "claim", c.Name())
	}
	if _, ok := file.Editions[c.Edition.String()]; !ok {
		if file.Editions[c.Edition.String()], err = p.tx.EditionBytes(c.Edition); err != nil {
			return f, err
		}
	}
	return f, nil
}

// sealForDesk takes the claim's envelope off what is sealed to the desk
// already, and seals the rest to it too: the file leaves the house.
func (o *Office) sealForDesk(ctx context.Context, f fetching) error {
	opened, err := o.Vault.Open(ctx, f.blobs) // the sensitive ones don't open, and needn't
	if err != nil {
		return err
	}
	again := make([]Item, 0, len(f.blobs))
	for i, b := range f.blobs {
		if f.into.Blobs[i].As = b.Name; b.Class == string(rulebook.Sensitive) {
			continue
		}
		if opened[i].Err != nil {
			return opened[i].Err
		}
		f.into.Blobs[i].Fetched = true
		f.into.Blobs[i].As = f.into.Blobs[i].SealedAs()
		again = append(again, Item{
			Claim: string(b.Claim), Class: string(rulebook.Sensitive), Name: f.into.Blobs[i].As,
			Payload: append(opened[i].Salt[:len(opened[i].Salt):len(opened[i].Salt)], opened[i].Payload...),
		})
	}
	sealed, _, err := o.Vault.Seal(ctx, again) // under the claim's key, which is there: nothing is to be kept
	if err != nil {
		return err
	}
	blobs := make([]store.Blob, len(f.blobs))
	for i, b := range f.blobs {
		if blobs[i] = b; f.into.Blobs[i].Fetched {
			blobs[i].Class, blobs[i].Name, blobs[i].Sealed = sealed[0].Class, sealed[0].Name, sealed[0].Blob
			sealed = sealed[1:]
		}
	}
	inner, err := o.Vault.ForDesk(ctx, blobs)
	if err != nil {
		return err
	}
	for i := range inner {
		if inner[i].Err != nil {
			return inner[i].Err
		}
		f.into.Blobs[i].Sealed = inner[i].Payload
	}
	return nil
}
