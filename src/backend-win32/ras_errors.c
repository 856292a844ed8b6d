/* SPDX-License-Identifier: MIT */
#include "nd_ras.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct meaning {
    DWORD code;
    netdisc_status status; /* EXTENDED_ERROR: nothing that a system code says, too */
    const char *name;
} meaning;

#define MEANS(code, status)                                                                             \
    {                                                                                                   \
        code, NETDISC_##status, #code                                                                   \
    }

/* None of these may be passed on as a status: 632 is "wrong size" here, and "no interface" there. */
static const meaning meanings[] = {
    MEANS(ERROR_PORT_ALREADY_OPEN, ERROR_BUSY),
    MEANS(ERROR_BUFFER_TOO_SMALL, ERROR_INSUFFICIENT_BUFFER),
    MEANS(ERROR_PORT_NOT_CONNECTED, ERROR_NOT_CONNECTED),
    MEANS(ERROR_DEVICE_DOES_NOT_EXIST, ERROR_NO_NETWORK),
    MEANS(ERROR_DEVICETYPE_DOES_NOT_EXIST, ERROR_NO_NETWORK),
    MEANS(ERROR_PORT_NOT_FOUND, ERROR_NO_NETWORK),
    MEANS(ERROR_ALREADY_DISCONNECTING, ERROR_BUSY),
    MEANS(ERROR_PORT_DISCONNECTED, ERROR_CONNECTION_ABORTED),
    MEANS(ERROR_CANNOT_OPEN_PHONEBOOK, ERROR_CANNOT_OPEN_PROFILE),
    MEANS(ERROR_CANNOT_LOAD_PHONEBOOK, ERROR_CANNOT_OPEN_PROFILE),
    MEANS(ERROR_CANNOT_FIND_PHONEBOOK_ENTRY, ERROR_NOT_FOUND),
    MEANS(ERROR_CORRUPT_PHONEBOOK, ERROR_BAD_PROFILE),
    MEANS(ERROR_DISCONNECTION, ERROR_CONNECTION_ABORTED),
    MEANS(ERROR_REMOTE_DISCONNECTION, ERROR_CONNECTION_ABORTED),
    MEANS(ERROR_HARDWARE_FAILURE, ERROR_IO_DEVICE),
    MEANS(ERROR_USER_DISCONNECTION, ERROR_OPERATION_ABORTED),
    MEANS(ERROR_INVALID_SIZE, ERROR_INVALID_PARAMETER),
    MEANS(ERROR_PORT_NOT_AVAILABLE, ERROR_BUSY),
    MEANS(ERROR_REQUEST_TIMEOUT, ERROR_SEM_TIMEOUT),
    MEANS(ERROR_RESTRICTED_LOGON_HOURS, ERROR_INVALID_LOGON_HOURS),
    MEANS(ERROR_ACCT_DISABLED, ERROR_ACCOUNT_DISABLED),
    MEANS(ERROR_PASSWD_EXPIRED, ERROR_PASSWORD_EXPIRED),
    MEANS(ERROR_NO_DIALIN_PERMISSION, ERROR_ACCOUNT_RESTRICTION),
    {650, NETDISC_ERROR_SEM_TIMEOUT, "ERROR_SERVER_NOT_RESPONDING"},
    MEANS(ERROR_ALLOCATING_MEMORY, ERROR_NOT_ENOUGH_MEMORY),
    MEANS(ERROR_NO_CONNECTION, ERROR_NOT_CONNECTED),
    MEANS(ERROR_LINE_BUSY, ERROR_BUSY),
    MEANS(ERROR_NO_ANSWER, ERROR_SEM_TIMEOUT),
    MEANS(ERROR_NO_CARRIER, ERROR_NO_NETWORK),
    MEANS(ERROR_NO_DIALTONE, ERROR_NO_NETWORK),
    MEANS(ERROR_AUTHENTICATION_FAILURE, ERROR_LOGON_FAILURE),
    MEANS(ERROR_INTERACTIVE_MODE, ERROR_INVALID_PASSWORD),
    MEANS(ERROR_ACCT_EXPIRED, ERROR_ACCOUNT_EXPIRED),
    MEANS(ERROR_CHANGING_PASSWORD, ERROR_PASSWORD_RESTRICTION),
    MEANS(ERROR_RASMAN_CANNOT_INITIALIZE, ERROR_SERVICE_NOT_ACTIVE),
    MEANS(ERROR_PPP_TIMEOUT, ERROR_SEM_TIMEOUT),
    {719, NETDISC_ERROR_CONNECTION_ABORTED, "ERROR_PPP_REMOTE_TERMINATED"},
    MEANS(ERROR_PPP_NO_RESPONSE, ERROR_SEM_TIMEOUT),
    MEANS(ERROR_CANNOT_USE_LOGON_CREDENTIALS, ERROR_LOGON_FAILURE),
    MEANS(ERROR_DIAL_ALREADY_IN_PROGRESS, ERROR_BUSY),
    MEANS(ERROR_NO_CERTIFICATE, ERROR_INVALID_PASSWORD),
    MEANS(ERROR_CONNECTION_REJECT, ERROR_CONNECTION_REFUSED),
    MEANS(ERROR_OAKLEY_TIMED_OUT, ERROR_SEM_TIMEOUT),
    MEANS(ERROR_NO_EAPTLS_CERTIFICATE, ERROR_INVALID_PASSWORD),
    MEANS(ERROR_VPN_DISCONNECT, ERROR_CONNECTION_ABORTED),
    MEANS(ERROR_VPN_REFUSED, ERROR_CONNECTION_REFUSED),
    MEANS(ERROR_AUTOMATIC_VPN_FAILED, ERROR_BAD_NETPATH),
    MEANS(ERROR_VPN_TIMEOUT, ERROR_SEM_TIMEOUT),
    MEANS(ERROR_VPN_BAD_PSK, ERROR_INVALID_PASSWORD),
    MEANS(ERROR_BROADBAND_NO_NIC, ERROR_NO_NETWORK),
    MEANS(ERROR_BROADBAND_TIMEOUT, ERROR_SEM_TIMEOUT),
    MEANS(ERROR_LINK_FAILURE, ERROR_CONNECTION_ABORTED),
    MEANS(ERROR_RASMAN_SERVICE_STOPPED, ERROR_SERVICE_NOT_ACTIVE),
    {868, NETDISC_ERROR_BAD_NETPATH, "ERROR_DNSNAME_NOT_RESOLVABLE"},
};

/* NULL: it has none, or is not the service's. */
static const meaning *meaning_of(DWORD code)
{
    for (size_t i = 0; i < ND_COUNT(meanings); i++)
        if (meanings[i].code == code)
            return &meanings[i];
    return NULL;
}

enum { LAST_OF_RAS = 999, TEXT = 512 };

static bool is_of_ras(DWORD code)
{
    return code >= RASBASE && code <= LAST_OF_RAS && code != ERROR_OPERATION_ABORTED &&
           code != ERROR_IO_PENDING && code != ERROR_NOACCESS && code != ERROR_SWAPERROR;
}

/* One line without a full stop; NULL: it has none. To be freed. */
static char *text_of(const nd_ras *ras, DWORD code)
{
    WCHAR wide[TEXT] = L"";

    if (ras->call.RasGetErrorStringW(code, wide, TEXT) != NO_ERROR)
        return NULL;

    size_t length = wcsnlen(wide, TEXT);

    while (length > 0 && wcschr(L" .\r\n", wide[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++)
        if (wide[i] < L' ')
            wide[i] = L' ';
    return length > 0 ? nd_narrow_field(wide, length) : NULL;
}

static netdisc_status say(const nd_ras *ras, nd_trouble *why, DWORD code, const char *format, ...)
    ND_PRINTF(4, 5);

static netdisc_status say(const nd_ras *ras, nd_trouble *why, DWORD code, const char *format, ...)
{
    const meaning *means = meaning_of(code);
    netdisc_status status = means ? means->status : NETDISC_ERROR_EXTENDED_ERROR;
    char *text = text_of(ras, code);
    va_list arguments;

    va_start(arguments, format);
    nd_trouble_native(why, status, "ras", code, text, format, arguments);
    va_end(arguments);
    free(text);
    snprintf(why->native_name, sizeof why->native_name, "%s", means ? means->name : "");
    return status;
}

netdisc_status nd_ras_trouble(const nd_ras *ras, nd_trouble *why, DWORD code, const char *format, ...)
{
    char what[sizeof why->message];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (is_of_ras(code))
        return say(ras, why, code, "%s", what);
    return nd_trouble_win32(why, 0, code, "%s", what);
}
