package intake

// InActsOf lets a test see with few rows what comes of several acts.
func (r *Run) InActsOf(rows int) *Run {
	r.atOnce = rows
	return r
}
