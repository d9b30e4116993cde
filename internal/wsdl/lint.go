package wsdl

import "encoding/xml"

// lintPort warns of what BP 1.1 forbids in a binding though a message can be
// told apart all the same.
func (r *reader) lintPort(port *Port, binding, portType place) {
	bound := make(map[string]bool)
	for _, o := range binding.children(Namespace, "operation") {
		name := o.attr("name")
		if bound[name] {
			r.fail(o, "R2304", "operation %q is bound twice", name)
		}
		bound[name] = true
	}
	abstract := make(map[string]bool)
	for _, o := range portType.children(Namespace, "operation") {
		name := o.attr("name")
		if abstract[name] {
			r.warn(o, "R2304", "operation %q is defined twice", name)
		}
		abstract[name] = true
		if !bound[name] {
			r.warn(o, "R2718", "operation %q is not bound", name)
		}
	}
	signatures := make(map[xml.Name]string)
	for _, o := range port.Operations {
		if other, taken := signatures[o.Input]; taken {
			r.warn(binding, "R2710", "operations %q and %q have the same element %s", other, o.Name, clark(o.Input))
		}
		signatures[o.Input] = o.Name
		if o.Action == "" {
			r.warn(binding, "R2745", "operation %q has no soapAction", o.Name)
		}
	}
}
