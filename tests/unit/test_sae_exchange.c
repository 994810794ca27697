/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ends of SAE against each other, and against the attacks on Dragonfly that have names. */
#include "hex.h"

#include "rsn/sae.h"
#include "wire/le.h"
#include "wire/mgmt.h"

#include <string.h>

struct pair {
	struct crypto *crypto;
	struct random random;
	struct sae station, ap;
	struct sae_password station_password, ap_password;
	struct sae_out station_out, ap_out;
	bool hash_to_element;
	enum akm akm;
};

static const struct rsn_addresses addresses = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 1}};
static const uint16_t all_groups[] = {19, 20, 21, 0};

static void set_password(struct pair *pair, struct sae_password *password, const char *text)
{
	static const unsigned groups[] = {19, 20, 21};

	password->password_len = strlen(text);
	memcpy(password->password, text, password->password_len);
	assert_int_equal(
		sae_password_derive(pair->crypto, password, (struct span){(const uint8_t *)"home", 4}, groups, 3), 0);
}

static int set_up(void **state)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {3};
	struct pair *pair = calloc(1, sizeof(*pair));

	*state = pair;
	pair->akm = AKM_SAE;
	pair->crypto = crypto_new();
	random_init(&pair->random, pair->crypto, seed);
	set_password(pair, &pair->station_password, "correct horse");
	set_password(pair, &pair->ap_password, "correct horse");
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	crypto_free(pair->crypto);
	free(pair);
	return 0;
}

static void start_station(struct pair *pair, unsigned first, unsigned second)
{
	struct sae_station_setup setup = {.addresses = addresses,
					  .password = &pair->station_password,
					  .groups = {first, second},
					  .group_count = second ? 2 : 1,
					  .hash_to_element = pair->hash_to_element,
					  .akm = pair->akm};

	assert_int_equal(sae_station_start(&pair->station, pair->crypto, &pair->random, &setup, &pair->station_out), 0);
	assert_int_equal(pair->station_out.frame_count, 1);
}

static struct span body_of(const struct sae_out *out, unsigned index)
{
	assert_true(index < out->frame_count);
	return (struct span){out->frames[index].body, out->frames[index].len};
}

/* The station's commit reaches the access point. Returns the status. */
static uint16_t commit_reaches_ap(struct pair *pair, const uint16_t *groups)
{
	struct sae_ap_setup setup = {
		.addresses = addresses, .hash_to_element = pair->hash_to_element, .groups = groups};
	struct sae_commit commit;

	assert_int_equal(sae_commit_parse(&commit, body_of(&pair->station_out, 0), pair->hash_to_element), NOT_DROPPED);
	setup.akm = sae_select_akm(&commit, akm_set_sae(), pair->hash_to_element);
	return sae_ap_start(&pair->ap, pair->crypto, &pair->random, &setup, &pair->ap_password, &commit, &pair->ap_out);
}

/* Another answer to the station's commit, in pair->ap_out. */
static void forge_commit(struct pair *pair)
{
	struct sae_out commit = {0};

	sae_add_commit(&pair->station, sae_commit_status(&pair->station), &commit);
	pair->station_out = commit;
	assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_SUCCESS);
}

static void reply_reaches_station(struct pair *pair)
{
	const struct sae_frame *frame = &pair->ap_out.frames[0];

	assert_int_equal(pair->ap_out.frame_count, 1);
	sae_station_receive(&pair->station, frame->transaction, frame->status, body_of(&pair->ap_out, 0),
			    &pair->station_out);
}

static void exchange(struct pair *pair, unsigned group)
{
	start_station(pair, group, 0);
	assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_SUCCESS);
	reply_reaches_station(pair);
	assert_int_equal(pair->station.state, SAE_CONFIRMED);
	sae_ap_confirm(&pair->ap, body_of(&pair->station_out, 0), &pair->ap_out);
}

static void both_accept(void **state)
{
	struct pair *pair = *state;

	for (unsigned way = 0; way < 2; way++)
		for (unsigned group = 19; group <= 21; group++) {
			pair->hash_to_element = way;
			exchange(pair, group);
			assert_int_equal(pair->ap_out.event, SAE_EVENT_ACCEPTED);
			reply_reaches_station(pair);
			assert_int_equal(pair->station_out.event, SAE_EVENT_ACCEPTED);
			assert_memory_equal(pair->station.pmk, pair->ap.pmk, PMK_LEN);
			assert_memory_equal(pair->station.pmkid, pair->ap.pmkid, PMKID_LEN);
			assert_int_equal(pair->station.kck_len, way && group > 19 ? (group - 17) * 16 : 32);
		}
}

/* The group determines the length of the PMK, and each commit names the AKM. */
static void ext_key_has_a_pmk_of_the_group(void **state)
{
	struct pair *pair = *state;

	pair->hash_to_element = true;
	pair->akm = AKM_SAE_EXT_KEY;
	for (unsigned group = 19; group <= 21; group++) {
		exchange(pair, group);
		assert_int_equal(pair->ap.akm, AKM_SAE_EXT_KEY);
		reply_reaches_station(pair);
		assert_int_equal(pair->station_out.event, SAE_EVENT_ACCEPTED);
		assert_int_equal(pair->station.pmk_len, (group - 17) * 16);
		assert_int_equal(pair->ap.pmk_len, pair->station.pmk_len);
		assert_memory_equal(pair->station.pmk, pair->ap.pmk, pair->station.pmk_len);
	}
}

/* Without a selector the PMK would be another: the station waits for the right commit. */
static void ext_key_needs_its_selector(void **state)
{
	struct pair *pair = *state;
	struct sae_out *reply = &pair->ap_out;

	pair->hash_to_element = true;
	pair->akm = AKM_SAE_EXT_KEY;
	start_station(pair, 19, 0);
	assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_SUCCESS);
	reply->frames[0].len -= 7;
	reply_reaches_station(pair);
	assert_int_equal(pair->station_out.drop, DROP_MGMT_UNEXPECTED);
	assert_int_equal(pair->station.state, SAE_COMMITTED);
	reply->frames[0].len += 7;
	reply_reaches_station(pair);
	assert_int_equal(pair->station.state, SAE_CONFIRMED);
}

static void selector_chooses_the_akm(void **state)
{
	uint32_t both = 1u << AKM_SAE | 1u << AKM_SAE_EXT_KEY;
	struct sae_commit commit = {.akm = AKM_SAE_EXT_KEY};

	(void)state;
	assert_int_equal(sae_select_akm(&commit, both, true), AKM_SAE_EXT_KEY);
	assert_int_equal(sae_select_akm(&commit, both, false), AKM_NONE); /* it needs hash to element */
	assert_int_equal(sae_select_akm(&commit, 1u << AKM_SAE, true), AKM_NONE);
	commit.akm = AKM_NONE;
	assert_int_equal(sae_select_akm(&commit, both, true), AKM_SAE);
	assert_int_equal(sae_select_akm(&commit, both | 1u << AKM_OWE, false), AKM_SAE);
	assert_int_equal(sae_select_akm(&commit, 1u << AKM_SAE_EXT_KEY, true), AKM_NONE);
}

/* A forger, without the password, sends valid commits before the access point does, and a refusal. */
static void race_does_not_stop_an_honest_exchange(void **state)
{
	struct pair *pair = *state;
	struct sae_password honest = pair->ap_password;
	struct sae_out honest_out;
	struct sae honest_ap;

	for (unsigned forged = 1; forged <= SAE_RIVALS_MAX; forged++) {
		start_station(pair, 19, 0);
		sae_station_receive(&pair->station, SAE_COMMIT, STATUS_UNSPECIFIED, (struct span){0}, &honest_out);
		assert_int_equal(honest_out.event, SAE_NO_EVENT);
		assert_int_equal(pair->station.state, SAE_COMMITTED);
		/* What the access point answers, arrives last. */
		assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_SUCCESS);
		honest_ap = pair->ap;
		honest_out = pair->ap_out;
		set_password(pair, &pair->ap_password, "wrong battery");
		for (unsigned i = 0; i < forged; i++) {
			forge_commit(pair);
			reply_reaches_station(pair);
			assert_int_equal(pair->station.state, SAE_CONFIRMED);
			/* Its confirm does not count either. */
			sae_station_receive(&pair->station, SAE_CONFIRM, STATUS_SUCCESS,
					    (struct span){(const uint8_t[34]){1}, 34}, &pair->station_out);
			assert_int_equal(pair->station_out.event, SAE_NO_EVENT);
		}
		pair->ap = honest_ap;
		pair->ap_out = honest_out;
		pair->ap_password = honest;
		reply_reaches_station(pair);
		assert_int_equal(pair->station_out.frame_count, 1);
		sae_ap_confirm(&pair->ap, body_of(&pair->station_out, 0), &pair->ap_out);
		assert_int_equal(pair->ap_out.event, SAE_EVENT_ACCEPTED);
		reply_reaches_station(pair);
		assert_int_equal(pair->station_out.event, SAE_EVENT_ACCEPTED);
		assert_memory_equal(pair->station.pmk, pair->ap.pmk, PMK_LEN);
		assert_memory_equal(pair->station.pmkid, pair->ap.pmkid, PMKID_LEN);
	}
}

/* No valid confirm has come. */
static void expect_end(struct pair *pair, enum sae_event event)
{
	assert_int_equal(pair->station.state, SAE_CONFIRMED);
	sae_station_give_up(&pair->station, &pair->station_out);
	assert_int_equal(pair->station_out.event, event);
	assert_int_equal(pair->station.state, SAE_NOTHING);
}

static void expect_end_by_refusal(struct pair *pair, uint16_t status, enum sae_event event)
{
	exchange(pair, 19);
	sae_station_receive(&pair->station, SAE_CONFIRM, status, (struct span){0}, &pair->station_out);
	assert_int_equal(pair->station_out.event, SAE_NO_EVENT);
	expect_end(pair, event);
}

static void wrong_password_is_found_by_both(void **state)
{
	struct pair *pair = *state;
	struct sae_out out;

	set_password(pair, &pair->ap_password, "battery staple");
	pair->hash_to_element = true;
	exchange(pair, 19);
	assert_int_equal(pair->ap_out.event, SAE_EVENT_WRONG_PASSWORD);
	assert_int_equal(pair->ap_out.status, STATUS_CHALLENGE_FAILURE);
	assert_int_equal(pair->ap.state, SAE_COMMITTED);
	assert_memory_not_equal(pair->station.pmk, pair->ap.pmk, PMK_LEN);
	/* The access point's confirm tells the station, too, once no valid one has come. */
	memset(&out, 0, sizeof(out));
	sae_add_confirm(&pair->ap, &out);
	sae_station_receive(&pair->station, SAE_CONFIRM, 0, body_of(&out, 0), &pair->station_out);
	assert_int_equal(pair->station_out.event, SAE_NO_EVENT);
	assert_int_equal(pair->station_out.drop, DROP_SAE_CONFIRM);
	expect_end(pair, SAE_EVENT_WRONG_PASSWORD);
	/* And so does its refusal. */
	expect_end_by_refusal(pair, STATUS_CHALLENGE_FAILURE, SAE_EVENT_WRONG_PASSWORD);
	expect_end_by_refusal(pair, STATUS_UNSPECIFIED, SAE_EVENT_WRONG_PASSWORD); /* as hostapd 2.10 says it */
	expect_end_by_refusal(pair, STATUS_AP_FULL, SAE_EVENT_REFUSED);
	assert_int_equal(pair->station_out.status, STATUS_AP_FULL);
	exchange(pair, 19);
	expect_end(pair, SAE_NO_EVENT);
}

/* A refusal and a wrong confirm of a forger come before the confirm of the access point (12.4.8.6.5). */
static void forged_answers_to_a_confirm_are_not_believed(void **state)
{
	struct pair *pair = *state;
	struct sae_out forged;

	exchange(pair, 19);
	sae_station_receive(&pair->station, SAE_CONFIRM, STATUS_CHALLENGE_FAILURE, (struct span){0},
			    &pair->station_out);
	assert_int_equal(pair->station_out.event, SAE_NO_EVENT);
	forged = pair->ap_out;
	forged.frames[0].body[2] ^= 1;
	sae_station_receive(&pair->station, SAE_CONFIRM, 0, body_of(&forged, 0), &pair->station_out);
	assert_int_equal(pair->station_out.drop, DROP_SAE_CONFIRM);
	assert_int_equal(pair->station.state, SAE_CONFIRMED);
	reply_reaches_station(pair);
	assert_int_equal(pair->station_out.event, SAE_EVENT_ACCEPTED);
}

static void token_is_repeated(void **state)
{
	struct pair *pair = *state;
	uint8_t token[32], body[SAE_BODY_MAX], scalar[32];
	struct sae_commit commit;

	memset(token, 0x5a, sizeof(token));
	for (unsigned way = 0; way < 2; way++) {
		struct span answer = {body, sae_token_write(19, (struct span){token, sizeof(token)}, way, body)};

		pair->hash_to_element = way;
		start_station(pair, 19, 0);
		memcpy(scalar, pair->station.own_scalar, sizeof(scalar));
		sae_station_receive(&pair->station, SAE_COMMIT, STATUS_TOKEN_REQUIRED, answer, &pair->station_out);
		assert_int_equal(pair->station_out.frames[0].status, way ? STATUS_SAE_HASH_TO_ELEMENT : 0);
		assert_int_equal(sae_commit_parse(&commit, body_of(&pair->station_out, 0), way), NOT_DROPPED);
		assert_true(span_equals(commit.token, token, sizeof(token)));
		assert_memory_equal(commit.scalar, scalar, sizeof(scalar)); /* the same commit: no new work */
		for (unsigned i = 0; i < SAE_SYNC_DEFAULT; i++)
			sae_station_receive(&pair->station, SAE_COMMIT, STATUS_TOKEN_REQUIRED, answer,
					    &pair->station_out);
		/* Too many, of whomsoever: the next one is not answered, and the repetition ends the exchange. */
		assert_int_equal(pair->station_out.drop, DROP_MGMT_UNEXPECTED);
		assert_int_equal(pair->station_out.frame_count, 0);
		assert_int_equal(pair->station.state, SAE_COMMITTED);
		sae_station_repeat(&pair->station, &pair->station_out);
		assert_int_equal(pair->station_out.event, SAE_EVENT_TOO_MANY);
	}
}

/* Group downgrade (CVE-2019-9499's kin): a forged refusal of group 20 reaches the station. */
static void forged_group_refusal_is_detected(void **state)
{
	struct pair *pair = *state;
	static const uint8_t refusal[] = {20, 0};

	pair->hash_to_element = true;
	start_station(pair, 20, 19);
	sae_station_receive(&pair->station, SAE_COMMIT, STATUS_UNSUPPORTED_GROUP,
			    (struct span){refusal, sizeof(refusal)}, &pair->station_out);
	assert_int_equal(ec_group(pair->station.curve), 19);
	assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_UNSPECIFIED);
	assert_int_equal(pair->ap_out.drop, DROP_SAE_INVALID);
}

static void honest_group_refusal_is_followed(void **state)
{
	static const uint16_t only_19[] = {19, 0};
	static const uint8_t refusal[] = {20, 0}, other[] = {21, 0}, last[] = {19, 0};
	struct pair *pair = *state;

	pair->hash_to_element = true;
	start_station(pair, 20, 19);
	sae_station_receive(&pair->station, SAE_COMMIT, STATUS_UNSUPPORTED_GROUP, (struct span){other, 2},
			    &pair->station_out);
	assert_int_equal(pair->station_out.drop, DROP_MGMT_UNEXPECTED);
	sae_station_receive(&pair->station, SAE_COMMIT, STATUS_UNSUPPORTED_GROUP, (struct span){refusal, 2},
			    &pair->station_out);
	assert_int_equal(commit_reaches_ap(pair, only_19), STATUS_SUCCESS);
	assert_int_equal(pair->ap.peer_rejected_len, 2);
	reply_reaches_station(pair);
	sae_ap_confirm(&pair->ap, body_of(&pair->station_out, 0), &pair->ap_out);
	assert_int_equal(pair->ap_out.event, SAE_EVENT_ACCEPTED);
	/* No group is left. */
	start_station(pair, 19, 0);
	sae_station_receive(&pair->station, SAE_COMMIT, STATUS_UNSUPPORTED_GROUP, (struct span){last, 2},
			    &pair->station_out);
	assert_int_equal(pair->station_out.event, SAE_EVENT_REFUSED);
	assert_int_equal(pair->station_out.status, STATUS_UNSUPPORTED_GROUP);
}

/* Reflection: an attacker without the password returns the station's own frames. */
static void reflected_commit_is_discarded(void **state)
{
	struct pair *pair = *state;
	struct sae_out sent;

	start_station(pair, 19, 0);
	sent = pair->station_out;
	sae_station_receive(&pair->station, SAE_COMMIT, 0, body_of(&sent, 0), &pair->station_out);
	assert_int_equal(pair->station_out.drop, DROP_SAE_REFLECTION);
	assert_int_equal(pair->station.state, SAE_COMMITTED);
	assert_int_equal(pair->station_out.frame_count, 0);
}

/* Invalid curve: an element that is not on the curve, or a scalar that makes the secret guessable (CVE-2019-9498). */
static void invalid_commits_change_nothing(void **state)
{
	struct pair *pair = *state;
	struct sae_out good;

	for (unsigned way = 0; way < 2; way++) {
		pair->hash_to_element = way;
		start_station(pair, 19, 0);
		good = pair->station_out;
		pair->station_out.frames[0].body[2 + 32 + 63] ^= 1;
		assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_UNSPECIFIED);
		assert_int_equal(pair->ap.state, SAE_NOTHING);
		pair->station_out = good;
		memset(pair->station_out.frames[0].body + 2, 0, 32);
		assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_UNSPECIFIED);
		pair->station_out.frames[0].body[2 + 31] = 1;
		assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_UNSPECIFIED);
		pair->station_out = good;
		assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_SUCCESS);
		memset(pair->ap_out.frames[0].body + 2 + 32, 0, 64);
		reply_reaches_station(pair);
		assert_int_equal(pair->station_out.drop, DROP_SAE_INVALID);
		assert_int_equal(pair->station.state, SAE_COMMITTED);
	}
}

/* The other way to the password element would be a downgrade to hunting and pecking. */
static void other_way_is_refused(void **state)
{
	struct pair *pair = *state;

	pair->hash_to_element = true;
	start_station(pair, 19, 0);
	assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_SUCCESS);
	pair->ap_out.frames[0].status = 0;
	reply_reaches_station(pair);
	assert_int_equal(pair->station_out.drop, DROP_MGMT_UNEXPECTED);
	assert_int_equal(pair->station.state, SAE_COMMITTED);
}

static void repetitions_are_answered_up_to_the_limit(void **state)
{
	struct pair *pair = *state;
	struct sae_commit commit;
	struct sae_out first;
	unsigned answers = 0;

	start_station(pair, 19, 0);
	assert_int_equal(commit_reaches_ap(pair, all_groups), STATUS_SUCCESS);
	first = pair->ap_out;
	assert_int_equal(sae_commit_parse(&commit, body_of(&pair->station_out, 0), false), NOT_DROPPED);
	assert_true(sae_ap_is_repeated(&pair->ap, &commit));
	for (;;) {
		sae_ap_repeat(&pair->ap, &pair->ap_out);
		if (pair->ap_out.drop)
			break;
		assert_memory_equal(pair->ap_out.frames[0].body, first.frames[0].body, first.frames[0].len);
		answers++;
	}
	assert_int_equal(answers, SAE_SYNC_DEFAULT);
	assert_int_equal(pair->ap_out.drop, DROP_MGMT_UNEXPECTED);
	assert_int_equal(pair->ap_out.frame_count, 0);
	/* Somebody else may have repeated it: the station goes on. */
	pair->ap_out = first;
	reply_reaches_station(pair);
	sae_ap_confirm(&pair->ap, body_of(&pair->station_out, 0), &pair->ap_out);
	assert_int_equal(pair->ap_out.event, SAE_EVENT_ACCEPTED);
}

/* The access point's confirm was lost: the station repeats its own, with a higher counter. A replay is not answered. */
static void lost_confirm_is_sent_again(void **state)
{
	struct pair *pair = *state;
	struct sae_out replay;

	exchange(pair, 19);
	replay = pair->station_out;
	sae_ap_confirm(&pair->ap, body_of(&replay, 0), &pair->ap_out);
	assert_int_equal(pair->ap_out.drop, DROP_MGMT_UNEXPECTED);
	sae_station_repeat(&pair->station, &pair->station_out);
	sae_ap_confirm(&pair->ap, body_of(&pair->station_out, 0), &pair->ap_out);
	assert_int_equal(pair->ap_out.event, SAE_NO_EVENT);
	assert_int_equal(le16(pair->ap_out.frames[0].body), UINT16_MAX); /* asks for no answer */
	reply_reaches_station(pair);
	assert_int_equal(pair->station_out.event, SAE_EVENT_ACCEPTED);
}

static void identifier_selects_another_secret(void **state)
{
	struct pair *pair = *state;
	struct sae_commit commit;

	memcpy(pair->station_password.identifier, "guest", 5);
	pair->station_password.identifier_len = 5;
	set_password(pair, &pair->station_password, "correct horse");
	pair->hash_to_element = true;
	exchange(pair, 19);
	assert_int_equal(pair->ap_out.event, SAE_EVENT_WRONG_PASSWORD);
	start_station(pair, 19, 0);
	assert_int_equal(sae_commit_parse(&commit, body_of(&pair->station_out, 0), true), NOT_DROPPED);
	assert_true(span_equals(commit.identifier, (const uint8_t *)"guest", 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_accept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ext_key_has_a_pmk_of_the_group, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ext_key_needs_its_selector, set_up, tear_down),
		cmocka_unit_test(selector_chooses_the_akm),
		cmocka_unit_test_setup_teardown(race_does_not_stop_an_honest_exchange, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_password_is_found_by_both, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forged_answers_to_a_confirm_are_not_believed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(token_is_repeated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forged_group_refusal_is_detected, set_up, tear_down),
		cmocka_unit_test_setup_teardown(honest_group_refusal_is_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reflected_commit_is_discarded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(invalid_commits_change_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_way_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(repetitions_are_answered_up_to_the_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lost_confirm_is_sent_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(identifier_selects_another_secret, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
