/* SPDX-License-Identifier: MIT */
#include "win32.h"

void nd_patience_init(nd_patience *patience)
{
    InitializeSRWLock(&patience->lock);
    InitializeConditionVariable(&patience->changed);
    patience->rounds = 0;
}

void nd_patience_raise(nd_patience *patience)
{
    AcquireSRWLockExclusive(&patience->lock);
    patience->rounds++;
    ReleaseSRWLockExclusive(&patience->lock);
    WakeAllConditionVariable(&patience->changed);
}

uint64_t nd_patience_round(nd_patience *patience)
{
    AcquireSRWLockExclusive(&patience->lock);
    uint64_t round = patience->rounds;
    ReleaseSRWLockExclusive(&patience->lock);
    return round;
}

/* A round that never comes stands for "whatever happens". */
static const uint64_t NO_ROUND = UINT64_MAX;

static bool is_over(const nd_patience *patience, uint64_t round)
{
    return round != NO_ROUND && patience->rounds != round;
}

bool nd_patience_wait(nd_patience *patience, nd_call *call, uint64_t round, DWORD ms)
{
    ULONGLONG now = GetTickCount64();
    ULONGLONG until = now + ms;

    AcquireSRWLockExclusive(&patience->lock);
    while (now < until && !is_over(patience, round) && !nd_abandoned(call)) {
        SleepConditionVariableSRW(&patience->changed, &patience->lock, (DWORD)(until - now), 0);
        now = GetTickCount64();
    }
    ReleaseSRWLockExclusive(&patience->lock);
    return !nd_abandoned(call);
}

bool nd_patience_pause(nd_patience *patience, nd_call *call, DWORD ms)
{
    return nd_patience_wait(patience, call, NO_ROUND, ms);
}
