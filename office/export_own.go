package office

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// ExportNotes are the words that go with an export.
type ExportNotes struct {
	ReadMe   string // what is in it, what isn't, and why
	Language string // of the rulebook's questions
}

// ownAnswer is one answer as an export has it.
type ownAnswer struct {
	Field    string `json:"field"`
	Question string `json:"question"`
	Answer   string `json:"answer,omitempty"`
	AtDesk   bool   `json:"told_in_confidence,omitempty"` // it opens at the officers' desk alone, and isn't here
}

// ownFile is one file as an export has it.
type ownFile struct {
	Name   string      `json:"name"`
	State  string      `json:"state"`
	Size   int64       `json:"size"`
	SHA256 docket.Hash `json:"sha256"`
	As     string      `json:"in_this_export_as,omitempty"` // "" where it isn't in it
	AtDesk bool        `json:"told_in_confidence,omitempty"`
}

// ExportOwn writes all that is held on a claim to its claimant, as a ZIP that is
// made while it is read: the claim, its history, the answers, letters, files, how
// they wish to be reached, and who looked at it. What is sensitive opens at the
// officers' desk alone: it is named and left out. Nothing was written where the
// error is a fault of the claim's (erased, none).
func (o *Office) ExportOwn(ctx context.Context, by By, programme string, id claim.ID, to io.Writer, notes ExportNotes) error {
	own, err := o.ReadOwn(ctx, by, programme, id)
	if err != nil {
		return err
	}
	z := exporting{zip: zip.NewWriter(to), at: o.Now().UTC()}
	z.put("readme.txt", func(w io.Writer) error {
		_, err := io.WriteString(w, notes.ReadMe)
		return err
	})
	z.json("claim.json", exportedClaim(own))
	z.json("answers.json", exportedAnswers(own, notes.Language))
	for name, gather := range map[string]func() (any, error){
		"history.json":  func() (any, error) { return o.History(ctx, id.Stream()) },
		"contact.json":  func() (any, error) { return o.Contact(ctx, by, programme, id) },
		"letters.json":  func() (any, error) { return o.Letters(ctx, id) },
		"readings.json": func() (any, error) { return o.Readings(ctx, id) },
	} {
		z.gathered(name, gather)
	}
	o.exportFiles(ctx, by, id, &z)
	if z.err == nil {
		z.err = z.zip.Close()
	}
	if z.err != nil {
		return fmt.Errorf("export what is held: %w", z.err)
	}
	return nil
}

func exportedClaim(own Own) map[string]any {
	c := own.Claim
	return map[string]any{
		"reference": c.Reference, "number": c.Number, "programme": c.Programme, "category": c.Category, "claimant": c.Claimant,
		"standing": c.Standing, "received": c.Received, "filed": c.Filed, "edition": c.Edition, "missing": c.Missing, "ground": c.Ground, "holds": c.Holds,
	}
}

func exportedAnswers(own Own, language string) []ownAnswer {
	list := []ownAnswer{}
	category, ok := own.Edition.Category(own.Claim.Category)
	if !ok {
		return list
	}
	desk := map[string]bool{}
	for _, field := range own.DeskOnly {
		desk[field] = true
	}
	for _, field := range category.Asks {
		f, ok := own.Edition.Field(field)
		if text := own.Answers[field]; ok && (text != "" || desk[field]) {
			list = append(list, ownAnswer{Field: field, Question: f.Label.In(language), Answer: text, AtDesk: desk[field]})
		}
	}
	return list
}

// exportFiles adds the files, each read as it is written.
func (o *Office) exportFiles(ctx context.Context, by By, id claim.ID, z *exporting) {
	if z.err != nil {
		return
	}
	files, err := o.Files(ctx, by, FileOwner{Claim: id})
	if err != nil {
		z.err = err
		return
	}
	list := make([]ownFile, len(files))
	for n, f := range files {
		list[n] = ownFile{Name: f.Name, State: string(f.State), Size: f.Size, SHA256: f.SHA256, AtDesk: f.Class == string(rulebook.Sensitive)}
		if list[n].AtDesk || z.err != nil {
			continue
		}
		_, content, err := o.OpenFile(ctx, by, f.ID, PurposeClaimant)
		if fault.Is(err, fault.Conflict) { // not checked yet, or refused: the list says so
			continue
		}
		if err != nil {
			z.err = err
			return
		}
		list[n].As = fmt.Sprintf("files/%02d.%s", n+1, f.Kind)
		if f.Kind == "" {
			list[n].As = fmt.Sprintf("files/%02d", n+1)
		}
		z.put(list[n].As, func(w io.Writer) error {
			_, err := io.Copy(w, content)
			return err
		})
		z.err = errors.Join(z.err, content.Close())
	}
	z.json("files.json", list)
}

// exporting is an export while it is written; after its first error it writes no
// more.
type exporting struct {
	zip *zip.Writer
	at  time.Time
	err error
}

func (z *exporting) put(name string, write func(io.Writer) error) {
	if z.err != nil {
		return
	}
	w, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.at})
	if err == nil {
		err = write(w)
	}
	z.err = err
}

func (z *exporting) json(name string, v any) {
	z.put(name, func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(v)
	})
}

func (z *exporting) gathered(name string, gather func() (any, error)) {
	if z.err != nil {
		return
	}
	v, err := gather()
	if err != nil {
		z.err = err
		return
	}
	z.json(name, v)
}
