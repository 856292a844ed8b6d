/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "smb.h"

netdisc_status nd_trouble_errno(nd_trouble *why, netdisc_status status, int code, const char *format,
                                ...)
{
    const char *text = strerrordesc_np(code);
    va_list arguments;

    va_start(arguments, format);
    status =
        nd_trouble_native(why, status, "errno", code, text ? text : "unknown error", format, arguments);
    va_end(arguments);
    return status;
}
