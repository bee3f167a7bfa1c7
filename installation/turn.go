package installation

import (
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/internal/filelock"
)

// lockHeads takes the folder of heads for this process while it finishes an
// epoch's opening: several may open the installation at once.
func lockHeads(folder string) (*os.File, error) {
	return taken(filepath.Join(folder, "origin"), filelock.Alone)
}
