/*
 * The peer of bench/signature: libxml2 and libxmlsec1, told on standard input
 * what to do and answering in one line each time.
 *
 *   c14n FILE MODE       prepare canonicalization of a document, inclusive (0)
 *                        or exclusive (1);  answer: bytes of the form
 *   verify FILE CERT     prepare verification of the signature in a document
 *                        under the key of a certificate;  answer: "valid"
 *   whole FILE CERT XSD  prepare all that a gate would do: parse the document,
 *                        validate the Body's child, verify;  answer: "valid"
 *   run N                do the prepared operation N times;  answer: nanoseconds of the processor
 *
 * Documents are parsed once (but for whole), keys and schemas are read once:
 * what is measured is what follows.
 */
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xmlsec/app.h>
#include <xmlsec/crypto.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

static xmlDocPtr doc;
static xmlSecKeyPtr key;
static int mode;
static void (*operation)(void);
static long octets;
static char *text;
static size_t length;
static xmlSchemaPtr schema;

static void die(const char *what)
{
	fprintf(stderr, "peer: %s\n", what);
	exit(1);
}

static int count(void *context, const char *buffer, int len)
{
	(void)context;
	(void)buffer;
	octets += len;
	return len;
}

static int closed(void *context)
{
	(void)context;
	return 0;
}

static void one_c14n(void)
{
	xmlOutputBufferPtr out = xmlOutputBufferCreateIO(count, closed, NULL, NULL);

	octets = 0;
	if (out == NULL || xmlC14NDocSaveTo(doc, NULL, mode, NULL, 0, out) < 0 || xmlOutputBufferClose(out) < 0)
		die("c14n");
}

static void one_verify(void)
{
	xmlSecDSigCtxPtr ctx = xmlSecDSigCtxCreate(NULL);
	xmlNodePtr signature = xmlSecFindNode(xmlDocGetRootElement(doc), xmlSecNodeSignature, xmlSecDSigNs);

	if (ctx == NULL || signature == NULL)
		die("context");
	ctx->signKey = xmlSecKeyDuplicate(key);
	if (xmlSecDSigCtxVerify(ctx, signature) < 0 || ctx->status != xmlSecDSigStatusSucceeded)
		die("verify");
	xmlSecDSigCtxDestroy(ctx);
}

static void load(const char *file)
{
	if (doc != NULL)
		xmlFreeDoc(doc);
	doc = xmlReadFile(file, NULL, XML_PARSE_HUGE);
	if (doc == NULL)
		die(file);
}

static const xmlChar *ids[] = {(const xmlChar *)"Id", NULL};

static void one_whole(void)
{
	xmlSchemaValidCtxtPtr ctx = xmlSchemaNewValidCtxt(schema);
	xmlNodePtr body, payload;

	xmlFreeDoc(doc);
	doc = xmlReadMemory(text, (int)length, NULL, NULL, XML_PARSE_HUGE);
	if (doc == NULL || ctx == NULL)
		die("whole");
	body = xmlLastElementChild(xmlDocGetRootElement(doc));
	payload = xmlFirstElementChild(body);
	if (xmlSchemaValidateOneElement(ctx, payload) != 0)
		die("the message is not valid");
	xmlSchemaFreeValidCtxt(ctx);
	xmlSecAddIDs(doc, xmlDocGetRootElement(doc), ids);
	one_verify();
}

static void read_text(const char *file)
{
	FILE *f = fopen(file, "rb");

	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		die(file);
	length = (size_t)ftell(f);
	rewind(f);
	free(text);
	text = malloc(length);
	if (text == NULL || fread(text, 1, length, f) != length)
		die(file);
	fclose(f);
}

static void prepare_whole(const char *file, const char *xsd)
{
	xmlSchemaParserCtxtPtr ctx = xmlSchemaNewParserCtxt(xsd);

	schema = ctx == NULL ? NULL : xmlSchemaParse(ctx);
	if (schema == NULL)
		die(xsd);
	xmlSchemaFreeParserCtxt(ctx);
	read_text(file);
	operation = one_whole;
	operation();
	puts("valid");
}

static void load_key(const char *cert)
{
	if (key != NULL)
		xmlSecKeyDestroy(key);
	key = xmlSecCryptoAppKeyLoad(cert, xmlSecKeyDataFormatCertPem, NULL, NULL, NULL);
	if (key == NULL)
		die(cert);
}

static void prepare_verify(const char *cert)
{
	xmlSecAddIDs(doc, xmlDocGetRootElement(doc), ids);
	load_key(cert);
	operation = one_verify;
	operation();
	puts("valid");
}

static long long processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(void)
{
	char line[8192], file[2048], more[2048], xsd[2048];

	xmlInitParser();
	if (xmlSecInit() < 0 || xmlSecCryptoAppInit(NULL) < 0 || xmlSecCryptoInit() < 0)
		die("xmlsec");
	while (fgets(line, sizeof line, stdin) != NULL) {
		int n;

		if (sscanf(line, "c14n %2047s %d", file, &mode) == 2) {
			load(file);
			operation = one_c14n;
			operation();
			printf("%ld\n", octets);
		} else if (sscanf(line, "verify %2047s %2047s", file, more) == 2) {
			load(file);
			prepare_verify(more);
		} else if (sscanf(line, "whole %2047s %2047s %2047s", file, more, xsd) == 3) {
			load(file);
			load_key(more);
			prepare_whole(file, xsd);
		} else if (sscanf(line, "run %d", &n) == 1 && operation != NULL) {
			long long from = processor_time();

			while (n-- > 0)
				operation();
			printf("%lld\n", processor_time() - from);
		} else {
			die(line);
		}
		fflush(stdout);
	}
	return 0;
}
