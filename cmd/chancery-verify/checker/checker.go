// Package checker is the page that checks a receipt without a network. Two
// programs hand it out: chancery-verify, which embeds the file and knows no
// package of ours, and chancery, on the claimant's own pages.
package checker

import (
	_ "embed"
	"strings"
)

//go:embed check.html
var page string

// keyField is where the page takes the log's key.
const keyField = `autocomplete="off"></textarea>`

// Page is the page with the log's verifier key in its field.
func Page(key string) []byte {
	return []byte(strings.Replace(page, keyField, strings.TrimSuffix(keyField, "</textarea>")+strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(key)+"</textarea>", 1))
}
