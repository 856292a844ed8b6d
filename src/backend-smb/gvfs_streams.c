/* SPDX-License-Identifier: MIT */
/*
 * What a program has open through GIO is a pair of sockets: one end its own, one with the process of
 * GVfs that does the reading. Both are unnamed, which none of that process' other sockets has: what it
 * says to the bus goes to a socket that has the bus' name, and what programs ask it comes in by a name
 * of its own.
 */
#include <dirent.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gvfs.h"

enum { PORTION = 32768 };

/* ---- The sockets that there are ------------------------------------------------------------- */

static guint64 *new_key(guint64 inode)
{
    guint64 *key = g_new(guint64, 1);

    *key = inode;
    return key;
}

/* Notes the other end of a socket without a name. */
static void note(GHashTable *unnamed, const struct nlmsghdr *header)
{
    const struct unix_diag_msg *told = NLMSG_DATA(header);
    size_t room = header->nlmsg_len - NLMSG_LENGTH(sizeof *told);
    const struct nlattr *part = (const void *)(told + 1);
    guint32 peer = 0;

    while (room >= sizeof *part && part->nla_len >= sizeof *part && part->nla_len <= room) {
        size_t step = MIN(room, (size_t)NLA_ALIGN(part->nla_len));

        if (part->nla_type == UNIX_DIAG_NAME)
            return;
        if (part->nla_type == UNIX_DIAG_PEER && part->nla_len >= sizeof *part + sizeof peer)
            memcpy(&peer, part + 1, sizeof peer);
        room -= step;
        part = (const void *)((const char *)part + step);
    }
    g_hash_table_insert(unnamed, new_key(told->udiag_ino), GUINT_TO_POINTER(peer));
}

/* 1: there is more; 0: that was the last; -1: an error. */
static int note_all(GHashTable *unnamed, const char *bytes, size_t size)
{
    const struct nlmsghdr *header = (const void *)bytes;

    while (size >= sizeof *header && header->nlmsg_len >= sizeof *header && header->nlmsg_len <= size) {
        size_t step = MIN(size, (size_t)NLMSG_ALIGN(header->nlmsg_len));

        if (header->nlmsg_type == NLMSG_DONE)
            return 0;
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            header->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
            return -1;
        note(unnamed, header);
        size -= step;
        header = (const void *)((const char *)header + step);
    }
    return 1;
}

static bool ask_for_sockets(int fd)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } asked = {
        .header =
            {
                .nlmsg_len = sizeof asked,
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
            },
        .request =
            {
                .sdiag_family = AF_UNIX,
                .udiag_states = ~0u,
                .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER,
            },
    };

    return send(fd, &asked, sizeof asked, 0) == (ssize_t)sizeof asked;
}

static bool read_sockets(int fd, GHashTable *unnamed)
{
    char *bytes = g_malloc(PORTION);
    int more = 1;

    while (more == 1) {
        ssize_t size = recv(fd, bytes, PORTION, 0);

        more = size > 0 ? note_all(unnamed, bytes, (size_t)size) : -1;
    }
    g_free(bytes);
    return more == 0;
}

/* Unnamed sockets, inode to inode of the other end (0: none). NULL: cannot be told. */
static GHashTable *unnamed_sockets(void)
{
    GHashTable *unnamed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd < 0 || !ask_for_sockets(fd) || !read_sockets(fd, unnamed))
        g_clear_pointer(&unnamed, g_hash_table_unref);
    if (fd >= 0)
        close(fd);
    return unnamed;
}

/* ---- Those of a process --------------------------------------------------------------------- */

static void add_stream(GHashTable *streams, GHashTable *unnamed, guint64 inode)
{
    guint64 other = GPOINTER_TO_UINT(g_hash_table_lookup(unnamed, &inode));

    if (other && g_hash_table_contains(unnamed, &other))
        g_hash_table_add(streams, new_key(other));
}

GHashTable *nd_gvfs_streams(pid_t backend)
{
    char path[64];
    DIR *descriptors;
    GHashTable *unnamed;
    GHashTable *streams;
    const struct dirent *entry;

    snprintf(path, sizeof path, "/proc/%ld/fd", (long)backend);
    descriptors = backend > 0 ? opendir(path) : NULL;
    if (!descriptors)
        return NULL;
    unnamed = unnamed_sockets();
    streams = unnamed ? g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL) : NULL;
    while (unnamed && (entry = readdir(descriptors))) {
        char text[64];
        unsigned long long inode;
        ssize_t length = readlinkat(dirfd(descriptors), entry->d_name, text, sizeof text - 1);

        text[length > 0 ? length : 0] = '\0';
        if (sscanf(text, "socket:[%llu]", &inode) == 1)
            add_stream(streams, unnamed, inode);
    }
    g_clear_pointer(&unnamed, g_hash_table_unref);
    closedir(descriptors);
    return streams;
}
