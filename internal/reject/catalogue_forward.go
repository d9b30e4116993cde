package reject

// Codes of stage forward.
const (
	ForwardUnreachable Code = "forward.unreachable"
	ForwardTimeout     Code = "forward.timeout"
	ForwardFailed      Code = "forward.failed"
	ForwardInternal    Code = "forward.internal"
	// The system answered what no SOAP client can read.
	ForwardNotSOAP Code = "forward.not_soap"
	// Its answer does not follow the release.
	ForwardInvalidAnswer Code = "forward.invalid_answer"
)

var forwardCodes = []Entry{
	{
		Code: ForwardNotSOAP, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Система ответила не сообщением SOAP (HTTP {status}, {type}).",
			EN: "The system answered with no SOAP message (HTTP {status}, {type}).",
		},
		Advice: Text{
			RU: "Повторите запрос позже; проверьте, не был ли он уже принят.",
			EN: "Try again later; check whether the request has been accepted already.",
		},
	},
	{
		Code: ForwardInvalidAnswer, Side: Receiver, Retry: RetryNever,
		Text: Text{
			RU: "Ответ системы не соответствует опубликованному формату.",
			EN: "The system's answer does not follow the published format.",
		},
		Advice: Text{
			RU: "Сообщите оператору системы номер запроса; запрос уже мог быть принят.",
			EN: "Tell the system's operator the request id; the request may have been accepted already.",
		},
	},
	{
		Code: ForwardUnreachable, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Система временно недоступна.",
			EN: "The system is temporarily unavailable.",
		},
		Advice: Text{
			RU: "Повторите запрос позже.",
			EN: "Try again later.",
		},
	},
	{
		Code: ForwardTimeout, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Система не ответила вовремя.",
			EN: "The system did not answer in time.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; проверьте, не был ли он уже принят.",
			EN: "Try again later; check whether the request has been accepted already.",
		},
	},
	{
		Code: ForwardFailed, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Система ответила ошибкой (HTTP {status}).",
			EN: "The system answered with an error (HTTP {status}).",
		},
		Advice: Text{
			RU: "Повторите запрос позже.",
			EN: "Try again later.",
		},
	},
	{
		Code: ForwardInternal, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Внутренняя ошибка шлюза.",
			EN: "Internal error of the gate.",
		},
		Advice: Text{
			RU: "Повторите запрос позже; при обращении в поддержку назовите номер запроса.",
			EN: "Try again later; quote the request id when you contact support.",
		},
	},
}
