package vault_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openchancery/chancery/vault"
)

var errStop = errors.New("the power goes")

// written puts a secret into a file of its owner's.
func written(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func unlocked(t testing.TB, folder string, u vault.Unlock) *vault.Vault {
	t.Helper()
	v, err := vault.Open(folder, vault.Options{Unlock: u})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// masterFiles are the files of master keys in the folder, half-written ones too.
func masterFiles(t testing.TB, folder string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(f.Name(), "master") {
			names = append(names, f.Name())
		}
	}
	return names
}

// keyService is the transit engine of a key service, as far as we use it.
type keyService struct {
	sync.Mutex
	wrapped map[string]string
	asked   int
	answer  http.HandlerFunc // instead of the right one
}

func service(t testing.TB) (*keyService, vault.Service, vault.Unlock) {
	t.Helper()
	k := &keyService{wrapped: map[string]string{}}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	return k, vault.Service{URL: server.URL, Key: "chancery"}, vault.Unlock{TokenFile: written(t, "token", "s.token\n")}
}

func (k *keyService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.Lock()
	defer k.Unlock()
	k.asked++
	if k.answer != nil {
		k.answer(w, r)
		return
	}
	var given map[string]string
	_ = json.NewDecoder(r.Body).Decode(&given)
	data := map[string]string{}
	switch {
	case r.Header.Get("X-Vault-Token") != "s.token":
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"errors":["permission denied"]}`)
		return
	case r.URL.Path == "/v1/transit/encrypt/chancery":
		data["ciphertext"] = fmt.Sprint("vault:v1:", base64.StdEncoding.EncodeToString([]byte(fmt.Sprint("sealed ", len(k.wrapped)))))
		k.wrapped[data["ciphertext"]] = given["plaintext"]
	case r.URL.Path == "/v1/transit/decrypt/chancery":
		data["plaintext"] = k.wrapped[given["ciphertext"]]
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"errors":[]}`)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// forms are the ways in which a master key may rest.
func forms(t testing.TB) map[string]vault.Protection {
	passphrase := vault.Unlock{PassphraseFile: written(t, "passphrase", "seven horses in the rain\n")}
	identity := vault.Unlock{IdentityFile: written(t, "identity", "# made by age-keygen\nAGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n")}
	_, at, token := service(t)
	return map[string]vault.Protection{
		"a file":                 {Form: vault.InFile},
		"age with a passphrase":  {Form: vault.InAge, Unlock: passphrase},
		"age with an identity":   {Form: vault.InAge, Unlock: identity},
		"a key service":          {Form: vault.InRemote, Unlock: token, Service: at},
		"age, a person is asked": {Form: vault.InAge, Unlock: vault.Unlock{Ask: func() (string, error) { return "seven horses in the rain", nil }}},
	}
}

// From each form to each, and rotated in it: one file, what was sealed opens,
// and the key of before is nowhere.
func TestTheMasterKeyRestsInAnyForm(t *testing.T) {
	all := forms(t)
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			v, folder := opened(t)
			clear, err := os.ReadFile(filepath.Join(folder, "master.key"))
			if err != nil {
				t.Fatal(err)
			}
			digits := bytes.Fields(clear)[4]
			blobs := sealed(t, v, answers("c1", "x"))
			if err := v.ProtectMaster(ctx, p); err != nil {
				t.Fatal(err)
			}
			if got, want := masterFiles(t, folder), []string{"master." + p.Form}; !slices.Equal(got, want) {
				t.Fatalf("%q, want %q", got, want)
			}
			content, err := os.ReadFile(filepath.Join(folder, "master."+p.Form))
			if err != nil || bytes.Contains(content, digits) != (p.Form == vault.InFile) {
				t.Errorf("in clear: %s, %v", content, err)
			}
			v = unlocked(t, folder, p.Unlock)
			blobs = append(blobs, sealed(t, v, answers("c2", "y"))...)
			if err := v.RotateMaster(ctx, nil); err != nil {
				t.Fatal(err)
			}
			blobs = append(blobs, sealed(t, v, answers("c3", "z"))...)
			for _, v := range []*vault.Vault{v, unlocked(t, folder, p.Unlock)} {
				openAll(t, v, blobs)
			}
			if got, want := masterFiles(t, folder), []string{"master." + p.Form}; !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestAMasterKeyThatDoesntUnlockIsToldWhy(t *testing.T) {
	v, folder := opened(t)
	right := vault.Unlock{PassphraseFile: written(t, "passphrase", "seven horses in the rain")}
	wantCode(t, v.ProtectMaster(ctx, vault.Protection{Form: vault.InAge}), "vault.no-passphrase")
	wantCode(t, v.ProtectMaster(ctx, vault.Protection{Form: vault.InAge, Unlock: vault.Unlock{PassphraseFile: written(t, "p", "short")}}), "vault.passphrase-short")
	wantCode(t, v.ProtectMaster(ctx, vault.Protection{Form: vault.InAge, Unlock: vault.Unlock{IdentityFile: written(t, "i", "no identity")}}), "vault.identity-foreign")
	wantCode(t, v.ProtectMaster(ctx, vault.Protection{Form: "in a drawer"}), "vault.master-form")
	if err := v.ProtectMaster(ctx, vault.Protection{Form: vault.InAge, Unlock: right}); err != nil {
		t.Fatal(err)
	}
	v.Close()
	for _, c := range []struct {
		name string
		u    vault.Unlock
		code string
	}{
		{"nothing", vault.Unlock{}, "vault.no-passphrase"},
		{"another passphrase", vault.Unlock{PassphraseFile: written(t, "p", "seven horses in the snow")}, "vault.master-locked"},
		{"a file that isn't there", vault.Unlock{PassphraseFile: "missing"}, "vault.given-missing"},
		{"the right one", right, ""},
	} {
		v, err := vault.Open(folder, vault.Options{Unlock: c.u})
		wantCode(t, err, c.code)
		if err == nil {
			v.Close()
		}
	}
	if err := os.Chmod(right.PassphraseFile, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := vault.Open(folder, vault.Options{Unlock: right})
	wantCode(t, err, "vault.file-open-to-others")
}

func TestAKeyServiceThatFailsIsToldWhy(t *testing.T) {
	k, at, token := service(t)
	v, folder := opened(t)
	for name, s := range map[string]vault.Service{
		"not encrypted":    {URL: "http://keys.example.org", Key: "chancery"},
		"no address":       {URL: "keys", Key: "chancery"},
		"a password in it": {URL: "https://me:secret@keys.example.org", Key: "chancery"},
	} {
		err := v.ProtectMaster(ctx, vault.Protection{Form: vault.InRemote, Unlock: token, Service: s})
		if wantCode(t, err, "vault.service-address"); err == nil {
			t.Error(name)
		}
	}
	wantCode(t, v.ProtectMaster(ctx, vault.Protection{Form: vault.InRemote, Unlock: token, Service: vault.Service{URL: at.URL, Key: "../sys"}}), "vault.service-name")
	wantCode(t, v.ProtectMaster(ctx, vault.Protection{Form: vault.InRemote, Service: at}), "vault.no-token")
	if err := v.ProtectMaster(ctx, vault.Protection{Form: vault.InRemote, Unlock: token, Service: at}); err != nil {
		t.Fatal(err)
	}
	asked := k.asked
	sealed(t, v, answers("c1", "x"))
	if k.asked != asked {
		t.Error("the service was asked after the vault was open")
	}
	v.Close()
	elsewhere := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	defer other.Close()
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		token  string
		code   string
	}{
		{"a token it doesn't know", nil, "s.other", "vault.service-refused"},
		{"it is sealed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "s.token", "vault.service-refused"},
		{"it sends us elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}, "s.token", "vault.service-refused"},
		{"it answers something else", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, "s.token", "vault.service-answer"},
		{"it answers another key's length", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"data":{"plaintext":"AAAA"}}`) }, "s.token", "vault.service-answer"},
		{"it answers without end", func(w http.ResponseWriter, _ *http.Request) {
			for range 2000 {
				if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
					return
				}
			}
		}, "s.token", "vault.service-answer"},
		{"it hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "s.token", "vault.service-unreachable"},
		{"it is well", nil, "s.token", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			k.Lock()
			k.answer = c.answer
			k.Unlock()
			v, err := vault.Open(folder, vault.Options{Unlock: vault.Unlock{TokenFile: written(t, "token", c.token)}})
			wantCode(t, err, c.code)
			if err == nil {
				v.Close()
			} else if strings.Contains(err.Error(), c.token) {
				t.Error("the token is in the fault")
			}
		})
	}
	if elsewhere {
		t.Error("what we asked went elsewhere")
	}
}

// A change of the master key is stopped at each of its steps, and the vault
// opened anew: all opens, new claims are taken in, and the change given again
// comes to its end.
func TestAChangeOfTheMasterStoppedAnywhereComesToItsEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		passphrase := vault.Unlock{PassphraseFile: written(t, "passphrase", "seven horses in the rain")}
		for name, change := range map[string]func(*vault.Vault) error{
			"rotated": func(v *vault.Vault) error { return v.RotateMaster(ctx, nil) },
			"protected": func(v *vault.Vault) error {
				return v.ProtectMaster(ctx, vault.Protection{Form: vault.InAge, Unlock: passphrase})
			},
		} {
			t.Run(name, func(t *testing.T) {
				ended := false
				for n := 1; !ended; n++ {
					v, folder := opened(t)
					if database, err := vault.StoreDatabase(folder); name == "protected" && (database != "" || err != nil) {
						return // its form is no matter of the key store's
					}
					blobs := sealed(t, v, manyItems(0, 550)...) // more than one batch
					if _, err := v.BackupStore(ctx); err != nil {
						t.Fatal(err)
					}
					before := wrappedKeys(t, filepath.Join(folder, "keystore.db"))
					v.StopAt(n, errStop)
					err := change(v)
					if ended = err == nil; !ended && !errors.Is(err, errStop) {
						t.Fatal(err)
					}
					openAll(t, v, blobs[:10]) // the process that was stopped lives on
					v.Close()
					v = unlocked(t, folder, passphrase)
					openAll(t, v, blobs)
					blobs = append(blobs, sealed(t, v, manyItems(2000, 2002)...)...)
					if err := change(v); err != nil {
						t.Fatalf("stopped at step %d, and again: %v", n, err)
					}
					v.Close()
					v = unlocked(t, folder, passphrase)
					openAll(t, v, blobs)
					if files := masterFiles(t, folder); len(files) != 1 {
						t.Errorf("step %d leaves %q", n, files)
					}
					if name == "rotated" {
						gone(t, before, folder)
					}
					if ended && n < 4 {
						t.Errorf("it was stopped at %d steps only", n-1)
					}
				}
			})
		}
	})
}

// gone holds that no key is wrapped as it was before.
func gone(t *testing.T, before map[string][][]byte, folder string) {
	t.Helper()
	var all []byte
	for _, path := range filesBelow(t, folder) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	n := 0
	for claim, keys := range before {
		for _, wrapped := range keys {
			if n++; n%20 == 0 && bytes.Contains(all, wrapped) {
				t.Fatalf("a key of claim %s lies there still as the old master wrapped it", claim)
			}
		}
	}
	if n < 1000 {
		t.Fatalf("%d keys", n)
	}
}

func filesBelow(t testing.TB, folder string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// Claims are taken in while the master key is rotated: a key that was made
// before is kept under the new master.
func TestClaimsComeInWhileTheMasterIsRotated(t *testing.T) {
	onBoth(t, func(t *testing.T, opened opening) {
		v, folder := opened(t)
		blobs, keys, err := v.Seal(ctx, manyItems(0, 1))
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		var taken []vault.Sealed
		group.Go(func() {
			for n := 1; n < 300; n++ {
				taken = append(taken, sealed(t, v, manyItems(n, n+1)...)...)
			}
		})
		before := sealed(t, v, manyItems(400, 420)...)
		var ended atomic.Bool
		for range 2 { // and others read
			group.Go(func() {
				for !ended.Load() {
					openAll(t, v, before)
				}
			})
		}
		for range 15 {
			if err := v.RotateMaster(ctx, nil); err != nil {
				t.Error(err)
			}
		}
		ended.Store(true)
		group.Wait()
		if err := v.Keep(ctx, keys); err != nil {
			t.Fatal(err)
		}
		for _, v := range []*vault.Vault{v, reopened(t, folder)} {
			openAll(t, v, append(blobs, taken...))
		}
	})
}

// Drill: somebody copied the folder of keys and the database. The master key is
// rotated; what they hold opens none of the keys that rest here from then on.
func TestDrillACompromisedMasterIsRotated(t *testing.T) {
	v, folder := opened(t)
	blobs := sealed(t, v, manyItems(0, 50)...)
	if _, err := v.BackupStore(ctx); err != nil {
		t.Fatal(err)
	}
	stolen := t.TempDir()
	master := filepath.Join(folder, "master.key")
	content, err := os.ReadFile(master)
	if err != nil {
		t.Fatal(err)
	}
	var last, total int64
	if err := v.RotateMaster(ctx, func(done, of int64) { last, total = done, of }); err != nil {
		t.Fatal(err)
	}
	if last != 100 || total != 100 {
		t.Errorf("progress ends at %d of %d", last, total)
	}
	later := sealed(t, v, manyItems(60, 70)...)
	openAll(t, v, append(blobs, later...))
	v.Close()
	if err := os.CopyFS(filepath.Join(stolen, "keys"), os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	for _, path := range filesBelow(t, stolen) {
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(filepath.Join(stolen, "keys"), 0o700), os.WriteFile(filepath.Join(stolen, "keys", "master.key"), content, 0o600)); err != nil {
		t.Fatal(err)
	}
	_, err = vault.Open(filepath.Join(stolen, "keys"), vault.Options{})
	wantCode(t, err, "vault.key-of-another-vault")
	for _, path := range filesBelow(t, folder) {
		if strings.Contains(filepath.Base(path), "keystore-") {
			_, err := vault.RestoreStore(filepath.Join(stolen, "keys"), path, vault.Options{})
			wantCode(t, err, "vault.key-of-another-vault")
		}
	}
}

// at is an instant of that day.
func at(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 9, 0, 0, 0, time.UTC)
}

// What systemd hands to a service that runs as a user has mode 0440, in a folder
// that no other user may enter: there it is taken, and nowhere else.
func TestACredentialOfSystemdIsTakenWithItsMode(t *testing.T) {
	v, folder := opened(t)
	handed := t.TempDir()
	passphrase := filepath.Join(handed, "passphrase")
	mustBe(t, os.WriteFile(passphrase, []byte("seven horses in the rain\n"), 0o600))
	mustBe(t, v.ProtectMaster(ctx, vault.Protection{Form: vault.InAge, Unlock: vault.Unlock{PassphraseFile: passphrase}}))
	v.Close()
	for _, c := range []struct {
		what   string
		folder string // that the environment names
		mode   os.FileMode
		taken  bool
	}{
		{"as it is handed to a user", handed, 0o440, true},
		{"the folder named with a stroke behind", handed + "/", 0o440, true},
		{"as it is handed to root", handed, 0o400, true},
		{"where others may read it", handed, 0o444, false},
		{"where the group may write it", handed, 0o460, false},
		{"where it lies beside no credentials", "", 0o440, false},
		{"where the credentials are elsewhere", filepath.Dir(handed), 0o440, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Setenv("CREDENTIALS_DIRECTORY", c.folder)
			mustBe(t, os.Chmod(passphrase, c.mode))
			v, err := vault.Open(folder, vault.Options{Unlock: vault.Unlock{PassphraseFile: passphrase}})
			if !c.taken {
				wantCode(t, err, "vault.file-open-to-others")
				return
			}
			mustBe(t, err)
			v.Close()
		})
	}
}
