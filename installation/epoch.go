package installation

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/tlog"
)

// EpochOpened is what opening an epoch came to.
type EpochOpened struct {
	office.Epoch
	Origin    string            `json:"origin"`
	Lost      []docket.TreeLeaf `json:"-"`         // the leaves that are no longer in the log
	LostFile  string            `json:"lost_file"` // where they are listed; "" for none
	Published office.Published  `json:"-"`
}

// OpenEpoch lets the log go on under a new key, or, where the reason is a loss,
// from the older state that the database is in. by are two people. Given again
// after a crash, it goes on where it was.
//
// The order: the new key is made; the act is entered, which names it; the old
// epoch is published for the last time with that entry in it, where its key
// can still be used; a tree that is longer than the database is cut; the old
// epoch's newest checkpoint is left published; the statement is signed; the new key takes the old one's place; the new epoch is
// published.
func (i *Installation) OpenEpoch(ctx context.Context, by office.By, reason office.EpochReason) (*EpochOpened, error) {
	return i.openEpoch(ctx, by, reason, func(string) error { return nil })
}

// openEpoch tells done after each step; an error of it ends the work there, as
// a crash would.
func (i *Installation) openEpoch(ctx context.Context, by office.By, reason office.EpochReason, done func(step string) error) (*EpochOpened, error) {
	if opened, err := i.finishOpening(ctx, reason); opened != nil || err != nil {
		return opened, err
	}
	opened := &EpochOpened{}
	size, err := i.Office.DatabaseSize(ctx)
	if err != nil {
		return nil, err
	}
	if err := i.checkReason(ctx, reason, size); err != nil {
		return nil, err
	}
	next, err := i.nextKey()
	if err != nil {
		return nil, err
	}
	steps := []struct {
		name string
		do   func() error
	}{
		{"key", func() (err error) {
			opened.Epoch, err = i.newEpoch(ctx, reason, next, size)
			return err
		}},
		{"entry", func() error {
			_, err := i.Office.OpenEpoch(ctx, by, opened.Epoch)
			return err
		}},
		{"lost", func() (err error) {
			opened.Lost, opened.LostFile, err = i.listLost(size, opened.Number)
			return err
		}},
		{"end", func() (err error) {
			switch reason {
			case office.KeyRotation: // the old epoch's last checkpoint has the entry in it
				if _, err = i.Office.Publish(ctx); err == nil {
					opened.Epoch, err = i.newEpoch(ctx, reason, next, size)
				}
			case office.Loss:
				err = i.cut(size, opened.Number)
			}
			return err
		}},
		{"close", func() error { return i.closeEpoch(ctx) }},
		// From here on there is no way back: who opens the installation next
		// takes the key that the statement names.
		{"statement", func() error { return i.state(opened.Epoch, next) }},
		{"take", func() error { return i.takeEpoch() }},
		{"publish", func() (err error) {
			opened.Origin = i.log.Origin()
			opened.Published, err = i.Office.Publish(ctx)
			return err
		}},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return nil, fmt.Errorf("open epoch %d: %w", i.log.epoch+1, err)
		}
		if err := done(s.name); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

// finishOpening ends an opening that was cut short after its statement was
// signed: what is left of it is to publish the epoch, and the statement last. It
// answers nil where there is none, or where another one is asked for now.
func (i *Installation) finishOpening(ctx context.Context, reason office.EpochReason) (*EpochOpened, error) {
	if i.log.epoch == 1 || i.log.signing() != nil {
		return nil, nil
	}
	_, err := i.log.files.Get(ctx, prefixOf(i.log.epoch)+statementFile)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	statements, err := i.log.statements()
	if err != nil {
		return nil, err
	}
	opened := &EpochOpened{Origin: i.log.Origin()}
	if opened.Epoch, err = parseStatement(statements[len(statements)-1]); err != nil {
		return nil, err
	}
	if opened.Lost, opened.LostFile, err = i.listedLost(opened.Number); err != nil {
		return nil, err
	}
	if opened.Published, err = i.Office.Publish(ctx); err != nil || opened.Reason != reason {
		return nil, err
	}
	return opened, nil
}

// closeEpoch leaves the old epoch's newest checkpoint published, also where only
// a witness still had it: whoever follows the log sees where it ended, and what
// of it is gone.
func (i *Installation) closeEpoch(ctx context.Context) error {
	last, err := i.lastCheckpoint(ctx)
	if err != nil || last.Size == 0 {
		return err
	}
	public, err := i.log.Published(ctx)
	if err != nil || public.Size == last.Size && public.Root == last.Root {
		return err
	}
	return i.log.files.Put(ctx, prefixOf(i.log.epoch)+checkpointFile, last.Note)
}

// takeEpoch goes over to the next epoch's key.
func (i *Installation) takeEpoch() (err error) {
	if err := takeNextKey(i.Keys); err != nil {
		return err
	}
	if i.log, err = openLog(i.Places, i.tree); err != nil {
		return err
	}
	i.Office.Log = i.log
	return nil
}

// checkReason refuses to open an epoch for another reason than there is: after
// a loss no other one will do, and without one there is nothing to accept; and
// a key that signs isn't lost.
func (i *Installation) checkReason(ctx context.Context, reason office.EpochReason, size int64) error {
	if begun, err := i.Office.EpochBegun(ctx, i.log.epoch+1); err != nil || begun {
		return err
	}
	if reason == office.KeyLost && i.log.signing() == nil {
		return fault.New(fault.Conflict, "log.epoch-key-here", "file", i.log.keyFile)
	}
	last, err := i.lastCheckpoint(ctx)
	if err != nil {
		return err
	}
	was := max(i.tree.Head().Size, last.Size)
	switch lost := size < was; {
	case lost && reason != office.Loss:
		return fault.New(fault.Conflict, "log.epoch-loses", "database", size, "tree", was)
	case !lost && reason == office.Loss:
		return fault.New(fault.Conflict, "log.epoch-nothing-lost", "size", size, "epoch", i.log.epoch)
	}
	return nil
}

// nextKey is the key of the epoch that is being opened: made now, or found
// where an attempt was cut short.
func (i *Installation) nextKey() (secret string, err error) {
	path := filepath.Join(i.Keys, nextKeyFile)
	want := originOf(i.log.base, i.log.epoch+1)
	text, err := readSecret(path)
	if fault.Is(err, fault.NotFound) {
		if err := makeLogKey(path, want); err != nil {
			return "", err
		}
		text, err = readSecret(path)
	}
	if err != nil {
		return "", err
	}
	signer, _, err := readLogKey(text)
	if err != nil || signer.Name() != want {
		return "", fault.New(fault.Unsound, "log.key-damaged", "file", path)
	}
	return strings.TrimSpace(string(text)), nil
}

// newEpoch says what the epoch that is being opened will say.
func (i *Installation) newEpoch(ctx context.Context, reason office.EpochReason, next string, size int64) (office.Epoch, error) {
	e := office.Epoch{Number: i.log.epoch + 1, Reason: reason, PreviousOrigin: i.log.Origin()}
	var err error
	if e.Key, err = publicKey(next); err != nil {
		return e, err
	}
	last, err := i.lastCheckpoint(ctx)
	if err != nil {
		return e, err
	}
	e.PreviousSize, e.PreviousRoot, e.Kept = last.Size, last.Root, last.Size
	if reason == office.Loss {
		e.Kept = min(size, last.Size)
	}
	e.Lost = e.PreviousSize - e.Kept
	return e, nil
}

// lastCheckpoint is the newest that anybody has of the present epoch: the one
// that is kept, or, where that came back from before, the public one or a
// witness's.
func (i *Installation) lastCheckpoint(ctx context.Context) (last tlog.Checkpoint, err error) {
	kept, err := i.log.keptCheckpoint(ctx)
	if err != nil {
		return last, err
	}
	public, err := i.log.log().Checkpoint(ctx)
	if err != nil {
		public = tlog.Checkpoint{}
	}
	return newestOf(kept, public, i.log.seen(ctx)), nil
}

// listLost writes down which leaves are in the tree outside and no longer in
// the database.
func (i *Installation) listLost(size, epoch int64) (lost []docket.TreeLeaf, file string, err error) {
	for leaf, err := range i.tree.Leaves(size) {
		if err != nil {
			return nil, "", err
		}
		lost = append(lost, leaf)
	}
	if len(lost) == 0 { // or the tree was cut before a crash
		return i.listedLost(epoch)
	}
	var text strings.Builder
	w := bufio.NewWriter(&text)
	for _, l := range lost {
		fmt.Fprintf(w, "%d %s %s\n", l.Number, l.Hash, l.Ref)
	}
	_ = w.Flush() // into memory
	file = i.lostFile(epoch)
	return lost, file, writeWhole(file, []byte(text.String()))
}

func (i *Installation) lostFile(epoch int64) string {
	return filepath.Join(i.Heads, fmt.Sprintf("lost-%d", epoch))
}

// listedLost reads back what listLost wrote.
func (i *Installation) listedLost(epoch int64) (lost []docket.TreeLeaf, file string, err error) {
	file = i.lostFile(epoch)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	for line := range strings.Lines(string(text)) {
		var l docket.TreeLeaf
		var hash, ref string
		_, formErr := fmt.Sscanf(line, "%d %s %s\n", &l.Number, &hash, &ref)
		err = errors.Join(err, formErr, l.Hash.UnmarshalText([]byte(hash)), l.Ref.UnmarshalText([]byte(ref)))
		lost = append(lost, l)
	}
	if err != nil {
		err = fmt.Errorf("read %s: %w", file, err)
	}
	return lost, file, err
}

// state signs and keeps the statement that opens the epoch. One that was kept
// before a crash stays.
func (i *Installation) state(e office.Epoch, next string) error {
	path := filepath.Join(i.Heads, numbered(statementFile, e.Number))
	if _, err := os.Lstat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	signer, err := note.NewSigner(next)
	if err != nil {
		return err
	}
	signers := []note.Signer{signer}
	// An old key that somebody else has says nothing; a lost one can't.
	if e.Reason == office.KeyRotation || e.Reason == office.Loss {
		if err := i.log.signing(); err != nil {
			return err
		}
		signers = append(signers, i.log.signer)
	}
	signed, err := note.Sign(&note.Note{Text: statement(i.log.base, e)}, signers...)
	if err != nil {
		return fmt.Errorf("sign the statement of epoch %d: %w", e.Number, err)
	}
	return writeWhole(path, signed)
}

// statementForm is the text of docs/log-format.md, section 5.
const statementForm = "chancery/epoch/v1\norigin %s\nepoch %d\nreason %s\nkey %s\nprevious-origin %s\nprevious-size %d\nprevious-root %s\nkept %d\nlost %d\n"

func statement(base string, e office.Epoch) string {
	return fmt.Sprintf(statementForm,
		base, e.Number, e.Reason, e.Key, e.PreviousOrigin, e.PreviousSize, base64.StdEncoding.EncodeToString(e.PreviousRoot[:]), e.Kept, e.Lost)
}

// parseStatement reads one of ours, from the folder of heads.
func parseStatement(text string) (e office.Epoch, err error) {
	var base, root string
	if _, err = fmt.Sscanf(text, statementForm, &base, &e.Number, &e.Reason, &e.Key, &e.PreviousOrigin, &e.PreviousSize, &root, &e.Kept, &e.Lost); err != nil {
		return e, fmt.Errorf("read the statement of an epoch: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(root)
	copy(e.PreviousRoot[:], raw)
	return e, err
}

// cut takes the tree outside back to the database's size, and keeps what it
// was beside it.
func (i *Installation) cut(size, epoch int64) error {
	if err := i.tree.Close(); err != nil {
		return err
	}
	err := tlog.Cut(i.Heads, fmt.Sprintf("epoch-%d", epoch-1), size, docket.At(i.Office.Now()))
	tree, openErr := tlog.Open(i.Heads, true)
	if err := errors.Join(err, openErr); err != nil {
		return err
	}
	i.tree, i.Office.Tree = tree, tree
	return nil
}

// finishEpoch takes the key of an epoch whose opening was cut short after its
// statement was signed.
func (i *Installation) finishEpoch() (err error) {
	p := i.Places
	if p.shared() {
		held, err := lockHeads(p.Heads)
		if fault.Code(err) == "installation.locked" {
			return nil // who has the turn opened after it was finished
		}
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, held.Close()) }()
	}
	secret, err := readSecret(filepath.Join(p.Keys, nextKeyFile))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	signer, _, err := readLogKey(secret)
	if err != nil {
		return fault.New(fault.Unsound, "log.key-damaged", "file", filepath.Join(p.Keys, nextKeyFile))
	}
	number := signer.Name()[strings.LastIndexByte(signer.Name(), '/')+1:]
	if _, err := os.Lstat(filepath.Join(p.Heads, statementFile+"-"+number)); err != nil {
		return nil // not signed yet: log epoch, given again, goes on with this key
	}
	return takeNextKey(p.Keys)
}
