/* SPDX-License-Identifier: MIT */
/* Who holds a share: the Restart Manager's part on a double, the processes those of this Wine. */
#include "wine.h"

#include <wchar.h>

#include "double_mpr.h"
#include "double_rstrtmgr.h"

#define LETTER    "R:"
#define ELSEWHERE "C:\\holder.exe"

enum { PATIENCE_MS = 20000 };

static mpr_double *mpr;
static rstrtmgr_double *restart;

/* ---- The world ------------------------------------------------------------------------------ */

static void put_share(const WCHAR *local, const WCHAR *remote)
{
    mpr_share *share = &mpr->shares[mpr->count++];

    wcscpy(share->local, local);
    wcscpy(share->remote, remote);
    share->connected = true;
}

static void put_user(DWORD pid, const WCHAR *program)
{
    RM_PROCESS_INFO *process = &restart->processes[restart->count++];

    memset(process, 0, sizeof *process);
    process->Process.dwProcessId = pid;
    wcscpy(process->strAppName, program);
}

static int set_up(void **state)
{
    mpr = wine_double("mpr.dll", "mpr_script");
    restart = wine_double("rstrtmgr.dll", "rstrtmgr_script");
    *mpr = (mpr_double){.lock = SRWLOCK_INIT};
    memset(restart, 0, sizeof *restart);
    put_share(L"R:", L"\\\\server\\docs");
    *state = wine_open("mpr");
    return 0;
}

static int tear_down(void **state)
{
    netdisc_close(*state);
    return 0;
}

static netdisc_list *holders_of(netdisc *nd, const char *name)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;
    netdisc_status status = netdisc_share_holders(nd, name, 0, 0, &list, &err);

    if (status)
        print_error("%s: %s\n", netdisc_status_name(status), err->message);
    assert_status(status, NO_ERROR);
    return list;
}

static const netdisc_holder *find(const netdisc_list *list, uint64_t pid, const char *what)
{
    for (size_t i = 0; i < netdisc_list_count(list); i++) {
        const netdisc_holder *holder = netdisc_list_holder(list, i);

        if (holder->pid == pid && strcmp(holder->what, what) == 0)
            return holder;
    }
    return NULL;
}

static size_t count_of(const netdisc_list *list, uint64_t pid)
{
    size_t count = 0;

    for (size_t i = 0; i < netdisc_list_count(list); i++)
        count += netdisc_list_holder(list, i)->pid == pid;
    return count;
}

/* What the list says that it lacks; NULL: nothing with these words. */
static const netdisc_error *lacking(const netdisc_list *list, const char *words)
{
    for (size_t i = 0; i < netdisc_list_failure_count(list); i++) {
        const netdisc_error *failure = netdisc_list_failure(list, i);

        if (strstr(failure->message, words))
            return failure;
    }
    return NULL;
}

/* ---- The Restart Manager -------------------------------------------------------------------- */

static void test_the_restart_manager_names_users(void **state)
{
    put_user(100, L"Gr\xfc\xdf"
                  L"e");
    put_user(200, L"Editor");
    put_user(100, L"Gr\xfc\xdf"
                  L"e");

    netdisc_list *list = holders_of(*state, LETTER);
    const netdisc_holder *holder = find(list, 100, "file");

    assert_int_equal(netdisc_list_count(list), 2);
    assert_non_null(holder);
    assert_string_equal(holder->program, "Gr\xc3\xbc\xc3\x9f"
                                         "e");
    assert_string_equal(holder->path, LETTER "\\");
    assert_string_equal(holder->provider, "mpr");
    assert_non_null(find(list, 200, "file"));
    assert_int_equal(wcscmp(restart->registered, L"R:\\"), 0);
    assert_int_equal(restart->sessions, 0);
    netdisc_list_free(list);
}

static void test_a_share_without_a_letter_goes_by_its_remote_name(void **state)
{
    put_share(L"", L"\\\\server\\music");
    put_user(100, L"Player");

    netdisc_list *list = holders_of(*state, "//server/music");

    assert_int_equal(wcscmp(restart->registered, L"\\\\server\\music\\"), 0);
    assert_string_equal(find(list, 100, "file")->path, "\\\\server\\music\\");
    netdisc_list_free(list);
}

static void test_nobody_found_is_not_nobody(void **state)
{
    netdisc_list *list = holders_of(*state, LETTER);
    const netdisc_error *failure = lacking(list, "does not tell who else");

    assert_int_equal(netdisc_list_count(list), 0);
    assert_int_equal(netdisc_list_failure_count(list), 1);
    assert_non_null(failure);
    assert_status(failure->status, ERROR_NOT_SUPPORTED);
    netdisc_list_free(list);
}

static void test_a_list_that_grows_is_read_again(void **state)
{
    for (DWORD pid = 1000; pid < 1040; pid++)
        put_user(pid, L"Many");
    restart->grows = 3;
    for (DWORD i = 40; i < 46; i++)
        restart->processes[i].Process.dwProcessId = 1000 + i;

    netdisc_list *list = holders_of(*state, LETTER);

    assert_int_equal(restart->lists, 2);
    assert_int_equal(netdisc_list_count(list), 43);
    assert_int_equal(restart->sessions, 0);
    netdisc_list_free(list);
}

static void test_a_list_that_never_fits_is_given_up(void **state)
{
    put_user(1000, L"Many");
    restart->list_code = ERROR_MORE_DATA;

    netdisc_list *list = holders_of(*state, LETTER);

    assert_int_equal(netdisc_list_count(list), 0);
    assert_in_range(restart->lists, 2, 10);
    assert_int_equal(lacking(list, "Restart Manager")->native_code, ERROR_MORE_DATA);
    assert_int_equal(restart->sessions, 0);
    netdisc_list_free(list);
}

typedef struct failing {
    DWORD *code;
    LONG started;
} failing;

static void test_a_failure_of_the_restart_manager_is_said(void **state)
{
    const failing ways[] = {
        {&restart->start_code, 0}, {&restart->register_code, 1}, {&restart->list_code, 1}};

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        restart->started = 0;
        *ways[i].code = ERROR_SEM_TIMEOUT;

        netdisc_list *list = holders_of(*state, LETTER);
        const netdisc_error *failure = lacking(list, "Restart Manager");

        assert_non_null(failure);
        assert_status(failure->status, ERROR_SEM_TIMEOUT);
        assert_string_equal(failure->native_domain, "win32");
        assert_non_null(lacking(list, "does not tell who else"));
        assert_int_equal(restart->started, ways[i].started);
        assert_int_equal(restart->sessions, 0);
        netdisc_list_free(list);
        *ways[i].code = NO_ERROR;
    }
}

/* Windows' own gives this for every directory. */
static void test_access_denied_by_the_restart_manager_says_nothing_more(void **state)
{
    restart->list_code = ERROR_ACCESS_DENIED;

    netdisc_list *list = holders_of(*state, LETTER);

    assert_int_equal(restart->lists, 1);
    assert_null(lacking(list, "Restart Manager"));
    assert_int_equal(netdisc_list_failure_count(list), 1);
    netdisc_list_free(list);
}

static LONG sessions(void)
{
    return InterlockedCompareExchange(&restart->sessions, 0, 0);
}

static void test_a_restart_manager_that_never_answers(void **state)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    ULONGLONG before = GetTickCount64();

    restart->gate = gate;
    assert_error(netdisc_share_holders(*state, LETTER, 0, 500, &list, &err), err, ERROR_TIMEOUT, "mpr");
    assert_in_range(GetTickCount64() - before, 450, 6000);

    /* What refused it is known all the same. */
    mpr->cancel_code = ERROR_OPEN_FILES;
    assert_status(netdisc_share_cancel(*state, LETTER, 0, 2000, &err), ERROR_OPEN_FILES);
    assert_null(err->holders);
    netdisc_error_free(err);

    before = GetTickCount64();
    netdisc_close(*state);
    assert_in_range(GetTickCount64() - before, 0, 4000);
    *state = NULL;

    /* Those that were left behind end by themselves. */
    assert_int_equal(restart->sessions, 2);
    SetEvent(gate);
    for (before = GetTickCount64(); sessions() && GetTickCount64() - before < PATIENCE_MS;)
        Sleep(10);
    assert_int_equal(sessions(), 0);
    CloseHandle(gate);
}

/* ---- Processes ------------------------------------------------------------------------------ */

typedef struct held {
    PROCESS_INFORMATION process;
    HANDLE end; /* to be set for the process to end */
} held;

/* This very program, or a copy, which only waits when it is told so. */
static held hold(const char *path)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    STARTUPINFOA start = {.cb = sizeof start};
    held it = {.end = CreateEventA(&inherited, TRUE, FALSE, NULL)};
    char command[MAX_PATH + 64];

    snprintf(command, sizeof command, "\"%s\" --hold %llu", path, (unsigned long long)(uintptr_t)it.end);
    assert_true(CreateProcessA(path, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &it.process));
    return it;
}

static void let_go(held *it)
{
    SetEvent(it->end);
    assert_int_equal(WaitForSingleObject(it->process.hProcess, PATIENCE_MS), WAIT_OBJECT_0);
    CloseHandle(it->process.hProcess);
    CloseHandle(it->process.hThread);
    CloseHandle(it->end);
}

static int be_held(const char *handle)
{
    HANDLE end = (HANDLE)(uintptr_t)strtoull(handle, NULL, 10);

    return WaitForSingleObject(end, 60000) == WAIT_OBJECT_0 ? 0 : 1;
}

/* What Wine has of the machine's own root stands for a share: this program lies on it, and perhaps some of
 * Wine's. */
static netdisc_list *holders_of_z(netdisc *nd)
{
    put_share(L"Z:", L"\\\\server\\tools");
    return holders_of(nd, "z:");
}

static void find_self(char path[MAX_PATH])
{
    DWORD length = GetModuleFileNameA(NULL, path, MAX_PATH);

    assert_in_range(length, 1, MAX_PATH - 1);
    assert_memory_equal(path, "Z:\\", 3);
}

static const char *file_of(const char *path)
{
    return strrchr(path, '\\') + 1;
}

static void test_a_process_whose_program_is_on_the_share(void **state)
{
    char self[MAX_PATH];

    find_self(self);

    held process = hold(self);
    netdisc_list *list = holders_of_z(*state);
    const netdisc_holder *holder = find(list, process.process.dwProcessId, "program");

    let_go(&process);
    assert_non_null(holder);
    assert_string_equal(holder->program, file_of(self));
    assert_string_equal(holder->path, self);
    assert_int_equal(count_of(list, process.process.dwProcessId), 1);
    assert_non_null(find(list, GetCurrentProcessId(), "program"));
    assert_int_equal(count_of(list, GetCurrentProcessId()), 1);
    netdisc_list_free(list);

    list = holders_of(*state, "z:");
    assert_int_equal(count_of(list, process.process.dwProcessId), 0);
    netdisc_list_free(list);
}

static void test_a_process_with_a_dll_of_the_share(void **state)
{
    char path[MAX_PATH + 8];

    find_self(path);
    strcpy(path + strlen(path) - strlen(".exe"), "-held.dll");

    char self[MAX_PATH];

    find_self(self);
    assert_true(CopyFileA(self, path, FALSE));

    HMODULE dll = LoadLibraryExA(path, NULL, DONT_RESOLVE_DLL_REFERENCES);
    netdisc_list *list = holders_of_z(*state);
    const netdisc_holder *holder = find(list, GetCurrentProcessId(), "mapping");

    FreeLibrary(dll);
    DeleteFileA(path);
    assert_non_null(dll);
    assert_non_null(holder);
    assert_string_equal(holder->path, path);
    assert_int_equal(count_of(list, GetCurrentProcessId()), 2);
    netdisc_list_free(list);
}

static void test_a_process_elsewhere_holds_nothing(void **state)
{
    char self[MAX_PATH];

    find_self(self);
    assert_true(CopyFileA(self, ELSEWHERE, FALSE));

    held process = hold(ELSEWHERE);
    netdisc_list *here = holders_of_z(*state);
    netdisc_list *there = holders_of(*state, LETTER);

    let_go(&process);
    DeleteFileA(ELSEWHERE);
    assert_int_equal(count_of(here, process.process.dwProcessId), 0);
    assert_int_equal(netdisc_list_count(there), 0);
    netdisc_list_free(here);
    netdisc_list_free(there);
}

/* Wine looks for \\\\server\\docs there, in its prefix. */
static void find_unc(char path[MAX_PATH])
{
    const char *prefix = getenv("WINEPREFIX");

    assert_non_null(prefix);
    snprintf(path, MAX_PATH, "Z:%s/dosdevices/unc", prefix);
    for (char *at = path; *at; at++)
        if (*at == '/')
            *at = '\\';
}

static void copy_to_server(void)
{
    static const char *const parts[] = {"", "\\server", "\\docs"};
    char self[MAX_PATH];
    char path[MAX_PATH];

    find_self(self);
    find_unc(path);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        strcat(path, parts[i]);
        CreateDirectoryA(path, NULL);
    }
    strcat(path, "\\holder.exe");
    assert_true(CopyFileA(self, path, FALSE));
}

static void test_a_program_that_was_run_by_its_remote_name(void **state)
{
    static const char *const ways[] = {"\\\\server\\docs\\holder.exe", "\\\\SERVER\\Docs\\holder.exe",
                                       "\\\\?\\UNC\\server\\docs\\holder.exe"};

    copy_to_server();
    /* Only the beginning of its name is the same. */
    put_share(L"S:", L"\\\\server\\doc");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        held process = hold(ways[i]);
        netdisc_list *list = holders_of(*state, LETTER);
        netdisc_list *other = holders_of(*state, "S:");
        const netdisc_holder *holder = find(list, process.process.dwProcessId, "program");

        let_go(&process);
        assert_non_null(holder);
        assert_string_equal(holder->path, LETTER "\\holder.exe");
        assert_int_equal(netdisc_list_count(list), 1);
        assert_int_equal(netdisc_list_count(other), 0);
        netdisc_list_free(list);
        netdisc_list_free(other);
    }
}

/* ---- With a refusal ------------------------------------------------------------------------- */

static void test_open_files_come_with_their_holders(void **state)
{
    netdisc_error *err = NULL;

    put_user(100, L"Editor");
    mpr->cancel_code = ERROR_OPEN_FILES;
    assert_status(netdisc_share_cancel(*state, LETTER, 0, 0, &err), ERROR_OPEN_FILES);
    assert_non_null(err->holders);
    assert_non_null(find(err->holders, 100, "file"));
    assert_non_null(lacking(err->holders, "does not tell who else"));
    netdisc_error_free(err);
    assert_true(mpr->shares[0].connected);
}

static void test_open_files_of_a_dialog_come_with_their_holders(void **state)
{
    HWND owner = CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    netdisc_disconnect spec = {.size = sizeof spec, .local = LETTER, .window = (intptr_t)owner};
    netdisc_error *err = NULL;

    put_user(100, L"Editor");
    mpr->dialog_code = ERROR_OPEN_FILES;
    assert_status(netdisc_share_disconnect(*state, &spec, 0, 0, &err), ERROR_OPEN_FILES);
    assert_non_null(err->holders);
    assert_non_null(find(err->holders, 100, "file"));
    netdisc_error_free(err);
    DestroyWindow(owner);
}

static void test_no_such_share_has_no_holders(void **state)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    assert_error(netdisc_share_holders(*state, "S:", 0, 0, &list, &err), err, ERROR_NOT_CONNECTED, "S:");
    assert_null(list);
    assert_int_equal(restart->started, 0);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        with_world(test_the_restart_manager_names_users),
        with_world(test_a_share_without_a_letter_goes_by_its_remote_name),
        with_world(test_nobody_found_is_not_nobody),
        with_world(test_a_list_that_grows_is_read_again),
        with_world(test_a_list_that_never_fits_is_given_up),
        with_world(test_a_failure_of_the_restart_manager_is_said),
        with_world(test_access_denied_by_the_restart_manager_says_nothing_more),
        with_world(test_a_restart_manager_that_never_answers),
        with_world(test_a_process_whose_program_is_on_the_share),
        with_world(test_a_process_with_a_dll_of_the_share),
        with_world(test_a_process_elsewhere_holds_nothing),
        with_world(test_a_program_that_was_run_by_its_remote_name),
        with_world(test_open_files_come_with_their_holders),
        with_world(test_open_files_of_a_dialog_come_with_their_holders),
        with_world(test_no_such_share_has_no_holders),
    };

    if (count == 3 && strcmp(arguments[1], "--hold") == 0)
        return be_held(arguments[2]);
    return cmocka_run_group_tests_name("win32 holders", tests, NULL, NULL);
}
