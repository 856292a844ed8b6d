/* SPDX-License-Identifier: MIT */
/*
 * The world that an example is tested in. It is compiled with the example, whose netdisc_open() is this one: the
 * fake provider, with what the environment variable NETDISC_TEST_SCENE wants to be otherwise than usual. At the
 * end it prints what is still connected.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/core.h"
#include "../fake/fake.h"

typedef struct scene {
    const char *name;
    bool held;  /* the shares with a letter are in use */
    bool twins; /* two connections have one name */
    fake_step step;
    /* What happens from outside once the provider was called so, and so often: */
    nd_slot after;
    int calls;
    const char *title;
    netdisc_state state;
} scene;

static const scene scenes[] = {
    {.name = "usual"},
    {.name = "held", .held = true},
    {.name = "twins", .twins = true},
    {.name = "add-fails",
     .step = {.slot = ND_SHARE_ADD, .manner = FAKE_FAIL, .status = NETDISC_ERROR_LOGON_FAILURE}},
    {.name = "list-fails",
     .step = {.slot = ND_SHARE_LIST, .manner = FAKE_FAIL, .status = NETDISC_ERROR_NO_NETWORK}},
    {.name = "drop-fails",
     .step = {.slot = ND_WLAN_DISCONNECT, .manner = FAKE_FAIL, .status = NETDISC_ERROR_ACCESS_DENIED}},
    /* News of what is as it was, so that it does not matter who comes first. */
    {.name = "share-news",
     .after = ND_SHARE_LIST,
     .calls = 1,
     .title = "\\\\nas\\media",
     .state = NETDISC_STATE_CONNECTED},
    {.name = "wlan-news",
     .after = ND_WLAN_LIST,
     .calls = 1,
     .title = "wlan0",
     .state = NETDISC_STATE_CONNECTED},
    /* The third list is the one after it has gone down. */
    {.name = "wlan-again",
     .after = ND_WLAN_LIST,
     .calls = 3,
     .title = "wlan0",
     .state = NETDISC_STATE_CONNECTED},
};

static const nd_registration registrations[] = {
    {.provider = "event", .builtin = &fake_backend, .kinds = NETDISC_ALL_KINDS},
    {.provider = NULL},
};

static const char *const titles[] = {
    "\\\\nas\\old", "\\\\nas\\media", "\\\\nas\\backup", "\\\\server\\projects",
    "wlan0",        "wlan1",          "Office VPN",
};

static const scene *playing;
static nd_thread outside;

static void meddle(void *data)
{
    fake *world = data;

    if (fake_wait_calls(world, playing->after, playing->calls))
        fake_change(world, playing->title, playing->state, "somebody did it");
}

static void end_scene(void)
{
    if (playing->title)
        nd_thread_join(outside);
    for (size_t i = 0; i < ND_ARRAY_LENGTH(titles); i++)
        if (fake_is_up(fake_named("event"), titles[i]))
            printf("up: %s\n", titles[i]);
    fake_clear();
}

static void fill(fake *world)
{
    fake_add_share(world, "Y:", "\\\\nas\\old", NETDISC_STATE_CONNECTED);
    fake_add_share(world, NULL, "\\\\nas\\media", NETDISC_STATE_CONNECTED);
    fake_add_share(world, "Z:", "\\\\server\\projects", NETDISC_STATE_CONNECTED);
    fake_add_share(world, "X:", "\\\\server\\archive", NETDISC_STATE_REMEMBERED);
    fake_add_wlan(world, "0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", "wlan0", NETDISC_STATE_CONNECTED);
    fake_add_wlan(world, "1d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", "wlan1", NETDISC_STATE_DISCONNECTED);
    fake_add_connection(world, "2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", "Office VPN",
                        NETDISC_STATE_CONNECTED);
    fake_add_connection(world, "7c9e6679-7425-40de-944b-e07fc1f90ae7", "Home",
                        NETDISC_STATE_DISCONNECTED);
}

static void change(fake *world)
{
    if (playing->held) {
        fake_hold(world, "\\\\nas\\old", 4242, "editor", "/home/ada/Y/report.txt");
        fake_hold(world, "\\\\server\\projects", 4343, "player", "/home/ada/Z/song.ogg");
    }
    if (playing->twins)
        fake_add_connection(world, "3b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", "Office VPN",
                            NETDISC_STATE_CONNECTED);
    if (playing->step.status)
        fake_script(world, &playing->step);
    if (playing->title && !nd_thread_start(&outside, meddle, world))
        abort();
}

netdisc_status netdisc_open(netdisc **out, const netdisc_options *options, netdisc_error **err)
{
    const char *wanted = getenv("NETDISC_TEST_SCENE");
    fake *world;

    for (size_t i = 0; i < ND_ARRAY_LENGTH(scenes); i++)
        if (wanted && strcmp(wanted, scenes[i].name) == 0)
            playing = &scenes[i];
    if (!playing)
        abort();
    fake_reset();
    world = fake_named("event");
    fill(world);
    change(world);
    atexit(end_scene);
    return nd_open_with(registrations, out, options, err);
}
