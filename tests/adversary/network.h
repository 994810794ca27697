/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network on virtual time around one user-space engine: honest parties that exchange pings, and a forger.
 *
 *      a, b (honest guests)   x, y, z (forgers)      host          s, t (stations), gateway, internet, n (forger)
 *      c (a newcomer)               |                  |          u (a newcomer)
 *             |                     |                  |                  |
 *             +------ bridge -------+--- engine -------+---- uplink ------+ wire
 *
 * Nothing here knows the rules. The engine gets frames by its public interface; all else is a model made from the
 * standards: a learning bridge, hosts with ARP, ND, ping and DHCP, and a caretaker that does what `vifi bridge` does
 * beside the rules (probes, questions to the wire, ageing). The judge (judge.h) sees each frame and each verdict, and
 * knows who is honest.
 *
 * The run depends on its seed alone. The schedule of the honest parties and that of the forger have separate random
 * numbers, so that a replay with fewer forged frames keeps the honest schedule. A seed belongs to a compiler, which chooses
 * the order in which arguments are evaluated.
 */
#ifndef VIFI_TESTS_ADVERSARY_NETWORK_H
#define VIFI_TESTS_ADVERSARY_NETWORK_H

#include "../unit/frames.h"
#include "../unit/generate.h"
#include "bridge/policy/ageing.h"
#include "bridge/policy/witness.h"
#include "macnat/engine.h"

#define MS     1000000ull
#define SECOND MN_NS_PER_SEC

/* The last two are newcomers: present only while the forgers are silent, and forged like the others before they come. */
enum party_id { GUEST_A, GUEST_B, STATION_S, STATION_T, GATEWAY, INTERNET, HOST, GUEST_C, STATION_U, PARTIES };
#define REGULARS GUEST_C
enum side { ON_BRIDGE, ON_WIRE, AT_HOST };
enum { PORT_X = 13, PORT_Y = 14, PORT_Z = 15, PORT_NEW = 16, VETH_PORT = 3, UPLINK_LINK = 2, FORGER_PORTS = 3 };
enum { FRAME_STORED = 1600, QUEUE_MAX = 512, EXCHANGES_MAX = 64, FDB_SIZE = 4096, FDB_FLOOD = 0 };

struct party {
	const char *name;
	uint8_t mac[6], ip4[4], ip6[16];
	enum side side;
	uint32_t port;
};
extern const struct party parties[PARTIES];
extern const struct party forgers[FORGER_PORTS + 1]; /* x, y, z on the bridge, n on the wire */

struct stored_frame {
	uint32_t len;
	uint8_t bytes[FRAME_STORED];
};

struct queued_frame {
	uint64_t time, order;
	enum side side;
	uint32_t port;
	bool forged, marked;
	struct stored_frame frame;
};

enum exchange_kind { EXCHANGE_PING4, EXCHANGE_PING6, EXCHANGE_DHCP };
struct exchange {
	enum exchange_kind kind;
	enum party_id from, to;
	uint32_t id; /* 0: free */
	bool resolved;
	uint64_t started, deadline;
};

struct fdb_entry {
	uint8_t mac[6];
	bool sticky;
	bool station, wanted; /* sticky because the caretaker holds a station there; and it shall stay so */
	uint32_t port;
	uint64_t seen;
};

/* What the caretaker has in hand. */
enum { TASKS_MAX = 1024 };
struct question {
	struct mn_key key;
	uint64_t due;
	unsigned sent;
};
struct probe {
	struct mn_key key;
	struct owner_probe state;
	uint8_t claimant[6]; /* of a contest; zero: unknown */
	uint32_t claimant_port;
	struct witness witness;
	struct mn_key witness_key; /* family 0: the owner has none */
};
struct caretaker {
	struct question questions[TASKS_MAX];
	struct probe probes[TASKS_MAX];
	unsigned n_questions, n_probes;
	uint64_t next_check, next_tick;
};

/* One attack, a while of forged frames. */
struct campaign {
	uint64_t start, end; /* ns; forged frames from start to end, then silence until the next start */
	uint64_t interval;   /* ns, mean time between two forged frames */
	uint32_t kinds;      /* bit set of the forger's frame kinds */
	uint32_t sources;    /* bit set of forgers */
	enum party_id victim;
	uint32_t focus;   /* per cent of the addresses that are the victim's */
	uint32_t answers; /* per cent of the questions seen by forgers that they answer */
};

enum { RECENT = 64, FORGED_KEPT = 64 };
struct forger {
	struct rng rng;
	struct campaign campaign;
	uint64_t next;
	uint64_t count; /* forged frames so far, suppressed ones included; an answer has the number of the last one */
	const uint8_t *allowed;             /* a bit for each number: whether it is sent; NULL: all are */
	struct stored_frame recent[RECENT]; /* frames of honest parties, to replay and to mutate */
	unsigned n_recent;
	uint32_t last_xid;
	struct forged_frame {
		uint64_t number, time;
		unsigned place;
		struct stored_frame frame;
	} sent[FORGED_KEPT]; /* the last ones; the newest is number n_sent - 1 */
	uint64_t n_sent;
};

struct tally {
	uint64_t frames, forged, exchanges, lost_in_contest, lost_by_bridge, campaigns, by_hook[MN_HOOKS];
};

struct network {
	struct mn_engine *engine;
	struct rng rng; /* of the honest schedule */
	uint64_t now, start, warm_until, next_exchange, last_forged;
	uint64_t newcomers_since, next_newcomer; /* ns; the newcomers are here from then until the next attack */
	bool sticky;   /* the bridge is a switch with port security for the honest addresses */
	bool shortcut; /* frames from guests try the shortcut first */
	bool lawless;  /* broken laws do not end the run */
	uint32_t next_id;
	uint64_t next_order;
	struct queued_frame *queue[QUEUE_MAX], *spare[QUEUE_MAX];
	unsigned n_queue, n_spare;
	struct exchange exchanges[EXCHANGES_MAX];
	struct fdb_entry fdb[FDB_SIZE];
	struct caretaker caretaker;
	struct forger forger;
	struct tally tally;
	char failure[512]; /* empty: no law is broken */
	const char *law;   /* the broken law */
	struct stored_frame failure_frame;
	/* Called with each frame before the engine gets it, if set. */
	void (*tap)(void *user, enum mn_hook hook, uint32_t port, const struct stored_frame *frame, bool marked,
		    uint64_t now);
	void *tap_user;
};

/* network.c */
struct network *network_new(uint64_t seed);
void network_free(struct network *net);
/* Runs until a law is broken or the engine has had that many frames. Returns whether all laws hold. */
bool network_run(struct network *net, uint64_t frames);
/* A frame leaves a party's interface after a delay. */
void network_send(struct network *net, enum side side, uint32_t port, const struct raw_frame *frame, uint64_t delay,
		  bool forged, bool marked);
/* Delivers a frame to what is attached to a bridge port, past the bridge's forwarding database. */
void network_to_port(struct network *net, uint32_t port, const struct stored_frame *frame);
/*
 * The forwarding entries of stations are sticky at the port of the veth, so that no guest moves them: hold each station,
 * then release the others.
 */
void network_fdb_hold(struct network *net, const uint8_t *mac);
void network_fdb_release_others(struct network *net);
/* The station has lost its MAC address. */
void network_fdb_release(struct network *net, const uint8_t *mac);
/* Records the first broken law. */
void network_fail(struct network *net, const char *law, const struct stored_frame *frame, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* party.c */
const struct party *party_of_mac(const uint8_t *mac);
void party_receive(struct network *net, enum party_id id, const struct stored_frame *frame);
void exchange_start(struct network *net);
void exchange_start_newcomer(struct network *net);
void exchange_timeouts(struct network *net);
uint64_t exchange_next_deadline(const struct network *net);

/* caretaker.c */
void caretaker_events(struct network *net);
void caretaker_step(struct network *net);
uint64_t caretaker_next(const struct network *net);

/* forger.c */
void forger_init(struct forger *forger, uint64_t seed, uint64_t first_start);
bool forger_is_active(const struct network *net);
uint64_t forger_next(const struct network *net);
void forger_step(struct network *net);
/* The forger sees a frame: place is the index in forgers[]. */
void forger_see(struct network *net, unsigned place, const struct stored_frame *frame);
/* forge.c */
enum forge_kind {
	FORGE_DATA,
	FORGE_ARP,
	FORGE_ND,
	FORGE_DHCP_CLIENT,
	FORGE_DHCP_SERVER,
	FORGE_DHCP6,
	FORGE_OTHER,
	FORGE_PPPOE,
	FORGE_FRAGMENT,
	FORGE_MUTATION,
	FORGE_REPLAY,
	FORGE_GROUP,
	FORGE_GARBAGE,
	FORGE_FLOOD,
	FORGE_KINDS,
};
void forge_frame(struct network *net, unsigned place, enum forge_kind kind, struct raw_frame *frame);

static inline uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* FNV-1a */
static inline uint32_t frame_hash(const uint8_t *bytes, uint32_t len)
{
	uint32_t hash = 2166136261u;

	while (len--)
		hash = (hash ^ *bytes++) * 16777619u;
	return hash ^ hash >> 15;
}

static inline uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

#endif
