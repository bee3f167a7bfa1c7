package office

import "github.com/openchancery/chancery/paper"

// NewPaperNumber is the number of one copy of a form that is being printed. Nothing
// is kept of it until the form comes back.
func (o *Office) NewPaperNumber() paper.Number {
	return paper.NewNumber([11]byte(o.Vault.NewKey()[:11]))
}
