/* SPDX-License-Identifier: MIT */
#include "double_wlanapi.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define EXPORT __declspec(dllexport)

typedef struct wlan_handle {
    bool open;
    unsigned life;
    DWORD sources;
    WLAN_NOTIFICATION_CALLBACK callback;
    void *context;
    unsigned running; /* callbacks */
} wlan_handle;

/* Something that the service does later. */
typedef struct deed {
    DWORD index;
    bool connects;
    DWORD delay_ms;
} deed;

extern EXPORT wlan_double wlan_double_state;

static wlan_handle handles[WLAN_HANDLES];
static unsigned handle_count;
static unsigned life;
static unsigned deeds;
static DOT11_SSID wanted[WLAN_INTERFACES]; /* by the last WlanConnect() */

/* As it is found: an exported name cannot be that of its type. */
wlan_double wlan_double_state;
#define self wlan_double_state

static void lock(void)
{
    EnterCriticalSection(&self.lock);
}

static void unlock(void)
{
    LeaveCriticalSection(&self.lock);
}

/* ---- Being called --------------------------------------------------------------------------- */

static wlan_handle *find_handle(HANDLE handle)
{
    uintptr_t number = (uintptr_t)handle;

    if (number < 1 || number > handle_count)
        return NULL;
    return handles[number - 1].open && handles[number - 1].life == life ? &handles[number - 1] : NULL;
}

static DWORD scripted(wlan_function function)
{
    DWORD code = self.fails[function];

    if (code && self.fail_count[function] > 0 && --self.fail_count[function] == 0)
        self.fails[function] = 0;
    return code;
}

/* Locked, on return. */
static DWORD begin(wlan_function function, HANDLE handle)
{
    lock();
    self.calls[function]++;
    if (self.hangs[function]) {
        self.stuck++;
        unlock();
        WaitForSingleObject(self.release, INFINITE);
        lock();
        self.stuck--;
    }

    DWORD code = scripted(function);

    if (code)
        return code;
    if (function == WLAN_OPEN || function == WLAN_REASON)
        return self.stopped && function == WLAN_OPEN ? ERROR_SERVICE_NOT_ACTIVE : ERROR_SUCCESS;
    if (!handle)
        return ERROR_INVALID_PARAMETER;
    if (self.stopped)
        return ERROR_SERVICE_NOT_ACTIVE;
    return find_handle(handle) ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
}

static DWORD end(DWORD code)
{
    unlock();
    return code;
}

static void *give(size_t size)
{
    self.memory_out++;
    return calloc(1, size);
}

/* ---- Telling -------------------------------------------------------------------------------- */

static void call_back(wlan_handle *handle, WLAN_NOTIFICATION_DATA *what)
{
    if (!handle->open || handle->life != life || !(handle->sources & what->NotificationSource))
        return;
    handle->running++;
    self.notified++;
    unlock();
    if (self.slow_ms)
        Sleep(self.slow_ms);
    handle->callback(what, handle->context);
    lock();
    self.late += !handle->open;
    handle->running--;
}

/* Locked. */
static void notify(DWORD index, DWORD code, DWORD reason)
{
    const wlan_interface *it = &self.interfaces[index];
    WLAN_CONNECTION_NOTIFICATION_DATA data = {.wlanReasonCode = reason, .dot11Ssid = it->ssid};
    WLAN_NOTIFICATION_DATA what = {
        .NotificationSource = WLAN_NOTIFICATION_SOURCE_ACM,
        .NotificationCode = code,
        .InterfaceGuid = it->guid,
        .dwDataSize = sizeof data,
        .pData = &data,
    };

    if (!self.discreet)
        wcscpy(data.strProfileName, it->profile);
    for (unsigned i = 0; i < handle_count && !self.mute; i++)
        call_back(&handles[i], &what);
}

static void tell(DWORD index, DWORD code, DWORD reason)
{
    lock();
    notify(index, code, reason);
    unlock();
}

static void tell_msm(DWORD index, DWORD code)
{
    WLAN_MSM_NOTIFICATION_DATA data = {.wlanReasonCode = 0};

    lock();

    WLAN_NOTIFICATION_DATA what = {
        .NotificationSource = WLAN_NOTIFICATION_SOURCE_MSM,
        .NotificationCode = code,
        .InterfaceGuid = self.interfaces[index].guid,
        .dwDataSize = sizeof data,
        .pData = &data,
    };

    for (unsigned i = 0; i < handle_count; i++)
        call_back(&handles[i], &what);
    unlock();
}

static void set_state(DWORD index, WLAN_INTERFACE_STATE state)
{
    lock();
    self.interfaces[index].state = state;
    notify(index,
           state == wlan_interface_state_connected ? wlan_notification_acm_connection_complete
                                                   : wlan_notification_acm_disconnected,
           0);
    unlock();
}

/* ---- Doing ---------------------------------------------------------------------------------- */

static bool same_ssid(const DOT11_SSID *a, const DOT11_SSID *b)
{
    return a->uSSIDLength == b->uSSIDLength && memcmp(a->ucSSID, b->ucSSID, a->uSSIDLength) == 0;
}

static const wlan_network *find_network(const DOT11_SSID *ssid)
{
    for (DWORD i = 0; i < self.network_count; i++)
        if (same_ssid(&self.networks[i].ssid, ssid))
            return &self.networks[i];
    return NULL;
}

static wlan_profile *find_profile(const WCHAR *name)
{
    for (DWORD i = 0; i < self.profile_count; i++)
        if (wcscmp(self.profiles[i].name, name) == 0)
            return &self.profiles[i];
    return NULL;
}

/* The text of an element, of the first of its name; an empty text: there is none. */
static void element(const WCHAR *xml, const WCHAR *name, WCHAR *text, size_t room)
{
    WCHAR tag[64];

    *text = L'\0';
    swprintf(tag, 64, L"<%ls>", name);

    const WCHAR *from = wcsstr(xml, tag);
    const WCHAR *to = from ? wcschr(from + wcslen(tag), L'<') : NULL;

    if (!to)
        return;
    from += wcslen(tag);
    while (from < to && room-- > 1) {
        static const struct {
            const WCHAR *entity;
            WCHAR character;
        } entities[] = {{L"&amp;", L'&'}, {L"&lt;", L'<'}, {L"&gt;", L'>'}};
        WCHAR character = *from;
        size_t length = 1;

        for (size_t i = 0; i < 3; i++)
            if (wcsncmp(from, entities[i].entity, wcslen(entities[i].entity)) == 0) {
                character = entities[i].character;
                length = wcslen(entities[i].entity);
            }
        *text++ = character;
        from += length;
    }
    *text = L'\0';
}

static DOT11_SSID ssid_of(const WCHAR *xml)
{
    WCHAR hex[65];
    DOT11_SSID ssid = {0};
    unsigned byte;

    element(xml, L"hex", hex, 65);
    for (const WCHAR *at = hex; *at && swscanf(at, L"%2x", &byte) == 1; at += 2)
        ssid.ucSSID[ssid.uSSIDLength++] = (UCHAR)byte;
    return ssid;
}

/* A profile may know several. */
static bool knows(const wlan_profile *profile, const DOT11_SSID *ssid)
{
    WCHAR element[2 * DOT11_SSID_MAX_LENGTH + 12] = L"<hex>";
    WCHAR *to = element + wcslen(element);

    for (ULONG i = 0; i < ssid->uSSIDLength; i++)
        to += swprintf(to, 3, L"%02x", ssid->ucSSID[i]);
    wcscpy(to, L"</hex>");
    for (const WCHAR *at = profile->xml; *at; at++)
        if (_wcsnicmp(at, element, wcslen(element)) == 0)
            return true;
    return false;
}

static DWORD why_not(const wlan_profile *profile, const DOT11_SSID *ssid)
{
    const wlan_network *network = find_network(ssid);

    if (self.connect_reason)
        return self.connect_reason;
    if (!network || !profile)
        return 0x2800b;
    return wcscmp(network->key, profile->key) == 0 ? 0 : 0x48014;
}

static void finish_connecting(DWORD index)
{
    wlan_interface *it = &self.interfaces[index];
    const wlan_profile *profile = find_profile(it->profile);
    DWORD reason = why_not(profile, &wanted[index]);

    if (reason) {
        it->state = wlan_interface_state_disconnected;
        notify(index, wlan_notification_acm_connection_attempt_fail, reason);
    } else {
        it->state = wlan_interface_state_connected;
        it->ssid = wanted[index];
    }
    notify(index, wlan_notification_acm_connection_complete, reason && self.vague ? self.vague : reason);
}

static void finish_disconnecting(DWORD index)
{
    self.interfaces[index].state = wlan_interface_state_disconnected;
    if (self.comes_back)
        self.interfaces[index].state = wlan_interface_state_connected;
    notify(index, wlan_notification_acm_disconnected, 0);
    if (self.comes_back)
        notify(index, wlan_notification_acm_connection_complete, 0);
}

static DWORD WINAPI do_it(void *data)
{
    deed *it = data;

    lock();
    if (it->connects)
        notify(it->index, wlan_notification_acm_connection_start, 0);
    unlock();
    Sleep(it->delay_ms);
    lock();
    if (it->connects)
        finish_connecting(it->index);
    else
        finish_disconnecting(it->index);
    deeds--;
    unlock();
    free(it);
    return 0;
}

/* Locked. */
static void begin_deed(DWORD index, bool connects)
{
    deed *it = malloc(sizeof *it);

    *it = (deed){index, connects, self.delay_ms};
    deeds++;
    CloseHandle(CreateThread(NULL, 0, do_it, it, 0, NULL));
}

static DWORD index_of(const GUID *guid)
{
    DWORD i = 0;

    while (i < self.interface_count && memcmp(&self.interfaces[i].guid, guid, sizeof *guid) != 0)
        i++;
    return i;
}

/* ---- The service ---------------------------------------------------------------------------- */

EXPORT DWORD WINAPI WlanOpenHandle(DWORD version, PVOID reserved, PDWORD negotiated, PHANDLE handle)
{
    DWORD code = begin(WLAN_OPEN, NULL);

    if (!code && reserved)
        code = ERROR_INVALID_PARAMETER;
    if (!code && version != 2)
        code = ERROR_NOT_SUPPORTED;
    if (!code && handle_count == WLAN_HANDLES)
        code = ERROR_NOT_ENOUGH_MEMORY;
    if (!code) {
        handles[handle_count] = (wlan_handle){.open = true, .life = life};
        *handle = (HANDLE)(uintptr_t)++handle_count;
        *negotiated = version;
        self.handles_open++;
    }
    return end(code);
}

EXPORT DWORD WINAPI WlanCloseHandle(HANDLE handle, PVOID reserved)
{
    DWORD code = begin(WLAN_CLOSE, handle);
    wlan_handle *it = find_handle(handle);

    if (!code && reserved)
        code = ERROR_INVALID_PARAMETER;
    while (!code && it->running > 0) {
        unlock();
        Sleep(1);
        lock();
    }
    if (!code) {
        it->open = false;
        self.handles_open--;
    }
    return end(code);
}

EXPORT DWORD WINAPI WlanRegisterNotification(HANDLE handle, DWORD sources, WINBOOL ignore_duplicate,
                                             WLAN_NOTIFICATION_CALLBACK callback, PVOID context,
                                             PVOID reserved, PDWORD previous)
{
    DWORD code = begin(WLAN_REGISTER, handle);
    wlan_handle *it = find_handle(handle);

    (void)ignore_duplicate;
    if (!code && (reserved || (sources && !callback)))
        code = ERROR_INVALID_PARAMETER;
    if (!code) {
        if (previous)
            *previous = it->sources;
        it->sources = sources;
        it->callback = callback;
        it->context = context;
    }
    return end(code);
}

EXPORT void *WINAPI WlanAllocateMemory(DWORD size)
{
    void *memory;

    lock();
    memory = give(size);
    unlock();
    return memory;
}

EXPORT void WINAPI WlanFreeMemory(PVOID memory)
{
    lock();
    self.memory_out -= memory != NULL;
    unlock();
    free(memory);
}

/* ---- Interfaces ----------------------------------------------------------------------------- */

EXPORT DWORD WINAPI WlanEnumInterfaces(HANDLE handle, PVOID reserved, PWLAN_INTERFACE_INFO_LIST *out)
{
    DWORD code = begin(WLAN_ENUM, handle);

    if (!code && (reserved || !out))
        code = ERROR_INVALID_PARAMETER;
    if (code)
        return end(code);

    WLAN_INTERFACE_INFO_LIST *list = give(offsetof(WLAN_INTERFACE_INFO_LIST, InterfaceInfo) +
                                          self.interface_count * sizeof(WLAN_INTERFACE_INFO));

    list->dwNumberOfItems = self.claims ? self.claims : self.interface_count;
    for (DWORD i = 0; i < self.interface_count; i++) {
        list->InterfaceInfo[i].InterfaceGuid = self.interfaces[i].guid;
        list->InterfaceInfo[i].isState = self.interfaces[i].state;
        memcpy(list->InterfaceInfo[i].strInterfaceDescription, self.interfaces[i].description,
               sizeof self.interfaces[i].description);
    }
    *out = list;
    return end(ERROR_SUCCESS);
}

/* Locked. */
static void give_state(const wlan_interface *it, PDWORD size, PVOID *data)
{
    *size = sizeof it->state;
    *data = give(*size);
    memcpy(*data, &it->state, *size);
}

EXPORT DWORD WINAPI WlanQueryInterface(HANDLE handle, const GUID *guid, WLAN_INTF_OPCODE opcode,
                                       PVOID reserved, PDWORD size, PVOID *data,
                                       PWLAN_OPCODE_VALUE_TYPE type)
{
    DWORD code = begin(WLAN_QUERY, handle);
    DWORD index = guid ? index_of(guid) : self.interface_count;

    (void)type;
    if (!code && (reserved || (opcode != wlan_intf_opcode_current_connection &&
                               opcode != wlan_intf_opcode_interface_state)))
        code = ERROR_INVALID_PARAMETER;
    if (!code && index == self.interface_count)
        code = ERROR_NOT_FOUND;
    if (!code && opcode == wlan_intf_opcode_interface_state) {
        give_state(&self.interfaces[index], size, data);
        return end(ERROR_SUCCESS);
    }
    if (!code && self.interfaces[index].state != wlan_interface_state_connected)
        code = ERROR_INVALID_STATE;
    if (code)
        return end(code);

    const wlan_interface *it = &self.interfaces[index];
    WLAN_CONNECTION_ATTRIBUTES *connection = give(sizeof *connection);

    connection->isState = it->state;
    memcpy(connection->strProfileName, it->profile, sizeof it->profile);
    connection->wlanAssociationAttributes.dot11Ssid = it->ssid;
    connection->wlanAssociationAttributes.wlanSignalQuality = it->signal;
    memcpy(connection->wlanAssociationAttributes.dot11Bssid, it->bssid, sizeof it->bssid);
    *data = connection;
    *size = self.short_answer ? sizeof *connection - 1 : sizeof *connection;
    return end(ERROR_SUCCESS);
}

EXPORT DWORD WINAPI WlanDisconnect(HANDLE handle, const GUID *guid, PVOID reserved)
{
    DWORD code = begin(WLAN_DISCONNECT, handle);
    DWORD index = guid ? index_of(guid) : self.interface_count;

    if (!code && (reserved || index == self.interface_count))
        code = ERROR_INVALID_PARAMETER;
    if (!code) {
        self.disconnected_guid = *guid;
        if (!self.deaf)
            begin_deed(index, false);
    }
    return end(code);
}

EXPORT DWORD WINAPI WlanConnect(HANDLE handle, const GUID *guid, const PWLAN_CONNECTION_PARAMETERS how,
                                PVOID reserved)
{
    DWORD code = begin(WLAN_CONNECT, handle);
    DWORD index = guid ? index_of(guid) : self.interface_count;

    if (!code && (reserved || index == self.interface_count ||
                  how->wlanConnectionMode != wlan_connection_mode_profile || !how->strProfile))
        code = ERROR_INVALID_PARAMETER;

    const wlan_profile *profile = code ? NULL : find_profile(how->strProfile);

    if (!code && !profile)
        code = ERROR_NOT_FOUND;
    if (!code && how->dot11BssType != dot11_BSS_type_infrastructure)
        code = ERROR_INVALID_PARAMETER;
    if (!code && how->pDot11Ssid && !knows(profile, how->pDot11Ssid))
        code = ERROR_INVALID_PARAMETER;
    if (!code) {
        wcscpy(self.connected_profile, how->strProfile);
        if (!self.deaf) {
            wanted[index] = how->pDot11Ssid ? *how->pDot11Ssid : ssid_of(profile->xml);
            wcscpy(self.interfaces[index].profile, how->strProfile);
            if (!self.slow_to_show)
                self.interfaces[index].state = wlan_interface_state_associating;
            begin_deed(index, true);
        }
    }
    return end(code);
}

EXPORT DWORD WINAPI WlanReasonCodeToString(DWORD reason, DWORD room, PWCHAR text, PVOID reserved)
{
    DWORD code = begin(WLAN_REASON, NULL);

    if (!code && reserved)
        code = ERROR_INVALID_PARAMETER;
    if (!code)
        swprintf(text, room, L"reason %lx.\r\n", (unsigned long)reason);
    return end(code);
}

/* ---- Networks and profiles ------------------------------------------------------------------ */

static void show_network(WLAN_AVAILABLE_NETWORK *to, const wlan_network *network)
{
    to->dot11Ssid = network->ssid;
    to->bSecurityEnabled = network->secured;
    to->dot11DefaultAuthAlgorithm = (DOT11_AUTH_ALGORITHM)network->algorithm;
    to->dot11DefaultCipherAlgorithm = (DOT11_CIPHER_ALGORITHM)network->cipher;
    for (DWORD i = 0; i < self.profile_count; i++) {
        DOT11_SSID ssid = ssid_of(self.profiles[i].xml);

        if (!*to->strProfileName && same_ssid(&ssid, &network->ssid))
            wcscpy(to->strProfileName, self.profiles[i].name);
    }
}

EXPORT DWORD WINAPI WlanGetAvailableNetworkList(HANDLE handle, const GUID *guid, DWORD flags,
                                                PVOID reserved, PWLAN_AVAILABLE_NETWORK_LIST *out)
{
    DWORD code = begin(WLAN_LIST_NETWORKS, handle);

    (void)flags;
    if (!code && (reserved || index_of(guid) == self.interface_count))
        code = ERROR_INVALID_PARAMETER;
    if (code)
        return end(code);

    WLAN_AVAILABLE_NETWORK_LIST *list =
        give(sizeof *list + (self.network_count + 1) * sizeof(WLAN_AVAILABLE_NETWORK));

    list->dwNumberOfItems = self.network_count;
    for (DWORD i = 0; i < self.network_count; i++)
        show_network(&list->Network[i], &self.networks[i]);
    *out = list;
    return end(ERROR_SUCCESS);
}

EXPORT DWORD WINAPI WlanGetProfileList(HANDLE handle, const GUID *guid, PVOID reserved,
                                       PWLAN_PROFILE_INFO_LIST *out)
{
    DWORD code = begin(WLAN_LIST_PROFILES, handle);

    if (!code && (reserved || index_of(guid) == self.interface_count))
        code = ERROR_INVALID_PARAMETER;
    if (code)
        return end(code);

    WLAN_PROFILE_INFO_LIST *list =
        give(sizeof *list + (self.profile_count + 1) * sizeof(WLAN_PROFILE_INFO));

    list->dwNumberOfItems = self.profile_count;
    for (DWORD i = 0; i < self.profile_count; i++) {
        wcscpy(list->ProfileInfo[i].strProfileName, self.profiles[i].name);
        list->ProfileInfo[i].dwFlags = self.profiles[i].flags;
    }
    *out = list;
    return end(ERROR_SUCCESS);
}

EXPORT DWORD WINAPI WlanGetProfile(HANDLE handle, const GUID *guid, LPCWSTR name, PVOID reserved,
                                   LPWSTR *xml, DWORD *flags, PDWORD granted)
{
    DWORD code = begin(WLAN_GET_PROFILE, handle);
    const wlan_profile *profile = find_profile(name);

    (void)granted;
    if (!code && (reserved || index_of(guid) == self.interface_count))
        code = ERROR_INVALID_PARAMETER;
    if (!code && !profile)
        code = ERROR_NOT_FOUND;
    if (!code) {
        *xml = give(sizeof profile->xml);
        wcscpy(*xml, profile->xml);
        *flags = profile->flags;
    }
    return end(code);
}

/* The key as it is; what is protected is written with 'x' before each character. */
static void read_key(const WCHAR *xml, WCHAR *key)
{
    WCHAR text[160];
    WCHAR protection[8];

    element(xml, L"keyMaterial", text, 160);
    element(xml, L"protected", protection, 8);

    size_t step = wcscmp(protection, L"true") == 0 ? 2 : 1;

    for (size_t i = step - 1; i < wcslen(text); i += step)
        *key++ = text[i];
    *key = L'\0';
}

static void protect(WCHAR *to, const WCHAR *xml, const WCHAR *key)
{
    const WCHAR *from = wcsstr(xml, L"<protected>");
    const WCHAR *rest = wcsstr(xml, L"</keyMaterial>");

    wcscpy(to, xml);
    if (!from || !rest)
        return;
    to += from - xml;
    to += swprintf(to, 64, L"<protected>true</protected><keyMaterial>");
    for (; *key; key++)
        to += swprintf(to, 4, L"x%lc", *key);
    wcscpy(to, rest);
}

/* Locked. */
static void store(wlan_profile *profile, const WCHAR *xml, DWORD flags)
{
    element(xml, L"name", profile->name, WLAN_MAX_NAME_LENGTH);
    read_key(xml, profile->key);
    protect(profile->xml, xml, profile->key);
    profile->flags = flags;
}

EXPORT DWORD WINAPI WlanSetProfile(HANDLE handle, const GUID *guid, DWORD flags, LPCWSTR xml,
                                   LPCWSTR security, WINBOOL overwrite, PVOID reserved, DWORD *reason)
{
    DWORD code = begin(WLAN_SET_PROFILE, handle);
    WCHAR name[WLAN_MAX_NAME_LENGTH];

    element(xml, L"name", name, WLAN_MAX_NAME_LENGTH);

    wlan_profile *profile = find_profile(name);

    *reason = self.set_reason ? self.set_reason : code ? 0x10001 : 0;
    wcscpy(self.set_xml, xml);
    if (!code && (reserved || security || index_of(guid) == self.interface_count))
        code = ERROR_INVALID_PARAMETER;
    if (!code && self.set_reason)
        code = ERROR_BAD_PROFILE;
    if (!code && profile && (!overwrite || (profile->flags ^ flags) & WLAN_PROFILE_USER))
        code = ERROR_ALREADY_EXISTS;
    if (!code) {
        self.set_flags = flags;
        store(profile ? profile : &self.profiles[self.profile_count++], xml, flags);
    }
    return end(code);
}

EXPORT DWORD WINAPI WlanDeleteProfile(HANDLE handle, const GUID *guid, LPCWSTR name, PVOID reserved)
{
    DWORD code = begin(WLAN_DELETE_PROFILE, handle);
    wlan_profile *profile = find_profile(name);

    if (!code && (reserved || index_of(guid) == self.interface_count))
        code = ERROR_INVALID_PARAMETER;
    if (!code && !profile)
        code = ERROR_NOT_FOUND;
    if (!code)
        *profile = self.profiles[--self.profile_count];
    return end(code);
}

/* ---- For the test --------------------------------------------------------------------------- */

static void add_profile(const WCHAR *name, const WCHAR *ssid, const WCHAR *key)
{
    WCHAR xml[WLAN_XML];
    WCHAR hex[65] = {0};

    for (size_t i = 0; i < wcslen(ssid); i++)
        swprintf(hex + 2 * i, 3, L"%02x", ssid[i]);
    swprintf(xml, WLAN_XML,
             L"<WLANProfile><name>%ls</name><SSIDConfig><SSID><hex>%ls</hex></SSID></SSIDConfig><MSM>"
             L"%ls%ls%ls</MSM></WLANProfile>",
             name, hex,
             key ? L"<sharedKey><keyType>passPhrase</keyType><protected>false</protected><keyMaterial>"
                 : L"",
             key ? key : L"", key ? L"</keyMaterial></sharedKey>" : L"");
    lock();
    store(&self.profiles[self.profile_count++], xml, 0);
    unlock();
}

static void restart(void)
{
    lock();
    life++;
    self.handles_open = 0;
    self.stopped = false;
    unlock();
}

static void reset(void)
{
    lock();
    SetEvent(self.release);
    while (deeds > 0 || self.stuck > 0) {
        unlock();
        Sleep(1);
        lock();
    }
    ResetEvent(self.release);
    memset(self.interfaces, 0, offsetof(wlan_double, fails) - offsetof(wlan_double, interfaces));
    memset(self.fails, 0, sizeof self.fails);
    memset(self.fail_count, 0, sizeof self.fail_count);
    memset(self.hangs, 0, sizeof self.hangs);
    memset(&self.delay_ms, 0, offsetof(wlan_double, reset) - offsetof(wlan_double, delay_ms));
    life++;
    unlock();
}

/* For programs that know nothing of this: an interface, a network, and a profile for it. */
static void set_scene(void)
{
    static const DOT11_SSID ssid = {6, "labnet"};

    self.interfaces[0] = (wlan_interface){
        .guid = {1, 2, 3, {4}}, .description = L"wlan0", .state = wlan_interface_state_disconnected};
    self.interface_count = 1;
    self.networks[0] = (wlan_network){.ssid = ssid};
    self.network_count = 1;
    add_profile(L"lab", L"labnet", NULL);
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD why, void *reserved);

BOOL WINAPI DllMain(HINSTANCE dll, DWORD why, void *reserved)
{
    (void)dll;
    (void)reserved;
    if (why != DLL_PROCESS_ATTACH)
        return TRUE;
    InitializeCriticalSection(&self.lock);
    self.release = CreateEventW(NULL, TRUE, FALSE, NULL);
    self.reset = reset;
    self.restart = restart;
    self.tell = tell;
    self.tell_msm = tell_msm;
    self.set_state = set_state;
    self.add_profile = add_profile;
    if (GetEnvironmentVariableW(L"NETDISC_TEST_WLAN", NULL, 0) > 0)
        set_scene();
    return TRUE;
}
