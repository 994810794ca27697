/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where notes and drops of a state machine go: the log, the history, the clients. */
#include "wifi/wifi.h"

#include "daemon/clock.h"

void wifi_note(const struct wifi *wifi, const char *interface, const struct action *note)
{
	wifi_log_note(wifi->log, interface, note);
	history_note(wifi->history, note, monotonic_ns());
	if (wifi->on_note)
		wifi->on_note(wifi->owner, interface, note);
}

void wifi_drop(const struct wifi *wifi, const char *interface, const struct action *drop)
{
	wifi_log_drop(wifi->log, interface, drop->addr, drop->drop);
	history_drop(wifi->history, drop->bss, drop->addr, drop->drop, monotonic_ns());
}
