/* SPDX-License-Identifier: MIT */
/* NetworkManager's reasons for a change of state, as Win32 codes and in words. */
#ifndef ND_NM_REASONS_H
#define ND_NM_REASONS_H

#include <stdbool.h>
#include <stdint.h>

#include "netdisc.h"

typedef struct nd_nm_reason {
    uint32_t number;
    const char *name;      /* "NO_SECRETS" */
    const char *text;      /* in words, for "... : %s" */
    netdisc_status status; /* of a connect that failed for it */
} nd_nm_reason;

/* NMDeviceStateReason and NMActiveConnectionStateReason. Never NULL: an unknown number gives the row
 * named "unknown". An active connection says no more than DEVICE_DISCONNECTED for most failures: its
 * device knows the reason. */
const nd_nm_reason *nd_nm_device_reason(uint32_t reason);
const nd_nm_reason *nd_nm_active_reason(uint32_t reason);
/* Of a device that was in the state `left` before. */
const nd_nm_reason *nd_nm_device_reason_in(uint32_t left, uint32_t reason);
/* What the active connection says of most failures is no more than that its device failed. */
bool nd_nm_active_reason_is_vague(uint32_t reason);

/* The reason of a new state: of a VPN that is deactivated NetworkManager says at last that someone
 * disconnected it, whoever it was; then the reason that it gave before stays. */
uint32_t nd_nm_active_reason_after(uint32_t state, uint32_t reason, uint32_t new_state,
                                   uint32_t new_reason);

/* An NMDeviceType in words that fit "eth0 is %s, not Wi-Fi": "Ethernet", "a bridge". Never NULL. */
const char *nd_nm_device_type(uint32_t type);

#endif
