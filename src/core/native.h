/* SPDX-License-Identifier: MIT */
/*
 * Other systems' error numbers and names as Win32 codes, each converter one table. What a table does
 * not know becomes `fallback`, never success: the caller keeps the native code in the detail.
 */
#ifndef ND_NATIVE_H
#define ND_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include "netdisc.h"

netdisc_status nd_status_from_errno(int code, netdisc_status fallback);
netdisc_status nd_status_from_ntstatus(uint32_t code, netdisc_status fallback);
/* GIOErrorEnum, by its number, which is part of GLib's ABI. */
netdisc_status nd_status_from_gio(int code, netdisc_status fallback);
/* The bus's own errors, "org.freedesktop.DBus.Error.NoReply". */
netdisc_status nd_status_from_dbus(const char *name, netdisc_status fallback);

/* The symbolic name ("EBUSY", "NT_STATUS_ACCESS_DENIED", "G_IO_ERROR_BUSY"), NULL when not known. */
const char *nd_errno_name(int code);
const char *nd_ntstatus_name(uint32_t code);
const char *nd_gio_name(int code);

/* The rows of a table, so that a test can walk every one. Past the end the name is NULL. */
typedef struct nd_native_row {
    const char *name;
    int64_t code;
    netdisc_status status;
} nd_native_row;

nd_native_row nd_errno_row(size_t index);
nd_native_row nd_ntstatus_row(size_t index);
nd_native_row nd_gio_row(size_t index);
nd_native_row nd_dbus_row(size_t index);
nd_native_row nd_hresult_row(size_t index);

#endif
