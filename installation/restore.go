package installation

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/openchancery/chancery/backup"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/store/sqlite"
	"github.com/openchancery/chancery/tlog"
	"github.com/openchancery/chancery/vault"
)

// Restoration says what is restored, and to where.
type Restoration struct {
	Source string // the folder of backups
	Number int64  // of the backup; 0: the newest
	Key    vault.BackupKey
	Places Places // the keys are there; heads and public log where they outlived
	// LogNamed says that somebody named the place of the log: it need not be the
	// one that the backup names.
	LogNamed bool
	// NothingKnown goes on where nobody outside the backup knows how long the log
	// was: neither heads that outlived, nor a public checkpoint, nor a witness.
	NothingKnown bool
	// AcceptLoss goes on where leaves are lost, and opens the epoch that says so.
	AcceptLoss bool
	// People signs in the two who answer for either; nil: nobody is there. They are
	// asked once it is known what is lost, and before anything comes of it.
	People   func(*Installation) (office.By, error)
	Progress office.Progress

	outlived bool // whether the heads did
}

// Restored is what came back.
type Restored struct {
	Places
	Number int64            `json:"number"`
	Made   docket.Instant   `json:"made"`
	Head   docket.TreeHead  `json:"head"` // after what waited got its leaf
	Rows   map[string]int64 `json:"rows"`
	Lost   int64            `json:"lost"`                 // leaves that were signed or seen, and aren't here
	Silent []string         `json:"silent_witnesses"`     // those that did not answer: what they have seen isn't known
	Bytes  int64            `json:"bytes"`                // of the backup's parts
	Again  []LoadAgain      `json:"load_again,omitempty"` // registries whose files are in no backup
	// Lacking counts the files that people sent and that are neither in the backup nor
	// where they lay.
	Lacking  int64         `json:"lacking_evidence"`
	Unsigned error         `json:"-"` // why the log can't be signed; nil where it can
	Epoch    *EpochOpened  `json:"-"` // nil where nothing is lost
	Took     time.Duration `json:"-"`
}

// restoringFile stands in a data directory into which a backup is being
// restored: what else is there is no installation yet.
const restoringFile = "restoring.json"

// restoring says how far it has come.
type restoring struct {
	Mark   string `json:"backup"` // which backup
	Loaded bool   `json:"loaded"` // the database is whole
}

// Restore brings an installation back from a backup, and holds it against all
// that is known of it elsewhere: the heads where they outlived, the newest signed
// checkpoint, the public log, the witnesses. Nothing is written before every part
// of the backup is found whole; the file that makes the folder an installation is
// written last. Given again after a crash it starts over, or goes on where the
// database was loaded.
//
// Faults: those of backup.Open and backup.Check; installation.exists;
// backup.keys-in-use and installation.log-held where another one is at work;
// backup.heads-foreign;
// backup.log-elsewhere where the log was published in another place and none is
// named; backup.nothing-known where nobody outside knows how long it was and that
// isn't accepted; backup.loses where leaves are lost and that isn't accepted, backup.loses-unsigned where
// the log's key isn't here to sign that they are; log.witness-forked and
// backup.forked where somebody has seen another log; backup.schema where a newer
// program made it.
func Restore(ctx context.Context, r Restoration, o Options) (*Restored, error) {
	return bringBack(ctx, r, o, func(string) error { return nil })
}

// bringBack tells step of each step that counts; an error of it ends the work
// there, as a crash would.
func bringBack(ctx context.Context, r Restoration, o Options, step func(string) error) (_ *Restored, err error) {
	begin := time.Now()
	from, err := r.open(ctx, o)
	if err != nil {
		return nil, err
	}
	held, state, err := r.begin(from)
	if err != nil {
		return nil, err
	}
	if !state.Loaded {
		err = r.load(ctx, from, state)
	}
	if err == nil {
		r.outlived, err = r.heads(ctx, from)
	}
	var again []LoadAgain
	if err == nil {
		again, err = r.putLoaded(ctx, from)
	}
	if err == nil {
		err = step("loaded")
	}
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	// Nothing is checked at opening: that is what comes now. The lock is held all
	// the while.
	o.Disaster, o.held = true, held
	i, err := open(ctx, r.Places, o, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	done := &Restored{Places: r.Places, Number: from.Number, Made: from.Made, Bytes: from.Bytes(), Rows: map[string]int64{}, Silent: []string{}, Again: again}
	for _, t := range from.Tables {
		done.Rows[t.Name] = t.Rows
	}
	if err := i.comeBack(ctx, r, from, done, step); err != nil {
		return nil, err
	}
	done.Head, done.Took = i.tree.Head(), time.Since(begin)
	return done, nil
}

// open finds the backup and reads every part of it. It writes nothing.
func (r Restoration) open(ctx context.Context, o Options) (_ *backup.Backup, err error) {
	if err := r.Places.check(); err != nil {
		return nil, err
	}
	if err := errors.Join(r.Places.outside(r.Source), unoccupied(r.Places.Data)); err != nil {
		return nil, err
	}
	if err := r.unused(); err != nil {
		return nil, err
	}
	v, err := vault.Open(r.Places.Keys, vault.Options{Unlock: o.unlock(), Now: o.Now})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	// Marks are made now, with the keys; later the summary's hashes do.
	from, err := backup.Open(r.Source, r.Number, backup.Seals{Open: r.Key.Open, Mark: v.Lookup})
	if err != nil {
		return nil, err
	}
	if from.Size > 0 && from.Log != besideTheData && !r.LogNamed {
		return nil, fault.New(fault.Conflict, "backup.log-elsewhere", "log", from.Log, "given", r.Places.Log)
	}
	if err := r.ownHeads(from); err != nil {
		return nil, err
	}
	// Before all of it is read, which may take an hour.
	if err := from.Unseal(); err != nil {
		return nil, err
	}
	if schema, unlike, err := sqlite.SchemaOf(ctx, from.Columns()); err != nil || schema == 0 {
		return nil, cmp.Or(err, fault.New(fault.Conflict, "backup.schema", "table", unlike))
	}
	return from, from.Check(ctx, backup.Progress(r.Progress))
}

// ownHeads refuses heads that outlived and are another log's: they vouch for nothing
// here. Those that an attempt put there outlived nothing, and may lack a part.
func (r Restoration) ownHeads(from *backup.Backup) (err error) {
	if _, ours, err := readNote(r.Places.Heads); err != nil || ours {
		return err
	}
	if _, err := os.Lstat(filepath.Join(r.Places.Heads, "origin")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	tree, err := tlog.Open(r.Places.Heads, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	if tree.Origin() != from.Origin {
		return fault.New(fault.Conflict, "backup.heads-foreign", "heads", r.Places.Heads, "theirs", tree.Origin(), "origin", from.Origin)
	}
	return nil
}

// unused refuses keys, heads and log of an installation that is at work: it would
// share them with what is restored.
func (r Restoration) unused() error {
	if err := vault.Unused(r.Places.Keys); err != nil {
		if fault.Code(err) == "vault.in-use" {
			err = fault.New(fault.Conflict, "backup.keys-in-use", "keys", r.Places.Keys)
		}
		return err
	}
	held, err := r.Places.holdLog(false)
	return errors.Join(err, held.Close())
}

// begin takes the data directory, which must be empty or hold what an earlier
// attempt left. Of that the database stays where it is whole and of this backup.
// What is there is looked at under the lock: another one may have ended just now.
func (r Restoration) begin(from *backup.Backup) (held *os.File, state restoring, err error) {
	dir := r.Places.Data
	if err := unoccupied(dir); err != nil { // nothing is left in what is somebody else's, not even a lock
		return nil, state, err
	}
	if err := makePrivate(dir); err != nil {
		return nil, state, err
	}
	if held, err = lock(filepath.Join(dir, lockFile), ""); err != nil {
		return nil, state, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, held.Close())
		}
	}()
	if err := unoccupied(dir); err != nil {
		return held, state, err
	}
	text, err := os.ReadFile(filepath.Join(dir, restoringFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return held, state, err
	}
	if want := markOf(from); json.Unmarshal(text, &state) != nil || state.Mark != want {
		state = restoring{Mark: want}
	}
	if err := state.write(dir); err != nil { // before anything else is there
		return held, state, err
	}
	if state.Loaded {
		return held, state, nil
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, databaseFile+end)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return held, state, err
		}
	}
	return held, state, nil
}

// markOf tells a backup from every other.
func markOf(b *backup.Backup) string {
	return fmt.Sprintf("%s %d %s", b.Origin, b.Number, b.List.Summary)
}

// unoccupied refuses a data directory that holds anything but what a restore left
// that didn't come to its end.
func unoccupied(dir string) error {
	names, err := namesIn(dir)
	if err != nil {
		return err
	}
	begun := slices.Contains(names, restoringFile)
	names = slices.DeleteFunc(names, func(name string) bool { return name == lockFile || begun && name != placesFile })
	if len(names) > 0 {
		return fault.New(fault.Conflict, "installation.exists", "folder", dir)
	}
	return nil
}

func (s restoring) write(dir string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(dir, restoringFile), append(text, '\n'))
}

// load fills a new database, and holds it to the counts and balances that the
// backup names.
func (r Restoration) load(ctx context.Context, from *backup.Backup, state restoring) (err error) {
	path := filepath.Join(r.Places.Data, databaseFile)
	to, err := sqlite.OpenAs(ctx, path, from.Columns())
	if err != nil {
		return err
	}
	err = from.Load(ctx, to, backup.Progress(r.Progress))
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	// What an older program backed up is brought up to date, as its database would be.
	if to, err = sqlite.Open(ctx, path); err != nil {
		return err
	}
	err = to.Read(ctx, func(reader store.Reader) error {
		balances, err := reader.Balances("")
		if err == nil && !sameBalances(balances, from.Balances) {
			err = fault.New(fault.Unsound, "backup.balances")
		}
		return err
	})
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	state.Loaded = true
	return state.write(r.Places.Data)
}

func sameBalances[T ~map[K]int64, K ~string](got map[fund.Account]T, want map[string]map[string]int64) bool {
	sums := map[string]map[string]int64{}
	for account, totals := range got {
		sums[string(account)] = map[string]int64{}
		for currency, minor := range totals {
			sums[string(account)][string(currency)] = minor
		}
	}
	return maps.EqualFunc(sums, want, func(a, b map[string]int64) bool { return maps.Equal(a, b) })
}

// heads leaves those that outlived as they are, and makes others of the backup.
// Those that an attempt put there didn't outlive anything, whichever backup they
// are of.
func (r Restoration) heads(ctx context.Context, from *backup.Backup) (outlived bool, err error) {
	names, err := namesIn(r.Places.Heads)
	if err != nil {
		return false, err
	}
	note, ours, err := readNote(r.Places.Heads)
	switch {
	case err != nil:
		return false, err
	case ours && note.Mark == markOf(from) && note.whole(r.Places.Heads):
		return false, nil
	case !ours && len(names) > 0:
		return true, nil
	}
	return false, putHeads(ctx, r.Places.Heads, markOf(from), from)
}

// comeBack holds what was loaded against what is known elsewhere, and makes an
// installation of it.
func (i *Installation) comeBack(ctx context.Context, r Restoration, from *backup.Backup, done *Restored, step func(string) error) error {
	if err := i.belongs(ctx); err != nil {
		return err
	}
	if err := i.fetchStatements(ctx); err != nil {
		return err
	}
	if _, err := i.Office.Recall(ctx); err != nil {
		return err
	}
	outside, err := i.askOutside(ctx)
	if err != nil {
		return err
	}
	done.Silent = append(done.Silent, outside.silent...)
	size, lost, err := i.oneHistory(ctx, from, outside)
	if err != nil {
		return err
	}
	done.Lost, done.Unsigned = lost, i.log.signing()
	if lost > 0 && !r.AcceptLoss {
		return fault.New(fault.Conflict, "backup.loses", "lost", lost, "size", size, "was", size+lost, "dir", i.Data)
	}
	if lost > 0 && done.Unsigned != nil { // the epoch that says so can't be signed
		return fault.New(fault.Conflict, "backup.loses-unsigned", "lost", lost, "was", size+lost, "keys", i.Keys, "epoch", i.log.epoch, "dir", i.Data)
	}
	nothing := !r.outlived && !outside.public && outside.answered == 0 && from.Head.Size > 0
	if nothing && !r.NothingKnown {
		return fault.New(fault.Conflict, "backup.nothing-known", "size", from.Head.Size, "heads", i.Heads, "log", i.Log, "dir", i.Data)
	}
	var by office.By
	if lost > 0 || nothing {
		if by, err = r.people(ctx, i); err != nil {
			return err
		}
	}
	// It goes on: from here on the heads are its own, and know what was seen.
	if err := dropNote(i.Heads); err != nil {
		return err
	}
	if err := i.keepNewest(ctx, outside.newest); err != nil {
		return err
	}
	// Who was erased since the backup was made is erased in it before anybody
	// can look, and before their files come back.
	if err := i.forget(ctx); err != nil {
		return err
	}
	if done.Lacking, err = i.putEvidence(ctx, from, r.Progress); err != nil {
		return err
	}
	if lost == 0 {
		if err := i.goOn(ctx, outside.newest); err != nil {
			return err
		}
	}
	if err := writePlaces(i.Places); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(i.Data, restoringFile)); err != nil {
		return err
	}
	if err := step("places"); err != nil || lost == 0 {
		return err
	}
	// If it ends here, it stands as if the database had come back older by itself:
	// nothing acts in it before these or other two people open the epoch.
	done.Epoch, err = i.OpenEpoch(ctx, by, office.Loss)
	return err
}

// putEvidence puts the objects of a backup onto the shelf, where a file has them and
// they aren't there as they were. What a backup has of people who were erased since
// stays in it. It answers how many objects files have that are neither in the backup
// nor whole on the shelf. Pieces of files that were on their way are in no backup:
// their owners are told to send them again.
func (i *Installation) putEvidence(ctx context.Context, from *backup.Backup, progress office.Progress) (lacking int64, err error) {
	next, stop := iter.Pull2(from.Objects())
	defer stop()
	o, err, more := next()
	var done int64
	for name, named := range i.Office.ShelvedNames(ctx) {
		for named == nil && err == nil && more && o.Name < name {
			o, err, more = next()
		}
		if err := errors.Join(named, err, ctx.Err()); err != nil {
			return lacking, err
		}
		if i.onShelf(ctx, name) {
			continue
		}
		if !more || o.Name != name {
			lacking++
			continue
		}
		if err := i.putObject(ctx, from, name); err != nil {
			return lacking, err
		}
		if done++; progress != nil {
			progress("evidence", done, 0)
		}
	}
	return lacking, errors.Join(err, i.Office.LosePieces(ctx))
}

// onShelf reports whether an object is on the shelf as its name says.
func (i *Installation) onShelf(ctx context.Context, name string) bool {
	there, err := i.Office.Shelf.Open(ctx, name)
	if err != nil {
		return false
	}
	hash := sha256.New()
	_, err = io.Copy(hash, there)
	return errors.Join(err, there.Close()) == nil && hex.EncodeToString(hash.Sum(nil)) == name
}

func (i *Installation) putObject(ctx context.Context, from *backup.Backup, name string) (err error) {
	content, err := from.OpenObject(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	put, _, err := i.Office.Shelf.Put(ctx, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	})
	if err == nil && put != name {
		err = errors.Join(fault.New(fault.Unsound, "evidence.object-damaged", "object", name), i.Office.Shelf.Remove(ctx, put))
	}
	return err
}

// people are the two who answer for going on, both known to the installation that
// came back and both allowed to.
func (r Restoration) people(ctx context.Context, i *Installation) (by office.By, err error) {
	if r.People != nil {
		if by, err = r.People(i); err != nil {
			return by, err
		}
	}
	return by, i.Office.MayOpenEpoch(ctx, by)
}

// fetchStatements gets the statements of epochs that were opened since the backup was
// made from the public log; also of those that the keys know nothing of, since they
// are from before too.
func (i *Installation) fetchStatements(ctx context.Context) error {
	fetched := false
	for n := int64(2); ; n++ {
		path := filepath.Join(i.Heads, numbered(statementFile, n))
		if _, err := os.Lstat(path); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		text, err := i.log.files.Get(ctx, prefixOf(n)+statementFile)
		if errors.Is(err, fs.ErrNotExist) {
			if n <= i.log.epoch {
				return fault.New(fault.NotFound, "backup.epoch-unknown", "epoch", n, "file", path)
			}
			break
		}
		if err != nil {
			return err
		}
		if err := writeWhole(path, text); err != nil {
			return err
		}
		fetched = true
	}
	if !fetched {
		return nil
	}
	log, err := openLog(i.Places, i.tree)
	if err == nil {
		i.log, i.Office.Log = log, log
	}
	return err
}

// agreed are the commitments of the docket's leaves, each hashed anew from its
// entry, and each that of the tree outside as far as that goes.
func (i *Installation) agreed(reader store.Reader) iter.Seq2[docket.Hash, error] {
	return func(yield func(docket.Hash, error) bool) {
		tree, stop := iter.Pull2(i.tree.Leaves(0))
		defer stop()
		for l, err := range reader.Leaves(0) {
			if err == nil && (!l.Found || l.Entry.Commitment() != l.Commitment) {
				err = fault.New(fault.Unsound, "office.leaf-differs", "entry", l.Ref, "leaf", l.Number)
			}
			if outside, treeErr, more := tree(); more && err == nil {
				if err = treeErr; err == nil && outside.Hash != docket.LeafHash(l.Commitment) {
					err = fault.New(fault.Unsound, "tlog.commitment-differs", "leaf", l.Number, "entry", outside.Ref)
				}
			}
			if !yield(l.Commitment, err) || err != nil {
				return
			}
		}
	}
}

// goOn brings tree and public log up to the database. Where the log's key is lost, or
// of an epoch that is over, nothing is published: whoever acts is refused until it is
// there, or two people open an epoch without it.
func (i *Installation) goOn(ctx context.Context, last tlog.Checkpoint) error {
	if _, err := i.Office.Sequence(ctx); err != nil {
		return err
	}
	if i.log.signing() != nil {
		return nil
	}
	public, err := i.log.Published(ctx)
	if err != nil {
		return err
	}
	if public.Size < last.Size || len(i.log.gone(ctx)) > 0 {
		if _, err := i.Office.Republish(ctx); err != nil {
			return err
		}
	}
	_, err = i.Office.Publish(ctx)
	return err
}
