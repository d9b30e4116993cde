package reject

// Codes of stage client.
const (
	ClientMissing   Code = "client.missing"
	ClientUnknown   Code = "client.unknown"
	ClientSuspended Code = "client.suspended"
)

var clientCodes = []Entry{
	{
		Code: ClientMissing, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат клиента не предъявлен.",
			EN: "No client certificate was presented.",
		},
		Advice: Text{
			RU: "Настройте у клиента сертификат информационной системы, зарегистрированный у оператора.",
			EN: "Configure the information system's certificate that is registered with the operator.",
		},
	},
	{
		Code: ClientUnknown, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Информационная система с предъявленным сертификатом не зарегистрирована.",
			EN: "No information system is registered with the presented certificate.",
		},
		Advice: Text{
			RU: "Проверьте, какой сертификат зарегистрирован у оператора.",
			EN: "Check which certificate is registered with the operator.",
		},
	},
	{
		Code: ClientSuspended, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Доступ информационной системы приостановлен: {reason}.",
			EN: "The information system is suspended: {reason}.",
		},
		Advice: Text{
			RU: "Обратитесь к оператору.",
			EN: "Contact the operator.",
		},
	},
}
