package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/letter"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/post"
	"github.com/openchancery/chancery/store"
)

func (a *app) letterCommand() *cobra.Command {
	return group("letter", "What claimants are told: letters, mail, and deadlines", "letter list --programme rd4u --state to-print",
		a.letterWrite(), a.letterList(), a.letterPrint(), a.letterMail(), a.letterCheck(), a.letterOverdue())
}

func (a *app) letterWrite() *cobra.Command {
	return &cobra.Command{
		Use: "write", Short: "Write the letters that are due, now",
		Long: `Write the letters on what was entered, start and stop deadlines, and remind
claimants of those that come near. chancery serve and chancery work do this by
themselves every minute; this is for who runs neither, or won't wait.`,
		Example: "  chancery letter write",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.owning(c.Context(), func(i *installation.Installation) error {
				if _, err := i.Office.Sequence(c.Context()); err != nil {
					return err
				}
				if err := i.Office.FollowUp(c.Context()); err != nil {
					return err
				}
				if err := i.Office.WatchClocks(c.Context()); err != nil {
					return err
				}
				return a.print(map[string]any{"written": true}, func(w io.Writer) { fmt.Fprintln(w, "The letters that were due are written.") })
			})
		},
	}
}

// letterStates are the states of a letter, in the order of its way.
var letterStates = []store.LetterState{
	store.LetterShown, store.LetterQueued, store.LetterSent, store.LetterBounced, store.LetterToPrint, store.LetterPrinted,
}

func (a *app) letterList() *cobra.Command {
	var programme, state, after string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List letters, a page at a time, unopened",
		Long: `List letters, a page at a time: of which claim, on what, in which language, and
how far each has come. What they say is not opened.`,
		Example: "  chancery letter list --programme rd4u --state bounced\n  chancery letter list --programme rd4u --state to-print --json",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if !slices.Contains(letterStates, store.LetterState(state)) {
				return wrongUse(c, "use.letter-state", "state", state, "known", listed(letterStates))
			}
			if limit < 1 || limit > mostOnAPage {
				return wrongUse(c, "use.limit", "most", mostOnAPage)
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				if err := isOpen(c.Context(), i, programme); err != nil {
					return err
				}
				lines, next, err := i.Office.LetterLines(c.Context(), programme, store.LetterState(state), after, limit)
				if err != nil {
					return err
				}
				rows := [][]string{{"CLAIM", "ON", "LANGUAGE", "MADE", "STATE", "SINCE"}}
				for _, l := range lines {
					rows = append(rows, []string{l.Claim, l.On, l.Language, l.Made.String(), string(l.State), l.Moved.String()})
				}
				return a.print(map[string]any{"letters": lines, "next": next}, func(w io.Writer) {
					table(w, rows...)
					if next != "" {
						fmt.Fprintf(w, "\nMore: --after '%s'\n", next)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "the programme")
	c.Flags().StringVar(&state, "state", string(store.LetterToPrint), "shown, queued, sent, bounced, to-print or printed")
	c.Flags().StringVar(&after, "after", "", "where the page begins, as the page before said")
	c.Flags().IntVar(&limit, "limit", 50, fmt.Sprintf("letters on the page, at most %d", mostOnAPage))
	return requires(c, "programme")
}

func (a *app) letterPrint() *cobra.Command {
	var programme, pdf string
	var instalment int64
	c := &cobra.Command{
		Use: "print", Short: "Make the letters that go by post into one document",
		Long: `Make the letters that go by post into one document for the printer, each on a
sheet of its own with the lines of its envelope, at most ` + strconv.Itoa(office.MostPrinted) + ` at a time, and mark them
as printed. It takes two people, and the reading log has it. The document lies in
the outbox (DIR.outbox), of mode 0600, and is removed after ` + strconv.Itoa(installation.OutboxDays) + ` days.

With --pdf chromium the document is a tagged PDF, made by that program of the
machine's; without it, HTML that any browser prints.`,
		Example: "  chancery letter print --programme rd4u --second director.credential\n  chancery letter print --programme rd4u --instalment 3 --pdf chromium --second director.credential",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				letters, err := i.Office.LettersToPrint(c.Context(), by, programme, instalment)
				if err != nil {
					return err
				}
				path := ""
				if len(letters) > 0 {
					if path, err = printLetters(c.Context(), i, letters, pdf); err != nil {
						return err
					}
				}
				ids := make([]string, len(letters))
				for n, l := range letters {
					ids[n] = l.ID
				}
				if err := i.Office.Printed(c.Context(), by, programme, ids); err != nil {
					return err
				}
				return a.print(map[string]any{"letters": len(letters), "file": path, "more": len(letters) == office.MostPrinted}, func(w io.Writer) {
					if len(letters) == 0 {
						fmt.Fprintln(w, "No letter waits to be printed.")
						return
					}
					fmt.Fprintf(w, "%d letters: %s\nIt is removed after %d days.\n", len(letters), path, installation.OutboxDays)
				})
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "the programme")
	c.Flags().Int64Var(&instalment, "instalment", 0, "only letters on decisions of this instalment")
	c.Flags().StringVar(&pdf, "pdf", "", "program that makes a tagged PDF: chromium")
	return requires(c, "programme")
}

// printLetters writes a document to the outbox, and answers its path.
func printLetters(ctx context.Context, i *installation.Installation, letters []office.PaperLetter, browser string) (string, error) {
	if browser == "" {
		return i.Out("letters", ".html", func(w io.Writer) error { return letter.Paper(w, language, letters) })
	}
	var document strings.Builder
	if err := letter.Paper(&document, language, letters); err != nil {
		return "", err
	}
	return i.Out("letters", ".pdf", func(w io.Writer) error {
		pdf, err := letter.PDF(ctx, browser, i.Outbox(), []byte(document.String()))
		if err != nil {
			return err
		}
		_, err = w.Write(pdf)
		return err
	})
}

func (a *app) letterMail() *cobra.Command {
	s := post.Settings{Port: 587, Security: post.StartTLS}
	var security, password string
	c := &cobra.Command{
		Use: "mail", Short: "Say how mail is sent, or show it",
		Long: `Say through which mail server claimants are told that there is news, or show it
where no flag is given. The mail says that there is news and nothing else. The
settings lie in the folder of keys, for there is a password in them; a chancery
serve or work that runs takes them at its next start.

--security starttls (the usual) goes over to TLS or doesn't send; tls begins with
it; clear is for a mail server on this very machine.`,
		Example: "  chancery letter mail --host mail.example.org --from register@example.org --user register --password-file smtp.secret\n  chancery letter mail",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if s.Host == "" && s.From == "" {
				return a.reading(c.Context(), a.showMail)
			}
			return a.owning(c.Context(), func(i *installation.Installation) error {
				s.Security = post.Security(security)
				if password != "" {
					text, err := os.ReadFile(a.path(password))
					if err != nil {
						return err
					}
					s.Password = strings.TrimRight(string(text), "\r\n")
				}
				if err := i.SetMail(s); err != nil {
					return err
				}
				return a.showMail(i)
			})
		},
	}
	c.Flags().StringVar(&s.Host, "host", "", "the mail server")
	c.Flags().IntVar(&s.Port, "port", s.Port, "its port")
	c.Flags().StringVar(&security, "security", string(s.Security), "starttls, tls or clear")
	c.Flags().StringVar(&s.From, "from", "", "address that mail comes from")
	c.Flags().StringVar(&s.User, "user", "", "user there, if it asks for one")
	c.Flags().StringVar(&password, "password-file", "", "file with the password")
	return c
}

// showMail shows how mail is sent, without the password.
func (a *app) showMail(i *installation.Installation) error {
	s, ok, err := i.Mail()
	if err != nil {
		return err
	}
	said := map[string]any{"set": ok}
	if ok {
		said = map[string]any{"set": ok, "host": s.Host, "port": s.Port, "security": s.Security, "from": s.From, "user": s.User}
	}
	return a.print(said, func(w io.Writer) {
		if !ok {
			fmt.Fprintln(w, "No mail is sent: no mail server is set.")
			return
		}
		table(w, []string{"server", s.Host + ":" + strconv.Itoa(s.Port)}, []string{"security", string(s.Security)}, []string{"from", s.From}, []string{"user", s.User})
	})
}

func (a *app) letterCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check CODE", Short: "Say whether a letter or message is ours, by its code",
		Long: `Say whether a letter or message is ours, by the code that stands on it: what the
public page at /verify tells. Exit code 1 where it isn't.`,
		Example: "  chancery letter check '7K3M 9QX2 VD4K'",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				ours, err := i.Office.IsOurs(c.Context(), given[0])
				if fault.Code(err) == "letter.not-ours" {
					if err := a.print(map[string]any{"ours": false}, func(w io.Writer) { fmt.Fprintln(w, catalogue.Sentence(language, err)) }); err != nil {
						return err
					}
					return errFound
				}
				if err != nil {
					return err
				}
				return a.print(map[string]any{"ours": true, "made": ours.Made, "state": ours.State}, func(w io.Writer) {
					table(w, []string{"ours", "yes"}, []string{"made", ours.Made.String()}, []string{"state", string(ours.State)})
				})
			})
		},
	}
}

// overdueLine is a deadline that has passed.
type overdueLine struct {
	Claim    string `json:"claim"`
	Deadline string `json:"deadline"`
	For      string `json:"for"`
	Ended    string `json:"ended"` // its last day
	Text     string `json:"text"`
}

func (a *app) letterOverdue() *cobra.Command {
	var programme string
	var limit int
	c := &cobra.Command{
		Use: "overdue", Short: "List deadlines that have passed",
		Long: `List deadlines of the rulebook that have passed, the longest first: whose turn it
is, and what was to be done. Days are legal days of the programme. Nothing follows
by itself: somebody decides.`,
		Example: "  chancery letter overdue --programme rd4u",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 || limit > mostOnAPage {
				return wrongUse(c, "use.limit", "most", mostOnAPage)
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				if err := isOpen(c.Context(), i, programme); err != nil {
					return err
				}
				over, err := i.Office.OverClocks(c.Context(), programme, limit)
				if err != nil {
					return err
				}
				lines, rows := make([]overdueLine, len(over)), [][]string{{"CLAIM", "LAST DAY", "WHOSE TURN", "WHAT"}}
				for n, o := range over {
					lines[n] = overdueLine{o.Claimed.Name(), o.Deadline, o.For, o.Ends.String(), o.Text.In(language)}
					rows = append(rows, []string{lines[n].Claim, lines[n].Ended, lines[n].For, lines[n].Text})
				}
				return a.print(map[string]any{"overdue": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
	c.Flags().StringVar(&programme, "programme", "", "the programme")
	c.Flags().IntVar(&limit, "limit", 50, fmt.Sprintf("deadlines listed, at most %d", mostOnAPage))
	return requires(c, "programme")
}
