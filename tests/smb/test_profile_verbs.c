/* SPDX-License-Identifier: MIT */
/* Remembered mappings through the verbs: NETDISC_UPDATE_PROFILE, and a profile that is damaged, cannot
 * be opened or cannot be written. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/stat.h>

#include "test_smb.h"

#define DIRECTORY WORLD_CONFIG "/netdisc"
#define PROFILE   DIRECTORY "/shares"

enum { PROFILE_MAX = 4096 };

static netdisc_status remember(netdisc *nd, netdisc_share_spec spec, netdisc_error **err)
{
    return netdisc_share_add(nd, &spec, NETDISC_UPDATE_PROFILE, 0, err);
}

static void must_remember(netdisc *nd, const char *local, const char *remote)
{
    netdisc_error *err = NULL;

    assert_done(remember(nd, as_guest(local, remote), &err), err);
}

/* As a new program would see it. */
static void assert_listed(const char *local, netdisc_state state, netdisc_tristate remembered,
                          const char *remote)
{
    netdisc *nd = world_context();
    netdisc_list *items = list(nd);
    const netdisc_share *item = find_local(items, local);

    assert_non_null(item);
    assert_string_equal(netdisc_state_name(item->state), netdisc_state_name(state));
    assert_int_equal(item->remembered, remembered);
    assert_string_equal(item->remote, remote);
    assert_int_equal(item->path != NULL, state == NETDISC_STATE_CONNECTED);
    netdisc_list_free(items);
    netdisc_close(nd);
}

static size_t read_profile(char out[PROFILE_MAX])
{
    FILE *file = fopen(PROFILE, "re");
    size_t length = file ? fread(out, 1, PROFILE_MAX - 1, file) : 0;

    out[length] = '\0';
    if (file)
        fclose(file);
    return length;
}

/* ---- As it should be ------------------------------------------------------------------------ */

/* Who names nobody comes as the one who was remembered: here one whose password nobody gives. */
static void test_remembered_user(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_share_spec nobody = {.size = sizeof nobody, .local = "Z:", .remote = GUEST};

    assert_done(remember(nd, as_alice("Z:", GUEST), NULL), NULL);
    must_cancel(nd, "Z:", 0);
    assert_status(add_spec(nd, nobody, NULL), ERROR_LOGON_FAILURE);
    nobody.local = "Y:";
    assert_done(add_spec(nd, nobody, NULL), NULL);
    must_cancel(nd, "Y:", 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_remembered(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    netdisc_list *items = NULL;

    must_remember(nd, "Z:", GUEST);
    assert_listed("Z:", NETDISC_STATE_CONNECTED, NETDISC_YES, GUEST);
    must_cancel(nd, "Z:", 0);
    assert_nothing_left();
    assert_listed("Z:", NETDISC_STATE_REMEMBERED, NETDISC_YES, GUEST);
    assert_int_equal(listed(nd), 1);

    assert_error(netdisc_share_resolve(nd, "Z:", 0, 0, &items, &err), err, ERROR_CONNECTION_UNAVAIL,
                 GUEST);
    assert_error(cancel(nd, "Z:", 0, &err), err, ERROR_NOT_CONNECTED, NULL);
    assert_error(cancel(nd, "Z:", NETDISC_FORCE, &err), err, ERROR_NOT_CONNECTED, NULL);
    assert_status(cancel(nd, "Z:", NETDISC_IF_CONNECTED, NULL), NO_ERROR);
    assert_listed("Z:", NETDISC_STATE_REMEMBERED, NETDISC_YES, GUEST);

    /* Connected again, it is one. */
    add_guest(nd, "Z:", GUEST);
    assert_int_equal(listed(nd), 1);
    assert_listed("Z:", NETDISC_STATE_CONNECTED, NETDISC_YES, GUEST);
    must_cancel(nd, "Z:", 0);

    must_cancel(nd, "z:", NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 0);
    assert_error(cancel(nd, "Z:", NETDISC_UPDATE_PROFILE, &err), err, ERROR_NOT_CONNECTED, NULL);
    netdisc_close(nd);
}

static void test_forgotten_while_connected(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_disconnect what = {.size = sizeof what, .local = "Y:"};

    must_remember(nd, "Z:", GUEST);
    must_remember(nd, "Y:", GUEST);
    must_remember(nd, "X:", OTHER);
    must_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 2);
    assert_status(netdisc_share_disconnect(nd, &what, NETDISC_UPDATE_PROFILE, 0, NULL), NO_ERROR);
    assert_int_equal(listed(nd), 1);
    must_cancel(nd, "X:", 0);
    assert_listed("X:", NETDISC_STATE_REMEMBERED, NETDISC_YES, OTHER);
    assert_nothing_left();
    netdisc_close(nd);
}

/* It was connected without the flag: with it, there is nothing to forget. */
static void test_forgotten_that_never_was(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    add_guest(nd, "Z:", GUEST);
    must_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 0);
    assert_nothing_left();
    netdisc_close(nd);
}

static void test_mount_point(void **state)
{
    (void)state;
    static const char place[] = WORLD_RUN "/home/[odd]=name";
    netdisc *nd = world_context();

    assert_int_equal(mkdir(place, 0755), 0);
    must_remember(nd, place, GUEST);
    must_cancel(nd, place, 0);
    assert_listed(place, NETDISC_STATE_REMEMBERED, NETDISC_YES, GUEST);
    must_cancel(nd, place, NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 0);
    netdisc_close(nd);
}

static void test_names_of_shares(void **state)
{
    (void)state;
    static const char *const remotes[] = {AT "\\with space", AT "\\per%cent", AT "\\ha#sh",
                                          AT "\\Größe"};
    netdisc *nd = world_context();

    for (size_t i = 0; i < sizeof remotes / sizeof *remotes; i++) {
        must_remember(nd, "Z:", remotes[i]);
        must_cancel(nd, "Z:", 0);
        assert_listed("Z:", NETDISC_STATE_REMEMBERED, NETDISC_YES, remotes[i]);
        must_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE);
    }
    netdisc_close(nd);
}

/* The flag counts with a local name only. */
static void test_without_a_local_name(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    must_remember(nd, NULL, GUEST);
    must_cancel(nd, GUEST, NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 0);
    must_remember(nd, "Z:", GUEST);
    must_cancel(nd, GUEST, NETDISC_UPDATE_PROFILE | NETDISC_ALL);
    assert_nothing_left();
    assert_listed("Z:", NETDISC_STATE_REMEMBERED, NETDISC_YES, GUEST);
    netdisc_close(nd);
}

static void test_remembered_for_another(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;

    must_remember(nd, "Z:", GUEST);
    must_cancel(nd, "Z:", 0);
    assert_error(remember(nd, as_guest("Z:", AT "\\many"), &err), err, ERROR_DEVICE_ALREADY_REMEMBERED,
                 GUEST);
    assert_nothing_left();
    assert_listed("Z:", NETDISC_STATE_REMEMBERED, NETDISC_YES, GUEST);
    /* Not to be remembered, it may. */
    add_guest(nd, "Z:", AT "\\many");
    assert_works(nd, "Z:", WORLD_SMB, "many");
    must_cancel(nd, "Z:", 0);
    assert_listed("Z:", NETDISC_STATE_REMEMBERED, NETDISC_YES, GUEST);
    /* The same may be remembered again. */
    must_remember(nd, "Z:", "smb://127.0.0.1/GUEST");
    must_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 0);
    netdisc_close(nd);
}

static void test_what_fails_is_not_remembered(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_share_spec wrong = as_alice("Z:", PRIVATE);

    wrong.password = "wrong";
    assert_int_not_equal(remember(nd, wrong, NULL), NETDISC_NO_ERROR);
    assert_int_not_equal(remember(nd, as_guest("Z:", AT "\\nowhere"), NULL), NETDISC_NO_ERROR);
    must_remember(nd, "Y:", GUEST);
    assert_int_not_equal(remember(nd, as_guest("Y:", AT "\\many"), NULL), NETDISC_NO_ERROR);
    assert_int_equal(listed(nd), 1);
    assert_listed("Y:", NETDISC_STATE_CONNECTED, NETDISC_YES, GUEST);
    must_cancel(nd, "Y:", NETDISC_UPDATE_PROFILE);
    netdisc_close(nd);
}

static void test_file(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    struct stat what;
    char text[PROFILE_MAX];

    assert_done(remember(nd, as_alice("Z:", PRIVATE), &err), err);
    assert_int_equal(stat(PROFILE, &what), 0);
    assert_int_equal(what.st_mode & 0777, 0600);
    assert_true(read_profile(text) > 0);
    assert_non_null(strstr(text, "[Z:]"));
    assert_non_null(strstr(text, "alice"));
    assert_null(strstr(text, "Secret"));
    must_cancel(nd, "Z:", 0);
    world_sh("! grep -ra Secret " WORLD_CONFIG);
    netdisc_close(nd);
}

/* ---- Damaged, or not to be opened ----------------------------------------------------------- */

/* What a profile that cannot be read must not break, and what is said of it. */
static void check_unread(netdisc_status expected, const char *what)
{
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    netdisc_list *items = NULL;
    netdisc_status status;

    add_guest(nd, "Z:", GUEST);
    add_guest(nd, "Y:", GUEST);
    assert_status(netdisc_share_list(nd, 0, 0, &items, NULL), NO_ERROR);
    assert_non_null(find_local(items, "Z:"));
    if (netdisc_list_failure_count(items) != 1 || netdisc_list_failure(items, 0)->status != expected)
        fail_msg("%s: the list has %zu failures", what, netdisc_list_failure_count(items));
    netdisc_list_free(items);
    assert_works(nd, "Z:", WORLD_SMB, "guest");
    must_cancel(nd, "Z:", 0);
    status = cancel(nd, "Y:", NETDISC_UPDATE_PROFILE, &err);
    check_error(status, err, expected, "Y:", __FILE__, __LINE__);
    err = NULL;
    assert_nothing_left();
    status = remember(nd, as_guest("X:", GUEST), &err);
    check_error(status, err, expected, NULL, __FILE__, __LINE__);
    assert_nothing_left();
    netdisc_close(nd);
}

/* A text, and its length without the NUL. */
#define DAMAGED(text) text, sizeof(text) - 1

static void test_damaged(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } damaged[] = {
        {DAMAGED("garbage")},
        {DAMAGED("\0\1\2\377\376")},
        {DAMAGED("[netdisc]\nVersion=99\n")},
        {DAMAGED("[netdisc]\nVersion=1\n[Z:]\nRemote=\\\\\\\\ser")},
        {DAMAGED("[netdisc]\nVersion=1\n[Z")},
        {DAMAGED("[netdisc]\nVersion=1\n[QQ:]\nRemote=\\\\\\\\a\\\\b\nProvider=session\n")},
        {DAMAGED("[netdisc]\nVersion=1\n[Z:]\nRemote=\\\\\\\\a\\\\b\nUser=\377\n")},
        {DAMAGED("")},
    };

    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        char text[PROFILE_MAX];
        FILE *file;

        world_reset(state);
        assert_int_equal(mkdir(DIRECTORY, 0700), 0);
        file = bed_create(PROFILE, 0600);
        fwrite(damaged[i].text, 1, damaged[i].length, file);
        bed_finish(file, PROFILE);
        check_unread(NETDISC_ERROR_BAD_PROFILE, damaged[i].text);
        assert_int_equal(read_profile(text), damaged[i].length);
        assert_memory_equal(text, damaged[i].text, damaged[i].length);
    }
}

static void test_not_to_be_opened(void **state)
{
    /* Root may open what has no mode. */
    static const char *const scripts[] = {
        "mkdir -p $D/netdisc/shares",
        "mkdir $D/netdisc; touch $D/netdisc/elsewhere; ln -s elsewhere $D/netdisc/shares",
        "mkdir $D/netdisc; mkfifo $D/netdisc/shares",
        "touch $D/netdisc",
        "mkdir $D/netdisc; touch $D/netdisc/shares; chmod 000 $D/netdisc/shares",
        "mkdir $D/netdisc; touch $D/netdisc/shares; chmod 000 $D/netdisc",
    };
    size_t count = world_is_user() ? 6 : 4;

    for (size_t i = 0; i < count; i++) {
        world_reset(state);
        world_sh("D=" WORLD_CONFIG "; U=%d; %s; chown -hR $U $D", world_is_user() ? WORLD_UID : 0,
                 scripts[i]);
        check_unread(NETDISC_ERROR_CANNOT_OPEN_PROFILE, scripts[i]);
    }
}

/* Of another user, who might have put anything into it. */
static void test_of_another_user(void **state)
{
    (void)state;
    world_sh("mkdir " DIRECTORY "; printf '[netdisc]\\nVersion=1\\n' >" PROFILE "; chmod 644 " PROFILE
             "; chown -R %d " DIRECTORY "; chown 3002 " PROFILE,
             world_is_user() ? WORLD_UID : 0);
    check_unread(NETDISC_ERROR_CANNOT_OPEN_PROFILE, "another user's");
}

static void test_full_disk(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc_error *err = NULL;
    char options[64];

    snprintf(options, sizeof options, "mode=0700,uid=%d,size=64k", world_is_user() ? WORLD_UID : 0);
    world_mount_tmpfs(WORLD_CONFIG, options);
    must_remember(nd, "Z:", GUEST);
    world_sh("dd if=/dev/zero of=" WORLD_CONFIG "/fill bs=4k 2>/dev/null || true");
    assert_error(remember(nd, as_guest("Y:", GUEST), &err), err, ERROR_DISK_FULL, NULL);
    assert_int_equal(listed(nd), 1);
    assert_true(world_wait_workers(1));
    /* What was there is not lost. */
    assert_listed("Z:", NETDISC_STATE_CONNECTED, NETDISC_YES, GUEST);
    assert_error(cancel(nd, "Z:", NETDISC_UPDATE_PROFILE, &err), err, ERROR_DISK_FULL, "Z:");
    assert_nothing_left();
    assert_listed("Z:", NETDISC_STATE_REMEMBERED, NETDISC_YES, GUEST);
    world_sh("rm " WORLD_CONFIG "/fill");
    must_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 0);
    world_unmount(WORLD_CONFIG);
    netdisc_close(nd);
}

/* $HOME/.config where XDG_CONFIG_HOME is not set. */
static void test_no_config_directory(void **state)
{
    (void)state;
    netdisc *nd = world_context();

    unsetenv("XDG_CONFIG_HOME");
    must_remember(nd, "Z:", GUEST);
    assert_int_equal(access(WORLD_RUN "/home/.config/netdisc/shares", F_OK), 0);
    must_cancel(nd, "Z:", NETDISC_UPDATE_PROFILE);
    assert_int_equal(listed(nd), 0);
    netdisc_close(nd);
}

/* ---- Watched -------------------------------------------------------------------------------- */

typedef struct sight {
    int ready;
    int added;
    int removed;
    netdisc_state last;
} sight;

static void see(void *data, const netdisc_event *event)
{
    sight *self = data;

    self->ready += event->type == NETDISC_EVENT_READY;
    self->added += event->share && event->type == NETDISC_EVENT_ADDED;
    self->removed += event->share && event->type == NETDISC_EVENT_REMOVED;
    if (event->share)
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

/* One that is remembered does not go when it is ended. */
static void test_watch(void **state)
{
    (void)state;
    netdisc *nd = world_context();
    netdisc *other = world_context();
    netdisc_watch *watch = NULL;
    sight it = {0};

    assert_status(netdisc_watch_start(nd, NETDISC_SHARE, see, &it, &watch, NULL), NO_ERROR);
    dispatch_until(nd, &it.ready, 1);
    must_remember(other, "Z:", GUEST);
    dispatch_until(nd, &it.added, 1);
    must_cancel(other, "Z:", 0);
    dispatch_until_state(nd, &it, NETDISC_STATE_REMEMBERED);
    must_cancel(other, "Z:", NETDISC_UPDATE_PROFILE);
    dispatch_until(nd, &it.removed, it.added);
    netdisc_watch_stop(watch);
    netdisc_close(other);
    netdisc_close(nd);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        in_world(test_remembered),
        in_world(test_remembered_user),
        in_world(test_forgotten_while_connected),
        in_world(test_forgotten_that_never_was),
        in_world(test_mount_point),
        in_world(test_names_of_shares),
        in_world(test_without_a_local_name),
        in_world(test_remembered_for_another),
        in_world(test_what_fails_is_not_remembered),
        in_world(test_file),
        in_world(test_damaged),
        in_world(test_not_to_be_opened),
        in_world(test_of_another_user),
        in_world(test_full_disk),
        in_world(test_no_config_directory),
        in_world(test_watch),
    };

    begin(argc, argv);
    return world_end(cmocka_run_group_tests_name("profile-verbs", tests, NULL, NULL));
}
