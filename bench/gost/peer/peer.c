/*
 * The peer of bench/gost: OpenSSL's EVP with the GOST engine, told on standard input
 * what to do and answering in one line each time.
 *
 *   digest NAME BYTES         prepare a digest over BYTES zero bytes;  answer: its hex
 *   verify ALGORITHM SET      make a key and a signature;  answer: SPKI, digest, signature in hex
 *   run N                     do the prepared operation N times;  answer: nanoseconds of the processor
 */
#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const EVP_MD *md;
static EVP_MD_CTX *md_ctx;
static unsigned char *message;
static size_t message_len;

static EVP_PKEY_CTX *verify_ctx;
static unsigned char digest[64], signature[128];
static size_t digest_len, signature_len;

static void die(const char *what)
{
	fprintf(stderr, "peer: %s\n", what);
	exit(1);
}

static void hex(const unsigned char *p, size_t n, char end)
{
	while (n-- > 0)
		printf("%02x", *p++);
	putchar(end);
}

static void one_digest(unsigned char *out)
{
	if (EVP_DigestInit_ex(md_ctx, md, NULL) != 1 || EVP_DigestUpdate(md_ctx, message, message_len) != 1 ||
	    EVP_DigestFinal_ex(md_ctx, out, NULL) != 1)
		die("digest");
}

static void one_verify(void)
{
	if (EVP_PKEY_verify(verify_ctx, signature, signature_len, digest, digest_len) != 1)
		die("verify");
}

static void prepare_digest(const char *name, size_t n)
{
	unsigned char out[64];

	verify_ctx = NULL;
	md = EVP_get_digestbyname(name);
	md_ctx = EVP_MD_CTX_new();
	message = calloc(n ? n : 1, 1);
	message_len = n;
	if (md == NULL || md_ctx == NULL || message == NULL)
		die(name);
	one_digest(out);
	hex(out, EVP_MD_size(md), '\n');
}

static void prepare_verify(const char *algorithm, const char *set)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *gen = EVP_PKEY_CTX_new_id(OBJ_sn2nid(algorithm), NULL), *sign;
	unsigned char *spki = NULL;
	int i, spki_len;

	if (gen == NULL || EVP_PKEY_keygen_init(gen) != 1 || EVP_PKEY_CTX_ctrl_str(gen, "paramset", set) <= 0 ||
	    EVP_PKEY_keygen(gen, &key) != 1)
		die("key generation");
	digest_len = EVP_PKEY_size(key) / 2;
	for (i = 0; i < (int)digest_len; i++)
		digest[i] = 17 * i + 1;
	signature_len = sizeof signature;
	sign = EVP_PKEY_CTX_new(key, NULL);
	if (EVP_PKEY_sign_init(sign) != 1 || EVP_PKEY_sign(sign, signature, &signature_len, digest, digest_len) != 1)
		die("sign");
	verify_ctx = EVP_PKEY_CTX_new(key, NULL);
	if (EVP_PKEY_verify_init(verify_ctx) != 1 || (spki_len = i2d_PUBKEY(key, &spki)) <= 0)
		die("public key");
	one_verify();
	hex(spki, spki_len, ' ');
	hex(digest, digest_len, ' ');
	hex(signature, signature_len, '\n');
}

static long long run(long n)
{
	struct timespec from, to;
	unsigned char out[64];

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	while (n-- > 0) {
		if (verify_ctx != NULL)
			one_verify();
		else
			one_digest(out);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	return (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec;
}

int main(void)
{
	char line[256], a[64], b[64];
	long n;

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (sscanf(line, "digest %63s %ld", a, &n) == 2)
			prepare_digest(a, n);
		else if (sscanf(line, "verify %63s %63s", a, b) == 2)
			prepare_verify(a, b);
		else if (sscanf(line, "run %ld", &n) == 1)
			printf("%lld\n", run(n));
		else
			die(line);
		fflush(stdout);
	}
	return 0;
}
