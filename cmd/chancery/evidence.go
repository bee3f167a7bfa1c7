package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) evidenceCommand() *cobra.Command {
	return group("evidence", "The files that support claims: send, list, open, prove", "evidence list HF-0000012",
		a.evidenceAdd(), a.evidenceList(), a.evidenceOpen(), a.evidenceManifest(), a.evidenceHealth(), a.evidenceCheck())
}

// fileLine is a file as JSON.
type fileLine struct {
	File     string `json:"file"`
	Name     string `json:"name,omitempty"`
	State    string `json:"state"`
	Reason   string `json:"reason,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256,omitempty"`
	Entry    int64  `json:"entry,omitempty"`
	Replaces string `json:"replaces,omitempty"`
}

func fileLineOf(f office.File) fileLine {
	l := fileLine{File: f.ID, Name: f.Name, State: string(f.State), Reason: f.Reason, Kind: f.Kind, Size: f.Size, Entry: int64(f.Entry), Replaces: f.Replaces}
	if f.State.Arrived() {
		l.SHA256 = f.SHA256.String()
	}
	return l
}

// stateInWords says how a file stands, and why.
func stateInWords(f office.File) string {
	said := catalogue.Label(language, "evidence.state."+string(f.State))
	if f.Reason != "" {
		said += " " + catalogue.Sentence(language, fault.New(fault.Invalid, f.Reason, f.Values...))
	}
	return said
}

// ownerOf is the claim or draft that somebody named.
func (a *app) ownerOf(c *cobra.Command, i *installation.Installation, claim, draft string) (owner office.FileOwner, err error) {
	if draft != "" {
		return office.FileOwner{Draft: draft}, nil
	}
	found, err := i.Office.FindClaim(c.Context(), claim)
	return office.FileOwner{Claim: found.ID}, err
}

func (a *app) evidenceAdd() *cobra.Command {
	var draft, replaces string
	var sensitive bool
	c := &cobra.Command{
		Use: "add CLAIM FILE…", Short: "Add files to a claim, or to a draft of yours",
		Long: `Add files to a claim that is on file, or with --draft to a draft of yours. Each is
looked into by its content, hashed, sealed under the claim's key and, where the claim is
on file, named by an entry that commits to it. What can't be used is refused, and it says
why and what to send instead. With --sensitive a file is sealed to the desk: it opens
there alone.`,
		Example: `  chancery evidence add HF-0000012 contract.pdf photo.jpg
  chancery evidence add --draft 5f0c2d7a91e84b36a0c1f2d3e4b5a697 contract.pdf`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			claim, files := given[0], given[1:]
			if draft != "" {
				claim, files = "", given
			}
			if len(files) == 0 {
				return wrongUse(c, "use.evidence-files")
			}
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				owner, err := a.ownerOf(c, i, claim, draft)
				if err != nil {
					return err
				}
				var done []office.File
				var failed error
				for _, path := range files {
					f, err := a.addFile(c, i, by, owner, path, office.FileFacts{Sensitive: sensitive, Replaces: replaces, Archives: true})
					if failed = err; err != nil {
						break
					}
					done = append(done, f)
				}
				return errors.Join(a.printFiles(done), failed)
			})
		},
	}
	c.Flags().StringVar(&draft, "draft", "", "a draft of yours, in place of CLAIM")
	c.Flags().StringVar(&replaces, "replaces", "", "id of the file in whose place this one comes")
	c.Flags().BoolVar(&sensitive, "sensitive", false, "seal to the desk: it opens there alone")
	return c
}

func (a *app) addFile(c *cobra.Command, i *installation.Installation, by office.By, owner office.FileOwner, path string, facts office.FileFacts) (_ office.File, err error) {
	file, err := os.Open(a.path(path))
	if err != nil {
		return office.File{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return office.File{}, err
	}
	facts.Name, facts.Size = filepath.Base(path), info.Size()
	f, err := i.Office.BeginFile(c.Context(), by, owner, facts)
	if err != nil {
		return f, err
	}
	if _, err := i.Office.AppendFile(c.Context(), by, f.ID, 0, file); err != nil {
		return f, errors.Join(err, i.Office.DiscardFile(c.Context(), by, f.ID))
	}
	return i.Office.FinishFile(c.Context(), by, f.ID)
}

func (a *app) printFiles(files []office.File) error {
	lines := make([]fileLine, len(files))
	for n, f := range files {
		lines[n] = fileLineOf(f)
	}
	return a.print(map[string]any{"files": lines}, func(w io.Writer) {
		rows := [][]string{{"FILE", "NAME", "BYTES", "ENTRY", "STANDS"}}
		for _, f := range files {
			entry := ""
			if f.Entry > 0 {
				entry = fmt.Sprint(f.Entry)
			}
			rows = append(rows, []string{f.ID, f.Name, fmt.Sprint(f.Size), entry, stateInWords(f)})
		}
		table(w, rows...)
	})
}

func (a *app) evidenceList() *cobra.Command {
	var draft string
	c := &cobra.Command{
		Use: "list CLAIM", Short: "List the files of a claim, or of a draft of yours, and how each stands",
		Example: "  chancery evidence list HF-0000012\n  chancery evidence list --draft 5f0c2d7a91e84b36a0c1f2d3e4b5a697",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			if (draft == "") != (len(given) == 1) {
				return wrongUse(c, "use.evidence-owner")
			}
			return a.reading(c.Context(), func(i *installation.Installation) error {
				by, err := a.by(c.Context(), i)
				if err != nil {
					return err
				}
				owner, err := a.ownerOf(c, i, strings.Join(given, ""), draft)
				if err != nil {
					return err
				}
				files, err := i.Office.Files(c.Context(), by, owner)
				if err != nil {
					return err
				}
				return a.printFiles(files)
			})
		},
	}
	c.Flags().StringVar(&draft, "draft", "", "a draft of yours, in place of CLAIM")
	return c
}

func (a *app) evidenceOpen() *cobra.Command {
	var purpose, to string
	c := &cobra.Command{
		Use: "open FILE", Short: "Take a file out, under a line of the reading log",
		Long: `Take a file out by its id. The reading log has who opened it and what for before a
byte of it is read. Nothing infected and nothing unchecked is given out. A file of the
class sensitive comes as the desk's key opens it.`,
		Example: "  chancery evidence open 5f0c2d7a91e84b36a0c1f2d3e4b5a697 --purpose examination -o contract.pdf",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				if err := a.elsewhere(i, to); err != nil {
					return err
				}
				f, content, err := i.Office.OpenFile(c.Context(), by, given[0], purpose)
				if err != nil {
					return err
				}
				err = newFile(a.path(to), 0o600, func(w io.Writer) error {
					_, err := io.Copy(w, content)
					return err
				})
				if err := errors.Join(err, content.Close()); err != nil {
					return err
				}
				return a.print(fileLineOf(f), func(w io.Writer) { fmt.Fprintf(w, "Written to %s.\n", to) })
			})
		},
	}
	c.Flags().StringVarP(&to, "output", "o", "", "where it is written; the file must not be there")
	return purposeFlag(requires(c, "output"), &purpose)
}

func (a *app) evidenceManifest() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "manifest CLAIM -o FILE", Short: "Write what proves, beside the receipt, that a file is the one that was sent",
		Long: `Write the manifest of a claim's files as JSON: for each its name, size, SHA-256,
the salt of its commitment, the entry that names it, and its custody: who sent, checked
and opened it, and when. With the receipt and the file itself, chancery-verify receipt
holds them against the published log, without a network.`,
		Example: "  chancery evidence manifest HF-0000012 -o manifest.json\n  chancery-verify receipt receipt.json --key log.pub --manifest manifest.json --file contract.pdf",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				by, err := a.by(c.Context(), i)
				if err != nil {
					return err
				}
				found, err := i.Office.FindClaim(c.Context(), given[0])
				if err != nil {
					return err
				}
				m, err := i.Office.Manifest(c.Context(), by, found.ID)
				if err != nil {
					return err
				}
				if err := a.elsewhere(i, to); err != nil {
					return err
				}
				text, err := json.MarshalIndent(m, "", "  ")
				if err != nil {
					return err
				}
				if err := os.WriteFile(to, append(text, '\n'), 0o600); err != nil {
					return err
				}
				return a.print(map[string]any{"file": to, "reference": m.Reference, "files": len(m.Files)}, func(w io.Writer) {
					fmt.Fprintf(w, "Manifest of %d files in %s. It shows their names: it is the claimant's.\n", len(m.Files), to)
				})
			})
		},
	}
	c.Flags().StringVarP(&to, "output", "o", "", "the file that is written")
	return requires(c, "output")
}

func (a *app) evidenceHealth() *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Count the files by how they stand, and those that fell silent: none",
		Example: "  chancery evidence health",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				h, err := i.Office.FileHealth(c.Context())
				if err != nil {
					return err
				}
				return a.print(map[string]any{"silent": h.Silent, "failed": h.Failed, "states": h.States}, func(w io.Writer) {
					rows := [][]string{{"fell silent", fmt.Sprint(h.Silent)}, {}}
					for _, state := range evidence.States() {
						if n := h.States[state]; n > 0 {
							rows = append(rows, []string{string(state), fmt.Sprint(n)})
						}
					}
					table(w, rows...)
				})
			})
		},
	}
}

func (a *app) evidenceCheck() *cobra.Command {
	var most int
	c := &cobra.Command{
		Use: "check", Short: "Have files checked for malware that couldn't be, or that came before a scanner was set up",
		Long: `Have files checked for malware once more: those that couldn't be checked, and those
that came while no scanner was set up. chancery serve, chancery work or the next command
that does jobs asks the scanner, which CHANCERY_SCANNER names.`,
		Example: "  CHANCERY_SCANNER=unix:/run/clamav/clamd.ctl chancery evidence check",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
				n, err := i.Office.CheckAgain(c.Context(), by, cmp.Or(most, 10_000))
				if err != nil {
					return err
				}
				return a.print(map[string]any{"files": n}, func(w io.Writer) { fmt.Fprintf(w, "%d files wait for the scanner.\n", n) })
			})
		},
	}
	c.Flags().IntVar(&most, "most", 0, "no more than so many; default 10,000")
	return c
}
