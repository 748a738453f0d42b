/*
 * test_aead.c
 *		AES-256-GCM and XAES-256-GCM against published vectors, kept contexts, forgery, nonces after fork; by OpenSSL
 *		alone and with libsodium, which must give the same bytes.
 *
 * Links: crypto/aead.c crypto/gcm_sodium.c crypto/xaes.c crypto/random.c
 */
#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/aead.h"
#include "tap.h"

static void
gcm_vectors(void)
{
	/* The GCM specification (McGrew, Viega), test cases 13 and 14 */
	uint8_t key[32] = {0};
	uint8_t nonce[12] = {0};
	uint8_t plain[16] = {0};
	uint8_t cipher[16];
	uint8_t tag[16];

	ok(gdpr_aead_seal(GDPR_AEAD_WRAP, key, nonce, NULL, NULL, 0, cipher, tag), "seal an empty message");
	is_hex(tag, 16, "530f8afbc74536b9a963b4f1c4cb738b", "GCM test case 13, tag");
	ok(gdpr_aead_seal(GDPR_AEAD_WRAP, key, nonce, NULL, plain, 16, cipher, tag), "seal a block");
	is_hex(cipher, 16, "cea7403d4d606b6e074ec5d3baf39d18", "GCM test case 14, ciphertext");
	is_hex(tag, 16, "d0d1c8a799996bf0265b98b5d48ab919", "GCM test case 14, tag");
}

static void
gcm_behaviour(void)
{
	uint8_t keys[2][32];
	uint8_t nonce[12];
	uint8_t cipher[2][23];
	uint8_t tag[2][16];
	uint8_t plain[23];
	uint8_t zero[23] = {0};
	const char *message = "jan.peeters@example.com";
	GdprAad aad = {"head", 4, "tail", 4};
	GdprAad joined = {"headtail", 8, NULL, 0};
	GdprAad other = {"head", 4, "tali", 4};
	bool all = true;

	memset(keys[0], 1, 32);
	memset(keys[1], 2, 32);
	for (int i = 0; i < 1000; i++)
	{
		/* Alternate keys and directions so that kept contexts must notice */
		int k = (i / 3) % 2;

		all &= gdpr_random(nonce, 12);
		all &= gdpr_aead_seal(GDPR_AEAD_SUBJECT, keys[k], nonce, &aad, message, 23, cipher[0], tag[0]);
		all &= !gdpr_aead_open(GDPR_AEAD_SUBJECT, keys[!k], nonce, &aad, cipher[0], 23, tag[0], plain);
		all &= memcmp(plain, zero, 23) == 0;
		all &= gdpr_aead_open(GDPR_AEAD_SUBJECT, keys[k], nonce, &aad, cipher[0], 23, tag[0], plain);
		all &= memcmp(plain, message, 23) == 0;
	}
	ok(all, "kept contexts follow changing keys; another key opens nothing and leaves no plaintext");
	ok(gdpr_aead_open(GDPR_AEAD_SUBJECT, keys[1], nonce, &joined, cipher[0], 23, tag[0], plain),
	   "two pieces of associated data are one");
	ok(!gdpr_aead_open(GDPR_AEAD_SUBJECT, keys[1], nonce, &other, cipher[0], 23, tag[0], plain),
	   "other associated data is refused");

	all = true;
	for (int bit = 0; bit < 23 * 8; bit++)
	{
		cipher[0][bit / 8] ^= 1 << bit % 8;
		all &= !gdpr_aead_open(GDPR_AEAD_SUBJECT, keys[1], nonce, &aad, cipher[0], 23, tag[0], plain);
		cipher[0][bit / 8] ^= 1 << bit % 8;
	}
	for (int bit = 0; bit < 16 * 8; bit++)
	{
		tag[0][bit / 8] ^= 1 << bit % 8;
		all &= !gdpr_aead_open(GDPR_AEAD_SUBJECT, keys[1], nonce, &aad, cipher[0], 23, tag[0], plain);
		tag[0][bit / 8] ^= 1 << bit % 8;
	}
	ok(all, "every flipped bit of ciphertext and tag is refused");

	gdpr_ciphers_forget();
	ok(gdpr_aead_open(GDPR_AEAD_SUBJECT, keys[1], nonce, &aad, cipher[0], 23, tag[0], plain),
	   "opens again after forgetting");
}

/* c2sp.org/XAES-256-GCM, the two single test vectors */
static void
xaes_vectors(void)
{
	static const struct
	{
		uint8_t key;
		const char *aad;
		const uint8_t sealed[28];
	} vectors[] = {
		{1, "", {0xce, 0x54, 0x6e, 0xf6, 0x3c, 0x9c, 0xc6, 0x07, 0x65, 0x92, 0x36, 0x09, 0xb3, 0x3a,
				 0x9a, 0x19, 0x74, 0xe9, 0x6e, 0x52, 0xda, 0xf2, 0xfc, 0xf7, 0x07, 0x5e, 0x22, 0x71}},
		{3, "c2sp.org/XAES-256-GCM", {0x98, 0x6e, 0xc1, 0x83, 0x25, 0x93, 0xdf, 0x54, 0x43, 0xa1,
									  0x79, 0x43, 0x7f, 0xd0, 0x83, 0xbf, 0x3f, 0xdb, 0x41, 0xab,
									  0xd7, 0x40, 0xa2, 0x1f, 0x71, 0xeb, 0x76, 0x9d}},
	};
	const uint8_t *nonce = (const uint8_t *) "ABCDEFGHIJKLMNOPQRSTUVWX";

	for (int i = 0; i < 2; i++)
	{
		uint8_t key[32];
		uint8_t plain[12];
		GdprAad aad = {vectors[i].aad, strlen(vectors[i].aad), NULL, 0};

		memset(key, vectors[i].key, 32);
		ok(gdpr_xaes_open(key, nonce, &aad, vectors[i].sealed, 12, vectors[i].sealed + 12, plain) &&
			   memcmp(plain, "XAES-256-GCM", 12) == 0,
		   i == 0 ? "C2SP vector, most significant bit of L clear"
				  : "C2SP vector, most significant bit of L set");
	}
}

static void
xaes_behaviour(void)
{
	uint8_t keys[2][32];
	uint8_t nonce[24];
	uint8_t first[24];
	uint8_t cipher[5];
	uint8_t tag[16];
	uint8_t plain[5];
	bool all = true;
	bool distinct = true;

	memset(keys[0], 7, 32);
	memset(keys[1], 8, 32);
	all &= gdpr_xaes_seal(keys[0], NULL, "first", 5, first, cipher, tag);
	for (int i = 0; i < 1000; i++)
	{
		all &= gdpr_xaes_seal(keys[0], NULL, "value", 5, nonce, cipher, tag);
		distinct &= memcmp(nonce, first, 24) != 0;
		all &= memcmp(nonce, first, 12) == 0;
		all &= gdpr_xaes_open(keys[0], nonce, NULL, cipher, 5, tag, plain) && memcmp(plain, "value", 5) == 0;
		all &= !gdpr_xaes_open(keys[1], nonce, NULL, cipher, 5, tag, plain);
	}
	ok(all, "values sealed in a row share a prefix and open under their key only");
	ok(distinct, "no nonce is repeated");

	ok(gdpr_xaes_seal(keys[1], NULL, "value", 5, nonce, cipher, tag) && memcmp(nonce, first, 12) != 0,
	   "another key draws another prefix");
	gdpr_ciphers_forget();
	ok(gdpr_xaes_open(keys[1], nonce, NULL, cipher, 5, tag, plain), "opens after forgetting");
}

/* What parent and child seal next after a fork, by way of a pipe */
static void
after_fork(void)
{
	uint8_t key[32] = {9};
	uint8_t mine[24 + 12];
	uint8_t theirs[24 + 12];
	uint8_t cipher[1];
	uint8_t tag[16];
	int channel[2];
	pid_t child;
	bool drawn;

	drawn = gdpr_xaes_seal(key, NULL, "a", 1, mine, cipher, tag) && gdpr_random(mine + 24, 12);
	if (pipe(channel) != 0)
		exit(2);
	child = fork();
	drawn &= gdpr_xaes_seal(key, NULL, "a", 1, mine, cipher, tag) && gdpr_random(mine + 24, 12);
	if (child == 0)
		_exit(write(channel[1], mine, sizeof(mine)) == sizeof(mine) && drawn ? 0 : 1);
	drawn &= read(channel[0], theirs, sizeof(theirs)) == sizeof(theirs);
	waitpid(child, NULL, 0);
	ok(drawn, "parent and child seal after fork");
	ok(memcmp(mine, theirs, 12) != 0, "the child draws its own prefix");
	ok(memcmp(mine + 24, theirs + 24, 12) != 0, "the child does not repeat the parent's pool");
}

#define LONGEST_MESSAGE 600
#define LONGEST_AAD		80

typedef struct Message
{
	uint8_t key[32];
	uint8_t nonce[12];
	uint8_t aad[LONGEST_AAD];
	uint8_t plain[LONGEST_MESSAGE];
	uint8_t cipher[LONGEST_MESSAGE];
	uint8_t tag[16];
	size_t aad_len;
	size_t len;
} Message;

/* Every length, each with random bytes, split into associated data of two pieces. */
static bool
seal_message(Message *message)
{
	GdprAad aad = {message->aad, message->aad_len / 3, message->aad + message->aad_len / 3,
				   message->aad_len - message->aad_len / 3};

	return gdpr_aead_seal(GDPR_AEAD_SUBJECT, message->key, message->nonce, &aad, message->plain, message->len,
						  message->cipher, message->tag);
}

static bool
open_message(const Message *message, uint8_t *plain)
{
	GdprAad aad = {message->aad, message->aad_len / 3, message->aad + message->aad_len / 3,
				   message->aad_len - message->aad_len / 3};

	return gdpr_aead_open(GDPR_AEAD_SUBJECT, message->key, message->nonce, &aad, message->cipher,
						  message->len, message->tag, plain);
}

/* Sealed by OpenSSL before gdpr_aead_init(), compared and opened after it. */
static void
same_bytes(Message *messages, int count)
{
	bool same = true;
	bool opened = true;
	bool refused = true;

	for (int i = 0; i < count; i++)
	{
		Message again = messages[i];
		uint8_t plain[LONGEST_MESSAGE];

		memset(again.cipher, 0, sizeof(again.cipher));
		memset(again.tag, 0, sizeof(again.tag));
		same &= seal_message(&again) && memcmp(again.cipher, messages[i].cipher, again.len) == 0 &&
				memcmp(again.tag, messages[i].tag, 16) == 0;
		opened &= open_message(&messages[i], plain) && memcmp(plain, messages[i].plain, again.len) == 0;
		again.tag[i % 16] ^= 1 << i % 8;
		refused &= !open_message(&again, plain);
	}
	ok(same, "OpenSSL and libsodium seal to the same bytes, whatever the lengths");
	ok(opened, "libsodium opens what OpenSSL sealed");
	ok(refused, "libsodium refuses a flipped bit of the tag");
}

static void
all_tests(void)
{
	gcm_vectors();
	gcm_behaviour();
	xaes_vectors();
	xaes_behaviour();
	after_fork();
}

int
main(void)
{
	static Message messages[LONGEST_MESSAGE * 4];
	const int count = sizeof(messages) / sizeof(messages[0]);
	FILE *source = fopen("/dev/urandom", "rb");
	bool all = true;

	all_tests();
	all &= source != NULL && fread(messages, sizeof(messages), 1, source) == 1;
	for (int i = 0; i < count; i++)
	{
		messages[i].len = i % LONGEST_MESSAGE;
		messages[i].aad_len = i % LONGEST_AAD;
		all &= seal_message(&messages[i]);
	}
	ok(all, "OpenSSL seals messages of every length");

	if (sodium_init() < 0 || !crypto_aead_aes256gcm_is_available())
		ok(!gdpr_aead_init(), "a processor without instructions for AES leaves all to OpenSSL");
	else
	{
		ok(gdpr_aead_init(), "libsodium does short messages");
		same_bytes(messages, count);
		all_tests();
	}
	return done_testing();
}
