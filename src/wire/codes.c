/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/codes.h"

#include "wire/ieee80211.h"

#include <stddef.h>

struct code {
	uint16_t code;
	const char *text;
};

static const struct code reasons[] = {
	{1, "no reason given"},
	{2, "the previous authentication is no longer valid"},
	{3, "the sender leaves, or has left"},
	{4, "no frame was received for too long"},
	{5, "the access point cannot serve all its stations"},
	{6, "a frame that requires authentication came from a station that is not authenticated"},
	{7, "a frame that requires association came from a station that is not associated"},
	{8, "the sender leaves the network, or has left it"},
	{9, "the station requested association before authentication"},
	{10, "the power capability is not acceptable"},
	{11, "the supported channels are not acceptable"},
	{12, "the access point asks for a transition to another one"},
	{13, "an element is invalid"},
	{14, "the MIC of a frame is wrong"},
	{15, "the 4-way handshake took too long: often the passphrases differ"},
	{16, "the group key handshake took too long"},
	{17, "an element in the handshake differs from that of the association request, probe response or beacon"},
	{18, "the group cipher is invalid"},
	{19, "the pairwise cipher is invalid"},
	{20, "the AKM is invalid"},
	{21, "the version of the RSN element is not supported"},
	{22, "the capabilities of the RSN element are invalid"},
	{23, "802.1X authentication failed"},
	{24, "the cipher suite is rejected by policy"},
	{25, "the peer of a direct link (TDLS) cannot be reached"},
	{26, "the direct link (TDLS) is torn down"},
	{32, "QoS failure"},
	{33, "not enough bandwidth for QoS"},
	{34, "too many frames were not acknowledged"},
	{35, "transmission outside of the TXOP"},
	{36, "the station leaves the network or resets"},
	{37, "the station does not want to use the mechanism"},
	{38, "frames for a mechanism that was not set up"},
	{39, "timeout"},
	{45, "the cipher suite is not supported"},
	{46, "the access point removed the authorisation"},
	{47, "the service provider removed the authorisation"},
	{49, "the PMKID is invalid"},
	{50, "the MDE is invalid (fast BSS transition)"},
	{51, "the FTE is invalid (fast BSS transition)"},
	{66, "the channel is needed for another service"},
};

static const struct code statuses[] = {
	{1, "no reason given"},
	{5, "security is disabled"},
	{6, "the lifetime is not acceptable"},
	{7, "not in the same network"},
	{10, "not all requested capabilities are supported"},
	{11, "the reassociation needs an association that is not known"},
	{12, "refused for a reason outside of the standard"},
	{13, "the authentication algorithm is not supported"},
	{14, "an authentication frame out of sequence"},
	{15, "the response to the challenge text is wrong"},
	{16, "timeout waiting for the next authentication frame"},
	{17, "the access point has no room for more stations"},
	{18, "not all required rates are supported"},
	{22, "spectrum management is required"},
	{23, "the power capability is not acceptable"},
	{24, "the supported channels are not acceptable"},
	{25, "short slot time is required"},
	{27, "802.11n is required"},
	{28, "the holder of the key cannot be reached (fast BSS transition)"},
	{29, "the other end does not support the PCO transition time"},
	{30, "try again later"},
	{31, "the policy for protected management frames is not met"},
	{32, "QoS failure"},
	{33, "not enough bandwidth for another QoS station"},
	{34, "the channel is too poor"},
	{35, "QoS is required"},
	{37, "the request is declined"},
	{38, "a parameter is invalid"},
	{40, "an element is invalid"},
	{41, "the group cipher is invalid"},
	{42, "the pairwise cipher is invalid"},
	{43, "the AKM is invalid"},
	{44, "the version of the RSN element is not supported"},
	{45, "the capabilities of the RSN element are invalid"},
	{46, "the cipher suite is rejected by policy"},
	{51, "the listen interval is too long"},
	{52, "the frame count of the fast BSS transition is invalid"},
	{53, "the PMKID is invalid"},
	{54, "the MDE is invalid (fast BSS transition)"},
	{55, "the FTE is invalid (fast BSS transition)"},
	{72, "the other end refuses for now"},
	{76, "the access point demands an anti-clogging token (SAE)"},
	{77, "the finite cyclic group is not supported"},
	{82, "refused, with a suggestion of another BSS"},
	{93, "the access point is overloaded, or another one serves the station better"},
	{94, "the network is overloaded"},
	{104, "802.11ac is required"},
	{112, "authentication by FILS failed"},
	{113, "the authentication server cannot be reached"},
	{123, "the password identifier is unknown (SAE)"},
	{124, "802.11ax is required"},
	{126, "hash-to-element is required (SAE)"},
	{127, "the public key is required (SAE)"},
};

static const char *find(const struct code *codes, size_t count, uint16_t code)
{
	for (size_t i = 0; i < count; i++)
		if (codes[i].code == code)
			return codes[i].text;
	return NULL;
}

const char *reason_text(uint16_t reason)
{
	return find(reasons, sizeof(reasons) / sizeof(reasons[0]), reason);
}

const char *status_text(uint16_t status)
{
	return find(statuses, sizeof(statuses) / sizeof(statuses[0]), status);
}

const char *dot11_management_name(uint16_t fc)
{
	static const char *const names[16] = {
		"association request",
		"association response",
		"reassociation request",
		"reassociation response",
		"probe request",
		"probe response",
		"timing advertisement",
		"management 7",
		"beacon",
		"ATIM",
		"disassociation",
		"authentication",
		"deauthentication",
		"action",
		"action without ack",
		"management 15",
	};

	return names[(fc & FC_SUBTYPE) >> 4];
}
