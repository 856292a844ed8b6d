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

netdisc_status nd_library_load(const char *file, const char *const *names, size_t count, void *functions,
                               size_t size, nd_trouble *why)
{
    HMODULE library = open_system_dll(file);
    FARPROC function;

    if (!library)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED, "%s is not on this machine", file);
    if (size != count * sizeof function)
        return nd_trouble_say(why, NETDISC_ERROR_INTERNAL_ERROR, "the table of %s is wrong", file);
    for (size_t i = 0; i < count; i++) {
        function = GetProcAddress(library, names[i]);
        if (!function)
            return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED, "%s has no %s on this machine", file,
                                  names[i]);
        memcpy((char *)functions + i * sizeof function, &function, sizeof function);
    }
    return NETDISC_NO_ERROR;
}
