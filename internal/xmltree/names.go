package xmltree

// A nameTable holds the names of a tree. It outlives the document in the pool,
// so that the names of the next message, nearly always the same, cost nothing.
type nameTable struct {
	list []Name
}
