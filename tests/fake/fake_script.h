/* SPDX-License-Identifier: MIT */
/*
 * A world, and what is done to it, from text: for a program that has the fake provider as a module.
 *
 * A line is a word, then names with values, divided by blanks; %41 stands for that byte. Lines that begin
 * with # are not looked at.
 *
 *   share local=Z: remote=\\server\share path=/x user=ada state=connected remembered=yes port=4450
 *   wlan uuid=… name=wlan0 state=connected ssid=%ff text=cafe bssid=… profile=… driver=… signal=70
 *   connection uuid=… name=… type=vpn device=tun0 state=connected autoconnect=yes external=no vpn=yes
 *   hold remote=\\server\share pid=4711 program=vim path=/x       after the share
 *   step slot=share.cancel manner=fail status=ERROR_BUSY message=… domain=errno code=16 native=EBUSY
 *        note=… lacks=… password=… delay=200 times=1              see fake_step; all on one line
 *   open status=ERROR_ACCESS_DENIED delay=-1                      see fake_script_open()
 *   journal path=/x                                               a line for each call, see fake_module.c
 *   watched                                                       what follows is done once it is watched:
 *   share, wlan, connection                                       one more
 *   gone title=Z:                                                 one less
 *   change title=wlan0 state=disconnected status=ERROR_NOT_FOUND reason=…
 *   event type=lost kinds=share status=ERROR_ACCESS_DENIED reason=…
 */
#ifndef FAKE_SCRIPT_H
#define FAKE_SCRIPT_H

#include "fake.h"

enum { FAKE_WHY_MAX = 200 };

typedef struct fake_script_text {
    fake *self;
    char *text; /* cut up by reading it; strings of steps stay in it */
    char *rest; /* what is left, from "watched" on */
    unsigned line;
    bool watched;
    const char *journal; /* NULL: none is kept */
    char why[FAKE_WHY_MAX];
} fake_script_text;

/* Reads up to the end, or to "watched", if that has not come yet. False: `why` says in which line. */
bool fake_script_read(fake_script_text *script);

/* A slot's name, "share.list". */
const char *fake_slot_name(nd_slot slot);

#endif
