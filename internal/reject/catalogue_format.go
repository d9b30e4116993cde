package reject

// Codes of stage format.
const (
	FormatUnknownVersion Code = "format.unknown_version"
	FormatNotYet         Code = "format.not_yet"
	FormatRetired        Code = "format.retired"
	FormatAnnounced      Code = "format.announced"
	FormatWithdrawn      Code = "format.withdrawn"
)

var formatCodes = []Entry{
	{
		Code: FormatUnknownVersion, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Версия {version} элемента {element} не принимается; действует версия {expected} (формат {release}).",
			EN: "Version {version} of element {element} is not accepted; version {expected} (release {release}) is in force.",
		},
		Advice: Text{
			RU: "Сформируйте сообщение по формату {release}.",
			EN: "Build the message by release {release}.",
		},
	},
	{
		Code: FormatNotYet, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Формат {found} вступает в силу {date}; до этого дня действует формат {release} (версия {expected}).",
			EN: "Release {found} takes effect on {date}; until then release {release} (version {expected}) is in force.",
		},
		Advice: Text{
			RU: "Используйте формат {release} или отправьте сообщение {date} или позже.",
			EN: "Use release {release}, or send the message on {date} or later.",
		},
	},
	{
		Code: FormatRetired, Side: Sender, Retry: RetryRevise,
		Text: Text{
			RU: "Формат {found} не действует с {date}; действует формат {release} (версия {expected}).",
			EN: "Release {found} has been retired on {date}; release {release} (version {expected}) is in force.",
		},
		Advice: Text{
			RU: "Сформируйте сообщение по формату {release}.",
			EN: "Build the message by release {release}.",
		},
	},
	{
		Code: FormatAnnounced, Side: Sender, Retry: RetryLater,
		Text: Text{
			RU: "Операция с элементом {element} появится {date} в формате {release}.",
			EN: "The operation with element {element} will appear on {date} with release {release}.",
		},
		Advice: Text{
			RU: "Отправьте сообщение {date} или позже.",
			EN: "Send the message on {date} or later.",
		},
	},
	{
		Code: FormatWithdrawn, Side: Sender, Retry: RetryNever,
		Text: Text{
			RU: "Операция с элементом {element} не принимается с {date}: в действующих форматах её нет.",
			EN: "The operation with element {element} is not accepted since {date}: no release in force has it.",
		},
		Advice: Text{
			RU: "Посмотрите действующие форматы, какой операцией она заменена.",
			EN: "See the releases in force for the operation that replaces it.",
		},
	},
}
