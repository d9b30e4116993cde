package reject

// Codes of stage transport.
const (
	TransportPlain       Code = "transport.plain"
	TransportTLSVersion  Code = "transport.tls_version"
	TransportTLSSuite    Code = "transport.tls_suite"
	TransportHTTPVersion Code = "transport.http_version"
	TransportTerminator  Code = "transport.terminator"
)

var transportCodes = []Entry{
	{
		Code: TransportPlain, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Соединение не защищено: нужен TLS.",
			EN: "The connection is not protected: TLS is required.",
		},
		Advice: Text{
			RU: "Подключайтесь по HTTPS.",
			EN: "Connect over HTTPS.",
		},
	},
	{
		Code: TransportTLSVersion, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Версия протокола {version} ниже допустимой {minimum}.",
			EN: "Protocol version {version} is below the minimum {minimum}.",
		},
		Advice: Text{
			RU: "Включите у клиента {minimum} или новее.",
			EN: "Enable {minimum} or later in the client.",
		},
	},
	{
		Code: TransportTLSSuite, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Набор алгоритмов TLS {suite} не допускается.",
			EN: "TLS cipher suite {suite} is not allowed.",
		},
		Advice: Text{
			RU: "Настройте у клиента один из допустимых наборов.",
			EN: "Configure one of the allowed suites in the client.",
		},
	},
	{
		Code: TransportHTTPVersion, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Версия {version} не допускается: нужен HTTP/1.1 или новее.",
			EN: "{version} is not allowed: HTTP/1.1 or later is required.",
		},
		Advice: Text{
			RU: "Включите у клиента HTTP/1.1.",
			EN: "Enable HTTP/1.1 in the client.",
		},
	},
	{
		Code: TransportTerminator, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Сведения о соединении от оконечного устройства TLS отсутствуют или ошибочны.",
			EN: "The facts of the connection from the TLS terminator are missing or malformed.",
		},
		Advice: Text{
			RU: "Повторите позже; ошибка на стороне системы.",
			EN: "Try again later; the error is on the system's side.",
		},
	},
}
