/* SPDX-License-Identifier: MIT */
/* Ending a share by the system's own dialog, the error of a network provider's own, and what else
 * Wine's mpr does not show. */
#include "wine.h"

#include <wchar.h>

#include <winnetwk.h>

#include "double_mpr.h"

#define REMOTE "\\\\server\\docs"

enum { PATIENCE_MS = 20000, OWNER_PATIENCE_MS = 5000, ASK_BACK = WM_APP + 1, CLOSE, POSTED };

static mpr_double *mpr;

/* ---- The world ------------------------------------------------------------------------------ */

static void put_share(const WCHAR *local, const WCHAR *remote, bool remembered)
{
    mpr_share *share = &mpr->shares[mpr->count++];

    wcscpy(share->local, local);
    wcscpy(share->remote, remote);
    share->connected = true;
    share->remembered = remembered;
}

static void put_error(DWORD code, const WCHAR *text, const WCHAR *provider)
{
    mpr->error_code = code;
    wcscpy(mpr->error_text, text);
    wcscpy(mpr->error_provider, provider);
}

/* What the owner's window does, on the thread that it belongs to. */
typedef struct owner_state {
    netdisc *nd;
    netdisc_status called_back; /* what a verb gave from within the window's procedure */
    size_t shares;
    volatile LONG posted;
    volatile LONG ticks;
} owner_state;

static owner_state owner_is;

static void call_back(void)
{
    netdisc_list *list = NULL;

    owner_is.called_back = netdisc_share_list(owner_is.nd, 0, 0, &list, NULL);
    owner_is.shares = netdisc_list_count(list);
    netdisc_list_free(list);
}

static LRESULT CALLBACK owner_procedure(HWND window, UINT message, WPARAM first, LPARAM second)
{
    switch (message) {
    case WM_TIMER:
        InterlockedIncrement(&owner_is.ticks);
        return 0;
    case POSTED:
        InterlockedIncrement(&owner_is.posted);
        return 0;
    case ASK_BACK:
        call_back();
        return 1;
    case CLOSE:
        netdisc_close(owner_is.nd);
        return 1;
    case WM_ENABLE:
        return 1;
    default:
        return DefWindowProcW(window, message, first, second);
    }
}

static HWND make_owner(void)
{
    WNDCLASSW class = {.lpfnWndProc = owner_procedure, .lpszClassName = L"netdisc test owner"};

    RegisterClassW(&class);

    HWND owner =
        CreateWindowExW(0, class.lpszClassName, L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);

    assert_non_null(owner);
    return owner;
}

typedef struct world {
    netdisc *nd;
    HWND owner;
    netdisc_disconnect spec;
} world;

static int set_up(void **state)
{
    static world it;

    mpr = wine_double("mpr.dll", "mpr_script");
    *mpr = (mpr_double){.lock = SRWLOCK_INIT};
    owner_is = (owner_state){0};
    it.nd = wine_open("mpr");
    it.owner = make_owner();
    it.spec = (netdisc_disconnect){.size = sizeof it.spec, .local = "Q:", .window = (intptr_t)it.owner};
    owner_is.nd = it.nd;
    put_share(L"Q:", L"\\\\server\\docs", true);
    *state = &it;
    return 0;
}

static int tear_down(void **state)
{
    world *it = *state;

    netdisc_close(it->nd);
    DestroyWindow(it->owner);
    return 0;
}

/* ---- What it is given ----------------------------------------------------------------------- */

static void test_a_letter_is_given_as_the_local_name(void **state)
{
    world *it = *state;

    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL), NO_ERROR);
    assert_int_equal(mpr->dialogs, 1);
    assert_int_equal(mpr->given.size, sizeof(DISCDLGSTRUCTW));
    assert_int_equal(mpr->given.size, sizeof(void *) == 8 ? 40 : 20);
    assert_ptr_equal(mpr->given.owner, it->owner);
    assert_true(mpr->given.has_local);
    assert_int_equal(wcscmp(mpr->given.local, L"Q:"), 0);
    assert_false(mpr->given.has_remote);
    /* Without this flag the system would force without asking. */
    assert_int_equal(mpr->given.flags, DISC_NO_FORCE);
    assert_int_not_equal(mpr->given.thread, GetCurrentThreadId());
    assert_false(mpr->shares[0].connected);
    assert_true(mpr->shares[0].remembered);
}

static void test_the_profile_is_updated_when_asked_for(void **state)
{
    world *it = *state;
    const uint32_t flags = NETDISC_UPDATE_PROFILE | NETDISC_NO_FORCE;

    assert_status(netdisc_share_disconnect(it->nd, &it->spec, flags, 0, NULL), NO_ERROR);
    assert_int_equal(mpr->given.flags, DISC_NO_FORCE | DISC_UPDATE_PROFILE);
    assert_false(mpr->shares[0].remembered);
}

static void test_a_share_without_a_letter_is_given_as_the_remote_name(void **state)
{
    world *it = *state;

    put_share(L"", L"\\\\server\\music", false);
    it->spec.local = NULL;
    it->spec.remote = "//server/music";
    assert_status(netdisc_share_disconnect(it->nd, &it->spec, NETDISC_UPDATE_PROFILE, 0, NULL),
                  NO_ERROR);
    assert_false(mpr->given.has_local);
    assert_true(mpr->given.has_remote);
    assert_int_equal(wcscmp(mpr->given.remote, L"\\\\server\\music"), 0);
    assert_int_equal(mpr->given.flags, DISC_NO_FORCE);
    assert_true(mpr->shares[0].connected);
    assert_false(mpr->shares[1].connected);
}

static void test_without_a_window_there_is_no_dialog(void **state)
{
    world *it = *state;

    it->spec.window = 0;
    netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL);
    assert_int_equal(mpr->dialogs, 0);
}

static void test_what_is_no_window_is_refused(void **state)
{
    world *it = *state;
    HWND gone = make_owner();
    netdisc_error *err = NULL;

    DestroyWindow(gone);
    it->spec.window = (intptr_t)gone;
    assert_error(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err), err, ERROR_INVALID_PARAMETER,
                 "window");
    assert_int_equal(mpr->dialogs, 0);
}

static void test_a_malformed_name_cannot_be_given_back(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;

    put_share(L"", L"\\\\server\\half\xd800", false);
    it->spec.local = NULL;
    it->spec.remote = "\\\\server\\half\xef\xbf\xbd";
    assert_error(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err), err, ERROR_INVALID_NAME,
                 "malformed");
    assert_int_equal(mpr->dialogs, 0);
}

static void test_nothing_to_end_shows_no_dialog(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;

    it->spec.local = "R:";
    assert_error(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err), err, ERROR_NOT_CONNECTED,
                 "R:");
    assert_int_equal(mpr->dialogs, 0);
}

/* ---- What it answers ------------------------------------------------------------------------ */

typedef struct answer {
    DWORD code;
    netdisc_status status;
    const char *text;
    bool native;
} answer;

static void test_every_answer_of_the_dialog_arrives(void **state)
{
    world *it = *state;
    static const answer answers[] = {
        {(DWORD)-1, NETDISC_DISMISSED, "dismissed", false},
        {ERROR_CANCELLED, NETDISC_ERROR_CANCELLED, "chose not to", false},
        {ERROR_OPEN_FILES, NETDISC_ERROR_OPEN_FILES, "Q:", true},
        {ERROR_BUSY, NETDISC_ERROR_BUSY, "Q:", true},
        {ERROR_NO_NETWORK, NETDISC_ERROR_NO_NETWORK, "Q:", true},
        {ERROR_NOT_ENOUGH_MEMORY, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "Q:", true},
        {ERROR_NOT_CONNECTED, NETDISC_ERROR_NOT_CONNECTED, "Q:", true},
        {ERROR_ACCESS_DENIED, NETDISC_ERROR_ACCESS_DENIED, "Q:", true},
    };

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        netdisc_error *err = NULL;

        mpr->dialog_code = answers[i].code;

        netdisc_status status = netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err);

        assert_int_equal(mpr->dialogs, i + 1);
        assert_string_equal(err->provider, "mpr");
        assert_int_equal(err->native_code, answers[i].native ? answers[i].code : 0);
        assert_true(answers[i].native == (err->native_domain != NULL));
        check_error(status, err, answers[i].status, answers[i].text, __FILE__, __LINE__);
    }
    assert_true(mpr->shares[0].connected);
}

static void test_success_that_is_none_is_busy(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;

    mpr->lies = true;
    assert_error(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err), err, ERROR_BUSY,
                 "reported success, but");
}

static void take_event(void *data, const netdisc_event *event)
{
    *(netdisc_event_type *)data = event->type;
}

static void expect_event(netdisc *nd, const netdisc_event_type *last, netdisc_event_type type)
{
    ULONGLONG until = GetTickCount64() + PATIENCE_MS;

    while (*last != type && GetTickCount64() < until)
        netdisc_dispatch(nd, 100);
    assert_int_equal(*last, type);
}

/* Without waiting for the watch's next look, which is two seconds away. */
static void test_a_watch_is_told_at_once(void **state)
{
    world *it = *state;
    netdisc_event_type last = NETDISC_EVENT_OVERRUN;
    netdisc_watch *watch = NULL;

    assert_status(netdisc_watch_start(it->nd, NETDISC_SHARE, take_event, &last, &watch, NULL), NO_ERROR);
    expect_event(it->nd, &last, NETDISC_EVENT_READY);

    ULONGLONG began = GetTickCount64();

    assert_status(netdisc_share_disconnect(it->nd, &it->spec, NETDISC_UPDATE_PROFILE, 0, NULL),
                  NO_ERROR);
    expect_event(it->nd, &last, NETDISC_EVENT_REMOVED);
    assert_in_range(GetTickCount64() - began, 0, 1500);
    netdisc_watch_stop(watch);
}

static void count_told(size_t *told, const netdisc_question *question)
{
    assert_int_equal(question->kind, NETDISC_QUESTION_TOLD);
    (*told)++;
}

static netdisc_answer prompt(void *data, netdisc_op *op, const netdisc_question *question)
{
    (void)op;
    count_told(data, question);
    return NETDISC_ANSWER_NO;
}

static void test_the_dialog_asks_and_tells_instead_of_the_prompt(void **state)
{
    world *it = *state;
    size_t told = 0;

    it->spec.prompt = prompt;
    it->spec.prompt_data = &told;
    mpr->dialog_code = ERROR_OPEN_FILES;
    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL), ERROR_OPEN_FILES);
    assert_int_equal(told, 0);
    /* What comes before the dialog it cannot tell. */
    mpr->open_code = ERROR_NO_NETWORK;
    it->spec.local = "R:";
    netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL);
    assert_int_equal(told, 1);
}

/* ---- The provider's own error --------------------------------------------------------------- */

static void check_extended(netdisc_status status, netdisc_error *err)
{
    assert_status(status, ERROR_EXTENDED_ERROR);
    assert_non_null(err);
    assert_non_null(strstr(err->message, "Gr\xc3\xbc\xc3\x9f"
                                         "e vom Server"));
    assert_non_null(strstr(err->message, "Contoso Network"));
    assert_string_equal(err->native_name, "Contoso Network");
    assert_string_equal(err->native_domain, "wnet");
    assert_int_equal(err->native_code, 4711);
    assert_string_equal(err->provider, "mpr");
    netdisc_error_free(err);
}

static void script_extended_error(void)
{
    put_error(4711,
              L"Gr\xfc\xdf"
              L"e vom Server.\r\n",
              L"Contoso Network");
}

static void test_the_providers_own_error_of_a_dialog(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;

    script_extended_error();
    mpr->dialog_code = ERROR_EXTENDED_ERROR;

    netdisc_status status = netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err);

    check_extended(status, err);
}

static void test_the_providers_own_error_of_a_cancel(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;

    script_extended_error();
    mpr->cancel_code = ERROR_EXTENDED_ERROR;

    netdisc_status status = netdisc_share_cancel(it->nd, "Q:", 0, 0, &err);

    check_extended(status, err);
}

static void test_the_providers_own_error_of_an_add(void **state)
{
    world *it = *state;
    netdisc_share_spec spec = {.size = sizeof spec, .local = "R:", .remote = REMOTE};
    netdisc_error *err = NULL;

    script_extended_error();
    mpr->add_code = ERROR_EXTENDED_ERROR;

    netdisc_status status = netdisc_share_add(it->nd, &spec, 0, 0, &err);

    check_extended(status, err);
}

static netdisc_status usable(netdisc *nd)
{
    netdisc_list *backends = NULL;

    assert_status(netdisc_backends(nd, 0, 0, &backends, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(backends), 1);

    netdisc_status status = netdisc_list_backend(backends, 0)->status;

    netdisc_list_free(backends);
    return status;
}

/* Busy is not gone; any other failure is why the provider cannot be used. */
static void test_whether_the_provider_can_be_used(void **state)
{
    world *it = *state;

    mpr->open_code = WN_FUNCTION_BUSY;
    assert_status(usable(it->nd), NO_ERROR);
    mpr->open_code = ERROR_NO_NETWORK;
    assert_status(usable(it->nd), ERROR_NO_NETWORK);
}

/* What is connected without a letter is left alone if it is connected as that user. */
static void test_as_whom_it_is_connected_decides_whether_it_is_left_alone(void **state)
{
    world *it = *state;
    static const struct {
        const WCHAR *as;
        const char *user;
        const char *domain;
        netdisc_auth auth;
        bool left_alone;
    } cases[] = {
        {L"DOMAIN\\bob", NULL, NULL, NETDISC_AUTH_DEFAULT, true},
        {L"DOMAIN\\bob", "bob", NULL, NETDISC_AUTH_DEFAULT, true},
        {L"DOMAIN\\bob", "Bob", "domain", NETDISC_AUTH_DEFAULT, true},
        {L"DOMAIN\\bob", "bob", "OTHER", NETDISC_AUTH_DEFAULT, false},
        {L"DOMAIN\\bob", "amy", NULL, NETDISC_AUTH_DEFAULT, false},
        {L"", "bob", NULL, NETDISC_AUTH_DEFAULT, false},
        {L"", NULL, NULL, NETDISC_AUTH_DEFAULT, true},
        {L"DOMAIN\\bob", NULL, NULL, NETDISC_AUTH_GUEST, false},
        {L"SERVER\\Guest", NULL, NULL, NETDISC_AUTH_GUEST, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const netdisc_share_spec spec = {
            .size = sizeof spec,
            .remote = REMOTE,
            .user = cases[i].user,
            .domain = cases[i].domain,
            .auth = cases[i].auth,
        };

        mpr->count = 0;
        put_share(L"", L"\\\\server\\docs", false);
        wcscpy(mpr->user, cases[i].as);
        assert_status(netdisc_share_add(it->nd, &spec, 0, 0, NULL), NO_ERROR);
        if (mpr->count != (cases[i].left_alone ? 1 : 2))
            print_error("case %u\n", (unsigned)i);
        assert_int_equal(mpr->count, cases[i].left_alone ? 1 : 2);
    }
}

static void test_the_providers_own_error_of_a_list(void **state)
{
    world *it = *state;
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    script_extended_error();
    mpr->open_code = ERROR_EXTENDED_ERROR;

    netdisc_status status = netdisc_share_list(it->nd, 0, 0, &list, &err);

    assert_null(list);
    check_extended(status, err);
}

static void test_when_even_the_providers_error_cannot_be_had(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;

    script_extended_error();
    mpr->error_fails = ERROR_INVALID_ADDRESS;
    mpr->dialog_code = ERROR_EXTENDED_ERROR;
    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err), ERROR_EXTENDED_ERROR);
    assert_int_equal(err->native_code, ERROR_EXTENDED_ERROR);
    assert_null(strstr(err->message, "Contoso"));
    assert_error(NETDISC_ERROR_EXTENDED_ERROR, err, ERROR_EXTENDED_ERROR, "Q:");
}

/* ---- The owner ------------------------------------------------------------------------------ */

static void test_the_owner_answers_while_the_verb_waits(void **state)
{
    world *it = *state;

    mpr->message = WM_ENABLE;
    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL), NO_ERROR);
    assert_true(mpr->answered);
}

static void test_the_owner_may_call_netdisc_meanwhile(void **state)
{
    world *it = *state;

    mpr->message = ASK_BACK;
    owner_is.called_back = NETDISC_ERROR_GEN_FAILURE;
    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL), NO_ERROR);
    assert_true(mpr->answered);
    assert_status(owner_is.called_back, NO_ERROR);
    assert_int_equal(owner_is.shares, 1);
}

/* As a program does that is ended while the dialog is open. */
static void test_the_owner_may_close_the_context_meanwhile(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;
    ULONGLONG before = GetTickCount64();

    mpr->message = CLOSE;
    mpr->over = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_error(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, &err), err, ERROR_CANCELLED, "");
    assert_in_range(GetTickCount64() - before, 0, 4000);
    it->nd = NULL;
    assert_int_equal(WaitForSingleObject(mpr->over, PATIENCE_MS), WAIT_OBJECT_0);
}

static bool moved_meanwhile;

static bool owner_has_moved(void)
{
    return InterlockedCompareExchange(&owner_is.posted, 0, 0) > 0 &&
           InterlockedCompareExchange(&owner_is.ticks, 0, 0) > 0;
}

static DWORD WINAPI answer_when_moved(void *data)
{
    (void)data;
    ULONGLONG until = GetTickCount64() + OWNER_PATIENCE_MS;

    WaitForSingleObject(mpr->opened, PATIENCE_MS);
    while (!owner_has_moved() && GetTickCount64() < until)
        Sleep(10);
    moved_meanwhile = owner_has_moved();
    SetEvent(mpr->answer);
    return 0;
}

static void test_messages_and_timers_go_on(void **state)
{
    world *it = *state;

    mpr->opened = CreateEventW(NULL, TRUE, FALSE, NULL);
    mpr->answer = CreateEventW(NULL, TRUE, FALSE, NULL);

    HANDLE user = CreateThread(NULL, 0, answer_when_moved, NULL, 0, NULL);

    PostMessageW(it->owner, POSTED, 0, 0);
    SetTimer(it->owner, 1, 20, NULL);
    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL), NO_ERROR);
    KillTimer(it->owner, 1);
    assert_int_equal(WaitForSingleObject(user, PATIENCE_MS), WAIT_OBJECT_0);
    assert_true(moved_meanwhile);
    CloseHandle(user);
    CloseHandle(mpr->opened);
    CloseHandle(mpr->answer);
}

static void test_that_the_program_is_to_quit_is_told_afterwards(void **state)
{
    world *it = *state;
    MSG message;

    mpr->message = WM_ENABLE;
    PostQuitMessage(3);
    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 0, NULL), NO_ERROR);
    assert_true(mpr->answered);
    assert_true(PeekMessageW(&message, NULL, 0, 0, PM_REMOVE));
    assert_int_equal(message.message, WM_QUIT);
    assert_int_equal(message.wParam, 3);
    assert_false(PeekMessageW(&message, NULL, WM_QUIT, WM_QUIT, PM_REMOVE));
}

static DWORD WINAPI answer_late(void *data)
{
    const DWORD *ms = data;

    WaitForSingleObject(mpr->opened, PATIENCE_MS);
    Sleep(*ms);
    SetEvent(mpr->answer);
    return 0;
}

static void test_no_deadline_holds_for_the_user(void **state)
{
    world *it = *state;
    DWORD ms = 900;

    mpr->opened = CreateEventW(NULL, TRUE, FALSE, NULL);
    mpr->answer = CreateEventW(NULL, TRUE, FALSE, NULL);

    HANDLE user = CreateThread(NULL, 0, answer_late, &ms, 0, NULL);

    assert_status(netdisc_share_disconnect(it->nd, &it->spec, 0, 600, NULL), NO_ERROR);
    assert_int_equal(WaitForSingleObject(user, PATIENCE_MS), WAIT_OBJECT_0);
    CloseHandle(user);
    CloseHandle(mpr->opened);
    CloseHandle(mpr->answer);
}

/* ---- The started form ----------------------------------------------------------------------- */

/* As a program's own loop does it. */
static void pump_until_done(netdisc *nd, netdisc_op *op)
{
    ULONGLONG until = GetTickCount64() + PATIENCE_MS;
    intptr_t pollable;
    MSG message;

    assert_status(netdisc_pollable(nd, &pollable), NO_ERROR);

    HANDLE ready = (HANDLE)pollable;

    while (netdisc_op_wait(op, 0) == NETDISC_WAIT_TIMEOUT && GetTickCount64() < until) {
        MsgWaitForMultipleObjectsEx(1, &ready, 1000, QS_ALLINPUT, MWMO_INPUTAVAILABLE);
        netdisc_dispatch(nd, 0);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

static void completed(void *data, netdisc_op *op)
{
    (void)op;
    (*(size_t *)data)++;
}

/* Once it is closed, that is: here nobody tells whether the share is gone. */
static void test_the_deadline_holds_again_after_the_dialog(void **state)
{
    world *it = *state;
    netdisc_error *err = NULL;
    DWORD ms = 900;

    mpr->opened = CreateEventW(NULL, TRUE, FALSE, NULL);
    mpr->answer = CreateEventW(NULL, TRUE, FALSE, NULL);
    mpr->look_gate = CreateEventW(NULL, TRUE, FALSE, NULL);

    HANDLE user = CreateThread(NULL, 0, answer_late, &ms, 0, NULL);
    ULONGLONG before = GetTickCount64();

    assert_error(netdisc_share_disconnect(it->nd, &it->spec, 0, 600, &err), err, ERROR_TIMEOUT, "");
    assert_in_range(GetTickCount64() - before, 900, 5000);
    assert_int_equal(WaitForSingleObject(user, PATIENCE_MS), WAIT_OBJECT_0);
    CloseHandle(user);
    SetEvent(mpr->look_gate);
}

static void test_the_started_form_leaves_the_messages_to_the_program(void **state)
{
    world *it = *state;
    size_t completions = 0;
    netdisc_op *op;

    mpr->message = WM_ENABLE;
    assert_status(netdisc_share_disconnect_start(it->nd, &it->spec, 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_on_complete(op, completed, &completions), NO_ERROR);
    pump_until_done(it->nd, op);
    assert_status(netdisc_op_wait(op, 0), NO_ERROR);
    assert_true(mpr->answered);
    netdisc_op_free(op);
}

static void test_a_dialog_can_be_left_behind(void **state)
{
    world *it = *state;
    netdisc_op *op;

    mpr->opened = CreateEventW(NULL, TRUE, FALSE, NULL);
    mpr->answer = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_status(netdisc_share_disconnect_start(it->nd, &it->spec, 0, 0, &op, NULL), NO_ERROR);
    assert_int_equal(WaitForSingleObject(mpr->opened, PATIENCE_MS), WAIT_OBJECT_0);
    netdisc_op_cancel(op);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    netdisc_op_free(op);

    ULONGLONG before = GetTickCount64();

    netdisc_close(it->nd);
    assert_in_range(GetTickCount64() - before, 0, 4000);
    it->nd = NULL;
    SetEvent(mpr->answer);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_world(test_a_letter_is_given_as_the_local_name),
        with_world(test_the_profile_is_updated_when_asked_for),
        with_world(test_a_share_without_a_letter_is_given_as_the_remote_name),
        with_world(test_without_a_window_there_is_no_dialog),
        with_world(test_what_is_no_window_is_refused),
        with_world(test_a_malformed_name_cannot_be_given_back),
        with_world(test_nothing_to_end_shows_no_dialog),
        with_world(test_every_answer_of_the_dialog_arrives),
        with_world(test_success_that_is_none_is_busy),
        with_world(test_a_watch_is_told_at_once),
        with_world(test_the_dialog_asks_and_tells_instead_of_the_prompt),
        with_world(test_the_providers_own_error_of_a_dialog),
        with_world(test_the_providers_own_error_of_a_cancel),
        with_world(test_the_providers_own_error_of_an_add),
        with_world(test_whether_the_provider_can_be_used),
        with_world(test_as_whom_it_is_connected_decides_whether_it_is_left_alone),
        with_world(test_the_providers_own_error_of_a_list),
        with_world(test_when_even_the_providers_error_cannot_be_had),
        with_world(test_the_owner_answers_while_the_verb_waits),
        with_world(test_the_owner_may_call_netdisc_meanwhile),
        with_world(test_the_owner_may_close_the_context_meanwhile),
        with_world(test_messages_and_timers_go_on),
        with_world(test_that_the_program_is_to_quit_is_told_afterwards),
        with_world(test_no_deadline_holds_for_the_user),
        with_world(test_the_deadline_holds_again_after_the_dialog),
        with_world(test_the_started_form_leaves_the_messages_to_the_program),
        with_world(test_a_dialog_can_be_left_behind),
    };

    return cmocka_run_group_tests_name("win32 dialog", tests, NULL, NULL);
}
