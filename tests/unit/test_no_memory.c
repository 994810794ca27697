/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation failures. Each allocation of both paths fails once: every frame is still delivered whole or dropped as
 * "no_memory"; nothing leaks (sanitizers); and the next frame passes. The linker redirects the allocations of our
 * libraries to failing_alloc.h (meson.build).
 */
#include "forged.h"

#include "failing_alloc.h"

enum { MOST = 64 };

struct alloc_test {
	struct test_link link;
	unsigned sent, lost; /* frames sent; frames that the sender dropped */
};

static void count_result(struct alloc_test *loop, enum drop drop)
{
	loop->sent++;
	loop->lost += drop != NOT_DROPPED;
	if (drop)
		assert_drop(drop, "no_memory");
}

/* Objects made before the failure. */
struct prepared_frames {
	struct frame *whole, *fragmented, *group, *eapol, *shared, *clone, *deauth, *group_deauth, *amsdu;
};

static void make_frames(struct test_link *link, struct prepared_frames *prepared)
{
	static const struct amsdu_subframe parts[] = {{STA, HOST, 20}, {ALL, HOST, 30}};
	uint8_t body[256] = {0};

	prepared->whole = ethernet_frame(STA, HOST, ETHERTYPE_IP4, 60);
	prepared->fragmented = ethernet_frame(STA, HOST, ETHERTYPE_IP4, 200);
	prepared->group = ethernet_frame(ALL, HOST, ETHERTYPE_ARP, 28);
	prepared->eapol = ethernet_frame(STA, AP, ETHERTYPE_EAPOL, 99);
	prepared->shared = ethernet_frame(STA, HOST, ETHERTYPE_IP6, 60);
	prepared->clone = frame_clone(prepared->shared);
	prepared->deauth = mgmt_begin(MGMT_DEAUTH, STA, AP, AP).frame;
	prepared->group_deauth = mgmt_begin(MGMT_DEAUTH, ALL, AP, AP).frame;
	prepared->amsdu = amsdu_frame(link, false, body, build_amsdu(body, parts, 2));
}

static void send_all(struct alloc_test *loop, struct prepared_frames *prepared)
{
	struct test_link *link = &loop->link;

	link->at_ap.fragment_body_max = 0;
	count_result(loop, tx_data(&link->queue, &link->at_ap, prepared->whole, &no_options));
	count_result(loop, tx_data(&link->queue, &link->at_ap, prepared->shared, &no_options));
	count_result(loop, tx_group_data(&link->queue, &link->ap_group, AP, true, prepared->group, &no_options));
	count_result(loop, tx_data(&link->queue, &link->at_ap, prepared->eapol, &no_options));
	count_result(loop, tx_null(&link->queue, &link->at_ap, &no_options));
	link->at_ap.fragment_body_max = 64;
	count_result(loop, tx_data(&link->queue, &link->at_ap, prepared->fragmented, &no_options));
	count_result(loop, tx_management(&link->queue, &link->at_ap, prepared->deauth, NULL, &no_options));
	count_result(loop, tx_management_group(&link->queue, &link->ap_group, true, prepared->group_deauth));
	tx_queue_seal(&link->queue);
}

/* Returns the number of frames that the receiver has: MSDUs, and accepted management frames. */
static unsigned receive_all(struct alloc_test *loop, struct prepared_frames *prepared)
{
	struct test_link *link = &loop->link;
	struct rx_in in[MOST];
	unsigned believed = 0;
	size_t count = 0;

	in[count++] = (struct rx_in){&link->at_sta, prepared->amsdu};
	for (size_t i = 0; i < link->queue.count; i++) {
		struct tx_mpdu *mpdu = &link->queue.mpdus[i];

		if (mpdu->drop)
			assert_drop(mpdu->drop, "no_memory");
		if (mpdu->drop || !dot11_is_data(le16(mpdu->frame->data))) {
			believed += !mpdu->drop && !rx_management(&link->at_sta, mpdu->frame);
			frame_free(mpdu->frame);
		} else {
			in[count++] = (struct rx_in){&link->at_sta, mpdu->frame};
		}
	}
	link->queue.count = 0;
	rx_data(in, count, link->now, &link->out);
	return believed + (unsigned)link->out.msdu_count;
}

/* Runs with a failure of the n-th allocation. Returns whether there were so many. */
static bool run_with_failure_at(struct crypto *crypto, enum cipher cipher, unsigned long failing)
{
	enum { WHOLE = 5 + 2 + 2 /* data, subframes of the A-MSDU, management */ };
	struct alloc_test loop = {0};
	struct prepared_frames prepared;
	unsigned arrived;
	bool so_many;

	link_open(&loop.link, crypto, cipher, true);
	link_group_key(&loop.link, CIPHER_BIP_CMAC_128, 4, 0x55);
	loop.link.at_ap.mfp = loop.link.at_sta.mfp = true;
	make_frames(&loop.link, &prepared);
	allocations_left = failing;
	failure_armed = true;
	send_all(&loop, &prepared);
	arrived = receive_all(&loop, &prepared);
	so_many = !failure_armed;
	failure_armed = false;
	/* After one failure at most one frame is missing, or the whole A-MSDU. */
	assert_true(arrived <= WHOLE && arrived + 2 >= WHOLE);
	assert_true(so_many || arrived == WHOLE);
	for (size_t i = 0; i < loop.link.out.drop_count; i++)
		assert_true(loop.link.out.drops[i].drop == DROP_NO_MEMORY ||
			    loop.link.out.drops[i].drop == DROP_FRAGMENT_ORDER ||
			    loop.link.out.drops[i].drop == DROP_FRAGMENT_PN);
	/* The other owner of a shared buffer has its frame unchanged. */
	assert_int_equal(prepared.clone->len, ETHER_HLEN + 60);
	assert_int_equal(be16(prepared.clone->data + 12), ETHERTYPE_IP6);
	frame_free(prepared.clone);
	rx_out_clear(&loop.link.out);
	/* Afterwards everything works again. */
	loop.link.at_ap.fragment_body_max = 64;
	assert_drop(
		tx_data(&loop.link.queue, &loop.link.at_ap, ethernet_frame(STA, HOST, ETHERTYPE_IP4, 200), &no_options),
		"none");
	link_receive_all(&loop.link, false);
	assert_came(&loop.link, 1, "none");
	link_close(&loop.link);
	return so_many;
}

static void each_allocation_failure_is_handled(void **state)
{
	static const enum cipher ciphers[] = {CIPHER_CCMP_128, CIPHER_GCMP_256};

	for (size_t i = 0; i < COUNT(ciphers); i++) {
		unsigned long failing = 0;

		while (run_with_failure_at(*state, ciphers[i], failing))
			failing++;
		assert_true(failing > 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_failure_is_handled),
	};

	return cmocka_run_group_tests(tests, set_up_crypto, tear_down_crypto);
}
