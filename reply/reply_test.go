package reply_test

import (
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/place"
	"github.com/openchancery/chancery/reply"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/screen"
)

func TestAnAnswerReadsAsPeopleWriteIt(t *testing.T) {
	name := rulebook.Name{Full: "Коваль Олена", Latin: "Olena Koval", Patronymic: "Іванівна", Former: []string{"Бондар Олена", "Шевчук Олена"}}.String()
	where := rulebook.Address{Words: "вул. Миру, 5, кв. 12", Place: "UA14120150010054100", OldStreet: "вул. Леніна", Gone: true, Latitude: "47.0971", Longitude: "37.5434"}.String()
	choice := rulebook.Field{Type: rulebook.Choice, Options: []rulebook.Option{{ID: "sole", Label: rulebook.Texts{"en": "I own it alone", "uk": "Володію сам"}}}}
	for _, c := range []struct {
		what   string
		field  rulebook.Field
		text   string
		en, uk string
	}{
		{"no answer", rulebook.Field{Type: rulebook.Text}, "", "", ""},
		{"not known", rulebook.Field{Type: rulebook.Amount}, rulebook.UnsureText, "I don’t know", "Не знаю"},
		{
			"a name",
			rulebook.Field{Type: rulebook.FullName},
			name,
			"Коваль Олена\nPatronymic: Іванівна\nIn Latin letters: Olena Koval\nFormer names: Бондар Олена, Шевчук Олена",
			"Коваль Олена\nПо батькові: Іванівна\nЛатиницею: Olena Koval\nКолишні імена: Бондар Олена, Шевчук Олена",
		},
		{"a full name alone", rulebook.Field{Type: rulebook.FullName}, "Olena Koval", "Olena Koval", "Olena Koval"},
		{
			"an address",
			rulebook.Field{Type: rulebook.Whereabouts},
			where,
			"вул. Миру, 5, кв. 12\nUA14120150010054100\nFormer name of the street: вул. Леніна\nLatitude and longitude: 47.0971, 37.5434\nThe building or the place no longer exists",
			"вул. Миру, 5, кв. 12\nUA14120150010054100\nКолишня назва вулиці: вул. Леніна\nШирота і довгота: 47.0971, 37.5434\nБудинку чи місця вже немає",
		},
		{"a day", rulebook.Field{Type: rulebook.Date}, "2022-03-20", "20 March 2022", "20 березня 2022 р."},
		{"a month", rulebook.Field{Type: rulebook.PartialDate}, "2022-03", "March 2022", "березень 2022 р."},
		{"a year", rulebook.Field{Type: rulebook.PartialDate}, "2022", "2022", "2022"},
		{"about a month", rulebook.Field{Type: rulebook.PartialDate}, "about 2022-03", "about March 2022", "приблизно березень 2022 р."},
		{"a span of days", rulebook.Field{Type: rulebook.PartialDate}, "2022-03-17/18", "17 March 2022 to 18 March 2022", "17 березня 2022 р. – 18 березня 2022 р."},
		{"no later than", rulebook.Field{Type: rulebook.PartialDate}, "by 2022-03", "by March 2022", "не пізніше ніж березень 2022 р."},
		{"money", rulebook.Field{Type: rulebook.Amount, Currency: "UAH"}, "1234567.50 UAH", "1,234,567.50\u00a0UAH", "1 234 567,50\u00a0UAH"},
		{"money in the field's own currency", rulebook.Field{Type: rulebook.Amount, Currency: "USD"}, "0", "0.00\u00a0USD", "0,00\u00a0USD"},
		{"yes", rulebook.Field{Type: rulebook.Boolean}, "true", "Yes", "Так"},
		{"something that is none of its options", choice, "lent", "lent", "lent"},
		{"one of its options", choice, "sole", "I own it alone", "Володію сам"},
	} {
		for lang, want := range map[string]string{"en": c.en, "uk": c.uk} {
			if got := reply.InWords(screen.Words{Lang: lang}, &c.field, c.text, nil); got != want {
				t.Errorf("%s in %s: %q, want %q", c.what, lang, got, want)
			}
		}
	}
}

// A place is called by its name and what it lies in, and by its code where no
// list has it.
func TestAPlaceIsCalledByItsName(t *testing.T) {
	list, err := place.Read([]byte("code;level;parent;name;latin;from;to;koatuu\nUA14000000000000001;O;;Донецька;;;;\nUA14020010010000004;M;UA14000000000000001;Бахмут;Bakhmut;;;\n"), day.Date{})
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"UA14020010010000004": "Донецька, Бахмут", "UA99": "UA99", "": ""} {
		if got := reply.Place(list, code); got != want {
			t.Errorf("%s is called %q, want %q", code, got, want)
		}
	}
}
