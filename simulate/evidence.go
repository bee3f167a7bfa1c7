package simulate

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/openchancery/chancery/office"
)

// Small files as people send them: a photo at the size of a thumbnail, a page of
// text, a PDF of one line. They are made up from the seed, so that the same claim has
// the same files again.

// pictures are as many photos as are drawn; a claim is given some of them.
const pictures = 24

// album is a seed's photos, drawn once.
type album struct {
	once   sync.Once
	photos [pictures][]byte
	failed error
}

func (a *album) draw(seed int64) error {
	a.once.Do(func() {
		for n := range a.photos {
			r := source(seed, "photo", n)
			m := image.NewGray(image.Rect(0, 0, 64, 48))
			shade := uint8(r.IntN(200))
			for i := range m.Pix {
				m.Pix[i] = shade + uint8(i/64) + uint8(r.IntN(24))
			}
			m.SetGray(0, 0, color.Gray{255})
			var b bytes.Buffer
			if a.failed = jpeg.Encode(&b, m, &jpeg.Options{Quality: 60}); a.failed != nil {
				return
			}
			a.photos[n] = b.Bytes()
		}
	})
	return a.failed
}

// files are n made-up files of the i-th claim.
func (d *Demo) files(i, n int) ([]office.Enclosure, error) {
	if n == 0 {
		return nil, nil
	}
	if err := d.album.draw(d.Seed); err != nil {
		return nil, err
	}
	r := source(d.Seed, "files", i)
	list := make([]office.Enclosure, n)
	for k := range list {
		switch k % 3 {
		case 0:
			list[k] = office.Enclosure{Name: fmt.Sprintf("IMG_%04d.jpg", r.IntN(10_000)), Content: d.album.photos[r.IntN(pictures)]}
		case 1:
			list[k] = office.Enclosure{Name: "statement.txt", Content: []byte(statement(r))}
		default:
			list[k] = office.Enclosure{Name: "receipt.pdf", Content: page(fmt.Sprintf("Paid %d.%02d EUR", r.IntN(900), r.IntN(100)))}
		}
	}
	return list, nil
}

func statement(r *rand.Rand) string {
	var b strings.Builder
	for range 6 + r.IntN(20) {
		fmt.Fprintf(&b, "The water stood %d cm high in %s on day %d.\n", 20+r.IntN(200), pick(r, streets), 1+r.IntN(15))
	}
	return b.String()
}

// page is a PDF of one line.
func page(line string) []byte {
	text := fmt.Sprintf("BT /F1 12 Tf 72 720 Td (%s) Tj ET", line)
	return fmt.Appendf(nil, "%%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"+
		"3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R>> endobj\n4 0 obj <</Length %d>> stream\n%s\nendstream endobj\n"+
		"xref\n0 1\n0000000000 65535 f \ntrailer <</Size 5 /Root 1 0 R>>\nstartxref\n9\n%%%%EOF\n", len(text), text)
}
