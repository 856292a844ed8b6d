/* SPDX-License-Identifier: MIT */
/* What the tests of netcon.h share. After cmocka.h; before windows.h COBJMACROS is to be defined. */
#ifndef COMPAT_NETCON_H
#define COMPAT_NETCON_H

#include <stdbool.h>

#include "netcon.h"

static inline void check_result(HRESULT got, HRESULT expected, const char *call, const char *file,
                                int line)
{
    if (got == expected)
        return;
    print_error("%s: expected 0x%08x, got 0x%08x\n", call, (unsigned)expected, (unsigned)got);
    _fail(file, line);
}

/* assert_result(INetConnection_Disconnect(it), E_ABORT) */
#define assert_result(call, expected) check_result(call, expected, #call, __FILE__, __LINE__)

static inline INetConnectionManager *a_manager(void)
{
    void *out = NULL;

    assert_result(
        CoCreateInstance(&CLSID_ConnectionManager, NULL, CLSCTX_ALL, &IID_INetConnectionManager, &out),
        S_OK);
    assert_non_null(out);
    return out;
}

static inline IEnumNetConnection *an_enumerator(void)
{
    INetConnectionManager *manager = a_manager();
    IEnumNetConnection *out = NULL;

    assert_result(INetConnectionManager_EnumConnections(manager, NCME_DEFAULT, &out), S_OK);
    assert_int_equal(INetConnectionManager_Release(manager), 0);
    return out;
}

static inline bool same_text(const WCHAR *one, const WCHAR *other)
{
    while (*one && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

static inline bool is_named(INetConnection *connection, const WCHAR *name)
{
    NETCON_PROPERTIES *properties = NULL;

    assert_result(INetConnection_GetProperties(connection, &properties), S_OK);

    bool same = same_text(properties->pszwName, name);

    NcFreeNetconProperties(properties);
    return same;
}

/* The connection of that name; there is one. */
static inline INetConnection *a_connection(const WCHAR *name)
{
    IEnumNetConnection *all = an_enumerator();
    INetConnection *connection;

    while (IEnumNetConnection_Next(all, 1, &connection, NULL) == S_OK) {
        if (is_named(connection, name)) {
            IEnumNetConnection_Release(all);
            return connection;
        }
        INetConnection_Release(connection);
    }
    fail_msg("no such connection");
    return NULL;
}

static inline NETCON_STATUS status_of(INetConnection *connection)
{
    NETCON_PROPERTIES *properties = NULL;

    assert_result(INetConnection_GetProperties(connection, &properties), S_OK);

    NETCON_STATUS status = properties->Status;

    NcFreeNetconProperties(properties);
    return status;
}

#endif
