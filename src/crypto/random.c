/*
 * random.c
 *		Random bytes for nonces and keys, and the overwriting of secrets.
 *
 *		A nonce drawn from OpenSSL costs 600 ns, drawn from a pool of 4 kB it costs 3. Bytes are overwritten as
 *		they leave the pool. A forked child would continue with the parent's bytes and repeat its nonces, so the
 *		pool is dropped in the child (pthread_atfork: asking getpid() each time would be a system call). Keys
 *		never wait in the pool: from 32 bytes on OpenSSL's private generator is asked directly.
 */
#include "crypto/aead.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

#define POOL_LEN   4096
#define DIRECT_LEN GDPR_KEY_LEN /* requests this long bypass the pool */

static uint8_t pool[POOL_LEN];
static size_t pool_left = 0;
static uint64_t fork_epoch = 0;
static bool fork_watched = false;

static void
after_fork_in_child(void)
{
	OPENSSL_cleanse(pool, sizeof(pool));
	pool_left = 0;
	fork_epoch++;
}

/* Without the handler a pool would be unsafe; registration fails only when memory is out. */
static bool
watch_fork(void)
{
	if (!fork_watched)
		fork_watched = pthread_atfork(NULL, NULL, after_fork_in_child) == 0;
	return fork_watched;
}

static bool
refill(void)
{
	if (!watch_fork())
		return false;
	if (RAND_bytes(pool, sizeof(pool)) != 1)
	{
		ERR_clear_error();
		return false;
	}
	pool_left = sizeof(pool);
	return true;
}

bool
gdpr_random(void *out, size_t len)
{
	if (len >= DIRECT_LEN)
	{
		if (len <= INT_MAX && RAND_priv_bytes(out, (int) len) == 1)
			return true;
		ERR_clear_error();
		return false;
	}

	if (len > pool_left && !refill())
		return false;

	pool_left -= len;
	memcpy(out, pool + pool_left, len);
	OPENSSL_cleanse(pool + pool_left, len);
	return true;
}

bool
gdpr_random_epoch(uint64_t *epoch)
{
	*epoch = fork_epoch;
	return watch_fork();
}

void
gdpr_cleanse(void *secret, size_t len)
{
	OPENSSL_cleanse(secret, len);
}
