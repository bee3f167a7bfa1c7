package console

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/paper"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/screening"
	"github.com/openchancery/chancery/upload"
)

// workPage is one form before a clerk.
type workPage struct {
	Said, ID, Number, Stage, Received, Keyer, Checker string
	Older                                             bool
	Tasks                                             []screen.Task
	Scans                                             []scan
	Files                                             upload.View
	Sensitive                                         bool
	Post                                              screen.Field // where letters go

	CanKey, CanCheck, CanOver, CanBack, CanDiscard, CanFile bool
	Differ                                                  int // in how many answers the two differ
	Undecided                                               int
	Same                                                    bool // who looks keyed it first: somebody else must check it
}

// scan is a picture or file of the paper.
type scan struct {
	Name, Path, State string
	Picture           bool
	Desk              bool // only the desk's own machine opens it
}

// parts of a form: its sections, as on the paper.
type paperPart struct {
	Title  string
	Fields []string
}

// partsOf are the parts in which a form is keyed.
func partsOf(words screen.Words, w office.PaperWork) []paperPart {
	if len(w.Edition.Sections) == 0 {
		return []paperPart{{words.Say("paper.part.questions"), w.Category.Asks}}
	}
	var parts []paperPart
	for _, s := range w.Edition.Sections {
		part := paperPart{Title: s.Title.In(words.Lang)}
		for _, id := range w.Category.Asks {
			if f, ok := w.Edition.Field(id); ok && f.Section == s.ID {
				part.Fields = append(part.Fields, id)
			}
		}
		if len(part.Fields) > 0 {
			parts = append(parts, part)
		}
	}
	return parts
}

// paperRoot is where a form's pages stand.
func paperRoot(w office.PaperWork) string { return Root + "paper/" + w.Key.ID }

// workOn shows a form.
func (d *desk) workOn(w http.ResponseWriter, r *http.Request) {
	if work, ok := d.paperWork(w, r); ok {
		d.showWork(w, r, http.StatusOK, work, "")
	}
}

func (d *desk) showWork(w http.ResponseWriter, r *http.Request, status int, work office.PaperWork, wrong string) {
	words, me, p := d.Words(r), visiting(r).by.Actor.ID(), work.Paper
	page := workPage{
		Said: d.said(r), ID: work.Key.ID, Number: string(p.Number), Stage: words.Say("paper.stage." + p.Stage), Received: words.Date(p.Received), Keyer: p.Keyer, Checker: p.Checker,
		Older: p.Edition != "" && p.Edition != work.Edition.Hash.String()[:len(p.Edition)], Sensitive: work.Sensitive(),
	}
	first := slices.Contains(p.Hands, me)
	page.Post = screen.Field{Kind: screen.Lines, Name: "post", Label: words.Say("paper.post.title"), Hint: words.Say("paper.post.hint"), Value: p.Post, Rows: 4, Max: 400}
	page.CanKey = p.Stage == office.PaperKeying || p.Stage == office.PaperChecking && p.Checker == me
	page.CanCheck = p.Stage != office.PaperKeying && !first && p.Checker != me
	page.CanBack = p.Stage == office.PaperWaiting || p.Checker == me
	page.CanDiscard, page.Same = p.Stage == office.PaperKeying, p.Stage == office.PaperWaiting && first
	page.Differ, page.Undecided = len(p.Differences(work.Edition, work.Category)), len(p.Undecided(work.Edition, work.Category))
	readings := p.First
	if p.Stage == office.PaperChecking {
		readings = p.Second
	}
	open, err := work.Open(readings)
	if err != nil {
		d.refused(w, r, err, Root+"paper")
		return
	}
	page.CanOver, page.CanFile = p.Stage == office.PaperKeying && len(open) == 0, p.Checker == me && len(open) == 0 && page.Undecided == 0
	page.Tasks = d.paperTasks(words, work, readings, open, page.CanKey)
	if page.Scans, page.Files, err = d.scans(r, words, work); err != nil {
		d.refused(w, r, err, Root+"paper")
		return
	}
	shown := screen.Page{Title: words.Say("paper.desk.one", "title", work.Category.Title.In(words.Lang)), Back: Root + "paper", Body: page}
	if wrong != "" {
		shown.Problems = []screen.Problem{{Field: "files-chosen", Text: wrong}}
	}
	d.show(w, r, status, "paper-work.html", shown)
}

// paperTasks are the parts, with how far each is.
func (d *desk) paperTasks(words screen.Words, work office.PaperWork, readings paper.Readings, open []string, may bool) (tasks []screen.Task) {
	for n, part := range partsOf(words, work) {
		task := screen.Task{Title: part.Title, Done: true}
		left := 0
		for _, id := range part.Fields {
			if slices.Contains(open, id) {
				left++
			}
		}
		task.Status = words.Say("interview.status.done")
		if left > 0 {
			task.Done, task.Status = false, words.Say("paper.desk.left", "n", strconv.Itoa(left))
		}
		if may {
			task.Path = paperRoot(work) + "/part/" + strconv.Itoa(n+1)
		}
		tasks = append(tasks, task)
	}
	return tasks
}

// scans are the files of a form, to be looked at and to be brought.
func (d *desk) scans(r *http.Request, words screen.Words, work office.PaperWork) (list []scan, view upload.View, err error) {
	files, err := d.office.Files(r.Context(), visiting(r).by, work.Files)
	if err != nil {
		return nil, view, err
	}
	at := paperRoot(work) + "/scan"
	for _, f := range files {
		if f.ReplacedBy != "" {
			continue
		}
		row := upload.Tell(words, f)
		one := scan{Name: row.Name, State: row.State, Desk: f.Class == string(rulebook.Sensitive)}
		if f.State.Opens() && !one.Desk {
			one.Path = at + "/" + f.ID
			_, one.Picture = pictures[f.Kind]
		}
		list = append(list, one)
	}
	none := func(string) string { return "" }
	view = upload.View{
		Accept: upload.Accept(screening.Endings(false)), Form: at, Most: words.Say("evidence.page.most"), Said: "",
		Rows: upload.Rows(words, files, none, func(id string) string { return at + "/" + id + "/remove" }),
	}
	return list, view, nil
}

// takeScans takes in the scans of a form. Where something sensitive is asked they
// are sealed to the desk: the server can't show them any more.
func (d *desk) takeScans(w http.ResponseWriter, r *http.Request) {
	work, ok := d.paperWork(w, r)
	if !ok {
		return
	}
	words := d.Words(r)
	taker := &upload.Uploads{Office: d.office, Report: d.Report}
	form, err := taker.Form(w, r, visiting(r).by, work.Files, office.FileFacts{Sensitive: work.Sensitive()})
	wrong := ""
	for _, f := range form.Files {
		if f.Err != nil && wrong == "" {
			wrong = words.Sentence(f.Err)
		} else if f.File.State.Blocks() && wrong == "" {
			wrong = upload.Tell(words, f.File).Why
		}
	}
	switch {
	case err != nil:
		wrong = words.Sentence(err)
	case len(form.Files) == 0:
		wrong = words.Say("interview.proof.file-none")
	}
	if wrong != "" {
		d.showWork(w, r, http.StatusUnprocessableEntity, work, wrong)
		return
	}
	d.done(w, r, paperRoot(work), "paper-scan")
}

// dropScan takes a scan back.
func (d *desk) dropScan(w http.ResponseWriter, r *http.Request) {
	work, ok := d.paperWork(w, r)
	if !ok {
		return
	}
	if err := d.office.DiscardFile(r.Context(), visiting(r).by, r.PathValue("file")); err != nil && !fault.Is(err, fault.NotFound) {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	d.done(w, r, paperRoot(work), "paper-scan-gone")
}

// scan gives a scan out, to be looked at beside the boxes. It can run nothing.
func (d *desk) scan(w http.ResponseWriter, r *http.Request) {
	work, ok := d.paperWork(w, r)
	if !ok {
		return
	}
	owner, err := d.office.FileOwner(r.Context(), r.PathValue("file"))
	if err == nil && owner != work.Files {
		err = fault.New(fault.NotFound, "evidence.none")
	}
	if err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	f, content, err := d.office.OpenFile(r.Context(), visiting(r).by, r.PathValue("file"), office.PurposeExamination)
	if err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	defer content.Close()
	giveFile(w, f)
	if _, err := io.Copy(w, content); err != nil {
		d.Report(r, err)
		panic(http.ErrAbortHandler) // the reader sees that it broke off
	}
}

// doPaper moves a form on: to the second person, back, away, or on file.
func (d *desk) doPaper(w http.ResponseWriter, r *http.Request) {
	work, ok := d.paperWork(w, r)
	if !ok {
		return
	}
	ctx, by, to := r.Context(), visiting(r).by, paperRoot(work)
	code := "paper-over"
	var err error
	switch r.PostFormValue("do") {
	case "over":
		err, to = d.office.HandOverPaper(ctx, by, work.Key), Root+"paper"
	case "check":
		code, err = "paper-check", d.office.CheckPaper(ctx, by, work.Key)
	case "back":
		code, err = "paper-back", d.office.SendPaperBack(ctx, by, work.Key)
	case "discard":
		code, to, err = "paper-gone", Root+"paper", d.office.DiscardPaper(ctx, by, work.Key)
	case "post":
		code, err = "paper-post", d.office.AddressPaper(ctx, by, work.Key, strings.TrimSpace(r.PostFormValue("post")))
	case "file":
		d.filePaper(w, r, work)
		return
	default:
		err = fault.New(fault.Invalid, "console.form")
	}
	if err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	d.done(w, r, to, code)
}

// filedPage is the letter that tells the claimant that their form is on file.
type filedPage struct {
	Lang, Reference, Code, Number, Received, Published, Title, Body string
	Next                                                            []string
}

// filePaper files the claim, and shows the letter to print. The code stands on it,
// once.
func (d *desk) filePaper(w http.ResponseWriter, r *http.Request, work office.PaperWork) {
	filed, err := d.office.FilePaper(r.Context(), visiting(r).by, work.Key)
	if err != nil {
		d.refused(w, r, err, paperRoot(work))
		return
	}
	d.SetCookie(w, r, paperCookie, "", 0)
	r = screen.In(r, work.Language)
	words := d.Words(r)
	page := filedPage{
		Lang: words.Lang, Reference: string(filed.Reference), Code: string(filed.Code), Number: string(work.Paper.Number), Received: words.Date(work.Paper.Received),
		Title: work.Category.Title.In(words.Lang), Body: work.Edition.Title.In(words.Lang),
	}
	if ack, err := d.office.Acknowledge(r.Context(), filed.Ref); err == nil {
		page.Published = words.Time(ack.PublishBy.Time)
	} else {
		d.Report(r, err)
	}
	for _, clock := range work.Edition.Deadlines {
		if clock.From == "filed" && (len(clock.Categories) == 0 || slices.Contains(clock.Categories, filed.Category)) {
			page.Next = append(page.Next, clock.Text.In(words.Lang)+" "+words.Date(clock.Ends(work.Today)))
		}
	}
	d.show(w, r, http.StatusOK, "paper-filed.html", screen.Page{Title: words.Say("paper.letter.title"), Back: Root + "paper", Body: page})
}
