package reject

// Values says what the named values of the catalogue's texts mean. Every
// {name} in the catalogue has a row here; a test sees to it.
var Values = map[string]Text{
	"accepted":     {RU: "алгоритмы, которые принимаются", EN: "algorithms that are accepted"},
	"actual":       {RU: "значение, вычисленное шлюзом", EN: "the value as the gate computed it"},
	"age":          {RU: "допустимый возраст сообщения", EN: "how old a message may be"},
	"algorithm":    {RU: "идентификатор алгоритма", EN: "identifier of an algorithm"},
	"attributes":   {RU: "имена атрибутов-идентификаторов", EN: "names of identifying attributes"},
	"block":        {RU: "блок заголовка SOAP", EN: "SOAP header block"},
	"certificate":  {RU: "владелец сертификата", EN: "subject of a certificate"},
	"char":         {RU: "код символа", EN: "code of a character"},
	"charset":      {RU: "кодировка по заголовку HTTP", EN: "charset by the HTTP header"},
	"claimed":      {RU: "значение, заявленное в сообщении", EN: "the value the message claims"},
	"class":        {RU: "класс средства подписи", EN: "class of a signature tool"},
	"client":       {RU: "информационная система отправителя", EN: "the sender's information system"},
	"computed":     {RU: "значение, вычисленное шлюзом", EN: "the value as the gate computed it"},
	"cost":         {RU: "стоимость сообщения по правилу", EN: "what the message costs by the rule"},
	"date":         {RU: "день", EN: "a day"},
	"element":      {RU: "элемент сообщения", EN: "element of the message"},
	"encoding":     {RU: "кодировка документа или содержимого", EN: "encoding of the document or content"},
	"evidence":     {RU: "откуда известна кодировка", EN: "where the encoding is known from"},
	"expected":     {RU: "что ожидалось", EN: "what was expected"},
	"expired":      {RU: "когда истёк срок", EN: "when it expired"},
	"found":        {RU: "что найдено", EN: "what was found"},
	"from":         {RU: "с какого дня", EN: "from which day"},
	"guid":         {RU: "идентификатор сообщения", EN: "identifier of the message"},
	"id":           {RU: "идентификатор элемента", EN: "identifier of an element"},
	"issuer":       {RU: "удостоверяющий центр", EN: "certification authority"},
	"key":          {RU: "вид ключа", EN: "kind of key"},
	"limit":        {RU: "предел", EN: "the limit"},
	"method":       {RU: "метод HTTP", EN: "HTTP method"},
	"minimum":      {RU: "наименьшее допустимое", EN: "the least that is allowed"},
	"name":         {RU: "имя", EN: "a name"},
	"next_update":  {RU: "когда должен был выйти следующий список отзыва", EN: "when the next revocation list was due"},
	"not_after":    {RU: "конец срока действия", EN: "end of validity"},
	"not_before":   {RU: "начало срока действия", EN: "begin of validity"},
	"now":          {RU: "время шлюза", EN: "the gate's time"},
	"one":          {RU: "одно из противоречащих значений", EN: "one of two values that conflict"},
	"operation":    {RU: "операция службы", EN: "operation of the service"},
	"organization": {RU: "организация", EN: "organization"},
	"other":        {RU: "другое из противоречащих значений", EN: "the other of two values that conflict"},
	"part":         {RU: "часть составного сообщения", EN: "part of a multipart message"},
	"path":         {RU: "путь в адресе", EN: "path of the address"},
	"period":       {RU: "срок действия ключа", EN: "period of a key"},
	"place":        {RU: "место в сообщении", EN: "place in the message"},
	"prefix":       {RU: "префикс пространства имён", EN: "namespace prefix"},
	"reason":       {RU: "причина", EN: "the reason"},
	"reference":    {RU: "ссылка подписи", EN: "reference of a signature"},
	"release":      {RU: "версия форматов, которую следует использовать", EN: "the release to use"},
	"reset":        {RU: "начало нового периода", EN: "begin of the next period"},
	"retry":        {RU: "через сколько секунд повторить", EN: "seconds to wait before sending again"},
	"role":         {RU: "роль (actor) блока заголовка", EN: "role (actor) of a header block"},
	"rule":         {RU: "имя правила", EN: "name of a rule"},
	"service":      {RU: "служба", EN: "service"},
	"signer":       {RU: "подписавший", EN: "the signer"},
	"skew":         {RU: "допустимое опережение часов", EN: "how far ahead a clock may be"},
	"status":       {RU: "состояние или код HTTP", EN: "status, or HTTP status"},
	"suite":        {RU: "набор шифров", EN: "cipher suite"},
	"time":         {RU: "время, указанное в сообщении", EN: "the time the message gives"},
	"type":         {RU: "тип содержимого", EN: "media type"},
	"until":        {RU: "по какой день", EN: "until which day"},
	"used":         {RU: "сколько использовано", EN: "how much is used"},
	"version":      {RU: "версия", EN: "version"},
	"what":         {RU: "о чём идёт речь", EN: "what it is about"},
	"why":          {RU: "почему", EN: "why"},
}

var stageTexts = [...]Text{
	Transport: {RU: "соединение", EN: "connection"}, Client: {RU: "информационная система", EN: "information system"},
	Quota: {RU: "пределы запросов", EN: "request limits"}, HTTP: {RU: "HTTP", EN: "HTTP"}, XML: {RU: "XML", EN: "XML"},
	SOAP: {RU: "SOAP", EN: "SOAP"}, Format: {RU: "версия форматов", EN: "format release"},
	Schema: {RU: "схема", EN: "schema"}, Signature: {RU: "подпись", EN: "signature"},
	Certificate: {RU: "сертификат", EN: "certificate"}, Authority: {RU: "полномочия", EN: "authority"},
	Forward: {RU: "передача системе", EN: "forwarding"},
}

// Text names the stage for a person.
func (s Stage) Text() Text { return stageTexts[s] }

var retryTexts = [...]Text{
	RetryNever:  {RU: "не поможет", EN: "will not help"},
	RetryLater:  {RU: "позже, то же сообщение", EN: "later, the same message"},
	RetryAnew:   {RU: "новым сообщением", EN: "with a new message"},
	RetryRevise: {RU: "после исправления", EN: "after correction"},
}

// Text says for a person whether sending again can help.
func (r Retry) Text() Text { return retryTexts[r] }
