package api

import (
	"encoding/base64"
	"encoding/json"

	"github.com/openchancery/chancery/fault"
)

// Cursors are opaque: what stands in one is nobody's business but ours, and
// says nothing about anybody. One that isn't of ours is refused.

// cursorOf is where a page ended, as a text for an address.
func cursorOf(place any) string {
	raw, _ := json.Marshal(place) // places are texts and numbers
	return base64.RawURLEncoding.EncodeToString(raw)
}

// readCursor reads a cursor into the place that it was made of; an empty one
// leaves it as it is.
func readCursor(text string, place any) error {
	if text == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, place)
	}
	if err != nil {
		return fault.New(fault.Invalid, "api.cursor")
	}
	return nil
}

// ByPage is how a list is asked for.
type ByPage struct {
	Cursor string `query:"cursor" maxLength:"500" doc:"Where the page before ended: its next."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"The most that a page holds."`
}
