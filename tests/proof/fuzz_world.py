# SPDX-License-Identifier: GPL-2.0-only
"""The world around the fuzzer: simulated allocators and drivers that come and go, and
afterwards the books of all of them, which must agree."""
import os
import time

from family import Socket
from guest import SIM, allocator, read, references, write

# Of a steady one no ID is ever orphaned, so its backend knows what the table knows.
STEADY = {'steady0': 's', 'steady1': 's'}
PLUGGED = {'plug0': 'p', 'plug1': 'p', 'plug2': 'plug2'}
DRIVERS = ('drv0', 'drv1', 'drv2')
FAULTS = ('fail_count', 'out_of_range_count')
# This one also hands out a number twice. If the first owner frees it at that moment
# nobody can tell, so it hears of two frees.
DOUBLER = 'plug2'
SETTLED = 15			# seconds until work that is deferred is done


def users():
    """{module: how many use it}"""
    return {name: references(name) for name in ('ioasid_core', 'ioasid_sim')}


class World:
    """Allocators and drivers. Refusals are all right: the core decides."""

    def __init__(self, spec):
        self.spec = spec
        self.users = users()
        for name, group in (STEADY | PLUGGED).items():
            allocator(name, group=group, standby=1)
        for name in STEADY:
            write(f'{SIM}allocators/{name}/live', 1)
        for name in DRIVERS:
            os.mkdir(f'{SIM}consumers/{name}')

    def disturb(self, rng, stopped, progress):
        """Until it is stopped; returns how often."""
        count = 0
        family = Socket(self.spec)
        while not stopped():
            rng.choice([self.plug, self.plug, self.fault, self.allocate, self.refer,
                        self.let_go, self.restart, self.amend])(
                rng, f'{SIM}consumers/{rng.choice(DRIVERS)}', family)
            count += 1
            progress(count)
            time.sleep(rng.random() * 0.04)
        family.close()
        return count

    @staticmethod
    def plug(rng, _driver, _family):
        """Hot-unplug, with whatever is out, or register, with other properties."""
        name = rng.choice(list(PLUGGED))
        for file, values in (('live', [0]), ('sleeps', [0, 1]), ('standby', [0, 1, 1]),
                             ('max', [20, 300, 0xfffff]), ('live', [1, 1, 1, 0])):
            write(f'{SIM}allocators/{name}/{file}', rng.choice(values))
        # These were unregistered by an administrator at most.
        write(f'{SIM}allocators/{rng.choice(list(STEADY))}/live', 1)

    @staticmethod
    def fault(rng, _driver, _family):
        """A backend misbehaves some times."""
        for name, file in ((rng.choice(list(STEADY | PLUGGED)), rng.choice(FAULTS)),
                           (DOUBLER, 'duplicate_count')):
            write(f'{SIM}allocators/{name}/{file}', rng.choice([0, 1, 2, 20]))

    @staticmethod
    def allocate(rng, driver, _family):
        """Some IDs for a driver."""
        for file, values in (('context', ['process', 'softirq', 'hardirq']),
                             ('frees_on_drain', [0, 1]), ('min', [1, 1, 0, 50]),
                             ('alloc', [1, 2, 5, 20])):
            write(f'{driver}/{file}', rng.choice(values))

    @staticmethod
    def refer(rng, driver, _family):
        """References of a driver to its own IDs and to those of user space."""
        write(f'{driver}/get', rng.choice(['all'] + list(range(60))))

    @staticmethod
    def let_go(rng, driver, _family):
        """Of IDs, or references, or both."""
        for file in rng.choice([['free'], ['put'], ['free', 'put']]):
            write(f'{driver}/{file}', 'all')

    @staticmethod
    def restart(_rng, driver, _family):
        """A driver goes and comes."""
        os.rmdir(driver)
        os.mkdir(driver)

    @staticmethod
    def amend(_rng, _driver, family):
        """An administrator makes allocations possible again."""
        family.ask('resume')
        family.ask('set-quota', {'name': 'user', 'quota': 0})
        for allocator in family.ask('allocator-get', dump=True).items:
            family.ask('allocator-reset', {'name': allocator['name']})

    @staticmethod
    def drivers_gone():
        """Each lets go of all that it has."""
        for name in DRIVERS:
            os.rmdir(f'{SIM}consumers/{name}')

    @staticmethod
    def allocators_gone():
        """Nobody serves any more."""
        for name in STEADY | PLUGGED:
            os.rmdir(f'{SIM}allocators/{name}')


def must(answer):
    """What is asked to look or to clean up succeeds."""
    if answer.error:
        raise AssertionError(answer.error)
    return answer


def width(entries):
    """IDs in a dump."""
    return sum(entry.get('last', entry['id']) - entry['id'] + 1 for entry in entries)


class Books:
    """What there is, seen from all sides."""

    def __init__(self, family):
        self.states = family.spec.enums['state']
        self.info = must(family.ask('info-get')).item
        self.ids = must(family.ask('ioasid-get', dump=True)).items
        self.folded = must(family.ask('ioasid-get', {'fold': True}, dump=True)).items
        self.sets = must(family.ask('set-get', dump=True)).items
        self.allocators = must(family.ask('allocator-get', dump=True)).items

    def counters(self):
        """Where a counter is not what the table says."""
        used = self.info['used']
        # Members of a space count the same IDs.
        spaces = {a['space']: a['ids'] for a in self.allocators}
        orphans = sum(entry['state'] == self.states.index('orphan') or
                      entry['space'] not in spaces for entry in self.ids)
        counts = {'unfolded dump': len(self.ids), 'folded dump': width(self.folded),
                  'sets': sum(s['ids'] for s in self.sets),
                  'spaces and orphans': sum(spaces.values()) + self.info['orphans']}
        problems = [f'{name}: {count}, used: {used}' for name, count in counts.items()
                    if count != used]
        if orphans != self.info['orphans']:
            problems.append(f'orphans: {orphans} in the dump, {self.info["orphans"]} counted')
        for one in self.sets:
            listed = sum((e['set'], e.get('module')) == (one['name'], one.get('module'))
                         for e in self.ids)
            if listed != one['ids']:
                problems.append(f'set {one}: {listed} in the dump')
        for space, count in spaces.items():
            listed = sum(e['space'] == space for e in self.ids)
            if listed != count:
                problems.append(f'space {space}: {count}, {listed} in the dump')
        return problems

    def backends(self):
        """Where the simulated backends have other numbers."""
        problems = []
        for name, group in (STEADY | PLUGGED).items():
            members = {n for n, g in (STEADY | PLUGGED).items() if g == group}
            spaces = {a['space'] for a in self.allocators if a['name'] in members}
            listed = sum(e['space'] in spaces for e in self.ids)
            files = {file: int(read(f'{SIM}allocators/{name}/{file}'))
                     for file in ('in_use', 'bad_frees')}
            # The number of an orphan is given back to nobody.
            if (files['in_use'] != listed if name in STEADY else files['in_use'] < listed):
                problems.append(f'{name}: {files}, table: {listed}')
            if files['bad_frees'] and name != DOUBLER:
                problems.append(f'{name}: {files}')
        return problems

    def owned(self):
        """What belongs to a socket, though all of them are closed."""
        drains = [self.info] if self.info['draining'] else []
        return drains + [entry for entry in self.ids if 'hold' in entry and
                         entry['state'] != self.states.index('pending')]

    def left(self):
        """What there is where nothing should be."""
        return [entry for entry in self.ids + self.sets + self.allocators
                if entry.get('ids', 1)] + [self.info] * bool(self.info['used'] or
                                                             self.info['orphans'])


def settled(family, look):
    """The problems that look(Books) sees and that do not go away by themselves."""
    end = time.monotonic() + SETTLED
    while (problems := look(Books(family))) and time.monotonic() < end:
        time.sleep(0.3)
    return problems


def free_all(family):
    """What user space has."""
    must(family.ask('ioasid-free', {
        'range': {'first': 0, 'last': must(family.ask('info-get')).item['id-max']},
        'skip-missing': True}))


def works(family, allocator):
    """Allocate and free by an allocator."""
    must(family.ask('allocator-switch', {'name': allocator}))
    must(family.ask('allocator-reset', {'name': allocator}))
    got = must(family.ask('ioasid-alloc', {'count': 3, 'label': 'works'})).item
    listed = Books(family).ids
    if len(listed) != 3 or {e['allocator'] for e in listed} != {allocator}:
        return [f'{allocator}: {listed}']
    must(family.ask('ioasid-free', {'range': got['range']}))
    other = Socket(family.spec)
    must(other.ask('ioasid-alloc', {'hold': True}))
    must(other.ask('drain'))
    other.close()
    return settled(family, Books.left) + settled(family, Books.owned)


def outlives(family, _world):
    """What there is of the sockets of the fuzzer, all of which are closed."""
    return settled(family, Books.owned)


def counters(family, _world):
    """Of the table."""
    return settled(family, Books.counters)


def backends(family, _world):
    """Their numbers, and those of the table."""
    return settled(family, Books.backends)


def emptied(family, world):
    """What is left when all is freed."""
    world.drivers_gone()
    free_all(family)
    return settled(family, Books.left) + settled(family, Books.backends)


def still_works(family, _world):
    """Allocators that were under fire."""
    for name in STEADY:
        for file in FAULTS:
            write(f'{SIM}allocators/{name}/{file}', 0)
        write(f'{SIM}allocators/{name}/live', 1)
    must(family.ask('set-quota', {'name': 'user', 'quota': 0}))
    return works(family, 'steady0') + works(family, 'default')


def left_alone(_family, world):
    """Modules that nobody uses any more."""
    world.allocators_gone()
    now = users()
    return [] if now == world.users else [f'{now}, before: {world.users}']


# Each gives the problems; from a world in use to an empty one.
INVARIANTS = {
    'no hold and no drain outlives its socket': outlives,
    'counters are those of the table': counters,
    'backends have the IDs of the table': backends,
    'nothing is left when all is freed': emptied,
    'it still allocates and frees': still_works,
    'references to the modules are as before': left_alone,
}
