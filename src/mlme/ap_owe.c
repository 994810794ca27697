/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OWE (RFC 8110) at an access point. The station sends its half of the exchange with the association request, and the
 * response has ours; or the request names a PMKSA of the cache, which the response confirms (4.5): then there is no exchange.
 */
#include "mlme/ap_owe.h"
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

static bool allows_group(const struct ap_bss *bss, unsigned group)
{
	const uint16_t *groups = bss->setup.owe_groups;

	if (!groups[0])
		return ec_is_supported(group);
	while (*groups && *groups != group)
		groups++;
	return *groups;
}

enum status_code ap_owe_check(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr, struct span pmkids,
			      struct span element, const struct pmksa **cached)
{
	struct rsn_addresses addresses;

	mac_copy(addresses.aa, bss->setup.bssid);
	mac_copy(addresses.spa, addr);
	*cached = pmkids.len ? pmksa_find(&ap->pmksa, AKM_OWE, &addresses, pmkids, ap->now_ns) : NULL;
	return *cached || allows_group(bss, owe_group(element)) ? STATUS_SUCCESS : STATUS_UNSUPPORTED_GROUP;
}

int ap_owe_exchange(struct ap *ap, struct ap_sta *sta, struct span element, struct pmksa *fresh)
{
	struct owe_keys keys;
	struct owe owe;
	int err = owe_begin(&owe, owe_group(element), ap->crypto, &ap->random);

	if (!err)
		err = owe_derive(&owe, ap->crypto, element, true, &keys);
	if (!err) {
		sta->owe_element_len = owe_write(&owe, sta->owe_element);
		*fresh = (struct pmksa){.akm = AKM_OWE, .pmk_len = keys.pmk_len};
		memcpy(fresh->pmk, keys.pmk, keys.pmk_len);
		memcpy(fresh->pmkid, keys.pmkid, PMKID_LEN);
	}
	crypto_wipe(&owe, sizeof(owe));
	crypto_wipe(&keys, sizeof(keys));
	return err;
}

/* The RSN element (iwd connects only with it) and our half, or the RSN element with the PMKID. */
void ap_owe_write(const struct ap_sta *sta, struct frame_writer *writer)
{
	const struct ap_bss *bss = sta->bss;
	struct rsn_element rsne;
	uint8_t bytes[ELEMENT_MAX];

	if (sta->owe_element_len) {
		write_bytes(writer, bss->rsn, bss->rsn_len);
		write_bytes(writer, sta->owe_element, sta->owe_element_len);
		return;
	}
	if (rsn_element_parse(&rsne, (struct span){bss->rsn, bss->rsn_len}))
		return;
	rsne.pmkids = (struct span){sta->auth.setup.pmkid, PMKID_LEN};
	write_bytes(writer, bytes, rsn_element_write(&rsne, bytes));
}
