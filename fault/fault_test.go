package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/openchancery/chancery/fault"
)

func TestAFaultIsFoundWithinItsContext(t *testing.T) {
	err := fmt.Errorf("file row 7: %w", errors.Join(errors.New("beside it"),
		fault.New(fault.NotFound, "claim.none", "claim", "HF-0000007", "rows", 3)))
	if !fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		t.Errorf("the kind of %v is not found", err)
	}
	if fault.Code(err) != "claim.none" || fault.Code(errors.New("other")) != "" || fault.Code(nil) != "" {
		t.Errorf("the code is %q", fault.Code(err))
	}
	const want = "file row 7: beside it\n" + `claim.none claim="HF-0000007" rows="3"`
	if err.Error() != want {
		t.Errorf("a log would say %q, not %q", err.Error(), want)
	}
}
