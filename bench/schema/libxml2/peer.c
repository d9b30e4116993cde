/* Measures libxml2's validator. Usage: peer TASK MILLISECONDS FILE SCHEMA
 * It repeats the task for at least the given time and prints the nanoseconds
 * of processor time of one repetition. The tasks are those of main.go. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

static char *bytes;
static int size;
static const char *schema_path;
static xmlSchemaPtr schema;
static xmlDocPtr document;

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

static void read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		die("cannot open", path);
	size = (int)ftell(f);
	bytes = malloc(size);
	rewind(f);
	if (bytes == NULL || fread(bytes, 1, size, f) != (size_t)size)
		die("cannot read", path);
	fclose(f);
}

static xmlDocPtr parse(void)
{
	xmlDocPtr doc = xmlReadMemory(bytes, size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_COMPACT | XML_PARSE_HUGE);
	if (doc == NULL)
		die("not well-formed", "message");
	return doc;
}

static void check(xmlDocPtr doc)
{
	xmlSchemaValidCtxtPtr v = xmlSchemaNewValidCtxt(schema);
	if (v == NULL || xmlSchemaValidateDoc(v, doc) != 0)
		die("not valid", "message");
	xmlSchemaFreeValidCtxt(v);
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

static void task_validate(void)
{
	if (document == NULL)
		document = parse();
	check(document);
}

static void task_read(void)
{
	xmlDocPtr doc = parse();
	check(doc);
	xmlFreeDoc(doc);
}

static void task_compile(void)
{
	xmlSchemaFree(compile());
}

static const struct {
	const char *name;
	void (*run)(void);
} tasks[] = {
	{"validate", task_validate},
	{"read", task_read},
	{"compile", task_compile},
};

int main(int argc, char **argv)
{
	if (argc != 5)
		die("usage", "peer TASK MILLISECONDS FILE SCHEMA");
	void (*run)(void) = NULL;
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		if (strcmp(argv[1], tasks[i].name) == 0)
			run = tasks[i].run;
	if (run == NULL)
		die("unknown task", argv[1]);
	read_file(argv[3]);
	schema_path = argv[4];
	xmlInitParser();
	if (run != task_compile)
		schema = compile();
	run();
	double start = now(), end = start + atof(argv[2]) * 1e6;
	long n = 0;
	do {
		run();
		n++;
	} while (now() < end);
	printf("%.0f\n", (now() - start) / n);
	return 0;
}
