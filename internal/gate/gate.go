// Package gate is a request's way through soapgate: the stages in their fixed
// order, from what the connection shows to what the signature proves. A
// Request goes in, a Report comes out; a refused request's Report says why,
// and Fault turns that into the answer.
//
// The gate composes the engines; it decides nothing that one of them can
// decide. What outlives a request lives in the stores and snapshots that the
// configuration hands in; of its own the gate has nothing but a cache of the
// signers whose certificates were found good.
package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/time/rate"

	"github.com/soapgate/soapgate/internal/reject"
)

// A Gate checks requests by one configuration. It is safe for concurrent use.
type Gate struct {
	c       Config
	signers signers
	doctor  *rate.Limiter // how often refused signatures are looked into
}

// diagnoses is how many refused signatures are looked into in a second, of
// all clients together.
const diagnoses = 2

// New returns a gate, or all errors of its configuration joined.
func New(c Config) (*Gate, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	g := &Gate{c: c, doctor: rate.NewLimiter(diagnoses, diagnoses)}
	for _, cert := range c.Signers {
		s, err := readSigner(cert.Raw)
		if err != nil {
			return nil, fmt.Errorf("reading the certificate of %s: %w", cert.Subject, err)
		}
		g.signers.add(s)
	}
	return g, nil
}

// way is the order of the stages. Cheap checks come first, and a limit is
// charged to an identity only where that identity is proved: hence the passes
// of the quota stage. A message is remembered against repetition last of all:
// one that was refused has not been delivered and may come again.
var way = []struct {
	stage reject.Stage
	run   func(*passage) error
}{
	{reject.Transport, (*passage).transport},
	{reject.Client, (*passage).identify},
	{reject.Quota, (*passage).quotaOfConnection},
	{reject.HTTP, (*passage).http},
	{reject.XML, (*passage).xml},
	{reject.SOAP, (*passage).soap},
	{reject.Format, (*passage).format},
	{reject.Quota, (*passage).quotaOfMessage},
	{reject.Schema, (*passage).schema},
	{reject.Signature, (*passage).signature},
	{reject.Certificate, (*passage).certificate},
	{reject.Authority, (*passage).authority},
	{reject.Quota, (*passage).quotaOfSigner},
	{reject.Authority, (*passage).remember},
}

// ofConnection is how many stages of the way need the connection only.
const ofConnection = 3

// Check leads a request through the stages. The caller calls Report.Release
// when the answer has been written.
func (g *Gate) Check(ctx context.Context, req *Request) *Report {
	p := &passage{g: g, c: &g.c, ctx: ctx, req: req, rep: new(Report), now: g.c.Now()}
	p.rep.passage = p
	p.rep.Verdicts = p.rep.verdicts[:0]
	p.rep.Message.RequestID = req.ID
	stages := way
	if p.c.Stream {
		stages = way[:ofConnection]
	}
	start := p.now
	for _, s := range stages {
		if p.c.Modes[s.stage] == Off || p.undescribed(s.stage) {
			continue
		}
		err := p.run(s.run)
		end := g.c.Now()
		if p.record(s.stage, end.Sub(start), err); p.rep.Answer != nil || p.rep.Rejection != nil && !p.goesOn() {
			break
		}
		start = end
	}
	return p.rep
}

// run runs a stage. A panic is a bug of ours; it refuses this one request and
// leaves what the request holds to be given back.
func (p *passage) run(stage func(*passage) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return stage(p)
}

// errStop is joined to a rejection that no mode lets pass: there is nothing
// that the stages behind could look at.
var errStop = errors.New("the way ends here")

// goesOn reports whether a message that is at rest is looked at further, though
// it has been refused: once its envelope has been read there is more to find.
func (p *passage) goesOn() bool { return p.c.AtRest && p.whole }

// undescribed reports whether a stage holds messages to what describes them,
// and nothing describes this one: at rest it is looked at all the same.
func (p *passage) undescribed(stage reject.Stage) bool {
	return p.c.AtRest && p.whole && len(p.candidates) == 0 && (stage == reject.Format || stage == reject.Schema)
}

// Undescribed reports whether a stage was left out because no release describes
// the message, which is at rest.
func (r *Report) Undescribed(stage reject.Stage) bool { return r.passage.undescribed(stage) }

// record notes a stage's verdict. An error that is no rejection is a fault of
// ours: it refuses whatever the mode, for what was not checked must not pass.
func (p *passage) record(stage reject.Stage, took time.Duration, err error) {
	v := Verdict{Stage: stage, Outcome: Passed, Duration: took}
	if err != nil {
		r, known := errors.AsType[*reject.Rejection](err)
		if !known {
			r = reject.New(reject.ForwardInternal).Because(err)
		}
		v.Rejection, v.Outcome = r, Refused
		if known && p.c.Modes[stage] == Observe && !errors.Is(err, errStop) {
			v.Outcome = Observed
		} else if p.rep.Rejection == nil {
			p.rep.Rejection = r
		}
	}
	p.rep.Verdicts = append(p.rep.Verdicts, v)
}
