/* SPDX-License-Identifier: MIT */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { STUCK_MS = 5000 /* for what takes 20 ms */, LOOK_MS = 10, LOADER_FAILED = 127 };

/* Of a process that has no exit status. */
enum { NO_STATUS = -1, STUCK = -2 };

static const char *program(void)
{
    const char *given = secure_getenv("NETDISC_SMB_WORKER");

    return given && *given ? given : ND_WORKER_PATH;
}

static netdisc_status missing(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                          "the program that holds sessions, %s, is not installed", program());
}

netdisc_status nd_launch_possible(nd_trouble *why)
{
    return access(program(), X_OK) ? missing(why) : NETDISC_NO_ERROR;
}

/* ---- Starting ------------------------------------------------------------------------------- */

/* It starts with nothing of the host's but its environment. 0 or an errno. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, int socket)
{
    sigset_t none, all;
    int code = posix_spawn_file_actions_adddup2(files, socket, 0);

    sigemptyset(&none);
    sigfillset(&all);
    for (int fd = 1; fd <= 2 && !code; fd++)
        code = posix_spawn_file_actions_addopen(files, fd, "/dev/null", O_RDWR, 0);
    if (!code)
        code = posix_spawn_file_actions_addclosefrom_np(files, 3);
    if (!code)
        code = posix_spawnattr_setsigmask(attributes, &none);
    if (!code)
        code = posix_spawnattr_setsigdefault(attributes, &all);
    if (!code)
        code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return code;
}

static int spawn(int socket, pid_t *pid)
{
    char *argv[] = {(char *)"netdisc-smb", NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&files);

    if (code)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (!code) {
        code = prepare(&files, &attributes, socket);
        if (!code)
            code = posix_spawn(pid, program(), &files, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return code;
}

/* 0: it is stuck. As waitpid(), else. */
static pid_t await_end(pid_t pid, int wake, int *status)
{
    struct pollfd on[] = {{.fd = pidfd_open(pid, 0), .events = POLLIN}, {.fd = wake, .events = POLLIN}};
    /* Linux before 5.3 tells nothing: then it is looked at now and then. */
    int step_ms = on[0].fd >= 0 ? STUCK_MS : LOOK_MS;
    int64_t until = nd_clock_ms() + STUCK_MS;
    pid_t ended;

    while ((ended = waitpid(pid, status, WNOHANG)) == 0 && !on[1].revents && nd_clock_ms() < until)
        poll(on, 2, step_ms);
    if (on[0].fd >= 0)
        close(on[0].fd);
    return ended;
}

/* It leaves its worker behind and ends, in no time; if not, it is stuck, and is ended. The host may ignore its
 * children, or have taken this one. Returns its exit status, STUCK, or NO_STATUS. */
static int reap(pid_t pid, int wake)
{
    int status = -1;
    pid_t ended = await_end(pid, wake, &status);
    bool stuck = ended == 0;

    if (stuck)
        kill(pid, SIGKILL);
    while (ended <= 0 && (ended = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
        continue;
    if (stuck)
        return STUCK;
    return ended == pid && WIFEXITED(status) ? WEXITSTATUS(status) : NO_STATUS;
}

netdisc_status nd_launch(const nd_message *first, int timeout_ms, int wake, int *out, nd_trouble *why)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return nd_trouble_errno(why, 0, errno, "no socket for a worker");

    int code = spawn(ends[1], &pid);

    close(ends[1]);
    if (code) {
        close(ends[0]);
        return access(program(), X_OK)
                   ? missing(why)
                   : nd_trouble_errno(why, 0, code, "%s cannot be started", program());
    }
    if (first)
        code = nd_message_send(ends[0], first, timeout_ms, wake);
    else
        code = shutdown(ends[0], SHUT_WR) ? errno : 0;

    int end = reap(pid, wake);

    if (end != LOADER_FAILED && end != STUCK && !code) {
        *out = ends[0];
        return NETDISC_NO_ERROR;
    }
    close(ends[0]);
    if (end == LOADER_FAILED)
        return nd_trouble_say(why, NETDISC_ERROR_NOT_SUPPORTED,
                              "%s does not start: a library that it needs is not installed "
                              "(libsmbclient, libfuse3)",
                              program());
    if (end == STUCK)
        return nd_trouble_errno(why, 0, ETIMEDOUT, "%s started, and did nothing", program());
    return nd_trouble_errno(why, 0, code, "the worker did not take its orders");
}

netdisc_status nd_launch_try(int timeout_ms, int wake, nd_trouble *why)
{
    nd_message nothing;
    int fd = -1;
    netdisc_status status = nd_launch(NULL, timeout_ms, wake, &fd, why);

    if (status)
        return status;
    nd_message_init(&nothing, ND_MESSAGE_NONE);
    /* Its socket ends with the process. */
    if (nd_message_receive(fd, &nothing, timeout_ms, wake) == ETIMEDOUT)
        status = nd_trouble_errno(why, 0, ETIMEDOUT, "%s does not end", program());
    nd_message_clear(&nothing);
    close(fd);
    return status;
}

/* ---- Talking -------------------------------------------------------------------------------- */

static netdisc_status told_failure(const nd_message *said, nd_trouble *why)
{
    static const char *const domains[] = {"errno", "ntstatus"};
    const char *domain = said->fields[ND_FIELD_NATIVE_DOMAIN];
    const char *text = said->fields[ND_FIELD_TEXT];
    const char *name = said->fields[ND_FIELD_NATIVE_NAME];
    netdisc_status status = (netdisc_status)nd_message_number(said, ND_FIELD_STATUS, 0);

    nd_trouble_say(why, status, "%s", text ? text : "the worker gave no reason");
    for (size_t i = 0; domain && i < sizeof domains / sizeof *domains; i++)
        if (strcmp(domain, domains[i]) == 0)
            why->native_domain = domains[i];
    why->native_code = nd_message_number(said, ND_FIELD_NATIVE_CODE, 0);
    if (name)
        strncat(why->native_name, name, sizeof why->native_name - 1);
    if (!status && !why->native_domain)
        why->status = NETDISC_ERROR_GEN_FAILURE;
    return status ? status : NETDISC_ERROR_GEN_FAILURE;
}

netdisc_status nd_launch_answer(int fd, nd_message_type wanted, int timeout_ms, int wake,
                                nd_message *out, nd_trouble *why)
{
    int code = nd_message_receive(fd, out, timeout_ms, wake);

    if (code == ECONNRESET)
        return nd_trouble_errno(why, NETDISC_ERROR_REQUEST_ABORTED, code,
                                "the worker ended before it answered");
    if (code == ETIMEDOUT)
        return nd_trouble_errno(why, NETDISC_ERROR_TIMEOUT, code, "the worker did not answer in time");
    if (code == ECANCELED)
        return nd_trouble_say(why, NETDISC_ERROR_CANCELLED, "the caller no longer waits");
    if (code)
        return nd_trouble_errno(why, 0, code, "the worker cannot be understood");
    if (out->type == ND_MESSAGE_FAILED)
        return told_failure(out, why);
    if (out->type != wanted)
        return nd_trouble_say(why, NETDISC_ERROR_INVALID_DATA, "the worker answered something else");
    return NETDISC_NO_ERROR;
}

netdisc_status nd_launch_cleaner(const char *name, const char *id, int timeout_ms, int wake,
                                 nd_trouble *why)
{
    nd_message order, answer;
    int fd = -1;

    nd_message_init(&order, ND_MESSAGE_CLEAN);
    nd_message_init(&answer, ND_MESSAGE_NONE);
    nd_message_put(&order, ND_FIELD_NAME, name);
    nd_message_put(&order, ND_FIELD_ID, id);

    netdisc_status status = nd_launch(&order, timeout_ms, wake, &fd, why);

    if (!status) {
        status = nd_launch_answer(fd, ND_MESSAGE_CLEANED, timeout_ms, wake, &answer, why);
        nd_message_clear(&answer);
        /* Its socket ends with the process. */
        nd_message_receive(fd, &answer, timeout_ms, wake);
        close(fd);
    }
    nd_message_clear(&answer);
    nd_message_clear(&order);
    return status;
}
