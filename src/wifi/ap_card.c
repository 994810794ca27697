/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card that is removed while its access point runs, as a USB stick is, and is plugged in again. The access point keeps its
 * configuration, and looks for an interface of the same name once a second. The name is what the file knows, and what bridges and
 * firewalls know: a card that returns under another one is reported, not used.
 */
#include "wifi/ap_hub_state.h"

#include "base/mac.h"
#include "driver/card.h"

#include <stdio.h>
#include <string.h>

/* Each reason once; it names the interface. */
static void say(struct ap_radio *radio, const struct error *error)
{
	if (strcmp(radio->card_error.text, error->text) != 0)
		wifi_log_printf(radio->hub->host->log, NULL, "%s", error->text);
	radio->card_error = *error;
}

void ap_radio_await_card(struct ap_radio *radio)
{
	bool was_on = radio->state == AP_RADIO_ON && radio->pause == AP_RADIO_NO_PAUSE;
	struct error error;

	if (radio->wifi->driver)
		mac_copy(radio->card_addr, driver_interface(radio->wifi->driver, 0)->before.addr);
	if (radio->card_returns && wifi_join_result(radio->wifi, &error) < 0)
		say(radio, &error);
	else
		wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0),
				"waiting until the interface is back");
	wifi_stop(radio->wifi);
	wifi_free(radio->wifi);
	radio->state = AP_RADIO_AWAITS_CARD;
	radio->pause = AP_RADIO_NO_PAUSE;
	if (was_on)
		ap_radio_send(radio, "AP-DISABLED ");
	uv_timer_start(&radio->hub->card_timer, ap_hub_look_for_cards, DRIVER_CARD_LOOK_MS, DRIVER_CARD_LOOK_MS);
}

static bool is_back(struct ap_radio *radio)
{
	struct error elsewhere;
	struct netdev *netdev;
	bool found;

	if (netdev_open(&netdev) < 0)
		return false;
	found = driver_card_is_here(netdev, hostapd_edit_interface(radio->edit, 0), radio->card_addr, &elsewhere);
	netdev_close(netdev);
	if (elsewhere.text[0])
		say(radio, &elsewhere);
	return found;
}

static void look_for_card(struct ap_radio *radio)
{
	struct error error;

	if (!is_back(radio))
		return;
	radio->card_returns = true;
	if (ap_radio_start(radio, &error)) {
		wifi_log_printf(radio->hub->host->log, hostapd_edit_interface(radio->edit, 0), "the interface is back");
		ap_radio_send(radio, "INTERFACE-ENABLED ");
		radio->card_error.text[0] = '\0';
		radio->state = AP_RADIO_STARTING;
		return;
	}
	say(radio, &error);
	wifi_stop(radio->wifi);
	wifi_free(radio->wifi);
}

void ap_hub_look_for_cards(uv_timer_t *timer)
{
	struct ap_hub *hub = timer->data;
	bool any = false;

	for (size_t i = 0; i < hub->count; i++) {
		if (hub->radios[i]->state == AP_RADIO_AWAITS_CARD)
			look_for_card(hub->radios[i]);
		any |= hub->radios[i]->state == AP_RADIO_AWAITS_CARD;
	}
	if (!any)
		uv_timer_stop(timer);
}
