package faulttest

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Loss says what is on a disk of that which was not synced when the power
// went.
type Loss int

// What may be there of it. A disk may do either of the first two, and anything
// between.
const (
	Nothing Loss = iota // what was synced, and not a byte more
	Random              // of each file some of its writes, some of them torn at a sector; of each folder some of its first changes
	Torn                // as Random, every write torn
)

// sector is what a disk writes whole.
const sector = 512

// Power replays a record of calls onto an empty disk, up to a moment at which
// the power goes. A file's bytes are durable when it was synced after they
// were written; a name is when its folder was. A sync that fails makes nothing
// durable, and bytes that waited for it then aren't there for a later one
// either: so do kernels that drop what they couldn't write. (Names stay in the
// journal: a file system that can't write it takes nothing more.)
type Power struct {
	nodes []*node
}

// node is a file or a folder: its changes in order.
type node struct {
	folder  bool
	perm    fs.FileMode
	changes []change
}

// change is one change of a node; entry, for a folder, is a name and what it
// names from then on, nil for nothing.
type change struct {
	durable bool
	lost    bool // a sync of it failed

	offset   int64
	data     []byte
	truncate bool // to offset

	names map[string]*node
}

// NewPower is an empty disk, with the root of the record on it.
func NewPower() *Power {
	return &Power{nodes: []*node{{folder: true, perm: 0o700}}}
}

func (n *node) entries(keep func(change) bool) map[string]*node {
	names := map[string]*node{}
	for _, c := range n.changes {
		if !keep(c) {
			continue
		}
		for name, to := range c.names {
			if names[name] = to; to == nil {
				delete(names, name)
			}
		}
	}
	return names
}

func everything(change) bool { return true }

// find is the node that programs see under a path.
func (p *Power) find(path string) (*node, error) {
	n := p.nodes[0]
	if path == "." {
		return n, nil
	}
	for part := range strings.SplitSeq(path, "/") {
		next := n.entries(everything)[part]
		if next == nil {
			return nil, fmt.Errorf("replay: nothing is known of %s", path)
		}
		n = next
	}
	return n, nil
}

// Play replays the next calls of the record.
func (p *Power) Play(ops ...Op) error {
	for _, op := range ops {
		if err := p.play(op); err != nil {
			return err
		}
	}
	return nil
}

func (p *Power) play(op Op) error {
	switch op.Kind {
	case Said:
		return nil
	case Create, Mkdir:
		made := &node{folder: op.Kind == Mkdir, perm: fs.FileMode(op.Perm).Perm()}
		p.nodes = append(p.nodes, made)
		return p.name(op.Path, made)
	case Remove:
		return p.name(op.Path, nil)
	case Link, Rename:
		return p.move(op)
	}
	n, err := p.find(op.Path)
	if err != nil {
		return err
	}
	switch op.Kind {
	case Write:
		n.changes = append(n.changes, change{offset: op.Offset, data: op.Data})
	case Truncate:
		n.changes = append(n.changes, change{offset: op.Size, truncate: true})
	case Mode:
		n.perm = fs.FileMode(op.Perm).Perm()
	case Sync:
		for i := range n.changes {
			switch c := &n.changes[i]; {
			case c.durable:
			case op.Err != 0:
				c.lost = !n.folder
			default:
				c.durable = !c.lost
			}
		}
	default:
		return fmt.Errorf("replay: no such call: %s", op.Kind)
	}
	return nil
}

func (p *Power) name(path string, to *node) error {
	folder, err := p.find(filepath.Dir(path))
	if err != nil {
		return err
	}
	folder.changes = append(folder.changes, change{names: map[string]*node{filepath.Base(path): to}})
	return nil
}

// move gives a file another name, or one more. Within one folder a rename is
// one change: after a crash the file has the one name or the other.
func (p *Power) move(op Op) error {
	n, err := p.find(op.Path)
	if err != nil {
		return err
	}
	if op.Kind == Rename && filepath.Dir(op.Path) == filepath.Dir(op.To) {
		folder, err := p.find(filepath.Dir(op.To))
		if err != nil {
			return err
		}
		both := map[string]*node{filepath.Base(op.Path): nil, filepath.Base(op.To): n}
		folder.changes = append(folder.changes, change{names: both})
		return nil
	}
	if err := p.name(op.To, n); err != nil || op.Kind == Link {
		return err
	}
	return p.name(op.Path, nil)
}

// Cut writes what is left of the disk into an empty folder, when the power goes
// at this moment.
func (p *Power) Cut(into string, loss Loss, chance *rand.Rand) error {
	left := map[*node][]change{}
	for _, n := range p.nodes {
		left[n] = n.left(loss, chance)
	}
	return p.write(into, p.nodes[0], left)
}

// left are the changes of a node that are on the disk.
func (n *node) left(loss Loss, chance *rand.Rand) (list []change) {
	random := loss != Nothing
	// A journal keeps a folder's changes in their order.
	upTo := len(n.changes)
	if n.folder && random {
		upTo = chance.IntN(len(n.changes) + 1)
	}
	for i, c := range n.changes {
		switch {
		case c.durable:
			list = append(list, c)
		case !random, n.folder && i >= upTo, !n.folder && chance.IntN(2) == 0:
		case len(c.data) > 0 && (loss == Torn || chance.IntN(4) == 0):
			list = append(list, torn(c, chance)...)
		default:
			list = append(list, c)
		}
	}
	return list
}

// torn is a write of which some sectors came to the disk.
func torn(c change, chance *rand.Rand) (list []change) {
	for at := c.offset; at < c.offset+int64(len(c.data)); {
		end := min(at-at%sector+sector, c.offset+int64(len(c.data)))
		if chance.IntN(2) == 0 {
			list = append(list, change{offset: at, data: c.data[at-c.offset : end-c.offset]})
		}
		at = end
	}
	return list
}

func (p *Power) write(path string, n *node, left map[*node][]change) error {
	if !n.folder {
		content := []byte{}
		for _, c := range left[n] {
			content = c.onto(content)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
		return os.Chmod(path, n.perm)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	names := (&node{changes: left[n]}).entries(everything)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := p.write(filepath.Join(path, name), names[name], left); err != nil {
			return err
		}
	}
	return os.Chmod(path, n.perm)
}

// onto is the content after the change.
func (c change) onto(content []byte) []byte {
	end := c.offset
	if !c.truncate {
		end += int64(len(c.data))
	}
	if grow := end - int64(len(content)); grow > 0 {
		content = append(content, make([]byte, grow)...)
	}
	if c.truncate {
		return content[:c.offset]
	}
	copy(content[c.offset:], c.data)
	return content
}

// Cut names the moment of a record at which the power went.
type Cut struct {
	Ops  []Op
	At   int
	What string
}

// String names the moment by the calls around it.
func (c Cut) String() string {
	named := func(i int) string {
		if i < 0 || i >= len(c.Ops) {
			return "nothing"
		}
		op := c.Ops[i]
		return strings.TrimSpace(fmt.Sprint(op.Kind, " ", op.Path, " ", op.To))
	}
	return fmt.Sprintf("%s: cut %d of %d, after %s, before %s", c.What, c.At, len(c.Ops), named(c.At-1), named(c.At))
}
