package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
)

func (a *app) registryCommand() *cobra.Command {
	return group("registry", "Other bodies' registers, which forms may be filled in from", "registry list", a.registryLoad(), a.registryList(), a.registryAsk())
}

func (a *app) registryLoad() *cobra.Command {
	return &cobra.Command{
		Use: "load NAME FILE.csv", Short: "Load an extract of another body's register",
		Long: `Load an extract of another body's register, in place of an older one: the first
column is the key, the others are ids of fields with their texts. It lies in clear
within the data directory, readable by its owner alone: it is for tests and trials,
and for a body that is handed extracts. No adapter to a real register ships.`,
		Example: "  chancery registry load civil-status extract.csv",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, given []string) error {
			if !docket.IsCode(given[0]) {
				return fault.New(fault.Invalid, "registry.name", "registry", given[0])
			}
			return a.acting(c.Context(), func(i *installation.Installation, _ office.By) error {
				text, err := a.readWhole(given[1])
				if err != nil {
					return err
				}
				folder := filepath.Join(i.Data, installation.RegistriesFolder)
				if err := os.MkdirAll(folder, 0o700); err != nil {
					return err
				}
				fresh := filepath.Join(folder, "."+given[0]+".new")
				if err := os.WriteFile(fresh, text, 0o600); err != nil {
					return err
				}
				if err := os.Rename(fresh, filepath.Join(folder, given[0]+".csv")); err != nil {
					return err
				}
				return a.print(map[string]string{"registry": given[0]}, func(w io.Writer) {
					fmt.Fprintf(w, "The extract of %s is loaded. A running server knows a new one when it is started again.\n", given[0])
				})
			})
		},
	}
}

func (a *app) registryList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the registers that may be asked, and what they answer",
		Example: "  chancery registry list",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.reading(c.Context(), func(i *installation.Installation) error {
				lines, rows := []map[string]any{}, [][]string{{"REGISTRY", "FIELDS"}}
				for _, r := range i.Office.Registries {
					lines = append(lines, map[string]any{"registry": r.Name(), "fields": r.Fields()})
					rows = append(rows, []string{r.Name(), listed(r.Fields())})
				}
				return a.print(map[string]any{"registries": lines}, func(w io.Writer) { table(w, rows...) })
			})
		},
	}
}

func (a *app) registryAsk() *cobra.Command {
	var of, key string
	c := &cobra.Command{
		Use: "ask NAME", Short: "Ask a register about a claim, and log that it was asked",
		Long: `Ask a register what it holds under a key, about a claim. The reading log keeps that
it was asked, by whom and when, before it is; the key is not kept.`,
		Example: "  chancery registry ask civil-status --claim 7K3M-9QX2-VD4K --look-up 1234567890",
		Args:    args(cobra.ExactArgs(1)),
	}
	c.RunE = func(c *cobra.Command, given []string) error {
		return a.acting(c.Context(), func(i *installation.Installation, by office.By) error {
			found, err := i.Office.FindClaim(c.Context(), of)
			if err != nil {
				return err
			}
			answer, err := i.Office.LookUp(c.Context(), by, found.Programme, string(found.ID), given[0], key)
			if err != nil {
				return err
			}
			return a.print(map[string]any{"registry": answer.Registry, "at": answer.At, "texts": answer.Texts}, func(w io.Writer) {
				fmt.Fprintf(w, "%s, asked at %s:\n", answer.Registry, answer.At)
				if len(answer.Texts) == 0 {
					fmt.Fprintln(w, "It holds nothing under this key.")
				}
				for _, field := range slices.Sorted(maps.Keys(answer.Texts)) {
					fmt.Fprintf(w, "%s: %s\n", field, answer.Texts[field])
				}
			})
		})
	}
	c.Flags().StringVar(&of, "claim", "", "claim, by reference or number")
	c.Flags().StringVar(&key, "look-up", "", "key of the register: a tax number, a number of an entry …")
	return requires(c, "claim", "look-up")
}
