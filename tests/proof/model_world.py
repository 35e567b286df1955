# SPDX-License-Identifier: GPL-2.0-only
"""The kernel as the model check sees it: a clean world, steps in it, all that can be
seen after a step, and a replica of that which lives on events alone.
"""
import errno
import os
import struct
import subprocess

from family import NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, Socket, padded
from guest import SIM

MODULES = ('ioasid_core', 'ioasid_sim')
SO_RCVBUFFORCE = 33
GENERATION_AT, BEHIND_GENERATION = 24, 32	# the first attribute of every object

# Steps that are requests of the family.
REQUESTS = {'request': 'ioasid-alloc', 'giveback': 'ioasid-free', 'restore': 'restore',
            'switch': 'allocator-switch', 'unregister': 'allocator-unregister',
            'reset': 'allocator-reset', 'drain': 'drain', 'resume': 'resume',
            'quota': 'set-quota'}

# Steps that are a driver's calls about one ID.
CALLS = ('free', 'get', 'put', 'find', 'set_data')

# What is compared of each object.
INFO = ('used', 'high-water', 'active', 'orphans', 'draining', 'id-max', 'allocators', 'sets')
ALLOCATOR = ('index', 'space', 'ids', 'allocs', 'frees', 'failures', 'faults')
ENTRY = ('refs', 'set', 'space', 'allocator', 'label')
SET = ('ids', 'quota')
BOOKS = ('allocs', 'frees', 'bad_frees', 'in_use')


class Mismatch(Exception):
    """The kernel does not do what it has to do; lines that say what."""


class Dirty(Exception):
    """No clean world can be had."""


def read(path, directory=None):
    """The number in a file."""
    fd = os.open(path, os.O_RDONLY, dir_fd=directory)
    try:
        return int(os.read(fd, 64))
    finally:
        os.close(fd)


def grouped(items):
    """IDs by number; requests are told by the smallest ID that they have."""
    first, out = {}, {}
    for number, item, request in sorted(items, key=lambda i: i[0]):
        first.setdefault(request, number)
        out[number] = item | {'request': first[request] if request else None}
    return out


class Replica:
    """What a listener knows, who has seen nothing but the events."""

    def __init__(self, user_quota):
        self.generation = 0
        self.ids, self.sets = {}, {'user': user_quota}
        self.names, self.faulty = {'default'}, set()
        self.active, self.draining = 'default', 0
        self.told = []

    def apply(self, event, attrs):
        """One event; generations have no gap, and to be at a quota is no change."""
        grown = event != 'quota-ntf'
        if attrs['generation'] != self.generation + grown:
            raise Mismatch(f'{event} has generation {attrs["generation"]}, '
                           f'the one before {self.generation}')
        self.generation = attrs['generation']
        name = attrs.get('name')
        if event in ('alloc-ntf', 'change-ntf', 'free-ntf'):
            for number in range(attrs['id'], attrs.get('last', attrs['id']) + 1):
                if (number in self.ids) == (event == 'alloc-ntf'):
                    raise Mismatch(f'{event} of {number}, which is '
                                   f'{self.ids.get(number, "not in use")}')
                if event == 'free-ntf':
                    del self.ids[number]
                else:
                    self.ids[number] = attrs
            return
        if event == 'set-ntf':
            self.sets[name] = attrs['quota']
            return
        self.told.append((event, name))
        if event == 'registered-ntf':
            self.names.add(name)
        elif event == 'unregistered-ntf':
            self.names.remove(name)
            self.faulty.discard(name)
        elif event == 'switched-ntf':
            self.active = name
        elif event in ('drain-begin-ntf', 'drain-end-ntf'):
            self.draining = int(event == 'drain-begin-ntf')
        elif event == 'faulty-ntf':
            self.faulty.add(name)
        elif event == 'reset-ntf':
            self.faulty.discard(name)
        elif event == 'orphaned-ntf':
            for number, item in self.ids.items():
                if item['space'] == attrs['space'] and item['state'] == 0:
                    self.ids[number] = item | {'state': 3}

    def view(self, states):
        """In the form of essence()."""
        items = [(n, {'state': states[i['state']], 'refs': i['refs'], 'set': i['set'],
                      'space': i['space'], 'hold': 'hold' in i}, i.get('request'))
                 for n, i in self.ids.items()]
        return {'ids': grouped(items), 'sets': self.sets, 'names': self.names,
                'faulty': self.faulty, 'active': self.active, 'draining': self.draining}


def essence(view):
    """The part of a view that events tell."""
    kept = ('state', 'refs', 'set', 'space', 'hold', 'request')
    allocators = view['allocators']
    return {'ids': {n: {key: i[key] for key in kept} for n, i in view['ids'].items()},
            'sets': {name: item['quota'] for name, item in view['sets'].items()},
            'names': set(allocators),
            'faulty': {name for name, a in allocators.items() if 'faulty' in a['flags']},
            'active': view['info']['active'], 'draining': view['info']['draining']}


class World:
    """Modules just loaded, directories of allocators and consumers, some sockets."""

    def __init__(self, spec, directories, known, sockets, **parameters):
        """The directories are made, and of the allocators in known the books are read."""
        self.spec = spec
        self.files, self.directories, self.written, self.cache = {}, {}, {}, {}
        self.sockets, self.asked = [], 0
        self.clean()
        for module in MODULES:
            options = [f'{k}={v}' for k, v in parameters.items()] if 'core' in module else []
            subprocess.run(['modprobe', module, *options], check=True)
        for path in directories:
            os.mkdir(SIM + path)
        # Short ways: these are read after each step.
        self.directories = {name: os.open(f'{SIM}allocators/{name}', os.O_RDONLY)
                            for name in known}
        self.main = Socket(spec)
        self.sockets = [Socket(spec, self.main.family_id) for _ in range(sockets)]
        self.listener = Socket(spec)
        self.listener.sock.setsockopt(1, SO_RCVBUFFORCE, 1 << 22)
        self.listener.join('events')
        self.replica = Replica(parameters['user_quota'])
        self.unused = {m: read(f'/sys/module/{m}/refcnt') for m in MODULES}
        self.generation = 0
        self.view()
        self.replica.generation = self.generation

    # --- steps ---------------------------------------------------------------------

    def write(self, path, value):
        """To a file of the simulation, which stays open; the name of the error."""
        if path not in self.files:
            self.files[path] = os.open(SIM + path, os.O_WRONLY)
        try:
            os.write(self.files[path], f'{value}\n'.encode())
        except OSError as error:
            return errno.errorcode[error.errno]
        return None

    def settings(self, directory, **values):
        """Attributes that stay: only what is different is written."""
        for name, value in values.items():
            path = f'{directory}/{name}'
            if self.written.get(path) != value:
                error = self.write(path, value)
                if error:
                    raise Mismatch(f'{path} cannot be set to {value}: {error}')
                self.written[path] = value

    def step(self, kind, args):
        """Does it; returns the name of the error, or None, and the answer's attributes."""
        if kind in REQUESTS:
            sock, attrs = args
            attrs = dict(attrs)
            if 'expect' in attrs:
                attrs['expected-generation'] = (self.generation + attrs.pop('expect')) % 2**64
            self.asked += 1
            answer = self.sockets[sock].ask(REQUESTS[kind], attrs)
            return answer.error, answer.item if answer.items else {}
        if kind in CALLS:
            return self.call(kind, *args), {}
        return getattr(self, kind)(*args), {}

    def plug(self, name, group, low, high, sleeps, standby):
        """A provider registers, with these settings unless it is live already."""
        directory = f'allocators/{name}'
        if not read(f'{SIM}{directory}/live'):
            self.settings(directory, group=group, min=low, max=high, sleeps=sleeps,
                          standby=standby)
        return self.write(f'{directory}/live', 1)

    def unplug(self, name):
        """Hot-unplug."""
        return self.write(f'allocators/{name}/live', 0)

    def fault_next(self, name, kind, count):
        """The next allocations of the backend go wrong."""
        return self.write(f'allocators/{name}/{kind}_count', count)

    def alloc(self, consumer, context, low, high, count, data):
        """By a driver."""
        self.settings(f'consumers/{consumer}', context=context, min=low, max=high, data=data)
        return self.write(f'consumers/{consumer}/alloc', count)

    def call(self, kind, consumer, context, number, data=0):
        """Another call of a driver."""
        self.settings(f'consumers/{consumer}', context=context, data=data)
        return self.write(f'consumers/{consumer}/{kind}', number)

    def close(self, sock):
        """A socket is closed, and another takes its place."""
        self.sockets[sock].close()
        self.sockets[sock] = Socket(self.spec, self.main.family_id)

    # --- what is to be seen ------------------------------------------------------------

    def dump(self, op, normal):
        """All objects. What is the same as before but for the generation is not decoded."""
        sock, out = self.main, []
        sock.sock.send(sock.message(op, dump=op != 'info-get'))
        while True:
            raw, at = sock.sock.recv(1 << 15), 0
            while at + 16 <= len(raw):
                length, kind, flags = struct.unpack_from('IHH', raw, at)
                body = raw[at + BEHIND_GENERATION:at + length]
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    return out
                if flags & NLM_F_DUMP_INTR:
                    raise Mismatch(f'{op} was interrupted')
                self.generation = struct.unpack_from('Q', raw, at + GENERATION_AT)[0]
                if (op, body) not in self.cache:
                    attrs = self.spec.decode(self.spec.ops[op]['attribute-set'], body)
                    self.cache[op, body] = normal(attrs)
                out.append(self.cache[op, body])
                at += padded(length)

    def entry(self, attrs):
        """An ID as the model has it."""
        item = {key: attrs.get(key) for key in ENTRY}
        item |= {'state': self.spec.enums['state'][attrs['state']], 'hold': 'hold' in attrs}
        return attrs['id'], item, attrs.get('request')

    def allocator(self, attrs):
        """An allocator as the model has it."""
        flags = self.spec.enums['allocator-flags']
        item = {key: attrs[key] for key in ALLOCATOR}
        item['flags'] = [name for bit, name in enumerate(flags) if attrs['flags'] >> bit & 1]
        return attrs['name'], item

    def pinned(self, module):
        """How often it is, besides by what is there from the beginning."""
        return read(f'/sys/module/{module}/refcnt') - self.unused[module]

    def view(self):
        """As Model.view()."""
        dump = self.dump
        out = {
            'ids': grouped(dump('ioasid-get', self.entry)),
            'allocators': dict(dump('allocator-get', self.allocator)),
            'sets': dict(dump('set-get', lambda a: (a['name'], {k: a[k] for k in SET}))),
            'backends': {name: {book: read(book, directory) for book in BOOKS}
                         for name, directory in self.directories.items()},
            'pins': {'core': self.pinned('ioasid_core'),
                     'sim': self.pinned('ioasid_sim') - len(self.files)},
            'info': dump('info-get', lambda a: {k: a[k] for k in INFO})[0]}
        return out

    def hear(self):
        """What listeners are told, into the replica."""
        for event, attrs in self.listener.events():
            self.replica.apply(event, attrs)

    # --- and all over again ------------------------------------------------------------

    def clean(self):
        """Nothing is left: drivers and user space let go, and the modules are unloaded."""
        for fd in [*self.files.values(), *self.directories.values()]:
            os.close(fd)
        self.files.clear()
        self.directories.clear()
        for sock in self.sockets:
            sock.close()
        if os.path.isdir(SIM):
            for kind in ('consumers', 'allocators'):
                for name in os.listdir(SIM + kind):
                    os.rmdir(f'{SIM}{kind}/{name}')
                if kind == 'consumers':
                    Socket(self.spec).ask('ioasid-free', {
                        'range': [{'first': 0, 'last': read_id_max()}], 'skip-missing': True})
        for module in reversed(MODULES):
            if os.path.isdir(f'/sys/module/{module}'):
                done = subprocess.run(['rmmod', module], capture_output=True, text=True,
                                      check=False)
                if done.returncode:
                    raise Dirty(done.stderr.strip())


def read_id_max():
    """The largest ID."""
    return (1 << read('/sys/module/ioasid_core/parameters/id_bits')) - 1
