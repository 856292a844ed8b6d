/* SPDX-License-Identifier: MIT */
/* What clients of WlanRegisterNotification are told, on which thread, and until when. */
#include "compat_wlan.h"

#include <signal.h>

#define GUID0 "11111111-2222-3333-4444-555555555550"
#define WLAN0 "wlan uuid=" GUID0 " name=wlan0 "
#define UP    WLAN0 "state=connected ssid=cafe profile=Caf%c3%a9\n"
#define DOWN  WLAN0 "state=disconnected ssid=cafe profile=Caf%c3%a9\n"

enum { HELD_MS = 300, ROUNDS = 200, THREADS = 4 };

static const GUID guid0 = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x50}};
static const HANDLE bogus = (HANDLE)0x123450;
static int something;

static void drop(HANDLE handle)
{
    assert_ends(WlanDisconnect(handle, &guid0, NULL), NO_ERROR);
}

static void join(HANDLE handle, const WCHAR *profile)
{
    WLAN_CONNECTION_PARAMETERS parameters = by_profile(profile);

    assert_ends(WlanConnect(handle, &guid0, &parameters, NULL), NO_ERROR);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static void test_parameters(void **state)
{
    (void)state;
    const DWORD msm = WLAN_NOTIFICATION_SOURCE_MSM;
    DWORD previous = 99;
    HANDLE handle;

    world(UP);
    handle = open_handle();
    assert_ends(WlanRegisterNotification(NULL, ACM, FALSE, hear, NULL, NULL, &previous),
                ERROR_INVALID_PARAMETER);
    assert_ends(WlanRegisterNotification(handle, ACM, FALSE, hear, NULL, &something, &previous),
                ERROR_INVALID_PARAMETER);
    assert_ends(WlanRegisterNotification(handle, ACM, FALSE, NULL, NULL, NULL, &previous),
                ERROR_INVALID_PARAMETER);
    assert_ends(WlanRegisterNotification(bogus, ACM, FALSE, hear, NULL, NULL, &previous),
                ERROR_INVALID_HANDLE);
    assert_ends(WlanRegisterNotification(bogus, 0, FALSE, NULL, NULL, NULL, &previous),
                ERROR_INVALID_HANDLE);
    assert_ends(WlanRegisterNotification(handle, msm, FALSE, hear, NULL, NULL, &previous),
                ERROR_NOT_SUPPORTED);
    assert_int_equal(previous, 99);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
    assert_ends(WlanRegisterNotification(handle, ACM, FALSE, hear, NULL, NULL, &previous),
                ERROR_INVALID_HANDLE);
}

static void test_previous_sources(void **state)
{
    (void)state;
    const DWORD all = WLAN_NOTIFICATION_SOURCE_ALL;
    static ear self = AN_EAR(guid0);
    DWORD previous = 99;
    HANDLE handle;

    world(UP);
    handle = open_handle();
    assert_ends(WlanRegisterNotification(handle, 0, FALSE, NULL, NULL, NULL, &previous), NO_ERROR);
    assert_int_equal(previous, 0);
    assert_ends(WlanRegisterNotification(handle, ACM, FALSE, hear, &self, NULL, &previous), NO_ERROR);
    assert_int_equal(previous, 0);
    assert_ends(WlanRegisterNotification(handle, all, FALSE, hear, &self, NULL, &previous), NO_ERROR);
    assert_int_equal(previous, ACM);
    assert_ends(WlanRegisterNotification(handle, 0, FALSE, NULL, NULL, NULL, &previous), NO_ERROR);
    assert_int_equal(previous, all);
    assert_ends(WlanRegisterNotification(handle, 0, FALSE, NULL, NULL, NULL, &previous), NO_ERROR);
    assert_int_equal(previous, 0);
    assert_ends(WlanCloseHandle(handle, NULL), NO_ERROR);
}

static void test_without_service(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);
    DWORD previous = 99;

    world("open status=ERROR_SERVICE_NOT_ACTIVE\n");
    self.handle = open_handle();
    assert_ends(WlanRegisterNotification(self.handle, ACM, FALSE, hear, &self, NULL, &previous),
                ERROR_SERVICE_NOT_ACTIVE);
    assert_int_equal(previous, 99);
    assert_ends(WlanRegisterNotification(self.handle, 0, FALSE, NULL, NULL, NULL, &previous), NO_ERROR);
    assert_int_equal(previous, 0);
    close_ear(&self);
}

/* ---- What is told ---------------------------------------------------------------------------- */

static void test_what_we_do(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);
    const WLAN_CONNECTION_NOTIFICATION_DATA *network;

    world(UP);
    open_ear(&self);
    drop(self.handle);
    network = expect_network(&self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    assert_wide(network->strProfileName, u"Caf\u00e9");
    assert_int_equal(network->dot11Ssid.uSSIDLength, 4);
    assert_memory_equal(network->dot11Ssid.ucSSID, "cafe", 4);
    assert_int_equal(network->wlanConnectionMode, wlan_connection_mode_profile);
    assert_int_equal(network->dot11BssType, dot11_BSS_type_any);
    assert_int_equal(network->strProfileXml[0], 0);
    network = expect_network(&self, LEFT, WLAN_REASON_CODE_SUCCESS);
    assert_wide(network->strProfileName, u"Caf\u00e9");
    join(self.handle, u"other");
    network = expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    assert_wide(network->strProfileName, u"other");
    network = expect_network(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS);
    assert_wide(network->strProfileName, u"other");
    close_ear(&self);
    assert_int_equal(count_of(&self), 4);
}

static void test_a_way_in_steps(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(DOWN "watched\n"
               "change title=wlan0 state=connecting\n"
               "change title=wlan0 state=connected\n"
               "change title=wlan0 state=connected\n"
               "change title=wlan0 state=disconnecting\n"
               "change title=wlan0 state=disconnected\n");
    open_ear(&self);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEFT, WLAN_REASON_CODE_SUCCESS);
    close_ear(&self);
    assert_int_equal(count_of(&self), 4);
}

/* One that is given up does not also disconnect. */
static void test_attempts_that_fail(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(DOWN "watched\n"
               "change title=wlan0 state=connecting\n"
               "change title=wlan0 state=disconnecting\n"
               "change title=wlan0 state=disconnected\n"
               "change title=wlan0 state=connecting\n"
               "change title=wlan0 state=disconnected\n"
               "change title=wlan0 state=connected\n");
    open_ear(&self);
    for (size_t i = 0; i < 2; i++) {
        expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
        expect_network(&self, FAIL, WLAN_REASON_CODE_SUCCESS);
        expect_network(&self, COMPLETE, WLAN_REASON_CODE_USER_CANCELLED);
    }
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS);
    close_ear(&self);
    assert_int_equal(count_of(&self), 8);
}

static void test_reasons_of_failures(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        WLAN_REASON_CODE reason;
    } rows[] = {
        {"ERROR_INVALID_PASSWORD", WLAN_REASON_CODE_KEY_MISMATCH},
        {"ERROR_NOT_FOUND", WLAN_REASON_CODE_NETWORK_NOT_AVAILABLE},
        {"ERROR_SEM_TIMEOUT", WLAN_REASON_CODE_ASSOCIATION_TIMEOUT},
        {"ERROR_OPERATION_ABORTED", WLAN_REASON_CODE_USER_CANCELLED},
        {"ERROR_GEN_FAILURE", WLAN_REASON_CODE_UNKNOWN},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    static ear self = AN_EAR(guid0);
    char script[1024] = DOWN "watched\n";
    size_t length = strlen(script);

    for (size_t i = 0; i < ROWS; i++)
        length += (size_t)snprintf(script + length, sizeof script - length,
                                   "change title=wlan0 state=connecting\n"
                                   "change title=wlan0 state=disconnected status=%s\n",
                                   rows[i].status);
    world(script);
    open_ear(&self);
    for (size_t i = 0; i < ROWS; i++) {
        expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
        expect_network(&self, FAIL, WLAN_REASON_CODE_SUCCESS);
        expect_network(&self, COMPLETE, rows[i].reason);
    }
    close_ear(&self);
}

static void test_another_takes_over(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(UP "watched\n"
             "change title=wlan0 state=connecting\n"
             "change title=wlan0 state=connected\n"
             "change title=wlan0 state=disconnecting\n"
             "change title=wlan0 state=connecting\n"
             "change title=wlan0 state=disconnecting\n"
             "change title=wlan0 state=connected\n");
    open_ear(&self);
    expect_network(&self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEFT, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEFT, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, FAIL, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_USER_CANCELLED);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS);
    close_ear(&self);
    assert_int_equal(count_of(&self), 11);
}

static void test_interfaces_come_and_go(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world("watched\n" DOWN "gone title=wlan0\n" UP "gone title=wlan0\n" WLAN0
          "state=connecting ssid=cafe\n"
          "gone title=wlan0\n");
    open_ear(&self);
    expect_interface(&self, ARRIVAL);
    expect_interface(&self, REMOVAL);
    expect_interface(&self, ARRIVAL);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEFT, WLAN_REASON_CODE_SUCCESS);
    expect_interface(&self, REMOVAL);
    expect_interface(&self, ARRIVAL);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, FAIL, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_UNKNOWN);
    expect_interface(&self, REMOVAL);
    close_ear(&self);
    assert_int_equal(count_of(&self), 13);
}

/* What is lost or begins anew is not taken for news. */
static void test_after_a_loss(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(DOWN "watched\n"
               "change title=wlan0 state=connecting\n"
               "event type=overrun kinds=wlan\n"
               "change title=wlan0 state=connected\n"
               "event type=lost kinds=wlan status=ERROR_SERVICE_NOT_ACTIVE\n"
               "event type=ready kinds=wlan\n"
               "change title=wlan0 state=disconnecting\n");
    open_ear(&self);
    expect_network(&self, START, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, COMPLETE, WLAN_REASON_CODE_SUCCESS);
    expect_network(&self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    close_ear(&self);
    assert_int_equal(count_of(&self), 3);
}

static void check_duplicates(BOOL ignored, size_t expected)
{
    static ear self = AN_EAR(guid0);

    world("watched\n" DOWN DOWN DOWN "gone title=wlan0\n");
    self.handle = open_handle();
    assert_ends(WlanRegisterNotification(self.handle, ACM, ignored, hear, &self, NULL, NULL), NO_ERROR);
    for (size_t i = 0; i < expected; i++)
        expect_interface(&self, ARRIVAL);
    expect_interface(&self, REMOVAL);
    close_ear(&self);
}

static void test_duplicates(void **state)
{
    (void)state;
    check_duplicates(FALSE, 3);
}

static void test_duplicates_ignored(void **state)
{
    (void)state;
    check_duplicates(TRUE, 1);
}

static void test_all_sources(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(UP);
    self.handle = open_handle();
    assert_ends(listen_to(&self, WLAN_NOTIFICATION_SOURCE_ALL), NO_ERROR);
    drop(self.handle);
    expect_network(&self, LEAVE, WLAN_REASON_CODE_SUCCESS);
    close_ear(&self);
}

/* ---- Until when ------------------------------------------------------------------------------ */

static void test_unregistered(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0), other = AN_EAR(guid0);

    world(UP);
    open_ear(&self);
    open_ear(&other);
    assert_ends(listen_to(&self, 0), NO_ERROR);
    drop(other.handle);
    expect(&other, LEAVE);
    expect(&other, LEFT);
    assert_int_equal(count_of(&self), 0);
    /* Anew, with the thread that is there; and when there is none any more. */
    assert_ends(listen_to(&self, ACM), NO_ERROR);
    join(self.handle, u"home");
    expect(&self, START);
    expect(&self, COMPLETE);
    close_ear(&other);
    assert_ends(listen_to(&self, 0), NO_ERROR);
    assert_ends(listen_to(&self, ACM), NO_ERROR);
    drop(self.handle);
    expect(&self, LEAVE);
    expect(&self, LEFT);
    close_ear(&self);
    assert_int_equal(count_of(&self), 4);
}

static void test_another_callback(void **state)
{
    (void)state;
    static ear first = AN_EAR(guid0), second = AN_EAR(guid0);

    world(UP);
    open_ear(&first);
    assert_ends(WlanRegisterNotification(first.handle, ACM, FALSE, hear, &second, NULL, NULL), NO_ERROR);
    drop(first.handle);
    expect(&second, LEAVE);
    expect(&second, LEFT);
    assert_int_equal(count_of(&first), 0);
    close_ear(&first);
}

static void unregister(ear *self)
{
    if (listen_to(self, 0) != NO_ERROR)
        abort();
}

/* Between two notifications of one event. */
static void test_unregistered_in_the_callback(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0), other = AN_EAR(guid0);

    world(UP);
    self.then = unregister;
    open_ear(&self);
    open_ear(&other);
    drop(self.handle);
    expect(&self, LEAVE);
    expect_outside(&self);
    expect(&other, LEAVE);
    expect(&other, LEFT);
    join(self.handle, u"home");
    expect(&other, START);
    expect(&other, COMPLETE);
    close_ear(&other);
    close_ear(&self);
    assert_int_equal(count_of(&self), 1);
}

static void close_in_callback(ear *self)
{
    if (WlanCloseHandle(self->handle, NULL) != NO_ERROR)
        abort();
}

static void test_closed_in_the_callback(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0), other = AN_EAR(guid0);

    world(UP);
    self.then = close_in_callback;
    open_ear(&other);
    open_ear(&self);
    drop(other.handle);
    expect(&self, LEAVE);
    expect_outside(&self);
    expect(&other, LEAVE);
    expect(&other, LEFT);
    close_ear(&other);
    assert_ends(WlanCloseHandle(self.handle, NULL), ERROR_INVALID_HANDLE);
    assert_int_equal(count_of(&self), 1);
}

static void register_again(ear *self)
{
    if (listen_to(self, 0) != NO_ERROR || listen_to(self, ACM) != NO_ERROR)
        abort();
    self->then = NULL;
}

static void test_registered_in_the_callback(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0), other = AN_EAR(guid0);

    world(UP);
    self.then = register_again;
    open_ear(&self);
    open_ear(&other);
    drop(self.handle);
    expect(&self, LEAVE);
    expect_outside(&self);
    expect(&other, LEAVE);
    expect(&other, LEFT);
    close_ear(&other);
    close_ear(&self);
}

static void drop_in_callback(ear *self)
{
    self->then = NULL;
    if (WlanDisconnect(self->handle, &guid0, NULL) != NO_ERROR)
        abort();
}

static void test_other_functions_in_the_callback(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(DOWN);
    open_ear(&self);
    self.then = drop_in_callback;
    join(self.handle, u"home");
    expect(&self, START);
    expect(&self, COMPLETE);
    expect(&self, LEAVE);
    expect(&self, LEFT);
    close_ear(&self);
}

static sigset_t blocked;

static void see_what_is_blocked(ear *self)
{
    (void)self;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
}

/* The program's handlers run on its own threads, but for what goes wrong in the callback. */
static void test_signals_in_the_callback(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(UP);
    self.then = see_what_is_blocked;
    open_ear(&self);
    drop(self.handle);
    expect(&self, LEAVE);
    expect(&self, LEFT);
    close_ear(&self);
    assert_int_equal(sigismember(&blocked, SIGTERM), 1);
    assert_int_equal(sigismember(&blocked, SIGSEGV), 0);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGTERM), 0);
}

/* ---- With other threads ---------------------------------------------------------------------- */

typedef struct ending {
    ear *of;
    DWORD (*how)(ear *of);
    DWORD status;
    bool was_inside; /* the callback was, when it had returned */
} ending;

static void *end_it(void *data)
{
    ending *self = data;

    self->status = self->how(self->of);
    pthread_mutex_lock(&self->of->lock);
    self->was_inside = self->of->inside;
    pthread_mutex_unlock(&self->of->lock);
    return NULL;
}

static DWORD by_unregistering(ear *of)
{
    return listen_to(of, 0);
}

static DWORD by_closing(ear *of)
{
    return WlanCloseHandle(of->handle, NULL);
}

/* As documented, it waits for the callback to finish. */
static void check_waits(DWORD (*how)(ear *of))
{
    static ear self = AN_EAR(guid0);
    ending ends = {.of = &self, .how = how};
    struct timespec until;
    pthread_t thread;

    world(UP "watched\nchange title=wlan0 state=disconnected\n");
    self.held = true;
    open_ear(&self);
    expect(&self, LEAVE);
    assert_int_equal(pthread_create(&thread, NULL, end_it, &ends), 0);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += HELD_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    assert_int_equal(pthread_timedjoin_np(thread, NULL, &until), ETIMEDOUT);
    set_held(&self, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(ends.status, NO_ERROR);
    assert_false(ends.was_inside);
    assert_int_equal(count_of(&self), 1);
}

static void test_unregistering_waits(void **state)
{
    (void)state;
    check_waits(by_unregistering);
}

static void test_closing_waits(void **state)
{
    (void)state;
    check_waits(by_closing);
}

static void test_another_client_does_not_wait(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0), other = AN_EAR(guid0);

    world(UP);
    open_ear(&other);
    open_ear(&self);
    set_held(&self, true);
    drop(other.handle);
    expect(&self, LEAVE);
    assert_ends(listen_to(&other, 0), NO_ERROR);
    close_ear(&other);
    set_held(&self, false);
    expect(&self, LEFT);
    close_ear(&self);
}

static void test_one_thread_tells(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0), other = AN_EAR(guid0);
    const told_one *one, *two;

    world(UP);
    open_ear(&self);
    open_ear(&other);
    drop(self.handle);
    one = expect(&self, LEAVE);
    two = expect(&other, LEAVE);
    assert_true(pthread_equal(one->thread, two->thread));
    assert_false(pthread_equal(one->thread, pthread_self()));
    close_ear(&self);
    close_ear(&other);
}

static VOID WINAPI ignore(PWLAN_NOTIFICATION_DATA what, PVOID context)
{
    (void)what;
    (void)context;
}

static bool is_good(DWORD status, DWORD otherwise)
{
    return status == NO_ERROR || status == otherwise;
}

/* A handle of its own, and one that somebody else may just have closed. */
static void *trouble(void *shared)
{
    WLAN_INTERFACE_INFO_LIST *list = NULL;
    HANDLE own = NULL, theirs = *(HANDLE *)shared;
    DWORD version, gone = ERROR_INVALID_HANDLE;
    bool good = true;

    for (int i = 0; i < ROUNDS / THREADS && good; i++) {
        good = WlanOpenHandle(2, NULL, &version, &own) == NO_ERROR;
        good = good && WlanRegisterNotification(own, ACM, TRUE, ignore, NULL, NULL, NULL) == NO_ERROR;
        good = good && is_good(WlanDisconnect(theirs, &guid0, NULL), gone);
        good =
            good && is_good(WlanRegisterNotification(theirs, ACM, TRUE, ignore, NULL, NULL, NULL), gone);
        good = good && WlanEnumInterfaces(own, NULL, &list) == NO_ERROR;
        WlanFreeMemory(list);
        list = NULL;
        good = good && is_good(WlanRegisterNotification(theirs, 0, TRUE, NULL, NULL, NULL, NULL), gone);
        if (i == ROUNDS / THREADS / 2)
            good = good && is_good(WlanCloseHandle(theirs, NULL), gone);
        good = good && WlanCloseHandle(own, NULL) == NO_ERROR;
        good = good && WlanCloseHandle(own, NULL) == gone;
    }
    return good ? NULL : shared;
}

static void test_many_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    HANDLE shared;
    void *bad;

    world(UP);
    shared = open_handle();
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, trouble, &shared), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
    assert_ends(WlanCloseHandle(shared, NULL), ERROR_INVALID_HANDLE);
}

/* ---- The end of the program ------------------------------------------------------------------ */

enum { CODE = 7 };

/* What `child` does in a process of its own, which is to end with this code. */
static void check_end(void (*child)(void), int code)
{
    pid_t pid, ended;
    int status = 0;

    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child();
        exit(CODE);
    }
    do
        ended = waitpid(pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    assert_int_equal(ended, pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

static void leave_it_open(void)
{
    static ear self = AN_EAR(guid0);

    world(UP);
    open_ear(&self);
}

static void test_exit_while_registered(void **state)
{
    (void)state;
    check_end(leave_it_open, CODE);
}

static void leave_it_in_a_callback(void)
{
    static ear self = AN_EAR(guid0);

    world(UP);
    self.held = true;
    open_ear(&self);
    drop(self.handle);
    expect(&self, LEAVE);
}

static void test_exit_while_in_a_callback(void **state)
{
    (void)state;
    check_end(leave_it_in_a_callback, CODE);
}

static void exit_in_callback(ear *self)
{
    (void)self;
    exit(CODE + 1);
}

static void exit_from_a_callback(void)
{
    static ear self = AN_EAR(guid0);

    world(UP);
    self.then = exit_in_callback;
    open_ear(&self);
    drop(self.handle);
    for (;;)
        pause();
}

static void test_exit_from_a_callback(void **state)
{
    (void)state;
    check_end(exit_from_a_callback, CODE + 1);
}

static HANDLE inherited;

static void use_what_is_inherited(void)
{
    WLAN_INTERFACE_INFO_LIST *list = NULL;

    assert_ends(WlanEnumInterfaces(inherited, NULL, &list), ERROR_INVALID_HANDLE);
    assert_ends(WlanRegisterNotification(inherited, ACM, FALSE, ignore, NULL, NULL, NULL),
                ERROR_INVALID_HANDLE);
    assert_ends(WlanCloseHandle(inherited, NULL), NO_ERROR);
}

/* While the library's thread is in the callback: it has none of the library's locks then. */
static void test_in_a_child(void **state)
{
    (void)state;
    static ear self = AN_EAR(guid0);

    world(UP);
    self.held = true;
    open_ear(&self);
    inherited = open_handle();
    drop(inherited);
    expect(&self, LEAVE);
    check_end(use_what_is_inherited, CODE);
    set_held(&self, false);
    expect(&self, LEFT);
    assert_ends(WlanCloseHandle(inherited, NULL), NO_ERROR);
    close_ear(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_parameters),
        apart(test_previous_sources),
        apart(test_without_service),
        apart(test_what_we_do),
        apart(test_a_way_in_steps),
        apart(test_attempts_that_fail),
        apart(test_reasons_of_failures),
        apart(test_another_takes_over),
        apart(test_interfaces_come_and_go),
        apart(test_after_a_loss),
        apart(test_duplicates),
        apart(test_duplicates_ignored),
        apart(test_all_sources),
        apart(test_unregistered),
        apart(test_another_callback),
        apart(test_unregistered_in_the_callback),
        apart(test_closed_in_the_callback),
        apart(test_registered_in_the_callback),
        apart(test_other_functions_in_the_callback),
        apart(test_signals_in_the_callback),
        apart(test_unregistering_waits),
        apart(test_closing_waits),
        apart(test_another_client_does_not_wait),
        apart(test_one_thread_tells),
        apart(test_many_threads),
        apart(test_exit_while_registered),
        apart(test_exit_while_in_a_callback),
        apart(test_exit_from_a_callback),
        apart(test_in_a_child),
    };

    return cmocka_run_group_tests_name("compat_wlan_notifications", tests, NULL, NULL);
}
