//go:build linux

package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// peer is the running C program.
type peer struct {
	in  io.Writer
	out *bufio.Scanner
}

func startPeer(path string) (*peer, error) {
	cmd := exec.Command(path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &peer{in: in, out: bufio.NewScanner(out)}, cmd.Start()
}

func (p *peer) ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return "", err
	}
	if !p.out.Scan() {
		return "", fmt.Errorf("the peer ended: %w", p.out.Err())
	}
	return p.out.Text(), nil
}

// prepare sends a command and returns the octets of the answer.
func (p *peer) prepare(format string, args ...any) (fields [][]byte, err error) {
	answer, err := p.ask(format, args...)
	if err != nil {
		return nil, err
	}
	for field := range strings.FieldsSeq(answer) {
		octets, err := hex.DecodeString(field)
		if err != nil {
			return nil, err
		}
		fields = append(fields, octets)
	}
	return fields, nil
}

// run does the prepared operation n times and returns how long that took.
func (p *peer) run(n int) (time.Duration, error) {
	answer, err := p.ask("run %d", n)
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(answer, 10, 64)
	return time.Duration(ns), err
}
