// Package upload takes files in over HTTP, for whichever pages hang it in: a form as
// every browser sends it, and tus 1.0, which goes on where a line broke. Who asks,
// and what the files belong to, the pages say: no address here proves anything.
package upload

import (
	"io"
	"net/http"
	"os"
	"time"

	"github.com/openchancery/chancery/office"
)

// Uploads takes files in. It may be used by many at once.
type Uploads struct {
	Office *office.Office
	Report func(*http.Request, error) // told of what failed here; nil: nobody
}

func (u *Uploads) failed(r *http.Request, err error) {
	if u.Report != nil {
		u.Report(r, err)
	}
}

// silence is how long a line may say nothing before it is let go. A slow one is not:
// each byte that comes gives it as long again.
const silence = 60 * time.Second

// patient reads a request's body for as long as something comes.
type patient struct {
	body io.Reader
	line *http.ResponseController
}

// Patiently is a request's body, read for as long as something comes of it.
func Patiently(w http.ResponseWriter, r *http.Request) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{patiently(w, r), r.Body}
}

func patiently(w http.ResponseWriter, r *http.Request) *patient {
	return &patient{r.Body, http.NewResponseController(w)}
}

func (p *patient) Read(b []byte) (int, error) {
	// Not every server lets its deadlines be set: then its own hold.
	_ = p.line.SetReadDeadline(time.Now().Add(silence))
	n, err := p.body.Read(b)
	if err != nil {
		_ = p.line.SetReadDeadline(time.Time{})
		// The answer may take as long as the file is looked into.
		_ = p.line.SetWriteDeadline(time.Now().Add(silence))
	}
	return n, err
}

// brokeOff reports whether a body ended because the line did.
func brokeOff(err error) bool {
	return err != nil && err != io.EOF || os.IsTimeout(err)
}
