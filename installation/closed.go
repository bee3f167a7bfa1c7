package installation

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/tlog"
)

// gone names the epochs, the present one and those before, of which something
// was signed and no checkpoint is public any more.
func (l *publicLog) gone(ctx context.Context) (faults []error) {
	for n := int64(1); n <= l.epoch; n++ {
		kept, err := l.signedBefore(ctx, n)
		if err == nil && len(kept) == 0 {
			continue // nothing was signed in it
		}
		if err == nil {
			_, err = l.files.Get(ctx, prefixOf(n)+checkpointFile)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist) && n < l.epoch:
			err = l.goneAfterAll(n)
		case errors.Is(err, fs.ErrNotExist):
			err = fault.New(fault.Unsound, "log.gone", "epoch", originOf(l.base, n))
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// goneAfterAll is the fault of a closed epoch of which nothing is public any more.
// Where leaves of it were lost, two people accepted that, and the docket can't
// give the files back: that is another thing than files that somebody removed.
func (l *publicLog) goneAfterAll(epoch int64) error {
	c, lost, err := l.closedAt(epoch)
	if err != nil {
		return err
	}
	if lost == 0 {
		return fault.New(fault.Unsound, "log.epoch-gone", "epoch", originOf(l.base, epoch))
	}
	return fault.New(fault.Unsound, "log.epoch-lost", "epoch", originOf(l.base, epoch), "size", c.Size, "lost", lost, "next", epoch+1)
}

// emptied names the closed epochs that have a public checkpoint and not the first
// of the files that it is of: as a restore leaves one whose last checkpoint a
// witness gave back.
func (l *publicLog) emptied(ctx context.Context) (faults []error) {
	for epoch := int64(1); epoch < l.epoch; epoch++ {
		c, _, err := l.closedAt(epoch)
		if err == nil && c.Size > 0 {
			files := tlog.Under(l.files, prefixOf(epoch))
			if _, err = files.Get(ctx, checkpointFile); errors.Is(err, fs.ErrNotExist) {
				continue // gone names it
			}
			if err == nil {
				_, err = tlog.Read(files, l.verifier).Record(ctx, c, 0)
			}
		}
		if fault.Code(err) == "tlog.tile-missing" {
			err = l.goneAfterAll(epoch)
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// restoreEpochs writes the files of the epochs that are over anew, and the
// statements that opened them and the present one. Where leaves of one were lost
// the docket can't: then its files are a mirror's to give back, if they are gone.
func (l *publicLog) restoreEpochs(ctx context.Context, commitments func(from int64) iter.Seq2[docket.Hash, error]) error {
	statements, err := l.statements()
	if err != nil {
		return err
	}
	for n, text := range statements { // of epoch 2 and on
		if err := l.files.Put(ctx, prefixOf(int64(n)+2)+statementFile, []byte(text)); err != nil {
			return err
		}
	}
	for n := int64(1); n < l.epoch; n++ {
		signed, err := l.signedBefore(ctx, n)
		if err == nil && len(signed) == 0 {
			continue // nothing was signed in it
		}
		if err != nil {
			return fmt.Errorf("read the checkpoint of epoch %d: %w", n, err)
		}
		// Where the kept one is not the last, a witness or a mirror had that.
		lines := strings.SplitN(string(signed), "\n", 3)
		if len(lines) < 3 || !strings.Contains(statements[n-1], "\nprevious-size "+lines[1]+"\n") {
			continue
		}
		err = tlog.Restore(ctx, tlog.Under(l.files, prefixOf(n)), signed, tlog.Source{Commitments: commitments})
		if code := fault.Code(err); code == "tlog.database-forked" || code == "tlog.commitments-short" {
			continue // leaves of it were lost
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// changedEpochs names the epochs that are over of which not all public files are
// as they were signed.
func (l *publicLog) changedEpochs(ctx context.Context) (faults []error) {
	for epoch := int64(1); epoch < l.epoch; epoch++ {
		if err := l.checkClosed(ctx, epoch); err != nil {
			faults = append(faults, err)
		}
	}
	return faults
}

// checkClosed reads the files of a closed epoch, up to the checkpoint that the
// next statement names.
func (l *publicLog) checkClosed(ctx context.Context, epoch int64) error {
	c, lost, err := l.closedAt(epoch)
	if err != nil || c.Size == 0 {
		return err
	}
	files := tlog.Under(l.files, prefixOf(epoch))
	public, err := files.Get(ctx, checkpointFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // gone names it
	}
	if err != nil {
		return err
	}
	asSigned := bytes.HasPrefix(public, c.Note)
	whole := asSigned
	for range tlog.Read(files, l.verifier).Check(ctx, c) {
		whole = false
		break
	}
	if whole || ctx.Err() != nil {
		return ctx.Err()
	}
	if asSigned && lost > 0 {
		// Nothing of it may be there but what agrees: no file at all beside the
		// checkpoint, which is as the statement says.
		switch gone, err := tlog.Read(files, l.verifier).Gone(ctx, c); {
		case err != nil:
			return err
		case gone:
			return l.goneAfterAll(epoch)
		}
	}
	return fault.New(fault.Unsound, "log.closed-epoch", "epoch", epoch, "origin", originOf(l.base, epoch))
}

// closedAt is the last checkpoint of a closed epoch, with the text that was
// signed, as the statement that closed it says, and how many of its leaves were
// lost.
func (l *publicLog) closedAt(epoch int64) (c tlog.Checkpoint, lost int64, err error) {
	text, err := os.ReadFile(filepath.Join(l.heads, numbered(statementFile, epoch+1)))
	if err != nil {
		return c, 0, fmt.Errorf("read the statement of epoch %d: %w", epoch+1, err)
	}
	said := map[string]string{}
	for line := range strings.Lines(string(text)) {
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		said[word] = value
	}
	c.Size, err = strconv.ParseInt(said["previous-size"], 10, 64)
	root, rootErr := base64.StdEncoding.DecodeString(said["previous-root"])
	lost, lostErr := strconv.ParseInt(said["lost"], 10, 64)
	if err != nil || rootErr != nil || lostErr != nil || copy(c.Root[:], root) != len(c.Root) {
		return c, 0, fault.New(fault.Unsound, "log.statement-damaged", "file", filepath.Join(l.heads, numbered(statementFile, epoch+1)))
	}
	c.Note = fmt.Appendf(nil, "%s\n%d\n%s\n\n", said["previous-origin"], c.Size, said["previous-root"])
	return c, lost, nil
}
