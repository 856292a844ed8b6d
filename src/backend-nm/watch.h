/* SPDX-License-Identifier: MIT */
/* What watch.c and changes.c share. */
#ifndef ND_NM_WATCH_H
#define ND_NM_WATCH_H

#include "objects.h"

struct nd_nm_watch {
    nd_nm *nm;
    uint32_t kinds; /* wanted */
    bool ready;
    netdisc_status loss; /* why it is not ready; 0: it is about to be */
    char *loss_reason;
    GSource *retry;
    guint retry_seconds;
    nd_nm_task *task;     /* the question that signals wait for */
    nd_nm_signal *asking; /* the signal that it is about */
    GQueue signals;
    GHashTable *devices;  /* path -> nd_nm_device */
    GHashTable *profiles; /* path -> nd_nm_profile */
    GHashTable *actives;  /* path -> nd_nm_active */
};

/* watch.c: a question about what a signal tells; the next signals wait until it is ended. */
nd_nm_task *nd_nm_begin_question(nd_nm_watch *watch, const nd_nm_signal *it);
void nd_nm_end_question(nd_nm_watch *watch);

/* changes.c */
void nd_nm_act_on(nd_nm_watch *watch, const nd_nm_signal *it);

#endif
