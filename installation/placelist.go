package installation

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/place"
)

// The list of places that forms offer is a kept file, not an act: it is public,
// no claim hangs on it (an answer keeps the code and the claimant's own words),
// and it may be loaded anew from where it came. Each snapshot has its date in
// its name and is never written over.

// placeFolder holds the snapshots within the data directory.
const (
	placeFolder = "places"
	placePrefix = "katottg-"
	placeSuffix = ".csv"
)

// PlaceLists are the snapshots of an installation.
type PlaceLists struct {
	folder string

	mu     sync.Mutex
	newest string // name of the file that list was read from
	list   *place.List
}

// PlaceLists are those that are loaded here.
func (p Places) PlaceLists() *PlaceLists {
	return &PlaceLists{folder: filepath.Join(p.Data, placeFolder)}
}

// Load keeps a snapshot, once it was read through. The same file given again
// changes nothing; another one of the same date is refused (place.other-then).
// The other faults are those of place.Read.
func (l *PlaceLists) Load(src []byte, date day.Date) (*place.List, error) {
	list, err := place.Read(src, date)
	if err != nil {
		return nil, err
	}
	at := filepath.Join(l.folder, placePrefix+date.String()+placeSuffix)
	switch there, err := os.ReadFile(at); {
	case err == nil && bytes.Equal(there, src):
		return list, nil
	case err == nil:
		return nil, fault.New(fault.Conflict, "place.other-then", "date", date)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("keep the list of places: %w", err)
	}
	if err := makePrivate(l.folder); err != nil {
		return nil, err
	}
	return list, writeWhole(at, src)
}

// Dates are those of the snapshots, the oldest first.
func (l *PlaceLists) Dates() ([]day.Date, error) {
	entries, err := os.ReadDir(l.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for lists of places: %w", err)
	}
	var dates []day.Date
	for _, e := range entries {
		text, ours := strings.CutPrefix(e.Name(), placePrefix)
		text, whole := strings.CutSuffix(text, placeSuffix)
		if d, err := day.Parse(text); err == nil && ours && whole {
			dates = append(dates, d)
		}
	}
	slices.SortFunc(dates, day.Date.Compare)
	return dates, nil
}

// Current is the newest snapshot; nil where none is loaded: then forms take
// addresses in words only. It is read once, and again when a newer one is there.
func (l *PlaceLists) Current() (*place.List, error) {
	dates, err := l.Dates()
	if err != nil || len(dates) == 0 {
		return nil, err
	}
	date := dates[len(dates)-1]
	name := placePrefix + date.String() + placeSuffix
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.newest == name {
		return l.list, nil
	}
	src, err := os.ReadFile(filepath.Join(l.folder, name))
	if err != nil {
		return nil, fmt.Errorf("read the list of places: %w", err)
	}
	list, err := place.Read(src, date)
	if err != nil {
		return nil, fmt.Errorf("read the list of places %s: %w", name, err)
	}
	l.newest, l.list = name, list
	return list, nil
}
