/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/sae_frame.h"

#include "wire/ieee80211.h"
#include "wire/le.h"

#include <string.h>

/* Element ID extensions (Table 9-92). */
#define EXT_PASSWORD_IDENTIFIER 33
#define EXT_REJECTED_GROUPS     92
#define EXT_TOKEN_CONTAINER     93
#define EXT_AKM_SELECTOR        114

#define TOKEN_MIN 32 /* shorter bytes between group and scalar are no token of ours or of other access points */

static size_t curve_len(unsigned group)
{
	static const size_t lens[] = {32, 48, 66};

	return ec_is_supported(group) ? lens[group - 19] : 0;
}

static enum drop parse_elements(struct sae_commit *commit, struct span rest)
{
	struct element element;

	while (element_next(&rest, &element)) {
		struct span body = element.body;
		const uint8_t *extension = element.id == EID_EXTENSION ? span_take(&body, 1) : NULL;

		if (!extension)
			continue;
		if (*extension == EXT_PASSWORD_IDENTIFIER && body.len && !commit->identifier.bytes)
			commit->identifier = body;
		else if (*extension == EXT_REJECTED_GROUPS && !commit->rejected_groups.bytes)
			commit->rejected_groups = body;
		else if (*extension == EXT_TOKEN_CONTAINER && !commit->token.bytes)
			commit->token = body;
		else if (*extension == EXT_AKM_SELECTOR && body.len >= 4)
			commit->akm = akm_from_selector(body.bytes, false);
	}
	return rest.len ? DROP_TRUNCATED : NOT_DROPPED;
}

/* The length of a password identifier element with exactly the rest of the body from `offset` on; 0: there is none. */
static size_t identifier_at(struct span body, size_t offset)
{
	struct span rest = {body.bytes + offset, body.len > offset ? body.len - offset : 0};
	struct element element;

	if (!rest.len || !element_next(&rest, &element) || rest.len || element.id != EID_EXTENSION ||
	    element.body.len < 2 || element.body.bytes[0] != EXT_PASSWORD_IDENTIFIER)
		return 0;
	return element.whole.len;
}

/*
 * Hunting and pecking has its token between group and scalar, where only the length of the body tells that there is one. An identifier
 * may follow all, although a password with identifier needs hash-to-element: its sender must learn that.
 */
static void take_bare_token(struct sae_commit *commit, struct span *body, size_t fields_len, size_t *identifier_len)
{
	size_t token_len;

	*identifier_len = identifier_at(*body, fields_len);
	if (!*identifier_len)
		*identifier_len = identifier_at(*body, fields_len + TOKEN_MIN);
	if (body->len < fields_len + *identifier_len + TOKEN_MIN)
		return;
	token_len = body->len - fields_len - *identifier_len;
	commit->token = (struct span){span_take(body, token_len), token_len};
}

enum drop sae_commit_parse(struct sae_commit *commit, struct span body, bool hash_to_element)
{
	const uint8_t *group = span_take(&body, 2);
	size_t len, identifier_len = 0;

	*commit = (struct sae_commit){.akm = AKM_NONE};
	if (!group)
		return DROP_TRUNCATED;
	commit->group = le16(group);
	len = curve_len(commit->group);
	if (!len)
		return NOT_DROPPED;
	if (!hash_to_element)
		take_bare_token(commit, &body, 3 * len, &identifier_len);
	commit->scalar = span_take(&body, len);
	commit->element = span_take(&body, 2 * len);
	if (!commit->scalar || !commit->element)
		return DROP_TRUNCATED;
	return hash_to_element || identifier_len ? parse_elements(commit, body) : NOT_DROPPED;
}

bool sae_commit_is_valid(const struct ec_curve *curve, const struct sae_commit *commit)
{
	return commit->scalar && commit->element && ec_scalar_is_valid(curve, commit->scalar) &&
	       ec_point_is_valid(curve, commit->element);
}

static uint8_t *put_bytes(uint8_t *pos, const uint8_t *bytes, size_t len)
{
	if (len)
		memcpy(pos, bytes, len);
	return pos + len;
}

static uint8_t *put_extension(uint8_t *pos, uint8_t extension, struct span body)
{
	*pos++ = EID_EXTENSION;
	*pos++ = (uint8_t)(1 + body.len);
	*pos++ = extension;
	return put_bytes(pos, body.bytes, body.len);
}

size_t sae_commit_write(const struct sae_commit *commit, size_t len, bool hash_to_element, uint8_t out[SAE_BODY_MAX])
{
	uint8_t *pos = out + 2, selector[4];

	put_le16(out, (uint16_t)commit->group);
	if (!hash_to_element)
		pos = put_bytes(pos, commit->token.bytes, commit->token.len);
	pos = put_bytes(pos, commit->scalar, len);
	pos = put_bytes(pos, commit->element, 2 * len);
	if (commit->identifier.len)
		pos = put_extension(pos, EXT_PASSWORD_IDENTIFIER, commit->identifier);
	if (!hash_to_element)
		return (size_t)(pos - out);
	if (commit->rejected_groups.len)
		pos = put_extension(pos, EXT_REJECTED_GROUPS, commit->rejected_groups);
	if (commit->token.len)
		pos = put_extension(pos, EXT_TOKEN_CONTAINER, commit->token);
	if (commit->akm != AKM_NONE) {
		akm_selector(commit->akm, false, selector);
		pos = put_extension(pos, EXT_AKM_SELECTOR, (struct span){selector, sizeof(selector)});
	}
	return (size_t)(pos - out);
}

bool sae_token_parse(struct span body, unsigned group, struct span *token)
{
	const uint8_t *header = span_take(&body, 2);
	struct span rest = body;
	struct element element;

	if (!header || le16(header) != group || !body.len)
		return false;
	*token = body;
	/* A container with exactly the rest of the body; else the bare token of hunting and pecking. */
	if (element_next(&rest, &element) && !rest.len && element.id == EID_EXTENSION && element.body.len > 1 &&
	    element.body.bytes[0] == EXT_TOKEN_CONTAINER)
		*token = (struct span){element.body.bytes + 1, element.body.len - 1};
	return token->len <= SAE_TOKEN_MAX;
}

size_t sae_token_write(unsigned group, struct span token, bool hash_to_element, uint8_t out[SAE_BODY_MAX])
{
	uint8_t *pos = out + 2;

	put_le16(out, (uint16_t)group);
	pos = hash_to_element ? put_extension(pos, EXT_TOKEN_CONTAINER, token) : put_bytes(pos, token.bytes, token.len);
	return (size_t)(pos - out);
}
