package blank

import "slices"

// Where a sheet ends must be known before it is printed, since each bears its own
// code: the height of each item is reckoned from its text. The reckoning is
// careful, for letters are wider in one language and font than in another; a test
// measures what a browser makes of it.

// roomOn is the height for items on a sheet, in mm; the first has less.
const roomOn = 240.0

// Heights in mm, and how many characters a line surely takes.
const (
	titleLine, titleChars = 5.2, 70
	hintLine, hintChars   = 4.3, 88
	textLine, textChars   = 4.8, 80
	tickLine              = 6.6
	tickChars             = 70
	writingLine           = 9.5
	boxesLine             = 15.0
	between               = 4.6
)

// rows is how many lines a text takes.
func rows(text string, chars int) float64 {
	n := len([]rune(text))
	if n == 0 {
		return 0
	}
	return float64((n + chars - 1) / chars)
}

// height is what an item takes of a sheet.
func (it Item) height() float64 {
	h := between + rows(it.Title, titleChars)*titleLine + rows(it.Hint, hintChars)*hintLine + rows(it.OnlyIf, hintChars)*hintLine
	for _, t := range it.Text {
		h += rows(t, textChars)*textLine + 2
	}
	h += ticks(it.Options, it.Narrow) + ticks(it.Ticks, false)
	if len(it.Boxes) > 0 {
		h += boxesLine
	}
	for _, l := range it.Lines {
		h += rows(l.Label, hintChars)*hintLine + float64(l.N)*writingLine
	}
	h += float64(len(it.Rows)) * (writingLine + 1)
	switch it.Kind {
	case "head":
		h += 22 // larger, with the office's own box
	case "part", "list":
		h += 10
	case "sign":
		h += 10
	}
	return h
}

func ticks(list []string, narrow bool) (h float64) {
	for _, t := range list {
		h += rows(t, tickChars) * tickLine
	}
	if narrow {
		return (float64(len(list)+1) / 2) * tickLine
	}
	return h
}

// inSheets parts the items into sheets. A part's heading never stands alone at a
// foot, and a question stands whole, but for one that is longer than a sheet: its
// options go on on the next.
func inSheets(items []Item) (sheets [][]Item) {
	var now []Item
	left := roomOn
	end := func() {
		if len(now) > 0 {
			sheets = append(sheets, now)
		}
		now, left = nil, roomOn
	}
	put := func(group ...Item) {
		need := 0.0
		for _, it := range group {
			need += it.height()
		}
		if need > left {
			end()
		}
		now, left = append(now, group...), left-need
	}
	var heading []Item
	for _, it := range items {
		if it.Kind == "part" {
			heading = append(heading, it)
			continue
		}
		for n, piece := range it.pieces() {
			if n == 0 {
				put(append(slices.Clone(heading), piece)...)
				heading = nil
				continue
			}
			put(piece)
		}
	}
	put(heading...)
	end()
	return sheets
}

// pieces are an item that fits a sheet, or its parts that do.
func (it Item) pieces() []Item {
	if it.height() <= roomOn-30 || len(it.Options) < 2 {
		return []Item{it}
	}
	half := len(it.Options) / 2
	first, rest := it, it
	first.Options, rest.Options = it.Options[:half], it.Options[half:]
	first.Boxes, first.Lines, first.Ticks = nil, nil, nil
	rest.Hint, rest.Text, rest.OnlyIf, rest.Again = "", nil, "", true
	return append(first.pieces(), rest.pieces()...)
}
