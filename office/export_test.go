package office

// For the tests of what is for ever.
var DecodeFact = decodeFact

// BundleEntered is what the entry of a bundle says.
type BundleEntered = bundleEntered

// InActsOf lets one act enter so many facts, and no more.
func (o *Office) InActsOf(facts int) { o.factsInAct = facts }

// ContactOf is how a draft's claimant may be reached, as its claims keep it.
func ContactOf(c OwnContent) *Contact { return c.contact() }

// PolicyActs are the acts of the policy's table.
func PolicyActs() (names []string) {
	for _, r := range policy {
		names = append(names, string(r.act))
	}
	return names
}

// FilingContent is what a filing's fingerprint is of.
var FilingContent = filingContent
