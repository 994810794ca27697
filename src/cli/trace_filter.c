/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/trace_filter.h"

#include "wire/be.h"
#include "wire/ether.h"

#include <dlfcn.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libpcap.so.0.8" /* Debian's name; */
#define OTHER   "libpcap.so.1"   /* and that of other distributions */

enum { LINKS = TRACE_LINKS, SNAP = 65536 + ETHER_VLAN_HLEN };

struct library {
	void *handle;
	pcap_t *(*open_dead)(int, int);
	int (*compile)(pcap_t *, struct bpf_program *, const char *, int, bpf_u_int32);
	char *(*geterr)(pcap_t *);
	void (*close)(pcap_t *);
	int (*matches)(const struct bpf_program *, const struct pcap_pkthdr *, const u_char *);
	void (*freecode)(struct bpf_program *);
};

struct trace_filter {
	struct library pcap;
	struct bpf_program programs[LINKS]; /* of each enum trace_link */
	bool compiled[LINKS];
	uint8_t tagged[SNAP];
};

/* Stores the address of a function. Returns whether there is one. */
static bool find(const struct library *pcap, const char *name, void *function)
{
	void *address = dlsym(pcap->handle, name);

	memcpy(function, &address, sizeof(address));
	return address;
}

static bool load(struct library *pcap)
{
	pcap->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!pcap->handle)
		pcap->handle = dlopen(OTHER, RTLD_NOW | RTLD_LOCAL);
	return pcap->handle && find(pcap, "pcap_open_dead", &pcap->open_dead) &&
	       find(pcap, "pcap_compile", &pcap->compile) && find(pcap, "pcap_geterr", &pcap->geterr) &&
	       find(pcap, "pcap_close", &pcap->close) && find(pcap, "pcap_offline_filter", &pcap->matches) &&
	       find(pcap, "pcap_freecode", &pcap->freecode);
}

/* A filter such as `arp` may have no meaning for 802.11: then no frame there matches. */
static int compile(struct trace_filter *filter, int link, int dlt, const char *text, struct error *error)
{
	pcap_t *dead = filter->pcap.open_dead(dlt, SNAP);
	int ret = 0;

	if (!dead)
		return error_set(error, -ENOMEM, "out of memory");
	filter->compiled[link] =
		filter->pcap.compile(dead, &filter->programs[link], text, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!filter->compiled[link])
		ret = error_set(error, -EINVAL, "invalid filter `%.100s`: %.200s; pcap-filter(7) has the syntax", text,
				filter->pcap.geterr(dead));
	filter->pcap.close(dead);
	return ret;
}

int trace_filter_new(struct trace_filter **out, const char *text, struct error *error)
{
	struct trace_filter *filter = calloc(1, sizeof(*filter));
	struct error ignored;
	int ret = 0;

	*out = NULL;
	if (!filter)
		return error_set(error, -ENOMEM, "out of memory");
	if (!load(&filter->pcap))
		ret = error_set(error, -ENOENT, "a filter needs libpcap: `apt install libpcap0.8`");
	else if (compile(filter, TRACE_ETHERNET, DLT_EN10MB, text, error) < 0)
		ret = compile(filter, TRACE_WIFI, DLT_IEEE802_11, text, &ignored);
	else
		compile(filter, TRACE_WIFI, DLT_IEEE802_11, text, &ignored);
	if (ret == 0)
		compile(filter, TRACE_RADIOTAP, DLT_IEEE802_11_RADIO, text, &ignored);
	if (ret < 0) {
		trace_filter_free(filter);
		return ret;
	}
	*out = filter;
	return 0;
}

void trace_filter_free(struct trace_filter *filter)
{
	if (!filter)
		return;
	for (int i = 0; i < LINKS; i++)
		if (filter->compiled[i])
			filter->pcap.freecode(&filter->programs[i]);
	if (filter->pcap.handle)
		dlclose(filter->pcap.handle);
	free(filter);
}

/* Puts the tag where a filter expects it. */
static size_t insert_tag(uint8_t *to, const struct trace_event *event, const uint8_t *bytes)
{
	memcpy(to, bytes, 2 * ETHER_ALEN);
	put_be16(to + 2 * ETHER_ALEN, ETHERTYPE_VLAN);
	put_be16(to + 2 * ETHER_ALEN + 2, (uint16_t)event->tci);
	memcpy(to + 2 * ETHER_ALEN + ETHER_VLAN_HLEN, bytes + 2 * ETHER_ALEN, event->captured - 2 * ETHER_ALEN);
	return event->captured + ETHER_VLAN_HLEN;
}

bool trace_filter_matches(struct trace_filter *filter, const struct trace_event *event, const uint8_t *bytes)
{
	struct pcap_pkthdr header = {.caplen = event->captured, .len = event->len};

	if (!filter)
		return true;
	if (event->link >= LINKS || !filter->compiled[event->link])
		return false;
	if (event->tci && event->captured >= 2 * ETHER_ALEN && event->captured <= TRACE_FRAME) {
		header.caplen = (bpf_u_int32)insert_tag(filter->tagged, event, bytes);
		header.len += ETHER_VLAN_HLEN;
		bytes = filter->tagged;
	}
	return filter->pcap.matches(&filter->programs[event->link], &header, bytes);
}
