//go:build unix

// Command schema measures the validator and is driven by bench/schema/run.
//
//	schema generate FORMATS DIR           write the messages, and the schema all.xsd over the bundle
//	schema TASK MILLISECONDS FILE FORMATS repeat a task, print its nanoseconds of processor time
//	schema kept FORMATS                   print the bytes a compiled bundle keeps
//	schema table < SAMPLES                lines "task file bytes tool ns" to tables
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/soapgate/soapgate/bench/xml/message"
	"github.com/soapgate/soapgate/internal/schema"
	"github.com/soapgate/soapgate/internal/xmltree"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("schema: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "generate":
		return generate(args[1], args[2])
	case len(args) == 2 && args[0] == "kept":
		return kept(args[1])
	case len(args) == 1 && args[0] == "table":
		return table(os.Stdin, os.Stdout)
	case len(args) == 4 && tasks[args[0]] != nil:
		return measure(tasks[args[0]], args[1], args[2], args[3])
	}
	return errors.New("usage: schema generate FORMATS DIR | schema TASK MILLISECONDS FILE FORMATS | schema kept FORMATS | schema table < SAMPLES")
}

const soap = "http://schemas.xmlsoap.org/soap/envelope/"

// generate writes the requests alone, with the envelope's namespaces: libxml2
// validates documents.
func generate(formats, dir string) error {
	for name, src := range map[string][]byte{
		"1-5KB":            message.History(2),
		"2-20KB":           message.Values(20_000),
		"3-20KB-formatted": message.Indent(message.Values(16_500)),
		"4-200KB":          message.Values(200_000),
		"5-1MB":            message.Values(1_000_000),
		"6-10MB":           message.Values(10_000_000),
	} {
		request, err := payload(src)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".xml"), request, 0o644); err != nil {
			return err
		}
	}
	return writeWrapper(formats, filepath.Join(dir, "all.xsd"))
}

func payload(src []byte) ([]byte, error) {
	t, err := xmltree.Parse(src, xmltree.Options{})
	if err != nil {
		return nil, err
	}
	defer t.Release()
	n := t.FirstElement(t.Child(t.Root(), soap, "Body"))
	var decls strings.Builder
	for d := range t.Decls(t.Root()) {
		fmt.Fprintf(&decls, " xmlns:%s=%q", d.Prefix, d.Space)
	}
	name := len("<" + t.Name(n).String())
	request := src[t.Offset(n):t.EndOffset(n)]
	return slices.Concat(request[:name], []byte(decls.String()), request[name:]), nil
}

// writeWrapper writes a schema that imports every service's, so that libxml2
// compiles the bundle at once, too.
func writeWrapper(formats, name string) error {
	docs, err := documents(formats)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<xs:schema xmlns:xs=%q targetNamespace=\"urn:all\">\n", schema.NamespaceXSD)
	for _, d := range docs {
		if strings.HasPrefix(d.Path, "lib/") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(formats, d.Path))
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(string(src), `targetNamespace="`)
		space, _, _ := strings.Cut(rest, `"`)
		fmt.Fprintf(&b, "<xs:import namespace=%q schemaLocation=%q/>\n", space, filepath.Join(formats, d.Path))
	}
	b.WriteString("</xs:schema>\n")
	return os.WriteFile(name, []byte(b.String()), 0o644)
}

func documents(formats string) (docs []schema.Document, err error) {
	err = fs.WalkDir(os.DirFS(formats), ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".xsd") {
			docs = append(docs, schema.Document{Path: name})
		}
		return err
	})
	return docs, err
}

func compile(formats string) (*schema.Set, error) {
	docs, err := documents(formats)
	if err != nil {
		return nil, err
	}
	return schema.Compile(os.DirFS(formats), docs, schema.Options{})
}

// A task makes what is measured of a file and the formats' folder.
var tasks = map[string]func(src []byte, formats string) (func() error, error){
	"validate": func(src []byte, formats string) (func() error, error) {
		set, err := compile(formats)
		if err != nil {
			return nil, err
		}
		t, err := xmltree.Parse(src, xmltree.Options{})
		if err != nil {
			return nil, err
		}
		return func() error { return valid(set, t) }, nil
	},
	"read": func(src []byte, formats string) (func() error, error) {
		set, err := compile(formats)
		return func() error {
			t, err := xmltree.Parse(src, xmltree.Options{})
			if err != nil {
				return err
			}
			defer t.Release()
			return valid(set, t)
		}, err
	},
	"compile": func(_ []byte, formats string) (func() error, error) {
		return func() error {
			_, err := compile(formats)
			return err
		}, nil
	},
}

func valid(set *schema.Set, t *xmltree.Tree) error {
	if found := set.Validate(t, t.Root(), schema.ValidateOptions{}); found != nil {
		return errors.New(found[0].Xerces)
	}
	return nil
}

func measure(task func([]byte, string) (func() error, error), milliseconds, path, formats string) error {
	ms, err := strconv.Atoi(milliseconds)
	if err != nil {
		return err
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	do, err := task(src, formats)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	runtime.GC()
	start, n := processorTime(), 0
	for processorTime()-start < time.Duration(ms)*time.Millisecond {
		if err := do(); err != nil {
			return err
		}
		n++
	}
	fmt.Println((processorTime() - start).Nanoseconds() / int64(n))
	return nil
}

// processorTime is what the process has used, the collector's work included.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// kept prints what the heap holds more with a compiled bundle than without.
func kept(formats string) error {
	set, err := compile(formats)
	if err != nil {
		return err
	}
	with := heap()
	runtime.KeepAlive(set)
	set = nil
	fmt.Println(with - heap())
	return nil
}

func heap() uint64 {
	var m runtime.MemStats
	for range 3 { // pools give up their memory at the second collection
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

var titles = []struct{ task, title, unit string }{
	{"validate", "Validating a parsed message", "MB/s"},
	{"read", "Parsing and validating", "MB/s"},
	{"compile", "Compiling the bundle", "ms"},
}

// table prints, for each task, the medians of both tools and their ratio.
func table(in io.Reader, out io.Writer) error {
	size := map[string]float64{}
	samples := map[[3]string][]float64{}
	for s := bufio.NewScanner(in); s.Scan(); {
		var task, file, tool string
		var bytes, ns float64
		if _, err := fmt.Sscan(s.Text(), &task, &file, &bytes, &tool, &ns); err != nil {
			return fmt.Errorf("sample %q: %w", s.Text(), err)
		}
		size[file] = bytes
		key := [3]string{task, file, tool}
		samples[key] = append(samples[key], ns)
	}
	files := make([]string, 0, len(size))
	for file := range size {
		files = append(files, file)
	}
	slices.Sort(files)
	for _, t := range titles {
		fmt.Fprintf(out, "## %s\n\n| what | bytes | rounds | soapgate, %s | libxml2, %[2]s | ratio |\n|---|---|---|---|---|---|\n", t.title, t.unit)
		for _, file := range files {
			ours, theirs := samples[[3]string{t.task, file, "soapgate"}], samples[[3]string{t.task, file, "libxml2"}]
			if len(ours) == 0 {
				continue
			}
			a, b := median(ours), median(theirs)
			x, y := size[file]/a*1e3, size[file]/b*1e3
			if t.unit == "ms" {
				x, y = a/1e6, b/1e6
			}
			fmt.Fprintf(out, "| %s | %.0f | %d | %.0f | %.0f | %.2f |\n", file[2:], size[file], len(ours), x, y, b/a)
		}
		fmt.Fprintln(out)
	}
	return nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}
