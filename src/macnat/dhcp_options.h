/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a DHCP message (RFC 2132), for dhcp_rules.h. */
#ifndef VIFI_MACNAT_DHCP_OPTIONS_H
#define VIFI_MACNAT_DHCP_OPTIONS_H

#include "macnat/frame_rules.h"

#define MN_DHCP_OPTIONS 64 /* options and runs of pads that are read; no client sends more */

/* The end of the message, from the start of the frame. */
MN_FN uint32_t mn_dhcp_end(const struct mn_context *ctx)
{
	uint32_t end = (uint32_t)ctx->l4 + be16(ctx->udp.len);

	return end < ctx->l3_end ? end : ctx->l3_end;
}

/* Notes the option ctx->opt at `off` if it names the client. The host name precedes the FQDN. */
MN_FN void mn_dhcp_note_name(struct mn_context *ctx, uint32_t off)
{
	uint8_t code = ctx->opt[0];

	if (!ctx->opt[1] ||
	    (code != DHCP4_OPT_NAME && (code != DHCP4_OPT_FQDN || ctx->dhcp_opts.name_code == DHCP4_OPT_NAME)))
		return;
	ctx->dhcp_opts.name = off;
	ctx->dhcp_opts.name_code = code;
}

/*
 * Notes that servers may read the message in more than one way: the type or the requested address is given twice (they take
 * the first, the last or both, RFC 3396), or there are options in file and sname (RFC 2132, 9.3).
 */
MN_FN void mn_dhcp_note_ambiguity(struct mn_context *ctx, uint32_t len)
{
	uint8_t code = ctx->opt[0];

	if (code == DHCP4_OPT_OVERLOAD || (code == DHCP4_OPT_TYPE && (ctx->dhcp_opts.type || len != 1)) ||
	    (code == DHCP4_OPT_REQUESTED && be32(ctx->dhcp_opts.requested)))
		ctx->dhcp_opts.is_ambiguous = 1;
}

/*
 * Reads the option at ctx->option_off, and moves on. Returns 1, or 0 at the last one. A stage, so that the verifier checks
 * the body of the loop once.
 */
MN_STAGE(mn_dhcp_option)
{
	uint32_t off = ctx->option_off, len;
	uint8_t *opt = ctx->opt;

	if (mn_load(env, off, opt, 1))
		return 0;
	if (opt[0] == DHCP4_OPT_END) {
		ctx->dhcp_opts.end = off;
		ctx->dhcp_opts.is_complete = 1;
		return 0;
	}
	if (opt[0] == DHCP4_OPT_PAD) {
		bool eight = off + 8 <= ctx->option_end && !mn_load(env, off, opt, 8) && !(be32(opt) | be32(opt + 4));

		ctx->option_off = off + (eight ? 8 : 1);
		return 1;
	}
	if (off + 2 > ctx->option_end || mn_load(env, off, opt, 2))
		return 0;
	len = opt[1];
	if (off + 2 + len > ctx->option_end)
		return 0;
	mn_dhcp_note_ambiguity(ctx, len);
	if (opt[0] == DHCP4_OPT_TYPE && len == 1 && !mn_load(env, off + 2, opt + 4, 1))
		ctx->dhcp_opts.type = opt[4];
	else if (opt[0] == DHCP4_OPT_LEASE && len == 4 && !mn_load(env, off + 2, opt + 4, 4))
		ctx->dhcp_opts.lease = be32(opt + 4);
	else if (opt[0] == DHCP4_OPT_REQUESTED && len == 4 && !mn_load(env, off + 2, opt + 4, 4))
		__builtin_memcpy(ctx->dhcp_opts.requested, opt + 4, 4);
	else if (opt[0] == DHCP4_OPT_CLIENT_ID)
		ctx->dhcp_opts.client_id = off;
	else
		mn_dhcp_note_name(ctx, off);
	ctx->option_off = off + 2 + len;
	return 1;
}

/*
 * Reads the options (RFC 2132) into ctx->dhcp_opts. Stops at the end option, at an option that does not fit, and after
 * MN_DHCP_OPTIONS. They are complete if nothing follows that a server could take for more options.
 */
MN_STAGE(mn_dhcp_options)
{
	ctx->option_end = mn_dhcp_end(ctx);
	ctx->option_off = (uint32_t)ctx->l4 + sizeof(struct udp_hdr) + DHCP4_OFF_OPTS;
	__builtin_memset(&ctx->dhcp_opts, 0, sizeof(ctx->dhcp_opts));
	ctx->dhcp_opts.is_complete = !ctx->fragment && ctx->option_end == ctx->len;
	for (int i = 0; i < MN_DHCP_OPTIONS && ctx->option_off < ctx->option_end; i++)
		if (!mn_dhcp_option(env, ctx))
			return 0;
	if (ctx->option_off == ctx->option_end)
		ctx->dhcp_opts.end = ctx->option_off;
	else
		ctx->dhcp_opts.is_complete = 0;
	return 0;
}

#endif
