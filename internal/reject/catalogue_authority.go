package reject

// Codes of stage authority.
const (
	AuthorityOrganizationMismatch Code = "authority.organization_mismatch"
	AuthorityClientMismatch       Code = "authority.client_mismatch"
	AuthoritySignerMismatch       Code = "authority.signer_mismatch"
	AuthorityDate                 Code = "authority.date"
	AuthoritySigningTime          Code = "authority.signing_time"
	AuthorityReplay               Code = "authority.replay"
	AuthorityGUIDReused           Code = "authority.message_guid_reused"
	AuthorityReplayFull           Code = "authority.replay_full"
	AuthorityStore                Code = "authority.store"
)

var authorityCodes = []Entry{
	{
		Code: AuthorityOrganizationMismatch, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Информационная система {client} не вправе отправлять сообщения от имени организации {organization}.",
			EN: "Information system {client} may not send for organization {organization}.",
		},
		Advice: Text{
			RU: "Проверьте orgPPAGUID в заголовке; право представлять организацию регистрирует оператор.",
			EN: "Check orgPPAGUID in the header; the operator registers whom a system may represent.",
		},
	},
	{
		Code: AuthorityClientMismatch, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат подписи {signer} не зарегистрирован за информационной системой {client}.",
			EN: "The signing certificate {signer} is not registered for information system {client}.",
		},
		Advice: Text{
			RU: "Подпишите сообщение зарегистрированным сертификатом или зарегистрируйте новый у оператора.",
			EN: "Sign with a registered certificate or have the new one registered by the operator.",
		},
	},
	{
		Code: AuthoritySignerMismatch, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Подпись принадлежит не той организации: {signer}, ожидается {organization}.",
			EN: "The signature belongs to another organization: {signer}, expected {organization}.",
		},
		Advice: Text{
			RU: "Подпишите сообщение сертификатом организации из orgPPAGUID; если подписывает оператор информационной системы, укажите IsOperatorSignature.",
			EN: "Sign with a certificate of the organization in orgPPAGUID; if the system's operator signs, set IsOperatorSignature.",
		},
	},
	{
		Code: AuthorityDate, Side: Sender, Retry: RetryAnew,
		Text: Text{
			RU: "Дата сообщения {time} вне допустимого окна: сейчас {now}, допускается не старше {age} и не позже чем на {skew} вперёд.",
			EN: "The message's date {time} is outside the window: now is {now}, at most {age} old and {skew} ahead are allowed.",
		},
		Advice: Text{
			RU: "Сверьте часы и отправьте новое сообщение с новыми MessageGUID, датой и подписью.",
			EN: "Set the clock and send a new message with a new MessageGUID, date and signature.",
		},
	},
	{
		Code: AuthoritySigningTime, Side: Sender, Retry: RetryAnew,
		Text: Text{
			RU: "Заявленное время подписи {time} вне допустимого окна: сейчас {now}, допускается не старше {age} и не позже чем на {skew} вперёд.",
			EN: "The claimed signing time {time} is outside the window: now is {now}, at most {age} old and {skew} ahead are allowed.",
		},
		Advice: Text{
			RU: "Сверьте часы и подпишите сообщение заново.",
			EN: "Set the clock and sign the message anew.",
		},
	},
	{
		Code: AuthorityReplay, Side: Sender, Retry: RetryAnew,
		Text: Text{
			RU: "Это сообщение уже было принято (MessageGUID {guid}).",
			EN: "This message has been accepted already (MessageGUID {guid}).",
		},
		Advice: Text{
			RU: "Запросите результат первого сообщения; новое отправляйте с новыми MessageGUID, временем и подписью.",
			EN: "Ask for the result of the first message; send a new one with a new MessageGUID, time and signature.",
		},
	},
	{
		Code: AuthorityGUIDReused, Side: Sender, Retry: RetryAnew,
		Text: Text{
			RU: "MessageGUID {guid} уже использован в другом сообщении.",
			EN: "MessageGUID {guid} has been used already in another message.",
		},
		Advice: Text{
			RU: "Создавайте новый MessageGUID для каждого сообщения.",
			EN: "Make a new MessageGUID for each message.",
		},
	},
	{
		Code: AuthorityReplayFull, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "От этого подписанта принято предельное число сообщений за период защиты от повторов.",
			EN: "The largest number of messages of one signer within the replay window has been accepted.",
		},
		Advice: Text{
			RU: "Повторите сообщение через {retry} с.",
			EN: "Repeat the message in {retry} s.",
		},
	},
	{
		Code: AuthorityStore, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Проверка на повтор временно недоступна.",
			EN: "The check for repetition is temporarily unavailable.",
		},
		Advice: Text{
			RU: "Повторите сообщение через {retry} с.",
			EN: "Repeat the message in {retry} s.",
		},
	},
}
