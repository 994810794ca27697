/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/server/client.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { REPLY_MS = 10000 };

/* Finds the only socket of a folder. */
static int find_socket(const char *folder, char *name, size_t room, struct error *error)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0;

	if (!dir && errno == EACCES)
		return error_set(error, -EACCES, "cannot look for control sockets in %.100s: %s; run it as root",
				 folder, strerror(EACCES));
	if (!dir)
		return error_set(error, -errno,
				 "no control sockets in %.100s: %s; set ctrl_interface=%.100s in the "
				 "configuration file of the access point or station, or name the folder with --control",
				 folder, strerror(errno), folder);
	while ((entry = readdir(dir)))
		if (entry->d_type == DT_SOCK && strlen(entry->d_name) < room) {
			strcpy(name, entry->d_name);
			count++;
		}
	closedir(dir);
	if (count == 1)
		return 0;
	return error_set(error, -ENOENT,
			 count ? "%.100s has several control sockets; name the interface with -i"
			       : "no control socket in %.100s; is `vifi ap` or `vifi sta` running, with "
				 "ctrl_interface=%.100s in its configuration file?",
			 folder, folder);
}

static int connect_to(const char *path, struct error *error)
{
	struct sockaddr_un own = {.sun_family = AF_UNIX}, peer = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	snprintf(own.sun_path, sizeof(own.sun_path), "/tmp/vifi-ctrl-%d", (int)getpid());
	strcpy(peer.sun_path, path);
	unlink(own.sun_path);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof(own)) == 0 &&
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)) == 0)
		return fd;
	err = -errno;
	if (fd >= 0)
		ctrl_client_close(fd);
	return error_set(
		error, err, "cannot reach %s: %s%s", path, strerror(-err),
		err == -EACCES ? "; run it as root"
		: err == -ECONNREFUSED || err == -ENOENT
			? "; is `vifi ap` or `vifi sta` running, with ctrl_interface in its configuration file?"
			: "");
}

int ctrl_client_open(const char *folder, const char *interface, struct error *error)
{
	char name[64], path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int ret = 0, len;

	if (interface && *interface)
		snprintf(name, sizeof(name), "%s", interface);
	else
		ret = find_socket(folder, name, sizeof(name), error);
	if (ret)
		return ret;
	len = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (len >= (int)sizeof(path))
		return error_set(error, -ENAMETOOLONG, "the path %.80s… is too long", folder);
	return connect_to(path, error);
}

void ctrl_client_close(int fd)
{
	struct sockaddr_un own = {0};
	socklen_t len = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &len) == 0 && own.sun_path[0])
		unlink(own.sun_path);
	close(fd);
}

int ctrl_client_ask(int fd, const char *command, char *reply, size_t room, struct error *error)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	ssize_t len;

	if (send(fd, command, strlen(command), 0) < 0)
		return error_set(error, -errno, "cannot send to the control socket: %s", strerror(errno));
	if (poll(&readable, 1, REPLY_MS) <= 0)
		return error_set(error, -ETIMEDOUT, "there is no answer from the control socket within %d s",
				 REPLY_MS / 1000);
	len = recv(fd, reply, room - 1, 0);
	if (len < 0)
		return error_set(error, -errno, "cannot read the answer from the control socket: %s", strerror(errno));
	reply[len] = '\0';
	return (int)len;
}
