/* SPDX-License-Identifier: MIT */
/* Mounts: seen in /proc/self/mountinfo, never by looking at the place itself, which may hang. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

extern char **environ;

/* Undoes the kernel's "\040", in place. */
static void unescape(char *text)
{
    char *end = text;

    for (; *text; text++) {
        unsigned byte;

        if (sscanf(text, "\\%3o", &byte) == 1) {
            *end++ = (char)byte;
            text += 3;
        } else {
            *end++ = *text;
        }
    }
    *end = '\0';
}

/* "ID PARENT DEVICE ROOT PLACE OPTIONS... - TYPE SOURCE OPTIONS" */
static bool is_at(char *line, const char *place, char device[ND_MOUNT_DEVICE], bool *ours)
{
    char *rest = line, *words[5] = {0};
    char *type = strstr(line, " - ");

    for (size_t i = 0; i < 5; i++)
        if (!(words[i] = strsep(&rest, " ")))
            return false;
    unescape(words[4]);
    if (!type || strcmp(words[4], place) != 0)
        return false;
    type += strlen(" - ");
    *ours = strncmp(type, ND_MOUNT_TYPE " ", sizeof ND_MOUNT_TYPE) == 0;
    snprintf(device, ND_MOUNT_DEVICE, "%s", words[2]);
    return true;
}

bool nd_mount_find(const char *place, char device[ND_MOUNT_DEVICE])
{
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t size = 0;
    bool ours = false;

    strcpy(device, mounts ? "" : "?");
    if (!mounts)
        return false;
    while (getline(&line, &size, mounts) > 0)
        is_at(line, place, device, &ours);
    free(line);
    fclose(mounts);
    return ours;
}

/* ---- Mounting ------------------------------------------------------------------------------- */

/* 0, ENOTEMPTY, or another errno. */
static int check_empty(const char *place)
{
    DIR *directory = opendir(place);
    const struct dirent *entry;
    int code = 0;

    if (!directory)
        return errno;
    while (!code && (entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            code = ENOTEMPTY;
    closedir(directory);
    return code;
}

bool nd_mount_check(const char *local, char **place, nd_failure *why)
{
    char *real = realpath(local, NULL), device[ND_MOUNT_DEVICE];
    int code = real ? check_empty(real) : errno;

    if (real && nd_mount_find(real, device)) {
        free(real);
        return nd_failure_say(why, NETDISC_ERROR_ALREADY_ASSIGNED, "a share is mounted on %s", local);
    }
    if (code == 0) {
        *place = real;
        return true;
    }
    free(real);
    return nd_failure_errno(why, 0, code, "%s cannot be mounted on", local);
}

/* ---- Unmounting ----------------------------------------------------------------------------- */

/* What an ordinary user has for it, as libfuse itself. */
static int ask_fusermount(const char *place, bool lazily)
{
    const char *const arguments[] = {
        "fusermount3",         "-u", "-q", lazily ? "-z" : "--", lazily ? "--" : place,
        lazily ? place : NULL, NULL};
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid;
    int status = 0;

    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

    int code = posix_spawnp(&pid, arguments[0], NULL, &attributes, (char *const *)arguments, environ);

    posix_spawnattr_destroy(&attributes);
    if (code)
        return code;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EBUSY;
}

int nd_unmount(const char *place, const char *device, bool lazily)
{
    char top[ND_MOUNT_DEVICE];

    nd_mount_find(place, top);
    if (top[0] == '?')
        return EMFILE;
    if (!top[0] && device[0])
        return 0;
    if (device[0] && strcmp(top, device) != 0)
        return EBUSY;
    if (umount2(place, UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0)) == 0)
        return 0;
    return errno == EPERM ? ask_fusermount(place, lazily) : errno;
}
