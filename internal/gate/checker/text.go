package checker

import (
	"fmt"
	"io"
	"strings"

	"github.com/soapgate/soapgate/internal/reject"
)

// A writer keeps the first error.
type writer struct {
	w    io.Writer
	lang string
	err  error
}

func (w *writer) line(indent int, format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.w, strings.Repeat("  ", indent)+format+"\n", args...)
	}
}

// field writes a named value of the message; what a message holds is made one
// line, so that it cannot pass for lines of ours.
func (w *writer) field(indent int, ru, en, value string) {
	if value != "" {
		w.line(indent, "%s: %s", reject.Text{RU: ru, EN: en}.In(w.lang), reject.Shorten(value, maxCause))
	}
}

// WriteText writes a result for people, in "ru" or "en".
func (r *Result) WriteText(out io.Writer, lang string) error {
	w := &writer{w: out, lang: lang}
	verdict := reject.Text{RU: "принято", EN: "good"}
	if r.Refused {
		verdict = reject.Text{RU: "отклонено", EN: "refused"}
	}
	w.line(0, "%s: %s", reject.Shorten(r.Name, maxCause), verdict.In(lang))
	w.field(1, "сервис", "service", r.Service)
	if r.Guessed {
		w.line(1, "%s", reject.Text{
			RU: "такой же запрос есть у других сервисов; укажите --path, если это не тот",
			EN: "other services have the same request; give --path if this is the wrong one",
		}.In(lang))
	}
	w.field(1, "операция", "operation", r.Operation)
	w.field(1, "версия формата", "release", r.Release)
	w.field(1, "MessageGUID", "MessageGUID", r.MessageID)
	if len(r.Releases) > 1 {
		for _, rel := range r.Releases {
			w.release(&rel)
		}
	}
	for _, s := range r.Signatures {
		w.signature(&s)
	}
	for _, s := range r.Stages {
		w.stage(&s)
	}
	return w.err
}

var states = map[string]reject.Text{
	"announced": {RU: "объявлена", EN: "announced"},
	"in force":  {RU: "действует", EN: "in force"},
	"retired":   {RU: "отменена", EN: "retired"},
}

// release writes how the message stands to one release of several.
func (w *writer) release(r *Release) {
	days := states[r.State].In(w.lang)
	for _, d := range []struct{ ru, en, day string }{{"с", "from", r.From}, {"до", "until", r.Until}} {
		if d.day != "" {
			days += " " + reject.Text{RU: d.ru, EN: d.en}.In(w.lang) + " " + d.day
		}
	}
	verdict := reject.Text{RU: "сообщение ей следует", EN: "the message follows it"}
	if !r.Follows {
		verdict = reject.Text{RU: "сообщение ей не следует: " + r.Code, EN: "the message does not follow it: " + r.Code}
	}
	w.line(2, "%s (%s): %s", reject.Shorten(r.Name, maxCause), days, verdict.In(w.lang))
}

func (w *writer) signature(s *Signature) {
	w.line(1, "%s", reject.Text{RU: "подпись верна", EN: "the signature holds"}.In(w.lang))
	w.field(2, "подписал", "signer", s.Signer)
	w.field(2, "сертификат выдал", "issued by", s.Issuer)
	w.field(2, "сертификат действует до", "certificate ends", s.Until)
	w.field(2, "отпечаток SHA-256", "SHA-256", s.Fingerprint)
	w.field(2, "время подписи", "signing time", s.SigningTime)
	w.field(2, "алгоритм", "algorithm", algorithm(s.Algorithm))
	for _, d := range s.Digests {
		w.field(2, "хэш", "digest", algorithm(d))
	}
	for _, path := range s.Covers {
		w.field(2, "подписано", "covers", path)
	}
}

var outcomes = map[string]reject.Text{
	"passed":  {RU: "да  ", EN: "ok  "},
	"refused": {RU: "НЕТ ", EN: "FAIL"},
	"skipped": {RU: "-   ", EN: "-   "},
}

func (w *writer) stage(s *Stage) {
	why := ""
	if s.Why != nil {
		why = s.Why.In(w.lang)
	}
	w.line(1, "%s", strings.TrimRight(fmt.Sprintf("%s %-12s%s", outcomes[s.Outcome].In(w.lang), s.Stage, why), " "))
	if s.Refusal == nil {
		return
	}
	f := s.Refusal
	code := f.Code
	if f.System != "" {
		code += " (" + f.System + ")"
	}
	w.line(3, "%s: %s", code, f.Text.In(w.lang))
	w.place(3, f.Line, f.Column, f.Path)
	w.field(3, "причина", "cause", f.Cause)
	for _, v := range f.Findings {
		w.finding(&v)
	}
	w.field(3, "что делать", "what to do", f.Advice.In(w.lang))
}

func (w *writer) place(indent, line, column int, path string) {
	if line > 0 {
		w.line(indent, "%d:%d  %s", line, column, reject.Shorten(path, maxCause))
	} else {
		w.field(indent, "место", "at", path)
	}
}

func (w *writer) finding(f *Finding) {
	text := f.Text.In(w.lang)
	if text == "" {
		text = f.Xerces
	}
	w.line(3, "* %s", reject.Shorten(strings.TrimSpace(f.Rule+" "+text), 2*maxCause))
	w.place(4, f.Line, f.Column, f.Path)
	w.field(4, "найдено", "found", f.Found)
	w.field(4, "ожидалось", "expected", f.Expected)
}
