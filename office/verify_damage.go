package office

import "cmp"

// damage asks the database what it finds wrong in its own pages. What the parts
// before read is as recorded; what is damaged may read otherwise on another way:
// in a backup, or where somebody looks for one entry.
func (c *check) damage() error {
	c.progress.tell("pages", 0, 1)
	for d, err := range c.r.Damage() {
		if err != nil {
			if stopped := c.files.ctx.Err(); stopped != nil || c.v.Sound() {
				return cmp.Or(stopped, err)
			}
			break // what was found before says that it is damaged
		}
		c.v.find("verify.pages-damaged", d.Ref, -1, cmp.Or(d.Table, "database")+": "+d.Detail)
	}
	c.progress.tell("pages", 1, 1)
	return nil
}
