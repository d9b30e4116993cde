package gatetest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/soapgate/soapgate/internal/reject"
	"github.com/soapgate/soapgate/internal/xmlsig"
	"github.com/soapgate/soapgate/internal/xmlsig/sign"
)

// A Scenario is one thing a client does and what the gate must make of it.
type Scenario struct {
	Name reject.Text
	// Want is the code of the refusal; "" means that the system behind the
	// gate must have answered.
	Want reject.Code
	Run  func(*Session) (*Reply, error)
}

// Check runs a scenario and says what differs from what is expected.
func (sc *Scenario) Check(s *Session) (*Reply, error) {
	before := s.Backend.Count()
	reply, err := sc.Run(s)
	if err != nil {
		return reply, err
	}
	forwarded := s.Backend.Count() > before
	switch {
	case reply.Code != string(sc.Want):
		return reply, fmt.Errorf("got code %q (HTTP %d), want %q: %.300s", reply.Code, reply.Status, sc.Want, reply.Body)
	case sc.Want == "" && reply.Status != http.StatusOK:
		return reply, fmt.Errorf("got HTTP %d, want 200: %.300s", reply.Status, reply.Body)
	case sc.Want == "" && !forwarded:
		return reply, errors.New("the answer did not come from behind the gate")
	}
	return reply, nil
}

// Scenarios are walked through in this order: some leave traces, such as used
// quotas, that later ones do not touch.
var Scenarios = []Scenario{
	{t("принято: подпись ГОСТ 2012-256", "accepted: GOST 2012-256 signature"), "", signedBy("gost256")},
	{t("принято: подпись ГОСТ 2012-512", "accepted: GOST 2012-512 signature"), "", signedBy("gost512")},
	{t("принято: подпись ГОСТ 2001", "accepted: GOST 2001 signature"), "", signedBy("gost2001")},
	{t("принято: подпись RSA", "accepted: RSA signature"), "", signedBy("rsa")},
	{t("принято: подпись ECDSA", "accepted: ECDSA signature"), "", signedBy("ecdsa")},
	{t("принято: запрос справочника", "accepted: a directory is asked for"), "", directory},
	{t("принято: байты дошли неизменными", "accepted: the bytes arrive untouched"), "", untouched},
	{t("принято: getState без подписи", "accepted: getState, unsigned"), "", getState},
	{t("принято: TLS 1.2, о котором сообщило оконечное устройство", "accepted: TLS 1.2 as reported by a terminator"), "", terminated("TLSv1.2")},
	{t("принято: тип данных .NET с обязательным заголовком Action", "accepted: .NET's mandatory Action header"), "", dotNetAction},

	{t("TLS 1.2, а площадка требует 1.3", "TLS 1.2 where the site asks for 1.3"), reject.TransportTLSVersion, tls12OnStrictSite},
	{t("TLS 1.0, о котором сообщило оконечное устройство", "TLS 1.0 as reported by a terminator"), reject.TransportTLSVersion, terminated("TLSv1")},
	{t("без TLS", "no TLS"), reject.TransportPlain, plain},
	{t("HTTP/1.0", "HTTP/1.0"), reject.TransportHTTPVersion, do(Call{HTTP10: true, System: "housing"})},
	{t("нет сертификата клиента", "no client certificate"), reject.ClientMissing, do(Call{System: "-"})},
	{t("неизвестная система", "unknown system"), reject.ClientUnknown, do(Call{System: "stranger"})},
	{t("доступ приостановлен", "suspended system"), reject.ClientSuspended, do(Call{System: "suspended"})},
	{t("темп: третий запрос за минуту", "rate: the third request in a minute"), reject.QuotaRate, repeated("paced", 3)},
	{t("суточный предел: четвёртый запрос", "daily limit: the fourth request"), reject.QuotaLimit, repeated("daily", 4)},
	{t("одновременность: второй запрос сразу", "concurrency: a second request at once"), reject.QuotaConcurrent, concurrent},
	{t("метод PUT", "method PUT"), reject.HTTPMethod, do(Call{System: "housing", Method: http.MethodPut})},
	{t("метод GET", "method GET"), reject.HTTPMethod, do(Call{System: "housing", Method: http.MethodGet})},
	{t("тип содержимого application/json", "media type application/json"), reject.HTTPMediaType, do(Call{System: "housing", Type: "application/json"})},
	{t("сообщение больше предела", "oversize message"), reject.HTTPTooLarge, oversize},
	{t("DTD", "DTD"), "xml.dtd", altered(`<soap:Envelope`, `<!DOCTYPE x SYSTEM "file:///etc/hostname"><soap:Envelope`)},
	{t("бомба сущностей", "entity bomb"), "xml.dtd", altered(`<soap:Envelope`, entityBomb+`<soap:Envelope`)},
	{t("бомба вложенности", "depth bomb"), "xml.limit.depth", altered(`<soap:Body>`, `<soap:Body>`+strings.Repeat("<a>", 1500))},
	{t("документ обрывается", "truncated document"), "xml.not_well_formed", altered(`</soap:Envelope>`, ``)},
	{t("два элемента в Body", "two Body children"), reject.SOAPR9981, altered(`</soap:Body>`, `<x xmlns="urn:x"/></soap:Body>`)},
	{t("SOAPAction другой операции", "SOAPAction of another operation"), reject.SOAPActionMismatch, lyingAction},
	{t("неизвестная операция", "unknown operation"), reject.SOAPOperationUnknown, unknownOperation},
	{t("нарушение схемы", "schema violation"), reject.SchemaInvalid, schemaViolation},
	{t("старая версия формата", "old format version"), reject.FormatRetired, oldVersion},
	{t("нет подписи", "no signature"), reject.SignatureMissing, altered("", "")},
	{t("изменён байт данных", "changed byte in the payload"), reject.SignatureDigest, tampered("69.0000000", "69.0000001")},
	{t("изменены SignedProperties", "changed SignedProperties"), reject.SignatureDigest, changedProperties},
	{t("обёртывание: подписанный запрос в заголовке", "wrapping: the signed request in a header"), reject.SignatureUnexpected, wrappedInHeader},
	{t("обёртывание: подписанный запрос в Object", "wrapping: the signed request in ds:Object"), reject.SignatureFormat, wrappedInObject},
	{t("слабый алгоритм: RSA с SHA-1", "weak algorithm: RSA with SHA-1"), reject.SignatureAlgorithm, weak},
	{t("сертификат истёк", "expired certificate"), reject.CertificateExpired, signedBy("expired")},
	{t("сертификат отозван", "revoked certificate"), reject.CertificateRevoked, signedBy("revoked")},
	{t("сертификат неизвестного УЦ", "certificate of an unknown CA"), reject.CertificateUnknownIssuer, signedBy("unknown-ca")},
	{t("список отзыва устарел", "stale revocation list"), reject.CertificateCRLStale, signedBy("stale-crl")},
	{t("подписал не тот", "signed by somebody else"), reject.AuthoritySignerMismatch, signedBy("other")},
	{t("сообщение недельной давности", "a message a week old"), reject.AuthorityDate, old},
	{t("повтор сообщения", "replayed message"), reject.AuthorityReplay, replayed},
	{t("система за шлюзом недоступна", "the system behind is down"), reject.ForwardUnreachable, backendDown},
	{t("после сбоя то же сообщение проходит", "after the failure the same message passes"), "", afterFailure},
}

func t(ru, en string) reject.Text { return reject.Text{RU: ru, EN: en} }

const entityBomb = `<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`

// sendReadings sends readings as the given system, signed and then changed; a
// nil change leaves them as they are.
func (s *Session) sendReadings(system, signer string, change func([]byte) ([]byte, error)) (*Reply, error) {
	m := s.World.Readings()
	body, err := s.World.Signed(m, signer)
	if err == nil && change != nil {
		body, err = change(body)
	}
	if err != nil {
		return nil, err
	}
	return s.Send(system, m, body)
}

// signedBy sends readings signed by the given signer.
func signedBy(signer string) func(*Session) (*Reply, error) {
	return func(s *Session) (*Reply, error) { return s.sendReadings("housing", signer, nil) }
}

func directory(s *Session) (*Reply, error) {
	m := s.World.Directory()
	body, err := s.World.Signed(m, "gost256")
	if err != nil {
		return nil, err
	}
	return s.Send("housing", m, body)
}

// untouched sends a message with line ends and references that a rewriter
// would change, and compares what arrives.
func untouched(s *Session) (*Reply, error) {
	m := s.World.Readings()
	envelope, err := replace(m.Envelope(), "<soap:Body>", "\r\n<!-- &amp; --><soap:Body >\r\n")
	if err != nil {
		return nil, err
	}
	body, err := s.World.Signers["gost256"].Sign(envelope, s.World.now())
	if err != nil {
		return nil, err
	}
	reply, err := s.Do(Call{System: "housing", Path: m.Path, Action: m.Action, Body: body, Header: http.Header{
		"Soapgate-Client": {"somebody-else"}, "X-Client-Cert-Fingerprint": {"00"},
	}})
	if err != nil || reply.Code != "" {
		return reply, err
	}
	got := s.Backend.Last()
	switch {
	case !bytes.Equal(got.Body, body):
		return reply, errors.New("the body was changed on its way")
	case got.Header.Get("Soapgate-Client") != "housing" || got.Header.Get("X-Client-Cert-Fingerprint") != "":
		return reply, fmt.Errorf("identity headers: %v", got.Header)
	}
	return reply, nil
}

func getState(s *Session) (*Reply, error) {
	ack, err := signedBy("gost256")(s)
	if err != nil {
		return nil, err
	}
	m := s.World.State(ack.Element("Ack", "MessageGUID"))
	reply, err := s.Send("housing", m, m.Envelope())
	if err == nil && reply.Element("RequestState") != "1" {
		return reply, fmt.Errorf("RequestState is %q, want 1", reply.Element("RequestState"))
	}
	return reply, err
}

// terminated sends what a TLS terminator on a trusted address would.
func terminated(version string) func(*Session) (*Reply, error) {
	return func(s *Session) (*Reply, error) {
		cert, err := os.ReadFile(s.World.Path("systems", "housing.pem"))
		if err != nil {
			return nil, err
		}
		m := s.World.Readings()
		body, err := s.World.Signed(m, "gost256")
		if err != nil {
			return nil, err
		}
		return s.Do(Call{Site: Terminated, Path: m.Path, Action: m.Action, Body: body, Header: http.Header{
			"X-Ssl-Protocol": {version}, "X-Ssl-Cipher": {"GOST2012-KUZNYECHIK-KUZNYECHIKOMAC"},
			"X-Ssl-Client-Verify": {"SUCCESS"}, "X-Ssl-Client-Escaped-Cert": {url.PathEscape(string(cert))},
		}})
	}
}

func dotNetAction(s *Session) (*Reply, error) {
	m := s.World.Readings()
	envelope, err := replace(m.Envelope(), "<soap:Header>", `<soap:Header><Action soap:mustUnderstand="1" `+
		`xmlns="http://schemas.microsoft.com/ws/2005/05/addressing/none">`+m.Action+`</Action>`)
	if err != nil {
		return nil, err
	}
	body, err := s.World.Signers["gost256"].Sign(envelope, s.World.now())
	if err != nil {
		return nil, err
	}
	return s.Send("housing", m, body)
}

func tls12OnStrictSite(s *Session) (*Reply, error) {
	return s.Do(Call{Site: Strict, System: "housing", MaxTLS: tls.VersionTLS12})
}

// plain comes to the site of the terminators without their word.
func plain(s *Session) (*Reply, error) { return s.Do(Call{Site: Terminated}) }

func do(c Call) func(*Session) (*Reply, error) {
	return func(s *Session) (*Reply, error) { return s.Do(c) }
}

// repeated sends n messages and returns the answer to the last; those before
// must pass.
func repeated(system string, n int) func(*Session) (*Reply, error) {
	return func(s *Session) (*Reply, error) {
		var reply *Reply
		for i := range n {
			var err error
			if reply, err = s.sendReadings(system, "gost256", nil); err != nil {
				return nil, err
			}
			if i < n-1 && reply.Code != "" {
				return reply, fmt.Errorf("request %d of %d was refused already", i+1, n)
			}
		}
		if reply.Header.Get("Retry-After") == "" {
			return reply, errors.New("the fault has no Retry-After")
		}
		return reply, nil
	}
}

// concurrent sends a message while the backend holds another one back.
func concurrent(s *Session) (*Reply, error) {
	release := s.Backend.Hold()
	first := make(chan error, 1)
	go func() {
		_, err := s.sendReadings("parallel", "gost256", nil)
		first <- err
	}()
	if !s.Backend.Waiting(10 * time.Second) {
		release()
		return nil, errors.Join(errors.New("the first message did not reach the backend"), <-first)
	}
	reply, err := s.sendReadings("parallel", "gost256", nil)
	release()
	return reply, errors.Join(err, <-first)
}

func oversize(s *Session) (*Reply, error) {
	return s.Do(Call{System: "housing", Action: "urn:importMeteringDeviceValues", Body: bytes.Repeat([]byte(" "), 3<<20)})
}

// altered sends readings, unsigned and changed in one place.
func altered(from, to string) func(*Session) (*Reply, error) {
	return func(s *Session) (*Reply, error) {
		m := s.World.Readings()
		body, err := replace(m.Envelope(), from, to)
		if err != nil {
			return nil, err
		}
		return s.Send("housing", m, body)
	}
}

// tampered sends readings changed after they were signed.
func tampered(from, to string) func(*Session) (*Reply, error) {
	return func(s *Session) (*Reply, error) {
		return s.sendReadings("housing", "gost256", func(body []byte) ([]byte, error) { return replace(body, from, to) })
	}
}

func lyingAction(s *Session) (*Reply, error) {
	m := s.World.Readings()
	m.Action = "urn:exportMeteringDeviceHistory"
	return s.Send("housing", m, m.Envelope())
}

func unknownOperation(s *Session) (*Reply, error) {
	m := s.World.Readings()
	m.Payload = `<x:eraseEverythingRequest xmlns:x="urn:x"/>`
	return s.Send("housing", m, m.Envelope())
}

func schemaViolation(s *Session) (*Reply, error) {
	m := s.World.Readings()
	body, err := replace(m.Envelope(), "<metering:MeteringValue>69.0000000</metering:MeteringValue>", "<metering:MeteringValue>plenty</metering:MeteringValue>")
	if err != nil {
		return nil, err
	}
	reply, err := s.Send("housing", m, body)
	if err == nil && (reply.SystemCode != "FMT001300" || !bytes.Contains(reply.Body, []byte("Line: "))) {
		return reply, fmt.Errorf("the fault is not what clients parse: %.400s", reply.Body)
	}
	return reply, err
}

func oldVersion(s *Session) (*Reply, error) {
	m := s.World.Readings()
	body, err := replace(m.Envelope(), `base:version="10.0.1.1"`, `base:version="9.0.1.1"`)
	if err != nil {
		return nil, err
	}
	return s.Send("housing", m, body)
}

func changedProperties(s *Session) (*Reply, error) {
	earlier := "<xades:SigningTime>" + s.World.now().Add(-time.Minute).UTC().Format("2006-01-02T15:04:05Z") + "</xades:SigningTime>"
	return s.sendReadings("housing", "gost256", func(body []byte) ([]byte, error) {
		claimed, err := between(string(body), "<xades:SigningTime>", "</xades:SigningTime>")
		if err != nil {
			return nil, err
		}
		return replace(body, claimed, earlier)
	})
}

// forge returns the signed request of a message, and the message with a forged
// one in its place: other readings, another Id, the same signature.
func forge(body []byte) (signed, forged string, err error) {
	signed, err = between(string(body), "<dm:importMeteringDeviceValuesRequest", "</dm:importMeteringDeviceValuesRequest>")
	forged = strings.Replace(signed, "69.0000000", "0.0000001", 1)
	return signed, strings.Replace(forged, `Id="signed-data-container"`, `Id="other"`, 1), err
}

// wrappedInHeader moves the signed request into a header block, where the
// reference still finds it, and puts a forged one into the Body with the old
// signature (XSW: the signed element is not the one that is processed).
func wrappedInHeader(s *Session) (*Reply, error) {
	return s.sendReadings("housing", "gost256", func(body []byte) ([]byte, error) {
		signed, forged, err := forge(body)
		if err != nil {
			return nil, err
		}
		if body, err = replace(body, signed, forged); err != nil {
			return nil, err
		}
		return replace(body, "</soap:Header>", `<w:Wrapper xmlns:w="urn:w">`+signed+"</w:Wrapper></soap:Header>")
	})
}

// wrappedInObject hides the signed request in a ds:Object of the signature.
func wrappedInObject(s *Session) (*Reply, error) {
	return s.sendReadings("housing", "gost256", func(body []byte) ([]byte, error) {
		signed, forged, err := forge(body)
		if err != nil {
			return nil, err
		}
		// The schema's key over TransportGUID looks into the signature, too.
		transport, err := between(signed, "<base:TransportGUID>", "</base:TransportGUID>")
		if err != nil {
			return nil, err
		}
		// Without its signature, which the enveloped transform leaves out, the copy digests the same.
		signature, err := between(signed, "<ds:Signature ", "</ds:Signature>")
		if err != nil {
			return nil, err
		}
		forged = strings.Replace(forged, transport, "<base:TransportGUID>"+NewGUID()+"</base:TransportGUID>", 1)
		hidden := "<ds:Object>" + strings.Replace(signed, signature, "", 1) + "</ds:Object></ds:Signature>"
		return replace(body, signed, strings.Replace(forged, "</ds:Signature>", hidden, 1))
	})
}

func weak(s *Session) (*Reply, error) {
	m := s.World.Readings()
	by := s.World.Signers["rsa"]
	signer := sign.Signer{
		Key: by.Key.Signer, Certificate: by.Certificate, Time: s.World.now(),
		Signature: "http://www.w3.org/2000/09/xmldsig#rsa-sha1", Digest: "http://www.w3.org/2000/09/xmldsig#sha1",
		Canonicalization: xmlsig.C14N10,
	}
	body, err := signer.HCS(m.Envelope())
	if err != nil {
		return nil, err
	}
	return s.Send("housing", m, body)
}

func old(s *Session) (*Reply, error) {
	m := s.World.Readings()
	m.Date = s.World.now().AddDate(0, 0, -7)
	body, err := s.World.Signed(m, "gost256")
	if err != nil {
		return nil, err
	}
	return s.Send("housing", m, body)
}

// replayed sends a message that passes, then the same once more.
func replayed(s *Session) (*Reply, error) {
	m := s.World.Readings()
	body, err := s.World.Signed(m, "gost256")
	if err != nil {
		return nil, err
	}
	if reply, err := s.Send("housing", m, body); err != nil || reply.Code != "" {
		return reply, err
	}
	return s.Send("housing", m, body)
}

func backendDown(s *Session) (*Reply, error) {
	defer s.Down()()
	return signedBy("gost256")(s)
}

// afterFailure sends what could not be delivered again, byte for byte: it was
// not a replay, for nobody has had it.
func afterFailure(s *Session) (*Reply, error) {
	m := s.World.Readings()
	body, err := s.World.Signed(m, "gost256")
	if err != nil {
		return nil, err
	}
	up := s.Down()
	reply, err := s.Send("housing", m, body)
	up()
	if err != nil || reply.Code != string(reject.ForwardUnreachable) {
		return reply, err
	}
	return s.Send("housing", m, body)
}
