/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14; musl's headers lack it */
#endif

/*
 * Where the user vifi does not exist: one of the numbers that distributions give to nobody (Debian Policy, 9.2.2; systemd,
 * "Users, Groups, UIDs and GIDs"), and that a container of 65536 users has. Not the user nobody, whose other processes could
 * end the daemons and replace their files.
 */
enum { FREE_FIRST = 65520, FREE_LAST = 65533, NOBODY = 65534 };

static bool find_user(struct service_user *user, const char *name)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry || entry->pw_uid == 0)
		return false;
	snprintf(user->name, sizeof(user->name), "%s", name);
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	return true;
}

static struct service_user find_free_user(void)
{
	struct service_user user = {.uid = FREE_FIRST, .gid = FREE_FIRST};

	while (user.uid < FREE_LAST && (getpwuid(user.uid) || getgrgid(user.gid)))
		user.gid = ++user.uid;
	snprintf(user.name, sizeof(user.name), "%u", (unsigned)user.uid);
	return user;
}

/* Read once: the user database cannot be opened in the sandbox. */
static const struct service_user *root_service_user(void)
{
	static struct service_user user;

	if (!user.uid && !find_user(&user, "vifi"))
		user = find_free_user();
	return &user;
}

struct service_user service_user(void)
{
	struct service_user user = {.name = "the present user", .uid = geteuid(), .gid = getegid()};
	const struct service_user *of_root = root_service_user();

	return user.uid == 0 ? *of_root : user;
}

bool service_user_is(uid_t uid)
{
	return uid == root_service_user()->uid;
}

bool service_user_is_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid() || service_user_is(uid);
}

uint64_t runtime_namespace(void)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length);
		close(fd);
	}
	return cookie;
}

static int make_private(int fd, const struct stat *st)
{
	struct service_user user = service_user();

	/* A user namespace may lack the service user; then the folder stays root's, and so does the process. */
	if (geteuid() == 0 && st->st_uid != user.uid && fchown(fd, user.uid, user.gid) < 0 && errno != EINVAL)
		return -errno;
	return (st->st_mode & 07777) != 0700 && fchmod(fd, 0700) < 0 ? -errno : 0;
}

/*
 * Earlier versions ran as nobody, or the user vifi was created since. Root takes such a folder over; each
 * reader of a file there checks the file's owner.
 */
static bool is_of_before(const struct stat *st)
{
	return geteuid() == 0 && (st->st_uid == NOBODY || (st->st_uid >= FREE_FIRST && st->st_uid <= FREE_LAST));
}

int runtime_open(const char *path, bool create, struct error *error)
{
	struct stat st;
	int fd, ret = 0;

	if (create && mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(error, -errno, "cannot create the folder %.100s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set(error, -errno, "cannot open the folder %.100s: %s", path,
				 errno == ENOTDIR ? "it is a symbolic link or a file" : strerror(errno));
	if (fstat(fd, &st) < 0)
		ret = error_set(error, -errno, "cannot open the folder %.100s: %s", path, strerror(errno));
	else if (!service_user_is_trusted(st.st_uid) && !(create && is_of_before(&st)))
		ret = error_set(error, -EPERM, "the folder %.100s belongs to user %u; remove it or change its owner",
				path, (unsigned)st.st_uid);
	else if (create && (ret = make_private(fd, &st)) < 0)
		error_set(error, ret, "cannot make the folder %.100s private: %s", path, strerror(-ret));
	else if (!create && st.st_mode & 022)
		ret = error_set(error, -EPERM, "other users can write to the folder %.100s; run `chmod 700 %.100s`",
				path, path);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}
