/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fast BSS transition at an access point (ap_ft.c); a part of mlme/ap_state.h. */
#ifndef VIFI_MLME_AP_FT_H
#define VIFI_MLME_AP_FT_H

#include "rsn/ft_handshake.h"
#include "rsn/ft_store.h"
#include "wire/frame_writer.h"
#include "wire/mgmt.h"
#include "wire/oci.h"

struct ap;
struct ap_bss;
struct ap_sta;

/* A reassociation by fast BSS transition that was found valid. Holds keys. */
struct ap_ft_transition {
	bool active;   /* else a first association */
	bool repeated; /* the present association is its result: the response was lost */
	struct rsn_suite suite;
	struct ft_entry *entry;
	struct ft_key r1;
	struct ptk ptk;
	struct ft_element ft; /* of the request */
	uint64_t made_ns;     /* the time of its ANonce */
	struct ocv ocv;       /* set by the caller of ap_ft_check() */
	struct ocv_failure ocv_failure;
};

/* ---- ap_ft_domain.c ---- */

bool ap_ft_is_offered(const struct ap_bss *bss);
uint8_t ap_ft_capability(const struct ap_bss *bss); /* of the MDE */
void ap_ft_write_domain(const struct ap_bss *bss, struct frame_writer *writer);
bool ap_ft_is_in_domain(const struct ft_member *member, struct span domain);

/* ---- ap_ft.c ---- */

void ap_ft_join(struct ap *ap, const struct ap_bss *bss);   /* the BSS is on the air */
void ap_ft_leave(struct ap *ap, const struct ap_bss *bss);  /* … and is not any more */
void ap_ft_forget(struct ap *ap, const struct ap_bss *bss); /* the PMK-R0s: its passphrases change */

/* The store of our host. */
struct ft_store *ap_ft_store(const struct ap *ap);

/* Stores the PMK-R0 of a station, as its R0KH. NULL: no memory. */
struct ft_entry *ap_ft_remember(struct ap *ap, const struct ap_bss *bss, const uint8_t *spa,
				const struct rsn_suite *suite, uint16_t vlan, const struct ft_key *r0);

/* Has its sender authenticated, although we have no entry of it: through another access point? */
bool ap_ft_is_expected(const struct ap *ap, const struct ap_bss *bss, const struct mgmt *mgmt);

/* Checks what a request to associate says of fast BSS transition; without a FT AKM there is nothing to check. */
enum status_code ap_ft_check(const struct ap *ap, const struct ap_sta *sta, const struct mgmt *mgmt,
			     const struct rsn_suite *suite, struct ap_ft_transition *transition);

/* What the authenticator must know: of a first association; of a transition, which is accepted. They return false without memory. */
bool ap_ft_begin(const struct ap *ap, const struct ap_bss *bss, const struct rsn_suite *suite,
		 struct ft_association *association);
bool ap_ft_accept(const struct ap *ap, const struct ap_sta *sta, const struct ap_ft_transition *transition,
		  struct ft_association *association);

/* The 4-way handshake of a first association is complete. */
void ap_ft_associated(struct ap *ap, const struct ap_sta *sta);

/* The elements of an association response; after a transition with the group keys and a MIC. */
void ap_ft_write_response(struct ap *ap, struct ap_sta *sta, const struct mgmt *request, struct frame_writer *writer);

/* Had the response no room for the BIGTK? Then a group key handshake must bring it. */
bool ap_ft_lacks_bigtk(const struct ap_sta *sta);

/* ---- ap_ft_auth.c ---- */

/* An authentication frame with algorithm 2. */
void ap_ft_receive(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt);

/* An action frame of this category from an authorised station. Returns false if it is unknown. */
bool ap_ft_receive_action(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt);

/* The same from another access point, whose BSSID is `from`. Returns false if it is not for us. */
bool ap_ft_receive_remote(struct ap *ap, struct ap_bss *bss, const uint8_t *from, struct span action);

/* The R0KH of the station has answered, or did not: answer the request. */
struct ft_pull;
void ap_ft_answer(struct ap *ap, struct ap_bss *bss, const struct ft_pull *pull);

#endif
