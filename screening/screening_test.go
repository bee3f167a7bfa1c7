package screening_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math/rand"
	"runtime"
	"strings"
	"testing"

	"github.com/openchancery/chancery/evidence"
	"github.com/openchancery/chancery/screening"
)

// photo is a picture with some noise in it, so that it doesn't compress away.
func photo(width, height int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewSource(int64(width)))
	for i := range m.Pix {
		m.Pix[i] = byte(r.Intn(256))
	}
	m.Set(0, 0, color.White)
	return m
}

func jpegOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo(width, height), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, photo(width, height)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pngSaying is a PNG of a few bytes that says it is so large.
func pngSaying(width, height uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		at := len(b)
		b = append(append(b, kind...), data...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[at:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(head, 8, 6, 0, 0, 0))
	chunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1})
	chunk("IEND", nil)
	return b
}

func pdfOf(body string) []byte {
	return []byte("%PDF-1.7\n" + body + "\nxref\n0 1\n0000000000 65535 f \ntrailer <</Size 1>>\nstartxref\n9\n%%EOF\n")
}

func boxOf(name string, content []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(content))), name...), content...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func heicOf(width, height uint32) []byte {
	ispe := boxOf("ispe", binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0}, width), height))
	return join(boxOf("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), boxOf("meta", join([]byte{0, 0, 0, 0}, boxOf("iprp", boxOf("ipco", ispe)))), boxOf("mdat", make([]byte, 100)))
}

func movieOf(brand string) []byte {
	return join(boxOf("ftyp", []byte(brand+"\x00\x00\x02\x00"+brand+"mp42")), boxOf("moov", make([]byte, 64)), boxOf("mdat", make([]byte, 1000)))
}

func webpOf(width, height int) []byte {
	vp8x := []byte{0, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), byte((width - 1) >> 16), byte(height - 1), byte((height - 1) >> 8), byte((height - 1) >> 16)}
	body := join([]byte("WEBPVP8X"), binary.LittleEndian.AppendUint32(nil, 10), vp8x, []byte("VP8L"), binary.LittleEndian.AppendUint32(nil, 4), make([]byte, 4))
	return join([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body)
}

type entry struct {
	name    string
	content string
	mode    fs.FileMode
	flags   uint16
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Flags: e.flags}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		if e.name == "mimetype" {
			h.Method = zip.Store
		}
		in, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(in, e.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docx(t testing.TB, more ...entry) []byte {
	return zipOf(t, append([]entry{{name: "[Content_Types].xml", content: "<Types/>"}, {name: "word/document.xml", content: "<w:document/>"}}, more...)...)
}

func odt(t testing.TB, manifest string) []byte {
	return zipOf(t, entry{name: "mimetype", content: "application/vnd.oasis.opendocument.text"}, entry{name: "content.xml", content: "<office:document-content/>"}, entry{name: "META-INF/manifest.xml", content: manifest})
}

// bomb unpacks to so many MiB of nothing.
func bomb(t testing.TB, mebibytes int) []byte {
	return zipOf(t, entry{name: "a.txt", content: strings.Repeat("\n", mebibytes<<20)})
}

// overlapping is an archive whose entries all share the bytes of the first.
func overlapping(t testing.TB) []byte {
	t.Helper()
	one := zipOf(t, entry{name: "a.txt", content: strings.Repeat("a b ", 1<<18)})
	at := bytes.Index(one, []byte("PK\x01\x02"))
	end := bytes.Index(one, []byte("PK\x05\x06"))
	central := one[at:end]
	const copies = 500
	tail := append([]byte(nil), one[end:]...)
	binary.LittleEndian.PutUint16(tail[8:], copies)
	binary.LittleEndian.PutUint16(tail[10:], copies)
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(central)*copies))
	return join(one[:at], bytes.Repeat(central, copies), tail)
}

func many(t testing.TB, n int) []byte {
	entries := make([]entry, n)
	for i := range entries {
		entries[i] = entry{name: fmt.Sprintf("%06d.txt", i)}
	}
	return zipOf(t, entries...)
}

// sayingFew is an archive of many entries whose end says that there are two.
func sayingFew(t testing.TB) []byte {
	b := many(t, 30_000)
	end := bytes.LastIndex(b, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint16(b[end+8:], 2)
	binary.LittleEndian.PutUint16(b[end+10:], 2)
	return b
}

// counting counts what is read, and writes nothing: there is nowhere to write to.
type counting struct {
	*bytes.Reader
	read int64
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.Reader.ReadAt(p, at)
	c.read += int64(n)
	return n, err
}

func look(t testing.TB, name string, content []byte, archives bool) evidence.Finding {
	t.Helper()
	found, err := (&screening.Screening{}).Look(t.Context(), name, &counting{Reader: bytes.NewReader(content)}, int64(len(content)), archives)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return found
}

func TestWhatIsTaken(t *testing.T) {
	for _, c := range []struct {
		name    string
		content []byte
		kind    string
	}{
		{"scan.pdf", pdfOf("1 0 obj <</Type /Catalog>> endobj"), "pdf"},
		{"photo.jpg", jpegOf(t, 320, 200), "jpeg"},
		{"PHOTO.JPEG", jpegOf(t, 16, 16), "jpeg"},
		{"photo", jpegOf(t, 16, 16), "jpeg"},
		{"screen.png", pngOf(t, 64, 64), "png"},
		{"photo.webp", webpOf(4000, 3000), "webp"},
		{"photo.heic", heicOf(4032, 3024), "heic"},
		{"a phone calls a HEIC so.jpg", heicOf(4032, 3024), "heic"},
		{"letter.docx", docx(t), "docx"},
		{"sums.xlsx", zipOf(t, entry{name: "[Content_Types].xml", content: "<Types/>"}, entry{name: "xl/workbook.xml", content: "<workbook/>"}), "xlsx"},
		{"letter.odt", odt(t, "<manifest/>"), "odt"},
		{"note.txt", []byte("Вікна вибито. 12 березня.\n"), "txt"},
		{"film.mp4", movieOf("isom"), "mp4"},
		{"film.mov", movieOf("qt  "), "mov"},
		{"voice.m4a", movieOf("M4A "), "m4a"},
		{"voice.mp3", join([]byte("ID3\x03\x00\x00\x00\x00\x00\x0a"), make([]byte, 10), bytes.Repeat([]byte{0xff, 0xfb, 0x90, 0x64, 0, 0}, 400)), "mp3"},
		{"camera adds behind a picture.jpg", join(jpegOf(t, 64, 64), []byte("SEFT"), make([]byte, 300), movieOf("mp42")), "jpeg"},
	} {
		if found := look(t, c.name, c.content, false); found.Verdict != "" || found.Kind != c.kind {
			t.Errorf("%s: %+v, want %s", c.name, found, c.kind)
		}
	}
	if found := look(t, "evidence.zip", zipOf(t, entry{name: "a/photo.jpg", content: string(jpegOf(t, 64, 64))}, entry{name: "letter.docx", content: string(docx(t))}), true); found.Verdict != "" || found.Kind != "zip" {
		t.Errorf("an archive of a representative: %+v", found)
	}
}

// What is refused, each with a code whose sentence says how to mend it.
var refused = []struct {
	what     string
	name     string
	content  func(testing.TB) []byte
	archives bool
	verdict  evidence.State
	code     string
}{
	{"nothing in it", "a.pdf", func(testing.TB) []byte { return nil }, false, evidence.Empty, "empty"},
	{"a program", "a.exe", func(testing.TB) []byte { return append([]byte("MZ\x90\x00"), make([]byte, 500)...) }, false, evidence.WrongKind, "wrong-kind"},
	{"a page", "a.txt", func(testing.TB) []byte { return []byte("<!DOCTYPE html><html><script>alert(1)</script></html>") }, false, evidence.WrongKind, "wrong-kind"},
	{"a drawing that runs", "a.svg", func(testing.TB) []byte {
		return []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`)
	}, false, evidence.WrongKind, "wrong-kind"},
	{"an older document", "a.doc", func(testing.TB) []byte {
		return append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 2000)...)
	}, false, evidence.WrongKind, "old-document"},
	{"an archive of a claimant", "a.zip", func(t testing.TB) []byte { return zipOf(t, entry{name: "a.txt", content: "a"}) }, false, evidence.WrongKind, "archive-not-taken"},
	{"a name that says another kind", "a.pdf", func(t testing.TB) []byte { return jpegOf(t, 16, 16) }, false, evidence.Mismatch, "mismatch"},
	{"a name that a machine would run", "photo.jpg.exe", func(t testing.TB) []byte { return jpegOf(t, 16, 16) }, false, evidence.Mismatch, "mismatch"},
	{"a PDF under a password", "a.pdf", func(testing.TB) []byte { return pdfOf("trailer <</Encrypt 5 0 R /Size 3>>") }, false, evidence.Encrypted, "encrypted"},
	{"a document under a password", "a.docx", func(testing.TB) []byte {
		word := []byte{}
		for _, c := range []byte("EncryptedPackage") {
			word = append(word, c, 0)
		}
		return join([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 2000), word, make([]byte, 500))
	}, false, evidence.Encrypted, "encrypted"},
	{"an OpenDocument under a password", "a.odt", func(t testing.TB) []byte { return odt(t, "<manifest:encryption-data/>") }, false, evidence.Encrypted, "encrypted"},
	{"an archive under a password", "a.zip", func(t testing.TB) []byte {
		b := zipOf(t, entry{name: "a.txt", content: "a"})
		b[bytes.Index(b, []byte("PK\x01\x02"))+8] |= 1
		return b
	}, true, evidence.Encrypted, "encrypted"},
	{"a document with programs in it", "a.docx", func(t testing.TB) []byte { return docx(t, entry{name: "word/vbaProject.bin", content: "x"}) }, false, evidence.WrongKind, "macros"},
	{"a PDF that was cut off", "a.pdf", func(testing.TB) []byte { return []byte("%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj") }, false, evidence.Unreadable, "unreadable"},
	{"a JPEG that was cut off", "a.jpg", func(t testing.TB) []byte { b := jpegOf(t, 320, 200); return b[:len(b)/2] }, false, evidence.Unreadable, "unreadable"},
	{"a PNG that was cut off", "a.png", func(t testing.TB) []byte { b := pngOf(t, 64, 64); return b[:len(b)-20] }, false, evidence.Unreadable, "unreadable"},
	{"a PNG that was damaged", "a.png", func(t testing.TB) []byte { b := pngOf(t, 64, 64); b[len(b)/2] ^= 1; return b }, false, evidence.Unreadable, "unreadable"},
	{"a film that was cut off", "a.mp4", func(testing.TB) []byte { b := movieOf("isom"); return b[:len(b)-500] }, false, evidence.Unreadable, "unreadable"},
	{"a film without its index", "a.mp4", func(testing.TB) []byte {
		return join(boxOf("ftyp", []byte("isom\x00\x00\x02\x00isommp42")), boxOf("mdat", make([]byte, 100)))
	}, false, evidence.Unreadable, "unreadable"},
	{"a document that was cut off", "a.docx", func(t testing.TB) []byte { b := docx(t); return b[:len(b)-30] }, false, evidence.Unreadable, "unreadable"},
	{"an archive that was damaged", "a.zip", func(t testing.TB) []byte {
		b := zipOf(t, entry{name: "a.txt", content: strings.Repeat("one two three ", 100)})
		b[40] ^= 0xff
		return b
	}, true, evidence.Unreadable, "unreadable"},
	{"a pixel flood (PNG)", "a.png", func(testing.TB) []byte { return pngSaying(60_000, 60_000) }, false, evidence.PixelFlood, "pixel-flood"},
	{"a pixel flood below the limit", "a.png", func(testing.TB) []byte { return pngSaying(15_000, 15_000) }, false, evidence.PixelFlood, "pixel-flood"},
	{"a pixel flood (JPEG)", "a.jpg", func(t testing.TB) []byte {
		b := jpegOf(t, 16, 16)
		at := bytes.Index(b, []byte{0xff, 0xc0})
		copy(b[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
		return b
	}, false, evidence.PixelFlood, "pixel-flood"},
	{"a pixel flood (WebP)", "a.webp", func(testing.TB) []byte { return webpOf(16_000_000, 16_000_000) }, false, evidence.PixelFlood, "pixel-flood"},
	{"a pixel flood (HEIC)", "a.heic", func(testing.TB) []byte { return heicOf(1<<31, 1<<31) }, false, evidence.PixelFlood, "pixel-flood"},
	{"a zip bomb", "a.zip", func(t testing.TB) []byte { return bomb(t, 64) }, true, evidence.Archive, "archive-large"},
	{"a zip bomb whose entries overlap", "a.zip", overlapping, true, evidence.Archive, "archive-large"},
	{"a zip bomb in a document", "a.docx", func(t testing.TB) []byte {
		return docx(t, entry{name: "word/media/a.bin", content: strings.Repeat("\x00", 64<<20)})
	}, false, evidence.Archive, "archive-large"},
	{"a nested zip", "a.zip", func(t testing.TB) []byte {
		return zipOf(t, entry{name: "b.zip", content: string(zipOf(t, entry{name: "c.txt", content: "c"}))})
	}, true, evidence.Archive, "archive-nested"},
	{"a nested zip under another name", "a.zip", func(t testing.TB) []byte {
		return zipOf(t, entry{name: "b.txt", content: string(zipOf(t, entry{name: "c.txt", content: "c"}))})
	}, true, evidence.Archive, "archive-nested"},
	{"a symlink", "a.zip", func(t testing.TB) []byte {
		return zipOf(t, entry{name: "a.txt", content: "/etc/passwd", mode: fs.ModeSymlink | 0o777})
	}, true, evidence.Archive, "archive-link"},
	{"a zip-slip", "a.zip", func(t testing.TB) []byte { return zipOf(t, entry{name: "../../etc/passwd", content: "x"}) }, true, evidence.Archive, "archive-path"},
	{"a zip-slip of Windows", "a.zip", func(t testing.TB) []byte { return zipOf(t, entry{name: `..\..\system.ini`, content: "x"}) }, true, evidence.Archive, "archive-path"},
	{"an absolute path", "a.zip", func(t testing.TB) []byte { return zipOf(t, entry{name: "/etc/passwd", content: "x"}) }, true, evidence.Archive, "archive-path"},
	{"too many entries", "a.zip", func(t testing.TB) []byte { return many(t, 2001) }, true, evidence.Archive, "archive-many"},
	{"more entries than it says", "a.zip", sayingFew, true, evidence.Archive, "archive-many"},
	{"a program in an archive", "a.zip", func(t testing.TB) []byte {
		return zipOf(t, entry{name: "a.txt", content: "MZ\x90\x00\x03" + strings.Repeat("\x00", 500)})
	}, true, evidence.WrongKind, "archive-kind"},
	{"a polyglot of JPEG and zip", "a.jpg", func(t testing.TB) []byte {
		return join(jpegOf(t, 16, 16), zipOf(t, entry{name: "a.txt", content: "a"}))
	}, false, evidence.Mismatch, "two-kinds"},
	{"a polyglot of PDF and zip", "a.pdf", func(t testing.TB) []byte {
		return join(pdfOf("1 0 obj endobj"), zipOf(t, entry{name: "a.txt", content: "a"}), []byte("startxref %%EOF"))
	}, false, evidence.Mismatch, "two-kinds"},
	{"a polyglot of PNG and page", "a.png", func(t testing.TB) []byte {
		b := pngOf(t, 8, 8)
		text := []byte("tEXta\x00<script>alert(1)</script>")
		chunk := binary.BigEndian.AppendUint32(join(binary.BigEndian.AppendUint32(nil, uint32(len(text)-4)), text), crc32.ChecksumIEEE(text))
		return join(b[:33], chunk, b[33:])
	}, false, evidence.Mismatch, "two-kinds"},
}

// Promise 23: archive tricks, pixel floods and polyglots are refused, nothing is
// written, and memory doesn't grow with what a file claims of itself.
func TestPromise23(t *testing.T) {
	for _, c := range refused {
		t.Run(c.what, func(t *testing.T) {
			content := c.content(t)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			found := look(t, c.name, content, c.archives)
			runtime.ReadMemStats(&after)
			if found.Verdict != c.verdict || found.Code != "evidence.refused."+c.code {
				t.Errorf("%+v, want %s for %s", found, c.verdict, c.code)
			}
			// All that was ever allocated, freed or not: a flood would show.
			if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 24<<20 {
				t.Errorf("%d MiB were allocated over a file of %d KiB", grown>>20, len(content)>>10)
			}
		})
	}
}

// Promise 22: of 10,000 malformed uploads each is answered, none crashes the room,
// and memory stays bounded. They are made of sound and of tricky files by cutting,
// flipping and splicing, from one seed.
func TestPromise22(t *testing.T) {
	seeds := [][]byte{
		pdfOf("1 0 obj endobj"), jpegOf(t, 64, 48), pngOf(t, 24, 24), webpOf(40, 30), heicOf(40, 30), movieOf("isom"), movieOf("qt  "),
		docx(t), odt(t, "<manifest/>"), zipOf(t, entry{name: "a.txt", content: "a"}, entry{name: "b/c.jpg", content: string(jpegOf(t, 8, 8))}),
		pngSaying(60_000, 60_000), overlapping(t), []byte("text\n"),
	}
	names := []string{"a.pdf", "a.jpg", "a.png", "a.webp", "a.heic", "a.mp4", "a.docx", "a.odt", "a.zip", "a", "a.txt"}
	r := rand.New(rand.NewSource(22))
	counts := map[evidence.State]int{}
	var most uint64
	for n := range 10_000 {
		b := bytes.Clone(seeds[r.Intn(len(seeds))])
		for range 1 + r.Intn(4) {
			b = malformed(r, b, seeds)
		}
		found := look(t, names[r.Intn(len(names))], b, r.Intn(2) == 0)
		if taken := found.Verdict == ""; taken == (found.Code != "") || taken && found.Kind == "" {
			t.Fatalf("upload %d is answered by %+v", n, found)
		}
		counts[found.Verdict]++
		if n%500 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if most > 128<<20 {
		t.Errorf("the heap grew to %d MiB", most>>20)
	}
	if len(counts) < 6 {
		t.Errorf("the uploads come to %v only: they aren't malformed in many ways", counts)
	}
}

func malformed(r *rand.Rand, b []byte, seeds [][]byte) []byte {
	if len(b) == 0 {
		return b
	}
	at := r.Intn(len(b))
	switch r.Intn(6) {
	case 0:
		return b[:at]
	case 1:
		b[at] ^= byte(1 << r.Intn(8))
	case 2: // a length of its own choosing
		for i := at; i < min(len(b), at+4); i++ {
			b[i] = byte(r.Intn(2) * 0xff)
		}
	case 3:
		other := seeds[r.Intn(len(seeds))]
		return join(b[:at], other[min(len(other), r.Intn(len(other)+1)):])
	case 4:
		return join(b[:at], b[at/2:])
	case 5:
		r.Read(b[at:min(len(b), at+1+r.Intn(32))])
	}
	return b
}

func FuzzLook(f *testing.F) {
	for _, c := range refused {
		if b := c.content(f); len(b) < 32<<10 {
			f.Add(c.name, b)
		}
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		look(t, name, content, true)
	})
}

// Who gives up is let go.
func TestAnEndedLookEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	content := pdfOf(strings.Repeat("1 0 obj endobj ", 100_000))
	if _, err := (&screening.Screening{}).Look(ctx, "a.pdf", bytes.NewReader(content), int64(len(content)), false); err == nil {
		t.Error("it went on")
	}
}
