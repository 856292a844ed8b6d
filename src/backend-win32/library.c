/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "win32.h"

/* By its full path, so that no DLL of that name elsewhere is taken for it. */
static HMODULE open_system_dll(const char *file)
{
    WCHAR path[MAX_PATH];
    UINT length = GetSystemDirectoryW(path, MAX_PATH);

    if (length == 0 || length >= MAX_PATH - 1)
        return NULL;
    path[length++] = L'\\';
    if (!nd_wide_into(path + length, MAX_PATH - length, file))
        return NULL;
    return LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
}

static netdisc_status not_here(nd_failure *why, const char *message, const char *function)
{
    why->message = message;
    why->native_name = function;
    return NETDISC_ERROR_NOT_SUPPORTED;
}

netdisc_status nd_library_load(const nd_library *library, void *functions, size_t size, nd_failure *why)
{
    HMODULE dll = open_system_dll(library->file);
    FARPROC function;

    if (!dll)
        return not_here(why, library->absent, NULL);
    for (size_t i = 0; i < library->count && (i + 1) * sizeof function <= size; i++) {
        function = GetProcAddress(dll, library->names[i]);
        if (!function)
            return not_here(why, library->lacking, library->names[i]);
        memcpy((char *)functions + i * sizeof function, &function, sizeof function);
    }
    return NETDISC_NO_ERROR;
}
