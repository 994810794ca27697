/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cost of SAE for an access point: exchanges per second on one core, in processor time of the thread.
 *
 *	sae [-q]	prints JSON
 *
 * An exchange is what the access point does for one station: it reads a commit, derives the password element, picks its own
 * commit, derives the keys, verifies the confirm, and writes its own. The station's work is not counted.
 */
#include "rsn/sae.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct rsn_addresses addresses = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 1}};

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "sae: %s has failed\n", what);
	exit(1);
}

static double thread_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct bench {
	struct crypto *crypto;
	struct random random;
	struct sae_password password;
	unsigned group;
	bool hash_to_element;
};

static double run_exchange(struct bench *bench)
{
	const uint16_t groups[] = {(uint16_t)bench->group, 0};
	struct sae_station_setup setup = {.addresses = addresses,
					  .password = &bench->password,
					  .groups = {bench->group},
					  .group_count = 1,
					  .hash_to_element = bench->hash_to_element,
					  .akm = AKM_SAE};
	struct sae_ap_setup ap_setup = {
		.addresses = addresses, .hash_to_element = bench->hash_to_element, .akm = AKM_SAE, .groups = groups};
	static struct sae station, ap;
	static struct sae_out sent, answer;
	struct sae_commit commit;
	double start, took;

	must(!sae_station_start(&station, bench->crypto, &bench->random, &setup, &sent), "a station's commit");
	start = thread_seconds();
	must(!sae_commit_parse(&commit, (struct span){sent.frames[0].body, sent.frames[0].len}, bench->hash_to_element),
	     "reading");
	must(!sae_ap_start(&ap, bench->crypto, &bench->random, &ap_setup, &bench->password, &commit, &answer),
	     "an answer");
	took = thread_seconds() - start;
	sae_station_receive(&station, SAE_COMMIT, answer.frames[0].status,
			    (struct span){answer.frames[0].body, answer.frames[0].len}, &sent);
	start = thread_seconds();
	sae_ap_confirm(&ap, (struct span){sent.frames[0].body, sent.frames[0].len}, &answer);
	took += thread_seconds() - start;
	must(ap.state == SAE_ACCEPTED, "a confirm");
	return took;
}

static double exchanges_per_second(struct bench *bench, double limit)
{
	double took = 0;
	unsigned count = 0;

	for (; took < limit; count++)
		took += run_exchange(bench);
	return count / took;
}

int main(int argc, char **argv)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {1};
	static const unsigned groups[] = {19, 20, 21};
	double limit = argc > 1 && !strcmp(argv[1], "-q") ? 0.02 : 2;
	struct bench bench = {.crypto = crypto_new(), .password = {.password = "interoperable", .password_len = 13}};

	must(bench.crypto, "libcrypto");
	random_init(&bench.random, bench.crypto, seed);
	must(!sae_password_derive(bench.crypto, &bench.password, (struct span){(const uint8_t *)"home", 4}, groups, 3),
	     "a password");
	printf("[");
	for (unsigned way = 0; way < 2; way++)
		for (unsigned i = 0; i < 3; i++) {
			bench.group = groups[i];
			bench.hash_to_element = way;
			printf("%s\n {\"group\": %u, \"hash_to_element\": %u, \"exchanges_per_second\": %.0f}",
			       way || i ? "," : "", groups[i], way, exchanges_per_second(&bench, limit));
		}
	printf("\n]\n");
	crypto_free(bench.crypto);
	return 0;
}
