package roll_test

import (
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/roll"
)

// learned is the day on which the tests' facts were learned, unless they say
// otherwise.
var learned = day.Must(2026, 1, 1)

func when(text string) day.When {
	w, err := day.ParseWhen(text)
	if err != nil {
		panic(err)
	}
	return w
}

func on(text string) day.Date {
	d, err := day.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

// until reads "" as open, "ended" as ended on a day that isn't known, "told X"
// as told up to X, and anything else as the last day.
func until(text string) roll.Until {
	switch {
	case text == "":
		return roll.Until{}
	case text == "ended":
		return roll.Until{Ended: true}
	case len(text) > 5 && text[:5] == "told ":
		return roll.Until{Told: on(text[5:])}
	}
	return roll.Until{Ended: true, To: when(text)}
}

func says(source string) roll.Fact {
	return roll.Fact{Source: roll.Source{Name: source}, Known: learned}
}

func act(source, body, member, act, from, to string) roll.Fact {
	f := says(source)
	f.Membership = &roll.Membership{Body: roll.ID(body), Member: roll.ID(member), Act: act, On: when(from), Until: until(to)}
	return f
}

func tenure(source, office, holder, sort, title, from, to string) roll.Fact {
	f := says(source)
	f.Tenure = &roll.Tenure{Office: roll.ID(office), Holder: roll.ID(holder), Sort: sort, Title: title, From: when(from), Until: until(to)}
	return f
}

func thing(id string, sort roll.Sort, of, name string, codes ...roll.Identifier) roll.Fact {
	f := says("list of things")
	f.Thing = &roll.Thing{ID: roll.ID(id), Sort: sort, Of: roll.ID(of), Names: []roll.Name{{Text: name}}, Codes: codes}
	return f
}

func meeting(source, series string, ordinal int, date, place string) roll.Fact {
	f := says(source)
	f.Meeting = &roll.Meeting{Series: roll.ID(series), Ordinal: ordinal, On: when(date), Place: place}
	return f
}

func seat(source, series string, ordinal int, person, whom, office, title string, capacity ...string) roll.Fact {
	f := says(source)
	f.Attendance = &roll.Attendance{
		Series: roll.ID(series), Ordinal: ordinal, Person: roll.ID(person), For: roll.ID(whom), Office: roll.ID(office),
		Title: title, Capacity: capacity, Presence: "present",
	}
	return f
}

func doubted(f roll.Fact, doubt string) roll.Fact {
	f.Doubt = doubt
	return f
}

func known(f roll.Fact, date string) roll.Fact {
	f.Known = on(date)
	return f
}

func prefer(about roll.ID, winner, loser roll.Fact, reason string) roll.Fact {
	f := says("the editors")
	f.Preference = &roll.Preference{About: about, Preferred: winner.ID(), Over: []roll.FactID{loser.ID()}, Reason: reason}
	return f
}

func withdraw(about roll.ID, what roll.Fact, reason string) roll.Fact {
	f := says("the editors")
	f.Withdrawal = &roll.Withdrawal{About: about, Fact: what.ID(), Reason: reason}
	return f
}

// standing is what one member is in a body on a day.
func standing(t *testing.T, r *roll.Record, body, member, date, rule string) roll.Standing {
	t.Helper()
	m, err := r.Members(roll.ID(body), roll.Query{On: on(date), Rule: rule})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]roll.Standing{m.Members, m.Undetermined, m.Former, m.Outside} {
		for _, s := range list {
			if s.Member.ID == roll.ID(member) {
				return s
			}
		}
	}
	t.Fatalf("%s has no standing in %s on %s", member, body, date)
	return roll.Standing{}
}

// has reports whether the findings hold one of that code about somebody.
func has(findings []roll.Finding, code string, about ...roll.ID) bool {
	for _, f := range findings {
		if f.Code != code {
			continue
		}
		all := true
		for _, id := range about {
			found := false
			for _, ref := range f.About {
				found = found || ref.ID == id
			}
			all = all && found
		}
		if all {
			return true
		}
	}
	return false
}
