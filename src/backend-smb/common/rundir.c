/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "rundir.h"

#define NEW_PREFIX ".new-"

static const char lock_file[] = "lock";
static const char new_lock_file[] = "lock.new";
static const char info_file[] = "info";
static const char new_info_file[] = "info.new";
static const char socket_file[] = "socket";
static const char files_directory[] = "files";

enum {
    OTHERS_WRITE = S_IWGRP | S_IWOTH,
    OTHERS_REACH = S_IRWXG | S_IRWXO,
    OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
    OPEN_FILE = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, /* that of a FIFO must not wait */
    BACKLOG = 16,
    ATTEMPTS = 16,
    /* Longer than from a mapping's directory to its lock. */
    ABANDONED_SECONDS = 60
};

static void close_if_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void say_why(const char **why, const char *reason)
{
    if (why)
        *why = reason;
}

/* ---- The directory of them all -------------------------------------------------------------- */

/* The directory may not be reached by others in the ways of `forbidden`. */
static int check_directory(int fd, mode_t forbidden)
{
    struct stat it;

    if (fstat(fd, &it) < 0)
        return errno;
    return it.st_uid == geteuid() && !(it.st_mode & forbidden) ? 0 : EPERM;
}

static int say_why_not(int error, const char **why, const char *untrusted, const char *no_directory)
{
    if (error == EPERM)
        say_why(why, untrusted);
    if (error == ENOTDIR || error == ELOOP)
        say_why(why, no_directory);
    return error;
}

/* The absolute path of `text` without slashes at its end, after which a symbolic link would be
 * followed. */
static char *without_slashes(const char *text)
{
    char *path = strdup(text);

    for (size_t length = path ? strlen(path) : 0; length > 1 && path[length - 1] == '/'; length--)
        path[length - 1] = '\0';
    return path;
}

static int open_runtime(const char *path, int *out, const char **why)
{
    *out = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    int error = *out < 0 ? errno : check_directory(*out, OTHERS_WRITE);

    if (error)
        close_if_open(out);
    return say_why_not(error, why, "XDG_RUNTIME_DIR belongs to another user, or others may write to it",
                       "XDG_RUNTIME_DIR is not a directory");
}

/* The directory that ours is in, and the path of ours. */
static int open_parent(int *parent, char **path, const char **why)
{
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR");

    if (!runtime || !*runtime) {
        if (asprintf(path, "/tmp/netdisc-%u", (unsigned)geteuid()) < 0) {
            *path = NULL;
            return ENOMEM;
        }
        *parent = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return *parent < 0 ? errno : 0;
    }
    if (*runtime != '/') {
        say_why(why, "XDG_RUNTIME_DIR is not an absolute path");
        return EINVAL;
    }

    char *directory = without_slashes(runtime);

    if (!directory)
        return ENOMEM;
    if (asprintf(path, "%s/netdisc", directory) < 0)
        *path = NULL;

    int error = *path ? open_runtime(directory, parent, why) : ENOMEM;

    free(directory);
    return error;
}

static int open_ours(int parent, const char *name, bool create, int *out, const char **why)
{
    if (create && mkdirat(parent, name, S_IRWXU) < 0 && errno != EEXIST)
        return errno;
    *out = openat(parent, name, OPEN_DIRECTORY);

    int error = *out < 0 ? errno : check_directory(*out, OTHERS_REACH);

    if (error)
        close_if_open(out);
    return say_why_not(error, why,
                       "the directory of the mappings belongs to another user, or others may reach it",
                       "what should be the directory of the mappings is not a directory");
}

/* As the kernel names it, and lists what is mounted there: without links, or slashes too many. */
static int find_real_path(nd_rundir *dir)
{
    char link[64];
    char real[PATH_MAX];

    snprintf(link, sizeof link, "/proc/self/fd/%d", dir->fd);

    ssize_t length = readlink(link, real, sizeof real - 1);

    if (length < 0)
        return errno;
    real[length] = '\0';

    char *path = strdup(real);

    if (!path)
        return ENOMEM;
    free(dir->path);
    dir->path = path;
    return 0;
}

int nd_rundir_open(nd_rundir *out, bool create, const char **why)
{
    int parent = -1;

    *out = (nd_rundir){-1, NULL};
    say_why(why, NULL);

    int error = open_parent(&parent, &out->path, why);

    if (!error)
        error = open_ours(parent, strrchr(out->path, '/') + 1, create, &out->fd, why);
    if (!error)
        error = find_real_path(out);
    close_if_open(&parent);
    if (error)
        nd_rundir_close(out);
    return error;
}

void nd_rundir_close(nd_rundir *dir)
{
    close_if_open(&dir->fd);
    free(dir->path);
    dir->path = NULL;
}

/* ---- Names ---------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *text, bool folded)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (folded && byte >= 'A' && byte <= 'Z')
            byte = (unsigned char)(byte - 'A' + 'a');
        hash = (hash ^ byte) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static bool is_letter(char character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
}

void nd_mapping_name(char name[ND_MAPPING_NAME], const char *local, const char *remote)
{
    if (!local)
        snprintf(name, ND_MAPPING_NAME, "share-%016" PRIx64, hash_of(remote, true));
    else if (is_letter(local[0]) && strcmp(local + 1, ":") == 0)
        snprintf(name, ND_MAPPING_NAME, "%c", local[0]);
    else
        snprintf(name, ND_MAPPING_NAME, "mount-%016" PRIx64, hash_of(local, false));
}

static bool is_mapping_name(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++)
        if (!is_letter(name[i]) && !(name[i] >= '0' && name[i] <= '9') && name[i] != '-')
            return false;
    return length > 0 && length < ND_MAPPING_NAME;
}

static bool is_new_name(const char *name)
{
    return strncmp(name, NEW_PREFIX, strlen(NEW_PREFIX)) == 0 && strlen(name) < ND_MAPPING_NAME;
}

typedef bool (*see_fn)(void *data, const char *name);

/* By a descriptor of its own, for the place in a directory goes with the descriptor. */
static int each_entry(const nd_rundir *dir, bool (*wanted)(const char *name), see_fn see, void *data)
{
    int fd = openat(dir->fd, ".", OPEN_DIRECTORY);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);

    if (!entries) {
        int error = errno;

        close_if_open(&fd);
        return error;
    }

    const struct dirent *entry;

    errno = 0;
    while ((entry = readdir(entries))) {
        bool is_directory = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;

        if (is_directory && wanted(entry->d_name) && !see(data, entry->d_name))
            break;
        errno = 0;
    }

    int error = entry ? 0 : errno;

    closedir(entries);
    return error;
}

int nd_mapping_each(const nd_rundir *dir, bool (*see)(void *data, const char *name), void *data)
{
    return each_entry(dir, is_mapping_name, see, data);
}

char *nd_mapping_path(const nd_rundir *dir, const char *name, const char *file)
{
    char *path;

    if (asprintf(&path, "%s/%s%s%s", dir->path, name, file ? "/" : "", file ? file : "") < 0)
        return NULL;
    return path;
}

/* ---- Looking at a mapping ------------------------------------------------------------------- */

static int open_directory(const nd_rundir *dir, const char *name, int *out)
{
    *out = openat(dir->fd, name, OPEN_DIRECTORY);
    if (*out < 0)
        return errno;

    int error = check_directory(*out, OTHERS_REACH);

    if (error)
        close_if_open(out);
    return error;
}

static int open_mapping(const nd_rundir *dir, const char *name, int *out)
{
    *out = -1;
    return is_mapping_name(name) ? open_directory(dir, name, out) : EINVAL;
}

/* Who holds a mapping has locked all of the file, who removes one all but the first byte; so each keeps
 * the other out, and can be told from the other. */
enum { HOLDING = 0, REMOVING = 1 };

static struct flock lock_from(off_t start)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start};
}

/* Without a lock file it was being removed. EREMOTE: its process has no number in this namespace. */
static int find_worker(int mapping, pid_t *worker)
{
    struct flock lock = lock_from(HOLDING);
    int fd = openat(mapping, lock_file, O_RDONLY | OPEN_FILE);
    int error = 0;

    *worker = 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : errno;
    if (fcntl(fd, F_GETLK, &lock) < 0)
        error = errno;
    else if (lock.l_type != F_UNLCK && lock.l_start == REMOVING)
        error = ENOENT;
    else if (lock.l_type != F_UNLCK && lock.l_pid <= 0)
        error = EREMOTE;
    else if (lock.l_type != F_UNLCK)
        *worker = lock.l_pid;
    close(fd);
    return error;
}

pid_t nd_mapping_worker(const nd_rundir *dir, const char *name)
{
    pid_t worker = 0;
    int mapping;
    int error = open_mapping(dir, name, &mapping);

    if (!error)
        error = find_worker(mapping, &worker);
    close_if_open(&mapping);
    if (error)
        errno = error;
    return error ? -1 : worker;
}

/* The size of what there is to read, 0: not what can be a message. */
static size_t message_size(int fd)
{
    struct stat it;

    if (fstat(fd, &it) < 0 || !S_ISREG(it.st_mode) || it.st_size <= 0 || it.st_size > ND_MESSAGE_MAX)
        return 0;
    return (size_t)it.st_size;
}

static int read_all(int fd, unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t got = read(fd, bytes, size);

        if (got == 0)
            return EPROTO;
        if (got < 0 && errno != EINTR)
            return errno;
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        }
    }
    return 0;
}

static int read_message(int fd, nd_message *out)
{
    size_t size = message_size(fd);

    if (size == 0)
        return EPROTO;

    unsigned char *bytes = malloc(size);

    if (!bytes)
        return ENOMEM;

    int error = read_all(fd, bytes, size);

    if (!error)
        error = nd_message_decode(bytes, size, out);
    nd_smb_wipe(bytes, size);
    free(bytes);
    return error;
}

int nd_mapping_read(const nd_rundir *dir, const char *name, nd_message *info)
{
    int mapping;
    int error = open_mapping(dir, name, &mapping);

    nd_message_init(info, ND_MESSAGE_NONE);
    if (error)
        return error;

    int fd = openat(mapping, info_file, O_RDONLY | OPEN_FILE);

    error = fd < 0 ? errno : read_message(fd, info);
    if (!error && info->type != ND_MESSAGE_INFO)
        error = EPROTO;
    if (error)
        nd_message_clear(info);
    close_if_open(&fd);
    close(mapping);
    return error;
}

/* ---- Calling a mapping ---------------------------------------------------------------------- */

/* An open descriptor, or what is in it, as an address: however long its path is. */
static struct sockaddr_un address_of(int fd, const char *file)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d%s%s", fd, file ? "/" : "",
             file ? file : "");
    return address;
}

static int new_socket(int *out)
{
    *out = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return *out < 0 ? errno : 0;
}

int nd_mapping_check_peer(int fd, bool or_root)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return errno;
    return peer.uid == geteuid() || (or_root && peer.uid == 0) ? 0 : EPERM;
}

static int connect_to(int place, int *out)
{
    struct sockaddr_un address = address_of(place, NULL);
    int error = new_socket(out);

    if (!error && connect(*out, (const struct sockaddr *)&address, sizeof address) < 0)
        error = errno == ENOENT ? ENOSYS : errno; /* there is no /proc */
    if (!error)
        error = nd_mapping_check_peer(*out, false);
    if (error)
        close_if_open(out);
    return error;
}

/* Nobody listens: the worker is dead, or does not listen yet or any more. */
static int why_deaf(int mapping)
{
    pid_t worker;
    int error = find_worker(mapping, &worker);

    if (error && error != EREMOTE)
        return error;
    return error || worker ? EAGAIN : ECONNREFUSED;
}

int nd_mapping_call(const nd_rundir *dir, const char *name, int *out)
{
    int mapping;
    int error = open_mapping(dir, name, &mapping);

    *out = -1;
    if (error)
        return error;

    int place = openat(mapping, socket_file, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (place >= 0)
        error = connect_to(place, out);
    else
        error = errno == ENOENT ? ECONNREFUSED : errno;
    if (error == ECONNREFUSED)
        error = why_deaf(mapping);
    close_if_open(&place);
    close(mapping);
    return error;
}

/* ---- A claim -------------------------------------------------------------------------------- */

static void close_claim(nd_claim *claim)
{
    close_if_open(&claim->fd);
    close_if_open(&claim->lock);
    nd_rundir_close(&claim->dir);
}

static int start_claim(nd_claim *out, const char *name, bool create, const char **why)
{
    *out = (nd_claim){.dir = {-1, NULL}, .fd = -1, .lock = -1};
    say_why(why, NULL);
    if (!is_mapping_name(name))
        return EINVAL;
    snprintf(out->name, sizeof out->name, "%s", name);
    return nd_rundir_open(&out->dir, create, why);
}

/* EBUSY: another process has it. */
static int take_lock(int fd, off_t start)
{
    struct flock lock = lock_from(start);

    if (fcntl(fd, F_SETLK, &lock) == 0)
        return 0;
    return errno == EACCES || errno == EAGAIN ? EBUSY : errno;
}

/* ENOENT: the name is of nothing any more, or of something else. */
static int check_name(int directory, const char *name, int fd)
{
    struct stat named;
    struct stat open;

    if (fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) < 0 || fstat(fd, &open) < 0)
        return errno;
    return named.st_dev == open.st_dev && named.st_ino == open.st_ino ? 0 : ENOENT;
}

static int gone_is_fine(int result)
{
    return result == 0 || errno == ENOENT ? 0 : errno;
}

/* The lock goes last: what has none is what was being removed. "files" goes first, for something may be
 * mounted there. */
static int empty_mapping(int mapping)
{
    static const char *const files[] = {info_file, new_info_file, socket_file, new_lock_file, lock_file};
    int error = gone_is_fine(unlinkat(mapping, files_directory, AT_REMOVEDIR));

    for (size_t i = 0; !error && i < sizeof files / sizeof *files; i++)
        error = gone_is_fine(unlinkat(mapping, files[i], 0));
    return error;
}

/* A mapping that lives is never empty, so if another has come to the name meanwhile, nothing happens to
 * it. */
static int remove_mapping(const nd_rundir *dir, const char *name, int mapping)
{
    int error = empty_mapping(mapping);

    if (!error)
        error = check_name(dir->fd, name, mapping);
    if (!error && unlinkat(dir->fd, name, AT_REMOVEDIR) < 0)
        error = errno;
    return error && check_name(dir->fd, name, mapping) == ENOENT ? 0 : error;
}

/* From now on it is one who removes it that has the lock. */
static void cease_to_hold(const nd_claim *claim)
{
    struct flock first = {
        .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = HOLDING, .l_len = REMOVING};

    fcntl(claim->lock, F_SETLK, &first);
}

int nd_mapping_remove(nd_claim *claim)
{
    cease_to_hold(claim);

    int error = remove_mapping(&claim->dir, claim->name, claim->fd);

    close_claim(claim);
    return error;
}

/* ---- Making one ----------------------------------------------------------------------------- */

static int write_new_info(int mapping, const unsigned char *bytes, size_t size)
{
    int fd = openat(mapping, new_info_file, O_WRONLY | O_CREAT | O_TRUNC | OPEN_FILE, S_IRUSR | S_IWUSR);

    if (fd < 0)
        return errno;

    int error = nd_smb_write_all(fd, bytes, size);

    close(fd);
    return error;
}

int nd_mapping_write(const nd_claim *claim, const nd_message *info)
{
    unsigned char *bytes;
    size_t size;

    if (info->type != ND_MESSAGE_INFO || info->fields[ND_FIELD_PASSWORD])
        return EINVAL;

    int error = nd_message_encode(info, &bytes, &size);

    if (error)
        return error;
    error = write_new_info(claim->fd, bytes, size);
    if (!error && renameat(claim->fd, new_info_file, claim->fd, info_file) < 0)
        error = errno;
    free(bytes);
    return error;
}

/* The file gets its name when it is locked, so that a lock that is free is of one who has died. */
static int make_lock(nd_claim *claim)
{
    claim->lock =
        openat(claim->fd, new_lock_file, O_RDWR | O_CREAT | O_EXCL | OPEN_FILE, S_IRUSR | S_IWUSR);
    if (claim->lock < 0)
        return errno;

    int error = take_lock(claim->lock, HOLDING);

    if (!error && renameat(claim->fd, new_lock_file, claim->fd, lock_file) < 0)
        error = errno;
    return error;
}

static int make_directory(nd_claim *claim, char name[ND_MAPPING_NAME])
{
    for (int i = 0; i < ATTEMPTS; i++) {
        uint32_t number;

        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            return errno;
        snprintf(name, ND_MAPPING_NAME, NEW_PREFIX "%08" PRIx32, number);
        if (mkdirat(claim->dir.fd, name, S_IRWXU) < 0) {
            if (errno != EEXIST)
                return errno;
            continue;
        }

        int error = open_directory(&claim->dir, name, &claim->fd);

        if (error)
            unlinkat(claim->dir.fd, name, AT_REMOVEDIR);
        return error;
    }
    return EEXIST;
}

static int fill_directory(nd_claim *claim, const nd_message *info)
{
    int error = make_lock(claim);

    if (!error)
        error = nd_mapping_write(claim, info);
    if (!error && mkdirat(claim->fd, files_directory, S_IRWXU) < 0)
        error = errno;
    return error;
}

static int take_name(const nd_claim *claim, const char *from)
{
    return renameat2(claim->dir.fd, from, claim->dir.fd, claim->name, RENAME_NOREPLACE) < 0 ? errno : 0;
}

int nd_mapping_claim(nd_claim *out, const char *name, const nd_message *info, const char **why)
{
    char temporary[ND_MAPPING_NAME] = "";
    int error = start_claim(out, name, true, why);

    if (!error)
        error = make_directory(out, temporary);
    if (!error)
        error = fill_directory(out, info);
    if (!error)
        error = take_name(out, temporary);
    if (error && out->fd >= 0)
        remove_mapping(&out->dir, temporary, out->fd);
    if (error)
        close_claim(out);
    return error;
}

int nd_mapping_listen(const nd_claim *claim, int *out)
{
    struct sockaddr_un address = address_of(claim->fd, socket_file);
    int error = new_socket(out);

    if (error)
        return error;
    if (bind(*out, (const struct sockaddr *)&address, sizeof address) < 0 || listen(*out, BACKLOG) < 0) {
        error = errno;
        close_if_open(out);
    }
    return error;
}

/* ---- What dead workers have left ------------------------------------------------------------ */

/* Locks the mapping that is open, if it still has its name. EAGAIN: it has been removed meanwhile. */
static int lock_leftover(nd_claim *claim, int flags)
{
    claim->lock = openat(claim->fd, lock_file, O_RDWR | flags | OPEN_FILE, S_IRUSR | S_IWUSR);
    if (claim->lock < 0)
        return errno == ENOENT && flags ? EAGAIN : errno;

    int error = take_lock(claim->lock, REMOVING);

    if (!error)
        error = check_name(claim->dir.fd, claim->name, claim->fd);
    if (!error)
        error = check_name(claim->fd, lock_file, claim->lock);
    return error == ENOENT ? EAGAIN : error;
}

static int try_to_take_over(nd_claim *claim)
{
    close_if_open(&claim->lock);
    close_if_open(&claim->fd);

    int error = open_mapping(&claim->dir, claim->name, &claim->fd);

    return error ? error : lock_leftover(claim, O_CREAT);
}

int nd_mapping_take_over(nd_claim *out, const char *name, const char **why)
{
    int error = start_claim(out, name, false, why);

    if (!error)
        error = EAGAIN;
    for (int i = 0; error == EAGAIN && i < ATTEMPTS; i++)
        error = try_to_take_over(out);
    if (error)
        close_claim(out);
    return error;
}

static bool is_old(int fd)
{
    struct stat it;
    struct timespec now;

    return fstat(fd, &it) == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0 &&
           now.tv_sec - it.st_mtim.tv_sec > ABANDONED_SECONDS;
}

static bool sweep_one(void *data, const char *name)
{
    const nd_rundir *dir = data;
    nd_claim claim = {.dir = *dir, .fd = -1, .lock = -1};

    snprintf(claim.name, sizeof claim.name, "%s", name);
    if (open_directory(dir, name, &claim.fd) == 0) {
        int error = lock_leftover(&claim, 0);

        if (error == 0 || (error == ENOENT && is_old(claim.fd)))
            remove_mapping(dir, name, claim.fd);
    }
    close_if_open(&claim.fd);
    close_if_open(&claim.lock);
    return true;
}

void nd_mapping_sweep(const nd_rundir *dir)
{
    nd_rundir swept = *dir;

    each_entry(&swept, is_new_name, sweep_one, &swept);
}
