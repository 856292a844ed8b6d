/* SPDX-License-Identifier: MIT */
#include "trouble.h"

#include <stdio.h>
#include <string.h>

/* A message that did not fit may end in the middle of a character. */
static void end_with_a_character(nd_trouble *why)
{
    size_t length = strlen(why->message);

    if (length + 1 < sizeof why->message)
        return;
    while (length > 0 && ((unsigned char)why->message[length - 1] & 0xc0) == 0x80)
        length--;
    if (length > 0 && (unsigned char)why->message[length - 1] >= 0xc0)
        length--;
    why->message[length] = '\0';
}

static void say(nd_trouble *why, netdisc_status status, const char *format, va_list arguments)
{
    memset(why, 0, sizeof *why);
    why->status = status;
    vsnprintf(why->message, sizeof why->message, format, arguments);
    end_with_a_character(why);
}

netdisc_status nd_trouble_say(nd_trouble *why, netdisc_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(why, status, format, arguments);
    va_end(arguments);
    return status;
}

netdisc_status nd_trouble_native(nd_trouble *why, netdisc_status status, const char *domain,
                                 int64_t code, const char *text, const char *format, va_list arguments)
{
    say(why, status, format, arguments);

    size_t length = strlen(why->message);

    if (text)
        snprintf(why->message + length, sizeof why->message - length, ": %s", text);
    end_with_a_character(why);
    why->native_domain = domain;
    why->native_code = code;
    return status ? status : NETDISC_ERROR_GEN_FAILURE;
}

void nd_trouble_reword(nd_trouble *why, const char *format, ...)
{
    nd_trouble before = *why;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(before.message, sizeof before.message, format, arguments);
    va_end(arguments);
    end_with_a_character(&before);
    *why = before;
}

static nd_failure failure_of(const nd_trouble *why)
{
    return (nd_failure){
        .status = why->status,
        .message = *why->message ? why->message : NULL,
        .native_domain = why->native_domain,
        .native_code = why->native_code,
        .native_name = *why->native_name ? why->native_name : NULL,
    };
}

void nd_trouble_finish(nd_call *call, netdisc_status status, const nd_trouble *why)
{
    if (!status) {
        nd_finish(call, NETDISC_NO_ERROR, NULL);
        return;
    }

    nd_failure failure = failure_of(why);

    nd_finish(call, why->native_domain ? why->status : status, &failure);
}

void nd_trouble_lacks(nd_call *call, netdisc_status status, const nd_trouble *why)
{
    nd_failure failure = failure_of(why);

    nd_lacks(call, why->native_domain ? why->status : status, &failure);
}
