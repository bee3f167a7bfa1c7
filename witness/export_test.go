package witness

import "github.com/openchancery/chancery/docket"

// Before lets a test forbid, or be told of, each operation on the disk.
func (s *Server) Before(before func(operation string) error) { s.before = before }

// Body is the body of a request.
func Body(old int64, proof []docket.Hash, checkpoint []byte) []byte {
	return request{old, proof, checkpoint}.text()
}

// KeyOf is the key of a seed, as others are given it, and its file's line.
func KeyOf(name string, seed []byte) (public, secret string) {
	s := newSigner(name, seed)
	return s.String(), s.secret()
}
