/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/doctor.h"

#include "base/mac.h"
#include "cli/findings.h"
#include "cli/machine_names.h"
#include "wire/suite.h"

#include <stdio.h>
#include <string.h>

static void print_device(const struct doctor_card *card)
{
	char mac[MAC_TEXT_SIZE];

	printf("  driver   ");
	findings_print_text(card->driver[0] ? card->driver : "unknown");
	printf("%s", card->firmware[0] ? ", firmware " : "");
	findings_print_text(card->firmware);
	printf("%s", card->bus[0] ? ", bus " : "");
	findings_print_text(card->bus);
	printf("\n  address  %s\n", mac_format(mac, card->interface.addr));
}

static void print_state(const struct doctor_card *card)
{
	printf("  now      %s, %s", nl80211_interface_type_name(card->interface.type), card->up ? "up" : "down");
	if (card->interface.freq_mhz)
		printf(", on %u MHz", card->interface.freq_mhz);
	printf("%s%s\n", card->power_save == DOCTOR_POWER_SAVE_ON ? ", power save" : "",
	       card->interface.four_addr ? ", 4-address mode" : "");
}

static void print_modes(const struct doctor_card *card)
{
	const char *comma = "";

	printf("  modes    ");
	for (uint32_t type = 0; type < 32; type++)
		if (card->wiphy.iftypes >> type & 1) {
			printf("%s%s", comma, nl80211_interface_type_name(type));
			comma = ", ";
		}
	printf("\n");
}

static void print_ciphers(const struct doctor_card *card)
{
	const char *comma = "";

	printf("  ciphers  ");
	for (enum cipher cipher = 0; cipher < CIPHER_COUNT; cipher++)
		if (card->wiphy.ciphers >> cipher & 1) {
			printf("%s%s", comma, cipher_name(cipher));
			comma = ", ";
		}
	printf("%s\n", comma[0] ? "" : "none");
}

static void print_bands(const struct doctor_card *card)
{
	printf("  country  %s\n", card->country[0] ? card->country : "unknown");
	for (unsigned band = 0; band < NL80211_WIPHY_BANDS; band++) {
		const struct nl80211_band_info *info = &card->wiphy.bands[band];
		struct doctor_band sum = doctor_card_band(card, band);

		if (!info->channel_count)
			continue;
		printf("  %-7s  802.11%s, %u channels; for an access point %u", doctor_band_name(band),
		       info->he_count              ? "ax"
		       : info->vht                 ? "ac"
		       : info->ht                  ? "n"
		       : band == NL80211_BAND_2GHZ ? "g"
						   : "a",
		       sum.channels, sum.ap);
		if (sum.radar)
			printf(", and %u more with radar detection", sum.radar);
		printf("\n");
	}
}

static void print_machine(const struct doctor_report *report)
{
	printf("machine\n  kernel   Linux %s, %s\n  guests   ", report->kernel.release, report->kernel.machine);
	machine_print_hypervisors(&report->machine.facts, "no hypervisor found");
	printf("  network  ");
	machine_print_managers(&report->machine.facts);
}

void doctor_print(const struct doctor_report *report, bool all)
{
	print_machine(report);
	findings_print_lines(&report->radio, all);
	for (size_t i = 0; i < report->cards.count; i++) {
		const struct doctor_card *card = &report->cards.list[i];

		printf("\nWi-Fi interface ");
		findings_print_text(card->interface.name);
		printf(" of the radio ");
		findings_print_text(card->wiphy.name);
		printf("\n");
		print_device(card);
		print_state(card);
		print_modes(card);
		print_ciphers(card);
		print_bands(card);
		findings_print_lines(&report->card_findings[i], all);
	}
	printf("\nvifi bridge");
	printf("%s", report->target.uplink ? " of the uplink " : "");
	findings_print_text(report->target.uplink ? report->target.uplink : "");
	printf("\n");
	findings_print_lines(&report->bridge, all);
	printf("\n");
	findings_print_sum(doctor_count(report, FINDING_FAIL), doctor_count(report, FINDING_WARN));
}
