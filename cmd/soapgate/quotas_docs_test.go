package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soapgate/soapgate/internal/gatetest/data"
)

var updateDocs = flag.Bool("update-docs", false, "rewrite the output of commands in docs/quotas.md")

// TestQuotasDocs runs the commands of docs/quotas.md that ask no gate over a
// recording, and wants what the page shows; of the others it reads the flags.
func TestQuotasDocs(t *testing.T) {
	t.Setenv("LC_ALL", "C")
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	path := filepath.Join(data.Repo(), "docs", "quotas.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("access.log", recording(), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```")
	commands := 0
	for i, block := range blocks {
		info, text, _ := strings.Cut(block, "\n")
		switch {
		case i%2 == 0: // between the blocks
		case info == "draft":
			if err := os.WriteFile("draft.Caddyfile", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		case info == "console":
			var shown string
			for line := range strings.Lines(text) {
				command, is := strings.CutPrefix(line, "$ soapgate quotas ")
				if !is {
					continue
				}
				commands++
				shown += line + outputOf(t, strings.TrimSpace(command))
			}
			if shown != text && *updateDocs {
				blocks[i] = info + "\n" + shown
			} else if shown != text {
				t.Errorf("the page shows\n%s\nnot\n%s", text, shown)
			}
		}
	}
	if commands < 10 {
		t.Errorf("%d commands: the page is read wrongly", commands)
	}
	if *updateDocs {
		if err := os.WriteFile(path, []byte(strings.Join(blocks, "```")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// outputOf runs a command that asks no gate. Others have no output on the page.
func outputOf(t *testing.T, command string) string {
	t.Helper()
	words := splitCommand(command)
	var out bytes.Buffer
	for _, c := range quotaCommands(&out) {
		if c.Name() != words[0] {
			continue
		}
		if err := c.ParseFlags(words[1:]); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		if err := c.ValidateArgs(c.Flags().Args()); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		if !strings.Contains(command, "access.log") && !strings.Contains(command, "draft.Caddyfile") {
			return ""
		}
		c.SetArgs(words[1:])
		if err := c.Execute(); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		return out.String()
	}
	t.Errorf("there is no command %q", words[0])
	return ""
}

// splitCommand splits at blanks outside of double quotes.
func splitCommand(s string) (words []string) {
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// recording is an access log: a client that asks once a second, and one that
// asks a hundred times a second.
func recording() []byte {
	var log bytes.Buffer
	from := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	line := func(at time.Duration, client string) {
		fmt.Fprintf(&log, `{"ts":%.3f,"duration":0,"bytes_read":900,"size":1200,"request":{"client_ip":"192.0.2.7"},"soapgate_verdict":"passed",`+
			`"soapgate_client":%q,"soapgate_service":"DeviceMeteringService","soapgate_operation":"getState"}`+"\n",
			float64(from.Add(at).UnixMilli())/1000, client)
	}
	for i := range 300 {
		if i%100 == 0 {
			for k := range 20 {
				line(time.Duration(i/100)*20*time.Second+time.Duration(k)*time.Second, "example")
			}
		}
		line(time.Minute+time.Duration(i)*10*time.Millisecond, "noisy")
	}
	return log.Bytes()
}
