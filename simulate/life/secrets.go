package life

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openchancery/chancery/installation"
)

// canary stands in every answer in words that isn't public. Wherever it is
// seen, something secret is.
const canary = "zqKanarek7x"

// needles are the forms in which a canary may be seen: plain, in hexadecimal
// digits and in Base64 at each of three places.
var needles = func() [][]byte {
	list := [][]byte{[]byte(canary), []byte(hex.EncodeToString([]byte(canary)))}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), canary...))
		from, to := (shift*8+5)/6, (shift+len(canary))*8/6
		list = append(list, []byte(text[from:to]))
	}
	return list
}()

func secretIn(text string) bool { return secretWithin([]byte(text)) }

func secretWithin(text []byte) bool {
	for _, n := range needles {
		if bytes.Contains(text, n) {
			return true
		}
	}
	return false
}

// searchFiles looks for canaries in every file of the installation: what is
// sealed doesn't show them, and in clear there are none.
func (w *world) searchFiles() {
	places := installation.Beside(w.dir)
	for _, folder := range []string{places.Data, places.Keys, places.Heads, places.Log} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if err == nil && secretWithin(content) {
				w.broken("nothing secret in clear", filepath.Base(path))
			}
			return err
		})
		if err != nil {
			w.broken("what fails has a reason", fmt.Errorf("read the installation's files: %w", err))
		}
		w.tally.Checks++
	}
}
