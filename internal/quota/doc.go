// Package quota decides how much a caller may ask of the system.
//
// A rule is data: a kind (a rate with a burst, a limit per calendar window,
// bytes per window, requests at once, a minimum interval with back-off), the
// parts of a request that make its key, and a mode. Rules run in three passes
// over a request, each rule at the first pass at which every part of its key
// is proved, so that nobody is charged for what another claims in his name.
// In one pass all rules are checked, and only if none refuses are all of them
// charged, atomically.
//
// The decision itself is a pure function of a tiny state (a theoretical
// arrival time as in GCRA, ITU-T I.371 A.1; or a window and a count), the
// limits and the moment. Limits are arguments and never part of the state: a
// changed limit holds from the next request on and forgets nothing. States
// live in a store: Memory for one node, Redis for several.
//
// The package does not know who the caller is (package client), reads no
// message and writes no fault: it returns results, and rejections made of them.
package quota
