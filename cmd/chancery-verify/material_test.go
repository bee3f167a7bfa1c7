package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/press"
	"github.com/openchancery/chancery/simulate"
	"github.com/openchancery/chancery/vault"
)

// The material is real: an installation in which a programme was played. What
// is published of it is made here with golang.org/x/mod/sumdb/tlog, so that
// neither side of a test is the code of the other.

// signer is a log's key pair.
type signer struct {
	note.Signer
	vkey string
}

func newSigner(t testing.TB, name string) signer {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	must(t, err)
	s, err := note.NewSigner(private)
	must(t, err)
	return signer{s, public}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sign is a signed note.
func sign(t testing.TB, text string, by ...note.Signer) string {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, by...)
	must(t, err)
	return string(signed)
}

func checkpointText(origin string, size int64, root hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]))
}

// exported is a line of an audit export after the first.
type exported struct {
	Leaf    *int64          `json:"leaf,omitempty"`
	Row     *int64          `json:"row,omitempty"`
	Stream  string          `json:"stream"`
	Version int64           `json:"version"`
	Salt    docket.Hash     `json:"salt"`
	Entry   json.RawMessage `json:"entry"`
}

func (e exported) commitment() hash {
	if e.Row != nil {
		return hash(docket.RowCommitment(docket.Salt(e.Salt), e.Entry))
	}
	return hash(docket.EntryCommitment(docket.Salt(e.Salt), e.Entry))
}

func (e exported) annex() *docket.Annex {
	var env docket.Envelope
	if json.Unmarshal(e.Entry, &env) != nil {
		return nil
	}
	return env.Annex
}

// header is line 1.
type header struct {
	Format     string          `json:"format"`
	Origin     string          `json:"origin"`
	Checkpoint string          `json:"checkpoint"`
	Epochs     []string        `json:"epochs,omitempty"`
	Figures    json.RawMessage `json:"figures"`
}

// commission is everything published of the demo.
type commission struct {
	signer     signer
	header     header
	lines      []exported
	records    []hash
	checkpoint string
	receipts   []map[string]any // of each claim, in the order of filing
}

const demoOrigin = "demo.example/log"

var theDemo = sync.OnceValues(func() (*commission, error) {
	dir, err := os.MkdirTemp("", "chancery-verify-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return playDemo(context.Background(), filepath.Join(dir, "demo"))
})

func demo(t testing.TB) *commission {
	t.Helper()
	c, err := theDemo()
	must(t, err)
	return c
}

func playDemo(ctx context.Context, dir string) (*commission, error) {
	clock := simulate.NewClock()
	_, desk, err := vault.NewDeskKey()
	if err != nil {
		return nil, err
	}
	options := installation.Options{Now: clock.Now, Entropy: simulate.Entropy(4), Desk: desk}
	places := installation.Beside(dir)
	if err := installation.Create(ctx, places, demoOrigin, options); err != nil {
		return nil, err
	}
	i, err := installation.Open(ctx, places.Data, options)
	if err != nil {
		return nil, err
	}
	defer i.Close()
	play, err := simulate.NewDemo(ctx, i, 4, 320, clock)
	if err != nil {
		return nil, err
	}
	if _, err := play.Run(ctx); err != nil {
		return nil, err
	}
	private, err := os.ReadFile(filepath.Join(places.Keys, "log.key"))
	if err != nil {
		return nil, err
	}
	public, err := os.ReadFile(filepath.Join(places.Keys, "log.pub"))
	if err != nil {
		return nil, err
	}
	c := &commission{}
	if c.signer.Signer, err = note.NewSigner(strings.TrimSpace(string(private))); err != nil {
		return nil, err
	}
	c.signer.vkey = strings.TrimSpace(string(public))
	return c, c.export(ctx, i.Office)
}

func (c *commission) export(ctx context.Context, o *office.Office) error {
	head := o.Tree.Head()
	figures, err := o.Figures(ctx, head)
	if err != nil {
		return err
	}
	published, err := press.Publish(figures)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: checkpointText(demoOrigin, head.Size, hash(head.Root))}, c.signer)
	if err != nil {
		return err
	}
	c.checkpoint = string(signed)
	var out bytes.Buffer
	line1 := office.AuditHeader{Format: office.AuditFormat, Origin: demoOrigin, Checkpoint: c.checkpoint, Figures: published}
	if _, err := o.ExportAudit(ctx, &out, line1, head, nil); err != nil {
		return err
	}
	for n, text := range bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n")) {
		if n == 0 {
			if err := json.Unmarshal(text, &c.header); err != nil {
				return err
			}
			continue
		}
		var e exported
		if err := json.Unmarshal(text, &e); err != nil {
			return err
		}
		if c.lines = append(c.lines, e); e.Leaf != nil {
			c.records = append(c.records, e.commitment())
		}
	}
	c.receipts = receiptsOf(c.checkpoint, c.lines, nil)
	return nil
}

// text is the export as a file.
func exportText(h header, lines []exported) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(h)
	for _, l := range lines {
		_ = e.Encode(l)
	}
	return out.Bytes()
}

// receiptsOf makes the receipt of every claim by hand, as the page says, with
// the proofs of sumdb/tlog.
func receiptsOf(checkpoint string, lines []exported, epochs []string) []map[string]any {
	var records []hash
	for _, l := range lines {
		if l.Leaf != nil {
			records = append(records, l.commitment())
		}
	}
	tree, byClaim, order := growTree(records), map[string][]any{}, []string{}
	names := map[string][2]string{}
	for i := 0; i < len(lines); i++ {
		owner, rows := lines[i], []exported{}
		for i+1 < len(lines) && lines[i+1].Row != nil {
			i++
			rows = append(rows, lines[i])
		}
		step := func() map[string]any {
			return map[string]any{
				"leaf": *owner.Leaf, "stream": owner.Stream, "version": owner.Version, "salt": owner.Salt,
				"entry": string(owner.Entry), "proof": tree.proof(*owner.Leaf),
			}
		}
		take := func(e exported, s map[string]any) {
			if !strings.HasPrefix(e.Stream, "claim/") {
				return
			}
			if _, known := byClaim[e.Stream]; !known {
				order = append(order, e.Stream)
			}
			byClaim[e.Stream] = append(byClaim[e.Stream], s)
			var said struct {
				Facts struct{ Reference, Number string }
			}
			_ = json.Unmarshal(e.Entry, &said)
			name := names[e.Stream]
			if said.Facts.Reference != "" {
				name[0] = said.Facts.Reference
			}
			if said.Facts.Number != "" {
				name[1] = said.Facts.Number
			}
			names[e.Stream] = name
		}
		take(owner, step())
		annex := growTree(commitmentsOf(rows))
		for _, r := range rows {
			s := step()
			s["row"] = map[string]any{
				"index": *r.Row, "stream": r.Stream, "version": r.Version, "salt": r.Salt,
				"entry": string(r.Entry), "proof": annex.proof(*r.Row),
			}
			take(r, s)
		}
	}
	var receipts []map[string]any
	for _, stream := range order {
		r := map[string]any{
			"format": "chancery/receipt/v1", "reference": names[stream][0], "issued": "2026-01-31T09:00:00.007Z",
			"checkpoint": checkpoint, "steps": byClaim[stream],
		}
		if names[stream][1] != "" {
			r["number"] = names[stream][1]
		}
		if epochs != nil {
			r["epochs"] = epochs
		}
		receipts = append(receipts, r)
	}
	return receipts
}

func commitmentsOf(lines []exported) (list []hash) {
	for _, l := range lines {
		list = append(list, l.commitment())
	}
	return list
}

// grown is a tree with all its hashes, by sumdb/tlog.
type grown struct {
	size   int64
	hashes []tlog.Hash
}

func growTree(records []hash) *grown {
	g := &grown{}
	for _, r := range records {
		more, err := tlog.StoredHashes(g.size, r[:], g)
		if err != nil {
			panic(err)
		}
		g.hashes, g.size = append(g.hashes, more...), g.size+1
	}
	return g
}

// ReadHashes is what tlog asks for.
func (g *grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		list[i] = g.hashes[at]
	}
	return list, nil
}

func (g *grown) root(size int64) hash {
	if size == 0 {
		return rootOf(nil)
	}
	root, err := tlog.TreeHash(size, g)
	if err != nil {
		panic(err)
	}
	return hash(root)
}

func (g *grown) proof(leaf int64) []string {
	proof, err := tlog.ProveRecord(g.size, leaf, g)
	if err != nil {
		panic(err)
	}
	list := []string{}
	for _, h := range proof {
		list = append(list, hex.EncodeToString(h[:]))
	}
	return list
}

// files are a log's published files.
type files map[string][]byte

// publish adds the tiles and bundles of a tree under a prefix.
func (f files) publish(prefix string, records []hash) *grown {
	g := growTree(records)
	for _, t := range tlog.NewTiles(8, 0, g.size) {
		data, err := tlog.ReadTileData(t, g)
		if err != nil {
			panic(err)
		}
		f[prefix+strings.Replace(t.Path(), "tile/8/", "tile/", 1)] = data
		if t.L > 0 {
			continue
		}
		var bundle []byte
		for _, r := range records[t.N*256:][:t.W] {
			bundle = append(append(bundle, 0, 32), r[:]...)
		}
		f[prefix+strings.Replace(t.Path(), "tile/8/0/", "tile/entries/", 1)] = bundle
	}
	return g
}

// published is a log of one epoch.
func published(t testing.TB, s signer, records []hash) files {
	f := files{}
	g := f.publish("", records)
	f["checkpoint"] = []byte(sign(t, checkpointText(s.Name(), g.size, g.root(g.size)), s))
	return f
}

// serve answers with the files over HTTP.
func (f files) serve(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := f[strings.TrimPrefix(r.URL.Path, "/log/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/log"
}

// folder writes the files to disk, as a mirror has them.
func (f files) folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, content, 0o644))
	}
	return dir
}

func (f files) clone() files {
	c := maps.Clone(f)
	for name, content := range c {
		c[name] = slices.Clone(content)
	}
	return c
}

// file writes content to a file of its own.
func file(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

// called is what the program did.
type called struct {
	code   int
	out    string
	errOut string
}

func verify(args ...string) called {
	var out, errOut bytes.Buffer
	code := run(context.Background(), args, &out, &errOut)
	return called{code, out.String(), errOut.String()}
}

// want checks the exit code and that all of these are said.
func (c called) want(t testing.TB, what string, code int, said ...string) {
	t.Helper()
	all := c.out + c.errOut
	if c.code != code {
		t.Errorf("%s: exit %d, want %d\n%.3000s", what, c.code, code, all)
		return
	}
	for _, s := range said {
		if !strings.Contains(all, s) {
			t.Errorf("%s: nothing says %q\n%.3000s", what, s, all)
		}
	}
}

// encode is a value as a JSON file.
func encode(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return raw
}

// deep is a copy of a receipt that may be changed.
func deep(t testing.TB, r map[string]any) map[string]any {
	t.Helper()
	var c map[string]any
	d := json.NewDecoder(bytes.NewReader(encode(t, r)))
	d.UseNumber()
	must(t, d.Decode(&c))
	return c
}
