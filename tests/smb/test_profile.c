/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core.h"
#include "profile.h"
#include "scratch.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define HEAD         "[netdisc]\nVersion=1\n"

enum {
    FINE = NETDISC_NO_ERROR,
    BAD = NETDISC_ERROR_BAD_PROFILE,
    CLOSED = NETDISC_ERROR_CANNOT_OPEN_PROFILE,
    FULL = NETDISC_ERROR_DISK_FULL,
    INVALID = NETDISC_ERROR_INVALID_PARAMETER,
    NOT_ALLOWED = 77
};

static const nd_host host = {&nd_host_table};

static const nd_remembered some_letter = {
    .local = "Z:",
    .remote = "\\\\server\\share",
    .provider = "session",
    .user = "alice",
    .domain = "EXAMPLE",
    .auth = NETDISC_AUTH_PASSWORD,
};

static int set_up(void **state)
{
    (void)state;
    scratch_make();
    setenv("HOME", "/nonexistent", 1);
    return setenv("XDG_CONFIG_HOME", scratch_path("config"), 1);
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

static const char *profile_path(void)
{
    return scratch_path("config/netdisc/shares");
}

static void put_profile(const char *text, size_t size)
{
    mkdir(scratch_path("config"), 0700);
    mkdir(scratch_path("config/netdisc"), 0700);
    scratch_write(profile_path(), text, size);
}

static netdisc_status remember(const nd_remembered *what)
{
    nd_trouble why = {0};

    return nd_profile_remember(&host, what, &why);
}

static netdisc_status forget(const char *local)
{
    nd_trouble why = {0};

    return nd_profile_forget(&host, local, &why);
}

static nd_profile *read_it(void)
{
    nd_trouble why = {0};
    nd_profile *profile = NULL;

    assert_int_equal(nd_profile_read(&host, &profile, &why), FINE);
    assert_non_null(profile);
    return profile;
}

static size_t count_of_it(void)
{
    nd_profile *profile = read_it();
    size_t count = nd_profile_count(profile);

    nd_profile_free(profile);
    return count;
}

static void assert_text(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a)
        assert_string_equal(a, b);
}

static void assert_remembered(const nd_remembered *what)
{
    nd_profile *profile = read_it();
    const nd_remembered *it = nd_profile_find(profile, what->local);

    assert_non_null(it);
    assert_text(it->local, what->local);
    assert_text(it->remote, what->remote);
    assert_text(it->provider, what->provider);
    assert_text(it->user, what->user);
    assert_text(it->domain, what->domain);
    assert_text(it->mount_point, what->mount_point);
    assert_int_equal(it->auth, what->auth);
    nd_profile_free(profile);
}

/* ---- What it holds -------------------------------------------------------------------------- */

static void test_round_trip(void **state)
{
    static const nd_remembered all[] = {
        {"Z:", "\\\\server\\share", "session", "alice", "EXAMPLE", NULL, NETDISC_AUTH_PASSWORD},
        {"Y:", "\\\\server\\share", "cifs", NULL, NULL, "/mnt/y", NETDISC_AUTH_DEFAULT},
        {"/mnt/x", "smb://server:4450/share", "session", NULL, NULL, NULL, NETDISC_AUTH_GUEST},
        {"/mnt/[1] 100%5B#;= \\", "\\\\server\\ a;b=[c]#%20", "session", " \\t\ttab\nline", "\\", NULL,
         NETDISC_AUTH_KERBEROS},
        {"/mnt/Größe/日本", "\\\\server\\Größe 日本 \xf0\x9f\x98\x80", "session", "Jürgen", "ÄÖ", NULL,
         NETDISC_AUTH_DEFAULT},
        {"/", "\\\\[::1]\\share", "session", "a;b", NULL, NULL, NETDISC_AUTH_DEFAULT},
    };
    struct stat it;

    (void)state;
    assert_int_equal(count_of_it(), 0);
    assert_int_equal(access(scratch_path("config"), F_OK), -1);
    for (size_t i = 0; i < COUNT(all); i++)
        if (remember(&all[i]) != FINE)
            fail_msg("entry %zu is refused", i);
    assert_int_equal(count_of_it(), COUNT(all));
    for (size_t i = 0; i < COUNT(all); i++)
        assert_remembered(&all[i]);
    assert_int_equal(stat(profile_path(), &it), 0);
    assert_int_equal(it.st_mode, S_IFREG | 0600);
    assert_int_equal(stat(scratch_path("config/netdisc"), &it), 0);
    assert_int_equal(it.st_mode, S_IFDIR | 0700);
    assert_int_equal(scratch_count(scratch_path("config/netdisc")), 2);

    for (size_t i = 0; i < COUNT(all); i++) {
        assert_int_equal(forget(all[i].local), FINE);
        assert_int_equal(forget(all[i].local), FINE);
        assert_int_equal(count_of_it(), COUNT(all) - i - 1);
    }
}

static void test_replaced(void **state)
{
    nd_remembered other = some_letter;

    (void)state;
    other.user = NULL;
    other.domain = "";
    other.remote = "\\\\other\\share";
    assert_int_equal(remember(&some_letter), FINE);
    assert_int_equal(remember(&other), FINE);
    other.domain = NULL;
    assert_remembered(&other);
    assert_int_equal(count_of_it(), 1);
}

/* Comments and what is not known stay. */
static void test_edited_by_hand(void **state)
{
    static const char text[] =
        "# mine\n" HEAD "\n[Y:]\nProvider=session\nRemote=//Server/Share/\nColour=red\n";
    char after[1024] = "";

    (void)state;
    put_profile(text, sizeof text - 1);

    nd_profile *profile = read_it();

    assert_string_equal(nd_profile_get(profile, 0)->local, "Y:");
    assert_string_equal(nd_profile_get(profile, 0)->remote, "\\\\server\\Share");
    assert_int_equal(nd_profile_get(profile, 0)->auth, NETDISC_AUTH_DEFAULT);
    nd_profile_free(profile);
    assert_int_equal(remember(&some_letter), FINE);

    int fd = open(profile_path(), O_RDONLY | O_CLOEXEC);

    assert_true(read(fd, after, sizeof after - 1) > 0);
    close(fd);
    assert_non_null(strstr(after, "# mine\n"));
    assert_non_null(strstr(after, "Colour=red\n"));
    assert_null(strstr(after, "assword"));
}

/* What could not be read again is refused, and changes nothing. */
static void test_refused_entries(void **state)
{
    static const struct {
        const char *local;
        const char *remote;
        const char *provider;
        const char *user;
        const char *mount_point;
        int auth;
    } bad[] = {
        {"z:", "\\\\s\\x", "session", NULL, NULL, 0},
        {"ZZ", "\\\\s\\x", "session", NULL, NULL, 0},
        {"", "\\\\s\\x", "session", NULL, NULL, 0},
        {"netdisc", "\\\\s\\x", "session", NULL, NULL, 0},
        {"/mnt//x", "\\\\s\\x", "session", NULL, NULL, 0},
        {"\\\\s\\x", "\\\\s\\x", "session", NULL, NULL, 0},
        {"/mnt/\xff", "\\\\s\\x", "session", NULL, NULL, 0},
        {"Y:", "\\\\s", "session", NULL, NULL, 0},
        {"Y:", "Z:", "session", NULL, NULL, 0},
        {"Y:", NULL, "session", NULL, NULL, 0},
        {"Y:", "\\\\s\\x", NULL, NULL, NULL, 0},
        {"Y:", "\\\\s\\x", "gvfs", NULL, NULL, 0},
        {"Y:", "\\\\s\\x", "session", "\xff", NULL, 0},
        {"Y:", "\\\\s\\x", "cifs", NULL, "mnt", 0},
        {"Y:", "\\\\s\\x", "cifs", NULL, "X:", 0},
        {"Y:", "\\\\s\\x", "session", NULL, NULL, 4},
        {"Y:", "\\\\s\\x", "session", NULL, NULL, -1},
    };

    (void)state;
    assert_int_equal(remember(&some_letter), FINE);
    for (size_t i = 0; i < COUNT(bad); i++) {
        nd_remembered what = {bad[i].local, bad[i].remote,      bad[i].provider,          bad[i].user,
                              NULL,         bad[i].mount_point, (netdisc_auth)bad[i].auth};

        if (remember(&what) != INVALID)
            fail_msg("entry %zu is not refused", i);
    }
    assert_remembered(&some_letter);
    assert_int_equal(count_of_it(), 1);
}

/* ---- Damage --------------------------------------------------------------------------------- */

static void assert_untouched(const char *text, size_t size)
{
    char *now = malloc(size + 1);
    int fd = open(profile_path(), O_RDONLY | O_CLOEXEC);

    assert_non_null(now);
    assert_int_equal(read(fd, now, size + 1), (ssize_t)size);
    assert_memory_equal(now, text, size);
    close(fd);
    free(now);
}

static void assert_status(netdisc_status expected)
{
    nd_profile *profile = (nd_profile *)(uintptr_t)1;
    nd_trouble why = {0};

    assert_int_equal(nd_profile_read(&host, &profile, &why), expected);
    assert_null(profile);
    assert_int_equal(why.status, expected);
    assert_true(*why.message != '\0');
    assert_true((why.native_domain != NULL) == (expected == CLOSED));
    assert_int_equal(remember(&some_letter), expected);
    assert_int_equal(forget("Z:"), expected);
}

static void test_damaged(void **state)
{
#define ENTRY "Remote=\\\\\\\\s\\\\x\nProvider=session\n"
    static const char *const texts[] = {
        "",
        "\n",
        "garbage",
        "\x7f"
        "ELF\1\2\3",
        "[netdisc]\n",
        "[netdisc]\nVersion=\n",
        "[netdisc]\nVersion=2\n",
        "[netdisc]\nVersion=1.0\n",
        "Version=1\n",
        "[Z:]\n" ENTRY,
        HEAD "[Z:\n" ENTRY,
        HEAD "[Z:]\nRemo",
        HEAD "[Z:]\n",
        HEAD "[Z:]\nProvider=session\n",
        HEAD "[Z:]\nProvider=session\nRemote=\n",
        HEAD "[Z:]\nProvider=session\nRemote=x\n",
        HEAD "[Z:]\nProvider=session\nRemote=\\\\s\\x\n", /* not how it is escaped */
        HEAD "[Z:]\nProvider=\nRemote=//s/x\n",
        HEAD "[Z:]\nProvider=other\nRemote=//s/x\n",
        HEAD "[Z:]\nAuth=x\n" ENTRY,
        HEAD "[Z:]\nAuth=4\n" ENTRY,
        HEAD "[Z:]\nAuth=\n" ENTRY,
        HEAD "[Z:]\nMountPoint=x\n" ENTRY,
        HEAD "[Z:]\nUser=\\q\n" ENTRY,
        HEAD "[Z:]\nUser=\xff\n" ENTRY,
        HEAD "[z:]\n" ENTRY,
        HEAD "[/mnt/x/]\n" ENTRY,
        HEAD "[/mnt/%41]\n" ENTRY,
        HEAD "[/mnt/%5b]\n" ENTRY,
        HEAD "[/mnt/%]\n" ENTRY,
        HEAD "[/mnt/%00]\n" ENTRY,
        HEAD "[//s/x]\n" ENTRY,
        HEAD "[other]\n" ENTRY,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        put_profile(texts[i], strlen(texts[i]));
        assert_status(BAD);
        assert_untouched(texts[i], strlen(texts[i]));
    }
    put_profile(HEAD "\0\n", sizeof HEAD + 1);
    assert_status(BAD);
    put_profile(HEAD "[/mnt/%5B%25]\n" ENTRY, sizeof HEAD ENTRY - 2 + sizeof "[/mnt/%5B%25]\n");
    assert_int_equal(count_of_it(), 1);
}

static void test_too_large(void **state)
{
    enum { SIZE = 2 << 20 };
    char *text = malloc(SIZE);

    (void)state;
    assert_non_null(text);
    memset(text, '#', SIZE);
    memcpy(text, HEAD, sizeof HEAD - 1);
    put_profile(text, SIZE);
    assert_status(BAD);
    assert_untouched(text, SIZE);
    put_profile(text, ND_PROFILE_MAX);
    assert_int_equal(count_of_it(), 0);
    assert_int_equal(remember(&some_letter), INVALID);
    assert_untouched(text, ND_PROFILE_MAX);
    free(text);
}

static void test_binary_garbage(void **state)
{
    unsigned char bytes[4096];
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1103515245 + 12345;
            bytes[i] = (unsigned char)(seed >> 16);
        }
        put_profile((const char *)bytes, sizeof bytes);
        assert_status(BAD);
        assert_untouched((const char *)bytes, sizeof bytes);
    }
}

/* ---- What cannot be opened ------------------------------------------------------------------ */

static void test_in_its_place(void **state)
{
    const char *path = profile_path();
    struct stat it;

    (void)state;
    put_profile(HEAD, sizeof HEAD - 1);
    assert_int_equal(rename(path, scratch_path("elsewhere")), 0);
    assert_int_equal(symlink(scratch_path("elsewhere"), path), 0);
    assert_status(CLOSED);
    assert_int_equal(lstat(path, &it), 0);
    assert_true(S_ISLNK(it.st_mode));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_status(CLOSED);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_status(CLOSED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("missing", path), 0);
    assert_status(CLOSED);
    assert_int_equal(unlink(path), 0);
    scratch_write(path, HEAD, sizeof HEAD - 1);
    assert_int_equal(chmod(path, 0666), 0);
    assert_status(CLOSED);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(scratch_path("config/netdisc"), 0777), 0);
    assert_status(CLOSED);
    assert_int_equal(chmod(scratch_path("config/netdisc"), 0700), 0);
    assert_int_equal(unlink(path), 0);
    if (geteuid() == 0) {
        scratch_write(path, HEAD, sizeof HEAD - 1);
        assert_int_equal(chown(path, SCRATCH_NOBODY, 0), 0);
        assert_status(CLOSED);
    }
}

static void test_directory_in_its_place(void **state)
{
    const char *path = scratch_path("config/netdisc");

    (void)state;
    assert_int_equal(mkdir(scratch_path("config"), 0700), 0);
    scratch_write(path, "", 0);
    assert_status(CLOSED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(scratch_path("."), path), 0);
    assert_status(CLOSED);
    assert_int_equal(unlink(path), 0);
    if (geteuid() == 0) {
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(chown(path, SCRATCH_NOBODY, 0), 0);
        assert_status(CLOSED);
    }
}

static bool is_closed(void)
{
    nd_trouble why = {0};
    nd_profile *profile;

    return nd_profile_read(&host, &profile, &why) == CLOSED && why.native_code == EACCES &&
           remember(&some_letter) == CLOSED && forget("Z:") == CLOSED;
}

static int without_permission(void *data)
{
    (void)data;
    if (geteuid() == 0 && (setegid(SCRATCH_NOBODY) < 0 || seteuid(SCRATCH_NOBODY) < 0))
        return NOT_ALLOWED;
    if (remember(&some_letter) != FINE || chmod(profile_path(), 0) < 0 || !is_closed())
        return 1;
    if (chmod(profile_path(), 0600) < 0 || chmod(scratch_path("config/netdisc"), 0) < 0 || !is_closed())
        return 2;

    /* It may be read, but not written. */
    if (chmod(scratch_path("config/netdisc"), 0500) < 0 ||
        unlink(scratch_path("config/netdisc/shares.lock")) == 0)
        return 3;
    if (forget("Y:") != FINE || count_of_it() != 1 || forget("Z:") != CLOSED)
        return 4;
    return 0;
}

static void test_without_permission(void **state)
{
    (void)state;
    assert_int_equal(chmod(scratch_path("."), 0777), 0);
    assert_int_equal(scratch_run(without_permission, NULL), 0);
    chmod(scratch_path("config/netdisc"), 0700);
}

/* ---- Where it is ---------------------------------------------------------------------------- */

static void assert_directory(const char *expected)
{
    char *directory = nd_profile_directory();

    assert_string_equal(directory, expected);
    free(directory);
}

static void test_places(void **state)
{
    (void)state;
    assert_directory(scratch_path("config/netdisc"));
    setenv("XDG_CONFIG_HOME", "relative", 1);
    setenv("HOME", scratch_path("home"), 1);
    assert_directory(scratch_path("home/.config/netdisc"));
    unsetenv("XDG_CONFIG_HOME");
    assert_directory(scratch_path("home/.config/netdisc"));
    assert_int_equal(remember(&some_letter), FINE);
    assert_int_equal(access(scratch_path("home/.config/netdisc/shares"), F_OK), 0);
    setenv("HOME", "", 1);

    char *directory = nd_profile_directory();

    if (directory)
        assert_true(*directory == '/' && strstr(directory, "/.config/netdisc"));
    free(directory);
}

/* ---- Many writers --------------------------------------------------------------------------- */

enum { WRITERS = 8, ENTRIES = 40 };

static int write_many(void *data)
{
    const int *writer = data;

    for (int i = 0; i < ENTRIES; i++) {
        char local[32];
        nd_remembered what = some_letter;

        snprintf(local, sizeof local, "/mnt/%d/%d", *writer, i);
        what.local = local;
        if (remember(&what) != FINE)
            return 1;
    }
    return 0;
}

static void test_none_is_lost(void **state)
{
    int numbers[WRITERS];
    pid_t writers[WRITERS];

    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        numbers[i] = i;
        writers[i] = scratch_start(write_many, &numbers[i]);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(scratch_end(writers[i]), 0);
    assert_int_equal(count_of_it(), WRITERS * ENTRIES);
    assert_int_equal(scratch_count(scratch_path("config/netdisc")), 2);
}

static int write_one(void *data)
{
    (void)data;
    return remember(&some_letter) == FINE ? 0 : 1;
}

/* At any system call: the one or the other stands there, and nothing is in the way of the next. */
static void test_killed_writers(void **state)
{
    nd_remembered next = some_letter;
    int stops = 0;

    (void)state;
    next.local = "Y:";
    assert_int_equal(remember(&next), FINE);
    while (scratch_killed_at(stops++, write_one, NULL)) {
        assert_in_range(count_of_it(), 1, 2);
        assert_int_equal(remember(&next), FINE);
        assert_in_range(scratch_count(scratch_path("config/netdisc")), 2, 2);
        assert_int_equal(forget("Z:"), FINE);
    }
    assert_true(stops > 20);
    assert_remembered(&some_letter);
    assert_remembered(&next);
}

static int hold_lock(void *data)
{
    const int *ready = data;
    int fd = open(scratch_path("config/netdisc/shares.lock"), O_RDWR | O_CLOEXEC);

    if (flock(fd, LOCK_EX) < 0 || write(*ready, "", 1) != 1)
        return 1;
    for (;;)
        pause();
}

/* A writer that has stopped is waited for, though not for ever; reading does not wait. */
static void test_stopped_writer(void **state)
{
    int ready[2];
    char byte;

    (void)state;
    assert_int_equal(remember(&some_letter), FINE);
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);

    pid_t child = scratch_start(hold_lock, &ready[1]);
    nd_trouble why = {0};

    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(count_of_it(), 1);
    assert_int_not_equal(nd_profile_forget(&host, "Z:", &why), FINE);
    assert_int_equal(why.native_code, ETIMEDOUT);
    kill(child, SIGKILL);
    scratch_end(child);
    assert_int_equal(forget("Z:"), FINE);
    assert_int_equal(count_of_it(), 0);
    close(ready[0]);
    close(ready[1]);
}

/* ---- A full disk ---------------------------------------------------------------------------- */

static int with_a_limit(void *data)
{
    const struct rlimit limit = {200, 200};
    netdisc_status status = FINE;
    char local[32];
    nd_remembered what = some_letter;
    int count = 0;

    (void)data;
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return NOT_ALLOWED;
    what.local = local;
    for (; !status && count < 100; count++) {
        snprintf(local, sizeof local, "/mnt/%d", count);
        status = remember(&what);
    }
    if (status != FULL || count < 2 || count_of_it() != (size_t)count - 1)
        return 1;
    return scratch_count(scratch_path("config/netdisc")) == 2 ? 0 : 2;
}

static void test_size_limit(void **state)
{
    (void)state;
    assert_int_equal(scratch_run(with_a_limit, NULL), 0);
}

static int on_a_full_disk(void *data)
{
    static char block[65536];
    const char *config = scratch_path("config");

    (void)data;
    if (!scratch_own_mounts() || mkdir(config, 0700) < 0 ||
        mount("none", config, "tmpfs", 0, "size=128k,mode=0700") < 0)
        return NOT_ALLOWED;
    if (remember(&some_letter) != FINE)
        return 1;

    int fd = open(scratch_path("config/filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    while (write(fd, block, sizeof block) > 0)
        ;
    if (errno != ENOSPC || forget("Z:") != FULL || count_of_it() != 1)
        return 2;
    if (scratch_count(scratch_path("config/netdisc")) != 2)
        return 3;
    if (ftruncate(fd, 0) < 0 || forget("Z:") != FINE || count_of_it() != 0)
        return 4;
    close(fd);
    return 0;
}

static void test_full_disk(void **state)
{
    (void)state;

    int result = scratch_run(on_a_full_disk, NULL);

    if (result == NOT_ALLOWED)
        skip();
    assert_int_equal(result, 0);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_round_trip),
        IN_SCRATCH(test_replaced),
        IN_SCRATCH(test_edited_by_hand),
        IN_SCRATCH(test_refused_entries),
        IN_SCRATCH(test_damaged),
        IN_SCRATCH(test_too_large),
        IN_SCRATCH(test_binary_garbage),
        IN_SCRATCH(test_in_its_place),
        IN_SCRATCH(test_directory_in_its_place),
        IN_SCRATCH(test_without_permission),
        IN_SCRATCH(test_places),
        IN_SCRATCH(test_none_is_lost),
        IN_SCRATCH(test_killed_writers),
        IN_SCRATCH(test_stopped_writer),
        IN_SCRATCH(test_size_limit),
        IN_SCRATCH(test_full_disk),
    };

    return cmocka_run_group_tests_name("smb-profile", tests, NULL, NULL);
}
