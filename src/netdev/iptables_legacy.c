/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h> /* before the kernel's headers, which would define the same types again */

#include "netdev/iptables_legacy.h"

#include <assert.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether the table exists: a getsockopt() for it would create it. */
static bool has_table(bool ip6, const char *table)
{
	FILE *file =
		fopen(ip6 ? "/proc/thread-self/net/ip6_tables_names" : "/proc/thread-self/net/ip_tables_names", "re");
	char line[64];
	bool found = false;

	while (file && fgets(line, sizeof(line), file))
		found |= !strncmp(line, table, strlen(table)) && !strcmp(line + strlen(table), "\n");
	if (file)
		fclose(file);
	return found;
}

/* The verdict of the entry at `offset`, which has no matches, as the policy of a chain. */
static enum iptables_legacy policy_at(const uint8_t *entries, unsigned size, unsigned offset, unsigned head)
{
	struct xt_standard_target target;

	if (offset > size || size - offset < head + sizeof(target))
		return IPTABLES_LEGACY_RULES;
	memcpy(&target, entries + offset + head, sizeof(target));
	return target.verdict == -NF_ACCEPT - 1 ? IPTABLES_LEGACY_ACCEPT
	       : target.verdict == -NF_DROP - 1 ? IPTABLES_LEGACY_DROP
						: IPTABLES_LEGACY_RULES;
}

/* The requests and their structures are the same for both families; the entries are not. */
static_assert((int)IPT_SO_GET_INFO == (int)IP6T_SO_GET_INFO && (int)IPT_SO_GET_ENTRIES == (int)IP6T_SO_GET_ENTRIES, "");
static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo), "");
static_assert(offsetof(struct ipt_get_entries, entrytable) == offsetof(struct ip6t_get_entries, entrytable), "");

/* `level`: IPPROTO_IP or IPPROTO_IPV6; `head`: the size of an entry without matches and target. */
static enum iptables_legacy read_forward(int fd, int level, unsigned head)
{
	struct ipt_getinfo info = {.name = "filter"};
	struct ipt_get_entries *get;
	socklen_t len = sizeof(info);
	enum iptables_legacy forward = IPTABLES_LEGACY_NONE;

	if (getsockopt(fd, level, IPT_SO_GET_INFO, &info, &len) < 0)
		return forward;
	if (info.hook_entry[NF_INET_FORWARD] != info.underflow[NF_INET_FORWARD])
		return IPTABLES_LEGACY_RULES;
	len = (socklen_t)(sizeof(*get) + info.size);
	get = calloc(1, len);
	if (get) {
		memcpy(get->name, info.name, sizeof(get->name));
		get->size = info.size;
		if (getsockopt(fd, level, IPT_SO_GET_ENTRIES, get, &len) == 0)
			forward = policy_at((const uint8_t *)get->entrytable, info.size,
					    info.underflow[NF_INET_FORWARD], head);
	}
	free(get);
	return forward;
}

enum iptables_legacy iptables_legacy_forward(bool ip6)
{
	enum iptables_legacy forward;
	int fd;

	if (!has_table(ip6, "filter"))
		return IPTABLES_LEGACY_NONE;
	fd = socket(ip6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		return IPTABLES_LEGACY_NONE;
	forward = ip6 ? read_forward(fd, IPPROTO_IPV6, sizeof(struct ip6t_entry))
		      : read_forward(fd, IPPROTO_IP, sizeof(struct ipt_entry));
	close(fd);
	return forward;
}

/* ---- rules that drop ---- */

static bool is_drop(const struct ipt_entry *entry)
{
	const struct xt_entry_target *target = (const void *)((const uint8_t *)entry + entry->target_offset);
	struct xt_standard_target standard;

	if (!strcmp(target->u.user.name, "REJECT"))
		return true;
	if (*target->u.user.name || target->u.target_size < sizeof(standard))
		return false;
	memcpy(&standard, target, sizeof(standard));
	return standard.verdict == -NF_DROP - 1;
}

/* Does the rule match the address as source or destination, or any? */
static bool concerns(const struct ipt_ip *match, uint32_t address, bool *names_guest)
{
	bool source = (address & match->smsk.s_addr) == match->src.s_addr,
	     target = (address & match->dmsk.s_addr) == match->dst.s_addr;

	*names_guest = (source && match->smsk.s_addr == UINT32_MAX) || (target && match->dmsk.s_addr == UINT32_MAX);
	return (source && match->smsk.s_addr) || (target && match->dmsk.s_addr) ||
	       (!match->smsk.s_addr && !match->dmsk.s_addr);
}

static bool is_valid(const struct ipt_entry *entry, unsigned left)
{
	return left >= sizeof(*entry) && entry->next_offset >= sizeof(*entry) && entry->next_offset <= left &&
	       entry->target_offset >= sizeof(*entry) &&
	       entry->target_offset + sizeof(struct xt_entry_target) <= entry->next_offset;
}

/* The chain of forwarded packets that has an entry; NULL: another one. *first: its first entry. */
static const char *chain_at(const struct ipt_getinfo *info, unsigned at, unsigned *first)
{
	static const struct {
		unsigned hook;
		const char *name;
	} chains[] = {{NF_INET_PRE_ROUTING, "PREROUTING"},
		      {NF_INET_FORWARD, "FORWARD"},
		      {NF_INET_POST_ROUTING, "POSTROUTING"}};

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		unsigned hook = chains[i].hook;

		*first = info->hook_entry[hook];
		if (info->valid_hooks & 1u << hook && at >= *first && at <= info->underflow[hook])
			return chains[i].name;
	}
	return NULL;
}

/* Chains of users follow those of the kernel, which end with their policies. */
static bool search_entries(struct iptables_legacy_drop *drop, const struct ipt_getinfo *info, const char *table,
			   const uint8_t *entries, uint32_t address)
{
	unsigned last = 0, number = 0, first;
	bool found = false;

	for (int hook = 0; hook < NF_INET_NUMHOOKS; hook++)
		if (info->valid_hooks & 1u << hook && info->underflow[hook] > last)
			last = info->underflow[hook];
	for (unsigned at = 0; at < info->size;) {
		const struct ipt_entry *entry = (const void *)(entries + at);
		const char *chain = chain_at(info, at, &first);
		bool named;

		if (!is_valid(entry, info->size - at))
			break;
		number = chain && at == first ? 1 : number + 1;
		if ((chain || at > last) && entry->counters.pcnt && is_drop(entry) &&
		    concerns(&entry->ip, address, &named) && entry->counters.pcnt > drop->packets) {
			*drop = (struct iptables_legacy_drop){table, chain, named, number, entry->counters.pcnt};
			found = true;
		}
		at += entry->next_offset;
	}
	return found;
}

static bool search_table(struct iptables_legacy_drop *drop, int fd, const char *table, uint32_t address)
{
	struct ipt_getinfo info = {0};
	struct ipt_get_entries *get = NULL;
	socklen_t len = sizeof(info);
	bool found = false;

	snprintf(info.name, sizeof(info.name), "%s", table);
	if (getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &len) == 0) {
		len = (socklen_t)(sizeof(*get) + info.size);
		get = calloc(1, len);
	}
	if (get) {
		memcpy(get->name, info.name, sizeof(get->name));
		get->size = info.size;
		found = getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, get, &len) == 0 &&
			search_entries(drop, &info, table, (const uint8_t *)get->entrytable, address);
	}
	free(get);
	return found;
}

bool iptables_legacy_find_drop(struct iptables_legacy_drop *drop, const uint8_t address[4])
{
	static const char *const tables[] = {"filter", "raw", "mangle", "security"};
	bool found = false;
	uint32_t wanted;
	int fd;

	*drop = (struct iptables_legacy_drop){0};
	memcpy(&wanted, address, sizeof(wanted));
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	for (size_t i = 0; fd >= 0 && i < sizeof(tables) / sizeof(tables[0]); i++)
		if (has_table(false, tables[i]))
			found |= search_table(drop, fd, tables[i], wanted);
	if (fd >= 0)
		close(fd);
	return found;
}
