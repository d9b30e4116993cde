package reject

// Codes of stage quota. The values are: rule, limit, used, reset, retry.
const (
	QuotaRate       Code = "quota.rate"
	QuotaLimit      Code = "quota.limit"
	QuotaBytes      Code = "quota.bytes"
	QuotaConcurrent Code = "quota.concurrent"
	QuotaInterval   Code = "quota.interval"
	QuotaFailed     Code = "quota.failed"
	QuotaCost       Code = "quota.cost"
	QuotaStore      Code = "quota.store"
)

var quotaCodes = []Entry{
	{
		Code: QuotaRate, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Превышена допустимая частота запросов {limit} (правило «{rule}»).",
			EN: "The request rate is above the allowed {limit} (rule {rule}).",
		},
		Advice: Text{
			RU: "Повторите запрос через {retry} с и распределите запросы равномерно.",
			EN: "Repeat the request in {retry} s and spread requests evenly.",
		},
	},
	{
		Code: QuotaLimit, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Исчерпано число запросов {limit} (правило «{rule}», использовано {used}).",
			EN: "The number of requests {limit} is used up (rule {rule}, used {used}).",
		},
		Advice: Text{
			RU: "Новый период начнётся {reset}; повторите запрос после этого.",
			EN: "The next period begins at {reset}; repeat the request after that.",
		},
	},
	{
		Code: QuotaBytes, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Исчерпан объём данных {limit} (правило «{rule}», использовано байт: {used}).",
			EN: "The data volume {limit} is used up (rule {rule}, bytes used: {used}).",
		},
		Advice: Text{
			RU: "Новый период начнётся {reset}; повторите запрос после этого.",
			EN: "The next period begins at {reset}; repeat the request after that.",
		},
	},
	{
		Code: QuotaConcurrent, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Одновременно выполняется предельное число запросов: {limit} (правило «{rule}»).",
			EN: "The largest number of requests at once is running: {limit} (rule {rule}).",
		},
		Advice: Text{
			RU: "Дождитесь ответа на предыдущие запросы.",
			EN: "Wait for the answers to earlier requests.",
		},
	},
	{
		Code: QuotaInterval, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Запрос повторён слишком рано (правило «{rule}», интервалы {limit}).",
			EN: "The request is repeated too early (rule {rule}, intervals {limit}).",
		},
		Advice: Text{
			RU: "Повторите запрос через {retry} с; каждый следующий интервал больше.",
			EN: "Repeat the request in {retry} s; each following interval is longer.",
		},
	},
	{
		Code: QuotaFailed, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Слишком много сообщений с ошибками: {limit} (правило «{rule}»).",
			EN: "Too many faulty messages: {limit} (rule {rule}).",
		},
		Advice: Text{
			RU: "Исправьте сообщения по полученным ранее ошибкам; повторите через {retry} с.",
			EN: "Correct the messages as the earlier faults say; repeat in {retry} s.",
		},
	},
	{
		Code: QuotaCost, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сообщение слишком велико для правила «{rule}»: {cost} при пределе {limit}.",
			EN: "The message is too large for rule {rule}: {cost} where {limit} is the limit.",
		},
		Advice: Text{
			RU: "Разделите сообщение на несколько.",
			EN: "Split the message into several.",
		},
	},
	{
		Code: QuotaStore, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Учёт запросов временно недоступен.",
			EN: "The accounting of requests is temporarily unavailable.",
		},
		Advice: Text{
			RU: "Повторите запрос через {retry} с.",
			EN: "Repeat the request in {retry} s.",
		},
	},
}
