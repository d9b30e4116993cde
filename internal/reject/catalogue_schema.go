package reject

// Codes of stage schema.
const SchemaInvalid Code = "schema.invalid"

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
}
