package installation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/tlog"
)

// gone names the epochs, the present one and those before, of which something
// was signed and no checkpoint is public any more.
func (l *publicLog) gone(ctx context.Context) (faults []error) {
	for n := int64(1); n <= l.epoch; n++ {
		file := filepath.Join(l.heads, numbered(checkpointFile, n))
		kept, err := os.Stat(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && kept.Size() == 0 {
			continue // nothing was signed in it
		}
		if err == nil {
			_, err = l.files.Get(ctx, prefixOf(n)+checkpointFile)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist) && n < l.epoch:
			err = fault.New(fault.Unsound, "log.epoch-gone", "epoch", originOf(l.base, n))
		case errors.Is(err, fs.ErrNotExist):
			err = fault.New(fault.Unsound, "log.gone", "epoch", originOf(l.base, n))
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
		signed, err := os.ReadFile(filepath.Join(l.heads, numbered(checkpointFile, n)))
		if errors.Is(err, fs.ErrNotExist) || err == nil && len(signed) == 0 {
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
