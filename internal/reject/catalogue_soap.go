package reject

// Codes of stage soap. Those of soap.wsi are named after the requirement of
// WS-I Basic Profile 1.1 that is broken.
const (
	SOAPEnvelope              Code = "soap.envelope"
	SOAPVersionMismatch       Code = "soap.version_mismatch"
	SOAPHeader                Code = "soap.header"
	SOAPBody                  Code = "soap.body"
	SOAPPayload               Code = "soap.payload"
	SOAPAttribute             Code = "soap.attribute"
	SOAPEncodingStyle         Code = "soap.encoding_style"
	SOAPMustUnderstand        Code = "soap.must_understand"
	SOAPSecurityDuplicate     Code = "soap.security_duplicate"
	SOAPAddressingCardinality Code = "soap.addressing.cardinality"
	SOAPAddressingRequired    Code = "soap.addressing.required"
	SOAPAddressingAddress     Code = "soap.addressing.address"
	SOAPAddressingAction      Code = "soap.addressing.action"
	SOAPServiceUnknown        Code = "soap.service_unknown"
	SOAPOperationUnknown      Code = "soap.operation_unknown"
	SOAPActionMismatch        Code = "soap.action_mismatch"
	SOAPHeaderMissing         Code = "soap.header_missing"
	SOAPHeaderDuplicate       Code = "soap.header_duplicate"
	SOAPXOP                   Code = "soap.xop"
	SOAPAttachment            Code = "soap.attachment"
	SOAPR1005                 Code = "soap.wsi.R1005"
	SOAPR1006                 Code = "soap.wsi.R1006"
	SOAPR1011                 Code = "soap.wsi.R1011"
	SOAPR1013                 Code = "soap.wsi.R1013"
	SOAPR1014                 Code = "soap.wsi.R1014"
	SOAPR1032                 Code = "soap.wsi.R1032"
	SOAPR1108                 Code = "soap.wsi.R1108"
	SOAPR1000                 Code = "soap.wsi.R1000"
	SOAPR1001                 Code = "soap.wsi.R1001"
	SOAPR1004                 Code = "soap.wsi.R1004"
	SOAPR1031                 Code = "soap.wsi.R1031"
	SOAPR1126                 Code = "soap.wsi.R1126"
	SOAPR1111                 Code = "soap.wsi.R1111"
	SOAPFault                 Code = "soap.fault"
	SOAPR2113                 Code = "soap.wsi.R2113"
	SOAPR9981                 Code = "soap.wsi.R9981"
)

var soapCodes = []Entry{
	{
		Code: SOAPEnvelope, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Документ не является конвертом SOAP: {found}.",
			EN: "The document is not a SOAP envelope: {found}.",
		},
		Advice: Text{
			RU: "Поместите сообщение в soap:Envelope; внутри допустимы только Header (не более одного, первым) и Body.",
			EN: "Put the message into soap:Envelope; only Header (at most one, first) and Body may stand in it.",
		},
	},
	{
		Code: SOAPVersionMismatch, Side: VersionMismatch, Retry: RetryRevise,
		Text: Text{
			RU: "Версия SOAP не подходит: {found}, ожидается {expected}.",
			EN: "The SOAP version does not fit: {found}, expected {expected}.",
		},
		Advice: Text{
			RU: "Тип содержимого и пространство имён конверта должны быть одной версии SOAP, и эта версия должна приниматься.",
			EN: "The media type and the namespace of the envelope must be of one SOAP version, and of one that is accepted.",
		},
	},
	{
		Code: SOAPHeader, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Заголовок SOAP составлен неверно: {found}.",
			EN: "The SOAP header is malformed: {found}.",
		},
		Advice: Text{
			RU: "В soap:Header допустимы только блоки с пространством имён и пробельные символы.",
			EN: "Only namespace-qualified blocks and white space may stand in soap:Header.",
		},
	},
	{
		Code: SOAPBody, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Тело SOAP составлено неверно: {found}.",
			EN: "The SOAP body is malformed: {found}.",
		},
		Advice: Text{
			RU: "В конверте должен быть ровно один soap:Body, последним.",
			EN: "The envelope must have exactly one soap:Body, as its last element.",
		},
	},
	{
		Code: SOAPPayload, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "В теле SOAP должен быть один элемент запроса.",
			EN: "The SOAP body must hold one request element.",
		},
		Advice: Text{
			RU: "Поместите в soap:Body элемент, указанный в WSDL для операции.",
			EN: "Put the element that the WSDL names for the operation into soap:Body.",
		},
	},
	{
		Code: SOAPAttribute, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Атрибут {name} имеет недопустимое значение {found}.",
			EN: "Attribute {name} has the invalid value {found}.",
		},
		Advice: Text{
			RU: "Используйте true, false, 1 или 0.",
			EN: "Use true, false, 1 or 0.",
		},
	},
	{
		Code: SOAPEncodingStyle, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Атрибут encodingStyle не допускается на элементе {element}.",
			EN: "Attribute encodingStyle is not allowed on element {element}.",
		},
		Advice: Text{
			RU: "Уберите атрибут: сообщения описаны схемой (document/literal).",
			EN: "Remove the attribute: messages are described by a schema (document/literal).",
		},
	},
	{
		Code: SOAPMustUnderstand, Side: MustUnderstand, Retry: RetryRevise,
		Text: Text{
			RU: "Обязательный блок заголовка {block} не поддерживается.",
			EN: "The mandatory header block {block} is not understood.",
		},
		Advice: Text{
			RU: "Уберите блок или снимите с него признак mustUnderstand.",
			EN: "Remove the block or its mustUnderstand mark.",
		},
	},
	{
		Code: SOAPSecurityDuplicate, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Для одного получателя передано несколько блоков Security.",
			EN: "There is more than one Security block for one receiver.",
		},
		Advice: Text{
			RU: "Оставьте один блок wsse:Security для каждого получателя.",
			EN: "Keep one wsse:Security block for each receiver.",
		},
	},
	{
		Code: SOAPAddressingCardinality, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Блок WS-Addressing {block} передан более одного раза или составлен неверно.",
			EN: "The WS-Addressing block {block} is repeated or malformed.",
		},
		Advice: Text{
			RU: "Передайте блок один раз и в одной версии WS-Addressing.",
			EN: "Send the block once and in one version of WS-Addressing.",
		},
	},
	{
		Code: SOAPAddressingRequired, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Не хватает блока WS-Addressing {block}.",
			EN: "The WS-Addressing block {block} is missing.",
		},
		Advice: Text{
			RU: "Добавьте блок {block}.",
			EN: "Add the block {block}.",
		},
	},
	{
		Code: SOAPAddressingAddress, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Адрес в блоке WS-Addressing {block} не допускается.",
			EN: "The address in the WS-Addressing block {block} is not allowed.",
		},
		Advice: Text{
			RU: "Укажите анонимный адрес: ответ приходит в том же соединении.",
			EN: "Use the anonymous address: the answer comes on the same connection.",
		},
	},
	{
		Code: SOAPAddressingAction, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Действие {found} в заголовке SOAP не совпадает с действием {expected} в заголовке HTTP.",
			EN: "Action {found} in the SOAP header differs from action {expected} in the HTTP header.",
		},
		Advice: Text{
			RU: "Передайте одно и то же действие в обоих заголовках.",
			EN: "Send the same action in both headers.",
		},
	},
	{
		Code: SOAPServiceUnknown, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "По адресу {path} нет службы.",
			EN: "There is no service at {path}.",
		},
		Advice: Text{
			RU: "Проверьте адрес службы в WSDL.",
			EN: "Check the service address in the WSDL.",
		},
	},
	{
		Code: SOAPOperationUnknown, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "У службы нет операции с элементом запроса {element}.",
			EN: "The service has no operation with the request element {element}.",
		},
		Advice: Text{
			RU: "Сверьте имя и пространство имён элемента с WSDL службы.",
			EN: "Compare the name and namespace of the element with the WSDL of the service.",
		},
	},
	{
		Code: SOAPActionMismatch, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "SOAPAction {found} не соответствует элементу запроса {element}; ожидается {expected}.",
			EN: "SOAPAction {found} does not fit the request element {element}; expected {expected}.",
		},
		Advice: Text{
			RU: "Передайте SOAPAction, указанный в WSDL для этой операции.",
			EN: "Send the SOAPAction that the WSDL gives for this operation.",
		},
	},
	{
		Code: SOAPHeaderMissing, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Нет обязательного блока заголовка {block}.",
			EN: "The required header block {block} is missing.",
		},
		Advice: Text{
			RU: "Добавьте в soap:Header блок {block}, как указано в WSDL операции.",
			EN: "Add the block {block} to soap:Header as the WSDL of the operation says.",
		},
	},
	{
		Code: SOAPHeaderDuplicate, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Блок заголовка {block} передан более одного раза.",
			EN: "The header block {block} is repeated.",
		},
		Advice: Text{
			RU: "Передайте блок {block} один раз.",
			EN: "Send the block {block} once.",
		},
	},
	{
		Code: SOAPXOP, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Включение XOP составлено неверно: {found}.",
			EN: "The XOP inclusion is malformed: {found}.",
		},
		Advice: Text{
			RU: "xop:Include должен быть единственным содержимым элемента и ссылаться адресом cid: на часть того же сообщения, на каждую часть один раз.",
			EN: "xop:Include must be all the content of its element and refer by a cid: address to a part of the same message, to each part once.",
		},
	},
	{
		Code: SOAPAttachment, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "На вложение {part} нет ссылки в сообщении.",
			EN: "The message does not refer to the attachment {part}.",
		},
		Advice: Text{
			RU: "Уберите вложение или сошлитесь на него адресом cid:.",
			EN: "Remove the attachment or refer to it by a cid: address.",
		},
	},
	{
		Code: SOAPR1005, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Атрибут encodingStyle не допускается на элементах SOAP.",
			EN: "Attribute encodingStyle is not allowed on the elements of SOAP.",
		},
		Advice: Text{
			RU: "Уберите атрибут soap:encodingStyle.",
			EN: "Remove the attribute soap:encodingStyle.",
		},
	},
	{
		Code: SOAPR1006, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Атрибут encodingStyle не допускается на элементе тела SOAP.",
			EN: "Attribute encodingStyle is not allowed on the child of the SOAP body.",
		},
		Advice: Text{
			RU: "Уберите атрибут soap:encodingStyle.",
			EN: "Remove the attribute soap:encodingStyle.",
		},
	},
	{
		Code: SOAPR1011, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "После soap:Body не может быть элементов.",
			EN: "No element may follow soap:Body.",
		},
		Advice: Text{
			RU: "Уберите всё, что стоит в конверте после soap:Body.",
			EN: "Remove whatever follows soap:Body in the envelope.",
		},
	},
	{
		Code: SOAPR1013, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Атрибут mustUnderstand может быть только «0» или «1», передано {found}.",
			EN: "Attribute mustUnderstand can only be \"0\" or \"1\", found {found}.",
		},
		Advice: Text{
			RU: "Запишите mustUnderstand как 0 или 1.",
			EN: "Write mustUnderstand as 0 or 1.",
		},
	},
	{
		Code: SOAPR1014, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Элемент {element} в теле SOAP не имеет пространства имён.",
			EN: "Element {element} in the SOAP body has no namespace.",
		},
		Advice: Text{
			RU: "Укажите пространство имён элемента запроса.",
			EN: "Qualify the request element with its namespace.",
		},
	},
	{
		Code: SOAPR1032, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "У элементов Envelope, Header и Body не может быть атрибутов из пространства имён SOAP.",
			EN: "Envelope, Header and Body cannot have attributes of the SOAP namespace.",
		},
		Advice: Text{
			RU: "Уберите атрибут {name}.",
			EN: "Remove the attribute {name}.",
		},
	},
	{
		Code: SOAPR1108, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Расширения HTTP (поле {name}) не допускаются.",
			EN: "The HTTP Extension Framework (field {name}) is not allowed.",
		},
		Advice: Text{
			RU: "Уберите поле {name}.",
			EN: "Remove the field {name}.",
		},
	},
	{
		Code: SOAPR1000, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Ответ системы содержит ошибку SOAP неверного строения: {found}.",
			EN: "The system answered with a malformed SOAP fault: {found}.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
	{
		Code: SOAPR1001, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Ответ системы содержит ошибку SOAP неверного строения: {found}.",
			EN: "The system answered with a malformed SOAP fault: {found}.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
	{
		Code: SOAPR1004, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Ответ системы содержит недопустимый код ошибки SOAP {found}.",
			EN: "The system answered with the invalid SOAP fault code {found}.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
	{
		Code: SOAPR1031, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Ответ системы содержит составной код ошибки SOAP {found}.",
			EN: "The system answered with the dotted SOAP fault code {found}.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
	{
		Code: SOAPR1126, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Ответ системы содержит ошибку SOAP со статусом HTTP {status}.",
			EN: "The system answered with a SOAP fault and HTTP status {status}.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
	{
		Code: SOAPR1111, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Ответ системы без ошибки SOAP пришёл со статусом HTTP {status}.",
			EN: "The system answered without a SOAP fault but with HTTP status {status}.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
	{
		Code: SOAPFault, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Ответ системы содержит ошибку SOAP 1.2 неверного строения: {found}.",
			EN: "The system answered with a malformed SOAP 1.2 fault: {found}.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
	{
		Code: SOAPR2113, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Атрибут soapenc:arrayType не допускается.",
			EN: "Attribute soapenc:arrayType is not allowed.",
		},
		Advice: Text{
			RU: "Передавайте массивы так, как описано схемой.",
			EN: "Send arrays as the schema describes them.",
		},
	},
	{
		Code: SOAPR9981, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "В теле SOAP более одного элемента.",
			EN: "There is more than one element in the SOAP body.",
		},
		Advice: Text{
			RU: "Оставьте в soap:Body один элемент запроса.",
			EN: "Keep one request element in soap:Body.",
		},
	},
}
