package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
)

func (a *app) listCommand() *cobra.Command {
	return group("list", "Lists of claims that are recommended to a board and decided by it", "list recommend --programme rd4u --dry-run",
		a.acknowledged(a.listRecommend()), a.listShow(), a.acknowledged(a.listDecide()))
}

// recommending is what `list recommend` was asked for.
type recommending struct {
	programme, from string
	limit           int
	dry             bool
	with            office.Recommending
}

func (a *app) listRecommend() *cobra.Command {
	var asked recommending
	c := &cobra.Command{
		Use: "recommend", Short: "Recommend filed claims to the board, in one list",
		Long: `Examine filed claims and recommend to the board, in one list, to record or to
refuse each, with what was found of each test. The claims are those of a CSV file
(--from, a column "claim" with references or numbers), or those longest filed, up
to --limit. A claim that lacks something is left out: it is found deficient first
(chancery claim examine). The list may rest on the board's findings and on
verifications that it relies on (--rests-on, by number). A list of like claims
(--group) needs the board's approval of that technique.

With --dry-run nothing is entered but the openings in the reading log.`,
		Example: "  chancery list recommend --programme rd4u --limit 832 --rests-on 1 --credential director.credential\n  chancery list recommend --programme rd4u --from bakhmut.csv --group bakhmut --dry-run",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if asked.limit < 1 || asked.limit > office.MostInOneAct {
				return wrongUse(c, "use.limit", "most", office.MostInOneAct)
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				return a.recommend(c, i, by, asked)
			})
		},
	}
	c.Flags().StringVar(&asked.programme, "programme", "", "programme")
	c.Flags().StringVar(&asked.from, "from", "", "CSV file with a column \"claim\": references or numbers")
	c.Flags().IntVar(&asked.limit, "limit", 1000, "claims at most, without --from")
	c.Flags().Int64SliceVar(&asked.with.RestsOn, "rests-on", nil, "resolution of the board on which the list rests, by number; again for another")
	c.Flags().StringVar(&asked.with.Group, "group", "", "what the claims have in common, as a code")
	c.Flags().StringVar(&asked.with.Technique, "technique", "", "how the list was made: "+strings.Join(board.Techniques(), ", "))
	c.Flags().BoolVar(&asked.dry, "dry-run", false, "say what would be recommended, and enter nothing")
	return requires(c, "programme")
}

func (a *app) recommend(c *cobra.Command, i *installation.Installation, by office.By, asked recommending) error {
	if err := isOpen(c.Context(), i, asked.programme); err != nil {
		return err
	}
	examined, err := a.examinedFor(c, i, by, asked)
	if err != nil {
		return err
	}
	var fit []office.Examination
	lines := []map[string]any{}
	rows := [][]string{{"CLAIM", "CATEGORY", "RECOMMENDED", "GROUND"}}
	lacking := 0
	for _, e := range examined {
		f, err := e.Recommended()
		if err != nil {
			return err
		}
		if f.Outcome == rulebook.Deficient {
			lacking++
			continue
		}
		fit = append(fit, e)
		lines = append(lines, map[string]any{
			"claim": e.Claim().Name(), "category": e.Claim().Category, "recommended": f.Outcome, "ground": f.Ground, "tests": e.Tests(),
		})
		rows = append(rows, []string{e.Claim().Name(), e.Claim().Category, string(f.Outcome), f.Ground})
	}
	if asked.dry {
		return a.print(map[string]any{"dry_run": true, "claims": lines, "deficient": lacking}, func(w io.Writer) {
			table(w, rows...)
			fmt.Fprintf(w, "\nDry run: %s claims would be recommended; %s lack something. Nothing was entered.\n", grouped(int64(len(fit))), grouped(int64(lacking)))
		})
	}
	done, err := i.Office.Recommend(c.Context(), by, asked.programme, fit, asked.with)
	if err != nil {
		return err
	}
	return a.answerListed(c.Context(), i, done, "recommended", map[string]any{"deficient": lacking})
}

// examinedFor are the claims that are asked about, examined.
func (a *app) examinedFor(c *cobra.Command, i *installation.Installation, by office.By, asked recommending) ([]office.Examination, error) {
	if asked.from == "" {
		return i.Office.Examine(c.Context(), by, asked.programme, asked.limit)
	}
	rows, err := a.csvRows(c, asked.from, "claim")
	if err != nil {
		return nil, err
	}
	ids := make([]claim.ID, 0, len(rows))
	for _, row := range rows {
		found, err := i.Office.FindClaim(c.Context(), row["claim"])
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, found.ID) {
			ids = append(ids, found.ID)
		}
	}
	return i.Office.ExamineClaims(c.Context(), by, ids)
}

func (a *app) answerListed(ctx context.Context, i *installation.Installation, done office.Listed, what string, said map[string]any) error {
	left := append([]string{}, done.Left...)
	for key, value := range map[string]any{
		"list": done.List, "claims": done.Claims, "record": done.Record, "refuse": done.Refuse, "sent_back": done.SentBack, "left_out": left,
	} {
		said[key] = value
	}
	return a.answer(ctx, i, done.Ref, said, func(w io.Writer) {
		fmt.Fprintf(w, "List %d %s: %s claims, %s to record, %s to refuse", done.List, what, grouped(done.Claims), grouped(done.Record), grouped(done.Refuse))
		if done.SentBack > 0 {
			fmt.Fprintf(w, ", %s sent back", grouped(done.SentBack))
		}
		fmt.Fprintf(w, ". Entry: %s\n", done.Ref)
		if len(left) > 0 {
			fmt.Fprintf(w, "Left out, since they have moved on: %s\n", strings.Join(left, ", "))
		}
	})
}

func (a *app) listShow() *cobra.Command {
	var programme string
	c := &cobra.Command{
		Use: "show [NUMBER]", Short: "Show the lists of a programme, or the claims of one",
		Example: "  chancery list show --programme rd4u\n  chancery list show 3 --programme rd4u --json",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				if err := isOpen(c.Context(), i, programme); err != nil {
					return err
				}
				if len(given) == 0 {
					return a.printLists(c.Context(), i, programme)
				}
				number, err := numberOf(c, given[0])
				if err != nil {
					return err
				}
				return a.printList(c.Context(), i, programme, number)
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	return requires(c, "programme")
}

func numberOf(c *cobra.Command, text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 1 {
		return 0, wrongUse(c, "use.number", "text", text)
	}
	return number, nil
}

// listLine is a list as it is printed in JSON.
type listLine struct {
	List          int64          `json:"list"`
	State         board.State    `json:"state"`
	RecommendedBy string         `json:"recommended_by"`
	Recommended   string         `json:"recommended"`
	DecidedBy     string         `json:"decided_by,omitempty"`
	Decided       string         `json:"decided,omitempty"`
	Said          board.Summary  `json:"recommendation"`
	Result        *board.Summary `json:"result,omitempty"`
}

func listLineOf(l board.List) listLine {
	line := listLine{List: l.Number, State: l.State, RecommendedBy: l.RecommendedBy, Recommended: l.Made.String(), Said: l.Said}
	if l.State == board.Decided {
		line.DecidedBy, line.Decided, line.Result = l.DecidedBy, l.Decided.String(), &l.Result
	}
	return line
}

func (a *app) printLists(ctx context.Context, i *installation.Installation, programme string) error {
	lists, err := i.Office.Lists(ctx, programme)
	if err != nil {
		return err
	}
	lines, rows := []listLine{}, [][]string{{"LIST", "STATE", "CLAIMS", "TO RECORD", "TO REFUSE", "RECOMMENDED", "DECIDED", "RESTS ON"}}
	for _, l := range lists {
		lines = append(lines, listLineOf(l))
		rows = append(rows, []string{
			fmt.Sprint(l.Number), string(l.State), grouped(l.Said.Claims), grouped(l.Said.Record), grouped(l.Said.Refuse),
			l.Made.String() + " " + l.RecommendedBy, strings.TrimSpace(l.Decided.String() + " " + l.DecidedBy), numbers(l.Said.RestsOn),
		})
	}
	return a.print(map[string]any{"lists": lines}, func(w io.Writer) { table(w, rows...) })
}

func numbers(list []int64) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = fmt.Sprint(n)
	}
	return strings.Join(texts, ", ")
}

func (a *app) printList(ctx context.Context, i *installation.Installation, programme string, number int64) error {
	list, items, err := i.Office.ListItems(ctx, programme, number)
	if err != nil {
		return err
	}
	lines, rows := []map[string]any{}, [][]string{{"CLAIM", "RECOMMENDED", "GROUND", "TESTS", "STANDS"}}
	for _, item := range items {
		stands := "yes"
		if !item.Stands {
			stands = "no: " + string(item.Claim.Standing)
		}
		lines = append(lines, map[string]any{
			"claim": item.Claim.Name(), "recommended": item.Recommended.Outcome, "ground": item.Recommended.Ground,
			"tests": item.Recommended.Tests, "stands": item.Stands, "standing": item.Claim.Standing,
		})
		rows = append(rows, []string{item.Claim.Name(), string(item.Recommended.Outcome), item.Recommended.Ground, testsInWords(item.Recommended.Tests), stands})
	}
	return a.print(map[string]any{"list": listLineOf(list), "claims": lines}, func(w io.Writer) {
		fmt.Fprintf(w, "List %d, %s. Recommended on %s by %s.\n\n", list.Number, list.State, list.Made, list.RecommendedBy)
		table(w, rows...)
	})
}

// testsInWords are findings on one line: who found what isn't the rule's own
// stands behind it.
func testsInWords(tests []claim.TestFinding) string {
	texts := make([]string, len(tests))
	for i, t := range tests {
		texts[i] = t.Test + " " + t.Result
		if t.By != claim.ByRule {
			texts[i] += " (" + t.By + ", " + t.Reason + ")"
		}
	}
	return strings.Join(texts, "; ")
}

// deciding is what `list decide` was asked for.
type deciding struct {
	programme, results, reasons, document string
	dry                                   bool
	with                                  office.Deciding
}

func (a *app) listDecide() *cobra.Command {
	var asked deciding
	c := &cobra.Command{
		Use: "decide NUMBER", Short: "Record or refuse what was recommended in a list, in one decision",
		Long: `Record or refuse the claims of a list, as they were recommended, in one reasoned
decision. --results names a CSV file with what differs: the columns claim, result
(record, refuse or send-back), ground (of the rulebook, for a refusal that wasn't
recommended) and reason (a code, for a claim that is sent back). The reason of the
whole is a code; its words (--reasons, a file) rest sealed beside each claim, and a
longer document is named by its hash (--document, a file).

A claim that has moved on since it was recommended is left out and named.`,
		Example: "  chancery list decide 1 --programme rd4u --reason as-recommended --credential board.credential\n  chancery list decide 1 --programme rd4u --reason in-part --results results.csv --reasons decision.txt --dry-run",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			number, err := numberOf(c, given[0])
			if err != nil {
				return err
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				return a.decideList(c, i, by, number, asked)
			})
		},
	}
	c.Flags().StringVar(&asked.programme, "programme", "", "programme")
	c.Flags().StringVar(&asked.with.Reason, "reason", "", "of the whole decision, as a code: as-recommended, in-part …")
	c.Flags().StringVar(&asked.results, "results", "", "CSV file with the results that differ from what was recommended")
	c.Flags().StringVar(&asked.reasons, "reasons", "", "file with the reasons in words, sealed beside each claim")
	c.Flags().StringVar(&asked.document, "document", "", "file with the decision, of which the hash is entered")
	c.Flags().Int64SliceVar(&asked.with.RestsOn, "rests-on", nil, "further resolution on which the decision rests, by number")
	c.Flags().BoolVar(&asked.dry, "dry-run", false, "say what would be decided, and enter nothing")
	return requires(c, "programme", "reason")
}

func (a *app) decideList(c *cobra.Command, i *installation.Installation, by office.By, number int64, asked deciding) error {
	_, items, err := i.Office.ListItems(c.Context(), asked.programme, number)
	if err != nil {
		return err
	}
	if err := a.readDecision(c, i, &asked); err != nil {
		return err
	}
	if asked.dry {
		return a.printDecision(items, asked.with.Results)
	}
	done, err := i.Office.DecideList(c.Context(), by, asked.programme, number, asked.with)
	if err != nil {
		return err
	}
	return a.answerListed(c.Context(), i, done, "decided", map[string]any{})
}

// printDecision says what a decision would come to.
func (a *app) printDecision(items []office.ListItem, results map[claim.ID]office.Result) error {
	rows, lines := [][]string{{"CLAIM", "RECOMMENDED", "RESULT"}}, []map[string]any{}
	for _, item := range items {
		result := string(item.Recommended.Outcome)
		if r, ok := results[item.Claim.ID]; ok {
			result = string(r.Outcome)
		}
		if !item.Stands {
			result = "left out"
		}
		rows = append(rows, []string{item.Claim.Name(), string(item.Recommended.Outcome), result})
		lines = append(lines, map[string]any{"claim": item.Claim.Name(), "recommended": item.Recommended.Outcome, "result": result})
	}
	return a.print(map[string]any{"dry_run": true, "claims": lines}, func(w io.Writer) {
		table(w, rows...)
		fmt.Fprintln(w, "\nDry run: nothing was entered.")
	})
}

// readDecision reads the files of a decision.
func (a *app) readDecision(c *cobra.Command, i *installation.Installation, asked *deciding) error {
	if asked.reasons != "" {
		text, err := a.readWhole(asked.reasons)
		if err != nil {
			return err
		}
		asked.with.Reasons = string(text)
	}
	if asked.document != "" {
		text, err := a.readWhole(asked.document)
		if err != nil {
			return err
		}
		hash := docket.Hash(sha256.Sum256(text))
		asked.with.Document = &hash
	}
	if asked.results == "" {
		return nil
	}
	rows, err := a.csvRows(c, asked.results, "claim", "result")
	if err != nil {
		return err
	}
	asked.with.Results = make(map[claim.ID]office.Result, len(rows))
	for _, row := range rows {
		found, err := i.Office.FindClaim(c.Context(), row["claim"])
		if err != nil {
			return err
		}
		asked.with.Results[found.ID] = office.Result{Outcome: rulebook.FindingOutcome(row["result"]), Ground: row["ground"], Reason: row["reason"]}
	}
	return nil
}

// mostRead bounds a file that is read whole.
const mostRead = 64 << 20

func (a *app) readWhole(path string) ([]byte, error) {
	given, err := a.file(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(given)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostRead))
}

// csvRows reads a small CSV file whose first row names its columns; these must
// be among them.
func (a *app) csvRows(c *cobra.Command, path string, columns ...string) ([]map[string]string, error) {
	text, err := a.readWhole(path)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	head, err := r.Read()
	for _, column := range columns {
		if err != nil || !slices.Contains(head, column) {
			return nil, wrongUse(c, "use.columns", "file", path, "columns", strings.Join(columns, ", "))
		}
	}
	var rows []map[string]string
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, wrongUse(c, "use.columns", "file", path, "columns", strings.Join(columns, ", "))
		}
		row := make(map[string]string, len(head))
		for n, name := range head {
			row[name] = strings.TrimSpace(cells[n])
		}
		rows = append(rows, row)
	}
}
