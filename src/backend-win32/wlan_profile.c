/* SPDX-License-Identifier: MIT */
/* The profile to connect with: the one that is named, or that knows the network, or a new one. */
#include "wlan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any machine has: what claims more is not believed. */
enum { LIST_MAX = 65536, NAMES_MAX = 100 };

/* Flags of the API that are not in every wlanapi.h. */
enum { INCLUDE_HIDDEN_PROFILES = 2 };

/* ---- Asking the service --------------------------------------------------------------------- */

/* A question about profiles, and its answer, which is to be freed. */
typedef struct question {
    const GUID *guid;
    const WCHAR *name;
    const WCHAR *xml; /* to be set */
    BOOL overwrite;
    DWORD flags;
    DWORD reason;
    LPWSTR text;
    WLAN_PROFILE_INFO_LIST *profiles;
    WLAN_AVAILABLE_NETWORK_LIST *networks;
} question;

static DWORD list_profiles(const nd_wlan_api *call, HANDLE handle, void *data)
{
    question *asked = data;

    return call->WlanGetProfileList(handle, asked->guid, NULL, &asked->profiles);
}

static DWORD list_networks(const nd_wlan_api *call, HANDLE handle, void *data)
{
    question *asked = data;

    return call->WlanGetAvailableNetworkList(handle, asked->guid, INCLUDE_HIDDEN_PROFILES, NULL,
                                             &asked->networks);
}

static DWORD get_text(const nd_wlan_api *call, HANDLE handle, void *data)
{
    question *asked = data;

    asked->flags = 0;
    return call->WlanGetProfile(handle, asked->guid, asked->name, NULL, &asked->text, &asked->flags,
                                NULL);
}

static DWORD set(const nd_wlan_api *call, HANDLE handle, void *data)
{
    question *asked = data;

    asked->reason = 0;
    return call->WlanSetProfile(handle, asked->guid, asked->flags, asked->xml, NULL, asked->overwrite,
                                NULL, &asked->reason);
}

static DWORD erase(const nd_wlan_api *call, HANDLE handle, void *data)
{
    const question *asked = data;

    return call->WlanDeleteProfile(handle, asked->guid, asked->name, NULL);
}

static DWORD ask(const nd_wlan_place *place, nd_wlan_ask *what, question *asked)
{
    asked->guid = place->guid;
    return nd_wlan_do(place->wlan, what, asked);
}

static void free_answer(const nd_wlan_place *place, question *asked)
{
    void *const answers[] = {asked->text, asked->profiles, asked->networks};

    for (size_t i = 0; i < ND_COUNT(answers); i++)
        if (answers[i])
            place->wlan->call.WlanFreeMemory(answers[i]);
}

static netdisc_status no_memory(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "not enough memory");
}

static const netdisc_wlan_spec *spec_of(const nd_wlan_place *place)
{
    return place->request->wlan;
}

/* ---- One that is known ---------------------------------------------------------------------- */

typedef bool is_right(const nd_wlan_place *place, const WCHAR *name, const void *data);

/* The first of the service's list, which is in the order of preference; an empty name: there is none. */
static netdisc_status find_profile(const nd_wlan_place *place, is_right *fits, const void *data,
                                   nd_wlan_profile *profile, nd_trouble *why)
{
    question asked = {.name = NULL};
    DWORD code = ask(place, list_profiles, &asked);

    if (code)
        return nd_wlan_trouble(why, code, "the profiles of \"%s\" cannot be listed", place->device);

    DWORD count = asked.profiles ? asked.profiles->dwNumberOfItems : 0;

    for (DWORD i = 0; i < count && i < LIST_MAX && !*profile->name; i++) {
        WCHAR *name = asked.profiles->ProfileInfo[i].strProfileName;

        name[WLAN_MAX_NAME_LENGTH - 1] = L'\0';
        if (fits(place, name, data))
            wcscpy(profile->name, name);
    }
    free_answer(place, &asked);
    return NETDISC_NO_ERROR;
}

static bool is_named(const nd_wlan_place *place, const WCHAR *name, const void *wanted)
{
    (void)place;
    return wcscmp(name, wanted) == 0;
}

static netdisc_status get_named(const nd_wlan_place *place, nd_wlan_profile *profile, nd_trouble *why)
{
    const char *text = place->request->profile.text;
    WCHAR wanted[WLAN_MAX_NAME_LENGTH];

    if (!nd_wide_into(wanted, ND_COUNT(wanted), text))
        return nd_trouble_say(why, NETDISC_ERROR_FILENAME_EXCED_RANGE,
                              "a profile's name has at most %d characters", WLAN_MAX_NAME_LENGTH - 1);

    netdisc_status status = find_profile(place, is_named, wanted, profile, why);

    if (!status && !*profile->name)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_FOUND, "\"%s\" has no profile \"%s\"",
                              place->device, text);
    return status;
}

/* One without a key is not what is meant by who gives one. `ssid` NULL: it is known to be for that. */
static bool knows_network(const nd_wlan_place *place, const WCHAR *name, const void *ssid)
{
    bool needs_key = spec_of(place)->passphrase != NULL;
    question asked = {.name = name};

    if (!ssid && !needs_key)
        return true;

    DWORD code = ask(place, get_text, &asked);
    bool right = !code && asked.text && (!ssid || nd_wlan_xml_is_for(asked.text, ssid)) &&
                 (!needs_key || nd_wlan_xml_takes_key(asked.text));

    free_answer(place, &asked);
    return right;
}

/* ---- Its key -------------------------------------------------------------------------------- */

/* Why the service did not take a profile. */
static netdisc_status not_taken(const nd_wlan_place *place, const question *asked, DWORD code,
                                nd_trouble *why)
{
    if (code == ERROR_ACCESS_DENIED)
        return nd_trouble_win32(why, 0, code,
                                "the profile for \"%s\" may not be written: perhaps it belongs to the "
                                "group policy, or to all users, and an administrator may",
                                place->device);
    if (asked->reason && asked->reason != ND_WLAN_REASON_UNKNOWN)
        return nd_wlan_reason_trouble(place->wlan, why, asked->reason,
                                      "the profile for \"%s\" was not accepted", place->device);
    return nd_wlan_trouble(why, code, "the profile for \"%s\" was not accepted", place->device);
}

static netdisc_status cannot_be_key(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_INVALID_PASSWORD,
                          "what was given cannot be a key: it has 8 to 63 characters of ASCII, or 64 "
                          "hexadecimal digits");
}

static netdisc_status set_key(const nd_wlan_place *place, nd_wlan_profile *profile,
                              const question *known, nd_trouble *why)
{
    WCHAR *changed = nd_wlan_xml_with_key(known->text, spec_of(place)->passphrase);
    question asked = {.xml = changed, .flags = known->flags & WLAN_PROFILE_USER, .overwrite = TRUE};

    profile->before = _wcsdup(known->text);
    profile->flags = asked.flags;

    DWORD code = changed && profile->before ? ask(place, set, &asked) : ERROR_NOT_ENOUGH_MEMORY;

    nd_wide_wipe(changed);
    if (!code)
        return NETDISC_NO_ERROR;
    nd_wlan_profile_clear(profile);
    return not_taken(place, &asked, code, why);
}

static netdisc_status replace_key(const nd_wlan_place *place, nd_wlan_profile *profile, nd_trouble *why)
{
    question known = {.name = profile->name};
    netdisc_status status;

    if (!nd_wlan_can_be_key(spec_of(place)->passphrase))
        return cannot_be_key(why);

    DWORD code = ask(place, get_text, &known);

    if (code)
        status = nd_wlan_trouble(why, code, "the profile for \"%s\" cannot be read", place->device);
    else if (!known.text || !nd_wlan_xml_takes_key(known.text))
        status = nd_trouble_say(why, NETDISC_ERROR_INVALID_PASSWORD, "the profile takes no key");
    else
        status = set_key(place, profile, &known, why);
    free_answer(place, &known);
    return status;
}

/* ---- The network ---------------------------------------------------------------------------- */

typedef struct network {
    DOT11_SSID ssid;
    bool seen;
    bool secured;
    DOT11_AUTH_ALGORITHM algorithm;
    DOT11_CIPHER_ALGORITHM cipher;
    WCHAR profile[WLAN_MAX_NAME_LENGTH];
} network;

static void note_network(network *it, const WLAN_AVAILABLE_NETWORK *available)
{
    if (!nd_wlan_same_ssid(&available->dot11Ssid, &it->ssid))
        return;
    if (!it->seen) {
        it->seen = true;
        it->secured = available->bSecurityEnabled;
        it->algorithm = available->dot11DefaultAuthAlgorithm;
        it->cipher = available->dot11DefaultCipherAlgorithm;
    }
    if (!*it->profile)
        memcpy(it->profile, available->strProfileName, sizeof it->profile);
    it->profile[ND_COUNT(it->profile) - 1] = L'\0';
}

/* What cannot be seen, out of reach or for want of a permission, is left to the connecting. */
static network look_for_network(const nd_wlan_place *place)
{
    network it = {.ssid = nd_wlan_ssid_of(spec_of(place))};
    question asked = {.name = NULL};
    DWORD code = ask(place, list_networks, &asked);
    DWORD count = !code && asked.networks ? asked.networks->dwNumberOfItems : 0;

    for (DWORD i = 0; i < count && i < LIST_MAX; i++)
        note_network(&it, &asked.networks->Network[i]);
    free_answer(place, &asked);
    return it;
}

static netdisc_status get_knowing(const nd_wlan_place *place, const network *wanted,
                                  nd_wlan_profile *profile, nd_trouble *why)
{
    if (*wanted->profile && knows_network(place, wanted->profile, NULL)) {
        wcscpy(profile->name, wanted->profile);
        return NETDISC_NO_ERROR;
    }
    return find_profile(place, knows_network, &wanted->ssid, profile, why);
}

/* ---- A new one ------------------------------------------------------------------------------ */

/* How networks are secured, by number: those of WPA3 are not in every windot11.h. */
typedef struct method {
    DWORD algorithm;
    bool takes_key;
    const WCHAR *authentication;
} method;

static const method methods[] = {
    {1, false, L"open"},   {4, true, L"WPAPSK"}, {7, true, L"WPA2PSK"},
    {9, true, L"WPA3SAE"}, {10, false, L"OWE"},
};

enum { OPEN, WPA2PSK = 2, CIPHER_TKIP = 2 };

/* NULL: it asks for more than a key, or for what nobody should use any more. */
static const method *method_of(const network *it, bool has_key)
{
    if (!it->seen)
        return &methods[has_key ? WPA2PSK : OPEN];
    if ((DWORD)it->algorithm == methods[OPEN].algorithm && it->secured)
        return NULL;
    for (size_t i = 0; i < ND_COUNT(methods); i++)
        if ((DWORD)it->algorithm == methods[i].algorithm)
            return &methods[i];
    return NULL;
}

static const WCHAR *encryption_of(const network *it, const method *by)
{
    if (by == &methods[OPEN])
        return L"none";
    return it->seen && (DWORD)it->cipher == CIPHER_TKIP ? L"TKIP" : L"AES";
}

/* The key and the network go together. */
static netdisc_status choose_security(const nd_wlan_place *place, const network *it,
                                      nd_wlan_security *security, nd_trouble *why)
{
    const char *key = spec_of(place)->passphrase;
    const method *by = method_of(it, key != NULL);

    if (!by)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                              "the network asks for more than a passphrase (802.1X), or for WEP: make a "
                              "profile for it");
    if (by->takes_key && !key)
        return nd_trouble_say(why, NETDISC_ERROR_INVALID_PASSWORD, "the network needs a key");
    if (!by->takes_key && key)
        return nd_trouble_say(why, NETDISC_ERROR_INVALID_PASSWORD,
                              "the network is open and takes no key");
    if (key && !nd_wlan_can_be_key(key))
        return cannot_be_key(why);
    *security = (nd_wlan_security){by->authentication, encryption_of(it, by)};
    return NETDISC_NO_ERROR;
}

/* What XML cannot say, or nobody can see. */
static bool is_unfit_for_name(WCHAR character)
{
    return character < L' ' || character == 0x7f || character >= 0xfffe;
}

/* That of the network, and from the second on with a number. False: no memory. */
static bool make_name(nd_wlan_profile *profile, const DOT11_SSID *ssid, unsigned number)
{
    WCHAR *text = nd_wlan_ssid_text(ssid);

    if (!text)
        return false;
    for (WCHAR *at = text; *at; at++)
        if (is_unfit_for_name(*at))
            *at = 0xfffd;
    if (number < 2)
        wcscpy(profile->name, text);
    else
        swprintf(profile->name, WLAN_MAX_NAME_LENGTH, L"%ls %u", text, number);
    free(text);
    return true;
}

/* For all users, as the system does it, or, where that is not allowed, for this one. */
static DWORD set_new(const nd_wlan_place *place, question *asked)
{
    DWORD code = ask(place, set, asked);

    if (code != ERROR_ACCESS_DENIED)
        return code;
    asked->flags = WLAN_PROFILE_USER;
    return ask(place, set, asked);
}

static DWORD try_name(const nd_wlan_place *place, const network *it, const nd_wlan_security *security,
                      const nd_wlan_profile *profile, question *asked)
{
    WCHAR *xml = nd_wlan_xml_new(profile->name, &it->ssid, security, spec_of(place)->passphrase);

    if (!xml)
        return ERROR_NOT_ENOUGH_MEMORY;
    *asked = (question){.xml = xml};

    DWORD code = set_new(place, asked);

    nd_wide_wipe(xml);
    return code;
}

static netdisc_status make_profile(const nd_wlan_place *place, const network *it,
                                   nd_wlan_profile *profile, nd_trouble *why)
{
    DWORD code = ERROR_ALREADY_EXISTS;
    nd_wlan_security security;
    question asked = {.name = NULL};
    netdisc_status status = choose_security(place, it, &security, why);

    if (status)
        return status;
    for (unsigned i = 1; i <= NAMES_MAX && code == ERROR_ALREADY_EXISTS; i++) {
        if (!make_name(profile, &it->ssid, i))
            return no_memory(why);
        code = try_name(place, it, &security, profile, &asked);
    }
    profile->made = !code;
    profile->flags = asked.flags;
    return code ? not_taken(place, &asked, code, why) : NETDISC_NO_ERROR;
}

/* ---- All of it ------------------------------------------------------------------------------ */

netdisc_status nd_wlan_profile_get(const nd_wlan_place *place, nd_wlan_profile *profile, nd_trouble *why)
{
    netdisc_status status;

    if (place->request->profile.form != ND_FORM_NONE) {
        status = get_named(place, profile, why);
    } else {
        network wanted = look_for_network(place);

        status = get_knowing(place, &wanted, profile, why);
        if (!status && !*profile->name)
            return make_profile(place, &wanted, profile, why);
    }
    if (!status && spec_of(place)->passphrase)
        status = replace_key(place, profile, why);
    return status;
}

static void could_not_undo(const nd_wlan_place *place, const nd_wlan_profile *profile, DWORD code)
{
    char *name = nd_narrow(profile->name);
    char text[1024];

    snprintf(text, sizeof text, "the profile \"%s\" could not be %s: error %lu", name ? name : "",
             profile->made ? "deleted again" : "given its old key back", (unsigned long)code);
    nd_host_log(place->wlan->host, NETDISC_LOG_WARNING, text);
    free(name);
}

void nd_wlan_profile_undo(const nd_wlan_place *place, nd_wlan_profile *profile)
{
    question asked = {
        .name = profile->name, .xml = profile->before, .flags = profile->flags, .overwrite = TRUE};
    DWORD code = ERROR_SUCCESS;

    if (profile->made)
        code = ask(place, erase, &asked);
    else if (profile->before)
        code = ask(place, set, &asked);
    if (code)
        could_not_undo(place, profile, code);
}

void nd_wlan_profile_clear(nd_wlan_profile *profile)
{
    nd_wide_wipe(profile->before);
    profile->before = NULL;
}
