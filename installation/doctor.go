package installation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screening"
	"github.com/openchancery/chancery/store"
	"github.com/openchancery/chancery/vault"
)

// Examined is one thing that doctor looked at. Complaints are faults whose
// sentences say what is wrong and what to do; none means that it is well.
type Examined struct {
	Name       string // of the catalogue: label.doctor.NAME
	Complaints []error
	Advice     []error // what could be better, and is no fault
}

// Doctor looks at everything that an operator must keep in order, and goes on
// as far as it gets: what can't be opened is a complaint like any other. It
// changes nothing.
func Doctor(ctx context.Context, dir string, o Options) []Examined {
	if o.Now == nil {
		o.Now = time.Now
	}
	places, err := Find(dir)
	if err != nil {
		return []Examined{{Name: "places", Complaints: []error{err}}}
	}
	found := []Examined{
		{Name: "permissions", Complaints: permissions(places)},
		{Name: "disk", Complaints: disks(places)},
	}
	if err := places.brokenOff(); err != nil {
		found = append(found, Examined{Name: "installation", Complaints: []error{err}})
	}
	o.ReadOnly = true
	i, err := Open(ctx, dir, o)
	if err != nil {
		return append(found, Examined{Name: "installation", Complaints: []error{err}})
	}
	for _, look := range []struct {
		name string
		at   func(context.Context, Options) []error
	}{
		{"clock", i.clock},
		{"keys", i.keyState},
		{"log", i.logState},
		{"witnesses", i.witnessState},
		{"readings", i.readingState},
		{"erasures", i.erasureState},
		{"evidence", i.evidenceState},
		{"jobs", i.jobState},
		{"machines", i.machineState},
	} {
		e := Examined{Name: look.name}
		for _, err := range look.at(ctx, o) {
			if advice[fault.Code(err)] {
				e.Advice = append(e.Advice, err)
			} else {
				e.Complaints = append(e.Complaints, err)
			}
		}
		found = append(found, e)
	}
	if err := i.Close(); err != nil {
		found = append(found, Examined{Name: "installation", Complaints: []error{err}})
	}
	return found
}

// advice are the codes of what could be better: an installation may run so.
var advice = map[string]bool{"doctor.master-in-clear": true, "doctor.desk-missing": true, "doctor.no-witness": true, "doctor.job-again": true, "doctor.keys-beside-claims": true, "doctor.no-scanner": true}

// permissions complains of folders and files that others on the machine can
// read, or that whoever has the data directory can't. What is in the public log is
// for everybody.
func permissions(p Places) (complaints []error) {
	ours, err := os.Stat(p.Data)
	if err != nil {
		return []error{err}
	}
	folders := []string{p.Data, p.Keys, p.Heads}
	if !isBucket(p.Evidence) {
		folders = append(folders, p.Evidence)
	}
	for _, folder := range folders {
		at, err := real(folder) // a link has a mode that says nothing, and isn't walked into
		if err != nil {
			complaints = append(complaints, err)
			continue
		}
		err = filepath.WalkDir(at, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && folder == p.Evidence {
				return nil // no larger file has come yet, or one went meanwhile
			}
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err == nil && d.Type()&fs.ModeSymlink != 0 {
				info, err = os.Stat(path)
			}
			if err != nil {
				return err
			}
			said := []any{"path", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm())}
			if info.Mode().Perm()&0o077 != 0 {
				complaints = append(complaints, fault.New(fault.Conflict, "doctor.open-to-others", said...))
			}
			if ownerOf(info) != ownerOf(ours) || info.Mode().Perm()&0o400 == 0 {
				complaints = append(complaints, fault.New(fault.Conflict, "doctor.other-owner", append(said, "dir", p.Data)...))
			}
			return nil
		})
		if err != nil {
			complaints = append(complaints, err)
		}
	}
	return complaints
}

// ownerOf is the account that a file belongs to.
func ownerOf(info fs.FileInfo) uint32 {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return s.Uid
}

// Where less than this is left, an installation that is used may be full in
// days.
const (
	leastFree        = 1 << 30
	leastFreePercent = 5
)

// disks complains of disks that fill up.
func disks(p Places) (complaints []error) {
	for _, folder := range append([]string{p.Data}, p.folders()...) {
		var s syscall.Statfs_t
		err := syscall.Statfs(folder, &s)
		if errors.Is(err, fs.ErrNotExist) && (folder == p.Log || folder == p.Evidence) {
			continue // what is signed and not public is named where the log is looked at; evidence may not have come yet
		}
		if err != nil {
			complaints = append(complaints, &os.PathError{Op: "statfs", Path: folder, Err: err})
			continue
		}
		free, all := bytesOf(s.Bavail, s.Bsize), bytesOf(s.Blocks, s.Bsize)
		if free < leastFree || free < all/100*leastFreePercent {
			complaints = append(complaints, fault.New(fault.Conflict, "doctor.disk-low", "path", folder, "free", free>>20))
		}
	}
	return complaints
}

// bytesOf is how many bytes so many blocks are. Systems count both in types of their
// own, and FreeBSD below zero where all that is left is kept for root.
func bytesOf[N, S int32 | int64 | uint32 | uint64](blocks N, size S) uint64 {
	return uint64(max(blocks, 0)) * uint64(size)
}

// clock complains where the machine's clock is behind what it wrote before: a
// deadline would be reckoned from a wrong day.
func (i *Installation) clock(ctx context.Context, o Options) []error {
	var last docket.Instant
	err := i.store.Read(ctx, func(r store.Reader) error {
		size, err := r.TreeSize()
		if err != nil || size == 0 {
			return err
		}
		for l, err := range r.Leaves(size - 1) {
			if err != nil {
				return err
			}
			env, err := l.Entry.Open()
			last = env.Instant
			return err
		}
		return nil
	})
	switch now := o.Now(); {
	case err != nil:
		return []error{err}
	case now.Before(last.Time.Add(-time.Minute)):
		return []error{fault.New(fault.Conflict, "doctor.clock-behind", "now", docket.At(now), "last", last)}
	}
	return nil
}

// keyState complains of keys that lie open, of copies that are missing or should
// be gone, and of a desk without a key.
func (i *Installation) keyState(ctx context.Context, o Options) (complaints []error) {
	today := day.Of(o.Now(), time.UTC)
	s, err := vault.Inspect(ctx, i.Keys, today)
	if err != nil {
		return []error{err}
	}
	complaints = s.Problems
	if s.Master == vault.InFile {
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.master-in-clear", "file", filepath.Join(i.Keys, "master.key")))
	}
	switch {
	case s.Keys > 0 && len(s.Copies) == 0:
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.key-copy-missing"))
	case s.Keys > 0 && s.Copies[0].Day.Before(today.AddDays(-1)):
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.key-copy-old", "day", s.Copies[0].Day))
	}
	entered, err := i.Office.DeskEntered(ctx)
	switch n := len(s.Desks); {
	case err != nil:
		complaints = append(complaints, err)
	case n == 0:
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.desk-missing"))
	case entered != "" && entered != s.Desks[n-1]:
		complaints = append(complaints, fault.New(fault.Unsound, "doctor.desk-differs", "set", s.Desks[n-1], "entered", entered))
	}
	return complaints
}

// alarmDays is how long doctor speaks of a day on which too much was read.
const alarmDays = 30

// readingState complains of people who read in bulk.
func (i *Installation) readingState(ctx context.Context, o Options) (complaints []error) {
	alarms, err := i.Office.Alarms(ctx, 100)
	if err != nil {
		return []error{err}
	}
	since := day.Of(o.Now(), time.UTC).AddDays(-alarmDays).String()
	for _, a := range alarms {
		if a.Day >= since {
			complaints = append(complaints, fault.New(fault.Conflict, "doctor.alarm", "actor", a.Actor, "claims", a.Claims, "day", a.Day))
		}
	}
	return complaints
}

// erasureState complains of what should be gone and isn't.
func (i *Installation) erasureState(ctx context.Context, _ Options) (complaints []error) {
	unfinished, err := i.Office.Unfinished(ctx)
	if err == nil && unfinished > 0 {
		err = fault.New(fault.Conflict, "doctor.unfinished-erasures", "erasures", unfinished)
	}
	drafts, draftErr := i.Office.OverdueDrafts(ctx)
	if draftErr == nil && drafts > 0 {
		draftErr = fault.New(fault.Conflict, "doctor.drafts-over", "drafts", drafts)
	}
	for _, e := range []error{err, draftErr} {
		if e != nil {
			complaints = append(complaints, e)
		}
	}
	return complaints
}

// evidenceState complains of files that fell silent or couldn't be checked, and of a
// scanner that doesn't answer.
func (i *Installation) evidenceState(ctx context.Context, _ Options) (complaints []error) {
	h, err := i.Office.FileHealth(ctx)
	if err != nil {
		return []error{err}
	}
	if h.Silent > 0 {
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.files-silent", "files", h.Silent))
	}
	if h.Failed > 0 {
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.files-failed", "files", h.Failed))
	}
	s, ok := i.Office.Screen.(*screening.Screening)
	switch {
	case !ok:
	case !s.Scans() && h.States[evidence.Quarantined] > 0:
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.no-scanner", "files", h.States[evidence.Quarantined], "variable", ScannerVariable))
	case s.Scans():
		if err := s.Scanner.Ping(ctx); err != nil {
			complaints = append(complaints, err)
		}
	}
	return complaints
}

// jobState complains of jobs that failed for good, and speaks of those that have
// failed some times.
func (i *Installation) jobState(ctx context.Context, _ Options) (complaints []error) {
	var jobs []store.Job
	err := i.store.Read(ctx, func(r store.Reader) (err error) {
		jobs, err = r.Jobs(1000)
		return err
	})
	if err != nil {
		return []error{err}
	}
	const some = 3
	for _, j := range jobs {
		said := []any{"kind", j.Kind, "key", j.Key, "attempts", j.Attempts, "trouble", j.Trouble, "due", j.Due}
		switch {
		case j.Failed:
			complaints = append(complaints, fault.New(fault.Conflict, "doctor.job-failed", said...))
		case j.Attempts >= some:
			complaints = append(complaints, fault.New(fault.Conflict, "doctor.job-again", said...))
		}
	}
	return complaints
}

// A tree that isn't published for so long waits for somebody to look.
const publishSlack = time.Hour

// logState complains of what waits too long to be published, and of a log that
// is not what the tree says.
func (i *Installation) logState(ctx context.Context, o Options) (complaints []error) {
	if err := i.log.standing(ctx); err != nil {
		complaints = append(complaints, err)
	}
	u, err := i.Office.Unpublished(ctx)
	if err != nil {
		return append(complaints, err)
	}
	switch {
	case len(u.Overdue) > 0:
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.overdue", "entries", len(u.Overdue), "entry", u.Overdue[0], "since", u.Since))
	case u.Entries > 0 && o.Now().Sub(u.Since.Time) > publishSlack:
		complaints = append(complaints, fault.New(fault.Conflict, "doctor.unpublished", "entries", u.Entries, "entry", u.Oldest, "since", u.Since))
	}
	complaints = append(append(complaints, i.log.gone(ctx)...), i.log.emptied(ctx)...)
	size, err := i.Office.DatabaseSize(ctx)
	if err != nil {
		return append(complaints, err)
	}
	if head := i.tree.Head(); size < head.Size {
		complaints = append(complaints, fault.New(fault.Unsound, "office.database-older", "database", size, "tree", head.Size))
	}
	return complaints
}

// witnessState complains of witnesses that don't answer, lag behind, or have
// seen more than there is here.
func (i *Installation) witnessState(ctx context.Context, _ Options) (complaints []error) {
	published, err := i.log.Published(ctx)
	if err != nil {
		return []error{err}
	}
	if names, file := i.Witnesses(); len(names) == 0 {
		return []error{fault.New(fault.Conflict, "doctor.no-witness", "file", file)}
	}
	for name, seen := range i.log.seen(ctx) {
		if fault.Code(seen.err) == "witness.unseen" && published.Size == 0 {
			continue
		}
		err := seen.err
		if err == nil {
			err = i.log.agrees(name, seen.head, published.Size)
		}
		switch {
		case err != nil:
			complaints = append(complaints, err)
		case seen.head.Size < published.Size:
			complaints = append(complaints, fault.New(fault.Conflict, "doctor.witness-lags", "witness", name, "seen", seen.head.Size, "size", published.Size, "since", seen.head.Instant))
		}
	}
	return complaints
}

// Sick reports whether anything was complained of.
func Sick(found []Examined) bool {
	for _, e := range found {
		if errors.Join(e.Complaints...) != nil {
			return true
		}
	}
	return false
}
