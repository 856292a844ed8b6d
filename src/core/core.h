/* SPDX-License-Identifier: MIT */
/*
 * The core's own objects. How they hang together:
 *
 *   netdisc        the context: one lock for everything below, and what was given at open
 *   nd_instance    a provider in a context, in the order of precedence; opened when first needed
 *   netdisc_op     an operation: its arguments, its place in the router's plan, its result
 *   nd_asked       one call that an operation makes to one instance
 *   netdisc_watch  a queue of events
 *
 * The lock. Functions that say "locked" are called with nd->lock held. They never call out of the core:
 * what must be called (a slot, an abandon) is put on an nd_todo list, which nd_unlock() works off after
 * it has let go of the lock. So every public function is: nd_lock, change, nd_unlock.
 *
 * References. Objects are counted under the lock. An operation is held by its user, by the list of
 * running ones, by each of its calls and by the delivery queue; a call is held by its operation (until
 * that is done), by whoever runs it and by the provider. Operations, watches and threads hold the
 * context, so that what comes late finds its memory.
 */
#ifndef ND_CORE_H
#define ND_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "list.h"
#include "memory.h"
#include "netdisc.h"
#include "platform.h"
#include "provider.h"

#define ND_ARRAY_LENGTH(array)              (sizeof(array) / sizeof *(array))
#define ND_CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

enum {
    ND_KINDS = 3,
    ND_DEFAULT_TIMEOUT_MS = 30000,
    ND_DEFAULT_WATCH_QUEUE = 1024,
    ND_CLOSE_WAIT_MS = 1000,
    ND_HOLDERS_MS = 5000,
    ND_IDLE_WORKER_MS = 10000,
    ND_BLOCKING_CALLS_MAX = 32, /* of one provider at a time; the rest wait in line */
    ND_NS_PER_MS = 1000000
};

typedef struct nd_instance nd_instance;
typedef struct nd_asked nd_asked;

/* ---- Deferred work -------------------------------------------------------------------------- */

/* What is to be called once the lock is free. Each list holds references. */
typedef struct nd_todo {
    nd_asked *run;      /* slots of event-driven providers */
    nd_asked **run_end; /* in order */
    nd_asked *abandon;  /* abandon slots */
    nd_instance *watch; /* watch slots of event-driven providers */
    const char *log;    /* a line for the log, static */
} nd_todo;

void nd_lock(netdisc *nd, nd_todo *todo);
/* Also frees the context when this was the last reference. */
void nd_unlock(netdisc *nd, nd_todo *todo);

/* ---- Worker threads (workers.c) ------------------------------------------------------------- */

/* A job is embedded in what it works on, which stays alive until it has run. Runs without the lock. */
typedef struct nd_job {
    void (*run)(struct nd_job *job);
    struct nd_job *next;
} nd_job;

typedef struct nd_worker nd_worker;

typedef struct nd_workers {
    nd_job *first;
    nd_job **end;
    size_t queued;
    size_t available; /* workers that wait for a job, or have just been started */
    nd_worker *all;
    bool left_behind; /* those that are still there have nobody to join them */
    nd_cond work;     /* a job, or the end */
    nd_cond ended;    /* a worker or an instance has ended, or wants to */
} nd_workers;

bool nd_workers_init(netdisc *nd);
void nd_workers_destroy(netdisc *nd);
/* Locked. Has a worker run the job, starting one if none is idle. False: no thread to be had. */
bool nd_workers_submit(netdisc *nd, nd_job *job);
/* Locked. All have ended, so that joining them takes no time. */
bool nd_workers_all_ended(const netdisc *nd);
/* Locked. Joins those that have ended, and leaves the others to themselves. */
void nd_workers_let_go(netdisc *nd);

/* ---- Delivery (delivery.c) ------------------------------------------------------------------ */

/* Something that has callbacks to make. Queued at most once at a time. */
typedef struct nd_delivery {
    /* Without the lock. Makes callbacks; gives back the reference that the queue held. */
    void (*deliver)(struct nd_delivery *delivery);
    struct nd_delivery *next;
    bool queued;
} nd_delivery;

/* A thread that delivers; on its stack. */
typedef struct nd_dispatcher {
    uint64_t thread;
    const nd_delivery *delivery;
    struct nd_dispatcher *next;
} nd_dispatcher;

typedef struct nd_delivery_queue {
    nd_delivery *first;
    nd_delivery **end;
    nd_wakeup wakeup;
    nd_dispatcher *dispatchers;
    size_t waiting; /* threads in netdisc_dispatch() with nothing to do */
    nd_cond filled;
    nd_cond delivered;
} nd_delivery_queue;

bool nd_delivery_init(netdisc *nd);
void nd_delivery_destroy(netdisc *nd);
/* Locked. False: it is queued already (and no reference is taken). */
bool nd_delivery_push(netdisc *nd, nd_delivery *delivery);
/* Delivers what is queued until none is left; true if there was any. Without the lock,
 * with a reference. */
bool nd_delivery_run(netdisc *nd);
/* Waits until no other thread delivers this (NULL: anything); for this, not from within a callback.
 * Without the lock. */
void nd_delivery_wait(netdisc *nd, const nd_delivery *delivery);

/* ---- Context (context.c) -------------------------------------------------------------------- */

enum { ND_CONTEXT_MAGIC = 0x6e643031, ND_OP_MAGIC = 0x6e643032, ND_WATCH_MAGIC = 0x6e643033 };

struct netdisc {
    _Atomic uint32_t magic; /* 0 from netdisc_close() on */
    uint64_t process;
    nd_mutex lock;
    size_t refs;
    bool closing;

    netdisc_log_fn log; /* under the lock: NULL once the context is closed */
    void *log_data;
    size_t logging; /* threads in the callback */
    nd_cond logged;
    char *module_directory;
    int default_timeout_ms;
    uint32_t watch_queue;

    nd_instance **instances; /* in the order of precedence; fixed at open */
    size_t instance_count;
    size_t open_instances;

    netdisc_op *running;
    int64_t timer_wakes; /* when the timer looks next; ND_NEVER while it does not run */
    bool timer_runs;
    nd_job timer_job;
    nd_cond timer_changed;

    netdisc_watch *watches;
    nd_workers workers;
    nd_delivery_queue deliveries;
};

/* NO_ERROR, or why the handle cannot be used: NULL, foreign, closed, inherited. */
netdisc_status nd_check(const netdisc *nd);
bool nd_inherited(const netdisc *nd);
void nd_log(netdisc *nd, netdisc_log_level level, const char *format, ...) ND_PRINTF(3, 4);
/* `error` to the caller who wants it, or freed; its status. */
netdisc_status nd_give_error(netdisc_error *error, netdisc_error **err);

/* A registration: what the core knows of a provider before its module is opened (registry.c). */
typedef struct nd_registration {
    const char *provider;
    const char *module; /* NULL: built in */
    const nd_backend *builtin;
    uint32_t kinds;
} nd_registration;

/* netdisc_open() with the registrations of a test in place of the table. */
netdisc_status nd_open_with(const nd_registration *registrations, netdisc **out,
                            const netdisc_options *opt, netdisc_error **err);
/* The table, ended by a row without a provider. */
extern const nd_registration nd_registrations[];
/* Makes the instances that `list` (NULL: all) asks for. */
netdisc_error *nd_register(netdisc *nd, const nd_registration *table, const char *list);
/* Finds a provider in its backend, opening the module. NULL: `*error` says why. Without the lock. */
const nd_provider *nd_find_provider(const nd_instance *instance, netdisc_error **error);

/* ---- Instances (instance.c) ----------------------------------------------------------------- */

typedef enum nd_instance_phase {
    ND_INSTANCE_COLD,
    ND_INSTANCE_OPENING,
    ND_INSTANCE_OPEN,
    ND_INSTANCE_CLOSING
} nd_instance_phase;

struct nd_instance {
    nd_host host; /* what the provider holds */
    netdisc *nd;
    char *name;
    char *module; /* file name, or NULL */
    const nd_backend *builtin;
    uint32_t kinds;

    nd_instance_phase phase;
    const nd_provider *provider;
    void *state;
    size_t active;   /* threads in its slots */
    size_t blocking; /* of these, calls on worker threads */
    nd_asked *line;  /* calls that wait for it to open, or for a place among the blocking */
    nd_asked **line_end;
    nd_job open_job;
    nd_job close_job;
    bool left_open; /* no worker could be had for the close_job */

    /* Watching: what is wanted, what the provider was told, what it has confirmed. */
    uint32_t watch_wanted;
    uint32_t watch_told;
    uint32_t watch_ready;
    struct nd_shared_event *watch_lost[ND_KINDS]; /* why it cannot report now, for watches to come */
    bool watch_stale; /* somebody stopped watching: what is told next is told anew */
    bool watch_telling;
    nd_job watch_job;
    nd_instance *next_watch; /* on nd_todo */
};

nd_instance *nd_instance_new(netdisc *nd, const nd_registration *row);
void nd_instance_free(nd_instance *instance);
/* The kinds that it is known to serve; 0 as long as its module has not been opened to ask. */
uint32_t nd_instance_kinds(const nd_instance *instance);
/* Locked. Has the instance answer the call, sooner or later. */
void nd_instance_ask(nd_instance *instance, nd_asked *asked, nd_todo *todo);
/* Locked. The call is not to run any more: takes it out of the line. */
void nd_instance_forget(nd_instance *instance, nd_asked *asked);
/* Locked. Ends the instance once no thread is in it. */
void nd_instance_close(nd_instance *instance);
/* Locked. An instance that no worker could be had to close; it is the caller's to close now. */
nd_instance *nd_instance_left_open(netdisc *nd);
/* Without the lock. */
void nd_instance_close_here(nd_instance *instance);
/* Locked. Tells the provider what to watch, if that has changed. */
void nd_instance_watch(nd_instance *instance, nd_todo *todo);
/* Without the lock: the deferred parts. */
/* The next call to run on this thread, or NULL. */
nd_asked *nd_instance_run(nd_asked *asked);
void nd_instance_abandon(nd_asked *asked);
void nd_instance_tell_watch(nd_instance *instance);

/* ---- Calls (call.c) ------------------------------------------------------------------------- */

typedef enum nd_answer_state {
    ND_PENDING,
    ND_ANSWERED,
    ND_EXPIRED /* its share of the time passed, or its operation is done: an answer is dropped */
} nd_answer_state;

struct nd_asked {
    nd_call call; /* what the provider sees */
    size_t refs;
    netdisc_op *op;
    nd_instance *instance;

    /* The provider's thread's, until it is answered. */
    netdisc_list *items;
    bool no_memory;

    /* Under the lock. */
    nd_answer_state state;
    bool native;          /* something below the provider failed: that is not the provider's own word */
    netdisc_error *error; /* of an answer or an expiry; NULL: it succeeded */
    netdisc_list *answer; /* NULL: no items */
    char *note;
    netdisc_list *acts_on_list; /* keeps call.items alive, whatever the operation does */
    const nd_item **acts_on;    /* storage of call.items */
    bool running;               /* its slot is, or is about to be, on a thread */
    nd_job job;
    nd_asked *next_in_line;
    nd_asked *next_run;
    nd_asked *next_abandon;
};

extern const nd_host_functions nd_host_table;

/* Locked. NULL: no memory. The items of `from` (NULL: none) that are the instance's are acted on. */
nd_asked *nd_asked_new(netdisc_op *op, nd_instance *instance, nd_slot slot, netdisc_list *from);
void nd_asked_ref(nd_asked *asked);   /* locked */
void nd_asked_unref(nd_asked *asked); /* locked */
/* Locked. The answer of the core itself, or of the provider; takes the error and the list. */
void nd_asked_settle(nd_asked *asked, netdisc_error *error, netdisc_list *answer, nd_todo *todo);
/* Locked. No answer is wanted any more; takes the error. */
void nd_asked_expire(nd_asked *asked, netdisc_error *error, nd_todo *todo);

/* ---- Verbs and operations (verbs.c, request.c, op.c) ---------------------------------------- */

typedef enum nd_plan {
    ND_PLAN_LIST,  /* ask all, merge */
    ND_PLAN_END,   /* find, end, see that it is gone */
    ND_PLAN_START, /* find, connect */
    ND_PLAN_ADD,   /* see that the local name is free; the first that can, adds */
    ND_PLAN_ASK,   /* find, ask its owner */
    ND_PLAN_FIND,  /* find */
    ND_PLAN_PROBE  /* ask all whether they are usable */
} nd_plan;

/* A verb's arguments as the caller gave them; which are used is the verb's affair. */
typedef struct nd_arguments {
    const char *name;
    const netdisc_share_spec *share;
    const netdisc_wlan_spec *wlan;
    const netdisc_disconnect *disconnect;
} nd_arguments;

typedef struct nd_verb {
    nd_plan plan;
    uint32_t kind;
    nd_sort sort; /* of the list that it makes */
    nd_slot find;
    nd_slot act;
    uint32_t flags; /* those that it takes */
    /* Checks and copies the arguments into a new operation. */
    netdisc_error *(*take)(netdisc_op *op, const nd_arguments *arguments);
} nd_verb;

netdisc_error *nd_take_nothing(netdisc_op *op, const nd_arguments *arguments);
netdisc_error *nd_take_share(netdisc_op *op, const nd_arguments *arguments);
netdisc_error *nd_take_local(netdisc_op *op, const nd_arguments *arguments);
netdisc_error *nd_take_share_spec(netdisc_op *op, const nd_arguments *arguments);
netdisc_error *nd_take_disconnect(netdisc_op *op, const nd_arguments *arguments);
netdisc_error *nd_take_device(netdisc_op *op, const nd_arguments *arguments);
netdisc_error *nd_take_wlan_spec(netdisc_op *op, const nd_arguments *arguments);
netdisc_error *nd_take_connection(netdisc_op *op, const nd_arguments *arguments);
void nd_release_arguments(netdisc_op *op);
/* Locked. The operation is done and no provider has its arguments any more. */
void nd_forget_secrets(netdisc_op *op);

typedef enum nd_phase {
    ND_PHASE_IDLE,
    ND_PHASE_GATHER, /* LIST and PROBE */
    ND_PHASE_FIND,
    ND_PHASE_ACT,
    ND_PHASE_CHECK,   /* is it gone? */
    ND_PHASE_HOLDERS, /* who is in the way? The failure is known already */
    ND_PHASE_ASKING   /* the user is asked; the time stands still */
} nd_phase;

struct netdisc_op {
    uint32_t magic;
    size_t refs;
    netdisc *nd;
    const nd_verb *verb;
    uint32_t flags;
    int timeout_ms;
    bool synchronous;
    nd_cond changed;  /* it is done, or a question is open */
    nd_wakeup wakeup; /* set whenever `changed` is; only where the caller gave a window and waits */
    netdisc_op *previous;
    netdisc_op *next;

    /* Arguments, copied. */
    nd_request request;
    netdisc_share_spec share;
    netdisc_wlan_spec wlan;
    char *given_name; /* as the caller wrote it */
    netdisc_prompt_fn prompt;
    void *prompt_data;

    /* The router's. */
    nd_phase phase;
    bool stepping;
    size_t asked;     /* calls that somebody still holds: until the last has gone, secrets are kept */
    nd_asked **calls; /* of the phase, in the order of precedence */
    size_t call_count;
    size_t next_adder;       /* ND_PLAN_ADD: the instance to ask next */
    netdisc_list *chosen;    /* the items acted on */
    netdisc_error *pending;  /* the failure, while its holders are looked for */
    netdisc_error *doubt;    /* of a provider that could not tell, while others had something to end */
    netdisc_error *question; /* the failure that the question is about; kept for whoever reads it */
    int64_t deadline;
    int64_t phase_until; /* when those who have not answered are passed over */
    int64_t time_left;   /* while the clock stands */
    bool clock_stands;

    /* The result. */
    bool done;
    netdisc_error *error;
    netdisc_list *list;
    char *note;

    /* Callbacks. */
    netdisc_op_fn on_complete;
    void *on_complete_data;
    bool ask;     /* the question is to be put */
    bool answers; /* the question has been put, and its answer is awaited */
    bool tell;    /* the failure is to be told */
    bool report;  /* on_complete is to be called */
    nd_delivery delivery;
};

/* Locked. The one way to be done; takes the error. */
void nd_op_complete(netdisc_op *op, netdisc_error *error, nd_todo *todo);
void nd_op_ref(netdisc_op *op);   /* locked */
void nd_op_unref(netdisc_op *op); /* locked */
/* Locked. When it wants the clock looked at. */
int64_t nd_op_next_tick(const netdisc_op *op);
/* Locked. The running operation's next tick may have come nearer. */
void nd_op_rearm(netdisc_op *op);
/* Locked. No deadline holds for a person: until it is started again, the time stands still. */
void nd_op_stop_clock(netdisc_op *op);
void nd_op_start_clock(netdisc_op *op);
/* Locked. Asks the user about op->pending; the clock stands. */
void nd_op_open_question(netdisc_op *op);
/* Locked. Ends its calls: what they answer is dropped. */
void nd_op_drop_calls(netdisc_op *op, nd_todo *todo);
/* Locked. The detail of an operation that ends unanswered: who was asked, and what they are known to have
 * done. */
netdisc_error *nd_op_gave_up(const netdisc_op *op, netdisc_status status, const char *why);

/* ---- Router (router.c) ---------------------------------------------------------------------- */

void nd_router_begin(netdisc_op *op, nd_todo *todo);   /* locked */
void nd_router_step(netdisc_op *op, nd_todo *todo);    /* locked: some call was settled */
void nd_router_expire(netdisc_op *op, nd_todo *todo);  /* locked: the phase's time has passed */
void nd_router_timeout(netdisc_op *op, nd_todo *todo); /* locked: the deadline has passed */
/* Locked. Goes on after the question. */
void nd_router_force(netdisc_op *op, nd_todo *todo);

/* ---- Watches (watch.c) ---------------------------------------------------------------------- */

void nd_watch_emit(const nd_host *host, const nd_event *event); /* without the lock */
/* Locked. The instance cannot report: its watchers are told, once. */
void nd_watch_lost(nd_instance *instance, const netdisc_error *error);
void nd_watch_close_all(netdisc *nd); /* locked */
/* Locked. The instance is not lost any more for these kinds. */
void nd_watch_forget_lost(nd_instance *instance, uint32_t kinds);

#endif
