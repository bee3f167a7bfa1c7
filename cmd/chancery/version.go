package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version",
		Example: "  chancery version",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			version, revision := versions()
			v := map[string]string{"version": version, "revision": revision, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
			return a.print(v, func(w io.Writer) {
				fmt.Fprintln(w, strings.Join(strings.Fields(fmt.Sprintf("chancery %s %s (%s, %s)", version, revision, v["go"], v["platform"])), " "))
			})
		},
	}
}

// versions are the version of this program and the revision that it was built
// of, as far as they were noted.
func versions() (version, revision string) {
	version = "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return version, revision
}
