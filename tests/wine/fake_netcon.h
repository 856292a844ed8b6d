/* SPDX-License-Identifier: MIT */
/* A connection manager of the test's own, registered in this process as Windows' is in another. As real ones
 * do, it lists one connection at a time only, and to nobody who does not ask how many came. */
#ifndef FAKE_NETCON_H
#define FAKE_NETCON_H

#include "wine.h"

#include <stdbool.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#define CINTERFACE
#include <netcon.h>

enum { FAKE_LINKS = 8, FAKE_BLOCKS = 4096 };

typedef struct fake_link {
    INetConnection object;
    GUID guid;
    const WCHAR *name;
    const WCHAR *device;
    NETCON_STATUS status;
    NETCON_MEDIATYPE media;
    HRESULT on_connect;
    HRESULT on_disconnect;
    HRESULT on_properties;
    unsigned answers; /* so often it says its properties before that */
    NETCON_STATUS connects_to;
    NETCON_STATUS meanwhile; /* instead of CONNECTING */
    DWORD takes_ms;          /* INFINITE: S_OK, and nothing comes of it */
    NETCON_STATUS becomes;   /* at this time, unless it is 0 */
    ULONGLONG at;
    bool hangs;   /* in Disconnect, until fake.released */
    bool is_gone; /* in no list; says S_OBJECT_NO_LONGER_VALID */
    bool goes;    /* is gone once it is disconnected */
    unsigned connects;
    unsigned disconnects;
} fake_link;

typedef struct fake_manager {
    CRITICAL_SECTION lock;
    fake_link links[FAKE_LINKS];
    size_t count;
    HRESULT on_create;
    HRESULT on_enumerate;
    HRESULT on_next;
    size_t next_fails_at;
    bool endless;       /* the list begins anew at its end */
    bool no_enumerator; /* S_OK, and NULL */
    bool hangs;         /* in EnumConnections, until it is released */
    bool breaks_rules;  /* somebody asked Next for more, or did not ask how many */
    HANDLE released;
    LONG proxies;              /* how many a real one would have given out ... */
    LONG trusted;              /* ... and how many it was let impersonate its caller through */
    LONG references;           /* held of whatever there is */
    void *blocks[FAKE_BLOCKS]; /* given out, and not freed yet */
    LONG given, freed;         /* structs of properties */
} fake_manager;

static fake_manager fake;
static DWORD fake_registration;

/* ---- References ----------------------------------------------------------------------------- */

static ULONG fake_hold(void)
{
    return (ULONG)InterlockedIncrement(&fake.references);
}

static ULONG fake_let_go(void)
{
    return (ULONG)InterlockedDecrement(&fake.references);
}

/* ---- Security ------------------------------------------------------------------------------- */

static HRESULT WINAPI security_query(IClientSecurity *self, REFIID iid, void **out)
{
    (void)self;
    (void)iid;
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI security_hold(IClientSecurity *self)
{
    (void)self;
    return fake_hold();
}

static ULONG WINAPI security_let_go(IClientSecurity *self)
{
    (void)self;
    return fake_let_go();
}

static HRESULT WINAPI security_ask(IClientSecurity *self, IUnknown *proxy, DWORD *service, DWORD *check,
                                   OLECHAR **name, DWORD *level, DWORD *impersonation, void **identity,
                                   DWORD *capabilities)
{
    (void)self, (void)proxy, (void)service, (void)check, (void)name;
    (void)level, (void)impersonation, (void)identity, (void)capabilities;
    return E_NOTIMPL;
}

static HRESULT WINAPI security_set(IClientSecurity *self, IUnknown *proxy, DWORD service, DWORD check,
                                   OLECHAR *name, DWORD level, DWORD impersonation, void *identity,
                                   DWORD capabilities)
{
    (void)self, (void)proxy, (void)service, (void)check, (void)name, (void)capabilities;
    if (level >= RPC_C_AUTHN_LEVEL_CONNECT && impersonation == RPC_C_IMP_LEVEL_IMPERSONATE && !identity)
        InterlockedIncrement(&fake.trusted);
    return S_OK;
}

static HRESULT WINAPI security_copy(IClientSecurity *self, IUnknown *proxy, IUnknown **out)
{
    (void)self, (void)proxy, (void)out;
    return E_NOTIMPL;
}

static IClientSecurityVtbl security_methods = {
    security_query, security_hold, security_let_go, security_ask, security_set, security_copy,
};
static IClientSecurity fake_security = {&security_methods};

static HRESULT fake_query(void *self, REFIID iid, void **out)
{
    static const IID security = {
        0x0000013D, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};

    fake_hold();
    *out = memcmp(iid, &security, sizeof security) == 0 ? (void *)&fake_security : self;
    return S_OK;
}

/* ---- Memory --------------------------------------------------------------------------------- */

static void *fake_alloc(size_t size)
{
    void *block = CoTaskMemAlloc(size);

    for (size_t i = 0; i < FAKE_BLOCKS; i++)
        if (!InterlockedCompareExchangePointer(&fake.blocks[i], block, NULL))
            return block;
    abort();
}

static inline void fake_forget(void *block)
{
    for (size_t i = 0; block && i < FAKE_BLOCKS; i++)
        if (InterlockedCompareExchangePointer(&fake.blocks[i], NULL, block) == block)
            return;
}

static inline size_t fake_blocks_out(void)
{
    size_t count = 0;

    for (size_t i = 0; i < FAKE_BLOCKS; i++)
        count += fake.blocks[i] != NULL;
    return count;
}

static WCHAR *fake_text(const WCHAR *text)
{
    size_t size = text ? (wcslen(text) + 1) * sizeof *text : 0;
    WCHAR *copy = text ? fake_alloc(size) : NULL;

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

/* ---- Connections ---------------------------------------------------------------------------- */

static fake_link *fake_of(INetConnection *object)
{
    return (fake_link *)object; /* its first member */
}

static HRESULT WINAPI link_query(INetConnection *self, REFIID iid, void **out)
{
    return fake_query(self, iid, out);
}

static ULONG WINAPI link_hold(INetConnection *self)
{
    (void)self;
    return fake_hold();
}

static ULONG WINAPI link_let_go(INetConnection *self)
{
    (void)self;
    return fake_let_go();
}

static void fake_settle(fake_link *link)
{
    if (!link->at || GetTickCount64() < link->at)
        return;
    link->at = 0;
    link->status = link->becomes;
    link->is_gone = link->goes;
}

static void fake_go_to(fake_link *link, NETCON_STATUS by, NETCON_STATUS to)
{
    if (link->takes_ms == INFINITE)
        return;
    link->becomes = to;
    link->at = GetTickCount64() + link->takes_ms;
    if (link->takes_ms)
        link->status = by;
    fake_settle(link);
}

static HRESULT WINAPI link_connect(INetConnection *self)
{
    fake_link *link = fake_of(self);

    EnterCriticalSection(&fake.lock);
    HRESULT code = link->on_connect;

    link->connects++;
    if (SUCCEEDED(code))
        fake_go_to(link, link->meanwhile ? link->meanwhile : NCS_CONNECTING,
                   link->connects_to ? link->connects_to : NCS_CONNECTED);
    LeaveCriticalSection(&fake.lock);
    return code;
}

static HRESULT WINAPI link_disconnect(INetConnection *self)
{
    fake_link *link = fake_of(self);

    if (link->hangs)
        WaitForSingleObject(fake.released, INFINITE);
    EnterCriticalSection(&fake.lock);
    HRESULT code = link->on_disconnect;

    link->disconnects++;
    if (SUCCEEDED(code))
        fake_go_to(link, NCS_DISCONNECTING, NCS_DISCONNECTED);
    LeaveCriticalSection(&fake.lock);
    return code;
}

static HRESULT WINAPI link_properties(INetConnection *self, NETCON_PROPERTIES **out)
{
    fake_link *link = fake_of(self);
    NETCON_PROPERTIES *properties = NULL;

    EnterCriticalSection(&fake.lock);
    fake_settle(link);
    bool answers = link->answers > 0 && link->answers--;
    HRESULT code = link->is_gone ? S_OBJECT_NO_LONGER_VALID : answers ? S_OK : link->on_properties;

    if (code == S_OK) {
        properties = fake_alloc(sizeof *properties);
        *properties = (NETCON_PROPERTIES){
            .guidId = link->guid,
            .pszwName = fake_text(link->name),
            .pszwDeviceName = fake_text(link->device),
            .Status = link->status,
            .MediaType = link->media,
        };
        InterlockedIncrement(&fake.given);
    }
    LeaveCriticalSection(&fake.lock);
    *out = properties;
    return code;
}

static HRESULT WINAPI link_nothing(INetConnection *self)
{
    (void)self;
    return E_NOTIMPL;
}

static HRESULT WINAPI link_duplicate(INetConnection *self, LPCWSTR name, INetConnection **out)
{
    (void)self;
    (void)name;
    (void)out;
    return E_NOTIMPL;
}

static HRESULT WINAPI link_ui(INetConnection *self, CLSID *out)
{
    (void)self;
    (void)out;
    return E_NOTIMPL;
}

static HRESULT WINAPI link_rename(INetConnection *self, LPCWSTR name)
{
    (void)self;
    (void)name;
    return E_NOTIMPL;
}

static INetConnectionVtbl link_methods = {
    link_query,   link_hold,      link_let_go,     link_connect, link_disconnect,
    link_nothing, link_duplicate, link_properties, link_ui,      link_rename,
};

/* ---- The enumerator ------------------------------------------------------------------------- */

typedef struct fake_enumerator {
    IEnumNetConnection object;
    LONG references;
    size_t at;
} fake_enumerator;

static HRESULT WINAPI all_query(IEnumNetConnection *self, REFIID iid, void **out)
{
    return fake_query(self, iid, out);
}

static ULONG WINAPI all_hold(IEnumNetConnection *self)
{
    fake_hold();
    return (ULONG)InterlockedIncrement(&((fake_enumerator *)self)->references);
}

static ULONG WINAPI all_let_go(IEnumNetConnection *self)
{
    LONG left = InterlockedDecrement(&((fake_enumerator *)self)->references);

    fake_let_go();
    if (left == 0)
        free(self);
    return (ULONG)left;
}

static HRESULT WINAPI all_next(IEnumNetConnection *self, ULONG count, INetConnection **out,
                               ULONG *fetched)
{
    fake_enumerator *all = (fake_enumerator *)self;
    HRESULT code = S_FALSE;

    EnterCriticalSection(&fake.lock);
    if (count != 1 || !fetched) {
        fake.breaks_rules = true;
        code = E_FAIL;
    } else {
        *fetched = 0;
        *out = NULL;
        while (all->at < fake.count && fake.links[all->at].is_gone)
            all->at++;
        if (fake.endless && all->at >= fake.count)
            all->at = 0;
        if (FAILED(fake.on_next) && all->at >= fake.next_fails_at) {
            code = fake.on_next;
        } else if (all->at < fake.count) {
            *out = &fake.links[all->at++].object;
            *fetched = 1;
            InterlockedIncrement(&fake.proxies);
            fake_hold();
            code = S_OK;
        }
    }
    LeaveCriticalSection(&fake.lock);
    return code;
}

static HRESULT WINAPI all_skip(IEnumNetConnection *self, ULONG count)
{
    INetConnection *passed;
    ULONG fetched = 0;
    HRESULT code = S_OK;

    while (code == S_OK && count-- > 0)
        code = all_next(self, 1, &passed, &fetched);
    return code;
}

static HRESULT WINAPI all_reset(IEnumNetConnection *self)
{
    ((fake_enumerator *)self)->at = 0;
    return S_OK;
}

static HRESULT WINAPI all_clone(IEnumNetConnection *self, IEnumNetConnection **out)
{
    fake_enumerator *copy = malloc(sizeof *copy);

    *out = NULL;
    if (!copy)
        return E_OUTOFMEMORY;
    *copy = *(fake_enumerator *)self;
    copy->references = 1;
    fake_hold();
    *out = &copy->object;
    return S_OK;
}

static IEnumNetConnectionVtbl all_methods = {
    all_query, all_hold, all_let_go, all_next, all_skip, all_reset, all_clone,
};

/* ---- The manager and its class -------------------------------------------------------------- */

static HRESULT WINAPI manager_query(INetConnectionManager *self, REFIID iid, void **out)
{
    return fake_query(self, iid, out);
}

static ULONG WINAPI manager_hold(INetConnectionManager *self)
{
    (void)self;
    return fake_hold();
}

static ULONG WINAPI manager_let_go(INetConnectionManager *self)
{
    (void)self;
    return fake_let_go();
}

static HRESULT WINAPI manager_enumerate(INetConnectionManager *self, NETCONMGR_ENUM_FLAGS flags,
                                        IEnumNetConnection **out)
{
    fake_enumerator *all;

    (void)self;
    *out = NULL;
    if (flags != NCME_DEFAULT)
        return E_INVALIDARG;
    if (fake.hangs)
        WaitForSingleObject(fake.released, INFINITE);
    if (FAILED(fake.on_enumerate))
        return fake.on_enumerate;
    if (fake.no_enumerator)
        return S_OK;
    all = calloc(1, sizeof *all);
    if (!all)
        return E_OUTOFMEMORY;
    all->object.lpVtbl = &all_methods;
    all->references = 1;
    InterlockedIncrement(&fake.proxies);
    fake_hold();
    *out = &all->object;
    return S_OK;
}

static INetConnectionManagerVtbl manager_methods = {
    manager_query,
    manager_hold,
    manager_let_go,
    manager_enumerate,
};
static INetConnectionManager fake_object = {&manager_methods};

static HRESULT WINAPI class_query(IClassFactory *self, REFIID iid, void **out)
{
    (void)iid;
    *out = self;
    return S_OK;
}

static ULONG WINAPI class_count(IClassFactory *self)
{
    (void)self;
    return 2;
}

static HRESULT WINAPI class_create(IClassFactory *self, IUnknown *outer, REFIID iid, void **out)
{
    static const IID wanted = {
        0xC08956A2, 0x1CD3, 0x11D1, {0xB1, 0xC5, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};

    (void)self;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    if (FAILED(fake.on_create))
        return fake.on_create;
    if (memcmp(iid, &wanted, sizeof wanted) != 0)
        return E_NOINTERFACE;
    InterlockedIncrement(&fake.proxies);
    fake_hold();
    *out = &fake_object;
    return S_OK;
}

static HRESULT WINAPI class_lock(IClassFactory *self, WINBOOL lock)
{
    (void)self;
    (void)lock;
    return S_OK;
}

static IClassFactoryVtbl class_methods = {
    class_query, class_count, class_count, class_create, class_lock,
};
static IClassFactory fake_class = {&class_methods};

/* ---- For tests ------------------------------------------------------------------------------ */

/* On the thread that keeps COM's apartment alive. */
static inline void fake_register(void)
{
    static const CLSID class_id = {
        0xBA126AD1, 0x2166, 0x11D1, {0xB1, 0xD0, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};

    assert_int_equal(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_int_equal(CoRegisterClassObject(&class_id, (IUnknown *)&fake_class, CLSCTX_INPROC_SERVER,
                                           REGCLS_MULTIPLEUSE, &fake_registration),
                     S_OK);
}

static inline void fake_unregister(void)
{
    assert_int_equal(CoRevokeClassObject(fake_registration), S_OK);
    CoUninitialize();
}

static inline void fake_begin(void)
{
    memset(&fake, 0, sizeof fake);
    InitializeCriticalSection(&fake.lock);
    fake.released = CreateEventW(NULL, TRUE, FALSE, NULL);
}

static inline fake_link *fake_add(unsigned number, const WCHAR *name, const WCHAR *device,
                                  NETCON_STATUS status)
{
    EnterCriticalSection(&fake.lock);
    fake_link *link = &fake.links[fake.count];

    assert_true(fake.count < FAKE_LINKS);
    *link = (fake_link){
        .object = {&link_methods},
        .guid = {number, 0x1111, 0x2222, {0xAB, 0xCD, 0, 0, 0, 0, 0, 1}},
        .name = name,
        .device = device,
        .status = status,
        .media = NCM_LAN,
    };
    fake.count++;
    LeaveCriticalSection(&fake.lock);
    return link;
}

#endif
