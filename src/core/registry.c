/* SPDX-License-Identifier: MIT */
/* Which providers there are, in which order, and where their code is. */
#include <stdlib.h>
#include <string.h>

#include "core.h"

#ifndef ND_MODULE_DIR
#error "ND_MODULE_DIR is set by the build"
#endif

/* Where the code of a backend is: in the library, or in a module. */
#ifdef ND_BUILTIN_NM
extern const nd_backend netdisc_backend_nm;
#define NM_CODE .builtin = &netdisc_backend_nm
#else
#define NM_CODE .module = "nm"
#endif
#ifdef ND_BUILTIN_SMB
extern const nd_backend netdisc_backend_smb;
#define SMB_CODE .builtin = &netdisc_backend_smb
#else
#define SMB_CODE .module = "smb"
#endif

#ifdef ND_BUILTIN_WIN32
extern const nd_backend netdisc_backend_win32;
#define WIN32_CODE .builtin = &netdisc_backend_win32
#endif

/* The one place where the core names backends, in the order of precedence. */
const nd_registration nd_registrations[] = {
#ifdef ND_BUILTIN_WIN32
    {.provider = "mpr", WIN32_CODE, .kinds = NETDISC_SHARE},
    {.provider = "wlanapi", WIN32_CODE, .kinds = NETDISC_WLAN},
    {.provider = "netcon", WIN32_CODE, .kinds = NETDISC_CONNECTION},
    {.provider = "ras", WIN32_CODE, .kinds = NETDISC_CONNECTION},
#endif
#ifndef _WIN32
    {.provider = "cifs", SMB_CODE, .kinds = NETDISC_SHARE},
    {.provider = "session", SMB_CODE, .kinds = NETDISC_SHARE},
    {.provider = "gvfs", SMB_CODE, .kinds = NETDISC_SHARE},
    {.provider = "nm", NM_CODE, .kinds = NETDISC_WLAN | NETDISC_CONNECTION},
#endif
    {.provider = NULL},
};

enum { NAME_MAX_LENGTH = 32, LIST_SHOWN = 200 };

static bool good_name(const char *name, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    return length > 0 && length <= NAME_MAX_LENGTH && strspn(name, letters) >= length;
}

static bool can_be_shown(const char *list)
{
    return strlen(list) <= LIST_SHOWN && nd_text_clean(list, strlen(list));
}

static bool add_instance(netdisc *nd, const nd_registration *row)
{
    nd_instance *instance = nd_instance_new(nd, row);

    if (!instance)
        return false;
    nd->instances[nd->instance_count++] = instance;
    return true;
}

static bool has_instance(const netdisc *nd, const char *name)
{
    for (size_t i = 0; i < nd->instance_count; i++)
        if (strcmp(nd->instances[i]->name, name) == 0)
            return true;
    return false;
}

/* A name that is not in the table stands for a module of one provider, of whatever kinds. */
static nd_registration row_named(const nd_registration *table, const char *name)
{
    for (; table->provider; table++)
        if (strcmp(table->provider, name) == 0)
            return *table;
    return (nd_registration){.provider = name, .module = name, .kinds = NETDISC_ALL_KINDS};
}

static netdisc_error *register_all(netdisc *nd, const nd_registration *table)
{
    size_t count = 0;

    while (table[count].provider)
        count++;
    nd->instances = nd_alloc(count, sizeof *nd->instances);
    if (!nd->instances)
        return nd_error_no_memory();
    for (size_t i = 0; i < count; i++)
        if (!add_instance(nd, &table[i]))
            return nd_error_no_memory();
    return NULL;
}

static size_t count_commas(const char *list)
{
    size_t commas = 0;

    for (; *list; list++)
        commas += *list == ',';
    return commas;
}

netdisc_error *nd_register(netdisc *nd, const nd_registration *table, const char *list)
{
    if (!list || !*list)
        return register_all(nd, table);

    nd->instances = nd_alloc(count_commas(list) + 1, sizeof *nd->instances);
    if (!nd->instances)
        return nd_error_no_memory();

    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        char name[NAME_MAX_LENGTH + 1] = "";

        if (!good_name(at, length))
            return nd_error_say(NETDISC_ERROR_BAD_PROVIDER,
                                "the list of providers%s%s%s has a malformed name",
                                can_be_shown(list) ? " \"" : "", can_be_shown(list) ? list : "",
                                can_be_shown(list) ? "\"" : "");
        memcpy(name, at, length);

        nd_registration row = row_named(table, name);

        if (!has_instance(nd, name) && !add_instance(nd, &row))
            return nd_error_no_memory();
        at += length;
        if (!*at)
            return NULL;
    }
}

/* ---- Modules -------------------------------------------------------------------------------- */

/* The module's name again, from its file name: the part that the pattern's %s stands for. */
static char *symbol_name(const nd_instance *instance)
{
    const char *prefix_end = strchr(nd_module_pattern, '%');
    size_t prefix = (size_t)(prefix_end - nd_module_pattern);
    size_t suffix = strlen(prefix_end) - 2;
    size_t length = strlen(instance->module) - prefix - suffix;

    char *name = nd_format("netdisc_backend_%.*s", (int)length, instance->module + prefix);

    /* A module's name may have a dash, a symbol's may not. */
    for (char *at = name; at && *at; at++)
        if (*at == '-')
            *at = '_';
    return name;
}

static const nd_backend *open_module(const nd_instance *instance, netdisc_error **error)
{
    const nd_backend *backend = NULL;
    char *why = NULL;
    char *symbol = symbol_name(instance);
    char *path = nd_format("%s/%s", instance->nd->module_directory, instance->module);

    if (!symbol || !path) {
        *error = nd_error_no_memory();
        goto out;
    }

    /* Where programs are installed anywhere, a build knows no absolute directory; any other would be taken
     * from wherever the program happens to be. */
    if (!nd_path_is_absolute(path)) {
        *error = nd_error_about(instance->name, NETDISC_ERROR_NOT_SUPPORTED,
                                "%s: no directory of modules is configured, or given in netdisc_options",
                                instance->name);
        goto out;
    }

    void *module = nd_module_open(path, &why);

    if (!module) {
        *error = nd_error_about(instance->name, NETDISC_ERROR_NOT_SUPPORTED, "%s",
                                why ? why : "the module cannot be opened");
        goto out;
    }
    backend = nd_module_symbol(module, symbol);
    if (!backend)
        *error =
            nd_error_about(instance->name, NETDISC_ERROR_NOT_SUPPORTED,
                           "%s: %s has no %s: it is not a netdisc module", instance->name, path, symbol);
out:
    free(why);
    free(symbol);
    free(path);
    return backend;
}

static const nd_provider *provider_of(const nd_backend *backend, const char *name)
{
    for (const nd_provider *const *at = backend->providers; *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}

/* What acts on something named must be able to say whether it is there. */
static bool is_complete(const nd_provider *provider)
{
    static const struct {
        nd_slot act;
        nd_slot find;
    } needs[] = {
        {ND_SHARE_CANCEL, ND_SHARE_FIND},
        {ND_SHARE_ADD, ND_SHARE_FIND},
        {ND_SHARE_HOLDERS, ND_SHARE_FIND},
        {ND_SHARE_DIALOG, ND_SHARE_FIND},
        {ND_WLAN_DISCONNECT, ND_WLAN_FIND},
        {ND_WLAN_CONNECT, ND_WLAN_FIND},
        {ND_CONNECTION_DISCONNECT, ND_CONNECTION_FIND},
        {ND_CONNECTION_CONNECT, ND_CONNECTION_FIND},
    };

    for (size_t i = 0; i < ND_ARRAY_LENGTH(needs); i++)
        if (provider->slots[needs[i].act] && !provider->slots[needs[i].find])
            return false;
    return true;
}

const nd_provider *nd_find_provider(const nd_instance *instance, netdisc_error **error)
{
    const nd_backend *backend = instance->builtin ? instance->builtin : open_module(instance, error);

    if (!backend)
        return NULL;
    if (backend->abi != ND_PROVIDER_ABI) {
        *error = nd_error_about(instance->name, NETDISC_ERROR_NOT_SUPPORTED,
                                "%s: its module is of another version (%u, not %u)", instance->name,
                                (unsigned)backend->abi, (unsigned)ND_PROVIDER_ABI);
        return NULL;
    }

    const nd_provider *provider = provider_of(backend, instance->name);

    if (!provider) {
        *error = nd_error_about(instance->name, NETDISC_ERROR_NOT_SUPPORTED,
                                "%s: no provider of this name in its module", instance->name);
        return NULL;
    }
    if (!is_complete(provider)) {
        *error = nd_error_about(instance->name, NETDISC_ERROR_NOT_SUPPORTED,
                                "%s: acts on what it cannot find", instance->name);
        return NULL;
    }
    return provider;
}
