package web

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/screen"
)

// firstEntry is the entry by which a claim was filed.
func firstEntry(c sentOne) docket.Ref { return docket.Ref{Stream: c.ID.Stream(), Version: 1} }

// sentSheetPage is what is printed of the confirmation.
type sentSheetPage struct {
	sentPage
	Drawn template.HTML // the references and nothing else: the code is no business of who scans it
	Text  string
}

// sentSheet is the page that is printed and kept.
func (i *Interview) sentSheet(w http.ResponseWriter, r *http.Request) {
	page, words, ok := i.sentPage(w, r)
	if !ok {
		return
	}
	references := make([]string, len(page.Claims))
	for n, c := range page.Claims {
		references[n] = c.Reference
	}
	text := strings.Join(references, " ")
	drawn, err := screen.DrawCode(text, "code-text")
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	i.Show(w, r, http.StatusOK, "sent_sheet.html", screen.Page{Title: words.Count("interview.sent.title", len(page.Claims)), Back: InterviewRoot + "sent", Body: sentSheetPage{page, drawn, text}})
}

// acknowledgement gives out the signed note of one claim, as a file.
func (i *Interview) acknowledgement(w http.ResponseWriter, r *http.Request) {
	kept, err := i.sentOf(r)
	n, bad := strconv.Atoi(r.PostFormValue("n"))
	if err != nil || bad != nil || n < 0 || n >= len(kept.Claims) {
		i.Missing(w, r)
		return
	}
	ack, err := i.office.Acknowledge(r.Context(), firstEntry(kept.Claims[n]))
	if err != nil {
		i.Failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="acknowledgement-`+strconv.Itoa(n+1)+`.txt"`)
	_, _ = w.Write([]byte(ack.Note)) // a reader who has gone is no fault
}
