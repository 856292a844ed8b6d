/* SPDX-License-Identifier: MIT */
/* netdisc_share_disconnect: asks before it forces, tells what failed. */
#include "unit.h"

/* A user: answers as told, and remembers what was asked. */
typedef struct user {
    netdisc_answer answer;
    int asked;
    int told;
    netdisc_status asked_about;
    netdisc_status told_about;
    size_t holders;
    char name[32];
    netdisc_op *op;
    void (*meanwhile)(struct user *self, netdisc_op *op);
} user;

static netdisc_answer ask_user(void *data, netdisc_op *op, const netdisc_question *question)
{
    user *self = data;

    snprintf(self->name, sizeof self->name, "%s", question->name);
    self->op = op;
    if (question->kind == NETDISC_QUESTION_TOLD) {
        self->told++;
        self->told_about = question->error->status;
        return NETDISC_ANSWER_YES;
    }
    self->asked++;
    self->asked_about = question->error->status;
    self->holders = netdisc_list_count(question->error->holders);
    if (self->meanwhile)
        self->meanwhile(self, op);
    return self->answer;
}

static netdisc_disconnect what(user *self, const char *local)
{
    return (netdisc_disconnect){
        .size = sizeof(netdisc_disconnect),
        .local = local,
        .prompt = self ? ask_user : NULL,
        .prompt_data = self,
    };
}

static fake *make_held_share(const char *provider)
{
    fake *self = fake_named(provider);

    fake_add_share(self, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    fake_hold(self, DOCS, 42, "vi", "/x");
    return self;
}

static netdisc_status disconnect(netdisc *nd, user *self, netdisc_error **err)
{
    netdisc_disconnect spec = what(self, "z:");

    return netdisc_share_disconnect(nd, &spec, 0, 0, err);
}

static netdisc_op *start(netdisc *nd, user *self, int timeout_ms)
{
    netdisc_disconnect spec = what(self, "Z:");
    netdisc_op *op = NULL;

    assert_status(netdisc_share_disconnect_start(nd, &spec, 0, timeout_ms, &op, NULL), NO_ERROR);
    return op;
}

/* ---- Answers, in the synchronous form ------------------------------------------------------- */

static void test_not_in_use_asks_nobody(void **state)
{
    (void)state;
    user self = {0};
    netdisc *nd = unit_open("event");

    fake_add_share(fake_named("event"), "Z:", DOCS, NETDISC_STATE_CONNECTED);
    assert_status(disconnect(nd, &self, NULL), NO_ERROR);
    assert_int_equal(self.asked + self.told, 0);
    netdisc_close(nd);
}

static void test_yes_forces(void **state)
{
    (void)state;
    static const char *const providers[] = {"event", "blocking"};

    for (size_t i = 0; i < ND_ARRAY_LENGTH(providers); i++) {
        user self = {.answer = NETDISC_ANSWER_YES};
        fake *world = make_held_share(providers[i]);
        netdisc *nd = unit_open(providers[i]);

        assert_status(disconnect(nd, &self, NULL), NO_ERROR);
        assert_int_equal(self.asked, 1);
        assert_int_equal(self.told, 0);
        assert_status(self.asked_about, ERROR_OPEN_FILES);
        assert_int_equal(self.holders, 1);
        assert_string_equal(self.name, "z:");
        assert_false(fake_is_up(world, "Z:"));
        assert_int_equal(fake_look(world).flags, NETDISC_FORCE);
        netdisc_close(nd);
    }
}

static void test_every_kind_of_use_is_asked_about(void **state)
{
    (void)state;
    static const netdisc_status codes[] = {NETDISC_ERROR_OPEN_FILES, NETDISC_ERROR_ACTIVE_CONNECTIONS,
                                           NETDISC_ERROR_DEVICE_IN_USE};
    user self = {.answer = NETDISC_ANSWER_NO};
    fake *world = make_held_share("event");
    netdisc *nd = unit_open("event");

    for (size_t i = 0; i < ND_ARRAY_LENGTH(codes); i++) {
        fake_script(world,
                    &(fake_step){.slot = ND_SHARE_CANCEL, .manner = FAKE_FAIL, .status = codes[i]});
        assert_status(disconnect(nd, &self, NULL), ERROR_CANCELLED);
        assert_int_equal(self.asked_about, codes[i]);
        assert_int_equal(self.holders, 1);
    }
    netdisc_close(nd);
}

static void test_the_time_left_goes_on_after_the_answer(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_YES};
    fake *world = make_held_share("event");
    netdisc *nd = unit_open("event");
    netdisc_disconnect spec = what(&self, "Z:");

    fake_script(world, &(fake_step){.slot = ND_SHARE_CANCEL, .delay_ms = 200, .times = 1});
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 60000, NULL), NO_ERROR);
    assert_int_equal(self.asked, 1);
    assert_in_range(fake_look(world).remaining_ms, 1, 60000 - 200);
    netdisc_close(nd);
}

static void test_no_and_dismissed(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_NO};
    fake *world = make_held_share("event");
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    assert_error(disconnect(nd, &self, &err), err, ERROR_CANCELLED, "chose not to");
    self.answer = NETDISC_ANSWER_DISMISSED;
    assert_int_equal(disconnect(nd, &self, &err), 0xFFFFFFFF);
    assert_int_equal(err->status, NETDISC_DISMISSED);
    netdisc_error_free(err);
    self.answer = (netdisc_answer)77;
    assert_error(disconnect(nd, &self, &err), err, ERROR_CANCELLED, NULL);
    assert_int_equal(self.asked, 3);
    assert_int_equal(self.told, 0);
    assert_true(fake_is_up(world, "Z:"));
    netdisc_close(nd);
}

static void test_nobody_to_ask(void **state)
{
    (void)state;
    fake *world = make_held_share("event");
    netdisc *nd = unit_open("event");
    netdisc_error *err = NULL;

    assert_status(disconnect(nd, NULL, &err), ERROR_OPEN_FILES);
    assert_int_equal(netdisc_list_count(err->holders), 1);
    netdisc_error_free(err);
    assert_true(fake_is_up(world, "Z:"));
    netdisc_close(nd);
}

static void test_other_failures_are_told(void **state)
{
    (void)state;
    static const netdisc_status codes[] = {NETDISC_ERROR_BUSY, NETDISC_ERROR_NO_NETWORK,
                                           NETDISC_ERROR_EXTENDED_ERROR, NETDISC_ERROR_ACCESS_DENIED};
    user self = {.answer = NETDISC_ANSWER_YES};
    fake *world = make_held_share("event");
    netdisc *nd = unit_open("event");

    for (size_t i = 0; i < ND_ARRAY_LENGTH(codes); i++) {
        fake_script(world,
                    &(fake_step){.slot = ND_SHARE_CANCEL, .manner = FAKE_FAIL, .status = codes[i]});
        assert_int_equal(disconnect(nd, &self, NULL), codes[i]);
        assert_int_equal(self.told, (int)i + 1);
        assert_int_equal(self.told_about, codes[i]);
    }
    assert_int_equal(self.asked, 0);
    netdisc_close(nd);
}

static void test_force_that_fails_is_told_and_not_asked_again(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_YES};
    fake *world = make_held_share("blocking");
    netdisc *nd = unit_open("blocking");
    netdisc_error *err = NULL;

    fake_script(world, &(fake_step){.slot = ND_SHARE_CANCEL,
                                    .manner = FAKE_FAIL,
                                    .status = NETDISC_ERROR_DEVICE_IN_USE});
    assert_status(disconnect(nd, &self, &err), ERROR_DEVICE_IN_USE);
    assert_int_equal(netdisc_list_count(err->holders), 1);
    netdisc_error_free(err);
    assert_int_equal(self.asked, 1);
    assert_int_equal(self.told, 1);
    netdisc_close(nd);
}

static void test_bad_input_is_refused_without_a_word(void **state)
{
    (void)state;
    user self = {0};
    netdisc *nd = unit_open("event");
    netdisc_disconnect spec = what(&self, NULL);

    assert_status(netdisc_share_disconnect(nd, NULL, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    spec.remote = "Z:";
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 0, NULL), ERROR_BAD_NET_NAME);
    spec = what(&self, DOCS);
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 0, NULL), ERROR_BAD_DEVICE);
    spec = what(&self, "Z:");
    spec.size--;
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    spec = what(&self, "Z:");
    assert_status(netdisc_share_disconnect(nd, &spec, NETDISC_FORCE, 0, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(self.asked + self.told, 0);
    netdisc_close(nd);
}

static void test_remote_names_and_flags(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_YES};
    fake *world = fake_named("event");
    netdisc *nd = unit_open("event");
    netdisc_disconnect spec = what(&self, NULL);

    fake_add_share(world, NULL, DOCS, NETDISC_STATE_CONNECTED);
    fake_add_share(world, "Z:", DOCS, NETDISC_STATE_CONNECTED);
    spec.remote = "smb://server/docs/";
    assert_status(netdisc_share_disconnect(nd, &spec, NETDISC_UPDATE_PROFILE, 0, NULL), NO_ERROR);
    assert_true(fake_is_up(world, "Z:"));
    /* The local name counts when both are given. */
    spec.local = "Z:";
    assert_status(
        netdisc_share_disconnect(nd, &spec, NETDISC_NO_FORCE | NETDISC_UPDATE_PROFILE, 0, NULL),
        NO_ERROR);
    assert_false(fake_is_up(world, "Z:"));
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 0, NULL), ERROR_NOT_CONNECTED);
    assert_int_equal(self.told, 1);
    assert_status(netdisc_share_disconnect(nd, &spec, NETDISC_IF_CONNECTED, 0, NULL), NO_ERROR);
    netdisc_close(nd);
}

/* ---- The system's own dialog ---------------------------------------------------------------- */

static void test_a_window_gets_the_systems_dialog(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_YES};
    fake *world = make_held_share("event");
    netdisc *nd = unit_open("event");
    netdisc_disconnect spec = what(&self, "Z:");

    spec.window = 4711;
    fake_script(world, &(fake_step){.slot = ND_SHARE_DIALOG,
                                    .manner = FAKE_FAIL,
                                    .status = NETDISC_DISMISSED,
                                    .delay_ms = 300});
    assert_int_equal(netdisc_share_disconnect(nd, &spec, 0, 100, NULL), NETDISC_DISMISSED);
    fake_script(
        world,
        &(fake_step){.slot = ND_SHARE_DIALOG, .manner = FAKE_FAIL, .status = NETDISC_ERROR_OPEN_FILES});
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 0, NULL), ERROR_OPEN_FILES);
    /* What the dialog says is verified as well. */
    fake_script(world, &(fake_step){.slot = ND_SHARE_DIALOG, .manner = FAKE_LIE});
    assert_status(netdisc_share_disconnect(nd, &spec, 0, 0, NULL), ERROR_BUSY);
    assert_int_equal(self.asked + self.told, 0);
    assert_int_equal(fake_look(world).calls[ND_SHARE_CANCEL], 0);

    /* Once the dialog is gone, the deadline holds again. */
    fake_script(world, &(fake_step){.slot = ND_SHARE_DIALOG, .manner = FAKE_LIE, .gated = true});
    netdisc_op *op;

    assert_status(netdisc_share_disconnect_start(nd, &spec, 0, 500, &op, NULL), NO_ERROR);
    assert_true(fake_wait_calls(world, ND_SHARE_DIALOG, 4));
    fake_script(world, &(fake_step){.slot = ND_SHARE_FIND, .manner = FAKE_NEVER});
    fake_let_pass(world);
    assert_status(netdisc_op_wait(op, -1), ERROR_TIMEOUT);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_after_two_dialogs_the_deadline_holds(void **state)
{
    (void)state;
    static const char *const names[] = {"event", "blocking"};
    netdisc *nd = unit_open("event,blocking");
    netdisc_disconnect spec = {.size = sizeof spec, .remote = DOCS, .window = 4711};
    netdisc_op *op;

    for (size_t i = 0; i < 2; i++) {
        fake_add_share(fake_named(names[i]), NULL, DOCS, NETDISC_STATE_CONNECTED);
        fake_script(fake_named(names[i]),
                    &(fake_step){.slot = ND_SHARE_DIALOG, .manner = FAKE_LIE, .gated = true});
    }
    assert_status(netdisc_share_disconnect_start(nd, &spec, 0, 1000, &op, NULL), NO_ERROR);
    for (size_t i = 0; i < 2; i++) {
        assert_true(fake_wait_calls(fake_named(names[i]), ND_SHARE_DIALOG, 1));
        fake_script(fake_named(names[i]), &(fake_step){.slot = ND_SHARE_FIND, .manner = FAKE_NEVER});
    }
    for (size_t i = 0; i < 2; i++)
        fake_let_pass(fake_named(names[i]));
    assert_status(netdisc_op_wait(op, 20000), ERROR_TIMEOUT);
    netdisc_op_free(op);
    fake_release(fake_named("blocking"));
    netdisc_close(nd);
}

/* ---- The started form ----------------------------------------------------------------------- */

static void test_questions_come_by_dispatch(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_YES};
    fake *world = make_held_share("event");
    netdisc *nd = unit_open("event");
    netdisc_op *op = start(nd, &self, 0);

    assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
    assert_int_equal(self.asked, 1);
    assert_ptr_equal(self.op, op);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_false(fake_is_up(world, "Z:"));
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_time_stands_still_while_the_user_thinks(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_LATER};
    netdisc *nd = unit_open("event");
    netdisc_op *op;

    make_held_share("event");
    op = start(nd, &self, 300);
    assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
    assert_status(netdisc_op_wait(op, 600), WAIT_TIMEOUT);
    assert_status(netdisc_op_answer(op, NETDISC_ANSWER_LATER), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_op_answer(op, (netdisc_answer)9), ERROR_INVALID_PARAMETER);
    assert_status(netdisc_op_answer(op, NETDISC_ANSWER_YES), NO_ERROR);
    assert_status(netdisc_op_wait(op, -1), NO_ERROR);
    assert_status(netdisc_op_answer(op, NETDISC_ANSWER_YES), ERROR_INVALID_STATE);
    netdisc_op_free(op);
    netdisc_close(nd);
}

static void test_cancel_and_close_while_the_question_is_open(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_LATER};
    netdisc *nd = unit_open("event");
    netdisc_op *op;

    make_held_share("event");
    op = start(nd, &self, 0);
    assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
    netdisc_op_cancel(op);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    assert_status(netdisc_op_answer(op, NETDISC_ANSWER_YES), ERROR_INVALID_STATE);
    netdisc_op_free(op);

    op = start(nd, &self, 0);
    assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
    netdisc_close(nd);
    assert_status(netdisc_op_wait(op, 0), ERROR_CANCELLED);
    netdisc_op_free(op);
    assert_int_equal(self.asked, 2);
    assert_int_equal(self.told, 0);
}

static void answer_myself(user *self, netdisc_op *op)
{
    (void)self;
    assert_status(netdisc_op_answer(op, NETDISC_ANSWER_YES), NO_ERROR);
}

static void cancel_myself(user *self, netdisc_op *op)
{
    (void)self;
    netdisc_op_cancel(op);
}

static void test_the_first_answer_counts(void **state)
{
    (void)state;
    user self = {.answer = NETDISC_ANSWER_NO, .meanwhile = answer_myself};
    netdisc *nd = unit_open("event");

    make_held_share("event");
    assert_status(disconnect(nd, &self, NULL), NO_ERROR);
    make_held_share("event");
    self = (user){.answer = NETDISC_ANSWER_YES, .meanwhile = cancel_myself};
    assert_status(disconnect(nd, &self, NULL), ERROR_CANCELLED);
    netdisc_close(nd);
}

static void test_failures_are_told_before_they_are_reported(void **state)
{
    (void)state;
    user self = {0};
    netdisc *nd = unit_open("event");
    netdisc_op *op = start(nd, &self, 0);

    assert_status(netdisc_op_wait(op, -1), ERROR_NOT_CONNECTED);
    assert_int_equal(self.told, 0);
    assert_status(netdisc_dispatch(nd, 20000), NO_ERROR);
    assert_int_equal(self.told, 1);
    netdisc_op_free(op);
    netdisc_close(nd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_fakes(test_not_in_use_asks_nobody),
        with_fakes(test_yes_forces),
        with_fakes(test_every_kind_of_use_is_asked_about),
        with_fakes(test_the_time_left_goes_on_after_the_answer),
        with_fakes(test_no_and_dismissed),
        with_fakes(test_nobody_to_ask),
        with_fakes(test_other_failures_are_told),
        with_fakes(test_force_that_fails_is_told_and_not_asked_again),
        with_fakes(test_bad_input_is_refused_without_a_word),
        with_fakes(test_remote_names_and_flags),
        with_fakes(test_a_window_gets_the_systems_dialog),
        with_fakes(test_after_two_dialogs_the_deadline_holds),
        with_fakes(test_questions_come_by_dispatch),
        with_fakes(test_time_stands_still_while_the_user_thinks),
        with_fakes(test_cancel_and_close_while_the_question_is_open),
        with_fakes(test_the_first_answer_counts),
        with_fakes(test_failures_are_told_before_they_are_reported),
    };

    return cmocka_run_group_tests_name("disconnect", tests, NULL, unit_clear);
}
