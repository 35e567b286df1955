# SPDX-License-Identifier: GPL-2.0-only
"""The reference model: what the allocator has to answer and to look like after each
step, in as few words as the rules allow. R-… are the rules of the design; "core:" marks
what they leave open, where the model follows what the core documents. Here are
providers, drivers and what administrators do to allocators; model_user.py adds the
IDs of user space.

A step is a method of Model, its arguments are plain values. It returns what the answer
has to say, or raises Refused with the name of the errno; view() is then what everybody
has to see, and told the events about allocators and quotas that the step implies.
"""
from collections import Counter, defaultdict

INVALID = 0xffffffff
PASID_MAX = (1 << 20) - 1
FAULT_LIMIT = 16		# R-ALL-6
NAME_MAX = 31			# R-REG-1


class Refused(Exception):
    """The step must be refused with this errno."""


def require(condition, error):
    """Refuse unless the condition holds."""
    if not condition:
        raise Refused(error)


def lowest(taken, low, high):
    """The smallest number in [low, high] that is not taken, or None."""
    return next((n for n in range(low, min(high, low + len(taken)) + 1)
                 if n not in taken), None)


class Backend:
    """A simulated allocator as its directory knows it; see kmod/sim."""

    def __init__(self, name, pools):
        self.name, self.pools = name, pools
        self.group, self.low, self.high = name, 1, PASID_MAX
        self.sleeps = self.standby = 0
        self.live = False
        self.faults = {'fail': 0, 'duplicate': 0, 'out_of_range': 0}
        self.allocs = self.frees = self.bad_frees = 0

    @property
    def pool(self):
        """The numbers of its group that are out."""
        return self.pools[self.group]

    def due(self, kind):
        """Is such a fault due? Each is used up."""
        if not self.faults[kind]:
            return False
        self.faults[kind] -= 1
        return True

    def alloc(self, low, high):
        """A number, or None."""
        if self.due('fail'):
            return None
        taken = [n for n in self.pool if low <= n <= high]
        if taken and self.due('duplicate'):
            return min(taken)
        if self.due('out_of_range'):
            number = lowest(self.pool, high + 1, INVALID - 1)
        else:
            number = lowest(self.pool, max(low, self.low), min(high, self.high))
        if number is not None:
            self.pool.add(number)
            self.allocs += 1
        return number

    def free(self, number):
        """Takes a number back; R-FRE-3 says that it is always one that is out."""
        if number in self.pool:
            self.pool.remove(number)
            self.frees += 1
        else:
            self.bad_frees += 1


class Space:
    """The allocators that share one ID space; without an operating one it is dead."""

    def __init__(self, number, group):
        self.number, self.group = number, group
        self.op = None
        self.last_name = None


class Allocator:
    """A registered allocator; the built-in one has no backend."""

    def __init__(self, name, index, space, backend=None):
        self.name, self.index, self.space, self.backend = name, index, space, backend
        self.faulty, self.row = False, 0
        self.allocs = self.frees = self.failures = self.faults = 0


class Entry:
    """An ID in use."""

    def __init__(self, number, group, space, request):
        self.number, self.group, self.space, self.request = number, group, space, request
        self.refs, self.pending, self.data = 1, False, None


class Model:
    """The whole of the allocator, and the simulated backends."""

    def __init__(self, id_bits, user_quota, backends, strangers=()):
        """Strangers are backends that can never be registered."""
        self.id_max = (1 << id_bits) - 1
        pools = defaultdict(set)
        self.backends = {name: Backend(name, pools) for name in (*backends, *strangers)}
        self.known = [self.backends[name] for name in backends]
        self.default = Allocator('default', 0, Space(0, None))
        self.default.space.op = self.default
        self.active = self.default.space
        self.allocators = [self.default]
        self.next_index = self.next_space = 1
        self.ids = {}
        self.quotas = {'user': user_quota}	# sets that were seen
        self.high_water = 0
        self.drainer = None			# socket that closed the gate
        self.told = []

    # --- parts of the rules ------------------------------------------------------

    def of_space(self, space):
        """How many IDs it has out."""
        return sum(entry.space is space for entry in self.ids.values())

    def of_set(self, name):
        """How many IDs it has."""
        return sum(entry.group == name for entry in self.ids.values())

    def named(self, name):
        """The allocator of this name."""
        found = [a for a in self.allocators if a.name == name]
        require(found, 'ENOENT')
        return found[0]

    def tell(self, event, name):
        """An event that must come."""
        self.told.append((event, name))

    def admit(self, space, may_sleep):
        """Does the space hand out IDs now? R-ALL-3, R-ALL-6, Contexts; core: the order."""
        require(self.drainer is None or space is not self.active, 'ESHUTDOWN')
        require(not space.op.faulty, 'EIO')
        require(may_sleep or not (space.op.backend and space.op.backend.sleeps), 'EAGAIN')

    def charge(self, name, count, tell=True):
        """R-ALL-3: may the set have so many more?"""
        if self.quotas[name] and self.of_set(name) + count > self.quotas[name]:
            if tell:
                self.tell('quota-ntf', name)
            raise Refused('EDQUOT')

    def fault(self, allocator, error):
        """R-ALL-6. Core: a good allocation ends the row, a plain refusal does not."""
        allocator.faults += 1
        allocator.row += 1
        if allocator.row >= FAULT_LIMIT and not allocator.faulty:
            allocator.faulty = True
            self.tell('faulty-ntf', allocator.name)
        raise Refused(error)

    def number_of(self, allocator, low, high):
        """R-ALL-2, R-ALL-4: the number for a new ID."""
        if not allocator.backend:
            number = lowest(self.ids, low, high)
            require(number is not None, 'ENOSPC')
            return number
        number = allocator.backend.alloc(low, high)
        require(number is not None, 'ENOSPC')
        old = self.ids.get(number)
        if old and old.space is allocator.space:
            self.fault(allocator, 'EIO')
        if old or not low <= number <= high:
            allocator.backend.free(number)
        require(not old, 'EIO')
        if not low <= number <= high:
            self.fault(allocator, 'ERANGE')
        allocator.row = 0
        return number

    def obtain(self, space, low, high, group, request=None):
        """One new ID. Core: what is given back at once is not in the counts."""
        allocator = space.op
        try:
            number = self.number_of(allocator, low, high)
        except Refused:
            allocator.failures += 1
            raise
        allocator.allocs += 1
        self.ids[number] = Entry(number, group, space, request)
        self.high_water = max(self.high_water, len(self.ids))
        return number

    def unref(self, entry):
        """R-FRE-1 to R-FRE-4: the last reference takes the ID out of use."""
        entry.refs -= 1
        if entry.refs:
            return
        del self.ids[entry.number]
        allocator = entry.space.op
        if allocator:
            allocator.frees += 1
            if allocator.backend:
                allocator.backend.free(entry.number)
        if self.drainer is not None and entry.space is self.active:
            self.drained()

    def release(self, entry):
        """R-FRE-1: the allocation's own reference goes."""
        entry.pending = entry.refs > 1
        self.unref(entry)

    def drained(self):
        """R-DRN-2."""
        if not self.of_space(self.active):
            self.tell('drained-ntf', self.active.op.name)

    def end_drain(self):
        """The gate opens, if it is closed."""
        if self.drainer is not None:
            self.tell('drain-end-ntf', self.active.op.name)
            self.drainer = None

    def activate(self, space):
        """R-SWI-2; core: a drain of another space is over."""
        if space is not self.active:
            self.end_drain()
        self.active = space
        self.tell('switched-ntf', space.op.name)

    def operate(self, allocator, sock):
        """Core: whoever drains and switches has what was waited for."""
        allocator.space.op = allocator
        if self.drainer == sock:
            self.end_drain()
        self.activate(allocator.space)

    def successor(self, leaving):
        """R-UNR-2; core: after the last in registration order comes the first."""
        others = [a for a in self.allocators if a.space is leaving.space and a is not leaving]
        later = [a for a in others if a.index > leaving.index]
        return (later or others or [None])[0]

    def leave(self, allocator):
        """R-UNR-2 to R-UNR-4."""
        space, successor = allocator.space, self.successor(allocator)
        self.allocators.remove(allocator)
        self.tell('unregistered-ntf', allocator.name)
        if successor:
            if space.op is allocator:
                space.op = successor
                if space is self.active:
                    self.activate(space)
            return
        if space is self.active:
            custom = {a.space for a in self.allocators} - {self.default.space}
            self.activate(min(custom, key=lambda s: s.number, default=self.default.space))
        space.op, space.last_name = None, allocator.name
        if self.of_space(space):
            self.tell('orphaned-ntf', allocator.name)

    # --- providers ---------------------------------------------------------------

    def plug(self, name, group, low, high, sleeps, standby):
        """R-REG-1 to R-REG-4. The backend keeps its settings while it is live."""
        backend = self.backends[name]
        if not backend.live:
            backend.group, backend.low, backend.high = group, low, high
            backend.sleeps, backend.standby = sleeps, standby
        require(backend.low <= backend.high, 'EINVAL')	# the simulation's own
        require(len(name) <= NAME_MAX, 'EINVAL')
        require(name not in [a.name for a in self.allocators], 'EEXIST')
        space = next((a.space for a in self.allocators[1:]
                      if a.space.group == backend.group), None)
        outstanding = self.of_space(self.default.space)
        fallback = self.active is self.default.space
        require(space or backend.standby or not (fallback and outstanding), 'EAGAIN')
        joins = bool(space)
        if not joins:
            space = Space(self.next_space, backend.group)
            self.next_space += 1
        allocator = Allocator(name, self.next_index, space, backend)
        self.next_index += 1
        self.allocators.append(allocator)
        backend.live = True
        self.tell('registered-ntf', name)
        if not joins:
            space.op = allocator
            if fallback and not outstanding:
                self.activate(space)

    def unplug(self, name):
        """R-UNR-1 to R-UNR-4, R-UNR-6: a hot-unplug cannot be refused."""
        self.backends[name].live = False
        found = [a for a in self.allocators if a.backend is self.backends[name]]
        require(found, 'ENOENT')
        self.leave(found[0])

    def fault_next(self, name, kind, count):
        """The next allocations of the backend go wrong."""
        self.backends[name].faults[kind] = count

    # --- kernel consumers ----------------------------------------------------------

    def live(self, number):
        """R-FND-1: an orphan is still found, a pending ID is not."""
        entry = self.ids.get(number)
        require(entry and not entry.pending, 'ENOENT')
        return entry

    def alloc(self, consumer, context, low, high, count, data):
        """R-ALL-1 to R-ALL-4; the IDs before a failure are kept."""
        for _ in range(count):
            require(low <= high and high != INVALID, 'EINVAL')
            require(low <= self.id_max, 'ERANGE')
            self.quotas.setdefault(consumer, 0)	# core: seen, whatever comes of it
            self.admit(self.active, context == 'process')
            self.charge(consumer, 1)
            number = self.obtain(self.active, low, min(high, self.id_max), consumer)
            self.ids[number].data = data

    def free(self, _consumer, _context, number):
        """R-FRE-1, R-FRE-4."""
        require(number in self.ids, 'ENOENT')
        require(not self.ids[number].pending, 'EALREADY')
        self.release(self.ids[number])

    def get(self, _consumer, _context, number):
        """One reference more."""
        self.live(number).refs += 1

    def put(self, _consumer, _context, number):
        """R-FRE-1; core: the allocation's own reference is not to be put."""
        require(number in self.ids, 'ENOENT')
        require(self.ids[number].pending or self.ids[number].refs > 1, 'EINVAL')
        self.unref(self.ids[number])

    def find(self, consumer, _context, number, data):
        """R-FND-1; EBADMSG is the simulation's: other data than that."""
        entry = self.live(number)
        require(entry.group == consumer, 'EACCES')
        require(entry.data == data, 'EBADMSG')

    def set_data(self, _consumer, _context, number, data):
        """R-DAT-1."""
        self.live(number).data = data

    # --- administrators ------------------------------------------------------------

    @staticmethod
    def expect(attrs):
        """Section 4: ESTALE comes before what needs a look at the state."""
        require(not attrs.get('expect'), 'ESTALE')

    def may_switch(self, name, sock):
        """R-SWI-1; core: the space that somebody else drains stays active."""
        allocator = self.named(name)
        if allocator.space is not self.active:
            require(self.drainer in (None, sock), 'EBUSY')
            require(not self.of_space(self.active), 'EBUSY')
        return allocator

    def switch(self, sock, attrs):
        """R-SWI-1."""
        self.expect(attrs)
        allocator = self.may_switch(attrs['name'], sock)
        changed = allocator is not self.active.op
        if changed and 'dry-run' not in attrs:
            self.operate(allocator, sock)
        return {'changed': changed}

    def unregister(self, sock, attrs):
        """R-UNR-2 to R-UNR-4, R-DRN-2."""
        self.expect(attrs)
        allocator = self.named(attrs['name'])
        require(allocator is not self.default, 'EOPNOTSUPP')
        active = allocator.space is self.active
        if not self.successor(allocator):
            require(not active or self.drainer in (None, sock), 'EBUSY')
            require(not self.of_space(allocator.space), 'EBUSY')
        if 'dry-run' not in attrs:
            if active and self.drainer == sock:
                self.end_drain()
            self.leave(allocator)
        return {'changed': True}

    def reset(self, _sock, attrs):
        """R-ALL-6."""
        self.expect(attrs)
        allocator = self.named(attrs['name'])
        changed = allocator.faulty
        if changed and 'dry-run' not in attrs:
            allocator.faulty, allocator.row = False, 0
            self.tell('reset-ntf', allocator.name)
        return {'changed': changed}

    def drain(self, sock, attrs):
        """R-DRN-1 to R-DRN-3."""
        self.expect(attrs)
        require(self.drainer is None, 'EALREADY')
        if 'dry-run' not in attrs:
            self.drainer = sock
            self.tell('drain-begin-ntf', self.active.op.name)
            self.drained()
        return {'name': self.active.op.name, 'ids': self.of_space(self.active),
                'changed': True}

    def resume(self, _sock, attrs):
        """Core: anybody may."""
        self.expect(attrs)
        require(self.drainer is not None, 'EALREADY')
        if 'dry-run' not in attrs:
            self.end_drain()
        return {'name': self.active.op.name, 'ids': self.of_space(self.active),
                'changed': True}

    def quota(self, _sock, attrs):
        """Section 4."""
        self.expect(attrs)
        name = attrs['name']
        require(name in self.quotas, 'ENOENT')
        changed = self.quotas[name] != attrs['quota']
        if 'dry-run' not in attrs:
            self.quotas[name] = attrs['quota']
        return {'ids': self.of_set(name), 'quota': attrs['quota'], 'changed': changed}

    # --- what is to be seen ------------------------------------------------------------

    def view(self):
        """All of it, as nested dicts that name everything."""
        first = {}
        for number, entry in sorted(self.ids.items()):
            first.setdefault(entry.request, number)
        op, of_set = self.active.op, Counter(e.group for e in self.ids.values())
        of_space = Counter(e.space for e in self.ids.values())
        return {
            'info': {
                'used': len(self.ids), 'high-water': self.high_water, 'active': op.name,
                'orphans': sum(not e.space.op for e in self.ids.values()),
                'draining': int(self.drainer is not None), 'id-max': self.id_max,
                'allocators': len(self.allocators), 'sets': len(self.quotas)},
            'allocators': {a.name: {
                'index': a.index, 'space': a.space.number, 'flags': self.flags(a),
                'ids': of_space[a.space], 'allocs': a.allocs, 'frees': a.frees,
                'failures': a.failures, 'faults': a.faults} for a in self.allocators},
            'ids': {number: {
                'state': 'pending' if e.pending else 'live' if e.space.op else 'orphan',
                'refs': e.refs, 'set': e.group, 'space': e.space.number,
                'allocator': e.space.op.name if e.space.op else e.space.last_name,
                'label': e.request and e.request.label,
                'hold': bool(e.request and e.request.hold),
                'request': first[e.request] if e.request else None}
                for number, e in self.ids.items()},
            'sets': {name: {'ids': of_set[name], 'quota': quota}
                     for name, quota in self.quotas.items()},
            # R-FRE-3: bad_frees are numbers that were not out.
            'backends': {b.name: {'allocs': b.allocs, 'frees': b.frees, 'bad_frees': 0,
                                  'in_use': len(b.pool)} for b in self.known},
            # R-UNR-7
            'pins': {'core': (of_set['user'] > 0) + (self.drainer is not None),
                     'sim': bool(op.backend) and of_space[self.active] > 0}}

    def flags(self, allocator):
        """Of an allocator, in the order of the spec."""
        active, backend = allocator.space is self.active, allocator.backend
        has = {'active': active, 'operating': allocator.space.op is allocator,
               'builtin': not backend, 'sleeps': backend and backend.sleeps,
               'standby': backend and backend.standby, 'faulty': allocator.faulty,
               'draining': active and self.drainer is not None}
        return [name for name, value in has.items() if value]
