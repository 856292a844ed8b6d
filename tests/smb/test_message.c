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
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"

#define COUNT(table)  (sizeof(table) / sizeof(table)[0])
#define BYTES(string) string, sizeof string - 1

/* "ndsm", version 1, type 6: CANCEL. */
#define HEAD(length) "ndsm\1\0\6\0" length
enum { HEADER = 12, LONG_ENOUGH_MS = 10000, SHORT_MS = 30 };

/* ---- Bytes ---------------------------------------------------------------------------------- */

static void test_wire_form(void **state)
{
    static const char expected[] = HEAD("\x10\0\0\0") "\2\3\0abc\0"
                                                      "\3\0\0\0"
                                                      "\x0e\1\0"
                                                      "1";
    nd_message message;
    unsigned char *bytes;
    size_t size;

    (void)state;
    nd_message_init(&message, ND_MESSAGE_CANCEL);
    nd_message_put(&message, ND_FIELD_ID, "abc");
    nd_message_put(&message, ND_FIELD_REMOTE, "");
    nd_message_put_number(&message, ND_FIELD_FORCE, 1);
    assert_int_equal(nd_message_encode(&message, &bytes, &size), 0);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
    nd_message_clear(&message);
    assert_null(message.fields[ND_FIELD_ID]);
    assert_int_equal(message.type, ND_MESSAGE_NONE);
}

static void test_round_trip(void **state)
{
    char texts[ND_FIELDS][32];
    nd_message message;
    nd_message again;
    unsigned char *bytes;
    size_t size;

    (void)state;
    nd_message_init(&message, ND_MESSAGE_INFO);
    for (size_t i = 1; i < ND_FIELDS; i++) {
        snprintf(texts[i], sizeof texts[i], "field %zu \xc3\xa4\n\xff", i);
        nd_message_put(&message, (nd_field)i, texts[i]);
    }
    assert_int_equal(nd_message_encode(&message, &bytes, &size), 0);
    assert_int_equal(nd_message_decode(bytes, size, &again), 0);
    assert_int_equal(again.type, ND_MESSAGE_INFO);
    for (size_t i = 1; i < ND_FIELDS; i++)
        assert_string_equal(again.fields[i], texts[i]);
    nd_message_clear(&again);
    assert_null(again.storage);

    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(nd_message_decode(bytes, cut, &again), EPROTO);
        assert_null(again.storage);
        assert_null(again.fields[1]);
    }
    free(bytes);
    nd_message_clear(&message);
}

static void test_numbers(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, 445, INT64_MAX, INT64_MIN};
    static const char *const others[] = {"",    " 1",   "+1",  "01",
                                         "1 ",  "0x10", "one", "9223372036854775808",
                                         "-0",  "1.0",  "-",   "99999999999999999999999999",
                                         "1\n", "\t1"};
    nd_message message;

    (void)state;
    nd_message_init(&message, ND_MESSAGE_CONNECT);
    assert_int_equal(nd_message_number(&message, ND_FIELD_PORT, 7), 7);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        nd_message_put_number(&message, ND_FIELD_PORT, numbers[i]);
        assert_true(nd_message_number(&message, ND_FIELD_PORT, 7) == numbers[i]);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        nd_message_put(&message, ND_FIELD_PORT, others[i]);
        assert_int_equal(nd_message_number(&message, ND_FIELD_PORT, -7), -7);
    }
}

typedef struct bad_bytes {
    const char *bytes;
    size_t size;
    int error;
    int received; /* over a socket, if that is not `error`; FINE: nothing is wrong with it there */
} bad_bytes;

enum { FINE = -1 };

static const bad_bytes refused[] = {
    {BYTES(""), EPROTO, ECONNRESET},
    {BYTES("Ndsm\1\0\6\0\0\0\0\0"), EPROTO, 0},
    {BYTES("Ndsm\2\0\6\0\0\0\0\0"), EPROTO, 0},
    {BYTES("ndsm\0\0\6\0\0\0\0\0"), EPROTONOSUPPORT, 0},
    {BYTES("ndsm\2\0\6\0\0\0\0\0"), EPROTONOSUPPORT, 0},
    {BYTES("ndsm\1\1\6\0\0\0\0\0"), EPROTONOSUPPORT, 0},
    {BYTES("ndsm\1\0\0\0\0\0\0\0"), EPROTO, 0},          /* no type */
    {BYTES("ndsm\1\0\x63\0\0\0\0\0"), EPROTO, 0},        /* an unknown one */
    {BYTES(HEAD("\0\0\0\0") "x"), EPROTO, FINE},         /* more than it says: what follows is another */
    {BYTES(HEAD("\1\0\0\0")), EPROTO, ECONNRESET},       /* less */
    {BYTES(HEAD("\xff\xff\xff\xff")), EPROTO, 0},        /* too long */
    {BYTES(HEAD("\1\0\0\0") "\2"), EPROTO, 0},           /* half a field */
    {BYTES(HEAD("\3\0\0\0") "\2\0\0"), EPROTO, 0},       /* no NUL */
    {BYTES(HEAD("\4\0\0\0") "\2\1\0a"), EPROTO, 0},      /* its NUL is beyond the end */
    {BYTES(HEAD("\4\0\0\0") "\2\xff\xff\0"), EPROTO, 0}, /* all of it is */
    {BYTES(HEAD("\5\0\0\0") "\2\1\0ab"), EPROTO, 0},     /* no NUL where it ends */
    {BYTES(HEAD("\6\0\0\0") "\2\2\0a\0\0"), EPROTO, 0},  /* one within it */
    {BYTES(HEAD("\x08\0\0\0") "\2\0\0\0\2\0\0\0"), EPROTO, 0}, /* twice */
    {BYTES(HEAD("\x08\0\0\0") "\xfe\0\0\0\xfe\0\0\0"), EPROTO, 0},
    {BYTES(HEAD("\6\0\0\0") "\xfe\2\0a\0\0"), EPROTO, 0}, /* unknown, and malformed */
};

/* In memory of just this size, so that reading past it is seen. */
static int decode(const char *bytes, size_t size, nd_message *out)
{
    unsigned char *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);

    int error = nd_message_decode(copy, size, out);

    free(copy);
    return error;
}

static void test_malformed(void **state)
{
    nd_message message;

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        if (decode(refused[i].bytes, refused[i].size, &message) != refused[i].error)
            fail_msg("message %zu is not refused in the right way", i);
        assert_null(message.storage);
        assert_int_equal(message.type, ND_MESSAGE_NONE);
        for (size_t field = 0; field < ND_FIELDS; field++)
            assert_null(message.fields[field]);
    }
}

static void test_unknown_fields(void **state)
{
    nd_message message;

    (void)state;
    assert_int_equal(decode(BYTES(HEAD("\x0d\0\0\0") "\xfe\1\0?\0\2\0\0\0\0\0\0\0"), &message), 0);
    assert_string_equal(message.fields[ND_FIELD_ID], "");
    assert_null(message.fields[0]);
    nd_message_clear(&message);

    assert_int_equal(decode(BYTES(HEAD("\0\0\0\0")), &message), 0);
    assert_int_equal(message.type, ND_MESSAGE_CANCEL);
    nd_message_clear(&message);
}

static char *long_text(size_t length)
{
    char *text = malloc(length + 1);

    assert_non_null(text);
    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

static void test_size_limit(void **state)
{
    enum { LONGEST = ND_MESSAGE_MAX - HEADER - 4 };
    char *text = long_text(LONGEST);
    char *longer = long_text(LONGEST + 1);
    nd_message message;
    nd_message again;
    unsigned char *bytes;
    size_t size;

    (void)state;
    nd_message_init(&message, ND_MESSAGE_FAILED);
    nd_message_put(&message, ND_FIELD_TEXT, text);
    assert_int_equal(nd_message_encode(&message, &bytes, &size), 0);
    assert_int_equal(size, ND_MESSAGE_MAX);
    assert_int_equal(nd_message_decode(bytes, size, &again), 0);
    assert_string_equal(again.fields[ND_FIELD_TEXT], text);
    nd_message_clear(&again);
    free(bytes);

    nd_message_put(&message, ND_FIELD_ID, "");
    assert_int_equal(nd_message_encode(&message, &bytes, &size), EMSGSIZE);
    assert_null(bytes);
    nd_message_put(&message, ND_FIELD_ID, NULL);
    nd_message_put(&message, ND_FIELD_TEXT, longer);
    assert_int_equal(nd_message_encode(&message, &bytes, &size), EMSGSIZE);
    assert_int_equal(nd_message_send(-1, &message, 0, -1), EMSGSIZE);
    free(text);
    free(longer);
}

/* ---- Over a socket -------------------------------------------------------------------------- */

typedef struct pair {
    int here;
    int there;
    int wake;
} pair;

static int open_pair(void **state)
{
    static pair both;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    both = (pair){fds[0], fds[1], eventfd(0, EFD_CLOEXEC)};
    assert_true(both.wake >= 0);
    *state = &both;
    return 0;
}

static void hang_up(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int close_pair(void **state)
{
    pair *both = *state;

    hang_up(&both->here);
    hang_up(&both->there);
    hang_up(&both->wake);
    return 0;
}

static void put_bytes(int fd, const char *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void test_one_after_the_other(void **state)
{
    pair *both = *state;
    nd_message message;

    for (int i = 0; i < 3; i++) {
        nd_message_init(&message, ND_MESSAGE_CANCEL);
        nd_message_put_number(&message, ND_FIELD_ID, i);
        assert_int_equal(nd_message_send(both->here, &message, 0, both->wake), 0);
    }
    hang_up(&both->here);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(nd_message_receive(both->there, &message, 0, both->wake), 0);
        assert_int_equal(nd_message_number(&message, ND_FIELD_ID, -1), i);
        nd_message_clear(&message);
    }
    assert_int_equal(nd_message_receive(both->there, &message, LONG_ENOUGH_MS, -1), ECONNRESET);
    assert_null(message.storage);
}

static void *receive_slowly(void *data)
{
    nd_message message;
    int *fd = data;
    int error = nd_message_receive(*fd, &message, LONG_ENOUGH_MS, -1);
    size_t length = error ? 0 : strlen(message.fields[ND_FIELD_TEXT]);

    nd_message_clear(&message);
    return (void *)(uintptr_t)length;
}

/* More than a socket takes at once; and the descriptors are blocking ones. */
static void test_large_over_small_buffers(void **state)
{
    enum { LENGTH = 60000 };
    pair *both = *state;
    char *text = long_text(LENGTH);
    int least = 1;
    void *length;
    pthread_t thread;
    nd_message message;

    assert_int_equal(setsockopt(both->here, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
    nd_message_init(&message, ND_MESSAGE_FAILED);
    nd_message_put(&message, ND_FIELD_TEXT, text);
    assert_int_equal(nd_message_send(both->here, &message, SHORT_MS, -1), ETIMEDOUT);
    close_pair(state);

    open_pair(state);
    assert_int_equal(setsockopt(both->here, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
    assert_int_equal(pthread_create(&thread, NULL, receive_slowly, &both->there), 0);
    assert_int_equal(nd_message_send(both->here, &message, LONG_ENOUGH_MS, both->wake), 0);
    assert_int_equal(pthread_join(thread, &length), 0);
    assert_int_equal((uintptr_t)length, LENGTH);
    free(text);
}

static void test_byte_by_byte(void **state)
{
    static const char bytes[] = HEAD("\7\0\0\0") "\2\3\0abc";
    pair *both = *state;
    nd_message message;

    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        put_bytes(both->here, bytes, i);
        assert_int_equal(nd_message_receive(both->there, &message, 0, -1), ETIMEDOUT);
        assert_null(message.storage);
        close_pair(state);
        open_pair(state);
    }
    put_bytes(both->here, bytes, sizeof bytes);
    put_bytes(both->here, "next", 4);
    assert_int_equal(nd_message_receive(both->there, &message, 0, -1), 0);
    assert_string_equal(message.fields[ND_FIELD_ID], "abc");
    nd_message_clear(&message);

    char next[5] = "";

    assert_int_equal(recv(both->there, next, sizeof next, MSG_DONTWAIT), 4);
    assert_string_equal(next, "next");
}

static void test_malformed_received(void **state)
{
    pair *both = *state;
    nd_message message;

    for (size_t i = 0; i < COUNT(refused); i++) {
        int expected = refused[i].received ? refused[i].received : refused[i].error;

        put_bytes(both->here, refused[i].bytes, refused[i].size);
        hang_up(&both->here);
        assert_int_equal(nd_message_receive(both->there, &message, 0, -1),
                         expected == FINE ? 0 : expected);
        nd_message_clear(&message);
        close_pair(state);
        open_pair(state);
    }
}

static void test_other_side_ends(void **state)
{
    pair *both = *state;
    nd_message message;

    put_bytes(both->here, "nds", 3);
    hang_up(&both->here);
    assert_int_equal(nd_message_receive(both->there, &message, LONG_ENOUGH_MS, -1), ECONNRESET);
    nd_message_init(&message, ND_MESSAGE_KEEP);
    assert_int_equal(nd_message_send(both->there, &message, LONG_ENOUGH_MS, -1), ECONNRESET);
    hang_up(&both->there);
    assert_int_equal(nd_message_send(both->there, &message, LONG_ENOUGH_MS, -1), EBADF);
    assert_int_equal(nd_message_receive(both->there, &message, LONG_ENOUGH_MS, -1), EBADF);
}

static void *wake_up(void *data)
{
    const int *fd = data;

    return (void *)(intptr_t)eventfd_write(*fd, 1);
}

static void test_wake(void **state)
{
    pair *both = *state;
    pthread_t thread;
    nd_message message;

    assert_int_equal(pthread_create(&thread, NULL, wake_up, &both->wake), 0);
    assert_int_equal(nd_message_receive(both->there, &message, -1, both->wake), ECANCELED);
    assert_int_equal(pthread_join(thread, NULL), 0);

    nd_message_init(&message, ND_MESSAGE_KEEP);
    assert_int_equal(nd_message_send(both->here, &message, -1, both->wake), 0);

    int error = 0;

    while (!error)
        error = nd_message_send(both->here, &message, -1, both->wake);
    assert_int_equal(error, ECANCELED);
}

static void test_deadline(void **state)
{
    pair *both = *state;
    nd_message message;
    int64_t began = nd_clock_ms();

    assert_int_equal(nd_message_receive(both->there, &message, SHORT_MS, both->wake), ETIMEDOUT);

    int64_t took = nd_clock_ms() - began;

    assert_true(took >= SHORT_MS && took < LONG_ENOUGH_MS);
    assert_int_equal(nd_left_ms(-1), -1);
    assert_int_equal(nd_left_ms(began), 0);
    assert_int_equal(nd_left_ms(INT64_MAX), INT32_MAX);
    assert_true(nd_left_ms(nd_clock_ms() + LONG_ENOUGH_MS) > 0);
}

#define OVER_A_SOCKET(test) cmocka_unit_test_setup_teardown(test, open_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_form),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_unknown_fields),
        cmocka_unit_test(test_size_limit),
        OVER_A_SOCKET(test_one_after_the_other),
        OVER_A_SOCKET(test_large_over_small_buffers),
        OVER_A_SOCKET(test_byte_by_byte),
        OVER_A_SOCKET(test_malformed_received),
        OVER_A_SOCKET(test_other_side_ends),
        OVER_A_SOCKET(test_wake),
        OVER_A_SOCKET(test_deadline),
    };

    return cmocka_run_group_tests_name("smb-message", tests, NULL, NULL);
}
