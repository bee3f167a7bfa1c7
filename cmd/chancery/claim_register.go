package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

// onOne makes a command of an act on one claim, whose sentence says it is done.
func (a *app) onOne(c *cobra.Command, sentence string, do func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error)) *cobra.Command {
	c.Args = args(cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
			found, err := i.Office.FindClaim(c.Context(), given[0])
			if err != nil {
				return err
			}
			done, err := do(i, by, found)
			if err != nil {
				return err
			}
			return a.answerDone(c.Context(), i, done.Ref, fmt.Sprintf(sentence, found.Name()))
		})
	}
	return c
}

func (a *app) claimTest() *cobra.Command {
	var test, result, ground, reason string
	c := &cobra.Command{
		Use: "test CLAIM", Short: "Enter what a person finds of one test of eligibility",
		Long: `Enter what a person finds of one test of eligibility, against what the rule finds or
in its place, before the claim is recommended. It stands in the recommendation
under the person's name; the rules' own findings stand under "rule".`,
		Example: "  chancery claim test 7K3M-9QX2-VD4K --test place --result not-met --ground outside-ukraine --reason map-checked",
	}
	a.onOne(c, "The finding on claim %s is entered.", func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error) {
		return i.Office.FindTest(c.Context(), by, on.Programme, on.ID, test, result, ground, reason)
	})
	c.Flags().StringVar(&test, "test", "", "test, as the rulebook calls it: place, time …")
	c.Flags().StringVar(&result, "result", "", "met or not-met")
	c.Flags().StringVar(&ground, "ground", "", "of the rulebook, where it isn't met")
	c.Flags().StringVar(&reason, "reason", "", "why, as a code")
	return requires(c, "test", "result", "reason")
}

func (a *app) claimMove() *cobra.Command {
	var to, reason string
	c := &cobra.Command{
		Use: "move CLAIM", Short: "Propose to the claimant that the claim moves to another category",
		Long: `Propose to the claimant that the claim moves to another category, which must be
open to them. It stays where it is until they consent (chancery claim
consent-to-move); it keeps the day on which it came in.`,
		Example: "  chancery claim move 7K3M-9QX2-VD4K --to a3-2 --reason no-dwelling",
	}
	a.onOne(c, "The move of claim %s is proposed; it waits for the claimant's consent.", func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error) {
		return i.Office.ProposeMove(c.Context(), by, on.Programme, on.ID, to, reason)
	})
	c.Flags().StringVar(&to, "to", "", "category")
	c.Flags().StringVar(&reason, "reason", "", "why, as a code")
	return requires(c, "to", "reason")
}

func (a *app) claimConsentToMove() *cobra.Command {
	var answers string
	var decline bool
	c := &cobra.Command{
		Use: "consent-to-move CLAIM", Short: "Enter the claimant's signed consent to a move, or that they decline",
		Long: `Enter that the claimant consents, in a signed form that you hold, to the move that
was proposed, with what the new category's form asks and the claim doesn't answer yet
(--answers, one JSON object of texts by field, "-" for standard input). The register
then looks at the claim anew.`,
		Example: "  chancery claim consent-to-move 7K3M-9QX2-VD4K --answers more.json\n  chancery claim consent-to-move 7K3M-9QX2-VD4K --decline",
	}
	a.onOne(c, "The claimant's word on moving claim %s is entered.", func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error) {
		if decline {
			return i.Office.DeclineMove(c.Context(), by, on.Programme, on.ID)
		}
		supplied, err := a.changedAnswers(c, answers, on.Programme)
		if err != nil {
			return office.Done{}, err
		}
		return i.Office.ConsentToMove(c.Context(), by, on.Programme, on.ID, supplied)
	})
	c.Flags().StringVar(&answers, "answers", "", "file with further answers")
	c.Flags().BoolVar(&decline, "decline", false, "the claimant doesn't consent")
	return c
}

// changedAnswers reads a file of answers, if one is given.
func (a *app) changedAnswers(c *cobra.Command, file, programme string) (map[string]string, error) {
	if file == "" {
		return map[string]string{}, nil
	}
	return a.readAnswers(c, file, programme)
}

func (a *app) claimAmend() *cobra.Command {
	var answers string
	c := &cobra.Command{
		Use: "amend CLAIM", Short: "Change answers of a filed claim at the claimant's wish, where the rulebook allows",
		Long: `Change answers of a claim that the register hasn't answered yet, at the claimant's
wish: one JSON object of texts by field, in which "" takes an answer back. What was
told before stays, sealed beside the entry that brought it.`,
		Example: "  chancery claim amend 7K3M-9QX2-VD4K --answers changed.json",
	}
	a.onOne(c, "Claim %s is amended.", func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error) {
		changed, err := a.readAnswers(c, answers, on.Programme)
		if err != nil {
			return office.Done{}, err
		}
		return i.Office.Amend(c.Context(), by, on.Programme, on.ID, changed)
	})
	c.Flags().StringVar(&answers, "answers", "", "file with the answers that change")
	return requires(c, "answers")
}

func (a *app) claimReview() *cobra.Command {
	var why string
	c := &cobra.Command{
		Use: "review CLAIM", Short: "Ask, for the claimant, for another look at a refusal",
		Long: `Ask, for the claimant, for another look at a refusal, where the rulebook gives one and
as long as it says. The claim stands before the register again. What the claimant
says (--why, a file) rests sealed.`,
		Example: "  chancery claim review 7K3M-9QX2-VD4K --why letter.txt",
	}
	a.onOne(c, "A review of claim %s is asked for.", func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error) {
		var text []byte
		if why != "" {
			var err error
			if text, err = a.readWhole(why); err != nil {
				return office.Done{}, err
			}
		}
		return i.Office.AskReview(c.Context(), by, on.Programme, on.ID, string(text))
	})
	c.Flags().StringVar(&why, "why", "", "file with the claimant's words")
	return c
}

func (a *app) claimReverse() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "reverse CLAIM", Short: "Take a wrong recording or refusal back",
		Long: `Take a wrong recording or refusal back: an act going forward, after which the
register looks at the claim again. A number that was given stays the claim's own.
It takes two people.`,
		Example: "  chancery claim reverse RD-0000012 --reason wrong-person --credential board.credential --second director.credential",
	}
	a.onOne(c, "What was done with claim %s is reversed: the register looks again.", func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error) {
		return i.Office.ReverseClaim(c.Context(), by, on.Programme, on.ID, reason)
	})
	c.Flags().StringVar(&reason, "reason", "", "why, as a code")
	return requires(c, "reason")
}

func (a *app) claimConsent() *cobra.Command {
	var edition string
	var withdraw bool
	c := &cobra.Command{
		Use: "consent CLAIM", Short: "Enter the claimant's consent in a newer edition, or that it is withdrawn",
		Example: "  chancery claim consent 7K3M-9QX2-VD4K --edition diia-2\n  chancery claim consent 7K3M-9QX2-VD4K --withdraw",
	}
	a.onOne(c, "The claimant's word on the data of claim %s is entered.", func(i *installation.Installation, by office.By, on claim.Claim) (office.Done, error) {
		if withdraw {
			return i.Office.WithdrawConsent(c.Context(), by, on.Programme, on.ID)
		}
		return i.Office.GiveConsent(c.Context(), by, on.Programme, on.ID, edition)
	})
	c.Flags().StringVar(&edition, "edition", "", "edition of the consent's text, as a code")
	c.Flags().BoolVar(&withdraw, "withdraw", false, "the claimant takes consent back")
	return c
}

func (a *app) actorInterest() *cobra.Command {
	var of, programme, category string
	c := &cobra.Command{
		Use: "interest", Short: "Declare an interest of your own in a claim or a category",
		Long: `Declare an interest of your own in a claim, or in all claims of a category. From then
on you take no step in it and see nothing of it that is sealed; it isn't taken back.`,
		Example: "  chancery actor interest --claim RD-0000012\n  chancery actor interest --programme rd4u --category a3-1",
		Args:    args(cobra.NoArgs),
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if (of == "") == (programme == "" || category == "") {
			return wrongUse(c, "use.interest")
		}
		return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
			if of == "" {
				done, err := i.Office.DeclareInterestIn(c.Context(), by, programme, category)
				if err != nil {
					return err
				}
				return a.answerDone(c.Context(), i, done.Ref, "The interest is declared.")
			}
			found, err := i.Office.FindClaim(c.Context(), of)
			if err != nil {
				return err
			}
			done, err := i.Office.DeclareInterest(c.Context(), by, found.Programme, found.ID)
			if err != nil {
				return err
			}
			return a.answerDone(c.Context(), i, done.Ref, "The interest is declared.")
		})
	}
	c.Flags().StringVar(&of, "claim", "", "claim, by reference or number")
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().StringVar(&category, "category", "", "category of it")
	return c
}

// underWay are the rows that say what the register has under way with a claim.
func underWay(r claim.Register) (rows [][]string) {
	if len(r.Tests) > 0 {
		rows = append(rows, []string{"found by people", testsInWords(r.Tests)})
	}
	if at := r.Recommended; at != nil {
		rows = append(rows, []string{"recommended", strings.TrimSpace("to "+string(at.Outcome)+" "+at.Ground) + "; it waits for the board"})
	}
	if at := r.Move; at != nil {
		rows = append(rows, []string{"to be moved", "to " + at.Category + " (" + at.Reason + "), if the claimant consents"})
	}
	if at := r.Review; at != nil {
		said := "asked for on " + at.Asked.String()
		if at.Answer != nil {
			said += ", to be answered by " + at.Answer.String()
		}
		rows = append(rows, []string{"review", said})
	}
	switch {
	case r.NoConsent:
		rows = append(rows, []string{"consent", "withdrawn"})
	case r.Consent != "":
		rows = append(rows, []string{"consent", "in edition " + r.Consent})
	}
	return rows
}
