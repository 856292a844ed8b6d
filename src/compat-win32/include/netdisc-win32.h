/* SPDX-License-Identifier: MIT */
/* What libnetdisc-win32 has besides what Windows has: how the program sets it up. All are process-wide. */
#ifndef NETDISC_WIN32_H
#define NETDISC_WIN32_H

#include <netdisc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The context that all functions of this library share is made when the first of them is called, with these
 * options; without a call of this, with none. What `options` points to is copied.
 *
 * ERROR_INVALID_PARAMETER: NULL or a wrong size. ERROR_INVALID_STATE: the context has been made already.
 * ERROR_NOT_ENOUGH_MEMORY.
 */
NETDISC_API netdisc_status netdisc_win32_configure(const netdisc_options *options);

/*
 * Who is asked, and told, by WNetDisconnectDialog1. NULL: as at the beginning, which asks at the terminal
 * that is the program's standard input and standard error; where that is none, nobody can be asked.
 * `fn` is called on the thread that is in WNetDisconnectDialog1.
 */
NETDISC_API void netdisc_win32_set_prompt(netdisc_prompt_fn fn, void *data);

#ifdef __cplusplus
}
#endif

#endif
