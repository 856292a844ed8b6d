# SPDX-License-Identifier: MIT
"""Verbs that wait, on the fake provider."""
import contextlib
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import unittest
import warnings

import fake_provider as fake
import netdisc
from netdisc import Answer, EventType, Kind, QuestionKind, State, Status, _callbacks, _library, _types, _verbs

LONG_S = 20
OFFICE = "2b3c6d8e-5f10-4a7b-8c9d-0e1f2a3b4c5d"


class Case(unittest.TestCase):
    """On a context of its own; what was remembered for callbacks is forgotten in the end."""

    def setUp(self):
        remembered = len(_callbacks._known)
        self.world = fake.Fake()
        self.nd = fake.opened()
        self.nd.backends()
        self.addCleanup(lambda: self.assertEqual(len(_callbacks._known), remembered))
        self.addCleanup(self.nd.close)

    @contextlib.contextmanager
    def fails(self, kind, status, message=""):
        with self.assertRaises(kind) as caught:
            yield caught
        self.assertEqual(caught.exception.status, status)
        self.assertIn(message, caught.exception.message)


class Lists(Case):
    def test_shares(self):
        found = self.nd.shares()
        self.assertEqual([share.local for share in found], ["Z:", "Y:", None])
        self.assertEqual(found[0].remote, r"\\server\projects")
        self.assertIs(found[0].state, State.CONNECTED)
        self.assertEqual((found.failures, found.note, found.partial), ((), None, False))

    def test_wlans(self):
        wlan, = self.nd.wlans()
        self.assertEqual((wlan.name, wlan.ssid, wlan.ssid_bytes, wlan.signal), ("wlan0", "cafe", b"cafe", 70))

    def test_connections(self):
        office, home = self.nd.connections()
        self.assertEqual((office.name, office.uuid, office.external), ("Office VPN", OFFICE, None))
        self.assertIs(home.state, State.DISCONNECTED)

    def test_backends(self):
        backend, = self.nd.backends()
        self.assertEqual((backend.provider, backend.kinds, backend.usable), ("fake", Kind.ALL, True))

    def test_holders(self):
        holder, = self.nd.share_holders("Z:")
        self.assertEqual((holder.pid, holder.program, holder.what), (4242, "editor", "file"))

    def test_a_partial_list(self):
        self.world.script(fake.SHARE_LIST, lacks=b"some are hidden")
        found = self.nd.shares()
        self.assertEqual(len(found), 3)
        self.assertTrue(found.partial)
        failure, = found.failures
        self.assertIsInstance(failure, netdisc.AccessDenied)
        self.assertEqual((failure.message, failure.provider), ("some are hidden", "fake"))

    def test_items_are_values(self):
        found = self.nd.shares()
        self.assertEqual(found, self.nd.shares())
        self.assertEqual(len(set(found)), 3)
        self.assertEqual(pickle.loads(pickle.dumps(found)), found)
        with self.assertRaises(AttributeError):
            found[0].local = "X:"


class Verbs(Case):
    def test_resolve(self):
        self.assertEqual(self.nd.resolve_share("Z:").remote, r"\\server\projects")
        with self.fails(netdisc.NotConnected, Status.ERROR_NOT_CONNECTED):
            self.nd.resolve_share("Q:")

    def test_add_and_cancel(self):
        made, = self.nd.add_share("//server/new", "N:", user="ada", password="s3cret ä")
        self.assertEqual((made.local, made.remote), ("N:", r"\\server\new"))
        ended = self.nd.cancel_share("N:")
        self.assertEqual([share.local for share in ended], ["N:"])
        with self.fails(netdisc.NotConnected, Status.ERROR_NOT_CONNECTED):
            self.nd.cancel_share("N:")
        self.assertEqual(self.nd.cancel_share("N:", if_connected=True), [])

    def test_in_use(self):
        with self.fails(netdisc.InUse, Status.ERROR_OPEN_FILES) as caught:
            self.nd.cancel_share("Z:")
        self.assertEqual(caught.exception.holders, self.nd.share_holders("Z:"))
        self.assertIn("ERROR_OPEN_FILES (2401)", str(caught.exception))
        self.nd.cancel_share("Z:", force=True)

    def test_all_mappings_of_a_server(self):
        ended = self.nd.cancel_share("//server", all=True, force=True)
        self.assertEqual(len(ended), 2)

    def test_wlan(self):
        self.nd.disconnect_wlan()
        with self.fails(netdisc.NotConnected, Status.ERROR_NOT_CONNECTED):
            self.nd.disconnect_wlan("wlan0")
        self.nd.connect_wlan(b"\xff\xfe", device="wlan0", passphrase=bytearray(b"12345678"))
        self.assertIs(self.nd.wlans()[0].state, State.CONNECTED)
        for ssid in (b"", b"x" * 33, None):
            with self.fails(netdisc.Error, Status.ERROR_INVALID_PARAMETER):
                self.nd.connect_wlan(ssid)

    def test_connections(self):
        self.nd.disconnect_connection("Office VPN")
        self.nd.disconnect_connection(OFFICE, if_connected=True)
        made, = self.nd.connect_connection(OFFICE, wait=False)
        self.assertEqual(made.uuid, OFFICE)

    def test_note(self):
        self.world.script(fake.SHARE_CANCEL, note=b"they keep it")
        self.assertEqual(self.nd.cancel_share("Z:", force=True).note, "they keep it")

    def test_native_detail(self):
        why = fake.Failure(5, "zu groß".encode(), b"errno", 13, b"EACCES")
        self.world.script(fake.SHARE_LIST, fake.FAIL, status=5, why=why)
        with self.fails(PermissionError, Status.ERROR_ACCESS_DENIED, "zu groß") as caught:
            self.nd.shares()
        error = caught.exception
        self.assertEqual((error.provider, error.native_domain, error.native_code, error.native_name),
                         ("fake", "errno", 13, "EACCES"))
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), str(again), again.native_code), (type(error), str(error), 13))

    def test_a_code_that_is_not_listed(self):
        self.world.script(fake.SHARE_LIST, fake.FAIL, status=4711)
        with self.fails(netdisc.Error, 4711) as caught:
            self.nd.shares()
        self.assertEqual(caught.exception.status.name, "UNLISTED_STATUS")

    def test_malformed_names(self):
        with self.fails(netdisc.Error, Status.ERROR_BAD_DEVICE):
            self.nd.cancel_share("Z")
        with self.fails(netdisc.Error, Status.ERROR_BAD_NET_NAME):
            self.nd.cancel_share("//server/\udcff")
        with self.assertRaises(ValueError):
            self.nd.cancel_share("Z:\0Y:")
        with self.assertRaises(ValueError):
            self.nd.add_share("//server/new", password="a\0b")
        with self.assertRaises(TypeError):
            self.nd.cancel_share(None if False else 7)
        with self.fails(netdisc.Error, Status.ERROR_INVALID_PARAMETER):
            self.nd.cancel_share(None)

    def test_passwords_are_wiped(self):
        for given in ("s3cret", b"s3cret", bytearray(b"s3cret")):
            request = _verbs.add_share(self.nd, "//server/new", "N:", password=given)
            self.assertEqual(request.secret.value, b"s3cret")
            self.nd._run(request)
            self.assertEqual(request.secret.raw, bytes(7))
            self.nd.cancel_share("N:")
        request = _verbs.add_share(self.nd, "nonsense", password="s3cret")
        with self.assertRaises(netdisc.Error):
            self.nd._run(request)
        self.assertEqual(request.secret.raw, bytes(7))

    def test_the_password_arrives(self):
        self.world.script(fake.SHARE_ADD, password="s3cret ä".encode())
        with self.fails(netdisc.Error, Status.ERROR_INVALID_PASSWORD):
            self.nd.add_share("//server/new", "N:", password="s3cret a")
        self.nd.add_share("//server/new", "N:", password="s3cret ä")


class Timeouts(Case):
    def test_the_verbs_own(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        for kind in (netdisc.TimedOut, TimeoutError):
            with self.fails(kind, Status.ERROR_TIMEOUT):
                self.nd.shares(timeout=0.2)

    def test_zero_is_at_once_not_the_default(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        begun = time.monotonic()
        with self.fails(netdisc.TimedOut, Status.ERROR_TIMEOUT):
            self.nd.shares(timeout=0)
        self.assertLess(time.monotonic() - begun, LONG_S)

    def test_the_contexts(self):
        self.nd.close()
        with fake.opened(timeout=0.2) as nd:
            nd.backends()
            self.world.script(fake.SHARE_LIST, fake.NEVER)
            with self.fails(netdisc.TimedOut, Status.ERROR_TIMEOUT):
                nd.shares()

    def test_what_is_none(self):
        self.assertEqual(len(self.nd.shares(timeout=None)), 3)
        self.assertEqual(len(self.nd.shares(timeout=float("inf"))), 3)
        for nonsense in (-1, float("nan"), -0.001):
            with self.assertRaises(ValueError):
                self.nd.shares(timeout=nonsense)


class Prompts(Case):
    def test_yes(self):
        asked = []

        def prompt(question):
            asked.append(question)
            return Answer.YES

        ended = self.nd.disconnect_share("Z:", prompt=prompt)
        self.assertEqual([share.local for share in ended], ["Z:"])
        question, = asked
        self.assertIs(question.kind, QuestionKind.FORCE)
        self.assertEqual(question.error.holders[0].program, "editor")

    def test_no_and_dismissed(self):
        for answer, status in ((False, Status.ERROR_CANCELLED), (Answer.NO, Status.ERROR_CANCELLED),
                               (Answer.DISMISSED, Status.DISMISSED)):
            with self.fails(netdisc.Cancelled, status):
                self.nd.disconnect_share("Z:", prompt=lambda question: answer)

    def test_told(self):
        told = []
        with self.fails(netdisc.NotConnected, Status.ERROR_NOT_CONNECTED):
            self.nd.disconnect_share("Q:", prompt=told.append)
        question, = told
        self.assertIs(question.kind, QuestionKind.TOLD)
        self.assertIsInstance(question.error, netdisc.NotConnected)

    def test_what_it_raises_ends_the_verb(self):
        def prompt(question):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.nd.disconnect_share("Z:", prompt=prompt)
        self.assertEqual(len(self.nd.share_holders("Z:")), 1)

    def test_it_may_use_the_context(self):
        seen = []

        def prompt(question):
            seen.extend(self.nd.share_holders("Z:"))
            return True

        self.nd.disconnect_share("Z:", prompt=prompt)
        self.assertEqual(len(seen), 1)

    def test_it_may_close_the_context(self):
        def prompt(question):
            self.nd.close()
            return True

        with self.fails(netdisc.Cancelled, Status.ERROR_CANCELLED):
            self.nd.disconnect_share("Z:", prompt=prompt)

    def test_nonsense(self):
        async def prompt(question):
            return True

        for kind, given in ((TypeError, prompt), (ValueError, lambda question: None)):
            with self.assertRaises(kind):
                self.nd.disconnect_share("Z:", prompt=given)
        with self.assertRaises(ValueError):
            self.nd.disconnect_share("Z:", prompt=given, window=1)

    def test_nobody_to_ask(self):
        with self.fails(netdisc.InUse, Status.ERROR_OPEN_FILES):
            self.nd.disconnect_share("Z:")

    def test_the_systems_dialog(self):
        self.world.script(fake.SHARE_DIALOG, fake.FAIL, status=Status.ERROR_CANCELLED)
        with self.fails(netdisc.Cancelled, Status.ERROR_CANCELLED):
            self.nd.disconnect_share("Z:", window=1)
        with self.fails(netdisc.NotConnected, Status.ERROR_NOT_CONNECTED):
            self.nd.disconnect_share("Q:", window=1)
        self.assertEqual(self.nd.disconnect_share("Q:", window=1, if_connected=True), [])


class Watches(Case):
    def test_events(self):
        with self.nd.watch(Kind.WLAN) as watch:
            self.assertIs(watch.get(LONG_S).type, EventType.READY)
            self.world.change("wlan0", State.DISCONNECTED, "aus")
            event = watch.get(LONG_S)
        self.assertEqual((event.type, event.kind, event.old_state, event.state, event.reason, event.provider),
                         (EventType.CHANGED, Kind.WLAN, State.CONNECTED, State.DISCONNECTED, "aus", "fake"))
        self.assertEqual(event.item.name, "wlan0")

    def test_an_iteration_ends_when_nothing_comes(self):
        self.assertEqual([event.type for event in self.nd.watch(timeout=0.2)], [EventType.READY])

    def test_closed_in_the_loop(self):
        seen = []
        for event in self.nd.watch():
            seen.append(event)
            self.nd.close()
        self.assertEqual(len(seen), 1)

    def test_closed_by_another_thread(self):
        for close in (lambda watch: watch.close(), lambda watch: self.nd.close()):
            watch = self.nd.watch()
            watch.get(LONG_S)
            ended = threading.Event()
            thread = threading.Thread(target=lambda: (list(watch), ended.set()))
            thread.start()
            close(watch)
            self.assertTrue(ended.wait(LONG_S))
            thread.join()
            self.assertIsNone(watch.get(LONG_S))

    def test_one_that_nobody_holds_has_ended(self):
        before = len(_callbacks._known)
        watch = self.nd.watch()
        self.assertEqual(len(_callbacks._known), before + 1)
        del watch
        self.assertEqual(len(_callbacks._known), before)

    def test_two_threads_get_their_own_events(self):
        seen = {}

        def look(kind):
            with self.nd.watch(kind) as watch:
                seen[kind] = [watch.get(LONG_S)]
                ready.release()
                seen[kind] += [next(event for event in watch if event.type is EventType.CHANGED)]

        ready = threading.Semaphore(0)
        threads = [threading.Thread(target=look, args=[kind]) for kind in (Kind.WLAN, Kind.SHARE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            self.assertTrue(ready.acquire(timeout=LONG_S))
        self.world.change("wlan0", State.DISCONNECTED)
        self.world.change("Z:", State.LOST)
        for thread in threads:
            thread.join()
        self.assertEqual([event.type for event in seen[Kind.WLAN]], [EventType.READY, EventType.CHANGED])
        self.assertEqual(seen[Kind.SHARE][1].item.local, "Z:")

    def test_overrun(self):
        self.nd.close()
        with fake.opened(watch_queue=2) as nd, nd.watch(Kind.WLAN) as watch:
            self.assertIs(watch.get(LONG_S).type, EventType.READY)
            with nd.watch(Kind.WLAN) as other:
                self.assertIs(other.get(LONG_S).type, EventType.READY)
                for state in (State.LOST, State.CONNECTED, State.LOST):
                    self.world.change("wlan0", state)
                    # What is delivered for the other comes to this one, too.
                    self.assertIs(other.get(LONG_S).type, EventType.CHANGED)
            types = [event.type for event in (watch.get(0), watch.get(0), watch.get(0), watch.get(0)) if event]
        self.assertEqual(types, [EventType.CHANGED, EventType.CHANGED, EventType.OVERRUN])

    def test_lost(self):
        with self.nd.watch(Kind.SHARE) as watch:
            watch.get(LONG_S)
            self.world.emit(EventType.LOST, Kind.SHARE, Status.ERROR_SERVICE_NOT_ACTIVE, "away")
            event = watch.get(LONG_S)
        self.assertEqual((event.type, event.status, event.reason, event.item),
                         (EventType.LOST, Status.ERROR_SERVICE_NOT_ACTIVE, "away", None))

    def test_refused(self):
        with self.fails(netdisc.Error, Status.ERROR_INVALID_PARAMETER):
            self.nd.watch(Kind(0))


class Ends(Case):
    def test_closed(self):
        self.nd.close()
        self.nd.close()
        self.assertTrue(self.nd.closed)
        with self.fails(netdisc.Error, Status.ERROR_INVALID_HANDLE):
            self.nd.shares()
        with self.fails(netdisc.Error, Status.ERROR_INVALID_HANDLE):
            self.nd.watch()

    def test_a_verb_is_cancelled_when_another_thread_closes(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        caught = []

        def wait():
            try:
                self.nd.shares(timeout=None)
            except netdisc.Error as error:
                caught.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        self.world.wait_stuck(1)
        self.nd.close()
        thread.join()
        self.assertIsInstance(caught[0], netdisc.Cancelled)

    def test_threads_race_with_close(self):
        def work():
            with contextlib.suppress(netdisc.Error):
                while True:
                    self.nd.shares()
                    list(self.nd.watch(timeout=0))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        self.nd.close()
        for thread in threads:
            thread.join()

    def test_control_c(self):
        self.world.script(fake.SHARE_LIST, fake.NEVER)
        interrupt = threading.Thread(
            target=lambda: (self.world.wait_stuck(1), os.kill(os.getpid(), signal.SIGINT)))
        interrupt.start()
        with self.assertRaises(KeyboardInterrupt):
            self.nd.shares(timeout=None)
        interrupt.join()
        self.world.wait_abandoned(1)

    def test_control_c_in_a_watch(self):
        with self.nd.watch() as watch:
            watch.get(LONG_S)
            for _ in range(20):
                interrupt = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT))
                interrupt.start()
                with self.assertRaises(KeyboardInterrupt):
                    while True:
                        watch.get(LONG_S)
                interrupt.join()

    def test_a_context_that_nobody_holds_is_closed(self):
        self.nd.close()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fake.opened().shares()
            gc.collect()
        self.assertEqual([one.category for one in caught], [ResourceWarning])
        # The world is one context's at a time.
        with fake.opened() as nd:
            nd.shares()

    def test_fork(self):
        watch = self.nd.watch()
        watch.get(LONG_S)
        # As if another thread were on its way in.
        with self.held(self.nd._handle._left):
            child = os.fork()
        if child == 0:
            signal.alarm(LONG_S)
            codes = []
            for act in (self.nd.shares, lambda: watch.get(1), lambda: self.nd.watch()):
                try:
                    act()
                except netdisc.Error as error:
                    codes.append(error.status)
            watch.close()
            self.nd.close()
            os._exit(0 if codes == [Status.ERROR_INVALID_HANDLE] * 3 else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(len(self.nd.shares()), 3)

    @contextlib.contextmanager
    def held(self, lock):
        """By another thread."""
        taken, let_go = threading.Event(), threading.Event()

        def hold():
            with lock:
                taken.set()
                let_go.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        taken.wait()
        pid = os.getpid()
        yield
        if os.getpid() == pid:
            let_go.set()
            thread.join()

    def test_exit_without_close(self):
        script = ("import fake_provider as fake, threading; nd = fake.opened(log=lambda level, text: None);"
                  "watch = nd.watch(); watch.get(20);"
                  "threading.Thread(target=lambda: list(watch), daemon=True).start(); print('done')")
        # The checker for leaks falls over a thread that is frozen by the end of Python.
        checked = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG_S,
                             cwd=os.path.dirname(__file__), env=checked)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "done\n", ""))


class Options(Case):
    def test_log(self):
        self.nd.close()
        lines = []
        # A thread of the library's finds that the second is not where the modules are.
        with fake.opened(providers="fake,absent", log=lambda level, text: lines.append((level, text))) as nd:
            nd.shares()
        (level, text), = lines
        self.assertIs(level, netdisc.LogLevel.INFO)
        self.assertIn("absent cannot be used", text)

    def test_a_log_that_closes_or_fails(self):
        self.nd.close()
        raised = []

        def log(level, text):
            try:
                nd.close()
            except RuntimeError as error:
                raised.append(error)
                raise

        self.addCleanup(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = lambda what: None
        with fake.opened(providers="fake,absent", log=log) as nd:
            self.assertEqual(len(nd.shares()), 3)
        self.assertTrue(raised)

    def test_providers(self):
        with netdisc.Context(providers=["fake", "session"], modules=fake.MODULES) as nd:
            self.assertEqual([backend.provider for backend in nd.backends()], ["fake", "session"])
        with self.fails(netdisc.Error, Status.ERROR_BAD_PROVIDER):
            netdisc.Context(providers="no such/name")


class Values(unittest.TestCase):
    def test_statuses(self):
        self.assertEqual(Status.ERROR_OPEN_FILES.text, "files are open on it")
        self.assertEqual(Status(4711).name, "UNLISTED_STATUS")
        self.assertEqual(Status(4711), 4711)
        self.assertEqual(Status.from_hresult(Status.ERROR_GEN_FAILURE.hresult), Status.ERROR_GEN_FAILURE)
        self.assertEqual(Status.ERROR_GEN_FAILURE.hresult, -2147467259)
        for nonsense in (-1, 1 << 32, "ERROR_BUSY"):
            with self.assertRaises(ValueError):
                Status(nonsense)

    def test_states(self):
        self.assertEqual([str(state) for state in State], [state.name.lower() for state in State])
        self.assertIs(State(99), State.UNKNOWN)

    def test_text_that_is_not_utf_8(self):
        c = _library.CWlan(provider=b"p", uuid=b"u", name=b"w\xff", signal=-1, ssid_length=2)
        c.ssid_bytes = (_library.c_uint8 * 2)(0xFF, 0)
        wlan = _types.wlan(c)
        self.assertEqual((wlan.ssid_bytes, wlan.ssid, wlan.signal), (b"\xff\0", None, None))
        self.assertEqual(_types.encode(wlan.name), b"w\xff")


class Loading(unittest.TestCase):
    def run_python(self, *options, **environment):
        package = os.path.dirname(os.path.dirname(netdisc.__file__))
        script = f"import sys; sys.path.insert(0, {package!r}); import netdisc"
        return subprocess.run([sys.executable, "-B", *options, "-c", script], capture_output=True, text=True,
                              env={**os.environ, **environment}, timeout=LONG_S)

    def test_a_relative_path(self):
        self.assertIn("is not an absolute path", self.run_python(NETDISC_LIBRARY="libnetdisc.so.0").stderr)

    def test_what_is_not_there(self):
        self.assertIn("ImportError: the library netdisc cannot be used",
                      self.run_python(NETDISC_LIBRARY="/nowhere/libnetdisc.so").stderr)

    def test_what_is_no_netdisc(self):
        self.assertIn("ImportError: the library netdisc cannot be used",
                      self.run_python(NETDISC_LIBRARY=os.path.join(fake.MODULES, "libnetdisc-fake.so")).stderr)

    def test_the_environment_is_ignored(self):
        run = self.run_python("-E", NETDISC_LIBRARY="libnetdisc.so.0")
        self.assertNotIn("is not an absolute path", run.stderr)


if __name__ == "__main__":
    unittest.main()
