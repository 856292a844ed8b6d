/* SPDX-License-Identifier: MIT */
/*
 * A fake provider as a module, libnetdisc-fake.so, with a small world to show: for the examples, the demo
 * and the test of the loader. Selected with NETDISC_PROVIDERS=fake or netdisc_options.providers.
 */
#include <stdatomic.h>

#include "fake.h"

/* There is one world, so it is one context's at a time. */
static atomic_flag in_use = ATOMIC_FLAG_INIT;

static netdisc_status open_world(const nd_host *host, void **state, nd_failure *why)
{
    if (atomic_flag_test_and_set(&in_use)) {
        why->message = "the fake world is another context's";
        return NETDISC_ERROR_BUSY;
    }
    fake_reset();

    fake *world = fake_named("event");

    fake_add_share(world, "Z:", "\\\\server\\projects", NETDISC_STATE_CONNECTED);
    fake_add_share(world, "Y:", "\\\\server\\archive", NETDISC_STATE_REMEMBERED);
    fake_add_share(world, NULL, "\\\\server\\music", NETDISC_STATE_CONNECTED);
    fake_hold(world, "\\\\server\\projects", 4242, "editor", "/home/ada/Z/report.txt");
    fake_add_wlan(world, "0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f", "wlan0", NETDISC_STATE_CONNECTED);
    fake_add_connection(world, "2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d", "Office VPN",
                        NETDISC_STATE_CONNECTED);
    fake_add_connection(world, "7c9e6679-7425-40de-944b-e07fc1f90ae7", "Home",
                        NETDISC_STATE_DISCONNECTED);
    return fake_open(world, host, state, why);
}

static void close_world(void *state)
{
    fake_close(state);
    fake_clear();
    atomic_flag_clear(&in_use);
}

static const nd_provider provider = {
    .name = "fake",
    .open = open_world,
    .close = close_world,
    .abandon = fake_abandon,
    .watch = fake_watch,
    .slots = FAKE_SLOTS,
};

static const nd_provider *const providers[] = {&provider, NULL};

extern ND_MODULE_EXPORT const nd_backend netdisc_backend_fake;

const nd_backend netdisc_backend_fake = {.abi = ND_PROVIDER_ABI, .providers = providers};
