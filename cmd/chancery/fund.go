package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
)

func (a *app) fundCommand() *cobra.Command {
	return group("fund", "Take money in and pay it out", "fund pay --programme demo --currency EUR --credential treasurer-1.credential --second treasurer-2.credential",
		a.fundReceive(), a.acknowledged(a.fundPay()), a.acknowledged(a.fundSettle()))
}

func (a *app) fundReceive() *cobra.Command {
	var programme, from, amount string
	c := &cobra.Command{
		Use: "receive", Short: "Book a contribution",
		Example: "  chancery fund receive --programme demo --from harbour-company --amount '1000000.00 EUR' --credential treasurer-1.credential",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			sum, err := money.ParseAmount(amount)
			if err != nil {
				return wrongUse(c, "use.amount", "why", a.say(err))
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				done, err := i.Office.ReceiveContribution(c.Context(), by, programme, from, sum)
				if err != nil {
					return err
				}
				return a.print(done, func(w io.Writer) { fmt.Fprintf(w, "%s received from %s.\n", done.Amount, done.Contributor) })
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().StringVar(&from, "from", "", "code of who contributes")
	c.Flags().StringVar(&amount, "amount", "", "amount with currency: '1000000.00 EUR'")
	return requires(c, "programme", "from", "amount")
}

func (a *app) fundPay() *cobra.Command {
	var programme, currency string
	c := &cobra.Command{
		Use: "pay", Short: "Order a payment round",
		Long: `Distribute the money at hand by the rulebook's plan: each payee up to a slice, in
the order of decision, while money lasts. The round is recorded before anything
leaves. It takes two people.`,
		Example: "  chancery fund pay --programme demo --currency EUR --credential treasurer-1.credential --second treasurer-2.credential",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			cur, err := money.ParseCurrency(currency)
			if err != nil {
				return wrongUse(c, "use.currency", "why", a.say(err))
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				done, err := i.Office.PayRound(c.Context(), by, programme, cur)
				if err != nil {
					return err
				}
				return a.answer(c.Context(), i, done.Ref, map[string]any{"round": done.Round, "payments": done.Payments, "total": done.Total, "left": done.Left}, func(w io.Writer) {
					fmt.Fprintf(w, "Round %d: %s payments ordered, %s; %s left. Entry: %s\n", done.Round, grouped(done.Payments), done.Total, done.Left, done.Ref)
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().StringVar(&currency, "currency", "", "currency of the money at hand")
	return requires(c, "programme", "currency")
}

func (a *app) fundSettle() *cobra.Command {
	var programme string
	var returned []string
	c := &cobra.Command{
		Use: "settle ROUND", Short: "Enter the bank's answer to a round",
		Long: `Enter the bank's answer to a round: every payment that is under way is marked
paid, but for those named with --returned CLAIM=REASON, which are owed again.`,
		Example: "  chancery fund settle 1 --programme demo --returned HF-0000012=AC04 --credential treasurer-1.credential",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			round, err := strconv.ParseInt(given[0], 10, 64)
			if err != nil || round < 1 {
				return wrongUse(c, "use.round", "text", given[0])
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				answers, err := bankAnswers(c, i, programme, round, returned)
				if err != nil {
					return err
				}
				done, err := i.Office.SettlePayments(c.Context(), by, programme, round, answers)
				if err != nil {
					return err
				}
				return a.answer(c.Context(), i, done.Ref, map[string]any{"paid": done.Paid, "returned": done.Returned}, func(w io.Writer) {
					fmt.Fprintf(w, "Round %d: %s paid, %s returned. Entry: %s\n", round, grouped(done.Paid), grouped(done.Returned), done.Ref)
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "programme")
	c.Flags().StringArrayVar(&returned, "returned", nil, "CLAIM=REASON of a payment that came back; give it again for another")
	return requires(c, "programme")
}

// bankAnswers are the answers to every payment under way.
func bankAnswers(c *cobra.Command, i *installation.Installation, programme string, round int64, returned []string) ([]office.BankAnswer, error) {
	reasons := map[claim.ID]string{}
	for _, text := range returned {
		name, reason, ok := strings.Cut(text, "=")
		if !ok || reason == "" {
			return nil, wrongUse(c, "use.returned", "text", text)
		}
		found, err := i.Office.FindClaim(c.Context(), name)
		if err != nil {
			return nil, err
		}
		reasons[found.ID] = reason
	}
	ids, err := i.Office.Payments(c.Context(), programme, round)
	if err != nil {
		return nil, err
	}
	answers := make([]office.BankAnswer, 0, len(ids))
	for _, id := range ids {
		reason, back := reasons[id]
		answers = append(answers, office.BankAnswer{Claim: id, Returned: back, Reason: reason})
		delete(reasons, id)
	}
	for id := range reasons { // named, and not under way: the office says so
		answers = append(answers, office.BankAnswer{Claim: id, Returned: true, Reason: reasons[id]})
	}
	return answers, nil
}
