/* SPDX-License-Identifier: MIT */
/*
 * Starting a worker, and talking to one. Every function may block; `wake` ends its waiting, as in message.h.
 */
#ifndef ND_SMB_LAUNCH_H
#define ND_SMB_LAUNCH_H

#include "message.h"
#include "smb.h"

/* Whether the worker's program is there: ERROR_NOT_SUPPORTED with the words for it, if not. */
netdisc_status nd_launch_possible(nd_trouble *why);

/* Starts a worker and sends it its first message. `*out` is the socket to it, whose end tells the worker to
 * undo what it was not told to keep. The program that is started ends at once, leaving the worker behind, so
 * that no child process is left to the host. */
netdisc_status nd_launch(const nd_message *first, int timeout_ms, int wake, int *out, nd_trouble *why);

/* The next message from a worker; `code` is 0 or an errno of nd_message_receive(). FAILED becomes its trouble,
 * and any other type than `wanted` one of ours. `out` is to be cleared in any case. */
netdisc_status nd_launch_answer(int fd, nd_message_type wanted, int timeout_ms, int wake,
                                nd_message *out, nd_trouble *why);

/* Removes what dead workers have left, in a worker's name; NULL: of all. Failing that, it stays. */
void nd_launch_cleaner(const nd_host *host, const char *name, int timeout_ms, int wake);

#endif
