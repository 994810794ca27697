/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/rfkill.h"

#include <fcntl.h>
#include <linux/rfkill.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

/* The radio's folder in sysfs has a folder for the switch, rfkill3. The sandbox permits this look, but no list of the folder. */
static bool belongs_to(uint32_t index, const char *radio)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/class/ieee80211/%.32s/rfkill%u", radio, (unsigned)index);
	return access(path, F_OK) == 0;
}

/* The kernel first reports all switches that there are. */
static bool find_switch(struct rfkill *rfkill, const char *radio)
{
	struct rfkill_event event;
	bool found = false;

	while (read(rfkill->fd, &event, sizeof(event)) >= (ssize_t)RFKILL_EVENT_SIZE_V1) {
		if (found || event.type != RFKILL_TYPE_WLAN || !belongs_to(event.idx, radio))
			continue;
		found = true;
		rfkill->index = event.idx;
		rfkill->off = event.soft || event.hard;
	}
	return found;
}

void rfkill_open(struct rfkill *rfkill, const char *radio)
{
	*rfkill = (struct rfkill){.fd = open("/dev/rfkill", O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
	if (rfkill->fd >= 0 && !find_switch(rfkill, radio))
		rfkill_close(rfkill);
}

void rfkill_follow(struct rfkill *rfkill, const char *radio)
{
	struct rfkill now;

	if (rfkill->fd < 0) {
		rfkill_open(rfkill, radio);
		return;
	}
	rfkill_open(&now, radio);
	rfkill->index = now.fd < 0 ? UINT32_MAX : now.index;
	rfkill->off = now.fd >= 0 && now.off;
	rfkill_close(&now);
}

void rfkill_close(struct rfkill *rfkill)
{
	if (rfkill->fd >= 0)
		close(rfkill->fd);
	rfkill->fd = -1;
}

void rfkill_read(struct rfkill *rfkill)
{
	struct rfkill_event event;

	while (rfkill->fd >= 0 && read(rfkill->fd, &event, sizeof(event)) >= (ssize_t)RFKILL_EVENT_SIZE_V1)
		if (event.idx == rfkill->index)
			rfkill->off = event.op != RFKILL_OP_DEL && (event.soft || event.hard);
}
