/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bodies of SAE frames. The first byte selects the parser, and the way to the password element. */
#include "fuzz.h"

#include "rsn/sae_frame.h"

static void check_inside(const uint8_t *bytes, size_t size, struct span span)
{
	must(!span.bytes || (span.bytes >= bytes && span.bytes + span.len <= bytes + size));
}

static void read_commit(const uint8_t *bytes, size_t size, bool hash_to_element)
{
	struct sae_commit commit, again;
	uint8_t written[SAE_BODY_MAX];
	size_t len;

	if (sae_commit_parse(&commit, (struct span){bytes, size}, hash_to_element) || !ec_is_supported(commit.group))
		return;
	check_inside(bytes, size, commit.token);
	check_inside(bytes, size, commit.identifier);
	check_inside(bytes, size, commit.rejected_groups);
	len = (size_t)(commit.element - commit.scalar);
	check_inside(bytes, size, (struct span){commit.scalar, 3 * len});
	if (commit.identifier.len > SAE_IDENTIFIER_MAX || commit.rejected_groups.len > 2 * SAE_GROUPS_MAX ||
	    commit.token.len > SAE_TOKEN_MAX)
		return;
	size = sae_commit_write(&commit, len, hash_to_element, written);
	must(size <= sizeof(written));
	must(!sae_commit_parse(&again, (struct span){written, size}, hash_to_element));
	must(again.group == commit.group && !memcmp(again.scalar, commit.scalar, 3 * len) &&
	     again.token.len == commit.token.len && again.identifier.len == commit.identifier.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;
	struct span token;

	if (!size)
		return 0;
	bytes = malloc(size > 1 ? size - 1 : 1); /* of the exact size, so that sanitizers detect reads beyond it */
	must(bytes);
	memcpy(bytes, data + 1, size - 1);
	if (data[0] % 3 == 2 && sae_token_parse((struct span){bytes, size - 1}, 19, &token))
		check_inside(bytes, size - 1, token);
	else
		read_commit(bytes, size - 1, data[0] % 3);
	free(bytes);
	return 0;
}
