package rulebook_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

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
		{"as large as may be, one text", "title: >\n" + strings.Repeat(" "+strings.Repeat("x", 10_000)+"\n", size(52)), "rulebook.missing-key"},
		{"as large as may be, one list", "title: [\n" + strings.Repeat(" x, x\n", 14_000) + "]\n", "rulebook.missing-key"},
		{"lists in lists", strings.Repeat("[[[[\n", 1<<14), "rulebook.file-too-large"},
		{"lists in lists, fewer", strings.Repeat("[[[[\n", 1<<12), "rulebook.file-too-deep"},
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
		{"many fields", fields(2000), "rulebook.too-many"},
		{"an endless expression", rules(1, strings.Repeat("count + ", 500)+"1 > 0"), "rulebook.too-long"},
		{"a deep expression", rules(1, strings.Repeat("(", 900)+"true"+strings.Repeat(")", 900)), "rulebook.expression-too-nested"},
		{"a deep expression of signs", rules(1, strings.Repeat("-(", 600)+"1"+strings.Repeat(")", 600)), "rulebook.expression-too-nested"},
		{"a deep expression of lists", rules(1, strings.Repeat("[", 900)), "rulebook."},
		{"many long expressions", rules(190, strings.Repeat("answered(count) && ", 100)+"true"), "rulebook.expressions-too-long"},
		{"a huge regexp", rules(1, `answered(name) && name.matches("(a{1000}){1000}")`), "rulebook.expression-regexp"},
		{"huge regexps, each small enough to read", rules(190, `answered(name) && name.matches("((((a{9}){9}){9}){1}){1}b{200}")`), "rulebook.expression-regexp"},
		{"a number of many digits", rules(1, strings.Repeat("9", 1900)+".0 > 1"), "rulebook.expression-number"},
		{"an exponent", rules(1, "1e999999999 > 1"), "rulebook.expression-"},
		{"a YAML number with an exponent", whole(t, "payment:\n  slice: {EUR: 1e999999999}\n  stop: skip\n"), "rulebook.no-such-amount"},
		{"a YAML number of many digits", whole(t, "edition: "+strings.Repeat("9", 10_000)+"\n"), "rulebook.too-long"},
		{"rules by categories by names", crowded(t, size(200)), "rulebook.may-be-unanswered"},
		{"as much to compile as may be", rules(190, strings.Repeat("answered(count) && ", 15)+"count > 0.001") + "x", "rulebook."},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			_, err := rulebook.Parse("rulebook.yaml", []byte(test.src))
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			t.Logf("%v, %d KiB", took, (after.TotalAlloc-before.TotalAlloc)>>10)
			problems, ok := err.(rulebook.Problems)
			if !ok || len(problems) == 0 || len(problems) > 200 {
				t.Fatalf("%v", err)
			}
			if !strings.HasPrefix(problems[0].Code, test.code) {
				t.Errorf("the first problem is %.300v, want %s", problems[0], test.code)
			}
			// Alone on a core each takes a tenth of a second at most. The limit
			// leaves room for a machine that is busy.
			if limit := time.Second; took > limit && !racing {
				t.Errorf("took %v, at most %v is bearable", took, limit)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 96<<20 && !racing {
				t.Errorf("took %d MiB in all, garbage counted", used>>20)
			}
		})
	}
}

// crowded is as many rules as may be, over as many categories and names.
func crowded(t *testing.T, n int) string {
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
