package worst

import (
	"fmt"
	"strings"
)

// schema has what an attacker would look for in a published format.
const schema = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<xs:complexType name="Node"><xs:choice minOccurs="0" maxOccurs="unbounded">
  <xs:element name="n" type="t:Node"><xs:unique name="un"><xs:selector xpath=".//v"/><xs:field xpath="."/></xs:unique>
    <xs:key name="kn"><xs:selector xpath=".//*"/><xs:field xpath="@k"/></xs:key><xs:keyref name="rn" refer="t:kn"><xs:selector xpath=".//w"/><xs:field xpath="."/></xs:keyref></xs:element>
  <xs:element name="v" type="xs:string"/><xs:element name="w" type="xs:string"/></xs:choice><xs:attribute name="k"/></xs:complexType>
<xs:element name="nodes" type="t:Node"/>
<xs:element name="rows"><xs:complexType><xs:sequence><xs:element name="r" maxOccurs="unbounded"><xs:complexType><xs:attribute name="k" type="xs:string"/><xs:attribute name="l" type="xs:decimal"/><xs:attribute name="m" type="xs:string"/></xs:complexType></xs:element></xs:sequence></xs:complexType>
  <xs:key name="k1"><xs:selector xpath="r"/><xs:field xpath="@k"/></xs:key><xs:unique name="k2"><xs:selector xpath=".//r"/><xs:field xpath="@l"/><xs:field xpath="@k"/></xs:unique>
  <xs:keyref name="k3" refer="t:k1"><xs:selector xpath="r"/><xs:field xpath="@m"/></xs:keyref></xs:element>
<xs:simpleType name="Redos"><xs:restriction base="xs:string"><xs:pattern value="(\s*\S+\s*)+"/><xs:pattern value="(a+)+b"/><xs:pattern value="(.*)([0-9а-яА-Яa-zA-Z]+)(.*)"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Count"><xs:restriction base="xs:string"><xs:pattern value="[а-яА-ЯёЁ\-\s,.]{1,200}(\d{1,3},?){0,100}"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Ints"><xs:list itemType="xs:int"/></xs:simpleType>
<xs:simpleType name="Words"><xs:restriction base="t:Many"><xs:enumeration value="a"/><xs:enumeration value="b"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Many"><xs:list><xs:simpleType><xs:union memberTypes="xs:int xs:date xs:dateTime xs:duration xs:boolean xs:hexBinary xs:token"/></xs:simpleType></xs:list></xs:simpleType>
<xs:simpleType name="Few"><xs:list><xs:simpleType><xs:restriction><xs:simpleType><xs:union memberTypes="xs:int xs:date xs:dateTime xs:duration xs:boolean xs:hexBinary xs:token"/></xs:simpleType><xs:enumeration value="f"/><xs:enumeration value="-"/></xs:restriction></xs:simpleType></xs:list></xs:simpleType>
<xs:simpleType name="States"><xs:restriction base="xs:string"><xs:pattern value="[ab]*a(a|b|ab){31}[ab]*c"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Groups"><xs:restriction base="xs:string"><xs:pattern value="(a?b?){4000}[ab]*"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Money"><xs:restriction base="xs:decimal"><xs:totalDigits value="20"/><xs:minInclusive value="-1"/><xs:maxInclusive value="99999999999999999999"/></xs:restriction></xs:simpleType>
<xs:element name="values"><xs:complexType><xs:choice maxOccurs="unbounded">
  <xs:element name="redos" type="t:Redos"/><xs:element name="count" type="t:Count"/><xs:element name="ints" type="t:Ints"/><xs:element name="many" type="t:Many"/><xs:element name="words" type="t:Words"/><xs:element name="few" type="t:Few"/>
  <xs:element name="states" type="t:States"/><xs:element name="groups" type="t:Groups"/>
  <xs:element name="money" type="t:Money"/><xs:element name="decimal" type="xs:decimal"/><xs:element name="double" type="xs:double"/><xs:element name="dateTime" type="xs:dateTime"/><xs:element name="duration" type="xs:duration"/>
  <xs:element name="base64" type="xs:base64Binary"/><xs:element name="uri" type="xs:anyURI"/><xs:element name="token" type="xs:token"/><xs:element name="language" type="xs:language"/><xs:element name="name" type="xs:NCName"/>
  <xs:element name="ids" type="xs:IDREFS"/><xs:element name="id" type="xs:ID"/><xs:element name="qname" type="xs:QName"/><xs:element name="string" type="xs:string"/></xs:choice></xs:complexType></xs:element>
<xs:complexType name="T0"><xs:sequence/></xs:complexType>
%s
<xs:element name="types"><xs:complexType><xs:sequence><xs:element name="e" type="t:T0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="wild"><xs:complexType><xs:sequence><xs:any processContents="lax" maxOccurs="unbounded"/></xs:sequence><xs:anyAttribute processContents="lax"/></xs:complexType></xs:element>
<xs:element name="choice"><xs:complexType><xs:choice maxOccurs="unbounded">%s</xs:choice></xs:complexType></xs:element>
<xs:element name="options"><xs:complexType><xs:sequence maxOccurs="unbounded">%s</xs:sequence></xs:complexType></xs:element>
<xs:element name="ambiguous"><xs:complexType><xs:choice minOccurs="2" maxOccurs="unbounded"><xs:element name="a" minOccurs="2" maxOccurs="4"/><xs:element name="b"/></xs:choice></xs:complexType></xs:element>
<xs:element name="attributes"><xs:complexType><xs:sequence><xs:element name="e" maxOccurs="unbounded"><xs:complexType>%s</xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
<xs:element name="mixed"><xs:complexType mixed="true"><xs:sequence><xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
<xs:element name="many"><xs:complexType><xs:choice maxOccurs="unbounded">
  <xs:element name="all"><xs:complexType><xs:all>%s</xs:all></xs:complexType></xs:element>
  <xs:element name="long"><xs:complexType><xs:sequence>%s</xs:sequence></xs:complexType></xs:element>
  <xs:element name="need"><xs:complexType><xs:sequence><xs:element name="first" type="xs:int"/>%s</xs:sequence></xs:complexType></xs:element>
  <xs:element name="preset"><xs:complexType>%s</xs:complexType></xs:element>
  <xs:any namespace="%s" processContents="skip"/><xs:any namespace="u" processContents="lax"/>%s
  <xs:element name="q" type="t:Names"/><xs:element name="u" type="t:Choice"/></xs:choice></xs:complexType></xs:element>
<xs:simpleType name="Names"><xs:list itemType="xs:QName"/></xs:simpleType>
<xs:element name="names" type="t:Names"/>
<xs:element name="floats"><xs:complexType><xs:sequence><xs:element name="f" maxOccurs="unbounded"><xs:simpleType><xs:restriction base="xs:double">%s</xs:restriction></xs:simpleType></xs:element></xs:sequence></xs:complexType></xs:element>
<xs:element name="e" type="xs:string"/>
<xs:element name="entities" type="xs:ENTITIES"/>
<xs:simpleType name="S0"><xs:restriction base="xs:string"/></xs:simpleType>
%s
<xs:simpleType name="Choice"><xs:union memberTypes="%s"/></xs:simpleType>
<xs:complexType name="Deep"><xs:choice minOccurs="0" maxOccurs="unbounded">
  <xs:element name="d" type="t:Deep"><xs:unique name="ud"><xs:selector xpath=".//d"/><xs:field xpath=".//v"/></xs:unique></xs:element>
  <xs:element name="r" type="t:Deep"><xs:keyref name="rr" refer="t:kr"><xs:selector xpath=".//w"/><xs:field xpath="."/></xs:keyref><xs:key name="kr"><xs:selector xpath=".//k"/><xs:field xpath="."/></xs:key></xs:element>
  <xs:element name="v" type="xs:string"/><xs:element name="w" type="xs:string"/><xs:element name="k" type="xs:string"/><xs:element name="x"/></xs:choice></xs:complexType>
<xs:element name="deep" type="t:Deep"/>
<xs:element name="counts"><xs:complexType><xs:choice minOccurs="2" maxOccurs="15"><xs:element name="a" minOccurs="2" maxOccurs="14"/><xs:element name="b"/></xs:choice></xs:complexType></xs:element>
<xs:element name="counted"><xs:complexType><xs:sequence maxOccurs="unbounded"><xs:choice minOccurs="2" maxOccurs="15"><xs:element name="a" minOccurs="2" maxOccurs="14"/><xs:element name="b"/></xs:choice><xs:element name="c"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>
`

// Schema returns a schema document that admits, or narrowly does not admit, all
// Messages.
func Schema() string {
	declare := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return b.String()
	}
	return fmt.Sprintf(schema,
		declare(200, `<xs:complexType name="T%[2]d"><xs:complexContent><xs:restriction base="t:T%[1]d"><xs:sequence/></xs:restriction></xs:complexContent></xs:complexType>`),
		declare(300, `<xs:element name="c%[1]d" type="xs:int"/>`),
		declare(60, `<xs:element name="o%[1]d" type="xs:int" minOccurs="0"/>`),
		declare(200, `<xs:attribute name="a%[1]d" type="xs:int"/>`),
		declare(300, `<xs:element name="p%[1]d" type="xs:int" minOccurs="0"/>`),
		declare(500, `<xs:element name="l%[1]d" type="xs:int" minOccurs="0"/>`),
		declare(500, `<xs:element name="n%[1]d" type="xs:int" minOccurs="0"/>`),
		declare(300, `<xs:attribute name="d%[1]d" type="xs:int" default="1"/>`),
		declare(500, `s%[1]d `),
		declare(300, `<xs:any namespace="w%[1]d" processContents="lax"/>`),
		declare(999, `<xs:enumeration value="%[1]d.5"/>`),
		declare(200, `<xs:simpleType name="S%[2]d"><xs:restriction base="t:S%[1]d"/></xs:simpleType>`),
		"xs:int "+declare(100, `t:S%[1]d `))
}

// A Message makes an input of about the given number of bytes.
type Message struct {
	Name string
	text func(size int) string
}

// Bytes returns the message.
func (m Message) Bytes(size int) []byte {
	text := m.text(size)
	root := strings.Index(text, "<t:") // comments may come before
	tag := root + strings.IndexAny(text[root:], " />")
	return []byte(text[:tag] + ` xmlns:t="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` + text[tag:])
}

// Messages are the dearest inputs that we know for Schema.
var Messages = []Message{
	{"keys", func(size int) string { return repeated("rows", `<r k="%d" l="%[1]d" m="%[1]d"/>`, size) }},
	{"keys alike", func(size int) string { return repeated("rows", `<r k="1%[1]d" l="1.%[1]d0" m="10"/>`, size) }},
	{"nested scopes", func(size int) string {
		const deep = 55
		return "<t:nodes>" + strings.Repeat(`<n k="1">`, deep) + each(`<v>%d</v>`, size-1000) + strings.Repeat("</n>", deep) + "</t:nodes>"
	}},
	{"nested keys", func(size int) string {
		const deep = 55
		return "<t:nodes>" + strings.Repeat(`<n k="1">`, deep) + each(`<n k="%d"/>`, size-1000) + strings.Repeat("</n>", deep) + "</t:nodes>"
	}},
	{"pattern, white space", func(size int) string { return leaf("redos", strings.Repeat(" ", size)) }},
	{"pattern, nested plus", func(size int) string { return leaf("redos", strings.Repeat("a", size)) }},
	{"pattern, words", func(size int) string { return leaf("redos", strings.Repeat("a ", size/2)) }},
	{"pattern, two stars", func(size int) string { return leaf("redos", strings.Repeat("-", size)) }},
	{"pattern, counts", func(size int) string { return leaf("count", strings.Repeat("я", 150)+strings.Repeat("1", size)) }},
	{"patterns, counts", func(size int) string {
		return leaves("count", strings.Repeat("я", 150)+strings.Repeat("12,", 90), size)
	}},
	{"list", func(size int) string { return leaf("ints", strings.Repeat("1 ", size/2)) }},
	{"list of a union", func(size int) string { return leaf("many", strings.Repeat("x ", size/2)) }},
	{"list of a union, last member", func(size int) string { return leaf("many", strings.Repeat("2000-01-01T00:00:00x ", size/21)) }},
	{"list of an enumerated union", func(size int) string { return leaf("few", strings.Repeat("f - ", size/4)) }},
	{"pattern, many states", func(size int) string { return leaf("states", letters(size)) }},
	{"pattern, empty groups", func(size int) string { return leaf("groups", letters(size)) }},
	{"list, enumerated", func(size int) string { return leaf("words", strings.Repeat("a ", size/2)) }},
	{"decimal", func(size int) string { return leaf("decimal", strings.Repeat("9", size)) }},
	{"decimal with bounds", func(size int) string { return leaf("money", strings.Repeat("9", size)) }},
	{"decimal, zeros", func(size int) string { return leaf("money", strings.Repeat("0", size)) }},
	{"double", func(size int) string { return leaf("double", strings.Repeat("9", size)+"e9") }},
	{"doubles", func(size int) string { return leaves("double", "1.7976931348623157e308", size) }},
	{"seconds", func(size int) string { return leaf("dateTime", "2000-01-01T00:00:00."+strings.Repeat("9", size)) }},
	{"dates", func(size int) string { return leaves("dateTime", "2000-02-29T23:59:59.5+13:59", size) }},
	{"duration", func(size int) string { return leaf("duration", "PT0."+strings.Repeat("9", size)+"S") }},
	{"base64", func(size int) string { return leaf("base64", strings.Repeat("AAAA", size/4)) }},
	{"base64, white space", func(size int) string { return leaf("base64", strings.Repeat("A \n", size/3)) }},
	{"uri", func(size int) string { return leaf("uri", "urn:"+strings.Repeat("%41", size/3)) }},
	{"token", func(size int) string { return leaf("token", strings.Repeat("a  ", size/3)) }},
	{"language", func(size int) string { return leaf("language", "en"+strings.Repeat("-x", size/2)) }},
	{"name", func(size int) string { return leaf("name", strings.Repeat("я", size/2)) }},
	{"ids", func(size int) string { return repeated("values", "<id>i%d</id>", size) }},
	{"idrefs", func(size int) string {
		return "<t:values><id>a</id>" + "<ids>" + strings.Repeat("a ", size/2) + "</ids></t:values>"
	}},
	{"idrefs to nothing", func(size int) string { return leaf("ids", strings.Repeat("a ", size/2)) }},
	{"qnames", func(size int) string { return leaves("qname", "t:a", size) }},
	{"split text", func(size int) string { return leaf("string", strings.Repeat("x<!---->", size/8)) }},
	{"types", func(size int) string { return typed(`<e xsi:type="t:T200"/>`, size) }},
	{"types unknown", func(size int) string { return typed(`<e xsi:type="t:no"/>`, size) }},
	{"wildcards", func(size int) string {
		return "<t:wild>" + strings.Repeat(each(`<x%d/>`, 80_000), size/80_000) + "</t:wild>"
	}},
	{"wildcards deep", func(size int) string {
		return "<t:wild>" + strings.Repeat(strings.Repeat("<x>", 50)+strings.Repeat("</x>", 50), size/350) + "</t:wild>"
	}},
	{"choice", func(size int) string {
		return "<t:choice>" + strings.Repeat("<c299>1</c299><c0>1</c0>", size/24) + "</t:choice>"
	}},
	{"options", func(size int) string {
		return "<t:options>" + strings.Repeat("<o59>1</o59><o0>1</o0>", size/22) + "</t:options>"
	}},
	{"options, the same", func(size int) string { return "<t:options>" + strings.Repeat("<o30>1</o30>", size/12) + "</t:options>" }},
	{"ambiguous", func(size int) string { return "<t:ambiguous>" + strings.Repeat("<a/>", size/4) + "</t:ambiguous>" }},
	{"attributes", func(size int) string {
		return "<t:attributes>" + strings.Repeat(`<e a1="1" a2="1" a3="1" a4="1" a5="1"/>`, size/38) + "</t:attributes>"
	}},
	{"no attributes", func(size int) string { return "<t:attributes>" + strings.Repeat(`<e/>`, size/4) + "</t:attributes>" }},
	{"all", func(size int) string { return many("<all/>", size) }},
	{"all, last", func(size int) string { return many("<all><p299>1</p299></all>", size) }},
	{"long, empty", func(size int) string { return many("<long/>", size) }},
	{"long, last", func(size int) string { return many("<long><l499>1</l499></long>", size) }},
	{"long, refused", func(size int) string {
		return "<t:many><long><p0/>" + strings.Repeat("<l9>1</l9>", size/10) + "</long></t:many>"
	}},
	{"long, unfinished", func(size int) string { return many("<need/>", size) }},
	{"defaults", func(size int) string { return many("<preset/>", size) }},
	{"namespace of many", func(size int) string {
		return "<t:many xmlns:s='s499'>" + strings.Repeat("<s:x/>", size/6) + "</t:many>"
	}},
	{"wildcard of many", func(size int) string {
		return "<t:many xmlns:w='w299'>" + strings.Repeat("<w:x/>", size/6) + "</t:many>"
	}},
	{"names in many namespaces", func(size int) string {
		return "<t:many xmlns:p='p'>" + declared("<t:names>"+strings.Repeat("p:a ", size/4)+"</t:names>") + "</t:many>"
	}},
	{"types in many namespaces", func(size int) string {
		return "<t:many xmlns:p='urn:t'>" + declared(strings.Repeat("<t:e xsi:type='p:S1'/>", size/22)) + "</t:many>"
	}},
	{"floats enumerated", func(size int) string { return "<t:floats>" + strings.Repeat("<f>998.5</f>", size/12) + "</t:floats>" }},
	{"findings at the end", func(size int) string {
		return "<t:many>" + strings.Repeat("<long/>", size/7) + strings.Repeat("<need/>", 20) + "</t:many>"
	}},
	{"entities", func(size int) string {
		return "<!--" + strings.Repeat("-x", size/4) + "--><t:entities>" + strings.Repeat("a ", size/4) + "</t:entities>"
	}},
	{"types of a union", func(size int) string { return many(`<u xsi:type="t:S199"/>`, size) }},
	{"type is no member", func(size int) string { return many(`<u xsi:type="t:S99"/>`, size) }},
	{"deep fields", func(size int) string { return deep("d", "<x/>", size) }},
	{"deep references", func(size int) string { return deep("r", "<w/>", size) }},
	{"deep, nothing selected", func(size int) string { return deep("r", "<x/>", size) }},
	{"deep scopes", func(size int) string { return deep("r", "<r/>", size) }},
	{"counted", func(size int) string {
		return "<t:counted>" + strings.Repeat(strings.Repeat("<a/>", 150)+"<c/>", size/604) + "</t:counted>"
	}},
	{"mixed", func(size int) string { return "<t:mixed>" + strings.Repeat("x<a/>", size/5) + "</t:mixed>" }},
}

func each(format string, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func repeated(root, format string, size int) string {
	return "<t:" + root + ">" + each(format, size) + "</t:" + root + ">"
}

func leaf(name, value string) string {
	return "<t:values><" + name + ">" + value + "</" + name + "></t:values>"
}

func leaves(name, value string, size int) string {
	one := "<" + name + ">" + value + "</" + name + ">"
	return "<t:values>" + strings.Repeat(one, size/len(one)) + "</t:values>"
}

func typed(one string, size int) string {
	return "<t:types>" + strings.Repeat(one, size/len(one)) + "</t:types>"
}

func many(one string, size int) string {
	return "<t:many>" + strings.Repeat(one, size/len(one)) + "</t:many>"
}

func deep(element, one string, size int) string {
	const depth = 50
	return "<t:deep>" + strings.Repeat("<"+element+">", depth) + strings.Repeat(one, size/len(one)) + strings.Repeat("</"+element+">", depth) + "</t:deep>"
}

// declared puts text into sixteen elements of sixty namespace declarations.
func declared(text string) string {
	for i := range 16 {
		tag := "<u:x xmlns:u='u'"
		for k := range 60 {
			tag += fmt.Sprintf(" xmlns:p%d='p%[1]d'", 60*i+k)
		}
		text = tag + ">" + text + "</u:x>"
	}
	return text
}

// letters returns a and b in no order that an automaton could get used to.
func letters(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; x = x*1664525 + 1013904223 {
		b.WriteByte('a' + byte(x>>31))
	}
	return b.String()
}
