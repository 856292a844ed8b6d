/* SPDX-License-Identifier: MIT */
/*
 * For a watch that looks again and tells the difference. One thread: that of the watch.
 *
 *     nd_picture_add(picture, item) for each thing that there is now
 *     nd_picture_done(picture)      emits ADDED, REMOVED, CHANGED against the time before
 */
#ifndef ND_PICTURE_H
#define ND_PICTURE_H

#include "provider.h"

typedef struct nd_picture nd_picture;

/* Of shares, WLAN interfaces or connections. NULL: no memory. */
nd_picture *nd_picture_new(const nd_host *host, nd_sort sort);
void nd_picture_free(nd_picture *picture);
/* Copies it. False: no memory; then nd_picture_done() emits OVERRUN, and the picture is what it was. */
bool nd_picture_add(nd_picture *picture, const nd_item *item);
/* The same, for who hands items on to whatever takes them. */
void nd_picture_take(void *picture, const nd_item *item);
/* Items are told apart by their keys. The first time, and after nd_picture_lost(), nothing but READY is
 * emitted; afterwards what has changed: CHANGED for any difference but that of a signal. */
void nd_picture_done(nd_picture *picture);
/* READY once more, for a watch that has come since; nothing where the first is still to come. */
void nd_picture_again(nd_picture *picture);
/* It cannot be looked: emits LOST, unless it is lost already. */
void nd_picture_lost(nd_picture *picture, netdisc_status status, const char *reason);

#endif
