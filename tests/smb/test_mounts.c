/* SPDX-License-Identifier: MIT */
/* What the lines of mountinfo amount to, and what a watch is told of the difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mounts.h"
#include "picture.h"
#include "shares.h"

/* ---- A host --------------------------------------------------------------------------------- */

/* What has been emitted, a line for each. */
static char emitted[1024];

static void emit(const nd_host *host, const nd_event *event)
{
    static const char *const names[] = {"ready", "added", "removed", "changed", "overrun", "lost"};
    size_t length = strlen(emitted);

    (void)host;
    if (event->item)
        snprintf(emitted + length, sizeof emitted - length, "%s %s %d>%d\n", names[event->type],
                 event->item->key, (int)event->old_state, (int)event->item->as.share.state);
    else
        snprintf(emitted + length, sizeof emitted - length, "%s %u\n", names[event->type],
                 (unsigned)event->kinds);
}

static netdisc_status parse_share(const char *text, nd_name *out)
{
    return nd_parse_share(text, out, NULL);
}

static const nd_host_functions functions = {
    .emit = emit,
    .parse_share = parse_share,
    .name_clear = nd_name_clear,
    .same_remote = nd_same_remote,
    .same_text = nd_same_text,
};
static const nd_host host = {&functions};

/* ---- Lines ---------------------------------------------------------------------------------- */

static nd_mounts *parse(const char *text)
{
    nd_mounts *mounts = nd_mounts_parse(text, strlen(text), NULL);

    assert_non_null(mounts);
    return mounts;
}

static void test_a_line(void **state)
{
    (void)state;
    nd_mounts *mounts =
        parse("36 35 98:17 /root /mnt/a\\040b\\134c\\011d rw,noatime shared:1 master:2 - "
              "cifs //server/sh\\040are rw,vers=3.1.1,username=al\\054ice,port=1445\n");
    const nd_mount *mount = nd_mounts_get(mounts, 0);

    assert_int_equal(nd_mounts_count(mounts), 1);
    assert_int_equal(mount->id, 36);
    assert_int_equal(mount->parent, 35);
    assert_int_equal(mount->major, 98);
    assert_int_equal(mount->minor, 17);
    assert_string_equal(mount->type, "cifs");
    assert_string_equal(mount->source, "//server/sh are");
    assert_string_equal(mount->point, "/mnt/a b\\c\td");
    assert_null(nd_mounts_get(mounts, 1));
    assert_null(nd_mount_option(mount, "user"));
    assert_null(nd_mount_option(mount, "rw"));

    char *port = nd_mount_option(mount, "port");

    assert_string_equal(port, "1445");
    free(port);
    nd_mounts_free(mounts);
}

static void test_malformed_lines_are_passed_over(void **state)
{
    (void)state;
    nd_mounts *mounts = parse("1 2 0:3 / /mnt/a rw no separator\n"
                              "\n"
                              "nothing\n"
                              "1 2 0:3 / relative rw - cifs //s/relative rw\n"
                              "x 2 0:3 / /mnt/b rw - cifs //s/b rw\n"
                              "4 2 0:3 / /mnt/good rw - cifs //s/good rw\n"
                              "5 2 0:3 / /mnt/torn rw - ci");

    assert_int_equal(nd_mounts_count(mounts), 1);
    assert_string_equal(nd_mounts_get(mounts, 0)->source, "//s/good");
    nd_mounts_free(mounts);

    mounts = nd_mounts_parse("", 0, NULL);
    assert_int_equal(nd_mounts_count(mounts), 0);
    nd_mounts_free(mounts);
}

static void test_only_some_types(void **state)
{
    (void)state;
    static const char text[] = "1 0 0:1 / / rw - ext4 /dev/a rw\n"
                               "2 1 0:2 / /a rw - cifs //s/a rw\n"
                               "3 1 0:3 / /b rw - nfs4 s:/b rw\n"
                               "4 1 0:4 / /c rw - smb3 //s/c rw\n"
                               "5 1 0:5 / /d rw - fuse.sshfs s:d rw\n";
    nd_mounts *mounts = nd_mounts_parse(text, strlen(text), nd_is_share_type);

    assert_int_equal(nd_mounts_count(mounts), 2);
    assert_string_equal(nd_mounts_get(mounts, 0)->point, "/a");
    assert_string_equal(nd_mounts_get(mounts, 1)->point, "/c");
    nd_mounts_free(mounts);
}

static void test_what_is_over_what(void **state)
{
    (void)state;
    nd_mounts *mounts = parse("1 0 0:1 / / rw - ext4 /dev/a rw\n"
                              "2 1 0:2 / /a rw - cifs //s/lower rw\n"
                              "3 2 0:3 / /a rw - cifs //s/upper rw\n"
                              "4 1 0:4 / /dir/b rw - cifs //s/b rw\n"
                              "5 1 0:5 / /dir rw - tmpfs tmpfs rw\n"
                              "6 1 0:6 / /dirt rw - cifs //s/c rw\n"
                              "7 6 0:7 / /dirt/below rw - cifs //s/d rw\n");

    assert_int_equal(nd_mounts_at(mounts, "/a")->id, 3);
    assert_null(nd_mounts_at(mounts, "/none"));
    assert_null(nd_mounts_by_id(mounts, 99));
    assert_int_equal(nd_mounts_over(mounts, nd_mounts_by_id(mounts, 2))->id, 3);
    assert_null(nd_mounts_over(mounts, nd_mounts_by_id(mounts, 3)));
    assert_int_equal(nd_mounts_over(mounts, nd_mounts_by_id(mounts, 4))->id, 5);
    assert_null(nd_mounts_over(mounts, nd_mounts_by_id(mounts, 6)));
    assert_null(nd_mounts_over(mounts, nd_mounts_by_id(mounts, 7)));
    nd_mounts_free(mounts);

    assert_true(nd_is_below("/a", "/a") && nd_is_below("/a/b", "/a") && nd_is_below("/a", "/"));
    assert_false(nd_is_below("/ab", "/a") || nd_is_below("/", "/a") || nd_is_below("pipe:[1]", "/"));
}

/* ---- As shares ------------------------------------------------------------------------------ */

static void test_options_of_a_share(void **state)
{
    (void)state;
    static const struct {
        const char *source, *options, *remote, *user;
        unsigned port;
    } rows[] = {
        {"//server/share", "rw,username=alice,domain=WORK", "\\\\server\\share", "alice", 0},
        {"//server/share/below", "rw,username=,port=445", "\\\\server\\share", NULL, 0},
        {"//Server/Sh%20\\043", "rw,port=1445", "smb://server:1445/Sh%2520%23", NULL, 1445},
        {"//fe80::1/share", "rw,port=1445", "smb://[fe80::1]:1445/share", NULL, 1445},
        {"//server/share", "rw,port=0", "\\\\server\\share", NULL, 0},
        {"//server/share", "rw,port=65536,username=b\\374ro", "\\\\server\\share", "b\xef\xbf\xbdro", 0},
        {"//server/", "rw", "//server/", NULL, 0},
        {"\\134\\134server\\134share", "rw", "\\\\server\\share", NULL, 0},
        {"server:/export", "rw", "server:/export", NULL, 0},
        {"///server/share", "rw", "///server/share", NULL, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[256];

        snprintf(line, sizeof line, "7 1 0:33 / /mnt rw - cifs %s %s\n", rows[i].source,
                 rows[i].options);

        nd_mounts *mounts = parse(line);
        nd_shares shares = {.host = &host, .mounts = mounts};
        nd_share share;

        nd_shares_get(&shares, nd_mounts_get(mounts, 0), &share);

        nd_item item = nd_share_item(&share);

        assert_string_equal(item.key, "7 0:33");
        assert_string_equal(item.as.share.remote, rows[i].remote);
        assert_int_equal(item.as.share.port, rows[i].port);
        assert_int_equal(item.as.share.remembered, NETDISC_UNKNOWN);
        if (rows[i].user)
            assert_string_equal(item.as.share.user, rows[i].user);
        else
            assert_null(item.as.share.user);
        assert_ptr_equal(nd_share_mount(mounts, &item), nd_mounts_get(mounts, 0));
        nd_share_clear(&host, &share);
        nd_mounts_free(mounts);
    }
}

/* ---- The difference ------------------------------------------------------------------------- */

static void put(nd_picture *picture, const char *key, const char *local, netdisc_state as)
{
    assert_true(nd_picture_add(picture, &(nd_item){
                                            .sort = ND_SORT_SHARE,
                                            .key = key,
                                            .as.share = {.local = local, .remote = "r", .state = as},
                                        }));
}

static void expect_done(nd_picture *picture, const char *expected)
{
    *emitted = '\0';
    nd_picture_done(picture);
    assert_string_equal(emitted, expected);
}

static void test_a_picture(void **state)
{
    (void)state;
    nd_picture *picture = nd_picture_new(&host, ND_SORT_SHARE);

    nd_picture_again(picture);
    put(picture, "1", "Z:", NETDISC_STATE_CONNECTED);
    put(picture, "2", NULL, NETDISC_STATE_CONNECTED);
    expect_done(picture, "ready 1\n");

    put(picture, "2", NULL, NETDISC_STATE_CONNECTED);
    put(picture, "1", "Z:", NETDISC_STATE_CONNECTED);
    expect_done(picture, "");

    put(picture, "2", "Y:", NETDISC_STATE_CONNECTED);
    put(picture, "1", "Z:", NETDISC_STATE_LOST);
    put(picture, "3", "X:", NETDISC_STATE_REMEMBERED);
    expect_done(picture, "changed 1 4>6\nchanged 2 4>4\nadded 3 0>2\n");

    put(picture, "4", "Z:", NETDISC_STATE_CONNECTED);
    expect_done(picture, "removed 1 6>6\nremoved 2 4>4\nremoved 3 2>2\nadded 4 0>4\n");

    *emitted = '\0';
    nd_picture_again(picture);
    assert_string_equal(emitted, "ready 1\n");
    expect_done(picture, "removed 4 4>4\n");
    nd_picture_free(picture);
}

static void test_a_picture_that_is_lost(void **state)
{
    (void)state;
    nd_picture *picture = nd_picture_new(&host, ND_SORT_SHARE);

    *emitted = '\0';
    nd_picture_lost(picture, NETDISC_ERROR_GEN_FAILURE, "why");
    nd_picture_lost(picture, NETDISC_ERROR_GEN_FAILURE, "why");
    nd_picture_again(picture);
    assert_string_equal(emitted, "lost 1\n");
    put(picture, "1", NULL, NETDISC_STATE_CONNECTED);
    expect_done(picture, "ready 1\n");

    put(picture, "2", NULL, NETDISC_STATE_CONNECTED);
    *emitted = '\0';
    nd_picture_lost(picture, NETDISC_ERROR_GEN_FAILURE, "why");
    assert_string_equal(emitted, "lost 1\n");
    put(picture, "3", NULL, NETDISC_STATE_CONNECTED);
    expect_done(picture, "ready 1\n");
    expect_done(picture, "removed 3 4>4\n");
    nd_picture_free(picture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line),
        cmocka_unit_test(test_malformed_lines_are_passed_over),
        cmocka_unit_test(test_only_some_types),
        cmocka_unit_test(test_what_is_over_what),
        cmocka_unit_test(test_options_of_a_share),
        cmocka_unit_test(test_a_picture),
        cmocka_unit_test(test_a_picture_that_is_lost),
    };

    return cmocka_run_group_tests_name("mounts", tests, NULL, NULL);
}
