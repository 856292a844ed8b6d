/* SPDX-License-Identifier: MIT */
/*
 * Who has something open on a mount. All of GVfs' mounts are directories of one FUSE mount, so they are
 * told apart by where the links in /proc point, which asks neither GVfs nor the server. To the kernel
 * the program that serves FUSE is the one that has the streams of all files opened that way.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gvfs.h"

#define FUSE_PROGRAM "gvfsd-fuse"

/* FUSE tells its server that a file was closed a little after the program that closed it. */
enum { LOOKS = 10, LOOK_AGAIN_MS = 20, PATH_ROOM = 4096 };

typedef struct finding {
    pid_t pid; /* 0: not known */
    const char *what;
    char *path;
    bool behind_fuse; /* it is FUSE's server, for somebody else */
    bool is_file;
} finding;

typedef struct look {
    const char *path;    /* by FUSE; NULL: there is none */
    GHashTable *streams; /* those that nobody has been seen to have; NULL: cannot be told */
    GPtrArray *found;
    size_t unseen;
} look;

static void finding_free(void *data)
{
    finding *one = data;

    g_free(one->path);
    g_free(one);
}

/* What a process reports only once. */
static bool is_known(const look *self, pid_t pid, const char *what, const char *path)
{
    for (guint i = self->found->len; i > 0; i--) {
        const finding *one = self->found->pdata[i - 1];

        if (one->pid != pid)
            return false;
        if (one->what == what && g_strcmp0(one->path, path) == 0)
            return true;
    }
    return false;
}

static finding *add(look *self, pid_t pid, const char *what, const char *path)
{
    finding *one = g_new0(finding, 1);

    *one = (finding){.pid = pid, .what = what, .path = g_strdup(path), .is_file = true};
    g_ptr_array_add(self->found, one);
    return one;
}

static void program_of(pid_t pid, char program[32])
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    *program = '\0';
    if (pid && nd_proc_read(AT_FDCWD, path, program, 32))
        program[strcspn(program, "\n")] = '\0';
}

/* ---- One process ---------------------------------------------------------------------------- */

static bool is_below(const look *self, const char *path)
{
    return self->path && nd_is_below(path, self->path);
}

static bool read_link(int directory, const char *name, char text[PATH_ROOM])
{
    ssize_t length = readlinkat(directory, name, text, PATH_ROOM - 1);

    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

static void see_link(look *self, int process, pid_t pid, const char *name, const char *what,
                     bool is_file)
{
    char path[PATH_ROOM];

    if (read_link(process, name, path) && is_below(self, path))
        add(self, pid, what, path)->is_file = is_file;
}

static void see_stream(look *self, pid_t pid, const char *text)
{
    char program[32];
    unsigned long long number;
    guint64 inode;

    if (!self->streams || sscanf(text, "socket:[%llu]", &number) != 1)
        return;
    inode = number;
    if (!g_hash_table_remove(self->streams, &inode))
        return;
    program_of(pid, program);
    add(self, pid, "file", NULL)->behind_fuse = strcmp(program, FUSE_PROGRAM) == 0;
}

static bool is_directory(int process, const char *descriptor)
{
    char name[64];
    char text[256];
    unsigned flags = 0;
    const char *line;

    snprintf(name, sizeof name, "fdinfo/%s", descriptor);
    nd_proc_read(process, name, text, sizeof text);
    line = strstr(text, "flags:");
    return line && sscanf(line, "flags: %o", &flags) == 1 && flags & O_DIRECTORY;
}

static void see_descriptor(look *self, int process, pid_t pid, int descriptors, const char *name)
{
    char path[PATH_ROOM];

    if (!read_link(descriptors, name, path))
        return;
    if (!is_below(self, path)) {
        see_stream(self, pid, path);
        return;
    }

    const char *what = is_directory(process, name) ? "directory" : "file";

    if (!is_known(self, pid, what, path))
        add(self, pid, what, path);
}

static void see_mappings(look *self, int process, pid_t pid)
{
    int fd = self->path ? openat(process, "maps", O_RDONLY | O_CLOEXEC) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    char line[PATH_ROOM + 128];

    if (!file) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while (fgets(line, sizeof line, file)) {
        char *path = strchr(line, '/');

        line[strcspn(line, "\n")] = '\0';
        if (path && is_below(self, path) && !is_known(self, pid, "mapping", path))
            add(self, pid, "mapping", path);
    }
    fclose(file);
}

/* Other users' processes cannot use a mount of this user's; of his own, those that the kernel keeps shut
 * could. */
static bool may_use_it(int process)
{
    char text[1024];
    unsigned user = 0;
    const char *line;

    nd_proc_read(process, "status", text, sizeof text);
    line = strstr(text, "\nUid:");
    return line && sscanf(line, " Uid: %u", &user) == 1 && user == geteuid();
}

static void see_process(look *self, int process, pid_t pid)
{
    int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *descriptors = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;

    if (!descriptors) {
        self->unseen += (errno == EACCES || errno == EPERM) && may_use_it(process);
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(descriptors)))
        see_descriptor(self, process, pid, dirfd(descriptors), entry->d_name);
    closedir(descriptors);
    see_link(self, process, pid, "exe", "program", true);
    see_link(self, process, pid, "cwd", "working directory", false);
    see_link(self, process, pid, "root", "root directory", false);
}

/* ---- All of them ---------------------------------------------------------------------------- */

typedef void see_fn(look *self, int process, pid_t pid);

static void see_all(look *self, see_fn *see)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;

    while (all && (entry = readdir(all))) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        int process = pid > 0 && !*end
                          ? openat(dirfd(all), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                          : -1;

        if (process < 0)
            continue;
        see(self, process, (pid_t)pid);
        close(process);
    }
    if (all)
        closedir(all);
    else
        self->unseen++;
}

/* What is mapped has a stream, too, so that there is mostly no need for the dearest look of all. */
static bool may_be_mapped(const look *self)
{
    for (guint i = 0; i < self->found->len; i++)
        if (((const finding *)self->found->pdata[i])->behind_fuse)
            return true;
    return !self->streams;
}

/* The streams that nobody was seen to have are there all the same. */
static void add_unowned(look *self)
{
    guint count = self->streams ? g_hash_table_size(self->streams) : 0;

    while (count-- > 0)
        add(self, 0, "file", NULL);
}

static void look_clear(look *self)
{
    g_clear_pointer(&self->streams, g_hash_table_unref);
    g_clear_pointer(&self->found, g_ptr_array_unref);
}

static void look_once(look *self, const nd_gvfs_mount *mount, pid_t backend)
{
    *self = (look){
        .path = mount->path,
        .streams = nd_gvfs_streams(backend),
        .found = g_ptr_array_new_with_free_func(finding_free),
    };
    self->unseen = !self->streams;
    see_all(self, see_process);
    if (may_be_mapped(self))
        see_all(self, see_mappings);
    add_unowned(self);
}

/* Nobody but FUSE's server, and streams whose owners were not seen: they may be about to end. */
static bool is_fleeting(const look *self)
{
    for (guint i = 0; i < self->found->len; i++) {
        const finding *one = self->found->pdata[i];

        if (one->pid && !one->behind_fuse)
            return false;
    }
    return self->found->len > 0;
}

/* FUSE's server counts where those behind it were not seen. */
static bool counts(const look *self, const finding *one)
{
    if (!one->behind_fuse)
        return true;
    for (guint i = 0; i < self->found->len; i++) {
        const finding *other = self->found->pdata[i];

        if (other->is_file && other->path)
            return false;
    }
    return true;
}

static void answer(nd_call *call, const finding *one)
{
    char program[32];

    program_of(one->pid, program);
    nd_add(call, &(nd_item){
                     .sort = ND_SORT_HOLDER,
                     .as.holder =
                         {
                             .pid = (uint64_t)one->pid,
                             .program = *program ? program : NULL,
                             .what = one->what,
                             .path = one->path,
                         },
                 });
}

void nd_gvfs_holder_said(nd_gvfs_talk *talk, pid_t pid)
{
    answer(talk->call, &(finding){.pid = pid, .what = "file"});
}

void nd_gvfs_holders(nd_gvfs_talk *talk, const nd_gvfs_mount *mount, nd_holders *seen)
{
    pid_t backend = nd_gvfs_pid_of(talk, mount->sender);
    look self;

    look_once(&self, mount, backend);
    for (int looks = 1; looks < LOOKS && is_fleeting(&self); looks++) {
        if (!nd_gvfs_pause(talk, LOOK_AGAIN_MS))
            break;
        look_clear(&self);
        look_once(&self, mount, backend);
    }
    for (guint i = 0; i < self.found->len; i++) {
        const finding *one = self.found->pdata[i];

        if (!counts(&self, one))
            continue;
        answer(talk->call, one);
        seen->files += one->is_file;
        seen->others += !one->is_file;
    }
    seen->unseen += self.unseen;
    look_clear(&self);
}

void nd_gvfs_holders_tell(nd_gvfs_talk *talk, const nd_holders *seen)
{
    nd_trouble why = {0};

    if (!seen->unseen)
        return;
    nd_trouble_say(&why, NETDISC_ERROR_ACCESS_DENIED,
                   "not all processes could be looked into, nor all that GVfs serves");
    nd_trouble_lacks(talk->call, NETDISC_ERROR_ACCESS_DENIED, &why);
}
