/* SPDX-License-Identifier: MIT */
/* As it was written for Windows. Without an argument: nothing is asked of any provider. */
#include <windows.h>
#include <winnetwk.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    DWORD code = argc > 1 ? WNetCancelConnection2A(argv[1], 0, FALSE) : GetLastError();

    printf("%u\n", (unsigned)code);
    return code != NO_ERROR;
}
