package checker_test

import (
	"bytes"
	"testing"

	"github.com/openchancery/chancery/cmd/chancery-verify/checker"
)

// The key stands in the field once, and nothing in it can end the field.
func TestTheKeyStandsInItsField(t *testing.T) {
	key := "harbour.example/log+01234567+AQ</textarea><script>"
	page := checker.Page(key)
	if n := bytes.Count(page, []byte(`autocomplete="off">harbour.example/log+01234567+AQ&lt;/textarea>`)); n != 1 {
		t.Errorf("it stands there %d times", n)
	}
	if bytes.Contains(page, []byte("AQ</textarea>")) {
		t.Error("the key ends its field")
	}
}
