package screening

import (
	"bytes"
	"io"
	"regexp"

	"github.com/openchancery/chancery/evidence"
)

// windowSize is how much of a long file is looked at at a time, overlap how much of
// it again with the next, so that a word that lies across is found.
const (
	windowSize = 256 << 10
	overlap    = 256
)

// windows reads the whole in windows.
func (f *file) windows(look func(window []byte) (stop bool)) error {
	r, window := f.whole(), make([]byte, overlap+windowSize)
	kept := 0
	for {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, window[kept:])
		if n > 0 && look(window[:kept+n]) {
			return nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
		kept = copy(window, window[len(window)-overlap:])
	}
}

var encryptedPDF = regexp.MustCompile(`/Encrypt\s*(<<|\d+\s+\d+\s+R)`)

// pdf holds a PDF to its beginning and end, and looks for a password.
func (f *file) pdf() (*evidence.Finding, error) {
	if !bytes.HasPrefix(f.head, []byte("%PDF-")) {
		return f.refuse(evidence.Mismatch, "evidence.refused.two-kinds")
	}
	tail, err := f.at(max(0, f.size-2048), 2048)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(tail, []byte("%%EOF")) || !bytes.Contains(tail, []byte("startxref")) {
		return f.bad()
	}
	encrypted := false
	if err := f.windows(func(window []byte) bool {
		encrypted = encryptedPDF.Match(window)
		return encrypted
	}); err != nil {
		return nil, err
	}
	if encrypted {
		return f.refuse(evidence.Encrypted, "evidence.refused.encrypted", "kind", "pdf")
	}
	return nil, nil
}

// text refuses what isn't text.
func (f *file) text() (*evidence.Finding, error) {
	binary := false
	err := f.windows(func(window []byte) bool {
		binary = bytes.IndexByte(window, 0) >= 0
		return binary
	})
	if binary && !bytes.HasPrefix(f.head, []byte{0xff, 0xfe}) && !bytes.HasPrefix(f.head, []byte{0xfe, 0xff}) { // UTF-16
		return f.refuse(evidence.Mismatch, "evidence.refused.two-kinds")
	}
	return nil, err
}

// compound looks at the older form of office documents, which also wraps newer ones
// that are under a password.
func (f *file) compound() *evidence.Finding {
	if !bytes.HasPrefix(f.head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return nil
	}
	encrypted := false
	word := utf16("EncryptedPackage")
	err := f.windows(func(window []byte) bool {
		encrypted = bytes.Contains(window, word)
		return encrypted
	})
	found := evidence.Refuse(evidence.WrongKind, "", "evidence.refused.old-document")
	if err == nil && encrypted {
		found = evidence.Refuse(evidence.Encrypted, "docx", "evidence.refused.encrypted", "kind", "docx")
	}
	return &found
}

func utf16(text string) (b []byte) {
	for _, c := range []byte(text) {
		b = append(b, c, 0)
	}
	return b
}

// twofold refuses what is of two kinds at once: what one program takes for a picture,
// another may take for an archive or a page. What a camera adds behind a picture is
// neither.
func (f *file) twofold() (*evidence.Finding, error) {
	head := f.head[:min(len(f.head), 1024)]
	two := false
	if f.kind.name != "pdf" && f.kind.name != "txt" {
		two = bytes.Contains(head, []byte("%PDF-"))
	}
	if f.kind.name != "txt" {
		lower := bytes.ToLower(head)
		for _, mark := range []string{"<script", "<!doctype html", "<html", "<?php"} {
			two = two || bytes.Contains(lower, []byte(mark))
		}
	}
	if !f.kind.zipped() && !two {
		end, _, err := f.zipEnd()
		if err != nil {
			return nil, err
		}
		two = end
	}
	if two {
		return f.refuse(evidence.Mismatch, "evidence.refused.two-kinds")
	}
	return nil, nil
}

// zipped reports whether files of this kind are archives in their own right.
func (k kind) zipped() bool {
	switch k.name {
	case "zip", "docx", "xlsx", "odt":
		return true
	}
	return false
}
