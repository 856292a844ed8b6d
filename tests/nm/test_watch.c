/* SPDX-License-Identifier: MIT */
/* Watches: what NetworkManager does is reported in order, with its reasons, and nothing is missing. */
#include <signal.h>

#include "test_nm.h"

enum { SEEN_MAX = 8192, TEXT = 128, CLOSE_MS = 6000 };

typedef struct seen_event {
    netdisc_event_type type;
    uint32_t kind;
    netdisc_state old_state;
    netdisc_state state;
    netdisc_status status;
    netdisc_tristate autoconnect;
    netdisc_tristate external;
    char uuid[64];
    char name[64];
    char device[32];
    char reason[TEXT];
    char provider[16];
} seen_event;

typedef struct watcher {
    seen_event events[SEEN_MAX];
    size_t count;
    size_t read; /* those before it have been looked at */
} watcher;

static watcher one;

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static void see(void *data, const netdisc_event *event)
{
    watcher *self = data;
    seen_event *at = &self->events[self->count++];

    if (self->count == SEEN_MAX)
        bed_die("too many events");
    *at = (seen_event){.type = event->type,
                       .kind = event->kind,
                       .old_state = event->old_state,
                       .state = event->state,
                       .status = event->status};
    copy(at->reason, sizeof at->reason, event->reason);
    copy(at->provider, sizeof at->provider, event->provider);
    if (!event->connection)
        return;
    copy(at->uuid, sizeof at->uuid, event->connection->uuid);
    copy(at->name, sizeof at->name, event->connection->name);
    copy(at->device, sizeof at->device, event->connection->device);
    at->autoconnect = event->connection->autoconnect;
    at->external = event->connection->external;
}

static void print_events(const watcher *self)
{
    static const char *const types[] = {"READY", "ADDED", "REMOVED", "CHANGED", "OVERRUN", "LOST"};

    for (size_t i = 0; i < self->count; i++) {
        const seen_event *at = &self->events[i];

        print_error("%c %s %s %s on %s: %s to %s (%s)\n", i < self->read ? ' ' : '>', types[at->type],
                    at->uuid, at->name, at->device, netdisc_state_name(at->old_state),
                    netdisc_state_name(at->state), at->reason);
    }
}

static netdisc_watch *watch(netdisc *nd, uint32_t kinds)
{
    netdisc_watch *out = NULL;

    memset(&one, 0, sizeof one);
    assert_status(netdisc_watch_start(nd, kinds, see, &one, &out, NULL), NO_ERROR);
    return out;
}

/* The next event; NULL when none comes. */
static const seen_event *next(netdisc *nd)
{
    while (one.read == one.count)
        if (netdisc_dispatch(nd, WORLD_MS) != NETDISC_NO_ERROR)
            return NULL;
    return &one.events[one.read++];
}

/* The next event of this connection; those of others are passed over. */
static const seen_event *next_of(netdisc *nd, const char *uuid)
{
    const seen_event *event;

    while ((event = next(nd)))
        if (strcmp(event->uuid, uuid) == 0)
            return event;
    print_events(&one);
    fail_msg("nothing more of %s", uuid);
    return NULL;
}

static const seen_event *next_of_type(netdisc *nd, netdisc_event_type type)
{
    const seen_event *event;

    while ((event = next(nd)))
        if (event->type == type)
            return event;
    print_events(&one);
    fail_msg("no event of type %d", type);
    return NULL;
}

static void check_event(const seen_event *event, netdisc_event_type type, netdisc_state from,
                        netdisc_state to, const char *file, int line)
{
    if (event->type == type && event->old_state == from && event->state == to)
        return;
    print_events(&one);
    print_error("expected %s to %s\n", netdisc_state_name(from), netdisc_state_name(to));
    _fail(file, line);
}

#define assert_event(event, type, from, to)                                                             \
    check_event(event, NETDISC_EVENT_##type, NETDISC_STATE_##from, NETDISC_STATE_##to, __FILE__,        \
                __LINE__)

static netdisc_watch *watch_until_ready(netdisc *nd)
{
    netdisc_watch *w = watch(nd, NETDISC_CONNECTION);
    const seen_event *event = next(nd);

    assert_non_null(event);
    assert_int_equal(event->type, NETDISC_EVENT_READY);
    assert_int_equal(event->kind, NETDISC_CONNECTION);
    assert_string_equal(event->provider, "nm");
    return w;
}

static void finish(netdisc *nd, netdisc_watch *w)
{
    netdisc_watch_stop(w);
    netdisc_close(nd);
}

/* A reason is for people. */
static void assert_words(const char *reason, const char *part)
{
    if (!*reason || strpbrk(reason, "0123456789") || !strstr(reason, part))
        fail_msg("the reason is \"%s\"", reason);
}

#define SENTINEL WORLD_UUID(ff)

/* Every event so far is there once this returns, as they come in order. */
static void catch_up(netdisc *nd)
{
    size_t read = one.read;

    world_add_plain("sentinel", SENTINEL, "zz0");
    while (next_of(nd, SENTINEL)->type != NETDISC_EVENT_ADDED)
        continue;
    world_delete(SENTINEL);
    while (next_of(nd, SENTINEL)->type != NETDISC_EVENT_REMOVED)
        continue;
    one.read = read;
}

/* There was no event since but those that have been looked at. */
static void assert_no_more(netdisc *nd)
{
    size_t read = one.read;

    catch_up(nd);
    assert_int_equal(one.count, read + 2);
}

/* ---- Profiles ------------------------------------------------------------------------------- */

static void test_ready_comes_first(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
    w = watch_until_ready(nd);
    /* What was there before is not news. */
    assert_no_more(nd);
    netdisc_watch_stop(w);
    finish(nd, watch_until_ready(nd));
}

static void test_a_profile_comes_and_goes(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch_until_ready(nd);
    const seen_event *event;

    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "zz0", .autoconnect = true});
    event = next_of(nd, ONE);
    assert_int_equal(event->type, NETDISC_EVENT_ADDED);
    assert_int_equal(event->kind, NETDISC_CONNECTION);
    assert_int_equal(event->state, NETDISC_STATE_DISCONNECTED);
    assert_int_equal(event->autoconnect, NETDISC_YES);
    assert_string_equal(event->name, "one");
    world_delete(ONE);
    event = next_of(nd, ONE);
    assert_int_equal(event->type, NETDISC_EVENT_REMOVED);
    assert_string_equal(event->name, "one");
    finish(nd, w);
}

static void test_a_profile_is_changed(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_add_plain("one", ONE, "zz0");
    w = watch_until_ready(nd);
    world_add_plain("another", ONE, "zz0");
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, DISCONNECTED, DISCONNECTED);
    assert_string_equal(event->name, "another");
    world_add(&(world_profile){.name = "another", .uuid = ONE, .device = "zz0", .autoconnect = true});
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, DISCONNECTED, DISCONNECTED);
    assert_int_equal(event->autoconnect, NETDISC_YES);
    finish(nd, w);
}

static void test_an_active_profile_is_renamed(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
    w = watch_until_ready(nd);
    world_add_plain("another", ONE, "nv0");
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, CONNECTED, CONNECTED);
    assert_string_equal(event->name, "another");
    finish(nd, w);
}

/* ---- Activations ---------------------------------------------------------------------------- */

static void test_up_and_down(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    w = watch_until_ready(nd);
    for (int i = 0; i < 2; i++) {
        world_up(ONE, NULL);
        event = next_of(nd, ONE);
        assert_event(event, CHANGED, DISCONNECTED, CONNECTING);
        event = next_of(nd, ONE);
        assert_event(event, CHANGED, CONNECTING, CONNECTED);
        assert_string_equal(event->device, "nv0");
        assert_string_equal(event->name, "one");
        world_down(ONE);
        event = next_of(nd, ONE);
        assert_event(event, CHANGED, CONNECTED, DISCONNECTING);
        assert_words(event->reason, "disconnected");
        event = next_of(nd, ONE);
        assert_event(event, CHANGED, DISCONNECTING, DISCONNECTED);
        assert_words(event->reason, "disconnected");
        assert_string_equal(event->device, "nv0");
        assert_status(event->status, NO_ERROR);
    }
    assert_no_more(nd);
    finish(nd, w);
}

static void test_by_netdisc_itself(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    w = watch_until_ready(nd);
    assert_status(netdisc_connection_connect(nd, "one", 0, 0, NULL), NO_ERROR);
    assert_event(next_of(nd, ONE), CHANGED, DISCONNECTED, CONNECTING);
    assert_event(next_of(nd, ONE), CHANGED, CONNECTING, CONNECTED);
    assert_status(disconnect(nd, "one", 0, NULL), NO_ERROR);
    assert_event(next_of(nd, ONE), CHANGED, CONNECTED, DISCONNECTING);
    assert_event(next_of(nd, ONE), CHANGED, DISCONNECTING, DISCONNECTED);
    finish(nd, w);
}

static void test_it_does_not_come_up(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_veth("nv0");
    world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .ipv4 = WORLD_IPV4_FAILS});
    w = watch_until_ready(nd);
    world_begin_up(ONE, NULL);
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, DISCONNECTED, CONNECTING);
    while ((event = next_of(nd, ONE))->state == NETDISC_STATE_DISCONNECTING)
        continue;
    assert_int_equal(event->state, NETDISC_STATE_DISCONNECTED);
    assert_words(event->reason, "IP configuration");
    assert_status(event->status, ERROR_NETWORK_UNREACHABLE);
    finish(nd, w);
}

static void test_the_device_is_removed(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
    w = watch_until_ready(nd);
    world_ip("link del nv0");
    while ((event = next_of(nd, ONE))->state == NETDISC_STATE_DISCONNECTING)
        continue;
    assert_int_equal(event->type, NETDISC_EVENT_CHANGED);
    assert_int_equal(event->state, NETDISC_STATE_DISCONNECTED);
    /* NetworkManager's own reason is that it is not managed any more. */
    assert_words(event->reason, "device");
    assert_string_equal(event->device, "nv0");
    finish(nd, w);
}

static void test_a_further_activation(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_veth("nv0");
    world_veth("nv1");
    world_add(&(world_profile){.name = "multi", .uuid = ONE, .settings = "multi-connect=3\n"});
    world_up(ONE, "nv0");
    w = watch_until_ready(nd);
    world_up(ONE, "nv1");
    event = next_of(nd, ONE);
    assert_int_equal(event->type, NETDISC_EVENT_ADDED);
    assert_int_equal(event->state, NETDISC_STATE_CONNECTING);
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, CONNECTING, CONNECTED);
    assert_string_equal(event->device, "nv1");
    /* The first ends, so the second is the only one. */
    world_begin_down_on("nv0");
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, CONNECTED, DISCONNECTING);
    assert_string_equal(event->device, "nv0");
    while ((event = next_of(nd, ONE))->type == NETDISC_EVENT_CHANGED)
        assert_string_equal(event->device, "nv0");
    assert_int_equal(event->type, NETDISC_EVENT_REMOVED);
    assert_string_equal(event->device, "nv0");
    world_begin_down_on("nv1");
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, CONNECTED, DISCONNECTING);
    event = next_of(nd, ONE);
    assert_event(event, CHANGED, DISCONNECTING, DISCONNECTED);
    assert_string_equal(event->device, "nv1");
    assert_no_more(nd);
    finish(nd, w);
}

static void test_external_ones(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch_until_ready(nd);
    const seen_event *event;
    char uuid[64];

    world_tap("tap0");
    event = next_of_type(nd, NETDISC_EVENT_ADDED);
    assert_string_equal(event->name, "tap0");
    copy(uuid, sizeof uuid, event->uuid);
    while (event->state != NETDISC_STATE_CONNECTED)
        event = next_of(nd, uuid);
    assert_int_equal(event->external, NETDISC_YES);
    assert_string_equal(event->device, "tap0");
    world_ip("link del tap0");
    while ((event = next_of(nd, uuid))->type != NETDISC_EVENT_REMOVED)
        assert_int_equal(event->type, NETDISC_EVENT_CHANGED);
    assert_string_equal(event->name, "tap0");
    finish(nd, w);
}

/* ---- The picture that events make ----------------------------------------------------------- */

enum { PICTURE_MAX = 512 };

typedef struct picture {
    struct {
        char uuid[64];
        netdisc_state state;
    } items[PICTURE_MAX];
    size_t count;
    bool strict; /* what changes is known, and was as the event says */
} picture;

static size_t place_of(const picture *self, const char *uuid)
{
    size_t i = 0;

    while (i < self->count && strcmp(self->items[i].uuid, uuid) != 0)
        i++;
    return i;
}

static void put(picture *self, const char *uuid, netdisc_state state)
{
    size_t place = place_of(self, uuid);

    assert_true(place < PICTURE_MAX);
    copy(self->items[place].uuid, sizeof self->items[place].uuid, uuid);
    self->items[place].state = state;
    if (place == self->count)
        self->count++;
}

static void apply(picture *self, const seen_event *event)
{
    size_t place = place_of(self, event->uuid);
    bool known = place < self->count;

    if (self->strict)
        assert_int_equal(known, event->type != NETDISC_EVENT_ADDED);
    switch (event->type) {
    case NETDISC_EVENT_CHANGED:
        if (self->strict)
            assert_int_equal(self->items[place].state, event->old_state);
        put(self, event->uuid, event->state);
        break;
    case NETDISC_EVENT_ADDED:
        put(self, event->uuid, event->state);
        break;
    case NETDISC_EVENT_REMOVED:
        if (known)
            self->items[place] = self->items[--self->count];
        break;
    default:
        fail_msg("an event of type %d", event->type);
    }
}

static picture picture_of(const netdisc_list *items)
{
    picture out = {0};
    const netdisc_connection *item;

    for (size_t i = 0; (item = netdisc_list_connection(items, i)); i++)
        put(&out, item->uuid, item->state);
    return out;
}

static picture listed(netdisc *nd)
{
    netdisc_list *items = list(nd);
    picture out = picture_of(items);

    netdisc_list_free(items);
    return out;
}

/* What the events since have made of the picture is what a list says now. */
static void check_picture(netdisc *nd, picture *self)
{
    picture now;

    catch_up(nd);
    now = listed(nd);
    for (; one.read < one.count; one.read++)
        apply(self, &one.events[one.read]);
    for (size_t i = 0; i < now.count; i++) {
        size_t place = place_of(self, now.items[i].uuid);

        if (place == self->count || self->items[place].state != now.items[i].state) {
            print_events(&one);
            fail_msg("%s: listed as %s", now.items[i].uuid, netdisc_state_name(now.items[i].state));
        }
    }
    assert_int_equal(self->count, now.count);
}

enum { DEVICES = 4 };

static void uuid_of(size_t number, char out[64])
{
    snprintf(out, 64, "00000000-0000-4000-9000-%012zu", number);
}

static void make_devices(void)
{
    for (size_t i = 0; i < DEVICES; i++) {
        char device[16];
        char uuid[64];

        snprintf(device, sizeof device, "nv%zu", i);
        uuid_of(i, uuid);
        world_veth(device);
        world_add_plain(device, uuid, device);
    }
}

/* Brings every device up, and each second time down in the midst of that. */
static void stir(size_t round)
{
    char uuid[64];

    for (size_t i = 0; i < DEVICES; i++) {
        uuid_of(i, uuid);
        world_begin_up(uuid, NULL);
    }
    for (size_t i = 0; i < DEVICES; i++) {
        uuid_of(i, uuid);
        if ((i + round) % 2 == 0)
            assert_true(world_wait_state(uuid, WORLD_ACTIVATED));
        world_down(uuid);
    }
}

static void test_many_activations(void **state)
{
    (void)state;
    enum { ROUNDS = 25 };
    netdisc *nd = world_context();
    netdisc_watch *w;
    picture pic;

    make_devices();
    w = watch_until_ready(nd);
    pic = listed(nd);
    pic.strict = true;
    for (size_t round = 0; round < ROUNDS; round++) {
        stir(round);
        if (round % 10 == 9)
            check_picture(nd, &pic);
    }
    finish(nd, w);
}

static void test_many_profiles_come_and_go(void **state)
{
    (void)state;
    enum { PROFILES = 200 };
    netdisc *nd = world_context();
    netdisc_watch *w = watch_until_ready(nd);
    picture pic = listed(nd);
    char uuid[64];

    pic.strict = true;
    for (size_t i = 0; i < PROFILES; i++) {
        uuid_of(i, uuid);
        world_write(&(world_profile){.name = "many", .uuid = uuid, .device = "zz0"});
    }
    world_load();
    check_picture(nd, &pic);
    assert_int_equal(pic.count, PROFILES + 1);
    for (size_t i = 0; i < PROFILES; i++) {
        uuid_of(i, uuid);
        world_delete(uuid);
    }
    check_picture(nd, &pic);
    assert_int_equal(pic.count, 1);
    finish(nd, w);
}

/* Added, edited and gone before anybody could have looked at it. */
static void test_short_lives(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch_until_ready(nd);
    picture pic = listed(nd);

    world_veth("nv0");
    pic.strict = true;
    for (int i = 0; i < 20; i++) {
        world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .autoconnect = i % 2});
        if (i % 3 == 0)
            world_add_plain("another", ONE, "nv0");
        if (i % 4 == 0)
            world_begin_up(ONE, NULL);
        world_delete(ONE);
        assert_true(world_wait_device("nv0", 30));
    }
    check_picture(nd, &pic);
    finish(nd, w);
}

static void test_a_profile_that_connects_by_itself(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch_until_ready(nd);
    picture pic = listed(nd);

    pic.strict = true;
    for (int i = 0; i < 5; i++) {
        world_veth("nv0");
        world_add(&(world_profile){.name = "one", .uuid = ONE, .device = "nv0", .autoconnect = true});
        assert_true(world_wait_state(ONE, WORLD_ACTIVATED));
        check_picture(nd, &pic);
        world_delete(ONE);
        assert_true(world_wait_device("nv0", 30));
        world_ip("link del nv0");
        assert_true(world_wait_device("nv0", 0));
        check_picture(nd, &pic);
    }
    finish(nd, w);
}

/* Whatever was known at the beginning, nothing that is up is reported to be on its way up, and each
 * event of a connection goes on from the one before. */
static void check_ways(void)
{
    for (size_t i = 0; i < one.count; i++) {
        const seen_event *event = &one.events[i];

        if (event->type != NETDISC_EVENT_CHANGED)
            continue;
        assert_int_not_equal(event->state, event->old_state);
        assert_false(event->old_state == NETDISC_STATE_CONNECTED &&
                     event->state == NETDISC_STATE_CONNECTING);
        for (size_t j = i; j-- > 0;)
            if (strcmp(one.events[j].uuid, event->uuid) == 0) {
                assert_int_equal(event->old_state, one.events[j].state);
                break;
            }
    }
}

static void test_begun_in_the_midst(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char uuid[64];

    make_devices();
    for (size_t round = 0; round < 6; round++) {
        netdisc_watch *w;
        picture pic;

        for (size_t i = 0; i < DEVICES; i++) {
            uuid_of(i, uuid);
            world_begin_up(uuid, NULL);
        }
        w = watch_until_ready(nd);
        pic = listed(nd);
        for (size_t i = 0; i < DEVICES; i++) {
            uuid_of(i, uuid);
            assert_true(world_wait_state(uuid, WORLD_ACTIVATED));
        }
        check_picture(nd, &pic);
        check_ways();
        netdisc_watch_stop(w);
        for (size_t i = 0; i < DEVICES; i++) {
            uuid_of(i, uuid);
            world_down(uuid);
        }
    }
    netdisc_close(nd);
}

/* Profiles come, and go, while the watch takes its first look. */
static void test_profiles_in_the_midst(void **state)
{
    (void)state;
    enum { PROFILES = 60 };
    netdisc *nd = world_context();

    for (size_t round = 0; round < 6; round++) {
        bool load = round % 2 == 0;
        netdisc_watch *w;
        picture pic;
        char uuid[64];

        for (size_t i = 0; load && i < PROFILES; i++) {
            uuid_of(i, uuid);
            world_write(&(world_profile){.name = "many", .uuid = uuid, .device = "zz0"});
        }
        w = watch(nd, NETDISC_CONNECTION);
        if (load)
            world_load();
        for (size_t i = 0; !load && i < PROFILES; i++) {
            uuid_of(i, uuid);
            world_delete(uuid);
        }
        next_of_type(nd, NETDISC_EVENT_READY);
        assert_int_equal(one.read, 1);
        pic = listed(nd);
        check_picture(nd, &pic);
        assert_int_equal(pic.count, load ? PROFILES + 1 : 1);
        netdisc_watch_stop(w);
    }
    netdisc_close(nd);
}

/* ---- Lost and found ------------------------------------------------------------------------- */

static void test_networkmanager_is_restarted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    w = watch_until_ready(nd);
    for (int i = 0; i < 3; i++) {
        world_kill(WORLD_NM);
        event = next_of_type(nd, NETDISC_EVENT_LOST);
        assert_int_equal(event->kind, NETDISC_CONNECTION);
        assert_string_equal(event->provider, "nm");
        assert_status(event->status, ERROR_SERVICE_NOT_ACTIVE);
        assert_words(event->reason, "NetworkManager");
        world_start(WORLD_NM);
        event = next_of_type(nd, NETDISC_EVENT_READY);
        assert_int_equal(event->kind, NETDISC_CONNECTION);
        world_up(ONE, NULL);
        while (next_of(nd, ONE)->state != NETDISC_STATE_CONNECTED)
            continue;
        world_down(ONE);
        while (next_of(nd, ONE)->state != NETDISC_STATE_DISCONNECTED)
            continue;
    }
    finish(nd, w);
}

static void test_networkmanager_comes_later(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch(nd, NETDISC_CONNECTION | NETDISC_WLAN);
    const seen_event *event = next(nd);
    uint32_t ready = 0;

    assert_non_null(event);
    assert_int_equal(event->type, NETDISC_EVENT_LOST);
    assert_status(event->status, ERROR_SERVICE_NOT_ACTIVE);
    world_start(WORLD_NM);
    while (ready != (NETDISC_CONNECTION | NETDISC_WLAN))
        ready |= next_of_type(nd, NETDISC_EVENT_READY)->kind;
    world_add_plain("one", ONE, "zz0");
    assert_int_equal(next_of(nd, ONE)->type, NETDISC_EVENT_ADDED);
    finish(nd, w);
}

static void test_the_bus_comes_later(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    const seen_event *event;

    world_kill(WORLD_BUS);
    w = watch(nd, NETDISC_CONNECTION);
    event = next(nd);
    assert_non_null(event);
    assert_int_equal(event->type, NETDISC_EVENT_LOST);
    assert_status(event->status, ERROR_NOT_SUPPORTED);
    assert_words(event->reason, "bus");
    world_start(WORLD_BUS);
    world_start(WORLD_NM);
    /* A verb finds the bus. */
    netdisc_list_free(list(nd));
    next_of_type(nd, NETDISC_EVENT_READY);
    world_add_plain("one", ONE, "zz0");
    assert_int_equal(next_of(nd, ONE)->type, NETDISC_EVENT_ADDED);
    finish(nd, w);
}

static void test_the_bus_is_restarted(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch_until_ready(nd);

    for (int i = 0; i < 3; i++) {
        char uuid[64];

        world_kill(WORLD_BUS);
        assert_int_not_equal(next_of_type(nd, NETDISC_EVENT_LOST)->status, NETDISC_NO_ERROR);
        world_kill(WORLD_NM);
        world_start(WORLD_BUS);
        world_start(WORLD_NM);
        netdisc_list_free(list(nd));
        next_of_type(nd, NETDISC_EVENT_READY);
        uuid_of((size_t)i, uuid);
        world_add_plain("new", uuid, "zz0");
        assert_int_equal(next_of(nd, uuid)->type, NETDISC_EVENT_ADDED);
    }
    finish(nd, w);
}

static void test_it_does_not_answer(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w;
    int64_t begun;

    world_signal(WORLD_NM, SIGSTOP);
    w = watch(nd, NETDISC_CONNECTION);
    assert_status(netdisc_dispatch(nd, 200), WAIT_TIMEOUT);
    world_signal(WORLD_NM, SIGCONT);
    next_of_type(nd, NETDISC_EVENT_READY);
    netdisc_watch_stop(w);

    world_signal(WORLD_NM, SIGSTOP);
    w = watch(nd, NETDISC_CONNECTION);
    assert_status(netdisc_dispatch(nd, 200), WAIT_TIMEOUT);
    begun = bed_now_ms();
    finish(nd, w);
    assert_in_range(bed_now_ms() - begun, 0, CLOSE_MS);
}

static void test_closed_while_the_bus_is_stopped(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch_until_ready(nd);
    int64_t begun;

    world_signal(WORLD_BUS, SIGSTOP);
    begun = bed_now_ms();
    finish(nd, w);
    assert_in_range(bed_now_ms() - begun, 0, CLOSE_MS);
}

/* ---- Queues and kinds ----------------------------------------------------------------------- */

static void test_a_full_queue_gives_one_overrun(void **state)
{
    (void)state;
    enum { QUEUE = 4, PROFILES = 20 };
    netdisc_options options = world_options();
    netdisc *nd = NULL;
    netdisc_watch *w;
    char uuid[64];

    options.watch_queue = QUEUE;
    assert_status(netdisc_open(&nd, &options, NULL), NO_ERROR);
    w = watch_until_ready(nd);
    for (size_t i = 0; i < PROFILES; i++) {
        uuid_of(i, uuid);
        world_add_plain("many", uuid, "zz0");
    }
    /* A list takes longer than to learn of one profile. */
    for (size_t i = 0; i < PROFILES; i++)
        netdisc_list_free(list(nd));
    for (size_t i = 1; i <= QUEUE; i++)
        assert_int_equal(next(nd)->type, NETDISC_EVENT_ADDED);
    assert_int_equal(next(nd)->type, NETDISC_EVENT_OVERRUN);
    catch_up(nd);
    for (size_t i = one.read; i < one.count; i++)
        assert_int_not_equal(one.events[i].type, NETDISC_EVENT_OVERRUN);
    world_delete(uuid);
    assert_int_equal(next_of_type(nd, NETDISC_EVENT_REMOVED)->type, NETDISC_EVENT_REMOVED);
    finish(nd, w);
}

static void test_wlan_alone(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *w = watch(nd, NETDISC_WLAN);
    const seen_event *event = next(nd);

    assert_non_null(event);
    assert_int_equal(event->type, NETDISC_EVENT_READY);
    assert_int_equal(event->kind, NETDISC_WLAN);
    /* Connections are not its business. */
    world_veth("nv0");
    world_add_plain("one", ONE, "nv0");
    world_up(ONE, NULL);
    world_down(ONE);
    netdisc_list_free(list(nd));
    assert_status(netdisc_dispatch(nd, 0), WAIT_TIMEOUT);
    finish(nd, w);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_ready_comes_first),
        in_world(test_a_profile_comes_and_goes),
        in_world(test_a_profile_is_changed),
        in_world(test_an_active_profile_is_renamed),
        in_world(test_up_and_down),
        in_world(test_by_netdisc_itself),
        in_world(test_it_does_not_come_up),
        in_world(test_the_device_is_removed),
        in_world(test_a_further_activation),
        in_world(test_external_ones),
        in_world(test_many_activations),
        in_world(test_many_profiles_come_and_go),
        in_world(test_short_lives),
        in_world(test_a_profile_that_connects_by_itself),
        in_world(test_begun_in_the_midst),
        in_world(test_profiles_in_the_midst),
        in_world(test_networkmanager_is_restarted),
        in_bare_world(test_networkmanager_comes_later),
        in_bare_world(test_the_bus_comes_later),
        in_world(test_the_bus_is_restarted),
        in_world(test_it_does_not_answer),
        in_world(test_closed_while_the_bus_is_stopped),
        in_world(test_a_full_queue_gives_one_overrun),
        in_world(test_wlan_alone),
    };

    begin(argc, argv);
    return world_end(cmocka_run_group_tests_name("watch", tests, NULL, NULL));
}
