/* SPDX-License-Identifier: MIT */
#ifndef NETDISC_WIN32_GUIDDEF_H
#define NETDISC_WIN32_GUIDDEF_H

#include <stdint.h>
#include <string.h>

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;

typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID, CLSID;
typedef IID *LPIID;
typedef CLSID *LPCLSID;

#ifdef __cplusplus
#define REFGUID  const GUID &
#define REFIID   const IID &
#define REFCLSID const CLSID &

static inline int IsEqualGUID(REFGUID one, REFGUID other)
{
    return memcmp(&one, &other, sizeof(GUID)) == 0;
}

inline bool operator==(REFGUID one, REFGUID other)
{
    return IsEqualGUID(one, other) != 0;
}

inline bool operator!=(REFGUID one, REFGUID other)
{
    return !(one == other);
}
#else
#define REFGUID  const GUID *
#define REFIID   const IID *
#define REFCLSID const CLSID *

static inline int IsEqualGUID(REFGUID one, REFGUID other)
{
    return memcmp(one, other, sizeof(GUID)) == 0;
}
#endif

#define IsEqualIID(one, other)   IsEqualGUID(one, other)
#define IsEqualCLSID(one, other) IsEqualGUID(one, other)

#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif

#endif

/* As on Windows, it depends on whether initguid.h has been included when this is. */
#undef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                    \
    EXTERN_C const GUID name;                                                                           \
    const GUID name __attribute__((weak)) = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif
