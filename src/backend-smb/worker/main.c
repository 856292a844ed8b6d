/* SPDX-License-Identifier: MIT */
/* The life of a worker. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "worker.h"

enum { TO_BACKEND = 0, BACKEND_MS = 10000 };

nd_worker nd_self = {.listener = -1, .wake_control = -1, .signals = -1};

/* ---- Failures ------------------------------------------------------------------------------- */

bool nd_failure_say(nd_failure *why, netdisc_status status, const char *format, ...)
{
    va_list arguments;

    *why = (nd_failure){.status = status};
    va_start(arguments, format);
    vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
    return false;
}

bool nd_failure_errno(nd_failure *why, netdisc_status status, int code, const char *format, ...)
{
    va_list arguments;

    *why = (nd_failure){.status = status, .native_domain = "errno", .native_code = code};
    va_start(arguments, format);
    vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);

    size_t used = strlen(why->text);

    snprintf(why->text + used, sizeof why->text - used, ": %s", strerror(code));
    return false;
}

void nd_failure_put(nd_message *message, const nd_failure *why)
{
    nd_message_put_number(message, ND_FIELD_STATUS, why->status);
    if (why->native_domain) {
        nd_message_put(message, ND_FIELD_NATIVE_DOMAIN, why->native_domain);
        nd_message_put_number(message, ND_FIELD_NATIVE_CODE, why->native_code);
        nd_message_put(message, ND_FIELD_NATIVE_NAME, why->native_name);
    }
    nd_message_put(message, ND_FIELD_TEXT, why->text);
}

static void send_failure(const nd_failure *why)
{
    nd_message answer;

    nd_message_init(&answer, ND_MESSAGE_FAILED);
    nd_failure_put(&answer, why);
    nd_message_send(TO_BACKEND, &answer, BACKEND_MS, -1);
    nd_message_clear(&answer);
}

/* ---- Stages --------------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    nd_stage now;
} stage = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int prepare_stages(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&stage.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return nd_files_prepare();
}

static void enter(nd_stage next)
{
    pthread_mutex_lock(&stage.lock);
    stage.now = next;
    pthread_cond_broadcast(&stage.changed);
    pthread_mutex_unlock(&stage.lock);
    nd_worker_notice();
}

nd_stage nd_stage_now(void)
{
    pthread_mutex_lock(&stage.lock);
    nd_stage now = stage.now;
    pthread_mutex_unlock(&stage.lock);
    return now;
}

bool nd_stage_wait(nd_stage wanted, int64_t deadline)
{
    struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
    int code = 0;

    pthread_mutex_lock(&stage.lock);
    while (stage.now < wanted && code == 0)
        code = pthread_cond_timedwait(&stage.changed, &stage.lock, &until);

    bool reached = stage.now >= wanted;

    pthread_mutex_unlock(&stage.lock);
    return reached;
}

void nd_worker_notice(void)
{
    eventfd_write(nd_self.wake_control, 1);
}

/* ---- The end -------------------------------------------------------------------------------- */

/* Only one thread comes past this. */
static void be_the_last(void)
{
    static pthread_mutex_t last = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&last);
}

static _Noreturn void end(int answer_to)
{
    nd_failure why;
    nd_message answer;

    nd_secret_wipe();

    int code = nd_mapping_remove(&nd_self.claim);

    nd_message_init(&answer, code ? ND_MESSAGE_FAILED : ND_MESSAGE_CANCELLED);
    if (code) {
        nd_failure_errno(&why, NETDISC_ERROR_EXTENDED_ERROR, code,
                         "the server has been left, but the mapping's directory cannot be removed");
        nd_failure_put(&answer, &why);
    }
    if (answer_to >= 0)
        nd_message_send(answer_to, &answer, BACKEND_MS, -1);
    _exit(code != 0);
}

_Noreturn void nd_worker_end(int answer_to)
{
    be_the_last();
    end(answer_to);
}

void nd_worker_end_connecting(int answer_to)
{
    pthread_mutex_lock(&stage.lock);
    if (stage.now == ND_STAGE_CONNECTING) {
        /* The lock stays: the main thread goes no further. */
        be_the_last();
        end(answer_to);
    }
    pthread_mutex_unlock(&stage.lock);
}

static _Noreturn void fail(const nd_failure *why)
{
    be_the_last();
    nd_secret_wipe();
    nd_mapping_remove(&nd_self.claim);
    send_failure(why);
    _exit(1);
}

/* ---- Holding a mapping ---------------------------------------------------------------------- */

static void describe(nd_message *info, const nd_message *request)
{
    static const nd_field kept[] = {ND_FIELD_ID,   ND_FIELD_REMOTE, ND_FIELD_LOCAL,
                                    ND_FIELD_USER, ND_FIELD_DOMAIN, ND_FIELD_AUTH};

    nd_message_init(info, ND_MESSAGE_INFO);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        nd_message_put(info, kept[i], request->fields[kept[i]]);
    nd_message_put_number(info, ND_FIELD_STATE, NETDISC_STATE_CONNECTING);
}

/* The request's password becomes the secret, and is no longer in the request. */
static bool take_secret(nd_message *request, nd_failure *why)
{
    char *password = (char *)(uintptr_t)request->fields[ND_FIELD_PASSWORD];
    int code = password ? nd_secret_keep(password) : 0;

    if (password) {
        nd_smb_wipe(password, strlen(password));
        nd_message_put(request, ND_FIELD_PASSWORD, NULL);
    }
    nd_keyring_begin(request);
    return code == 0 || nd_failure_errno(why, 0, code, "the password cannot be kept in memory");
}

static bool is_whole(const nd_message *request)
{
    static const nd_field needed[] = {ND_FIELD_NAME, ND_FIELD_ID, ND_FIELD_REMOTE, ND_FIELD_SERVER,
                                      ND_FIELD_SHARE};

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!request->fields[needed[i]] || !request->fields[needed[i]][0])
            return false;
    return true;
}

static bool claim(const nd_message *request, nd_failure *why)
{
    const char *reason = NULL;
    int code = nd_mapping_claim(&nd_self.claim, request->fields[ND_FIELD_NAME], &nd_self.info, &reason);

    if (code == 0) {
        nd_mapping_sweep(&nd_self.claim.dir);
        return true;
    }
    if (code == EEXIST)
        return nd_failure_say(why, NETDISC_ERROR_ALREADY_ASSIGNED, "%s is in use",
                              request->fields[ND_FIELD_NAME]);
    return nd_failure_errno(why, reason ? NETDISC_ERROR_ACCESS_DENIED : 0, code, "%s",
                            reason ? reason : "the mapping cannot be written down");
}

static bool begin_control(nd_failure *why)
{
    int code = nd_mapping_listen(&nd_self.claim, &nd_self.listener);

    if (code == 0)
        code = nd_control_start();
    return code == 0 || nd_failure_errno(why, 0, code, "the mapping cannot be controlled");
}

static bool is_mount_point(const char *local)
{
    return local && local[0] == '/';
}

/* "//server/share", which may be "//server:port/share". */
static char *make_source(const nd_message *request)
{
    const char *port = request->fields[ND_FIELD_PORT];
    char *source = NULL;
    bool other = port && strcmp(port, "0") != 0;

    if (asprintf(&source, "//%s%s%s/%s", request->fields[ND_FIELD_SERVER], other ? ":" : "",
                 other ? port : "", request->fields[ND_FIELD_SHARE]) < 0)
        return NULL;
    return source;
}

static bool mount_at(char *place, const nd_message *request, nd_failure *why)
{
    char *source = make_source(request);
    bool mounted = false;

    if (source && place)
        mounted = nd_files_mount(place, source, why);
    else
        nd_failure_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "there is not enough memory");
    free(source);
    if (!mounted) {
        free(place);
        return false;
    }
    nd_mount_find(place, nd_self.device);
    nd_self.mount = place;
    nd_message_put(&nd_self.info, ND_FIELD_PATH, place);
    return true;
}

/* Without FUSE a mapping is one all the same, unless files at that place are all that it is. */
static bool mount_files(char *place, const nd_message *request, char *remark, size_t size,
                        nd_failure *why)
{
    if (place)
        return mount_at(place, request, why);
    if (mount_at(nd_mapping_path(&nd_self.claim.dir, nd_self.claim.name, "files"), request, why))
        return true;

    size_t used = strlen(remark);

    snprintf(remark + used, size - used, "%s, but without files: %s", used ? "" : "connected",
             why->text);
    return true;
}

/* One that has come from the keyring is there already. */
static void keep_password(const nd_message *request, bool given, char *remark, size_t size)
{
    bool wanted = given && nd_message_number(request, ND_FIELD_SAVE_PASSWORD, 0) == 1;
    const char *why = wanted ? nd_keyring_save() : NULL;

    if (why)
        snprintf(remark, size, "connected, but the password could not be kept: %s", why);
}

static bool announce(const char *remark, nd_failure *why)
{
    nd_message_put_number(&nd_self.info, ND_FIELD_STATE, NETDISC_STATE_CONNECTED);

    int code = nd_mapping_write(&nd_self.claim, &nd_self.info);

    if (code)
        return nd_failure_errno(why, 0, code, "the mapping cannot be written down");

    nd_message answer;

    nd_message_init(&answer, ND_MESSAGE_CONNECTED);
    for (int i = 0; i < ND_FIELDS; i++)
        nd_message_put(&answer, (nd_field)i, nd_self.info.fields[i]);
    nd_message_put(&answer, ND_FIELD_TEXT, remark[0] ? remark : NULL);
    /* If it has gone, the control thread sees so. */
    nd_message_send(TO_BACKEND, &answer, BACKEND_MS, -1);
    nd_message_clear(&answer);
    return true;
}

/* From here on the control thread ends the process. */
static _Noreturn void serve(void)
{
    enter(ND_STAGE_SERVING);
    nd_files_serve();
    enter(ND_STAGE_LEAVING);
    nd_files_abort();
    nd_server_leave();
    enter(ND_STAGE_LEFT);
    for (;;)
        pause();
}

static _Noreturn void undo_mount(const nd_failure *why)
{
    if (nd_self.mount)
        nd_unmount(nd_self.mount, nd_self.device, true);
    fail(why);
}

/* With the mapping claimed and the other thread at work. */
static _Noreturn void connect_and_serve(const nd_message *request)
{
    nd_failure why = {0};
    char remark[1024] = "", *place = NULL;
    const char *local = request->fields[ND_FIELD_LOCAL];
    bool given = nd_secret()[0];

    if (is_mount_point(local) && !nd_mount_check(local, &place, &why))
        fail(&why);
    nd_keyring_find();
    if (!nd_server_connect(request, &why))
        fail(&why);
    keep_password(request, given, remark, sizeof remark);
    enter(ND_STAGE_MOUNTING);
    if (!mount_files(place, request, remark, sizeof remark, &why))
        fail(&why);
    if (!announce(remark, &why))
        undo_mount(&why);
    serve();
}

static _Noreturn void hold(nd_message *request)
{
    nd_failure why = {0};

    if (!is_whole(request))
        _exit(1);
    nd_self.id = request->fields[ND_FIELD_ID];
    describe(&nd_self.info, request);
    if (!claim(request, &why)) {
        send_failure(&why);
        _exit(1);
    }
    if (!take_secret(request, &why) || !begin_control(&why))
        fail(&why);
    connect_and_serve(request);
}

/* ---- The beginning -------------------------------------------------------------------------- */

/* Out of the hands of the program that has started it, which has a child to wait for no longer. */
static void detach(void)
{
    pid_t pid = fork();

    if (pid != 0)
        _exit(pid < 0);
    if (setsid() < 0 || chdir("/"))
        _exit(1);
    umask(077);
    prctl(PR_SET_DUMPABLE, 0);
}

/* The limits were those of a program that may be gone tomorrow. */
static void lift_limits(void)
{
    static const int all[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_AS, RLIMIT_NOFILE};
    struct rlimit limit;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (getrlimit((__rlimit_resource_t)all[i], &limit) == 0) {
            limit.rlim_cur = limit.rlim_max;
            setrlimit((__rlimit_resource_t)all[i], &limit);
        }
}

static void set_signals(void)
{
    static const int ending[] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t set;

    for (int i = 1; i < NSIG; i++)
        signal(i, i == SIGPIPE ? SIG_IGN : SIG_DFL);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        sigaddset(&set, ending[i]);
    sigprocmask(SIG_SETMASK, &set, NULL);
    nd_self.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int clean(const nd_message *request)
{
    const char *name = request->fields[ND_FIELD_NAME], *id = request->fields[ND_FIELD_ID];
    nd_failure why;
    nd_message answer;

    if (name && id && !nd_unmount_idle(name, id, &why)) {
        send_failure(&why);
        return 1;
    }
    if (!id)
        nd_clean_up(name);
    nd_message_init(&answer, ND_MESSAGE_CLEANED);
    return nd_message_send(TO_BACKEND, &answer, BACKEND_MS, -1) != 0;
}

int main(void)
{
    nd_message request;

    detach();
    lift_limits();
    set_signals();
    nd_self.wake_control = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    fcntl(TO_BACKEND, F_SETFD, FD_CLOEXEC);
    if (nd_self.signals < 0 || nd_self.wake_control < 0 || prepare_stages())
        return 1;
    if (nd_message_receive(TO_BACKEND, &request, BACKEND_MS, -1))
        return 1;
    if (request.type == ND_MESSAGE_CONNECT)
        hold(&request);

    int status = request.type == ND_MESSAGE_CLEAN ? clean(&request) : 1;

    nd_message_clear(&request);
    return status;
}
