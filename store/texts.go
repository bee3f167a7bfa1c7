package store

import (
	"encoding/json"
	"slices"
)

// TextsJSON is texts by name as encoding/json writes them, byte by byte: what is kept of
// it, or hashed, stays the same. Of a filing's answers there are as many as claims, and
// most need no escape. A map of strings can't fail.
func TextsJSON(texts map[string]string) string {
	names, size := make([]string, 0, len(texts)), 2
	for name, text := range texts {
		if !AsItStands(name) || !AsItStands(text) {
			names = nil
			break
		}
		names, size = append(names, name), size+len(name)+len(text)+6
	}
	if len(names) == 0 || len(names) < len(texts) {
		raw, _ := json.Marshal(texts)
		return string(raw)
	}
	slices.Sort(names)
	raw := make([]byte, 0, size)
	for i, name := range names {
		raw = append(raw, "{,"[min(i, 1)], '"')
		raw = append(raw, name...)
		raw = append(raw, `":"`...)
		raw = append(raw, texts[name]...)
		raw = append(raw, '"')
	}
	return string(append(raw, '}'))
}

// AsItStands reports whether encoding/json puts a text between quotes and leaves it as it
// is.
func AsItStands(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
