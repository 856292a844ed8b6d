/* SPDX-License-Identifier: MIT */
/* A world in which a script of the demo is played. */
#ifndef STAGE_H
#define STAGE_H

enum { STAGE_NOT_HERE = 77 };

/* Runs the script, and gives its exit status; 128 and the signal's number, and no more script, after SIGINT,
 * SIGTERM or SIGHUP. */
int stage_play(const char *const *script);

#endif
