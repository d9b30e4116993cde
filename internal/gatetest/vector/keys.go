package vector

// Keys are the header keys that a vector may have, with their meaning. An area
// that needs another adds a row here and to testdata/README.md.
var Keys = map[string]string{
	"expect":       "accept or reject",
	"stage":        "the refusing stage; of an accepted message the stage that accepts it, if the vector is about that stage alone",
	"code":         "the rejection code",
	"comment":      "what the vector is about, and its source",
	"row":          "the number of the attack class it belongs to",
	"line":         "the line that the rejection names",
	"column":       "the column that the rejection names",
	"path":         "the path of the request or, if it is refused, of the element at fault",
	"rule":         "the rule that the first finding names",
	"memory":       "the most bytes that judging the message may allocate",
	"charset":      "the charset parameter of the media type",
	"content-type": "the media type of the request",
	"action":       "the SOAPAction header, with its quotes",
	"method":       "the HTTP method; POST if absent",
	"status":       "the HTTP status of the backend's answer, which the message then is",
	"settings":     "settings of the site other than the profile's, by name: attachments",
	"http":         "the HTTP version",
	"tls":          "the TLS version",
	"client":       "the client that sends the message",
	"profile":      "the profile of the site; hcs if absent",
	"release":      "the format release to validate with",
	"time":         "the moment of judging, RFC 3339",
	"limits":       "limits of the reader other than the defaults, as name=value",
	"sign":         "the layout and the key that the message is signed with, then options; see below",
	"suites":       "the algorithm suites accepted; gost2012 gost2001 rsa ecdsa if absent",
}
