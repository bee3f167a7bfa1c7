package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/openchancery/chancery/internal/filelock"
)

// locked runs a command while another process holds the installation:
// locked LOCKFILE chancery …
func locked() {
	lock, err := os.OpenFile(os.Args[1], os.O_RDWR, 0)
	if err == nil {
		err = filelock.Alone(lock)
	}
	if err != nil {
		fmt.Println("the lock can't be taken:", err)
		os.Exit(1)
	}
	code, err := runHere(os.Args[2:])
	runtime.KeepAlive(lock) // closed, it would be free
	fmt.Printf("exit code %d\n", code)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// runHere runs a command with its output on standard output.
func runHere(args []string) (code int, err error) {
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stdout
	err = c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// served runs commands while the public page is served, and asks for the page
// before and after: served DIR -- chancery … -- chancery … In a command URL
// stands for the page's address.
func served() {
	if err := serveAround(os.Args[1], os.Args[slices.Index(os.Args, "--")+1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

var address = regexp.MustCompile(`http://\S+`)

func serveAround(dir string, command []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := exec.CommandContext(ctx, "chancery", "serve", "--dir", dir, "--listen", "127.0.0.1:0")
	said, err := server.StderrPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the server says %q: %w", line, errors.Join(err, server.Wait()))
	}
	url := address.FindString(line)
	if err := askedFor("before", url); err != nil {
		return err
	}
	for words := range strings.SplitSeq(strings.Join(command, "\x00"), "\x00--\x00") {
		code, err := runHere(strings.Split(strings.ReplaceAll(words, "URL", url), "\x00"))
		if err != nil {
			return err
		}
		if code != 0 {
			fmt.Printf("exit code %d\n", code)
		}
	}
	if err := askedFor("after", url); err != nil {
		return err
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	err = server.Wait()
	fmt.Printf("serve ended with exit code %d\n", server.ProcessState.ExitCode())
	return err
}

func askedFor(when, url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	fmt.Println(when, answer.StatusCode)
	return nil
}
