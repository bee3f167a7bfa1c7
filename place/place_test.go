package place_test

import (
	"os"
	"strings"
	"testing"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/place"
)

// The excerpt was made by hand: the official file isn't in this repository, and
// its codes here are invented, save that of Kyiv.
func excerpt(t testing.TB, file string) *place.List {
	t.Helper()
	src, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := place.Read(src, day.Must(2026, 1, 15))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func names(all []*place.Place) string {
	var said []string
	for _, p := range all {
		said = append(said, string(p.Level)+" "+p.Name)
	}
	return strings.Join(said, ", ")
}

func TestAPlaceIsFoundStepByStep(t *testing.T) {
	l := excerpt(t, "excerpt.csv")
	if l.Len() != 16 || l.Date != day.Must(2026, 1, 15) {
		t.Errorf("%d places of %s", l.Len(), l.Date)
	}
	for _, c := range []struct{ in, want string }{
		{"", "O Донецька, K Київ, O Харківська"},
		{"UA14000000000000001", "P Бахмутський"},
		{"UA14020000000000002", "H Бахмутська, H Званівська"},
		{"UA14020010000000003", "M Бахмут, C Зайцеве, X Опитне"},
		{"UA63120270000000011", "C Ґалаґани, C Зайцеве, M Харків"},
		{"UA63120270010000012", "B Салтівський"},
		{"UA63120270010100013", ""},
		{"UA99", ""},
	} {
		if got := names(l.Children(c.in)); got != c.want {
			t.Errorf("in %q lie %s; want %s", c.in, got, c.want)
		}
	}
	if got := names(l.Way("UA63120270010100013")); got != "O Харківська, P Харківський, H Харківська, M Харків, B Салтівський" {
		t.Errorf("the way is %s", got)
	}
	if way := l.Way("UA99"); way != nil {
		t.Errorf("the way to nowhere is %s", names(way))
	}
	kyiv, ok := l.Find("UA80000000000093317")
	if !ok || kyiv.Name != "Київ" || kyiv.Parent != "" || !kyiv.Level.Settled() {
		t.Errorf("Kyiv is %+v", kyiv)
	}
}

func TestAPlaceIsFoundByTheBeginningOfItsName(t *testing.T) {
	l := excerpt(t, "excerpt.csv")
	for _, c := range []struct {
		prefix string
		most   int
		want   string
	}{
		{"бах", 10, "M Бахмут, H Бахмутська, P Бахмутський"},
		{"БАХМУТ", 1, "M Бахмут"},
		{"bakh", 10, "M Бахмут, H Бахмутська, P Бахмутський"},
		{"zaits", 10, "C Зайцеве, C Зайцеве"}, // two villages of one name
		{"  зайцеве ", 10, "C Зайцеве, C Зайцеве"},
		{"kyiv", 10, "K Київ"},
		{"галагани", 10, ""}, // ґ is a letter of its own
		{"galagany", 10, "C Ґалаґани"},
		{"ь", 10, ""},
		{"", 10, ""},
		{"бах", 0, ""},
	} {
		if got := names(l.Search(c.prefix, c.most)); got != c.want {
			t.Errorf("%q finds %s; want %s", c.prefix, got, c.want)
		}
	}
	flat := excerpt(t, "flat.csv")
	for _, prefix := range []string{"знам'янка", "Знам’янка", "знамянка", "znamianka"} {
		if got := names(flat.Search(prefix, 3)); got != "C Знам’янка" {
			t.Errorf("%q finds %q", prefix, got)
		}
	}
}

// Addresses are older than codes: the code of the list before finds a place, and
// a code that no longer counts is still known.
func TestAPlaceThatWasIsKnown(t *testing.T) {
	l := excerpt(t, "flat.csv")
	bakhmut, ok := l.Find("1410300000")
	if !ok || bakhmut.Code != "UA14020010010000004" || bakhmut.Spelled() != "Bakhmut" || bakhmut.From != day.Must(2020, 11, 26) {
		t.Errorf("1410300000 is %+v", bakhmut)
	}
	klynove, _ := l.Find("UA14020010040000016")
	for on, gone := range map[day.Date]bool{day.Must(2024, 12, 31): false, day.Must(2025, 1, 1): true} {
		if klynove.Gone(on) != gone {
			t.Errorf("on %s Klynove is gone: %v", on, !gone)
		}
	}
	if bakhmut.Gone(day.Must(2100, 1, 1)) {
		t.Error("a code without an end is gone")
	}
}

func TestAUkrainianNameIsSpelledInLatinLetters(t *testing.T) {
	for name, want := range map[string]string{
		"Згорани": "Zghorany", "Розгон": "Rozghon", "Єнакієве": "Yenakiieve", "Їжакевич": "Yizhakevych", "Кадіївка": "Kadiivka",
		"Йосипівка": "Yosypivka", "Стрий": "Stryi", "Юрій": "Yurii", "Щербухи": "Shcherbukhy", "Знам’янка": "Znamianka",
		"Новий Ярів": "Novyi Yariv", "Івано-Франківськ": "Ivano-Frankivsk", "Бахмут": "Bakhmut", "Ґалаґан": "Galagan",
	} {
		if got := place.Latin(name); got != want {
			t.Errorf("%s is spelled %s; want %s", name, got, want)
		}
	}
}

func TestAListThatIsWrongIsRefusedWithItsLine(t *testing.T) {
	const head = "code,level,parent,name,to\n"
	const region = "UA14000000000000001,O,,Донецька,\n"
	for _, c := range []struct{ src, want string }{
		{"", "place.no-columns"},
		{"code,level,parent,name\n", "place.no-columns"},
		{"a,b,c\n1,2,3\n", "place.no-columns"},
		{head + "\xff", `place.unreadable why="not UTF-8"`},
		{head + "UA14,O,,Донецька,\n", `place.code line="2" text="UA14"`},
		{head + "UA14000000000000001,Q,,Донецька,\n", `place.level line="2" text="Q"`},
		{head + "UA14000000000000001,O,, ,\n", `place.name line="2" text=""`},
		{head + region + region, `place.twice line="3" text="UA14000000000000001" first="2"`},
		{head + region + "UA14020010010000004,M,UA15000000000000001,Бахмут,\n", `place.no-parent line="3" text="UA15000000000000001"`},
		{head + region + "UA14020010010000004,M,UA14000000000000001,Бахмут,31.02.2024\n", `place.date line="3" text="31.02.2024"`},
		{head + "UA14000000000000001,O,UA14000000000000001,Донецька,\n", `place.in-itself line="2" text="UA14000000000000001"`},
	} {
		_, err := place.Read([]byte(c.src), day.Date{})
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: %v; want %s", c.src, err, c.want)
			continue
		}
		if said := catalogue.Sentence("en", err); said == err.Error() || fault.Code(err) == "" {
			t.Errorf("%v has no sentence", err)
		}
	}
}

// What a spreadsheet exports is read whatever its marks are.
func TestAListIsReadAsSpreadsheetsExportIt(t *testing.T) {
	rows := []string{"code|level|parent|name", "UA14000000000000001|О||Донецька", "UA14020010010000004|М|UA14000000000000001|Бахмут"}
	for _, mark := range []string{",", ";", "\t"} {
		for _, end := range []string{"\n", "\r\n"} {
			src := "\ufeff" + strings.ReplaceAll(strings.Join(rows, end), "|", mark) + end
			l, err := place.Read([]byte(src), day.Date{})
			if err != nil || l.Len() != 2 {
				t.Errorf("%q: %v", src, err)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range []string{"excerpt.csv", "flat.csv"} {
		src, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		l, err := place.Read(src, day.Date{})
		if err != nil {
			return
		}
		l.Search("а", 5)
		for _, p := range l.Children("") {
			if way := l.Way(p.Code); len(way) != 1 || way[0] != p {
				t.Errorf("the way to %s is %s", p.Code, names(way))
			}
		}
	})
}
