package rulebook

import (
	"regexp"
	"strings"
)

// Address is where somebody lived or something stood, as exactly as it is known.
//
// Its canonical text is the address in words on the first line; then, each on a
// line of its own where it is there, "place: CODE", "old-street: …", "gone: yes"
// and "at: LATITUDE LONGITUDE". Words or a place must be there.
type Address struct {
	Words     string `json:"words,omitempty"`      // as it is written there: street, house, flat
	Place     string `json:"place,omitempty"`      // code in the list that the field names
	OldStreet string `json:"old_street,omitempty"` // what the street was called before
	Gone      bool   `json:"gone,omitempty"`       // the place no longer exists
	Latitude  string `json:"latitude,omitempty"`   // in degrees, such as "48.4594"; with Longitude
	Longitude string `json:"longitude,omitempty"`
}

// The keys of an address's parts, in their order.
const (
	placeKey     = "place"
	oldStreetKey = "old-street"
	goneKey      = "gone"
	atKey        = "at"
)

// placeCode is what a code of a place may look like, in any list. Whether there
// is such a place only the list can tell.
var placeCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,39}$`)

// degrees is a latitude or longitude: at most seven decimals, about a
// centimetre.
var degrees = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{1,7})?$`)

// ParseAddress reads what String writes, and what a person types of it: lines
// of words become one, space too much is taken away. ok is false where there is
// neither a word nor a place, and where a part isn't in its form.
func ParseAddress(text string) (a Address, ok bool) {
	words, parts, ok := readLines(text, []string{placeKey, oldStreetKey, goneKey, atKey})
	if !ok {
		return Address{}, false
	}
	a.Words = words
	for _, p := range parts {
		switch p.key {
		case placeKey:
			a.Place, ok = p.text, placeCode.MatchString(p.text)
		case oldStreetKey:
			a.OldStreet = p.text
		case goneKey:
			a.Gone, ok = true, p.text == "yes"
		case atKey:
			a.Latitude, a.Longitude, ok = cutDegrees(p.text)
		}
		if !ok {
			return Address{}, false
		}
	}
	return a, a.Words != "" || a.Place != ""
}

// cutDegrees parts "48.4594 35.0456".
func cutDegrees(s string) (latitude, longitude string, ok bool) {
	latitude, longitude, ok = strings.Cut(s, " ")
	return latitude, longitude, ok && within(latitude, 90) && within(longitude, 180)
}

// within reports whether it is a number of degrees no further from nought.
func within(s string, most int64) bool {
	d, ok := parseDecimal(s)
	return ok && degrees.MatchString(s) && d.cmp(whole(most)) <= 0 && d.cmp(whole(-most)) >= 0
}

// String is the canonical text.
func (a Address) String() string {
	var l lines
	l.add("", a.Words)
	l.add(placeKey, a.Place)
	l.add(oldStreetKey, a.OldStreet)
	if a.Gone {
		l.add(goneKey, "yes")
	}
	if a.Latitude != "" {
		l.add(atKey, a.Latitude+" "+a.Longitude)
	}
	return l.b.String()
}

// Address is the address that answers a field of that type; of any other it is
// empty.
func (v Value) Address() Address {
	if v.kind != Whereabouts || v.unsaid != said {
		return Address{}
	}
	a, _ := ParseAddress(v.text)
	return a
}
