/*
 * gcm_cpu.c
 *		AES-256-GCM of short messages by the processor's own instructions (see gcm_cpu.h).
 *
 *		GHASH is computed as POLYVAL (RFC 8452, appendix A): the same polynomial hash with its bytes reversed, which is
 *		the order that the carry-less multiplication works in.
 */
#include "crypto/gcm_cpu.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#define BLOCK_LEN		  16
#define ROUNDS			  14

#define WITH_INSTRUCTIONS __attribute__((target("aes,pclmul,ssse3,sse4.1")))
#define INLINE			  static inline WITH_INSTRUCTIONS __attribute__((always_inline))

/* ---- AES-256 ---- */

INLINE __m128i
load(const uint8_t *bytes)
{
	return _mm_loadu_si128((const __m128i *) bytes);
}

INLINE void
store(uint8_t *bytes, __m128i value)
{
	_mm_storeu_si128((__m128i *) bytes, value);
}

/* The next four words of the schedule: each is the one before it, in this round and two rounds ago, combined. */
INLINE __m128i
next_round(__m128i before, __m128i substituted)
{
	before = _mm_xor_si128(before, _mm_slli_si128(before, 4));
	before = _mm_xor_si128(before, _mm_slli_si128(before, 8));
	return _mm_xor_si128(before, substituted);
}

/* The last round of the cipher substitutes bytes, which is cheaper than the instruction made for the schedule. */
WITH_INSTRUCTIONS static void
expand(uint8_t rounds[ROUNDS + 1][BLOCK_LEN], const uint8_t *key)
{
	const __m128i last_word_rotated = _mm_set1_epi32(0x0c0f0e0d);
	const __m128i last_word = _mm_set1_epi32(0x0f0e0d0c);
	__m128i constant = _mm_set1_epi32(1);
	__m128i even = load(key);
	__m128i odd = load(key + BLOCK_LEN);

	store(rounds[0], even);
	for (int i = 1; i < ROUNDS; i += 2)
	{
		store(rounds[i], odd);
		even = next_round(even, _mm_aesenclast_si128(_mm_shuffle_epi8(odd, last_word_rotated), constant));
		store(rounds[i + 1], even);
		odd = next_round(odd, _mm_aesenclast_si128(_mm_shuffle_epi8(even, last_word), _mm_setzero_si128()));
		constant = _mm_slli_epi32(constant, 1);
	}
}

INLINE __m128i
encrypt(const GdprGcmKey *ready, __m128i block)
{
	block = _mm_xor_si128(block, load(ready->rounds[0]));
	for (int i = 1; i < ROUNDS; i++)
		block = _mm_aesenc_si128(block, load(ready->rounds[i]));
	return _mm_aesenclast_si128(block, load(ready->rounds[ROUNDS]));
}

/* ---- GHASH ---- */

INLINE __m128i
reversed(__m128i block)
{
	return _mm_shuffle_epi8(block, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/* x^127 + x^126 + x^121 + 1, what is left of x^128 */
INLINE __m128i
polynomial(void)
{
	return _mm_set_epi32((int) 0xc2000000, 0, 0, 1);
}

/* Times x: what turns the key of GHASH into that of POLYVAL. */
INLINE __m128i
times_x(__m128i value)
{
	__m128i carried = _mm_shuffle_epi32(_mm_srai_epi32(value, 31), _MM_SHUFFLE(3, 3, 3, 3));
	__m128i low_carry = _mm_slli_si128(_mm_srli_epi64(value, 63), 8);

	value = _mm_or_si128(_mm_slli_epi64(value, 1), low_carry);
	return _mm_xor_si128(value, _mm_and_si128(carried, polynomial()));
}

/* POLYVAL's product: a * b / x^128 */
INLINE __m128i
multiply(__m128i a, __m128i b)
{
	__m128i low = _mm_clmulepi64_si128(a, b, 0x00);
	__m128i high = _mm_clmulepi64_si128(a, b, 0x11);
	__m128i middle = _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));

	low = _mm_xor_si128(low, _mm_slli_si128(middle, 8));
	high = _mm_xor_si128(high, _mm_srli_si128(middle, 8));
	for (int half = 0; half < 2; half++)
		low = _mm_xor_si128(_mm_shuffle_epi32(low, _MM_SHUFFLE(1, 0, 3, 2)),
							_mm_clmulepi64_si128(low, polynomial(), 0x10));
	return _mm_xor_si128(high, low);
}

/* Up to a block, filled up with zeros. */
INLINE __m128i
load_some(const uint8_t *bytes, size_t len)
{
	uint8_t block[BLOCK_LEN] = {0};

	if (len >= BLOCK_LEN)
		return load(bytes);
	memcpy(block, bytes, len);
	return load(block);
}

INLINE __m128i
hash_bytes(__m128i hash, __m128i key, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at < len; at += BLOCK_LEN)
		hash = multiply(_mm_xor_si128(hash, reversed(load_some(bytes + at, len - at))), key);
	return hash;
}

/* ---- GCM ---- */

INLINE __m128i
counter_block(const uint8_t *nonce, uint32_t counter)
{
	uint8_t block[BLOCK_LEN] = {0};

	memcpy(block, nonce, GDPR_NONCE_LEN);
	return _mm_insert_epi32(load(block), (int) __builtin_bswap32(counter), 3);
}

INLINE __m128i
tag_of(const GdprGcmKey *ready, const uint8_t *nonce, const uint8_t *aad, size_t aad_len,
	   const uint8_t *cipher, size_t len)
{
	__m128i key = load(ready->hash);
	__m128i hash = hash_bytes(_mm_setzero_si128(), key, aad, aad_len);
	__m128i lengths = _mm_set_epi64x((long long) aad_len * 8, (long long) len * 8);

	hash = hash_bytes(hash, key, cipher, len);
	hash = multiply(_mm_xor_si128(hash, lengths), key);
	return _mm_xor_si128(reversed(hash), encrypt(ready, counter_block(nonce, 1)));
}

INLINE void
apply_keystream(const GdprGcmKey *ready, const uint8_t *nonce, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t rest[BLOCK_LEN];
	size_t at;
	uint32_t counter = 2;

	for (at = 0; at + BLOCK_LEN <= len; at += BLOCK_LEN)
		store(out + at, _mm_xor_si128(load(in + at), encrypt(ready, counter_block(nonce, counter++))));
	if (at == len)
		return;
	store(rest, _mm_xor_si128(load_some(in + at, len - at), encrypt(ready, counter_block(nonce, counter))));
	memcpy(out + at, rest, len - at);
	OPENSSL_cleanse(rest, sizeof(rest));
}

WITH_INSTRUCTIONS void
gdpr_gcm_cpu_key(GdprGcmKey *ready, const uint8_t key[GDPR_KEY_LEN])
{
	expand(ready->rounds, key);
	store(ready->hash, times_x(reversed(encrypt(ready, _mm_setzero_si128()))));
}

WITH_INSTRUCTIONS void
gdpr_gcm_cpu_seal(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN], const uint8_t *aad,
				  size_t aad_len, const uint8_t *plain, size_t len, uint8_t *cipher,
				  uint8_t tag[GDPR_TAG_LEN])
{
	apply_keystream(ready, nonce, plain, len, cipher);
	store(tag, tag_of(ready, nonce, aad, aad_len, cipher, len));
}

WITH_INSTRUCTIONS bool
gdpr_gcm_cpu_open(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN], const uint8_t *aad,
				  size_t aad_len, const uint8_t *cipher, size_t len, const uint8_t tag[GDPR_TAG_LEN],
				  uint8_t *plain)
{
	__m128i difference = _mm_xor_si128(load(tag), tag_of(ready, nonce, aad, aad_len, cipher, len));

	if (!_mm_testz_si128(difference, difference))
		return false;
	apply_keystream(ready, nonce, cipher, len, plain);
	return true;
}

/* ---- may it be used ---- */

/* The GCM specification (McGrew, Viega), test case 16: unfinished blocks in both parts. */
static bool
right_answer(void)
{
	static const uint8_t key[GDPR_KEY_LEN] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c,
											  0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08,
											  0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c,
											  0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
	static const uint8_t nonce[GDPR_NONCE_LEN] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce,
												  0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
	static const uint8_t aad[20] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
									0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
	static const uint8_t plain[60] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5,
									  0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda,
									  0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31, 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95,
									  0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25,
									  0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
	static const uint8_t expected[GDPR_TAG_LEN] = {0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68,
												   0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b};
	GdprGcmKey ready;
	uint8_t cipher[sizeof(plain)];
	uint8_t opened[sizeof(plain)];
	uint8_t tag[GDPR_TAG_LEN];

	gdpr_gcm_cpu_key(&ready, key);
	gdpr_gcm_cpu_seal(&ready, nonce, aad, sizeof(aad), plain, sizeof(plain), cipher, tag);
	return memcmp(tag, expected, sizeof(tag)) == 0 &&
		   gdpr_gcm_cpu_open(&ready, nonce, aad, sizeof(aad), cipher, sizeof(cipher), tag, opened) &&
		   memcmp(opened, plain, sizeof(plain)) == 0;
}

bool
gdpr_gcm_cpu_usable(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
		   __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1") &&
		   !EVP_default_properties_is_fips_enabled(NULL) && right_answer();
}

#else /* other processors */

bool
gdpr_gcm_cpu_usable(void)
{
	return false;
}

void
gdpr_gcm_cpu_key(GdprGcmKey *ready, const uint8_t key[GDPR_KEY_LEN])
{
}

void
gdpr_gcm_cpu_seal(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN], const uint8_t *aad,
				  size_t aad_len, const uint8_t *plain, size_t len, uint8_t *cipher,
				  uint8_t tag[GDPR_TAG_LEN])
{
}

bool
gdpr_gcm_cpu_open(const GdprGcmKey *ready, const uint8_t nonce[GDPR_NONCE_LEN], const uint8_t *aad,
				  size_t aad_len, const uint8_t *cipher, size_t len, const uint8_t tag[GDPR_TAG_LEN],
				  uint8_t *plain)
{
	return false;
}

#endif
