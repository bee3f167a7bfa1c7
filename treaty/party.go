package treaty

import "strings"

// leaves are the actions by which a party leaves.
var leaves = map[Kind]bool{Denunciation: true, Withdrawal: true}

// Party is a state or organisation as an action names it.
type Party struct {
	Name string `json:"party"`
	Code string `json:"code,omitempty"` // ISO 3166-1 alpha-3, as the source gives it
	Org  bool   `json:"organisation,omitempty"`
}

func (a *Action) party() Party { return Party{a.Party, a.Code, a.Org} }

// key tells one party from another within a treaty: by its code, since lists
// spell names in many ways, and by its name where it has none. Czechoslovakia,
// Czechia and Slovakia are three: CSK, CZE, SVK.
func (p Party) key() string {
	if p.Code != "" {
		return p.Code
	}
	return strings.ToLower(p.Name)
}
