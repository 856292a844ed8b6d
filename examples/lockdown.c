/* SPDX-License-Identifier: MIT */
/* A lock-down: `lockdown [SECONDS]` keeps Wi-Fi off for so long (60), and puts back what was connected. */
#include <netdisc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int failed;

static void tell(const char *name, const char *done, netdisc_error *err)
{
    failed |= err != NULL;
    printf("%s: %s\n", name, err ? err->message : done);
    netdisc_error_free(err);
}

/* Whatever the event is: what is connected now goes down. */
static void keep_off(void *nd, const netdisc_event *event)
{
    netdisc_list *list = NULL;
    netdisc_error *err = NULL;

    (void)event;
    if (netdisc_wlan_list(nd, 0, 0, &list, &err))
        tell("Wi-Fi", NULL, err);
    for (size_t i = 0; i < netdisc_list_count(list); i++)
        if (netdisc_list_wlan(list, i)->state == NETDISC_STATE_CONNECTED) {
            netdisc_wlan_disconnect(nd, netdisc_list_wlan(list, i)->uuid, 0, 0, &err);
            tell(netdisc_list_wlan(list, i)->name, "off", err);
        }
    netdisc_list_free(list);
}

int main(int argc, char **argv)
{
    netdisc *nd = NULL;
    netdisc_list *before = NULL;
    netdisc_watch *watch = NULL;
    netdisc_error *err = NULL;

    if (netdisc_open(&nd, NULL, &err) || netdisc_wlan_list(nd, 0, 0, &before, &err) ||
        netdisc_watch_start(nd, NETDISC_WLAN, keep_off, nd, &watch, &err))
        tell("Wi-Fi", NULL, err);
    for (time_t end = time(NULL) + (argc > 1 ? atol(argv[1]) : 60); watch && time(NULL) < end;)
        netdisc_dispatch(nd, 1000);
    for (size_t i = 0; watch && i < netdisc_list_count(before); i++) {
        const netdisc_wlan *it = netdisc_list_wlan(before, i);
        netdisc_wlan_spec to = {sizeof to, .device = it->uuid, .profile = it->profile, .ssid = it->ssid};

        if (it->state != NETDISC_STATE_CONNECTED)
            continue;
        netdisc_wlan_connect(nd, &to, 0, 0, &err);
        tell(it->name, "back", err);
    }
    netdisc_watch_stop(watch);
    netdisc_list_free(before);
    netdisc_close(nd);
    return failed;
}
