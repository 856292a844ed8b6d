/* SPDX-License-Identifier: MIT */
/*
 * A fake provider as a module, libnetdisc-fake.so, with a small world to show: for the examples, the demo,
 * the tests of the loader and of the command. Selected with NETDISC_PROVIDERS=fake or
 * netdisc_options.providers. NETDISC_FAKE_SCRIPT names a file with another world: see fake_script.h.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/memory.h"
#include "fake_script.h"

enum { SCRIPT_MAX = 1 << 20 };

static const char usual_world[] =
    "share local=Z: remote=\\\\server\\projects state=connected\n"
    "share local=Y: remote=\\\\server\\archive state=remembered\n"
    "share remote=\\\\server\\music state=connected\n"
    "hold remote=\\\\server\\projects pid=4242 program=editor path=/home/ada/Z/report.txt\n"
    "wlan uuid=0d7a2d44-8a3c-5c0e-9d0f-3a4d1c2b5e6f name=wlan0 state=connected ssid=cafe text=cafe "
    "signal=70\n"
    "connection uuid=2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d name=Office%20VPN type=802-3-ethernet "
    "state=connected external=unknown\n"
    "connection uuid=7c9e6679-7425-40de-944b-e07fc1f90ae7 name=Home type=802-3-ethernet "
    "state=disconnected external=unknown\n";

/* There is one world, so it is one context's at a time. */
static atomic_flag in_use = ATOMIC_FLAG_INIT;
static fake_script_text script;
static FILE *journal; /* NULL: none is kept */

/* ---- The journal ---------------------------------------------------------------------------- */

static void tell(FILE *to, const char *key, const char *value)
{
    if (value)
        fprintf(to, " %s=%s", key, value);
}

/* Passwords are not written down: whether the provider has the right one is for a step to say. */
static void tell_request(FILE *to, const nd_request *request)
{
    tell(to, "target", request->target.text);
    if (request->share) {
        tell(to, "local", request->share->local);
        tell(to, "remote", request->share->remote);
        tell(to, "user", request->share->user);
        tell(to, "domain", request->share->domain);
        fprintf(to, " auth=%d", (int)request->share->auth);
    }
    if (request->wlan) {
        tell(to, "profile", request->wlan->profile);
        fprintf(to, " ssid=%.*s", (int)request->wlan->ssid_length,
                (const char *)request->wlan->ssid_bytes);
    }
}

static void called(void *state, nd_call *call)
{
    if (journal) {
        fprintf(journal, "%s flags=0x%x ms=%d", fake_slot_name(call->slot), (unsigned)call->flags,
                nd_remaining_ms(call));
        tell_request(journal, call->request);
        fprintf(journal, "\n");
        fflush(journal);
    }
    fake_called(state, call);
}

/* ---- The provider --------------------------------------------------------------------------- */

/* NULL: it cannot be read. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? calloc(SCRIPT_MAX + 1, 1) : NULL;
    size_t length = text ? fread(text, 1, SCRIPT_MAX, file) : 0;

    if (file)
        fclose(file);
    if (text && length == SCRIPT_MAX) {
        free(text);
        return NULL;
    }
    return text;
}

static char *read_script(void)
{
    const char *path = getenv("NETDISC_FAKE_SCRIPT");

    return path ? read_file(path) : nd_strdup(usual_world);
}

static void forget_world(void)
{
    fake_clear();
    if (journal)
        fclose(journal);
    journal = NULL;
    free(script.text);
    script = (fake_script_text){0};
    atomic_flag_clear(&in_use);
}

static netdisc_status make_world(nd_failure *why)
{
    /* Outlives the world, for the message of a failure. */
    static char said[FAKE_WHY_MAX];

    fake_reset();
    script.self = fake_named("event");
    script.text = script.rest = read_script();
    why->message = "the fake script cannot be read";
    if (!script.text)
        return NETDISC_ERROR_FILE_NOT_FOUND;
    if (fake_script_read(&script)) {
        journal = script.journal ? fopen(script.journal, "ab") : NULL;
        return NETDISC_NO_ERROR;
    }
    memcpy(said, script.why, sizeof said);
    why->message = said;
    return NETDISC_ERROR_INVALID_DATA;
}

static netdisc_status open_world(const nd_host *host, void **state, nd_failure *why)
{
    if (atomic_flag_test_and_set(&in_use)) {
        why->message = "the fake world is another context's";
        return NETDISC_ERROR_BUSY;
    }

    netdisc_status status = make_world(why);

    if (!status)
        status = fake_open(script.self, host, state, why);
    if (status)
        forget_world();
    return status;
}

static void close_world(void *state)
{
    fake_close(state);
    forget_world();
}

/* The changes that the script has come once, after READY. */
static void watch_world(void *state, uint32_t kinds)
{
    fake_watch(state, kinds);
    if (kinds && !fake_script_read(&script))
        fake_emit(script.self, NETDISC_EVENT_LOST, kinds, NETDISC_ERROR_INVALID_DATA, script.why);
}

static const nd_provider provider = {
    .name = "fake",
    .open = open_world,
    .close = close_world,
    .abandon = fake_abandon,
    .watch = watch_world,
    .slots = FAKE_SLOTS(called),
};

static const nd_provider *const providers[] = {&provider, NULL};

extern ND_MODULE_EXPORT const nd_backend netdisc_backend_fake;

const nd_backend netdisc_backend_fake = {.abi = ND_PROVIDER_ABI, .providers = providers};
