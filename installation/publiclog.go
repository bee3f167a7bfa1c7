package installation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/tlog"
	"github.com/openchancery/chancery/witness"
)

// What lies with the heads beside the tree's own files. From the second epoch
// on, the checkpoint and the statement that opened it have its number.
const (
	checkpointFile = "checkpoint"
	statementFile  = "epoch"
	witnessesFile  = "witnesses"
	epochPath      = "/epoch/" // between a log's origin and the number of an epoch
)

// publicLog is the log of an installation as everybody sees it. The key says
// in which epoch it is, so that a log goes on in the next one at the moment in
// which the key is replaced.
type publicLog struct {
	heads     string
	files     tlog.Files // of all epochs
	base      string     // the origin of the first epoch
	epoch     int64
	keyFile   string
	signer    note.Signer // nil where the key was lost, or is over
	over      error       // that the key is one of an earlier epoch; nil where it isn't
	verifier  note.Verifier
	kept      tlog.Kept
	places    Places
	tree      *tlog.Tree
	witnesses []witness.Client

	publishing sync.Mutex // held by whoever writes public files
	saying     sync.Mutex
	silent     error // why witnesses did not cosign the last checkpoint; owned by saying
}

var _ office.Log = (*publicLog)(nil)

// openLog opens the log in its present epoch.
func openLog(p Places, tree *tlog.Tree) (*publicLog, error) {
	l := &publicLog{heads: p.Heads, base: tree.Origin(), tree: tree, places: p}
	if err := l.openKey(p.Keys); err != nil {
		return nil, err
	}
	var err error
	if l.files, err = publicFiles(p.Log); err != nil {
		return nil, err
	}
	if l.kept, err = p.kept(l.epoch); err != nil {
		return nil, err
	}
	list, err := os.ReadFile(filepath.Join(p.Heads, witnessesFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the list of witnesses: %w", err)
	}
	if l.witnesses, err = witness.ParseList(string(list)); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(p.Heads, witnessesFile), err)
	}
	return l, nil
}

// openKey reads the log's key. Where it was lost, its public half still tells
// the epoch, and what was published can be read.
func (l *publicLog) openKey(folder string) (err error) {
	file := filepath.Join(folder, logKeyFile)
	l.keyFile = file
	secret, err := readSecret(file)
	if fault.Is(err, fault.NotFound) {
		public, err := os.ReadFile(filepath.Join(folder, logPublicFile))
		if errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.NotFound, "log.key-missing", "file", file)
		}
		if err != nil {
			return fmt.Errorf("open the log's public key: %w", err)
		}
		if l.verifier, err = note.NewVerifier(strings.TrimSpace(string(public))); err != nil {
			return fault.New(fault.Unsound, "log.key-damaged", "file", filepath.Join(folder, logPublicFile))
		}
	} else if err != nil {
		return err
	} else if l.signer, l.verifier, err = readLogKey(secret); err != nil {
		return fault.New(fault.Unsound, "log.key-damaged", "file", file)
	}
	if l.epoch = epochOf(l.base, l.verifier.Name()); l.epoch == 0 {
		return fault.New(fault.Unsound, "log.key-of-another", "file", file, "key", l.verifier.Name(), "heads", l.heads, "origin", l.base)
	}
	return l.overtaken(folder)
}

// signing refuses to go on without the log's key.
func (l *publicLog) signing() error {
	if l.over != nil {
		return l.over
	}
	if l.signer == nil {
		return fault.New(fault.NotFound, "log.key-missing", "file", l.keyFile)
	}
	return nil
}

// readLogKey reads a signing key, and the verifier key that belongs to it.
func readLogKey(secret []byte) (note.Signer, note.Verifier, error) {
	text := strings.TrimSpace(string(secret))
	signer, err := note.NewSigner(text)
	if err != nil {
		return nil, nil, err
	}
	public, err := publicKey(text)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := note.NewVerifier(public)
	return signer, verifier, err
}

// epochOf is the epoch whose key has this name: 1 for the origin's own, 0 for
// the key of another log.
func epochOf(base, name string) int64 {
	if name == base {
		return 1
	}
	digits, ok := strings.CutPrefix(name, base+epochPath)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 2 || originOf(base, n) != name {
		return 0
	}
	return n
}

func originOf(base string, epoch int64) string {
	if epoch == 1 {
		return base
	}
	return base + epochPath + strconv.FormatInt(epoch, 10)
}

// prefixOf is where an epoch's files lie below the log's address.
func prefixOf(epoch int64) string {
	if epoch == 1 {
		return ""
	}
	return fmt.Sprintf("epoch/%d/", epoch)
}

func numbered(name string, epoch int64) string {
	if epoch == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, epoch)
}

// publicFiles is where the log is published: a folder, or a bucket as
// s3://BUCKET/PREFIX?endpoint=URL&region=NAME.
func publicFiles(place string) (tlog.Files, error) {
	if isBucket(place) {
		return bucket(place)
	}
	return tlog.Directory(place), nil
}

// Origin is the name under which the log is published now.
func (l *publicLog) Origin() string { return originOf(l.base, l.epoch) }

// log reads the present epoch.
func (l *publicLog) log() *tlog.Log {
	return tlog.Read(tlog.Under(l.files, prefixOf(l.epoch)), l.verifier)
}

// Published is the newest public checkpoint.
func (l *publicLog) Published(ctx context.Context) (office.Published, error) {
	statements, err := l.statements()
	if err != nil {
		return office.Published{}, err
	}
	c, err := l.log().Checkpoint(ctx)
	if fault.Code(err) == "tlog.not-published" {
		return office.Published{Origin: l.Origin(), Epochs: statements}, nil
	}
	return office.Published{Origin: l.Origin(), Checkpoint: string(c.Note), Size: c.Size, Root: c.Root, Epochs: statements}, err
}

// statements are those that opened the second epoch and the later ones.
func (l *publicLog) statements() ([]string, error) {
	var list []string
	for n := int64(2); n <= l.epoch; n++ {
		text, err := os.ReadFile(filepath.Join(l.heads, numbered(statementFile, n)))
		if err != nil {
			return nil, fmt.Errorf("read the statement of epoch %d: %w", n, err)
		}
		list = append(list, string(text))
	}
	return list, nil
}

// Publish brings the public log up to head.
func (l *publicLog) Publish(ctx context.Context, head docket.TreeHead, commitments func(from int64) iter.Seq2[docket.Hash, error], mine func(context.Context) error) (office.Published, error) {
	if err := l.signing(); err != nil {
		return office.Published{}, err
	}
	if head.Size == 0 {
		return l.Published(ctx)
	}
	l.publishing.Lock()
	defer l.publishing.Unlock()
	before, err := l.Published(ctx)
	if err != nil {
		return office.Published{}, err
	}
	files := tlog.Under(l.files, prefixOf(l.epoch))
	publisher, err := tlog.NewPublisher(files, l.kept, l.signer, l.verifier)
	if err != nil {
		return office.Published{}, err
	}
	done, err := publisher.While(mine).Publish(ctx, head.Size, l.source(commitments), l.cosigner(l.witnesses, before.Size))
	l.unwitnessed(done.Unwitnessed)
	if err == nil && l.epoch > 1 {
		// After the checkpoint that it leads to: whoever follows it finds one.
		err = files.Create(ctx, statementFile, []byte(before.Epochs[len(before.Epochs)-1]))
	}
	if err != nil {
		return office.Published{}, err
	}
	before.Checkpoint, before.Size, before.Root = string(done.Note), done.Size, done.Root
	return before, nil
}

// source is what is published: the database's commitments, each held against
// the tree outside it.
func (l *publicLog) source(commitments func(from int64) iter.Seq2[docket.Hash, error]) tlog.Source {
	return tlog.Source{
		Commitments: func(from int64) iter.Seq2[docket.Hash, error] { return l.tree.Matching(from, commitments(from)) },
		Root:        l.tree.RootAt,
	}
}

// Rebuild writes the public files anew.
func (l *publicLog) Rebuild(ctx context.Context, commitments func(from int64) iter.Seq2[docket.Hash, error], mine func(context.Context) error) (office.Published, error) {
	if err := l.signing(); err != nil {
		return office.Published{}, err
	}
	l.publishing.Lock()
	defer l.publishing.Unlock()
	files := tlog.Under(l.files, prefixOf(l.epoch))
	publisher, err := tlog.NewPublisher(files, l.kept, l.signer, l.verifier)
	if err != nil {
		return office.Published{}, err
	}
	if _, err := publisher.While(mine).Rebuild(ctx, l.source(commitments)); err != nil {
		return office.Published{}, err
	}
	if err := l.restoreEpochs(ctx, commitments); err != nil {
		return office.Published{}, err
	}
	return l.Published(ctx)
}

// Check reads every public file. Before the first checkpoint of an epoch there
// is nothing to read of it.
func (l *publicLog) Check(ctx context.Context) iter.Seq[error] {
	return func(yield func(error) bool) {
		for _, err := range append(l.gone(ctx), l.changedEpochs(ctx)...) {
			if !yield(err) {
				return
			}
		}
		c, err := l.log().Checkpoint(ctx)
		switch {
		case fault.Code(err) == "tlog.not-published":
			return
		case err == nil:
			err = l.ofTree(c)
		}
		if err != nil && !yield(err) || c.Size == 0 {
			return
		}
		for err := range l.log().Check(ctx, c) {
			if !yield(err) {
				return
			}
		}
	}
}

// onDisk looks at the tree outside the database as it is on disk now: another
// process may have grown it and published since this one opened it.
func (l *publicLog) onDisk(look func(*tlog.Tree) error) (err error) {
	tree, err := tlog.Open(l.heads, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	return look(tree)
}

// ofTree holds a checkpoint against the tree outside the database.
func (l *publicLog) ofTree(c tlog.Checkpoint) error {
	return l.onDisk(func(tree *tlog.Tree) error {
		return tlog.Source{Root: tree.RootAt}.Extends(c, tree.Head().Size)
	})
}

// keptCheckpoint is the newest that was signed in this epoch; its Note is nil
// before the first.
func (l *publicLog) keptCheckpoint(ctx context.Context) (c tlog.Checkpoint, err error) {
	text, err := l.kept.Load(ctx)
	if err != nil || text == nil {
		return c, err
	}
	return tlog.ParseCheckpoint(text, l.verifier, l.places.keptName(l.epoch))
}

// signedBefore is what was signed last in an epoch; nil where nothing was.
func (l *publicLog) signedBefore(ctx context.Context, epoch int64) ([]byte, error) {
	kept, err := l.places.kept(epoch)
	if err != nil {
		return nil, err
	}
	return kept.Load(ctx)
}

// standing is whether what is public and what was signed go together.
func (l *publicLog) standing(ctx context.Context) error {
	if err := l.signing(); err != nil {
		return err
	}
	public, err := l.Published(ctx)
	if err != nil {
		return err
	}
	file := l.places.keptName(l.epoch)
	kept, err := l.keptCheckpoint(ctx)
	if err != nil {
		return err
	}
	switch {
	case kept.Size < public.Size:
		return fault.New(fault.Unsound, "doctor.kept-older", "file", file, "kept", kept.Size, "public", public.Size)
	case public.Size == 0: // nothing was signed yet, or what is public is gone
	case kept.Size > public.Size:
		return fault.New(fault.Unsound, "doctor.public-older", "kept", kept.Size, "public", public.Size)
	}
	return nil
}

// cosigner asks the witnesses for their cosignatures, from the size that was
// published last. Those that don't answer are named, and stop nothing.
func (l *publicLog) cosigner(asked []witness.Client, old int64) tlog.Cosign {
	if len(asked) == 0 {
		return nil
	}
	return func(ctx context.Context, signed []byte, prove func(context.Context, int64) ([]docket.Hash, error)) ([]byte, error) {
		cosigned, failed := witness.Gather(ctx, asked, old, prove, signed)
		return cosigned, errors.Join(slices.Collect(maps.Values(failed))...)
	}
}

// askAgain asks the witnesses whose cosignatures the public checkpoint lacks,
// unless they were asked just now.
func (l *publicLog) askAgain(ctx context.Context, mine func(context.Context) error) error {
	l.publishing.Lock()
	defer l.publishing.Unlock()
	if l.whySilent() != nil {
		return nil
	}
	before, err := l.Published(ctx)
	if err != nil || before.Size == 0 {
		return err
	}
	lacking := slices.DeleteFunc(slices.Clone(l.witnesses), func(c witness.Client) bool { return c.Cosigned(before.Checkpoint) })
	cosign := l.cosigner(lacking, before.Size)
	if cosign == nil {
		return nil
	}
	publisher, err := tlog.NewPublisher(tlog.Under(l.files, prefixOf(l.epoch)), l.kept, l.signer, l.verifier)
	if err != nil {
		return err
	}
	done, err := publisher.While(mine).Cosign(ctx, cosign)
	l.unwitnessed(done.Unwitnessed)
	return err
}

// unwitnessed keeps why witnesses did not cosign; nil that all did.
func (l *publicLog) unwitnessed(why error) {
	l.saying.Lock()
	defer l.saying.Unlock()
	l.silent = why
}

func (l *publicLog) whySilent() error {
	l.saying.Lock()
	defer l.saying.Unlock()
	return l.silent
}

// Inclusion is the audit path of a leaf in the published tree.
func (l *publicLog) Inclusion(ctx context.Context, in office.Published, leaf int64) ([]docket.Hash, error) {
	return l.log().InclusionProof(ctx, tlog.Checkpoint{Size: in.Size, Root: in.Root, Note: []byte(in.Checkpoint)}, leaf)
}

// Sign signs a text with the log's key.
func (l *publicLog) Sign(text string) (string, error) {
	if err := l.signing(); err != nil {
		return "", err
	}
	if !strings.HasPrefix(text, "chancery/") { // it could pass for a checkpoint
		return "", fault.New(fault.Invalid, "log.text-of-checkpoint")
	}
	signed, err := note.Sign(&note.Note{Text: text}, l.signer)
	return string(signed), err
}

// seen is what a witness last cosigned of this log, or why that isn't known.
type seen struct {
	head       docket.TreeHead
	checkpoint []byte
	err        error
}

// askPatience is how long a start waits for a witness, or a bucket.
const askPatience = 2 * time.Second

// seen asks all witnesses at once.
func (l *publicLog) seen(ctx context.Context) map[string]seen {
	found := make([]seen, len(l.witnesses))
	var all sync.WaitGroup
	for n, c := range l.witnesses {
		c.Wait = askPatience
		all.Go(func() { found[n].head, found[n].checkpoint, found[n].err = c.Seen(ctx, l.verifier) })
	}
	all.Wait()
	byName := make(map[string]seen, len(found))
	for n, c := range l.witnesses {
		byName[c.Name()] = found[n]
	}
	return byName
}

// checkSigned refuses to go on where more was signed, or is public, than the
// tree outside the database has: then the heads came back from before too. A
// public log that can't be reached just now stops nothing.
func (l *publicLog) checkSigned(ctx context.Context) error {
	soon, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	kept, err := l.keptCheckpoint(soon)
	if err == nil && kept.Note != nil {
		err = l.extends(kept)
	}
	if err != nil && (!isBucket(l.places.Kept) || fault.Code(err) != "") {
		return err
	}
	public, err := l.log().Checkpoint(soon)
	if err == nil {
		err = l.extends(public)
	}
	if fault.Is(err, fault.Unsound) {
		return err
	}
	return nil
}

// extends holds the tree against a checkpoint that was read before. Another
// process may have extended it since it was opened.
func (l *publicLog) extends(c tlog.Checkpoint) error {
	if err := l.tree.Reread(); err != nil {
		return err
	}
	return tlog.Source{Root: l.tree.RootAt}.Extends(c, l.tree.Head().Size)
}

// checkWitnesses refuses to go on where a witness has seen a newer head, or one
// that is none of this tree's: this is an older state of the log, or it went on
// from one while the witness did not answer. A witness that doesn't answer stops
// nothing.
func (l *publicLog) checkWitnesses(ctx context.Context) error {
	if len(l.witnesses) == 0 {
		return nil
	}
	seen := l.seen(ctx) // first: what a witness has seen was kept before
	soon, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	ours, err := l.keptCheckpoint(soon)
	if err != nil && isBucket(l.places.Kept) && fault.Code(err) == "" {
		return nil // a bucket that can't be reached stops nothing; nothing can be signed either
	}
	if err != nil {
		return err
	}
	for name, s := range seen {
		if s.err != nil {
			continue
		}
		if err := l.agrees(name, s.head, ours.Size); err != nil {
			return err
		}
	}
	return nil
}

// agrees refuses a tree, of which so much is published, that is not what a
// witness has seen.
func (l *publicLog) agrees(name string, head docket.TreeHead, published int64) error {
	if head.Size > published {
		return l.ahead(name, head, office.Published{Size: published})
	}
	if head.Size == 0 {
		return nil
	}
	return l.onDisk(func(tree *tlog.Tree) error {
		root, err := tree.RootAt(head.Size)
		if err == nil && root != head.Root {
			err = fault.New(fault.Unsound, "log.witness-forked", "witness", name, "seen", head.Size, "at", head.Instant)
		}
		return err
	})
}

// ahead is the fault of a log that is older than what a witness has seen of it.
func (l *publicLog) ahead(name string, head docket.TreeHead, ours office.Published) error {
	return fault.New(fault.Unsound, "log.witness-ahead", "witness", name, "seen", head.Size, "at", head.Instant, "size", ours.Size)
}

// Published is the newest public checkpoint. Where one was signed and none is
// public any more, that is the fault, rather than an empty log.
func (i *Installation) Published(ctx context.Context) (office.Published, error) {
	p, err := i.Office.Log.Published(ctx)
	if err == nil && p.Size == 0 {
		err = errors.Join(i.log.gone(ctx)...)
	}
	return p, err
}

// AskWitnesses asks those again that did not cosign the newest checkpoint, and
// gives it with what they added.
func (i *Installation) AskWitnesses(ctx context.Context) (office.Published, error) {
	if _, err := i.Office.InTurn(ctx, i.log.askAgain); err != nil {
		return office.Published{}, err
	}
	return i.log.Published(ctx)
}

// Witnesses are the names of those who are asked, and the file that lists them.
func (i *Installation) Witnesses() (names []string, file string) {
	for _, c := range i.log.witnesses {
		names = append(names, c.Name())
	}
	return names, filepath.Join(i.Heads, witnessesFile)
}

// Unwitnessed is why the last checkpoint went out without every witness; nil
// where all cosigned.
func (i *Installation) Unwitnessed() error { return i.log.whySilent() }

// LogKey is the log's present origin and its verifier key.
func (i *Installation) LogKey() (origin, key string, err error) {
	if i.log.over != nil {
		return "", "", i.log.over
	}
	text, err := os.ReadFile(filepath.Join(i.Keys, logPublicFile))
	if err != nil {
		return "", "", fmt.Errorf("read the log's public key: %w", err)
	}
	return i.Office.Log.Origin(), strings.TrimSpace(string(text)), nil
}

// PublicLog serves the published log's files.
func (i *Installation) PublicLog() http.Handler { return tlog.Handler(i.log.files) }
