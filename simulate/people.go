package simulate

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/office"
)

// Invented people of an invented town. Each claim draws from its own source,
// so that claim 7 is the same in a run of ten and in a run of a million.

var (
	givenNames  = []string{"Anneke", "Bram", "Carola", "Daan", "Elif", "Femke", "Gijs", "Hanna", "Ivan", "Jelle", "Katja", "Lotte", "Mehmet", "Nadia", "Olena", "Pieter", "Roos", "Sofie", "Tomas", "Wim"}
	familyNames = []string{"de Haas", "Visser", "Bakker", "Yilmaz", "Kovalenko", "van Dijk", "Mulder", "Smit", "de Groot", "Haddad", "Peeters", "Jansen", "Okafor", "Nowak", "Koster", "Brouwer"}
	streets     = []string{"Quay Lane", "Rope Walk", "Harbour Street", "Lock Side", "Net Makers Row", "Old Mole", "Tar Yard", "Barrier Road"}
	places      = []string{"quayside", "quayside", "old-town", "old-town", "marina", "barrier-island"}
	lost        = []string{"kitchen and stove", "two bicycles and tools", "furniture of the ground floor", "shop stock and till", "boat engine", "books and a piano", "washing machine, fridge", "clothes and bedding"}
	proofs      = []string{"receipts", "photographs", "photographs", "witness"}
)

// The days that the made-up programme turns on.
var (
	eldest = onDay(1930, 1, 1)
	flood  = onDay(2019, 11, 3)
	opens  = onDay(2020, 3, 2)
)

func onDay(y, m, d int) day.Date {
	date, err := day.New(y, m, d)
	if err != nil {
		panic(err) // a constant of this file
	}
	return date
}

func source(seed int64, label string, i int) *rand.Rand {
	return rand.New(rand.NewChaCha8(derive(seed, label+"/"+strconv.Itoa(i), 0)))
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// chance is true once in n.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// filingKey is the key of the i-th made-up claim.
func filingKey(i int) string { return strconv.Itoa(i) }

// Filing is the i-th made-up claim of a seed.
func Filing(seed int64, i int) office.Filing {
	r := source(seed, "claim", i)
	name := pick(r, givenNames) + " " + pick(r, familyNames)
	f := office.Filing{
		Key: filingKey(i), Claimant: "individual",
		Received: opens.AddDays(r.IntN(400)),
		Answers: map[string]string{
			"claimant_name": name,
			"birth_date":    eldest.AddDays(r.IntN(27_000)).String(),
			"contact":       fmt.Sprintf("%d %s, Harbour Town", 1+r.IntN(180), pick(r, streets)),
			"signed":        "true",
			"incident_date": flood.AddDays(r.IntN(15)).String(),
			"place":         pick(r, places),
		},
	}
	if isDeficient(seed, i) {
		delete(f.Answers, "signed")
	}
	if chance(r, 40) {
		f.Answers["place"] = "elsewhere"
	} else if chance(r, 60) {
		f.Answers["incident_date"] = "2019-12-24"
	}
	switch n := r.IntN(100); {
	case n < 55:
		departure(r, &f)
	case n < 70:
		injury(r, &f)
	default:
		belongings(r, &f)
	}
	return f
}

func departure(r *rand.Rand, f *office.Filing) {
	f.Category = "a-departure"
	f.Answers["family"] = strconv.FormatBool(chance(r, 3))
	f.Answers["nights_away"] = strconv.Itoa(r.IntN(40))
}

func injury(r *rand.Rand, f *office.Filing) {
	f.Category = "b-injury"
	f.Answers["family"] = strconv.FormatBool(chance(r, 4))
	f.Answers["injured"] = strconv.Itoa(1 + r.IntN(4))
	f.Answers["medical_record"] = strconv.FormatBool(!chance(r, 6))
	f.Answers["statement"] = "The water came over the sill at night and " + f.Answers["claimant_name"] + " was hurt on the stairs."
}

func belongings(r *rand.Rand, f *office.Filing) {
	f.Category = "c-belongings"
	f.Answers["belongings"] = pick(r, lost)
	f.Answers["proof"] = pick(r, proofs)
	if chance(r, 12) {
		f.Answers["proof"] = "none"
	}
	euros, cents := 50+r.IntN(9000), r.IntN(100)
	if chance(r, 50) {
		euros *= 40 // a shop, a boat yard
		f.Claimant = "organisation"
	}
	f.Answers["claimed"] = fmt.Sprintf("%d.%02d EUR", euros, cents)
}

func isDeficient(seed int64, i int) bool { return chance(source(seed, "deficient", i), 25) }

// answersLater: of the deficient claims, half are answered.
func answersLater(seed int64, i int) bool {
	return isDeficient(seed, i) && chance(source(seed, "answers", i), 2)
}

func withdraws(seed int64, i int) bool {
	return !isDeficient(seed, i) && chance(source(seed, "withdraws", i), 150)
}

func comesBack(seed int64, id claim.ID) bool {
	return chance(rand.New(rand.NewChaCha8(derive(seed, "returned/"+string(id), 0))), 50)
}
