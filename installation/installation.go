// Package installation is one installation on disk: where the data, the keys
// and the heads lie, who holds them, and how an office is put together of
// them. Keys and heads lie beside the data directory, never in it, so that a
// copy of the data, or a backup of it, neither opens what is sealed nor vouches
// for itself.
package installation

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
	_ "time/tzdata" // a programme's legal day must not hang on what a machine has installed

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/registry"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/tlog"
	"github.com/openchancery/chancery/vault"
	"github.com/openchancery/chancery/webhook"
)

// Places are the folders of an installation. Log is where the log is published:
// a folder, or a bucket (s3://BUCKET/PREFIX?endpoint=URL&region=NAME); Evidence is
// where files rest sealed that are too large for the database, likewise. Database
// is the PostgreSQL that holds docket and tables (postgres://ROLE@HOST/NAME,
// without a password); "" is a file in Data.
type Places struct {
	Data     string `json:"-"`
	Keys     string `json:"keys"`
	Heads    string `json:"heads"`
	Log      string `json:"log"`
	Evidence string `json:"evidence"`
	Database string `json:"database,omitempty"`
	Kept     string `json:"kept,omitempty"`
	Several  bool   `json:"several,omitempty"`
}

// Beside are the usual places for a data directory: DIR.keys, DIR.heads and
// DIR.log, and DIR.evidence, which is made when the first larger file comes.
func Beside(dir string) Places {
	clean := filepath.Clean(dir)
	return Places{Data: clean, Keys: clean + ".keys", Heads: clean + ".heads", Log: clean + ".log", Evidence: clean + ".evidence"}
}

// folders are those of the places that are folders here.
func (p Places) folders() []string {
	list := []string{p.Keys, p.Heads}
	for _, place := range []string{p.Log, p.Evidence} {
		if place != "" && !isBucket(place) {
			list = append(list, place)
		}
	}
	return list
}

// check refuses keys, heads or the public log inside the data directory, or
// data inside them; and anything of ours inside what is public.
func (p Places) check() error {
	for _, other := range p.folders() {
		if err := p.Apart(other); err != nil {
			return err
		}
	}
	if isBucket(p.Log) {
		return nil
	}
	public, err := real(p.Log)
	if err != nil {
		return err
	}
	for _, other := range []string{p.Keys, p.Heads, p.Evidence} {
		if other == "" || isBucket(other) {
			continue
		}
		at, err := real(other)
		if err != nil {
			return err
		}
		if within(at, public) || within(public, at) {
			return fault.New(fault.Invalid, "installation.public", "folder", other, "log", p.Log)
		}
	}
	return nil
}

// Apart refuses a folder inside the data directory, or one with the data inside:
// a copy of the data must not hold it.
func (p Places) Apart(folder string) error {
	data, err := real(p.Data)
	if err != nil {
		return err
	}
	at, err := real(folder)
	if err != nil {
		return err
	}
	if within(at, data) || within(data, at) {
		return fault.New(fault.Invalid, "installation.inside", "folder", folder, "dir", p.Data)
	}
	return nil
}

// Private refuses a folder for keys, or copies of them, in a place of which
// copies leave the machine, or which everybody may read.
func (p Places) Private(folder string) error {
	if err := p.Apart(folder); err != nil {
		return err
	}
	at, err := real(folder)
	if err != nil {
		return err
	}
	for _, place := range p.folders() {
		other, err := real(place)
		if err != nil {
			return err
		}
		if place != p.Keys && (within(at, other) || within(other, at)) {
			return fault.New(fault.Invalid, "installation.no-place-for-keys", "folder", folder, "place", place)
		}
	}
	return p.notInOutbox(folder)
}

// real is the absolute path with the symbolic links of what exists resolved.
func real(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for rest := ""; ; {
		if resolved, err := filepath.EvalSymlinks(abs); err == nil {
			return filepath.Join(resolved, rest), nil
		}
		parent := filepath.Dir(abs)
		if parent == abs {
			return filepath.Join(abs, rest), nil
		}
		abs, rest = parent, filepath.Join(filepath.Base(abs), rest)
	}
}

func within(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

const (
	placesFile   = "places.json"
	databaseFile = "chancery.db"
	lockFile     = "lock"
)

// FirstActor is whom init makes; the command line acts as this one unless told
// otherwise.
const FirstActor = "registrar"

// origin is what a log may be called: a host name and perhaps a path, without
// a scheme.
var origin = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[A-Za-z0-9._-]+)*$`)

// Create makes a new installation with its first actor. Nothing may be in the
// way: what exists is never written over.
func Create(ctx context.Context, places Places, logOrigin string, o Options) (err error) {
	// What isn't a checkpoint and is signed with the log's key begins with
	// chancery/: no log may be called so.
	if !origin.MatchString(logOrigin) || len(logOrigin) > 200 || strings.HasPrefix(logOrigin, "chancery/") {
		return fault.New(fault.Invalid, "installation.origin", "origin", logOrigin)
	}
	places.Log, places.Evidence = cmp.Or(places.Log, Beside(places.Data).Log), cmp.Or(places.Evidence, Beside(places.Data).Evidence)
	if o.Desk != "" {
		if _, err := vault.ParseDeskPublic(o.Desk); err != nil {
			return err
		}
	}
	if err := places.check(); err != nil {
		return err
	}
	if err := places.vacant(); err != nil {
		return err
	}
	if places.shared() {
		if err := places.occupy(ctx, o.Owner); err != nil {
			return err
		}
	}
	if err := places.keysApart(ctx, o.KeysDatabase); err != nil {
		return err
	}
	if err := places.begin(); err != nil {
		return err
	}
	if err := vault.Create(places.Keys, o.KeysDatabase); err != nil {
		return err
	}
	if err := makeLogKey(filepath.Join(places.Keys, nextKeyFile), logOrigin); err != nil {
		return err
	}
	if err := takeNextKey(places.Keys); err != nil {
		return err
	}
	if err := tlog.Create(places.Heads, logOrigin); err != nil {
		return err
	}
	i, err := open(ctx, places, o, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if o.Desk != "" {
		if err := i.vault.SetDesk(o.Desk); err != nil {
			return err
		}
	}
	if err := i.store.Write(ctx, func(tx store.Tx) error { return tx.PutMeta("origin", logOrigin) }); err != nil {
		return err
	}
	if err := i.Office.AddFirstActor(ctx, FirstActor, []string{office.Administrator, office.Officer}, i.Keep(FirstActor)); err != nil {
		return err
	}
	if _, err := i.Office.Publish(ctx); err != nil {
		return err
	}
	// Last of all: without this file the folder is no installation.
	if err := writePlaces(places); err != nil {
		return err
	}
	return os.Remove(filepath.Join(places.Data, makingFile))
}

// writePlaces writes where the folders lie: those beside the data directory as
// seen from there, so that a copy of all of them works on its own; others by
// their whole path.
func writePlaces(p Places) error {
	said := p
	for _, place := range said.written() {
		var err error
		if *place, err = fromData(p.Data, *place); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(said, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(p.Data, placesFile), append(text, '\n'))
}

// written are the folders that stand in the file of places.
func (p *Places) written() []*string {
	list := []*string{&p.Keys, &p.Heads}
	for _, place := range []*string{&p.Log, &p.Evidence} {
		if *place != "" && !isBucket(*place) {
			list = append(list, place)
		}
	}
	return list
}

// fromData is a folder as it is written down.
func fromData(data, folder string) (string, error) {
	at, err := real(data)
	if err != nil {
		return "", err
	}
	other, err := real(folder)
	if err != nil {
		return "", err
	}
	if filepath.Dir(other) == filepath.Dir(at) {
		return filepath.Join("..", filepath.Base(other)), nil
	}
	return filepath.Abs(folder)
}

// RegistriesFolder is the folder within the data where the extracts of other
// bodies' registers lie, one CSV file each.
const RegistriesFolder = "registries"

// Options change how an office is put together; the zero value is what a real
// installation uses.
type Options struct {
	Now          func() time.Time       // nil: the machine's clock
	Entropy      office.Entropy         // nil: the system's randomness
	ReadOnly     bool                   // open beside the process that writes
	Serving      bool                   // own the installation, and carry out the commands of others
	Ask          func() (string, error) // asks a person for the master key's passphrase; nil: nobody is there
	Desk         string                 // Create: the desk's public key; "": none yet, and nothing sensitive is taken
	Tell         []netip.Prefix         // networks of the house whose webhooks are told all the same; none: only what lies outside is
	KeysDatabase string                 // Create: the PostgreSQL that holds the key store, by the address of the role that owns it; "" for a file
	Owner        string                 // Create: the address by which the database's owner makes the schema; "" where the data is a file

	// Disaster opens an installation that can't go on as it is, to open an
	// epoch of its log: without the log's key, or with an older database.
	Disaster bool

	held *os.File // the lock, where who opens has it already
}

// takeUsual fills in the clock and the randomness of a real installation.
func (o *Options) takeUsual() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Entropy == nil {
		o.Entropy = systems
	}
}

// systems is the system's randomness. crypto/rand never fails: it ends the program
// first.
func systems(_ string, out []byte) { _, _ = rand.Read(out) }

// unlock is what opens a master key that isn't in clear: what the environment
// names, or else a person.
func (o Options) unlock() vault.Unlock {
	u := vault.UnlockFromEnvironment()
	u.Ask = o.Ask
	return u
}

// Installation is an opened installation.
type Installation struct {
	Places
	Office *office.Office

	store store.Store
	vault *vault.Vault
	tree  *tlog.Tree
	log   *publicLog
	lock  *os.File
	held  holding // heads and log, by who acts

	webhooks *webhook.Sender
	present  presence

	published atomic.Int64          // leaves that Tend has published
	unsound   atomic.Pointer[error] // why Tend can't go on with the log; nil while it can
}

// Open opens the installation in a data directory. One process at a time may
// write, or several where the database is a PostgreSQL; any number may read
// beside it.
func Open(ctx context.Context, dir string, o Options) (*Installation, error) {
	places, err := Find(dir)
	if err != nil {
		return nil, err
	}
	i, err := open(ctx, places, o, !o.ReadOnly)
	if err != nil {
		return nil, err
	}
	err = i.belongs(ctx)
	if err == nil && !o.ReadOnly {
		err = i.forget(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// forget finishes what was to be forgotten, before anything else is done: what
// an older copy of the database brought back, and the jobs that are due of what
// a crash left of an erasure, drafts past their time, copies of keys past theirs.
func (i *Installation) forget(ctx context.Context) error {
	atOpen := func(ctx context.Context) error {
		_, err := i.Jobs().AtOpen(ctx)
		return err
	}
	// What was begun is finished also where its job isn't due: the clock may stand
	// before the moment that the job was entered.
	for _, finish := range []func(context.Context) error{i.Office.Reshred, atOpen, i.Office.FinishErasures} {
		// Who reads keeps nobody from acting: the next one cuts the log.
		if err := finish(ctx); err != nil && fault.Code(err) != "store.log-not-cut" {
			return err
		}
	}
	if i.Several { // the job for it may have come to another machine
		_ = i.vault.RefreshBackups(ctx) // doctor names what stays
	}
	return nil
}

// belongs holds the database against the tree beside it: what was put back
// from the wrong backup must not be written on.
func (i *Installation) belongs(ctx context.Context) error {
	return i.store.Read(ctx, func(r store.Reader) error {
		database, err := r.Meta("origin")
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if database != i.tree.Origin() {
			return fault.New(fault.Unsound, "installation.other-database", "dir", i.Data, "database", database, "heads", i.Heads, "tree", i.tree.Origin())
		}
		return nil
	})
}

// Find reads where an installation keeps its keys and heads.
func Find(dir string) (Places, error) {
	text, err := os.ReadFile(filepath.Join(dir, placesFile))
	if errors.Is(err, fs.ErrNotExist) {
		code := "installation.none"
		if _, err := os.Lstat(filepath.Join(dir, restoringFile)); err == nil {
			code = "installation.restoring"
		}
		return Places{}, fault.New(fault.NotFound, code, "dir", dir)
	}
	if err != nil {
		return Places{}, fmt.Errorf("open installation %s: %w", dir, err)
	}
	usual := Beside(dir)
	places := Places{Data: usual.Data, Log: usual.Log, Evidence: usual.Evidence}
	if err := json.Unmarshal(text, &places); err != nil {
		return Places{}, fault.New(fault.Unsound, "installation.places", "file", filepath.Join(dir, placesFile))
	}
	at, err := real(dir)
	if err != nil {
		return Places{}, err
	}
	for _, place := range places.written() {
		if !filepath.IsAbs(*place) {
			*place = filepath.Join(at, *place)
		}
	}
	return places, places.check()
}

func open(ctx context.Context, places Places, o Options, writing bool) (_ *Installation, err error) {
	i := &Installation{Places: places}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.Close())
		}
	}()
	shared := places.shared() && !o.Disaster
	if writing {
		if err := i.own(ctx, o, shared); err != nil {
			return nil, err
		}
	}
	if err := i.openVault(ctx, o, writing); err != nil {
		return nil, err
	}
	if i.tree, err = tlog.Open(places.Heads, writing); err != nil {
		return nil, err
	}
	if writing {
		if err := i.finishEpoch(); err != nil {
			return nil, err
		}
	}
	if i.log, err = openLog(places, i.tree); err != nil {
		return nil, err
	}
	if writing && !o.Disaster && !shared {
		if err := i.checkLog(ctx); err != nil {
			return nil, err
		}
	}
	if i.store, err = places.openStore(ctx, writing); err != nil {
		return nil, err
	}
	o.takeUsual()
	parts := office.Parts{
		Store: i.store, Vault: strongroom{i.vault}, Tree: i.tree, Log: i.log, Now: o.Now, Entropy: o.Entropy,
	}
	if !writing || shared {
		parts.Log = &followingLog{places: places, log: i.log, begun: func(ctx context.Context, epoch int64) (bool, error) { return i.Office.EpochBegun(ctx, epoch) }}
	}
	if err := places.evidence(&parts); err != nil {
		return nil, err
	}
	parts.Shared = shared
	if _, _, err := places.Mail(); err != nil { // it is read again with each letter
		return nil, err
	}
	parts.Carrier = mailbox{places}
	if parts.Registries, err = registry.Folder(filepath.Join(places.Data, RegistriesFolder), o.Now); err != nil {
		return nil, fmt.Errorf("look for registries: %w", err)
	}
	i.Office = office.New(parts)
	i.webhooks = webhook.New(webhook.Options{Allow: o.Tell, Now: o.Now})
	if writing && shared {
		if err := i.stay(ctx); err != nil {
			if away := i.movedAway(ctx, i.address()); fault.Code(away) == "move.away" {
				err = away
			}
			return nil, err
		}
		if err := i.checkLog(ctx); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// openVault opens the strong-room. Whoever writes ends what a crash left of a
// move of the key store. Keys are kept ahead of claims, but where what is drawn is to
// be drawn again in another run.
func (i *Installation) openVault(ctx context.Context, o Options, writing bool) (err error) {
	options := vault.Options{Unlock: o.unlock(), Now: o.Now}
	if writing && o.Entropy == nil {
		o.takeUsual()
		options.Claims = claimsAhead(o.Now)
	}
	if i.vault, err = vault.Open(i.Keys, options); err != nil {
		return err
	}
	if writing {
		err = i.vault.EndMove(ctx)
	}
	return err
}

// Close gives everything free.
func (i *Installation) Close() error {
	var errs []error
	if i.store != nil {
		i.leave()
		errs = append(errs, i.store.Close())
	}
	if i.tree != nil {
		errs = append(errs, i.tree.Close())
	}
	if i.vault != nil {
		errs = append(errs, i.vault.Close())
	}
	errs = append(errs, i.held.Close())
	if i.lock != nil {
		errs = append(errs, i.lock.Close())
	}
	return errors.Join(errs...)
}

// Mark keeps a fact of the installation under a name, once: it answers what
// stands there. One whose docket has more than its first entry and no such
// mark holds something else.
func (i *Installation) Mark(ctx context.Context, name, value string) (stands string, err error) {
	err = i.store.Write(ctx, func(tx store.Tx) error {
		if stands, err = tx.Meta(name); err == nil || !errors.Is(err, store.ErrNone) {
			return err
		}
		size, err := tx.TreeSize()
		if err != nil {
			return err
		}
		if size > 1 {
			return nil
		}
		stands = value
		return tx.PutMeta(name, value)
	})
	return stands, err
}
