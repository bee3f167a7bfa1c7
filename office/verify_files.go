package office

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/store"
)

// fileCheck holds the files on the shelf against what the entries say: each that an
// entry commits to is there, is what it was when it was put there, and, as far as the
// keys here open it, is what was committed to.
type fileCheck struct {
	ctx    context.Context
	o      *Office
	looked int64
}

// lookForFiles names files that an entry commits to and that are missing or damaged.
// Small ones lie among the blobs, and are looked for there.
func (c *check) lookForFiles(missing []committed) error {
	ids := make([]claim.ID, len(missing))
	for i, w := range missing {
		ids[i] = w.Claim
	}
	slices.Sort(ids)
	found, err := c.r.FilesOfClaims(slices.Compact(ids))
	if err != nil {
		return err
	}
	for _, w := range missing {
		place := docket.Ref{Stream: w.Claim.Stream(), Version: w.Version}
		id := strings.TrimPrefix(w.Name, EvidencePrefix)
		at := slices.IndexFunc(found[w.Claim], func(f store.File) bool { return f.ID == id && f.Version == w.Version && f.Object != "" })
		switch {
		case at < 0:
			c.v.find("verify.file-missing", place, w.leaf, id)
			continue
		case found[w.Claim][at].Commitment != w.hash:
			c.v.find("verify.file-damaged", place, w.leaf, id)
			continue
		case c.files.o == nil || c.files.o.Shelf == nil:
			continue
		}
		if err := c.files.hold(found[w.Claim][at]); errors.Is(err, context.Canceled) || c.files.ctx.Err() != nil {
			return c.files.ctx.Err()
		} else if fault.Code(err) == "shelf.missing" {
			c.v.find("verify.file-missing", place, w.leaf, id)
		} else if err != nil {
			c.v.find("verify.file-damaged", place, w.leaf, err)
		}
		c.files.looked++
		c.progress.tell("files", c.files.looked, 0)
	}
	return nil
}

func (f fileCheck) hold(file store.File) error { return f.o.holdTo(f.ctx, file) }

// namedFilesAtOnce is how many files are read by one question.
const namedFilesAtOnce = 1000

// strayFiles names files that are said to be named by an entry which doesn't, or
// not as they are: somebody put them into the table. One that no entry names yet
// has nothing but the table to speak for it.
func (c *check) strayFiles() error {
	var last store.File
	var commits map[docket.Version][]docket.Commitment // of the claim of the last
	for {
		list, err := c.r.NamedFiles(last.Claim, last.ID, namedFilesAtOnce)
		if err != nil {
			return err
		}
		for _, f := range list {
			if commits == nil || f.Claim != last.Claim {
				if commits, err = c.commitsOf(f.Claim.Stream()); err != nil {
					return err
				}
			}
			named := slices.ContainsFunc(commits[f.Version], func(at docket.Commitment) bool {
				return at.Name == EvidencePrefix+f.ID && at.Hash == f.Commitment
			})
			if !named {
				c.v.find("verify.file-stray", docket.Ref{Stream: f.Claim.Stream(), Version: f.Version}, -1, f.ID)
			}
			last = f
		}
		if len(list) < namedFilesAtOnce {
			return nil
		}
	}
}

// commitsOf are the commitments of a stream's entries, by version. What can't be
// opened was named where the leaves were looked at.
func (c *check) commitsOf(stream docket.Stream) (map[docket.Version][]docket.Commitment, error) {
	history, err := c.r.History(stream)
	if err != nil {
		return nil, err
	}
	commits := make(map[docket.Version][]docket.Commitment, len(history))
	for _, s := range history {
		if step, err := openStep(s); err == nil {
			commits[step.Ref.Version] = step.Commitments
		}
	}
	return commits, nil
}

// filesLeft names files of erased claims that are still here.
func (c *check) filesLeft(erased []claim.ID) error {
	for some := range slices.Chunk(erased, blobsAtOnce) {
		found, err := c.r.FilesOfClaims(some)
		if err != nil {
			return err
		}
		for _, id := range some {
			for _, f := range found[id] {
				c.v.find("verify.file-left", docket.Ref{Stream: id.Stream(), Version: max(f.Version, 1)}, -1, f.ID)
			}
		}
	}
	return nil
}
