/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "objects.h"

enum { UUID_BYTES = 16 };

/* The namespace of netdisc's devices, made once by chance; every GUID that was ever stored depends on
 * it. */
static const uint8_t device_namespace[UUID_BYTES] = {
    0x06, 0x43, 0x56, 0x06, 0xf5, 0xd9, 0x4f, 0xf4, 0xaa, 0x5d, 0x0f, 0x0c, 0x58, 0xc5, 0x50, 0xe6,
};

/* RFC 4122, 4.3: the namespace and the name, hashed; version and variant put in. */
static void hash_name(const char *name, uint8_t uuid[UUID_BYTES])
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA1);
    uint8_t digest[20];
    gsize length = sizeof digest;

    g_checksum_update(sum, device_namespace, UUID_BYTES);
    g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name));
    g_checksum_get_digest(sum, digest, &length);
    g_checksum_free(sum);
    memcpy(uuid, digest, UUID_BYTES);
    uuid[6] = (uint8_t)((uuid[6] & 0x0F) | 0x50);
    uuid[8] = (uint8_t)((uuid[8] & 0x3F) | 0x80);
}

char *nd_nm_uuid_of_address(const char *hardware_address)
{
    char *name = g_ascii_strdown(hardware_address, -1);
    GString *text = g_string_new(NULL);
    uint8_t uuid[UUID_BYTES];

    hash_name(name, uuid);
    for (size_t i = 0; i < UUID_BYTES; i++)
        g_string_append_printf(text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid[i]);
    g_free(name);
    return g_string_free(text, FALSE);
}
