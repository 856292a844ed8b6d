/* SPDX-License-Identifier: MIT */
/*
 * The base of COM's interfaces. In C an interface is a struct with a table of functions, lpVtbl; in C++ it is
 * an abstract class, whose objects are laid out the same. With CINTERFACE defined C++ sees what C does.
 */
#ifndef NETDISC_WIN32_UNKNWN_H
#define NETDISC_WIN32_UNKNWN_H

#include "guiddef.h"
#include "windef.h"
#include "winerror.h"

#define STDMETHODCALLTYPE
#define STDAPI        EXTERN_C HRESULT WINAPI
#define STDAPI_(type) EXTERN_C type WINAPI

#ifdef CONST_VTABLE
#define CONST_VTBL const
#else
#define CONST_VTBL
#endif

EXTERN_C NETDISC_WIN32_API const IID IID_IUnknown;

typedef struct IUnknown IUnknown;
typedef IUnknown *LPUNKNOWN;

#if defined(__cplusplus) && !defined(CINTERFACE)
/* No virtual destructor: the table has no place for it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
struct IUnknown {
    virtual HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **ppvObject) = 0;
    virtual ULONG STDMETHODCALLTYPE AddRef() = 0;
    virtual ULONG STDMETHODCALLTYPE Release() = 0;
};
#pragma GCC diagnostic pop
#else
typedef struct IUnknownVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IUnknown *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(IUnknown *This);
    ULONG(STDMETHODCALLTYPE *Release)(IUnknown *This);
} IUnknownVtbl;

struct IUnknown {
    CONST_VTBL struct IUnknownVtbl *lpVtbl;
};

#ifdef COBJMACROS
#define IUnknown_QueryInterface(This, riid, ppvObject)                                                  \
    (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define IUnknown_AddRef(This)  (This)->lpVtbl->AddRef(This)
#define IUnknown_Release(This) (This)->lpVtbl->Release(This)
#endif
#endif

#ifdef __cplusplus
/* __uuidof(type or expression): of the interfaces that this library has. */
template <typename T> const GUID &netdisc_win32_uuidof();
template <> inline const GUID &netdisc_win32_uuidof<IUnknown>()
{
    return IID_IUnknown;
}
#ifndef __uuidof
#define __uuidof(what) netdisc_win32_uuidof<__typeof(what)>()
#endif
#endif

#endif
