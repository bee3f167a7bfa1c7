package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// logCheck is the whole log, epoch by epoch.
type logCheck struct {
	from      *source
	known     trust
	witnesses []key
	since     []saved // checkpoints that somebody held before
	mirror    *source // another copy; may be nil
	leaf      func(epoch, n int64, record *hash)
	errOut    io.Writer // progress

	origin string
	opened []epoch // by number, from the second epoch on
	kept   hash    // the root over what the next epoch keeps of the one just walked
	found  problems
}

// saved is a checkpoint that somebody kept, as a file says it.
type saved struct{ where, signed string }

// logReport is what a walk over the log found.
type logReport struct {
	Good      bool          `json:"good"`
	Log       string        `json:"log"`
	Epochs    []epochReport `json:"epochs"`
	Witnessed []witnessed   `json:"witnessed,omitempty"`
	Since     []string      `json:"since,omitempty"` // older checkpoints of which the log is a continuation
	Problems  []*problem    `json:"problems,omitempty"`
	More      int           `json:"more_problems,omitempty"`

	newest checkpoint
}

type epochReport struct {
	Epoch  int64  `json:"epoch"`
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   hash   `json:"root"`
	Signed bool   `json:"signed"` // by a key that was given or followed; else only a later statement vouches for it
	Reason string `json:"reason,omitempty"`
	Kept   int64  `json:"kept,omitempty"`
	Lost   int64  `json:"lost,omitempty"`
}

func epochPrefix(number int64) string {
	if number == 1 {
		return ""
	}
	return fmt.Sprintf("epoch/%d/", number)
}

const (
	mostEpochs    = 1000
	mostStatement = 1 << 16
)

func (l *logCheck) run(ctx context.Context) *logReport {
	report := &logReport{Log: l.from.at}
	if p := l.findEpochs(ctx); p != nil {
		l.found.add(p)
	} else {
		for number := int64(1); number <= int64(len(l.opened))+1; number++ {
			l.checkEpoch(ctx, number, report)
		}
	}
	report.Good, report.Problems, report.More = l.found.none(), l.found.list, l.found.more
	return report
}

// findEpochs reads the statements and follows the keys over them.
func (l *logCheck) findEpochs(ctx context.Context) *problem {
	for name := range l.known {
		if origin, _ := epochOf(name); l.origin == "" || origin == l.origin {
			l.origin = origin
			continue
		}
		return wrong("--key", "the keys are of different logs").meaning("One log is walked at a time", "Give keys of this log's epochs alone")
	}
	for number := int64(2); number < mostEpochs; number++ {
		name := epochPrefix(number) + "epoch"
		raw, err := l.from.get(ctx, name, mostStatement)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return l.from.unreadable(name, err)
		}
		e, p := readEpoch(l.from.name(name), string(raw))
		if p != nil {
			return p
		}
		if e.Origin != l.origin || e.Number != number {
			return wrong(l.from.name(name), "it opens epoch %d of %.200q, and epoch %d of %q is due here", e.Number, e.Origin, number, l.origin).
				meaning("The statement belongs elsewhere", "Try another copy of the log")
		}
		_, direct := l.known[e.key.name]
		_, from := l.known[e.PreviousOrigin]
		if direct || from && (e.handsOver() || !knowsLater(l.known, e)) {
			if p := l.known.follow(l.from.name(name), e); p != nil {
				return p
			}
		}
		l.opened = append(l.opened, e)
	}
	if newest := epochName(l.origin, int64(len(l.opened))+1); l.known[newest].text == "" {
		return noKey(l.from.name(epochPrefix(int64(len(l.opened))+1)+"checkpoint"), newest, l.known)
	}
	return nil
}

// checkEpoch walks one epoch's tree and holds it against its checkpoint, the
// statement that closed it, the epoch before, and what was kept of it.
func (l *logCheck) checkEpoch(ctx context.Context, number int64, report *logReport) {
	prefix, origin := epochPrefix(number), epochName(l.origin, number)
	name := prefix + "checkpoint"
	where := l.from.name(name)
	c, of := checkpoint{Origin: origin}, "the checkpoint"
	by, signed := l.known[origin]
	if signed {
		raw, err := l.from.get(ctx, name, mostNote)
		if err != nil {
			l.found.add(l.from.unreadable(name, err))
			return
		}
		var p *problem
		if c, p = openCheckpoint(where, string(raw), by); p != nil {
			l.found.add(p)
			return
		}
	}
	closed := number <= int64(len(l.opened))
	if closed {
		next := l.opened[number-1]
		if signed && (c.Size != next.PreviousSize || c.Root != next.PreviousRoot) {
			l.found.add(wrong(where, "it names %d entries with the root %s, and the statement that closed this epoch names %d with %s", c.Size, c.Root, next.PreviousSize, next.PreviousRoot).
				meaning("The closed epoch was changed after it was closed, or the statement does not say the truth", "Ask the log's operator for both"))
		}
		if !signed {
			c.Size, c.Root, of = next.PreviousSize, next.PreviousRoot, "the statement that opened epoch "+fmt.Sprint(number+1)
		}
	}
	held := l.heldOf(ctx, origin, c)
	w := &walk{
		from: l.from, prefix: prefix, size: c.Size, root: c.Root, of: of, marks: map[int64]hash{},
		found: &problems{}, tell: progress(l.errOut, "walking "+origin),
	}
	if l.leaf != nil {
		w.leaf = func(n int64, record *hash) { l.leaf(number, n, record) }
	}
	for _, h := range held {
		w.marks[h.Size] = hash{}
	}
	if closed {
		w.marks[l.opened[number-1].Kept] = hash{}
	}
	at := epochReport{Epoch: number, Origin: origin, Size: c.Size, Root: c.Root, Signed: signed}
	if number > 1 {
		e := l.opened[number-2]
		at.Reason, at.Kept, at.Lost = e.Reason, e.Kept, e.Lost
		w.marks[e.Kept] = hash{}
	}
	w.run(ctx)
	l.found.list, l.found.more = append(l.found.list, w.found.list...), l.found.more+w.found.more
	report.Epochs = append(report.Epochs, at)
	if !w.excepted {
		l.holdAgainst(ctx, w, held, report)
		l.keptSame(ctx, number, w)
	}
	if l.kept = (hash{}); closed {
		l.kept = w.marks[l.opened[number-1].Kept]
	} else {
		l.newest(where, c, report)
	}
}

// newest wants the witnesses' word on the newest checkpoint.
func (l *logCheck) newest(where string, c checkpoint, report *logReport) {
	var p *problem
	report.newest = c
	if report.Witnessed, p = allWitnessed(where, c.note, l.witnesses); p != nil {
		l.found.add(p)
	}
}

// held is an older or another checkpoint of the epoch: where it lies, and what
// it says.
type held struct {
	where string
	checkpoint
	mirror bool
}

// heldOf are the checkpoints of this epoch that were given, and that of the
// mirror. One that is ahead of the log shows that the log went back.
func (l *logCheck) heldOf(ctx context.Context, origin string, newest checkpoint) (list []held) {
	given := l.since
	if l.mirror != nil {
		_, number := epochOf(origin)
		name := epochPrefix(number) + "checkpoint"
		if raw, err := l.mirror.get(ctx, name, mostNote); err != nil {
			l.found.add(l.mirror.unreadable(name, err))
		} else {
			given = append(given[:len(given):len(given)], saved{l.mirror.name(name), string(raw)})
		}
	}
	for i, s := range given {
		if first, _, _ := strings.Cut(s.signed, "\n"); first != origin {
			continue
		}
		by, ok := l.known[origin]
		if !ok {
			l.found.add(noKey(s.where, origin, l.known))
			continue
		}
		c, p := openCheckpoint(s.where, s.signed, by)
		switch {
		case p != nil:
			l.found.add(p)
		case c.Size > newest.Size && i < len(l.since):
			l.found.add(wrong(s.where, "this checkpoint names %d entries, and the log now shows %d", c.Size, newest.Size).
				meaning(fmt.Sprintf("The log was rolled back: %s were published and signed and are gone", span(newest.Size, c.Size-1)), "Keep this checkpoint: it proves it. Tell the log's operator and its witnesses"))
		case c.Size > newest.Size: // a mirror may be ahead for a moment
		default:
			list = append(list, held{s.where, c, i >= len(l.since)})
		}
	}
	return list
}

// holdAgainst says of each checkpoint that was held whether this tree has it
// as a prefix, and from where on it doesn't.
func (l *logCheck) holdAgainst(ctx context.Context, w *walk, list []held, report *logReport) {
	agreed := int64(0) // so many leaves are as some held checkpoint has them
	for _, h := range list {
		if w.marks[h.Size] == h.Root {
			agreed = max(agreed, h.Size)
		}
	}
	for _, h := range list {
		if w.marks[h.Size] == h.Root {
			if !h.mirror {
				report.Since = append(report.Since, h.where)
			}
			continue
		}
		p := wrong(h.where, "it names the root %s over the first %d entries, and this log has the root %s there", h.Root, h.Size, w.marks[h.Size])
		p.meaning("The log was forked or rewritten: both states are not of one log. The first difference lies within "+span(min(agreed, h.Size-1), h.Size-1),
			"Keep both checkpoints: together they prove it. Tell the log's witnesses and the press")
		if h.mirror {
			l.locate(ctx, p, w, h)
		}
		l.found.add(p)
	}
}

// locate finds the first leaf at which the log and its mirror part.
func (l *logCheck) locate(ctx context.Context, p *problem, w *walk, h held) {
	n, err := firstDifference(ctx, w.from, l.mirror, w.prefix, w.prefix, w.size, h.Size, h.Size)
	switch {
	case err != nil:
		p.Means += ". The copies can't be compared: " + strings.TrimSuffix(err.Error(), ".")
	case n >= 0:
		p.Means += fmt.Sprintf(". The copies part at leaf %d", n)
	}
}

// keptSame holds the leaves that an epoch kept against those of the epoch
// before it.
func (l *logCheck) keptSame(ctx context.Context, number int64, w *walk) {
	if number < 2 {
		return
	}
	e := l.opened[number-2]
	where := l.from.name(epochPrefix(number) + "epoch")
	if w.size < e.Kept {
		l.found.add(wrong(where, "it says that %d entries are kept, and the epoch has %d", e.Kept, w.size).
			meaning("The new epoch went back behind what it promised", "Ask the log's operator"))
		return
	}
	if w.marks[e.Kept] == l.kept {
		return
	}
	n, err := firstDifference(ctx, l.from, l.from, epochPrefix(number-1), w.prefix, e.PreviousSize, w.size, e.Kept)
	switch {
	case err != nil:
		l.found.add(unknown(where, "the entries that it says were kept can't be compared").meaning(strings.TrimSuffix(err.Error(), "."), "Try another copy of the log"))
	case n >= 0:
		l.found.add(wrong(where, "it says that the first %d entries are kept, and leaf %d is another one now", e.Kept, n).
			meaning("Entries were changed under cover of the new epoch", "Keep a copy of both epochs' files; tell the log's witnesses and the press"))
	}
}
