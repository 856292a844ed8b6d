/* SPDX-License-Identifier: MIT */
/* Compiling this for Windows is the test: our numbers are winerror.h's. */
#include <winerror.h>

#include "netdisc.h"

/* winerror.h has these four; mingw's copy of it does not. */
#ifndef ERROR_IP_ADDRESS_CONFLICT1
#define ERROR_IP_ADDRESS_CONFLICT1 611L
#endif
#ifndef ERROR_IP_ADDRESS_CONFLICT2
#define ERROR_IP_ADDRESS_CONFLICT2 612L
#endif
#ifndef ERROR_REGISTRY_QUOTA_LIMIT
#define ERROR_REGISTRY_QUOTA_LIMIT 613L
#endif
#ifndef ERROR_NOINTERFACE
#define ERROR_NOINTERFACE 632L
#endif

/* `name` alone is winerror.h's macro; beside # and ## it is the bare word, as long as CHECK is what the
 * map itself calls: one more macro in between would get the number. */
#define CHECK(code, name, text) _Static_assert(NETDISC_##name == (name), #name);
NETDISC_STATUS_MAP(CHECK)

int main(void)
{
    return 0;
}
