// SPDX-License-Identifier: MIT
// netcon.h as C++ programs use it: test_netcon_cpp.c calls these, each gives the line that went wrong, or 0.
#include "windows.h"

#include "netcon.h"

#include "netcon_cpp.h"

#define EXPECT(condition)                                                                               \
    do {                                                                                                \
        if (!(condition))                                                                               \
            return __LINE__;                                                                            \
    } while (false)

namespace
{

bool is(const WCHAR *text, const WCHAR *expected)
{
    while (*text && *text == *expected) {
        text++;
        expected++;
    }
    return *text == *expected;
}

// The connection of that name; nullptr: there is none.
INetConnection *find(const WCHAR *name)
{
    INetConnectionManager *manager = nullptr;
    IEnumNetConnection *all = nullptr;
    INetConnection *found = nullptr, *connection;

    if (FAILED(CoCreateInstance(CLSID_ConnectionManager, nullptr, CLSCTX_ALL, IID_PPV_ARGS(&manager))))
        return nullptr;
    if (SUCCEEDED(manager->EnumConnections(NCME_DEFAULT, &all))) {
        while (!found && all->Next(1, &connection, nullptr) == S_OK) {
            NETCON_PROPERTIES *properties = nullptr;

            if (connection->GetProperties(&properties) == S_OK && is(properties->pszwName, name))
                found = connection;
            else
                connection->Release();
            NcFreeNetconProperties(properties);
        }
        all->Release();
    }
    manager->Release();
    return found;
}

NETCON_STATUS status_of(INetConnection *connection)
{
    NETCON_PROPERTIES *properties = nullptr;
    NETCON_STATUS status = NCS_HARDWARE_MALFUNCTION;

    if (connection->GetProperties(&properties) == S_OK)
        status = properties->Status;
    NcFreeNetconProperties(properties);
    return status;
}

// An object made in C++.
class Counter : public IUnknown
{
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out) override
    {
        *out = nullptr;
        if (iid != IID_IUnknown)
            return E_NOINTERFACE;
        *out = this;
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return ++references;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return --references;
    }
    ULONG references = 1;
};

} // namespace

// Each method does its own, so each is at its place.
int cpp_every_method(void)
{
    INetConnection *connection = find(NETDISC_WIN32_WIDE("Plain")), *copy = nullptr;
    CLSID class_id;

    EXPECT(connection);
    EXPECT(status_of(connection) == NCS_DISCONNECTED);
    EXPECT(connection->Connect() == S_OK);
    EXPECT(status_of(connection) == NCS_CONNECTED);
    EXPECT(connection->Disconnect() == S_OK);
    EXPECT(status_of(connection) == NCS_DISCONNECTED);
    EXPECT(connection->Delete() == E_NOTIMPL);
    EXPECT(connection->Duplicate(NETDISC_WIN32_WIDE("Copy"), &copy) == E_NOTIMPL);
    EXPECT(connection->GetProperties(nullptr) == E_POINTER);
    EXPECT(connection->GetUiObjectClassId(&class_id) == E_NOTIMPL);
    EXPECT(connection->Rename(NETDISC_WIN32_WIDE("New")) == E_NOTIMPL);
    EXPECT(connection->AddRef() == 2);
    EXPECT(connection->Release() == 1);
    EXPECT(connection->Release() == 0);
    return 0;
}

int cpp_enumerator(void)
{
    INetConnectionManager *manager = nullptr;
    IEnumNetConnection *all = nullptr, *copy = nullptr;
    INetConnection *connections[2];
    ULONG fetched;

    EXPECT(CoCreateInstance(CLSID_ConnectionManager, nullptr, CLSCTX_ALL, IID_INetConnectionManager,
                            reinterpret_cast<void **>(&manager)) == S_OK);
    EXPECT(manager->EnumConnections(NCME_DEFAULT, &all) == S_OK);
    EXPECT(manager->Release() == 0);
    EXPECT(all->Skip(1) == S_OK);
    EXPECT(all->Clone(&copy) == S_OK);
    EXPECT(all->Reset() == S_OK);
    EXPECT(all->Next(2, connections, &fetched) == S_OK && fetched == 2);
    EXPECT(connections[0]->Release() == 1);
    EXPECT(connections[1]->Release() == 1);
    EXPECT(all->Next(2, connections, &fetched) == S_FALSE && fetched == 0);
    EXPECT(all->Release() == 0);
    EXPECT(copy->Next(2, connections, &fetched) == S_FALSE && fetched == 1);
    EXPECT(copy->Release() == 0);
    EXPECT(connections[0]->Release() == 0);
    return 0;
}

int cpp_identity(void)
{
    INetConnection *connection = find(NETDISC_WIN32_WIDE("Plain")), *again = nullptr;
    IUnknown *unknown = nullptr, *of_unknown = nullptr;

    EXPECT(connection);
    EXPECT(__uuidof(INetConnection) == IID_INetConnection);
    EXPECT(__uuidof(IEnumNetConnection) == IID_IEnumNetConnection);
    EXPECT(__uuidof(INetConnectionManager) == IID_INetConnectionManager);
    EXPECT(__uuidof(IUnknown) == IID_IUnknown);
    EXPECT(IID_INetConnection != IID_IUnknown);
    EXPECT(IsEqualIID(IID_INetConnection, __uuidof(*connection)));
    EXPECT(connection->QueryInterface(IID_PPV_ARGS(&unknown)) == S_OK);
    EXPECT(unknown->QueryInterface(IID_PPV_ARGS(&again)) == S_OK);
    EXPECT(again->QueryInterface(IID_IUnknown, reinterpret_cast<void **>(&of_unknown)) == S_OK);
    EXPECT(of_unknown == unknown);
    EXPECT(connection->QueryInterface(IID_IEnumNetConnection, reinterpret_cast<void **>(&again)) ==
           E_NOINTERFACE);
    EXPECT(!again);
    for (int i = 0; i < 3; i++)
        connection->Release();
    EXPECT(connection->Release() == 0);
    return 0;
}

// The other way round: C calls what C++ made.
int cpp_object(int (*use)(IUnknown *))
{
    Counter counter;
    void *out = &counter;

    EXPECT(use(&counter) == 0);
    EXPECT(counter.references == 1);
    EXPECT(CoCreateInstance(CLSID_ConnectionManager, &counter, CLSCTX_ALL, IID_IUnknown, &out) ==
           CLASS_E_NOAGGREGATION);
    EXPECT(!out);
    EXPECT(counter.references == 1);
    return 0;
}
