package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// audited is what the audit finds in an export.
func audited(t testing.TB, raw []byte, more ...func(*audit)) (*auditReport, string) {
	t.Helper()
	k, err := parseKey(demo(t).signer.vkey, typeLog)
	must(t, err)
	a := &audit{file: "audit.ndjson", books: newBooks(), known: trust{k.name: k}, tell: func(int64, int64) {}}
	for _, m := range more {
		m(a)
	}
	r := a.run(context.Background(), bytes.NewReader(raw))
	return r, said(&logReport{Problems: r.Problems})
}

// besideTheLog lets the audit look at what was published.
func besideTheLog(t testing.TB) func(*audit) {
	at := published(t, demo(t).signer, demo(t).records).folder(t)
	return func(a *audit) { a.log = &source{at: at} }
}

// find is the n-th line, from 0, whose entry holds the text.
func find(t testing.TB, lines []exported, text string, n int) int {
	t.Helper()
	for i, l := range lines {
		if strings.Contains(string(l.Entry), text) {
			if n == 0 {
				return i
			}
			n--
		}
	}
	t.Fatalf("no line holds %q", text)
	return 0
}

// renumber gives leaves and rows their numbers anew, as a careful forger does.
func renumber(lines []exported) []exported {
	leaf, row := int64(-1), int64(-1)
	for i := range lines {
		if lines[i].Leaf != nil {
			leaf, row = leaf+1, -1
			n := leaf
			lines[i].Leaf = &n
		} else {
			row++
			n := row
			lines[i].Row = &n
		}
	}
	return lines
}

func changed(l exported, old, with string) exported {
	l.Entry = json.RawMessage(strings.Replace(string(l.Entry), old, with, 1))
	return l
}

// atLine is how a problem names a line of the export.
func atLine(lines []exported, i int) string {
	return fmt.Sprintf("audit.ndjson, line %d (%s#%d)", i+2, lines[i].Stream, lines[i].Version)
}

// Each way of tampering with an export: what is done, and the places and words
// that must be named, without the published log and beside it.
func TestEveryTamperedExportIsFoundAndLocated(t *testing.T) {
	c, log := demo(t), besideTheLog(t)
	if r, text := audited(t, exportText(c.header, c.lines), log); !r.Good || r.Claims != 320 || r.Shown < 60 {
		t.Fatalf("%+v %s", r, text)
	}
	filed, recorded, decided := find(t, c.lines, "claim.filed.v1", 5), find(t, c.lines, "claim.recorded.v1", 3), find(t, c.lines, "claim.decided.v1", 2)
	owner := func(row int) int {
		for c.lines[row].Row != nil {
			row--
		}
		return row
	}
	for _, m := range []struct {
		name  string
		do    func(lines []exported) []exported
		alone []string // said without the log
		log   []string // said beside it
	}{
		{"an entry is changed", func(l []exported) []exported {
			l[filed] = changed(l[filed], `"individual"`, `"public-body"`)
			return l
		}, []string{"its entries make the root"}, []string{atLine(c.lines, filed), "is not what the log published as leaf"}},
		{"a salt is changed", func(l []exported) []exported {
			l[filed].Salt[7]++
			return l
		}, []string{"its entries make the root"}, []string{atLine(c.lines, filed), "is not what the log published as leaf"}},
		{"an entry is removed", func(l []exported) []exported { return slices.Delete(l, filed, filed+1) }, []string{fmt.Sprintf("line %d (%s#1)", filed+2, c.lines[filed+1].Stream), "is due here", "names"}, nil},
		{"an entry is removed and the rest numbered anew", func(l []exported) []exported { return renumber(slices.Delete(l, filed, filed+1)) }, []string{"entries, and the signed checkpoint names", "version 1 of this stream is missing"}, []string{"is not what the log published as leaf"}},
		{"an entry is inserted", func(l []exported) []exported {
			return renumber(slices.Insert(l, filed, changed(l[filed], `"individual"`, `"organisation"`)))
		}, []string{fmt.Sprintf("line %d (%s#1)", filed+3, c.lines[filed].Stream), "stands here a second time"}, []string{"is not what the log published as leaf"}},
		{"two entries are swapped", func(l []exported) []exported {
			l[filed], l[filed+1] = l[filed+1], l[filed]
			return renumber(l)
		}, []string{"its entries make the root"}, []string{fmt.Sprintf("line %d (", filed+2), fmt.Sprintf("line %d (", filed+3)}},
		{"an entry is moved to another stream", func(l []exported) []exported {
			l[filed].Stream = l[filed+1].Stream
			return l
		}, []string{fmt.Sprintf("line %d (%s#1)", filed+2, c.lines[filed+1].Stream), "it is the entry of " + c.lines[filed].Stream}, nil},
		{"an entry is moved, inside and outside", func(l []exported) []exported {
			l[filed] = changed(l[filed], l[filed].Stream, l[filed+1].Stream)
			l[filed].Stream = l[filed+1].Stream
			return l
		}, []string{"stands here a second time"}, []string{fmt.Sprintf("line %d (", filed+2), "is not what the log published"}},
		{"a row is changed", func(l []exported) []exported {
			l[decided] = changed(l[decided], `"rule":"`, `"rule":"x`)
			return l
		}, []string{atLine(c.lines, owner(decided)), "rows that follow it make the root"}, nil},
		{"a row is removed", func(l []exported) []exported { return slices.Delete(l, decided, decided+1) }, []string{atLine(c.lines, owner(decided)), "rows, and", "is due here"}, nil},
		{"a row is inserted", func(l []exported) []exported { return renumber(slices.Insert(l, recorded, l[recorded])) }, []string{"stands here a second time", atLine(c.lines, owner(recorded))}, nil},
		{"two rows are swapped", func(l []exported) []exported {
			l[recorded], l[recorded+1] = l[recorded+1], l[recorded]
			return renumber(l)
		}, []string{atLine(c.lines, owner(recorded)), "rows that follow it make the root"}, nil},
		{"a row is moved to another annex", func(l []exported) []exported {
			row := l[recorded]
			l = slices.Delete(l, recorded, recorded+1)
			return renumber(slices.Insert(l, decided, row))
		}, []string{atLine(c.lines, owner(recorded)), "is missing before it", "rows, and"}, nil},
		{"a row is changed, and its entry's root made anew", func(l []exported) []exported {
			l[recorded] = changed(l[recorded], `"number":"`, `"number":"X`)
			at := owner(recorded)
			rows := l[at+1:]
			rows = rows[:l[at].annex().Rows]
			root := rootOfRows(rows)
			l[at] = changed(l[at], l[at].annex().Root.String(), root)
			return l
		}, []string{"its entries make the root"}, []string{atLine(c.lines, owner(recorded)), "is not what the log published as leaf"}},
		{"bytes are not canonical", func(l []exported) []exported {
			l[filed] = changed(l[filed], `,"`, `, "`)
			return l
		}, []string{"its entries make the root"}, nil},
		{"the last entries are cut off", func(l []exported) []exported { return l[:owner(len(l)-1)] }, []string{"and the signed checkpoint names"}, nil},
		{"everything is cut off", func(l []exported) []exported { return nil }, []string{"it has 0 entries"}, nil},
	} {
		raw := exportText(c.header, m.do(slices.Clone(c.lines)))
		if m.name == "bytes are not canonical" { // json.Marshal mends them
			raw = bytes.Replace(exportText(c.header, c.lines), []byte(`"actor":`), []byte(`"actor": `), 1)
			m.alone = []string{"line 2 (", "not in canonical form"}
		}
		for _, beside := range []bool{false, true} {
			more, wants := []func(*audit){}, m.alone
			if beside {
				more, wants = append(more, log), append(wants, m.log...)
			}
			r, text := audited(t, raw, more...)
			if r.Good {
				t.Errorf("%s: taken for good", m.name)
			}
			for _, w := range wants {
				if !strings.Contains(text, w) {
					t.Errorf("%s (beside the log: %v): nothing says %q:\n%.1500s", m.name, beside, w, text)
				}
			}
		}
	}
}

func rootOfRows(rows []exported) string {
	tree := growTree(commitmentsOf(rows))
	return tree.root(tree.size).String()
}

// Entries and rows from everywhere, each changed with all hashes below the
// signature made anew: N of N found, and located beside the published log.
// CHANCERY_EVERY_LINE takes all of them, some minutes long.
func TestEveryEntryAndRowIsGuarded(t *testing.T) {
	c, log := demo(t), besideTheLog(t)
	found, of, apart := 0, 0, len(c.lines)/40
	if os.Getenv("CHANCERY_EVERY_LINE") != "" {
		apart = 1
	}
	for i := 0; i < len(c.lines); i += apart {
		of++
		lines := slices.Clone(c.lines)
		lines[i] = changed(lines[i], `"kind":"`, `"kind":"x`)
		at, want := i, atLine(lines, i)
		if lines[i].Row != nil { // the row's annex, and then its entry, are made to fit
			for ; lines[at].Row != nil; at-- {
			}
			annex := lines[at].annex()
			lines[at] = changed(lines[at], annex.Root.String(), rootOfRows(lines[at+1:][:annex.Rows]))
			want = atLine(lines, at)
		}
		r, text := audited(t, exportText(c.header, lines), log)
		if r.Good || !strings.Contains(text, want+": it is not what the log published") {
			t.Errorf("line %d: good is %v, nothing says %q: %.600s", i+2, r.Good, want, text)
			continue
		}
		found++
	}
	t.Logf("%d of %d found and located", found, of)
}

func TestHeadersOfExports(t *testing.T) {
	c := demo(t)
	tree := growTree(c.records)
	for _, m := range []struct {
		name string
		do   func(*header)
		said string
	}{
		{"another format", func(h *header) { h.Format = "chancery/audit/v2" }, "knows chancery/audit/v1"},
		{"another origin", func(h *header) { h.Origin = "other.example/log" }, "and the checkpoint is of"},
		{"another key of the same name", func(h *header) {
			h.Checkpoint = sign(t, checkpointText(demoOrigin, tree.size, tree.root(tree.size)), newSigner(t, demoOrigin))
		}, "it is not signed by"},
		{"another log's checkpoint", func(h *header) {
			h.Checkpoint = sign(t, checkpointText("other.example/log", 1, hash{}), newSigner(t, "other.example/log"))
		}, "it is of the log"},
		{"an older checkpoint", func(h *header) { h.Checkpoint = sign(t, checkpointText(demoOrigin, 7, tree.root(7)), c.signer) }, "the signed checkpoint names 7"},
		{"a checkpoint of another branch", func(h *header) {
			h.Checkpoint = sign(t, checkpointText(demoOrigin, tree.size, hash{1}), c.signer)
		}, "the signed checkpoint names 0100"},
		{"no figures", func(h *header) { h.Figures = json.RawMessage("null") }, `"figures" must be an object`},
		{"figures of another state", func(h *header) {
			h.Figures = json.RawMessage(strings.Replace(string(h.Figures), `"tree_size":`, `"tree_size":1`, 1))
		}, "The figures are not of this export"},
	} {
		h := c.header
		m.do(&h)
		r, text := audited(t, exportText(h, c.lines))
		if r.Good || !strings.Contains(text, m.said) || !strings.Contains(text, "audit.ndjson") {
			t.Errorf("%s: good is %v, nothing says %q: %s", m.name, r.Good, m.said, text)
		}
	}
	for name, raw := range map[string]string{"empty": "", "a receipt": `{"format":"chancery/receipt/v1"}`, "half a line": string(exportText(c.header, c.lines)[:100]), "no JSON": "leaf,stream\n"} {
		if r, text := audited(t, []byte(raw)); r.Good || text == "" {
			t.Errorf("%s: taken", name)
		}
	}
	if r, text := audited(t, append(exportText(c.header, c.lines), "{}\n"...)); r.Good || !strings.Contains(text, fmt.Sprintf("line %d: the field", len(c.lines)+2)) {
		t.Errorf("a line of nothing: %s", text)
	}
}

// figure is one published number: where it stands, and how to change it.
type figure struct {
	path []string
	set  func(any)
	was  any
}

func figuresIn(v any, path []string, set func(any)) (list []figure) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if slices.Contains([]string{"id", "title", "currency", "currencies", "as_of", "tree_head", "tree_size", "note"}, name) {
				continue
			}
			list = append(list, figuresIn(v[name], append(slices.Clone(path), name), func(with any) { v[name] = with })...)
		}
	case []any:
		for i := range v {
			step := strconv.Itoa(i)
			if m, ok := v[i].(map[string]any); ok && m["id"] != nil {
				step = m["id"].(string)
			}
			list = append(list, figuresIn(v[i], append(slices.Clone(path), step), func(with any) { v[i] = with })...)
		}
	default:
		list = append(list, figure{path, set, v})
	}
	return list
}

// Every published figure, changed by the least that it can be: N of N found and
// named. Withheld ones can't be contradicted.
func TestEveryFigureIsRecomputed(t *testing.T) {
	c := demo(t)
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(c.header.Figures))
	d.UseNumber()
	must(t, d.Decode(&doc))
	all, found, withheld := figuresIn(doc, nil, nil), 0, 0
	var books *books
	r, _ := audited(t, exportText(c.header, c.lines), func(a *audit) { books = a.books })
	for _, f := range all {
		switch was := f.was.(type) {
		case nil:
			withheld++
			continue
		case json.Number:
			n, _ := was.Int64()
			f.set(json.Number(strconv.FormatInt(n+1, 10)))
		case string:
			last := was[len(was)-1]
			f.set(was[:len(was)-1] + string('0'+(last-'0'+1)%10))
		}
		v, err := readJSON(encode(t, doc))
		must(t, err)
		of, p := readFigures("figures", v)
		if p != nil {
			t.Fatal(p)
		}
		var wrong problems
		of.compare(books, &tallyOfFigures{}, &wrong)
		f.set(f.was)
		text := said(&logReport{Problems: wrong.list})
		if len(wrong.list) != 1 || !strings.Contains(text, "figures") || !strings.Contains(text, f.path[len(f.path)-1]) || !strings.Contains(text, "published is") {
			t.Errorf("%v: %s", f.path, text)
			continue
		}
		if slices.Contains(f.path, "categories") && !strings.Contains(text, "category "+f.path[3]) {
			t.Errorf("%v: the category is not named: %s", f.path, text)
		}
		found++
	}
	if int64(found) != r.Shown || int64(withheld) != r.Withheld || found < 60 {
		t.Errorf("%d figures found changed, %d withheld; the audit says %d and %d", found, withheld, r.Shown, r.Withheld)
	}
	t.Logf("%d of %d figures found and named, %d withheld", found, r.Shown, withheld)
}

func TestFiguresFromElsewhere(t *testing.T) {
	c := demo(t)
	var doc map[string]any
	must(t, json.Unmarshal(c.header.Figures, &doc))
	changing := func(do func(map[string]any)) []byte {
		var d map[string]any
		must(t, json.Unmarshal(c.header.Figures, &d))
		do(d)
		return encode(t, d)
	}
	programme := func(d map[string]any) map[string]any { return d["programmes"].([]any)[0].(map[string]any) }
	export := file(t, "audit.ndjson", exportText(c.header, c.lines))
	for _, m := range []struct {
		name    string
		figures []byte
		code    int
		said    string
	}{
		{"as the portal prints them", append([]byte(`{"note":"null is withheld",`), c.header.Figures[1:]...), good, "GOOD"},
		{"a category is left out", changing(func(d map[string]any) {
			p := programme(d)
			p["categories"] = p["categories"].([]any)[1:]
		}), bad, "is left out, and by the entries it has"},
		{"a programme is left out", changing(func(d map[string]any) { d["programmes"] = []any{} }), bad, "programme demo is left out"},
		{"a figure that nobody can recompute", changing(func(d map[string]any) {
			programme(d)["total"].(map[string]any)["happy"] = 5
		}), bad, "happy: this figure is none that this program can recompute"},
		{"of a later state", changing(func(d map[string]any) { d["tree_size"] = 100_000 }), bad, "they are of the state after 100000 entries, and the export ends after"},
		{"of another log", changing(func(d map[string]any) { d["tree_head"] = strings.Repeat("0", 64) }), bad, "They were not counted from these entries"},
		{"a number as text", changing(func(d map[string]any) { d["claims"] = "320" }), bad, "all programmes, claims: published is \"320\""},
		{"no figures at all", []byte(`{"a":1}`), bad, "These are not published figures"},
	} {
		verify("audit", export, "--key", c.signer.vkey, "--figures", file(t, "figures.json", m.figures)).want(t, m.name, m.code, m.said)
	}
	verify("audit", export, "--key", c.signer.vkey, "--figures", "no-such-file").want(t, "no file", misled, "can't be read")
}

// The books are counted twice: by the office's own tables (their figures are
// in the header), and from the entries at any earlier state. Here an earlier
// state's figures are those of an export cut there.
func TestFiguresOfAnEarlierState(t *testing.T) {
	c := demo(t)
	early := find(t, c.lines, "claim.filed.v1", 100)
	n := *c.lines[early].Leaf
	head := growTree(c.records).root(n)
	of := func(claims int) []byte {
		return fmt.Appendf(nil, `{"tree_size":%d,"tree_head":"%s","claims":%d,"programmes":[{"id":"demo","total":{"claims":%d,"standings":{"filed":%d}},"categories":[],"funds":[]}]}`, n, head, claims, claims, claims)
	}
	export := file(t, "audit.ndjson", exportText(c.header, c.lines))
	// The categories are left out, which is said; the counts are right or wrong.
	verify("audit", export, "--key", c.signer.vkey, "--figures", file(t, "f", of(99))).want(t, "99", bad, "claims: published is 99, and the entries make it 100")
	got := verify("audit", export, "--key", c.signer.vkey, "--figures", file(t, "f", of(100)))
	if got.want(t, "100", bad, "is left out"); strings.Contains(got.errOut, "published is") {
		t.Errorf("100 claims were filed: %s", got.errOut)
	}
}

func TestAnyFlippedByteOfAnExportIsFound(t *testing.T) {
	c := demo(t)
	raw := exportText(c.header, c.lines)
	var figures any
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, len(raw)-1).Draw(rt, "at")
		flipped := slices.Clone(raw)
		flipped[at] ^= byte(1) << rapid.IntRange(0, 7).Draw(rt, "bit")
		r, _ := audited(t, flipped)
		if !r.Good {
			return
		}
		// Titles and the date of the figures are all that no entry proves.
		var h header
		first, rest, _ := bytes.Cut(flipped, []byte("\n"))
		if json.Unmarshal(first, &h) != nil || json.Unmarshal(h.Figures, &figures) != nil || !bytes.HasSuffix(raw, rest) {
			rt.Errorf("byte %d: taken: %q", at, flipped[max(0, at-60):min(at+20, len(flipped))])
		}
	})
}

func TestTheAuditsMemoryIsThatOfTheStreams(t *testing.T) {
	const claims = 20_000
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	before := stats.HeapAlloc
	streams := map[place]*standing{}
	for i := range claims {
		streams[placeOf(fmt.Sprint("claim/", i))] = &standing{}
	}
	runtime.GC()
	runtime.ReadMemStats(&stats)
	if each := (stats.HeapAlloc - before) / claims; each > 160 {
		t.Errorf("%d bytes for each stream", each)
	} else {
		t.Logf("%d bytes for each stream", each)
	}
	runtime.KeepAlive(streams)
}
