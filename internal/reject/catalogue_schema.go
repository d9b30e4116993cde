package reject

var schemaCodes = []Entry{}
