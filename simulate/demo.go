// Package simulate plays a programme's life over a real office, from a seed:
// the same seed gives the same acts, the same salts and the same clock, and so
// the same tree head on any machine. Outside a simulation salts come from the
// system's randomness and the clock is the machine's.
package simulate

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/openchancery/chancery/claim"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/money"
	"github.com/openchancery/chancery/office"
	"github.com/openchancery/chancery/rulebooks"
)

// Programme is the one that the demo plays.
const Programme = "demo"

// claimsAtOnce is how many claims one act of the demo covers at most.
const claimsAtOnce = 5000

// filedAtOnce is how many are filed by one act.
const filedAtOnce = 1000

// Demo is one run: so many claims through the whole way, from filing to the
// bank's answer.
type Demo struct {
	Office *office.Office
	Seed   int64
	Claims int
	// Files is how many small files each claim is filed with. Other numbers of them
	// give other tree heads.
	Files int
	// Enrol gives the credential of an actor, who is added when new.
	Enrol func(ctx context.Context, by office.By, id string, capacities []string) (office.Known, error)
	// Registrar is the first actor.
	Registrar office.Known
	// Clock is the installation's own: the demo sets it before each act.
	Clock *Clock
	// Progress is told of each stage; it may be nil.
	Progress office.Progress

	officers, commissioners, treasurers [2]office.Known
	album                               album
	filed                               int
	stages                              []Stage
	acts                                int
}

// Stage is one stage of the demo: how many it handled, and how long it took.
type Stage struct {
	Name    string        `json:"stage"`
	Claims  int64         `json:"claims"`
	Elapsed time.Duration `json:"-"`
	Seconds string        `json:"seconds"`
	Rate    int64         `json:"a_second"`
}

// Clock is a clock that only moves when the demo moves it.
type Clock struct {
	mu sync.Mutex
	at time.Time // owned by mu
}

// begins is the demo's first instant: the register opens in the spring after
// the flood.
var begins = time.Date(2020, time.March, 2, 9, 0, 0, 0, time.UTC)

// NewClock is a clock at the demo's first instant.
func NewClock() *Clock { return &Clock{at: begins} }

// Now is the demo's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *Clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// Entropy derives what real offices draw from the system's randomness: SHA-256
// of seed and label, so that a run that was killed goes on to the same tree.
func Entropy(seed int64) office.Entropy {
	return func(label string, out []byte) {
		for n := uint32(0); len(out) > 0; n++ {
			block := derive(seed, label, n)
			out = out[copy(out, block[:]):]
		}
	}
}

func derive(seed int64, label string, n uint32) [32]byte {
	b := make([]byte, 0, 32+len(label))
	b = append(b, "chancery/demo/"...)
	b = binary.BigEndian.AppendUint64(b, uint64(seed))
	b = binary.BigEndian.AppendUint32(b, n)
	return sha256.Sum256(append(b, label...))
}

// Run plays the demo, or goes on where a run of the same seed was interrupted:
// every act has a key, and what was answered before is not done again.
func (d *Demo) Run(ctx context.Context) ([]Stage, error) {
	stages := []struct {
		name string
		run  func(context.Context) (int64, error)
	}{
		{"open", d.open},
		{"file", d.file},
		{"examine", d.examine},
		{"answer", d.answer},
		{"withdraw", d.withdraw},
		{"propose", d.propose},
		{"adopt", d.adopt},
		{"pay", d.pay},
		{"sequence", d.sequence},
	}
	for _, s := range stages {
		start := time.Now()
		done, err := s.run(ctx)
		if err != nil {
			return d.stages, fmt.Errorf("demo, stage %s: %w", s.name, err)
		}
		d.stages = append(d.stages, stage(s.name, done, time.Since(start)))
	}
	return d.stages, nil
}

func stage(name string, done int64, took time.Duration) Stage {
	s := Stage{Name: name, Claims: done, Elapsed: took}
	s.Seconds = fmt.Sprintf("%d.%02d", took/time.Second, took%time.Second/(10*time.Millisecond))
	if took > 0 {
		s.Rate = done * int64(time.Second) / int64(took)
	}
	return s
}

// act is who does the next act, under its key, at its own instant: a minute
// after the one before.
func (d *Demo) act(actor, second office.Known, key string) office.By {
	d.acts++
	d.Clock.set(begins.Add(time.Duration(d.acts) * time.Minute))
	return office.By{Actor: actor, Second: second, Key: key}
}

// once does an act unless a run before did it.
func (d *Demo) once(ctx context.Context, act office.Act, by office.By, do func() error) error {
	done, err := d.Office.Answered(ctx, act, Programme, by.Key)
	if err != nil || done {
		return err
	}
	return do()
}

func (d *Demo) tell(stage string, done, of int) {
	if d.Progress != nil {
		d.Progress(stage, int64(done), int64(of))
	}
}

func (d *Demo) open(ctx context.Context) (int64, error) {
	for i := range 2 {
		for _, who := range []struct {
			role string
			as   *office.Known
		}{
			{office.Officer, &d.officers[i]}, {office.Commissioner, &d.commissioners[i]}, {office.Treasurer, &d.treasurers[i]},
		} {
			var err error
			id := fmt.Sprintf("%s-%d", who.role, i+1)
			if *who.as, err = d.Enrol(ctx, d.act(d.Registrar, office.Known{}, ""), id, []string{who.role}); err != nil {
				return 0, err
			}
		}
	}
	book, ok := rulebooks.Find(Programme)
	if !ok {
		return 0, fault.New(fault.NotFound, "rulebook.none", "id", Programme)
	}
	_, err := d.Office.OpenProgramme(ctx, d.act(d.Registrar, office.Known{}, ""), book.Name, book.Source)
	return 0, err
}

func (d *Demo) file(ctx context.Context) (int64, error) {
	batches := (d.Claims + filedAtOnce - 1) / filedAtOnce
	prepare := func(n int) (*office.Prepared, error) {
		filings := make([]office.Filing, min(filedAtOnce, d.Claims-n*filedAtOnce))
		for i := range filings {
			filings[i] = Filing(d.Seed, n*filedAtOnce+i)
			var err error
			if filings[i].Files, err = d.files(n*filedAtOnce+i, d.Files); err != nil {
				return nil, err
			}
		}
		return d.Office.PrepareFilings(ctx, Programme, filings)
	}
	err := ahead(batches, prepare, func(n int, ready *office.Prepared) error {
		answers, err := d.Office.FilePrepared(ctx, d.act(d.officers[0], office.Known{}, ""), ready)
		if err != nil {
			return err
		}
		for i, a := range answers {
			if want := d.id(n*filedAtOnce + i); a.ID != want {
				return fault.New(fault.Unsound, "demo.other-claim", "claim", a.ID, "expected", want)
			}
		}
		d.filed += len(answers)
		if d.filed%claimsAtOnce == 0 || d.filed == d.Claims {
			if _, err := d.Office.Sequence(ctx); err != nil {
				return err
			}
		}
		d.tell("file", d.filed, d.Claims)
		return nil
	})
	return int64(d.filed), err
}

// examine lets the register answer every claim: recorded, deficient, refused.
func (d *Demo) examine(ctx context.Context) (int64, error) {
	bounds := func(n int) (from, to int) { return n * claimsAtOnce, min((n+1)*claimsAtOnce, d.filed) }
	prepare := func(n int) (answered, error) {
		from, to := bounds(n)
		return d.look(ctx, firstLook, from, d.ids(from, to))
	}
	err := ahead((d.filed+claimsAtOnce-1)/claimsAtOnce, prepare, func(n int, found answered) error {
		from, to := bounds(n)
		if err := d.register(ctx, firstLook, from, found); err != nil {
			return err
		}
		d.tell("examine", to, d.filed)
		return nil
	})
	return int64(d.filed), err
}

// id is the id of the n-th claim, which the office drew from the seed: a demo of
// millions keeps none of them in memory.
func (d *Demo) id(n int) claim.ID {
	var near [4]byte
	var own [12]byte
	Entropy(d.Seed)("near/"+Programme+"/"+filingKey(n-n%filedAtOnce), near[:])
	Entropy(d.Seed)("claim/"+Programme+"/"+filingKey(n), own[:])
	return claim.NewID(near, own)
}

func (d *Demo) ids(from, to int) []claim.ID {
	ids := make([]claim.ID, to-from)
	for i := range ids {
		ids[i] = d.id(from + i)
	}
	return ids
}

// look is one of the register's two looks at a claim. A run that goes on finds
// claims that have gone on too: those that stand at another version have had
// their answer.
type look struct {
	name    string
	version docket.Version
}

var (
	firstLook  = look{"first", 1} // filed
	secondLook = look{"again", 3} // found deficient, and answered
)

func (at look) key(act office.Act, from int) string {
	return fmt.Sprintf("%s/%s/%d", act, at.name, from)
}

// answered are the claims that were examined, by what the register answers.
type answered map[string][]office.Examination

// look examines claims, those from a number on; it finds none when they have
// all had their answer in a run before. It runs ahead of the acts, so that the
// instants in the reading log hang on the machine; the log's head enters the
// docket with a new day, and up to a million claims the demo looks at all of
// them on one.
func (d *Demo) look(ctx context.Context, at look, from int, ids []claim.ID) (answered, error) {
	// The refusals come last.
	if done, err := d.Office.Answered(ctx, office.ActRefuse, Programme, at.key(office.ActRefuse, from)); err != nil || done {
		return nil, err
	}
	examined, err := d.Office.ExamineClaims(ctx, office.By{Actor: d.officers[0]}, ids)
	if err != nil {
		return nil, err
	}
	found := answered{}
	for _, e := range examined {
		if e.Claim().Version == at.version {
			found[string(e.Finding().Outcome)] = append(found[string(e.Finding().Outcome)], e)
		}
	}
	return found, nil
}

// register gives the claims that were looked at their answers.
func (d *Demo) register(ctx context.Context, at look, from int, found answered) error {
	for _, step := range []struct {
		act    office.Act
		second office.Known
		list   []office.Examination
		do     func(context.Context, office.By, string, []office.Examination) (office.Done, error)
	}{
		{office.ActRecord, office.Known{}, found["record"], d.Office.RecordClaims},
		{office.ActFindDeficient, office.Known{}, found["deficient"], d.Office.FindDeficient},
		{office.ActRefuse, d.officers[1], found["refuse"], d.Office.RefuseClaims},
	} {
		by := d.act(d.officers[0], step.second, at.key(step.act, from)) // also where there is nothing to do: each has its instant
		if len(step.list) == 0 {
			continue
		}
		err := d.once(ctx, step.act, by, func() error {
			_, err := step.do(ctx, by, Programme, step.list)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// answersMost bounds the acts that come one by one, each with its own fsync.
const answersMost = 100

// answer lets some claimants supply the signature that was missing; the
// register looks again.
func (d *Demo) answer(ctx context.Context) (int64, error) {
	var supplied []claim.ID
	for i := range d.filed {
		if !answersLater(d.Seed, i) || len(supplied) == answersMost {
			continue
		}
		id := d.id(i)
		supplied = append(supplied, id)
		by := d.act(d.officers[0], office.Known{}, fmt.Sprintf("answer/%d", i))
		err := d.once(ctx, office.ActAnswerDeficiency, by, func() error {
			_, err := d.Office.AnswerDeficiency(ctx, by, Programme, id, map[string]string{"signed": "true"})
			return err
		})
		if err != nil {
			return 0, err
		}
		d.tell("answer", len(supplied), answersMost)
	}
	if len(supplied) == 0 {
		return 0, nil
	}
	found, err := d.look(ctx, secondLook, 0, supplied)
	if err != nil {
		return 0, err
	}
	return int64(len(supplied)), d.register(ctx, secondLook, 0, found)
}

// withdraw lets some claimants take their claims back before the decision.
func (d *Demo) withdraw(ctx context.Context) (int64, error) {
	withdrawn := 0
	for i := range d.filed {
		if !withdraws(d.Seed, i) || withdrawn == answersMost/2 {
			continue
		}
		by := d.act(d.officers[0], office.Known{}, fmt.Sprintf("withdraw/%d", i))
		err := d.once(ctx, office.ActWithdraw, by, func() error {
			_, err := d.Office.WithdrawClaim(ctx, by, Programme, d.id(i))
			return err
		})
		if err != nil && fault.Code(err) != "claim.cannot-be-withdrawn" {
			return 0, err // a refused claim can't be withdrawn: that is an answer too
		}
		withdrawn++
	}
	return int64(withdrawn), nil
}

// instalments is how many instalments the claims make.
func (d *Demo) instalments() int { return (d.Claims + claimsAtOnce - 1) / claimsAtOnce }

func (d *Demo) propose(ctx context.Context) (int64, error) {
	var proposed int64
	for n := range d.instalments() {
		by := d.act(d.officers[0], office.Known{}, fmt.Sprintf("instalment/%d", n+1))
		answer, err := d.Office.ProposeInstalment(ctx, by, Programme, claimsAtOnce)
		if fault.Code(err) == "commission.nothing-to-decide" {
			continue
		}
		if err != nil {
			return 0, err
		}
		proposed += answer.Claims
		d.tell("propose", n+1, d.instalments())
	}
	return proposed, nil
}

func (d *Demo) adopt(ctx context.Context) (int64, error) {
	var decided int64
	for n := range d.instalments() {
		by := d.act(d.commissioners[0], d.commissioners[1], fmt.Sprintf("instalment/%d", n+1))
		answer, err := d.Office.AdoptInstalment(ctx, by, Programme, int64(n+1))
		if code := fault.Code(err); code == "commission.no-instalment" || code == "commission.nothing-to-decide" {
			continue
		}
		if err != nil {
			return 0, err
		}
		decided += answer.Claims
		d.tell("adopt", n+1, d.instalments())
	}
	return decided, nil
}

// pay plays two contributions, each followed by a round and the bank's answer.
// The money never covers everything that is owed: that is the usual case.
func (d *Demo) pay(ctx context.Context) (int64, error) {
	var paid int64
	for n, eurosPerClaim := range []int64{1400, 2100} {
		euros := money.New(int64(d.Claims)*eurosPerClaim*100, "EUR")
		by := d.act(d.treasurers[0], office.Known{}, fmt.Sprintf("contribution/%d", n+1))
		if _, err := d.Office.ReceiveContribution(ctx, by, Programme, "harbour-barrier-company", euros); err != nil {
			return 0, err
		}
		by = d.act(d.treasurers[0], d.treasurers[1], fmt.Sprintf("round/%d", n+1))
		round, err := d.Office.PayRound(ctx, by, Programme, "EUR")
		settle := d.act(d.treasurers[0], office.Known{}, fmt.Sprintf("settle/%d", n+1))
		if fault.Code(err) == "fund.nothing-to-pay" {
			continue
		}
		if err != nil {
			return 0, err
		}
		err = d.once(ctx, office.ActMarkPayment, settle, func() error { return d.settle(ctx, settle, round.Round) })
		if err != nil {
			return 0, err
		}
		paid += round.Payments
		d.tell("pay", n+1, 2)
	}
	return paid, nil
}

// settle plays the bank: it sends back one payment in fifty of the first round.
func (d *Demo) settle(ctx context.Context, by office.By, round int64) error {
	ids, err := d.Office.Payments(ctx, Programme, round)
	if err != nil {
		return err
	}
	answers := make([]office.BankAnswer, len(ids))
	for i, id := range ids {
		answers[i] = office.BankAnswer{Claim: id}
		if round == 1 && comesBack(d.Seed, id) {
			answers[i].Returned, answers[i].Reason = true, "AC04" // ISO 20022: account closed
		}
	}
	_, err = d.Office.SettlePayments(ctx, by, Programme, round, answers)
	return err
}

func (d *Demo) sequence(ctx context.Context) (int64, error) {
	head, err := d.Office.Sequence(ctx)
	return head.Size, errors.Join(err, ctx.Err())
}

// NewDemo prepares a demo in an installation that was opened with this clock
// and with Entropy of this seed.
func NewDemo(ctx context.Context, i *installation.Installation, seed int64, claims int, clock *Clock) (*Demo, error) {
	registrar, err := known(ctx, i, installation.FirstActor)
	if err != nil {
		return nil, err
	}
	enrol := func(ctx context.Context, by office.By, id string, capacities []string) (office.Known, error) {
		err := i.Office.AddActor(ctx, by, id, capacities, i.Keep(id))
		if err != nil && fault.Code(err) != "actor.exists" {
			return office.Known{}, err
		}
		return known(ctx, i, id)
	}
	return &Demo{Office: i.Office, Seed: seed, Claims: claims, Enrol: enrol, Registrar: registrar, Clock: clock}, nil
}

// known signs an actor in by the credential that lies beside the keys.
func known(ctx context.Context, i *installation.Installation, actor string) (office.Known, error) {
	secret, err := i.Credential(i.CredentialPath(actor))
	if err != nil {
		return office.Known{}, err
	}
	return i.Office.Authenticate(ctx, secret)
}

// Claim marks an installation as this demo's, and refuses one that holds
// anything else: another seed's claims, or real ones.
func Claim(ctx context.Context, i *installation.Installation, seed int64, claims, files int) error {
	name := fmt.Sprintf("seed %d, %d claims", seed, claims)
	if files > 0 {
		name += fmt.Sprintf(", %d files each", files)
	}
	marked, err := i.Mark(ctx, "demo", name)
	if err != nil {
		return err
	}
	if marked != name {
		return fault.New(fault.Conflict, "demo.other", "dir", i.Data, "holds", marked)
	}
	return nil
}
