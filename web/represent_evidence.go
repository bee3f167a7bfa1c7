package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/screen"
	"github.com/openchancery/chancery/upload"
	"github.com/openchancery/chancery/workbook"
)

// What one form of evidence takes.
const (
	mostEvidence      = 50        // files
	mostEvidenceBytes = 256 << 20 // all together
	mostHashes        = 4 << 20   // the list that names files by their hashes
)

// evidencePage is where many files are given at once, and what came of them.
type evidencePage struct {
	Fields []screen.Field
	Asked  bool
	Lead   string
	Files  []fileLine
}

type fileLine struct {
	Name, State string
	Claim, Path string // the claim's reference and page; "" for none
	Well        bool
}

// evidenceForm asks for files.
func (s *represent) evidenceForm(w http.ResponseWriter, r *http.Request, in acting) {
	s.askEvidence(w, r, in, http.StatusOK, "", nil)
}

func (s *represent) askEvidence(w http.ResponseWriter, r *http.Request, in acting, status int, chosen string, problems []screen.Problem) {
	fields, err := s.evidenceFields(r, in, chosen)
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	s.show(w, r, status, "documents.html", screen.Page{
		Title: in.words.Say("represent.evidence.title"), Problems: problems, Body: evidencePage{Fields: wrongAt(fields, problems)},
	})
}

func (s *represent) evidenceFields(r *http.Request, in acting, chosen string) ([]screen.Field, error) {
	say := func(name string, pairs ...string) string { return in.words.Say("represent.evidence."+name, pairs...) }
	programmes, err := s.office.OpenProgrammes(r.Context())
	if err != nil {
		return nil, err
	}
	programme := screen.Field{Kind: screen.Select, Name: "programme", Label: in.words.Say("represent.give.programme")}
	for _, p := range programmes {
		e, err := s.office.OpenEdition(r.Context(), p.ID)
		if err != nil {
			return nil, err
		}
		programme.Choices = append(programme.Choices, screen.Choice{Value: p.ID, Label: e.Title.In(in.words.Lang), Checked: p.ID == chosen})
	}
	return []screen.Field{
		programme,
		{Kind: screen.File, Name: "hashes", Label: say("hashes"), Hint: say("hashes-hint"), Accept: ".csv"},
		{Kind: screen.File, Name: "files", Label: say("files"), Hint: say("files-hint", "most", strconv.Itoa(mostEvidence), "size", strconv.Itoa(mostEvidenceBytes>>20)), Several: true},
	}, nil
}

// evidenceGiven is a form of files: each in a folder of its own number, so that two
// of one name are two.
type evidenceGiven struct {
	programme string
	hashes    map[docket.Hash]string
	files     int
	left      int64 // bytes that may still come
}

// evidence takes files in, each with the claim that its name or its hash says.
// Until that is known they rest in a folder of their own, and go when all were taken.
func (s *represent) evidence(w http.ResponseWriter, r *http.Request, in acting) {
	folder, err := s.folder()
	if err == nil {
		folder, err = os.MkdirTemp(folder, "evidence-*") // of mode 0700
	}
	if err != nil {
		s.Failed(w, r, err)
		return
	}
	defer func() {
		if err := os.RemoveAll(folder); err != nil {
			s.Report(r, err)
		}
	}()
	r.Body = upload.Patiently(w, r)
	given := evidenceGiven{left: mostEvidenceBytes}
	if err := given.read(r, folder); fault.Is(err, fault.Invalid) {
		field := "files"
		if fault.Code(err) == "bulk.hashes" {
			field = "hashes"
		}
		s.askEvidence(w, r, in, http.StatusUnprocessableEntity, given.programme, []screen.Problem{{Field: field, Text: in.words.Sentence(err)}})
		return
	} else if err != nil {
		s.Failed(w, r, err)
		return
	}
	page := evidencePage{Asked: true}
	take := workbook.Folder{
		Office: s.office, By: in.by, Programme: given.programme, Files: os.DirFS(folder), Hashes: given.hashes,
		Tell: func(o workbook.Outcome) { page.Files = append(page.Files, s.fileLine(in.words, o)) },
	}
	taken, err := take.Take(r.Context())
	if err == nil {
		err = s.nameClaims(r, in, page.Files)
	}
	if err != nil {
		s.refused(w, r, err, RepresentRoot+"evidence")
		return
	}
	page.Lead = in.words.Say("represent.evidence.came", "added", in.words.Number(taken.Added), "files", in.words.Number(taken.Files))
	s.show(w, r, http.StatusOK, "documents.html", screen.Page{Title: in.words.Say("represent.evidence.done"), Back: RepresentRoot + "evidence", Body: page})
}

// read puts the files of a form into a folder.
func (g *evidenceGiven) read(r *http.Request, folder string) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "represent.evidence.none")
	}
	broke := fault.New(fault.Invalid, "represent.upload.broke")
	for {
		part, err := parts.NextPart()
		if err == io.EOF && g.files == 0 {
			return fault.New(fault.Invalid, "represent.evidence.none")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return broke
		}
		switch name := part.FileName(); {
		case part.FormName() == "programme":
			text, err := io.ReadAll(io.LimitReader(part, 100))
			if err != nil {
				return broke
			}
			g.programme = string(text)
		case name == "": // a field for files with none chosen
		case part.FormName() == "hashes":
			text, err := io.ReadAll(io.LimitReader(part, mostHashes))
			if err != nil {
				return broke
			}
			if g.hashes, err = workbook.ReadHashes(text); err != nil {
				return err
			}
		default:
			if err := g.put(folder, name, part); err != nil {
				return err
			}
		}
	}
}

func (g *evidenceGiven) put(folder, name string, part *multipart.Part) error {
	if g.files++; g.files > mostEvidence {
		return fault.New(fault.Invalid, "represent.evidence.many", "most", mostEvidence)
	}
	at := filepath.Join(folder, fmt.Sprintf("%03d", g.files))
	if err := os.Mkdir(at, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(at, fileName(name)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	line := &lineOf{from: part}
	n, err := io.Copy(f, io.LimitReader(line, g.left+1))
	err = errors.Join(err, f.Close())
	switch g.left -= n; {
	case line.broke != nil:
		return fault.New(fault.Invalid, "represent.upload.broke")
	case err != nil:
		return err
	case g.left < 0:
		return fault.New(fault.Invalid, "represent.evidence.large", "most", mostEvidenceBytes>>20)
	}
	return nil
}

// fileName is the name under which a file can lie in a folder: its beginning, which
// says what it belongs to, and its ending.
func fileName(name string) string {
	name = strings.TrimLeft(path.Base(strings.ReplaceAll(name, `\`, "/")), ".")
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == '/' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	const most = 200 // bytes; file systems take 255
	if ext := path.Ext(name); len(name) > most && len(ext) < 20 {
		name = strings.ToValidUTF8(name[:most-len(ext)], "") + ext
	} else if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "")
	}
	if name == "" {
		return "file"
	}
	return name
}

// fileLine says what came of one file.
func (s *represent) fileLine(words screen.Words, o workbook.Outcome) fileLine {
	line := fileLine{Name: path.Base(o.File), State: words.Say("represent.evidence." + string(o.Came)), Well: o.Came == workbook.Added || o.Came == workbook.Here}
	if o.Why != nil {
		line.State = words.Sentence(o.Why)
	}
	if o.Claim != "" {
		line.Path = RepresentRoot + "claim/" + string(o.Claim)
	}
	return line
}

// nameClaims fills in the references of the claims that files belong to.
func (s *represent) nameClaims(r *http.Request, in acting, files []fileLine) error {
	for i := range files {
		if files[i].Path == "" {
			continue
		}
		c, _, err := s.office.ClaimOf(r.Context(), claim.ID(path.Base(files[i].Path)))
		if err != nil {
			return err
		}
		files[i].Claim = string(c.Reference)
	}
	return nil
}
