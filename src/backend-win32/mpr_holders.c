/* SPDX-License-Identifier: MIT */
/*
 * Who holds a share, as far as documented interfaces tell: those whose program or DLLs lie on it, and whom the
 * Restart Manager knows to use it. Who merely has a file open there, or works in a directory there, Windows
 * tells of files on its own disks only; so the list is always said to be incomplete.
 */
#include "mpr.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <restartmanager.h>
#include <tlhelp32.h>

#define RESTART_FUNCTIONS(XX)                                                                           \
    XX(RmEndSession)                                                                                    \
    XX(RmGetList)                                                                                       \
    XX(RmRegisterResources)                                                                             \
    XX(RmStartSession)

typedef struct restart_api {
    RESTART_FUNCTIONS(ND_FUNCTION_MEMBER)
} restart_api;

static const char *const names[] = {RESTART_FUNCTIONS(ND_FUNCTION_NAME)};
static const nd_library library = ND_LIBRARY("rstrtmgr.dll", names);

enum { LONGEST_PATH = 32768, TRIES = 4, SPARE = 8 };

/* ---- What has been found -------------------------------------------------------------------- */

typedef struct found {
    DWORD pid;
    const char *what; /* static */
    WCHAR *path;
    struct found *next;
} found;

typedef struct search {
    nd_call *call;
    found *all;
    WCHAR *room; /* for a path */
    bool no_memory;
} search;

/* A share that is looked at: by its local name, if it has one, and by its remote name. */
typedef struct place {
    const char *name;
    WCHAR *local;
    WCHAR *remote;
} place;

static const WCHAR *root_of(const place *share)
{
    return share->local ? share->local : share->remote;
}

static bool same(const WCHAR *a, const WCHAR *b, size_t length)
{
    return length == 0 || CompareStringOrdinal(a, (int)length, b, (int)length, TRUE) == CSTR_EQUAL;
}

static bool same_text(const WCHAR *a, const WCHAR *b)
{
    size_t length = wcslen(a);

    return wcslen(b) == length && same(a, b, length);
}

static bool is_known(const search *it, DWORD pid, const char *what, const WCHAR *path)
{
    for (const found *at = it->all; at; at = at->next)
        if (at->pid == pid && strcmp(at->what, what) == 0 && same_text(at->path, path))
            return true;
    return false;
}

/* False: no memory. */
static bool keep(search *it, DWORD pid, const char *what, const WCHAR *path)
{
    found *one = calloc(1, sizeof *one);

    if (!one)
        return false;
    one->path = _wcsdup(path);
    if (!one->path) {
        free(one);
        return false;
    }
    one->pid = pid;
    one->what = what;
    one->next = it->all;
    it->all = one;
    return true;
}

static void forget_all(search *it)
{
    while (it->all) {
        found *one = it->all;

        it->all = one->next;
        free(one->path);
        free(one);
    }
    free(it->room);
}

static void add_holder(search *it, DWORD pid, const WCHAR *program, const char *what, const WCHAR *path)
{
    if (is_known(it, pid, what, path))
        return;

    char *program_text = nd_narrow(program);
    char *path_text = nd_narrow(path);

    if (program_text && path_text && keep(it, pid, what, path))
        nd_add(it->call,
               &(nd_item){
                   .sort = ND_SORT_HOLDER,
                   .as.holder = {.pid = pid, .program = program_text, .what = what, .path = path_text},
               });
    else
        it->no_memory = true;
    free(program_text);
    free(path_text);
}

/* ---- Paths ---------------------------------------------------------------------------------- */

/* Without the mark that keeps the system from looking at it, which may stand before a path. */
static const WCHAR *unmarked(const WCHAR *path, bool *is_remote)
{
    static const WCHAR remote[] = L"\\\\?\\UNC\\";
    static const WCHAR local[] = L"\\\\?\\";
    size_t length = wcslen(path);

    *is_remote = length >= ND_COUNT(remote) - 1 && same(path, remote, ND_COUNT(remote) - 1);
    if (*is_remote)
        return path + ND_COUNT(remote) - 1;
    return wcsncmp(path, local, ND_COUNT(local) - 1) == 0 ? path + ND_COUNT(local) - 1 : path;
}

/* What follows the root, "" or "\...". NULL: the path is elsewhere. */
static const WCHAR *below(const WCHAR *root, const WCHAR *path)
{
    bool is_remote;

    path = unmarked(path, &is_remote);
    if (is_remote)
        root += wcsspn(root, L"\\");

    size_t length = wcslen(root);

    if (wcslen(path) < length || !same(path, root, length))
        return NULL;
    return path[length] == L'\\' || path[length] == L'\0' ? path + length : NULL;
}

static const WCHAR *below_share(const place *share, const WCHAR *path)
{
    const WCHAR *rest = share->local ? below(share->local, path) : NULL;

    return rest ? rest : below(share->remote, path);
}

/* To be freed. NULL: no memory. */
static WCHAR *join(const WCHAR *root, const WCHAR *rest)
{
    size_t length = wcslen(root);
    size_t rest_length = wcslen(rest);
    WCHAR *path = calloc(length + rest_length + 1, sizeof *path);

    if (!path)
        return NULL;
    memcpy(path, root, length * sizeof *path);
    memcpy(path + length, rest, rest_length * sizeof *path);
    return path;
}

/* Something of a process; told if it lies on the share, by the name that the share goes by. */
static void look_at_path(search *it, const place *share, const PROCESSENTRY32W *process,
                         const char *what, const WCHAR *path)
{
    const WCHAR *rest = below_share(share, path);
    WCHAR *told = rest ? join(root_of(share), rest) : NULL;

    if (told)
        add_holder(it, process->th32ProcessID, process->szExeFile, what, told);
    else
        it->no_memory = it->no_memory || rest;
    free(told);
}

/* ---- Processes ------------------------------------------------------------------------------ */

/* Its list changes while it is read: then it is asked for again. INVALID_HANDLE_VALUE: not ours to see. */
static HANDLE list_modules(DWORD pid)
{
    HANDLE list = INVALID_HANDLE_VALUE;

    for (int i = 0; i < TRIES && list == INVALID_HANDLE_VALUE; i++) {
        list = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE | TH32CS_SNAPMODULE32, pid);
        if (list == INVALID_HANDLE_VALUE && GetLastError() != ERROR_BAD_LENGTH)
            break;
    }
    return list;
}

/* The program is among its own modules. */
static void look_at_modules(search *it, const place *share, const PROCESSENTRY32W *process)
{
    MODULEENTRY32W module = {.dwSize = sizeof module};
    HANDLE list = list_modules(process->th32ProcessID);

    if (list == INVALID_HANDLE_VALUE)
        return;
    for (BOOL any = Module32FirstW(list, &module); any; any = Module32NextW(list, &module)) {
        bool program = same_text(module.szModule, process->szExeFile);

        look_at_path(it, share, process, program ? "program" : "mapping", module.szExePath);
    }
    CloseHandle(list);
}

/* Of more processes than their modules can be seen of. */
static void look_at_program(search *it, const place *share, const PROCESSENTRY32W *process)
{
    HANDLE handle = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process->th32ProcessID);
    DWORD length = LONGEST_PATH;

    if (!handle)
        return;
    if (QueryFullProcessImageNameW(handle, 0, it->room, &length))
        look_at_path(it, share, process, "program", it->room);
    CloseHandle(handle);
}

static netdisc_status look_at_processes(search *it, const place *share, nd_trouble *why)
{
    PROCESSENTRY32W process = {.dwSize = sizeof process};
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);

    if (list == INVALID_HANDLE_VALUE)
        return nd_trouble_win32(why, 0, GetLastError(), "the processes could not be listed");
    for (BOOL any = Process32FirstW(list, &process); any && !nd_abandoned(it->call);
         any = Process32NextW(list, &process)) {
        /* 0 is no process; among snapshots it stands for this one. */
        if (process.th32ProcessID == 0)
            continue;
        look_at_program(it, share, &process);
        look_at_modules(it, share, &process);
    }
    CloseHandle(list);
    return NETDISC_NO_ERROR;
}

/* ---- The Restart Manager -------------------------------------------------------------------- */

typedef struct affected {
    RM_PROCESS_INFO *processes;
    UINT count;
} affected;

/* More may come between one try and the next. */
static DWORD list_affected(const restart_api *restart, DWORD session, affected *who)
{
    DWORD reasons = 0;
    UINT needed = 0;
    DWORD code = ERROR_MORE_DATA;

    for (int i = 0; i < TRIES && code == ERROR_MORE_DATA; i++) {
        UINT room = needed + SPARE;

        free(who->processes);
        who->processes = calloc(room, sizeof *who->processes);
        if (!who->processes)
            return ERROR_NOT_ENOUGH_MEMORY;
        code = restart->RmGetList(session, &needed, &room, who->processes, &reasons);
        who->count = code == NO_ERROR ? room : 0;
    }
    return code;
}

static DWORD ask_session(const restart_api *restart, DWORD session, const WCHAR *root, affected *who)
{
    DWORD code = restart->RmRegisterResources(session, 1, &root, 0, NULL, 0, NULL);

    return code ? code : list_affected(restart, session, who);
}

static DWORD ask_restart_manager(const restart_api *restart, const WCHAR *root, affected *who)
{
    WCHAR key[CCH_RM_SESSION_KEY + 1] = {0};
    DWORD session = 0;
    DWORD code = restart->RmStartSession(&session, 0, key);

    if (code)
        return code;
    code = ask_session(restart, session, root, who);
    restart->RmEndSession(session);
    return code;
}

static void add_users(search *it, const WCHAR *root, affected *who)
{
    for (UINT i = 0; i < who->count; i++) {
        RM_PROCESS_INFO *process = &who->processes[i];

        process->strAppName[CCH_RM_MAX_APP_NAME] = L'\0';
        add_holder(it, process->Process.dwProcessId, process->strAppName, "file", root);
    }
}

/* Of a directory Windows' own answers "access denied", whoever asks: that adds nothing to what is said in any
 * case. */
static netdisc_status look_at_users(search *it, const place *share, nd_trouble *why)
{
    restart_api restart;
    nd_failure failure = {0};
    affected who = {0};
    netdisc_status status = nd_library_load(&library, &restart, sizeof restart, &failure);

    if (status)
        return nd_trouble_say(why, status, "%s", failure.message);

    WCHAR *root = join(root_of(share), L"\\");
    DWORD code = root ? ask_restart_manager(&restart, root, &who) : ERROR_NOT_ENOUGH_MEMORY;

    add_users(it, root, &who);
    free(who.processes);
    free(root);
    if (code && code != ERROR_ACCESS_DENIED)
        return nd_trouble_win32(why, 0, code, "the Restart Manager does not tell who uses %s",
                                share->name);
    return NETDISC_NO_ERROR;
}

/* ---- The slot ------------------------------------------------------------------------------- */

typedef netdisc_status source(search *it, const place *share, nd_trouble *why);

/* The Restart Manager comes last, for it may wait. */
static source *const sources[] = {look_at_processes, look_at_users};

/* What one source does not tell, the other may. */
static void look_at_share(search *it, const place *share)
{
    if (!share->remote) {
        it->no_memory = true;
        return;
    }
    for (size_t i = 0; i < ND_COUNT(sources) && !nd_abandoned(it->call); i++) {
        nd_trouble why = {0};
        netdisc_status status = sources[i](it, share, &why);

        if (status)
            nd_trouble_lacks(it->call, status, &why);
    }
}

static void look_for_holders(search *it, const netdisc_share *share)
{
    place where = {
        .name = share->local ? share->local : share->remote,
        .local = nd_wide(share->local),
        .remote = nd_wide(share->remote),
    };

    if (share->local && !where.local)
        it->no_memory = true;
    else
        look_at_share(it, &where);
    free(where.local);
    free(where.remote);
}

/* So that no list, least of all an empty one, reads as if it were whole. */
static void say_what_is_not_told(nd_call *call)
{
    nd_trouble why;

    nd_trouble_say(&why, NETDISC_ERROR_NOT_SUPPORTED,
                   "Windows does not tell who else has files open on a network drive, or works in a "
                   "directory of it");
    nd_trouble_lacks(call, NETDISC_ERROR_NOT_SUPPORTED, &why);
}

void nd_mpr_holders(void *state, nd_call *call)
{
    search it = {.call = call, .room = calloc(LONGEST_PATH, sizeof(WCHAR))};

    (void)state;
    it.no_memory = !it.room;
    for (size_t i = 0; i < call->item_count && !it.no_memory; i++)
        look_for_holders(&it, &call->items[i]->as.share);
    say_what_is_not_told(call);

    netdisc_status status = it.no_memory ? NETDISC_ERROR_NOT_ENOUGH_MEMORY : NETDISC_NO_ERROR;

    forget_all(&it);
    nd_finish(call, status, NULL);
}
