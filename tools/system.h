/* SPDX-License-Identifier: MIT */
/* What the operating systems do differently. */
#ifndef TOOLS_SYSTEM_H
#define TOOLS_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Before anything else; turns the arguments into UTF-8. Ctrl-C and a request to end only set a mark from here
 * on, the first time; the second ends the program. */
void system_begin(int *argc, char ***argv);
bool system_interrupted(void);

bool system_is_terminal(FILE *stream);
/* Whether a terminal is there that understands what moves and colours. */
bool system_takes_escapes(FILE *stream);

/* Columns that a character takes on a terminal. */
size_t system_width(uint32_t character);

/* The next byte of standard input; EOF at its end, or once system_interrupted(). Not for use along with stdio. */
int system_read_byte(void);

/* Drops what was typed at a terminal and not read. */
void system_forget_typed(void);

/* Turns the echo of a terminal off on standard input, or back to what it was; nothing for what is none. */
void system_echo(bool on);

int64_t system_now_ms(void);
/* "2026-11-21T22:01:05Z", or on the local clock "22:01:05". */
void system_time_text(char *out, size_t size, bool iso);

#endif
