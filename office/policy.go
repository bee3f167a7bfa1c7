package office

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/internal/flaw"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/store"
)

// Act names something somebody may be allowed to do.
type Act string

// The acts.
const (
	ActOpenProgramme       Act = "open_programme"
	ActAddActor            Act = "add_actor"
	ActEndActor            Act = "end_actor"
	ActInviteActor         Act = "invite_actor"
	ActEnrolActor          Act = "enrol_actor"
	ActFileClaim           Act = "file_claim"
	ActFindDeficient       Act = "find_deficient"
	ActAnswerDeficiency    Act = "answer_deficiency"
	ActRecord              Act = "record"
	ActRefuse              Act = "refuse"
	ActWithdraw            Act = "withdraw"
	ActReportOutcomes      Act = "report_outcomes"
	ActProposeInstalment   Act = "propose_instalment"
	ActAdoptInstalment     Act = "adopt_instalment"
	ActReceiveContribution Act = "receive_contribution"
	ActPayRound            Act = "pay_round"
	ActMarkPayment         Act = "mark_payment"
	ActGiveCode            Act = "give_code"
	ActOpenEpoch           Act = "open_epoch"
	ActExamine             Act = "examine"
	ActReadAnswers         Act = "read_answers"
	ActFetchForDesk        Act = "fetch_for_desk"
	ActSetDesk             Act = "set_desk"
	ActReplaceDesk         Act = "replace_desk"
	ActDraftClaim          Act = "draft_claim"
	ActHoldClaim           Act = "hold_claim"
	ActReleaseClaim        Act = "release_claim"
	ActEraseClaim          Act = "erase_claim"
	ActLoadRoll            Act = "load_roll"
	ActLoadTreaties        Act = "load_treaties"
	ActDepositAction       Act = "deposit_action"
	ActLinkPersons         Act = "link_persons"
	ActUnlinkPersons       Act = "unlink_persons"
	ActWorkClaims          Act = "work_claims"
	ActExportList          Act = "export_list"
	ActSetContact          Act = "set_contact"
	ActReadContact         Act = "read_contact"
	ActPrintLetters        Act = "print_letters"
	ActOpenOwn             Act = "open_own"
	ActFindTest            Act = "find_test"
	ActRecommend           Act = "recommend"
	ActDecideList          Act = "decide_list"
	ActResolve             Act = "resolve"
	ActWithdrawResolution  Act = "withdraw_resolution"
	ActReverse             Act = "reverse"
	ActProposeMove         Act = "propose_move"
	ActConsentToMove       Act = "consent_to_move"
	ActAmend               Act = "amend"
	ActAskReview           Act = "ask_review"
	ActConsent             Act = "consent"
	ActDeclareInterest     Act = "declare_interest"
	ActLookUp              Act = "look_up"
	ActAddEvidence         Act = "add_evidence"
	ActOpenFile            Act = "open_file"
	ActAddToken            Act = "add_token"
	ActEndToken            Act = "end_token"
	ActReadOwn             Act = "read_own"
	ActSetWebhook          Act = "set_webhook"
	ActJoinOrganisation    Act = "join_organisation"
	ActLeaveOrganisation   Act = "leave_organisation"
	ActGiveMandate         Act = "give_mandate"
	ActEndMandate          Act = "end_mandate"
	ActReadMandates        Act = "read_mandates"
	ActKeyPaper            Act = "key_paper"
	ActFilePaper           Act = "file_paper"
)

// The capacities in which somebody acts.
const (
	Administrator = "administrator"
	Officer       = "officer"
	Commissioner  = "commissioner"
	Treasurer     = "treasurer"
	Depositary    = "depositary"         // keeps the treaties
	Director      = "executive-director" // recommends to the board
	Board         = "board"              // a member of the board, for it

	// Representative files for claimants, on a mandate, and is none of the office.
	Representative = "representative"
)

// Capacities lists them, for help and checks.
func Capacities() []string {
	return []string{Administrator, Officer, Commissioner, Treasurer, Depositary, Director, Board, Representative}
}

// rule says who may take a step at all. Which of the capacities takes it in a
// programme, and who must consent, is the edition's to say within these
// limits. What has no row here is allowed to nobody.
type rule struct {
	act       Act
	by        []string // capacities that an edition may name
	second    []string // capacities that may consent; none: no second person
	needsTwo  bool     // a second person is needed whatever the edition says
	ofEdition bool     // the edition's powers name the capacities; otherwise any of by, with any of second
	claimant  bool     // who claims may take it too, alone, for what is their own (claimant.go)

	// A representative may take it too, alone, for whom their organisation has a
	// mandate of this scope (represent.go); "" they may not.
	mandate claim.Scope
}

// policy is the one table: deny by default. Refusals and payments need two
// people here; a decision has its two in the proposal and its adoption, which
// the commission's room keeps apart.
//
// Holding and erasing are the installation's own: they follow from what binds
// whoever keeps the data (a court, the law on personal data), in every
// programme alike. An edition is pinned to its claims for ever, and one that
// named nobody for it would keep them for ever too.
var policy = []rule{
	{act: ActOpenProgramme, by: []string{Administrator}},
	{act: ActAddActor, by: []string{Administrator}},
	{act: ActEndActor, by: []string{Administrator}},
	{act: ActInviteActor, by: []string{Administrator}},
	{act: ActEnrolActor, by: Capacities()}, // for oneself, by an invitation or signed in: sign_in.go
	{act: ActAddToken, by: []string{Administrator}},
	{act: ActEndToken, by: []string{Administrator}},
	{act: ActReadOwn, by: []string{Officer}, mandate: claim.ScopeLetters},
	{act: ActSetWebhook, by: []string{Officer, Representative}},
	{act: ActJoinOrganisation, by: []string{Administrator}},
	{act: ActLeaveOrganisation, by: []string{Administrator}},
	{act: ActGiveMandate, by: []string{Representative, Officer}},
	{act: ActEndMandate, by: []string{Representative, Officer}, claimant: true},
	{act: ActReadMandates, by: []string{Representative, Officer}, claimant: true},
	{act: ActOpenEpoch, by: []string{Administrator}, second: []string{Officer}, needsTwo: true},
	{act: ActFileClaim, by: []string{Officer}, claimant: true, mandate: claim.ScopeFile},
	// What came on paper is keyed by one and checked by another.
	{act: ActKeyPaper, by: []string{Officer}},
	{act: ActFilePaper, by: []string{Officer}, second: []string{Officer}, needsTwo: true},
	{act: ActGiveCode, by: []string{Officer}},
	{act: ActFindDeficient, by: []string{Officer}, ofEdition: true},
	{act: ActAnswerDeficiency, by: []string{Officer}, ofEdition: true, claimant: true, mandate: claim.ScopeAnswer},
	{act: ActRecord, by: []string{Officer}, second: []string{Commissioner}, ofEdition: true}, // where a board must record
	{act: ActRefuse, by: []string{Officer}, second: []string{Officer, Commissioner}, needsTwo: true, ofEdition: true},
	// Where there is a board, who recommends decides nothing, and it decides on no
	// more than was recommended to it. A resolution is the board's own.
	{act: ActFindTest, by: []string{Officer, Director}, ofEdition: true},
	{act: ActRecommend, by: []string{Director}, second: []string{Officer}, ofEdition: true},
	{act: ActDecideList, by: []string{Board}, second: []string{Board}, ofEdition: true},
	{act: ActResolve, by: []string{Board}, second: []string{Board}, ofEdition: true},
	{act: ActWithdrawResolution, by: []string{Board}, second: []string{Board}, ofEdition: true},
	{act: ActReverse, by: []string{Officer, Board}, second: []string{Officer, Commissioner, Board, Director}, needsTwo: true, ofEdition: true},
	{act: ActProposeMove, by: []string{Officer}, ofEdition: true},
	{act: ActConsentToMove, by: []string{Officer}, ofEdition: true, claimant: true},
	{act: ActAmend, by: []string{Officer}, ofEdition: true, claimant: true, mandate: claim.ScopeAnswer},
	{act: ActAskReview, by: []string{Officer}, ofEdition: true, claimant: true},
	{act: ActConsent, by: []string{Officer}, claimant: true},
	{act: ActDeclareInterest, by: Capacities()}, // of one's own
	{act: ActLookUp, by: []string{Officer}, claimant: true},
	{act: ActWithdraw, by: []string{Officer}, ofEdition: true, claimant: true, mandate: claim.ScopeWithdraw},
	{act: ActReportOutcomes, by: []string{Officer}, ofEdition: true},
	{act: ActProposeInstalment, by: []string{Officer, Commissioner}, ofEdition: true},
	{act: ActAdoptInstalment, by: []string{Commissioner}, second: []string{Commissioner}, ofEdition: true},
	{act: ActReceiveContribution, by: []string{Treasurer}, ofEdition: true},
	{act: ActPayRound, by: []string{Treasurer}, second: []string{Treasurer, Commissioner}, needsTwo: true, ofEdition: true},
	{act: ActMarkPayment, by: []string{Treasurer}, ofEdition: true},
	{act: ActExamine, by: []string{Officer, Director}},
	{act: ActReadAnswers, by: []string{Officer, Director, Commissioner, Board}}, // what of it: field_rights.go; past limits, a second person: readings.go
	{act: ActWorkClaims, by: []string{Officer, Director, Commissioner, Board}},
	{act: ActExportList, by: []string{Officer, Director, Commissioner, Board}, second: []string{Officer, Director, Commissioner, Board, Administrator}, needsTwo: true},
	{act: ActFetchForDesk, by: []string{Officer, Director, Board}},
	{act: ActSetDesk, by: []string{Administrator}},
	// Who replaced it alone could have what is told from then on sealed to a key
	// of their own.
	{act: ActReplaceDesk, by: []string{Administrator}, second: []string{Officer}, needsTwo: true},
	{act: ActDraftClaim, by: []string{Officer}, claimant: true, mandate: claim.ScopeFile},
	{act: ActHoldClaim, by: []string{Officer, Administrator}, second: []string{Officer, Administrator}, needsTwo: true},
	{act: ActReleaseClaim, by: []string{Officer, Administrator}, second: []string{Officer, Administrator}, needsTwo: true},
	{act: ActEraseClaim, by: []string{Officer, Administrator}, second: []string{Officer, Administrator}, needsTwo: true},
	{act: ActLinkPersons, by: []string{Officer}},
	{act: ActUnlinkPersons, by: []string{Officer}},
	{act: ActSetContact, by: []string{Officer}, claimant: true},
	{act: ActReadContact, by: []string{Officer}, claimant: true},
	{act: ActOpenOwn, by: []string{Officer}, claimant: true},
	// What is printed leaves the house in clear, for many at once.
	{act: ActPrintLetters, by: []string{Officer}, second: []string{Officer, Administrator}, needsTwo: true},
	{act: ActAddEvidence, by: []string{Officer}, claimant: true, mandate: claim.ScopeEvidence},
	{act: ActOpenFile, by: []string{Officer}, claimant: true}, // past limits, a second person: readings.go
	{act: ActLoadRoll, by: []string{Officer, Administrator}},
	{act: ActLoadTreaties, by: []string{Depositary, Administrator}},
	{act: ActDepositAction, by: []string{Depositary, Administrator}},
}

func ruleFor(act Act) (rule, error) {
	for _, r := range policy {
		if r.act == act {
			return r, nil
		}
	}
	return rule{}, fault.New(fault.NotAllowed, "policy.no-rule", "act", act)
}

// capacityFor is the capacity in which this act is taken under this edition,
// and the one that consents ("" where no second person is needed). edition is
// nil for the installation's own acts.
func capacityFor(act Act, edition *rulebook.Edition) (by, second string, err error) {
	r, err := ruleFor(act)
	if err != nil {
		return "", "", err
	}
	if !r.ofEdition && !r.needsTwo {
		return r.by[0], "", nil
	}
	if !r.ofEdition {
		return r.by[0], r.second[0], nil
	}
	power, ok := edition.Powers[string(act)]
	if !ok {
		return "", "", fault.New(fault.NotAllowed, "policy.not-in-edition", "act", act, "programme", edition.ID)
	}
	if err := r.check(power, edition.ID); err != nil {
		return "", "", err
	}
	return power.By, power.Second, nil
}

// ownPower settles for an act of the installation's own in which capacity these
// people act: the first that they have of those that may. Who has none keeps
// the one that capacityFor named, and is told that it is missing.
func (p *performance) ownPower(act Act) error {
	r, err := ruleFor(act)
	if err != nil || r.ofEdition {
		return err
	}
	if p.capacity, err = capacityOf(p.tx, p.by.Actor, r.by, p.capacity); err != nil {
		return err
	}
	p.second, err = capacityOf(p.tx, p.by.Second, r.second, p.second)
	return err
}

// capacityOf is the first of these capacities that somebody has, or other.
func capacityOf(r store.Reader, who Known, among []string, other string) (string, error) {
	if len(among) == 0 || who.id == "" { // no second person, mostly: nobody need be asked for
		return other, nil
	}
	actor, err := r.Actor(who.id)
	if errors.Is(err, store.ErrNone) {
		return other, nil
	}
	if err != nil {
		return "", fmt.Errorf("read actor %s: %w", who.id, err)
	}
	for _, capacity := range among {
		if slices.Contains(actor.Capacities, capacity) {
			return capacity, nil
		}
	}
	return other, nil
}

// check holds an edition's power against the limits of the table.
func (r rule) check(p rulebook.Power, programme string) error {
	switch {
	case !slices.Contains(r.by, p.By):
		return fault.New(fault.NotAllowed, "policy.capacity-outside", "act", r.act, "programme", programme, "capacity", p.By)
	case p.Second != "" && !slices.Contains(r.second, p.Second):
		return fault.New(fault.NotAllowed, "policy.capacity-outside", "act", r.act, "programme", programme, "capacity", p.Second)
	case r.needsTwo && p.Second == "":
		return fault.New(fault.NotAllowed, "policy.two-needed", "act", r.act, "programme", programme)
	}
	return nil
}

// checkPowers holds every power of an edition against the table, before the
// edition is opened.
func checkPowers(e *rulebook.Edition) error {
	for _, r := range policy {
		if p, ok := e.Powers[string(r.act)]; ok && r.ofEdition {
			if err := r.check(p, e.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// may checks one person against one capacity, as the tables stand now: an
// actor who was ended is out at once.
func may(r store.Reader, who Known, capacity string, act Act) error {
	if who.isClaimant() {
		return mayClaimant(act, capacity)
	}
	if who.byToken() {
		if err := mayToken(who, act); err != nil {
			return err
		}
	}
	actor, err := r.Actor(who.id)
	if err != nil && !errors.Is(err, store.ErrNone) {
		return fmt.Errorf("read actor %s: %w", who.id, err)
	}
	if err != nil || actor.Ended && !flaw.On(flaw.EndedActs) {
		return fault.New(fault.NotAllowed, "policy.actor-unknown", "actor", who.id)
	}
	if !slices.Contains(actor.Capacities, capacity) && !flaw.On(flaw.AnyCapacity) {
		return fault.New(fault.NotAllowed, "policy.capacity-missing", "actor", who.id, "act", act, "capacity", capacity)
	}
	return nil
}
