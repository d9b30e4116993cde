// Package fetch keeps revocation lists and trust lists fresh: it fetches them
// over HTTP ahead of their time, keeps the last good copy in storage and starts
// from there.
//
// It decides when to fetch, from which mirror, and what it costs at most: time,
// size, redirects, and which addresses may be contacted. Whether a document is
// any good is for the Take function of its Source to decide; what is not taken
// never replaces what was. Nothing here is on the way of a request.
package fetch
