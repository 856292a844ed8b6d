/* SPDX-License-Identifier: MIT */
/* The WNet functions: what they mean here, and where that differs, is in docs/porting-windows-code.md. */
#ifndef NETDISC_WIN32_WINNETWK_H
#define NETDISC_WIN32_WINNETWK_H

#include "windows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Resources ------------------------------------------------------------------------------- */

/* clang-format off */
#define RESOURCE_CONNECTED  0x00000001
#define RESOURCE_GLOBALNET  0x00000002
#define RESOURCE_REMEMBERED 0x00000003
#define RESOURCE_RECENT     0x00000004
#define RESOURCE_CONTEXT    0x00000005

#define RESOURCETYPE_ANY      0x00000000
#define RESOURCETYPE_DISK     0x00000001
#define RESOURCETYPE_PRINT    0x00000002
#define RESOURCETYPE_RESERVED 0x00000008
#define RESOURCETYPE_UNKNOWN  0xFFFFFFFF

#define RESOURCEUSAGE_CONNECTABLE   0x00000001
#define RESOURCEUSAGE_CONTAINER     0x00000002
#define RESOURCEUSAGE_NOLOCALDEVICE 0x00000004
#define RESOURCEUSAGE_SIBLING       0x00000008
#define RESOURCEUSAGE_ATTACHED      0x00000010
#define RESOURCEUSAGE_ALL \
    (RESOURCEUSAGE_CONNECTABLE | RESOURCEUSAGE_CONTAINER | RESOURCEUSAGE_ATTACHED)
#define RESOURCEUSAGE_RESERVED      0x80000000

#define RESOURCEDISPLAYTYPE_GENERIC      0x00000000
#define RESOURCEDISPLAYTYPE_DOMAIN       0x00000001
#define RESOURCEDISPLAYTYPE_SERVER       0x00000002
#define RESOURCEDISPLAYTYPE_SHARE        0x00000003
#define RESOURCEDISPLAYTYPE_FILE         0x00000004
#define RESOURCEDISPLAYTYPE_GROUP        0x00000005
#define RESOURCEDISPLAYTYPE_NETWORK      0x00000006
#define RESOURCEDISPLAYTYPE_ROOT         0x00000007
#define RESOURCEDISPLAYTYPE_SHAREADMIN   0x00000008
#define RESOURCEDISPLAYTYPE_DIRECTORY    0x00000009
#define RESOURCEDISPLAYTYPE_TREE         0x0000000A
#define RESOURCEDISPLAYTYPE_NDSCONTAINER 0x0000000B
/* clang-format on */

typedef struct _NETRESOURCEA {
    DWORD dwScope;
    DWORD dwType;
    DWORD dwDisplayType;
    DWORD dwUsage;
    LPSTR lpLocalName;
    LPSTR lpRemoteName;
    LPSTR lpComment;
    LPSTR lpProvider;
} NETRESOURCEA, *LPNETRESOURCEA;

typedef struct _NETRESOURCEW {
    DWORD dwScope;
    DWORD dwType;
    DWORD dwDisplayType;
    DWORD dwUsage;
    LPWSTR lpLocalName;
    LPWSTR lpRemoteName;
    LPWSTR lpComment;
    LPWSTR lpProvider;
} NETRESOURCEW, *LPNETRESOURCEW;

/* ---- Connections ----------------------------------------------------------------------------- */

/* clang-format off */
#define CONNECT_UPDATE_PROFILE 0x00000001
#define CONNECT_UPDATE_RECENT  0x00000002
#define CONNECT_TEMPORARY      0x00000004
#define CONNECT_INTERACTIVE    0x00000008
#define CONNECT_PROMPT         0x00000010
#define CONNECT_NEED_DRIVE     0x00000020
#define CONNECT_REFCOUNT       0x00000040
#define CONNECT_REDIRECT       0x00000080
#define CONNECT_LOCALDRIVE     0x00000100
#define CONNECT_CURRENT_MEDIA  0x00000200
#define CONNECT_DEFERRED       0x00000400
#define CONNECT_COMMANDLINE    0x00000800
#define CONNECT_CMD_SAVECRED   0x00001000
#define CONNECT_CRED_RESET     0x00002000
#define CONNECT_RESERVED       0xFF000000
/* clang-format on */

NETDISC_WIN32_API DWORD WINAPI WNetAddConnection2A(LPNETRESOURCEA lpNetResource, LPCSTR lpPassword,
                                                   LPCSTR lpUserName, DWORD dwFlags);
NETDISC_WIN32_API DWORD WINAPI WNetAddConnection2W(LPNETRESOURCEW lpNetResource, LPCWSTR lpPassword,
                                                   LPCWSTR lpUserName, DWORD dwFlags);
NETDISC_WIN32_API DWORD WINAPI WNetCancelConnectionA(LPCSTR lpName, BOOL fForce);
NETDISC_WIN32_API DWORD WINAPI WNetCancelConnectionW(LPCWSTR lpName, BOOL fForce);
NETDISC_WIN32_API DWORD WINAPI WNetCancelConnection2A(LPCSTR lpName, DWORD dwFlags, BOOL fForce);
NETDISC_WIN32_API DWORD WINAPI WNetCancelConnection2W(LPCWSTR lpName, DWORD dwFlags, BOOL fForce);
NETDISC_WIN32_API DWORD WINAPI WNetGetConnectionA(LPCSTR lpLocalName, LPSTR lpRemoteName,
                                                  LPDWORD lpnLength);
NETDISC_WIN32_API DWORD WINAPI WNetGetConnectionW(LPCWSTR lpLocalName, LPWSTR lpRemoteName,
                                                  LPDWORD lpnLength);

/* ---- The dialog ------------------------------------------------------------------------------ */

#define DISC_UPDATE_PROFILE 0x00000001
#define DISC_NO_FORCE       0x00000040

typedef struct _DISCDLGSTRUCTA {
    DWORD cbStructure;
    HWND hwndOwner;
    LPSTR lpLocalName;
    LPSTR lpRemoteName;
    DWORD dwFlags;
} DISCDLGSTRUCTA, *LPDISCDLGSTRUCTA;

typedef struct _DISCDLGSTRUCTW {
    DWORD cbStructure;
    HWND hwndOwner;
    LPWSTR lpLocalName;
    LPWSTR lpRemoteName;
    DWORD dwFlags;
} DISCDLGSTRUCTW, *LPDISCDLGSTRUCTW;

NETDISC_WIN32_API DWORD WINAPI WNetDisconnectDialog1A(LPDISCDLGSTRUCTA lpConnDlgStruct);
NETDISC_WIN32_API DWORD WINAPI WNetDisconnectDialog1W(LPDISCDLGSTRUCTW lpConnDlgStruct);

/* ---- Enumerations ---------------------------------------------------------------------------- */

NETDISC_WIN32_API DWORD WINAPI WNetOpenEnumA(DWORD dwScope, DWORD dwType, DWORD dwUsage,
                                             LPNETRESOURCEA lpNetResource, LPHANDLE lphEnum);
NETDISC_WIN32_API DWORD WINAPI WNetOpenEnumW(DWORD dwScope, DWORD dwType, DWORD dwUsage,
                                             LPNETRESOURCEW lpNetResource, LPHANDLE lphEnum);
NETDISC_WIN32_API DWORD WINAPI WNetEnumResourceA(HANDLE hEnum, LPDWORD lpcCount, LPVOID lpBuffer,
                                                 LPDWORD lpBufferSize);
NETDISC_WIN32_API DWORD WINAPI WNetEnumResourceW(HANDLE hEnum, LPDWORD lpcCount, LPVOID lpBuffer,
                                                 LPDWORD lpBufferSize);
NETDISC_WIN32_API DWORD WINAPI WNetCloseEnum(HANDLE hEnum);

/* ---- Errors ---------------------------------------------------------------------------------- */

NETDISC_WIN32_API DWORD WINAPI WNetGetLastErrorA(LPDWORD lpError, LPSTR lpErrorBuf, DWORD nErrorBufSize,
                                                 LPSTR lpNameBuf, DWORD nNameBufSize);
NETDISC_WIN32_API DWORD WINAPI WNetGetLastErrorW(LPDWORD lpError, LPWSTR lpErrorBuf, DWORD nErrorBufSize,
                                                 LPWSTR lpNameBuf, DWORD nNameBufSize);

/* clang-format off */
#define WN_SUCCESS                          NO_ERROR
#define WN_NO_ERROR                         NO_ERROR
#define WN_NOT_SUPPORTED                    ERROR_NOT_SUPPORTED
#define WN_CANCEL                           ERROR_CANCELLED
#define WN_RETRY                            ERROR_RETRY
#define WN_NET_ERROR                        ERROR_UNEXP_NET_ERR
#define WN_MORE_DATA                        ERROR_MORE_DATA
#define WN_BAD_POINTER                      ERROR_INVALID_ADDRESS
#define WN_BAD_VALUE                        ERROR_INVALID_PARAMETER
#define WN_BAD_USER                         ERROR_BAD_USERNAME
#define WN_BAD_PASSWORD                     ERROR_INVALID_PASSWORD
#define WN_ACCESS_DENIED                    ERROR_ACCESS_DENIED
#define WN_FUNCTION_BUSY                    ERROR_BUSY
#define WN_WINDOWS_ERROR                    ERROR_UNEXP_NET_ERR
#define WN_OUT_OF_MEMORY                    ERROR_NOT_ENOUGH_MEMORY
#define WN_NO_NETWORK                       ERROR_NO_NETWORK
#define WN_EXTENDED_ERROR                   ERROR_EXTENDED_ERROR
#define WN_BAD_LEVEL                        ERROR_INVALID_LEVEL
#define WN_BAD_HANDLE                       ERROR_INVALID_HANDLE
#define WN_NOT_INITIALIZING                 ERROR_ALREADY_INITIALIZED
#define WN_NO_MORE_DEVICES                  ERROR_NO_MORE_DEVICES
#define WN_NOT_CONNECTED                    ERROR_NOT_CONNECTED
#define WN_OPEN_FILES                       ERROR_OPEN_FILES
#define WN_DEVICE_IN_USE                    ERROR_DEVICE_IN_USE
#define WN_BAD_NETNAME                      ERROR_BAD_NET_NAME
#define WN_BAD_LOCALNAME                    ERROR_BAD_DEVICE
#define WN_ALREADY_CONNECTED                ERROR_ALREADY_ASSIGNED
#define WN_DEVICE_ERROR                     ERROR_GEN_FAILURE
#define WN_CONNECTION_CLOSED                ERROR_CONNECTION_UNAVAIL
#define WN_NO_NET_OR_BAD_PATH               ERROR_NO_NET_OR_BAD_PATH
#define WN_BAD_PROVIDER                     ERROR_BAD_PROVIDER
#define WN_CANNOT_OPEN_PROFILE              ERROR_CANNOT_OPEN_PROFILE
#define WN_BAD_PROFILE                      ERROR_BAD_PROFILE
#define WN_BAD_DEV_TYPE                     ERROR_BAD_DEV_TYPE
#define WN_DEVICE_ALREADY_REMEMBERED        ERROR_DEVICE_ALREADY_REMEMBERED
#define WN_CONNECTED_OTHER_PASSWORD         ERROR_CONNECTED_OTHER_PASSWORD
#define WN_CONNECTED_OTHER_PASSWORD_DEFAULT ERROR_CONNECTED_OTHER_PASSWORD_DEFAULT
#define WN_NO_MORE_ENTRIES                  ERROR_NO_MORE_ITEMS
#define WN_NOT_CONTAINER                    ERROR_NOT_CONTAINER
#define WN_NOT_AUTHENTICATED                ERROR_NOT_AUTHENTICATED
#define WN_NOT_LOGGED_ON                    ERROR_NOT_LOGGED_ON
#define WN_NOT_VALIDATED                    ERROR_NO_LOGON_SERVERS
/* clang-format on */

/* ---- UNICODE --------------------------------------------------------------------------------- */

#ifdef UNICODE
typedef NETRESOURCEW NETRESOURCE;
typedef LPNETRESOURCEW LPNETRESOURCE;
typedef DISCDLGSTRUCTW DISCDLGSTRUCT;
typedef LPDISCDLGSTRUCTW LPDISCDLGSTRUCT;
#define WNetAddConnection2    WNetAddConnection2W
#define WNetCancelConnection  WNetCancelConnectionW
#define WNetCancelConnection2 WNetCancelConnection2W
#define WNetDisconnectDialog1 WNetDisconnectDialog1W
#define WNetEnumResource      WNetEnumResourceW
#define WNetGetConnection     WNetGetConnectionW
#define WNetGetLastError      WNetGetLastErrorW
#define WNetOpenEnum          WNetOpenEnumW
#else
typedef NETRESOURCEA NETRESOURCE;
typedef LPNETRESOURCEA LPNETRESOURCE;
typedef DISCDLGSTRUCTA DISCDLGSTRUCT;
typedef LPDISCDLGSTRUCTA LPDISCDLGSTRUCT;
#define WNetAddConnection2    WNetAddConnection2A
#define WNetCancelConnection  WNetCancelConnectionA
#define WNetCancelConnection2 WNetCancelConnection2A
#define WNetDisconnectDialog1 WNetDisconnectDialog1A
#define WNetEnumResource      WNetEnumResourceA
#define WNetGetConnection     WNetGetConnectionA
#define WNetGetLastError      WNetGetLastErrorA
#define WNetOpenEnum          WNetOpenEnumA
#endif

#ifdef __cplusplus
}
#endif

#endif
