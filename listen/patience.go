package listen

import (
	"io"
	"net/http"
	"time"
)

// longestBody is how long a whole request may take, however steadily it comes: 8 MB
// take some 22 minutes over a line of 50 kbit/s.
const longestBody = time.Hour

// patiently gives a request time as long as it goes on coming: who sends a
// photograph over a bad line is waited for, and who stops is not.
func patiently(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &patient{ReadCloser: r.Body, control: http.NewResponseController(w), until: time.Now().Add(longestBody)}
		}
		next.ServeHTTP(w, r)
	})
}

// patient is a request's body.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
	until   time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	if now := time.Now(); now.Before(p.until) {
		// A writer that can't do it has the server's own limits.
		_ = p.control.SetReadDeadline(now.Add(readAll))
		_ = p.control.SetWriteDeadline(now.Add(readAll + writeAll))
	}
	return p.ReadCloser.Read(b)
}
