/* SPDX-License-Identifier: MIT */
/* Looking for a network that no profile knows: among the access points that the device sees, then by a
 * scan. */
#include <string.h>

#include "search.h"

#define SCAN_NOT_ALLOWED NM_DBUS_INTERFACE_DEVICE ".NotAllowed"

/* The first may join one that is under way, and that does not call a network that hides its name. */
enum { MOST_SCANS = 2 };

static void stop_scanning(nd_nm_network_search *self)
{
    if (!self->scanning)
        return;
    self->scanning = false;
    self->nm->scans--;
}

static void free_search(void *data)
{
    nd_nm_network_search *self = data;

    stop_scanning(self);
    g_free(self->device);
    g_bytes_unref(self->ssid);
    g_free(self->best.path);
    g_free(self);
}

/* ---- Access points -------------------------------------------------------------------------- */

/* One without an address is NetworkManager's stand-in for a network that it has not seen. */
static bool is_of_network(GVariant *properties, GBytes *wanted)
{
    GBytes *ssid = nd_nm_lookup_bytes(properties, "Ssid");
    char *address = nd_nm_lookup_string(properties, "HwAddress");
    bool same = ssid && address && g_bytes_equal(ssid, wanted);

    g_clear_pointer(&ssid, g_bytes_unref);
    g_free(address);
    return same;
}

/* A network that only has the name, and takes another key or none, may be stronger. */
static bool is_better(const nd_nm_access_point *one, const nd_nm_access_point *best)
{
    if (!best->path || one->fits != best->fits)
        return !best->path || one->fits;
    return one->strength > best->strength;
}

static void got_access_point(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    nd_nm_network_search *self = task->data;
    GVariant *properties = nd_nm_value(reply);
    nd_nm_access_point one = {
        .security = nd_nm_security_of(nd_nm_lookup_number(properties, "Flags"),
                                      nd_nm_lookup_number(properties, "WpaFlags"),
                                      nd_nm_lookup_number(properties, "RsnFlags")),
    };

    one.fits = nd_nm_is_key_for(one.security, self->passphrase);
    g_variant_lookup(properties, "Strength", "y", &one.strength);
    if (is_of_network(properties, self->ssid) && is_better(&one, &self->best)) {
        g_free(self->best.path);
        self->best = one;
        self->best.path = g_strdup(asked->path);
    }
    g_variant_unref(properties);
}

static void ask_access_point(nd_nm_task *task, const char *path)
{
    nd_nm_ask_all(task, path, NM_DBUS_INTERFACE_ACCESS_POINT, got_access_point);
}

static void got_access_points(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    (void)asked;
    nd_nm_ask_each(task, reply, ask_access_point);
}

static void looked(nd_nm_task *task);

static void look(nd_nm_task *task)
{
    const nd_nm_network_search *self = task->data;

    nd_nm_ask(task, &(nd_nm_question){
                        .path = self->device,
                        .interface = NM_DBUS_INTERFACE_DEVICE_WIRELESS,
                        .method = "GetAllAccessPoints",
                        .reply_type = "(ao)",
                        .on_reply = got_access_points,
                    });
    nd_nm_then(task, looked);
}

/* ---- Scanning ------------------------------------------------------------------------------- */

static void end_scan(nd_nm_task *task)
{
    nd_nm_network_search *self = task->data;

    stop_scanning(self);
    nd_nm_bus_subscribe(self->nm);
    task->notice = NULL;
    look(task);
}

static void notice_scan(nd_nm_task *task, const nd_nm_signal *it)
{
    const nd_nm_network_search *self = task->data;
    gint64 when;

    if (it->kind != ND_NM_PROPERTIES || strcmp(it->path, self->device) != 0)
        return;

    GVariant *properties = g_variant_get_child_value(it->body, 1);
    bool over = g_variant_lookup(properties, "LastScan", "x", &when);

    g_variant_unref(properties);
    if (over && task->pending == 0)
        end_scan(task);
}

static GVariant *calling(GBytes *ssid)
{
    GVariantBuilder options;
    GVariant *name = g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, ssid, TRUE);

    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&options, "{sv}", "ssids", g_variant_new_array(NULL, &name, 1));
    return g_variant_new("(a{sv})", &options);
}

static void request_scan(nd_nm_task *task, GVariant *options, nd_nm_forgive forgive)
{
    const nd_nm_network_search *self = task->data;

    nd_nm_ask(task, &(nd_nm_question){
                        .path = self->device,
                        .interface = NM_DBUS_INTERFACE_DEVICE_WIRELESS,
                        .method = "RequestScan",
                        .reply_type = "()",
                        .arguments = options,
                        .forgive = forgive,
                    });
}

/* With iwd NetworkManager calls nobody, and refuses to be asked for it. */
static bool scans_without_calling(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    (void)asked;
    if (!nd_nm_is_error(error, SCAN_NOT_ALLOWED))
        return false;
    request_scan(task, g_variant_new("(a{sv})", NULL), NULL);
    return true;
}

/* Also for a network that hides its name, which answers only when it is called by it. */
static void scan(nd_nm_task *task)
{
    nd_nm_network_search *self = task->data;

    self->scanning = true;
    self->scans++;
    self->nm->scans++;
    nd_nm_bus_subscribe(self->nm);
    task->notice = notice_scan;
    request_scan(task, calling(self->ssid), scans_without_calling);
    nd_nm_send(task->nm); /* the signal goes on */
}

static void looked(nd_nm_task *task)
{
    const nd_nm_network_search *self = task->data;

    if (!self->best.path && self->scans < MOST_SCANS)
        scan(task);
    else
        self->found(task);
}

void nd_nm_search_network(nd_nm_task *task, const char *device, GBytes *ssid, const char *passphrase,
                          nd_nm_step found)
{
    nd_nm_network_search *self = g_new0(nd_nm_network_search, 1);

    self->nm = task->nm;
    self->device = g_strdup(device);
    self->ssid = g_bytes_ref(ssid);
    self->passphrase = passphrase;
    self->found = found;
    nd_nm_task_take(task, self, free_search);
    look(task);
}
