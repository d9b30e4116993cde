/* Calls getState with gSOAP's generated stub as a plan on stdin says: fields
 * separated by tabs, a line a call; prints a line a call, separated by tabs. */
#include "soapH.h"
#include "DeviceMeteringPortAsyncBinding.nsmap"
#include <string.h>
#include <unistd.h>

static int split(char *line, char **field, int most) {
	int n = 0;
	line[strcspn(line, "\n")] = 0;
	for (char *s = line; s && n < most; n++) {
		field[n] = s;
		if ((s = strchr(s, '\t'))) *s++ = 0;
	}
	return n;
}

/* The text of the first element of a local name in a piece of XML. */
static const char *element(const char *xml, const char *name, char *to, size_t size) {
	char end[64];
	to[0] = 0;
	snprintf(end, sizeof end, ":%s>", name);
	const char *s = xml ? strstr(xml, end) : NULL;
	if (s) {
		s += strlen(end);
		snprintf(to, size, "%.*s", (int)strcspn(s, "<"), s);
	}
	return to;
}

static void fault(struct soap *soap) {
	char detail[256];
	struct SOAP_ENV__Detail *d = soap->fault->detail;
	printf("fault\t%s\t%s\t%s\t%s", *soap_faultcode(soap), *soap_faultstring(soap),
		element(d->__any, "Code", detail, sizeof detail), d->ns3__Fault->ErrorCode);
}

/* gSOAP wants certificate and key in one file. */
static void join(const char *cert, const char *key, const char *to) {
	char buf[8192];
	FILE *out = fopen(to, "w");
	for (int i = 0; i < 2; i++) {
		FILE *in = fopen(i ? key : cert, "r");
		size_t n = fread(buf, 1, sizeof buf, in);
		fwrite(buf, 1, n, out);
		fclose(in);
	}
	fclose(out);
}

/* Sends a file as it is, and reads the answer as any other: what somebody else
 * signed. */
static int post(struct soap *soap, const char *url, const char *action, const char *file, struct _ns3__AckRequest *ack) {
	static char message[1 << 20];
	FILE *in = fopen(file, "r");
	size_t n = fread(message, 1, sizeof message, in);
	fclose(in);
	if (soap_POST(soap, url, action, "text/xml; charset=utf-8") || soap_send_raw(soap, message, n) || soap_end_send(soap) ||
			soap_begin_recv(soap) || soap_envelope_begin_in(soap) || soap_recv_header(soap) || soap_body_begin_in(soap))
		return soap_closesock(soap);
	soap_get__ns3__AckRequest(soap, ack, "ns3:AckRequest", NULL);
	if (soap->error == SOAP_TAG_MISMATCH) return soap_recv_fault(soap, 0);
	if (soap->error) return soap_recv_fault(soap, 1);
	soap_body_end_in(soap) || soap_envelope_end_in(soap) || soap_end_recv(soap);
	return soap_closesock(soap);
}

int main(int argc, char **argv) {
	static char line[16384];
	char *head[4], *c[11], pair[] = "pair.pem";
	soap_ssl_init();
	if (!fgets(line, sizeof line, stdin) || split(line, head, 4) != 4) return 1;
	char *ca = strdup(head[1]);
	while (fgets(line, sizeof line, stdin) && split(line, c, 11) == 11) {
		printf("%s\t", c[0]);
		for (int i = 0, times = atoi(c[9]); i < times; i++) {
			struct soap *soap = soap_new1(SOAP_C_UTFSTRING);
			struct SOAP_ENV__Header header;
			struct _ns3__RequestHeader h;
			struct _ns3__getStateRequest request;
			struct _ns2__getStateResult result;
			memset(&header, 0, sizeof header);
			memset(&h, 0, sizeof h);
			if (*c[2]) join(c[2], c[3], pair);
			if (soap_ssl_client_context(soap, SOAP_SSL_DEFAULT, *c[2] ? pair : NULL, NULL, ca, NULL, NULL)) return 2;
			soap_s2dateTime(soap, c[5], &h.Date);
			h.MessageGUID = c[6];
			h.__union_RequestHeader = SOAP_UNION__ns3__union_RequestHeader_orgPPAGUID;
			h.union_RequestHeader.orgPPAGUID = c[7];
			header.ns3__RequestHeader = &h;
			soap->header = &header;
			request.MessageGUID = c[8];
			struct _ns3__AckRequest ack;
			memset(&ack, 0, sizeof ack);
			int err = *c[10] ? post(soap, c[1], c[4], c[10], &ack)
				: soap_call___ns1__getState(soap, c[1], *c[4] ? c[4] : NULL, &request, &result);
			if (err == SOAP_OK && *c[10]) {
				printf("state\t%s", ack.Ack.MessageGUID ? "ack" : "");
			} else if (err == SOAP_OK) {
				if (i == times - 1) printf("state\t%d", result.ns3__RequestState);
			} else if (soap->fault && soap->fault->detail && soap->fault->detail->ns3__Fault) {
				fault(soap);
				i = times;
			} else {
				const char **s = soap_faultstring(soap);
				printf("error\t%d\t%s", err, *s ? *s : "");
				i = times;
			}
			soap_destroy(soap);
			soap_end(soap);
			soap_free(soap);
		}
		printf("\n");
	}
	printf("\tversion\t%d.%d.%d\n", GSOAP_VERSION / 100000, GSOAP_VERSION / 1000 % 100, GSOAP_VERSION % 1000);
	return 0;
}
