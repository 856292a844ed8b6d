/* SPDX-License-Identifier: MIT */
/*
 * Making a mapping: a worker connects, and is told to stay once all else has succeeded. If anything
 * fails before that, or this program ends, the worker undoes what it did.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launch.h"
#include "session.h"

enum {
    UNDOING_MS = 3000,
    TRIES = 4 /* others may be at the same name, too */
};

typedef struct credentials {
    const char *user;
    const char *domain;
    const char *password;
    netdisc_auth auth;
} credentials;

typedef struct adding {
    nd_session *session;
    nd_call *call;
    int wake;
    nd_trouble *why;
    const char *local; /* NULL: none */
    bool was_remembered;
    credentials as;
    char name[ND_MAPPING_NAME];
    char id[33];
} adding;

/* ---- What is there already ------------------------------------------------------------------ */

/* How it is really logged on: a user makes the default a password. */
static netdisc_auth kind_of(netdisc_auth auth, const char *user)
{
    return auth == NETDISC_AUTH_DEFAULT && user ? NETDISC_AUTH_PASSWORD : auth;
}

static bool same_or_none(const nd_host *host, const char *a, const char *b)
{
    return a && b ? host->fn->same_text(a, b) : !a && !b;
}

static bool same_credentials(const adding *add, const nd_mapping *mapping)
{
    const nd_host *host = add->session->host;
    const char *user = nd_mapping_text(mapping, ND_FIELD_USER);
    const char *domain = nd_mapping_text(mapping, ND_FIELD_DOMAIN);
    netdisc_auth auth = (netdisc_auth)nd_message_number(&mapping->info, ND_FIELD_AUTH, 0);

    return kind_of(auth, user) == kind_of(add->as.auth, add->as.user) &&
           same_or_none(host, user, add->as.user) && same_or_none(host, domain, add->as.domain);
}

static netdisc_status conflict(const adding *add, const nd_mapping *mapping)
{
    const char *user = nd_mapping_text(mapping, ND_FIELD_USER);

    return nd_trouble_say(add->why, NETDISC_ERROR_SESSION_CREDENTIAL_CONFLICT,
                          "%s is connected already, as %s%s%s, under other credentials",
                          mapping->remote.text, nd_mapping_title(mapping), user ? " by the user " : "",
                          user ? user : "");
}

/* Whoever names no user takes what is there. */
static bool leaves_it_open(const credentials *as)
{
    return !as->user && !as->password && as->auth == NETDISC_AUTH_DEFAULT;
}

/* The mapping that the add comes to, when it is there already: `*found`, or NULL. */
static netdisc_status look_for_another(const adding *add, const nd_mappings *live,
                                       const nd_mapping **found)
{
    *found = NULL;
    for (size_t i = 0; i < live->count; i++) {
        const nd_mapping *mapping = live->at[i];
        bool one_of_both = !add->local && !nd_mapping_text(mapping, ND_FIELD_LOCAL);

        if (!add->session->host->fn->same_remote(&mapping->remote, &add->call->request->remote))
            continue;
        if (!same_credentials(add, mapping) && !(one_of_both && leaves_it_open(&add->as)))
            return conflict(add, mapping);
        if (one_of_both)
            *found = mapping;
    }
    return NETDISC_NO_ERROR;
}

/* ---- Making it ------------------------------------------------------------------------------ */

static void write_order(const adding *add, nd_message *order)
{
    const nd_name *remote = &add->call->request->remote;
    int left = nd_remaining_ms(add->call);

    nd_message_init(order, ND_MESSAGE_CONNECT);
    nd_message_put(order, ND_FIELD_NAME, add->name);
    nd_message_put(order, ND_FIELD_ID, add->id);
    nd_message_put(order, ND_FIELD_REMOTE, remote->text);
    nd_message_put(order, ND_FIELD_SERVER, remote->server);
    nd_message_put(order, ND_FIELD_SHARE, remote->share);
    nd_message_put_number(order, ND_FIELD_PORT, remote->port);
    nd_message_put(order, ND_FIELD_LOCAL, add->local);
    nd_message_put(order, ND_FIELD_USER, add->as.user);
    nd_message_put(order, ND_FIELD_DOMAIN, add->as.domain);
    nd_message_put(order, ND_FIELD_PASSWORD, add->as.password);
    nd_message_put_number(order, ND_FIELD_AUTH, add->as.auth);
    if (add->call->flags & NETDISC_SAVE_PASSWORD)
        nd_message_put_number(order, ND_FIELD_SAVE_PASSWORD, 1);
    if (left >= 0)
        nd_message_put_number(order, ND_FIELD_TIMEOUT, left);
}

static netdisc_status remember(const adding *add)
{
    if (!add->local || !(add->call->flags & NETDISC_UPDATE_PROFILE))
        return NETDISC_NO_ERROR;

    nd_remembered entry = {
        .local = add->local,
        .remote = add->call->request->remote.text,
        .provider = nd_session_provider.name,
        .user = add->as.user,
        .domain = add->as.domain,
        .auth = add->as.auth,
    };

    return nd_profile_remember(add->session->host, &entry, add->why);
}

/* What was remembered for this mapping before stays. */
static void forget_again(const adding *add)
{
    nd_trouble why;

    if (add->local && add->call->flags & NETDISC_UPDATE_PROFILE && !add->was_remembered &&
        nd_profile_forget(add->session->host, add->local, &why))
        nd_host_log(add->session->host, NETDISC_LOG_WARNING, why.message);
}

/* Has the worker undo it, and waits until it has. */
static void undo(int fd)
{
    nd_message last;

    shutdown(fd, SHUT_WR);
    nd_message_receive(fd, &last, UNDOING_MS, -1);
    nd_message_clear(&last);
}

static void add_made(const adding *add, const nd_message *made)
{
    const nd_name *remote = &add->call->request->remote;
    bool remembered = add->local && add->call->flags & NETDISC_UPDATE_PROFILE;
    nd_item item = {
        .sort = ND_SORT_SHARE,
        .key = add->id,
        .as.share =
            {
                .local = add->local,
                .remote = remote->text,
                .path = made->fields[ND_FIELD_PATH],
                .user = made->fields[ND_FIELD_USER],
                .state = NETDISC_STATE_CONNECTED,
                .remembered = remembered ? NETDISC_YES : NETDISC_NO,
                .port = remote->port,
            },
    };

    nd_add(add->call, &item);
    if (made->fields[ND_FIELD_TEXT])
        nd_note(add->call, made->fields[ND_FIELD_TEXT]);
}

static netdisc_status keep(const adding *add, int fd, const nd_message *made)
{
    nd_message order;
    netdisc_status status = remember(add);

    if (status)
        return status;
    nd_message_init(&order, ND_MESSAGE_KEEP);

    int code = nd_abandoned(add->call)
                   ? ECANCELED
                   : nd_message_send(fd, &order, nd_remaining_ms(add->call), add->wake);

    nd_message_clear(&order);
    if (code)
        forget_again(add);
    if (code)
        return nd_trouble_errno(add->why, NETDISC_ERROR_REQUEST_ABORTED, code,
                                "the worker ended as soon as it had connected");
    add_made(add, made);
    return NETDISC_NO_ERROR;
}

static netdisc_status make(const adding *add)
{
    nd_message order, made;
    int fd = -1;

    nd_message_init(&made, ND_MESSAGE_NONE);
    write_order(add, &order);

    netdisc_status status = nd_launch(&order, nd_remaining_ms(add->call), add->wake, &fd, add->why);

    nd_message_clear(&order);
    if (!status)
        status = nd_launch_answer(fd, ND_MESSAGE_CONNECTED, nd_remaining_ms(add->call), add->wake, &made,
                                  add->why);
    if (!status) {
        status = keep(add, fd, &made);
        if (status)
            undo(fd);
    }
    nd_message_clear(&made);
    if (fd >= 0)
        close(fd);
    return status;
}

/* ---- The slot ------------------------------------------------------------------------------- */

/* "" where it cannot be told. */
static void find_login_name(char *name, size_t room)
{
    char texts[4096];
    struct passwd entry, *found = NULL;

    snprintf(name, room, "%s",
             getpwuid_r(geteuid(), &entry, texts, sizeof texts, &found) == 0 && found ? entry.pw_name
                                                                                      : "");
}

/* Where no credentials are given, those that were remembered for this very mapping. */
static void recall(adding *add, const nd_profile *profile)
{
    const nd_host *host = add->session->host;
    const nd_remembered *entry = nd_profile_find(profile, add->local);
    nd_name remote = {0};

    add->was_remembered = entry != NULL;
    if (!entry || !leaves_it_open(&add->as) || host->fn->parse_share(entry->remote, &remote))
        return;
    if (host->fn->same_remote(&remote, &add->call->request->remote))
        add->as = (credentials){entry->user, entry->domain, NULL, entry->auth};
    host->fn->name_clear(&remote);
}

/* The profile may be on a disk that does not answer, so it is not read for what can do without. */
static bool asks_what_is_remembered(const adding *add)
{
    return add->local && (leaves_it_open(&add->as) || add->call->flags & NETDISC_UPDATE_PROFILE);
}

static bool make_id(char id[33])
{
    unsigned char bytes[16];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

static bool is_live(const adding *add)
{
    nd_mappings live;
    nd_trouble unread;
    bool is = nd_mappings_read(add->session->host, &live, &unread) ||
              nd_mappings_by_name(&live, add->name) != NULL;

    nd_mappings_free(add->session->host, &live);
    return is;
}

static netdisc_status taken(const adding *add)
{
    const char *name = add->local ? add->local : add->call->request->remote.text;

    if (is_live(add))
        return nd_trouble_say(add->why, NETDISC_ERROR_ALREADY_ASSIGNED,
                              "\"%s\" is in use: another program has just connected it", name);
    return nd_trouble_say(
        add->why, NETDISC_ERROR_ALREADY_ASSIGNED,
        "\"%s\" is in use: what is left of a mapping of that name (\"%s\" in the directory "
        "of mappings) cannot be removed",
        name, add->name);
}

/* The mapping that is there is what was wanted, once it is connected. */
static netdisc_status join(const adding *add, const nd_mapping *there, bool *again)
{
    if (nd_mapping_state(there) == NETDISC_STATE_CONNECTING) {
        *again = true;
        return nd_session_await(add->session, add->call, add->wake, add->name, -1, add->why);
    }

    nd_item item = nd_mapping_item(there, NULL);

    nd_add(add->call, &item);
    if (add->call->flags & NETDISC_SAVE_PASSWORD)
        nd_note(add->call, "it was connected already, so that the password was neither tried nor kept");
    return NETDISC_NO_ERROR;
}

/* `*again`: another program was faster, or gave up what was waited for; or what was left of a dead
 * mapping was there yet. */
static netdisc_status add_once(const adding *add, bool *again)
{
    nd_mappings live;
    const nd_mapping *there;
    netdisc_status status = nd_session_read(add->session, add->call, add->wake, &live, add->why);

    *again = false;
    if (!status)
        status = look_for_another(add, &live, &there);
    if (!status && there) {
        status = join(add, there, again);
    } else if (!status) {
        status = make(add);
        *again = status == NETDISC_ERROR_ALREADY_ASSIGNED && (!add->local || !is_live(add));
    }
    nd_mappings_free(add->session->host, &live);
    return status;
}

netdisc_status nd_session_add(nd_session *session, nd_call *call, int wake, nd_trouble *why)
{
    const netdisc_share_spec *spec = call->request->share;
    nd_profile *profile = NULL;
    nd_trouble unread;
    char login[ND_CONNECTION_MAX + 1];
    adding add = {
        .session = session,
        .call = call,
        .wake = wake,
        .why = why,
        .local = spec->local,
        .as = {spec->user, spec->domain, spec->password, spec->auth},
    };
    netdisc_status status = nd_launch_possible(why);

    if (status)
        return status;
    if (!make_id(add.id))
        return nd_trouble_errno(why, 0, errno, "no random number for a new mapping");
    if (asks_what_is_remembered(&add) && !nd_profile_read(session->host, &profile, &unread))
        recall(&add, profile);
    /* A password is somebody's. */
    if (add.as.password && !add.as.user && add.as.auth != NETDISC_AUTH_GUEST) {
        find_login_name(login, sizeof login);
        add.as.user = login[0] ? login : NULL;
    }
    nd_mapping_name(add.name, add.local, call->request->remote.text);

    bool again = true;

    for (int i = 0; again && (!status || status == NETDISC_ERROR_ALREADY_ASSIGNED) && i < TRIES; i++)
        status = add_once(&add, &again);
    if (status == NETDISC_ERROR_ALREADY_ASSIGNED || (!status && again))
        status = taken(&add);
    nd_profile_free(profile);
    return status;
}
