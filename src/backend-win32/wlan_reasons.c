/* SPDX-License-Identifier: MIT */
#include "wlan.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct reason {
    DWORD code;
    const char *name;
    netdisc_status status;
} reason;

#define REASON(code, name, status)                                                                      \
    {                                                                                                   \
        code, "WLAN_REASON_CODE_" #name, NETDISC_##status                                               \
    }

/* Those that have a status of their own. An access point drops what a wrong key signed without a word, so
 * that the key exchange, once begun, does not succeed in time. */
static const reason reasons[] = {
    REASON(ND_WLAN_REASON_UNKNOWN, UNKNOWN, ERROR_GEN_FAILURE),
    REASON(0x20001, NETWORK_NOT_COMPATIBLE, ERROR_NOT_SUPPORTED),
    REASON(0x20002, PROFILE_NOT_COMPATIBLE, ERROR_NOT_SUPPORTED),
    REASON(0x28002, NOT_VISIBLE, ERROR_NOT_FOUND),
    REASON(0x28003, GP_DENIED, ERROR_ACCESS_DENIED),
    REASON(0x28004, USER_DENIED, ERROR_ACCESS_DENIED),
    REASON(0x28005, BSS_TYPE_NOT_ALLOWED, ERROR_NOT_SUPPORTED),
    REASON(ND_WLAN_REASON_NOT_AVAILABLE, NETWORK_NOT_AVAILABLE, ERROR_NOT_FOUND),
    REASON(0x2800c, PROFILE_CHANGED_OR_DELETED, ERROR_OPERATION_ABORTED),
    REASON(0x2800d, KEY_MISMATCH, ERROR_INVALID_PASSWORD),
    REASON(0x2800e, USER_NOT_RESPOND, ERROR_SEM_TIMEOUT),
    REASON(0x30001, UNSUPPORTED_SECURITY_SET_BY_OS, ERROR_NOT_SUPPORTED),
    REASON(0x30002, UNSUPPORTED_SECURITY_SET, ERROR_NOT_SUPPORTED),
    REASON(0x38001, USER_CANCELLED, ERROR_OPERATION_ABORTED),
    REASON(0x38003, ASSOCIATION_TIMEOUT, ERROR_SEM_TIMEOUT),
    REASON(0x38007, SECURITY_TIMEOUT, ERROR_SEM_TIMEOUT),
    REASON(0x38011, UI_REQUEST_TIMEOUT, ERROR_SEM_TIMEOUT),
    REASON(0x38014, NO_VISIBLE_AP, ERROR_NOT_FOUND),
    REASON(0x40003, MSMSEC_PROFILE_KEY_LENGTH, ERROR_INVALID_PASSWORD),
    REASON(0x40004, MSMSEC_PROFILE_PSK_LENGTH, ERROR_INVALID_PASSWORD),
    REASON(0x40016, MSMSEC_PROFILE_PASSPHRASE_CHAR, ERROR_INVALID_PASSWORD),
    REASON(0x40017, MSMSEC_PROFILE_KEYMATERIAL_CHAR, ERROR_INVALID_PASSWORD),
    REASON(0x40018, MSMSEC_PROFILE_WRONG_KEYTYPE, ERROR_INVALID_PASSWORD),
    REASON(0x4001d, MSMSEC_PROFILE_KEY_UNMAPPED_CHAR, ERROR_INVALID_PASSWORD),
    REASON(0x48002, MSMSEC_AUTH_START_TIMEOUT, ERROR_SEM_TIMEOUT),
    REASON(0x48003, MSMSEC_AUTH_SUCCESS_TIMEOUT, ERROR_SEM_TIMEOUT),
    REASON(0x48004, MSMSEC_KEY_START_TIMEOUT, ERROR_SEM_TIMEOUT),
    REASON(0x48005, MSMSEC_KEY_SUCCESS_TIMEOUT, ERROR_INVALID_PASSWORD),
    REASON(0x48011, MSMSEC_CANCELLED, ERROR_OPERATION_ABORTED),
    REASON(0x48012, MSMSEC_KEY_FORMAT, ERROR_INVALID_PASSWORD),
    REASON(0x48014, MSMSEC_PSK_MISMATCH_SUSPECTED, ERROR_INVALID_PASSWORD),
};

static const reason *find(DWORD code)
{
    static const reason other = {0, "", NETDISC_ERROR_EXTENDED_ERROR};

    for (size_t i = 0; i < ND_COUNT(reasons); i++)
        if (reasons[i].code == code)
            return &reasons[i];
    return &other;
}

/* In the system's language, without the full stop; NULL: it has none. */
static char *text_of(const nd_wlan *wlan, DWORD code)
{
    WCHAR text[256] = {0};

    if (wlan->call.WlanReasonCodeToString(code, ND_COUNT(text), text, NULL))
        return NULL;

    size_t length = wcsnlen(text, ND_COUNT(text));

    while (length > 0 && wcschr(L". \r\n", text[length - 1]))
        length--;
    return nd_narrow_field(text, length);
}

netdisc_status nd_wlan_reason_trouble(const nd_wlan *wlan, nd_trouble *why, DWORD code,
                                      const char *format, ...)
{
    const reason *known = find(code);
    char *text = text_of(wlan, code);
    va_list arguments;

    va_start(arguments, format);
    netdisc_status status = nd_trouble_native(why, known->status, "wlan", code,
                                              text && *text ? text : known->name, format, arguments);
    va_end(arguments);
    free(text);
    snprintf(why->native_name, sizeof why->native_name, "%s", known->name);
    return status;
}
