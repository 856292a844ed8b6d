/* SPDX-License-Identifier: MIT */
/* Why something failed, kept until it is answered. */
#ifndef ND_TROUBLE_H
#define ND_TROUBLE_H

#include <stdarg.h>

#include "printf_format.h"
#include "provider.h"

/* Zeroed: nothing did. The last one said counts. */
typedef struct nd_trouble {
    netdisc_status status; /* 0 with a native domain: the core translates the code */
    char message[512];
    const char *native_domain; /* static; NULL: nothing native */
    int64_t native_code;
    char native_name[96];
} nd_trouble;

/* Gives its status, so that it can be returned. */
netdisc_status nd_trouble_say(nd_trouble *why, netdisc_status status, const char *format, ...)
    ND_PRINTF(3, 4);
/* With what the native side said: its domain (static), code and, unless NULL, text, which the message ends
 * with. Status 0: what the core makes of the code (then returns ERROR_GEN_FAILURE, so that it is never
 * NO_ERROR). */
netdisc_status nd_trouble_native(nd_trouble *why, netdisc_status status, const char *domain,
                                 int64_t code, const char *text, const char *format, va_list arguments)
    ND_PRINTF(6, 0);
/* Another message around it; the rest of it stays. */
void nd_trouble_reword(nd_trouble *why, const char *format, ...) ND_PRINTF(2, 3);
/* Answers the call: with the trouble if `status` is not NO_ERROR. */
void nd_trouble_finish(nd_call *call, netdisc_status status, const nd_trouble *why);
/* Adds it to an answer that is otherwise good: nd_lacks(). */
void nd_trouble_lacks(nd_call *call, netdisc_status status, const nd_trouble *why);

#endif
