/* SPDX-License-Identifier: MIT */
/*
 * Connecting. The service calls back from a thread of its own, perhaps after everybody has given up: so it
 * is given a number, and what it says of a number that stands for nothing any more is not heard.
 */
#include "nd_ras.h"

enum { LOOK_MS = 500, HANG_UP_MS = 50, HANG_UPS = 40 };

typedef struct dial {
    struct dial *next;
    ULONG_PTR number;
    nd_ras *ras;
    nd_call *call;
    const char *name;
    HRASCONN connection;
    bool has_password;
    bool up;     /* by the notifier, under the lock */
    DWORD error; /* likewise */
} dial;

static SRWLOCK lock = SRWLOCK_INIT;
static dial *dials;
static ULONG_PTR last_number;

static void enter(dial *self)
{
    AcquireSRWLockExclusive(&lock);
    self->number = ++last_number;
    self->next = dials;
    dials = self;
    ReleaseSRWLockExclusive(&lock);
}

static void leave(const dial *self)
{
    AcquireSRWLockExclusive(&lock);
    for (dial **at = &dials; *at; at = &(*at)->next) {
        if (*at == self) {
            *at = self->next;
            break;
        }
    }
    ReleaseSRWLockExclusive(&lock);
}

/* With the lock held. NULL: nobody listens any more. */
static dial *find(ULONG_PTR number)
{
    dial *self = dials;

    while (self && self->number != number)
        self = self->next;
    return self;
}

/* 0: it need not be called again. */
static DWORD WINAPI on_news(ULONG_PTR number, DWORD link, HRASCONN connection, UINT message,
                            RASCONNSTATE state, DWORD error, DWORD more)
{
    (void)link;
    (void)connection;
    (void)message;
    (void)more;
    AcquireSRWLockExclusive(&lock);
    dial *self = find(number);

    if (self) {
        self->error = error;
        self->up = !error && state == RASCS_Connected;
        nd_patience_raise(&self->ras->patience);
    }
    ReleaseSRWLockExclusive(&lock);
    return self != NULL;
}

typedef __typeof__(RasHangUpW) hang_up_function;

/* Of one that nobody waits for: what has failed holds its port until it is hung up, which a notifier may do. */
static DWORD WINAPI hang_up_what_fails(ULONG_PTR hangs_up, DWORD link, HRASCONN connection, UINT message,
                                       RASCONNSTATE state, DWORD error, DWORD more)
{
    (void)link;
    (void)message;
    (void)state;
    (void)more;
    if (error)
        ((hang_up_function *)hangs_up)(connection);
    return !error;
}

/* The service may call a notifier whenever it likes: this code must never go. */
static void stay_loaded(void)
{
    const DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    HMODULE own;

    GetModuleHandleExW(flags, (LPCWSTR)(ULONG_PTR)on_news, &own);
}

/* ---- What becomes of it --------------------------------------------------------------------- */

static netdisc_status failed(const dial *self, DWORD code, nd_trouble *why)
{
    netdisc_status status =
        nd_ras_trouble(self->ras, why, code, "\"%s\" cannot be connected", self->name);

    if (status == NETDISC_ERROR_LOGON_FAILURE && !self->has_password)
        nd_ras_trouble(self->ras, why, code, "\"%s\" cannot be connected, no password is saved for it",
                       self->name);
    return status;
}

/* What the service itself says: a notifier that is not called must not be all there is. */
static DWORD ask(const dial *self, bool *up)
{
    RASCONNSTATUSW now = {.dwSize = sizeof now};
    DWORD code = self->ras->call.RasGetConnectStatusW(self->connection, &now);

    if (nd_ras_is_ended(code))
        return ERROR_USER_DISCONNECTION;
    if (code != NO_ERROR)
        return NO_ERROR;
    if (now.dwError != NO_ERROR && now.dwError != PENDING)
        return now.dwError;
    if (now.rasconnstate == RASCS_Disconnected)
        return ERROR_DISCONNECTION;
    *up = now.rasconnstate == RASCS_Connected;
    return NO_ERROR;
}

/* True: it is decided. */
static bool is_decided(dial *self, netdisc_status *status, nd_trouble *why)
{
    AcquireSRWLockShared(&lock);
    bool up = self->up;
    DWORD error = self->error;
    ReleaseSRWLockShared(&lock);

    if (!up && !error)
        error = ask(self, &up);
    *status = error ? failed(self, error, why) : NETDISC_NO_ERROR;
    return up || error;
}

static netdisc_status given_up(nd_trouble *why)
{
    return nd_trouble_say(why, NETDISC_ERROR_TIMEOUT, "the caller has given up");
}

static netdisc_status see_it_come(dial *self, nd_trouble *why)
{
    netdisc_status status;
    uint64_t round;

    nd_note(self->call, "it was dialled, but did not connect, and was hung up");
    do {
        round = nd_patience_round(&self->ras->patience);
        if (is_decided(self, &status, why)) {
            nd_note(self->call, NULL);
            return status || !nd_abandoned(self->call) ? status : given_up(why);
        }
    } while (nd_patience_wait(&self->ras->patience, self->call, round, LOOK_MS));
    return given_up(why);
}

/* Every connection that was dialled, even if it failed, has to be hung up; and its port is not free before the
 * service forgets it, which is why that is waited for a little, whoever has given up. */
static void hang_up(const dial *self)
{
    RASCONNSTATUSW now = {.dwSize = sizeof now};

    if (!self->connection || self->ras->call.RasHangUpW(self->connection) != NO_ERROR)
        return;
    for (int i = 0; i < HANG_UPS; i++) {
        if (nd_ras_is_ended(self->ras->call.RasGetConnectStatusW(self->connection, &now)))
            return;
        Sleep(HANG_UP_MS);
    }
}

/* ---- Dialling ------------------------------------------------------------------------------- */

/* `with` is to be wiped in any case. */
static DWORD dial_entry(dial *self, const nd_ras_entry *entry, RASDIALPARAMSW *with)
{
    const nd_ras_api *call = &self->ras->call;
    const WCHAR *phonebook = *entry->phonebook ? entry->phonebook : NULL;
    bool waits = !(self->call->flags & NETDISC_NO_WAIT);
    void *notifier = waits ? (void *)on_news : (void *)hang_up_what_fails;
    WINBOOL has_password = FALSE;

    stay_loaded();
    *with = (RASDIALPARAMSW){.dwSize = sizeof *with};
    memcpy(with->szEntryName, entry->name, sizeof entry->name);

    DWORD code = call->RasGetEntryDialParamsW(phonebook, with, &has_password);

    self->has_password = has_password;
    with->dwCallbackId = waits ? self->number : (ULONG_PTR)call->RasHangUpW;
    if (code == NO_ERROR)
        code = call->RasDialW(NULL, phonebook, with, 2, notifier, &self->connection);
    return code;
}

static netdisc_status connect_entry(nd_ras *ras, nd_call *call, const nd_ras_entry *entry,
                                    nd_trouble *why)
{
    dial self = {.ras = ras, .call = call, .name = call->items[0]->as.connection.name};
    RASDIALPARAMSW parameters;
    netdisc_status status = NETDISC_NO_ERROR;

    enter(&self);

    DWORD code = dial_entry(&self, entry, &parameters);

    SecureZeroMemory(&parameters, sizeof parameters);
    if (code != NO_ERROR)
        status = failed(&self, code, why);
    else if (!(call->flags & NETDISC_NO_WAIT))
        status = see_it_come(&self, why);
    if (status)
        hang_up(&self);
    leave(&self);
    return status;
}

/* By its GUID: its key is another once it is active. */
static const nd_ras_entry *entry_of(const nd_ras_entries *entries, const nd_item *item)
{
    char uuid[ND_GUID_TEXT];

    for (size_t i = 0; i < entries->count; i++) {
        nd_guid_text(&entries->all[i].guid, uuid);
        if (strcmp(uuid, item->as.connection.uuid) == 0)
            return &entries->all[i];
    }
    return NULL;
}

void nd_ras_connect(void *state, nd_call *call)
{
    nd_ras_entries entries;
    nd_trouble why;
    netdisc_status status = nd_ras_read(state, &entries, &why);
    const nd_ras_entry *entry = status ? NULL : entry_of(&entries, call->items[0]);

    if (!status && !entry)
        status = nd_trouble_say(&why, NETDISC_ERROR_NOT_FOUND, "\"%s\" is no longer there",
                                call->items[0]->as.connection.name);
    else if (!status && entry->state != NETDISC_STATE_CONNECTED)
        status = connect_entry(state, call, entry, &why);
    nd_ras_clear(&entries);
    nd_trouble_finish(call, status, &why);
}
