/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "native.h"

/* The public struct and its strings are one block. */
enum { STRINGS = 4 };

static size_t room_for(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *put(char **at, const char *text)
{
    if (!text)
        return NULL;

    size_t length = strlen(text) + 1;
    char *copy = *at;

    memcpy(copy, text, length);
    *at += length;
    return copy;
}

netdisc_error *nd_error_no_memory(void)
{
    static netdisc_error no_memory = {
        .status = NETDISC_ERROR_NOT_ENOUGH_MEMORY,
        .message = "not enough memory",
    };

    return &no_memory;
}

static netdisc_error *make(const netdisc_error *from)
{
    const char *strings[STRINGS] = {from->message, from->provider, from->native_domain,
                                    from->native_name};
    size_t size = sizeof(netdisc_error);

    for (size_t i = 0; i < STRINGS; i++)
        size += room_for(strings[i]);

    netdisc_error *err = nd_alloc(1, size);

    if (!err) {
        netdisc_list_free((netdisc_list *)from->holders);
        return nd_error_no_memory();
    }

    char *at = (char *)(err + 1);

    *err = *from;
    err->message = put(&at, from->message);
    err->provider = put(&at, from->provider);
    err->native_domain = put(&at, from->native_domain);
    err->native_name = put(&at, from->native_name);
    return err;
}

static netdisc_status from_errno(const nd_failure *why, netdisc_status fallback)
{
    return nd_status_from_errno((int)why->native_code, fallback);
}

static netdisc_status from_ntstatus(const nd_failure *why, netdisc_status fallback)
{
    return nd_status_from_ntstatus((uint32_t)why->native_code, fallback);
}

static netdisc_status from_gio(const nd_failure *why, netdisc_status fallback)
{
    return nd_status_from_gio((int)why->native_code, fallback);
}

static netdisc_status from_dbus(const nd_failure *why, netdisc_status fallback)
{
    return why->native_name ? nd_status_from_dbus(why->native_name, fallback) : fallback;
}

static netdisc_status from_hresult(const nd_failure *why, netdisc_status fallback)
{
    netdisc_status status = netdisc_status_from_hresult((int32_t)why->native_code);

    return status ? status : fallback;
}

static netdisc_status from_win32(const nd_failure *why, netdisc_status fallback)
{
    return why->native_code ? (netdisc_status)why->native_code : fallback;
}

static const char *name_of_errno(const nd_failure *why)
{
    return nd_errno_name((int)why->native_code);
}

static const char *name_of_ntstatus(const nd_failure *why)
{
    return nd_ntstatus_name((uint32_t)why->native_code);
}

static const char *name_of_gio(const nd_failure *why)
{
    return nd_gio_name((int)why->native_code);
}

static const char *name_of_win32(const nd_failure *why)
{
    netdisc_status status = (netdisc_status)why->native_code;
    const char *name = netdisc_status_name(status);

    /* What is not listed has one word for a name and for a text. */
    return strcmp(name, netdisc_status_text(status)) != 0 ? name : NULL;
}

typedef struct native_domain {
    const char *name;
    netdisc_status (*convert)(const nd_failure *why, netdisc_status fallback);
    const char *(*name_of)(const nd_failure *why); /* NULL: codes have no names, or come with them */
} native_domain;

static const native_domain domains[] = {
    {"errno", from_errno, name_of_errno}, {"ntstatus", from_ntstatus, name_of_ntstatus},
    {"gio", from_gio, name_of_gio},       {"dbus", from_dbus, NULL},
    {"hresult", from_hresult, NULL},      {"win32", from_win32, name_of_win32},
};

static const native_domain *domain_of(const nd_failure *why)
{
    for (size_t i = 0; why->native_domain && i < sizeof domains / sizeof *domains; i++)
        if (strcmp(domains[i].name, why->native_domain) == 0)
            return &domains[i];
    return NULL;
}

static const char *native_name_of(const nd_failure *why)
{
    const native_domain *domain = domain_of(why);

    if (why->native_name || !domain || !domain->name_of)
        return why->native_name;
    return domain->name_of(why);
}

static netdisc_status status_said(netdisc_status status, const nd_failure *why)
{
    if (status)
        return status;
    if (!why)
        return NETDISC_ERROR_GEN_FAILURE;
    if (why->status)
        return why->status;
    if (!why->native_domain)
        return NETDISC_ERROR_GEN_FAILURE;

    const native_domain *domain = domain_of(why);

    return domain ? domain->convert(why, NETDISC_ERROR_EXTENDED_ERROR) : NETDISC_ERROR_EXTENDED_ERROR;
}

/* "Not yet" is what a running operation says; of one that has ended it cannot be true. */
netdisc_status nd_failure_status(netdisc_status status, const nd_failure *why)
{
    netdisc_status said = status_said(status, why);

    return said == NETDISC_WAIT_TIMEOUT ? NETDISC_ERROR_TIMEOUT : said;
}

bool nd_is_in_use(netdisc_status status)
{
    return status == NETDISC_ERROR_OPEN_FILES || status == NETDISC_ERROR_ACTIVE_CONNECTIONS ||
           status == NETDISC_ERROR_DEVICE_IN_USE;
}

netdisc_error *nd_error_from_failure(netdisc_status status, const nd_failure *why, const char *provider,
                                     netdisc_list *holders)
{
    netdisc_error from = {
        .status = nd_failure_status(status, why),
        .provider = provider,
        .holders = holders,
    };

    if (why) {
        from.message = why->message;
        from.native_domain = why->native_domain;
        from.native_code = why->native_code;
        from.native_name = native_name_of(why);
    }
    if (!from.message)
        from.message = netdisc_status_text(from.status);
    return make(&from);
}

static netdisc_error *say(const netdisc_error *like, const char *format, va_list arguments)
{
    char *message = nd_vformat(format, arguments);

    if (!message) {
        netdisc_list_free((netdisc_list *)like->holders);
        return nd_error_no_memory();
    }

    netdisc_error from = *like;

    from.message = message;

    netdisc_error *err = make(&from);

    free(message);
    return err;
}

netdisc_error *nd_error_say(netdisc_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    netdisc_error *err = say(&(netdisc_error){.status = status}, format, arguments);
    va_end(arguments);
    return err;
}

netdisc_error *nd_error_of_text(netdisc_status status, nd_text *text)
{
    char *message = nd_text_take(text);

    if (!message)
        return nd_error_no_memory();

    netdisc_error *error = nd_error_say(status, "%s", message);

    free(message);
    return error;
}

netdisc_error *nd_error_about(const char *provider, netdisc_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    netdisc_error *err =
        say(&(netdisc_error){.status = status, .provider = provider}, format, arguments);
    va_end(arguments);
    return err;
}

netdisc_error *nd_error_reword(netdisc_error *old, netdisc_status status, const char *format, ...)
{
    netdisc_error like = *old;

    like.status = status;
    like.holders = nd_list_ref((netdisc_list *)old->holders);

    va_list arguments;
    va_start(arguments, format);
    netdisc_error *err = say(&like, format, arguments);
    va_end(arguments);
    netdisc_error_free(old);
    return err;
}

netdisc_error *nd_error_copy(const netdisc_error *err)
{
    if (err == nd_error_no_memory())
        return nd_error_no_memory();

    netdisc_error from = *err;

    from.holders = nd_list_ref((netdisc_list *)err->holders);
    return make(&from);
}

void netdisc_error_free(netdisc_error *err)
{
    if (!err || err == nd_error_no_memory())
        return;
    netdisc_list_free((netdisc_list *)err->holders);
    free(err);
}
