package installation

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/openchancery/chancery/backup"
)

// What an operator loads beside the record. Lists of places are public, and in a
// backup. Extracts of other bodies' registers are not: they are full of people who
// never came here, no key of a claim opens or closes them, and who is erased must
// not come back by one. A backup names each with its hash, so that the same is put
// there again.

// Names of files of the data directory in a backup; those without a folder are of
// the heads.
const (
	placesInBackup     = placeFolder + "/"
	registriesInBackup = RegistriesFolder + "/names"
)

// LoadAgain is a registry whose file was here when a backup was made.
type LoadAgain struct {
	File   string `json:"file"` // within the data directory
	SHA256 string `json:"sha256"`
}

// loadedFiles are the files for a backup of what was loaded here.
func (p Places) loadedFiles() (files []backup.SourceFile, err error) {
	dates, err := p.PlaceLists().Dates()
	if err != nil {
		return nil, err
	}
	for _, date := range dates {
		name := placePrefix + date.String() + placeSuffix
		files = append(files, backup.SourceFile{Name: placesInBackup + name, Open: func() (io.ReadCloser, error) {
			return os.Open(filepath.Join(p.Data, placeFolder, name))
		}})
	}
	names, err := namesIn(filepath.Join(p.Data, RegistriesFolder))
	if err != nil {
		return nil, err
	}
	var list bytes.Buffer
	for _, name := range names {
		if !strings.HasSuffix(name, ".csv") {
			continue
		}
		sum, err := sumOf(filepath.Join(p.Data, RegistriesFolder, name))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&list, "%s %s\n", sum, name)
	}
	if list.Len() > 0 {
		files = append(files, backup.SourceFile{Name: registriesInBackup, Open: func() (io.ReadCloser, error) { return io.NopCloser(&list), nil }})
	}
	return files, nil
}

func sumOf(file string) (sum string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("hash a file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("hash a file: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// putLoaded puts the lists of places of a backup into the data directory, and
// answers the registries whose files must be put there again.
func (r Restoration) putLoaded(ctx context.Context, from *backup.Backup) (again []LoadAgain, err error) {
	err = from.Copy(ctx, func(name string, content io.Reader) error {
		switch list, ours := strings.CutPrefix(name, placesInBackup); {
		case ours && list == path.Base(list) && fs.ValidPath(list):
			folder := filepath.Join(r.Places.Data, placeFolder)
			if err := makePrivate(folder); err != nil {
				return err
			}
			text, err := io.ReadAll(content)
			if err != nil {
				return err
			}
			return writeWhole(filepath.Join(folder, list), text)
		case name == registriesInBackup:
			lines := bufio.NewScanner(content)
			for lines.Scan() {
				if sum, file, ok := strings.Cut(lines.Text(), " "); ok {
					again = append(again, LoadAgain{path.Join(RegistriesFolder, file), sum})
				}
			}
			return lines.Err()
		}
		return nil
	})
	return again, err
}
