package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/office"
)

// files hangs how evidence is added to a claim: announced, sent in as many
// pieces as the line allows, and finished.
func (s *site) files() {
	at := func(id, method, path, summary, more string, status int) operation {
		return operation{
			id: id, method: method, path: path, summary: summary, more: more, status: status,
			tag: "Evidence", scope: office.ScopeEvidence,
		}
	}
	register(s, at("begin-file", http.MethodPost, "/claims/{claim}/files", "Announce a file",
		"Its name may say something about somebody: it stands in the body and rests sealed.", http.StatusCreated), s.beginFile)
	register(s, at("list-files", http.MethodGet, "/claims/{claim}/files", "List a claim's files", "", http.StatusOK), s.listFiles)
	register(s, at("get-file", http.MethodGet, "/files/{file}", "Look at a file", "How far it has come, and what is next.", http.StatusOK), s.getFile)
	send := at("send-file", http.MethodPut, "/files/{file}/content", "Send a piece of a file",
		"The bytes from offset on, which must be what is here already. What is answered as here is durable: after a line that broke, ask for the file and go on from there.", http.StatusOK)
	send.body = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	register(s, send, s.sendFile)
	register(s, at("finish-file", http.MethodPost, "/files/{file}/finish", "Say that all of a file is here",
		"It is looked into, hashed and sealed, and becomes a part of its claim. What can't be used says why; send another in its place.", http.StatusOK), s.finishFile)
}

// FileBody is a file as its filer sees it.
type FileBody struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	State  string `json:"state" doc:"How far it has come: receiving, stalled, waiting, clean, quarantined, or why it can't be used."`
	Next   string `json:"next" doc:"nothing, wait, resume (send the rest) or replace (send another in its place)."`
	Reason string `json:"reason,omitempty" doc:"Why it can't be used: a code."`
	Kind   string `json:"kind,omitempty" doc:"By its content."`
	Size   int64  `json:"size" doc:"In bytes; -1 while it isn't known."`
	Here   int64  `json:"here" doc:"How many bytes are here and durable."`
	SHA256 string `json:"sha256,omitempty" doc:"Of the content, once it is whole."`
}

func fileBody(f office.File) FileBody {
	b := FileBody{ID: f.ID, Name: f.Name, State: string(f.State), Next: string(f.Next()), Reason: f.Reason, Kind: f.Kind, Size: f.Size, Here: f.Here}
	if f.SHA256 != (docket.Hash{}) {
		b.SHA256 = f.SHA256.String()
	}
	return b
}

type fileAnswer struct{ Body FileBody }

func (s *site) beginFile(ctx context.Context, in *struct {
	OfClaim
	Body struct {
		Name      string `json:"name" minLength:"1" maxLength:"255" doc:"As you call it."`
		Size      int64  `json:"size" minimum:"0" doc:"In bytes."`
		Sensitive bool   `json:"sensitive,omitempty" doc:"It belongs to a sensitive answer: once it is whole only officers at their desk can open it."`
		Archive   bool   `json:"archive,omitempty" doc:"It may be a zip."`
		Replaces  string `json:"replaces,omitempty" pattern:"^[0-9a-f]{32}$" doc:"The id of a file of this claim in whose place it comes."`
	}
},
) (*fileAnswer, error) {
	f, err := s.office.BeginFile(ctx, callerOf(ctx).By, office.FileOwner{Claim: claim.ID(in.Claim)}, office.FileFacts{
		Name: in.Body.Name, Size: in.Body.Size, Sensitive: in.Body.Sensitive, Archives: in.Body.Archive, Replaces: in.Body.Replaces,
	})
	if err != nil {
		return nil, err
	}
	return &fileAnswer{fileBody(f)}, nil
}

type fileList struct {
	Body struct {
		Files []FileBody `json:"files"`
	}
}

func (s *site) listFiles(ctx context.Context, in *OfClaim) (*fileList, error) {
	files, err := s.office.Files(ctx, callerOf(ctx).By, office.FileOwner{Claim: claim.ID(in.Claim)})
	if err != nil {
		return nil, err
	}
	var a fileList
	a.Body.Files = []FileBody{}
	for _, f := range files {
		a.Body.Files = append(a.Body.Files, fileBody(f))
	}
	return &a, nil
}

// OfFile names one file.
type OfFile struct {
	File string `path:"file" pattern:"^[0-9a-f]{32}$" doc:"The file's id."`
}

func (s *site) getFile(ctx context.Context, in *OfFile) (*fileAnswer, error) {
	f, err := s.office.File(ctx, callerOf(ctx).By, in.File)
	if err != nil {
		return nil, err
	}
	return &fileAnswer{fileBody(f)}, nil
}

// Streamed gives an operation its body as it comes in.
type Streamed struct{ body io.Reader }

// Resolve takes the body of a request.
func (b *Streamed) Resolve(ctx huma.Context) []error {
	b.body = ctx.BodyReader()
	return nil
}

type hereAnswer struct {
	Body struct {
		Here int64 `json:"here" doc:"How many bytes are here and durable."`
	}
}

func (s *site) sendFile(ctx context.Context, in *struct {
	OfFile
	Streamed
	Offset int64 `query:"offset" minimum:"0" doc:"Where this piece begins."`
},
) (*hereAnswer, error) {
	here, err := s.office.AppendFile(ctx, callerOf(ctx).By, in.File, in.Offset, in.body)
	if err != nil {
		return nil, err
	}
	var a hereAnswer
	a.Body.Here = here
	return &a, nil
}

func (s *site) finishFile(ctx context.Context, in *OfFile) (*fileAnswer, error) {
	f, err := s.office.FinishFile(ctx, callerOf(ctx).By, in.File)
	if err != nil {
		return nil, err
	}
	return &fileAnswer{fileBody(f)}, nil
}
