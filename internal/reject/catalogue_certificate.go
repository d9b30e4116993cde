package reject

var certificateCodes = []Entry{}
