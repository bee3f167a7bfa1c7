package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/store"
)

// claimPage is one claim on one screen: what was said and by whom, the documents,
// what the rulebook checks, and what may be done.
type claimPage struct {
	Said          string
	ID            claim.ID
	Version       string
	Name, Heading string
	Row           row
	Facts         []fact
	Blank         []string // the questions without an answer
	Hidden        int      // answers that this capacity doesn't see
	Unread        string   // why no answer is shown; "" where they are
	Alarm         string
	Finding       string // what the rulebook finds, in one sentence
	Outcome       string // record, deficient or refuse; "" where nothing was examined
	Checks        []check
	Suspicions    []string
	Documents     []document
	More          []more   // acts beside the answer
	Review        string   // that another look was asked for, in words; "" where none was
	ReviewWhy     string   // why, in the claimant's own
	Found         []string // what people found of tests, against the rules or in their place
	Acts          []act
	Letter        *letter
	Notes         []note
	Flags         []flagChoice
	People        []string
	Assigned, Me  string
	History       []happening
	Proposal      string // path of the act that waits for a second person
	Before, Next  string // paths of the claims beside it in its queue
	From, NextID  string // of the queue, for the forms
	Key           string
	Rests         []choice // resolutions on which a recommendation may rest
}

type fact struct {
	Label, Text, Source, SourceText, Class string
	DeskOnly, Hidden, None                 bool
}

// check is one rule of the rulebook, worked out.
type check struct {
	Mark, MarkText, Text, Ground, Basis string
	Assumption                          bool
	Read                                []fact
}

// act is something that may be done now, as a button with its key.
type act struct {
	Name, Key, Label, Hint string
	Grave, First           bool
	Second                 bool // it waits for a second person
}

type note struct {
	Number                    int64
	By, When, Text, For, Due  string
	Own, Task, Done, Finishes bool
}

type flagChoice struct {
	Value, Label string
	On           bool
}

type happening struct{ When, Instant, What, Who string }

// claim shows one claim on one screen.
func (d *desk) claim(w http.ResponseWriter, r *http.Request) {
	from := queueOf(r.URL.Query().Get("from"))
	page, err := d.claimPage(r, claim.ID(r.PathValue("id")), from)
	if err != nil {
		d.refused(w, r, err, queuePath(from))
		return
	}
	d.show(w, r, http.StatusOK, "claim.html", screen.Page{Title: page.Heading, Back: queuePath(from), Body: page})
}

// queueOf is the query of the queue that a claim was opened from.
func queueOf(text string) url.Values {
	q, err := url.ParseQuery(text)
	if err != nil {
		return url.Values{}
	}
	return cleanQuery(q)
}

func (d *desk) claimPage(r *http.Request, id claim.ID, from url.Values) (claimPage, error) {
	ctx, words, v := r.Context(), d.Words(r), visiting(r)
	one, err := d.office.Queued(ctx, v.by, id)
	if err != nil {
		return claimPage{}, err
	}
	desks, _, err := d.office.Desks(ctx, v.by)
	if err != nil {
		return claimPage{}, err
	}
	here := deskOf(desks, one.Claim.Programme)
	page := claimPage{
		Said: d.said(r), ID: id, Version: strconv.FormatInt(int64(one.Claim.Version), 10), Name: one.Claim.Name(), Row: d.row(words, v.by, one, ""),
		Heading: words.Say("console.claim.title", "claim", one.Claim.Name()), Key: newKey(), From: from.Encode(), Me: v.by.Actor.ID(),
	}
	page.Assigned = page.Row.Assigned
	if one.Proposal != "" {
		page.Proposal = Root + "second/" + one.Proposal
	}
	if err := d.facts(r, &page, one); err != nil {
		return page, err
	}
	if _, may := here.May[office.ActExamine]; may && one.Claim.Kept() == nil {
		if err := d.examine(r, &page, one, here); err != nil {
			return page, err
		}
	}
	if err := d.documents(r, &page, one, here); err != nil {
		return page, err
	}
	if err := d.more(r, &page, one, here); err != nil {
		return page, err
	}
	if err := d.casework(ctx, words, v, &page, one); err != nil {
		return page, err
	}
	if err := d.happened(ctx, words, &page, one); err != nil {
		return page, err
	}
	return page, d.beside(r, &page, from, desks)
}

func deskOf(desks []office.Desk, programme string) office.Desk {
	for _, at := range desks {
		if at.Programme.ID == programme {
			return at
		}
	}
	return office.Desk{}
}

// facts are the answers with their source. To open them is a reading, which the
// log has first; where that is refused the page says so and shows the rest.
func (d *desk) facts(r *http.Request, page *claimPage, one office.Queued) error {
	words := d.Words(r)
	shown, err := d.office.ReadAnswers(r.Context(), visiting(r).by, string(one.Claim.Reference), office.PurposeExamination)
	if err != nil {
		if fault.Is(err, fault.NotAllowed) || fault.Is(err, fault.Conflict) {
			page.Unread = words.Sentence(err)
			return nil
		}
		return err
	}
	if shown.Alarm > 0 {
		page.Alarm = words.Say("console.alarm", "n", words.Number(shown.Alarm))
	}
	page.Hidden = len(shown.Hidden)
	category, ok := one.Edition.Category(one.Claim.Category)
	if !ok {
		return nil
	}
	source, sourceText := "said", words.Say("console.source.said")
	if one.Claim.Source != "" {
		source, sourceText = "register", words.Say("console.source.file")
	}
	for _, id := range category.Asks {
		f, ok := one.Edition.Field(id)
		if !ok {
			continue
		}
		at := fact{
			Label: f.Label.In(words.Lang), Text: d.inWords(words, one.Edition, id, shown.Answers[id]), Class: string(f.Class), Source: source, SourceText: sourceText,
			DeskOnly: slices.Contains(shown.DeskOnly, id), Hidden: slices.Contains(shown.Hidden, id),
		}
		if shown.From != nil {
			if from, ok := shown.From.Fields[id]; ok {
				at.Source, at.SourceText = "register", words.Say("console.source.register", "registry", from.Registry, "at", words.Time(from.At.Time))
			} else if slices.Contains(shown.From.Unverified, id) {
				at.SourceText = words.Say("console.source.unverified")
			}
		}
		if at.Text != "" || at.DeskOnly || at.Hidden {
			page.Facts = append(page.Facts, at)
		} else if slices.Contains(one.Claim.Blank, id) {
			page.Blank = append(page.Blank, at.Label)
		}
	}
	return nil
}

// examine works out the rulebook's checks, and what may be done on them.
func (d *desk) examine(r *http.Request, page *claimPage, one office.Queued, here office.Desk) error {
	words := d.Words(r)
	examined, err := d.office.ExamineClaims(r.Context(), visiting(r).by, []claim.ID{one.Claim.ID})
	if err != nil {
		if fault.Code(err) == "" {
			return err
		}
		page.Finding = words.Sentence(err)
		return nil
	}
	f := examined[0].Finding()
	page.Outcome = string(f.Outcome)
	ground := ""
	if g, ok := one.Edition.Ground(f.Ground); ok {
		ground = g.Text.In(words.Lang)
	}
	page.Finding = words.Say("console.finding."+page.Outcome, "ground", ground)
	page.Checks = d.checks(words, one.Edition, f)
	if one.Claim.Standing == claim.Filed {
		page.Acts = acts(words, f, here)
		if _, may := here.May[office.ActRecommend]; may {
			if page.Rests, err = d.standing(r, words, one.Claim.Programme); err != nil {
				return err
			}
		}
		page.Letter = letterFor(words, one, f)
	}
	return nil
}

// checks are the steps of a trace in words; ✔ is met, ✘ isn't, ? can't be told
// here.
func (d *desk) checks(words screen.Words, e *rulebook.Edition, f rulebook.Finding) []check {
	var list []check
	for _, x := range e.Explain(f.Trace, words.Lang) {
		c := check{Text: x.Text, Basis: x.Basis, Ground: x.Ground, Assumption: x.Assumption, Mark: "?", MarkText: words.Say("console.mark.open")}
		switch x.Outcome {
		case "met", "applies":
			c.Mark, c.MarkText, c.Ground = "✔", words.Say("console.mark.met"), ""
		case "not-met", "dismissed":
			c.Mark, c.MarkText = "✘", words.Say("console.mark.not-met")
		}
		if c.Text == "" {
			c.Text = x.Ground
			if c.Text == "" {
				c.Text = x.Rule
			}
		}
		for _, in := range x.Read {
			text := in.Shown
			if text == "" {
				text = d.inWords(words, e, in.Name, in.Text)
			}
			label := in.Label
			if label == "" {
				label = words.Say("console.input." + in.Name)
			}
			c.Read = append(c.Read, fact{Label: label, Text: text, None: text == ""})
		}
		list = append(list, c)
	}
	if f.Trace.RestsOn != "" {
		list = append(list, check{Mark: "?", MarkText: words.Say("console.mark.open"), Text: words.Say("console.rests-on")})
	}
	return list
}

// acts are what may be done on a finding, the one that it leads to first.
func acts(words screen.Words, f rulebook.Finding, here office.Desk) []act {
	var list []act
	add := func(name, key string, a office.Act, is rulebook.FindingOutcome, grave bool) {
		way, may := here.May[a]
		if !may || f.Outcome != is {
			return
		}
		hint := ""
		if way.Second != "" {
			hint = words.Say("console.act.second", "capacity", words.Say("console.capacity."+way.Second))
		}
		list = append(list, act{Name: name, Key: key, Label: words.Say("console.act." + name), Hint: hint, Grave: grave, First: true, Second: way.Second != ""})
	}
	add("record", "y", office.ActRecord, rulebook.Record, false)
	add("deficient", "r", office.ActFindDeficient, rulebook.Deficient, false)
	add("refuse", "x", office.ActRefuse, rulebook.Refuse, true)
	add("recommend", "y", office.ActRecommend, rulebook.Record, false)
	add("recommend", "x", office.ActRecommend, rulebook.Refuse, true)
	return list
}

// casework are flags, notes, and who may be given the claim.
func (d *desk) casework(ctx context.Context, words screen.Words, v visitor, page *claimPage, one office.Queued) error {
	for _, f := range office.Flags() {
		on := slices.ContainsFunc(one.Flags, func(have store.Flag) bool { return have.Flag == f })
		page.Flags = append(page.Flags, flagChoice{f, words.Say("console.flag." + f), on})
	}
	var err error
	if page.People, err = d.office.Workers(ctx); err != nil || one.Claim.Kept() != nil {
		return err
	}
	notes, err := d.office.ReadNotes(ctx, v.by, one.Claim.ID)
	if fault.Is(err, fault.NotAllowed) { // past the day's limit: the answers said so
		return nil
	}
	for _, n := range notes {
		page.Notes = append(page.Notes, note{
			Number: n.Number, By: n.By, When: words.Time(n.At.Time), Text: n.Text, For: n.For, Due: words.Date(n.Due),
			Own: n.By == v.by.Actor.ID(), Task: n.For != "", Done: n.Done, Finishes: n.For == v.by.Actor.ID() || n.By == v.by.Actor.ID(),
		})
	}
	return err
}

// happened is the history, the newest first.
func (d *desk) happened(ctx context.Context, words screen.Words, page *claimPage, one office.Queued) error {
	history, err := d.office.History(ctx, one.Claim.ID.Stream())
	if err != nil {
		return err
	}
	for _, s := range slices.Backward(history) {
		who := s.Actor
		if s.Second != nil {
			who = words.Say("console.two", "first", s.Actor, "second", s.Second.Actor)
		}
		code := "console.step." + string(s.Kind)
		what := words.Say(code)
		if what == code {
			what = strings.TrimSuffix(strings.TrimPrefix(string(s.Kind), "claim."), ".v1")
		}
		page.History = append(page.History, happening{words.Time(s.Instant.Time), s.Instant.String(), what, who})
	}
	return nil
}

// beside finds the claims before and behind this one in its queue.
func (d *desk) beside(r *http.Request, page *claimPage, from url.Values, desks []office.Desk) error {
	if len(from) == 0 {
		return nil
	}
	ask, _, err := d.readQueue(r, from, desks)
	if err != nil {
		return err
	}
	before, behind, err := d.office.Beside(r.Context(), visiting(r).by, ask, page.ID)
	if before != "" {
		page.Before = claimPath(before, queuePath(from))
	}
	if behind != "" {
		page.Next, page.NextID = claimPath(behind, queuePath(from)), string(behind)
	}
	return err
}
