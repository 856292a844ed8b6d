/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdlib.h>

#include "wlan.h"

/* Of the handles there are, some remain for what is not WLAN. */
enum { CLIENTS_MAX = 1024, OLDEST_VERSION = 1, NEWEST_VERSION = 2 };

static atomic_uint clients;

PVOID WINAPI WlanAllocateMemory(DWORD dwMemorySize)
{
    void *memory = dwMemorySize > 0 ? calloc(1, dwMemorySize) : NULL;

    if (!memory)
        nw_ends(dwMemorySize > 0 ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER);
    return memory;
}

VOID WINAPI WlanFreeMemory(PVOID pMemory)
{
    free(pMemory);
}

/* ---- Handles --------------------------------------------------------------------------------- */

static void destroy(void *object)
{
    nw_wlan_client *client = object;

    nw_wlan_end_watch(client);
    nw_wlan_memory_free(client->memory);
    pthread_cond_destroy(&client->changed);
    pthread_mutex_destroy(&client->lock);
    free(client);
    atomic_fetch_sub(&clients, 1);
}

const nw_kind nw_wlan_kind = {.destroy = destroy};

static DWORD open_client(HANDLE *handle)
{
    nw_wlan_client *client = calloc(1, sizeof *client);

    if (!client)
        return ERROR_NOT_ENOUGH_MEMORY;
    client->memory = nw_wlan_memory_new();
    if (!client->memory)
        goto no_memory;
    if (!nw_condition_init(&client->changed))
        goto no_condition;
    pthread_mutex_init(&client->lock, NULL);
    if (!nw_handle_open(&client->object, &nw_wlan_kind, &client->handle))
        goto no_handle;
    *handle = client->handle;
    return NO_ERROR;

no_handle:
    pthread_mutex_destroy(&client->lock);
    pthread_cond_destroy(&client->changed);
no_condition:
    nw_wlan_memory_free(client->memory);
no_memory:
    free(client);
    return ERROR_NOT_ENOUGH_MEMORY;
}

DWORD WINAPI WlanOpenHandle(DWORD dwClientVersion, PVOID pReserved, PDWORD pdwNegotiatedVersion,
                            PHANDLE phClientHandle)
{
    DWORD major = WLAN_API_VERSION_MAJOR(dwClientVersion), status;

    if (pReserved || !pdwNegotiatedVersion || !phClientHandle)
        return nw_ends(ERROR_INVALID_PARAMETER);
    if (major < OLDEST_VERSION || major > NEWEST_VERSION)
        return nw_ends(ERROR_NOT_SUPPORTED);
    if (atomic_fetch_add(&clients, 1) >= CLIENTS_MAX)
        status = ERROR_REMOTE_SESSION_LIMIT_EXCEEDED;
    else
        status = open_client(phClientHandle);
    if (status)
        atomic_fetch_sub(&clients, 1);
    else
        *pdwNegotiatedVersion = WLAN_API_MAKE_VERSION(major, 0);
    return nw_ends(status);
}

DWORD WINAPI WlanCloseHandle(HANDLE hClientHandle, PVOID pReserved)
{
    nw_wlan_client *client;

    if (!hClientHandle || pReserved)
        return nw_ends(ERROR_INVALID_PARAMETER);
    client = nw_handle_close(hClientHandle, &nw_wlan_kind);
    if (!client)
        return nw_ends(ERROR_INVALID_HANDLE);
    nw_wlan_silence(client);
    nw_object_release(client);
    return NO_ERROR;
}

netdisc *nw_wlan_enter(HANDLE handle, DWORD *status)
{
    nw_wlan_client *client = nw_handle_use(handle, &nw_wlan_kind);

    *status = ERROR_INVALID_HANDLE;
    if (!client)
        return NULL;
    nw_object_release(client);
    return nw_enter(status);
}
