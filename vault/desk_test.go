package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/rulebook"
	"github.com/openchancery/chancery/vault"
)

// desk makes a desk's key and sets it.
func desk(t testing.TB, v *vault.Vault) (private string, d *vault.Desk) {
	t.Helper()
	private, public := deskKey(t)
	if err := v.SetDesk(public); err != nil {
		t.Fatal(err)
	}
	d, err := vault.OpenDesk(private)
	if err != nil {
		t.Fatal(err)
	}
	return private, d
}

func deskKey(t testing.TB) (private, public string) {
	t.Helper()
	private, public, err := vault.NewDeskKey()
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

func sensitive(claim, payload string) vault.Item {
	return vault.Item{Claim: claim, Class: string(rulebook.Sensitive), Name: "answers", Payload: []byte(payload)}
}

// fromTheServer is what the server hands to the desk.
func fromTheServer(t testing.TB, v *vault.Vault, blob vault.Sealed) []byte {
	t.Helper()
	got, err := v.ForDesk(t.Context(), []vault.Sealed{blob})
	if err != nil || got[0].Err != nil {
		t.Fatal(err, got)
	}
	return got[0].Payload
}

func TestTheDeskAloneReadsWhatIsSensitive(t *testing.T) {
	v, folder := opened(t)
	_, d := desk(t, v)
	blobs := sealed(t, v, sensitive("c1", "Olena's wounds"), answers("c1", "Olena Kovalenko"), sensitive("c2", "Taras's wounds"))
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = reopened(t, folder) // the key that is set outlives the process
	if id, ok := v.Desk(); !ok || id != d.ID() {
		t.Errorf("the desk's key is %q", id)
	}
	opened, err := v.OpenAll(t.Context(), blobs)
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range []string{"vault.desk-only", "", "vault.desk-only"} {
		wantCode(t, opened[i].Err, code)
		if code != "" && (opened[i].Payload != nil || opened[i].Salt != docket.Salt{}) {
			t.Errorf("blob %d: the server has read it", i)
		}
	}
	for i, want := range map[int]string{0: "Olena's wounds", 2: "Taras's wounds"} {
		inner := fromTheServer(t, v, blobs[i])
		payload, salt, err := d.Open(blobs[i].Claim, blobs[i].Class, blobs[i].Name, inner)
		if err != nil || string(payload) != want || docket.BlobCommitment(salt, payload) != blobs[i].Commitment {
			t.Errorf("the desk reads %q, %v", payload, err)
		}
	}
	got, err := v.ForDesk(t.Context(), blobs)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, got[1].Err, "vault.not-for-desk")
}

func TestWhatIsSealedToTheDeskIsErasedLikeTheRest(t *testing.T) {
	v, _ := opened(t)
	desk(t, v)
	blobs := sealed(t, v, sensitive("c1", "x"), sensitive("c2", "y"))
	if err := v.Destroy(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	got, err := v.ForDesk(t.Context(), blobs)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, got[0].Err, "vault.erased")
	wantCode(t, got[1].Err, "")
}

func TestWithoutADeskNothingSensitiveIsTaken(t *testing.T) {
	v, _ := opened(t)
	_, keys, err := v.Seal(t.Context(), []vault.Item{answers("c1", "x"), sensitive("c1", "y")})
	wantCode(t, err, "vault.no-desk")
	if keys.Len() != 0 {
		t.Error("keys were made")
	}
	sealed(t, v, answers("c1", "x"))
}

func TestAnInnerBlobOpensInItsOwnPlaceOnly(t *testing.T) {
	v, _ := opened(t)
	_, d := desk(t, v)
	stranger, _ := deskKey(t)
	other, err := vault.OpenDesk(stranger)
	if err != nil {
		t.Fatal(err)
	}
	inner := fromTheServer(t, v, sealed(t, v, sensitive("c1", "Olena"))[0])
	flipped := func(at int) []byte {
		b := slices.Clone(inner)
		b[at] ^= 1
		return b
	}
	for _, c := range []struct {
		name               string
		desk               *vault.Desk
		claim, class, blob string
		inner              []byte
		code               string
	}{
		{"its own", d, "c1", "sensitive", "answers", inner, ""},
		{"another claim's", d, "c2", "sensitive", "answers", inner, "vault.blob-damaged"},
		{"another class", d, "c1", "personal", "answers", inner, "vault.blob-damaged"},
		{"another name", d, "c1", "sensitive", "trace", inner, "vault.blob-damaged"},
		{"another desk", other, "c1", "sensitive", "answers", inner, "vault.desk-other"},
		{"the desk's id changed", d, "c1", "sensitive", "answers", flipped(0), "vault.desk-other"},
		{"the agreed key changed", d, "c1", "sensitive", "answers", flipped(8), "vault.blob-damaged"},
		{"its last bit changed", d, "c1", "sensitive", "answers", flipped(len(inner) - 1), "vault.blob-damaged"},
		{"cut short", d, "c1", "sensitive", "answers", inner[:len(inner)-1], "vault.blob-damaged"},
		{"an id and no more", d, "c1", "sensitive", "answers", inner[:8], "vault.blob-damaged"},
		{"nothing", d, "c1", "sensitive", "answers", nil, "vault.blob-damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			payload, _, err := c.desk.Open(c.claim, c.class, c.blob, c.inner)
			wantCode(t, err, c.code)
			if (payload == nil) != (c.code != "") {
				t.Errorf("%q", payload)
			}
		})
	}
}

func TestTheFormatOfABlobCantBeChanged(t *testing.T) {
	v, _ := opened(t)
	desk(t, v)
	blobs := sealed(t, v, sensitive("c1", "x"), answers("c1", "y"))
	for i, format := range []byte{1, 2} {
		blobs[i].Blob[0] = format
		got, err := v.OpenAll(t.Context(), blobs[i:i+1])
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, got[0].Err, "vault.blob-damaged")
	}
}

// A new key is sealed to from its day on; the desk keeps the old one for what
// was sealed before.
func TestTheDesksKeyIsReplaced(t *testing.T) {
	v, folder := opened(t)
	older, _ := desk(t, v)
	before := sealed(t, v, sensitive("c1", "before"))[0]
	newer, d := desk(t, v)
	after := sealed(t, v, sensitive("c2", "after"))[0]
	both, err := vault.OpenDesk(older + "\n" + newer + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if both.ID() != d.ID() || len(reopened(t, folder).Desks()) != 2 {
		t.Error("the newest key is not the last")
	}
	for _, blob := range []vault.Sealed{before, after} {
		if _, _, err := both.Open(blob.Claim, blob.Class, blob.Name, fromTheServer(t, v, blob)); err != nil {
			t.Error(err)
		}
	}
	_, _, err = d.Open(before.Claim, before.Class, before.Name, fromTheServer(t, v, before))
	wantCode(t, err, "vault.desk-other")
	first, err := vault.OpenDesk(older)
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, v.SetDesk(first.Public()), "vault.desk-retired")
	if err := v.SetDesk(d.Public()); err != nil || len(v.Desks()) != 2 {
		t.Errorf("the key that is set, again: %v, %v", err, v.Desks())
	}
}

func TestADesksKeyIsCopiedWholeOrRefused(t *testing.T) {
	private, public := deskKey(t)
	v, _ := opened(t)
	for i := 0; i < len(public); i += 1 + len(public)/50 {
		wrong := public[:i] + string(public[i]^1) + public[i+1:]
		wantCode(t, v.SetDesk(wrong), "vault.desk-public")
		wantCode(t, v.SetDesk(public[:i]), "vault.desk-public")
	}
	for i := range private {
		_, err := vault.OpenDesk(private[:i] + string(private[i]^1) + private[i+1:])
		wantCode(t, err, "vault.desk-private")
		_, err = vault.OpenDesk(private[:i])
		wantCode(t, err, "vault.desk-private")
	}
	_, err := vault.OpenDesk(public)
	wantCode(t, err, "vault.desk-private")
	wantCode(t, v.SetDesk(private), "vault.desk-public")
	if id, err := vault.ParseDeskPublic(public + "\n"); err != nil || !strings.Contains(private, id) {
		t.Errorf("%q, %v", id, err)
	}
}

func TestTheDesksKeyInItsFile(t *testing.T) {
	private, public := deskKey(t)
	path := filepath.Join(t.TempDir(), "desk.key")
	if err := vault.WriteDeskKey(path, private); err != nil {
		t.Fatal(err)
	}
	wantCode(t, vault.WriteDeskKey(path, private), "vault.desk-exists")
	d, err := vault.ReadDeskKey(path)
	if err != nil || d.Public() != public {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = vault.ReadDeskKey(path)
	wantCode(t, err, "vault.file-open-to-others")
}

// The server's file of public keys was altered: an attacker's key in it would
// read all that comes.
func TestADamagedDeskFileIsRefused(t *testing.T) {
	v, folder := opened(t)
	desk(t, v)
	path := filepath.Join(folder, "desk.pub")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.TrimRight(content, "\n")[:1000], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = vault.Open(folder, vault.Options{})
	wantCode(t, err, "vault.file-foreign")
}

// Drill: the desk's machine is lost, and its key with it. Two of three holders
// bring it back; what is sensitive opens.
func TestDrillALostDeskKeyComesBackFromShares(t *testing.T) {
	v, folder := opened(t)
	private, d := desk(t, v)
	blob := sealed(t, v, sensitive("c1", "x"))[0]
	_, made, err := vault.ShareDeskKey(filepath.Join(t.TempDir(), "shares"), private, 3, 2, day.Must(2026, 3, 1))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "desk.key")
	paths := []string{made[2].File, made[0].File}
	_, err = vault.RestoreShares(folder+"-2", paths)
	wantCode(t, err, "vault.shares-of-a-desk")
	wantCode(t, vault.RestoreDeskKey(path, shares(t, v, 3, 2)), "vault.shares-of-a-server")
	if err := vault.RestoreDeskKey(path, paths); err != nil {
		t.Fatal(err)
	}
	back, err := vault.ReadDeskKey(path)
	if err != nil || back.ID() != d.ID() {
		t.Fatal(err)
	}
	if _, _, err := back.Open(blob.Claim, blob.Class, blob.Name, fromTheServer(t, v, blob)); err != nil {
		t.Error(err)
	}
}

// Drill: the desk's key is known to others. A new one is set, and what was
// sealed to the old one is sealed anew at the desk; the old key opens nothing
// that lies here then, and the commitments hold.
func TestDrillACompromisedDeskKeyIsReplaced(t *testing.T) {
	v, _ := opened(t)
	known, thief := desk(t, v)
	blobs := sealed(t, v, sensitive("c1", "x"), sensitive("c2", "y"))
	private, public := deskKey(t)
	d, err := vault.OpenDesk(known + "\n" + private)
	if err != nil {
		t.Fatal(err)
	}
	var anew []vault.Item
	for _, b := range blobs {
		inner, err := d.Reseal(b.Claim, b.Class, b.Name, fromTheServer(t, v, b), public)
		if err != nil {
			t.Fatal(err)
		}
		anew = append(anew, vault.Item{Claim: b.Claim, Class: b.Class, Name: b.Name, Payload: inner})
	}
	_, err = v.BackFromDesk(ctx, anew)
	wantCode(t, err, "vault.desk-replaced") // the new key isn't set yet
	if err := v.SetDesk(public); err != nil {
		t.Fatal(err)
	}
	again, err := v.BackFromDesk(ctx, anew)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range again {
		inner := fromTheServer(t, v, b)
		_, _, err := thief.Open(b.Claim, b.Class, b.Name, inner)
		wantCode(t, err, "vault.desk-other")
		payload, salt, err := d.Open(b.Claim, b.Class, b.Name, inner)
		if err != nil || docket.BlobCommitment(salt, payload) != blobs[i].Commitment {
			t.Errorf("claim %s: %v", b.Claim, err)
		}
	}
}

// Two processes over one folder: what one sets the other follows when it is told, and
// loses neither when it sets another. It follows no key but the one that it is told of.
func TestAProcessFollowsTheDesksKeyThatAnotherSet(t *testing.T) {
	here, folder := opened(t)
	there := reopened(t, folder)
	var publics []string
	for range 3 {
		_, public, err := vault.NewDeskKey()
		if err != nil {
			t.Fatal(err)
		}
		publics = append(publics, public)
	}
	id := func(n int) string {
		id, err := vault.ParseDeskPublic(publics[n])
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if err := here.SetDesk(publics[0]); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		told int
		want bool
	}{{1, false}, {0, true}, {0, true}} {
		if ok, err := there.FollowDesk(id(c.told)); err != nil || ok != c.want {
			t.Errorf("told of key %d it follows: %v, %v", c.told, ok, err)
		}
	}
	if err := here.SetDesk(publics[1]); err != nil {
		t.Fatal(err)
	}
	if ok, err := there.FollowDesk(id(0)); err != nil || !ok {
		t.Errorf("told of the key that it has it follows: %v, %v", ok, err)
	}
	if err := there.SetDesk(publics[2]); err != nil {
		t.Fatal(err)
	}
	if got := there.Desks(); !slices.Equal(got, []string{id(0), id(1), id(2)}) {
		t.Errorf("the keys that the desk has had: %v", got)
	}
	wantCode(t, here.SetDesk(publics[0]), "vault.desk-retired")
}
