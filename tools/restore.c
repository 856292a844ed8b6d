/* SPDX-License-Identifier: MIT */
/* Maps what is remembered and not connected, as Windows does at the logon. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "system.h"

typedef struct restoring {
    const request *it;
    netdisc *nd;
    const netdisc_list *remembered;
    text items;
    text failures;
    int64_t begin;
    netdisc_status first; /* failure */
    int written;          /* EXIT_FAILED once it could not be */
    size_t found;         /* of the local name that was asked for */
} restoring;

/* Letters have no case; of a mount point every letter counts. */
static bool is_same_local(const char *one, const char *other)
{
    bool letter = one[0] && one[1] == ':';

    return letter ? (one[0] | 0x20) == (other[0] | 0x20) && other[1] == ':' &&
                        (!other[2] || strcmp(other + 2, "\\") == 0)
                  : strcmp(one, other) == 0;
}

static void add_percent_encoded(text *out, const char *at, const char *end)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~[]:";

    for (; at < end; at++) {
        if (strchr(safe, *at))
            text_add_bytes(out, at, 1);
        else
            text_addf(out, "%%%02X", (unsigned char)*at);
    }
}

void add_remote(text *out, const netdisc_share *share)
{
    const char *server = share->remote + 2;
    const char *slash = strchr(server, '\\');

    if (!share->port || !slash) {
        text_add(out, share->remote);
        return;
    }
    text_add(out, "smb://");
    add_percent_encoded(out, server, slash);
    text_addf(out, ":%u/", (unsigned)share->port);
    add_percent_encoded(out, slash + 1, slash + strlen(slash));
}

static void tell_restored(restoring *self, const outcome *result)
{
    text line = {0};

    for (size_t i = 0; i < netdisc_list_count(result->items); i++) {
        const netdisc_share *share = netdisc_list_share(result->items, i);

        item_json(&self->items, NULL, &sort_share, share);
        report_made(&line, &sort_share, share);
    }
    if (!is_given(self->it, BIT(JSON)) && report_write(&line, EXIT_DONE))
        self->written = EXIT_FAILED;
    text_free(&line);
}

static void tell_failed(restoring *self, const outcome *result)
{
    if (!self->first)
        self->first = result->status;
    report_json_failure(&self->failures, result->status, result->error);
    if (!is_given(self->it, BIT(JSON)))
        report_failure(result->error);
}

/* The timeout is for all of it together. */
static int time_left(const restoring *self)
{
    int64_t left = self->begin + self->it->timeout_ms - system_now_ms();

    if (self->it->timeout_ms <= 0)
        return self->it->timeout_ms;
    return left > 1 ? (int)left : 1;
}

static void restore_one(restoring *self, const netdisc_share *share)
{
    text remote = {0};
    netdisc_op *op = NULL;
    netdisc_error *err = NULL;
    netdisc_status status;
    outcome result;

    add_remote(&remote, share);
    netdisc_share_spec spec = {
        .size = sizeof spec,
        .local = share->local,
        .remote = remote.data, /* as whom is remembered with it */
    };
    status = netdisc_share_add_start(self->nd, &spec, 0, time_left(self), &op, &err);
    result = run_wait(self->nd, status, op, err);
    if (result.status)
        tell_failed(self, &result);
    else
        tell_restored(self, &result);
    outcome_free(&result);
    text_free(&remote);
}

static void restore_all(restoring *self)
{
    const char *wanted = self->it->arguments[0];

    for (size_t i = 0; i < netdisc_list_count(self->remembered); i++) {
        const netdisc_share *share = netdisc_list_share(self->remembered, i);

        if (!share->local || (wanted && !is_same_local(share->local, wanted)))
            continue;
        self->found++;
        if (share->state != NETDISC_STATE_REMEMBERED)
            continue;
        if (system_interrupted()) {
            self->first = NETDISC_ERROR_CANCELLED;
            return;
        }
        restore_one(self, share);
    }
}

/* Where the list is not whole, more may be remembered. */
static void tell_gaps(restoring *self)
{
    if (!is_given(self->it, BIT(JSON)))
        report_gaps(self->remembered);
    for (size_t i = 0; i < netdisc_list_failure_count(self->remembered); i++) {
        const netdisc_error *each = netdisc_list_failure(self->remembered, i);

        report_json_failure(&self->failures, each->status, each);
        if (!self->first)
            self->first = each->status;
    }
}

static void tell_unknown(restoring *self)
{
    netdisc_error error = {.status = NETDISC_ERROR_NOT_FOUND,
                           .message = "nothing is remembered or connected under this local name"};

    tell_failed(self, &(outcome){.status = error.status, .error = &error});
}

static int tell_json(const restoring *self)
{
    text out = {0};
    int end;

    report_json_open(&out, &(outcome){.status = self->first});
    text_add(&out, self->items.data ? self->items.data : "");
    end = report_json_close(&out, &self->failures, self->first);
    text_free(&out);
    return end;
}

/* The rest was told as it went. */
static int tell_end(const restoring *self)
{
    text out = {0};
    int end;

    if (!self->first && !self->items.length)
        text_add(&out, "nothing was to be done\n");
    end = report_write(&out, self->first ? run_exit(self->first) : self->written);
    text_free(&out);
    return end;
}

int restore_shares(const request *it)
{
    restoring self = {.it = it, .begin = system_now_ms(), .nd = run_open(it)};
    netdisc_op *op = NULL;
    netdisc_error *err = NULL;
    netdisc_status status;
    outcome listed;
    int end;

    if (!self.nd)
        return EXIT_FAILED;
    status = netdisc_share_list_start(self.nd, 0, it->timeout_ms, &op, &err);
    listed = run_wait(self.nd, status, op, err);
    self.remembered = listed.items;
    tell_gaps(&self);
    if (!listed.status)
        restore_all(&self);
    if (!listed.status && it->count && !self.found && !netdisc_list_failure_count(listed.items))
        tell_unknown(&self);
    if (listed.status)
        end = report(it, &listed);
    else if (is_given(it, BIT(JSON)))
        end = tell_json(&self);
    else
        end = tell_end(&self);
    outcome_free(&listed);
    netdisc_close(self.nd);
    text_free(&self.items);
    text_free(&self.failures);
    return end;
}
