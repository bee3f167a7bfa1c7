package vault

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
)

// What is sealed in one call shares one agreement with the desk; each blob opens by
// itself all the same, as what it is and as nothing else, and goes alone.
func TestWhatIsSealedTogetherForTheDeskOpensApart(t *testing.T) {
	v := ownVault(t)
	private, public, err := NewDeskKey()
	must(t, err)
	must(t, v.SetDesk(public))
	desk, err := OpenDesk(private)
	must(t, err)
	items := make([]Item, 40)
	for n := range items {
		items[n] = Item{Claim: fmt.Sprint("c", n), Class: deskClass, Name: "answers", Payload: fmt.Appendf(nil, "told by %d", n)}
	}
	items[1].Payload = items[0].Payload
	sealed, keys, err := v.Seal(t.Context(), items)
	must(t, err)
	must(t, v.Keep(t.Context(), keys))
	for n := range sealed {
		sealed[n].Commitment = docket.Hash{}
	}
	inner, err := v.ForDesk(t.Context(), sealed)
	must(t, err)
	begins := inner[0].Payload[:deskIDSize+encapsulatedSize]
	for n, item := range items {
		must(t, inner[n].Err)
		if !bytes.HasPrefix(inner[n].Payload, begins) {
			t.Errorf("%d has an agreement of its own", n)
		}
		payload, _, err := desk.Open(item.Claim, item.Class, item.Name, inner[n].Payload)
		if err != nil || !bytes.Equal(payload, item.Payload) {
			t.Errorf("%d: %q, %v", n, payload, err)
		}
		other := items[(n+1)%len(items)]
		for what, try := range map[string][3]string{
			"another claim": {other.Claim, item.Class, item.Name}, "another class": {item.Claim, "personal", item.Name}, "another name": {item.Claim, item.Class, "answers.2"},
		} {
			if _, _, err := desk.Open(try[0], try[1], try[2], inner[n].Payload); fault.Code(err) != "vault.blob-damaged" {
				t.Errorf("%d opens as %s: %v", n, what, err)
			}
		}
	}
	if bytes.Equal(inner[0].Payload[len(begins):], inner[1].Payload[len(begins):]) {
		t.Error("what is alike is sealed alike")
	}
	again, _, err := v.Seal(t.Context(), items[:1])
	must(t, err)
	second, err := v.ForDesk(t.Context(), again)
	must(t, err)
	if bytes.HasPrefix(second[0].Payload, begins) {
		t.Error("an agreement is used in another call")
	}
	must(t, v.Destroy(t.Context(), "c0"))
	left, err := v.ForDesk(t.Context(), sealed)
	must(t, err)
	if left[0].Err == nil || left[1].Err != nil {
		t.Errorf("after one is destroyed: %v and %v", left[0].Err, left[1].Err)
	}
}
