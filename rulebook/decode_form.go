package rulebook

// fieldForm reads how a question is put: where it stands in the form, and which
// answers it takes beside those of its type.
func (d *decoder) fieldForm(n *node, f *Field, languages []string) {
	if example := n.get("example"); example != nil {
		f.Example = d.texts(example, languages)
	}
	f.Section, f.Page = n.get("section").str(), n.get("page").str()
	f.Unsure, f.Decline = n.get("unsure").truth(), n.get("decline").truth()
	f.Shared = Share(n.get("shared").str())
	f.WorkedOut, f.Places = n.get("worked_out").str(), n.get("places").str()
}

func (d *decoder) sections(n *node, languages []string) []Section {
	var all []Section
	for _, item := range n.list() {
		s := Section{ID: item.get("id").str(), Title: d.texts(item.get("title"), languages), Evidence: item.get("evidence").truth()}
		if hint := item.get("hint"); hint != nil {
			s.Hint = d.texts(hint, languages)
		}
		all = append(all, s)
	}
	return all
}

func (d *decoder) stories(n *node, languages []string) []Story {
	var all []Story
	for _, item := range n.list() {
		s := Story{ID: item.get("id").str(), Title: d.texts(item.get("title"), languages)}
		if hint := item.get("hint"); hint != nil {
			s.Hint = d.texts(hint, languages)
		}
		for _, ask := range item.get("asks").list() {
			s.Asks = append(s.Asks, d.storyQuestion(ask, languages))
		}
		for _, lead := range item.get("leads").list() {
			l := Lead{
				Category: lead.get("category").str(), If: lead.get("if").strs(), Unless: lead.get("unless").strs(),
				Reason: d.texts(lead.get("reason"), languages),
			}
			for _, kind := range lead.get("for").strs() {
				l.For = append(l.For, MemberKind(kind))
			}
			s.Leads = append(s.Leads, l)
		}
		all = append(all, s)
	}
	return all
}

func (d *decoder) storyQuestion(n *node, languages []string) StoryQuestion {
	q := StoryQuestion{
		ID: n.get("id").str(), Text: d.texts(n.get("text"), languages), Each: n.get("each").truth(), If: n.get("if").strs(),
	}
	if other := n.get("other"); other != nil {
		q.Other = d.texts(other, languages)
	}
	if hint := n.get("hint"); hint != nil {
		q.Hint = d.texts(hint, languages)
	}
	return q
}
