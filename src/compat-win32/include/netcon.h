/* SPDX-License-Identifier: MIT */
/* The named connections: CoCreateInstance() makes a CLSID_ConnectionManager, and that shows them. */
#ifndef NETDISC_WIN32_NETCON_H
#define NETDISC_WIN32_NETCON_H

#include "ole2.h"
#include "windows.h"

#define NETCON_MAX_NAME_LEN 256

/* A success of GetProperties(), which then gives NULL: the connection has been deleted. */
#define S_OBJECT_NO_LONGER_VALID ((HRESULT)2)

typedef enum tagNETCON_CHARACTERISTIC_FLAGS {
    NCCF_NONE = 0,
    NCCF_ALL_USERS = 0x1,
    NCCF_ALLOW_DUPLICATION = 0x2,
    NCCF_ALLOW_REMOVAL = 0x4,
    NCCF_ALLOW_RENAME = 0x8,
    NCCF_SHOW_ICON = 0x10,
    NCCF_INCOMING_ONLY = 0x20,
    NCCF_OUTGOING_ONLY = 0x40,
    NCCF_BRANDED = 0x80,
    NCCF_SHARED = 0x100,
    NCCF_BRIDGED = 0x200,
    NCCF_FIREWALLED = 0x400,
    NCCF_DEFAULT = 0x800,
    NCCF_HOMENET_CAPABLE = 0x1000,
    NCCF_SHARED_PRIVATE = 0x2000,
    NCCF_QUARANTINED = 0x4000,
    NCCF_RESERVED = 0x8000,
    NCCF_BLUETOOTH_MASK = 0xF0000,
    NCCF_LAN_MASK = 0xF00000
} NETCON_CHARACTERISTIC_FLAGS;

typedef enum tagNETCON_STATUS {
    NCS_DISCONNECTED = 0,
    NCS_CONNECTING = 1,
    NCS_CONNECTED = 2,
    NCS_DISCONNECTING = 3,
    NCS_HARDWARE_NOT_PRESENT = 4,
    NCS_HARDWARE_DISABLED = 5,
    NCS_HARDWARE_MALFUNCTION = 6,
    NCS_MEDIA_DISCONNECTED = 7,
    NCS_AUTHENTICATING = 8,
    NCS_AUTHENTICATION_SUCCEEDED = 9,
    NCS_AUTHENTICATION_FAILED = 10,
    NCS_INVALID_ADDRESS = 11,
    NCS_CREDENTIALS_REQUIRED = 12
} NETCON_STATUS;

typedef enum tagNETCON_MEDIATYPE {
    NCM_NONE = 0,
    NCM_DIRECT = 1,
    NCM_ISDN = 2,
    NCM_LAN = 3,
    NCM_PHONE = 4,
    NCM_TUNNEL = 5,
    NCM_PPPOE = 6,
    NCM_BRIDGE = 7,
    NCM_SHAREDACCESSHOST_LAN = 8,
    NCM_SHAREDACCESSHOST_RAS = 9
} NETCON_MEDIATYPE;

typedef struct tagNETCON_PROPERTIES {
    GUID guidId;
    LPWSTR pszwName;
    LPWSTR pszwDeviceName;
    NETCON_STATUS Status;
    NETCON_MEDIATYPE MediaType;
    DWORD dwCharacter;
    CLSID clsidThisObject;
    CLSID clsidUiObject;
} NETCON_PROPERTIES;

typedef enum tagNETCONMGR_ENUM_FLAGS { NCME_DEFAULT = 0 } NETCONMGR_ENUM_FLAGS;

EXTERN_C NETDISC_WIN32_API const CLSID CLSID_ConnectionManager;
EXTERN_C NETDISC_WIN32_API const IID IID_INetConnectionManager;
EXTERN_C NETDISC_WIN32_API const IID IID_IEnumNetConnection;
EXTERN_C NETDISC_WIN32_API const IID IID_INetConnection;

typedef struct INetConnectionManager INetConnectionManager;
typedef struct IEnumNetConnection IEnumNetConnection;
typedef struct INetConnection INetConnection;

#if defined(__cplusplus) && !defined(CINTERFACE)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

struct INetConnectionManager : public IUnknown {
    virtual HRESULT STDMETHODCALLTYPE EnumConnections(NETCONMGR_ENUM_FLAGS Flags,
                                                      IEnumNetConnection **ppEnum) = 0;
};

struct IEnumNetConnection : public IUnknown {
    virtual HRESULT STDMETHODCALLTYPE Next(ULONG celt, INetConnection **rgelt, ULONG *pceltFetched) = 0;
    virtual HRESULT STDMETHODCALLTYPE Skip(ULONG celt) = 0;
    virtual HRESULT STDMETHODCALLTYPE Reset() = 0;
    virtual HRESULT STDMETHODCALLTYPE Clone(IEnumNetConnection **ppenum) = 0;
};

struct INetConnection : public IUnknown {
    virtual HRESULT STDMETHODCALLTYPE Connect() = 0;
    virtual HRESULT STDMETHODCALLTYPE Disconnect() = 0;
    virtual HRESULT STDMETHODCALLTYPE Delete() = 0;
    virtual HRESULT STDMETHODCALLTYPE Duplicate(LPCWSTR pszwDuplicateName, INetConnection **ppCon) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetProperties(NETCON_PROPERTIES **ppProps) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetUiObjectClassId(CLSID *pclsid) = 0;
    virtual HRESULT STDMETHODCALLTYPE Rename(LPCWSTR pszwNewName) = 0;
};

#pragma GCC diagnostic pop

#else

typedef struct INetConnectionManagerVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)
    (INetConnectionManager *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(INetConnectionManager *This);
    ULONG(STDMETHODCALLTYPE *Release)(INetConnectionManager *This);
    HRESULT(STDMETHODCALLTYPE *EnumConnections)
    (INetConnectionManager *This, NETCONMGR_ENUM_FLAGS Flags, IEnumNetConnection **ppEnum);
} INetConnectionManagerVtbl;

struct INetConnectionManager {
    CONST_VTBL struct INetConnectionManagerVtbl *lpVtbl;
};

typedef struct IEnumNetConnectionVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)
    (IEnumNetConnection *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(IEnumNetConnection *This);
    ULONG(STDMETHODCALLTYPE *Release)(IEnumNetConnection *This);
    HRESULT(STDMETHODCALLTYPE *Next)
    (IEnumNetConnection *This, ULONG celt, INetConnection **rgelt, ULONG *pceltFetched);
    HRESULT(STDMETHODCALLTYPE *Skip)(IEnumNetConnection *This, ULONG celt);
    HRESULT(STDMETHODCALLTYPE *Reset)(IEnumNetConnection *This);
    HRESULT(STDMETHODCALLTYPE *Clone)(IEnumNetConnection *This, IEnumNetConnection **ppenum);
} IEnumNetConnectionVtbl;

struct IEnumNetConnection {
    CONST_VTBL struct IEnumNetConnectionVtbl *lpVtbl;
};

typedef struct INetConnectionVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(INetConnection *This, REFIID riid, void **ppvObject);
    ULONG(STDMETHODCALLTYPE *AddRef)(INetConnection *This);
    ULONG(STDMETHODCALLTYPE *Release)(INetConnection *This);
    HRESULT(STDMETHODCALLTYPE *Connect)(INetConnection *This);
    HRESULT(STDMETHODCALLTYPE *Disconnect)(INetConnection *This);
    HRESULT(STDMETHODCALLTYPE *Delete)(INetConnection *This);
    HRESULT(STDMETHODCALLTYPE *Duplicate)
    (INetConnection *This, LPCWSTR pszwDuplicateName, INetConnection **ppCon);
    HRESULT(STDMETHODCALLTYPE *GetProperties)(INetConnection *This, NETCON_PROPERTIES **ppProps);
    HRESULT(STDMETHODCALLTYPE *GetUiObjectClassId)(INetConnection *This, CLSID *pclsid);
    HRESULT(STDMETHODCALLTYPE *Rename)(INetConnection *This, LPCWSTR pszwNewName);
} INetConnectionVtbl;

struct INetConnection {
    CONST_VTBL struct INetConnectionVtbl *lpVtbl;
};

#ifdef COBJMACROS
/* clang-format off */
#define INetConnectionManager_QueryInterface(This, riid, ppvObject) (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define INetConnectionManager_AddRef(This) (This)->lpVtbl->AddRef(This)
#define INetConnectionManager_Release(This) (This)->lpVtbl->Release(This)
#define INetConnectionManager_EnumConnections(This, Flags, ppEnum) (This)->lpVtbl->EnumConnections(This, Flags, ppEnum)

#define IEnumNetConnection_QueryInterface(This, riid, ppvObject) (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define IEnumNetConnection_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IEnumNetConnection_Release(This) (This)->lpVtbl->Release(This)
#define IEnumNetConnection_Next(This, celt, rgelt, pceltFetched) (This)->lpVtbl->Next(This, celt, rgelt, pceltFetched)
#define IEnumNetConnection_Skip(This, celt) (This)->lpVtbl->Skip(This, celt)
#define IEnumNetConnection_Reset(This) (This)->lpVtbl->Reset(This)
#define IEnumNetConnection_Clone(This, ppenum) (This)->lpVtbl->Clone(This, ppenum)

#define INetConnection_QueryInterface(This, riid, ppvObject) (This)->lpVtbl->QueryInterface(This, riid, ppvObject)
#define INetConnection_AddRef(This) (This)->lpVtbl->AddRef(This)
#define INetConnection_Release(This) (This)->lpVtbl->Release(This)
#define INetConnection_Connect(This) (This)->lpVtbl->Connect(This)
#define INetConnection_Disconnect(This) (This)->lpVtbl->Disconnect(This)
#define INetConnection_Delete(This) (This)->lpVtbl->Delete(This)
#define INetConnection_Duplicate(This, pszwDuplicateName, ppCon) (This)->lpVtbl->Duplicate(This, pszwDuplicateName, ppCon)
#define INetConnection_GetProperties(This, ppProps) (This)->lpVtbl->GetProperties(This, ppProps)
#define INetConnection_GetUiObjectClassId(This, pclsid) (This)->lpVtbl->GetUiObjectClassId(This, pclsid)
#define INetConnection_Rename(This, pszwNewName) (This)->lpVtbl->Rename(This, pszwNewName)
/* clang-format on */
#endif

#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Frees what GetProperties() gave, its strings with it; NULL is allowed. */
NETDISC_WIN32_API void WINAPI NcFreeNetconProperties(NETCON_PROPERTIES *pProps);

#ifdef __cplusplus
}

template <> inline const GUID &netdisc_win32_uuidof<INetConnectionManager>()
{
    return IID_INetConnectionManager;
}

template <> inline const GUID &netdisc_win32_uuidof<IEnumNetConnection>()
{
    return IID_IEnumNetConnection;
}

template <> inline const GUID &netdisc_win32_uuidof<INetConnection>()
{
    return IID_INetConnection;
}
#endif

#endif
