/* SPDX-License-Identifier: MIT */
#include "profile.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HEAD_GROUP  "netdisc"
#define VERSION_KEY "Version"
#define VERSION     "1"
#define AUTH_KEY    "Auth"

static const char profile_file[] = "shares";
static const char new_file[] = "shares.new"; /* under the lock: what a writer that was killed has left */
static const char lock_file[] = "shares.lock";

enum {
    OPEN_FILE = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, /* that of a FIFO must not wait */
    OWNER_ONLY = S_IRUSR | S_IWUSR,
    LOCK_WAIT_MS = 5000,
    LOCK_PAUSE_MS = 2,
    PASSWORD_ENTRY_MAX = 1 << 20
};

struct nd_profile {
    GPtrArray *entries; /* nd_remembered, whose texts are their own */
};

#define FORM(form) (1u << (form))

static const struct key {
    const char *name;
    size_t offset;
    unsigned forms; /* it is the name of a share, of one of these; 0: any text */
    bool needed;
} keys[] = {
    {"Remote", offsetof(nd_remembered, remote), FORM(ND_FORM_REMOTE), true},
    {"Provider", offsetof(nd_remembered, provider), 0, true},
    {"User", offsetof(nd_remembered, user), 0, false},
    {"Domain", offsetof(nd_remembered, domain), 0, false},
    {"MountPoint", offsetof(nd_remembered, mount_point), FORM(ND_FORM_MOUNT), false},
};

static const char *const providers[] = {"session", "cifs", NULL};

static const char *text_of(const nd_remembered *it, const struct key *key)
{
    return *(const char *const *)((const char *)it + key->offset);
}

static void set_text(nd_remembered *it, const struct key *key, const char *text)
{
    *(const char **)((char *)it + key->offset) = text;
}

/* ---- Names of groups ------------------------------------------------------------------------ */

/* What a group's name cannot have is written as %XX. */
static char *escape(const char *local)
{
    GString *group = g_string_new(NULL);

    for (; *local; local++) {
        if (strchr("%[]", *local) || g_ascii_iscntrl(*local))
            g_string_append_printf(group, "%%%02X", (unsigned)(unsigned char)*local);
        else
            g_string_append_c(group, *local);
    }
    return g_string_free(group, FALSE);
}

/* NULL: it is not what escape() gives. */
static char *unescape(const char *group)
{
    char *local = g_uri_unescape_string(group, NULL);
    char *again = local ? escape(local) : NULL;

    if (again && strcmp(again, group) != 0) {
        g_free(local);
        local = NULL;
    }
    g_free(again);
    return local;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static void free_remembered(void *data)
{
    nd_remembered *it = data;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        g_free((char *)text_of(it, &keys[i]));
    g_free((char *)it->local);
    g_free(it);
}

static nd_profile *new_profile(void)
{
    nd_profile *profile = g_new(nd_profile, 1);

    profile->entries = g_ptr_array_new_with_free_func(free_remembered);
    return profile;
}

void nd_profile_free(nd_profile *profile)
{
    if (!profile)
        return;
    g_ptr_array_unref(profile->entries);
    g_free(profile);
}

static netdisc_status damaged(nd_trouble *why, const char *group, const char *key)
{
    return nd_trouble_say(why, NETDISC_ERROR_BAD_PROFILE,
                          "the profile of remembered mappings is damaged at [%s] %s", group, key);
}

/* `*text` becomes the normal form of the name that it is. BAD_PROFILE: it is none. */
static netdisc_status normalise(const nd_host *host, unsigned forms, char **text)
{
    nd_name name;
    netdisc_status status = host->fn->parse_share(*text, &name);

    if (status)
        return status == NETDISC_ERROR_NOT_ENOUGH_MEMORY ? status : NETDISC_ERROR_BAD_PROFILE;
    if (forms & FORM(name.form)) {
        g_free(*text);
        *text = g_strdup(name.text);
    } else {
        status = NETDISC_ERROR_BAD_PROFILE;
    }
    host->fn->name_clear(&name);
    return status;
}

static netdisc_status read_key(const nd_host *host, GKeyFile *file, const char *group,
                               const struct key *key, nd_remembered *out, nd_trouble *why)
{
    GError *error = NULL;
    char *text = g_key_file_get_string(file, group, key->name, &error);
    bool missing = g_error_matches(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND);
    bool malformed = error && !missing;
    netdisc_status status = NETDISC_NO_ERROR;

    g_clear_error(&error);
    if (text && !*text)
        g_clear_pointer(&text, g_free);
    if (malformed || (key->needed && !text))
        status = NETDISC_ERROR_BAD_PROFILE;
    else if (text && key->forms)
        status = normalise(host, key->forms, &text);
    set_text(out, key, text);
    return status == NETDISC_ERROR_BAD_PROFILE ? damaged(why, group, key->name) : status;
}

static netdisc_status read_auth(GKeyFile *file, const char *group, nd_remembered *out, nd_trouble *why)
{
    GError *error = NULL;
    int auth = g_key_file_get_integer(file, group, AUTH_KEY, &error);
    bool missing = g_error_matches(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND);
    bool good = missing || (!error && auth >= NETDISC_AUTH_DEFAULT && auth <= NETDISC_AUTH_GUEST);

    g_clear_error(&error);
    out->auth = (netdisc_auth)auth;
    return good ? NETDISC_NO_ERROR : damaged(why, group, AUTH_KEY);
}

/* The name must be a normal form, or one mapping could stand there twice. */
static netdisc_status read_local(const nd_host *host, const char *group, nd_remembered *out,
                                 nd_trouble *why)
{
    char *local = unescape(group);
    char *normal = g_strdup(local);
    netdisc_status status = NETDISC_ERROR_BAD_PROFILE;

    if (local)
        status = normalise(host, FORM(ND_FORM_LETTER) | FORM(ND_FORM_MOUNT), &normal);
    if (!status && strcmp(local, normal) != 0)
        status = NETDISC_ERROR_BAD_PROFILE;
    g_free(local);
    out->local = normal;
    return status == NETDISC_ERROR_BAD_PROFILE ? damaged(why, group, "") : status;
}

static netdisc_status read_group(const nd_host *host, GKeyFile *file, const char *group,
                                 nd_remembered *out, nd_trouble *why)
{
    netdisc_status status = read_local(host, group, out, why);

    for (size_t i = 0; !status && i < G_N_ELEMENTS(keys); i++)
        status = read_key(host, file, group, &keys[i], out, why);
    if (!status && !g_strv_contains(providers, out->provider))
        status = damaged(why, group, "Provider");
    return status ? status : read_auth(file, group, out, why);
}

static bool is_of_this_version(GKeyFile *file)
{
    char *version = g_key_file_get_value(file, HEAD_GROUP, VERSION_KEY, NULL);
    bool good = version && strcmp(version, VERSION) == 0;

    g_free(version);
    return good;
}

static netdisc_status read_groups(const nd_host *host, GKeyFile *file, nd_profile *out, nd_trouble *why)
{
    char **groups = g_key_file_get_groups(file, NULL);
    netdisc_status status = NETDISC_NO_ERROR;

    for (size_t i = 0; !status && groups[i]; i++) {
        if (strcmp(groups[i], HEAD_GROUP) == 0)
            continue;

        nd_remembered *it = g_new0(nd_remembered, 1);

        g_ptr_array_add(out->entries, it);
        status = read_group(host, file, groups[i], it, why);
    }
    g_strfreev(groups);
    return status;
}

static netdisc_status load(GKeyFile *file, const char *text, size_t size, nd_trouble *why)
{
    GError *error = NULL;
    netdisc_status status = NETDISC_NO_ERROR;

    if (size > ND_PROFILE_MAX)
        return nd_trouble_say(why, NETDISC_ERROR_BAD_PROFILE,
                              "the profile of remembered mappings is too large to be one");
    if (size && !g_utf8_validate(text, (gssize)size, NULL))
        return nd_trouble_say(why, NETDISC_ERROR_BAD_PROFILE,
                              "the profile of remembered mappings is not UTF-8");
    if (!g_key_file_load_from_data(file, size ? text : "", size, G_KEY_FILE_KEEP_COMMENTS, &error)) {
        status =
            nd_trouble_say(why, NETDISC_ERROR_BAD_PROFILE,
                           "the profile of remembered mappings is not a key file: %s", error->message);
        g_error_free(error);
    } else if (!is_of_this_version(file)) {
        status = nd_trouble_say(why, NETDISC_ERROR_BAD_PROFILE,
                                "the profile of remembered mappings is of an unknown version");
    }
    return status;
}

static netdisc_status parse(const nd_host *host, GKeyFile *file, const char *text, size_t size,
                            nd_profile **out, nd_trouble *why)
{
    nd_profile *profile = new_profile();
    netdisc_status status = load(file, text, size, why);

    if (!status)
        status = read_groups(host, file, profile, why);
    if (status == NETDISC_ERROR_NOT_ENOUGH_MEMORY)
        nd_trouble_say(why, status, "there is no memory for the profile of remembered mappings");
    if (status) {
        nd_profile_free(profile);
        profile = NULL;
    }
    *out = profile;
    return status;
}

netdisc_status nd_profile_parse(const nd_host *host, const char *text, size_t size, nd_profile **out,
                                nd_trouble *why)
{
    GKeyFile *file = g_key_file_new();
    netdisc_status status = parse(host, file, text, size, out, why);

    g_key_file_unref(file);
    return status;
}

size_t nd_profile_count(const nd_profile *profile)
{
    return profile ? profile->entries->len : 0;
}

const nd_remembered *nd_profile_get(const nd_profile *profile, size_t index)
{
    return profile->entries->pdata[index];
}

const nd_remembered *nd_profile_find(const nd_profile *profile, const char *local)
{
    for (size_t i = 0; i < nd_profile_count(profile); i++) {
        const nd_remembered *it = nd_profile_get(profile, i);

        if (strcmp(it->local, local) == 0)
            return it;
    }
    return NULL;
}

/* ---- Where it is ---------------------------------------------------------------------------- */

/* NULL: the system knows of none. */
static char *home_of_user(void)
{
    char *home = NULL;
    int error = ERANGE;

    for (size_t size = 1024; error == ERANGE && size <= PASSWORD_ENTRY_MAX; size *= 2) {
        struct passwd entry;
        struct passwd *found = NULL;
        char *texts = g_malloc(size);

        error = getpwuid_r(geteuid(), &entry, texts, size, &found);
        if (found && g_path_is_absolute(found->pw_dir))
            home = g_strdup(found->pw_dir);
        g_free(texts);
    }
    return home;
}

/* GLib's own answer is from when it was first asked. */
char *nd_profile_directory(void)
{
    const char *config = secure_getenv("XDG_CONFIG_HOME");
    const char *home = secure_getenv("HOME");

    if (config && g_path_is_absolute(config))
        return g_build_filename(config, "netdisc", NULL);
    if (home && g_path_is_absolute(home))
        return g_build_filename(home, ".config", "netdisc", NULL);

    char *of_user = home_of_user();
    char *directory = of_user ? g_build_filename(of_user, ".config", "netdisc", NULL) : NULL;

    g_free(of_user);
    return directory;
}

static netdisc_status cannot_open(nd_trouble *why, int error, const char *directory, const char *file)
{
    return nd_trouble_errno(why, NETDISC_ERROR_CANNOT_OPEN_PROFILE, error, "\"%s%s%s\" cannot be opened",
                            directory, *file ? "/" : "", file);
}

/* ENOENT: there is none. */
/* Nobody else may have a say in it. */
static int check_owner(const struct stat *it)
{
    return it->st_uid == geteuid() && !(it->st_mode & (S_IWGRP | S_IWOTH)) ? 0 : EPERM;
}

static int open_directory(const char *path, int *out)
{
    struct stat it;

    *out = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*out < 0)
        return errno;

    int error = fstat(*out, &it) < 0 ? errno : check_owner(&it);

    if (error) {
        close(*out);
        *out = -1;
    }
    return error;
}

static int check_file(int fd)
{
    struct stat it;

    if (fstat(fd, &it) < 0)
        return errno;
    if (S_ISDIR(it.st_mode))
        return EISDIR;
    if (!S_ISREG(it.st_mode))
        return EINVAL;
    return check_owner(&it);
}

/* Of a file that is too large, only as much as tells. */
static int read_file(int fd, GByteArray *out)
{
    guint8 block[4096];

    while (out->len <= ND_PROFILE_MAX) {
        ssize_t got = read(fd, block, sizeof block);

        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return errno;
        if (got > 0)
            g_byte_array_append(out, block, (guint)got);
    }
    return 0;
}

/* `file` is filled as well, to be changed. */
static netdisc_status read_profile(const nd_host *host, const char *path, int directory, GKeyFile *file,
                                   nd_profile **out, nd_trouble *why)
{
    int fd = openat(directory, profile_file, O_RDONLY | OPEN_FILE);

    if (fd < 0 && errno == ENOENT) {
        *out = new_profile();
        return NETDISC_NO_ERROR;
    }

    GByteArray *bytes = g_byte_array_new();
    int error = fd < 0 ? errno : check_file(fd);

    if (!error)
        error = read_file(fd, bytes);

    netdisc_status status = error ? cannot_open(why, error, path, profile_file)
                                  : parse(host, file, (const char *)bytes->data, bytes->len, out, why);

    if (fd >= 0)
        close(fd);
    g_byte_array_unref(bytes);
    return status;
}

/* `*directory` is -1 when there is none. */
static netdisc_status find_directory(char **path, int *directory, nd_trouble *why)
{
    *directory = -1;
    *path = nd_profile_directory();
    if (!*path)
        return nd_trouble_say(why, NETDISC_ERROR_CANNOT_OPEN_PROFILE,
                              "there is no home directory for the profile of remembered mappings");

    int error = open_directory(*path, directory);

    return error && error != ENOENT ? cannot_open(why, error, *path, "") : NETDISC_NO_ERROR;
}

netdisc_status nd_profile_read(const nd_host *host, nd_profile **out, nd_trouble *why)
{
    char *path;
    int directory;

    *out = NULL;

    netdisc_status status = find_directory(&path, &directory, why);

    if (!status && directory < 0) {
        *out = new_profile();
    } else if (!status) {
        GKeyFile *file = g_key_file_new();

        status = read_profile(host, path, directory, file, out, why);
        g_key_file_unref(file);
    }
    if (directory >= 0)
        close(directory);
    g_free(path);
    return status;
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* 0: what the core makes of it. */
static netdisc_status status_of_write(int error)
{
    static const struct {
        int error;
        netdisc_status status;
    } table[] = {
        {ENOSPC, NETDISC_ERROR_DISK_FULL},           {EFBIG, NETDISC_ERROR_DISK_FULL},
        {EACCES, NETDISC_ERROR_CANNOT_OPEN_PROFILE}, {EPERM, NETDISC_ERROR_CANNOT_OPEN_PROFILE},
        {ELOOP, NETDISC_ERROR_CANNOT_OPEN_PROFILE},  {ENOTDIR, NETDISC_ERROR_CANNOT_OPEN_PROFILE},
        {EEXIST, NETDISC_ERROR_CANNOT_OPEN_PROFILE}, {EISDIR, NETDISC_ERROR_CANNOT_OPEN_PROFILE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].error == error)
            return table[i].status;
    return NETDISC_NO_ERROR;
}

static netdisc_status cannot_write(nd_trouble *why, int error, const char *path)
{
    return nd_trouble_errno(why, status_of_write(error), error, "\"%s/%s\" cannot be written", path,
                            profile_file);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Each writer puts another file in the place of the last. */
static bool has_changed(int directory, struct stat *last)
{
    struct stat now = {0};
    bool changed = fstatat(directory, profile_file, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
                   (now.st_ino != last->st_ino || now.st_mtim.tv_sec != last->st_mtim.tv_sec ||
                    now.st_mtim.tv_nsec != last->st_mtim.tv_nsec);

    *last = now;
    return changed;
}

/* By asking again and again: one who waits in flock() can be stuck behind a writer that has been
 * stopped. ETIMEDOUT: the others do not get on. */
static int wait_for_lock(int directory, int lock)
{
    struct stat last = {0};
    int waited = 0;

    while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return errno;
        if (has_changed(directory, &last))
            waited = 0;
        else if (waited >= LOCK_WAIT_MS)
            return ETIMEDOUT;
        pause_ms(LOCK_PAUSE_MS);
        waited += LOCK_PAUSE_MS;
    }
    return 0;
}

static int take_lock(int directory, int *out)
{
    *out = openat(directory, lock_file, O_RDWR | O_CREAT | OPEN_FILE, OWNER_ONLY);

    int error = *out < 0 ? errno : check_file(*out);

    return error ? error : wait_for_lock(directory, *out);
}

static int write_new(int directory, const char *text, size_t size)
{
    unlinkat(directory, new_file, 0);

    int fd = openat(directory, new_file, O_WRONLY | O_CREAT | O_EXCL | OPEN_FILE, OWNER_ONLY);

    if (fd < 0)
        return errno;

    int error = fchmod(fd, OWNER_ONLY) < 0 ? errno : nd_smb_write_all(fd, text, size);

    if (!error && fsync(fd) < 0)
        error = errno;
    if (close(fd) < 0 && !error)
        error = errno;
    return error;
}

static int replace(int directory, const char *text, size_t size)
{
    int error = write_new(directory, text, size);

    if (!error && renameat(directory, new_file, directory, profile_file) < 0)
        error = errno;
    if (error)
        unlinkat(directory, new_file, 0);
    else
        fsync(directory); /* it has been replaced, whatever this says */
    return error;
}

/* A change of a profile that has been read, true: there is something to write. */
typedef bool (*edit_fn)(GKeyFile *file, const char *group, const nd_remembered *what);

static bool put_entry(GKeyFile *file, const char *group, const nd_remembered *what)
{
    g_key_file_remove_group(file, group, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *text = text_of(what, &keys[i]);

        if (text && *text)
            g_key_file_set_string(file, group, keys[i].name, text);
    }
    g_key_file_set_integer(file, group, AUTH_KEY, (int)what->auth);
    return true;
}

static bool drop_entry(GKeyFile *file, const char *group, const nd_remembered *what)
{
    (void)what;
    return g_key_file_remove_group(file, group, NULL);
}

static netdisc_status refuse(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_INVALID_PARAMETER,
                          "this cannot stand in the profile of remembered mappings");
}

/* What could not be read again is not written. */
static netdisc_status write_profile(const nd_host *host, const char *path, int directory, GKeyFile *file,
                                    nd_trouble *why)
{
    nd_profile *again = NULL;
    gsize size;
    char *text = g_key_file_to_data(file, &size, NULL);
    netdisc_status status = nd_profile_parse(host, text, size, &again, why);

    if (status == NETDISC_ERROR_BAD_PROFILE)
        status = refuse(why);
    if (!status) {
        int error = replace(directory, text, size);

        status = error ? cannot_write(why, error, path) : NETDISC_NO_ERROR;
    }
    nd_profile_free(again);
    g_free(text);
    return status;
}

static netdisc_status edit_locked(const nd_host *host, const char *path, int directory, edit_fn edit,
                                  const nd_remembered *what, nd_trouble *why)
{
    GKeyFile *file = g_key_file_new();
    char *group = escape(what->local);
    nd_profile *before = NULL;
    netdisc_status status = read_profile(host, path, directory, file, &before, why);

    if (!status) {
        g_key_file_set_value(file, HEAD_GROUP, VERSION_KEY, VERSION);
        if (edit(file, group, what))
            status = write_profile(host, path, directory, file, why);
    }
    nd_profile_free(before);
    g_free(group);
    g_key_file_unref(file);
    return status;
}

static netdisc_status change(const nd_host *host, const char *path, int directory, edit_fn edit,
                             const nd_remembered *what, nd_trouble *why)
{
    int lock;
    int error = take_lock(directory, &lock);
    netdisc_status status =
        error ? cannot_write(why, error, path) : edit_locked(host, path, directory, edit, what, why);

    if (lock >= 0)
        close(lock);
    return status;
}

static netdisc_status check_local(const nd_host *host, const char *local, nd_trouble *why)
{
    nd_remembered as_read = {0};
    char *group = escape(local);
    netdisc_status status = read_local(host, group, &as_read, why);

    g_free((char *)as_read.local);
    g_free(group);
    return status == NETDISC_ERROR_BAD_PROFILE ? refuse(why) : status;
}

netdisc_status nd_profile_remember(const nd_host *host, const nd_remembered *what, nd_trouble *why)
{
    char *path;
    int directory;
    netdisc_status status = check_local(host, what->local, why);

    if (status)
        return status;
    status = find_directory(&path, &directory, why);
    if (!status && directory < 0) {
        int error = g_mkdir_with_parents(path, S_IRWXU) < 0 ? errno : open_directory(path, &directory);

        if (error)
            status = cannot_write(why, error, path);
    }
    if (!status)
        status = change(host, path, directory, put_entry, what, why);
    if (directory >= 0)
        close(directory);
    g_free(path);
    return status;
}

/* Where there is nothing to forget, nothing needs to be writable. */
netdisc_status nd_profile_forget(const nd_host *host, const char *local, nd_trouble *why)
{
    const nd_remembered what = {.local = local};
    nd_profile *profile;
    netdisc_status status = nd_profile_read(host, &profile, why);
    bool known = !status && nd_profile_find(profile, local);
    char *path;
    int directory;

    nd_profile_free(profile);
    if (!known)
        return status;
    status = find_directory(&path, &directory, why);
    if (!status && directory >= 0)
        status = change(host, path, directory, drop_entry, &what, why);
    if (directory >= 0)
        close(directory);
    g_free(path);
    return status;
}
