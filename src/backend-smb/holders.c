/* SPDX-License-Identifier: MIT */
/*
 * Links and maps of /proc tell paths as this process sees them, so what stands on the mount begins with
 * its point; that is looked at first, being cheap. Then it is made sure: of a descriptor by its
 * "mnt_id", of a link by the namespace of its process and the mounts below, of a mapping by its device.
 */
#include "holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SMALL = 64, TEXT_ROOM = 64 * 1024, KERNEL_THREAD = 0x00200000 /* PF_KTHREAD */ };

/* One search for the holders of one mount. */
typedef struct search {
    nd_call *call;
    const nd_mounts *all;
    const nd_mount *mount;
    char namespace[SMALL];
    char device[SMALL]; /* as maps write it, with a space on both sides */
    char *text;         /* TEXT_ROOM bytes */
    nd_holders *seen;
} search;

typedef struct process {
    pid_t pid;
    int fd; /* of its directory in /proc */
    bool unreadable;
    char program[SMALL];
    char exe[PATH_MAX];
} process;

/* ---- Reading -------------------------------------------------------------------------------- */

bool nd_proc_read(int directory, const char *name, char *out, size_t size)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, out, size - 1);

    if (fd >= 0)
        close(fd);
    out[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* What is not there, as the program of a kernel thread, or has ended meanwhile, need not be seen. */
static void note_failure(process *it)
{
    it->unreadable = it->unreadable || (errno != ENOENT && errno != ESRCH);
}

static bool read_link(process *it, int directory, const char *name, char *out, size_t size)
{
    ssize_t length = readlinkat(directory, name, out, size - 1);

    if (length < 0)
        note_failure(it);
    out[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* ---- What stands on the mount --------------------------------------------------------------- */

/* Not only below its point, but on no mount that is below, or on top, of this one. */
static bool is_on_mount(const search *it, const char *path)
{
    if (!nd_is_below(path, it->mount->point))
        return false;
    for (size_t i = 0; i < nd_mounts_count(it->all); i++) {
        const nd_mount *other = nd_mounts_get(it->all, i);

        if (other->parent == it->mount->id && nd_is_below(path, other->point))
            return false;
    }
    return true;
}

static void tell(search *it, size_t *count, const process *who, const char *what, const char *path)
{
    (*count)++;
    if (!it->call)
        return;

    /* Names of files and programs may be anything. */
    char *valid_program = who && *who->program ? g_utf8_make_valid(who->program, -1) : NULL;
    char *valid_path = path ? g_utf8_make_valid(path, -1) : NULL;

    nd_add(it->call, &(nd_item){
                         .sort = ND_SORT_HOLDER,
                         .key = "",
                         .as.holder =
                             {
                                 .pid = who ? (uint64_t)who->pid : 0,
                                 .program = valid_program,
                                 .what = what,
                                 .path = valid_path,
                             },
                     });
    g_free(valid_program);
    g_free(valid_path);
}

/* ---- Open files and directories ------------------------------------------------------------- */

/* A number of a line of fdinfo; -1: it is not there. */
static long number_of(const char *text, const char *field, int base)
{
    const char *at = strstr(text, field);

    return at ? strtol(at + strlen(field), NULL, base) : -1;
}

static DIR *open_directory(process *who, const char *name)
{
    int fd = openat(who->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);

    if (fd < 0)
        note_failure(who);
    if (fd >= 0 && !directory)
        close(fd);
    return directory;
}

/* What a descriptor is, NULL: it is not on the mount. A directory is known by how it was opened, for it
 * may not be looked at. */
static const char *kind_of_file(const search *it, const process *who, const char *number,
                                const char *path)
{
    char name[SMALL];
    char text[512];

    snprintf(name, sizeof name, "fdinfo/%.32s", number);
    if (!nd_proc_read(who->fd, name, text, sizeof text) ||
        number_of(text, "mnt_id:", 10) != it->mount->id)
        return NULL;

    long flags = number_of(text, "flags:", 8);

    return strcmp(path, it->mount->point) == 0 || (flags >= 0 && (flags & O_DIRECTORY)) ? "directory"
                                                                                        : "file";
}

static void look_at_files(search *it, process *who)
{
    DIR *directory = open_directory(who, "fd");
    const char *told[] = {NULL, NULL};
    char path[PATH_MAX];

    if (!directory)
        return;
    for (const struct dirent *one; (!told[0] || !told[1]) && (one = readdir(directory));) {
        if (one->d_name[0] == '.' || !read_link(who, dirfd(directory), one->d_name, path, sizeof path) ||
            !nd_is_below(path, it->mount->point))
            continue;

        const char *what = kind_of_file(it, who, one->d_name, path);

        if (!what || what == told[0])
            continue;
        told[told[0] != NULL] = what;
        tell(it, &it->seen->files, who, what, path);
    }
    closedir(directory);
}

/* ---- Links and mappings --------------------------------------------------------------------- */

static void look_at_link(search *it, process *who, const char *name, size_t *count, const char *what)
{
    char path[PATH_MAX];

    if (read_link(who, who->fd, name, path, sizeof path) && is_on_mount(it, path))
        tell(it, count, who, what, path);
}

/* The path of a mapping from the mount, in the middle of whose line `at` is; NULL: it is of another
 * mount of the same device, or the program itself, which has been told. */
static const char *mapped_path(const search *it, const process *who, char *at)
{
    char *path = strchr(at, '/');
    char *end = strchr(at, '\n');

    if (!path || !end || path > end)
        return NULL;
    *end = '\0';

    bool counts = is_on_mount(it, path) && strcmp(path, who->exe) != 0;

    *end = counts ? '\0' : '\n';
    return counts ? path : NULL;
}

/* In as many steps as the text is long; a line that is cut in two is kept for the next. */
static void look_at_maps(search *it, process *who)
{
    int fd = openat(who->fd, "maps", O_RDONLY | O_CLOEXEC);
    size_t kept = 0;
    const char *path = NULL;

    if (fd < 0)
        note_failure(who);
    while (fd >= 0 && !path) {
        ssize_t length = read(fd, it->text + kept, TEXT_ROOM - kept - 1);

        if (length <= 0)
            break;

        size_t size = kept + (size_t)length;

        it->text[size] = '\0';
        for (char *at = it->text; !path && (at = strstr(at, it->device)); at++)
            path = mapped_path(it, who, at);

        const char *last = memrchr(it->text, '\n', size);

        kept = last ? size - (size_t)(last + 1 - it->text) : 0;
        if (!path && kept)
            memmove(it->text, last + 1, kept);
    }
    if (fd >= 0)
        close(fd);
    if (path)
        tell(it, &it->seen->files, who, "mapping", path);
}

/* ---- Processes ------------------------------------------------------------------------------ */

/* Those that have ended, or are the kernel's, hold nothing that could be seen. */
static bool is_nobody(const process *who)
{
    char text[512];
    const char *rest = nd_proc_read(who->fd, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;
    char state = '\0';
    unsigned flags = 0;

    return !rest || sscanf(rest, ") %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2 || state == 'Z' ||
           state == 'X' || (flags & KERNEL_THREAD);
}

/* Otherwise what its links and mappings tell are other mounts, of the same names; but a file that was
 * opened before it left for a namespace of its own is still of ours. */
static bool shares_mounts(const search *it, process *who)
{
    char namespace[SMALL];

    return read_link(who, who->fd, "ns/mnt", namespace, sizeof namespace) &&
           strcmp(namespace, it->namespace) == 0;
}

static void read_program(process *who)
{
    if (nd_proc_read(who->fd, "comm", who->program, sizeof who->program))
        who->program[strcspn(who->program, "\n")] = '\0';
}

static void look_at_process(search *it, process *who)
{
    *who->exe = '\0';
    who->unreadable = false;
    read_program(who);
    look_at_files(it, who);
    if (shares_mounts(it, who)) {
        look_at_link(it, who, "cwd", &it->seen->others, "working directory");
        look_at_link(it, who, "root", &it->seen->others, "root directory");
        if (read_link(who, who->fd, "exe", who->exe, sizeof who->exe) && is_on_mount(it, who->exe))
            tell(it, &it->seen->files, who, "program", who->exe);
        look_at_maps(it, who);
    }
    if (who->unreadable && !is_nobody(who))
        it->seen->unseen++;
}

static netdisc_status look_at_processes(search *it, pid_t except, nd_trouble *why)
{
    DIR *all = opendir("/proc");
    process who;

    if (!all)
        return nd_trouble_errno(why, 0, errno, "the processes (/proc) cannot be listed");
    for (const struct dirent *one; (one = readdir(all)) && !(it->call && nd_abandoned(it->call));) {
        who.pid = (pid_t)strtol(one->d_name, NULL, 10);
        if (who.pid <= 0 || who.pid == except)
            continue;
        who.fd = openat(dirfd(all), one->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (who.fd < 0) {
            it->seen->unseen += errno != ENOENT;
            continue;
        }
        look_at_process(it, &who);
        close(who.fd);
    }
    closedir(all);
    return NETDISC_NO_ERROR;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static void look_at_mounts(search *it)
{
    for (size_t i = 0; i < nd_mounts_count(it->all); i++) {
        const nd_mount *other = nd_mounts_get(it->all, i);

        if (other->parent == it->mount->id && other != it->mount)
            tell(it, &it->seen->others, NULL, "mount", other->point);
    }
}

/* An option of /proc keeps other users' processes from being listed. */
static bool hides_processes(const nd_mounts *all)
{
    const nd_mount *proc = nd_mounts_at(all, "/proc");

    return geteuid() != 0 && proc && strstr(proc->options, "hidepid=");
}

netdisc_status nd_holders_find(nd_call *call, const nd_mounts *all, const nd_mount *mount, pid_t except,
                               nd_holders *seen, nd_trouble *why)
{
    search it = {
        .call = call,
        .all = all,
        .mount = mount,
        .text = malloc(TEXT_ROOM),
        .seen = seen,
    };
    ssize_t length = readlink("/proc/thread-self/ns/mnt", it.namespace, sizeof it.namespace - 1);

    if (!it.text)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "not enough memory to find holders");
    it.namespace[length > 0 ? length : 0] = '\0';
    snprintf(it.device, sizeof it.device, " %02x:%02x ", mount->major, mount->minor);
    seen->hidden = seen->hidden || hides_processes(all);
    look_at_mounts(&it);

    netdisc_status status = look_at_processes(&it, except, why);

    free(it.text);
    return status;
}

void nd_holders_add_mount(nd_call *call, const nd_mount *mount)
{
    nd_add(call, &(nd_item){
                     .sort = ND_SORT_HOLDER,
                     .key = "",
                     .as.holder = {.what = "mount", .path = mount->point},
                 });
}

void nd_holders_tell_unseen(nd_call *call, const nd_holders *seen)
{
    nd_trouble why;

    if (seen->hidden)
        nd_trouble_say(
            &why, NETDISC_ERROR_ACCESS_DENIED,
            "processes of other users are hidden (/proc is mounted with hidepid), and may use "
            "it, too");
    else if (seen->unseen)
        nd_trouble_say(
            &why, NETDISC_ERROR_ACCESS_DENIED,
            "%zu process%s, of other users or with more rights, cannot be looked into, and may use "
            "it, too",
            seen->unseen, seen->unseen == 1 ? "" : "es");
    else
        return;
    nd_trouble_lacks(call, NETDISC_ERROR_ACCESS_DENIED, &why);
}

netdisc_status nd_holders_status(const nd_holders *seen, netdisc_status otherwise)
{
    if (seen->files)
        return NETDISC_ERROR_OPEN_FILES;
    return seen->others ? NETDISC_ERROR_DEVICE_IN_USE : otherwise;
}
