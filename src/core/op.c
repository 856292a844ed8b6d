/* SPDX-License-Identifier: MIT */
/* Operations: from their arguments to their one completion, with the deadline that the core keeps. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "op.h"

/* ---- Life ----------------------------------------------------------------------------------- */

static void deliver(nd_delivery *delivery);

static netdisc_error *check_call(netdisc *nd, const nd_verb *verb, uint32_t flags, int timeout_ms)
{
    netdisc_status status = nd_check(nd);

    if (status)
        return nd_error_say(status, nd ? "the context is closed, foreign, or inherited through fork"
                                       : "the context is NULL");
    if (timeout_ms < -1)
        return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "the timeout is below -1");
    if (flags & ~verb->flags)
        return nd_error_say(NETDISC_ERROR_INVALID_PARAMETER, "the verb does not take the flags 0x%x",
                            (unsigned)(flags & ~verb->flags));
    return NULL;
}

/* Not yet in the context: no lock is needed. */
static void discard(netdisc_op *op)
{
    nd_release_arguments(op);
    netdisc_list_free(op->chosen);
    netdisc_list_free(op->list);
    netdisc_error_free(op->pending);
    netdisc_error_free(op->question);
    netdisc_error_free(op->doubt);
    netdisc_error_free(op->error);
    free(op->calls);
    free(op->note);
    if (op->wakeup != ND_WAKEUP_NONE)
        nd_wakeup_close(op->wakeup);
    nd_cond_destroy(&op->changed);
    op->magic = 0;
    free(op);
}

static netdisc_error *create(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments,
                             uint32_t flags, int timeout_ms, netdisc_op **out)
{
    netdisc_op *op = nd_alloc(1, sizeof *op);

    if (!op)
        return nd_error_no_memory();
    if (!nd_cond_init(&op->changed)) {
        free(op);
        return nd_error_no_memory();
    }
    op->magic = ND_OP_MAGIC;
    op->refs = 1;
    op->nd = nd;
    op->verb = verb;
    op->flags = flags;
    op->timeout_ms = timeout_ms ? timeout_ms : nd->default_timeout_ms;
    op->phase_until = ND_NEVER;
    op->wakeup = ND_WAKEUP_NONE;
    op->delivery.deliver = deliver;

    netdisc_error *error = verb->take(op, arguments);

    if (error)
        discard(op);
    else
        *out = op;
    return error;
}

void nd_op_ref(netdisc_op *op)
{
    op->refs++;
}

void nd_op_unref(netdisc_op *op)
{
    if (--op->refs > 0)
        return;

    netdisc *nd = op->nd;

    discard(op);
    nd->refs--;
}

/* Locked. Among the running ones; the list holds a reference, the operation one on the context. */
static void enlist(netdisc_op *op)
{
    netdisc *nd = op->nd;

    nd->refs++;
    nd_op_ref(op);
    op->next = nd->running;
    if (op->next)
        op->next->previous = op;
    nd->running = op;
    op->deadline = op->timeout_ms < 0 ? ND_NEVER : nd_now() + (int64_t)op->timeout_ms * ND_NS_PER_MS;
}

static void delist(netdisc_op *op)
{
    if (op->previous)
        op->previous->next = op->next;
    else
        op->nd->running = op->next;
    if (op->next)
        op->next->previous = op->previous;
}

/* ---- Completion ----------------------------------------------------------------------------- */

/* Locked. Has those who wait for it look again. */
static void wake(netdisc_op *op)
{
    nd_cond_broadcast(&op->changed);
    if (op->wakeup != ND_WAKEUP_NONE)
        nd_wakeup_set(op->wakeup);
}

void nd_op_notify(netdisc_op *op)
{
    wake(op);
    if (!op->synchronous && (op->ask || op->tell || op->report) &&
        nd_delivery_push(op->nd, &op->delivery))
        nd_op_ref(op);
}

/* A failure is told, but not what the user decided, nor what the program did. */
static bool wants_telling(const netdisc_op *op)
{
    return op->prompt && op->error && op->error->status != NETDISC_ERROR_CANCELLED &&
           op->error->status != NETDISC_DISMISSED;
}

void nd_op_complete(netdisc_op *op, netdisc_error *error, nd_todo *todo)
{
    if (op->done) {
        netdisc_error_free(error);
        return;
    }
    op->done = true;
    op->error = error;
    op->ask = false;
    op->answers = false;
    op->tell = wants_telling(op);
    op->report = op->on_complete != NULL;
    nd_op_drop_calls(op, todo);
    if (op->asked == 0)
        nd_forget_secrets(op);
    op->phase = ND_PHASE_IDLE;
    delist(op);
    nd_op_notify(op);
    nd_op_unref(op);
}

void nd_op_drop_calls(netdisc_op *op, nd_todo *todo)
{
    nd_asked **calls = op->calls;
    size_t count = op->call_count;

    op->calls = NULL;
    op->call_count = 0;
    for (size_t i = 0; i < count; i++) {
        nd_asked_expire(calls[i], NULL, todo);
        nd_asked_unref(calls[i]);
    }
    free(calls);
}

/* ---- Time ----------------------------------------------------------------------------------- */

int64_t nd_op_next_tick(const netdisc_op *op)
{
    if (op->done)
        return ND_NEVER;
    return op->phase_until < op->deadline ? op->phase_until : op->deadline;
}

static void tick(netdisc_op *op, int64_t now, nd_todo *todo)
{
    if (now >= op->deadline)
        nd_router_timeout(op, todo);
    else
        nd_router_expire(op, todo);
}

/* Locked. Sees to all operations whose time has come; when the next is due. */
static int64_t tick_all(netdisc *nd, int64_t now, nd_todo *todo)
{
    int64_t next = ND_NEVER;
    netdisc_op *op = nd->running;

    while (op) {
        int64_t due = op->synchronous ? ND_NEVER : nd_op_next_tick(op);

        if (due > now) {
            next = due < next ? due : next;
            op = op->next;
            continue;
        }
        tick(op, now, todo);
        op = nd->running; /* it may have gone, and its neighbours with it */
        next = ND_NEVER;
    }
    return next;
}

/* A job that runs for as long as the context: keeps the deadlines of started operations. */
static void keep_time(nd_job *job)
{
    netdisc *nd = ND_CONTAINER(job, netdisc, timer_job);
    nd_todo todo;

    nd_lock(nd, &todo);
    while (!nd->closing) {
        nd->timer_wakes = tick_all(nd, nd_now(), &todo);
        if (todo.abandon || todo.run || todo.watch || todo.log) {
            nd_unlock(nd, &todo);
            nd_lock(nd, &todo);
        } else {
            nd_cond_wait(&nd->timer_changed, &nd->lock, nd->timer_wakes);
        }
    }
    nd_unlock(nd, &todo);
}

/* Locked. */
static bool need_timer(netdisc *nd)
{
    if (!nd->timer_runs) {
        nd->timer_wakes = ND_NEVER;
        nd->timer_job.run = keep_time;
        nd->timer_runs = nd_workers_submit(nd, &nd->timer_job);
    }
    return nd->timer_runs;
}

void nd_op_rearm(netdisc_op *op)
{
    if (op->synchronous)
        wake(op);
    else if (nd_op_next_tick(op) < op->nd->timer_wakes)
        nd_cond_signal(&op->nd->timer_changed);
}

/* ---- Callbacks ------------------------------------------------------------------------------- */

/* Without the lock; the queue's reference is given back. */
static void deliver(nd_delivery *delivery)
{
    netdisc_op *op = ND_CONTAINER(delivery, netdisc_op, delivery);
    netdisc *nd = op->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    bool ask = op->ask;
    bool tell = op->tell;
    bool report = op->report;

    op->answers = op->answers || ask;
    op->ask = op->tell = op->report = false;
    nd_unlock(nd, &todo);

    if (ask)
        nd_put_question(op);
    if (tell)
        nd_tell_failure(op);
    if (report)
        op->on_complete(op->on_complete_data, op);

    nd_lock(nd, &todo);
    nd_op_unref(op);
    nd_unlock(nd, &todo);
}

/* ---- Running a verb ------------------------------------------------------------------------- */

/* Locked. */
static netdisc_error *begin(netdisc_op *op, nd_todo *todo)
{
    netdisc *nd = op->nd;

    if (nd->closing)
        return nd_error_say(NETDISC_ERROR_INVALID_HANDLE, "the context is closed");
    if (!op->synchronous && !need_timer(nd))
        return nd_error_no_memory();
    enlist(op);
    nd_router_begin(op, todo);
    return NULL;
}

/* Whoever waits with a window must let it have its messages. */
static netdisc_error *make_wakeup(netdisc_op *op)
{
    netdisc_status status = NETDISC_NO_ERROR;

    if (op->synchronous && op->request.window)
        status = nd_wakeup_open(&op->wakeup);
    return status ? nd_error_say(status, "the system gave no handle to wait for the dialog") : NULL;
}

/* Makes the operation and begins it. On success `*out` has the caller's reference. */
static netdisc_error *launch(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments,
                             uint32_t flags, int timeout_ms, bool synchronous, netdisc_op **out)
{
    netdisc_op *op = NULL;
    netdisc_error *error = check_call(nd, verb, flags, timeout_ms);

    if (!error)
        error = create(nd, verb, arguments, flags, timeout_ms, &op);
    if (error)
        return error;
    op->synchronous = synchronous;
    error = make_wakeup(op);
    if (error) {
        discard(op);
        return error;
    }

    nd_todo todo;

    nd_lock(nd, &todo);
    error = begin(op, &todo);
    if (error)
        discard(op);
    else
        *out = op;
    nd_unlock(nd, &todo);
    return error;
}

/* The system's dialog is on another thread than its owner, and sends it messages: it hangs, and the verb with
 * it, if the owner's thread only waits. */
static bool shows_dialog(const netdisc_op *op)
{
    return op->wakeup != ND_WAKEUP_NONE && op->phase == ND_PHASE_ACT && op->clock_stands;
}

/* Locked; but while the dialog is open the lock is let go of. */
static void wait_for_change(netdisc_op *op, int64_t until, nd_todo *todo)
{
    netdisc *nd = op->nd;

    if (!shows_dialog(op)) {
        nd_cond_wait(&op->changed, &nd->lock, until);
        return;
    }
    nd_wakeup_clear(op->wakeup);
    nd_unlock(nd, todo);
    nd_wakeup_wait(op->wakeup, until);
    nd_lock(nd, todo);
}

/* Waits on the caller's thread, which also keeps the time and answers the questions. */
static void see_through(netdisc_op *op)
{
    netdisc *nd = op->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    while (!op->done) {
        int64_t now = nd_now();
        int64_t next = nd_op_next_tick(op);

        if (op->ask) {
            op->ask = false;
            op->answers = true;
            nd_unlock(nd, &todo);
            nd_put_question(op);
            nd_lock(nd, &todo);
        } else if (now >= next) {
            tick(op, now, &todo);
            nd_unlock(nd, &todo);
            nd_lock(nd, &todo);
        } else {
            wait_for_change(op, next, &todo);
        }
    }
    nd_unlock(nd, &todo);
    if (op->tell)
        nd_tell_failure(op);
}

netdisc_status nd_run(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments, uint32_t flags,
                      int timeout_ms, netdisc_list **out, netdisc_error **err)
{
    netdisc_op *op = NULL;
    netdisc_error *error = launch(nd, verb, arguments, flags, timeout_ms, true, &op);

    if (error)
        return nd_give_error(error, err);
    see_through(op);

    /* Nobody else has the operation, so what it holds can be taken out of it. */
    netdisc_status status = NETDISC_NO_ERROR;

    if (op->error) {
        status = nd_give_error(op->error, err);
        op->error = NULL;
    } else if (out) {
        status = netdisc_op_list(op, out);
    }
    netdisc_op_free(op);
    return status;
}

netdisc_status nd_start(netdisc *nd, const nd_verb *verb, const nd_arguments *arguments, uint32_t flags,
                        int timeout_ms, netdisc_op **out, netdisc_error **err)
{
    netdisc_error *error = launch(nd, verb, arguments, flags, timeout_ms, false, out);

    return error ? nd_give_error(error, err) : NETDISC_NO_ERROR;
}

/* ---- The user's side ------------------------------------------------------------------------ */

netdisc_status nd_op_check(const netdisc_op *op)
{
    if (!op)
        return NETDISC_ERROR_INVALID_PARAMETER;
    if (op->magic != ND_OP_MAGIC || nd_inherited(op->nd))
        return NETDISC_ERROR_INVALID_HANDLE;
    return NETDISC_NO_ERROR;
}

netdisc_status netdisc_op_wait(netdisc_op *op, int timeout_ms)
{
    netdisc_status status = nd_op_check(op);

    if (status)
        return status;
    if (timeout_ms < -1)
        return NETDISC_ERROR_INVALID_PARAMETER;

    netdisc *nd = op->nd;
    int64_t until = timeout_ms < 0 ? ND_NEVER : nd_now() + (int64_t)timeout_ms * ND_NS_PER_MS;
    nd_todo todo;

    nd_lock(nd, &todo);
    nd_op_ref(op);
    while (!op->done && nd_now() < until)
        nd_cond_wait(&op->changed, &nd->lock, until);
    if (!op->done)
        status = NETDISC_WAIT_TIMEOUT;
    else if (op->error)
        status = op->error->status;
    nd_op_unref(op);
    nd_unlock(nd, &todo);
    return status;
}

void netdisc_op_cancel(netdisc_op *op)
{
    if (nd_op_check(op))
        return;

    netdisc *nd = op->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    if (!op->done)
        nd_op_complete(op, nd_op_gave_up(op, NETDISC_ERROR_CANCELLED, "cancelled"), &todo);
    nd_unlock(nd, &todo);
}

/* Looks at what is immutable once the operation is done. */
static bool is_done(const netdisc_op *op)
{
    nd_todo todo;

    if (nd_op_check(op))
        return false;
    nd_lock(op->nd, &todo);
    bool done = op->done;
    nd_unlock(op->nd, &todo);
    return done;
}

const netdisc_error *netdisc_op_error(const netdisc_op *op)
{
    return is_done(op) ? op->error : NULL;
}

const char *netdisc_op_note(const netdisc_op *op)
{
    return is_done(op) && !op->error ? op->note : NULL;
}

netdisc_status netdisc_op_list(netdisc_op *op, netdisc_list **out)
{
    if (!out)
        return NETDISC_ERROR_INVALID_PARAMETER;
    *out = NULL;

    netdisc_status status = nd_op_check(op);

    if (status)
        return status;
    if (!is_done(op))
        return NETDISC_WAIT_TIMEOUT;
    if (op->error)
        return op->error->status;
    *out = nd_list_ref(op->list ? op->list : nd_list_empty(op->verb->sort));
    return NETDISC_NO_ERROR;
}

netdisc_status netdisc_op_on_complete(netdisc_op *op, netdisc_op_fn fn, void *data)
{
    netdisc_status status = fn ? nd_op_check(op) : NETDISC_ERROR_INVALID_PARAMETER;

    if (status)
        return status;

    netdisc *nd = op->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    if (op->on_complete) {
        status = NETDISC_ERROR_ALREADY_ASSIGNED;
    } else if (op->synchronous) {
        status = NETDISC_ERROR_INVALID_STATE;
    } else if (nd->closing) {
        status = NETDISC_ERROR_INVALID_HANDLE;
    } else {
        op->on_complete = fn;
        op->on_complete_data = data;
        op->report = op->done;
        nd_op_notify(op);
    }
    nd_unlock(nd, &todo);
    return status;
}

void netdisc_op_free(netdisc_op *op)
{
    if (nd_op_check(op))
        return;

    netdisc *nd = op->nd;
    nd_todo todo;

    nd_lock(nd, &todo);
    nd_op_unref(op);
    nd_unlock(nd, &todo);
}
