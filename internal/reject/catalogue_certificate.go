package reject

// Codes of stage certificate. All name the certificate they are about as
// {certificate}: its serial number and issuer. It may be one of the path, not
// the sender's own.
const (
	CertificateMalformed      Code = "certificate.malformed"
	CertificateAlgorithm      Code = "certificate.algorithm"
	CertificateExpired        Code = "certificate.expired"
	CertificateNotYetValid    Code = "certificate.not_yet_valid"
	CertificateKeyPeriod      Code = "certificate.key_period"
	CertificateUsage          Code = "certificate.usage"
	CertificateExtension      Code = "certificate.extension"
	CertificateUnknownIssuer  Code = "certificate.unknown_issuer"
	CertificateSignature      Code = "certificate.signature"
	CertificateTooComplex     Code = "certificate.too_complex"
	CertificateConstraints    Code = "certificate.constraints"
	CertificatePolicy         Code = "certificate.policy"
	CertificateClass          Code = "certificate.class"
	CertificateRevoked        Code = "certificate.revoked"
	CertificateCRLMissing     Code = "certificate.crl_missing"
	CertificateCRLStale       Code = "certificate.crl_stale"
	CertificateCRLUnreachable Code = "certificate.crl_unreachable"
	CertificateStatusUnknown  Code = "certificate.status_unknown"
	CertificateNotAccredited  Code = "certificate.not_accredited"
	CertificateListStale      Code = "certificate.trust_list_stale"
)

var (
	renewCertificate = Text{
		RU: "Получите новый сертификат и подпишите сообщение им.",
		EN: "Obtain a new certificate and sign the message with it.",
	}
	askIssuer = Text{
		RU: "Обратитесь в удостоверяющий центр, выдавший сертификат.",
		EN: "Contact the certification authority that issued the certificate.",
	}
	waitForLists = Text{
		RU: "Повторите позже: сведения об отозванных сертификатах обновляются; при повторении обратитесь к оператору.",
		EN: "Try again later: revocation data is being refreshed; if it persists, contact the operator.",
	}
)

var certificateCodes = []Entry{
	{
		Code: CertificateMalformed, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат не читается: это не X.509 в кодировке DER.",
			EN: "The certificate cannot be read: it is not X.509 in DER.",
		},
		Advice: Text{
			RU: "Передайте сертификат целиком, без изменений, в кодировке DER (Base64).",
			EN: "Send the whole unchanged certificate, DER in Base64.",
		},
	},
	{
		Code: CertificateAlgorithm, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Алгоритм подписи или ключ сертификата не допускается ({certificate}).",
			EN: "The certificate's signature algorithm or key is not accepted ({certificate}).",
		},
		Advice: Text{
			RU: "Используйте сертификат с ключом ГОСТ Р 34.10-2012, RSA от 2048 бит или ECDSA.",
			EN: "Use a certificate with a key of GOST R 34.10-2012, RSA of at least 2048 bits, or ECDSA.",
		},
	},
	{
		Code: CertificateExpired, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Срок действия сертификата истёк {not_after} ({certificate}).",
			EN: "The certificate expired at {not_after} ({certificate}).",
		},
		Advice: renewCertificate,
	},
	{
		Code: CertificateNotYetValid, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Срок действия сертификата начнётся {not_before} ({certificate}).",
			EN: "The certificate is not valid before {not_before} ({certificate}).",
		},
		Advice: Text{
			RU: "Дождитесь начала срока действия или подпишите сообщение действующим сертификатом.",
			EN: "Wait until it becomes valid, or sign the message with a valid certificate.",
		},
	},
	{
		Code: CertificateKeyPeriod, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Срок действия закрытого ключа истёк или не наступил: {period} ({certificate}).",
			EN: "The private key is outside its period of use: {period} ({certificate}).",
		},
		Advice: renewCertificate,
	},
	{
		Code: CertificateUsage, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат не предназначен для этого применения: {reason} ({certificate}).",
			EN: "The certificate is not meant for this use: {reason} ({certificate}).",
		},
		Advice: Text{
			RU: "Используйте сертификат, в котором разрешено нужное применение ключа.",
			EN: "Use a certificate whose key usage allows this.",
		},
	},
	{
		Code: CertificateExtension, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат содержит расширение, которое нельзя принять: {reason} ({certificate}).",
			EN: "The certificate has an extension that cannot be accepted: {reason} ({certificate}).",
		},
		Advice: askIssuer,
	},
	{
		Code: CertificateUnknownIssuer, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Путь от сертификата к доверенному головному удостоверяющему центру не найден: неизвестен издатель «{issuer}».",
			EN: "No path leads from the certificate to a trusted head certification authority: issuer \"{issuer}\" is unknown.",
		},
		Advice: Text{
			RU: "Используйте сертификат аккредитованного удостоверяющего центра.",
			EN: "Use a certificate of an accredited certification authority.",
		},
	},
	{
		Code: CertificateSignature, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Подпись сертификата не подтверждается ключом его издателя ({certificate}).",
			EN: "The certificate's signature does not verify with its issuer's key ({certificate}).",
		},
		Advice: Text{
			RU: "Передайте сертификат без изменений.",
			EN: "Send the certificate unchanged.",
		},
	},
	{
		Code: CertificateTooComplex, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Путь сертификации не найден в пределах допустимого числа проверок.",
			EN: "No certification path was found within the allowed number of checks.",
		},
		Advice: Text{
			RU: "Передавайте только сертификаты своего пути.",
			EN: "Send the certificates of your own path only.",
		},
	},
	{
		Code: CertificateConstraints, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат нарушает ограничения пути сертификации: {reason} ({certificate}).",
			EN: "The certificate breaks a constraint of its certification path: {reason} ({certificate}).",
		},
		Advice: askIssuer,
	},
	{
		Code: CertificatePolicy, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Политики сертификата не подтверждаются путём сертификации ({certificate}).",
			EN: "The certificate's policies are not borne out by its path ({certificate}).",
		},
		Advice: askIssuer,
	},
	{
		Code: CertificateClass, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Класс средства электронной подписи {class} ниже требуемого {minimum} ({certificate}).",
			EN: "The class of the signing tool, {class}, is below the required {minimum} ({certificate}).",
		},
		Advice: Text{
			RU: "Используйте сертификат, выданный для средства электронной подписи класса {minimum} или выше.",
			EN: "Use a certificate issued for a signing tool of class {minimum} or higher.",
		},
	},
	{
		Code: CertificateRevoked, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Сертификат отозван {date}, причина: {reason} ({certificate}).",
			EN: "The certificate was revoked at {date}, reason: {reason} ({certificate}).",
		},
		Advice: renewCertificate,
	},
	{
		Code: CertificateCRLMissing, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Нет списка отозванных сертификатов издателя «{issuer}».",
			EN: "There is no revocation list of issuer \"{issuer}\".",
		},
		Advice: waitForLists,
	},
	{
		Code: CertificateCRLStale, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Список отозванных сертификатов издателя «{issuer}» устарел {next_update}.",
			EN: "The revocation list of issuer \"{issuer}\" became stale at {next_update}.",
		},
		Advice: waitForLists,
	},
	{
		Code: CertificateCRLUnreachable, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Список отозванных сертификатов издателя «{issuer}» не удаётся получить.",
			EN: "The revocation list of issuer \"{issuer}\" cannot be fetched.",
		},
		Advice: waitForLists,
	},
	{
		Code: CertificateStatusUnknown, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Статус сертификата не определён: списки отозванных сертификатов о нём ничего не говорят ({certificate}).",
			EN: "The certificate's status is not determined: the revocation lists say nothing about it ({certificate}).",
		},
		Advice: waitForLists,
	},
	{
		Code: CertificateNotAccredited, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Удостоверяющий центр «{issuer}» не аккредитован: {status}.",
			EN: "Certification authority \"{issuer}\" is not accredited: {status}.",
		},
		Advice: Text{
			RU: "Получите сертификат в действующем аккредитованном удостоверяющем центре.",
			EN: "Obtain a certificate from a certification authority whose accreditation is in force.",
		},
	},
	{
		Code: CertificateListStale, Side: Receiver, Retry: RetryLater,
		Text: Text{
			RU: "Перечень аккредитованных удостоверяющих центров устарел {expired}.",
			EN: "The list of accredited certification authorities became stale at {expired}.",
		},
		Advice: waitForLists,
	},
}
