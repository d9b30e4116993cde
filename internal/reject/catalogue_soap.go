package reject

var soapCodes = []Entry{}
