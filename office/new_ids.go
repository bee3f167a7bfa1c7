package office

import (
	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/rulebook"
)

// newIDs is how the ids of claims that are prepared together are drawn.
type newIDs struct {
	near     [4]byte // with which they begin
	reserved bool    // one of which the keys are kept already, where there is any
}

// idsFor begins the ids of claims that are filed together: four of their bytes are
// the same, and the other twelve are each one's own. Every index over claims then
// takes them on pages that lie beside each other, where ids of chance alone would
// touch a page each, which is most of what a filing costs to write.
func (o *Office) idsFor(calls []*preparing, reserved bool) newIDs {
	ids := newIDs{reserved: reserved}
	for _, c := range calls {
		if len(c.filings) > 0 {
			o.Entropy("near/"+c.programme+"/"+c.filings[0].Key, ids.near[:])
			break
		}
	}
	return ids
}

// drawID gives a filing its id. label is that of what is drawn for it.
func (o *Office) drawID(ids newIDs, f *prepared, label string, texts map[rulebook.Class]map[string]string) {
	if f.filing.Becomes != "" {
		f.id = f.filing.Becomes
		return
	}
	if ids.reserved && len(f.filing.Files) == 0 { // a file may yet be refused
		if id, ok := o.Vault.Reserve(f.classes(texts)); ok {
			f.id = claim.ID(id)
			return
		}
	}
	var own [12]byte
	o.Entropy("claim/"+label, own[:])
	f.id = claim.NewID(ids.near, own)
}

// classes are those in which something of a filing will be sealed, by its answers
// and by what comes with them.
func (f *prepared) classes(texts map[rulebook.Class]map[string]string) []string {
	sealed := map[rulebook.Class]bool{
		rulebook.Personal: len(texts[rulebook.Personal]) > 0 || f.filing.Contact != nil,
		rulebook.Internal: len(texts[rulebook.Internal]) > 0 || len(f.filing.Prefilled) > 0 || f.filing.Own != "",
	}
	if len(texts[rulebook.Sensitive]) > 0 { // the outcome at sending is internal
		sealed[rulebook.Sensitive], sealed[rulebook.Internal] = true, true
	}
	var list []string
	for _, class := range rulebook.Classes {
		if sealed[class] {
			list = append(list, string(class))
		}
	}
	return list
}
