/* SPDX-License-Identifier: MIT */
/* Mappings of the provider "session" through the public API, against real Samba servers. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "test_smb.h"

/* ---- Made and ended ------------------------------------------------------------------------- */

static void test_add_and_cancel(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_share *item;

    assert_int_equal(listed(nd), 0);
    add_guest(nd, "Z:", GUEST);
    items = list(nd);
    assert_int_equal(netdisc_list_count(items), 1);
    item = netdisc_list_share(items, 0);
    assert_string_equal(item->provider, "session");
    assert_string_equal(item->local, "Z:");
    assert_string_equal(item->remote, GUEST);
    assert_non_null(item->path);
    assert_int_equal(item->state, NETDISC_STATE_CONNECTED);
    assert_int_equal(item->remembered, NETDISC_NO);
    assert_int_equal(item->port, 0);
    netdisc_list_free(items);
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), 1);
    assert_int_equal(world_mounts(WORLD_RUNTIME), 1);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    /* What a server has counts for nothing as a program with rights, or a device. */
    assert_int_equal(run("sh", "-c",
                         "grep -q '" WORLD_RUNTIME
                         "/netdisc/Z/files .*nosuid,nodev.* fuse.netdisc-smb ' /proc/self/mountinfo"),
                     0);

    must_cancel(nd, "Z:", 0);
    assert_int_equal(listed(nd), 0);
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_user_and_port(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_share *item;

    add_alice(nd, "P:", PRIVATE);
    add_guest(nd, "O:", OTHER);
    /* Another server at another port. */
    assert_works(nd, "P:", WORLD_SMB, "private");
    assert_works(nd, "O:", WORLD_OTHER, "guest");
    items = list(nd);
    item = find_local(items, "P:");
    assert_non_null(item);
    assert_string_equal(item->user, "alice");
    assert_string_equal(item->remote, PRIVATE);
    item = find_local(items, "O:");
    assert_non_null(item);
    assert_string_equal(item->remote, OTHER);
    assert_int_equal(item->port, WORLD_OTHER_PORT);
    netdisc_list_free(items);
    must_cancel(nd, "p:\\", 0);
    must_cancel(nd, "o:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_usual_port_in_words(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_guest(nd, "Z:", "smb://127.0.0.1:445/guest");
    add_guest(nd, NULL, "//HERE/Guest");
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, "\\\\here\\GUEST", 0);
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* By another program, which ends. */
static void add_z_elsewhere(void)
{
    assert_int_equal(bed_wait(world_make("ends", "Z:", GUEST, -1, -1)), 0);
}

static void test_outlives_its_maker(void **state)
{
    (void)state;
    netdisc *nd;

    add_z_elsewhere();
    nd = world_context();
    assert_int_equal(listed_state(nd, "Z:"), NETDISC_STATE_CONNECTED);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_mount_point(void **state)
{
    (void)state;
    static const char place[] = WORLD_RUN "/home/my share";
    netdisc *nd = world_context();

    assert_int_equal(mkdir(place, 0755), 0);
    add_guest(nd, place, GUEST);
    assert_true(is_same(WORLD_RUN "/home/my share/hello", world_file(WORLD_SMB, "guest", "hello")));
    assert_int_equal(listed_state(nd, place), NETDISC_STATE_CONNECTED);
    assert_works(nd, place, WORLD_SMB, "guest");
    /* It is a local name. */
    assert_status(cancel(nd, GUEST, 0, NULL), ERROR_NOT_CONNECTED);
    must_cancel(nd, place, 0);
    assert_int_equal(world_mounts(WORLD_RUN "/home"), 0);
    assert_int_equal(rmdir(place), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_mount_point_through_a_link(void **state)
{
    (void)state;
    static const char place[] = WORLD_RUN "/home/place";
    static const char link[] = WORLD_RUN "/home/link";
    netdisc *nd = world_context();

    assert_int_equal(mkdir(place, 0755), 0);
    assert_int_equal(symlink(place, link), 0);
    add_guest(nd, link, GUEST);
    assert_status(add_spec(nd, as_guest(place, OTHER), NULL), ERROR_ALREADY_ASSIGNED);
    assert_works(nd, place, WORLD_SMB, "guest");
    must_cancel(nd, place, 0);
    add_guest(nd, link, GUEST);
    must_cancel(nd, link, 0);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(place), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_mount_point_that_cannot_be(void **state)
{
    (void)state;
    static const char place[] = WORLD_RUN "/home/full";
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    assert_int_not_equal(add_spec(nd, as_guest(place, GUEST), &err), NETDISC_NO_ERROR);
    assert_non_null(err);
    netdisc_error_free(err);
    assert_int_equal(mkdir(place, 0755), 0);
    bed_write_file(WORLD_RUN "/home/full/mine", 0600, "x");
    assert_int_not_equal(add_spec(nd, as_guest(place, GUEST), NULL), NETDISC_NO_ERROR);
    assert_int_equal(access(WORLD_RUN "/home/full/mine", F_OK), 0);
    assert_int_equal(listed(nd), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* ---- Names ---------------------------------------------------------------------------------- */

static void test_without_a_local_name(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items;
    const netdisc_share *item;
    char path[WORLD_PATH];

    add_guest(nd, NULL, GUEST);
    items = list(nd);
    assert_int_equal(netdisc_list_count(items), 1);
    item = netdisc_list_share(items, 0);
    assert_null(item->local);
    assert_non_null(item->path);
    snprintf(path, sizeof path, "%s/hello", item->path);
    assert_true(is_same(path, world_file(WORLD_SMB, "guest", "hello")));
    netdisc_list_free(items);
    /* The same again is that very one. */
    add_guest(nd, NULL, GUEST);
    add_guest(nd, NULL, "smb://127.0.0.1/GUEST");
    assert_int_equal(listed(nd), 1);
    assert_int_equal(world_workers(NULL, 0), 1);
    must_cancel(nd, GUEST, 0);
    assert_nothing_left();
    assert_status(cancel(nd, GUEST, 0, NULL), ERROR_NOT_CONNECTED);
    netdisc_close(nd);
}

static void test_remote_name_spares_letters(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_guest(nd, "Z:", GUEST);
    assert_error(cancel(nd, GUEST, 0, &err), err, ERROR_NOT_CONNECTED, NULL);
    add_guest(nd, NULL, GUEST);
    assert_int_equal(listed(nd), 2);
    must_cancel(nd, GUEST, 0);
    assert_int_equal(listed(nd), 1);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    add_guest(nd, NULL, GUEST);
    must_cancel(nd, GUEST, NETDISC_ALL);
    assert_int_equal(listed(nd), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_local_name_spares_others(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_guest(nd, "Z:", GUEST);
    add_guest(nd, "Y:", GUEST);
    add_guest(nd, NULL, GUEST);
    must_cancel(nd, "Z:", 0);
    assert_int_equal(listed(nd), 2);
    assert_works(nd, "Y:", WORLD_SMB, "guest");
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), 2);
    must_cancel(nd, GUEST, NETDISC_ALL);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_server(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_guest(nd, "Z:", GUEST);
    add_alice(nd, "Y:", PRIVATE);
    add_guest(nd, NULL, AT "\\many");
    add_guest(nd, "X:", "\\\\here\\guest");
    assert_error(cancel(nd, AT, 0, &err), err, ERROR_BAD_NET_NAME, NULL);
    assert_int_equal(listed(nd), 4);
    must_cancel(nd, AT, NETDISC_ALL);
    assert_int_equal(listed(nd), 1);
    assert_works(nd, "X:", WORLD_SMB, "guest");
    must_cancel(nd, "\\\\HERE", NETDISC_ALL);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_names_of_shares(void **state)
{
    (void)state;
    static const struct {
        const char *remote;
        const char *share;
    } names[] = {
        {AT "\\with space", "with space"},
        {"smb://127.0.0.1/with%20space", "with space"},
        {AT "\\per%cent", "per%cent"},
        {"smb://127.0.0.1/per%25cent", "per%cent"},
        {AT "\\ha#sh", "ha#sh"},
        {"smb://127.0.0.1/ha%23sh", "ha#sh"},
        {AT "\\Größe", "Größe"},
        {"smb://127.0.0.1/Gr%C3%B6%C3%9Fe", "Größe"},
        {"smb://127.0.0.1:4455/Größe", "Größe"},
    };
    netdisc *nd = world_context();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        world_server which = strstr(names[i].remote, "4455") ? WORLD_OTHER : WORLD_SMB;

        add_guest(nd, "Z:", names[i].remote);
        add_guest(nd, NULL, names[i].remote);
        assert_works(nd, "Z:", which, names[i].share);
        assert_int_equal(world_tree_connects(which, names[i].share), 2);
        must_cancel(nd, names[i].remote, NETDISC_ALL);
        assert_int_equal(world_tree_connects(which, names[i].share), 0);
    }
    assert_nothing_left();
    netdisc_close(nd);
}

/* ---- Refused -------------------------------------------------------------------------------- */

static void test_letter_in_use(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc *other = world_context();
    netdisc_error *err = NULL;

    add_guest(nd, "Z:", GUEST);
    assert_error(add_spec(nd, as_guest("Z:", AT "\\many"), &err), err, ERROR_ALREADY_ASSIGNED, GUEST);
    assert_error(add_spec(other, as_guest("z:", GUEST), &err), err, ERROR_ALREADY_ASSIGNED, GUEST);
    assert_int_equal(listed(nd), 1);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(other, "Z:", 0);
    assert_nothing_left();
    netdisc_close(other);
    netdisc_close(nd);
}

static void test_other_credentials(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    add_guest(nd, "Z:", GUEST);
    assert_error(add_spec(nd, as_alice("Y:", GUEST), &err), err, ERROR_SESSION_CREDENTIAL_CONFLICT,
                 "Z:");
    assert_error(add_spec(nd, as_alice(NULL, GUEST), &err), err, ERROR_SESSION_CREDENTIAL_CONFLICT,
                 "Z:");
    must_cancel(nd, "Z:", 0);
    /* The same name in another domain is another user. */
    for (int i = 0; i < 2; i++) {
        netdisc_share_spec spec = as_alice(i ? "Y:" : "Z:", PRIVATE);

        spec.domain = i ? "THERE" : "HERE";
        assert_int_equal(add_spec(nd, spec, NULL),
                         i ? NETDISC_ERROR_SESSION_CREDENTIAL_CONFLICT : NETDISC_NO_ERROR);
    }
    must_cancel(nd, "Z:", 0);
    add_guest(nd, "Z:", GUEST);
    /* Another share is another matter, and so is another server. */
    add_alice(nd, "Y:", PRIVATE);
    add_alice(nd, "X:", OTHER);
    assert_int_equal(listed(nd), 3);
    must_cancel(nd, "Z:", 0);
    add_alice(nd, "Z:", GUEST);
    must_cancel(nd, AT, NETDISC_ALL);
    must_cancel(nd, "X:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void check_is_one_of(netdisc_status status, netdisc_error *err, netdisc_status one,
                            netdisc_status other)
{
    if ((status != one && status != other) || !err || !err->message[0])
        fail_msg("expected %s or %s, got %s with \"%s\"", netdisc_status_name(one),
                 netdisc_status_name(other), netdisc_status_name(status), err ? err->message : "");
    netdisc_error_free(err);
}

static void test_credentials(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    netdisc_share_spec wrong = as_alice("Z:", PRIVATE);
    netdisc_share_spec disabled = as_alice("Z:", PRIVATE);
    netdisc_status status;

    wrong.password = "wrong";
    status = add_spec(nd, wrong, &err);
    check_is_one_of(status, err, NETDISC_ERROR_LOGON_FAILURE, NETDISC_ERROR_INVALID_PASSWORD);
    err = NULL;
    /* Guests are welcome there, but it was not a guest who asked. */
    wrong.remote = GUEST;
    status = add_spec(nd, wrong, &err);
    check_is_one_of(status, err, NETDISC_ERROR_LOGON_FAILURE, NETDISC_ERROR_INVALID_PASSWORD);
    err = NULL;
    disabled.user = "disabled";
    status = add_spec(nd, disabled, &err);
    check_is_one_of(status, err, NETDISC_ERROR_ACCOUNT_DISABLED, NETDISC_ERROR_LOGON_FAILURE);
    err = NULL;
    assert_error(add_spec(nd, as_guest("Z:", PRIVATE), &err), err, ERROR_ACCESS_DENIED, NULL);
    assert_error(add_spec(nd, as_alice("Z:", AT "\\denied"), &err), err, ERROR_ACCESS_DENIED, NULL);
    assert_int_equal(listed(nd), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_not_there(void **state)
{
    (void)state;
    static const char *const nowhere[] = {"smb://127.0.0.1:4456/guest", "\\\\nowhere.invalid\\guest"};
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    assert_error(add_spec(nd, as_guest("Z:", AT "\\nowhere"), &err), err, ERROR_BAD_NET_NAME, NULL);
    assert_error(add_spec(nd, as_guest(NULL, AT "\\nowhere"), &err), err, ERROR_BAD_NET_NAME, NULL);
    for (size_t i = 0; i < 2; i++)
        assert_error(add_spec(nd, as_guest("Z:", nowhere[i]), &err), err, ERROR_BAD_NETPATH, NULL);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_silent(void **state)
{
    (void)state;
    static const char *const silent[] = {SILENT, FULL};
    enum { DEADLINE_MS = 1500 };
    netdisc *nd = world_context();

    for (size_t i = 0; i < 2; i++) {
        netdisc_share_spec spec = as_guest("Z:", silent[i]);
        netdisc_error *err = NULL;
        int64_t begun = bed_now_ms();
        netdisc_status status = netdisc_share_add(nd, &spec, 0, DEADLINE_MS, &err);

        assert_in_range(bed_now_ms() - begun, 0, DEADLINE_MS + SLACK_MS);
        check_is_one_of(status, err, NETDISC_ERROR_TIMEOUT, NETDISC_ERROR_BAD_NETPATH);
        /* The letter is free. */
        add_guest(nd, "Z:", GUEST);
        must_cancel(nd, "Z:", 0);
    }
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const names[] = {"Z:", "/nowhere/at/all", GUEST, WORLD_RUN};
    netdisc *nd = world_context();

    add_guest(nd, "Y:", AT "\\many");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        netdisc_list *items = NULL;
        netdisc_error *err = NULL;

        assert_error(cancel(nd, names[i], 0, &err), err, ERROR_NOT_CONNECTED, NULL);
        assert_error(cancel(nd, names[i], NETDISC_FORCE, &err), err, ERROR_NOT_CONNECTED, NULL);
        assert_status(cancel(nd, names[i], NETDISC_IF_CONNECTED, NULL), NO_ERROR);
        assert_error(netdisc_share_holders(nd, names[i], 0, 0, &items, &err), err, ERROR_NOT_CONNECTED,
                     NULL);
        if (names[i][0] != '\\')
            assert_error(netdisc_share_resolve(nd, names[i], 0, 0, &items, &err), err,
                         ERROR_NOT_CONNECTED, NULL);
    }
    assert_status(cancel(nd, AT "\\many", NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    assert_int_equal(listed(nd), 1);
    must_cancel(nd, "Y:", 0);
    netdisc_close(nd);
}

/* ---- In use --------------------------------------------------------------------------------- */

static void test_open_files(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *file;
        const char *said;
    } cases[] = {{"file", "hello", "file"},
                 {"write", "hello", "file"},
                 {"directory", "", "directory"},
                 {"map", "hello", "mapping"}};
    netdisc *nd = world_context();
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        netdisc_error *err = NULL;
        netdisc_list *items = NULL;
        world_holder holder;

        resolve(nd, "Z:", cases[i].file, path);
        holder = world_hold(cases[i].what, path);
        assert_status(cancel(nd, "Z:", 0, &err), ERROR_OPEN_FILES);
        assert_non_null(err);
        assert_holder(err->holders, holder.pid, cases[i].said, path);
        netdisc_error_free(err);
        assert_done(netdisc_share_holders(nd, "Z:", 0, 0, &items, NULL), NULL);
        assert_holder(items, holder.pid, cases[i].said, path);
        netdisc_list_free(items);
        /* It is as it was. */
        assert_works(nd, "Z:", WORLD_SMB, "guest");
        assert_int_equal(world_holder_do(&holder, i == 3 ? 'm' : 'r'), i == 2 ? EISDIR : 0);
        world_release(&holder);
        assert_done(netdisc_share_holders(nd, "Z:", 0, 0, &items, NULL), NULL);
        assert_int_equal(netdisc_list_count(items), 0);
        netdisc_list_free(items);
    }
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* Whatever it calls itself: this program is the holder. */
static void test_a_holder_of_any_name(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_list *items = NULL;
    char path[WORLD_PATH], before[16];
    int fd;

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "hello", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    prctl(PR_GET_NAME, before);
    prctl(PR_SET_NAME, "Stra\xdf"
                       "e");
    assert_done(netdisc_share_holders(nd, "Z:", 0, 0, &items, NULL), NULL);
    prctl(PR_SET_NAME, before);
    assert_int_equal(netdisc_list_count(items), 1);
    assert_string_equal(netdisc_list_holder(items, 0)->program, "Stra\xef\xbf\xbd"
                                                                "e");
    netdisc_list_free(items);
    close(fd);
    must_cancel(nd, "Z:", 0);
    netdisc_close(nd);
}

static void test_forced(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    world_holder holder;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "hello", path);
    holder = world_hold("write", path);
    assert_int_equal(world_holder_do(&holder, 'w'), 0);
    assert_true(world_wait_open_files(WORLD_SMB, "guest", 1));
    must_cancel(nd, "Z:", NETDISC_FORCE);
    assert_int_equal(world_open_files(WORLD_SMB, "guest"), 0);
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), 0);
    assert_int_not_equal(world_holder_do(&holder, 'w'), 0);
    assert_int_equal(listed(nd), 0);
    assert_nothing_left();
    world_release(&holder);
    netdisc_close(nd);
}

/* Its working directory is no open file. */
static void test_working_directory(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    world_holder holder;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "", path);
    holder = world_hold("cwd", path);
    assert_status(cancel(nd, "Z:", 0, &err), ERROR_DEVICE_IN_USE);
    assert_non_null(err);
    assert_holder(err->holders, holder.pid, NULL, path);
    netdisc_error_free(err);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, "Z:", NETDISC_FORCE);
    assert_nothing_left();
    world_release(&holder);
    netdisc_close(nd);
}

static void test_mount_below(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "below", path);
    assert_int_equal(mkdir(path, 0755), 0);
    add_guest(nd, path, OTHER);
    assert_works(nd, path, WORLD_OTHER, "guest");
    assert_status(cancel(nd, "Z:", 0, &err), ERROR_DEVICE_IN_USE);
    assert_non_null(err);
    assert_int_equal(netdisc_list_count(err->holders), 1);
    assert_string_equal(netdisc_list_holder(err->holders, 0)->what, "mount");
    assert_string_equal(netdisc_list_holder(err->holders, 0)->path, path);
    netdisc_error_free(err);
    /* Force is for what is named, not for what is below. */
    assert_status(cancel(nd, "Z:", NETDISC_FORCE, NULL), ERROR_DEVICE_IN_USE);
    assert_works(nd, path, WORLD_OTHER, "guest");
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, path, 0);
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* One in use, and no other is ended. */
static void test_all_or_none(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    world_holder holder;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    add_guest(nd, "Y:", AT "\\many");
    add_guest(nd, NULL, GUEST);
    resolve(nd, "Y:", "hello", path);
    holder = world_hold("file", path);
    assert_status(cancel(nd, AT, NETDISC_ALL, NULL), ERROR_OPEN_FILES);
    assert_int_equal(listed(nd), 3);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, AT, NETDISC_ALL | NETDISC_FORCE);
    assert_nothing_left();
    world_release(&holder);
    netdisc_close(nd);
}

typedef struct prompting {
    netdisc_answer answer;
    int asked;
    int told;
    pid_t holder;
} prompting;

static netdisc_answer on_question(void *data, netdisc_op *op, const netdisc_question *question)
{
    prompting *self = data;

    (void)op;
    if (question->kind == NETDISC_QUESTION_TOLD) {
        self->told++;
        return NETDISC_ANSWER_NO;
    }
    self->asked++;
    if (netdisc_list_count(question->error->holders) == 1)
        self->holder = (pid_t)netdisc_list_holder(question->error->holders, 0)->pid;
    return self->answer;
}

static void test_disconnect_asks(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    prompting user = {.answer = NETDISC_ANSWER_NO};
    netdisc_disconnect what = {
        .size = sizeof what, .local = "Z:", .prompt = on_question, .prompt_data = &user};
    world_holder holder;
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    resolve(nd, "Z:", "hello", path);
    holder = world_hold("file", path);
    assert_status(netdisc_share_disconnect(nd, &what, 0, 0, NULL), ERROR_CANCELLED);
    assert_int_equal(user.asked, 1);
    assert_int_equal(user.holder, holder.pid);
    user.answer = NETDISC_ANSWER_DISMISSED;
    assert_int_equal(netdisc_share_disconnect(nd, &what, 0, 0, NULL), NETDISC_DISMISSED);
    what.prompt = NULL;
    assert_status(netdisc_share_disconnect(nd, &what, 0, 0, NULL), ERROR_OPEN_FILES);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    what.prompt = on_question;
    user.answer = NETDISC_ANSWER_YES;
    assert_status(netdisc_share_disconnect(nd, &what, 0, 0, NULL), NO_ERROR);
    assert_int_equal(user.asked, 3);
    assert_int_equal(user.told, 0);
    assert_nothing_left();
    assert_status(netdisc_share_disconnect(nd, &what, 0, 0, NULL), ERROR_NOT_CONNECTED);
    assert_int_equal(user.told, 1);
    world_release(&holder);
    netdisc_close(nd);
}

static void test_not_waited_for(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_guest(nd, "Z:", GUEST);
    must_cancel(nd, "Z:", NETDISC_NO_WAIT);
    assert_nothing_left();
    assert_true(world_wait_tree_connects(WORLD_SMB, "guest", 0));
    assert_int_equal(listed(nd), 0);
    netdisc_close(nd);
}

/* ---- Files ---------------------------------------------------------------------------------- */

enum { BIG = 3 * 1024 * 1024 + 17 };

static void write_noise(const char *path)
{
    FILE *file = bed_create(path, 0644);
    uint32_t noise = 1;

    for (size_t i = 0; i < BIG; i++) {
        noise = noise * 1664525 + 1013904223;
        fputc((int)(noise >> 24), file);
    }
    bed_finish(file, path);
}

static off_t size_of(const char *path)
{
    struct stat what;

    return stat(path, &what) ? -1 : what.st_size;
}

static void test_files(void **state)
{
    (void)state;
    static const char noise[] = WORLD_RUN "/home/noise";
    netdisc *nd = world_context();
    char path[WORLD_PATH];
    char other[WORLD_PATH];
    int fd;

    add_guest(nd, "Z:", GUEST);
    write_noise(noise);
    resolve(nd, "Z:", "a b%#ä.bin", path);
    assert_int_equal(run("cp", noise, path), 0);
    assert_true(is_same(noise, path));
    assert_true(is_same(noise, world_file(WORLD_SMB, "guest", "a b%#ä.bin")));
    /* Appended to. */
    fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "end", 3), 3);
    assert_int_equal(close(fd), 0);
    assert_int_equal(size_of(path), BIG + 3);
    assert_int_equal(size_of(world_file(WORLD_SMB, "guest", "a b%#ä.bin")), BIG + 3);
    /* Cut off. */
    assert_int_equal(truncate(path, 1000), 0);
    assert_int_equal(size_of(world_file(WORLD_SMB, "guest", "a b%#ä.bin")), 1000);
    /* Moved, over another one, too. */
    resolve(nd, "Z:", "moved", other);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(size_of(path), -1);
    assert_int_equal(size_of(world_file(WORLD_SMB, "guest", "moved")), 1000);
    resolve(nd, "Z:", "hello", path);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(size_of(world_file(WORLD_SMB, "guest", "hello")), 1000);
    /* Directories. */
    assert_int_equal(mkdir(other, 0755), 0);
    resolve(nd, "Z:", "moved/inside", path);
    assert_int_equal(run("cp", noise, path), 0);
    assert_int_equal(rmdir(other), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(other), 0);
    assert_int_not_equal(access(world_file(WORLD_SMB, "guest", "moved"), F_OK), 0);
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* What others do on the server is seen. */
static void test_changed_by_others(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char path[WORLD_PATH];

    add_guest(nd, "Z:", GUEST);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    world_put(WORLD_SMB, "guest", "late", "come lately\n");
    resolve(nd, "Z:", "late", path);
    assert_true(is_same(path, world_file(WORLD_SMB, "guest", "late")));
    must_cancel(nd, "Z:", 0);
    netdisc_close(nd);
}

static void test_many_files(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    netdisc *nd = world_context();
    struct dirent *entry;
    char path[WORLD_PATH];
    size_t count = 0;
    DIR *directory;

    world_put_many("many", MANY);
    add_guest(nd, "Z:", AT "\\many");
    resolve(nd, "Z:", "", path);
    directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)))
        count += strncmp(entry->d_name, "file", 4) == 0;
    closedir(directory);
    assert_int_equal(count, MANY);
    resolve(nd, "Z:", "file0999", path);
    assert_true(is_same(path, world_file(WORLD_SMB, "many", "file0999")));
    must_cancel(nd, "Z:", 0);
    netdisc_close(nd);
}

static void test_encrypted(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_alice(nd, "Z:", AT "\\encrypted");
    assert_works(nd, "Z:", WORLD_SMB, "encrypted");
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_read_only(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    char path[WORLD_PATH];

    add_guest(nd, "Z:", AT "\\readonly");
    assert_works(nd, "Z:", WORLD_SMB, "readonly");
    resolve(nd, "Z:", "hello", path);
    assert_int_equal(open(path, O_WRONLY | O_CLOEXEC), -1);
    assert_true(errno == EROFS || errno == EACCES);
    resolve(nd, "Z:", "new", path);
    assert_int_equal(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), -1);
    assert_true(errno == EROFS || errno == EACCES);
    assert_int_equal(mkdir(path, 0755), -1);
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* ---- Many ----------------------------------------------------------------------------------- */

/* Each waits until all are there. */
static void test_same_letter_at_once(void **state)
{
    (void)state;
    enum { RIVALS = 6, ROUNDS = 5 };
    netdisc *nd = world_context();

    for (int round = 0; round < ROUNDS; round++) {
        pid_t rivals[RIVALS];
        int made = 0;
        int refused = 0;
        int gate[2];

        assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
        for (int i = 0; i < RIVALS; i++)
            rivals[i] = world_make("waits", "Z:", GUEST, gate[0], -1);
        close(gate[0]);
        close(gate[1]);
        for (int i = 0; i < RIVALS; i++) {
            int status = bed_wait(rivals[i]);

            made += status == 0;
            refused += WIFEXITED(status) && WEXITSTATUS(status) == NETDISC_ERROR_ALREADY_ASSIGNED;
        }
        assert_int_equal(made, 1);
        assert_int_equal(refused, RIVALS - 1);
        assert_int_equal(listed(nd), 1);
        assert_works(nd, "Z:", WORLD_SMB, "guest");
        must_cancel(nd, "Z:", 0);
        assert_nothing_left();
    }
    netdisc_close(nd);
}

static void test_fifty_at_once(void **state)
{
    (void)state;
    enum { LETTERS = 25, FIFTY = 50 };
    netdisc *nd = world_context();
    netdisc_op *ops[FIFTY];
    char names[FIFTY][WORLD_PATH];

    for (int i = 0; i < FIFTY; i++) {
        netdisc_share_spec spec = as_guest(names[i], GUEST);

        if (i < LETTERS)
            snprintf(names[i], WORLD_PATH, "%c:", 'B' + i);
        else
            snprintf(names[i], WORLD_PATH, WORLD_RUN "/home/m%02d", i);
        if (i >= LETTERS)
            assert_int_equal(mkdir(names[i], 0755), 0);
        assert_status(netdisc_share_add_start(nd, &spec, 0, 60000, &ops[i], NULL), NO_ERROR);
    }
    for (int i = 0; i < FIFTY; i++) {
        if (netdisc_op_wait(ops[i], -1))
            fail_msg("%s: %s", names[i], netdisc_op_error(ops[i])->message);
        netdisc_op_free(ops[i]);
    }
    assert_int_equal(listed(nd), FIFTY);
    assert_int_equal(world_workers(NULL, 0), FIFTY);
    assert_int_equal(world_tree_connects(WORLD_SMB, "guest"), FIFTY);
    assert_works(nd, names[0], WORLD_SMB, "guest");
    assert_works(nd, names[FIFTY - 1], WORLD_SMB, "guest");
    must_cancel(nd, AT, NETDISC_ALL);
    assert_int_equal(listed(nd), 0);
    assert_int_equal(world_mounts(WORLD_RUN "/home"), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

/* ---- Watched -------------------------------------------------------------------------------- */

typedef struct sight {
    int ready;
    int lost;
    int added;
    int removed;
    netdisc_state last;
    char local[64];
} sight;

static void see(void *data, const netdisc_event *event)
{
    sight *self = data;

    self->ready += event->type == NETDISC_EVENT_READY;
    self->lost += event->type == NETDISC_EVENT_LOST;
    if (!event->share)
        return;
    snprintf(self->local, sizeof self->local, "%s", event->share->local ? event->share->local : "-");
    self->added += event->type == NETDISC_EVENT_ADDED;
    self->removed += event->type == NETDISC_EVENT_REMOVED;
    self->last = event->state;
}

static void dispatch_until(netdisc *nd, const int *count, int wanted)
{
    int64_t until = bed_now_ms() + WORLD_MS;

    while (*count < wanted && bed_now_ms() < until)
        netdisc_dispatch(nd, 100);
    assert_int_equal(*count, wanted);
}

static void dispatch_until_state(netdisc *nd, const sight *it, netdisc_state wanted)
{
    int64_t until = bed_now_ms() + WORLD_MS;

    while (it->last != wanted && bed_now_ms() < until)
        netdisc_dispatch(nd, 100);
    assert_string_equal(netdisc_state_name(it->last), netdisc_state_name(wanted));
}

static void test_watch(void **state)
{
    (void)state;
    netdisc *nd;
    netdisc *other;
    netdisc_watch *watch = NULL;
    sight it = {0};
    char path[WORLD_PATH];

    add_z_elsewhere();
    nd = world_context();
    other = world_context();
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, see, &it, &watch, NULL), NO_ERROR);
    dispatch_until(nd, &it.ready, 1);
    /* What was there is listed, not reported. */
    assert_int_equal(it.added, 0);
    add_guest(other, "Y:", AT "\\many");
    dispatch_until(nd, &it.added, 1);
    assert_string_equal(it.local, "Y:");
    must_cancel(other, "Y:", 0);
    dispatch_until(nd, &it.removed, 1);
    assert_string_equal(it.local, "Y:");

    /* The server goes, and somebody notices; and it comes back. */
    resolve(nd, "Z:", "hello", path);
    world_kill(WORLD_SMB);
    run("cat", path, NULL);
    dispatch_until_state(nd, &it, NETDISC_STATE_LOST);
    assert_int_equal(listed_state(nd, "Z:"), NETDISC_STATE_LOST);
    world_start(WORLD_SMB);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    dispatch_until_state(nd, &it, NETDISC_STATE_CONNECTED);
    must_cancel(other, "Z:", 0);
    dispatch_until(nd, &it.removed, 2);
    assert_int_equal(it.added, 1);
    netdisc_watch_stop(watch);
    netdisc_close(other);
    netdisc_close(nd);
    assert_nothing_left();
}

/* Nobody writes down that a worker was killed. */
static void test_watch_of_a_worker_that_is_killed(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *watch = NULL;
    sight it = {0};
    pid_t worker;

    add_guest(nd, "Z:", GUEST);
    assert_int_equal(world_workers(&worker, 1), 1);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, see, &it, &watch, NULL), NO_ERROR);
    dispatch_until(nd, &it.ready, 1);
    assert_int_equal(kill(worker, SIGKILL), 0);
    dispatch_until(nd, &it.removed, 1);
    assert_string_equal(it.local, "Z:");
    netdisc_watch_stop(watch);
    assert_int_equal(listed(nd), 0);
    netdisc_close(nd);
    assert_nothing_left();
}

static void test_watch_of_a_directory_that_gets_well(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_watch *watch = NULL;
    sight it = {0};

    assert_int_equal(chmod(WORLD_RUNTIME, 0777), 0);
    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, see, &it, &watch, NULL), NO_ERROR);
    dispatch_until(nd, &it.lost, 1);
    assert_int_equal(it.ready, 0);
    assert_int_equal(chmod(WORLD_RUNTIME, 0700), 0);
    dispatch_until(nd, &it.ready, 1);
    add_guest(nd, "Z:", GUEST);
    dispatch_until(nd, &it.added, 1);
    must_cancel(nd, "Z:", 0);
    netdisc_watch_stop(watch);
    netdisc_close(nd);
    assert_nothing_left();
}

/* ---- Secrets -------------------------------------------------------------------------------- */

static void test_password_is_nowhere(void **state)
{
    (void)state;
    static const char looking[] =
        "p=$(head -n 1 " WORLD_RUN "/password); "
        "for f in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do "
        "if grep -sqaF -e \"$p\" \"$f\" 2>/dev/null; then exit 1; fi; done; "
        "for d in netdisc .; do "
        "if [ -d " WORLD_RUNTIME "/$d ] && grep -srqaF --exclude-dir=files "
        "-e \"$p\" " WORLD_RUNTIME "/$d " WORLD_CONFIG " " WORLD_RUN "/home; then exit 1; fi; done";
    netdisc *nd = world_context();

    add_alice(nd, "Z:", PRIVATE);
    world_sh(looking);
    must_cancel(nd, "Z:", 0);
    netdisc_close(nd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_add_and_cancel),
        in_world(test_user_and_port),
        in_world(test_usual_port_in_words),
        in_world(test_outlives_its_maker),
        in_world(test_mount_point),
        in_world(test_mount_point_through_a_link),
        in_world(test_mount_point_that_cannot_be),
        in_world(test_without_a_local_name),
        in_world(test_remote_name_spares_letters),
        in_world(test_local_name_spares_others),
        in_world(test_server),
        in_world(test_names_of_shares),
        in_world(test_letter_in_use),
        in_world(test_other_credentials),
        in_world(test_credentials),
        in_world(test_not_there),
        in_world(test_silent),
        in_world(test_unknown),
        in_world(test_open_files),
        in_world(test_a_holder_of_any_name),
        in_world(test_forced),
        in_world(test_working_directory),
        in_world(test_all_or_none),
        in_world(test_disconnect_asks),
        in_world(test_not_waited_for),
        in_world(test_files),
        in_world(test_changed_by_others),
        in_world(test_many_files),
        in_world(test_encrypted),
        in_world(test_read_only),
        in_world(test_same_letter_at_once),
        in_world(test_fifty_at_once),
        in_world(test_watch),
        in_world(test_watch_of_a_worker_that_is_killed),
        in_world(test_watch_of_a_directory_that_gets_well),
        in_world(test_password_is_nowhere),
        /* fusermount3 lets no ordinary user mount there. */
        in_world(test_mount_below),
    };
    size_t count = sizeof tests / sizeof *tests;

    begin(argc, argv);
    count -= world_is_user();
    return world_end(_cmocka_run_group_tests("session", tests, count, NULL, NULL));
}
