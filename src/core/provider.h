/* SPDX-License-Identifier: MIT */
/*
 * The one contract between the core and a provider. PORTING.md walks through it.
 *
 * A backend is a module (libnetdisc-NAME.so) or built in; it holds one provider or more; a provider
 * serves verbs of one kind or more. The core parses names, chooses who is asked, keeps the deadline,
 * merges lists, and checks that what was ended is gone. A provider does one thing at a time: it is
 * given a call, and answers it.
 *
 *   call      nd_call: what is asked. Borrowed for the length of the slot; to answer later, take it with
 *             nd_call_ref(), and give it back with nd_call_unref() after the answer.
 *   answer    nd_finish(), once. A second answer, and one after the deadline or a cancel, is dropped.
 *   items     what is found, listed or made is added with nd_add() before nd_finish(); with a failure
 *             of "in use" (2401, 2402, 2404) the items are the holders. What is missing among them is
 *             said with nd_lacks().
 *
 * Threads. A provider is either blocking, then its slots run on the core's worker threads, several at
 * once, and may block; or event-driven, then they run on whatever thread comes by, other providers'
 * included, and must not block: they hand over to the provider's own loop. No lock of the core is held
 * in a slot, so a slot may answer at once. What a provider's thread gives the core (nd_finish, nd_emit)
 * it gives without holding a lock that its slots take.
 *
 * A module is not linked to the library: it reaches the core through the functions of nd_host alone.
 */
#ifndef ND_PROVIDER_H
#define ND_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"
#include "netdisc.h"

/* Raised with every change of this file; a module of another number is refused. */
enum { ND_PROVIDER_ABI = 3 };

typedef struct nd_call nd_call;
typedef struct nd_host nd_host;

/* ---- Items ---------------------------------------------------------------------------------- */

typedef enum nd_sort {
    ND_SORT_SHARE = 0,
    ND_SORT_WLAN,
    ND_SORT_CONNECTION,
    ND_SORT_HOLDER,
    ND_SORT_BACKEND,
    ND_SORTS
} nd_sort;

/* `key` is the item's identity within its provider: it stays as long as this very connection lives,
 * and the next connection of the same name has another (a mount's id, an active connection's object
 * path). It must be given for items found; the `provider` member is filled in by the core. UUIDs are
 * canonical: lower case, no braces. In a zeroed item a netdisc_tristate is NO and a signal 0 %: what
 * is not known is NETDISC_UNKNOWN, -1. */
typedef struct nd_item {
    nd_sort sort;
    const char *key;
    union {
        netdisc_share share;
        netdisc_wlan wlan;
        netdisc_connection connection;
        netdisc_holder holder;
        netdisc_backend backend;
    } as;
} nd_item;

/* ---- Slots ---------------------------------------------------------------------------------- */

/*
 * What a provider can be asked. Any slot may be NULL: then the provider is not there for that verb
 * (ERROR_NOT_SUPPORTED), except that a provider with a slot that acts on something named has the _FIND
 * of that kind, too.
 *
 * Errors: any status, with what the native side said in nd_failure. Three have a meaning to the router
 * when the provider says them itself, without a native_domain: ERROR_NOT_SUPPORTED is "I am not there"
 * (no session bus): the provider is passed over, and a list is not partial for it. ERROR_NOT_FOUND and
 * ERROR_NOT_CONNECTED are "I know of nothing". Every other failure, and whatever failed natively, is "I
 * could not tell".
 */
typedef enum nd_slot {
    /* Is what the provider needs there? NO_ERROR, or why it is not usable. NULL: usable if open. */
    ND_PROBE = 0,

    /* Add every item of the kind. Never touch a server to do so. */
    ND_SHARE_LIST,
    ND_WLAN_LIST,
    ND_CONNECTION_LIST,

    /* Add the items that request->target names; none is NO_ERROR too. An item need not be up: its state
     * says. Targets of a share: ND_FORM_LETTER, _MOUNT, _REMOTE, _SERVER; of a WLAN interface: _UUID,
     * _NAME, _ONLY (every one); of a connection: _UUID, _NAME (every match; one item for each profile and
     * each time it is active). To end something, matches that are down may be left out when one that is
     * up is added; what would cost another question may be unknown or NULL. Where a provider can never
     * have anything of such a name, it answers none without asking anyone: others wait for it.
     *
     * Asked before an item is acted on, and after, to see that it is gone; so it reports what is, not what
     * was asked for. Afterwards call->items are those acted on, and it is enough to add those of them that
     * still exist. ERROR_NOT_FOUND may say why a thing of that name cannot be acted on ("eth0 is
     * Ethernet, not Wi-Fi"): its message is passed on. */
    ND_SHARE_FIND,
    ND_WLAN_FIND,
    ND_CONNECTION_FIND,

    /* End call->items, all of them, which are up, or remembered and to be forgotten. NO_ERROR only
     * when the end has been seen, unless NETDISC_NO_WAIT. Never more than the flags allow: if one of
     * the items may not be ended, none is. */
    ND_SHARE_CANCEL,
    ND_WLAN_DISCONNECT,
    ND_CONNECTION_DISCONNECT,

    /* Make request->share, and add it; connect call->items[0]. NO_ERROR when it is up, unless
     * NETDISC_NO_WAIT; what is up already is left alone. ND_SHARE_ADD: ERROR_NOT_SUPPORTED passes it
     * to the next provider; the local name has been found free. */
    ND_SHARE_ADD,
    ND_WLAN_CONNECT,
    ND_CONNECTION_CONNECT,

    /* Add those who hold call->items. */
    ND_SHARE_HOLDERS,

    /* Show the system's own dialog for ending call->items[0], owned by request->window. Optional. */
    ND_SHARE_DIALOG,

    ND_SLOTS
} nd_slot;

/* A verb's arguments, parsed and checked. Immutable; lives as long as the call. */
typedef struct nd_request {
    nd_name target;                  /* what is named; for an add, the local name or ND_FORM_NONE */
    nd_name remote;                  /* an add's remote name */
    const netdisc_share_spec *share; /* ND_SHARE_ADD */
    const netdisc_wlan_spec *wlan;   /* ND_WLAN_CONNECT; ssid_bytes is always set unless profile is */
    nd_name profile;                 /* that profile, ND_FORM_UUID or _NAME; else ND_FORM_NONE */
    intptr_t window;                 /* ND_SHARE_DIALOG */
} nd_request;

/* The head of a call, for the provider to read. */
struct nd_call {
    const nd_host *host;
    const nd_request *request;
    nd_slot slot;
    nd_slot purpose; /* the slot that the verb comes to: what is found is found for it */
    uint32_t flags;
    const nd_item *const *items; /* what the slot is about: items that this provider found */
    size_t item_count;
    void *data; /* the provider's own */
};

/* Why a call failed. Everything may be zero; strings are copied. With no status the core takes it from
 * native_domain with native_code or native_name ("errno", "ntstatus", "gio", "dbus", "hresult",
 * "win32"), and the name from the code where it has a table of them. With no message it is the
 * status's text. */
typedef struct nd_failure {
    netdisc_status status;
    const char *message;
    const char *native_domain;
    int64_t native_code;
    const char *native_name;
} nd_failure;

/* A change. For ADDED, REMOVED and CHANGED `item` is set, as it is now (for REMOVED: as it was). A
 * connection is ADDED and REMOVED as a profile, or as a further activation of one that is active; its
 * first activation and its last end are CHANGED. Its device is the last one known. */
typedef struct nd_event {
    netdisc_event_type type;
    uint32_t kinds;      /* READY, OVERRUN, LOST */
    const nd_item *item; /* ADDED, REMOVED, CHANGED */
    netdisc_state old_state;
    netdisc_status status;
    const char *reason;
} nd_event;

/* ---- A provider ----------------------------------------------------------------------------- */

typedef struct nd_provider {
    const char *name; /* "cifs" */
    bool blocking;

    /*
     * Sets `*state` for the slots. Runs on a worker thread, once at a time, and may block: the callers
     * wait for it under their own deadlines. A failure is told to them, and the next verb tries again.
     * Once it has succeeded it is not called again; so an event-driven provider starts its loop here,
     * and leaves connecting, and connecting anew, to the loop. `host` is valid until close() returns.
     */
    netdisc_status (*open)(const nd_host *host, void **state, nd_failure *why);

    /*
     * Ends what open() began, joins the provider's threads, gives back the calls it holds (unanswered is
     * fine). Runs on a worker thread after every slot has returned; nothing is called after it. Should
     * take well under a second: netdisc_close() waits no longer.
     */
    void (*close)(void *state);

    /* See nd_slot. */
    void (*slots[ND_SLOTS])(void *state, nd_call *call);

    /*
     * The caller of `call` no longer waits: its deadline passed, or it was cancelled. Optional. Runs
     * on any thread, perhaps while the call is being answered, or before its slot has put it away: a
     * slot that keeps a call looks at nd_abandoned() afterwards. Must not block. A provider with a
     * loop hands it over to the loop, with a reference.
     */
    void (*abandon)(void *state, nd_call *call);

    /*
     * From now on report the changes of `kinds` with nd_emit(), 0: of none; perhaps the same kinds
     * again, for watches that have come since, which is answered in the same way. Optional. Runs as
     * the slots do, one at a time. Answered by an event: READY with the kinds once nothing can be
     * missed any more, or LOST with the reason. A provider whose source comes back emits READY again.
     */
    void (*watch)(void *state, uint32_t kinds);
} nd_provider;

/* What a module exports, as ND_MODULE_EXPORT const nd_backend netdisc_backend_NAME; a dash in NAME is an
 * underscore there. */
#ifdef _WIN32
#define ND_MODULE_EXPORT __declspec(dllexport)
#else
#define ND_MODULE_EXPORT __attribute__((visibility("default")))
#endif

typedef struct nd_backend {
    uint32_t abi;                        /* ND_PROVIDER_ABI */
    const nd_provider *const *providers; /* NULL-ended */
} nd_backend;

/* ---- What the core does for a provider ------------------------------------------------------ */

/* Everything here may be called from any thread and never blocks for long. */
typedef struct nd_host_functions {
    void (*finish)(nd_call *call, netdisc_status status, const nd_failure *why);
    void (*add)(nd_call *call, const nd_item *item);
    void (*lacks)(nd_call *call, netdisc_status status, const nd_failure *why);
    void (*note)(nd_call *call, const char *text);
    void (*ref)(nd_call *call);
    void (*unref)(nd_call *call);
    int (*remaining_ms)(nd_call *call);
    bool (*abandoned)(nd_call *call);
    void (*emit)(const nd_host *host, const nd_event *event);
    void (*log)(const nd_host *host, netdisc_log_level level, const char *text);
    netdisc_status (*parse_share)(const char *text, nd_name *out);
    void (*name_clear)(nd_name *name);
    bool (*same_remote)(const nd_name *a, const nd_name *b);
    bool (*same_text)(const char *a, const char *b);
} nd_host_functions;

struct nd_host {
    const nd_host_functions *fn;
};

/* Answers the call: success when the status is NO_ERROR and `why` is NULL, or names neither a status
 * nor a native domain. */
static inline void nd_finish(nd_call *call, netdisc_status status, const nd_failure *why)
{
    call->host->fn->finish(call, status, why);
}

/* Adds a copy of an item to the answer; one thread at a time. Want of memory fails the call later. */
static inline void nd_add(nd_call *call, const nd_item *item)
{
    call->host->fn->add(call, item);
}

/* The answer, though good, is not whole, and why: the list is partial then (netdisc_list_failure()). For
 * items listed, and for holders; once or more, as nd_add(). */
static inline void nd_lacks(nd_call *call, netdisc_status status, const nd_failure *why)
{
    call->host->fn->lacks(call, status, why);
}

/* What is known so far, in the past tense ("NetworkManager accepted the request"): becomes part of the
 * message if the call is given up, and of netdisc_op_note() if it succeeds. The last one counts; NULL
 * takes it back. */
static inline void nd_note(nd_call *call, const char *text)
{
    call->host->fn->note(call, text);
}

static inline void nd_call_ref(nd_call *call)
{
    call->host->fn->ref(call);
}

static inline void nd_call_unref(nd_call *call)
{
    call->host->fn->unref(call);
}

/* Milliseconds until the caller gives up, 0 when it has, -1 when it never will. */
static inline int nd_remaining_ms(nd_call *call)
{
    return call->host->fn->remaining_ms(call);
}

/* The caller has given up: an answer would be dropped. */
static inline bool nd_abandoned(nd_call *call)
{
    return call->host->fn->abandoned(call);
}

static inline void nd_emit(const nd_host *host, const nd_event *event)
{
    host->fn->emit(host, event);
}

static inline void nd_host_log(const nd_host *host, netdisc_log_level level, const char *text)
{
    host->fn->log(host, level, text);
}

#endif
