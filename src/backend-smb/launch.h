/* SPDX-License-Identifier: MIT */
/*
 * Starting a worker, and talking to one. Every function may block; `wake` ends its waiting, as in
 * message.h.
 */
#ifndef ND_SMB_LAUNCH_H
#define ND_SMB_LAUNCH_H

#include "message.h"
#include "smb.h"

/* Whether the worker's program is there: ERROR_NOT_SUPPORTED with the words for it, if not. */
netdisc_status nd_launch_possible(nd_trouble *why);

/* Whether it starts, too: it is told nothing, and ends. */
netdisc_status nd_launch_try(int timeout_ms, int wake, nd_trouble *why);

/* Starts a worker and sends it its first message, if there is one. `*out` is the socket to it, whose end tells
 * the worker to undo what it was not told to keep. The program that is started ends at once, leaving the
 * worker behind, so that no child process is left to the host; ERROR_SEM_TIMEOUT: it did not. */
netdisc_status nd_launch(const nd_message *first, int timeout_ms, int wake, int *out, nd_trouble *why);

/* The next message from a worker. FAILED becomes its trouble,
 * and any other type than `wanted` one of ours. `out` is to be cleared in any case. */
netdisc_status nd_launch_answer(int fd, nd_message_type wanted, int timeout_ms, int wake,
                                nd_message *out, nd_trouble *why);

/* Has a worker of its own kind remove what dead workers have left; `name`: of that mapping only. With an
 * `id` it is of one that lives, and does not answer: its files are unmounted, or ERROR_BUSY if somebody
 * uses them. */
netdisc_status nd_launch_cleaner(const char *name, const char *id, int timeout_ms, int wake,
                                 nd_trouble *why);

#endif
