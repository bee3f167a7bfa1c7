package rulebook_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/rulebook"
)

// A rulebook may come from anyone. Whatever it holds, it is refused soon and
// for a reason, in little memory.
func TestHostileRulebooks(t *testing.T) {
	rules := func(n int, must string) string {
		var b strings.Builder
		b.WriteString("requirements:\n")
		for i := range n {
			fmt.Fprintf(&b, "  - {id: r-%d, must: '%s', text: {en: x}}\n", i, must)
		}
		return whole(t, b.String())
	}
	size := func(n int) int { // the race detector has nothing to find in more of the same
		if racing {
			return n / 10
		}
		return n
	}
	fields := func(n int) string {
		var b strings.Builder
		b.WriteString("fields:\n")
		for i := range n {
			fmt.Fprintf(&b, "  - {id: f%d, type: date, class: public, label: {en: x}}\n", i)
		}
		return whole(t, b.String())
	}
	for _, test := range []struct{ name, src, code string }{
		{"too large", strings.Repeat("x", 1<<19+1), "rulebook.file-too-large"},
		{"as large as may be, all colons", strings.Repeat("a:\n", 1<<17), "rulebook.file-too-large"},
		{"as large as may be, one word", "title: " + strings.Repeat("x", 1<<19-7), "rulebook.file-line-too-long"},
		{"as large as may be, one block", "title: >\n" + strings.Repeat(" "+strings.Repeat("x", 10_000)+"\n", 13), "rulebook.missing-key"},
		{"a longer block", "title: >\n" + strings.Repeat(" "+strings.Repeat("x", 10_000)+"\n", 52), "rulebook.file-blocks-too-long"},
		{"many blocks", strings.Repeat("a: |2- # a block\n    x\n\n"+strings.Repeat("    x\n", 30), 700), "rulebook.yaml-syntax"},
		{"as large as may be, texts in quotes", "title: {" + strings.Repeat("\""+strings.Repeat("x", 10_000)+"\": x,\n", 52) + "}\n", "rulebook."},
		{"as large as may be, one list", "title: [\n" + strings.Repeat(" x, x\n", 12_000) + "]\n", "rulebook.missing-key"},
		{"lists in lists", strings.Repeat("[[[[\n", 1<<14), "rulebook.file-too-large"},
		{"lists in lists, fewer", strings.Repeat("[[[[\n", 1<<12), "rulebook.file-too-deep"},
		{"lists of nothing", strings.Repeat("-\n", 12_000), "rulebook.wrong-type"},
		{"lists of maps", strings.Repeat("- a: b\n", 8_000), "rulebook.wrong-type"},
		{"keys below each other", keys(5_000, "k%d: 1\n"), "rulebook.file-map-too-long"},
		{"maps of keys below each other", strings.Repeat("a:\n"+keys(1_000, "  k%d: 1\n"), 8), "rulebook.file-map-too-long"},
		{"keys in braces", "{" + keys(8_000, "k%d: 1,\n") + "}", "rulebook.missing-key"},
		{"keys in braces, spread", "title: {en: x, " + keys(8_000, "k%d: 1,\n") + "}", "rulebook."},
		{"one key again and again", strings.Repeat("a: 1\n", 12_000), "rulebook."},
		{"keys of nothing", strings.Repeat(": \n", 12_000), "rulebook.file-map-too-long"},
		{"keys of nothing in braces", "{" + strings.Repeat(":,\n", 8_000) + "}", "rulebook.yaml-syntax"},
		{"empty words for keys", strings.Repeat("'': 1\n", 12_000), "rulebook."},
		{"blocks that hold nothing", strings.Repeat("a: |\n", 12_000), "rulebook."},
		{"maps in maps", strings.Repeat("{a:\n", 1<<13), "rulebook.file-too-deep"},
		{"dashes", strings.Repeat("- ", 1<<14), "rulebook.file-too-deep"},
		{"steps", steps(3000), "rulebook.file-too-deep"},
		{"keys of keys", strings.Repeat("? ", 1<<14), "rulebook.file-too-deep"},
		{"a bomb of aliases", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "rulebook.yaml-alias"},
		{"a null byte", "id: \x00\n", "rulebook.file-not-text"},
		{"a line that ends where editors show none", "id: x\redition: 1\n", "rulebook.file-not-text"},
		{"text that runs backwards", "id: x # \u202etxet\n", "rulebook.file-hidden-character"},
		{"no UTF-8", "id: \xff\xfe\n", "rulebook.file-not-utf8"},
		{"quotes that never end", "title: {en: \"" + strings.Repeat("x\n", 1<<12), "rulebook.yaml-syntax"},
		{"many fields", fields(1200), "rulebook.too-many"},
		{"an endless expression", rules(1, strings.Repeat("count + ", 500)+"1 > 0"), "rulebook.too-long"},
		{"a deep expression", rules(1, strings.Repeat("(", 900)+"true"+strings.Repeat(")", 900)), "rulebook.expression-too-nested"},
		{"a deep expression of signs", rules(1, strings.Repeat("-(", 600)+"1"+strings.Repeat(")", 600)), "rulebook.expression-too-nested"},
		{"a deep expression of lists", rules(1, strings.Repeat("[", 900)), "rulebook."},
		{"many long expressions", rules(25, strings.Repeat("answered(count) && ", 100)+"true"), "rulebook.expressions-too-long"},
		{"a huge regexp", rules(1, `answered(name) && name.matches("(a{1000}){1000}")`), "rulebook.expression-regexp"},
		{"huge regexps, each small enough to read", rules(190, `answered(name) && name.matches("((((a{9}){9}){9}){1}){1}b{200}")`), "rulebook.expression-regexp"},
		{"a number of many digits", rules(1, strings.Repeat("9", 1900)+".0 > 1"), "rulebook.expression-number"},
		{"an exponent", rules(1, "1e999999999 > 1"), "rulebook.expression-"},
		{"a YAML number with an exponent", whole(t, "payment:\n  slice: {EUR: 1e999999999}\n  stop: skip\n"), "rulebook.no-such-amount"},
		{"a YAML number of many digits", whole(t, "edition: "+strings.Repeat("9", 10_000)+"\n"), "rulebook.too-long"},
		{"rules by categories by names", crowded(t, size(120)), "rulebook.may-be-unanswered"},
		{"as much to compile as may be", rules(190, strings.Repeat("answered(count) && ", 15)+"count > 0.001") + "x", "rulebook."},
	} {
		t.Run(test.name, func(t *testing.T) {
			took, used, err := costOf(test.src)
			t.Logf("%v of a processor, %d KiB", took, used>>10)
			problems, ok := err.(rulebook.Problems)
			if !ok || len(problems) == 0 || len(problems) > 200 {
				t.Fatalf("%v", err)
			}
			if !strings.HasPrefix(problems[0].Code, test.code) {
				t.Errorf("the first problem is %.300v, want %s", problems[0], test.code)
			}
			// Alone on a core each takes a tenth of a second at most, but for rules
			// by categories by names, which is sound to its last rules. The limit
			// leaves room for a machine whose cores share what they have.
			if limit := 500 * time.Millisecond; took > limit && !racing {
				t.Errorf("took %v, at most %v is bearable", took, limit)
			}
			if used > 50<<20 && !racing {
				t.Errorf("took %d MiB in all, garbage counted", used>>20)
			}
		})
	}
}

// costOf is what Parse takes: time of a processor, and bytes of memory, with
// those that were given back.
func costOf(src string) (took time.Duration, used uint64, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := processorTime()
	_, err = rulebook.Parse("rulebook.yaml", []byte(src))
	took = processorTime() - began
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc, err
}

// A price list of every day of five years is no bomb, where it stands in
// braces; nor is one of every month below each other.
func TestLongSeriesAreNotHostile(t *testing.T) {
	var days, months strings.Builder
	for on, n := day.Must(1990, 1, 1), 0; n < 5*365; on, n = on.AddDays(1), n+1 {
		fmt.Fprintf(&days, "%s: %d,\n", on, n+1)
	}
	for n := range 30 * 12 {
		fmt.Fprintf(&months, "      %d-%02d: %d\n", 1990+n/12, n%12+1, n+1)
	}
	src := "series:\n" + "  - {id: daily, source: x, by: day, values: {" + days.String() + "}}\n" +
		"  - id: monthly\n    source: x\n    by: month\n    values:\n" + months.String()
	if _, err := rulebook.Parse("rulebook.yaml", []byte(whole(t, src))); err != nil {
		t.Error(err)
	}
}

// keys are as many lines, each with its number.
func keys(n int, line string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

// crowded is as many rules as may be, over as many categories and names.
func crowded(t testing.TB, n int) string {
	var fields, categories, requirements, ids strings.Builder
	for i := range 100 {
		fmt.Fprintf(&fields, "  - {id: f%d, type: date, class: public, label: {en: x}}\n", i)
		fmt.Fprintf(&ids, "f%d, ", i)
	}
	for i := range n {
		fmt.Fprintf(&categories, "  - {id: c%d, title: {en: x}, claimants: [individual], asks: [%s]}\n", i, strings.TrimSuffix(ids.String(), ", "))
	}
	for i := range n {
		var must []string
		for j := range 10 {
			must = append(must, fmt.Sprintf("answered(f%d)", (i+j*7)%100))
		}
		fmt.Fprintf(&requirements, "  - {id: r-%d, must: '%s && f%d > received', text: {en: x}}\n", i, strings.Join(must, " && "), (i+1)%100)
	}
	return whole(t, "fields:\n"+fields.String()+"categories:\n"+categories.String()+"requirements:\n"+requirements.String()+
		"eligibility: []\nvaluation: {rules: [], otherwise: {ground: no-rule}}\ngrounds: [{id: no-rule, text: {en: x}}]\n")
}

// steps are maps in maps, each a column deeper.
func steps(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
		if b.Len() > 1<<18 {
			break
		}
	}
	return b.String()
}
