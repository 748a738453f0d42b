/*
 * test_wrap.c
 *		HMAC and derivation against RFC 4231 and their definition; wrapped keys open for their owner only.
 *
 * Links: crypto/aead.c crypto/gcm_sodium.c crypto/xaes.c crypto/random.c crypto/mac.c crypto/wrap.c
 */
#include "crypto/mac.h"
#include "crypto/wrap.h"
#include "tap.h"

static void
mac_vectors(void)
{
	/* RFC 4231 test case 2: keys shorter than the block are the same as zero-padded ones */
	uint8_t key[32] = "Jefe";
	uint8_t out[32];
	uint8_t again[32];
	GdprMac *mac = gdpr_mac_new(key);

	ok(mac != NULL && gdpr_mac(mac, "what do ya want for nothing?", 28, out), "keyed context");
	is_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		   "RFC 4231 test case 2");
	ok(gdpr_mac(mac, "", 0, out) && gdpr_mac(mac, "what do ya want for nothing?", 28, out), "kept context");
	is_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		   "the same on a kept context");

	ok(gdpr_derive(key, "token", "email", NULL, out) && gdpr_mac(mac, "token\0email\0", 12, again) &&
		   memcmp(out, again, 32) == 0,
	   "derivation is the HMAC of the labels with separators");
	gdpr_mac_free(mac);

	ok(gdpr_sha256("abc", 3, out), "digest");
	is_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		   "FIPS 180 SHA-256 of abc");
}

static void
wrapping(void)
{
	GdprMasterKey master;
	GdprMasterKey impostor;
	uint8_t database[16] = {1, 2, 3};
	uint8_t elsewhere[16] = {1, 2, 4};
	uint8_t key[32];
	uint8_t got[32];
	uint8_t wrapped[GDPR_WRAPPED_LEN];
	uint8_t twice[GDPR_WRAPPED_LEN];
	bool all = true;

	memset(master.key, 5, 32);
	memset(key, 6, 32);
	ok(gdpr_fingerprint(master.key, master.fingerprint), "fingerprint");
	ok(gdpr_wrap(&master, 42, database, key, wrapped) && gdpr_wrap(&master, 42, database, key, twice),
	   "wrap");
	ok(memcmp(wrapped, twice, GDPR_WRAPPED_LEN) != 0, "wrapping twice differs");
	ok(gdpr_unwrap(&master, 42, database, wrapped, sizeof(wrapped), got) == GDPR_UNWRAP_OK &&
		   memcmp(got, key, 32) == 0,
	   "unwrap");
	ok(memcmp(gdpr_wrapped_by(wrapped, sizeof(wrapped)), master.fingerprint, 8) == 0, "names its master key");

	ok(gdpr_unwrap(&master, 43, database, wrapped, sizeof(wrapped), got) == GDPR_UNWRAP_CORRUPTED,
	   "another subject");
	ok(gdpr_unwrap(&master, 42, elsewhere, wrapped, sizeof(wrapped), got) == GDPR_UNWRAP_CORRUPTED,
	   "another database");

	impostor = master;
	impostor.key[0] ^= 1;
	ok(gdpr_unwrap(&impostor, 42, database, wrapped, sizeof(wrapped), got) == GDPR_UNWRAP_CORRUPTED,
	   "another key under the same fingerprint");
	impostor.fingerprint[0] ^= 1;
	ok(gdpr_unwrap(&impostor, 42, database, wrapped, sizeof(wrapped), got) == GDPR_UNWRAP_OTHER_KEY,
	   "another master key");

	for (size_t len = 0; len < GDPR_WRAPPED_LEN; len++)
		all &= gdpr_unwrap(&master, 42, database, wrapped, len, got) == GDPR_UNWRAP_MALFORMED;
	wrapped[0] ^= 2;
	all &= gdpr_unwrap(&master, 42, database, wrapped, sizeof(wrapped), got) == GDPR_UNWRAP_MALFORMED;
	all &= gdpr_wrapped_by(wrapped, sizeof(wrapped)) == NULL;
	wrapped[0] ^= 2;
	ok(all, "shortened or of another version: malformed");

	all = true;
	for (size_t bit = 9 * 8; bit < GDPR_WRAPPED_LEN * 8; bit++)
	{
		wrapped[bit / 8] ^= 1 << bit % 8;
		all &= gdpr_unwrap(&master, 42, database, wrapped, sizeof(wrapped), got) == GDPR_UNWRAP_CORRUPTED;
		wrapped[bit / 8] ^= 1 << bit % 8;
	}
	ok(all, "every flipped bit behind the fingerprint is noticed");
}

int
main(void)
{
	mac_vectors();
	wrapping();
	return done_testing();
}
