/* SPDX-License-Identifier: MIT */
/* The share, by libsmbclient: one context for one mapping, since its cache of connections minds no
 * port. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <libsmbclient.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker.h"

enum { TIMEOUT_MOST = 20000, TIMEOUT_LEAST = 1000, RETRY_WITHIN_MS = 1000, TEXT_MAX = 1024 };

struct nd_file {
    SMBCFILE *smb;
    char *path;
    bool is_blind; /* open for writing only: the server tells nothing of it */
    nd_file *next;
};

static struct {
    SMBCCTX *context;
    char *root; /* "smb://server:445/share" */
    char user[TEXT_MAX];
    char domain[TEXT_MAX];
    nd_file *files; /* all that are open */
    atomic_bool refused;
    atomic_bool lost;
} server;

/* ---- Errors --------------------------------------------------------------------------------- */

/* The last NTSTATUS that libsmbclient made an errno of, 0: none. */
static uint32_t ntstatus;

/* Stands before Samba's own: of its many codes most would be left as EINVAL. */
__attribute__((visibility("default"))) int map_errno_from_nt_status(uint32_t status);

int map_errno_from_nt_status(uint32_t status)
{
    static int (*theirs)(uint32_t);

    if (!theirs)
        *(void **)&theirs = dlsym(RTLD_NEXT, "map_errno_from_nt_status");
    ntstatus = status;
    return theirs ? theirs(status) : EIO;
}

/* Where Samba's choice of an errno is none, or not what a program expects of a file. */
static const struct {
    uint32_t status;
    int code;
} errnos[] = {
    {0xc0000033, EINVAL},    /* OBJECT_NAME_INVALID */
    {0xc0000044, EDQUOT},    /* QUOTA_EXCEEDED */
    {0xc0000054, EAGAIN},    /* FILE_LOCK_CONFLICT */
    {0xc0000055, EAGAIN},    /* LOCK_NOT_GRANTED */
    {0xc0000056, ENOENT},    /* DELETE_PENDING */
    {0xc000007f, ENOSPC},    /* DISK_FULL */
    {0xc00000a2, EROFS},     /* MEDIA_WRITE_PROTECTED */
    {0xc00000ba, EISDIR},    /* FILE_IS_A_DIRECTORY */
    {0xc00000bb, ENOTSUP},   /* NOT_SUPPORTED */
    {0xc0000101, ENOTEMPTY}, /* DIRECTORY_NOT_EMPTY */
    {0xc0000103, ENOTDIR},   /* NOT_A_DIRECTORY */
    {0xc0000121, EACCES},    /* CANNOT_DELETE */
    {0xc000000d, EINVAL},    /* INVALID_PARAMETER */
};

/* What a person is told when a share cannot be had. */
static const struct {
    uint32_t status; /* 0: by errno */
    int code;
    netdisc_status win32; /* 0: what the backend makes of the status */
    const char *text;
} refusals[] = {
    {0xc000006d, 0, 0, "the user name or the password is wrong"},
    {0xc000006a, 0, 0, "the password is wrong"},
    {0xc0000064, 0, 0, "the server does not know this user"},
    {0xc0000022, 0, 0, "the server does not let this user have the share"},
    {0xc0000072, 0, 0, "the account is disabled"},
    {0xc0000234, 0, 0, "the account is locked"},
    {0xc00000cc, 0, NETDISC_ERROR_BAD_NET_NAME, "the server has no such share"},
    {0xc0000001, 0, NETDISC_ERROR_BAD_NETPATH, "the server's name is not known"},
    {0xc0000236, 0, NETDISC_ERROR_BAD_NETPATH, "nothing answers there: the connection was refused"},
    {0xc000023d, 0, NETDISC_ERROR_BAD_NETPATH, "the server cannot be reached"},
    {0xc000023c, 0, NETDISC_ERROR_BAD_NETPATH, "the server's network cannot be reached"},
    {0xc00000b5, 0, NETDISC_ERROR_BAD_NETPATH, "the server does not answer"},
    {0xc00000be, 0, NETDISC_ERROR_BAD_NETPATH, "the server cannot be found"},
    {0xc000020d, 0, 0, "the connection was reset, or what answers there does not speak SMB"},
    {0, EACCES, NETDISC_ERROR_ACCESS_DENIED, "the server does not let this user have the share"},
    {0, EPERM, NETDISC_ERROR_ACCESS_DENIED, "the server does not let this user have the share"},
    {0, ENOENT, NETDISC_ERROR_BAD_NET_NAME, "the server has no such share"},
    {0, ECONNREFUSED, NETDISC_ERROR_BAD_NETPATH, "nothing answers there: the connection was refused"},
    {0, EHOSTUNREACH, NETDISC_ERROR_BAD_NETPATH, "the server cannot be reached"},
    {0, ENETUNREACH, NETDISC_ERROR_BAD_NETPATH, "the server's network cannot be reached"},
    {0, ETIMEDOUT, NETDISC_ERROR_BAD_NETPATH, "the server does not answer"},
    {0, ECONNABORTED, NETDISC_ERROR_NETNAME_DELETED, "what answers there does not speak SMB"},
    {0, ENOMEM, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "there is not enough memory"},
};

/* Whether there are Kerberos tickets where they usually are; libsmbclient finds out what they are
 * worth. */
static bool has_tickets(void)
{
    char path[64];

    if (getenv("KRB5CCNAME"))
        return true;
    snprintf(path, sizeof path, "/tmp/krb5cc_%lu", (unsigned long)getuid());
    return access(path, R_OK) == 0;
}

/* Samba's own words for a status, where it has them. */
static const char *ask_samba(const char *function, uint32_t status, const char *otherwise)
{
    const char *(*words)(uint32_t);

    *(void **)&words = dlsym(RTLD_DEFAULT, function);
    return words ? words(status) : otherwise;
}

static bool refuse_by_errno(nd_failure *why, const nd_message *request, int code)
{
    const char *remote = request->fields[ND_FIELD_REMOTE];

    nd_failure_errno(why, NETDISC_ERROR_EXTENDED_ERROR, code, "%s", remote);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (!refusals[i].status && refusals[i].code == code) {
            nd_failure_say(why, refusals[i].win32, "%s: %s", remote, refusals[i].text);
            why->native_domain = "errno";
            why->native_code = code;
        }
    return false;
}

static bool refuse(nd_failure *why, const nd_message *request, int code)
{
    const char *remote = request->fields[ND_FIELD_REMOTE];
    bool by_ticket =
        nd_message_number(request, ND_FIELD_AUTH, NETDISC_AUTH_DEFAULT) == NETDISC_AUTH_KERBEROS;

    if (!ntstatus)
        return refuse_by_errno(why, request, code);
    if (by_ticket && !has_tickets())
        return nd_failure_say(why, NETDISC_ERROR_LOGON_FAILURE, "%s: there are no Kerberos tickets",
                              remote);
    nd_failure_say(why, 0, "%s: %s", remote,
                   ask_samba("get_friendly_nt_error_msg", ntstatus, "the server refuses"));
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (refusals[i].status == ntstatus)
            nd_failure_say(why, refusals[i].win32, "%s: %s", remote, refusals[i].text);
    why->native_domain = "ntstatus";
    why->native_code = ntstatus;
    why->native_name = ask_samba("nt_errstr", ntstatus, NULL);
    return false;
}

static void note(bool lost)
{
    if (atomic_exchange(&server.lost, lost) != lost)
        nd_worker_notice();
}

/* The session or share is no more, or cannot be had again. libsmbclient goes on with a connection on
 * which that has been said: it makes another only where there is none. */
static bool is_gone(void)
{
    static const uint32_t all[] = {
        0xc0000001, /* UNSUCCESSFUL: the server's name is not known any more */
        0xc000006d, /* LOGON_FAILURE */
        0xc0000072, /* ACCOUNT_DISABLED */
        0xc00000c9, /* NETWORK_NAME_DELETED */
        0xc00000cc, /* BAD_NETWORK_NAME */
        0xc0000203, /* USER_SESSION_DELETED */
        0xc0000234, /* ACCOUNT_LOCKED_OUT */
        0xc000035c, /* NETWORK_SESSION_EXPIRED */
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] == ntstatus)
            return true;
    return false;
}

static bool is_lost(int code)
{
    switch (code) {
    case ECONNABORTED:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETRESET:
    case ENETUNREACH:
    case ENOTCONN:
    case EPIPE:
    case ESHUTDOWN:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

/* The errno of an operation on a file that has failed, negative. */
static int fault(void)
{
    int code = errno;

    if (is_gone())
        nd_server_cut();
    if (is_gone() || is_lost(code)) {
        note(true);
        return -EIO;
    }
    if (ntstatus)
        note(false);
    for (size_t i = 0; ntstatus && i < sizeof errnos / sizeof errnos[0]; i++)
        if (errnos[i].status == ntstatus)
            return -errnos[i].code;
    if (code <= 0 || code == EBADF || (ntstatus && code == EINVAL))
        return -EIO;
    return -code;
}

static int answer(bool good)
{
    if (!good)
        return fault();
    note(false);
    return 0;
}

/* Every operation begins here; 0 or a negative errno. */
static int begin(void)
{
    ntstatus = 0;
    errno = 0;
    return atomic_load(&server.refused) ? -EIO : 0;
}

/* The connection may have ended since the last operation, as a server ends those that are idle;
 * libsmbclient notices it by the failure of the next, and connects again with the one after. What only
 * looks, or can as well be done twice, is done again then, unless it was the server's silence that took
 * its time. */
static bool deserves_another_try(int code, int64_t begun)
{
    return code == -EIO && atomic_load(&server.lost) && !atomic_load(&server.refused) &&
           nd_clock_ms() - begun < RETRY_WITHIN_MS;
}

/* ---- Names ---------------------------------------------------------------------------------- */

/* Appends text, percent-encoded but for what needs it nowhere; says where it ends. */
static char *encode(char *end, const char *text, const char *also)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";

    for (; *text; text++) {
        if (strchr(plain, *text) || strchr(also, *text))
            *end++ = *text;
        else
            end += sprintf(end, "%%%02X", (unsigned)(unsigned char)*text);
    }
    *end = '\0';
    return end;
}

/* "smb://server:port/share" of the request. */
static char *make_root(const nd_message *request)
{
    const char *host = request->fields[ND_FIELD_SERVER], *share = request->fields[ND_FIELD_SHARE];
    char *root = malloc(3 * (strlen(host) + strlen(share)) + 40);
    int port = (int)nd_message_number(request, ND_FIELD_PORT, 0);

    if (!root)
        return NULL;

    char *end = encode(stpcpy(root, "smb://"), host, "");

    if (port > 0)
        end += sprintf(end, ":%d", port);
    *end++ = '/';
    encode(end, share, "");
    return root;
}

/* A name that SMB cannot have, and that would mean something else there: another directory, a stream, a
 * pattern. */
static bool is_foreign(const char *path)
{
    for (; *path; path++)
        if ((unsigned char)*path < ' ' || strchr("\\:*?\"<>|", *path))
            return true;
    return false;
}

static int make_url(const char *path, char **out)
{
    if (!path)
        return -ENOENT;
    if (is_foreign(path))
        return -EINVAL;

    size_t root = strlen(server.root);
    char *url = malloc(root + 3 * strlen(path) + 1);

    if (!url)
        return -ENOMEM;
    memcpy(url, server.root, root);
    encode(url + root, path, "/");
    *out = url;
    return 0;
}

/* Begins an operation on a path, of which `*url` is to be freed. */
static int begin_at(const char *path, char **url)
{
    int code = begin();

    return code ? code : make_url(path, url);
}

/* ---- Connecting ----------------------------------------------------------------------------- */

static void copy(char *out, int size, const char *text)
{
    if (size > 0)
        snprintf(out, (size_t)size, "%s", text);
}

static void authenticate(SMBCCTX *context, const char *host, const char *share, char *domain,
                         int domain_size, char *user, int user_size, char *password, int password_size)
{
    (void)context, (void)host, (void)share;
    if (server.domain[0])
        copy(domain, domain_size, server.domain);
    copy(user, user_size, server.user);
    copy(password, password_size, nd_secret());
}

/*
 * Guest is a session without a user. By default: the user, if one is given; else the login name, if a
 * password is; else Kerberos where there are tickets; and else nobody, for there is nothing to be
 * somebody with.
 */
static void choose_credentials(SMBCCTX *context, const nd_message *request)
{
    netdisc_auth auth = (netdisc_auth)nd_message_number(request, ND_FIELD_AUTH, NETDISC_AUTH_DEFAULT);
    const char *user = request->fields[ND_FIELD_USER], *domain = request->fields[ND_FIELD_DOMAIN];
    bool by_default = auth == NETDISC_AUTH_DEFAULT && !user && !nd_secret()[0];

    smbc_setOptionUseKerberos(context, auth == NETDISC_AUTH_KERBEROS || (by_default && has_tickets()));
    smbc_setOptionFallbackAfterKerberos(context, by_default);
    /* Else a wrong password would be a success, as somebody without a name. */
    smbc_setOptionNoAutoAnonymousLogin(context, 1);
    if (auth == NETDISC_AUTH_GUEST || by_default)
        return;
    if (!user) {
        const struct passwd *me = getpwuid(getuid());

        user = me ? me->pw_name : "";
    }
    copy(server.user, sizeof server.user, user);
    copy(server.domain, sizeof server.domain, domain ? domain : "");
}

static bool make_context(const nd_message *request, int timeout)
{
    SMBCCTX *context = smbc_new_context();

    if (!context)
        return false;
    smbc_setDebug(context, 0);
    smbc_setTimeout(context, timeout);
    smbc_setFunctionAuthDataWithContext(context, authenticate);
    choose_credentials(context, request);
    server.root = make_root(request);
    server.context = server.root ? smbc_init_context(context) : NULL;
    if (!server.context)
        smbc_free_context(context, 0);
    return server.context != NULL;
}

static bool reach(void)
{
    struct stat root;

    ntstatus = 0;
    errno = 0;
    return smbc_getFunctionStat(server.context)(server.context, server.root, &root) == 0;
}

/* Without a password libsmbclient asks winbind, which keeps that of the login, or is not there. */
static bool reach_without_winbind(void)
{
    if (ntstatus != 0xc00002f2 /* WRONG_CREDENTIAL_HANDLE */)
        return false;
    smbc_setOptionUseCCache(server.context, 0);
    return reach();
}

/* How long to wait for an answer belongs to a connection. One that was made in a hurry is made again,
 * for files take their time. */
static bool reach_in_peace(void)
{
    smbc_setTimeout(server.context, TIMEOUT_MOST);
    smbc_getFunctionPurgeCachedServers(server.context)(server.context);
    return reach();
}

static int timeout_of(const nd_message *request)
{
    int64_t timeout = nd_message_number(request, ND_FIELD_TIMEOUT, 0);

    if (timeout <= 0 || timeout > TIMEOUT_MOST)
        return TIMEOUT_MOST;
    return timeout < TIMEOUT_LEAST ? TIMEOUT_LEAST : (int)timeout;
}

bool nd_server_connect(const nd_message *request, nd_failure *why)
{
    int timeout = timeout_of(request);

    if (strchr(request->fields[ND_FIELD_SERVER], ':'))
        return nd_failure_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                              "%s: libsmbclient takes no IPv6 address, only a name for it",
                              request->fields[ND_FIELD_REMOTE]);
    errno = 0;
    if (!make_context(request, timeout))
        return nd_failure_errno(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, errno,
                                "libsmbclient could not be set up");
    if (!reach() && !reach_without_winbind())
        return refuse(why, request, errno);
    return timeout == TIMEOUT_MOST || reach_in_peace() || refuse(why, request, errno);
}

void nd_server_leave(void)
{
    while (server.files)
        nd_server_close(server.files);
    if (server.context && smbc_free_context(server.context, 0))
        smbc_free_context(server.context, 1);
    server.context = NULL;
    free(server.root);
    server.root = NULL;
}

/* ---- What any thread may do ----------------------------------------------------------------- */

void nd_server_refuse(void)
{
    atomic_store(&server.refused, true);
}

void nd_server_note_lost(void)
{
    note(true);
}

netdisc_state nd_server_state(void)
{
    return atomic_load(&server.lost) ? NETDISC_STATE_LOST : NETDISC_STATE_CONNECTED;
}

/* libsmbclient keeps its sockets to itself, but this process has no others of that kind. */
static bool is_to_server(int fd)
{
    int domain = 0, type = 0;
    socklen_t size = sizeof(int);

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           (domain == AF_INET || domain == AF_INET6) && type == SOCK_STREAM;
}

/* Calls `act` for these sockets, until it returns true; then gives that one. */
static int each_socket(bool (*act)(int fd))
{
    DIR *all = opendir("/proc/self/fd");
    const struct dirent *entry;
    int found = -1;

    if (!all)
        return -1;
    while (found < 0 && (entry = readdir(all))) {
        int fd = atoi(entry->d_name);

        if (entry->d_name[0] != '.' && is_to_server(fd) && act(fd))
            found = fd;
    }
    closedir(all);
    return found;
}

static bool cut(int fd)
{
    shutdown(fd, SHUT_RDWR);
    return false;
}

static bool is_connected(int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;

    return getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

void nd_server_cut(void)
{
    each_socket(cut);
}

int nd_server_socket(void)
{
    return each_socket(is_connected);
}

/* ---- Operations ----------------------------------------------------------------------------- */

enum { DOS_READONLY = 1, DOS_DIRECTORY = 16 };

/* The server knows no modes, only that a file is not to be written. Any file may be run. */
static void describe(struct stat *out, bool directory, bool writable)
{
    out->st_mode = (directory ? S_IFDIR : S_IFREG) | (writable || directory ? 0700 : 0500);
    out->st_nlink = directory ? 2 : 1;
    out->st_uid = getuid();
    out->st_gid = getgid();
    out->st_blksize = 65536;
    out->st_blocks = (out->st_size + 511) / 512;
}

static void describe_theirs(struct stat *out)
{
    describe(out, S_ISDIR(out->st_mode), out->st_mode & S_IWUSR);
}

static int try_stat(const char *path, struct stat *out)
{
    char *url = NULL;
    int code = begin_at(path, &url);

    if (code == -EINVAL)
        return -ENOENT;
    if (code)
        return code;
    memset(out, 0, sizeof *out);
    code = answer(smbc_getFunctionStat(server.context)(server.context, url, out) == 0);
    describe_theirs(out);
    free(url);
    return code;
}

int nd_server_stat(const char *path, struct stat *out)
{
    int64_t begun = nd_clock_ms();
    int code = try_stat(path, out);

    return deserves_another_try(code, begun) ? try_stat(path, out) : code;
}

int nd_server_stat_file(nd_file *file, struct stat *out)
{
    int code = begin();

    if (file->is_blind)
        return nd_server_stat(file->path, out);
    if (code)
        return code;
    memset(out, 0, sizeof *out);
    code = answer(smbc_getFunctionFstat(server.context)(server.context, file->smb, out) == 0);
    describe_theirs(out);
    return code;
}

static void describe_entry(struct stat *out, const struct libsmb_file_info *entry)
{
    *out = (struct stat){.st_size = (off_t)entry->size,
                         .st_atim = entry->atime_ts,
                         .st_mtim = entry->mtime_ts,
                         .st_ctim = entry->ctime_ts};
    describe(out, entry->attrs & DOS_DIRECTORY, !(entry->attrs & DOS_READONLY));
}

static int try_list(const char *path, nd_server_entry entry, void *data)
{
    const struct libsmb_file_info *found;
    struct stat what;
    char *url = NULL;
    int code = begin_at(path, &url);

    if (code)
        return code;

    SMBCFILE *directory = smbc_getFunctionOpendir(server.context)(server.context, url);

    code = answer(directory != NULL);
    free(url);
    if (code)
        return code;
    while ((found = smbc_getFunctionReaddirPlus(server.context)(server.context, directory))) {
        if (strcmp(found->name, ".") == 0 || strcmp(found->name, "..") == 0)
            continue;
        describe_entry(&what, found);
        if (!entry(data, found->name, &what))
            break;
    }
    smbc_getFunctionClosedir(server.context)(server.context, directory);
    return 0;
}

int nd_server_list(const char *path, nd_server_entry entry, void *data)
{
    int64_t begun = nd_clock_ms();
    int code = try_list(path, entry, data);

    return deserves_another_try(code, begun) ? try_list(path, entry, data) : code;
}

static int try_open(const char *path, int flags, nd_file **out)
{
    char *url = NULL;
    int code = begin_at(path, &url);

    if (code)
        return code;

    nd_file *file = calloc(1, sizeof *file);

    if (!file || !(file->path = strdup(path))) {
        free(file);
        free(url);
        return -ENOMEM;
    }
    flags &= O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC;
    file->is_blind = (flags & O_ACCMODE) == O_WRONLY;
    file->smb = smbc_getFunctionOpen(server.context)(server.context, url, flags, 0644);
    code = answer(file->smb != NULL);
    free(url);
    if (code) {
        free(file->path);
        free(file);
        return code;
    }
    file->next = server.files;
    server.files = file;
    *out = file;
    return 0;
}

int nd_server_open(const char *path, int flags, nd_file **out)
{
    int64_t begun = nd_clock_ms();
    int code = try_open(path, flags, out);

    return deserves_another_try(code, begun) ? try_open(path, flags, out) : code;
}

void nd_server_close(nd_file *file)
{
    nd_file **at = &server.files;

    while (*at != file)
        at = &(*at)->next;
    *at = file->next;
    ntstatus = 0;
    errno = 0;
    if (smbc_getFunctionClose(server.context)(server.context, file->smb) && is_lost(errno))
        note(true);
    free(file->path);
    free(file);
}

static int begin_within(nd_file *file, off_t offset)
{
    int code = begin();

    if (code)
        return code;
    return smbc_getFunctionLseek(server.context)(server.context, file->smb, offset, SEEK_SET) < 0
               ? fault()
               : 0;
}

int nd_server_read(nd_file *file, void *bytes, size_t size, off_t offset)
{
    int code = begin_within(file, offset);

    if (code)
        return code;

    ssize_t got = smbc_getFunctionRead(server.context)(server.context, file->smb, bytes, size);

    code = answer(got >= 0);
    return code ? code : (int)got;
}

int nd_server_write(nd_file *file, const void *bytes, size_t size, off_t offset)
{
    int code = begin_within(file, offset);

    if (code)
        return code;

    ssize_t put = smbc_getFunctionWrite(server.context)(server.context, file->smb, bytes, size);

    code = answer(put >= 0);
    return code ? code : (int)put;
}

int nd_server_truncate(nd_file *file, off_t size)
{
    int code = begin();

    if (code)
        return code;
    return answer(smbc_getFunctionFtruncate(server.context)(server.context, file->smb, size) == 0);
}

int nd_server_make_directory(const char *path)
{
    char *url = NULL;
    int code = begin_at(path, &url);

    if (code)
        return code;
    code = answer(smbc_getFunctionMkdir(server.context)(server.context, url, 0755) == 0);
    free(url);
    return code;
}

static int remove_by(smbc_unlink_fn remove_it, const char *path)
{
    char *url = NULL;
    int code = begin_at(path, &url);

    if (code)
        return code;
    code = answer(remove_it(server.context, url) == 0);
    free(url);
    return code;
}

int nd_server_remove_directory(const char *path)
{
    return remove_by(smbc_getFunctionRmdir(server.context), path);
}

int nd_server_remove(const char *path)
{
    return remove_by(smbc_getFunctionUnlink(server.context), path);
}

int nd_server_rename(const char *from, const char *to)
{
    char *old = NULL, *new = NULL;
    int code = begin_at(from, &old);

    if (code == 0)
        code = make_url(to, &new);
    if (code == 0)
        code = answer(smbc_getFunctionRename(server.context)(server.context, old, server.context, new) ==
                      0);
    free(old);
    free(new);
    return code;
}

static struct timeval time_to_set(const struct timespec *wanted, const struct timespec *as_it_is)
{
    if (wanted->tv_nsec == UTIME_OMIT)
        wanted = as_it_is;
    return (struct timeval){.tv_sec = wanted->tv_sec, .tv_usec = wanted->tv_nsec / 1000};
}

int nd_server_set_times(const char *path, const struct timespec times[2])
{
    struct stat is;
    char *url = NULL;
    int code = nd_server_stat(path, &is);

    if (code == 0)
        code = begin_at(path, &url);
    if (code)
        return code;

    struct timeval to_set[2] = {time_to_set(&times[0], &is.st_atim),
                                time_to_set(&times[1], &is.st_mtim)};

    code = answer(smbc_getFunctionUtimes(server.context)(server.context, url, to_set) == 0);
    free(url);
    return code;
}

int nd_server_set_writable(const char *path, bool writable)
{
    struct stat is;
    char *url = NULL;
    int code = begin_at(path, &url);

    if (code)
        return code;
    memset(&is, 0, sizeof is);
    code = answer(smbc_getFunctionStat(server.context)(server.context, url, &is) == 0);
    if (code == 0) {
        /* The other bits are the other attributes of DOS, which stay. */
        mode_t mode = (is.st_mode & 07777 & ~(mode_t)0222) | (writable ? 0200 : 0);

        code = answer(smbc_getFunctionChmod(server.context)(server.context, url, mode) == 0);
    }
    free(url);
    return code;
}

static int try_space(struct statvfs *out)
{
    int code = begin();

    if (code)
        return code;
    memset(out, 0, sizeof *out);
    code = answer(smbc_getFunctionStatVFS(server.context)(server.context, server.root, out) == 0);
    /* The size of a sector, and how many make a block, where the server has no POSIX extensions. */
    if (out->f_frsize > 0 && (out->f_flag & SMBC_VFS_FEATURE_NO_UNIXCIFS))
        out->f_bsize *= out->f_frsize;
    out->f_frsize = out->f_bsize;
    return code;
}

int nd_server_space(struct statvfs *out)
{
    int64_t begun = nd_clock_ms();
    int code = try_space(out);

    return deserves_another_try(code, begun) ? try_space(out) : code;
}
