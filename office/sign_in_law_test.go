package office_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/office"
)

// whoIsIn is who may come in and who is in, as the rules have it: the office is
// held against it after every step.
type whoIsIn struct {
	stands   map[string]bool                     // actors
	ways     map[string]string                   // passkey to actor
	sessions map[string]struct{ who, by string } // token to actor and passkey
	invited  map[string]string                   // actor to the one invitation that is good
	replaces map[string]bool                     // invitation to whether it replaces
}

// Whatever order people are let in, invited, signed in and shut out: who may act
// by a session is who stands, by a way in that they have, and nobody else; from
// the step on that changes it.
func TestWhoActsByASessionIsWhoStandsByAWayTheyHave(t *testing.T) {
	h, _ := timed(t)
	serial := 0
	rapid.Check(t, func(rt *rapid.T) {
		m := whoIsIn{map[string]bool{}, map[string]string{}, map[string]struct{ who, by string }{}, map[string]string{}, map[string]bool{}}
		var given, keys []string // every token, every passkey
		next := func(what string) string { serial++; return fmt.Sprintf("%s-%d", what, serial) }
		anyOf := func(label string, of []string) string {
			if len(of) == 0 {
				rt.Skip("nobody yet")
			}
			slices.Sort(of)
			return rapid.SampledFrom(of).Draw(rt, label)
		}
		actor := func() string { return anyOf("actor", slices.Collect(maps.Keys(m.stands))) }
		session := func() string { return anyOf("session", slices.Collect(maps.Keys(m.sessions))) }
		waysOf := func(who string) (n int) {
			for _, has := range m.ways {
				if has == who {
					n++
				}
			}
			return n
		}
		drop := func(gone func(who, by string) bool) {
			maps.DeleteFunc(m.sessions, func(_ string, s struct{ who, by string }) bool { return gone(s.who, s.by) })
		}
		rt.Repeat(map[string]func(*rapid.T){
			"let somebody in": func(rt *rapid.T) {
				id := next("guest")
				must(t, h.Office.AddActor(t.Context(), h.by("administrator"), id, []string{office.Officer}, nil))
				m.stands[id] = true
			},
			"shut somebody out": func(rt *rapid.T) {
				id := actor()
				err := h.Office.EndActor(t.Context(), h.by("administrator"), id)
				if m.stands[id] != (err == nil) {
					rt.Fatalf("ending %s: %v", id, err)
				}
				m.stands[id] = false
				delete(m.invited, id)
				maps.DeleteFunc(m.ways, func(_, who string) bool { return who == id })
				drop(func(who, _ string) bool { return who == id })
			},
			"invite": func(rt *rapid.T) {
				id, replacing := actor(), rapid.Bool().Draw(rt, "replacing")
				token, _, err := h.Office.InviteActor(t.Context(), h.by("administrator"), id, replacing)
				if m.stands[id] != (err == nil) {
					rt.Fatalf("inviting %s: %v", id, err)
				}
				if err == nil {
					m.invited[id], m.replaces[token] = token, replacing
				}
			},
			"use an invitation": func(rt *rapid.T) {
				id := anyOf("invited", slices.Collect(maps.Keys(m.invited)))
				token, key := m.invited[id], next("passkey")
				in, err := h.Office.EnrolInvited(t.Context(), token, passkey(key))
				if err != nil {
					rt.Fatalf("%s uses an invitation: %v", id, err)
				}
				delete(m.invited, id)
				if m.replaces[token] {
					maps.DeleteFunc(m.ways, func(_, who string) bool { return who == id })
					drop(func(who, _ string) bool { return who == id })
				}
				given, keys = append(given, in), append(keys, key)
				m.ways[key], m.sessions[in] = id, struct{ who, by string }{id, key}
				if _, err := h.Office.EnrolInvited(t.Context(), token, passkey(next("passkey"))); fault.Code(err) != "signin.voucher" {
					rt.Fatalf("the same invitation again: %v", err)
				}
			},
			"sign in": func(rt *rapid.T) {
				key := anyOf("passkey", append([]string{"none"}, keys...))
				in, to, err := h.Office.SignIn(t.Context(), passkey(key), func(k []byte) ([]byte, error) { return k, nil }, office.SessionStaff)
				who, known := m.ways[key]
				if known != (err == nil) || known && to.Subject != who {
					rt.Fatalf("signing in with %s of %q: %+v, %v", key, who, to, err)
				}
				if known {
					given = append(given, in)
					m.sessions[in] = struct{ who, by string }{who, key}
				}
			},
			"sign out": func(*rapid.T) {
				in := session()
				must(t, h.Office.EndSession(t.Context(), in))
				delete(m.sessions, in)
			},
			"remove the way one came by": func(rt *rapid.T) {
				in := session()
				s := m.sessions[in]
				ways, err := h.Office.WaysIn(t.Context(), in)
				must(t, err)
				n := slices.IndexFunc(ways, func(w office.WayIn) bool { return string(w.Key) == "key of "+s.by })
				err = h.Office.Unenrol(t.Context(), in, ways[n].ID())
				if last := waysOf(s.who) == 1; last != (err != nil) {
					rt.Fatalf("%d ways, and one is removed: %v", waysOf(s.who), err)
				}
				if err == nil {
					delete(m.ways, s.by)
					drop(func(_, by string) bool { return by == s.by })
				}
			},
			"": func(rt *rapid.T) {
				for in, s := range m.sessions {
					known, _, err := h.Office.KnownBySession(t.Context(), in)
					if err != nil || known.ID() != s.who {
						rt.Fatalf("%s by %s: %q, %v", s.who, s.by, known.ID(), err)
					}
					// An officer's act is let through, an administrator's is not.
					_, err = h.Office.ReadAnswers(t.Context(), office.By{Actor: known}, "none", "examination")
					if fault.Is(err, fault.NotAllowed) {
						rt.Fatalf("%s, an officer, reads: %v", s.who, err)
					}
					if _, _, err = h.Office.InviteActor(t.Context(), office.By{Actor: known}, s.who, true); fault.Code(err) != "policy.capacity-missing" {
						rt.Fatalf("%s, an officer, invites: %v", s.who, err)
					}
				}
				for _, in := range given {
					if _, alive := m.sessions[in]; alive {
						continue
					}
					if _, _, err := h.Office.KnownBySession(t.Context(), in); fault.Code(err) != "session.none" {
						rt.Fatalf("a session that ended: %v", err)
					}
				}
			},
		})
		for in := range m.sessions { // the next case begins with nobody in
			must(t, h.Office.EndSession(t.Context(), in))
		}
	})
}
