package installation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/tlog"
	"github.com/openchancery/chancery/vault"
)

// kept is where the newest signed checkpoint of an epoch is kept.
func (p Places) kept(epoch int64) (tlog.Kept, error) {
	name := numbered(checkpointFile, epoch)
	if p.Kept == "" {
		return tlog.KeptFile(filepath.Join(p.Heads, name)), nil
	}
	at, err := readBucket(p.Kept)
	if err != nil {
		return nil, err
	}
	return tlog.KeptBucket(at, name)
}

// keptName is its name, for a person.
func (p Places) keptName(epoch int64) string {
	if p.Kept == "" {
		return filepath.Join(p.Heads, numbered(checkpointFile, epoch))
	}
	return p.Kept + " " + numbered(checkpointFile, epoch)
}

// BesideLog is where the checkpoint is kept unless told otherwise: in the log's
// bucket, under a name of its own.
func BesideLog(log string) string {
	if !isBucket(log) {
		return ""
	}
	place, query, _ := strings.Cut(log, "?")
	return strings.TrimSuffix(place, "/") + "-kept?" + query
}

// Shareable is one thing that all machines of an installation need.
type Shareable struct {
	Name   string `json:"name"`   // of the catalogue: label.shared.NAME
	Place  string `json:"place"`  // where it is
	Shared bool   `json:"shared"` // all machines reach it
}

// Shareables are the things of which there is one for all machines, and where
// each is. What each machine has a copy of is not among them.
func (p Places) Shareables() ([]Shareable, error) {
	keys, err := vault.StoreDatabase(p.Keys)
	if err != nil {
		return nil, err
	}
	where := func(name, place, local string, shared bool) Shareable {
		if !shared && place == "" {
			place = local
		}
		return Shareable{name, place, shared}
	}
	return []Shareable{
		where("database", p.databaseName(), "", p.shared()),
		where("keys", keys, filepath.Join(p.Keys, "keystore.db"), keys != ""),
		where("log", p.Log, "", isBucket(p.Log)),
		where("kept", p.Kept, filepath.Join(p.Heads, checkpointFile), p.Kept != ""),
		where("evidence", p.Evidence, "", isBucket(p.Evidence)),
	}, nil
}

// onOneMachine are the faults of what lies on one machine where several act.
func (p Places) onOneMachine() (faults []error) {
	all, err := p.Shareables()
	if err != nil {
		return []error{err}
	}
	for _, s := range all {
		if !s.Shared {
			faults = append(faults, fault.New(fault.Conflict, "installation.on-one-machine."+s.Name, "place", s.Place))
		}
	}
	return faults
}

// SetSeveral says that several machines act on the installation from now on, or
// one alone. Nothing that they share may lie on one machine; the kept checkpoint,
// which is a file until then, is put into the bucket kept, "" for the one that it
// is in, or beside the log. Given again after a crash it goes on.
func SetSeveral(ctx context.Context, dir string, several bool, kept string) (p Places, err error) {
	if p, err = Find(dir); err != nil {
		return p, err
	}
	held, err := lock(filepath.Join(p.Data, lockFile), "")
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	if !several {
		if err := p.handOver(ctx, several); err != nil {
			return p, err
		}
		p.Several = false
		return p, writePlaces(p)
	}
	to := p
	switch {
	case kept != "":
		to.Kept = kept
	case p.Kept == "":
		to.Kept = BesideLog(p.Log)
	}
	if to.Kept != "" && !isBucket(to.Kept) {
		return p, fault.New(fault.Invalid, "installation.bucket", "log", to.Kept)
	}
	to.Several = true
	if missing := to.onOneMachine(); len(missing) > 0 {
		return p, errors.Join(missing...)
	}
	if err := p.handOver(ctx, several); err != nil {
		return p, err
	}
	if to.Kept != p.Kept {
		if err := moveKept(ctx, p, to); err != nil {
			return p, err
		}
	}
	return to, writePlaces(to)
}

// handOver refuses where another machine acts in the way that is to be left, and frees
// the lease for who acts in the other way from now on.
func (p Places) handOver(ctx context.Context, several bool) (err error) {
	if !p.shared() || p.Several == several {
		return nil
	}
	name, err := machine(p.Data)
	if err != nil {
		return err
	}
	s, err := p.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	lease, err := takeMachine(ctx, s, name)
	if err != nil {
		return err
	}
	return s.FreeLease(ctx, lease)
}

// moveKept copies the kept checkpoints of all epochs. The old ones stay: they are
// true, and nobody asks them any more.
func moveKept(ctx context.Context, from, to Places) error {
	for epoch := int64(1); ; epoch++ {
		old, err := from.kept(epoch)
		if err != nil {
			return err
		}
		text, err := old.Load(ctx)
		if err != nil {
			return err
		}
		if epoch > 1 && text == nil {
			if _, err := os.Lstat(filepath.Join(from.Heads, numbered(statementFile, epoch))); errors.Is(err, fs.ErrNotExist) {
				return nil
			}
		}
		next, err := to.kept(epoch)
		if err != nil {
			return err
		}
		stands, err := next.Load(ctx)
		if err != nil {
			return err
		}
		if text == nil || string(stands) == string(text) {
			continue
		}
		if stands != nil {
			return fault.New(fault.Conflict, "installation.kept-taken", "place", to.keptName(epoch))
		}
		if err := next.Swap(ctx, nil, text); err != nil {
			return err
		}
	}
}

// readyForSeveral refuses to act where several machines are said to and something
// that they share lies on this one. A machine that is new has no tree yet: it
// makes an empty one, which grows from the docket.
func (p Places) readyForSeveral(ctx context.Context) (err error) {
	if !p.Several {
		return nil
	}
	if missing := p.onOneMachine(); len(missing) > 0 {
		return errors.Join(missing...)
	}
	if _, err := os.Lstat(filepath.Join(p.Heads, "origin")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s, err := p.openStore(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var origin string
	if err := s.Read(ctx, func(r store.Reader) (err error) {
		origin, err = r.Meta("origin")
		return err
	}); err != nil {
		return err
	}
	if err := makePrivate(p.Heads); err != nil {
		return err
	}
	return tlog.Create(p.Heads, origin)
}

// checkLog refuses to go on with a log of which more is signed, public or
// witnessed than there is here. Where other machines sequence, the tree of this
// one catches up from the docket first.
func (i *Installation) checkLog(ctx context.Context) error {
	err := i.log.checkSigned(ctx)
	if i.shared() && fault.Code(err) == "tlog.database-older" {
		if err = i.Office.CatchUp(ctx); err == nil {
			err = i.log.checkSigned(ctx)
		}
	}
	return errors.Join(i.log.signing(), err, i.log.checkWitnesses(ctx))
}

// machine tells this data directory from a copy on another machine: processes
// whose locks keep each other out have the same name.
func machine(data string) (string, error) {
	boot, err := bootID()
	if err != nil { // a system that doesn't say
		if boot, err = os.Hostname(); err != nil {
			return "", err
		}
	}
	var s syscall.Stat_t
	if err := syscall.Stat(filepath.Join(data, lockFile), &s); err != nil {
		return "", &os.PathError{Op: "stat", Path: data, Err: err}
	}
	return fmt.Sprintf("%s/%d/%d", strings.TrimSpace(boot), s.Dev, s.Ino), nil
}

// machineState complains of what lies on one machine and must not, since several
// act or are said to.
func (i *Installation) machineState(ctx context.Context, _ Options) (complaints []error) {
	if !i.shared() {
		return nil
	}
	if beside, err := i.keysBesideClaims(ctx); err != nil || beside {
		if err == nil {
			err = fault.New(fault.Conflict, "doctor.keys-beside-claims")
		}
		complaints = append(complaints, err)
	}
	name, err := i.machineName()
	if errors.Is(err, fs.ErrNotExist) { // nobody ever acted from here
		name, err = "", nil
	}
	if err != nil {
		return append(complaints, err)
	}
	alone := !i.Several
	err = i.store.Read(ctx, func(r store.Reader) error {
		holder, err := r.Holder(machineLease)
		if err == nil && holder != "" && holder != name {
			complaints = append(complaints, fault.New(fault.Conflict, "doctor.second-machine"))
			alone = false
		}
		return err
	})
	if !alone {
		complaints = append(complaints, i.onOneMachine()...)
	}
	if err != nil {
		complaints = append(complaints, err)
	}
	differing, err := i.Differing(ctx)
	complaints = append(complaints, Complaints(differing)...)
	if err != nil {
		complaints = append(complaints, err)
	}
	return complaints
}
