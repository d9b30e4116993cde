package reject

// Codes of stage signature.
const (
	SignatureMissing        Code = "signature.missing"
	SignatureUnexpected     Code = "signature.unexpected"
	SignatureFormat         Code = "signature.format"
	SignatureAlgorithm      Code = "signature.algorithm"
	SignatureTransform      Code = "signature.transform"
	SignatureReference      Code = "signature.reference"
	SignatureDuplicateID    Code = "signature.duplicate_id"
	SignatureLimit          Code = "signature.limit"
	SignatureCoverage       Code = "signature.coverage"
	SignatureKey            Code = "signature.key"
	SignatureKeyMismatch    Code = "signature.key_mismatch"
	SignatureProperties     Code = "signature.signed_properties"
	SignatureCertMismatch   Code = "signature.certificate_mismatch"
	SignatureCanonical      Code = "signature.canonicalization"
	SignatureValue          Code = "signature.value"
	SignatureDigest         Code = "signature.digest"
	SignatureSecurityHeader Code = "signature.security_header"
	SignatureTimestamp      Code = "signature.timestamp"
)

var signatureCodes = []Entry{
	{
		Code: SignatureMissing, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Отсутствует подпись запроса: в {place} нет элемента ds:Signature.",
			EN: "The message is not signed: there is no ds:Signature in {place}.",
		},
		Advice: Text{
			RU: "Подпишите сообщение и поместите ds:Signature туда, где его предписывает формат.",
			EN: "Sign the message and put ds:Signature where the format wants it.",
		},
	},
	{
		Code: SignatureUnexpected, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Лишняя подпись: элемент ds:Signature стоит там, где формат его не предусматривает.",
			EN: "There is a ds:Signature where the format has no place for one.",
		},
		Advice: Text{
			RU: "Оставьте в сообщении только те подписи, которые предусматривает формат.",
			EN: "Leave only those signatures in the message that the format provides for.",
		},
	},
	{
		Code: SignatureFormat, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Ошибка формата подписи: в {element} ожидается {expected}, встретилось {found}.",
			EN: "Malformed signature: {expected} expected in {element}, {found} found.",
		},
		Advice: Text{
			RU: "Формируйте подпись по схеме XML Signature и не изменяйте её после создания.",
			EN: "Make the signature follow the schema of XML Signature and do not change it afterwards.",
		},
	},
	{
		Code: SignatureAlgorithm, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Алгоритм {algorithm} в {element} не принимается.",
			EN: "Algorithm {algorithm} in {element} is not accepted.",
		},
		Advice: Text{
			RU: "Используйте один из принимаемых алгоритмов: {accepted}.",
			EN: "Use one of the accepted algorithms: {accepted}.",
		},
	},
	{
		Code: SignatureTransform, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Преобразование {algorithm} в ссылке {reference} не допускается или стоит не на своём месте.",
			EN: "Transform {algorithm} in reference {reference} is not allowed, or not in its place.",
		},
		Advice: Text{
			RU: "Оставьте в ссылке только преобразования, которые предписывает формат, каждое один раз и в его порядке.",
			EN: "Leave only the transforms the format prescribes in the reference, each once and in its order.",
		},
	},
	{
		Code: SignatureReference, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Ссылка {reference} не указывает на элемент этого сообщения.",
			EN: "Reference {reference} does not point to an element of this message.",
		},
		Advice: Text{
			RU: "Ссылайтесь на подписываемый элемент в виде «#идентификатор» и задайте ему этот идентификатор в атрибуте {attributes}.",
			EN: "Refer to the signed element as \"#identifier\" and give it that identifier in the attribute {attributes}.",
		},
	},
	{
		Code: SignatureDuplicateID, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Идентификатор {id}, на который ссылается подпись, встречается в сообщении больше одного раза.",
			EN: "The identifier {id} that the signature refers to occurs more than once in the message.",
		},
		Advice: Text{
			RU: "Сделайте идентификатор подписываемого элемента единственным в сообщении.",
			EN: "Make the identifier of the signed element unique in the message.",
		},
	},
	{
		Code: SignatureLimit, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Превышено ограничение подписи «{what}»: не более {limit}.",
			EN: "A limit on signatures is exceeded: {what}, at most {limit}.",
		},
		Advice: Text{
			RU: "Подписывайте только то, что предписывает формат, и каждую часть один раз.",
			EN: "Sign only what the format prescribes, and each part once.",
		},
	},
	{
		Code: SignatureCoverage, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Подпись не охватывает то, что должна, или охватывает лишнее: {element}.",
			EN: "The signature does not cover what it must, or covers something else: {element}.",
		},
		Advice: Text{
			RU: "Ссылки подписи должны указывать на элементы, которые предписывает формат, на их местах.",
			EN: "The signature's references must point to the elements the format prescribes, in their places.",
		},
	},
	{
		Code: SignatureKey, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат подписавшего не найден или не читается: {element}.",
			EN: "The signer's certificate cannot be found or read: {element}.",
		},
		Advice: Text{
			RU: "Поместите в ds:KeyInfo сертификат подписавшего в виде, который предписывает формат; ключ без сертификата не принимается.",
			EN: "Put the signer's certificate into ds:KeyInfo in the form the format prescribes; a key without a certificate is not accepted.",
		},
	},
	{
		Code: SignatureKeyMismatch, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Ключ сертификата ({key}) не подходит к алгоритму подписи {algorithm}.",
			EN: "The certificate's key ({key}) does not fit the signature algorithm {algorithm}.",
		},
		Advice: Text{
			RU: "Укажите в ds:SignatureMethod алгоритм, соответствующий ключу сертификата.",
			EN: "Name the algorithm that belongs to the certificate's key in ds:SignatureMethod.",
		},
	},
	{
		Code: SignatureProperties, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Подписанные свойства XAdES отсутствуют или не охвачены подписью: {element}.",
			EN: "The XAdES signed properties are missing or not covered by the signature: {element}.",
		},
		Advice: Text{
			RU: "Подписывайте в формате XAdES-BES: элемент xades:SignedProperties и ссылка на него с Type=\"http://uri.etsi.org/01903#SignedProperties\".",
			EN: "Sign as XAdES-BES: an xades:SignedProperties element and a reference to it with Type=\"http://uri.etsi.org/01903#SignedProperties\".",
		},
	},
	{
		Code: SignatureCertMismatch, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат в ds:KeyInfo не тот, который назван в подписи: {what}: названо {claimed}, в сертификате {actual}.",
			EN: "The certificate in ds:KeyInfo is not the one the signature names: {what}: {claimed} named, {actual} in the certificate.",
		},
		Advice: Text{
			RU: "Заполните xades:SigningCertificate и ds:KeyInfo по одному и тому же сертификату; хэш считается по DER-представлению.",
			EN: "Fill xades:SigningCertificate and ds:KeyInfo from one and the same certificate; its digest is that of the DER form.",
		},
	},
	{
		Code: SignatureCanonical, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Канонической формы {element} нет: имя пространства имён задано относительным URI.",
			EN: "There is no canonical form of {element}: a namespace name is a relative URI.",
		},
		Advice: Text{
			RU: "Используйте абсолютные URI пространств имён.",
			EN: "Use absolute URIs as namespace names.",
		},
	},
	{
		Code: SignatureValue, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Значение подписи не соответствует ds:SignedInfo и ключу сертификата (алгоритм {algorithm}).",
			EN: "The signature value does not fit ds:SignedInfo and the certificate's key (algorithm {algorithm}).",
		},
		Advice: Text{
			RU: "Проверьте, что ds:SignedInfo не изменялся после подписания, что подпись создана ключом этого сертификата и что байты значения идут в порядке стандарта.",
			EN: "Check that ds:SignedInfo was not changed after signing, that the key of this certificate signed, and that the bytes of the value are in the standard's order.",
		},
	},
	{
		Code: SignatureDigest, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Хэш элемента по ссылке {reference} не сходится: в подписи {claimed}, вычислено {computed} (алгоритм {algorithm}).",
			EN: "The digest of reference {reference} does not fit: {claimed} in the signature, {computed} computed (algorithm {algorithm}).",
		},
		Advice: Text{
			RU: "Не изменяйте сообщение после подписания: ни отступы, ни префиксы, ни объявления пространств имён.",
			EN: "Do not change the message after signing: neither white space, nor prefixes, nor namespace declarations.",
		},
	},
	{
		Code: SignatureSecurityHeader, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Блоков wsse:Security для роли «{role}» в заголовке {found}, а должен быть один.",
			EN: "The header has {found} wsse:Security blocks for role \"{role}\", and must have one.",
		},
		Advice: Text{
			RU: "Поместите подпись в один блок wsse:Security, предназначенный для получателя.",
			EN: "Put the signature into one wsse:Security block that is meant for the receiver.",
		},
	},
	{
		Code: SignatureTimestamp, Side: Sender, Retry: RetryAnew,
		Text: Text{
			RU: "Отметка времени сообщения вне допустимых пределов: {what} {time}.",
			EN: "The message's timestamp is outside of the allowed window: {what} {time}.",
		},
		Advice: Text{
			RU: "Проверьте часы отправителя и отправьте новое сообщение.",
			EN: "Check the sender's clock and send a new message.",
		},
	},
}
