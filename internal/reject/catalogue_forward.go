package reject

// Codes of stage forward.
const (
	ForwardUnreachable Code = "forward.unreachable"
	ForwardTimeout     Code = "forward.timeout"
	ForwardFailed      Code = "forward.failed"
	ForwardInternal    Code = "forward.internal"
)

var forwardCodes = []Entry{
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
