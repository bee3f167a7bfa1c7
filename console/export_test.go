package console_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/openchancery/chancery/office"
)

func TestAShortListLeavesWithOnePersonAndALongOneWithTwo(t *testing.T) {
	h := opened(t)
	h.file(departure("Olena Koval", "quayside", true))
	v := h.at("officer").get("/desk/queue?programme=demo&standing=filed")
	v.press("/desk/export", "format", "csv").sees(http.StatusOK, "Reference", "End of the list: 1 claim")
	v.seesNot("Olena Koval", "Quay Lane")

	var filings []office.Filing
	for n := range office.ExportAlone {
		filings = append(filings, departure(fmt.Sprint("person ", n), "quayside", true))
	}
	for i := range filings {
		filings[i].Key = fmt.Sprint("many ", i)
	}
	_, err := h.Office.FileClaims(t.Context(), h.by("officer"), "demo", filings)
	must(t, err)
	v.get("/desk/queue?programme=demo&standing=filed").press("/desk/export", "format", "csv").sees(http.StatusOK, "It waits for a second person")
	waiting, err := h.Office.Proposals(t.Context(), h.by("officer"), "demo", 5)
	must(t, err)
	id := waiting[0].ID
	v.post("/desk/export", url.Values{"proposal": {id}, "format": {"csv"}}).sees(http.StatusForbidden, "Nobody has agreed")
	v.post("/desk/second/"+id, url.Values{"do": {"agree"}}).sees(http.StatusForbidden)
	h.at("officer-2").get("/desk/second/"+id).press("/desk/second/"+id, "do", "agree").sees(http.StatusOK, "You agreed")
	h.at("officer-2").post("/desk/export", url.Values{"proposal": {id}}).sees(http.StatusNotFound)
	v.get("/desk/second/"+id).press("/desk/export", "format", "csv").sees(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(v.page, "\ufeff"))).ReadAll()
	if err != nil && !strings.Contains(err.Error(), "wrong number of fields") {
		t.Fatal(err)
	}
	if n := strings.Count(v.page, "\r\n"); n != office.ExportAlone+1+2 || !strings.Contains(v.page, "End of the list: 101 claims") {
		t.Errorf("%d lines (%d rows read): the list was cut", n, len(rows))
	}
}

// Statement 19: no award stands in a list of a programme that records claims only.
func TestStatement19NoAwardInAListOfClaimsThatAreOnlyRecorded(t *testing.T) {
	h := opened(t)
	h.file(departure("Olena Koval", "quayside", true))
	v := h.at("officer").get("/desk/queue?programme=demo&standing=filed")
	v.press("/desk/export", "format", "csv").sees(http.StatusOK, `"Award"`)
	h.openRD4U()
	v.get("/desk/queue?programme=rd4u&standing=filed").sees(http.StatusOK)
	v.post("/desk/export", url.Values{"query": {"programme=rd4u&standing=filed"}, "format": {"csv"}}).sees(http.StatusOK, `"Reference"`)
	v.seesNot("Award")
}
