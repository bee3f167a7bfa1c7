package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
)

// table prints rows in columns.
func table(out io.Writer, rows ...[]string) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(w, strings.Join(r, "\t"))
	}
	_ = w.Flush()
}

// listed are words, with commas between them.
func listed[T ~string](words []T) string {
	texts := make([]string, len(words))
	for n, w := range words {
		texts[n] = string(w)
	}
	return strings.Join(texts, ", ")
}

// grouped prints a number with its thousands apart, as people read it.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// amounts prints totals as people read them: "2,636,477.48 USD".
func amounts(t money.Totals) string {
	var parts []string
	for _, a := range t.Amounts() {
		whole, cents, has := strings.Cut(a.Decimal(), ".")
		text := whole
		if len(whole) > 3 {
			sign := strings.HasPrefix(whole, "-")
			whole = strings.TrimPrefix(whole, "-")
			for i := len(whole) - 3; i > 0; i -= 3 {
				whole = whole[:i] + "," + whole[i:]
			}
			if text = whole; sign {
				text = "-" + whole
			}
		}
		if has {
			text += "." + cents
		}
		parts = append(parts, text+" "+string(a.Currency()))
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, " + ")
}

// progress shows how far long work has come: a bar for each stage on a
// terminal, one line when a stage is done elsewhere.
func (a *app) progress() office.Progress {
	if a.json {
		return nil
	}
	if !a.terminal.Err {
		return a.lines()
	}
	stage := ""
	var bar *progressbar.ProgressBar
	return func(name string, done, of int64) {
		if name != stage {
			if bar != nil {
				_ = bar.Finish()
				fmt.Fprintln(a.err)
			}
			stage = name
			bar = progressbar.NewOptions64(max(of, -1), progressbar.OptionSetWriter(a.err), progressbar.OptionSetDescription(fmt.Sprintf("%-24s", catalogue.Label(language, "label.stage."+name))),
				progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(true))
		}
		_ = bar.Set64(done)
		if done == of {
			_ = bar.Finish()
			fmt.Fprintln(a.err)
			bar, stage = nil, ""
		}
	}
}

func (a *app) lines() office.Progress {
	return func(name string, done, of int64) {
		if done == of && of > 0 {
			fmt.Fprintf(a.err, "%s: done\n", catalogue.Label(language, "label.stage."+name))
		}
	}
}
