package web_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/openchancery/chancery/paper"
)

// Anybody prints a form without an account, and each copy has a number of its own.
func TestAnybodyPrintsAFormEachWithItsOwnNumber(t *testing.T) {
	h := interviewing(t)
	w := h.walker("uk")
	w.get("/apply/").says("/apply/paper/rd4u")
	w.get("/apply/paper/rd4u").says("/apply/paper/rd4u/a1-1/uk", "Français")
	numbers := map[paper.Number]bool{}
	for range 2 {
		w.get("/apply/paper/rd4u/a1-1/uk").says("Підпис", "Сторінка 1 з")
		n, err := paper.ParseNumber(regexp.MustCompile(`P-[0-9A-Z-]{14}`).FindString(w.page))
		must(t, err)
		numbers[n] = true
	}
	if len(numbers) != 2 {
		t.Errorf("two copies have %d numbers", len(numbers))
	}
	for _, path := range []string{"/apply/paper/none", "/apply/paper/rd4u/z9/uk", "/apply/paper/rd4u/a1-1/tlh", "/apply/paper/none/a1-1/uk"} {
		if w.get(path); w.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.status)
		}
	}
}
