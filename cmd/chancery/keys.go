package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/installation"
	"github.com/openchancery/chancery/vault"
)

func (a *app) keysCommand() *cobra.Command {
	return group("keys", "The keys: how they rest, their rotation, their backups", "keys show",
		a.keysShow(), a.keysRotate(), a.keysProtect(), a.keysBackup(), a.keysRestore(), a.keysBackupStore(), a.keysRestoreStore(), a.keysMove(), a.keysNewBackupKey())
}

// asking is the options by which a person at the terminal is asked for the
// master key's passphrase, once.
func (a *app) asking() installation.Options {
	return installation.Options{Ask: sync.OnceValues(func() (string, error) { return a.askPassphrase("Passphrase of the master key: ") })}
}

func (a *app) askPassphrase(question string) (string, error) {
	if a.held != nil || !a.terminal.In {
		return "", fault.New(fault.Invalid, "vault.no-passphrase")
	}
	fmt.Fprint(a.err, question)
	text, err := a.typedSecret(os.Stdin)
	fmt.Fprintln(a.err)
	return text, err
}

func (a *app) keysShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show how the keys rest, and what is wrong with them",
		Long: `Show how the master key rests, the ids of the desk's keys, the copies of the key
store and the files with their modes. No secret is shown and none is asked for.
It ends with 1 where something is wrong.`,
		Example: "  chancery keys show",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			places, err := installation.Find(a.path(a.dir))
			if err != nil {
				return err
			}
			s, err := vault.Inspect(c.Context(), places.Keys, day.Of(time.Now(), time.UTC))
			if err != nil {
				return err
			}
			type problem struct {
				Code    string `json:"code"`
				Message string `json:"message"`
			}
			problems := []problem{}
			for _, p := range s.Problems {
				problems = append(problems, problem{a.code(p), a.say(p)})
			}
			answer := struct {
				vault.State
				Problems []problem `json:"problems"`
			}{s, problems}
			err = a.print(answer, func(w io.Writer) {
				printKeys(w, s)
				for _, p := range problems {
					fmt.Fprintln(w, "\n"+p.Message)
				}
			})
			if err == nil && len(problems) > 0 {
				return errFound
			}
			return err
		},
	}
}

func printKeys(w io.Writer, s vault.State) {
	desk := "none: nothing sensitive can be taken"
	if n := len(s.Desks); n > 0 {
		desk = s.Desks[n-1]
	}
	copies := "none"
	if len(s.Copies) > 0 {
		copies = fmt.Sprintf("%d, the newest of %s", len(s.Copies), s.Copies[0].Day)
	}
	table(w,
		[]string{"keys", s.Folder},
		[]string{"master key", map[string]string{
			vault.InFile: "in clear, in a file", vault.InAge: "in a file of age", vault.InRemote: "wrapped by a key service",
		}[s.Master]},
		[]string{"key store", cmp.Or(s.Database, "a file")},
		[]string{"keys of claims", grouped(s.Keys)},
		[]string{"claims erased", grouped(int64(s.Erased))},
		[]string{"desk's key", desk},
		[]string{"copies of the key store", copies},
		[]string{"  kept", fmt.Sprintf("%d days, in %s", s.Backups.Days, s.Backups.Folder)})
	rows := [][]string{{"\nFILE", "MODE", "BYTES"}}
	for _, f := range s.Files {
		rows = append(rows, []string{f.Name, f.Mode, grouped(f.Size)})
	}
	table(w, rows...)
}

func (a *app) keysRotate() *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Short: "Make a new master key and wrap all keys under it",
		Long: `Make a new master key, wrap every claim's keys under it, copy the key store anew,
and destroy the old key and the copies that it opens. Nothing sealed and nothing
in the docket is touched, and claims may come in meanwhile where chancery serve
carries it out; where the data is in PostgreSQL stop serve and whatever else acts. It
may be interrupted and given again. Shares of the old key bring back nothing any
more: make new ones with chancery keys backup.`,
		Example: "  chancery keys rotate",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withVault(c.Context(), installation.WithVault, func(v *vault.Vault) error {
				var keys int64
				shown := a.progress()
				err := v.RotateMaster(c.Context(), func(done, total int64) {
					if keys = done; shown != nil {
						shown("rotate", done, total)
					}
				})
				if err != nil {
					return err
				}
				return a.print(map[string]any{"keys": keys}, func(w io.Writer) {
					fmt.Fprintf(w, "The master key is new, and %s keys are wrapped under it. The old one is destroyed.\nShares of the old one open nothing any more: make new ones with chancery keys backup.\n", grouped(keys))
				})
			})
		},
	}
}

// protecting are the flags of keys protect.
type protecting struct {
	with, passphrase, identity, token string
	service                           vault.Service
}

func (a *app) keysProtect() *cobra.Command {
	var p protecting
	c := &cobra.Command{
		Use: "protect", Short: "Change how the master key rests",
		Long: `Change how the master key rests: in a file in clear, in a file of age (under a
passphrase, or to an age identity), or wrapped by a key service (the transit
engine of OpenBao or what speaks its protocol).

Stop chancery serve before. Secrets are given in files that you alone may read, or typed in; never as
arguments. From then on every command that opens the vault wants to be told:
CHANCERY_MASTER_PASSPHRASE_FILE, CHANCERY_MASTER_IDENTITY_FILE or
CHANCERY_MASTER_TOKEN_FILE names the file; on a terminal the commands ask for a
passphrase.

The key itself stays the same. If somebody may have read it in clear, rotate it
afterwards: chancery keys rotate.`,
		Example: `  chancery keys protect --with age --passphrase-file passphrase.txt
  chancery keys protect --with remote --service https://keys.example.org:8200 --service-key chancery --token-file token`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return a.protect(c, p) },
	}
	c.Flags().StringVar(&p.with, "with", "", "file, age or remote")
	c.Flags().StringVar(&p.passphrase, "passphrase-file", "", "file with the passphrase (age)")
	c.Flags().StringVar(&p.identity, "identity-file", "", "file with an age identity, as age-keygen writes it (age)")
	c.Flags().StringVar(&p.service.URL, "service", "", "address of the key service (remote)")
	c.Flags().StringVar(&p.service.Key, "service-key", "", "name of the key at the service (remote)")
	c.Flags().StringVar(&p.service.Mount, "service-mount", "transit", "where the service has its transit engine (remote)")
	c.Flags().StringVar(&p.token, "token-file", "", "file with the token for the service (remote)")
	return requires(c, "with")
}

func (a *app) protect(c *cobra.Command, p protecting) error {
	form, ok := map[string]string{"file": vault.InFile, "age": vault.InAge, "remote": vault.InRemote}[p.with]
	if !ok {
		return wrongUse(c, "vault.master-form", "form", p.with)
	}
	unlock := vault.UnlockFromEnvironment()
	if p.passphrase != "" || p.identity != "" {
		unlock.PassphraseFile, unlock.IdentityFile = p.passphrase, p.identity
	}
	if p.token != "" {
		unlock.TokenFile = p.token
	}
	unlock.Ask = a.newPassphrase
	return installation.WithVault(a.dir, a.asking(), func(v *vault.Vault) error {
		err := v.ProtectMaster(c.Context(), vault.Protection{Form: form, Unlock: unlock, Service: p.service})
		if err != nil {
			return err
		}
		return a.print(map[string]string{"master": form}, func(w io.Writer) {
			fmt.Fprintf(w, "The master key rests in master.%s. If somebody may have read it before, rotate it: chancery keys rotate\n", form)
		})
	})
}

// newPassphrase asks twice: a slip would lock everybody out.
func (a *app) newPassphrase() (string, error) {
	first, err := a.askPassphrase("New passphrase of the master key: ")
	if err != nil {
		return "", err
	}
	again, err := a.askPassphrase("Once more: ")
	if err == nil && first != again {
		err = fault.New(fault.Invalid, "use.passphrases-differ")
	}
	return first, err
}

func (a *app) keysBackup() *cobra.Command {
	var shares, needed int
	var to string
	c := &cobra.Command{
		Use: "backup -o FOLDER", Short: "Back the keys up in shares, of which some bring them back",
		Long: `Write shares of the keys into a new folder: the master key, the key of keyed
hashes, the log's key and the desk's public keys. So many of them as --needed
says bring the keys back; fewer tell nothing. Each is a text file: print it, give
each to another person, and delete them here.

The key store is not in them. It has backups of its own, which live for some
days only (chancery keys backup-store): without one of those, shares bring
nothing sealed back. Where the data is a file, stop chancery serve before: it would
give the keys away without asking for the master key's passphrase.`,
		Example: "  chancery keys backup --shares 5 --needed 3 -o shares",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.private(to); err != nil {
				return err
			}
			return installation.WithVaultBeside(a.dir, a.asking(), func(v *vault.Vault) error {
				set, made, err := v.BackupShares(to, shares, needed)
				if err != nil {
					return err
				}
				answer := map[string]any{"set": set, "shares": made, "needed": needed}
				return a.print(answer, func(w io.Writer) {
					fmt.Fprintf(w, "%d shares of the backup %s; any %d of them bring the keys back.\n\n", len(made), set, needed)
					for _, s := range made {
						fmt.Fprintln(w, s.File)
					}
					fmt.Fprintln(w, "\nGive each to another person and delete them here: together they are the keys.\nCredentials are not in them: keep that of one administrator in a safe too.")
				})
			})
		},
	}
	c.Flags().IntVar(&shares, "shares", 5, "how many shares")
	c.Flags().IntVar(&needed, "needed", 3, "how many of them bring the keys back")
	c.Flags().StringVarP(&to, "output", "o", "", "new folder for the shares")
	return requires(c, "output")
}

// private refuses a folder in which copies of keys would be given away.
func (a *app) private(folder string) error {
	places, err := installation.Find(a.path(a.dir))
	if err != nil {
		return err
	}
	if err := aFolder(folder); err != nil {
		return err
	}
	return places.Private(a.path(folder))
}

// withVault works on the vault as open opens it, or on that of the owner beside its
// work.
func (a *app) withVault(ctx context.Context, open func(string, installation.Options, func(*vault.Vault) error) error, do func(*vault.Vault) error) error {
	if a.held != nil {
		return a.held.WithVault(do)
	}
	return a.unlessServed(ctx, func() error { return open(a.dir, a.asking(), do) })
}

// onKeys works on the folder of keys that is named, of no installation yet, or
// on that of the installation.
func (a *app) onKeys(named string, do func(folder string, o vault.Options) error) error {
	if named == "" {
		return installation.WithKeys(a.dir, a.asking(), do)
	}
	unlock := vault.UnlockFromEnvironment()
	unlock.Ask = a.asking().Ask
	return do(named, vault.Options{Unlock: unlock})
}

func (a *app) keysRestore() *cobra.Command {
	var keys string
	c := &cobra.Command{
		Use: "restore SHARE…", Short: "Bring lost keys back from their shares",
		Long: `Bring the keys back from their shares, into the folder of keys of the
installation: one that is missing, or that has lost its master key. What is there
is never written over. Where the key store is lost too, put a copy of it back
afterwards (chancery keys restore-store). Credentials are not in the shares, and
no more is where copies of the key store go: on this machine they go into the
folder of keys, until chancery keys backup-store --key-backups names a place.

Where all of the installation is lost, --keys names a new folder for them, before
chancery restore brings the data back.`,
		Example: `  chancery keys restore share-1-of-5.txt share-3-of-5.txt share-4-of-5.txt
  chancery keys restore --keys register.keys share-1-of-5.txt share-3-of-5.txt share-4-of-5.txt`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			return a.onKeys(keys, func(folder string, _ vault.Options) error {
				names, err := vault.RestoreShares(folder, given)
				if err != nil {
					return err
				}
				copies, err := vault.BackupsOf(folder)
				if err != nil {
					return err
				}
				return a.print(map[string]any{"keys": folder, "files": names, "backups": copies}, func(w io.Writer) {
					fmt.Fprintf(w, "Brought back into %s: %s\n", folder, strings.Join(names, ", "))
					fmt.Fprintf(w, "Copies of the key store go into %s, for %d days.\n", copies.Folder, copies.Days)
					if filepath.Dir(copies.Folder) == filepath.Clean(folder) {
						fmt.Fprintf(w, "Where they went before isn't in shares. Set it again only where this machine takes that one's place:\nchancery keys backup-store --days %d --key-backups FOLDER\n", copies.Days)
					}
					next := "chancery keys show"
					if keys != "" {
						next = "chancery keys restore-store FILE --keys " + typed(keys)
					}
					fmt.Fprintf(w, "The master key lies there in clear. Next: %s\n", next)
				})
			})
		},
	}
	c.Flags().StringVar(&keys, "keys", "", "folder for the keys, where there is no installation (default: that of the installation)")
	return c
}

func (a *app) keysBackupStore() *cobra.Command {
	var days int
	var to string
	c := &cobra.Command{
		Use: "backup-store", Short: "Copy the key store, and remove copies that are too old",
		Long: `Copy the key store, as it stands at one moment, and remove copies that are older
than --days. Give it once a day. A claim that is erased is in no copy after so
many days, so keep no others: leave the key store out of the machine's backups.

Copies lie within the folder of keys unless --key-backups names another folder,
best on another machine; both are remembered. No two installations share one: a
folder in which another's copy lies is refused. They are worth nothing without
the master key.`,
		Example: "  chancery keys backup-store\n  chancery keys backup-store --days 14 --key-backups /mnt/other/key-backups",
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if to != "" {
				if err := a.private(to); err != nil {
					return err
				}
			}
			return a.withVault(c.Context(), installation.WithVaultBeside, func(v *vault.Vault) error {
				set, err := v.Backups()
				if err != nil {
					return err
				}
				if c.Flags().Changed("days") {
					set.Days = days
				}
				if to != "" {
					if set.Folder, err = a.file(to); err != nil {
						return err
					}
				}
				if c.Flags().Changed("days") || to != "" {
					if err := v.SetBackups(set); err != nil {
						return err
					}
				}
				return a.backupStore(c.Context(), v)
			})
		},
	}
	c.Flags().IntVar(&days, "days", vault.DefaultBackupDays, "for how many days a copy is kept")
	c.Flags().StringVar(&to, "key-backups", "", "folder of the copies (default: within the folder of keys)")
	return c
}

func (a *app) backupStore(ctx context.Context, v *vault.Vault) error {
	made, err := v.BackupStore(ctx)
	if err != nil {
		return err
	}
	gone := v.ErasedBy(made.Day)
	answer := struct {
		File   string   `json:"file"`
		GoneBy day.Date `json:"gone_by"`
	}{made.Path, gone}
	return a.print(answer, func(w io.Writer) {
		fmt.Fprintf(w, "The key store is copied to %s\nWhat is erased today is in no copy from %s on.\n", made.Path, gone)
	})
}

func (a *app) keysRestoreStore() *cobra.Command {
	var keys string
	c := &cobra.Command{
		Use: "restore-store FILE", Short: "Put a copy of the key store back",
		Long: `Put a copy of the key store in the place of the one in the folder of keys, which
may be damaged or gone. What was erased since the copy was made is erased in it
first, by the list shredded in the folder of keys or, where that was lost, by the
one beside the copy. The one that is replaced lies among the copies, for as long as they do.

Keys of claims that were taken in since the copy are not in it: what was sealed
under them can't be read again.`,
		Example: "  chancery keys restore-store my-data.keys/backups/keystore-2026-01-31.db",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			return a.onKeys(keys, func(folder string, o vault.Options) error {
				n, err := vault.RestoreStore(folder, given[0], o)
				if err != nil {
					return err
				}
				return a.print(map[string]any{"keys": n}, func(w io.Writer) {
					next := "chancery verify --dir " + typed(a.dir)
					if keys != "" {
						next = "bring the data back: chancery restore SOURCE DIR --identity FILE --keys " + typed(keys)
					}
					fmt.Fprintf(w, "The key store is %s, with %s keys.\nNext: %s\n", given[0], grouped(n), next)
				})
			})
		},
	}
	c.Flags().StringVar(&keys, "keys", "", "folder of the keys, where there is no installation (default: that of the installation)")
	return c
}
