/* SPDX-License-Identifier: MIT */
/* Operations: one completion, the core's deadline, cancelling, late answers, waiting and dispatching. */
#include "unit.h"

#include <errno.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <poll.h>
#endif

static const char *const both[] = {"event", "blocking"};

static netdisc_op *start_list(netdisc *nd, int timeout_ms)
{
    netdisc_op *op = NULL;

    assert_status(netdisc_share_list_start(nd, 0, timeout_ms, &op, NULL), NO_ERROR);
    assert_non_null(op);
    return op;
}

static void script_list(fake *self, fake_manner manner, int delay_ms)
{
    fake_script(self, &(fake_step){.slot = ND_SHARE_LIST, .manner = manner, .delay_ms = delay_ms});
}

/* ---- The deadline --------------------------------------------------------------------------- */

static void test_the_core_keeps_the_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < ND_ARRAY_LENGTH(both); i++) {
        fake *self = fake_named(both[i]);
        netdisc *nd = unit_open(both[i]);
        netdisc_list *list;
        netdisc_error *err = NULL;

        fake_script(
            self, &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_NEVER, .note = "it was accepted"});
        assert_error(netdisc_share_list(nd, 0, 100, &list, &err), err, ERROR_TIMEOUT, both[i]);
        assert_error(netdisc_share_list(nd, 0, 100, &list, &err), err, ERROR_TIMEOUT, "it was accepted");

        netdisc_op *op = start_list(nd, 100);

        assert_status(netdisc_op_wait(op, -1), ERROR_TIMEOUT);
        assert_non_null(strstr(netdisc_op_error(op)->message, "100 ms"));
        netdisc_op_free(op);
        fake_release(self);
        netdisc_close(nd);
    }
}

static void test_the_deadline_holds_while_a_provider_opens(void **state)
{
    (void)state;
    fake *self = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_list *list;

    fake_script_open(self, NETDISC_NO_ERROR, -1);
    assert_status(netdisc_share_list(nd, 0, 100, &list, NULL), ERROR_TIMEOUT);
    fake_release(self);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_the_deadline_holds_in_every_phase(void **state)
{
    (void)state;
    static const nd_slot slots[] = {ND_SHARE_FIND, ND_SHARE_CANCEL};

    for (size_t i = 0; i < ND_ARRAY_LENGTH(slots); i++) {
        fake_reset();
        netdisc *nd = unit_open("event");

        fake_add_share(fake_named("event"), "Z:", DOCS, NETDISC_STATE_CONNECTED);
        fake_script(fake_named("event"), &(fake_step){.slot = slots[i], .manner = FAKE_NEVER});
        assert_status(netdisc_share_cancel(nd, "Z:", 0, 100, NULL), ERROR_TIMEOUT);
        netdisc_close(nd);
    }
}

static void test_the_deadline_holds_while_it_is_verified(void **state)
{
    (void)state;
    fake *self = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_op *op;

    fake_add_share(self, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(self, &(fake_step){.slot = ND_SHARE_CANCEL, .gated = true});
    assert_status(netdisc_share_cancel_start(nd, "Z:", 0, 1000, &op, NULL), NO_ERROR);
    assert_true(fake_wait_calls(self, ND_SHARE_CANCEL, 1));
    fake_script(self, &(fake_step){.slot = ND_SHARE_FIND, .manner = FAKE_NEVER});
    fake_let_pass(self);
    assert_status(netdisc_op_wait(op, -1), ERROR_TIMEOUT);
    assert_non_null(strstr(netdisc_op_error(op)->message, "success was reported"));
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_no_deadline_waits_and_long_ones_do_not_overflow(void **state)
{
    (void)state;
    static const int timeouts[] = {-1, INT32_MAX};

    for (size_t i = 0; i < ND_ARRAY_LENGTH(timeouts); i++) {
        netdisc *nd = unit_open("event,blocking");
        netdisc_list *list;

        script_list(fake_named("event"), FAKE_PROPERLY, 50);
        script_list(fake_named("blocking"), FAKE_PROPERLY, 50);
        assert_status(netdisc_share_list(nd, 0, timeouts[i], &list, NULL), NO_ERROR);
        assert_int_equal(netdisc_list_failure_count(list), 0);
        netdisc_list_free(list);
        netdisc_close(nd);
    }
}

static void test_providers_know_how_long_they_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < ND_ARRAY_LENGTH(both); i++) {
        netdisc *nd = unit_open(both[i]);
        netdisc_list *list;

        assert_status(netdisc_share_list(nd, 0, 60000, &list, NULL), NO_ERROR);
        netdisc_list_free(list);
        assert_in_range(fake_look(fake_named(both[i])).remaining_ms, 1, 60000);
        assert_status(netdisc_share_list(nd, 0, -1, &list, NULL), NO_ERROR);
        netdisc_list_free(list);
        assert_int_equal(fake_look(fake_named(both[i])).remaining_ms, -1);
        netdisc_close(nd);
    }
}

static void test_the_default_timeout(void **state)
{
    (void)state;
    netdisc_options options = {.size = sizeof options, .providers = "event", .default_timeout_ms = 50};
    netdisc *nd;
    netdisc_list *list;

    script_list(fake_named("event"), FAKE_NEVER, 0);
    assert_int_equal(nd_open_with(unit_registrations, &nd, &options, NULL), 0);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), ERROR_TIMEOUT);
    netdisc_close(nd);
}

/* ---- Cancelling ----------------------------------------------------------------------------- */

static void test_cancel(void **state)
{
    (void)state;
    for (size_t i = 0; i < ND_ARRAY_LENGTH(both); i++) {
        fake *self = fake_named(both[i]);
        netdisc *nd = unit_open(both[i]);

        fake_script(self, &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_NEVER, .note = "half way"});

        netdisc_op *op = start_list(nd, 0);

        assert_true(fake_wait_stuck(self, 1));
        assert_status(netdisc_op_wait(op, 0), WAIT_TIMEOUT);
        assert_status(netdisc_op_wait(op, 10), WAIT_TIMEOUT);
        assert_null(netdisc_op_error(op));
        netdisc_op_cancel(op);
        assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
        netdisc_op_cancel(op);
        assert_status(netdisc_op_wait(op, -1), ERROR_CANCELLED);
        if (i == 0)
            assert_non_null(strstr(netdisc_op_error(op)->message, "half way"));
        assert_int_equal(fake_look(self).abandoned, 1);
        netdisc_op_free(op);
        fake_release(self);
        netdisc_close(nd);
    }
}

static void test_cancel_after_completion_changes_nothing(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_op *op = start_list(nd, 0);

    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    netdisc_op_cancel(op);
    assert_status(netdisc_op_wait(op, 0), NO_ERROR);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_a_freed_operation_runs_on(void **state)
{
    (void)state;
    fake *self = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_op *op;

    fake_add_share(self, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(self, &(fake_step){.slot = ND_SHARE_CANCEL, .delay_ms = 50});
    assert_status(netdisc_share_cancel_start(nd, "Z:", 0, 0, &op, NULL), NO_ERROR);
    netdisc_op_free(op);
    assert_true(fake_wait_calls(self, ND_SHARE_FIND, 2));
    assert_false(fake_is_up(self, "Z:"));
    netdisc_close(nd);
}

/* ---- Odd providers -------------------------------------------------------------------------- */

static void test_a_second_answer_is_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < ND_ARRAY_LENGTH(both); i++) {
        netdisc *nd = unit_open(both[i]);
        netdisc_list *list;

        script_list(fake_named(both[i]), FAKE_TWICE, 0);
        assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
        netdisc_list_free(list);
        script_list(fake_named(both[i]), FAKE_TWICE, 20);
        assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
        netdisc_list_free(list);
        netdisc_close(nd);
    }
}

static void test_a_second_answer_changes_nothing(void **state)
{
    (void)state;
    fake *twice = fake_named("event");
    netdisc *nd = unit_open("event,event2");
    netdisc_list *list;

    /* The second, a failure, comes while another provider is still being waited for. */
    fake_add_share(twice, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    script_list(twice, FAKE_TWICE, 0);
    script_list(fake_named("event2"), FAKE_PROPERLY, 100);
    assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
    assert_int_equal(netdisc_list_count(list), 1);
    assert_int_equal(netdisc_list_failure_count(list), 0);
    netdisc_list_free(list);
    netdisc_close(nd);
}

static void test_an_answer_after_the_end_is_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < ND_ARRAY_LENGTH(both); i++) {
        fake *self = fake_named(both[i]);
        netdisc *nd = unit_open(both[i]);
        netdisc_list *list;

        fake_add_many_shares(self, 100);
        script_list(self, FAKE_WHEN_TOO_LATE, 0);
        assert_status(netdisc_share_list(nd, 0, 50, &list, NULL), ERROR_TIMEOUT);
        assert_true(fake_wait_stuck(self, 0));

        netdisc_op *op = start_list(nd, 0);

        assert_true(fake_wait_stuck(self, 1));
        netdisc_op_cancel(op);
        netdisc_op_free(op);
        assert_true(fake_wait_stuck(self, 0));
        script_list(self, FAKE_PROPERLY, 0);
        assert_status(netdisc_share_list(nd, 0, 0, &list, NULL), NO_ERROR);
        assert_int_equal(netdisc_list_count(list), 100);
        netdisc_list_free(list);
        netdisc_close(nd);
    }
}

static void test_no_answer_from_a_blocking_provider_is_its_failure(void **state)
{
    (void)state;
    netdisc *nd = unit_open("blocking");
    netdisc_list *list;
    netdisc_error *err = NULL;

    script_list(fake_named("blocking"), FAKE_FORGETFUL, 0);
    assert_error(netdisc_share_list(nd, 0, 0, &list, &err), err, ERROR_INTERNAL_ERROR,
                 "without an answer");
    netdisc_close(nd);
}

static void test_native_errors_keep_their_origin(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_list *list;
    netdisc_error *err = NULL;
    static const struct {
        nd_failure why;
        netdisc_status expected;
    } cases[] = {
        {{.native_domain = "ntstatus", .native_code = 0xc0000022}, NETDISC_ERROR_ACCESS_DENIED},
        {{.native_domain = "errno", .native_code = EACCES}, NETDISC_ERROR_ACCESS_DENIED},
        {{.native_domain = "ntstatus", .native_code = 0xc0ffee00}, NETDISC_ERROR_EXTENDED_ERROR},
        {{.native_domain = "dbus", .native_name = "org.freedesktop.DBus.Error.NoReply"},
         NETDISC_ERROR_REQUEST_ABORTED},
        {{.native_domain = "dbus", .native_name = "com.example.Odd"}, NETDISC_ERROR_EXTENDED_ERROR},
        {{.native_domain = "dbus"}, NETDISC_ERROR_EXTENDED_ERROR},
        {{.native_domain = "gio", .native_code = 24}, NETDISC_ERROR_TIMEOUT},
        {{.native_domain = "hresult", .native_code = (int32_t)0x80004005}, NETDISC_ERROR_GEN_FAILURE},
        {{.native_domain = "hresult", .native_code = 0}, NETDISC_ERROR_EXTENDED_ERROR},
        {{.native_domain = "win32", .native_code = 1722}, 1722},
        {{.native_domain = "win32", .native_code = 0}, NETDISC_ERROR_EXTENDED_ERROR},
        {{.native_domain = "win32", .native_code = NETDISC_WAIT_TIMEOUT}, NETDISC_ERROR_TIMEOUT},
        {{.native_domain = "martian", .native_code = 3}, NETDISC_ERROR_EXTENDED_ERROR},
        {{.message = "no more is known", .status = NETDISC_ERROR_BUSY}, NETDISC_ERROR_BUSY},
    };

    for (size_t i = 0; i < ND_ARRAY_LENGTH(cases); i++) {
        fake_script(fake_named("event"),
                    &(fake_step){.slot = ND_SHARE_LIST, .manner = FAKE_FAIL, .why = cases[i].why});
        assert_int_equal(netdisc_share_list(nd, 0, 0, &list, &err), cases[i].expected);
        assert_int_equal(err->native_code, cases[i].why.native_code);
        if (cases[i].why.native_domain)
            assert_string_equal(err->native_domain, cases[i].why.native_domain);
        if (cases[i].why.native_name)
            assert_string_equal(err->native_name, cases[i].why.native_name);
        else if (cases[i].expected == NETDISC_ERROR_ACCESS_DENIED)
            assert_true(strcmp(err->native_name, "NT_STATUS_ACCESS_DENIED") == 0 ||
                        strcmp(err->native_name, "EACCES") == 0);
        netdisc_error_free(err);
    }
    netdisc_close(nd);
}

static void test_more_blocking_calls_than_threads(void **state)
{
    (void)state;
    enum { CALLS = 3 * ND_BLOCKING_CALLS_MAX };
    fake *self = fake_named("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_op *ops[CALLS];
#ifdef __linux__
    size_t threads = unit_entries("/proc/self/task");
#endif

    script_list(self, FAKE_NEVER, 0);
    for (size_t i = 0; i < CALLS; i++)
        ops[i] = start_list(nd, -1);
    assert_true(fake_wait_stuck(self, ND_BLOCKING_CALLS_MAX));
    netdisc_op_cancel(ops[CALLS - 1]);
    fake_release(self);
    for (size_t i = 0; i < CALLS; i++) {
        netdisc_status status = netdisc_op_wait(ops[i], -1);

        assert_int_equal(status, i == CALLS - 1 ? NETDISC_ERROR_CANCELLED : NETDISC_NO_ERROR);
        netdisc_op_free(ops[i]);
    }
    assert_int_equal(fake_look(self).calls[ND_SHARE_LIST], CALLS - 1);
#ifdef __linux__
    /* Letting the next in line in starts no thread: there was one for each that was stuck, one that
     * opened the provider and one that keeps the time. */
    assert_true(unit_entries("/proc/self/task") <= threads + ND_BLOCKING_CALLS_MAX + 2);
#endif
    netdisc_close(nd);
}

/* ---- Results -------------------------------------------------------------------------------- */

static void test_results(void **state)
{
    (void)state;
    fake *self = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_op *op;
    netdisc_list *list;
    netdisc_list *again;

    fake_add_share(self, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_script(
        self, &(fake_step){.slot = ND_SHARE_CANCEL, .delay_ms = 30, .note = "detached, not unmounted"});
    assert_status(netdisc_share_cancel_start(nd, "Z:", 0, 0, &op, NULL), NO_ERROR);
    assert_status(netdisc_op_list(op, &list), WAIT_TIMEOUT);
    assert_null(list);
    assert_null(netdisc_op_note(op));
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_string_equal(netdisc_op_note(op), "detached, not unmounted");
    assert_status(netdisc_op_list(op, &list), NO_ERROR);
    assert_status(netdisc_op_list(op, &again), NO_ERROR);
    netdisc_op_free(op);
    netdisc_close(nd);
    assert_string_equal(netdisc_list_share(list, 0)->local, "Z:");
    assert_string_equal(netdisc_list_share(again, 0)->remote, DOCS);
    netdisc_list_free(list);
    netdisc_list_free(again);
}

/* ---- Callbacks ------------------------------------------------------------------------------ */

static void count_completion(void *data, netdisc_op *op)
{
    assert_true(netdisc_op_wait(op, 0) != NETDISC_WAIT_TIMEOUT);
    ++*(int *)data;
}

static void dispatch_until(netdisc *nd, const int *count, int goal)
{
    while (*count < goal)
        assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
}

static void test_completion_is_called_once(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    int count = 0;

    /* Asked for before it is done, and after. */
    script_list(fake_named("event"), FAKE_PROPERLY, 30);
    netdisc_op *early = start_list(nd, 0);
    assert_status(netdisc_op_on_complete(early, count_completion, &count), NO_ERROR);
    assert_status(netdisc_op_on_complete(early, count_completion, &count), ERROR_ALREADY_ASSIGNED);
    assert_status(netdisc_op_on_complete(early, NULL, &count), ERROR_INVALID_PARAMETER);
    dispatch_until(nd, &count, 1);

    netdisc_op *late = start_list(nd, 0);
    assert_status(netdisc_op_wait(late, -1), NO_ERROR);
    assert_status(netdisc_op_on_complete(late, count_completion, &count), NO_ERROR);
    assert_int_equal(count, 1);
    assert_status(netdisc_dispatch(nd, 0), NO_ERROR);
    assert_int_equal(count, 2);
    assert_status(netdisc_dispatch(nd, 0), WAIT_TIMEOUT);
    assert_status(netdisc_dispatch(nd, 10), WAIT_TIMEOUT);
    assert_int_equal(count, 2);
    netdisc_op_free(early);
    netdisc_op_free(late);
    netdisc_close(nd);
    assert_int_equal(count, 2);
}

static void test_completion_of_a_freed_operation(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    int count = 0;

    script_list(fake_named("event"), FAKE_PROPERLY, 30);

    netdisc_op *op = start_list(nd, 0);

    assert_status(netdisc_op_on_complete(op, count_completion, &count), NO_ERROR);
    netdisc_op_free(op);
    dispatch_until(nd, &count, 1);
    netdisc_close(nd);
    assert_int_equal(count, 1);
}

static void test_close_delivers_what_was_not_dispatched(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    int count = 0;
    netdisc_op *done = start_list(nd, 0);

    assert_status(netdisc_op_wait(done, -1), NO_ERROR);
    assert_status(netdisc_op_on_complete(done, count_completion, &count), NO_ERROR);
    script_list(fake_named("event"), FAKE_NEVER, 0);

    netdisc_op *running = start_list(nd, -1);

    assert_status(netdisc_op_on_complete(running, count_completion, &count), NO_ERROR);
    netdisc_op_free(done);
    netdisc_close(nd);
    assert_int_equal(count, 2);
    assert_status(netdisc_op_wait(running, 0), ERROR_CANCELLED);
    netdisc_op_free(running);
}

typedef struct nesting {
    netdisc *nd;
    int count;
} nesting;

static void nested(void *data, netdisc_op *op)
{
    nesting *self = data;
    netdisc_list *list;

    (void)op;
    self->count++;
    assert_status(netdisc_share_list(self->nd, 0, 0, &list, NULL), NO_ERROR);
    netdisc_list_free(list);
    netdisc_dispatch(self->nd, 0);
}

static void test_callbacks_may_use_the_context(void **state)
{
    (void)state;
    nesting self = {.nd = unit_open("event,blocking")};

    for (int i = 0; i < 5; i++) {
        netdisc_op *op = start_list(self.nd, 0);

        assert_status(netdisc_op_wait(op, -1), NO_ERROR);
        assert_status(netdisc_op_on_complete(op, nested, &self), NO_ERROR);
        netdisc_op_free(op);
    }
    assert_status(netdisc_dispatch(self.nd, 0), NO_ERROR);
    assert_int_equal(self.count, 5);
    netdisc_close(self.nd);
}

static void close_it(void *data, netdisc_op *op)
{
    (void)op;
    netdisc_close(data);
}

static void test_a_callback_may_close_the_context(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    netdisc_op *op = start_list(nd, 0);

    assert_status(netdisc_op_on_complete(op, close_it, nd), NO_ERROR);
    assert_status(netdisc_dispatch(nd, 20000), ERROR_INVALID_HANDLE);
    assert_status(netdisc_op_wait(op, 0), NO_ERROR);
    netdisc_op_free(op);
}

static void dispatch_for_ever(void *data)
{
    while (netdisc_dispatch(data, -1) != NETDISC_ERROR_INVALID_HANDLE)
        ;
}

static void test_close_wakes_a_dispatching_thread(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    nd_thread thread;
    netdisc_op *op = start_list(nd, 0);

    assert_true(nd_thread_start(&thread, dispatch_for_ever, nd));
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    netdisc_op_free(op);

    /* Not before the thread is in there: what comes after close must not begin. */
    nd_todo todo;
    bool inside = false;

    while (!inside) {
        nd_lock(nd, &todo);
        inside = nd->deliveries.waiting > 0;
        nd_unlock(nd, &todo);
    }
    netdisc_close(nd);
    nd_thread_join(thread);
}

/* ---- The pollable handle -------------------------------------------------------------------- */

static bool is_ready(intptr_t handle, int timeout_ms)
{
#ifdef _WIN32
    return WaitForMultipleObjects(1, (HANDLE *)&handle, FALSE, (DWORD)timeout_ms) == WAIT_OBJECT_0;
#else
    struct pollfd fd = {.fd = (int)handle, .events = POLLIN};

    return poll(&fd, 1, timeout_ms) == 1 && fd.revents == POLLIN;
#endif
}

static void test_the_pollable_handle(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    intptr_t handle = -1;
    intptr_t same = -1;
    int count = 0;

    script_list(fake_named("event"), FAKE_PROPERLY, 30);

    netdisc_op *op = start_list(nd, 0);

    assert_status(netdisc_op_on_complete(op, count_completion, &count), NO_ERROR);
    assert_status(netdisc_pollable(nd, &handle), NO_ERROR);
    assert_status(netdisc_pollable(nd, &same), NO_ERROR);
    assert_int_equal(handle, same);
    assert_true(is_ready(handle, 20000));
    assert_true(is_ready(handle, 0));
    assert_status(netdisc_dispatch(nd, 0), NO_ERROR);
    assert_false(is_ready(handle, 0));
    netdisc_op_free(op);

    /* Asked for only after something was queued. */
    netdisc_close(nd);
    nd = unit_open("event");
    op = start_list(nd, 0);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_status(netdisc_op_on_complete(op, count_completion, &count), NO_ERROR);
    assert_status(netdisc_pollable(nd, &handle), NO_ERROR);
    assert_true(is_ready(handle, 0));
    netdisc_op_free(op);
    netdisc_close(nd);
    assert_int_equal(count, 2);
}

static void wait_for_op(void *data)
{
    assert_status(netdisc_op_wait(data, -1), NO_ERROR);
}

static void test_waiting_and_dispatching_at_once(void **state)
{
    (void)state;
    netdisc *nd = unit_open("event");
    nd_thread threads[4];
    int count = 0;

    script_list(fake_named("event"), FAKE_PROPERLY, 50);

    netdisc_op *op = start_list(nd, 0);

    assert_status(netdisc_op_on_complete(op, count_completion, &count), NO_ERROR);
    for (size_t i = 0; i < ND_ARRAY_LENGTH(threads); i++)
        assert_true(nd_thread_start(&threads[i], wait_for_op, op));
    dispatch_until(nd, &count, 1);
    for (size_t i = 0; i < ND_ARRAY_LENGTH(threads); i++)
        nd_thread_join(threads[i]);
    netdisc_op_free(op);
    netdisc_close(nd);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_the_core_keeps_the_deadline),
        with_fakes(test_the_deadline_holds_while_a_provider_opens),
        with_fakes(test_the_deadline_holds_in_every_phase),
        with_fakes(test_the_deadline_holds_while_it_is_verified),
        with_fakes(test_no_deadline_waits_and_long_ones_do_not_overflow),
        with_fakes(test_providers_know_how_long_they_have),
        with_fakes(test_the_default_timeout),
        with_fakes(test_cancel),
        with_fakes(test_cancel_after_completion_changes_nothing),
        with_fakes(test_a_freed_operation_runs_on),
        with_fakes(test_a_second_answer_is_dropped),
        with_fakes(test_a_second_answer_changes_nothing),
        with_fakes(test_an_answer_after_the_end_is_dropped),
        with_fakes(test_no_answer_from_a_blocking_provider_is_its_failure),
        with_fakes(test_native_errors_keep_their_origin),
        with_fakes(test_more_blocking_calls_than_threads),
        with_fakes(test_results),
        with_fakes(test_completion_is_called_once),
        with_fakes(test_completion_of_a_freed_operation),
        with_fakes(test_close_delivers_what_was_not_dispatched),
        with_fakes(test_callbacks_may_use_the_context),
        with_fakes(test_a_callback_may_close_the_context),
        with_fakes(test_close_wakes_a_dispatching_thread),
        with_fakes(test_the_pollable_handle),
        with_fakes(test_waiting_and_dispatching_at_once),
    };

    return cmocka_run_group_tests_name("op", tests, NULL, unit_clear);
}
