package reject

var signatureCodes = []Entry{}
