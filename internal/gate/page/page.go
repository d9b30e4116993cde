// Package page makes what the gate shows the makers of clients: the published
// releases with their services, days and differences, the limits in force, the
// catalogue of faults, and samples. All of it is there as HTML in two
// languages and as JSON.
//
// It reads what is configured and decides nothing. It knows HTTP only so far
// as a page has a media type; who may see it is for the server to say.
package page
