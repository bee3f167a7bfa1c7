package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/desk"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/vault"
)

func (a *app) deskCommand() *cobra.Command {
	c := group("desk", "Read sensitive answers, on an officer's own machine", "desk open claims.desk --key desk.key",
		a.deskNew(), a.deskBackup(), a.deskRestore(), a.deskUse(), a.deskFetch(), a.deskOpen(), a.deskRerun(), a.deskPreview())
	c.Long = `Sensitive answers are sealed to the desk's key, which the server doesn't hold:
who takes the server, with all its keys, can't read them. The key is made on an
officer's own machine (new) and its public line is set on the server (use). To
read, somebody fetches claims on the server (fetch), which the reading log keeps,
and opens the file at the desk (open), where the rules can also be run again
(rerun) and another edition be tried (preview). Back the desk's key up in shares
(backup): without it nothing sensitive can be read.`
	return c
}

func (a *app) deskNew() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "new", Short: "Make a desk's key, on an officer's own machine",
		Long: `Make a desk's key: the private part goes into a new file that its owner alone
may read, the public line into a file of the same name and .pub, and it is
printed. Run it on an officer's own machine, never on the server; no installation
is needed. Then carry the public file to the server and set it there with chancery
desk use. A private key that lies on the server protects nothing.`,
		Example: "  chancery desk new -o desk.key",
		Args:    args(cobra.NoArgs),
		RunE: func(_ *cobra.Command, _ []string) error {
			private, public, err := vault.NewDeskKey()
			if err != nil {
				return err
			}
			// The private key first: a public line without it would take answers that
			// nobody ever reads.
			if err := vault.WriteDeskKey(file, private); err != nil {
				return err
			}
			if err := newFile(file+".pub", 0o644, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, public)
				return err
			}); err != nil {
				return errors.Join(err, os.Remove(file))
			}
			id, err := vault.ParseDeskPublic(public)
			if err != nil {
				return err
			}
			return a.print(map[string]string{"file": file, "id": id, "public": public}, func(w io.Writer) {
				fmt.Fprintf(w, "The desk's private key is in %s. Keep it off the server, and copies of it in a safe.\nIts public line is in %s.pub. On the server, as an administrator: chancery desk use %s.pub\n\n%s\n",
					file, file, filepath.Base(file), public)
			})
		},
	}
	c.Flags().StringVarP(&file, "out", "o", "", "new file for the private key")
	return requires(c, "out")
}

func (a *app) deskUse() *cobra.Command {
	return &cobra.Command{
		Use: "use PUBLIC", Short: "Set the desk's key on the server",
		Long: `Set the desk's key on the server, by its public line or a file that holds it:
sensitive answers are sealed to it from now on. It is an administrator's act, and
the docket keeps the key's id. To rotate, set another key, which takes a second
person (--second, an officer): what was sealed to the older one stays so, and the
desk keeps both private lines in one file, the newest last. A key that was
replaced is not taken again.`,
		Example: "  chancery desk use chancery-desk-public-1.0123456789abcdef.…\n  chancery desk use desk.key.pub",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			public, err := a.publicLine(given[0])
			if err != nil {
				return err
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				id, err := i.Office.UseDesk(c.Context(), by, public)
				if err != nil {
					return err
				}
				return a.print(map[string]string{"id": id}, func(w io.Writer) {
					fmt.Fprintf(w, "Sensitive answers are sealed to the desk's key %s from now on.\n", id)
				})
			})
		},
	}
}

// publicLine is the desk's public line, given as it is or in a file. A private
// one is refused unread: the server must not have seen it.
func (a *app) publicLine(given string) (string, error) {
	if strings.HasPrefix(given, "chancery-desk-") {
		return given, nil
	}
	if strings.HasPrefix(given, "CHANCERY-DESK-SECRET") {
		return "", fault.New(fault.Invalid, "desk.no-private-here", "file", "What you gave")
	}
	path, err := a.file(given)
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<16))
	if strings.HasPrefix(string(text), "CHANCERY-DESK-SECRET") {
		return "", fault.New(fault.Invalid, "desk.no-private-here", "file", given)
	}
	return strings.TrimSpace(string(text)), err
}

func (a *app) deskFetch() *cobra.Command {
	var purpose, file string
	c := &cobra.Command{
		Use: "fetch CLAIM...", Short: "Fetch claims with sensitive answers, for the desk",
		Long: `Fetch claims with sensitive answers, on the server, into a file for the desk.
Everything in it but the public answers is sealed to the desk's key, with the
commitments that the docket holds and the edition that the claims were filed
under. The reading log keeps that a person saw them, for the purpose given; the
limits are those of chancery claim answers.`,
		Example: "  chancery desk fetch HF-0000012 HF-0000013 --purpose review -o claims.desk",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				var fetched office.DeskFile
				var alarm int64
				path, err := a.file(file)
				if err != nil {
					return err
				}
				err = newFile(path, 0o600, func(w io.Writer) (err error) {
					if fetched, alarm, err = i.Office.FetchForDesk(c.Context(), by, given, purpose); err != nil {
						return err
					}
					return json.NewEncoder(w).Encode(fetched)
				})
				if err != nil {
					return err
				}
				a.warn(alarm)
				return a.print(map[string]any{"file": file, "claims": len(fetched.Claims), "alarm": alarm}, func(w io.Writer) {
					fmt.Fprintf(w, "%s claims are in %s. Open it at the desk: chancery desk open %s --key desk.key\n", grouped(int64(len(fetched.Claims))), file, file)
				})
			})
		},
	}
	c.Flags().StringVarP(&file, "out", "o", "", "new file to write")
	return purposeFlag(requires(c, "out"), &purpose)
}

// newFile writes a file that isn't there yet, whole or not at all.
func newFile(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "desk.in-the-way", "file", path)
	}
	if err != nil {
		return err
	}
	if err = errors.Join(write(out), out.Close()); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// atDesk is a command that works on a file from the server with the desk's key.
func (a *app) atDesk(c *cobra.Command, do func(c *cobra.Command, claims []desk.Claim) error) *cobra.Command {
	var key string
	c.Args = args(cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		file, err := desk.Read(given[0])
		if err != nil {
			return err
		}
		with, err := vault.ReadDeskKey(key)
		if err != nil {
			return err
		}
		claims, err := desk.Open(file, with)
		if err != nil {
			return err
		}
		return do(c, claims)
	}
	c.Flags().StringVar(&key, "key", "", "file with the desk's private key")
	return requires(c, "key")
}

func (a *app) deskOpen() *cobra.Command {
	return a.atDesk(&cobra.Command{
		Use: "open FILE", Short: "Show the sensitive answers in a file from the server",
		Long: `Open a file that chancery desk fetch wrote and show all answers, at the desk,
without the server. Each is held against the commitment that came with it; the
claimant's receipt proves that the docket holds that commitment.

Exit code 0: all fit. 1: something is not what the docket commits to.`,
		Example: "  chancery desk open claims.desk --key desk.key",
	}, func(_ *cobra.Command, claims []desk.Claim) error {
		type line struct {
			Reference string            `json:"reference"`
			Number    string            `json:"number,omitempty"`
			Answers   map[string]string `json:"answers"`
			Checks    []desk.Check      `json:"checks"`
		}
		lines := make([]line, len(claims))
		for i, c := range claims {
			lines[i] = line{string(c.Reference), string(c.Number), c.Answers, c.Checks}
		}
		err := a.print(map[string]any{"claims": lines}, func(w io.Writer) {
			for _, c := range claims {
				printOpened(w, c)
			}
		})
		if err == nil && slices.ContainsFunc(claims, func(c desk.Claim) bool { return !c.Fits() }) {
			return errFound
		}
		return err
	})
}

func printOpened(w io.Writer, c desk.Claim) {
	fmt.Fprintf(w, "%s  (%s, %s)\n", c.Name(), c.Programme, c.Category)
	rows := [][]string{{"FIELD", "CLASS", "ANSWER"}}
	category, _ := c.Rules.Category(c.Category)
	for _, id := range category.Asks {
		if answer, ok := c.Answers[id]; ok {
			field, _ := c.Rules.Field(id)
			rows = append(rows, []string{id, string(field.Class), oneLine(answer)})
		}
	}
	table(w, rows...)
	for _, k := range c.Checks {
		verdict := "is what the docket commits to at"
		if !k.Fits {
			verdict = "FOUND: is NOT what the docket commits to at"
		}
		fmt.Fprintf(w, "%s %s %s\n", k.Name, verdict, k.Entry)
	}
	fmt.Fprintln(w)
}

func (a *app) deskRerun() *cobra.Command {
	return a.atDesk(&cobra.Command{
		Use: "rerun FILE", Short: "Run the rules again over sensitive answers",
		Long: `Run the rules again over all answers of the claims in a file from the server,
under the edition that each was filed under, and set the result beside what the
server kept when the answers were sent, rule by rule.

Exit code 0: the same. 1: something came out otherwise, or isn't what the docket
commits to.`,
		Example: "  chancery desk rerun claims.desk --key desk.key --json",
	}, func(_ *cobra.Command, claims []desk.Claim) error {
		type line struct {
			Reference string `json:"reference"`
			Fits      bool   `json:"fits"`
			desk.Rerun
		}
		lines, same := make([]line, len(claims)), true
		for i, c := range claims {
			again, err := c.Rerun()
			if err != nil {
				return fmt.Errorf("claim %s: %w", c.Name(), err)
			}
			lines[i] = line{string(c.Reference), c.Fits(), again}
			same = same && again.Same && c.Fits()
		}
		err := a.print(map[string]any{"same": same, "claims": lines}, func(w io.Writer) {
			for i, c := range claims {
				fmt.Fprintf(w, "%s: %s\n", c.Name(), sameOrNot(lines[i].Same, lines[i].Fits))
				rows := [][]string{{"  RULE", "WHEN SENT", "NOW", ""}}
				for _, l := range lines[i].Lines {
					rows = append(rows, []string{"  " + l.Rule, l.Sent, l.Now, sameOrNot(l.Same, true)})
				}
				table(w, rows...)
			}
		})
		if err == nil && !same {
			return errFound
		}
		return err
	})
}

func sameOrNot(same, fits bool) string {
	switch {
	case !fits:
		return "NOT WHAT THE DOCKET COMMITS TO"
	case same:
		return "same"
	}
	return "DIFFERENT"
}

func (a *app) deskPreview() *cobra.Command {
	var other string
	var edition *rulebook.Edition
	c := a.atDesk(&cobra.Command{
		Use: "preview FILE", Short: "Try another edition on sensitive answers",
		Long: `Try another edition of the rulebook on the claims in a file from the server: what
it would find and what it would award, beside what the rules said when the
answers were sent. Nothing is entered anywhere. Fields that the other edition
doesn't ask for are left out and listed.`,
		Example: "  chancery desk preview claims.desk --key desk.key --rulebook next.yaml",
		PreRunE: func(*cobra.Command, []string) error {
			source, err := os.ReadFile(other)
			if err != nil {
				return err
			}
			edition, err = rulebook.Parse(other, source)
			return err
		},
	}, func(_ *cobra.Command, claims []desk.Claim) error {
		type line struct {
			Reference string `json:"reference"`
			desk.Preview
		}
		lines := make([]line, len(claims))
		rows := [][]string{{"CLAIM", "WAS FOUND", "WOULD BE", "CAME TO", "WOULD COME TO", "", "NOT ASKED"}}
		for i, c := range claims {
			p, err := c.Preview(edition)
			if err != nil {
				return fmt.Errorf("claim %s: %w", c.Name(), err)
			}
			lines[i] = line{string(c.Reference), p}
			rows = append(rows, []string{
				c.Name(), found(p.Sent), found(p.Would), comes(p.Sent), comes(p.Would), sameOrNot(p.Same, true), strings.Join(p.NotAsked, ", "),
			})
		}
		return a.print(map[string]any{"claims": lines}, func(w io.Writer) { table(w, rows...) })
	})
	c.Flags().StringVar(&other, "rulebook", "", "file with the other edition")
	return requires(c, "rulebook")
}

// found is a finding in few words.
func found(o office.Outcomes) string {
	switch {
	case o.Finding != nil && o.Finding.Ground != "":
		return string(o.Finding.Outcome) + " (" + o.Finding.Ground + ")"
	case o.Finding != nil && len(o.Finding.Missing) > 0:
		return string(o.Finding.Outcome) + " (" + strings.Join(o.Finding.Missing, ", ") + ")"
	case o.Finding != nil:
		return string(o.Finding.Outcome)
	case o.NotExamined != nil:
		return o.NotExamined.Code
	}
	return ""
}

// comes is a valuation in few words.
func comes(o office.Outcomes) string {
	switch {
	case o.Valuation != nil && o.Valuation.Award != nil:
		return o.Valuation.Award.String() + " (" + o.Valuation.Rule + ")"
	case o.Valuation != nil:
		return string(o.Valuation.Outcome) + " (" + o.Valuation.Ground + ")"
	case o.NotValued != nil:
		return o.NotValued.Code
	}
	return ""
}
