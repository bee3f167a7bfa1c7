package installation

import (
	"cmp"
	"os"

	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screening"
	"github.com/openchancery/chancery/shelf"
)

// ScannerVariable names the environment variable that says where a scanner for
// malware listens: unix:/run/clamav/clamd.ctl, or tcp:HOST:PORT. Without it, what is
// sent is kept and marked as unchecked.
const ScannerVariable = "CHANCERY_SCANNER"

// evidence adds to an office's parts what it needs to take files in.
func (p Places) evidence(parts *office.Parts) (err error) {
	if parts.Shelf, err = p.shelf(); err != nil {
		return err
	}
	parts.Screen, err = screens()
	return err
}

// shelf is where evidence rests that is too large for the database.
func (p Places) shelf() (office.Shelf, error) {
	if !isBucket(p.Evidence) {
		return shelf.Folder(cmp.Or(p.Evidence, Beside(p.Data).Evidence)), nil
	}
	at, err := readBucket(p.Evidence)
	if err != nil {
		return nil, err
	}
	return shelf.Bucket(shelf.BucketConfig(at))
}

// screens is what looks into files.
func screens() (office.Screening, error) {
	address := os.Getenv(ScannerVariable)
	if address == "" {
		return &screening.Screening{}, nil
	}
	scanner, err := screening.ParseClamd(address)
	if err != nil {
		return nil, err
	}
	return &screening.Screening{Scanner: scanner}, nil
}
