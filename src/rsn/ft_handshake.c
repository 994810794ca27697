/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/ft_handshake.h"

#include "wire/le.h"

#include <string.h>

enum { INTERVAL_DEADLINE = 1, INTERVAL_LIFETIME = 2 };

bool ft_association_init(struct ft_association *association, struct span ssid, struct span domain, struct span element)
{
	struct ft_element ft;

	*association = (struct ft_association){.ssid_len = ssid.len, .element_len = element.len};
	if (!ssid.len || ssid.len > SSID_MAX || domain.len != FT_DOMAIN_LEN || element.len > ELEMENT_MAX ||
	    !ft_parse(&ft, element) || !ft_key_holders_parse(&association->holders, domain, &ft))
		return false;
	memcpy(association->ssid, ssid.bytes, ssid.len);
	memcpy(association->domain, domain.bytes, FT_DOMAIN_LEN);
	memcpy(association->element, element.bytes, element.len);
	return true;
}

int ft_association_key(struct crypto *crypto, const struct ft_association *association, struct piece pmk,
		       const uint8_t spa[6], struct ft_key *r1)
{
	if (!association->transitioned)
		return ft_derive_keys(crypto, pmk, (struct span){association->ssid, association->ssid_len},
				      &association->holders, spa, NULL, r1);
	r1->pmk_len = (uint8_t)pmk.len;
	memcpy(r1->pmk, pmk.bytes, pmk.len);
	memcpy(r1->name, association->r1_name, PMKID_LEN);
	return 0;
}

size_t ft_message_write(const struct ft_association *association, struct span rsn, struct span rsnx,
			const uint8_t name[PMKID_LEN], uint8_t out[FT_MESSAGE_MAX])
{
	size_t len = rsn_element_name_pmk(rsn, name, out);

	if (rsnx.len)
		memcpy(out + len, rsnx.bytes, rsnx.len);
	len += rsnx.len;
	memcpy(out + len, association->domain, FT_DOMAIN_LEN);
	len += FT_DOMAIN_LEN;
	memcpy(out + len, association->element, association->element_len);
	return len + association->element_len;
}

static bool names_pmk(struct span rsn, const uint8_t name[PMKID_LEN])
{
	struct rsn_element rsne;

	if (rsn_element_parse(&rsne, rsn))
		return false;
	for (size_t at = 0; at + PMKID_LEN <= rsne.pmkids.len; at += PMKID_LEN)
		if (crypto_equal(rsne.pmkids.bytes + at, name, PMKID_LEN))
			return true;
	return false;
}

bool ft_message_fits(const struct ft_association *association, const struct key_data *message, struct span rsn,
		     const uint8_t name[PMKID_LEN])
{
	const struct ft_key_holders *own = &association->holders;
	uint8_t expected[ELEMENT_MAX], received[ELEMENT_MAX];
	struct ft_key_holders holders;
	struct ft_element ft;
	size_t len;

	if (!message->rsne.bytes || !names_pmk(message->rsne, name) ||
	    !span_equals(message->mobility_domain, association->domain, FT_DOMAIN_LEN) || !ft_parse(&ft, message->ft) ||
	    !ft_key_holders_parse(&holders, message->mobility_domain, &ft))
		return false;
	len = rsn_element_name_pmk(rsn, NULL, expected);
	return len && len == rsn_element_name_pmk(message->rsne, NULL, received) && !memcmp(expected, received, len) &&
	       holders.r0kh_len == own->r0kh_len && !memcmp(holders.r0kh, own->r0kh, own->r0kh_len) &&
	       !memcmp(holders.r1kh, own->r1kh, FT_R1KH_LEN);
}

static uint8_t *put_interval(uint8_t *pos, uint8_t type, uint32_t value)
{
	if (!value)
		return pos;
	pos[0] = EID_TIMEOUT_INTERVAL;
	pos[1] = 5;
	pos[2] = type;
	put_le32(pos + 3, value);
	return pos + 7;
}

uint8_t *ft_times_write(const struct ft_association *association, uint8_t *out)
{
	return put_interval(put_interval(out, INTERVAL_DEADLINE, association->deadline_tu), INTERVAL_LIFETIME,
			    association->lifetime_s);
}
