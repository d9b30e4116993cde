package wsdl

import (
	"encoding/xml"
	"net/url"
	"strings"
)

// services reads the ports of a document with all they refer to.
func (r *reader) services(d *document) {
	for n := range d.t.Elements(d.t.Root()) {
		s := place{d, n}
		if !d.t.Is(n, Namespace, "service") {
			continue
		}
		for _, p := range s.children(Namespace, "port") {
			r.port(s, p)
		}
	}
}

func (r *reader) port(service, p place) {
	soap := NamespaceSOAP11
	address := p.child(soap, "address")
	if !address.exists() {
		soap = NamespaceSOAP12
		address = p.child(soap, "address")
	}
	if !address.exists() {
		return // a port of another protocol
	}
	location := address.attr("location")
	u, err := url.Parse(location)
	if err != nil || u.Path == "" {
		r.fail(address, "WSDL 3.8", "address %q has no path to serve", location)
		return
	}
	binding := r.lookup(p, "binding", "binding")
	if !binding.exists() {
		return
	}
	portType := r.lookup(binding, "type", "portType")
	if !portType.exists() || !r.documentStyle(binding, soap) {
		return
	}
	port := &Port{
		File: p.file, Service: service.attr("name"), Name: p.attr("name"),
		PortType: portType.attr("name"), Doc: service.doc(), Address: location,
		Path: trimSlash(u.Path), SOAP12: soap == NamespaceSOAP12,
	}
	r.set.Ports = append(r.set.Ports, port)
	for _, o := range binding.children(Namespace, "operation") {
		r.operation(port, o, portType, soap)
	}
	r.lintPort(port, binding, portType)
}

// trimSlash makes the path of an address and of a request comparable: some
// descriptions end theirs with a slash.
func trimSlash(p string) string {
	if t := strings.TrimRight(p, "/"); t != "" {
		return t
	}
	return "/"
}

// documentStyle accepts the one kind of binding whose messages a schema
// describes as they are.
func (r *reader) documentStyle(binding place, soap string) bool {
	b := binding.child(soap, "binding")
	if !b.exists() {
		r.fail(binding, "WSDL 3.3", "the binding is not of the port's SOAP version")
		return false
	}
	if t := b.attr("transport"); t != transportHTTP {
		r.fail(b, "R2702", "transport %q is not HTTP", t)
		return false
	}
	return r.isDocument(b)
}

func (r *reader) isDocument(p place) bool {
	if s := p.attr("style"); s != "" && s != "document" {
		r.fail(p, "R2705", "style %q is not supported, only document", s)
		return false
	}
	return true
}

// operation reads one operation of a binding together with its abstract part.
func (r *reader) operation(port *Port, bound, portType place, soap string) {
	name := bound.attr("name")
	var abstract place
	for _, o := range portType.children(Namespace, "operation") {
		if o.attr("name") == name {
			abstract = o
		}
	}
	if !abstract.exists() {
		r.fail(bound, "R2718", "portType %q has no operation %q", port.PortType, name)
		return
	}
	op := &Operation{Port: port, Name: name, Doc: abstract.doc()}
	if op.Doc == "" {
		op.Doc = bound.doc()
	}
	if so := bound.child(soap, "operation"); so.exists() {
		if !r.isDocument(so) {
			return
		}
		op.Action = so.attr("soapAction")
	}
	if !abstract.child(Namespace, "input").exists() {
		r.fail(abstract, "R2303", "operation %q has no input", name)
		return
	}
	op.Headers, op.Input = r.message(bound, abstract, "input", soap)
	op.OneWay = !abstract.child(Namespace, "output").exists()
	if !op.OneWay {
		op.OutputHeaders, op.Output = r.message(bound, abstract, "output", soap)
	}
	op.Faults = r.faults(bound, abstract, soap)
	if op.Input.Local == "" {
		r.warn(bound, "R2204", "operation %q has no body element and cannot be called through the gate", name)
		return
	}
	port.Operations = append(port.Operations, op)
}

// message reads the elements of one direction: the header blocks and the one
// child of the Body.
func (r *reader) message(bound, abstract place, direction, soap string) (headers []xml.Name, body xml.Name) {
	b := bound.child(Namespace, direction)
	if !b.exists() {
		r.fail(bound, "WSDL 2.5", "the binding does not describe the %s", direction)
		return nil, body
	}
	for _, h := range b.children(soap, "header") {
		if !r.isLiteral(h) {
			continue
		}
		if m := r.lookup(h, "message", "message"); m.exists() {
			if e, ok := r.part(h, m, h.attr("part")); ok {
				headers = append(headers, e)
			}
		}
	}
	sb := b.child(soap, "body")
	if !sb.exists() {
		r.fail(b, "WSDL 3.5", "the %s has no soap:body", direction)
		return headers, body
	}
	m := r.lookup(abstract.child(Namespace, direction), "message", "message")
	if !m.exists() || !r.isLiteral(sb) {
		return headers, body
	}
	return headers, r.body(sb, m)
}

// body returns the element of the one part that makes up the Body.
func (r *reader) body(sb, m place) xml.Name {
	parts := strings.Fields(sb.attr("parts"))
	if !sb.has("parts") {
		for _, p := range m.children(Namespace, "part") {
			parts = append(parts, p.attr("name"))
		}
	}
	switch len(parts) {
	case 0:
		return xml.Name{}
	case 1:
		e, _ := r.part(sb, m, parts[0])
		return e
	}
	r.fail(sb, "R2210", "message %q has %d parts for one body", m.attr("name"), len(parts))
	return xml.Name{}
}

func (r *reader) isLiteral(p place) bool {
	if u := p.attr("use"); u != "literal" && u != "" {
		r.fail(p, "R2706", "use %q is not supported, only literal", u)
		return false
	}
	return true
}

// part returns the element that a message's part stands for.
func (r *reader) part(from, message place, name string) (xml.Name, bool) {
	for _, p := range message.children(Namespace, "part") {
		if p.attr("name") != name {
			continue
		}
		e, ok := p.qname("element")
		if !ok {
			r.fail(p, "R2204", "part %q does not refer to an element", name)
		}
		return e, ok
	}
	r.fail(from, "WSDL 2.3", "message %q has no part %q", message.attr("name"), name)
	return xml.Name{}, false
}

func (r *reader) faults(bound, abstract place, soap string) (list []xml.Name) {
	declared := make(map[string]place)
	for _, f := range abstract.children(Namespace, "fault") {
		declared[f.attr("name")] = f
	}
	for _, f := range bound.children(Namespace, "fault") {
		name := f.attr("name")
		a, ok := declared[name]
		if !ok {
			r.fail(f, "WSDL 2.5", "the portType has no fault %q", name)
			continue
		}
		if sf := f.child(soap, "fault"); sf.exists() && !r.isLiteral(sf) {
			continue
		}
		m := r.lookup(a, "message", "message")
		if !m.exists() {
			continue
		}
		parts := m.children(Namespace, "part")
		if len(parts) != 1 {
			r.fail(m, "WSDL 3.6", "a fault's message has one part, %q has %d", m.attr("name"), len(parts))
			continue
		}
		if e, ok := r.part(f, m, parts[0].attr("name")); ok {
			list = append(list, e)
		}
	}
	return list
}
