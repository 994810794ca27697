/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon_state.h"

#include "daemon/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

/* Does a process listen there? Also an air of an earlier version, which takes no lock, must not be displaced. */
static bool is_listening(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool listening = fd >= 0 && (!connect(fd, (const struct sockaddr *)un, sizeof(*un)) || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return listening;
}

/* Is the file behind `fd` still the one at `path`? */
static bool is_current(int fd, const char *path)
{
	struct stat locked, current;

	return !fstat(fd, &locked) && !stat(path, &current) && locked.st_ino == current.st_ino &&
	       locked.st_dev == current.st_dev;
}

/*
 * Takes the lock. The kernel releases it when the process ends, however it ends. The owner removes the file before it
 * releases the lock, so a file that is gone by then must be opened again.
 */
static int take_lock(struct air_socket *air_socket)
{
	for (;;) {
		int fd = open(air_socket->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), ret;

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			ret = errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
			close(fd);
			return ret;
		}
		if (is_current(fd, air_socket->lock_path)) {
			air_socket->lock_fd = fd;
			return 0;
		}
		close(fd);
	}
}

/* The sandboxed process removes the files in the end, and access points and stations of the same user connect. */
static void give_to(const struct service_user *user, const char *path)
{
	if (geteuid() == 0 && lchown(path, user->uid, user->gid) < 0) {
		/* They stay root's: the process runs on, and an access point cannot rejoin. */
	}
}

/* With the lock, a socket on which no process listens is stale. */
static int bind_and_listen(struct air_socket *air_socket, const struct sockaddr_un *un)
{
	struct stat info;
	mode_t mask;
	int ret = 0;

	if (is_listening(un))
		return -EADDRINUSE;
	if (!lstat(air_socket->path, &info) && S_ISSOCK(info.st_mode))
		unlink(air_socket->path);
	air_socket->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (air_socket->fd < 0)
		return -errno;
	mask = umask(0117);
	if (bind(air_socket->fd, (const struct sockaddr *)un, sizeof(*un)) < 0)
		ret = errno == EADDRINUSE ? -EEXIST : -errno;
	umask(mask);
	if (!ret && listen(air_socket->fd, BACKLOG) < 0)
		ret = -errno;
	return ret;
}

/* /run/vifi is missing after a boot. Another folder belongs to the operator, and is not changed. */
static int prepare_folder(const char *folder, struct error *error)
{
	struct service_user user = service_user();
	int fd;

	if (strcmp(folder, RUNTIME_FOLDER)) {
		if (mkdir(folder, 0755) == 0)
			give_to(&user, folder);
		return 0;
	}
	fd = runtime_open(folder, true, error);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int air_socket_open(struct air_socket *air_socket, const char *path, struct error *error)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char folder[sizeof(un.sun_path)];
	int ret;

	*air_socket = (struct air_socket){.fd = -1, .lock_fd = -1};
	if (strlen(path) >= sizeof(un.sun_path))
		return error_set(error, -ENAMETOOLONG, "%.200s: the path of a socket has at most %zu characters", path,
				 sizeof(un.sun_path) - 1);
	strcpy(un.sun_path, path);
	strcpy(air_socket->path, path);
	snprintf(air_socket->lock_path, sizeof(air_socket->lock_path), "%s.lock", path);
	strcpy(folder, path);
	ret = prepare_folder(dirname(folder), error);
	if (ret)
		return ret;
	ret = take_lock(air_socket);
	if (!ret)
		ret = bind_and_listen(air_socket, &un);
	if (!ret) {
		struct service_user user = service_user();

		give_to(&user, air_socket->path);
		give_to(&user, air_socket->lock_path);
		return 0;
	}
	if (air_socket->fd >= 0)
		close(air_socket->fd);
	air_socket->fd = -1;
	air_socket_close(air_socket);
	if (ret == -EADDRINUSE)
		return error_set(error, ret, "another vifi air is listening on %s", path);
	if (ret == -ENOENT)
		return error_set(error, ret, "cannot listen on %s: there is no such folder; create it", path);
	return error_set(error, ret, "cannot listen on %s: %s", path, strerror(-ret));
}

void air_socket_close(struct air_socket *air_socket)
{
	if (air_socket->fd >= 0) {
		unlink(air_socket->path);
		close(air_socket->fd);
	}
	if (air_socket->lock_fd >= 0) {
		unlink(air_socket->lock_path);
		close(air_socket->lock_fd);
	}
	air_socket->fd = air_socket->lock_fd = -1;
}
