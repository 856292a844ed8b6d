/* SPDX-License-Identifier: MIT */
/* A connection that is brought up: begun, and seen up, or why not. */
#ifndef ND_NM_ACTIVATION_H
#define ND_NM_ACTIVATION_H

#include "objects.h"

typedef struct nd_nm_activation {
    char *name;           /* for messages */
    char *path;           /* of the active connection; NULL until NetworkManager has begun */
    nd_nm_active *active; /* as it was first read */
    char *device;         /* its path */
    bool device_guessed;  /* and not seen to be right */
    uint32_t state;       /* NMActiveConnectionState, the last known */
    uint32_t reason;      /* NMActiveConnectionStateReason of its end */
    bool told;            /* NetworkManager gave that reason, be it that it knows none */
    bool vpn;
    uint32_t device_state; /* that which device_why came with; 0: none yet */
    const struct nd_nm_reason *device_why;
    bool key_given;  /* by the caller: nobody else is to be asked for another one */
    nd_nm_step up;   /* follows success; answers */
    nd_nm_step down; /* follows failure; ends in nd_nm_answer_why_down() */
} nd_nm_activation;

/* A task that activates has one as its data, or as the first member of its data. */
void nd_nm_activation_begin(nd_nm_activation *self, const char *name, nd_nm_step up, nd_nm_step down);
void nd_nm_activation_clear(nd_nm_activation *self);

/* Activates a profile on a device, "/" for any, and sees it up. */
void nd_nm_activate(nd_nm_task *task, const char *profile, const char *device);
/* Sees up what is being activated already, unless nobody waits for it: `path` is known. */
void nd_nm_see_it_up(nd_nm_task *task);
void nd_nm_answer_why_down(nd_nm_task *task);

#endif
