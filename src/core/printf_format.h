/* SPDX-License-Identifier: MIT */
#ifndef ND_PRINTF_FORMAT_H
#define ND_PRINTF_FORMAT_H

/* For the compiler to check a format, parameter number `text`, against the arguments from `first` on. */
#if defined(__MINGW32__) && !defined(__clang__)
#define ND_PRINTF(text, first) __attribute__((__format__(__gnu_printf__, text, first)))
#elif defined(__GNUC__)
#define ND_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define ND_PRINTF(text, first)
#endif

#endif
