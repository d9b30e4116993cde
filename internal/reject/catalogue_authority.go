package reject

var authorityCodes = []Entry{}
