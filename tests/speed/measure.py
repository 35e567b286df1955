# SPDX-License-Identifier: GPL-2.0-only
"""What the measurements share: the steps of ioasid_bench, programs, and records."""
import json
import os
import resource
import subprocess
import sys
import time

BENCH = '/sys/kernel/debug/ioasid_bench/run'
ALL_IDS = 2 ** 20 - 1


def record(what, of, value, **more):
    """One reading, a line of JSON for tests/speed/report; of a median, the readings of one
    (what, of, more) are taken together."""
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


def run(*command, out=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cpu=None):
    """A program that succeeds: (seconds, resident memory in KiB)."""
    def pin():
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
    start = time.perf_counter()
    # pylint: disable-next=consider-using-with,subprocess-popen-preexec-fn
    child = subprocess.Popen([str(word) for word in command], stdin=stdin, stdout=out, preexec_fn=pin)
    _, status, used = os.wait4(child.pid, 0)
    took = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise AssertionError(f'{command}: status {child.returncode}')
    return took, used.ru_maxrss


def own_memory():
    """Resident memory of this process in KiB, below which no child's peak is told."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
