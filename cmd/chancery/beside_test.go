package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// isReadMeanwhile looks at an installation while a file is taken in. Figures
// and head are of one moment, and verify accuses nobody of what is merely new:
// it says that it couldn't compare.
func isReadMeanwhile(t *testing.T, bin binary) {
	dir := t.TempDir()
	path := filepath.Join(dir, "claims.csv")
	write(t, path, tsaRows(t)[:6_001], "LF")
	bin.must(t, dir, "init", "register", "--origin", "test.example/log")
	bin.must(t, dir, "programme", "open", "tsa-2007")
	c := bin.command(dir, "claim", "import", path, "--programme", "tsa-2007") // an entry for each claim, and no bulk acts
	var errs strings.Builder
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for looks, claims := 0, int64(0); ; looks++ {
		select {
		case err := <-ended:
			if err != nil || looks == 0 {
				t.Errorf("%d looks; the import: %v, %s", looks, err, errs.String())
			}
			if now := bin.stats(t, dir); now.Claims != 6_000 {
				t.Errorf("%d claims in the end", now.Claims)
			}
			return
		default:
		}
		r := bin.try(t, dir, "stats", "--json")
		if r.code != exitOK {
			if !strings.Contains(r.err, "stats.unsettled") {
				t.Errorf("stats: %s", r.err)
			}
			continue
		}
		now := read[figures](t, r)
		if now.Entries != now.Claims+2 || now.Claims < claims { // two entries opened register and programme
			t.Errorf("%d claims in %d entries, and %d claims before", now.Claims, now.Entries, claims)
		}
		claims = now.Claims
		verify := bin.try(t, dir, "verify", "--rebuild", "--json")
		if v := read[verified](t, verify); !v.Sound || len(v.Findings) > 0 ||
			verify.code != exitOK && !strings.Contains(verify.err, "verify.moved") {
			t.Errorf("verify: exit code %d, %d findings\n%.500s%s", verify.code, len(v.Findings), verify.out, verify.err)
		}
	}
}
