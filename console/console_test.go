package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/console"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/screen"
)

func TestARoutineClaimIsRecordedAndTheNextIsShown(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("Olena Koval", "quayside", true), departure("Ihor Petrenko", "quayside", true))
	v := h.at("officer")
	v.get("/desk/").sees(http.StatusOK, "Waiting for the register", "No claim is waiting for you")
	v.get("/desk/queue?programme=demo&standing=filed").sees(http.StatusOK, "Filed on", "The last day is", "a-departure"[:0])
	c, _, err := h.Office.ClaimOf(t.Context(), ids[0])
	must(t, err)
	v.get("/desk/claim/"+string(ids[0])+"?from="+url.QueryEscape("programme=demo&standing=filed")).
		sees(http.StatusOK, c.Name(), "Olena Koval", "26 April 1975", "fit to be recorded", "✔", "Why is this in my queue?")
	v.press("/desk/claim/"+string(ids[0])+"/act", "do", "record").sees(http.StatusOK, "was recorded", "Ihor Petrenko")
	if got := h.standing(ids[0]); got != claim.Recorded {
		t.Errorf("it stands as %s", got)
	}
	readings, err := h.Office.Readings(t.Context(), ids[0])
	must(t, err)
	seen := 0
	for _, r := range readings {
		if r.Manner == office.ByPerson && r.Actor == "officer" && r.Purpose == office.PurposeExamination {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("the reading log has %d openings by the officer: %+v", seen, readings)
	}
}

func TestWhatIsMissingIsAskedForInTheClaimantsWords(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "quayside", false))[0]
	v := h.at("officer").get("/desk/claim/" + string(id))
	v.sees(http.StatusOK, "✘", "The letter that follows", "We still need:")
	v.seesNot(`value="record"`, `value="refuse"`)
	v.press("/desk/claim/"+string(id)+"/act", "do", "deficient").sees(http.StatusOK, "is asked for what is missing")
	if got := h.standing(id); got != claim.Deficient {
		t.Errorf("it stands as %s", got)
	}
}

func TestARefusalIsConfirmedBySomebodyElseOnTheirOwnScreen(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "elsewhere", true))[0]
	first, second := h.at("officer"), h.at("officer-2")
	first.get("/desk/claim/"+string(id)).sees(http.StatusOK, "ground to refuse", "It takes two")
	first.press("/desk/claim/"+string(id)+"/act", "do", "refuse").sees(http.StatusOK, "waits for a second person")
	if got := h.standing(id); got != claim.Filed {
		t.Fatalf("one person alone made it %s", got)
	}
	waiting, err := h.Office.Proposals(t.Context(), h.by("officer"), "demo", 5)
	must(t, err)
	path := "/desk/second/" + waiting[0].ID
	first.get(path).sees(http.StatusOK, "Another person must confirm")
	first.post(path, url.Values{"do": {"confirm"}}).sees(http.StatusForbidden)
	h.at("treasurer").post(path, url.Values{"do": {"confirm"}}).sees(http.StatusForbidden)
	if got := h.standing(id); got != claim.Filed {
		t.Fatalf("it was made %s", got)
	}
	second.get("/desk/").sees(http.StatusOK, "1 waiting for a second person")
	second.get(path).sees(http.StatusOK, "Refuse claims", "officer")
	second.press(path, "do", "confirm").sees(http.StatusOK, "Done, in both your names")
	if got := h.standing(id); got != claim.Refused {
		t.Errorf("it stands as %s", got)
	}
}

func TestWhoIsRemovedIsOutWithTheirNextRequest(t *testing.T) {
	h := opened(t)
	v, administrator := h.at("officer"), h.at("administrator")
	v.get("/desk/queue").sees(http.StatusOK)
	administrator.get("/desk/people").sees(http.StatusOK, "officer-2")
	administrator.post("/desk/people/end", url.Values{"id": {"officer"}}).sees(http.StatusOK, "may act no more")
	v.get("/desk/queue").sees(http.StatusSeeOther)
	v.post("/desk/search", url.Values{"name": {"x"}}).sees(http.StatusSeeOther)
}

func TestAPageIsForItsRolesOnly(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "quayside", true))[0]
	nobody, treasurer, officer, board := h.with(strings.Repeat("x", 43)), h.at("treasurer"), h.at("officer"), h.at("commissioner")
	for _, r := range console.Routes() {
		if r.Rule != screen.Staff {
			t.Errorf("%s is for %s", r.Pattern, r.Rule)
		}
		method, path, _ := strings.Cut(r.Pattern, " ")
		path = strings.NewReplacer("{$}", "", "{id}", string(id), "{file}", "none", "{programme}", "demo", "{list}", "1", "{part}", "1").Replace(path)
		if path == "/desk/leave" {
			continue
		}
		ask := func(v *visitor) int {
			if method == http.MethodGet {
				return v.get(path).status
			}
			return v.post(path, url.Values{}).status
		}
		if got := ask(nobody); got != http.StatusSeeOther {
			t.Errorf("%s by nobody answers %d", r.Pattern, got)
		}
		if strings.Contains(strings.Join(r.Capacities, " "), "officer") {
			if got := ask(treasurer); got != http.StatusNotFound {
				t.Errorf("%s by a treasurer answers %d", r.Pattern, got)
			}
		}
		if strings.HasPrefix(path, "/desk/people") {
			if got := ask(officer); got != http.StatusNotFound {
				t.Errorf("%s by an officer answers %d", r.Pattern, got)
			}
		}
	}
	board.get("/desk/claim/"+string(id)).sees(http.StatusOK, "not shown to your role")
	board.seesNot("Olena Koval", "3 Quay Lane")
}

func TestAClaimIsFoundByNameAndNoAddressHoldsIt(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("Olena Koval", "quayside", true), departure("Ihor Petrenko", "quayside", true))
	c, _, err := h.Office.ClaimOf(t.Context(), ids[0])
	must(t, err)
	v := h.at("officer")
	v.get("/desk/search").sees(http.StatusOK, "Full name of the claimant")
	v.press("/desk/search", "f-claimant_name", "KOVAL  olena").sees(http.StatusOK, c.Name())
	if strings.Contains(strings.ToLower(v.at), "koval") {
		t.Errorf("the address is %s", v.at)
	}
	v.get("/desk/search").press("/desk/search", "f-claimant_name", "Koval").sees(http.StatusOK, "No claim was found")
	v.get("/desk/search").press("/desk/search", "name", strings.ToLower(string(c.Reference))).sees(http.StatusOK, "Olena Koval")
}

func TestFlagsNotesAndAssignmentAreUndone(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "quayside", true))[0]
	v, path := h.at("officer"), "/desk/claim/"+string(id)
	v.get(path).press(path+"/assign", "to", "officer-2").sees(http.StatusOK, "Given to officer-2", "It was given to officer-2 by officer")
	v.press(path+"/assign", "to", "").sees(http.StatusOK, "nobody")
	v.press(path+"/flag", "flag", "urgent", "on", "true").sees(http.StatusOK, "Flagged", "aria-pressed=\"true\"")
	v.press(path+"/flag", "flag", "urgent", "on", "false").sees(http.StatusOK, "The flag is off")
	v.post(path+"/note", url.Values{"text": {"the neighbour rang"}, "for": {"officer-2"}, "due": {"2020-06-05"}}).sees(http.StatusOK, "the neighbour rang", "task for officer-2, by 5 June 2020")
	h.at("officer-2").get("/desk/").sees(http.StatusOK, "from officer, by 5 June 2020")
	v.post(path+"/note", url.Values{"do": {"back"}, "number": {"1"}}).sees(http.StatusOK, "The note is gone")
	v.seesNot("the neighbour rang")
	v.post(path+"/note", url.Values{"text": {"x"}, "due": {"tomorrow"}}).sees(http.StatusUnprocessableEntity, "year-month-day")
	if history, err := h.Office.History(t.Context(), id.Stream()); err != nil || len(history) != 1 {
		t.Errorf("the docket has %d entries, %v", len(history), err)
	}
}

func TestLikeClaimsAreAnsweredInOneAct(t *testing.T) {
	h := opened(t)
	ids := h.file(departure("a", "quayside", true), departure("b", "quayside", false), departure("c", "quayside", true), departure("d", "elsewhere", true))
	v := h.at("officer").get("/desk/queue?programme=demo&standing=filed")
	v.press("/desk/group", "do", "together", "all", "true").sees(http.StatusOK, "Examined: 4 claims", "fit to be recorded", "Something is missing")
	v.press("/desk/group/act", "do", "record").sees(http.StatusOK, "Done: 2 claims")
	for n, want := range []claim.Standing{claim.Recorded, claim.Filed, claim.Recorded, claim.Filed} {
		if got := h.standing(ids[n]); got != want {
			t.Errorf("claim %d stands as %s, want %s", n, got, want)
		}
	}
	a, err := h.Office.History(t.Context(), ids[0].Stream())
	must(t, err)
	b, err := h.Office.History(t.Context(), ids[2].Stream())
	must(t, err)
	if a[1].Owner == nil || b[1].Owner == nil || *a[1].Owner != *b[1].Owner {
		t.Errorf("the two don't stand in one entry: %+v, %+v", a[1], b[1])
	}
}

func TestAFormThatIsSentTwiceIsDoneOnce(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "quayside", true))[0]
	v, path := h.at("officer"), "/desk/claim/"+string(id)+"/act"
	form := v.get("/desk/claim/" + string(id)).form(path)
	form.Set("do", "record")
	v.post(path, form).sees(http.StatusOK, "was recorded")
	v.post(path, form).sees(http.StatusOK, "was recorded")
	form.Set("key", strings.Repeat("0", 32))
	v.post(path, form).sees(http.StatusConflict)
	if history, err := h.Office.History(t.Context(), id.Stream()); err != nil || len(history) != 2 {
		t.Errorf("the docket has %d entries, %v", len(history), err)
	}
}

func TestAnAdministratorLetsSomebodyIn(t *testing.T) {
	h := opened(t)
	v := h.at("administrator")
	v.post("/desk/people", url.Values{"id": {"officer-3"}, "capacity": {"officer"}}).sees(http.StatusOK, "officer-3 may act from now on")
	v.post("/desk/people", url.Values{"id": {"Olena Koval"}, "capacity": {"officer"}}).sees(http.StatusUnprocessableEntity)
	v.get("/desk/health").sees(http.StatusOK, "silent failures", "All is well")
	h.at("officer-3").get("/desk/queue").sees(http.StatusOK)
}

func TestTheDeskSpeaksThreeLanguages(t *testing.T) {
	h := opened(t)
	v := h.at("officer")
	v.get("/desk/?lang=uk").sees(http.StatusOK, "Мій день", `lang="uk"`)
	v.get("/desk/?lang=fr").sees(http.StatusOK, "Ma journée")
	v.seesNot("console.")
}
