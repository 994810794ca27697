/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MAC header (IEEE 802.11-2020, 9.2.4 and 9.3). Numbers are little-endian on the air. */
#ifndef VIFI_WIRE_IEEE80211_H
#define VIFI_WIRE_IEEE80211_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/le.h"

/* Frame Control, as le16() reads it (9.2.4.1). */
#define FC_VERSION    0x0003
#define FC_TYPE       0x000c
#define FC_MANAGEMENT 0x0000
#define FC_CONTROL    0x0004
#define FC_DATA       0x0008
#define FC_SUBTYPE    0x00f0
#define FC_QOS        0x0080 /* data: the frame has a QoS Control field */
#define FC_NULL       0x0040 /* data: the frame has no body */
#define FC_TO_DS      0x0100
#define FC_FROM_DS    0x0200
#define FC_MORE_FRAGS 0x0400
#define FC_RETRY      0x0800
#define FC_PM         0x1000
#define FC_MORE_DATA  0x2000
#define FC_PROTECTED  0x4000
#define FC_ORDER      0x8000 /* management and QoS data: the frame has an HT Control field */

/* Offsets of the fields of management and data frames. */
#define DOT11_OFF_DURATION 2
#define DOT11_OFF_ADDR1    4
#define DOT11_OFF_ADDR2    10
#define DOT11_OFF_ADDR3    16
#define DOT11_OFF_SEQ      22 /* fragment number in bits 0 to 3, then the sequence number */
#define DOT11_OFF_ADDR4    24 /* with FC_TO_DS and FC_FROM_DS */
#define DOT11_HDR_MIN      24
#define DOT11_FRAG_MASK    0x000f
#define DOT11_TID_MASK     0x000f /* of QoS Control */
#define DOT11_QOS_AMSDU    0x0080

/* The longest MSDU in bytes, LLC header included (9.2.4.7.1). */
#define MSDU_MAX 2304

/* Element IDs (9.4.2.1). */
#define EID_SSID                    0
#define EID_RATES                   1
#define EID_DS                      3
#define EID_TIM                     5
#define EID_COUNTRY                 7
#define EID_CSA                     37 /* channel switch announcement */
#define EID_TPC_REPORT              35 /* transmit power control */
#define EID_MEASUREMENT_REQUEST     38
#define EID_MEASUREMENT_REPORT      39
#define EID_ERP                     42
#define EID_HT_CAPABILITIES         45
#define EID_RSN                     48
#define EID_EXT_RATES               50
#define EID_NEIGHBOR_REPORT         52
#define EID_MOBILITY_DOMAIN         54
#define EID_FT                      55 /* fast BSS transition */
#define EID_TIMEOUT_INTERVAL        56
#define EID_RIC_DATA                57 /* a resource request, of fast BSS transition */
#define EID_OPERATING_CLASSES       59 /* supported operating classes */
#define EID_ECSA                    60 /* extended channel switch announcement */
#define EID_HT_OPERATION            61
#define EID_SECONDARY_CHANNEL       62
#define EID_RM_CAPABILITIES         70 /* RM enabled capabilities: of radio measurement */
#define EID_COEXISTENCE             72 /* 20/40 BSS coexistence */
#define EID_INTOLERANT_CHANNELS     73 /* 20/40 BSS intolerant channel report */
#define EID_OBSS_SCAN               74 /* overlapping BSS scan parameters */
#define EID_MME                     76
#define EID_MAX_IDLE                90 /* BSS max idle period */
#define EID_SLEEP_MODE              93 /* WNM sleep mode */
#define EID_EXT_CAPABILITIES        127
#define EID_VHT_CAPABILITIES        191
#define EID_VHT_OPERATION           192
#define EID_WIDE_SWITCH             194 /* wide bandwidth channel switch */
#define EID_SWITCH_WRAPPER          196 /* channel switch wrapper */
#define EID_REDUCED_NEIGHBOR_REPORT 201
#define EID_VENDOR                  221
#define EID_RSNX                    244 /* RSN extension */
#define EID_SSID_LIST               84
#define EID_EXTENSION               255
#define EID_EXT_HE_CAPABILITIES     35
#define EID_EXT_HE_OPERATION        36
#define EID_EXT_OCI                 54 /* operating channel information */
#define EID_EXT_SHORT_SSID_LIST     58
#define EID_EXT_HE_6GHZ_BAND        59 /* HE 6 GHz Band Capabilities */

/* HE capabilities (802.11ax-2021, 9.4.2.248): the first byte of those of the PHY, after six of the MAC */
#define HE_PHY_CAPAB 6
#define HE_CAPAB_80  0x04 /* 40 and 80 MHz in the bands at 5 and 6 GHz */
#define HE_CAPAB_160 0x08

/* HE Operation Parameters (802.11ax-2021, 9.4.2.249), of their second and third byte: what follows */
#define HE_OPERATION_VHT      0x40
#define HE_OPERATION_COHOSTED 0x80
#define HE_OPERATION_6GHZ     0x02
#define EXT_DIFFIE_HELLMAN    32 /* the first byte of an extension: Diffie-Hellman Parameter (RFC 8110) */

/* ERP element (9.4.2.12) */
#define ERP_NON_ERP_PRESENT 0x01
#define ERP_USE_PROTECTION  0x02
#define ERP_BARKER_PREAMBLE 0x04

/* HT capability information (9.4.2.55.2) */
#define HT_CAPAB_WIDTH_40      0x0002
#define VHT_CAPAB_WIDTH        0x0000000c /* 160 or 80+80 MHz */
#define HT_CAPAB_GREENFIELD    0x0010
#define HT_CAPAB_INTOLERANT_40 0x4000

/* HT operation (9.4.2.56): of its second byte, and of its HT operation information from the third byte on */
#define HT_SECONDARY_OFFSET      0x03
#define HT_SECONDARY_ABOVE       0x01
#define HT_SECONDARY_BELOW       0x03
#define HT_ANY_WIDTH             0x04
#define HT_PROTECTION_NONMEMBER  0x0001
#define HT_PROTECTION_20MHZ      0x0002
#define HT_PROTECTION_MIXED      0x0003
#define HT_NONGREENFIELD_PRESENT 0x0004
#define HT_OBSS_NON_HT_PRESENT   0x0010

#define EXT_CAPAB_COEXISTENCE       0x01 /* of the first byte of the extended capabilities (9.4.2.26) */
#define EXT_CAPAB_SLEEP             17   /* bits of these: WNM sleep mode */
#define EXT_CAPAB_BSS_TRANSITION    19   /* … BSS transition management (11.21.7) */
#define EXT_CAPAB_NO_TDLS           38   /* … no direct links between stations (11.20) */
#define EXT_CAPAB_NO_TDLS_SWITCH    39   /* … none on another channel */
#define EXT_CAPAB_BEACON_PROTECTION 84   /* … 11.52 */

/* 20/40 BSS coexistence (9.4.2.59) */
#define COEXISTENCE_INTOLERANT   0x02
#define COEXISTENCE_20MHZ_WANTED 0x04

static inline bool dot11_is_data(uint16_t fc)
{
	return (fc & FC_TYPE) == FC_DATA;
}

static inline bool dot11_is_management(uint16_t fc)
{
	return (fc & FC_TYPE) == FC_MANAGEMENT;
}

static inline bool dot11_is_qos(uint16_t fc)
{
	return dot11_is_data(fc) && (fc & FC_QOS);
}

static inline bool dot11_has_addr4(uint16_t fc)
{
	return dot11_is_data(fc) && (fc & FC_TO_DS) && (fc & FC_FROM_DS);
}

/* Returns the length of the MAC header of a management or data frame with this Frame Control. */
static inline size_t dot11_hdr_len(uint16_t fc)
{
	size_t len = DOT11_HDR_MIN;

	if (dot11_has_addr4(fc))
		len += 6;
	if (dot11_is_qos(fc))
		len += 2;
	if ((fc & FC_ORDER) && (dot11_is_qos(fc) || dot11_is_management(fc)))
		len += 4;
	return len;
}

/* Return the destination and source address of an MSDU (Table 9-30). `hdr` is the whole header of a data frame. */
static inline const uint8_t *dot11_da(const uint8_t *hdr)
{
	return hdr + (le16(hdr) & FC_TO_DS ? DOT11_OFF_ADDR3 : DOT11_OFF_ADDR1);
}

static inline const uint8_t *dot11_sa(const uint8_t *hdr)
{
	uint16_t fc = le16(hdr);

	if (dot11_has_addr4(fc))
		return hdr + DOT11_OFF_ADDR4;
	return hdr + (fc & FC_FROM_DS ? DOT11_OFF_ADDR3 : DOT11_OFF_ADDR2);
}

#endif
