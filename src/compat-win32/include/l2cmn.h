/* SPDX-License-Identifier: MIT */
/* The sources of notifications, as bits. */
#ifndef NETDISC_WIN32_L2CMN_H
#define NETDISC_WIN32_L2CMN_H

#include "guiddef.h"
#include "windef.h"

/* clang-format off */
#define L2_NOTIFICATION_SOURCE_NONE             0x00000000
#define L2_NOTIFICATION_SOURCE_DOT3_AUTO_CONFIG 0x00000001
#define L2_NOTIFICATION_SOURCE_SECURITY         0x00000002
#define L2_NOTIFICATION_SOURCE_ONEX             0x00000004
#define L2_NOTIFICATION_SOURCE_WLAN_ACM         0x00000008
#define L2_NOTIFICATION_SOURCE_WLAN_MSM         0x00000010
#define L2_NOTIFICATION_SOURCE_WLAN_SECURITY    0x00000020
#define L2_NOTIFICATION_SOURCE_WLAN_IHV         0x00000040
#define L2_NOTIFICATION_SOURCE_WLAN_HNWK        0x00000080
#define L2_NOTIFICATION_SOURCE_ALL              0x0000FFFF
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _L2_NOTIFICATION_DATA {
    DWORD NotificationSource;
    DWORD NotificationCode;
    GUID InterfaceGuid;
    DWORD dwDataSize;
    PVOID pData;
} L2_NOTIFICATION_DATA, *PL2_NOTIFICATION_DATA;

#ifdef __cplusplus
}
#endif

#endif
