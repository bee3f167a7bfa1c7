package installation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// makingFile stands in a data directory from before keys and heads are made until the
// installation is whole: what lies in the folders that it names was made by an init,
// and is nobody's if that was cut off.
const makingFile = "making.json"

// making is what it says.
type making struct {
	Folders  []string `json:"folders"`
	Database bool     `json:"database"`
}

// vacant refuses folders in which something lies: what exists is never written over.
func (p Places) vacant() error {
	if err := cutOff(p.Data); err != nil {
		return err
	}
	for _, folder := range append([]string{p.Data}, p.folders()...) {
		if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
			return fault.New(fault.Conflict, "installation.exists", "folder", folder)
		}
	}
	if _, err := os.Lstat(p.Keys); err == nil { // not even an empty one: keys are made once
		return fault.New(fault.Conflict, "installation.exists", "folder", p.Keys)
	}
	return nil
}

// begin makes the folders of data and heads, and notes that an installation is being
// made. All its folders are named, those that aren't there yet too.
func (p Places) begin() error {
	for _, folder := range []string{p.Data, p.Heads} {
		if err := makePrivate(folder); err != nil {
			return err
		}
	}
	m := making{Database: p.shared()}
	for _, folder := range append([]string{p.Data}, p.folders()...) {
		at, err := filepath.Abs(folder)
		if err != nil {
			return err
		}
		m.Folders = append(m.Folders, at)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(p.Data, makingFile), append(text, '\n'))
}

// cutOff refuses a data directory in which an init was cut off, and names what that
// left: a person removes it.
func cutOff(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, makingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", dir, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, placesFile)); err == nil {
		return nil // it came to its end but for the note
	}
	var m making
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("look into %s: %w", dir, err)
	}
	var left []string
	for _, folder := range m.Folders {
		if _, err := os.Lstat(folder); err == nil {
			left = append(left, folder)
		}
	}
	database := ""
	if m.Database {
		database = "yes"
	}
	return fault.New(fault.Conflict, "installation.cut-off", "dir", dir, "folders", strings.Join(left, " "), "database", database)
}
