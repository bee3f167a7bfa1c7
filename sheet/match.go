package sheet

import (
	"slices"
	"strings"
	"unicode"
)

// words are what stands in other offices' headers, each with the words of
// this room's own names for the same thing.
var words = map[string]string{
	// what a claim is called and counted by
	"id": "number", "no": "number", "n": "number", "nr": "number", "num": "number", "ref": "number", "reference": "number", "number": "number",
	"nummer": "number", "numero": "number", "aktenzeichen": "claim number", "az": "claim number", "geschaftszeichen": "claim number",
	"antrag": "claim", "antrags": "claim", "fall": "claim", "case": "claim", "claim": "claim", "claims": "claim", "dossier": "claim",
	"demande": "claim", "reclamation": "claim", "forderung": "claim", "file": "claim", "application": "claim",
	"номер": "number", "заяви": "claim", "заява": "claim", "справи": "claim",
	// days and hours
	"date": "date", "datum": "date", "day": "date", "tag": "date", "jour": "date", "дата": "date",
	"time": "time", "uhrzeit": "time", "zeit": "time", "heure": "time", "hour": "time", "час": "time",
	"received": "received", "receipt": "received", "eingang": "received", "eingangs": "received", "recu": "received", "recue": "received",
	"reception": "received", "filed": "received", "lodged": "received", "submitted": "received", "depot": "received",
	"registered": "received", "отримано": "received", "надходження": "received", "подання": "received",
	"incident": "incident", "vorfall": "incident", "ereignis": "incident", "ereignisses": "incident", "schadentag": "incident date",
	"sinistre": "incident", "evenement": "incident", "event": "incident", "loss": "incident", "accident": "incident", "unfall": "incident",
	"schaden": "incident", "schadens": "incident", "damage": "incident", "події": "incident", "dommage": "incident",
	"decided": "decided", "decision": "decided", "entscheidung": "decided", "entscheidungs": "decided", "bescheid": "decided",
	"closed": "decided", "close": "decided", "abschluss": "decided", "cloture": "decided", "resolved": "decided", "рішення": "decided",
	// money
	"amount": "amount", "betrag": "amount", "summe": "amount", "hohe": "amount", "montant": "amount", "somme": "amount", "sum": "amount",
	"value": "amount", "сума": "amount",
	"claimed": "claim", "requested": "claim", "beantragt": "claim", "beantragter": "claim", "gefordert": "claim",
	"geforderter": "claim", "reclame": "claim", "reclamee": "claim", "sought": "claim", "заявлена": "claim",
	"award": "award", "awarded": "award", "paid": "award", "settlement": "award", "granted": "award", "approved": "award",
	"zugesprochen": "award", "zugesprochener": "award", "bewilligt": "award", "bewilligter": "award", "bewilligte": "award",
	"gezahlt": "award", "ausgezahlt": "award", "accorde": "award", "paye": "award", "alloue": "award", "indemnite": "award", "verse": "award",
	"entschadigung": "award", "присуджено": "award", "виплачено": "award",
	"currency": "currency", "wahrung": "currency", "devise": "currency", "monnaie": "currency", "ccy": "currency", "валюта": "currency",
	// what and who
	"category": "category", "type": "category", "kind": "category", "class": "category", "kategorie": "category", "art": "category",
	"schadensart": "category", "categorie": "category", "nature": "category", "категорія": "category", "вид": "category",
	"claimant": "claimant", "applicant": "claimant", "antragsteller": "claimant", "antragstellers": "claimant", "demandeur": "claimant",
	"requerant": "claimant", "заявник": "claimant", "заявника": "claimant",
	"status": "outcome", "stand": "outcome", "statut": "outcome", "etat": "outcome", "disposition": "outcome", "outcome": "outcome",
	"result": "outcome", "ergebnis": "outcome", "resultat": "outcome", "issue": "outcome", "статус": "outcome", "стан": "outcome",
	// places and things
	"place": "place", "ort": "place", "lieu": "place", "location": "place", "site": "place", "місце": "place",
	"name": "name", "nom": "name", "vorname": "first name", "nachname": "last name", "prenom": "first name", "ім'я": "name",
	"beschreibung": "description", "description": "description", "opis": "description", "опис": "description",
	"gegenstand": "item", "objet": "item", "object": "item", "item": "item", "items": "item", "property": "property",
	"code": "code", "kod": "code",
}

// joints are what German puts between the words of a compound.
var joints = []string{"", "s", "es", "n", "en"}

// tokens are the words of a name, each turned into this room's own where it
// is known.
func tokens(name string) []string {
	var all []string
	for _, w := range splitName(name) {
		if len(articles[w]) > 0 {
			continue
		}
		for _, own := range ownWords(w) {
			if !slices.Contains(all, own) {
				all = append(all, own)
			}
		}
	}
	return all
}

// articles are words that tell nothing.
var articles = map[string]string{
	"of": "-", "the": "-", "de": "-", "du": "-", "des": "-", "der": "-", "die": "-", "das": "-", "la": "-", "le": "-", "les": "-",
	"am": "-", "on": "-", "in": "-", "a": "-", "an": "-", "and": "-", "und": "-", "et": "-", "l": "-", "d": "-", "von": "-", "zu": "-",
}

// splitName cuts a name into small words: at what is no letter or digit, and
// where a small letter meets a capital (ClaimNumber).
func splitName(name string) []string {
	var b strings.Builder
	last := ' '
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteByte(' ')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	var all []string
	for w := range strings.FieldsSeq(b.String()) {
		all = append(all, normal(w))
	}
	return all
}

// ownWords are this room's words for one word of a header; a compound of two
// known words ("eingangsdatum") is both.
func ownWords(w string) []string {
	if own, ok := words[w]; ok {
		return strings.Fields(own)
	}
	for i := 2; i < len(w)-2; i++ {
		second, ok := words[w[i:]]
		if !ok {
			continue
		}
		for _, joint := range joints {
			first, cut := strings.CutSuffix(w[:i], joint)
			if own, known := words[first]; cut && known {
				return append(strings.Fields(own), strings.Fields(second)...)
			}
		}
	}
	return []string{w}
}

// likeness is how alike a header and a name are, from 0 to 100.
func likeness(header, name string) int {
	if normal(header) == normal(name) && normal(name) != "" {
		return 100
	}
	h, n := tokens(header), tokens(name)
	if len(h) == 0 || len(n) == 0 {
		return 0
	}
	common := 0
	for _, w := range n {
		if slices.ContainsFunc(h, func(v string) bool { return sameWord(v, w) }) {
			common++
		}
	}
	if common == 0 {
		return 0
	}
	if common == len(h) && common == len(n) {
		return 92
	}
	all := len(h) + len(n) - common
	return 85 * common / all
}

// sameWord allows for one slip in a long word.
func sameWord(a, b string) bool {
	return a == b || min(len(a), len(b)) >= 5 && distance(a, b) <= 1
}
