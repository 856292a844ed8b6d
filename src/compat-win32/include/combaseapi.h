/* SPDX-License-Identifier: MIT */
/* What of COM is here: memory, and the one class that netcon.h has, CLSID_ConnectionManager. */
#ifndef NETDISC_WIN32_COMBASEAPI_H
#define NETDISC_WIN32_COMBASEAPI_H

#include "unknwn.h"

typedef enum tagCLSCTX {
    CLSCTX_INPROC_SERVER = 0x1,
    CLSCTX_INPROC_HANDLER = 0x2,
    CLSCTX_LOCAL_SERVER = 0x4,
    CLSCTX_REMOTE_SERVER = 0x10,
    CLSCTX_NO_CODE_DOWNLOAD = 0x400,
    CLSCTX_NO_CUSTOM_MARSHAL = 0x1000,
    CLSCTX_ENABLE_CODE_DOWNLOAD = 0x2000,
    CLSCTX_NO_FAILURE_LOG = 0x4000,
    CLSCTX_DISABLE_AAA = 0x8000,
    CLSCTX_ENABLE_AAA = 0x10000,
    CLSCTX_FROM_DEFAULT_CONTEXT = 0x20000,
    CLSCTX_ENABLE_CLOAKING = 0x100000
} CLSCTX;

#define CLSCTX_INPROC (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER)
#define CLSCTX_SERVER (CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER)
#define CLSCTX_ALL    (CLSCTX_INPROC_HANDLER | CLSCTX_SERVER)

#ifdef __cplusplus
extern "C" {
#endif

/* Per thread, as on Windows: CoInitializeEx() is S_FALSE when the thread has been here already, and
 * RPC_E_CHANGED_MODE when that was otherwise. Interfaces may be used on any thread, whichever made them. */
NETDISC_WIN32_API HRESULT WINAPI CoInitializeEx(LPVOID pvReserved, DWORD dwCoInit);
NETDISC_WIN32_API void WINAPI CoUninitialize(void);

NETDISC_WIN32_API HRESULT WINAPI CoCreateInstance(REFCLSID rclsid, LPUNKNOWN pUnkOuter,
                                                  DWORD dwClsContext, REFIID riid, LPVOID *ppv);

NETDISC_WIN32_API LPVOID WINAPI CoTaskMemAlloc(SIZE_T cb);
NETDISC_WIN32_API void WINAPI CoTaskMemFree(LPVOID pv);

#ifdef __cplusplus
}
#endif

#if defined(__cplusplus) && !defined(CINTERFACE)
template <typename T> void **IID_PPV_ARGS_Helper(T **out)
{
    (void)static_cast<IUnknown *>(*out); /* does not compile where T is no interface */
    return reinterpret_cast<void **>(out);
}
#define IID_PPV_ARGS(out) __uuidof(**(out)), IID_PPV_ARGS_Helper(out)
#endif

#endif
