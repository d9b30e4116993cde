package reject

// Codes of stage schema.
const (
	SchemaInvalid Code = "schema.invalid"
	SchemaLimit   Code = "schema.limit"
)

var schemaCodes = []Entry{
	{
		Code: SchemaInvalid, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сообщение не соответствует опубликованному формату.",
			EN: "The message does not follow the published format.",
		},
		Advice: Text{
			RU: "Исправьте перечисленные нарушения; схемы формата доступны по адресу службы с ?wsdl и ?xsd.",
			EN: "Correct the violations listed; the format's schemas are served at the service's address with ?wsdl and ?xsd.",
		},
	},
	{
		Code: SchemaLimit, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Проверка сообщения по схеме требует больше ресурсов, чем допускается.",
			EN: "Validating the message needs more resources than are admitted.",
		},
		Advice: Text{
			RU: "Разделите данные на несколько сообщений.",
			EN: "Split the data into several messages.",
		},
	},
}
