package reject

// Codes of stage http.
const (
	HTTPMethod     Code = "http.method"
	HTTPMediaType  Code = "http.media_type"
	HTTPCharset    Code = "http.charset"
	HTTPEncoding   Code = "http.encoding"
	HTTPSOAPAction Code = "http.soap_action"
	HTTPTooLarge   Code = "http.too_large"
	HTTPLength     Code = "http.length"
	HTTPMultipart  Code = "http.multipart"
)

var httpCodes = []Entry{
	{
		Code: HTTPMethod, Side: Sender, Status: 405, Retry: RetryRevise,
		Text: Text{
			RU: "Метод {method} не допускается: сообщения принимаются методом POST.",
			EN: "Method {method} is not allowed: messages are accepted by POST.",
		},
		Advice: Text{
			RU: "Отправьте сообщение методом POST.",
			EN: "Send the message with POST.",
		},
	},
	{
		Code: HTTPMediaType, Side: Sender, Status: 415, Retry: RetryRevise,
		Text: Text{
			RU: "Тип содержимого {type} не допускается.",
			EN: "Media type {type} is not allowed.",
		},
		Advice: Text{
			RU: "Укажите Content-Type: text/xml; charset=utf-8 (SOAP 1.1) или application/soap+xml (SOAP 1.2).",
			EN: "Set Content-Type: text/xml; charset=utf-8 (SOAP 1.1) or application/soap+xml (SOAP 1.2).",
		},
	},
	{
		Code: HTTPCharset, Side: Sender, Status: 415, Retry: RetryRevise,
		Text: Text{
			RU: "Кодировка {charset} не допускается.",
			EN: "Charset {charset} is not allowed.",
		},
		Advice: Text{
			RU: "Используйте UTF-8 или UTF-16.",
			EN: "Use UTF-8 or UTF-16.",
		},
	},
	{
		Code: HTTPEncoding, Side: Sender, Status: 415, Retry: RetryRevise,
		Text: Text{
			RU: "Кодирование содержимого {encoding} не допускается.",
			EN: "Content encoding {encoding} is not allowed.",
		},
		Advice: Text{
			RU: "Отправьте сообщение без сжатия или с gzip.",
			EN: "Send the message uncompressed or with gzip.",
		},
	},
	{
		Code: HTTPSOAPAction, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Заголовок SOAPAction отсутствует или записан не по правилам.",
			EN: "The SOAPAction header is missing or malformed.",
		},
		Advice: Text{
			RU: "Передайте SOAPAction в кавычках, как указано в WSDL.",
			EN: "Send SOAPAction in quotes as the WSDL gives it.",
		},
	},
	{
		Code: HTTPTooLarge, Side: Sender, Status: 413, Retry: RetryRevise,
		Text: Text{
			RU: "Сообщение больше допустимых {limit} байт.",
			EN: "The message is larger than the allowed {limit} bytes.",
		},
		Advice: Text{
			RU: "Разделите данные на несколько сообщений.",
			EN: "Split the data into several messages.",
		},
	},
	{
		Code: HTTPLength, Side: Sender, Retry: RetryAnew,
		Text: Text{
			RU: "Тело сообщения прочитано не полностью.",
			EN: "The body of the message could not be read to its end.",
		},
		Advice: Text{
			RU: "Проверьте соединение и отправьте сообщение заново.",
			EN: "Check the connection and send the message again.",
		},
	},
	{
		Code: HTTPMultipart, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Составное сообщение (multipart/related) разобрать нельзя: {found}.",
			EN: "The multipart/related message cannot be taken apart: {found}.",
		},
		Advice: Text{
			RU: "Проверьте границы, заголовки и число частей; первая или указанная в start часть должна быть конвертом SOAP.",
			EN: "Check the boundaries, the headers and the number of parts; the first part, or the one named by start, must be the SOAP envelope.",
		},
	},
}
