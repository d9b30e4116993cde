/*
 * The peer of bench/xml and bench/schema: libxml2, told on standard input what
 * to do and answering in one line each time.
 *
 *   parse FILE           prepare building a document and freeing it
 *   validate FILE XSD    prepare validating a document that is parsed already
 *   read FILE XSD        prepare parsing, validating and freeing
 *   compile XSD          prepare compiling a schema and freeing it
 *   run N                do the prepared operation N times
 *
 * The answer to "run" is nanoseconds of processor time, to the others "ready":
 * the operation has been done once. The file's bytes are in memory and schemas
 * are compiled when the clock starts.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

static char *bytes;
static int size;
static char schema_path[4096];
static xmlSchemaPtr schema;
static xmlDocPtr document;
static void (*operation)(void);

static void die(const char *what, const char *of)
{
	fprintf(stderr, "peer: %s: %s\n", what, of);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void load_file(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		die("cannot open", path);
	size = (int)ftell(f);
	rewind(f);
	free(bytes);
	bytes = malloc(size);
	if (bytes == NULL || fread(bytes, 1, size, f) != (size_t)size)
		die("cannot read", path);
	fclose(f);
}

static xmlSchemaPtr compile(void)
{
	xmlSchemaParserCtxtPtr p = xmlSchemaNewParserCtxt(schema_path);
	xmlSchemaPtr s = p == NULL ? NULL : xmlSchemaParse(p);

	if (s == NULL)
		die("cannot compile", schema_path);
	xmlSchemaFreeParserCtxt(p);
	return s;
}

static xmlDocPtr parse(void)
{
	xmlDocPtr doc = xmlReadMemory(bytes, size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_HUGE);

	if (doc == NULL)
		die("not well-formed", "document");
	return doc;
}

static void check(xmlDocPtr doc)
{
	xmlSchemaValidCtxtPtr v = xmlSchemaNewValidCtxt(schema);

	if (v == NULL || xmlSchemaValidateDoc(v, doc) != 0)
		die("not valid", "document");
	xmlSchemaFreeValidCtxt(v);
}

static void one_parse(void)
{
	xmlFreeDoc(parse());
}

static void one_validate(void)
{
	check(document);
}

static void one_read(void)
{
	xmlDocPtr doc = parse();

	check(doc);
	xmlFreeDoc(doc);
}

static void one_compile(void)
{
	xmlSchemaFree(compile());
}

static void load_schema(const char *path)
{
	if (schema != NULL && strcmp(path, schema_path) == 0)
		return;
	xmlSchemaFree(schema);
	strcpy(schema_path, path);
	schema = compile();
}

static void prepare(const char *task, const char *file, const char *xsd)
{
	if (strcmp(task, "compile") == 0) {
		strcpy(schema_path, file);
		operation = one_compile;
		return;
	}
	load_file(file);
	if (strcmp(task, "parse") == 0) {
		operation = one_parse;
		return;
	}
	load_schema(xsd);
	if (strcmp(task, "read") == 0) {
		operation = one_read;
		return;
	}
	if (strcmp(task, "validate") != 0)
		die("unknown task", task);
	xmlFreeDoc(document);
	document = parse();
	operation = one_validate;
}

static void run(long n)
{
	double start = now();

	for (long i = 0; i < n; i++)
		operation();
	printf("%.0f\n", now() - start);
}

int main(void)
{
	static char line[16384], task[16], file[4096], xsd[4096];

	xmlInitParser();
	while (fgets(line, sizeof line, stdin) != NULL) {
		file[0] = xsd[0] = 0;
		sscanf(line, "%15s %4095s %4095s", task, file, xsd);
		if (strcmp(task, "run") == 0) {
			run(atol(file));
		} else {
			prepare(task, file, xsd);
			operation();
			puts("ready");
		}
		fflush(stdout);
	}
	return 0;
}
