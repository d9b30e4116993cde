// Command xml measures the reader and is driven by bench/xml/run.
//
//	xml generate DIR                      write the messages
//	xml TASK MILLISECONDS FILE            repeat a task, print its nanoseconds of processor time
//	xml table < SAMPLES                   lines "file bytes tool ns" to a table
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/xmltree"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("xml: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "generate":
		return generate(args[1])
	case len(args) == 1 && args[0] == "table":
		return table(os.Stdin, os.Stdout)
	case len(args) == 3 && tasks[args[0]] != nil:
		return measure(tasks[args[0]], args[1], args[2])
	}
	return fmt.Errorf("usage: xml generate DIR | xml TASK MILLISECONDS FILE | xml table < SAMPLES")
}

// generate writes the messages under names that sort by size.
func generate(dir string) error {
	for name, bytes := range map[string][]byte{
		"1-5KB":            message.History(2),
		"2-20KB":           message.Values(20_000),
		"3-20KB-formatted": message.Indent(message.Values(16_500)),
		"4-200KB":          message.Values(200_000),
		"5-1MB":            message.Values(1_000_000),
		"6-10MB":           message.Values(10_000_000),
	} {
		if err := os.WriteFile(filepath.Join(dir, name+".xml"), bytes, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// A task is what is measured; it is done once before the clock starts.
var tasks = map[string]func(src []byte) error{
	"parse": func(src []byte) error {
		tree, err := xmltree.Parse(src, xmltree.Options{})
		if err == nil {
			tree.Release()
		}
		return err
	},
}

// batch is how often a task is repeated between two looks at the clock, here
// and in libxml2/peer.c.
const batch = 10

func measure(task func([]byte) error, milliseconds, path string) error {
	ms, err := strconv.Atoi(milliseconds)
	if err != nil {
		return err
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := task(src); err != nil {
		return err
	}
	start, n := processorTime(), 0
	for processorTime()-start < time.Duration(ms)*time.Millisecond {
		for range batch {
			if err := task(src); err != nil {
				return err
			}
		}
		n += batch
	}
	fmt.Println((processorTime() - start).Nanoseconds() / int64(n))
	return nil
}

// processorTime is what the process has used, the collector's work included.
// Unlike wall time it does not depend on what else the machine does.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// table prints the medians of both tools and their ratio, a row a file.
func table(in io.Reader, out io.Writer) error {
	size := map[string]float64{}
	samples := map[[2]string][]float64{}
	for s := bufio.NewScanner(in); s.Scan(); {
		var file, tool string
		var bytes, ns float64
		if _, err := fmt.Sscan(s.Text(), &file, &bytes, &tool, &ns); err != nil {
			return fmt.Errorf("sample %q: %w", s.Text(), err)
		}
		size[file] = bytes
		samples[[2]string{file, tool}] = append(samples[[2]string{file, tool}], ns)
	}
	fmt.Fprintln(out, "| message | bytes | rounds | soapgate, MB/s | ns/byte | libxml2, MB/s | ratio |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	files := make([]string, 0, len(size))
	for file := range size {
		files = append(files, file)
	}
	slices.Sort(files)
	for _, file := range files {
		ours, theirs := median(samples[[2]string{file, "soapgate"}]), median(samples[[2]string{file, "libxml2"}])
		fmt.Fprintf(out, "| %s | %.0f | %d | %.0f | %.2f | %.0f | %.1f |\n", file[2:], size[file],
			len(samples[[2]string{file, "soapgate"}]), size[file]/ours*1e3, ours/size[file], size[file]/theirs*1e3, theirs/ours)
	}
	return nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}
