package web

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

// sheetPage is the printed sheet: one page of A4.
type sheetPage struct {
	Reference, Number string
	Steps             []step
	Earlier           int // steps that had no room
	Origin, Size      string
	Root, Key         string
	LogURL            string
	Issued, CodeText  string
	Files             []hashLine
	MoreFiles         int // that had no room
	Code              template.HTML
}

// mostOnSheet is how many steps and files one page has room for, mostFilesOnSheet how
// many of them are files; the newest are shown, and the receipt and the list of files
// have all. mostNameOnSheet is how much of a file's name, in characters.
const mostOnSheet, mostFilesOnSheet, mostNameOnSheet = 10, 4, 40

// sheet shows what can be printed and kept.
func (s *site) sheet(w http.ResponseWriter, r *http.Request, in signed) {
	o, ok := s.proved(w, r, in)
	if !ok {
		return
	}
	newest := o.receipt.Steps[len(o.receipt.Steps)-1]
	text := codeText(o.receipt.Reference, newest)
	code, err := screen.DrawCode(text, "code-text")
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	page := sheetPage{
		Reference: string(o.reference), Number: string(o.number), LogURL: s.o.LogURL,
		Issued: in.words.Time(o.receipt.Issued.Time), CodeText: text, Code: code,
	}
	if lines := strings.SplitN(o.receipt.Checkpoint, "\n", 4); len(lines) == 4 {
		page.Origin, page.Size, page.Root = lines[0], lines[1], lines[2]
	}
	if s.o.Key != nil {
		page.Key = s.o.Key()
	}
	list, err := s.source.Files(r.Context(), in.by, office.FileOwner{Claim: in.id})
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	page.Files = hashes(in.words, list)
	page.MoreFiles = max(0, len(page.Files)-mostFilesOnSheet)
	page.Files = page.Files[:len(page.Files)-page.MoreFiles]
	room := mostOnSheet
	if len(page.Files) > 0 {
		room -= 1 + len(page.Files) // and their heading
	}
	for n := range page.Files {
		page.Files[n].Name = clipped(page.Files[n].Name, mostNameOnSheet)
	}
	page.Earlier = max(0, len(o.receipt.Steps)-room)
	for n := page.Earlier; n < len(o.receipt.Steps); n++ {
		made := o.step(in.words, n)
		made.Proof = strconv.FormatInt(o.receipt.Steps[n].Leaf, 10)
		page.Steps = append(page.Steps, made)
	}
	s.show(w, r, http.StatusOK, "sheet.html", screen.Page{Title: in.words.Say("web.sheet.title"), Back: Root + "mine", Body: page})
}

// codeText is what the sheet's code holds (docs/log-format.md, section 7).
func codeText(reference string, newest docket.ReceiptStep) string {
	commitment := docket.EntryCommitment(docket.Salt(newest.Salt), []byte(newest.Entry))
	return strings.ToUpper(fmt.Sprintf("CHANCERY1:%s:%d:%s", strings.ReplaceAll(reference, "-", ""), newest.Leaf, commitment))
}
