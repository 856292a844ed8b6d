/* SPDX-License-Identifier: MIT */
#include "nd_netcon.h"

#include <stdio.h>

/* In no import library. */
static const CLSID connection_manager = {
    0xBA126AD1, 0x2166, 0x11D1, {0xB1, 0xD0, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};
static const IID manager_interface = {
    0xC08956A2, 0x1CD3, 0x11D1, {0xB1, 0xC5, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};

/* More than any machine has; an enumeration that has no end is one that failed. */
enum { MOST = 65536 };

/* ---- What it says when something failed ----------------------------------------------------- */

#define NAMED(hresult)                                                                                  \
    {                                                                                                   \
        hresult, #hresult                                                                               \
    }

static const struct {
    HRESULT code;
    const char *name;
} names[] = {
    NAMED(E_ABORT),
    NAMED(E_ACCESSDENIED),
    NAMED(E_FAIL),
    NAMED(E_HANDLE),
    NAMED(E_INVALIDARG),
    NAMED(E_NOINTERFACE),
    NAMED(E_NOTIMPL),
    NAMED(E_OUTOFMEMORY),
    NAMED(E_POINTER),
    NAMED(E_UNEXPECTED),
    NAMED(CO_E_NOTINITIALIZED),
    NAMED(CO_E_SERVER_EXEC_FAILURE),
    NAMED(RPC_E_DISCONNECTED),
    NAMED(RPC_E_SERVERFAULT),
    NAMED(RPC_E_CALL_REJECTED),
    NAMED(RPC_E_TIMEOUT),
    NAMED(CLASS_E_NOAGGREGATION),
    NAMED(S_FALSE),
};

static const char *name_of(HRESULT code)
{
    static const char unlisted[] = "UNLISTED_STATUS";
    const char *name;

    for (size_t i = 0; i < ND_COUNT(names); i++)
        if (names[i].code == code)
            return names[i].name;
    if (HRESULT_FACILITY(code) != FACILITY_WIN32)
        return "";
    name = netdisc_status_name((netdisc_status)HRESULT_CODE(code));
    return strcmp(name, unlisted) != 0 ? name : "";
}

static bool is_elevated(void)
{
    TOKEN_ELEVATION elevation = {0};
    DWORD size = sizeof elevation;
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    if (!GetTokenInformation(token, TokenElevation, &elevation, size, &size))
        elevation.TokenIsElevated = 0;
    CloseHandle(token);
    return elevation.TokenIsElevated != 0;
}

static bool is_service_down(HRESULT code)
{
    return code == HRESULT_FROM_WIN32(ERROR_SERVICE_NOT_ACTIVE) ||
           code == HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED);
}

static const char *advice_on(HRESULT code)
{
    if (is_service_down(code))
        return "; the service Network Connections (netman) is not running";
    if (code != E_ACCESSDENIED)
        return "";
    return is_elevated() ? "; this process is elevated, so a policy or the service itself refuses it"
                         : "; it takes an elevated process, and this one is not elevated";
}

netdisc_status nd_netcon_trouble(nd_trouble *why, HRESULT code, const char *format, ...)
{
    netdisc_status status = is_service_down(code) ? NETDISC_ERROR_SERVICE_NOT_ACTIVE : 0;
    char what[sizeof why->message];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    status = nd_trouble_hresult(why, status, code, "%s%s", what, advice_on(code));
    snprintf(why->native_name, sizeof why->native_name, "%s", name_of(code));
    return status;
}

/* ---- The manager ---------------------------------------------------------------------------- */

static bool is_not_installed(HRESULT code)
{
    return code == REGDB_E_CLASSNOTREG || code == HRESULT_FROM_WIN32(ERROR_SERVICE_DOES_NOT_EXIST);
}

/* The manager asks on its caller's behalf (for the phone books of a user, say), which it has to be let: what
 * the process lets everybody do by default is the host's to say, and may be less. Where it is an object of
 * this process there is nothing to let, so what comes of it does not matter. */
static void let_act_for_us(const nd_netcon *netcon, void *proxy)
{
    netcon->ole.CoSetProxyBlanket(proxy, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                                  COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_PKT,
                                  RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE);
}

netdisc_status nd_netcon_enter(nd_netcon *netcon, nd_netcon_stay *stay, nd_trouble *why)
{
    void *manager = NULL;

    *stay = (nd_netcon_stay){.netcon = netcon};

    HRESULT code = netcon->ole.CoInitializeEx(NULL, COINIT_MULTITHREADED);

    /* A thread that somebody has set up otherwise serves, too, but is not ours to take down. */
    stay->initialised = SUCCEEDED(code);
    if (FAILED(code) && code != RPC_E_CHANGED_MODE)
        return nd_netcon_trouble(why, code, "COM cannot be used");
    code = netcon->ole.CoCreateInstance(&connection_manager, NULL, CLSCTX_ALL, &manager_interface,
                                        &manager);
    if (is_not_installed(code))
        return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                              "this system has no manager of network connections (netman)");
    if (FAILED(code))
        return nd_netcon_trouble(why, code, "the manager of network connections cannot be reached");
    stay->manager = manager;
    let_act_for_us(netcon, manager);
    return NETDISC_NO_ERROR;
}

void nd_netcon_leave(nd_netcon_stay *stay)
{
    if (stay->manager)
        INetConnectionManager_Release(stay->manager);
    if (stay->initialised)
        stay->netcon->ole.CoUninitialize();
    *stay = (nd_netcon_stay){0};
}

/* ---- Connections ---------------------------------------------------------------------------- */

static void free_properties(const nd_netcon *netcon, NETCON_PROPERTIES *properties)
{
    if (!properties)
        return;
    if (netcon->shell.NcFreeNetconProperties) {
        netcon->shell.NcFreeNetconProperties(properties);
        return;
    }
    netcon->ole.CoTaskMemFree(properties->pszwName);
    netcon->ole.CoTaskMemFree(properties->pszwDeviceName);
    netcon->ole.CoTaskMemFree(properties);
}

HRESULT nd_netcon_status(const nd_netcon_stay *stay, INetConnection *connection, NETCON_STATUS *state)
{
    NETCON_PROPERTIES *properties = NULL;
    HRESULT code = INetConnection_GetProperties(connection, &properties);

    if (FAILED(code))
        return code;
    /* S_OBJECT_NO_LONGER_VALID is a success that brings nothing. */
    *state = properties ? properties->Status : NCS_DISCONNECTED;
    free_properties(stay->netcon, properties);
    return code;
}

/* False: it has seen enough. */
static bool show(const nd_netcon_stay *stay, INetConnection *connection, nd_netcon_see *see, void *to,
                 nd_trouble *unseen)
{
    NETCON_PROPERTIES *properties = NULL;
    HRESULT code = INetConnection_GetProperties(connection, &properties);
    bool more = true;

    if (FAILED(code))
        nd_netcon_trouble(unseen, code, "a network connection does not say what it is");
    else if (properties)
        more = see(to, connection, properties);
    if (SUCCEEDED(code))
        free_properties(stay->netcon, properties);
    return more;
}

/* One at a time, and always asking how many came: that is all that some managers know. */
static netdisc_status walk(const nd_netcon_stay *stay, IEnumNetConnection *all, nd_netcon_see *see,
                           void *to, nd_trouble *unseen, nd_trouble *why)
{
    for (unsigned i = 0; i < MOST; i++) {
        INetConnection *connection = NULL;
        ULONG fetched = 0;
        HRESULT code = IEnumNetConnection_Next(all, 1, &connection, &fetched);

        if (FAILED(code))
            return nd_netcon_trouble(why, code, "the list of network connections broke off");
        if (fetched == 0 || !connection)
            return NETDISC_NO_ERROR;

        let_act_for_us(stay->netcon, connection);

        bool more = show(stay, connection, see, to, unseen);

        INetConnection_Release(connection);
        if (!more)
            return NETDISC_NO_ERROR;
    }
    return nd_trouble_say(why, NETDISC_ERROR_INVALID_DATA, "the list of network connections has no end");
}

netdisc_status nd_netcon_each(const nd_netcon_stay *stay, nd_netcon_see *see, void *to,
                              nd_trouble *unseen, nd_trouble *why)
{
    IEnumNetConnection *all = NULL;
    HRESULT code = INetConnectionManager_EnumConnections(stay->manager, NCME_DEFAULT, &all);

    *unseen = (nd_trouble){0};
    if (FAILED(code))
        return nd_netcon_trouble(why, code, "the network connections cannot be listed");
    /* A manager that has none may give no enumerator either. */
    if (!all)
        return NETDISC_NO_ERROR;

    let_act_for_us(stay->netcon, all);

    netdisc_status status = walk(stay, all, see, to, unseen, why);

    IEnumNetConnection_Release(all);
    return status;
}
