package office

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// A filing is known by keyed hashes of its key and of its content: that is how a
// repeated one is told from a new one.

// filingKept is what stays of a filing under its key.
type filingKept struct {
	ID        claim.ID        `json:"id"`
	Reference claim.Reference `json:"reference"`
}

// knownFiling is a filing that was answered before.
type knownFiling struct {
	fingerprint []byte
	kept        filingKept
	erased      bool
}

func (k knownFiling) answer(fingerprint []byte) FilingAnswer {
	if k.erased {
		return FilingAnswer{Erased: true}
	}
	same := bytes.Equal(k.fingerprint, fingerprint)
	return FilingAnswer{
		ID: k.kept.ID, Reference: k.kept.Reference, Ref: docket.Ref{Stream: k.kept.ID.Stream(), Version: 1},
		Repeated: same, Changed: !same,
	}
}

func (o *Office) knownFilings(tx store.Reader, programme string, filings []Filing) (map[string]knownFiling, error) {
	var tags [][]byte
	for _, f := range filings {
		if f.Key != "" {
			tags = append(tags, o.filingTag(programme, f.Key))
		}
	}
	return knownTags(tx, tags)
}

// knownTags are the filings that were answered before, by their tags.
func knownTags(tx store.Reader, tags [][]byte) (map[string]knownFiling, error) {
	found, err := tx.Answers(tags)
	if err != nil {
		return nil, err
	}
	known := make(map[string]knownFiling, len(found))
	for tag, a := range found {
		k := knownFiling{fingerprint: a.Fingerprint, erased: a.Forgotten()}
		if k.erased {
			known[tag] = k
			continue
		}
		if err := json.Unmarshal(a.Answer, &k.kept); err != nil {
			return nil, fmt.Errorf("read the first answer to a filing: %w", err)
		}
		known[tag] = k
	}
	return known, nil
}

func (o *Office) filingTag(programme, key string) []byte {
	return o.Vault.Lookup("filing", programme+"\x00"+key)
}

// filingTags are the keyed hashes of a filing's key and content. Sensitive
// answers are no part of the content: who holds the key of the hashes could try
// likely answers against them.
func (o *Office) filingTags(e *rulebook.Edition, f Filing) (tag, fingerprint []byte, err error) {
	content := f.Digest
	if content == nil {
		if content, err = filingContent(e, f); err != nil {
			return nil, nil, fmt.Errorf("read the filing: %w", err)
		}
	}
	if f.Key == "" {
		return nil, nil, nil
	}
	return o.filingTag(e.ID, f.Key), o.Vault.Lookup("filing-content", string(content)), nil
}

// filingContent is what a filing says, as JSON: the same bytes for ever.
func filingContent(e *rulebook.Edition, f Filing) ([]byte, error) {
	answers := f.Answers
	for field := range f.Answers {
		if isSensitive(e, field) {
			answers = maps.Clone(f.Answers)
			maps.DeleteFunc(answers, func(field, _ string) bool { return isSensitive(e, field) })
			break
		}
	}
	said := struct {
		Category, Claimant string
		Received           day.Date
		Answers            map[string]string
		Files              []string `json:",omitempty"`
	}{f.Category, f.Claimant, f.Received, answers, sumsOf(f.Files)}
	if len(f.Files) > 0 || !store.AsItStands(f.Category) || !store.AsItStands(f.Claimant) {
		return json.Marshal(said)
	}
	return fmt.Appendf(nil, `{"Category":"%s","Claimant":"%s","Received":"%s","Answers":%s}`,
		f.Category, f.Claimant, f.Received, store.TextsJSON(answers)), nil
}
