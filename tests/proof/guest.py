# SPDX-License-Identifier: GPL-2.0-only
"""What Python tests do in the guest: modules, the simulator in configfs, TAP."""
import ctypes
import errno
import os
import traceback

SIM = '/sys/kernel/config/ioasid_sim/'
DEBUGFS = '/sys/kernel/debug/ioasid/'
ALL_IDS = {'range': [{'first': 0, 'last': 0xfffff}], 'skip-missing': True}


def write(path, value):
    """To a file of sysfs or configfs; the name of the error, or None."""
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError as error:
        return errno.errorcode[error.errno]
    try:
        os.write(fd, f'{value}\n'.encode())
        return None
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        os.close(fd)


def read(path):
    """A whole file."""
    with open(path, encoding='utf-8') as file:
        return file.read().strip()


def must(error):
    """What prepares a test does not fail."""
    if error:
        raise AssertionError(f'preparation failed: {error}')


# --- modules --------------------------------------------------------------------

LIBC = ctypes.CDLL(None, use_errno=True)
FINIT_MODULE, DELETE_MODULE = 313, 176


def load(name):
    """The module; the name of the error, or None."""
    fd = os.open(f'/lib/modules/{os.uname().release}/updates/{name}.ko', os.O_RDONLY)
    failed = LIBC.syscall(FINIT_MODULE, fd, b'', 0)
    os.close(fd)
    return errno.errorcode[ctypes.get_errno()] if failed else None


def unload(name):
    """The module; the name of the error, or None."""
    failed = LIBC.syscall(DELETE_MODULE, name.encode(), os.O_NONBLOCK)
    return errno.errorcode[ctypes.get_errno()] if failed else None


def references(name):
    """To a module."""
    return int(read(f'/sys/module/{name}/refcnt'))


# --- the simulator ----------------------------------------------------------------


def allocator(name, **attrs):
    """Makes one; live=1 registers it."""
    os.mkdir(f'{SIM}allocators/{name}')
    for key, value in attrs.items():
        must(write(f'{SIM}allocators/{name}/{key}', value))


def consumer(name, **attrs):
    """Makes one and lets it work."""
    os.mkdir(f'{SIM}consumers/{name}')
    for key, value in attrs.items():
        must(write(f'{SIM}consumers/{name}/{key}', value))


# --- TAP ------------------------------------------------------------------------


class Tap:
    """Tests as functions: they fail by an exception, or by what they return: a text, or
    several."""

    def __init__(self, suite, planned):
        self.suite = suite
        self.bad = 0
        print(f'1..{planned}', flush=True)

    def test(self, name, function, *args):
        """Runs one."""
        try:
            wrong = function(*args)
        except Exception:  # pylint: disable=broad-exception-caught
            wrong = traceback.format_exc()
        self.verdict(name, [wrong] if wrong and isinstance(wrong, str) else wrong)

    def verdict(self, name, wrong):
        """Of one that has run: texts, if something is wrong."""
        self.bad += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {self.suite}: {name}', flush=True)
        for line in '\n'.join(str(text) for text in wrong or ()).splitlines():
            print(f'# {line}', flush=True)

    def figure(self, name, value):
        """For the table of figures that tests/run makes."""
        print(f'# figure: {self.suite}.{name} = {value}', flush=True)
