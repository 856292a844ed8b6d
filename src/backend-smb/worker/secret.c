/* SPDX-License-Identifier: MIT */
/*
 * The password: in memory, and in the keyring, by libsecret, in the items that GVfs keeps for its own
 * mounts. That may want to ask the user something, and brings GLib and a bus along: so a process of its
 * own does it, begun while there is one thread only, and killed when it takes too long.
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

enum { SECRET_MAX = 4096, KEYRING_MS = 2000 };

static char *secret;

int nd_secret_keep(const char *text)
{
    size_t size = strlen(text) + 1;

    if (size > SECRET_MAX)
        return ENAMETOOLONG;
    if (!secret) {
        void *page = mmap(NULL, SECRET_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (page == MAP_FAILED)
            return ENOMEM;
        /* Best effort: how much may be locked is limited, and may be nothing. */
        mlock(page, SECRET_MAX);
        madvise(page, SECRET_MAX, MADV_DONTDUMP);
        secret = page;
    }
    memcpy(secret, text, size);
    return 0;
}

const char *nd_secret(void)
{
    return secret ? secret : "";
}

void nd_secret_wipe(void)
{
    if (secret)
        nd_smb_wipe(secret, SECRET_MAX);
}

/* ---- The keyring: in the other process ------------------------------------------------------ */

/* Of libsecret and GLib, which need not be there. */
typedef struct library {
    void *handle;
    const void *schema; /* org.gnome.keyring.NetworkPassword */
    void *(*table_new)(void *hash, void *equal);
    int (*table_insert)(void *table, void *key, void *value);
    void *hash, *equal;
    char *(*lookup)(const void *schema, void *attributes, void *cancellable, void **error);
    int (*store)(const void *schema, void *attributes, const char *collection, const char *label,
                 const char *password, void *cancellable, void **error);
} library;

static bool load(library *out)
{
    void *handle = dlopen("libsecret-1.so.0", RTLD_NOW | RTLD_LOCAL);

    if (!handle)
        return false;

    const void **schema = dlsym(handle, "SECRET_SCHEMA_COMPAT_NETWORK");

    out->schema = schema ? *schema : NULL;
    *(void **)&out->table_new = dlsym(handle, "g_hash_table_new");
    *(void **)&out->table_insert = dlsym(handle, "g_hash_table_insert");
    out->hash = dlsym(handle, "g_str_hash");
    out->equal = dlsym(handle, "g_str_equal");
    *(void **)&out->lookup = dlsym(handle, "secret_password_lookupv_sync");
    *(void **)&out->store = dlsym(handle, "secret_password_storev_sync");
    return out->schema && out->table_new && out->table_insert && out->hash && out->equal &&
           out->lookup && out->store;
}

/* As GVfs writes them: a number is a text, the usual port is none. */
static void *make_attributes(const library *with, const nd_message *request)
{
    static const struct {
        nd_field field;
        char *name;
    } known[] = {{ND_FIELD_USER, "user"}, {ND_FIELD_SERVER, "server"}, {ND_FIELD_DOMAIN, "domain"}};
    static char port[24];
    void *table = with->table_new(with->hash, with->equal);
    int number = (int)nd_message_number(request, ND_FIELD_PORT, 0);

    with->table_insert(table, "protocol", "smb");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (request->fields[known[i].field])
            with->table_insert(table, known[i].name, (void *)(uintptr_t)request->fields[known[i].field]);
    if (number > 0) {
        snprintf(port, sizeof port, "%d", number);
        with->table_insert(table, "port", port);
    }
    return table;
}

/* GLib would start a bus where there is none. */
static bool has_bus(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char path[1024];

    if (getenv("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    snprintf(path, sizeof path, "%s/bus", runtime ? runtime : "");
    return access(path, F_OK) == 0;
}

/* Writes the password, with its NUL; or nothing. */
static void look_up(const library *with, const nd_message *request, int out)
{
    char *found = with->lookup(with->schema, make_attributes(with, request), NULL, NULL);

    if (found && strlen(found) < SECRET_MAX)
        send(out, found, strlen(found) + 1, MSG_NOSIGNAL);
}

/* Once the other side says that the password was good. Writes "" if it is stored. */
static void store(const library *with, const nd_message *request, int out)
{
    char label[2100], go;

    if (recv(out, &go, 1, 0) != 1)
        return;
    snprintf(label, sizeof label, "%s@%s", request->fields[ND_FIELD_USER],
             request->fields[ND_FIELD_SERVER]);
    if (with->store(with->schema, make_attributes(with, request), NULL, label, nd_secret(), NULL, NULL))
        send(out, "", 1, MSG_NOSIGNAL);
}

static _Noreturn void be_keyring(const nd_message *request, int out, pid_t parent)
{
    library with = {0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(out, 0) != 0 || getppid() != parent)
        _exit(1);
    close_range(3, ~0U, 0);
    if (secret)
        mlock(secret, SECRET_MAX);
    if (load(&with))
        (secret ? store : look_up)(&with, request, 0);
    _exit(0);
}

/* ---- The keyring: in this process ----------------------------------------------------------- */

static struct {
    pid_t pid; /* 0: there is none */
    int fd;
} keyring;

static bool wants_keyring(const nd_message *request)
{
    if (!request->fields[ND_FIELD_USER] || !has_bus())
        return false;
    if (nd_secret()[0])
        return nd_message_number(request, ND_FIELD_SAVE_PASSWORD, 0) == 1;
    return nd_message_number(request, ND_FIELD_AUTH, NETDISC_AUTH_DEFAULT) <= NETDISC_AUTH_PASSWORD;
}

void nd_keyring_begin(const nd_message *request)
{
    int pair[2];
    pid_t parent = getpid();

    if (!wants_keyring(request) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return;

    pid_t pid = fork();

    if (pid == 0)
        be_keyring(request, pair[1], parent);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return;
    }
    keyring.pid = pid;
    keyring.fd = pair[0];
}

/* What the other process has to say, a text; false: nothing. It ends. */
static bool hear_keyring(char answer[SECRET_MAX])
{
    struct pollfd on = {.fd = keyring.fd, .events = POLLIN};
    ssize_t got = poll(&on, 1, KEYRING_MS) > 0 ? recv(keyring.fd, answer, SECRET_MAX, 0) : -1;

    close(keyring.fd);
    kill(keyring.pid, SIGKILL);
    while (waitpid(keyring.pid, NULL, 0) < 0 && errno == EINTR)
        ;
    keyring.pid = 0;
    return got > 0 && answer[got - 1] == '\0';
}

void nd_keyring_find(void)
{
    char answer[SECRET_MAX];

    if (secret || !keyring.pid)
        return;
    if (hear_keyring(answer))
        nd_secret_keep(answer);
    nd_smb_wipe(answer, sizeof answer);
}

const char *nd_keyring_save(void)
{
    char answer[SECRET_MAX];

    if (!keyring.pid)
        return "there is no session bus, and so no keyring";
    if (send(keyring.fd, "", 1, MSG_NOSIGNAL) != 1)
        return "there is no libsecret";
    return hear_keyring(answer) ? NULL : "the keyring did not take it";
}
