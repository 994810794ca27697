/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/control_socket.h"

#include "daemon/control.h"
#include "daemon/runtime.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int socket_address(struct sockaddr_un *un, const char *folder, const char *uplink)
{
	int len;

	if (strchr(uplink, '/'))
		return -ENODEV;
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	len = snprintf(un->sun_path, sizeof(un->sun_path), "%s/%llu-%s.sock", folder,
		       (unsigned long long)runtime_namespace(), uplink);
	return len < (int)sizeof(un->sun_path) ? 0 : -ENAMETOOLONG;
}

/* The name in "COOKIE-NAME.sock", or false: another file, or of another namespace. */
static bool name_of(const char *file, unsigned long long cookie, char name[CONTROL_NAME_MAX])
{
	char prefix[32];
	size_t len = (size_t)snprintf(prefix, sizeof(prefix), "%llu-", cookie), size = strlen(file);

	if (size < len + 6 || strncmp(file, prefix, len) != 0 || strcmp(file + size - 5, ".sock") != 0 ||
	    size - 5 - len >= CONTROL_NAME_MAX)
		return false;
	memcpy(name, file + len, size - 5 - len);
	name[size - 5 - len] = '\0';
	return true;
}

size_t control_names(const char *folder, char (*names)[CONTROL_NAME_MAX], size_t room)
{
	unsigned long long cookie = (unsigned long long)runtime_namespace();
	struct error ignored;
	struct dirent *entry;
	size_t count = 0;
	int fd = runtime_open(folder, false, &ignored);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

	if (!list && fd >= 0)
		close(fd);
	while (list && count < room && (entry = readdir(list)))
		count += name_of(entry->d_name, cookie, names[count]);
	if (list)
		closedir(list);
	return count;
}

static int peer_of(int fd, struct ucred *creds)
{
	socklen_t size = sizeof(*creds);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, creds, &size) < 0 ? -errno : 0;
}

int control_check_client(int listener, int fd, bool root_only, bool *reads_only)
{
	struct ucred own, peer;
	int ret = peer_of(fd, &peer);

	if (ret == 0)
		ret = peer_of(listener, &own); /* of a listening socket: the user that called listen() */
	if (ret < 0)
		return ret;
	*reads_only = peer.uid != 0 && (root_only || peer.uid != own.uid);
	return !*reads_only || service_user_is(peer.uid) ? 0 : -EPERM;
}

static int connect_within(const struct sockaddr_un *un, unsigned timeout_ms)
{
	struct timeval wait = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (timeout_ms ? 0 : SOCK_NONBLOCK), 0), ret;

	if (fd < 0)
		return -errno;
	/* A connection waits for room in the queue of the listener, as long as SO_SNDTIMEO says. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0)
		return fd;
	ret = errno == ENOENT ? -ECONNREFUSED : -errno;
	close(fd);
	return ret;
}

int control_connect(const char *folder, const char *uplink, unsigned timeout_ms, pid_t *pid)
{
	struct sockaddr_un un;
	struct ucred creds;
	struct error error;
	int fd = runtime_open(folder, false, &error), ret;

	*pid = 0;
	if (fd < 0)
		return fd == -ENOENT ? -ECONNREFUSED : fd;
	close(fd);
	ret = socket_address(&un, folder, uplink);
	if (ret < 0)
		return ret;
	fd = connect_within(&un, timeout_ms);
	if (fd < 0)
		return fd;
	ret = peer_of(fd, &creds);
	if (ret == 0 && !service_user_is_trusted(creds.uid))
		ret = -EPERM;
	if (ret == 0) {
		*pid = creds.pid;
		return fd;
	}
	close(fd);
	return ret;
}

bool control_peer_is_stopped(pid_t pid)
{
	char path[32], line[512] = "";
	const char *state;
	FILE *file;

	if (pid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	state = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL; /* proc_pid_stat(5): after the name */
	fclose(file);
	return state && state[1] == ' ' && (state[2] == 'T' || state[2] == 't');
}

int control_owner(const char *folder, const char *uplink, pid_t *pid)
{
	int fd = control_connect(folder, uplink, 0, pid);

	if (fd == -EAGAIN) /* it serves, but its queue is full */
		return 0;
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* ---- the lock ---- */

/* Opens the folder and locks it against other starts and ends. Returns the descriptor, or a negative errno. */
static int lock_folder(const char *folder, bool create, struct error *error)
{
	enum { TRIES = 100, INTERVAL_US = 20000 };
	int fd = runtime_open(folder, create, error);

	for (int i = 0; i < TRIES && fd >= 0; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		usleep(INTERVAL_US);
	}
	if (fd < 0)
		return fd;
	close(fd);
	return error_set(error, -ETIMEDOUT, "another process keeps the folder %.100s locked; `fuser %.100s` names it",
			 folder, folder);
}

static bool is_served(const struct sockaddr_un *un)
{
	int fd = connect_within(un, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -EAGAIN;
}

static int listen_at(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret = 0;
	mode_t mask;

	if (fd < 0)
		return -errno;
	unlink(un->sun_path); /* a killed process leaves it */
	mask = umask(0177);
	if (bind(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 || listen(fd, 16) < 0)
		ret = -errno;
	umask(mask);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

/* Gives the socket to the owner of its folder, who has to remove it in the end. */
static void adopt_owner(int folder, const char *path)
{
	struct stat st;

	if (geteuid() == 0 && fstat(folder, &st) == 0 && lchown(path, st.st_uid, st.st_gid) < 0) {
		/* The socket stays root's, and the owner of the folder can remove it all the same. */
	}
}

int control_lock(const char *folder, const char *uplink, struct error *error)
{
	struct sockaddr_un un;
	int fd, ret = socket_address(&un, folder, uplink), lock;

	if (ret < 0)
		return error_set(error, ret, "cannot open a control socket for %s in %.100s: %s", uplink, folder,
				 strerror(-ret));
	lock = lock_folder(folder, true, error);
	if (lock < 0)
		return lock;
	fd = is_served(&un) ? -EADDRINUSE : listen_at(&un);
	if (fd >= 0)
		adopt_owner(lock, un.sun_path);
	else
		error_set(error, fd, "cannot open the control socket %s: %s", un.sun_path, strerror(-fd));
	close(lock);
	return fd;
}

/* Removes the socket of an uplink unless a process other than the caller, which listens on `own`, serves it. */
static void remove_socket(const char *folder, const char *uplink, int own)
{
	struct sockaddr_un un;
	struct error error;
	int lock = lock_folder(folder, false, &error);

	if (lock < 0)
		return;
	if (socket_address(&un, folder, uplink) == 0 && (own >= 0 || !is_served(&un)))
		unlink(un.sun_path);
	close(lock);
}

void control_unlock(const char *folder, const char *uplink, int fd)
{
	if (fd < 0)
		return;
	/* Until the descriptor is closed no other process takes the name. */
	remove_socket(folder, uplink, fd);
	close(fd);
}

void control_clean(const char *folder, const char *uplink)
{
	remove_socket(folder, uplink, -1);
}
