/* SPDX-License-Identifier: MIT */
/*
 * The base types and macros of Windows' windef.h and winnt.h that the functions of libnetdisc-win32 need.
 *
 * Sizes are those of 64-bit Windows: DWORD, LONG and BOOL have 32 bits, though a long has 64 here. WCHAR is
 * UTF-16, whatever wchar_t is. Where the program is compiled with -fshort-wchar, L"text" is a string of
 * WCHAR; elsewhere write u"text" or TEXT("text").
 */
#ifndef NETDISC_WIN32_WINDEF_H
#define NETDISC_WIN32_WINDEF_H

#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <uchar.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define NETDISC_WIN32_API __attribute__((visibility("default")))

#define WINAPI
#define APIENTRY WINAPI
#define CALLBACK
#define FAR
#define CONST const
#define IN
#define OUT

#ifndef VOID
#define VOID void
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#define MAX_PATH 260

typedef char CHAR;
typedef unsigned char BYTE, UCHAR, BOOLEAN;
typedef int16_t SHORT;
typedef uint16_t WORD, USHORT;
typedef int INT;
typedef unsigned int UINT;
typedef int32_t LONG, BOOL, HRESULT;
typedef uint32_t DWORD, ULONG;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef intptr_t INT_PTR, LONG_PTR;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR;
typedef size_t SIZE_T;

#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#define NETDISC_WIN32_WIDE(text) L##text
#else
typedef char16_t WCHAR;
#define NETDISC_WIN32_WIDE(text) u##text
#endif

typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef CHAR *PCHAR, *PSTR, *LPSTR;
typedef const CHAR *PCSTR, *LPCSTR;
typedef WCHAR *PWCHAR, *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;
typedef BYTE *PBYTE, *LPBYTE;
typedef UCHAR *PUCHAR;
typedef BOOL *PBOOL, *LPBOOL;
typedef WORD *PWORD, *LPWORD;
typedef DWORD *PDWORD, *LPDWORD;
typedef LONG *PLONG, *LPLONG;
typedef ULONG *PULONG;

/* A handle is a number, and never an address. */
typedef void *HANDLE;
typedef HANDLE *PHANDLE, *LPHANDLE;
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

/* There are no windows here: NULL is the only value that means something. */
typedef struct HWND__ *HWND;

#ifdef UNICODE
typedef WCHAR TCHAR;
typedef LPWSTR PTSTR, LPTSTR;
typedef LPCWSTR PCTSTR, LPCTSTR;
#define NETDISC_WIN32_TEXT(text) NETDISC_WIN32_WIDE(text)
#else
typedef CHAR TCHAR;
typedef LPSTR PTSTR, LPTSTR;
typedef LPCSTR PCTSTR, LPCTSTR;
#define NETDISC_WIN32_TEXT(text) text
#endif
#define TEXT(text) NETDISC_WIN32_TEXT(text)

#ifdef __cplusplus
}
#endif

#endif
