package installation

import (
	"os"
	"path/filepath"
	"syscall"
)

// lockHeads takes the folder of heads for this process while it finishes an
// epoch's opening: several may open the installation at once.
func lockHeads(folder string) (*os.File, error) {
	return flock(filepath.Join(folder, "origin"), syscall.LOCK_EX)
}
