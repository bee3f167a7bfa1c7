package console_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openchancery/chancery/board"
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
)

// openWith opens the demo's or another shipped programme under a name of its own,
// with some of its lines replaced.
func (h *house) openWith(source, name string, replace ...string) {
	h.Helper()
	b, ok := rulebooks.Find(source)
	if !ok {
		h.Fatalf("the rulebook %s is gone", source)
	}
	text := strings.NewReplacer(append([]string{"\nid: " + source + "\n", "\nid: " + name + "\n", "prefix: HF", "prefix: SL"}, replace...)...).Replace("\n" + string(b.Source))
	_, err := h.Office.OpenProgramme(context.Background(), h.by(installation.FirstActor), name, []byte(text))
	must(h.TB, err)
}

func TestAClaimIsWithdrawnForItsClaimantWithTheReason(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "quayside", true))[0]
	path := "/desk/claim/" + string(id)
	v := h.at("officer").get(path)
	v.sees(http.StatusOK, "Withdraw it for the claimant")
	v.press(path+"/act", "do", "withdraw", "withdraw-reason", "Olena asked").sees(http.StatusUnprocessableEntity)
	if got := h.standing(id); got != claim.Filed {
		t.Fatalf("without a code for a reason it stands as %s", got)
	}
	v.get(path).press(path+"/act", "do", "withdraw", "withdraw-reason", "asked-in-writing").sees(http.StatusOK, "was withdrawn for the claimant")
	history, err := h.Office.History(t.Context(), id.Stream())
	must(t, err)
	if last := history[len(history)-1]; last.Kind != claim.KindWithdrawn || string(last.Facts) != `{"reason":"asked-in-writing"}` {
		t.Errorf("the docket says %s %s", last.Kind, last.Facts)
	}
	v.get(path).seesNot(`value="withdraw"`)
	h.at("executive-director").get(path).seesNot(`value="withdraw"`)
}

func TestAClaimMovesToAnotherCategoryWithTheClaimantsConsent(t *testing.T) {
	h := opened(t)
	h.openRD4U()
	ids := h.damaged(2)
	v := h.at("officer")
	at := func(id claim.ID) string { return "/desk/claim/" + string(id) }
	for _, id := range ids {
		v.get(at(id)).sees(http.StatusOK, "Move it to another category")
		v.press(at(id)+"/act", "do", "move", "move-to", "a3-6", "move-reason", "wrong-category").sees(http.StatusOK, "asked whether they consent")
		c, _, err := h.Office.ClaimOf(t.Context(), id)
		must(t, err)
		if c.Category != "a3-1" || c.Register.Move == nil || c.Register.Move.Category != "a3-6" {
			t.Fatalf("before the consent: %s, %+v", c.Category, c.Register.Move)
		}
	}
	v.get(at(ids[0])).press(at(ids[0])+"/act", "do", "moved").sees(http.StatusOK, "stands in the other category")
	v.get(at(ids[1])).press(at(ids[1])+"/act", "do", "unmoved").sees(http.StatusOK, "stays in its category")
	for n, want := range []string{"a3-6", "a3-1"} {
		c, _, err := h.Office.ClaimOf(t.Context(), ids[n])
		must(t, err)
		if c.Category != want || c.Register.Move != nil {
			t.Errorf("claim %d is in %s, %+v", n, c.Category, c.Register.Move)
		}
	}
}

// reviewing opens a programme in which a refusal may be reviewed.
func (h *house) reviewing(t *testing.T) claim.ID {
	t.Helper()
	h.openWith("demo", "second-look", "\npowers:\n", "\ndeadlines:\n  - {id: ask, for: claimant, from: refused, within: P30D, text: {en: You may ask for a review.}}\n"+
		"  - {id: answer, for: register, from: review-asked, within: P60D, text: {en: The register answers the review.}}\npowers:\n  ask_review: {by: officer}\n")
	f := departure("Olena Koval", "elsewhere", true)
	f.Key = "to be reviewed"
	filed, err := h.Office.FileClaims(t.Context(), h.by("officer"), "second-look", []office.Filing{f})
	must(t, err)
	examined, err := h.Office.ExamineClaims(t.Context(), h.by("officer"), []claim.ID{filed[0].ID})
	must(t, err)
	_, err = h.Office.RefuseClaims(t.Context(), office.By{Actor: h.people["officer"], Second: h.people["officer-2"]}, "second-look", examined)
	must(t, err)
	return filed[0].ID
}

func TestAReviewIsOpenedForTheClaimantAndDecided(t *testing.T) {
	h := opened(t)
	id := h.reviewing(t)
	path := "/desk/claim/" + string(id)
	v := h.at("officer").get(path)
	v.sees(http.StatusOK, "Ask for a review for the claimant", "1 July 2020")
	v.press(path+"/act", "do", "review", "review-why", "The map is wrong.").sees(http.StatusOK, "The review is open")
	before, err := h.Office.Readings(t.Context(), id)
	must(t, err)
	v.get(path).sees(http.StatusOK, "asked for a review on 1 June 2020", "The register answers by 31 July 2020", "The map is wrong.", `value="refuse"`)
	after, err := h.Office.Readings(t.Context(), id)
	must(t, err)
	if !slices.ContainsFunc(after[len(before):], func(r office.Reading) bool { return r.Actor == "officer" && slices.Contains(r.Opened, "review.why") }) {
		t.Errorf("that it was read why is in no reading: %+v", after[len(before):])
	}
	h.at("commissioner").get(path).seesNot("The map is wrong.")
	v.press(path+"/act", "do", "refuse").sees(http.StatusOK, "waits for a second person")
	waiting, err := h.Office.Proposals(t.Context(), h.by("officer"), "second-look", 5)
	must(t, err)
	second := "/desk/second/" + waiting[0].ID
	h.at("officer-2").get(second).press(second, "do", "confirm").sees(http.StatusOK, "in both your names")
	if got := h.standing(id); got != claim.Refused {
		t.Errorf("it stands as %s", got)
	}
	v.get(path).seesNot(`value="review"`)
}

// Who confirms a refusal sees the ground and the article.
func TestWhoConfirmsARefusalSeesTheGroundAndTheArticle(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "elsewhere", true))[0]
	path := "/desk/claim/" + string(id)
	h.at("officer").get(path).press(path+"/act", "do", "refuse").sees(http.StatusOK)
	waiting, err := h.Office.Proposals(t.Context(), h.by("officer"), "demo", 5)
	must(t, err)
	h.at("officer-2").get("/desk/second/"+waiting[0].ID).sees(http.StatusOK, "The loss did not happen in the flooded quarters", "article 2(2)")
}

func TestAPersonFindsOtherwiseOfATest(t *testing.T) {
	h := opened(t)
	h.openRD4U()
	id := h.damaged(1)[0]
	path := "/desk/claim/" + string(id)
	v := h.at("officer").get(path)
	v.sees(http.StatusOK, "Enter what you find of a test", "who caused it")
	v.press(path+"/act", "do", "test", "test", "attribution", "test-result", claim.TestNotMet, "test-reason", "own-gas-leak").sees(http.StatusUnprocessableEntity)
	v.get(path).press(path+"/act", "do", "test", "test", "attribution", "test-result", claim.TestNotMet, "test-ground", "not-attributable", "test-reason", "own-gas-leak").
		sees(http.StatusOK, "Your finding is entered", "Found by a person", "own-gas-leak, officer")
	c, _, err := h.Office.ClaimOf(t.Context(), id)
	must(t, err)
	if len(c.Register.Tests) != 1 || c.Register.Tests[0].By != "officer" || c.Register.Tests[0].Ground != "not-attributable" {
		t.Errorf("found: %+v", c.Register.Tests)
	}
}

// A dated finding on a place is entered, a list rests on it, and it is withdrawn.
func TestTheBoardFindsOnAPlaceAndWithdrawsIt(t *testing.T) {
	h := opened(t)
	h.openRD4U()
	id := h.damaged(1)[0]
	const at = "/desk/resolutions"
	member, director := h.at("board"), h.at("executive-director")
	director.get(at).sees(http.StatusOK, "resolved nothing yet")
	director.seesNot("Enter the resolution")
	director.post(at, url.Values{"sort": {"place"}}).sees(http.StatusNotFound)
	member.get(at).sees(http.StatusOK, "A finding on a place", "Approval of a technique")
	asked := []string{"sort", "place", "place-programme", "rd4u", "place-of", "mariupol", "place-finding", "destroyed", "place-from", "2022-02-24", "place-to", "2022-05-20"}
	member.press(at, append(asked, "place-on", "soon")...).sees(http.StatusUnprocessableEntity, "year-month-day")
	member.get(at).press(at, append(asked, "place-on", "2020-05-30")...).sees(http.StatusOK, "The resolution is entered", "mariupol: destroyed 24 February 2022 – 20 May 2022")
	path := "/desk/claim/" + string(id)
	director.get(path).sees(http.StatusOK, "It rests on", "mariupol: destroyed")
	director.press(path+"/act", "do", "recommend", "rests-on", "1").sees(http.StatusOK, "was recommended")
	member.get(at).sees(http.StatusOK, "Lists that rest on it: 1")
	member.post(at, url.Values{"end": {"1"}, "programme": {"rd4u"}, "end-rd4u-1": {"new-survey"}}).sees(http.StatusOK, "withdrawn from now on", "new-survey")
	known, err := h.Office.Resolutions(t.Context(), "rd4u")
	must(t, err)
	if len(known) != 1 || known[0].Withdrawn.IsZero() || known[0].Said.On != day.Must(2020, 5, 30) {
		t.Errorf("resolved: %+v", known)
	}
	list := "/desk/lists/rd4u/1"
	member.get(list).press(list, "reason", "as-recommended", "reasons", "").sees(http.StatusConflict)
}

// Where the edition asks for two, one member proposes a resolution, or its end, and
// another confirms it on their own screen.
func TestATechniqueIsApprovedByTwoWhereTheEditionAsksForTwo(t *testing.T) {
	h := opened(t)
	h.openWith("rd4u", "of-two", "resolve: {by: board}", "resolve: {by: board, second: board}", "withdraw_resolution: {by: board}", "withdraw_resolution: {by: board, second: board}")
	const at = "/desk/resolutions"
	first, second := h.at("board"), h.at("board-2")
	confirm := func() {
		t.Helper()
		waiting, err := h.Office.Proposals(t.Context(), h.by("board"), "of-two", 5)
		must(t, err)
		if len(waiting) != 1 {
			t.Fatalf("%d proposals", len(waiting))
		}
		path := "/desk/second/" + waiting[0].ID
		first.post(path, url.Values{"do": {"confirm"}}).sees(http.StatusForbidden)
		second.get(path).press(path, "do", "confirm").sees(http.StatusOK, "in both your names")
	}
	allowed := func() error {
		return h.Office.TechniqueAllowed(t.Context(), "of-two", board.TechniqueGrouping, "")
	}
	first.get(at).press(at, "sort", "technique", "technique-programme", "of-two", "technique-of", "grouping", "technique-on", "2020-05-30").sees(http.StatusOK, "waits for a second person")
	if allowed() == nil {
		t.Fatal("one person alone approved of a technique")
	}
	waiting, err := h.Office.Proposals(t.Context(), h.by("board"), "of-two", 5)
	must(t, err)
	second.get("/desk/second/"+waiting[0].ID).sees(http.StatusOK, "Approval of a technique: grouping", "all claims")
	confirm()
	must(t, allowed())
	first.get(at).post(at, url.Values{"end": {"1"}, "programme": {"of-two"}, "end-of-two-1": {"not-reliable"}}).sees(http.StatusOK, "waits for a second person")
	must(t, allowed())
	confirm()
	if allowed() == nil {
		t.Error("it may still be used")
	}
}

var (
	keyed   = regexp.MustCompile(`data-key="([^"]+)"`)
	buttons = regexp.MustCompile(`(?s)<form [^>]*action="/desk/claim/[0-9a-f]+/(act|assign|flag|note|interest)".*?</form>`)
	folded  = regexp.MustCompile(`(?s)<details class="fold"><summary data-key=".*?</details>`)
)

// Every act of the claim's screen has its key, and help lists every key.
func TestEveryActOfTheClaimsScreenHasItsKey(t *testing.T) {
	h := opened(t)
	h.openRD4U()
	ids := h.file(departure("Olena Koval", "elsewhere", true), departure("Ihor Petrenko", "quayside", true), departure("Marta Bondar", "quayside", false))
	told := h.damaged(2)
	officer, director, member := h.at("officer"), h.at("executive-director"), h.at("board")
	at := func(id claim.ID) string { return "/desk/claim/" + string(id) }
	officer.get(at(told[1])).press(at(told[1])+"/act", "do", "move", "move-to", "a3-6", "move-reason", "wrong-category").sees(http.StatusOK)
	refused := h.reviewing(t)
	help := officer.get("/desk/help").page
	acts := map[string]bool{}
	for _, look := range []struct {
		who *visitor
		at  claim.ID
	}{
		{officer, ids[0]}, {officer, ids[1]}, {officer, ids[2]}, {officer, told[0]}, {officer, told[1]}, {officer, refused}, {director, told[0]}, {member, told[0]},
	} {
		page := look.who.get(at(look.at)).page
		open := folded.ReplaceAllStringFunc(page, func(of string) string {
			acts[keyed.FindString(of)] = true
			return "" // its key opens it
		})
		for _, form := range buttons.FindAllString(open, -1) {
			if strings.Contains(form, `name="number"`) || strings.Contains(form, `name="flag"`) && !strings.Contains(form, `value="urgent"`) {
				continue // of one note, and the other flags: they are reached by the tabulator
			}
			if !keyed.MatchString(form) {
				t.Errorf("no key in\n%s", form)
			}
		}
		seen := map[string]int{}
		for _, m := range keyed.FindAllStringSubmatch(page, -1) {
			if seen[m[1]]++; seen[m[1]] > 1 {
				t.Errorf("the key %s is twice on a screen", m[1])
			}
			if !strings.Contains(help, "<kbd>"+m[1]+"</kbd>") {
				t.Errorf("help doesn't list the key %s", m[1])
			}
		}
	}
	if len(acts) < 6 {
		t.Errorf("these acts were seen: %v", acts)
	}
}

// The key of a folded act opens it and leads to its first field; nothing is done
// until its button is pressed.
func TestAKeyOpensAnAct(t *testing.T) {
	h := opened(t)
	id := h.file(departure("Olena Koval", "quayside", true))[0]
	c := h.browser("officer", false)
	must(t, chromedp.Do(c.ctx, chromedp.Navigate(h.server.URL+"/desk/claim/"+string(id))))
	c.wait("Olena Koval")
	c.key("w", "")
	c.until(`document.activeElement.id === "withdraw-reason" && document.activeElement.closest("details").open`)
	for _, key := range "moved" { // in a field a key is a letter
		c.key(string(key), "")
	}
	c.until(`document.activeElement.value.endsWith("moved")`)
	c.click(`button[value="withdraw"]`, "was withdrawn for the claimant")
	if got := h.standing(id); got != claim.Withdrawn {
		t.Errorf("it stands as %s", got)
	}
}
