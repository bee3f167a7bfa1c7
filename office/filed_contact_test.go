package office_test

import (
	"testing"

	"github.com/openchancery/chancery/office"
)

// What somebody says in the interview, and how their claim says that they may be
// reached.
func TestHowSomebodyMayBeReachedIsTakenFromTheInterview(t *testing.T) {
	for _, c := range []struct {
		what, reach, safe, when, language string
		want                              *office.Contact
	}{
		{what: "nothing"},
		{what: "a language", language: "uk", want: &office.Contact{Channel: office.ByPage, Language: "uk"}},
		{what: "an e-mail address", reach: " olena@example.org ", safe: "yes", want: &office.Contact{Channel: office.ByMail, Mail: "olena@example.org"}},
		{what: "at certain times", reach: "+380 50 123 45 67", safe: "careful", when: "mornings", want: &office.Contact{Channel: office.ByPhone, Phone: "+380 50 123 45 67", Times: "mornings"}},
		{what: "not safe", reach: "olena@example.org", safe: "no", want: &office.Contact{Channel: office.ByPage, Mail: "olena@example.org", NoMessages: true}},
		{what: "not said whether it is", reach: "olena@example.org", want: &office.Contact{Channel: office.ByPage, Mail: "olena@example.org"}},
		{what: "in words", reach: "ask at the bakery", safe: "careful", when: "noon", want: &office.Contact{Channel: office.ByPage, Times: "ask at the bakery; noon"}},
		{what: "two lines that would be a header", reach: "a@example.org\r\nBcc: b@example.org", safe: "yes", want: &office.Contact{Channel: office.ByPage, Times: "a@example.org\r\nBcc: b@example.org"}},
	} {
		said := map[string]string{"reach": c.reach, "safe": c.safe, "when": c.when}
		got := office.ContactOf(office.OwnContent{Language: c.language, Contact: said})
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
}
