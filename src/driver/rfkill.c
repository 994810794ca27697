/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/rfkill.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/rfkill.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

/* The radio's folder in sysfs has a folder for the switch, rfkill3. */
static bool find_index(const char *radio, uint32_t *index)
{
	char path[96];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/class/ieee80211/%.32s", radio);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder)))
		found = sscanf(entry->d_name, "rfkill%u", index) == 1;
	if (folder)
		closedir(folder);
	return found;
}

void rfkill_open(struct rfkill *rfkill, const char *radio)
{
	*rfkill = (struct rfkill){.fd = -1};
	if (!find_index(radio, &rfkill->index))
		return;
	rfkill->fd = open("/dev/rfkill", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	rfkill_read(rfkill); /* the kernel reports each switch once */
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
