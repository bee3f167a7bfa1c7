package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"

	"github.com/openchancery/chancery/claim"
)

// keptSent is what the page that confirms needs, by short names: it travels with
// every request for an hour.
type keptSent struct {
	Programme string     `json:"p"`
	Code      claim.Code `json:"c,omitempty"`
	Claims    []sentOne  `json:"s"`
	Language  string     `json:"l,omitempty"`
	Ends      string     `json:"e,omitempty"` // the draft's session, which ends when they are here
}

type sentOne struct {
	ID        claim.ID        `json:"i"`
	Reference claim.Reference `json:"r"`
	Category  string          `json:"k"`
	Called    string          `json:"n,omitempty"`
}

const (
	mostCookie = 3800     // of what is kept: browsers drop a cookie of more than 4,096 with its name
	mostSent   = 64 << 10 // of what is read out of it: it comes from outside
)

// text is what the cookie holds. What would be dropped for its length goes without
// what the claims are called: their references and categories say enough.
func (k keptSent) text() (string, error) {
	text, err := k.packed()
	if err != nil || len(text) <= mostCookie {
		return text, err
	}
	bare := make([]sentOne, len(k.Claims))
	for n, c := range k.Claims {
		bare[n] = c
		bare[n].Called = ""
	}
	k.Claims = bare
	return k.packed()
}

func (k keptSent) packed() (string, error) {
	raw, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	pack, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := pack.Write(raw); err != nil {
		return "", err
	}
	if err := pack.Close(); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(out.Bytes()), nil
}

func readSent(text string) (kept keptSent, err error) {
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return kept, errNothingSent
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), mostSent))
	if err == nil {
		err = json.Unmarshal(raw, &kept)
	}
	if err != nil || len(kept.Claims) == 0 {
		return kept, errNothingSent
	}
	return kept, nil
}

func (i *Interview) giveSent(w http.ResponseWriter, r *http.Request, kept keptSent) error {
	text, err := kept.text()
	if err == nil {
		i.SetCookie(w, r, sentCookie, text, 60*60)
	}
	return err
}

func (i *Interview) sentOf(r *http.Request) (keptSent, error) {
	return readSent(i.Cookie(r, sentCookie))
}
