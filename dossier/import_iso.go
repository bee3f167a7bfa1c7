package dossier

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// isoFile is one of the two files of the collection iso-codes: the codes that
// stand today, and those that ISO took back with the day on which it did.
type isoFile struct {
	Standing  []isoCode `json:"3166-1"`
	Withdrawn []isoCode `json:"3166-3"`
}

type isoCode struct {
	Alpha2    string `json:"alpha_2"`
	Alpha3    string `json:"alpha_3"`
	Alpha4    string `json:"alpha_4"`
	Numeric   string `json:"numeric"`
	Name      string `json:"name"`
	Official  string `json:"official_name"`
	Common    string `json:"common_name"`
	Withdrawn string `json:"withdrawal_date"`
	Flag      string `json:"flag"`
	Comment   string `json:"comment"`
}

const isoNote = "ISO 3166 gives codes to territories too, and doesn't say which are states"

// former are the things that a withdrawn code stood for: a state that is still
// there under another code, or one of the past.
var former = map[string]roll.ID{
	"AIDJ": "djibouti", "BUMM": "myanmar", "BYAA": "belarus", "CSHH": "czechoslovakia", "CSXX": "serbia-and-montenegro",
	"DDDE": "east-germany", "DYBJ": "benin", "HVBF": "burkina-faso", "NHVU": "vanuatu", "RHZW": "zimbabwe", "SUHH": "ussr",
	"TPTL": "timor-leste", "YDYE": "democratic-yemen", "YUCS": "yugoslavia", "ZRCD": "congo-kinshasa",
}

// readISO reads iso_3166-1.json or iso_3166-3.json. Codes that were withdrawn
// stand with the last day or year on which they did.
func (r *rollReader) readISO(file string, text []byte) {
	var in isoFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		at := d.InputOffset()
		if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = wrong.Offset
		}
		r.wrong(place{file, 1 + bytes.Count(text[:min(int(at), len(text))], []byte("\n"))}, "dossier.json-unknown", "detail", err.Error())
		return
	}
	for _, c := range in.Standing {
		id, ok := StateOf(c.Alpha2)
		if !ok {
			id = slug(c.Name)
		}
		r.isoFact(file, id, c, "ISO 3166-1, as in iso-codes", day.When{})
	}
	for _, c := range in.Withdrawn {
		to, err := day.ParseWhen(c.Withdrawn)
		if err != nil || to.IsZero() {
			r.wrong(place{file, lineOf(text, c.Alpha4)}, "dossier.not-a-date", "field", "withdrawal_date", "text", c.Withdrawn)
			continue
		}
		id, ok := former[c.Alpha4]
		if !ok {
			id = slug(c.Name)
		}
		r.isoFact(file, id, c, "ISO 3166-3, as in iso-codes", to)
	}
}

// isoFact keeps one entry. The name of a withdrawn entry went with its code.
func (r *rollReader) isoFact(file string, id roll.ID, c isoCode, source string, to day.When) {
	t := &roll.Thing{ID: id, Sort: roll.State}
	for _, name := range []string{c.Common, c.Name, c.Official} {
		if name != "" {
			t.Names = append(t.Names, roll.Name{Text: name, To: to})
		}
	}
	for _, code := range []roll.Identifier{
		{Scheme: roll.Alpha2, Value: c.Alpha2},
		{Scheme: alpha3, Value: c.Alpha3},
		{Scheme: numeric, Value: c.Numeric},
		{Scheme: alpha4, Value: c.Alpha4},
	} {
		if code.Value == "" {
			continue
		}
		if code.Scheme != alpha4 { // it names the withdrawal itself, and stands for good
			code.To = to
		}
		t.Codes = append(t.Codes, code)
	}
	note := isoNote
	if c.Comment != "" {
		note += "; " + c.Comment
	}
	r.take(roll.Fact{Source: roll.Source{Name: source}, Note: note, Thing: t}, place{file, 1})
}

// lineOf is the line on which a code stands.
func lineOf(text []byte, code string) int {
	return 1 + bytes.Count(text[:max(bytes.Index(text, []byte(`"`+code+`"`)), 0)], []byte("\n"))
}
