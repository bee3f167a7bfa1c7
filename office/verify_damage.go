package office

import (
	"cmp"

	"github.com/openchancery/chancery/docket"
)

// damage asks the database what it finds wrong in its own pages. What the parts
// before read is as recorded; what is damaged may read otherwise on another way:
// in a backup, or where somebody looks for one entry.
func (c *check) damage() error {
	c.progress.tell("pages", 0, 1)
	for d, err := range c.r.Damage() {
		if err != nil {
			return err
		}
		c.v.find("verify.pages-damaged", d.Ref, -1, cmp.Or(d.Table, "database")+": "+d.Detail)
	}
	c.progress.tell("pages", 1, 1)
	return nil
}

// cutShort takes an error that a part met. Where the database says what is wrong
// with its pages, that is what verify found; else it couldn't look.
func (c *check) cutShort(why error) error {
	found := len(c.v.Findings)
	if err := c.damage(); err != nil || len(c.v.Findings) == found {
		return why
	}
	c.v.find("verify.cut-short", docket.Ref{}, -1, why)
	return nil
}
