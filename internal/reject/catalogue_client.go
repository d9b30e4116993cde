package reject

// Codes of stage client.
const (
	ClientMissing   Code = "client.missing"
	ClientUnknown   Code = "client.unknown"
	ClientSuspended Code = "client.suspended"
	ClientNotYet    Code = "client.not_yet"
	ClientExpired   Code = "client.expired"
	ClientService   Code = "client.service"
	ClientOperation Code = "client.operation"
	ClientToken     Code = "client.token"
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
	{
		Code: ClientNotYet, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Доступ информационной системы начинается {from}.",
			EN: "The information system's access begins on {from}.",
		},
		Advice: Text{
			RU: "Повторите запрос после этой даты или обратитесь к оператору.",
			EN: "Repeat the request after that date or contact the operator.",
		},
	},
	{
		Code: ClientExpired, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Срок доступа информационной системы истёк {until}.",
			EN: "The information system's access ended on {until}.",
		},
		Advice: Text{
			RU: "Обратитесь к оператору за продлением.",
			EN: "Ask the operator to extend it.",
		},
	},
	{
		Code: ClientService, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Информационной системе не разрешён сервис {service}.",
			EN: "The information system may not use service {service}.",
		},
		Advice: Text{
			RU: "Обратитесь к оператору, если сервис нужен.",
			EN: "Contact the operator if you need the service.",
		},
	},
	{
		Code: ClientOperation, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Информационной системе не разрешена операция {operation}.",
			EN: "The information system may not use operation {operation}.",
		},
		Advice: Text{
			RU: "Обратитесь к оператору, если операция нужна.",
			EN: "Contact the operator if you need the operation.",
		},
	},
	{
		Code: ClientToken, Side: Sender, Retry: RetryAnew,
		Text: Text{
			RU: "Маркер доступа ЕСИА не принят: {why}.",
			EN: "The access token of ESIA is not accepted: {why}.",
		},
		Advice: Text{
			RU: "Получите новый маркер доступа.",
			EN: "Obtain a new access token.",
		},
	},
}
