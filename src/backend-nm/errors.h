/* SPDX-License-Identifier: MIT */
/* NetworkManager's own errors as Win32 codes. */
#ifndef ND_NM_ERRORS_H
#define ND_NM_ERRORS_H

#include <glib.h>

#include "provider.h"

/*
 * Fills `why` from an error of GDBus or libnm, given as it came (after
 * g_dbus_error_strip_remote_error() the bus's name is gone): domain, code, name, and the status where
 * it is one of NetworkManager's or libnm's own; status 0 leaves it to the core (the bus's and GIO's
 * errors). `name` receives what why->native_name points to, NULL where there is none, to be freed with
 * g_free(). No message is made.
 */
void nd_nm_describe_error(const GError *error, nd_failure *why, char **name);

/* The rows, so that a test can walk every one. Past the end the domain is NULL. */
typedef struct nd_nm_error_row {
    const char *domain; /* as g_quark_to_string() gives it */
    int code;
    const char *enumerator;
    const char *dbus_name; /* NULL: never sent over the bus */
    netdisc_status status;
} nd_nm_error_row;

nd_nm_error_row nd_nm_error_row_at(size_t index);

#endif
