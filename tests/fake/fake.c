/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/platform.h"

enum {
    ITEMS_MAX = 4096,
    FAKES = 5,
    TEXT_MAX = 120,
    SSID_MAX = 32,
    WAIT_S = 20,
};

#define NS_PER_MS INT64_C(1000000)

/* An item with room for its strings: an empty one is NULL in the item. */
typedef struct thing {
    nd_sort sort;
    netdisc_state state;
    nd_item item; /* its numbers count */
    char key[24];
    char uuid[40];
    char name[TEXT_MAX]; /* or the local name */
    char remote[TEXT_MAX];
    char where[TEXT_MAX]; /* path, or device */
    char user[TEXT_MAX];
    char type[TEXT_MAX];
    char ssid[TEXT_MAX];
    uint8_t ssid_bytes[SSID_MAX];
    char bssid[TEXT_MAX];
    char profile[TEXT_MAX];
    char driver[TEXT_MAX];
    unsigned pid; /* of who holds it; 0: nobody */
    char program[TEXT_MAX];
    char path[TEXT_MAX];
} thing;

/* A call that waits for its time, on the loop of an event-driven provider. */
typedef struct later {
    nd_call *call;
    fake_step step;
    int64_t due; /* ND_NEVER: for the caller to give up, or for ever */
    struct later *next;
} later;

struct fake {
    nd_mutex lock;
    nd_cond changed;
    bool ready;
    bool blocking;
    const nd_host *host;
    netdisc_status open_status;
    int open_delay_ms;

    thing *things;
    size_t count;
    unsigned next_key;
    fake_step script[ND_SLOTS];
    bool scripted[ND_SLOTS];
    bool released;
    bool gate_is_open;
    fake_seen seen;

    nd_thread loop;
    bool looping;
    bool ending;
    later *waiting;
};

static fake fakes[FAKES];

/* ---- The world (locked) --------------------------------------------------------------------- */

static thing *new_thing(fake *self, nd_sort sort, netdisc_state state)
{
    if (self->count == ITEMS_MAX)
        abort();

    thing *at = &self->things[self->count++];

    *at = (thing){.sort = sort, .state = state};
    snprintf(at->key, sizeof at->key, "key-%u", self->next_key++);
    return at;
}

static void keep(char *room, const char *text)
{
    snprintf(room, TEXT_MAX, "%s", text ? text : "");
}

static const char *kept(const char *room)
{
    return *room ? room : NULL;
}

static void keep_ssid(thing *at, const uint8_t *bytes, size_t length)
{
    at->item.as.wlan.ssid_length = length < SSID_MAX ? length : SSID_MAX;
    if (length)
        memcpy(at->ssid_bytes, bytes, at->item.as.wlan.ssid_length);
}

static thing *keep_share(fake *self, const netdisc_share *share)
{
    thing *at = new_thing(self, ND_SORT_SHARE, share->state);

    at->item.as.share = *share;
    keep(at->name, share->local);
    keep(at->remote, share->remote);
    keep(at->where, share->path ? share->path : share->local);
    keep(at->user, share->user);
    return at;
}

static thing *keep_wlan(fake *self, const netdisc_wlan *wlan)
{
    thing *at = new_thing(self, ND_SORT_WLAN, wlan->state);

    at->item.as.wlan = *wlan;
    snprintf(at->uuid, sizeof at->uuid, "%s", wlan->uuid);
    keep(at->name, wlan->name);
    keep(at->ssid, wlan->ssid);
    keep_ssid(at, wlan->ssid_bytes, wlan->ssid_length);
    keep(at->bssid, wlan->bssid);
    keep(at->profile, wlan->profile);
    keep(at->driver, wlan->driver);
    return at;
}

static thing *keep_connection(fake *self, const netdisc_connection *connection)
{
    thing *at = new_thing(self, ND_SORT_CONNECTION, connection->state);

    at->item.as.connection = *connection;
    snprintf(at->uuid, sizeof at->uuid, "%s", connection->uuid);
    keep(at->name, connection->name);
    keep(at->type, connection->type);
    keep(at->where, connection->device);
    return at;
}

static thing *keep_item(fake *self, const nd_item *item)
{
    switch (item->sort) {
    case ND_SORT_SHARE:
        return keep_share(self, &item->as.share);
    case ND_SORT_WLAN:
        return keep_wlan(self, &item->as.wlan);
    default:
        return keep_connection(self, &item->as.connection);
    }
}

static nd_item as_item(const thing *from)
{
    nd_item item = from->item;

    item.sort = from->sort;
    item.key = from->key;
    if (from->sort == ND_SORT_SHARE) {
        item.as.share.local = kept(from->name);
        item.as.share.remote = from->remote;
        item.as.share.path = kept(from->where);
        item.as.share.user = kept(from->user);
        item.as.share.state = from->state;
    } else if (from->sort == ND_SORT_WLAN) {
        item.as.wlan.uuid = from->uuid;
        item.as.wlan.name = from->name;
        item.as.wlan.ssid = kept(from->ssid);
        item.as.wlan.ssid_bytes = from->ssid_bytes;
        item.as.wlan.bssid = kept(from->bssid);
        item.as.wlan.profile = kept(from->profile);
        item.as.wlan.driver = kept(from->driver);
        item.as.wlan.state = from->state;
    } else {
        item.as.connection.uuid = from->uuid;
        item.as.connection.name = from->name;
        item.as.connection.type = from->type;
        item.as.connection.device = kept(from->where);
        item.as.connection.state = from->state;
    }
    return item;
}

static nd_item as_holder(const thing *from)
{
    return (nd_item){
        .sort = ND_SORT_HOLDER,
        .key = from->key,
        .as.holder = {.pid = from->pid, .program = from->program, .what = "file", .path = from->path},
    };
}

static netdisc_status match_remote(const fake *self, const thing *at, const nd_name *target,
                                   bool *matches)
{
    nd_name remote;
    netdisc_status status = self->host->fn->parse_share(at->remote, &remote);

    if (status)
        return status;
    *matches = self->host->fn->same_remote(target, &remote);
    self->host->fn->name_clear(&remote);
    return NETDISC_NO_ERROR;
}

static netdisc_status match(const fake *self, const thing *at, const nd_name *target, bool *matches)
{
    switch (target->form) {
    case ND_FORM_LETTER:
    case ND_FORM_MOUNT:
        *matches = *at->name && self->host->fn->same_text(at->name, target->text);
        break;
    case ND_FORM_REMOTE:
    case ND_FORM_SERVER:
        return match_remote(self, at, target, matches);
    case ND_FORM_UUID:
        *matches = strcmp(at->uuid, target->text) == 0;
        break;
    case ND_FORM_NAME:
        *matches = strcmp(at->name, target->text) == 0;
        break;
    default:
        *matches = true;
    }
    return NETDISC_NO_ERROR;
}

static thing *thing_of_key(fake *self, const char *key)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->things[i].key, key) == 0)
            return &self->things[i];
    return NULL;
}

static thing *thing_of_title(fake *self, const char *title)
{
    for (size_t i = 0; i < self->count; i++) {
        thing *at = &self->things[i];

        if (strcmp(at->name, title) == 0 || strcmp(at->remote, title) == 0)
            return at;
    }
    return NULL;
}

static void remove_thing(fake *self, thing *at)
{
    *at = self->things[--self->count];
}

/* ---- What a good provider does (unlocked in, locked inside) --------------------------------- */

static nd_sort sort_of(nd_slot slot)
{
    switch (slot) {
    case ND_WLAN_LIST:
    case ND_WLAN_FIND:
    case ND_WLAN_CONNECT:
    case ND_WLAN_DISCONNECT:
        return ND_SORT_WLAN;
    case ND_CONNECTION_LIST:
    case ND_CONNECTION_FIND:
    case ND_CONNECTION_CONNECT:
    case ND_CONNECTION_DISCONNECT:
        return ND_SORT_CONNECTION;
    default:
        return ND_SORT_SHARE;
    }
}

/* Adds what is wanted without the lock held: the core's lock is taken inside. */
static netdisc_status add_matching(fake *self, nd_call *call, const nd_name *target)
{
    netdisc_status status = NETDISC_NO_ERROR;

    nd_mutex_lock(&self->lock);
    size_t count = self->count;
    thing *copy = malloc((count ? count : 1) * sizeof *copy);

    if (!copy)
        abort();
    memcpy(copy, self->things, count * sizeof *copy);
    nd_mutex_unlock(&self->lock);

    for (size_t i = 0; i < count && !status; i++) {
        nd_item item = as_item(&copy[i]);
        bool matches = copy[i].sort == sort_of(call->slot);

        if (matches && target)
            status = match(self, &copy[i], target, &matches);
        if (matches && !status)
            nd_add(call, &item);
    }
    free(copy);
    return status;
}

static netdisc_status find_or_list(fake *self, nd_call *call)
{
    bool list =
        call->slot == ND_SHARE_LIST || call->slot == ND_WLAN_LIST || call->slot == ND_CONNECTION_LIST;

    return add_matching(self, call, list ? NULL : &call->request->target);
}

static netdisc_status name_holders(fake *self, nd_call *call)
{
    for (size_t i = 0; i < call->item_count; i++) {
        nd_mutex_lock(&self->lock);
        thing *at = thing_of_key(self, call->items[i]->key);
        thing copy = at ? *at : (thing){0};
        nd_mutex_unlock(&self->lock);

        nd_item holder = as_holder(&copy);

        if (copy.pid)
            nd_add(call, &holder);
    }
    return NETDISC_NO_ERROR;
}

static bool is_held(fake *self, nd_call *call)
{
    bool held = false;

    nd_mutex_lock(&self->lock);
    for (size_t i = 0; i < call->item_count; i++) {
        const thing *at = thing_of_key(self, call->items[i]->key);

        held = held || (at && at->pid);
    }
    nd_mutex_unlock(&self->lock);
    return held;
}

static void emit_change_by(fake *self, netdisc_event_type type, const thing *at, netdisc_state before,
                           netdisc_status status, const char *reason)
{
    nd_item item = as_item(at);

    nd_emit(self->host,
            &(nd_event){
                .type = type, .item = &item, .old_state = before, .status = status, .reason = reason});
}

static void emit_change(fake *self, netdisc_event_type type, const thing *at, netdisc_state before,
                        const char *reason)
{
    emit_change_by(self, type, at, before, NETDISC_NO_ERROR, reason);
}

static netdisc_status end_items(fake *self, nd_call *call)
{
    if (is_held(self, call) && !(call->flags & NETDISC_FORCE)) {
        name_holders(self, call);
        return NETDISC_ERROR_OPEN_FILES;
    }
    for (size_t i = 0; i < call->item_count; i++) {
        nd_mutex_lock(&self->lock);
        thing *at = thing_of_key(self, call->items[i]->key);
        thing before = at ? *at : (thing){0};

        if (at && at->sort == ND_SORT_SHARE)
            remove_thing(self, at);
        else if (at)
            at->state = NETDISC_STATE_DISCONNECTED;
        nd_mutex_unlock(&self->lock);

        thing after = before;

        after.state = NETDISC_STATE_DISCONNECTED;
        emit_change(self, before.sort == ND_SORT_SHARE ? NETDISC_EVENT_REMOVED : NETDISC_EVENT_CHANGED,
                    &after, before.state, "disconnected by netdisc");
    }
    return NETDISC_NO_ERROR;
}

static bool has_password(const fake_step *step, const char *given)
{
    return !step->password || (given && strcmp(step->password, given) == 0);
}

/* Locked. */
static void join_network(thing *at, const netdisc_wlan_spec *spec)
{
    keep(at->profile, spec->profile);
    if (!spec->profile) {
        snprintf(at->ssid, sizeof at->ssid, "%.*s", (int)spec->ssid_length,
                 (const char *)spec->ssid_bytes);
        keep_ssid(at, spec->ssid_bytes, spec->ssid_length);
    }
}

static netdisc_status connect_item(fake *self, nd_call *call, const fake_step *step)
{
    const netdisc_wlan_spec *wlan = call->request->wlan;

    if (call->slot == ND_WLAN_CONNECT && !has_password(step, wlan->passphrase))
        return NETDISC_ERROR_INVALID_PASSWORD;

    nd_mutex_lock(&self->lock);
    thing *at = thing_of_key(self, call->items[0]->key);
    thing after = {0};

    if (at) {
        at->state = NETDISC_STATE_CONNECTED;
        if (call->slot == ND_WLAN_CONNECT)
            join_network(at, wlan);
        after = *at;
    }
    nd_mutex_unlock(&self->lock);

    nd_item item = as_item(&after);

    if (!at)
        return NETDISC_ERROR_NOT_FOUND;
    emit_change(self, NETDISC_EVENT_CHANGED, &after, NETDISC_STATE_DISCONNECTED, "connected by netdisc");
    nd_add(call, &item);
    return NETDISC_NO_ERROR;
}

static netdisc_status add_share(fake *self, nd_call *call, const fake_step *step)
{
    const netdisc_share_spec *spec = call->request->share;

    nd_mutex_lock(&self->lock);
    snprintf(self->seen.password, sizeof self->seen.password, "%s",
             spec->password ? spec->password : "");
    nd_mutex_unlock(&self->lock);
    if (!has_password(step, spec->password))
        return NETDISC_ERROR_INVALID_PASSWORD;

    netdisc_share made = {
        .local = spec->local,
        .remote = spec->remote,
        .user = spec->user,
        .state = NETDISC_STATE_CONNECTED,
        .remembered = call->flags & NETDISC_UPDATE_PROFILE ? NETDISC_YES : NETDISC_NO,
    };

    nd_mutex_lock(&self->lock);
    thing copy = *keep_share(self, &made);
    nd_mutex_unlock(&self->lock);

    nd_item item = as_item(&copy);

    emit_change(self, NETDISC_EVENT_ADDED, &copy, NETDISC_STATE_UNKNOWN, "connected by netdisc");
    nd_add(call, &item);
    return NETDISC_NO_ERROR;
}

static netdisc_status behave(fake *self, nd_call *call, const fake_step *step)
{
    switch (call->slot) {
    case ND_SHARE_CANCEL:
    case ND_WLAN_DISCONNECT:
    case ND_CONNECTION_DISCONNECT:
        return end_items(self, call);
    case ND_WLAN_CONNECT:
    case ND_CONNECTION_CONNECT:
        return connect_item(self, call, step);
    case ND_SHARE_ADD:
        return add_share(self, call, step);
    case ND_SHARE_HOLDERS:
        return name_holders(self, call);
    case ND_SHARE_DIALOG:
    case ND_PROBE:
        return NETDISC_NO_ERROR;
    default:
        return find_or_list(self, call);
    }
}

/* ---- Manners -------------------------------------------------------------------------------- */

static void perform(fake *self, nd_call *call, const fake_step *step)
{
    if (step->note)
        nd_note(call, step->note);
    if (step->lacks)
        nd_lacks(call, NETDISC_ERROR_ACCESS_DENIED, &(nd_failure){.message = step->lacks});
    switch (step->manner) {
    case FAKE_FAIL:
        nd_finish(call, step->status, &step->why);
        break;
    case FAKE_LIE:
        nd_finish(call, NETDISC_NO_ERROR, NULL);
        break;
    case FAKE_FORGETFUL:
        break;
    case FAKE_TWICE:
        nd_finish(call, behave(self, call, step), NULL);
        nd_finish(call, NETDISC_ERROR_GEN_FAILURE, &(nd_failure){.message = "the second answer"});
        break;
    default:
        nd_finish(call, behave(self, call, step), NULL);
    }
}

/* Locked. Waits for a time, or, if `call` is given, until its caller has given up or all are released. */
static void wait_blocked(fake *self, nd_call *call, int64_t until)
{
    while (nd_now() < until && !self->released) {
        if (call) {
            nd_mutex_unlock(&self->lock);
            bool gone = nd_abandoned(call);
            nd_mutex_lock(&self->lock);
            if (gone)
                return;
        }
        nd_cond_wait(&self->changed, &self->lock, until);
    }
}

static void perform_blocking(fake *self, nd_call *call, const fake_step *step)
{
    bool stuck = step->manner == FAKE_NEVER || step->manner == FAKE_WHEN_TOO_LATE;

    if (step->note)
        nd_note(call, step->note);
    nd_mutex_lock(&self->lock);
    if (stuck) {
        self->seen.stuck++;
        nd_cond_broadcast(&self->changed);
        wait_blocked(self, step->manner == FAKE_WHEN_TOO_LATE ? call : NULL, ND_NEVER);
        self->seen.stuck--;
        nd_cond_broadcast(&self->changed);
    } else if (step->gated) {
        while (!self->gate_is_open && !self->released)
            nd_cond_wait(&self->changed, &self->lock, ND_NEVER);
    } else if (step->delay_ms) {
        wait_blocked(self, NULL, nd_now() + step->delay_ms * NS_PER_MS);
    }
    nd_mutex_unlock(&self->lock);
    perform(self, call, step);
}

/* Puts the call away for the loop; the call is held until it is answered or the provider is closed. */
static void postpone(fake *self, nd_call *call, const fake_step *step)
{
    bool stuck = step->manner == FAKE_NEVER || step->manner == FAKE_WHEN_TOO_LATE;
    later *entry = malloc(sizeof *entry);

    if (!entry)
        abort();
    *entry = (later){.call = call, .step = *step, .due = ND_NEVER};
    if (!stuck && !step->gated)
        entry->due = nd_now() + step->delay_ms * NS_PER_MS;
    nd_call_ref(call);
    if (step->note)
        nd_note(call, step->note);
    nd_mutex_lock(&self->lock);
    entry->next = self->waiting;
    self->waiting = entry;
    self->seen.stuck += stuck;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
}

static later *take_due(fake *self, int64_t *next)
{
    int64_t now = nd_now();

    *next = ND_NEVER;
    for (later **link = &self->waiting; *link; link = &(*link)->next) {
        later *entry = *link;

        if (entry->due <= now || (entry->step.gated && self->gate_is_open)) {
            *link = entry->next;
            return entry;
        }
        if (entry->due < *next)
            *next = entry->due;
    }
    return NULL;
}

static void run_loop(void *data)
{
    fake *self = data;
    int64_t next;

    nd_mutex_lock(&self->lock);
    while (!self->ending) {
        later *entry = take_due(self, &next);

        if (!entry) {
            nd_cond_wait(&self->changed, &self->lock, next);
            continue;
        }
        nd_mutex_unlock(&self->lock);
        perform(self, entry->call, &entry->step);
        nd_call_unref(entry->call);
        free(entry);
        nd_mutex_lock(&self->lock);
    }
    nd_mutex_unlock(&self->lock);
}

/* ---- The provider --------------------------------------------------------------------------- */

/* Locked. The step for the slot, and one time less of it. */
static fake_step take_step(fake *self, nd_slot slot)
{
    fake_step step = {.slot = slot};

    if (!self->scripted[slot])
        return step;
    step = self->script[slot];
    if (step.times && --self->script[slot].times == 0)
        self->scripted[slot] = false;
    return step;
}

void fake_called(void *state, nd_call *call)
{
    fake *self = state;
    int remaining_ms = nd_remaining_ms(call);

    nd_mutex_lock(&self->lock);
    fake_step step = take_step(self, call->slot);

    self->seen.remaining_ms = remaining_ms;

    self->seen.calls[call->slot]++;
    if (call->item_count)
        self->seen.flags = call->flags;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);

    if (self->blocking)
        perform_blocking(self, call, &step);
    else if (step.delay_ms || step.gated || step.manner == FAKE_NEVER ||
             step.manner == FAKE_WHEN_TOO_LATE)
        postpone(self, call, &step);
    else
        perform(self, call, &step);
}

void fake_abandon(void *state, nd_call *call)
{
    fake *self = state;

    nd_mutex_lock(&self->lock);
    self->seen.abandoned++;
    for (later *entry = self->waiting; entry; entry = entry->next)
        if (entry->call == call && entry->step.manner == FAKE_WHEN_TOO_LATE) {
            entry->due = 0;
            self->seen.stuck--;
        }
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
}

void fake_watch(void *state, uint32_t kinds)
{
    fake *self = state;

    nd_mutex_lock(&self->lock);
    self->seen.watching = (int)kinds;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
    nd_host_log(self->host, NETDISC_LOG_DEBUG, "told what to watch");
    if (kinds)
        nd_emit(self->host, &(nd_event){.type = NETDISC_EVENT_READY, .kinds = kinds});
}

netdisc_status fake_open(fake *self, const nd_host *host, void **state, nd_failure *why)
{
    nd_mutex_lock(&self->lock);
    self->host = host;
    self->seen.opened++;
    nd_cond_broadcast(&self->changed);
    if (self->open_delay_ms)
        wait_blocked(self, NULL,
                     self->open_delay_ms < 0 ? ND_NEVER : nd_now() + self->open_delay_ms * NS_PER_MS);

    netdisc_status status = self->open_status;

    self->ending = false;
    nd_mutex_unlock(&self->lock);
    if (!status && !self->blocking) {
        self->looping = nd_thread_start(&self->loop, run_loop, self);
        if (!self->looping)
            status = NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    if (status)
        why->message = "the script says so";
    *state = self;
    return status;
}

void fake_close(void *state)
{
    fake *self = state;

    nd_mutex_lock(&self->lock);
    self->ending = true;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
    if (self->looping)
        nd_thread_join(self->loop);
    self->looping = false;
    while (self->waiting) {
        later *entry = self->waiting;

        self->waiting = entry->next;
        self->seen.stuck = 0;
        nd_call_unref(entry->call);
        free(entry);
    }
    nd_mutex_lock(&self->lock);
    self->seen.closed++;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
}

#define OPENER(index)                                                                                   \
    static netdisc_status open_##index(const nd_host *host, void **state, nd_failure *why)              \
    {                                                                                                   \
        return fake_open(&fakes[index], host, state, why);                                              \
    }

OPENER(0)
OPENER(1)
OPENER(2)
OPENER(3)
OPENER(4)

/* clang-format off */
static const nd_provider providers[FAKES] = {
    {.name = "event", .open = open_0, FAKE_REST},
    {.name = "event2", .open = open_1, FAKE_REST},
    {.name = "blocking", .blocking = true, .open = open_2, FAKE_REST},
    {.name = "blocking2", .blocking = true, .open = open_3, FAKE_REST},
    {.name = "sparse", .blocking = true, .open = open_4, .close = fake_close,
     .slots = {[ND_SHARE_LIST] = fake_called}},
};
/* clang-format on */

static const nd_provider *const provider_list[] = {&providers[0], &providers[1], &providers[2],
                                                   &providers[3], NULL};

static const nd_provider *const sparse_list[] = {&providers[4], NULL};

const nd_backend fake_sparse_backend = {.abi = ND_PROVIDER_ABI, .providers = sparse_list};

const nd_backend fake_backend = {.abi = ND_PROVIDER_ABI, .providers = provider_list};

/* ---- The test's side ------------------------------------------------------------------------ */

fake *fake_named(const char *name)
{
    for (size_t i = 0; i < FAKES; i++)
        if (strcmp(providers[i].name, name) == 0)
            return &fakes[i];
    abort();
}

static void reset_one(fake *self, const nd_provider *provider)
{
    if (!self->ready) {
        nd_mutex_init(&self->lock);
        nd_cond_init(&self->changed);
        self->ready = true;
    }
    nd_mutex_lock(&self->lock);
    if (!self->things)
        self->things = calloc(ITEMS_MAX, sizeof *self->things);
    if (!self->things)
        abort();
    self->blocking = provider->blocking;
    self->open_status = NETDISC_NO_ERROR;
    self->open_delay_ms = 0;
    self->count = 0;
    self->released = false;
    self->gate_is_open = false;
    memset(self->scripted, 0, sizeof self->scripted);
    self->seen = (fake_seen){0};
    nd_mutex_unlock(&self->lock);
}

void fake_reset(void)
{
    for (size_t i = 0; i < FAKES; i++)
        reset_one(&fakes[i], &providers[i]);
}

/* The locks stay: a thread that was left behind may be on its way out of one. */
void fake_clear(void)
{
    for (size_t i = 0; i < FAKES; i++) {
        if (!fakes[i].ready)
            continue;
        nd_mutex_lock(&fakes[i].lock);
        free(fakes[i].things);
        fakes[i].things = NULL;
        fakes[i].count = 0;
        nd_mutex_unlock(&fakes[i].lock);
    }
}

void fake_add(fake *self, const nd_item *item)
{
    nd_mutex_lock(&self->lock);
    keep_item(self, item);
    nd_mutex_unlock(&self->lock);
}

void fake_add_share(fake *self, const char *local, const char *remote, netdisc_state state)
{
    fake_add(self, &(nd_item){.sort = ND_SORT_SHARE,
                              .as.share = {.local = local, .remote = remote, .state = state}});
}

void fake_add_many_shares(fake *self, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char remote[40];

        snprintf(remote, sizeof remote, "\\\\server\\share%zu", i);
        fake_add_share(self, NULL, remote, NETDISC_STATE_CONNECTED);
    }
}

void fake_add_wlan(fake *self, const char *uuid, const char *name, netdisc_state state)
{
    fake_add(self, &(nd_item){
                       .sort = ND_SORT_WLAN,
                       .as.wlan = {.uuid = uuid,
                                   .name = name,
                                   .ssid = "cafe",
                                   .ssid_bytes = (const uint8_t *)"cafe",
                                   .ssid_length = 4,
                                   .state = state,
                                   .signal = 70},
                   });
}

void fake_add_connection(fake *self, const char *uuid, const char *name, netdisc_state state)
{
    fake_add(self, &(nd_item){
                       .sort = ND_SORT_CONNECTION,
                       .as.connection = {.uuid = uuid,
                                         .name = name,
                                         .type = "802-3-ethernet",
                                         .state = state,
                                         .external = NETDISC_UNKNOWN},
                   });
}

void fake_hold(fake *self, const char *remote, unsigned pid, const char *program, const char *path)
{
    nd_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->count; i++) {
        thing *at = &self->things[i];

        if (strcmp(at->remote, remote) != 0)
            continue;
        at->pid = pid;
        snprintf(at->program, sizeof at->program, "%s", program);
        snprintf(at->path, sizeof at->path, "%s", path);
    }
    nd_mutex_unlock(&self->lock);
}

bool fake_is_up(fake *self, const char *title)
{
    nd_mutex_lock(&self->lock);
    const thing *at = thing_of_title(self, title);
    bool up = at && at->state != NETDISC_STATE_DISCONNECTED && at->state != NETDISC_STATE_REMEMBERED;
    nd_mutex_unlock(&self->lock);
    return up;
}

void fake_change(fake *self, const char *title, netdisc_state state, const char *reason)
{
    fake_change_by(self, title, state, NETDISC_NO_ERROR, reason);
}

void fake_change_by(fake *self, const char *title, netdisc_state state, netdisc_status status,
                    const char *reason)
{
    nd_mutex_lock(&self->lock);
    thing *at = thing_of_title(self, title);

    if (!at)
        abort();

    netdisc_state before = at->state;

    at->state = state;

    thing copy = *at;
    nd_mutex_unlock(&self->lock);
    emit_change_by(self, NETDISC_EVENT_CHANGED, &copy, before, status, reason);
}

void fake_appear(fake *self, const nd_item *item)
{
    nd_mutex_lock(&self->lock);
    thing copy = *keep_item(self, item);
    nd_mutex_unlock(&self->lock);
    emit_change(self, NETDISC_EVENT_ADDED, &copy, NETDISC_STATE_UNKNOWN, NULL);
}

bool fake_vanish(fake *self, const char *title)
{
    nd_mutex_lock(&self->lock);
    thing *at = thing_of_title(self, title);
    thing copy = at ? *at : (thing){0};

    if (at)
        remove_thing(self, at);
    nd_mutex_unlock(&self->lock);
    if (at)
        emit_change(self, NETDISC_EVENT_REMOVED, &copy, copy.state, NULL);
    return at != NULL;
}

bool fake_has(fake *self, const char *title)
{
    nd_mutex_lock(&self->lock);
    bool has = thing_of_title(self, title) != NULL;
    nd_mutex_unlock(&self->lock);
    return has;
}

void fake_emit(fake *self, netdisc_event_type type, uint32_t kinds, netdisc_status status,
               const char *reason)
{
    nd_emit(self->host, &(nd_event){.type = type, .kinds = kinds, .status = status, .reason = reason});
}

void fake_script(fake *self, const fake_step *step)
{
    nd_mutex_lock(&self->lock);
    self->script[step->slot] = *step;
    self->scripted[step->slot] = true;
    nd_mutex_unlock(&self->lock);
}

void fake_script_open(fake *self, netdisc_status status, int delay_ms)
{
    nd_mutex_lock(&self->lock);
    self->open_status = status;
    self->open_delay_ms = delay_ms;
    nd_mutex_unlock(&self->lock);
}

void fake_let_pass(fake *self)
{
    nd_mutex_lock(&self->lock);
    self->gate_is_open = true;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
}

void fake_release(fake *self)
{
    nd_mutex_lock(&self->lock);
    self->released = true;
    nd_cond_broadcast(&self->changed);
    nd_mutex_unlock(&self->lock);
}

fake_seen fake_look(fake *self)
{
    nd_mutex_lock(&self->lock);
    fake_seen seen = self->seen;
    nd_mutex_unlock(&self->lock);
    return seen;
}

/* Waits until `*counter`, which changes under the lock, is `goal`, or more if `or_more`. */
static bool wait_for(fake *self, const int *counter, int goal, bool or_more)
{
    int64_t until = nd_now() + WAIT_S * 1000 * NS_PER_MS;

    nd_mutex_lock(&self->lock);
    while (*counter != goal && !(or_more && *counter > goal) && nd_now() < until)
        nd_cond_wait(&self->changed, &self->lock, until);
    bool reached = *counter == goal || (or_more && *counter > goal);
    nd_mutex_unlock(&self->lock);
    return reached;
}

bool fake_wait_calls(fake *self, nd_slot slot, int calls)
{
    return wait_for(self, &self->seen.calls[slot], calls, true);
}

bool fake_wait_stuck(fake *self, int stuck)
{
    return wait_for(self, &self->seen.stuck, stuck, false);
}

bool fake_wait_abandoned(fake *self, int abandoned)
{
    return wait_for(self, &self->seen.abandoned, abandoned, true);
}

bool fake_wait_watching(fake *self, uint32_t kinds)
{
    return wait_for(self, &self->seen.watching, (int)kinds, false);
}

bool fake_wait_opened(fake *self, int opened)
{
    return wait_for(self, &self->seen.opened, opened, true);
}

bool fake_wait_closed(fake *self, int closed)
{
    return wait_for(self, &self->seen.closed, closed, true);
}
