package schema

// A messageRow is how one validation rule is put into words. {0}, {1}, … are
// the arguments it is reported with.
type messageRow struct {
	xerces, ru, en string
	found          string // what was found, with arguments
	expected       string // what is right
}

// messages is by validation rule. The column xerces has the sentences of
// Xerces-J, which programs that talk to such systems parse; they are an
// interface and stand here as it writes them.
var messages = map[string]messageRow{
	"cvc-elt.1": {
		xerces: "Cannot find the declaration of element '{0}'.",
		ru:     "Элемент {0} не объявлен в схеме.",
		en:     "Element {0} is not declared in the schema.",
		found:  "{0}",
	},
	"cvc-elt.2": {
		xerces: "The value of '{abstract}' in the element declaration for '{0}' must be false.",
		ru:     "Элемент {0} абстрактный: вместо него указывается элемент его группы замены.",
		en:     "Element {0} is abstract: an element of its substitution group takes its place.",
		found:  "{0}",
	},
	"cvc-elt.3.1": {
		xerces: "Attribute 'http://www.w3.org/2001/XMLSchema-instance,nil' must not appear on element '{0}', because the {nillable} property of '{0}' is false.",
		ru:     "Атрибут {1} не допускается у элемента {0}: он не может быть пустым (nillable).",
		en:     "Attribute {1} is not allowed on element {0}, which is not nillable.",
		found:  "{1}",
	},
	"cvc-elt.3.2.1": {
		xerces: "Element '{0}' cannot have character or element information [children], because 'http://www.w3.org/2001/XMLSchema-instance,nil' is specified.",
		ru:     "Элемент {0} с {1} не может иметь содержимого.",
		en:     "Element {0} with {1} cannot have content.",
	},
	"cvc-elt.3.2.2": {
		xerces: "There must be no fixed {value constraint} for element '{0}', because 'http://www.w3.org/2001/XMLSchema-instance,nil' is specified.",
		ru:     "У элемента {0} постоянное значение, поэтому {1} не допускается.",
		en:     "Element {0} has a fixed value, so that {1} is not allowed.",
		found:  "{1}",
	},
	"cvc-elt.4.1": {
		xerces: "The value '{2}' of attribute 'http://www.w3.org/2001/XMLSchema-instance,type' on element '{0}' is not a valid QName.",
		ru:     "Значение «{2}» атрибута {1} элемента {0} не является именем типа.",
		en:     "The value \"{2}\" of attribute {1} on element {0} is not a qualified name.",
		found:  "{2}", expected: "QName",
	},
	"cvc-elt.4.2": {
		xerces: "Cannot resolve '{1}' to a type definition for element '{0}'.",
		ru:     "Тип {1}, указанный у элемента {0}, в схеме не определён.",
		en:     "Type {1}, named on element {0}, is not defined in the schema.",
		found:  "{1}",
	},
	"cvc-elt.4.3": {
		xerces: "Type '{1}' is not validly derived from the type definition, '{2}', of element '{0}'.",
		ru:     "Тип {1} нельзя использовать для элемента {0}: он не производный от типа {2}, или замена запрещена.",
		en:     "Type {1} cannot be used for element {0}: it is not derived from type {2}, or substitution is blocked.",
		found:  "{1}", expected: "{2}",
	},
	"cvc-elt.5.1.1": {
		xerces: "{value constraint} '{2}' of element '{0}' is not a valid default value for type '{1}'.",
		ru:     "Значение по умолчанию «{2}» элемента {0} не подходит к типу {1}.",
		en:     "The default value \"{2}\" of element {0} is not valid for type {1}.",
		found:  "{2}", expected: "{1}",
	},
	"cvc-elt.5.2.2.1": {
		xerces: "Element '{0}' must have no element information item [children].",
		ru:     "У элемента {0} постоянное значение: вложенные элементы не допускаются.",
		en:     "Element {0} has a fixed value and cannot have child elements.",
	},
	"cvc-elt.5.2.2.2.1": {
		xerces: "The value '{1}' of element '{0}' does not match the {value constraint} value '{2}'.",
		ru:     "Значение «{1}» элемента {0} не равно постоянному значению «{2}».",
		en:     "The value \"{1}\" of element {0} is not the fixed value \"{2}\".",
		found:  "{1}", expected: "{2}",
	},
	"cvc-elt.5.2.2.2.2": {
		xerces: "The value '{1}' of element '{0}' does not match the {value constraint} value '{2}'.",
		ru:     "Значение «{1}» элемента {0} не равно постоянному значению «{2}».",
		en:     "The value \"{1}\" of element {0} is not the fixed value \"{2}\".",
		found:  "{1}", expected: "{2}",
	},
	"cvc-type.2": {
		xerces: "The type definition cannot be abstract for element {0}.",
		ru:     "Тип элемента {0} абстрактный: укажите производный тип атрибутом xsi:type.",
		en:     "The type of element {0} is abstract: name a derived type with the attribute xsi:type.",
		found:  "{0}", expected: "xsi:type",
	},
	"cvc-type.3.1.1": {
		xerces: "Element '{0}' is a simple type, so it cannot have attributes, excepting those whose namespace name is identical to " +
			"'http://www.w3.org/2001/XMLSchema-instance' and whose [local name] is one of 'type', 'nil', 'schemaLocation' or " +
			"'noNamespaceSchemaLocation'. However, the attribute, '{1}' was found.",
		ru:    "У элемента {0} простого типа не может быть атрибута {1}.",
		en:    "Element {0} is of a simple type and cannot have the attribute {1}.",
		found: "{1}",
	},
	"cvc-type.3.1.2": {
		xerces: "Element '{0}' is a simple type, so it must have no element information item [children].",
		ru:     "У элемента {0} простого типа не может быть вложенных элементов.",
		en:     "Element {0} is of a simple type and cannot have child elements.",
	},
	"cvc-complex-type.2.1": {
		xerces: "Element '{0}' must have no character or element information item [children], because the type's content type is empty.",
		ru:     "Элемент {0} должен быть пустым.",
		en:     "Element {0} must be empty.",
	},
	"cvc-complex-type.2.2": {
		xerces: "Element '{0}' must have no element [children], and the value must be valid.",
		ru:     "У элемента {0} может быть только значение, без вложенных элементов.",
		en:     "Element {0} must have a value and no child elements.",
	},
	"cvc-complex-type.2.3": {
		xerces: "Element '{0}' cannot have character [children], because the type's content type is element-only.",
		ru:     "В элементе {0} допускаются только вложенные элементы, без текста.",
		en:     "Element {0} can contain elements only, no text.",
	},
	"cvc-complex-type.2.4.a": {
		xerces: "Invalid content was found starting with element '{0}'. One of '{1}' is expected.",
		ru:     "Элемент {0} здесь не допускается. Ожидается: {2}.",
		en:     "Element {0} is not allowed here. Expected: {2}.",
		found:  "{0}", expected: "{2}",
	},
	"cvc-complex-type.2.4.b": {
		xerces: "The content of element '{0}' is not complete. One of '{1}' is expected.",
		ru:     "Содержимое элемента {0} неполное. Ожидается: {2}.",
		en:     "The content of element {0} is incomplete. Expected: {2}.",
		found:  "</{0}>", expected: "{2}",
	},
	"cvc-complex-type.2.4.c": {
		xerces: "The matching wildcard is strict, but no declaration can be found for element '{0}'.",
		ru:     "Здесь допускаются только объявленные элементы, а элемент {0} в схеме не объявлен.",
		en:     "Only declared elements are allowed here, and element {0} is not declared in the schema.",
		found:  "{0}",
	},
	"cvc-complex-type.2.4.d": {
		xerces: "Invalid content was found starting with element '{0}'. No child element is expected at this point.",
		ru:     "Элемент {0} здесь не допускается: вложенных элементов больше не ожидается.",
		en:     "Element {0} is not allowed here: no further child element is expected.",
		found:  "{0}",
	},
	"cvc-complex-type.3.1": {
		xerces: "Value '{2}' of attribute '{1}' of element '{0}' is not valid with respect to the corresponding attribute use. " +
			"Attribute '{1}' has a fixed value of '{3}'.",
		ru:    "Значение «{2}» атрибута {1} элемента {0} не равно постоянному значению «{3}».",
		en:    "The value \"{2}\" of attribute {1} of element {0} is not the fixed value \"{3}\".",
		found: "{2}", expected: "{3}",
	},
	"cvc-complex-type.3.2.2": {
		xerces: "Attribute '{1}' is not allowed to appear in element '{0}'.",
		ru:     "Атрибут {1} у элемента {0} не допускается.",
		en:     "Attribute {1} is not allowed on element {0}.",
		found:  "{1}",
	},
	"cvc-complex-type.4": {
		xerces:   "Attribute '{1}' must appear on element '{0}'.",
		ru:       "У элемента {0} нет обязательного атрибута {1}.",
		en:       "Element {0} lacks the required attribute {1}.",
		expected: "{1}",
	},
	"cvc-complex-type.5.1": {
		xerces: "In element '{0}', attribute '{1}' is a Wild ID. But there is already a Wild ID '{2}'. There can be only one.",
		ru:     "У элемента {0} два атрибута типа ID: {2} и {1}.",
		en:     "Element {0} has two attributes of type ID: {2} and {1}.",
		found:  "{1}",
	},
	"cvc-complex-type.5.2": {
		xerces: "In element '{0}', attribute '{1}' is a Wild ID. But there is already an attribute '{2}' of type ID among the {attribute uses}.",
		ru:     "У элемента {0} два атрибута типа ID: {2} и {1}.",
		en:     "Element {0} has two attributes of type ID: {2} and {1}.",
		found:  "{1}",
	},
	"cvc-attribute.4": {
		xerces: "The value '{2}' of attribute '{1}' on element '{0}' is not valid with respect to its fixed {value constraint}. " +
			"The attribute must have a value of '{3}'.",
		ru:    "Значение «{2}» атрибута {1} элемента {0} не равно постоянному значению «{3}».",
		en:    "The value \"{2}\" of attribute {1} of element {0} is not the fixed value \"{3}\".",
		found: "{2}", expected: "{3}",
	},
	"cvc-id.1": {
		xerces: "There is no ID/IDREF binding for IDREF '{0}'.",
		ru:     "Нет элемента с идентификатором «{0}», на который есть ссылка.",
		en:     "No element has the identifier \"{0}\" that is referred to.",
		found:  "{0}",
	},
	"cvc-id.2": {
		xerces: "There are multiple occurrences of ID value '{0}'.",
		ru:     "Идентификатор «{0}» встречается больше одного раза.",
		en:     "The identifier \"{0}\" occurs more than once.",
		found:  "{0}",
	},
	"cvc-entity": {
		xerces: "'{0}' is not a valid value for 'ENTITY'.",
		ru:     "Сущность «{0}» не объявлена.",
		en:     "The entity \"{0}\" is not declared.",
		found:  "{0}",
	},
	"cvc-identity-constraint.3": {
		xerces: "Field \"{0}\" of identity constraint \"{1}\" matches element \"{2}\" which does not have a simple type.",
		ru:     "Поле «{0}» ограничения {1} указывает на элемент {2}, у которого нет значения.",
		en:     "Field \"{0}\" of constraint {1} leads to element {2}, which has no value.",
		found:  "{2}",
	},
	"cvc-identity-constraint.3.attribute": {
		xerces: "A field of identity constraint \"{0}\" matches attribute \"{1}\" which does not have a simple type.",
		ru:     "Поле ограничения {0} указывает на атрибут {1}, для которого в схеме нет объявления.",
		en:     "A field of constraint {0} leads to attribute {1}, which the schema does not declare.",
		found:  "{1}",
	},
	"cvc-identity-constraint.3.many": {
		xerces: "Field \"{0}\" of identity constraint \"{1}\" matches more than one value within the scope of its selector; fields must match unique values.",
		ru:     "Поле «{0}» ограничения {1} находит больше одного значения.",
		en:     "Field \"{0}\" of constraint {1} finds more than one value.",
	},
	"cvc-identity-constraint.4.1": {
		xerces: "Duplicate unique value [{0}] declared for identity constraint \"{2}\" of element \"{1}\".",
		ru:     "Значение «{0}» должно быть единственным в элементе {1} (ограничение {2}), а встречается повторно.",
		en:     "The value \"{0}\" must be unique within element {1} (constraint {2}) but occurs again.",
		found:  "{0}",
	},
	"cvc-identity-constraint.4.2.1": {
		xerces: "Element \"{0}\" has no value for the key \"{1}\".",
		ru:     "У элемента {0} нет значения для ключа {1}.",
		en:     "Element {0} has no value for the key {1}.",
		found:  "{0}",
	},
	"cvc-identity-constraint.4.2.2": {
		xerces: "Duplicate key value [{0}] declared for identity constraint \"{2}\" of element \"{1}\".",
		ru:     "Ключ «{0}» в элементе {1} (ограничение {2}) встречается повторно.",
		en:     "The key \"{0}\" within element {1} (constraint {2}) occurs again.",
		found:  "{0}",
	},
	"cvc-identity-constraint.4.2.3": {
		xerces: "Element \"{0}\" has a key (key name \"{1}\") which matches a nillable element.",
		ru:     "Элемент {0} не может быть частью ключа {1}: он допускает пустое значение (nillable).",
		en:     "Element {0} cannot be part of the key {1}: it is nillable.",
		found:  "{0}",
	},
	"cvc-identity-constraint.4.3": {
		xerces: "Key '{0}' with value '{1}' not found for identity constraint of element '{2}'.",
		ru:     "Ссылка {0} со значением «{1}» не находит ключа в элементе {2}.",
		en:     "The reference {0} with the value \"{1}\" finds no key within element {2}.",
		found:  "{1}",
	},
	"limit": {
		xerces: "Validating element '{0}' takes more work than its size admits.",
		ru:     "Проверка элемента {0} требует больше работы, чем допускается при его размере.",
		en:     "Validating element {0} takes more work than its size admits.",
	},
}
