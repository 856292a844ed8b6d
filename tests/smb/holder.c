/* SPDX-License-Identifier: MIT */
/*
 * Holds something until its standard input ends: holder file|write|directory|cwd|root|map PATH
 *
 * Prints a line with an errno, 0 when it holds it; and one for each byte that it is sent: "r" reads the
 * next megabyte of the file, "w" writes to it, "m" reads what is mapped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEP = 1 << 20 };

typedef struct held {
    int fd;
    const volatile char *mapped;
    off_t offset;
} held;

static bool map(held *self, const char *path)
{
    void *mapped;

    self->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (self->fd < 0)
        return false;
    mapped = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, self->fd, 0);
    close(self->fd);
    self->fd = -1;
    self->mapped = mapped;
    return mapped != MAP_FAILED;
}

static bool take(held *self, const char *what, const char *path)
{
    if (strcmp(what, "cwd") == 0)
        return chdir(path) == 0;
    if (strcmp(what, "root") == 0)
        return chroot(path) == 0;
    if (strcmp(what, "map") == 0)
        return map(self, path);
    self->fd = open(path, (strcmp(what, "write") == 0 ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    return self->fd >= 0;
}

static bool act(held *self, char command)
{
    static char buffer[STEP];
    ssize_t count;

    if (command == 'm')
        return self->mapped[0] || true;
    if (command == 'w')
        return write(self->fd, "held", 4) == 4 && fsync(self->fd) == 0;
    count = pread(self->fd, buffer, sizeof buffer, self->offset);
    self->offset += count > 0 ? count : 0;
    return count >= 0;
}

static void report(bool good)
{
    printf("%d\n", good ? 0 : errno);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    held self = {.fd = -1};
    char command;

    if (argc != 3)
        return 2;
    report(take(&self, argv[1], argv[2]));
    while (read(STDIN_FILENO, &command, 1) == 1)
        report(act(&self, command));
    return 0;
}
