package vault

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/filelock"
)

// The key store has backups of its own, apart from those of the data, and they
// live for some days only: a key that was destroyed today is in none of them
// after that. They are worth nothing without the master key.
const (
	backupsFile   = "backups.json"
	backupsFolder = "backups"
	makingFile    = ".making.db" // in it, a copy that is not whole yet

	// DefaultBackupDays is for how many days a copy of the key store is kept,
	// unless told otherwise.
	DefaultBackupDays = 30
	mostBackupDays    = 366
)

// Backups says where copies of the key store go, and for how many days.
type Backups struct {
	Folder string `json:"folder,omitempty"` // "": backups, in the folder of keys
	Days   int    `json:"days"`
}

// Backup is one copy of the key store.
type Backup struct {
	Path string   `json:"path"`
	Day  day.Date `json:"day"`
}

// backupName is a copy's name, with a number where it was put aside for another of
// that day; a key store that was replaced by a copy lies among them, for as long.
var backupName = regexp.MustCompile(`^(?:keystore|replaced)-(\d{4}-\d\d-\d\d)(?:\.\d+)?\.db$`)

// Backups is what is set.
func (v *Vault) Backups() (Backups, error) { return BackupsOf(v.folder) }

// BackupsOf is what is set for a folder of keys.
func BackupsOf(folder string) (Backups, error) {
	b := Backups{Days: DefaultBackupDays}
	path := filepath.Join(folder, backupsFile)
	content, err := readPrivate(path, mostOfMaster)
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		return b, err
	default:
		if json.Unmarshal(content, &b) != nil || b.check() != nil {
			return b, fault.New(fault.Unsound, "vault.file-foreign", "file", path)
		}
	}
	if b.Folder == "" {
		b.Folder = filepath.Join(folder, backupsFolder)
	}
	return b, nil
}

func (b Backups) check() error {
	if b.Days < 1 || b.Days > mostBackupDays {
		return fault.New(fault.Invalid, "vault.backup-days", "days", b.Days, "most", mostBackupDays)
	}
	return nil
}

// ErasedBy is the first day on which no backup of the key store holds a key that
// is destroyed today. Where it can't be read for how many days they are kept, it
// is the latest day that there can be.
func (v *Vault) ErasedBy(today day.Date) day.Date {
	b, err := v.Backups()
	if err != nil {
		b.Days = mostBackupDays
	}
	return today.AddDays(b.Days + 1)
}

// BackupStore copies the key store as it stands at one moment, in the place of a
// copy made earlier that day, looks whether the copy opens, and removes copies
// that are too old. The list of what was erased goes with it.
func (v *Vault) BackupStore(ctx context.Context) (Backup, error) {
	done, err := v.change(ctx)
	if err != nil {
		return Backup{}, err
	}
	defer done()
	return v.backupStore(ctx)
}

func (v *Vault) backupStore(ctx context.Context) (made Backup, err error) {
	b, err := v.Backups()
	if err != nil {
		return Backup{}, err
	}
	if err := b.placeThere(v.folder); err != nil {
		return Backup{}, err
	}
	if err := os.MkdirAll(b.Folder, 0o700); err != nil {
		return Backup{}, fmt.Errorf("back up the key store: %w", err)
	}
	if err := checkFolder(b.Folder); err != nil {
		return Backup{}, err
	}
	made = b.of(v.today())
	if err := v.mayCopyInto(ctx, b, filepath.Base(made.Path)); err != nil {
		return Backup{}, err
	}
	making := filepath.Join(b.Folder, makingFile)
	if err := removeStore(making); err != nil {
		return Backup{}, err
	}
	if err := writePrivate(making, nil); err != nil {
		return Backup{}, err
	}
	shared, err := v.store.erasures(ctx)
	if err == nil {
		err = errors.Join(v.listThem(shared), v.store.sweep(ctx))
	}
	if err != nil {
		return Backup{}, err
	}
	if err := v.store.copyInto(ctx, making); err != nil {
		return Backup{}, err
	}
	if err := v.checkCopy(ctx, making); err != nil {
		return Backup{}, err
	}
	if err := v.keepFuller(ctx, b, made.Path); err != nil {
		return Backup{}, err
	}
	if err := os.Rename(making, made.Path); err != nil {
		return Backup{}, fmt.Errorf("back up the key store: %w", err)
	}
	older, err := olderList(v.folder, b.Folder)
	if err == nil && !older { // one that says more stays, until somebody puts it back
		err = copyList(v.folder, b.Folder)
	}
	if err != nil {
		return Backup{}, err
	}
	return made, errors.Join(syncFolder(b.Folder), v.prune(ctx, b))
}

// placeThere refuses a folder that was named for the copies and isn't there: a disk is
// not mounted. A copy on the disk below would be found by nobody, and what lies on the
// other would stay past its days.
func (b Backups) placeThere(keys string) error {
	if b.Folder == filepath.Join(keys, backupsFolder) {
		return nil
	}
	if _, err := os.Stat(b.Folder); errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "vault.backups-away", "folder", b.Folder)
	}
	return nil
}

// keepFuller puts a copy made earlier that day aside that has keys which the one
// that is to take its place lacks.
func (v *Vault) keepFuller(ctx context.Context, b Backups, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	more, err := v.hasMore(ctx, path)
	if err != nil || !more {
		return err
	}
	return os.Rename(path, b.aside("keystore", v.today()))
}

// aside is a name that isn't taken for one more store of a day.
func (b Backups) aside(what string, on day.Date) string {
	for n := 0; ; n++ {
		path := filepath.Join(b.Folder, fmt.Sprintf("%s-%s.%d.db", what, on, n))
		if _, err := os.Lstat(path); err != nil {
			return path
		}
	}
}

// of is the copy of a day.
func (b Backups) of(on day.Date) Backup {
	return Backup{filepath.Join(b.Folder, "keystore-"+on.String()+".db"), on}
}

// ListBackups are the copies of the key store, the newest first.
func (v *Vault) ListBackups() ([]Backup, error) {
	b, err := v.Backups()
	if err != nil {
		return nil, err
	}
	return b.list()
}

func (b Backups) list() (all []Backup, err error) {
	files, err := os.ReadDir(b.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the key store's backups: %w", err)
	}
	for _, f := range files {
		parts := backupName.FindStringSubmatch(f.Name())
		if parts == nil {
			continue
		}
		if on, err := day.Parse(parts[1]); err == nil {
			all = append(all, Backup{filepath.Join(b.Folder, f.Name()), on})
		}
	}
	slices.SortFunc(all, func(a, b Backup) int { return cmp.Or(b.Day.Compare(a.Day), strings.Compare(a.Path, b.Path)) })
	return all, nil
}

// RefreshBackups makes a copy of the key store where one is there whose days are
// over, so that it goes: for who works with the installation and has no clock
// that calls BackupStore. It removes none without having made one, for the
// machine's clock may be wrong.
func (v *Vault) RefreshBackups(ctx context.Context) error {
	done, err := v.change(ctx)
	if err != nil {
		return err
	}
	defer done()
	b, err := v.Backups()
	if err != nil {
		return err
	}
	over, err := v.overdue(ctx, b)
	if err == nil && len(over) > 0 {
		_, err = v.backupStore(ctx)
	}
	return err
}

// over reports that a copy's days are over. One of a day to come goes too: it
// would else be kept for ever once the clock is right again.
func (b Backups) over(c Backup, today day.Date) bool {
	age := c.Day.DaysUntil(today)
	return age < 0 || age > b.Days
}

// overdue are this vault's copies whose days are over.
func (v *Vault) overdue(ctx context.Context, b Backups) (over []Backup, err error) {
	all, err := b.list()
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if !b.over(c, v.today()) {
			continue
		}
		whose, err := v.whose(ctx, c.Path)
		if err != nil {
			return nil, err
		}
		if whose != anothers {
			over = append(over, c)
		}
	}
	return over, nil
}

// prune removes the copies whose days are over.
func (v *Vault) prune(ctx context.Context, b Backups) error {
	over, err := v.overdue(ctx, b)
	if err != nil {
		return err
	}
	for _, c := range over {
		if err := removeStore(c.Path); err != nil {
			return err
		}
	}
	return nil
}

// replaceBackups removes the copies that the master key before opens, once there
// is one that this key opens. One that neither opens is another machine's, or was
// put there by hand: it goes when its days are over.
func (v *Vault) replaceBackups(ctx context.Context) error {
	old, err := v.oldBackups(ctx)
	if err != nil || len(old) == 0 {
		return err
	}
	if _, err := v.backupStore(ctx); err != nil {
		return err
	}
	if old, err = v.oldBackups(ctx); err != nil {
		return err
	}
	for _, c := range old {
		if err := removeStore(c.Path); err != nil {
			return err
		}
	}
	return nil
}

// oldBackups are the copies that the master key before opens.
func (v *Vault) oldBackups(ctx context.Context) (old []Backup, err error) {
	m := v.master.Load()
	if m.over == nil {
		return nil, nil
	}
	all, err := v.ListBackups()
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		marks, err := readMarks(ctx, c.Path)
		if err != nil {
			return nil, err
		}
		if m.over.made(marks[masterMark]) {
			old = append(old, c)
		}
	}
	return old, nil
}

// checkCopy opens a copy of the key store and refuses one that is damaged or is
// another vault's.
func (v *Vault) checkCopy(ctx context.Context, path string) (err error) {
	store, err := openKeystore(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.close(), removeBeside(path)) }()
	if err := store.sound(ctx); err != nil {
		return err
	}
	copied := &Vault{folder: v.folder, lookup: v.lookup, store: store}
	mark, err := store.mark(ctx, masterMark)
	if err != nil {
		return err
	}
	if m := v.master.Load(); !m.now.made(mark) && (m.before == nil || !m.before.made(mark)) {
		return foreignKey(m.now.path)
	}
	return copied.recogniseLookup(ctx)
}

// RestoreStore puts a copy of the key store in the place of the one in the
// folder, which may be damaged or gone. What was erased since the copy was made
// is erased in it before it takes its place; the one that is replaced lies among
// the backups, for as long as they do. While a process has the vault open it is
// refused (vault.in-use).
//
// Keys of claims that were taken in since the copy are not in it: keys says how
// many it has.
func RestoreStore(folder, path string, o Options) (keys int64, err error) {
	ctx := context.Background()
	if err := checkFolder(folder); err != nil {
		return 0, err
	}
	alone, err := hold(folder, filelock.Alone)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, alone.Close()) }()
	b, err := BackupsOf(folder)
	if err == nil {
		err = errors.Join(b.placeThere(folder), checkGiven(path))
	}
	if err != nil {
		return 0, err
	}
	if err := bringShredded(ctx, folder, path); err != nil {
		return 0, err
	}
	coming := filepath.Join(folder, ".coming.db")
	if err := removeStore(coming); err != nil {
		return 0, err
	}
	// What a process that was killed left has its last keys in its log.
	for _, end := range []string{"", "-wal"} {
		if err := copyPrivate(path+end, coming+end); err != nil && (end == "" || !fault.Is(err, fault.NotFound)) {
			return 0, errors.Join(err, removeStore(coming))
		}
	}
	keys, err = tryStore(ctx, folder, coming, o)
	if code := fault.Code(err); code == "vault.file-foreign" || code == "vault.keystore-damaged" {
		err = fault.New(fault.Unsound, "vault.backup-damaged", "file", path)
	}
	if err != nil {
		return 0, errors.Join(err, removeStore(coming))
	}
	if database, err := StoreDatabase(folder); err != nil || database != "" {
		if err == nil {
			keys, err = restoreServer(ctx, folder, coming, ReachedBy(database), o)
		}
		return keys, errors.Join(err, removeStore(coming))
	}
	if err := keepReplaced(folder, o); err != nil {
		return 0, errors.Join(err, removeStore(coming))
	}
	if err := removeBeside(storePath(folder)); err != nil {
		return 0, err
	}
	if err := os.Rename(coming, storePath(folder)); err != nil {
		return 0, fmt.Errorf("restore the key store: %w", err)
	}
	return keys, syncFolder(folder)
}

// restoreServer puts a copy in the place of what the database holds, which may be
// a new one. What anybody erased stays erased.
func restoreServer(ctx context.Context, folder, coming, address string, o Options) (keys int64, err error) {
	from, err := openKeystore(coming)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	k, err := prepareServer(ctx, address)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	stands, err := k.mark(ctx, lookupMark)
	if err != nil {
		return 0, err
	}
	ours, err := from.mark(ctx, lookupMark)
	if err != nil {
		return 0, err
	}
	if stands != nil && !Equal(stands, ours) {
		return 0, fault.New(fault.Conflict, "vault.keys-database-taken")
	}
	if stands != nil {
		if err := keepReplacedBy(folder, o, func(to string) error {
			return errors.Join(writePrivate(to, nil), k.copyInto(ctx, to))
		}); err != nil {
			return 0, err
		}
	}
	list, _, err := readShredded(filepath.Join(folder, shredFile))
	if err != nil {
		return 0, err
	}
	if err := k.fill(ctx, from, list, (&Vault{now: o.clock()}).today()); err != nil {
		return 0, err
	}
	return k.count(ctx)
}

// tryStore opens the folder with another key store in it: whatever would be
// wrong with it later is said now, and what was erased is erased in it.
func tryStore(ctx context.Context, folder, path string, o Options) (keys int64, err error) {
	lookup, err := readKey(filepath.Join(folder, lookupFile), lookupHeader)
	if err != nil {
		return 0, err
	}
	store, err := openKeystore(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.close(), removeBeside(path)) }()
	if err := store.sound(ctx); err != nil {
		return 0, err
	}
	v := &Vault{folder: folder, lookup: lookup, store: store}
	if err := v.unlock(o.Unlock); err != nil {
		return 0, err
	}
	if err := store.clean(ctx); err != nil {
		return 0, err
	}
	return store.count(ctx)
}

// bringShredded brings back the list of what was erased, where it was lost with
// the folder or is older, from beside the copy or from beside the others.
func bringShredded(ctx context.Context, folder, path string) error {
	b, err := BackupsOf(folder)
	if err != nil {
		return err
	}
	lookup, err := readKey(filepath.Join(folder, lookupFile), lookupHeader)
	if err != nil {
		return err
	}
	theirs, err := isAnothers(ctx, lookup, path)
	if err != nil {
		return err
	}
	if theirs {
		return foreignKey(lookupFile)
	}
	for _, beside := range []string{filepath.Dir(path), b.Folder} {
		older, err := olderList(folder, beside)
		if err == nil && older {
			err = copyList(beside, folder)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keepReplaced puts the key store that is to be replaced among the backups.
func keepReplaced(folder string, o Options) error {
	from := storePath(folder)
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return keepReplacedBy(folder, o, func(to string) error {
		if err := copyPrivate(from, to); err != nil {
			return err
		}
		// A damaged one may have its last keys in its log.
		if err := copyPrivate(from+"-wal", to+"-wal"); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		return nil
	})
}

// keepReplacedBy puts what is to be replaced among the backups, under a name that
// isn't taken.
func keepReplacedBy(folder string, o Options, put func(to string) error) error {
	b, err := BackupsOf(folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.Folder, 0o700); err != nil {
		return fmt.Errorf("keep the key store that is replaced: %w", err)
	}
	if err := put(b.aside("replaced", (&Vault{now: o.clock()}).today())); err != nil {
		return err
	}
	return syncFolder(b.Folder)
}

// copyPrivate copies a file that its owner alone may read, into a new one.
func copyPrivate(from, to string) (err error) {
	if err := checkPrivate(from); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy key store: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy key store: %w", err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return errors.Join(fmt.Errorf("copy key store: %w", err), os.Remove(to))
	}
	return nil
}

// removeStore removes a copy of a key store and what SQLite puts beside it.
func removeStore(path string) error {
	return errors.Join(destroyFile(path), removeBeside(path))
}

func removeBeside(path string) error {
	return errors.Join(destroyFile(path+"-wal"), destroyFile(path+"-shm"))
}

// copyInto copies the key store, as it stands at one moment, into an empty file.
func (k *fileStore) copyInto(ctx context.Context, path string) error {
	if _, err := k.db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return storeFault(err)
	}
	return syncFile(path)
}

// sound refuses a file whose pages don't hang together.
func (k *fileStore) sound(ctx context.Context) error {
	var said string
	if err := k.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return storeFault(err)
	}
	if said != "ok" {
		return fault.New(fault.Unsound, "vault.keystore-damaged", "reason", said)
	}
	return nil
}
