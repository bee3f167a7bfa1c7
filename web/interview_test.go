package web_test

import (
	"strings"
	"testing"
)

func TestTheWholeInterview(t *testing.T) {
	h := interviewing(t)
	w := h.begun("uk")
	for _, s := range w.get("/apply/tasks").sections() {
		if strings.Contains(s, "proof") {
			continue
		}
		w.get(s)
		t.Log(s, w.walk(olenas))
	}
	w.get("/apply/check")
	w.get("/apply/declare")
	t.Log(w.path)
	w.answer()
	t.Log(w.path, w.status)
	w.answer("consent", "true", "signed", "true")
	t.Log(w.path, w.status, w.page)
}
