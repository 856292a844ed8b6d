/* SPDX-License-Identifier: MIT */
/* WNetDisconnectDialog1: each code that its document lists, who is asked, and the question at a terminal. */
#include "compat_world.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

#define Z    "share local=Z: remote=\\\\server\\docs state=connected remembered=yes\n"
#define BARE "share remote=\\\\server\\docs state=connected\n"
#define HELD "hold remote=\\\\server\\docs pid=4711 program=vim path=/z/report\n"

#define FAILS(status) "step slot=share.cancel manner=fail status=" #status "\n"

static DWORD disconnect(WCHAR *local, WCHAR *remote, DWORD flags)
{
    DISCDLGSTRUCTW what = {sizeof what, NULL, local, remote, flags};

    return WNetDisconnectDialog1W(&what);
}

static DWORD disconnect_ansi(char *local, char *remote, DWORD flags)
{
    DISCDLGSTRUCTA what = {sizeof what, NULL, local, remote, flags};

    return WNetDisconnectDialog1A(&what);
}

#define assert_both_end(expected)                                                                       \
    do {                                                                                                \
        assert_ends(disconnect(u"Z:", NULL, 0), expected);                                              \
        assert_ends(disconnect_ansi("Z:", NULL, 0), expected);                                          \
    } while (0)

/* ---- A prompt of the program's --------------------------------------------------------------- */

typedef struct asked {
    netdisc_answer answer;
    pthread_t thread;
    int questions;
    int told;
    netdisc_status status;
    uint64_t holder;
} asked;

static netdisc_answer answer_so(void *data, netdisc_op *op, const netdisc_question *question)
{
    asked *it = data;
    const netdisc_holder *holder = netdisc_list_holder(question->error->holders, 0);

    (void)op;
    it->thread = pthread_self();
    it->status = question->error->status;
    it->holder = holder ? holder->pid : 0;
    if (question->kind == NETDISC_QUESTION_FORCE)
        it->questions++;
    else
        it->told++;
    return it->answer;
}

static void test_it_ends_what_nobody_uses(void **state)
{
    (void)state;
    asked it = {.answer = NETDISC_ANSWER_NO};

    world(Z BARE);
    netdisc_win32_set_prompt(answer_so, &it);
    assert_ends(disconnect(u"Z:", u"\\\\another\\name", DISC_UPDATE_PROFILE), NO_ERROR);
    assert_true(was_called("share.cancel flags=0x1 "));
    assert_ends(disconnect_ansi(NULL, "\\\\server\\docs", DISC_NO_FORCE), NO_ERROR);
    assert_int_equal(it.questions + it.told, 0);
}

/* By this thread, and with who holds it. */
static void test_yes(void **state)
{
    (void)state;
    asked it = {.answer = NETDISC_ANSWER_YES};

    world(Z HELD);
    netdisc_win32_set_prompt(answer_so, &it);
    assert_ends(disconnect(u"Z:", NULL, 0), NO_ERROR);
    assert_int_equal(it.questions, 1);
    assert_int_equal(it.status, ERROR_OPEN_FILES);
    assert_int_equal(it.holder, 4711);
    assert_true(pthread_equal(it.thread, pthread_self()));
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_NOT_CONNECTED);
}

/* It asks before it forces with and without that flag. */
static void test_cancelled(void **state)
{
    (void)state;
    asked it = {.answer = NETDISC_ANSWER_NO};

    world(Z HELD);
    netdisc_win32_set_prompt(answer_so, &it);
    assert_both_end(ERROR_CANCELLED);
    assert_ends(disconnect(u"Z:", NULL, DISC_NO_FORCE), ERROR_CANCELLED);
    assert_int_equal(it.questions, 3);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_OPEN_FILES);
}

static void test_dismissed(void **state)
{
    (void)state;
    asked it = {.answer = NETDISC_ANSWER_DISMISSED};

    world(Z HELD);
    netdisc_win32_set_prompt(answer_so, &it);
    assert_both_end((DWORD)-1);
    assert_ends(WNetCancelConnection2W(u"Z:", 0, FALSE), ERROR_OPEN_FILES);
}

static void test_open_files(void **state)
{
    (void)state;
    world(Z HELD);
    assert_both_end(ERROR_OPEN_FILES);
}

/* The prompt that was set can be taken back. */
static void test_nobody_to_ask_again(void **state)
{
    (void)state;
    asked it = {.answer = NETDISC_ANSWER_YES};

    world(Z HELD);
    netdisc_win32_set_prompt(answer_so, &it);
    netdisc_win32_set_prompt(NULL, NULL);
    assert_both_end(ERROR_OPEN_FILES);
    assert_int_equal(it.questions, 0);
}

/* The document has one code for what is in use. */
static void test_in_use_otherwise(void **state)
{
    (void)state;
    world(Z FAILS(ERROR_DEVICE_IN_USE));
    assert_both_end(ERROR_OPEN_FILES);
}

static void test_active_connections(void **state)
{
    (void)state;
    world(Z FAILS(ERROR_ACTIVE_CONNECTIONS));
    assert_both_end(ERROR_OPEN_FILES);
}

static void test_busy(void **state)
{
    (void)state;
    world(Z FAILS(ERROR_BUSY));
    assert_both_end(ERROR_BUSY);
}

static void test_no_network(void **state)
{
    (void)state;
    netdisc_options options = {
        .size = sizeof options, .providers = "nobody", .module_directory = "/none"};

    assert_status(netdisc_win32_configure(&options), NO_ERROR);
    assert_both_end(ERROR_NO_NETWORK);
}

static void test_not_enough_memory(void **state)
{
    (void)state;
    world(Z FAILS(ERROR_NOT_ENOUGH_MEMORY));
    assert_both_end(ERROR_NOT_ENOUGH_MEMORY);
}

static void test_extended_error(void **state)
{
    (void)state;
    DWORD code = 0;
    char text[256], provider[64];

    world(Z "step slot=share.cancel manner=fail status=ERROR_EXTENDED_ERROR domain=errno code=71\n");
    assert_both_end(ERROR_EXTENDED_ERROR);
    assert_ends(WNetGetLastErrorA(&code, text, sizeof text, provider, sizeof provider), NO_ERROR);
    assert_int_equal(code, 71);
    assert_string_equal(provider, "fake");
}

/* The user is told of any failure. */
static void test_any_other_is_told_and_passed(void **state)
{
    (void)state;
    asked it = {.answer = NETDISC_ANSWER_YES};

    world(Z FAILS(ERROR_ACCESS_DENIED));
    netdisc_win32_set_prompt(answer_so, &it);
    assert_both_end(ERROR_ACCESS_DENIED);
    assert_int_equal(it.told, 2);
    assert_int_equal(it.questions, 0);
}

static void test_what_is_given_is_checked(void **state)
{
    (void)state;
    DISCDLGSTRUCTW what = {sizeof what - 1, NULL, u"Z:", NULL, 0};
    DWORD *size_alone = malloc(sizeof *size_alone);

    world(Z);
    assert_ends(WNetDisconnectDialog1W(NULL), ERROR_INVALID_ADDRESS);
    assert_ends(WNetDisconnectDialog1A(NULL), ERROR_INVALID_ADDRESS);
    assert_ends(WNetDisconnectDialog1W(&what), ERROR_INVALID_PARAMETER);
    *size_alone = sizeof *size_alone;
    assert_ends(WNetDisconnectDialog1A((void *)size_alone), ERROR_INVALID_PARAMETER);
    free(size_alone);
    assert_ends(disconnect(NULL, NULL, 0), ERROR_INVALID_PARAMETER);
    assert_ends(disconnect_ansi("Z:", NULL, 2), ERROR_INVALID_PARAMETER);
    assert_false(was_called("share.cancel"));
}

/* ---- At a terminal --------------------------------------------------------------------------- */

enum { DEADLINE_MS = 20000 };

/* A user at a terminal, who sees what is printed, and types when the question comes. */
typedef struct terminal {
    int master;
    int slave;
    int usual_stderr;
    pthread_t user;
    const char *types;
    size_t length;
    char seen[4096];
} terminal;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads on; false: nothing came in time. */
static bool look(terminal *it, int64_t deadline)
{
    struct pollfd waits = {.fd = it->master, .events = POLLIN};
    int64_t left = deadline - now_ms();
    ssize_t length;

    if (left <= 0 || poll(&waits, 1, (int)left) <= 0)
        return false;
    length = read(it->master, it->seen + it->length, sizeof it->seen - 1 - it->length);
    if (length <= 0)
        return false;
    it->length += (size_t)length;
    it->seen[it->length] = '\0';
    return true;
}

/* Whether that is printed in time. */
static bool sees(terminal *it, const char *text)
{
    int64_t deadline = now_ms() + DEADLINE_MS;

    while (!strstr(it->seen, text))
        if (!look(it, deadline))
            return false;
    return true;
}

static void *use(void *data)
{
    terminal *it = data;

    if (sees(it, "[y/N] ") && write(it->master, it->types, strlen(it->types)) < 0)
        it->seen[0] = '\0';
    return NULL;
}

/* Standard input and standard error are a terminal from here on. */
static void sit_down(terminal *it)
{
    *it = (terminal){.master = posix_openpt(O_RDWR | O_NOCTTY), .usual_stderr = dup(STDERR_FILENO)};
    assert_true(it->master >= 0);
    assert_int_equal(grantpt(it->master), 0);
    assert_int_equal(unlockpt(it->master), 0);
    it->slave = open(ptsname(it->master), O_RDWR | O_NOCTTY);
    assert_true(it->slave >= 0);
    dup2(it->slave, STDIN_FILENO);
    dup2(it->slave, STDERR_FILENO);
}

/* So that what fails is read. */
static void stand_up(terminal *it)
{
    dup2(it->usual_stderr, STDERR_FILENO);
}

static DWORD disconnect_at(terminal *it, const char *types)
{
    DWORD status;

    it->types = types;
    assert_int_equal(pthread_create(&it->user, NULL, use, it), 0);
    status = disconnect(u"Z:", NULL, 0);
    pthread_join(it->user, NULL);
    return status;
}

static void at_terminal(const char *types, DWORD expected, terminal *it)
{
    DWORD status;

    world(Z HELD);
    sit_down(it);
    status = disconnect_at(it, types);
    stand_up(it);
    assert_int_equal(status, expected);
    assert_non_null(strstr(it->seen, "vim (4711) /z/report"));
}

static void test_yes_at_a_terminal(void **state)
{
    (void)state;
    terminal it;

    at_terminal("Yes\n", NO_ERROR, &it);
}

static void test_no_at_a_terminal(void **state)
{
    (void)state;
    terminal it;

    at_terminal("\n", ERROR_CANCELLED, &it);
}

static void test_nonsense_is_no(void **state)
{
    (void)state;
    terminal it;

    at_terminal("yes, but this is much longer than an answer\n", ERROR_CANCELLED, &it);
}

/* Ctrl-D */
static void test_the_end_of_input_dismisses(void **state)
{
    (void)state;
    terminal it;

    at_terminal("\x04", (DWORD)-1, &it);
}

static void test_what_follows_the_answer_stays(void **state)
{
    (void)state;
    terminal it;
    char line[64];

    at_terminal("n\nnext\n", ERROR_CANCELLED, &it);
    assert_non_null(fgets(line, sizeof line, stdin));
    assert_string_equal(line, "next\n");
}

static void test_what_was_typed_before_is_no_answer(void **state)
{
    (void)state;
    terminal it;
    struct pollfd typed;
    DWORD status;

    world(Z HELD);
    sit_down(&it);
    typed = (struct pollfd){.fd = it.slave, .events = POLLIN};
    assert_int_equal(write(it.master, "y\n", 2), 2);
    assert_int_equal(poll(&typed, 1, DEADLINE_MS), 1);
    status = disconnect_at(&it, "n\n");
    stand_up(&it);
    assert_int_equal(status, ERROR_CANCELLED);
}

static void test_a_terminal_is_told(void **state)
{
    (void)state;
    terminal it;
    DWORD status;

    world(
        Z
        "step slot=share.cancel manner=fail status=ERROR_BAD_PROFILE message=m%c2%9b31m%e2%80%aeevil\n");
    sit_down(&it);
    status = disconnect(u"Z:", NULL, 0);
    stand_up(&it);
    assert_int_equal(status, ERROR_BAD_PROFILE);
    assert_true(sees(&it, "m?31m?evil"));
}

static void test_output_that_is_no_terminal_cannot_ask(void **state)
{
    (void)state;
    terminal it;
    DWORD status;

    world(Z HELD);
    sit_down(&it);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    status = disconnect(u"Z:", NULL, 0);
    stand_up(&it);
    assert_int_equal(status, ERROR_OPEN_FILES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_it_ends_what_nobody_uses),
        apart(test_yes),
        apart(test_cancelled),
        apart(test_dismissed),
        apart(test_open_files),
        apart(test_nobody_to_ask_again),
        apart(test_in_use_otherwise),
        apart(test_active_connections),
        apart(test_busy),
        apart(test_no_network),
        apart(test_not_enough_memory),
        apart(test_extended_error),
        apart(test_any_other_is_told_and_passed),
        apart(test_what_is_given_is_checked),
        apart(test_yes_at_a_terminal),
        apart(test_no_at_a_terminal),
        apart(test_nonsense_is_no),
        apart(test_the_end_of_input_dismisses),
        apart(test_what_follows_the_answer_stays),
        apart(test_what_was_typed_before_is_no_answer),
        apart(test_a_terminal_is_told),
        apart(test_output_that_is_no_terminal_cannot_ask),
    };

    return cmocka_run_group_tests_name("wnet_dialog", tests, NULL, NULL);
}
