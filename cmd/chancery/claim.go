package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/store"
)

func (a *app) claimCommand() *cobra.Command {
	return group("claim", "Take claims in, look at them, answer them", "claim list --standing deficient",
		a.claimImport(), a.claimMap(), a.claimList(), a.claimShow(), a.claimCheck(),
		a.acknowledged(a.claimFile()), a.draftCommand(), a.claimExamine(), a.claimRefeature(), a.acknowledged(a.claimWithdraw()), a.acknowledged(a.claimCode()),
		a.acknowledged(a.claimHold()), a.acknowledged(a.claimRelease()),
		a.acknowledged(a.claimTest()), a.acknowledged(a.claimMove()), a.acknowledged(a.claimConsentToMove()), a.acknowledged(a.claimAmend()),
		a.acknowledged(a.claimReview()), a.acknowledged(a.claimReverse()), a.acknowledged(a.claimConsent()),
		a.acknowledged(a.claimLink()), a.acknowledged(a.claimUnlink()), a.claimAnswers(), a.claimRerun(), a.claimReadings(), a.claimAlarms())
}

// claimLine is a claim as lists print it in JSON.
type claimLine struct {
	Reference  claim.Reference `json:"reference"`
	Number     claim.Number    `json:"number,omitempty"`
	Programme  string          `json:"programme"`
	Category   string          `json:"category"`
	Claimant   string          `json:"claimant"`
	Standing   claim.Standing  `json:"standing"`
	Received   string          `json:"received"`
	Claimed    *money.Amount   `json:"claimed,omitempty"`
	Outcome    claim.Outcome   `json:"outcome,omitempty"`
	Reported   bool            `json:"reported,omitempty"`
	Award      *money.Amount   `json:"award,omitempty"`
	NotStated  bool            `json:"award_not_stated,omitempty"`
	Paid       *money.Amount   `json:"paid,omitempty"`
	Ground     string          `json:"ground,omitempty"`
	Missing    []string        `json:"missing,omitempty"`
	Instalment int64           `json:"instalment,omitempty"`
	Source     string          `json:"source,omitempty"`
	Row        int64           `json:"row,omitempty"`
	Register   *claim.Register `json:"register,omitempty"` // what is under way, and what a person found
	Holds      []string        `json:"holds,omitempty"`
	Erased     string          `json:"erased,omitempty"`       // the day
	KeysGoneBy string          `json:"keys_gone_by,omitempty"` // then, the day from which no copy of a key is left
}

func lineOf(c claim.Claim) claimLine {
	stated := func(a money.Amount) *money.Amount {
		if a.IsZero() {
			return nil
		}
		return &a
	}
	l := claimLine{
		Reference: c.Reference, Number: c.Number, Programme: c.Programme, Category: c.Category, Claimant: c.Claimant,
		Standing: c.Standing, Received: c.Received.String(), Claimed: stated(c.Claimed), Outcome: c.Outcome, Reported: c.Reported,
		Paid: stated(c.Paid), Ground: c.Ground, Missing: c.Missing, Instalment: c.Instalment, Source: c.Source, Row: c.Row,
		Holds: c.Holds, Erased: c.Erased.String(), KeysGoneBy: c.KeysGoneBy.String(),
	}
	if !reflect.ValueOf(c.Register).IsZero() {
		l.Register = &c.Register
	}
	if c.Outcome == claim.Award {
		l.Award, l.NotStated = stated(c.Award), !c.AwardStated
	}
	return l
}

// award is an award as people read it.
func (l claimLine) award() string {
	switch {
	case l.Outcome == claim.Award && l.NotStated:
		return "amount not stated"
	case l.Award != nil:
		return l.Award.String()
	case l.Outcome == claim.Dismissal:
		return "dismissed"
	}
	return ""
}

// isOpen refuses a programme that isn't here: a slip in its name must not pass
// for a programme without claims. "" is all of them.
func isOpen(ctx context.Context, i *installation.Installation, programme string) error {
	if programme == "" {
		return nil
	}
	_, err := i.Office.Edition(ctx, programme)
	return err
}

// mostOnAPage bounds a page of claims.
const mostOnAPage = 1000

func (a *app) claimList() *cobra.Command {
	q := store.ClaimQuery{}
	var standing string
	c := &cobra.Command{
		Use: "list", Short: "List claims, a page at a time",
		Long:    "List claims, a page at a time. The answer names where the next page begins: give it with --after.",
		Example: "  chancery claim list --programme tsa-2007 --standing deficient --limit 20\n  chancery claim list --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			q.Standing = claim.Standing(standing)
			if standing != "" && !slices.Contains(claim.Standings(), q.Standing) {
				return wrongUse(c, "use.standing", "standing", standing, "known", listed(claim.Standings()))
			}
			if q.Limit < 1 || q.Limit > mostOnAPage {
				return wrongUse(c, "use.limit", "most", mostOnAPage)
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				if err := isOpen(c.Context(), i, q.Programme); err != nil {
					return err
				}
				page, next, err := i.Office.ClaimPage(c.Context(), q)
				if err != nil {
					return err
				}
				lines := make([]claimLine, len(page))
				rows := [][]string{{"REFERENCE", "NUMBER", "CATEGORY", "STANDING", "RECEIVED", "OUTCOME", ""}}
				for n, c := range page {
					l := lineOf(c)
					lines[n] = l
					reported := ""
					if l.Reported {
						reported = "reported"
					}
					if l.Erased != "" {
						reported = strings.TrimPrefix(reported+", erased", ", ")
					}
					rows = append(rows, []string{string(l.Reference), string(l.Number), l.Category, string(l.Standing), l.Received, l.award(), reported})
				}
				return a.print(map[string]any{"claims": lines, "next": next}, func(w io.Writer) {
					table(w, rows...)
					if next != "" {
						fmt.Fprintf(w, "\nMore: --after '%s'\n", next)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&q.Programme, "programme", "", "one programme only")
	c.Flags().StringVar(&standing, "standing", "", "only claims that stand so")
	c.Flags().StringVar(&q.After, "after", "", "where the page begins, as the page before said")
	c.Flags().IntVar(&q.Limit, "limit", 50, fmt.Sprintf("claims on the page, at most %d", mostOnAPage))
	return c
}

func (a *app) claimShow() *cobra.Command {
	return &cobra.Command{
		Use: "show CLAIM", Short: "Show a claim and everything that happened to it",
		Long: `Show a claim, by its reference or number, and everything that happened to it.
Sealed answers are not opened.`,
		Example: "  chancery claim show HF-0000012\n  chancery claim show '7K3M 9QX2 VD4K'",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				found, err := i.Office.FindClaim(c.Context(), given[0])
				if err != nil {
					return err
				}
				history, err := i.Office.History(c.Context(), found.ID.Stream())
				if err != nil {
					return err
				}
				l := lineOf(found)
				return a.print(map[string]any{"claim": l, "answers": found.Answers, "history": history}, func(w io.Writer) {
					rows := [][]string{
						{"reference", string(l.Reference)},
						{"number", string(l.Number)},
						{"standing", catalogue.Label(language, "label.standing."+string(l.Standing))},
						{"programme", l.Programme},
						{"category", l.Category},
						{"received", l.Received},
					}
					if outcome := l.award(); outcome != "" {
						rows = append(rows, []string{"outcome", outcome})
					}
					if l.Claimed != nil {
						rows = append(rows, []string{"claimed", l.Claimed.String()})
					}
					if len(l.Missing) > 0 {
						rows = append(rows, []string{"missing", strings.Join(l.Missing, ", ")})
					}
					rows = append(rows, underWay(found.Register)...)
					if len(l.Holds) > 0 {
						rows = append(rows, []string{"held on", strings.Join(l.Holds, ", ")})
					}
					if l.Erased != "" {
						rows = append(rows, []string{"erased", "on " + l.Erased + "; from " + l.KeysGoneBy + " on no copy of the keys is left anywhere"})
					}
					table(w, rows...)
					fmt.Fprintln(w)
					printHistory(w, history)
				})
			})
		},
	}
}

// printHistory prints what happened in a stream, a line each.
func printHistory(w io.Writer, history []office.Step) {
	rows := [][]string{{"WHEN", "ENTRY", "WHAT", "WHO", "FACTS"}}
	for _, s := range history {
		who := s.Actor + " (" + s.Capacity + ")"
		if s.Second != nil {
			who += " with " + s.Second.Actor
		}
		at := s.Ref
		if s.Owner != nil {
			at = *s.Owner
		}
		rows = append(rows, []string{s.Instant.String(), at.String(), string(s.Kind), who, string(s.Facts)})
	}
	table(w, rows...)
}

func (a *app) claimCheck() *cobra.Command {
	var programme string
	var fail bool
	c := &cobra.Command{
		Use: "check", Short: "List what looks wrong about claims",
		Long: `List what looks wrong about claims: an incident after receipt, an award above
the claim, an amount far beyond all others, an answer missing that most others
gave. The rulebook says
what to look for; outliers are amounts beyond the outer fence of their category
(third quartile and three times the distance of the quartiles, on a logarithmic
scale). It has no effect: it is for the eyes of the office. Rows are those of
the file that the claim came from, the first under the header being 1.

Exit code 0, also when something is listed; with --exit-code 1 then.`,
		Example: "  chancery claim check --programme tsa-2007\n  chancery claim check --programme tsa-2007 --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				found, err := a.checkClaims(c, i, programme)
				if err == nil && fail && found > 0 {
					return errFound
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "one programme only")
	c.Flags().BoolVar(&fail, "exit-code", false, "exit with 1 when something is listed")
	return c
}

// checkLine is one hit as JSON, one a line.
type checkLine struct {
	Check     string          `json:"check"`
	Message   string          `json:"message"`
	Reference claim.Reference `json:"reference"`
	Number    claim.Number    `json:"number,omitempty"`
	Source    string          `json:"source,omitempty"`
	Row       int64           `json:"row,omitempty"`
	Detail    string          `json:"detail,omitempty"`
}

func (a *app) checkClaims(c *cobra.Command, i *installation.Installation, programme string) (int64, error) {
	if err := isOpen(c.Context(), i, programme); err != nil {
		return 0, err
	}
	counts := map[string]int64{}
	var order []string
	var total int64
	lines := []checkLine{}
	err := i.Office.Suspicions(c.Context(), programme, func(s office.Suspicion) error {
		if counts[s.Check]++; counts[s.Check] == 1 {
			order = append(order, s.Check)
		}
		total++
		if s.Text == "" {
			s.Text = catalogue.Label(language, "check."+s.Check)
		}
		l := checkLine{s.Check, s.Text, s.Claim.Reference, s.Claim.Number, s.Claim.Source, s.Claim.Row, s.Detail}
		if a.json {
			lines = append(lines, l)
			return nil
		}
		place := l.Source
		if l.Row > 0 {
			place = fmt.Sprintf("%s row %d", l.Source, l.Row)
		}
		_, err := fmt.Fprintf(a.out, "%-28s  %-14s  %-12s  %s  %s\n", s.Check, l.Reference, place, s.Text, s.Detail)
		return err
	})
	if err != nil {
		return total, err
	}
	return total, a.print(map[string]any{"found": total, "by_check": counts, "claims": lines}, func(w io.Writer) {
		fmt.Fprintf(w, "\n%s found.\n", grouped(total))
		for _, check := range order {
			fmt.Fprintf(w, "  %-28s %s\n", check, grouped(counts[check]))
		}
	})
}

func (a *app) claimFile() *cobra.Command {
	var programme, category, claimant, received string
	c := &cobra.Command{
		Use: "file ANSWERS.json", Short: "File one claim",
		Long: `File one claim. ANSWERS.json holds the answers by field, as one object of texts;
- reads standard input. chancery rulebook show ID lists the fields. A claim that
lay on the desk counts from the day it came in: --received. Give --key
with a name of your own for this filing: a repeat then returns the first answer
and files nothing.`,
		Example: `  echo '{"claimant_name":"A. Visser","contact":"Quay Lane 1","signed":"true",
         "incident_date":"2019-11-05","place":"marina","family":"false","nights_away":"12"}' |
    chancery claim file - --programme demo --category a-departure --received 2020-03-02 --key desk-7-0001`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			answers, err := a.readAnswers(c, given[0], programme)
			if err != nil {
				return err
			}
			came, err := a.receivedOn(c, received)
			if err != nil {
				return err
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				filed, err := i.Office.FileClaims(c.Context(), by, programme, []office.Filing{{Key: a.key, Category: category, Claimant: claimant, Received: came, Answers: answers, Code: true}})
				if f, ok := errors.AsType[*fault.Fault](err); ok {
					return f // "filing 1 of 1" says nothing
				}
				if err != nil {
					return err
				}
				f := filed[0]
				if f.Erased {
					return fault.New(fault.Conflict, "intake.filing-erased", "key", a.key)
				}
				if f.Changed {
					return fault.New(fault.Conflict, "intake.answer-differs", "key", a.key)
				}
				return a.answerFiled(c.Context(), i, f)
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().StringVar(&category, "category", "", "category of the rulebook")
	c.Flags().StringVar(&claimant, "claimant", "individual", "individual, organisation or public-body")
	c.Flags().StringVar(&received, "received", "", "the day it came in, 2020-03-02; default: today")
	return requires(c, "programme", "category")
}

// receivedOn is the day on which a claim came in; none is the legal day of the
// act.
func (a *app) receivedOn(c *cobra.Command, text string) (day.Date, error) {
	if text == "" {
		return day.Date{}, nil
	}
	came, err := day.Parse(text)
	if err != nil {
		return came, wrongUse(c, "use.received", "why", a.say(err))
	}
	// Somewhere on Earth it is a day later than here.
	if latest := day.Of(time.Now().Add(14*time.Hour), time.UTC); came.After(latest) {
		return came, wrongUse(c, "use.received-later", "received", came)
	}
	return came, nil
}

// answerFiled answers who filed a claim.
func (a *app) answerFiled(ctx context.Context, i *installation.Installation, f office.FilingAnswer) error {
	said := map[string]any{"reference": f.Reference, "repeated": f.Repeated}
	if f.Code != "" {
		said["code"] = f.Code
	}
	return a.answer(ctx, i, f.Ref, said, func(w io.Writer) {
		fmt.Fprintf(w, "Filed. Reference: %s\n", f.Reference)
		if f.Code != "" {
			fmt.Fprintf(w, "Code:             %s   (the claimant's own, shown once: who has both sees the claim)\n", f.Code)
		}
	})
}

// readAnswers reads one object of texts, of at most a megabyte.
func (a *app) readAnswers(c *cobra.Command, path, programme string) (answers map[string]string, err error) {
	in := c.InOrStdin()
	if path != "-" {
		given, err := a.file(path)
		if err != nil {
			return nil, err
		}
		f, err := os.Open(given)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, 1<<20))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &answers); err != nil {
		return nil, wrongUse(c, "use.answers", "file", path, "programme", programme)
	}
	return answers, nil
}

func (a *app) claimExamine() *cobra.Command {
	var programme string
	var limit int
	c := &cobra.Command{
		Use: "examine", Short: "Let the rulebook answer filed claims: record, deficient, refuse",
		Long: `Run the formal requirements and the rules of eligibility over filed claims, and
enter what follows: those that are fit are recorded, each under its number; to
those that lack something it is said what; those that don't belong here are
refused, which takes a second person (--second) and is left for later without.
Where the programme has a board record claims, recording waits for it too; where
an executive director recommends to the board, both wait for that (chancery list).`,
		Example: "  chancery claim examine --programme demo --second my-data.keys/credentials/officer-2.credential",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				found, err := a.examine(c, i, by, programme, limit)
				if err != nil {
					return err
				}
				return a.print(found, func(w io.Writer) {
					fmt.Fprintf(w, "%s recorded, %s deficient, %s refused", grouped(found["recorded"]), grouped(found["deficient"]), grouped(found["refused"]))
					if left := found["left_for_two"]; left > 0 {
						fmt.Fprintf(w, "; %s to be refused wait for a second person (--second)", grouped(left))
					}
					if left := found["to_record_left_for_two"]; left > 0 {
						fmt.Fprintf(w, "; %s to be recorded wait for a second person (--second)", grouped(left))
					}
					if left := found["waits_for_board"]; left > 0 {
						fmt.Fprintf(w, "; %s to be recorded or refused wait for a recommendation to the board (chancery list recommend)", grouped(left))
					}
					fmt.Fprintln(w, ".")
					if found["examined"] == int64(limit) {
						fmt.Fprintf(w, "%s were looked at, as many as --limit allows: there may be more. Run it again.\n", grouped(int64(limit)))
					}
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().IntVar(&limit, "limit", 10_000, "claims at most")
	return requires(c, "programme")
}

func (a *app) examine(c *cobra.Command, i *installation.Installation, by office.By, programme string, limit int) (map[string]int64, error) {
	if limit < 1 || limit > office.MostInOneAct {
		return nil, wrongUse(c, "use.limit", "most", office.MostInOneAct)
	}
	if err := isOpen(c.Context(), i, programme); err != nil {
		return nil, err
	}
	examined, err := i.Office.Examine(c.Context(), by, programme, limit)
	if err != nil {
		return nil, err
	}
	by.Key = "" // each run answers what is filed by then
	sorted := map[string][]office.Examination{}
	for _, e := range examined {
		sorted[string(e.Finding().Outcome)] = append(sorted[string(e.Finding().Outcome)], e)
	}
	found := map[string]int64{"examined": int64(len(examined))}
	edition, err := i.Office.Edition(c.Context(), programme)
	if err != nil {
		return nil, err
	}
	_, board := edition.Powers[string(office.ActDecideList)]
	if board {
		found["waits_for_board"] = int64(len(sorted["record"]) + len(sorted["refuse"]))
		delete(sorted, "record")
		delete(sorted, "refuse")
	}
	if a.second == "" && !board {
		found["left_for_two"] = int64(len(sorted["refuse"]))
		delete(sorted, "refuse")
	}
	if list := sorted["record"]; len(list) > 0 {
		done, err := i.Office.RecordClaims(c.Context(), by, programme, list)
		switch {
		case a.second == "" && fault.Code(err) == "policy.second-missing":
			found["to_record_left_for_two"] = int64(len(list))
		case err != nil:
			return found, err
		}
		found["recorded"] = done.Claims
	}
	if list := sorted["deficient"]; len(list) > 0 {
		done, err := i.Office.FindDeficient(c.Context(), by, programme, list)
		if err != nil {
			return found, err
		}
		found["deficient"] = done.Claims
	}
	if list := sorted["refuse"]; len(list) > 0 {
		done, err := i.Office.RefuseClaims(c.Context(), by, programme, list)
		if err != nil {
			return found, err
		}
		found["refused"] = done.Claims
	}
	return found, nil
}

func (a *app) claimWithdraw() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "withdraw CLAIM", Short: "Take a claim back, at the claimant's wish",
		Long: `Take a claim back, at the claimant's wish. With --reason the record says, as a code,
how you know that they want it.`,
		Example: "  chancery claim withdraw 7K3M-9QX2-VD4K\n  chancery claim withdraw 7K3M-9QX2-VD4K --reason asked-in-writing",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				found, err := i.Office.FindClaim(c.Context(), given[0])
				if err != nil {
					return err
				}
				var done office.Done
				if reason == "" {
					done, err = i.Office.WithdrawClaim(c.Context(), by, found.Programme, found.ID)
				} else {
					done, err = i.Office.WithdrawFor(c.Context(), by, found.Programme, found.ID, reason)
				}
				if err != nil {
					return err
				}
				return a.answerDone(c.Context(), i, done.Ref, fmt.Sprintf("Claim %s is withdrawn.", found.Name()))
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "how you know that the claimant wants it, as a code")
	return c
}

func (a *app) claimCode() *cobra.Command {
	return &cobra.Command{
		Use: "code CLAIM", Short: "Give the claimant a new code, in place of one that was lost",
		Long: `Give the claimant a new code, in place of the one that was lost, once they have
shown who they are. With reference and code they see on the web what was
recorded of their claim. The old code opens nothing from then on, and the new
one is shown once. It is an act: the claimant sees when a code was given.`,
		Example: "  chancery claim code 7K3M-9QX2-VD4K",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				found, err := i.Office.FindClaim(c.Context(), given[0])
				if err != nil {
					return err
				}
				code, done, err := i.Office.GiveCode(c.Context(), by, found.Programme, found.ID)
				if err != nil {
					return err
				}
				said := map[string]any{"reference": found.Reference, "code": code}
				return a.answer(c.Context(), i, done.Ref, said, func(w io.Writer) {
					fmt.Fprintf(w, "Reference: %s\nCode:      %s   (shown once)\n", found.Reference, code)
				})
			})
		},
	}
}
