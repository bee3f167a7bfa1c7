package paper

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/openchancery/chancery/fault"
)

// Mark is what the code on a page of a form says: which form it is, and which of
// its pages. It says nothing of who fills it in.
type Mark struct {
	Number    Number
	Programme string
	Category  string
	Language  string
	Edition   string // the first 12 hexadecimal digits of the edition's hash
	Page      int    // counts from 1
	Pages     int
}

// markFormat is the first word of every mark.
const markFormat = "CHANCERY-P1"

// Text is the mark as its code holds it: capitals, digits, dashes and colons, which
// a code has in few modules and a hand-held reader types without a slip.
func (m Mark) Text() string {
	return strings.ToUpper(fmt.Sprintf("%s:%s:%s:%s:%s:%s:%d:%d",
		markFormat, compact(strings.TrimPrefix(string(m.Number), numberPrefix)), m.Programme, m.Category, m.Language, m.Edition, m.Page, m.Pages))
}

var markForm = regexp.MustCompile(`^([0-9A-Z]{12}):([A-Z0-9-]{1,40}):([A-Z0-9-]{1,40}):([A-Z]{2}):([0-9A-F]{12}):([0-9]{1,3}):([0-9]{1,3})$`)

// ParseMark reads what a reader of codes types. The fault is paper.mark.
func ParseMark(text string) (Mark, error) {
	wrong := fault.New(fault.Invalid, "paper.mark")
	rest, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(text)), markFormat+":")
	parts := markForm.FindStringSubmatch(rest)
	if !ok || parts == nil {
		return Mark{}, wrong
	}
	number, err := ParseNumber(parts[1])
	page, _ := strconv.Atoi(parts[6]) // three digits at most
	pages, _ := strconv.Atoi(parts[7])
	if err != nil || page < 1 || page > pages {
		return Mark{}, wrong
	}
	return Mark{
		Number: number, Programme: strings.ToLower(parts[2]), Category: strings.ToLower(parts[3]), Language: strings.ToLower(parts[4]),
		Edition: strings.ToLower(parts[5]), Page: page, Pages: pages,
	}, nil
}

// IsMark reports whether a text is meant as a mark and not as a number.
func IsMark(text string) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(text)), "CHANCERY-")
}
