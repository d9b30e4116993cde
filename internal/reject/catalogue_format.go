package reject

var formatCodes = []Entry{}
