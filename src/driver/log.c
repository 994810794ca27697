/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the owner of a driver learns: messages, notes, drops. */
#include "driver/driver_state.h"

#include "base/mac.h"

#include <stdarg.h>
#include <stdio.h>

void driver_log(struct driver *driver, const char *format, ...)
{
	char text[600];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	driver->owner.log(driver->owner.user, driver->interfaces[0].info.name, text);
}

void driver_report(struct driver *driver, const struct plane_actions *actions)
{
	for (size_t i = 0; i < actions->count; i++) {
		const struct plane_action *action = &actions->list[i];
		const struct action *report = &action->report;

		if (action->kind != PLANE_REPORT)
			continue;
		if (report->kind == ACTION_DROP) {
			driver->drops[report->drop]++;
			driver_record_drop(driver, report->drop);
		}
		driver->owner.report(driver->owner.user, driver->interfaces[report->bss].info.name, report);
	}
}

void driver_note(struct driver *driver, enum note note, const uint8_t addr[6])
{
	struct action report = {.note = note};

	mac_copy(report.addr, addr);
	driver_note_action(driver, &report);
}

void driver_note_action(struct driver *driver, struct action *note)
{
	note->kind = ACTION_NOTE;
	driver->owner.report(driver->owner.user, driver->interfaces[0].info.name, note);
}

const uint64_t *driver_drops(const struct driver *driver)
{
	return driver->drops;
}
