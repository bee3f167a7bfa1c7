package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/openchancery/chancery/docket"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/witness"
)

// witnessed kills a witness again and again while two histories of a log ask it
// at once, and tells whether it ever cosigned both: witnessed DIR LOG.key LOG.pub
func witnessed() {
	if err := killWitness(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const (
	killings = 12
	shared   = 5 // leaves before the two histories part
)

// branch is a history that asks to be cosigned, leaf by leaf.
type branch struct {
	word   string
	hashes []tlog.Hash
	sign   note.Signer
	size   int64 // asked for last
	got    int64 // cosigned last
	count  int
}

func killWitness(dir, secretFile, publicFile string) error {
	secret, err := os.ReadFile(secretFile)
	if err != nil {
		return err
	}
	public, err := os.ReadFile(publicFile)
	if err != nil {
		return err
	}
	sign, err := note.NewSigner(strings.TrimSpace(string(secret)))
	if err != nil {
		return err
	}
	origin, err := witness.AddLog(dir, strings.TrimSpace(string(public)))
	if err != nil {
		return err
	}
	fmt.Println("added", origin)
	branches := []*branch{{word: "ours", sign: sign}, {word: "theirs", sign: sign}}
	for n := range killings {
		code, err := whileItRuns(dir, branches, n < killings-1)
		if err != nil {
			return err
		}
		if n == killings-1 {
			total := branches[0].count + branches[1].count
			if max(branches[0].got, branches[1].got) > shared && min(branches[0].got, branches[1].got) > shared {
				return fmt.Errorf("both histories were cosigned: to %d and to %d", branches[0].got, branches[1].got)
			}
			fmt.Printf("killed and started again %d times; cosigned %d, all of one history\nended with exit code %d\n", killings-1, total, code)
		}
	}
	return nil
}

// whileItRuns starts the witness, lets all branches ask, and ends it: by a kill
// in the middle, or as Ctrl-C does.
func whileItRuns(dir string, branches []*branch, kill bool) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := exec.CommandContext(ctx, "chancery", "witness", "run", dir, "--listen", "127.0.0.1:0")
	said, err := server.StderrPipe()
	if err != nil {
		return 0, err
	}
	if err := server.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("the witness says %q: %w", line, errors.Join(err, server.Wait()))
	}
	key, err := witness.Key(dir)
	if err != nil {
		return 0, err
	}
	list, err := witness.ParseList(key + " " + address.FindString(line))
	if err != nil {
		return 0, err
	}
	done := make(chan struct{})
	asking, stop := context.WithCancel(ctx)
	for _, b := range branches {
		go func() {
			defer func() { done <- struct{}{} }()
			for n := 0; asking.Err() == nil && (kill || n < 5); n++ {
				b.ask(asking, list[0])
			}
		}()
	}
	end := os.Signal(syscall.SIGINT)
	if kill {
		time.Sleep(60 * time.Millisecond)
		end = syscall.SIGKILL
	} else {
		<-done
		<-done
	}
	err = server.Process.Signal(end)
	stop()
	if kill {
		<-done
		<-done
	}
	ended := server.Wait()
	if _, exit := errors.AsType[*exec.ExitError](ended); !exit {
		err = errors.Join(err, ended)
	}
	return server.ProcessState.ExitCode(), err
}

// ask grows the branch by a leaf and asks for its cosignature.
func (b *branch) ask(ctx context.Context, w witness.Client) {
	size := b.size + 1
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for n, i := range indexes {
			hashes[n] = b.hashes[i]
		}
		return hashes, nil
	})
	if int64(len(b.hashes)) < tlog.StoredHashCount(size) {
		word := "shared"
		if size > shared {
			word = b.word
		}
		more, err := tlog.StoredHashes(size-1, []byte(fmt.Sprint(word, size)), read)
		if err != nil {
			panic(err)
		}
		b.hashes = append(b.hashes, more...)
	}
	root, err := tlog.TreeHash(size, read)
	if err != nil {
		panic(err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", b.sign.Name(), size, base64.StdEncoding.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, b.sign)
	if err != nil {
		panic(err)
	}
	prove := func(_ context.Context, old int64) ([]docket.Hash, error) {
		proof, err := tlog.ProveTree(size, old, read)
		hashes := make([]docket.Hash, len(proof))
		for n, h := range proof {
			hashes[n] = docket.Hash(h)
		}
		return hashes, err
	}
	_, err = w.Cosign(ctx, b.got, prove, signed)
	switch {
	case err == nil:
		b.size, b.got, b.count = size, size, b.count+1
	case fault.Is(err, fault.Unsound): // the other is ahead: from another size it tries again
		b.size = size
	}
}
