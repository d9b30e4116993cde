package reject

// Codes of stage xml.
const (
	XMLNotWellFormed    Code = "xml.not_well_formed"
	XMLDTD              Code = "xml.dtd"
	XMLPI               Code = "xml.pi"
	XMLEntity           Code = "xml.entity"
	XMLAttribute        Code = "xml.attribute"
	XMLNamespace        Code = "xml.namespace"
	XMLPrefix           Code = "xml.prefix"
	XMLCharacter        Code = "xml.character"
	XMLVersion          Code = "xml.version"
	XMLEncoding         Code = "xml.encoding"
	XMLEncodingConflict Code = "xml.encoding_conflict"

	XMLLimitBytes          Code = "xml.limit.bytes"
	XMLLimitDepth          Code = "xml.limit.depth"
	XMLLimitNodes          Code = "xml.limit.nodes"
	XMLLimitAttributes     Code = "xml.limit.attributes"
	XMLLimitDeclarations   Code = "xml.limit.declarations"
	XMLLimitNamespaces     Code = "xml.limit.namespaces"
	XMLLimitNames          Code = "xml.limit.names"
	XMLLimitName           Code = "xml.limit.name"
	XMLLimitAttributeValue Code = "xml.limit.attribute_value"
	XMLLimitText           Code = "xml.limit.text"
	XMLLimitToken          Code = "xml.limit.token"
	XMLLimitReferences     Code = "xml.limit.references"
)

var xmlCodes = []Entry{
	{
		Code: XMLNotWellFormed, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сообщение не является правильно построенным XML: ожидается {expected}, встретилось «{found}» ({rule}).",
			EN: "The message is not well-formed XML: {expected} expected, “{found}” found ({rule}).",
		},
		Advice: Text{
			RU: "Формируйте сообщение XML-библиотекой и передавайте его целиком, без изменений.",
			EN: "Write the message with an XML library and send it whole and unchanged.",
		},
	},
	{
		Code: XMLDTD, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Объявление типа документа (DOCTYPE) в сообщении не допускается.",
			EN: "A document type declaration (DOCTYPE) is not allowed in a message.",
		},
		Advice: Text{
			RU: "Уберите DOCTYPE: SOAP его запрещает (SOAP 1.1, раздел 3; SOAP 1.2, часть 1, раздел 5).",
			EN: "Remove the DOCTYPE: SOAP forbids it (SOAP 1.1 section 3; SOAP 1.2 part 1 section 5).",
		},
	},
	{
		Code: XMLPI, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Инструкция обработки (<?…?>) в сообщении не допускается.",
			EN: "A processing instruction (<?…?>) is not allowed in a message.",
		},
		Advice: Text{
			RU: "Уберите инструкции обработки; объявление <?xml …?> допускается только в самом начале сообщения.",
			EN: "Remove processing instructions; <?xml …?> is allowed only at the very beginning of the message.",
		},
	},
	{
		Code: XMLEntity, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сущность &{name}; не определена.",
			EN: "Entity &{name}; is not defined.",
		},
		Advice: Text{
			RU: "Используйте только &lt; &gt; &amp; &apos; &quot; и числовые ссылки на символы.",
			EN: "Use only &lt; &gt; &amp; &apos; &quot; and numeric character references.",
		},
	},
	{
		Code: XMLAttribute, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Атрибут {name} указан в элементе дважды.",
			EN: "Attribute {name} is given twice on one element.",
		},
		Advice: Text{
			RU: "Оставьте один из атрибутов; префиксы одного пространства имён считаются одинаковыми.",
			EN: "Keep one of them; prefixes of the same namespace count as equal.",
		},
	},
	{
		Code: XMLNamespace, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Имя {name} нарушает правило Namespaces in XML 1.0: {rule}.",
			EN: "Name {name} breaks a rule of Namespaces in XML 1.0: {rule}.",
		},
		Advice: Text{
			RU: "Формируйте имена и объявления пространств имён XML-библиотекой.",
			EN: "Write names and namespace declarations with an XML library.",
		},
	},
	{
		Code: XMLPrefix, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Префикс {prefix} не объявлен.",
			EN: "Prefix {prefix} is not declared.",
		},
		Advice: Text{
			RU: "Объявите префикс: xmlns:{prefix}=\"…\".",
			EN: "Declare the prefix: xmlns:{prefix}=\"…\".",
		},
	},
	{
		Code: XMLCharacter, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Символ {char} не допускается в XML 1.0.",
			EN: "Character {char} is not allowed in XML 1.0.",
		},
		Advice: Text{
			RU: "Уберите из данных управляющие символы.",
			EN: "Remove control characters from the data.",
		},
	},
	{
		Code: XMLVersion, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Версия XML {version} не допускается.",
			EN: "XML version {version} is not allowed.",
		},
		Advice: Text{
			RU: "Используйте XML 1.0.",
			EN: "Use XML 1.0.",
		},
	},
	{
		Code: XMLEncoding, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Кодировка {encoding} не допускается или нарушена ({evidence}).",
			EN: "Encoding {encoding} is not allowed or broken ({evidence}).",
		},
		Advice: Text{
			RU: "Отправляйте сообщение в UTF-8 (или UTF-16 с меткой порядка байтов).",
			EN: "Send the message in UTF-8 (or UTF-16 with a byte order mark).",
		},
	},
	{
		Code: XMLEncodingConflict, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сведения о кодировке противоречат друг другу: {one}, {other}.",
			EN: "The encoding is stated in contradictory ways: {one}, {other}.",
		},
		Advice: Text{
			RU: "Укажите одну и ту же кодировку в Content-Type и в объявлении XML.",
			EN: "State the same encoding in Content-Type and in the XML declaration.",
		},
	},
	limit(XMLLimitBytes, "Сообщение больше {limit} байт.", "The message is larger than {limit} bytes."),
	limit(XMLLimitDepth, "Вложенность элементов больше {limit}.", "Elements are nested deeper than {limit}."),
	limit(XMLLimitNodes, "В сообщении больше {limit} узлов.", "The message has more than {limit} nodes."),
	limit(XMLLimitAttributes, "У элемента больше {limit} атрибутов.", "An element has more than {limit} attributes."),
	limit(XMLLimitDeclarations, "У элемента больше {limit} объявлений пространств имён.", "An element has more than {limit} namespace declarations."),
	limit(XMLLimitNamespaces, "В сообщении больше {limit} различных объявлений пространств имён.", "The message has more than {limit} distinct namespace declarations."),
	limit(XMLLimitNames, "В сообщении больше {limit} различных имён.", "The message has more than {limit} distinct names."),
	limit(XMLLimitName, "Имя длиннее {limit} байт.", "A name is longer than {limit} bytes."),
	limit(XMLLimitAttributeValue, "Значение атрибута длиннее {limit} байт.", "An attribute value is longer than {limit} bytes."),
	limit(XMLLimitText, "Текст элемента длиннее {limit} байт.", "The text of an element is longer than {limit} bytes."),
	limit(XMLLimitToken, "Тег, комментарий или ссылка длиннее {limit} байт.", "A tag, comment or reference is longer than {limit} bytes."),
	limit(XMLLimitReferences, "В сообщении больше {limit} ссылок на символы.", "The message has more than {limit} references."),
}

func limit(c Code, ru, en string) Entry {
	return Entry{
		Code: c, Side: Sender, Retry: RetryRevise,
		Text: Text{RU: ru, EN: en},
		Advice: Text{
			RU: "Уменьшите сообщение до допустимого: {limit}; большие данные передавайте несколькими сообщениями.",
			EN: "Bring the message within the limit of {limit}; send large data in several messages.",
		},
	}
}
