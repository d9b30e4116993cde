/* Measures libxml2. Usage: peer TASK MILLISECONDS FILE [ARGUMENT...]
 * It repeats the task on the file for at least the given time and prints the
 * nanoseconds of processor time of one repetition. A task is a row of the table at the end; one
 * that needs more than the file, as a schema, prepares it in its first call. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#define BATCH 10 /* repetitions between two looks at the clock, as in main.go */

struct input {
	char *bytes;
	int size;
	char **arguments; /* those behind the file, then NULL */
};

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

static struct input read_file(const char *path)
{
	struct input in = {0};
	FILE *f = fopen(path, "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		die("cannot open", path);
	in.size = (int)ftell(f);
	in.bytes = malloc(in.size);
	rewind(f);
	if (in.bytes == NULL || fread(in.bytes, 1, in.size, f) != (size_t)in.size)
		die("cannot read", path);
	fclose(f);
	return in;
}

/* The document is built and freed: what a gate does with every message. */
static void parse(struct input *in)
{
	xmlDocPtr doc = xmlReadMemory(in->bytes, in->size, NULL, NULL, XML_PARSE_NONET | XML_PARSE_COMPACT);
	if (doc == NULL)
		die("not well-formed", "parse");
	xmlFreeDoc(doc);
}

static const struct {
	const char *name;
	void (*run)(struct input *);
} tasks[] = {
	{"parse", parse},
};

int main(int argc, char **argv)
{
	if (argc < 4)
		die("usage", "peer TASK MILLISECONDS FILE [ARGUMENT...]");
	void (*run)(struct input *) = NULL;
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		if (strcmp(argv[1], tasks[i].name) == 0)
			run = tasks[i].run;
	if (run == NULL)
		die("unknown task", argv[1]);
	struct input in = read_file(argv[3]);
	in.arguments = argv + 4;
	xmlInitParser();
	run(&in);
	double start = now(), end = start + atof(argv[2]) * 1e6;
	long n = 0;
	do {
		for (int i = 0; i < BATCH; i++)
			run(&in);
		n += BATCH;
	} while (now() < end);
	printf("%.0f\n", (now() - start) / n);
	return 0;
}
