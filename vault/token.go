package vault

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"

	"github.com/openchancery/chancery/fault"
)

var tokenID = regexp.MustCompile(`^[0-9a-f]{16}$`)

// WriteToken puts a token's secret into the folder of keys, as one line that its
// owner alone may read, and says where. It never writes over one.
func WriteToken(folder, id, secret string) (path string, err error) {
	if !tokenID.MatchString(id) {
		return "", fault.New(fault.Invalid, "credential.malformed")
	}
	path = filepath.Join(folder, credentialFolder, id+".token")
	err = writePrivate(path, []byte(secret+"\n"))
	if errors.Is(err, fs.ErrExist) {
		return "", fault.New(fault.Conflict, "credential.exists", "actor", id, "file", path)
	}
	if err != nil {
		return "", err
	}
	return path, syncFolder(filepath.Dir(path))
}
