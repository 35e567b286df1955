# SPDX-License-Identifier: GPL-2.0-only
"""What the measurements share: the steps of ioasid_bench, programs, and records."""
import json
import os
import subprocess
import sys
import time

BENCH = '/sys/kernel/debug/ioasid_bench/run'
ALL_IDS = 2 ** 20 - 1
# What the clock of the guest counts, if not ns.
UNIT = os.environ.get('IOASID_BENCH_UNIT')


def record(what, of, value, **more):
    """One reading, a line of JSON for tests/speed/report; of a median, the readings of one
    (what, of, more) are taken together."""
    if UNIT and what != 'memory':
        more.setdefault('unit', UNIT)
    print(json.dumps({'what': what, 'of': of, 'value': value, **more}), flush=True)


def note(text):
    """How far it is."""
    print(f'# {text}', file=sys.stderr, flush=True)


def step(*words):
    """One step of ioasid_bench; what it took."""
    fd = os.open(BENCH, os.O_RDWR)
    try:
        os.write(fd, ' '.join(map(str, words)).encode())
        answer = os.read(fd, 200).decode()
    finally:
        os.close(fd)
    return {key: int(value) for key, value in (part.split('=') for part in answer.split())}


def each(*words):
    """ns of each operation of a step."""
    took = step(*words)
    return took['ns'] / took['ops']


def modules(*names):
    """Loads them; a name may be a path, and have parameters behind it."""
    for name in names:
        words = name.split()
        subprocess.run(['insmod' if '/' in words[0] else 'modprobe', *words], check=True)


def unload(*names):
    """Of those that are there, in this order."""
    for name in names:
        if os.path.isdir(f'/sys/module/{name}'):
            subprocess.run(['rmmod', name], check=True)


def run(*command, stdin=subprocess.DEVNULL):
    """A program that succeeds; the seconds that it takes."""
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], stdin=stdin, stdout=subprocess.DEVNULL,
                   check=True)
    return time.perf_counter() - start


def memory(*command):
    """A program that succeeds; the most memory in KiB that it had. Looked at all the time,
    since what wait() tells of a child begins with what its parent had."""
    most = 0
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL) as child:
        while child.poll() is None:
            with open(f'/proc/{child.pid}/status', encoding='utf-8') as file:
                peaks = [int(line.split()[1]) for line in file if line.startswith('VmHWM:')]
            most = max([most, *peaks])
    if child.returncode or not most:
        raise AssertionError(f'{command}: status {child.returncode}, {most} KiB')
    return most
