/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "com.h"

/* Weak, because programs define them themselves where Windows' import libraries have none. */
#define DEFINED __attribute__((weak))

DEFINED const IID IID_IUnknown = {0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
DEFINED const IID IID_IEnumNetConnection = {
    0xC08956A0, 0x1CD3, 0x11D1, {0xB1, 0xC5, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};
DEFINED const IID IID_INetConnection = {
    0xC08956A1, 0x1CD3, 0x11D1, {0xB1, 0xC5, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};
DEFINED const IID IID_INetConnectionManager = {
    0xC08956A2, 0x1CD3, 0x11D1, {0xB1, 0xC5, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};
DEFINED const CLSID CLSID_ConnectionManager = {
    0xBA126AD1, 0x2166, 0x11D1, {0xB1, 0xD0, 0x00, 0x80, 0x5F, 0xC1, 0x27, 0x0E}};

/* ---- Threads --------------------------------------------------------------------------------- */

/* Where this thread is. Nothing depends on the model but what CoInitializeEx() answers. */
static _Thread_local struct {
    unsigned entered;
    DWORD model;
} here;

/* Threads in the multithreaded apartment: where there are any, every other thread is, too. */
static atomic_uint multithreaded;

HRESULT WINAPI CoInitializeEx(LPVOID pvReserved, DWORD dwCoInit)
{
    const DWORD options = COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY;
    DWORD model = dwCoInit & ~options;

    if (pvReserved || (model != COINIT_MULTITHREADED && model != COINIT_APARTMENTTHREADED))
        return E_INVALIDARG;
    if (here.entered > 0 && here.model != model)
        return RPC_E_CHANGED_MODE;
    if (here.entered++ > 0)
        return S_FALSE;
    here.model = model;
    if (model == COINIT_MULTITHREADED)
        atomic_fetch_add(&multithreaded, 1);
    return S_OK;
}

HRESULT WINAPI CoInitialize(LPVOID pvReserved)
{
    return CoInitializeEx(pvReserved, COINIT_APARTMENTTHREADED);
}

void WINAPI CoUninitialize(void)
{
    if (here.entered == 0 || --here.entered > 0)
        return;
    if (here.model == COINIT_MULTITHREADED)
        atomic_fetch_sub(&multithreaded, 1);
}

static bool is_initialised(void)
{
    return here.entered > 0 || atomic_load(&multithreaded) > 0;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

LPVOID WINAPI CoTaskMemAlloc(SIZE_T cb)
{
    return malloc(cb > 0 ? cb : 1);
}

void WINAPI CoTaskMemFree(LPVOID pv)
{
    free(pv);
}

/* ---- Objects --------------------------------------------------------------------------------- */

HRESULT nw_com_query(void *object, const IID *its, REFIID riid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!object || !riid)
        return E_POINTER;
    if (!IsEqualIID(riid, its) && !IsEqualIID(riid, &IID_IUnknown))
        return E_NOINTERFACE;
    *out = object;
    return S_OK;
}

HRESULT WINAPI CoCreateInstance(REFCLSID rclsid, LPUNKNOWN pUnkOuter, DWORD dwClsContext, REFIID riid,
                                LPVOID *ppv)
{
    INetConnectionManager *manager;
    HRESULT code;

    if (!ppv)
        return E_POINTER;
    *ppv = NULL;
    if (!rclsid || !riid)
        return E_INVALIDARG;
    if (!is_initialised())
        return CO_E_NOTINITIALIZED;
    if (!IsEqualCLSID(rclsid, &CLSID_ConnectionManager) || !(dwClsContext & CLSCTX_ALL))
        return REGDB_E_CLASSNOTREG;
    if (pUnkOuter)
        return CLASS_E_NOAGGREGATION;
    code = nw_manager_new(&manager);
    if (FAILED(code))
        return code;
    code = INetConnectionManager_QueryInterface(manager, riid, ppv);
    INetConnectionManager_Release(manager);
    return code;
}
