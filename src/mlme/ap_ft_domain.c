/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a BSS says of its mobility domain (9.4.2.46). */
#include "mlme/ap_ft.h"
#include "mlme/ap_state.h"

#include <string.h>

bool ap_ft_is_offered(const struct ap_bss *bss)
{
	return bss->setup.rsn && (bss->setup.akms & akm_set_ft());
}

uint8_t ap_ft_capability(const struct ap_bss *bss)
{
	return bss->setup.ft.over_ds ? FT_OVER_DS : 0;
}

void ap_ft_write_domain(const struct ap_bss *bss, struct frame_writer *writer)
{
	uint8_t domain[FT_DOMAIN_LEN];

	if (!ap_ft_is_offered(bss))
		return;
	ft_domain_write(bss->setup.ft.mdid, ap_ft_capability(bss), domain);
	write_bytes(writer, domain, sizeof(domain));
}

bool ap_ft_is_in_domain(const struct ft_member *member, struct span domain)
{
	return domain.len == FT_DOMAIN_LEN && !memcmp(domain.bytes + 2, member->own.mdid, FT_MDID_LEN);
}
