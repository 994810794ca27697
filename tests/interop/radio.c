/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio: adds simulated radios to mac80211_hwsim, and removes them.
 *
 *	usage: radio add NAME [mac=02:…] [channels=NUMBER] [regdom=CC] [mlo]
 *	       radio del NAME
 *
 * The radio is a wiphy of that name in this network namespace, without an interface. All radios that were added in the
 * same network namespace share a medium, also after they move to another one, unless a program serves that medium
 * (`vifi air hwsim`). `channels` is the number of channels that it uses at once. A radio is deleted from the namespace
 * that it is in.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The ABI of mac80211_hwsim; no package contains the kernel's header. */
enum { NEW_RADIO = 4, DEL_RADIO = 5 };
enum { CHANNELS = 9, REG_HINT_ALPHA2 = 11, RADIO_NAME = 17, NO_VIF = 18, PERM_ADDR = 22, MLO_SUPPORT = 25 };

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "radio: %s: %s\n", what, why);
	exit(1);
}

static void put_mac(struct nl_msg *msg, const char *text)
{
	uint8_t mac[6];

	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
		fail(text, "not a MAC address");
	nla_put(msg, PERM_ADDR, 6, mac);
}

static void put_property(struct nl_msg *msg, const char *word)
{
	if (!strncmp(word, "mac=", 4))
		put_mac(msg, word + 4);
	else if (!strncmp(word, "channels=", 9))
		nla_put_u32(msg, CHANNELS, (uint32_t)atoi(word + 9));
	else if (!strncmp(word, "regdom=", 7))
		nla_put(msg, REG_HINT_ALPHA2, 2, word + 7);
	else if (!strcmp(word, "mlo"))
		nla_put_flag(msg, MLO_SUPPORT);
	else
		fail(word, "unknown property");
}

/* The reply to NEW_RADIO has the number of the radio, a positive number, in the errno field. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *reply, void *arg)
{
	(void)from;
	*(int *)arg = reply->error < 0 ? reply->error : 0;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	*(int *)arg = 0;
	return NL_STOP;
}

int main(int argc, char **argv)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();
	int family, result = -EIO;
	bool add;

	if (argc < 3 || (strcmp(argv[1], "add") && strcmp(argv[1], "del"))) {
		fprintf(stderr,
			"usage: radio add NAME [mac=MAC] [channels=NUMBER] [regdom=CC] [mlo]\n       radio del NAME\n");
		return 2;
	}
	add = !strcmp(argv[1], "add");
	if (!sock || !msg || genl_connect(sock) < 0 || (family = genl_ctrl_resolve(sock, "MAC80211_HWSIM")) < 0)
		fail(argv[2], "the kernel has no MAC80211_HWSIM");
	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_ACK, add ? NEW_RADIO : DEL_RADIO, 1);
	/* Without a terminating zero, as the kernel takes the length of the attribute. */
	nla_put(msg, RADIO_NAME, (int)strlen(argv[2]), argv[2]);
	if (add)
		nla_put_flag(msg, NO_VIF);
	for (int i = 3; i < argc; i++)
		put_property(msg, argv[i]);
	nl_socket_disable_seq_check(sock);
	nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, on_error, &result);
	nl_socket_modify_cb(sock, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &result);
	if (nl_send_auto(sock, msg) < 0)
		fail(argv[2], "cannot send to the kernel");
	nl_recvmsgs_default(sock);
	if (result < 0)
		fail(argv[2], strerror(-result));
	return 0;
}
