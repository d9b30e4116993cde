package reject

var quotaCodes = []Entry{}
