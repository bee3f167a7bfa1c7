package vault_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openchancery/chancery/vault"
)

// Several processes have the vault open at once: each copy is whole, and of what
// they erase no line of the list is lost.
func TestProcessesChangeTheFolderOneAfterAnother(t *testing.T) {
	v, folder := opened(t)
	sealed(t, v, manyItems(0, 50)...)
	const each = 8
	var all sync.WaitGroup
	for n, process := range []*vault.Vault{v, reopened(t, folder), reopened(t, folder)} {
		all.Go(func() {
			for i := range each {
				if _, err := process.BackupStore(ctx); err != nil {
					t.Errorf("copy: %v", err)
				}
				if err := process.Destroy(ctx, fmt.Sprintf("gone-%d-%d", n, i)); err != nil {
					t.Errorf("erasure: %v", err)
				}
			}
		})
	}
	all.Wait()
	list, err := v.Shredded(ctx)
	if err != nil || len(list) != 3*each {
		t.Errorf("%d of %d erasures are listed: %v", len(list), 3*each, err)
	}
	made := backedUp(t, v)
	if err := v.CheckCopy(made.Path); err != nil {
		t.Errorf("the copy: %v", err)
	}
}

// Who waits for another's change can be called off.
func TestWhoWaitsForAChangeCanBeCalledOff(t *testing.T) {
	v, folder := opened(t)
	done, err := reopened(t, folder).Change(ctx)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if _, err := v.BackupStore(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
	done()
	backedUp(t, v)
}
