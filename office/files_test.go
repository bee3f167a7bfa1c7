package office_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screening"
	"github.com/openchancery/chancery/store"
)

// text is a file of so many bytes that is taken as it is.
func text(size int) []byte {
	b := make([]byte, size)
	r := rand.New(rand.NewSource(int64(size)))
	for i := range b {
		b[i] = "abcdefgh ijklm nop\n"[r.Intn(19)]
	}
	return b
}

// sent sends a whole file.
func (h *house) sends(by office.By, owner office.FileOwner, name string, content []byte) office.File {
	h.Helper()
	ctx, o := h.Context(), h.Office
	f, err := o.BeginFile(ctx, by, owner, office.FileFacts{Name: name, Size: int64(len(content))})
	must(h, err)
	if _, err := o.AppendFile(ctx, by, f.ID, 0, bytes.NewReader(content)); err != nil {
		h.Fatal(err)
	}
	f, err = o.FinishFile(ctx, by, f.ID)
	must(h, err)
	return f
}

// scanner is a scanner that finds malware where it is told to.
type scanner struct {
	screening.Screening
	finds func([]byte) (bool, error)
}

func (s *scanner) Scans() bool { return s.finds != nil }

func (s *scanner) Scan(_ context.Context, r io.Reader) (bool, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return false, err
	}
	return s.finds(b)
}

func eicar(b []byte) (bool, error) { return bytes.Contains(b, []byte("EICAR")), nil }

// does has the jobs done that are due.
func (h *house) does() {
	h.Helper()
	_, err := h.Jobs().Due(h.Context())
	must(h, err)
}

func opens(h *house, by office.By, id string) []byte {
	h.Helper()
	_, content, err := h.Office.OpenFile(h.Context(), by, id, office.PurposeExamination)
	must(h, err)
	b, err := io.ReadAll(content)
	must(h, err)
	must(h, content.Close())
	return b
}

func TestAFileOfADraftBecomesTheClaims(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	o.Screen = &scanner{finds: eicar}
	d, err := o.SaveDraft(ctx, by, aDraft(nil))
	must(t, err)
	owner := office.FileOwner{Draft: d.ID}
	small, large := text(5_000), text(700_000)
	a, b := h.sends(by, owner, "C:\\scans\\contract\u202e.txt", small), h.sends(by, owner, "large.txt", large)
	if a.State != evidence.Waiting || a.Name != "contract.txt" || a.Kind != "txt" || a.SHA256 != sha256.Sum256(small) || a.Entry != 0 {
		t.Errorf("%+v", a)
	}
	coming, err := o.BeginFile(ctx, by, owner, office.FileFacts{Name: "late.txt", Size: 9})
	must(t, err)
	here, err := o.AppendFile(ctx, by, coming.ID, 0, strings.NewReader("late "))
	if err != nil || here != 5 {
		t.Errorf("%d bytes are here, %v", here, err)
	}
	h.does()
	sent, err := o.SendDraft(ctx, by, d.ID, map[string]string{"signed": "true"})
	must(t, err)
	owner = office.FileOwner{Claim: sent.ID}
	files, err := o.Files(ctx, by, owner)
	must(t, err)
	if len(files) != 3 || files[0].State != evidence.Clean || files[0].Entry != 1 || files[1].Entry != 1 || files[2].State != evidence.Receiving || files[2].Entry != 0 || files[2].Here != 5 {
		t.Errorf("once it was sent: %+v", files)
	}
	// The rest comes after the claim was sent.
	_, err = o.AppendFile(ctx, by, coming.ID, 5, strings.NewReader("comer"))
	wantCode(t, "more than was announced", err, "evidence.too-large")
	_, err = o.AppendFile(ctx, by, coming.ID, 4, strings.NewReader("xx"))
	wantCode(t, "at another place", err, "evidence.offset")
	_, err = o.FinishFile(ctx, by, coming.ID)
	wantCode(t, "before all is here", err, "evidence.incomplete")
	_, err = o.AppendFile(ctx, by, coming.ID, 5, strings.NewReader("come"))
	must(t, err)
	late, err := o.FinishFile(ctx, by, coming.ID)
	if err != nil || late.Entry != 2 {
		t.Errorf("%+v, %v", late, err)
	}
	again, err := o.FinishFile(ctx, by, coming.ID)
	if err != nil || again.SHA256 != late.SHA256 || again.Entry != 2 {
		t.Errorf("finished again: %+v, %v", again, err)
	}
	h.does()
	if !bytes.Equal(opens(h, by, a.ID), small) || !bytes.Equal(opens(h, by, b.ID), large) || string(opens(h, by, coming.ID)) != "late come" {
		t.Error("a file comes back otherwise than it was sent")
	}
	readings, err := o.Readings(ctx, sent.ID)
	must(t, err)
	if len(readings) < 3 || !slices.Equal(readings[len(readings)-1].Opened, []string{"evidence." + coming.ID}) {
		t.Errorf("the reading log has %+v", readings)
	}
	h.record(sent.ID)
	h.sound()
}

// The entry commits to salt and content, and says no name, kind or size; the manifest
// and the entry's commitment fit together.
func TestWhatTheDocketSaysOfAFile(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	content := text(100_000)
	d, err := o.SaveDraft(ctx, by, aDraft(nil))
	must(t, err)
	f := h.sends(by, office.FileOwner{Draft: d.ID}, "Olena Kovalenko contract.txt", content)
	sent, err := o.SendDraft(ctx, by, d.ID, map[string]string{"signed": "true"})
	must(t, err)
	m, err := o.Manifest(ctx, by, sent.ID)
	must(t, err)
	if len(m.Files) != 1 || m.Files[0].Name != "Olena Kovalenko contract.txt" || m.Files[0].Size != 100_000 || len(m.Files[0].Custody) < 3 {
		t.Fatalf("%+v", m)
	}
	salt, err := hex.DecodeString(m.Files[0].Salt)
	must(t, err)
	committing := docket.BlobCommitting(docket.Salt(salt))
	_, _ = committing.Write(content)
	commitment := docket.Hash(committing.Sum(nil))
	var entry docket.Entry
	must(t, o.Store.Read(ctx, func(r store.Reader) error {
		entry, err = r.Entry(m.Files[0].Entry)
		return err
	}))
	env, err := entry.Open()
	must(t, err)
	if commitment != m.Files[0].Commitment || !slices.Contains(env.Commitments, docket.Commitment{Name: "evidence." + f.ID, Hash: commitment}) {
		t.Errorf("the entry doesn't commit to what the manifest says: %s", entry.Bytes)
	}
	for _, word := range []string{"Olena", "contract", "txt", "100000", f.SHA256.String()} {
		if bytes.Contains(entry.Bytes, []byte(word)) {
			t.Errorf("the entry says %q", word)
		}
	}
	if n := met(t, h.Places, [][]byte{[]byte("Olena Kovalenko"), content[:64], content[50_000:50_064]}); n > 0 {
		t.Errorf("%d pieces of the file lie somewhere in clear", n)
	}
}

// Statement 7 of the register: an infected or unreadable file blocks review, the
// claimant is told and may send another, and the history is kept.
func TestStatement7(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	o.Screen = &scanner{finds: eicar}
	for name, bad := range map[string][]byte{
		"infected.txt":   []byte("a letter with EICAR in it"),
		"unreadable.pdf": []byte("%PDF-1.7\nit ends here"),
	} {
		t.Run(name, func(t *testing.T) {
			c := h.file(departure(name, 2, true))[0]
			owner := office.FileOwner{Claim: c}
			f := h.sends(by, owner, name, bad)
			h.does()
			f, err := o.File(ctx, by, f.ID)
			must(t, err)
			if !f.State.Blocks() || f.Next() != evidence.Replace || f.Reason == "" {
				t.Fatalf("the claimant isn't told: %+v", f)
			}
			examined, err := o.ExamineClaims(ctx, by, []claim.ID{c})
			must(t, err)
			_, err = o.RecordClaims(ctx, h.by("officer"), "demo", examined)
			wantCode(t, "review before it is mended", err, "claim.evidence-blocks")
			_, _, err = o.OpenFile(ctx, by, f.ID, office.PurposeExamination)
			wantCode(t, "opened all the same", err, "evidence.not-opened")

			again, err := o.BeginFile(ctx, by, owner, office.FileFacts{Name: "sound.txt", Size: -1, Replaces: f.ID})
			must(t, err)
			_, err = o.AppendFile(ctx, by, again.ID, 0, strings.NewReader("a sound letter"))
			must(t, err)
			again, err = o.FinishFile(ctx, by, again.ID)
			must(t, err)
			h.does()
			files, err := o.Files(ctx, by, owner)
			must(t, err)
			if len(files) != 2 || files[0].ReplacedBy != again.ID || files[1].Replaces != f.ID || files[1].State != evidence.Clean || files[0].Next() != evidence.Nothing {
				t.Errorf("the history isn't kept: %+v", files)
			}
			h.record(c)
		})
	}
	h.sound()
}

// A scanner that doesn't answer never lets anything pass; within a minute the file
// says so, the operator sees it, and the check goes on.
func TestAFileThatCouldNotBeChecked(t *testing.T) {
	now := time.Date(2020, 6, 1, 9, 0, 0, 0, time.UTC)
	h := staffedAt(t, func() time.Time { now = now.Add(time.Millisecond); return now })
	h.open("demo", demoRulebook(t))
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	away := errors.New("it hung up")
	s := &scanner{finds: func([]byte) (bool, error) { return false, away }}
	o.Screen = s
	c := h.file(departure("a", 2, true))[0]
	begin := now
	f := h.sends(by, office.FileOwner{Claim: c}, "letter.txt", []byte("a letter"))
	for f.State == evidence.Waiting && now.Sub(begin) < time.Hour {
		h.does()
		now = now.Add(time.Second)
		var err error
		f, err = o.File(ctx, by, f.ID)
		must(t, err)
		if health, err := o.FileHealth(ctx); err != nil || health.Silent != 0 {
			t.Fatalf("it fell silent: %+v, %v", health, err)
		}
	}
	if f.State != evidence.Failed || now.Sub(begin) > time.Minute {
		t.Errorf("after %v it stands as %s", now.Sub(begin), f.State)
	}
	health, err := o.FileHealth(ctx)
	if err != nil || health.Failed != 1 || health.Silent != 0 {
		t.Errorf("the operator isn't told: %+v, %v", health, err)
	}
	s.finds = eicar
	now = now.Add(time.Hour)
	h.does()
	if f, err = o.File(ctx, by, f.ID); err != nil || f.State != evidence.Clean {
		t.Errorf("once the scanner answers: %+v, %v", f, err)
	}
}

// What falls silent is found: it goes on, or its owner is told how.
func TestNothingFallsSilent(t *testing.T) {
	now := time.Date(2020, 6, 1, 9, 0, 0, 0, time.UTC)
	h := staffedAt(t, func() time.Time { now = now.Add(time.Millisecond); return now })
	h.open("demo", demoRulebook(t))
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	o.Screen = &scanner{finds: eicar}
	c := h.file(departure("a", 2, true))[0]
	owner := office.FileOwner{Claim: c}
	begun := func(name string, size int, content string) string {
		f, err := o.BeginFile(ctx, by, owner, office.FileFacts{Name: name, Size: int64(size)})
		must(t, err)
		_, err = o.AppendFile(ctx, by, f.ID, 0, strings.NewReader(content))
		must(t, err)
		return f.ID
	}
	whole, half := begun("whole.txt", 8, "a letter"), begun("half.txt", 80, "a letter")
	waits := h.sends(by, owner, "waits.txt", []byte("another letter")).ID
	must(t, o.Store.Write(ctx, func(tx store.Tx) error { return tx.DropJobs(office.JobCheckFile, waits) })) // somebody loses its job
	silent := func() int64 {
		health, err := o.FileHealth(ctx)
		must(t, err)
		return health.Silent
	}
	now = now.Add(20 * time.Minute)
	if n := silent(); n != 3 {
		t.Errorf("%d are silent, want all three", n)
	}
	must(t, o.ReconcileFiles(ctx))
	h.does()
	if n := silent(); n != 0 {
		t.Errorf("%d are silent after the schedule came by", n)
	}
	for id, want := range map[string]evidence.State{whole: evidence.Clean, half: evidence.Stalled, waits: evidence.Clean} {
		if f, err := o.File(ctx, by, id); err != nil || f.State != want {
			t.Errorf("%s stands as %s, want %s (%v)", f.Name, f.State, want, err)
		}
	}
	here, err := o.AppendFile(ctx, by, half, 8, strings.NewReader(strings.Repeat("x", 72)))
	if err != nil || here != 80 {
		t.Errorf("it doesn't go on where it stopped: %d, %v", here, err)
	}
	h.sound()
}

// Where the line breaks amid a piece, what came is kept.
func TestABrokenLineKeepsWhatCame(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	c := h.file(departure("a", 2, true))[0]
	content := text(600_000)
	f, err := o.BeginFile(ctx, by, office.FileOwner{Claim: c}, office.FileFacts{Name: "a.txt", Size: 600_000})
	must(t, err)
	broke := errors.New("reset by peer")
	r := rand.New(rand.NewSource(1))
	here := int64(0)
	for here < 600_000 {
		n := min(int64(1+r.Intn(200_000)), 600_000-here)
		got, err := o.AppendFile(ctx, by, f.ID, here, io.MultiReader(bytes.NewReader(content[here:here+n]), failing{broke}))
		if got != here+n || fault.Code(err) != "evidence.line-broke" || !errors.Is(err, broke) {
			t.Fatalf("%d bytes are here of %d, %v", got, here+n, err)
		}
		here = got
	}
	if f, err = o.FinishFile(ctx, by, f.ID); err != nil || f.SHA256 != sha256.Sum256(content) {
		t.Fatalf("%+v, %v", f, err)
	}
	if left, err := filepath.Glob(filepath.Join(h.Evidence, "*", "*")); err != nil || len(left) != 1 {
		t.Errorf("on the shelf lies %q, %v", left, err)
	}
	h.sound()
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Another's file is none, whoever asks and whatever for.
func TestAFileIsItsOwnersOwn(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	d, err := o.SaveDraft(ctx, by, aDraft(nil))
	must(t, err)
	f := h.sends(by, office.FileOwner{Draft: d.ID}, "a.txt", []byte("a letter"))
	for _, who := range []string{"officer-2", "treasurer"} {
		other := h.by(who)
		_, err := o.File(ctx, other, f.ID)
		refusedTo(t, who, err)
		_, err = o.Files(ctx, other, office.FileOwner{Draft: d.ID})
		refusedTo(t, who, err)
		_, err = o.AppendFile(ctx, other, f.ID, 0, strings.NewReader("x"))
		refusedTo(t, who, err)
		_, err = o.FinishFile(ctx, other, f.ID)
		refusedTo(t, who, err)
		_, _, err = o.OpenFile(ctx, other, f.ID, office.PurposeExamination)
		refusedTo(t, who, err)
		refusedTo(t, who, o.DiscardFile(ctx, other, f.ID))
		_, err = o.BeginFile(ctx, other, office.FileOwner{Draft: d.ID}, office.FileFacts{Name: "b.txt"})
		refusedTo(t, who, err)
	}
	sent, err := o.SendDraft(ctx, by, d.ID, map[string]string{"signed": "true"})
	must(t, err)
	_, err = o.Manifest(ctx, h.by("treasurer"), sent.ID)
	refusedTo(t, "treasurer", err)
	wantCode(t, "discarded once an entry names it", o.DiscardFile(ctx, by, f.ID), "evidence.entered")
}

func refusedTo(t *testing.T, who string, err error) {
	t.Helper()
	switch code := fault.Code(err); code {
	case "evidence.none", "draft.none", "policy.capacity-missing":
	default:
		t.Errorf("%s: got %v", who, err)
	}
}

// Whatever goes with a draft or an erasure goes from the shelf too, and no key opens
// what a copy of it still has.
func TestFilesGoWithTheirOwners(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	d, err := o.SaveDraft(ctx, by, aDraft(nil))
	must(t, err)
	discarded := h.sends(by, office.FileOwner{Draft: d.ID}, "a.txt", text(90_000))
	must(t, o.DiscardDraft(ctx, by, d.ID))
	h.does()
	_, err = o.File(ctx, by, discarded.ID)
	wantCode(t, "of a draft that was discarded", err, "evidence.none")

	c := h.file(departure("a", 2, true))[0]
	large := h.sends(by, office.FileOwner{Claim: c}, "large.txt", text(90_000))
	small := h.sends(by, office.FileOwner{Claim: c}, "small.txt", text(900))
	objects, err := filepath.Glob(filepath.Join(h.Evidence, "*", "*"))
	if err != nil || len(objects) != 1 {
		t.Fatalf("on the shelf lies %q, %v", objects, err)
	}
	h.withdraw(c)
	done, err := h.erase(c)
	must(t, err)
	if done.Blobs != 3 { // its answers, the small file, the large one
		t.Errorf("%d sealed blobs and files were removed", done.Blobs)
	}
	h.does()
	if left, err := filepath.Glob(filepath.Join(h.Evidence, "*", "*")); err != nil || len(left) != 0 {
		t.Errorf("on the shelf is left %q, %v", left, err)
	}
	for _, f := range []office.File{large, small} {
		_, _, err := o.OpenFile(ctx, by, f.ID, office.PurposeExamination)
		wantCode(t, "once its claim is erased", err, "evidence.none")
	}
	h.sound()
}

// Verify names a file that is missing or damaged.
func TestVerifyNamesFiles(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	c := h.file(departure("a", 2, true))[0]
	h.sends(by, office.FileOwner{Claim: c}, "large.txt", text(200_000))
	h.sound()
	objects, err := filepath.Glob(filepath.Join(h.Evidence, "*", "*"))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%q, %v", objects, err)
	}
	whole, err := os.ReadFile(objects[0])
	must(t, err)
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 1
	for want, change := range map[string]func() error{
		"verify.file-damaged": func() error { return os.WriteFile(objects[0], damaged, 0o600) },
		"verify.file-missing": func() error { return os.Remove(objects[0]) },
	} {
		must(t, change())
		v, err := o.Verify(ctx, nil)
		must(t, err)
		if len(v.Findings) != 1 || v.Findings[0].Code != want || !strings.Contains(v.Findings[0].Entry, string(c)) {
			t.Errorf("want %s, found %+v", want, v.Findings)
		}
		must(t, os.WriteFile(objects[0], whole, 0o600))
	}
	h.sound()
}

// A row of a file that no entry made is named: one that was slipped in beside
// another, one that was given to another claim, and one that says that it is of
// another entry or holds something else.
func TestVerifyNamesAFileThatNoEntryMade(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	ids := h.file(departure("a", 2, true), departure("b", 2, true))
	large := h.sends(by, office.FileOwner{Claim: ids[0]}, "large.txt", text(200_000))
	small := h.sends(by, office.FileOwner{Claim: ids[1]}, "small.txt", text(900))
	h.sound()
	db := behindItsBack(t, h.Places)
	defer db.Close()
	run := func(sql string, values ...any) {
		t.Helper()
		_, err := db.Exec(sql, values...)
		must(t, err)
	}
	copyOf := func(id string, where string) string {
		return "INSERT INTO files SELECT " + where + ", version, actor, state, class, kind, size, here, object, stored, commitment, begun, changed, reason, replaces, replaced_by, archives, blocks, facts, sealed FROM files WHERE id = '" + id + "'"
	}
	const slipped = "ffffffffffffffffffffffffffffffff"
	for name, c := range map[string]struct{ do, undo string }{
		"a large one beside another": {copyOf(large.ID, "'"+slipped+"', draft, claim_id"), "DELETE FROM files WHERE id = '" + slipped + "'"},
		"a small one beside another": {copyOf(small.ID, "'"+slipped+"', draft, claim_id"), "DELETE FROM files WHERE id = '" + slipped + "'"},
		"one of a claim that isn't":  {copyOf(small.ID, "'"+slipped+"', draft, '"+slipped+"'"), "DELETE FROM files WHERE id = '" + slipped + "'"},
		"one given to another claim": {"UPDATE files SET claim_id = '" + string(ids[0]) + "' WHERE id = '" + small.ID + "'", "UPDATE files SET claim_id = '" + string(ids[1]) + "' WHERE id = '" + small.ID + "'"},
		"one of another entry":       {"UPDATE files SET version = 1 WHERE id = '" + small.ID + "'", "UPDATE files SET version = 2 WHERE id = '" + small.ID + "'"},
	} {
		run(c.do)
		v, err := o.Verify(ctx, nil)
		must(t, err)
		if !slices.ContainsFunc(v.Findings, func(f office.Finding) bool { return f.Code == "verify.file-stray" && f.Entry != "" && f.Detail != "" }) {
			t.Errorf("%s: %+v", name, v.Findings)
		}
		run(c.undo)
		h.sound()
	}
	run("UPDATE files SET commitment = x'" + strings.Repeat("00", 32) + "' WHERE id = '" + small.ID + "'")
	if v, err := o.Verify(ctx, nil); err != nil || len(v.Findings) != 1 || v.Findings[0].Code != "verify.file-stray" || v.Findings[0].Detail != small.ID {
		t.Errorf("what holds something else: %+v, %v", v, err)
	}
}

// Small files are filed with their claims in one act.
func TestFilesAreFiledWithTheirClaim(t *testing.T) {
	h := opened(t)
	ctx, o, by := t.Context(), h.Office, h.by("officer")
	f := departure("a", 2, true)
	f.Files = []office.Enclosure{{Name: "a.txt", Content: text(3000)}, {Name: "b.txt", Content: text(100)}}
	answers, err := o.FileClaims(ctx, by, "demo", []office.Filing{f})
	must(t, err)
	files, err := o.Files(ctx, by, office.FileOwner{Claim: answers[0].ID})
	must(t, err)
	if len(files) != 2 || files[0].Entry != 1 || files[0].State != evidence.Quarantined || files[0].SHA256 != sha256.Sum256(text(3000)) && files[1].SHA256 != sha256.Sum256(text(3000)) {
		t.Errorf("%+v", files)
	}
	again, err := o.FileClaims(ctx, by, "demo", []office.Filing{f})
	if err != nil || !again[0].Repeated {
		t.Errorf("filed again: %+v, %v", again, err)
	}
	f.Files[0].Content = text(3001)
	if again, err = o.FileClaims(ctx, by, "demo", []office.Filing{f}); err != nil || !again[0].Changed {
		t.Errorf("filed again with another file: %+v, %v", again, err)
	}
	f.Key, f.Files[0].Content = "b", []byte("<html>")
	_, err = o.FileClaims(ctx, by, "demo", []office.Filing{f})
	wantCode(t, "a page", err, "evidence.enclosure-refused")
	f.Files[0].Content = text(70_000)
	_, err = o.FileClaims(ctx, by, "demo", []office.Filing{f})
	wantCode(t, "a large one", err, "evidence.too-large-to-enclose")
	h.sound()
}
