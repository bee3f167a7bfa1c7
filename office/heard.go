package office

import (
	"sync"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/groupcommit"
	"github.com/openchancery/chancery/rulebook"
)

// A filing of a few claims is made ready by what this process heard last: which
// edition of a programme is open, and that the desk's key is the one that the
// docket names. Asking costs more than making ready. Its act makes sure of both, and
// where anything of that was not so, all is done again with asking.

// heard is what was heard last. The zero value knows nothing.
type heard struct {
	mu       sync.Mutex
	editions map[string]*rulebook.Edition // the open one, by programme
	desk     string                       // the key that was set, and that the docket spoke not against; "" for not known
	deskAt   docket.Version               // of the stream of the desk, by which it was so
	headed   string                       // the day on which no head of the reading log is due any more
}

func (h *heard) hear(programme string, e *rulebook.Edition) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.editions == nil {
		h.editions = map[string]*rulebook.Edition{}
	}
	h.editions[programme] = e
}

// hearDesk keeps that this key stands, by this version of the desk's stream; "" that none
// is known to.
func (h *heard) hearDesk(id string, at docket.Version) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.desk, h.deskAt = id, at
}

func (h *heard) edition(programme string) (*rulebook.Edition, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, ok := h.editions[programme]
	return e, ok
}

// deskStands reports whether that was heard of the desk's key that is set, and by which
// version of its stream: the act makes sure that this is the last one.
func (h *heard) deskStands(set string) (at docket.Version, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.deskAt, h.desk != "" && h.desk == set
}

// hearHeaded keeps that on this day the reading log's head is entered: what is read
// from then on is of the same day, and its head is due on the next.
func (h *heard) hearHeaded(on string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.headed = on
}

// headedOn reports whether that is known of today. Where the clock went to another
// day, and comes back, it is asked anew.
func (h *heard) headedOn(today string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.headed != today {
		h.headed = ""
	}
	return h.headed != ""
}

// recall gives each call its edition and the legal day there from memory; false
// where one of them wasn't heard of, or wants to be asked.
func (o *Office) recall(calls []*preparing) (bool, error) {
	for _, c := range calls {
		edition, ok := o.heard.edition(c.programme)
		if !ok || !c.trusting {
			return false, nil
		}
		today, err := legalDay(edition, o.instant())
		if err != nil {
			return false, err
		}
		c.ready.edition, c.today = edition, today
	}
	return true, nil
}

// prepareAndFile makes filings ready and files them by this call: a few by what was heard
// last, and again by asking where that turns out not to be so. Where few file at once,
// they may be filed with those of others as soon as they are ready.
func (o *Office) prepareAndFile(programme string, filings []Filing, file *filingCall) error {
	if len(filings) <= fewFilings {
		filers := o.filers.Add(1)
		defer o.filers.Add(-1)
		call := &preparing{ctx: file.ctx, programme: programme, filings: filings, trusting: true}
		if filers <= fewFilers {
			call.files = &groupcommit.Job[*filingCall]{What: file, Err: groupcommit.ErrAbandoned}
		}
		err := o.prepareFilings(call)
		if err == nil {
			if err = o.fileWhatIsReady(call, file); !mistrusts(err) {
				return err
			}
		} else if fault.Code(err) == "" { // the machine failed, and asking mends nothing
			return err
		}
	}
	call := &preparing{ctx: file.ctx, programme: programme, filings: filings}
	if err := o.prepareFilings(call); err != nil {
		return err
	}
	return o.fileWhatIsReady(call, file)
}

// fileWhatIsReady files it, unless that was done with what others filed.
func (o *Office) fileWhatIsReady(call *preparing, file *filingCall) error {
	if call.files != nil {
		return call.files.Err
	}
	file.ready = call.ready
	return o.fileCall(file)
}

// mistrusts reports whether a refusal may come of what was heard and is no longer
// so, or of keys that a claim has already.
func mistrusts(err error) bool {
	switch fault.Code(err) {
	case "programme.edition-changed", codeDeskReplaced, "vault.key-made-twice", "vault.erased":
		return true
	}
	return false
}
