/* SPDX-License-Identifier: MIT */
/* What the tests of share mappings against real servers share. */
#ifndef TEST_SMB_H
#define TEST_SMB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "world_smb.h"

#include "verdicts.h"

/* How much later than its deadline is still in time, on a busy machine. */
enum { SLACK_MS = 5000 };

#define AT      "\\\\127.0.0.1"
#define GUEST   AT "\\guest"
#define PRIVATE AT "\\private"
#define OTHER   "smb://127.0.0.1:4455/guest"
#define SILENT  "smb://127.0.0.1:4457/guest"
#define FULL    "smb://127.0.0.1:4458/guest"

static inline netdisc_share_spec as_guest(const char *local, const char *remote)
{
    return (netdisc_share_spec){.size = sizeof(netdisc_share_spec),
                                .local = local,
                                .remote = remote,
                                .auth = NETDISC_AUTH_GUEST};
}

static inline netdisc_share_spec as_alice(const char *local, const char *remote)
{
    return (netdisc_share_spec){.size = sizeof(netdisc_share_spec),
                                .local = local,
                                .remote = remote,
                                .user = "alice",
                                .password = WORLD_PASSWORD};
}

/* A verb that must succeed, with what it said if it does not. */
static inline void check_done(netdisc_status status, netdisc_error *err, const char *file, int line)
{
    if (status) {
        print_error("%s: %s\n", netdisc_status_name(status), err ? err->message : "(no detail)");
        netdisc_error_free(err);
        _fail(file, line);
    }
}

#define assert_done(call, err)                                                                          \
    do {                                                                                                \
        netdisc_status status_of_call = (call);                                                         \
        check_done(status_of_call, err, __FILE__, __LINE__);                                            \
    } while (0)

static inline netdisc_status add_spec(netdisc *nd, netdisc_share_spec spec, netdisc_error **err)
{
    return netdisc_share_add(nd, &spec, 0, 0, err);
}

static inline void add_guest(netdisc *nd, const char *local, const char *remote)
{
    netdisc_error *err = NULL;

    assert_done(add_spec(nd, as_guest(local, remote), &err), err);
}

static inline void add_alice(netdisc *nd, const char *local, const char *remote)
{
    netdisc_error *err = NULL;

    assert_done(add_spec(nd, as_alice(local, remote), &err), err);
}

static inline netdisc_status cancel(netdisc *nd, const char *name, uint32_t flags, netdisc_error **err)
{
    return netdisc_share_cancel(nd, name, flags, 0, err);
}

static inline void must_cancel(netdisc *nd, const char *name, uint32_t flags)
{
    netdisc_error *err = NULL;

    assert_done(cancel(nd, name, flags, &err), err);
}

/* A whole list. */
static inline netdisc_list *list(netdisc *nd)
{
    netdisc_list *out = NULL;
    netdisc_error *err = NULL;

    assert_done(netdisc_share_list(nd, 0, 0, &out, &err), err);
    assert_non_null(out);
    if (netdisc_list_failure_count(out))
        fail_msg("a partial list: %s", netdisc_list_failure(out, 0)->message);
    return out;
}

static inline const netdisc_share *find_local(const netdisc_list *items, const char *local)
{
    const netdisc_share *item;

    for (size_t i = 0; (item = netdisc_list_share(items, i)); i++)
        if (local ? item->local && strcmp(item->local, local) == 0 : !item->local)
            return item;
    return NULL;
}

static inline size_t listed(netdisc *nd)
{
    netdisc_list *items = list(nd);
    size_t count = netdisc_list_count(items);

    netdisc_list_free(items);
    return count;
}

/* The state in which a local name (NULL: what has none) is listed; UNKNOWN: it is not. */
static inline netdisc_state listed_state(netdisc *nd, const char *local)
{
    netdisc_list *items = list(nd);
    const netdisc_share *item = find_local(items, local);
    netdisc_state state = item ? item->state : NETDISC_STATE_UNKNOWN;

    netdisc_list_free(items);
    return state;
}

/* The place of a file of a mapping, by netdisc_share_resolve(). */
static inline void resolve(netdisc *nd, const char *local, const char *file, char out[WORLD_PATH])
{
    netdisc_list *items = NULL;
    netdisc_error *err = NULL;
    const netdisc_share *item;

    assert_done(netdisc_share_resolve(nd, local, 0, 0, &items, &err), err);
    assert_int_equal(netdisc_list_count(items), 1);
    item = netdisc_list_share(items, 0);
    assert_non_null(item->path);
    snprintf(out, WORLD_PATH, "%s%s%s", item->path, file[0] ? "/" : "", file);
    netdisc_list_free(items);
}

/* By a program of its own; its exit status. */
static inline int run(const char *program, const char *first, const char *second)
{
    const char *argv[] = {program, first, second, NULL};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int status = bed_wait(bed_spawn(argv, -1, null));

    close(null);
    return status;
}

static inline bool is_same(const char *one, const char *other)
{
    return run("cmp", one, other) == 0;
}

/* The file "hello" of a mapping can be read by another program. */
static inline void assert_works(netdisc *nd, const char *local, world_server which, const char *share)
{
    char path[WORLD_PATH];

    resolve(nd, local, "hello", path);
    assert_true(is_same(path, world_file(which, share, "hello")));
}

static inline void assert_nothing_left(void)
{
    const char *left = world_left_over();

    if (left)
        fail_msg("%s", left);
}

/* One holder, by a detail of ERROR_OPEN_FILES or ERROR_DEVICE_IN_USE. */
static inline void assert_holder(const netdisc_list *holders, pid_t pid, const char *what,
                                 const char *path)
{
    const netdisc_holder *holder = netdisc_list_holder(holders, 0);

    assert_int_equal(netdisc_list_count(holders), 1);
    assert_string_equal(holder->provider, "session");
    assert_int_equal(holder->pid, pid);
    assert_string_equal(holder->program, WORLD_HOLDER);
    if (what)
        assert_string_equal(holder->what, what);
    if (path)
        assert_string_equal(holder->path, path);
}

/* With "--user" as the ordinary user; with a pattern the test functions of such a name alone. */
static inline void begin(int argc, char **argv)
{
    if (argc > 1 && argv[argc - 1][0] != '-')
        cmocka_set_test_filter(argv[argc - 1]);
    world_enter(argc, argv);
}

#define in_world(function) cmocka_unit_test_setup(function, world_reset)

#endif
