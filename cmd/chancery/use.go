package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openchancery/chancery/fault"
)

// usage is a command given wrongly: a sentence says what is wrong with it, and
// its help how it is given.
type usage struct {
	command *cobra.Command
	err     error
}

func (u usage) Error() string { return u.err.Error() }

// Unwrap gives the fault, whose code JSON names.
func (u usage) Unwrap() error { return u.err }

// wrongUse is a command given wrongly, by the code of its sentence.
func wrongUse(c *cobra.Command, code string, pairs ...any) error {
	return usage{c, fault.New(fault.Invalid, code, pairs...)}
}

// aFolder refuses an address where backups or copies go into a folder: one of that
// name would be made here, on the same disk, where nobody looks for it.
func aFolder(given string) error {
	if strings.Contains(given, "://") {
		return fault.New(fault.Invalid, "use.folder", "given", given)
	}
	return nil
}

// args wraps a check of arguments: a wrong count is wrong use, and so is a
// flag left out that the command can't do without.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if err := check(c, given); err != nil {
			if most := takes(c); len(given) > most {
				return wrongUse(c, "use.argument-extra", "extra", given[most], "synopsis", synopsis(c))
			}
			return wrongUse(c, "use.argument-missing", "synopsis", synopsis(c))
		}
		var missing error
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if len(f.Annotations[cobra.BashCompOneRequiredFlag]) > 0 && !f.Changed && missing == nil {
				missing = wrongUse(c, "use.flag-missing", "flag", f.Name, "usage", f.Usage, "command", c.CommandPath())
			}
		})
		return missing
	}
}

// takes is how many arguments a command has by its synopsis, which may name
// flags too.
func takes(c *cobra.Command) (most int) {
	ofFlag := false
	for _, word := range strings.Fields(c.Use)[1:] {
		flag := strings.HasPrefix(word, "-")
		if !flag && !ofFlag {
			most++
		}
		ofFlag = flag
	}
	return most
}

// synopsis is how a command is given, without its flags.
func synopsis(c *cobra.Command) string {
	_, takes, _ := strings.Cut(c.Use, " ")
	return strings.TrimSpace(c.CommandPath() + " " + takes)
}

// requires marks the flags that a command can't do without.
func requires(c *cobra.Command, flags ...string) *cobra.Command {
	for _, f := range flags {
		_ = c.MarkFlagRequired(f) // fails only for a flag that c hasn't: the test of all commands runs through here
	}
	return c
}

// group is a command that only holds others.
func group(use, short, example string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Example: "  chancery " + example, Args: cobra.ArbitraryArgs, RunE: chooseOne}
	c.AddCommand(commands...)
	return c
}

// chooseOne answers who named no command of a group, or none that there is.
func chooseOne(c *cobra.Command, given []string) error {
	if len(given) > 0 {
		c.SuggestionsMinimumDistance = 2
		return wrongUse(c, "use.no-command", "command", c.CommandPath()+" "+given[0], "known", names(c),
			"nearest", strings.Join(c.SuggestionsFor(given[0]), ", "))
	}
	if !c.HasParent() {
		return c.Help()
	}
	return wrongUse(c, "use.name-one", "command", c.CommandPath(), "known", names(c))
}

// names are the commands of a group.
func names(c *cobra.Command) string {
	var known []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	return strings.Join(known, ", ")
}

// helpCommand is cobra's, but that a word which is no command is wrong use.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help about any command",
		Example: "  chancery help claim import",
		RunE: func(c *cobra.Command, given []string) error {
			found, rest, err := c.Root().Find(given)
			if err != nil || found.HasSubCommands() && len(rest) > 0 {
				return chooseOne(found, rest)
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// withExamples gives cobra's own commands the example that each of ours has.
func withExamples(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	shells, _, err := root.Find([]string{"completion"})
	if err != nil {
		return // there is one: the line above makes it
	}
	shells.Example = "  chancery completion bash > /etc/bash_completion.d/chancery"
	shells.Args, shells.RunE = cobra.ArbitraryArgs, chooseOne
	for _, shell := range shells.Commands() {
		shell.Example = "  chancery completion " + shell.Name() + " > chancery." + shell.Name()
		shell.Args = args(cobra.NoArgs)
	}
}

// flagError puts what the flags' reader says into a sentence.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	var lacks *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		return wrongUse(c, "use.flag-unknown", "flag", dashed(unknown.GetSpecifiedName()), "command", c.CommandPath(),
			"nearest", nearestFlag(c, unknown.GetSpecifiedName()))
	case errors.As(err, &value):
		takes := "another kind of value"
		if t := value.GetFlag().Value.Type(); strings.HasPrefix(t, "int") || strings.HasPrefix(t, "uint") {
			takes = "a whole number"
		} else if t == "bool" {
			takes = "true or false"
		}
		return wrongUse(c, "use.flag-value", "flag", value.GetFlag().Name, "value", value.GetValue(), "takes", takes)
	case errors.As(err, &lacks):
		return wrongUse(c, "use.flag-needs-value", "flag", lacks.GetFlag().Name, "usage", lacks.GetFlag().Usage)
	}
	return wrongUse(c, "use.flags", "detail", err)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// nearestFlag is the flag that somebody most likely meant: one that begins
// alike.
func nearestFlag(c *cobra.Command, name string) string {
	var near []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		stem := min(len(name), len(f.Name), 4)
		if stem > 1 && f.Name[:stem] == name[:stem] {
			near = append(near, "--"+f.Name)
		}
	})
	slices.Sort(near)
	return strings.Join(near, ", ")
}
