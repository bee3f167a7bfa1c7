package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/letter"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/store"
)

// setLine is another claim that was sent with this one.
type setLine struct {
	N         int
	Reference string
	Status    string
	Here      bool
}

// letterLine is a letter in the list: its subject names no category and no
// amount.
type letterLine struct {
	N             int
	Subject, Lang string // the letter's own
	Instant, Time string
}

// comingStep is what comes next, with its dates.
type comingStep struct {
	Text  string
	Until string // the last day, in words; "" where the rulebook names none
	Pace  string // how long it took others; "" where that isn't told
}

// aftercare fills in what comes after a claim was sent.
func (s *site) aftercare(ctx context.Context, in signed, o own, page *minePage) error {
	stands := string(o.claim.Standing)
	page.Status, page.StatusMay = in.words.Say("after.status."+stands), in.words.Say("after.may."+stands)
	page.Answer = o.claim.Standing == claim.Deficient && !o.claim.Reported && o.claim.Erased.IsZero()
	_, cannot := o.claim.Withdraw()
	page.Withdraw = cannot == nil && gives(o.edition, office.ActWithdraw)
	page.Change = o.claim.Standing == claim.Filed && !o.claim.Reported && gives(o.edition, office.ActAmend)
	_, given, err := s.source.ReviewTimes(ctx, o.claim)
	if err != nil {
		return err
	}
	page.Review = given && o.claim.Standing == claim.Refused && o.claim.Register.Review == nil
	if !o.claim.Erased.IsZero() {
		return nil // what was told in confidence is gone, and the letters with it
	}
	page.Files = s.taker != nil
	letters, err := s.source.Letters(ctx, in.id)
	if err != nil {
		return err
	}
	for n := len(letters) - 1; n >= 0; n-- { // the newest first
		l := letters[n]
		page.Bounced = page.Bounced || l.State == store.LetterBounced
		page.Letters = append(page.Letters, letterLine{n + 1, letter.Put(l).Subject, l.Content.Language, rfc3339(l.Made.Time), in.words.Time(l.Made.Time)})
	}
	if _, page.Thinking, err = s.source.ThinkingOf(ctx, in.id); err != nil {
		return err
	}
	if page.Set, err = s.set(ctx, in); err != nil {
		return err
	}
	page.Next, err = s.next(ctx, in, o)
	return err
}

// set lists the claims that were sent together, where there are several.
func (s *site) set(ctx context.Context, in signed) ([]setLine, error) {
	all, err := s.source.SetOf(ctx, in.id)
	if err != nil || len(all) < 2 {
		return nil, err
	}
	lines := make([]setLine, len(all))
	for n, c := range all {
		lines[n] = setLine{n + 1, string(c.Reference), in.words.Say("after.status." + string(c.Standing)), c.ID == in.id}
	}
	return lines, nil
}

// waits says who acts next on a claim that stands so, and to which step that
// leads, as rulebooks call it.
var waits = map[claim.Standing]struct {
	whom string
	step string
}{
	claim.Filed: {"register", "recorded"}, claim.Deficient: {"claimant", ""},
	claim.Recorded: {"commission", "decided"}, claim.Assigned: {"commission", "decided"}, claim.Assessed: {"commission", "decided"},
	claim.Decided: {"fund", "paid"}, claim.Payable: {"fund", "paid"}, claim.Returned: {"fund", "paid"},
}

// next is what comes next: whose turn it is, until when by the rulebook, and how
// long it took others.
func (s *site) next(ctx context.Context, in signed, o own) ([]comingStep, error) {
	turn, ok := waits[o.claim.Standing]
	switch {
	case !ok, o.claim.Reported, o.claim.Outcome == claim.Dismissal:
		return nil, nil
	case turn.whom == "commission" && recordsOnly(o.edition):
		return nil, nil // the record is all that this programme keeps
	}
	clocks, err := s.source.ClocksOf(ctx, in.id)
	if err != nil {
		return nil, err
	}
	first := comingStep{Text: in.words.Say("after.next." + turn.whom)}
	var steps []comingStep
	for _, c := range clocks {
		switch {
		case c.Over && c.For == turn.whom:
			first.Until = in.words.Say("after.until.over", "date", in.words.Date(c.Ends))
		case c.For == turn.whom:
			first.Until = in.words.Say("after.until", "date", in.words.Date(c.Ends))
		default:
			steps = append(steps, comingStep{Text: c.Text.In(in.words.Lang), Until: in.words.Say("after.until", "date", in.words.Date(c.Ends))})
		}
	}
	if turn.step != "" {
		paces, err := s.source.Paces(ctx, o.claim.Programme, o.claim.Category)
		if err != nil {
			return nil, err
		}
		for _, p := range paces {
			if p.Step == turn.step {
				first.Pace = paceText(in.words, p)
			}
		}
	}
	return append([]comingStep{first}, steps...), nil
}

// recordsOnly reports whether a programme gives nobody the power to decide.
func recordsOnly(e *rulebook.Edition) bool {
	return !gives(e, office.ActProposeInstalment)
}

// gives reports whether an edition gives anybody a power.
func gives(e *rulebook.Edition, act office.Act) bool {
	_, given := e.Powers[string(act)]
	return given
}

// paceText tells how long it took others.
func paceText(words screen.Words, p office.Pace) string {
	days := func(n int64) string {
		text := words.Count("count.days", int(n))
		return text
	}
	text := words.Say("after.pace.half", "days", days(p.Median))
	if p.Range {
		text += " " + words.Say("after.pace.range", "low", days(p.Low), "high", days(p.High))
	}
	return text
}

// nth reads the number of something in a list of so many; it counts from 1.
func nth(text string, of int) (n int, ok bool) {
	n, err := strconv.Atoi(text)
	return n - 1, err == nil && n >= 1 && n <= of
}

// letter shows one letter of the claim, in the language that it was written in.
func (s *site) letter(w http.ResponseWriter, r *http.Request, in signed) {
	letters, err := s.source.Letters(r.Context(), in.id)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	n, ok := nth(r.PathValue("n"), len(letters))
	if !ok {
		s.Missing(w, r)
		return
	}
	body, err := letter.Body(letters[n])
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	private := true
	if o, err := s.load(r.Context(), in.id); err == nil {
		private = o.private()
	}
	s.show(w, r, http.StatusOK, "letter.html", screen.Page{Title: in.words.Say("after.letter.title"), Back: Root + "mine", Exit: private, Body: body})
}
