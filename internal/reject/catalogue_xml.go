package reject

var xmlCodes = []Entry{}
