# SPDX-License-Identifier: GPL-2.0-only
"""Messages for the fuzzer, and what is to become of them; both know the spec only,
so that a new operation or attribute needs no change here.

Generator makes what is sent; requests_of() finds in it what the kernel will serve,
and Judge says which of that breaks the spec and so has to be refused.
"""
import collections
import struct

from family import NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, NUMBERS, attr_bytes, attrs_of, padded

NLA_F_NESTED, NLA_F_NET_BYTEORDER = 0x8000, 0x4000
NLM_F_ECHO = 0x8
HEADER = struct.Struct('IHHII')		# length, type, flags, sequence, port


def annotate(spec):
    """Each attribute knows its set and its limits: (min, max) of a number, max of a string
    its length without NUL. Returns the named numbers of the spec."""
    constants = {item['name']: item['value'] for item in spec.tree['definitions']
                 if item['type'] == 'const'}
    for name, attrs in spec.sets.items():
        for attr in attrs.values():
            attr['of'] = name
            checks = {key: constants.get(value, value)
                      for key, value in attr.get('checks', {}).items()}
            if attr['type'] in NUMBERS:
                top = (1 << 8 * struct.calcsize(NUMBERS[attr['type']])) - 1
                if 'enum' in attr and not attr.get('enum-as-flags'):
                    top = len(spec.enums[attr['enum']]) - 1
                attr['limits'] = checks.get('min', 0), checks.get('max', top)
            elif attr['type'] == 'string':
                attr['limits'] = 0, checks.get('max-len', 1 << 16)
    return constants


def request_attrs(op, dump):
    """Names of the attributes that a request may have; None: it does not exist."""
    kind = op.get('dump' if dump else 'do')
    return None if kind is None else kind.get('request', {}).get('attributes', [])


def requests_in(spec):
    """Each (operation, dump) that there is."""
    return [(op, dump) for op in spec.ops.values() for dump in (False, True)
            if request_attrs(op, dump) is not None]


def requests_of(data):
    """(type, flags, sequence, body) of each message that the kernel finds in what was
    sent at once; as netlink_rcv_skb() looks for them."""
    at = 0
    while len(data) - at >= HEADER.size:
        length, kind, flags, sequence, _ = HEADER.unpack_from(data, at)
        if length < HEADER.size or length > len(data) - at:
            return
        yield kind, flags, sequence, data[at + HEADER.size:at + length]
        at += padded(length)


class Judge:
    """Which request is one of the spec?"""

    def __init__(self, spec, family_id):
        self.spec, self.family_id = spec, family_id

    def operation(self, kind, flags, body):
        """(operation, dump) that the request is for; None: for none."""
        if kind != self.family_id or not flags & NLM_F_REQUEST or len(body) < 4:
            return None
        op = self.spec.op_by_number.get(body[0])
        dump = flags & NLM_F_DUMP == NLM_F_DUMP
        if op is None or request_attrs(op, dump) is None:
            return None
        return op, dump

    def sound(self, op, dump, flags, body):
        """Does it follow the spec, so that it may be accepted?"""
        known = NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO | (NLM_F_DUMP if dump else 0)
        return (not flags & ~known and body[2:4] == b'\0\0' and
                self.sound_attrs(op['attribute-set'], request_attrs(op, dump), body[4:]))

    def sound_attrs(self, set_name, names, raw, reply=False):
        """The same of the attributes of a message, a reply, or a nest."""
        allowed = {self.spec.sets[set_name][name]['number']: self.spec.sets[set_name][name]
                   for name in names}
        at = 0
        while len(raw) - at >= 4:
            length, number = struct.unpack_from('HH', raw, at)
            attr = allowed.get(number & ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER))
            if length < 4 or length > len(raw) - at or attr is None:
                return False
            if (attr['type'] == 'nest') != bool(number & NLA_F_NESTED):
                return False
            if not self.sound_payload(attr, raw[at + 4:at + length], reply):
                return False
            at += padded(length)
        return at >= len(raw)

    def sound_payload(self, attr, payload, reply):
        """The same of one value. In a reply, there may be 0 of what can be counted."""
        kind = attr['type']
        if kind == 'nest':
            nested = attr['nested-attributes']
            return self.sound_attrs(nested, self.spec.sets[nested], payload, reply)
        if kind in ('flag', 'pad'):
            return not payload
        low, high = (0 if reply else attr['limits'][0]), attr['limits'][1]
        if kind == 'string':
            return (0 in payload[:high + 1] and
                    len(payload) - (payload[-1] == 0) <= high)
        number = struct.Struct(NUMBERS[kind])
        return len(payload) == number.size and low <= number.unpack(payload)[0] <= high


class Memory:
    """The last values that the kernel told, by the names of their attributes."""

    def __init__(self):
        self.texts = collections.defaultdict(lambda: collections.deque(maxlen=16))
        self.numbers = collections.defaultdict(lambda: collections.deque(maxlen=8))

    def learn(self, set_name, attrs):
        """From a decoded reply."""
        for name, value in attrs.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    self.learn(name, one)
                elif isinstance(one, str):
                    self.texts[set_name, name].append(one)
                elif one is not True:
                    self.numbers[set_name, name].append(one)

    @staticmethod
    def recall(rng, store, attr):
        """A value, rather of this attribute or one that is alike; None: nothing known."""
        own = [key for key in store if key == (attr['of'], attr['name'])]
        alike = [key for key in store if attr['name'].endswith(key[1])]
        keys = rng.choice([own or alike, own or alike, alike, []]) or list(store)
        return rng.choice(store[rng.choice(keys)]) if keys else None


class Node:
    """An attribute of a message: the spec's words, number with flags, bytes or Nodes."""
    __slots__ = ('attr', 'number', 'payload')

    def __init__(self, attr, number, payload):
        self.attr, self.number, self.payload = attr, number, payload

    def encode(self):
        """As bytes."""
        payload = self.payload
        if isinstance(payload, list):
            payload = b''.join([node.encode() for node in payload])
        return attr_bytes(self.number, payload[:0xfffb])


def nodes_of(nodes):
    """Every (siblings, index) of a tree."""
    for index, node in enumerate(nodes):
        yield nodes, index
        if isinstance(node.payload, list):
            yield from nodes_of(node.payload)


class Generator:
    """What is sent. Sequence numbers are the caller's: next_sequence()."""

    def __init__(self, spec, family_id, rng):
        self.spec, self.family_id, self.rng = spec, family_id, rng
        self.memory = Memory()
        self.last_number = 1
        self.constants = sorted(annotate(spec).values())
        self.requests = requests_in(spec)
        self.weights = [len(request_attrs(*request)) + 1 for request in self.requests]
        self.accepted = collections.defaultdict(lambda: collections.deque(maxlen=16))
        self.next_sequence = None

    def encourage(self, op, dump, body):
        """Attributes like these are accepted together."""
        self.accepted[op['number'], dump].append([number for number, _ in attrs_of(body[4:])])

    # --- values ---

    def number(self, attr):
        """Within its limits: boundaries, what is known, what is near the last one."""
        rng, (low, high) = self.rng, attr['limits']
        way = rng.random()
        if way < 0.35:
            value = self.memory.recall(rng, self.memory.numbers, attr) or 0
        elif way < 0.65:
            value = self.last_number + rng.randint(-1, 4)
        elif way < 0.85:
            value = rng.randint(0, 64)
        else:
            value = rng.choice(self.constants + [low, high, 1 << rng.randint(0, 32)])
            value += rng.randint(-1, 1)
        self.last_number = max(low, min(high, value))
        return self.last_number

    def text(self, attr):
        """Within its limits."""
        rng, longest = self.rng, attr['limits'][1]
        if rng.random() < 0.7:
            known = self.memory.recall(rng, self.memory.texts, attr)
            if known is not None:
                return known.encode('utf-8', 'surrogateescape')[:longest]
        letter = rng.choice(['a', 'b', 'ä', '\n', '\x7f', '%s']).encode()
        size = rng.choice([0, 1, 1, 2, longest - 1, longest])
        return (letter * size)[:min(size, longest)]

    def node(self, attr):
        """One attribute with a good value."""
        kind = attr['type']
        if kind == 'nest':
            inner = self.spec.sets[attr['nested-attributes']].values()
            return Node(attr, attr['number'] | NLA_F_NESTED, self.some(inner, 0.9))
        if kind in NUMBERS:
            payload = struct.pack(NUMBERS[kind], self.number(attr))
        else:
            payload = self.text(attr) + b'\0' if kind == 'string' else b''
        return Node(attr, attr['number'], payload)

    def some(self, attrs, density):
        """Some of these attributes."""
        nodes = []
        for attr in attrs:
            if attr['type'] == 'pad' or self.rng.random() > density:
                continue
            again = self.rng.choice([1, 1, 1, 2, 5]) if attr.get('multi-attr') else 1
            nodes += [self.node(attr) for _ in range(again)]
        return nodes

    # --- whole messages ---

    def message(self, body, flags=None, kind=None):
        """The header before it."""
        if flags is None:
            flags = NLM_F_REQUEST | NLM_F_ACK
        return HEADER.pack(HEADER.size + len(body), kind or self.family_id, flags,
                           self.next_sequence(), 0) + body

    def good(self):
        """(operation, dump, attributes) of a good request; some alike were accepted."""
        rng = self.rng
        op, dump = rng.choices(self.requests, self.weights)[0]
        attrs = [self.spec.sets[op['attribute-set']][name]
                 for name in request_attrs(op, dump)]
        known = self.accepted[op['number'], dump]
        if known and rng.random() < 0.7:
            numbers = rng.choice(known)[:10]
            return op, dump, [self.node(attr) for attr in attrs
                              for _ in range(numbers.count(attr['number']))]
        return op, dump, self.some(attrs, rng.choice([0.15, 0.3, 0.5]))

    def encode(self, op, dump, nodes, flags=0):
        """A message of them; not every one wants an acknowledgement."""
        flags |= NLM_F_REQUEST | (NLM_F_DUMP if dump else 0)
        flags |= NLM_F_ACK if self.rng.random() < 0.9 else 0
        return self.message(struct.pack('BBH', op['number'], 1, 0) +
                            b''.join([node.encode() for node in nodes]), flags)

    def well_formed(self):
        """Nothing is wrong with it; it may ask for what cannot be had."""
        return self.encode(*self.good())

    def nearly(self):
        """One thing is wrong with it, or at least odd."""
        op, dump, nodes = self.good()
        names = list(self.spec.sets[op['attribute-set']].values())
        places = list(nodes_of(nodes))
        odd = self.rng.choice(self.ODDITIES if places else self.ADDITIONS)
        siblings, index = self.rng.choice(places) if places else (nodes, 0)
        odd(self, siblings, index, names)
        return self.encode(op, dump, nodes)

    def wrong_value(self, siblings, index, names):
        """Beyond its limits, of another type, or of another length."""
        rng, node = self.rng, siblings[index]
        payload = node.encode()[4:]
        way = rng.randint(0, 3)
        if way == 0:
            node.payload = self.node(self.any_of(names)).payload
        elif way == 1:
            node.payload = rng.choice([payload[:rng.randint(0, len(payload))], payload + b'\0',
                                       payload + payload, b''])
        elif node.attr['type'] in NUMBERS:
            low, high = node.attr['limits']
            value = rng.choice([low - 1, high + 1, 0, -1, 1 << 31])
            node.payload = struct.pack('Q', value & (1 << 64) - 1)[
                :struct.calcsize(NUMBERS[node.attr['type']])]
        else:			# no NUL, one inside, too long, no text
            size = rng.choice([0, 1, 5, *self.constants[:3], 300, 5000]) + rng.randint(0, 2)
            text = bytes(rng.choices([65, 195, 255, 1, 0], [rng.choice([30, 9999]), 1, 1, 1, 1],
                                     k=size))
            node.payload = text + rng.choice([b'', b'\0', b'A', b'\0A\0'])

    def flags(self, siblings, index, _names):
        """Flags of the number missing, or too many."""
        siblings[index].number ^= self.rng.choice(
            [NLA_F_NESTED, NLA_F_NESTED, NLA_F_NET_BYTEORDER])

    def missing(self, siblings, index, _names):
        """One less."""
        del siblings[index]

    def duplicate(self, siblings, index, _names):
        """One again, with another value."""
        siblings.insert(self.rng.randint(0, len(siblings)), self.node(siblings[index].attr))

    def many(self, siblings, index, _names):
        """One again and again, up to a limit of the spec and beyond."""
        rng = self.rng
        attr = rng.choice([node.attr for node in siblings if node.attr.get('multi-attr')] or
                          [siblings[index].attr])
        count = rng.choice([3, 20, 100] * 3 + [n for n in self.constants if n < 5000])
        few = [self.node(attr) for _ in range(rng.choice([1, 3, 20]))]
        siblings += (few * (count // len(few) + 1))[:count + rng.randint(-1, 1)]

    def foreign(self, siblings, _index, names):
        """One of another operation."""
        siblings.append(self.node(self.any_of(names)))

    def unknown(self, siblings, _index, names):
        """A number that nobody has."""
        number = self.rng.choice([0, len(names) + 1, 255, 0x3fff, self.rng.randint(0, 0xffff)])
        siblings.append(Node(names[0], number, self.node(self.any_of(names)).payload))

    def contradiction(self, siblings, _index, names):
        """All at once."""
        siblings += [self.node(attr) for attr in names if attr['type'] != 'pad']

    ODDITIES = [wrong_value, wrong_value, wrong_value, flags, missing, duplicate, many,
                foreign, unknown, contradiction]
    ADDITIONS = [foreign, unknown, contradiction]

    def any_of(self, names):
        """Any attribute that can have a value."""
        return self.rng.choice([attr for attr in names if attr['type'] != 'pad'])

    # --- hostile ---

    def hostile(self):
        """Anything."""
        return self.rng.choice(self.ATTACKS)(self)

    def truncated(self):
        """The end is missing; the header may say so or not."""
        data = self.rng.choice([self.well_formed, self.nearly])()
        cut = self.rng.choice([self.rng.randint(1, 24), self.rng.randint(1, len(data))])
        data = data[:cut]
        if len(data) >= HEADER.size and self.rng.random() < 0.5:
            data = struct.pack('I', len(data)) + data[4:]
        return data

    def lie(self):
        """The header tells another length."""
        data = self.well_formed()
        length = self.rng.choice([0, 1, 15, 16, 17, 19, 20, len(data) - 1, len(data) + 1,
                                  0x7fffffff, 0xffffffff, self.rng.randint(0, 200)])
        return struct.pack('I', length) + data[4:]

    def attr_lie(self):
        """An attribute tells another length."""
        data = bytearray(self.rng.choice([self.well_formed, self.nearly])())
        starts, at = [], 20
        for _, payload in attrs_of(bytes(data[20:])):
            starts.append(at)
            at += padded(4 + len(payload))
        if starts:
            at = self.rng.choice(starts)
            at += self.rng.choice([0, 0, 4 if at + 8 <= len(data) else 0])
            length, rest = struct.unpack_from('H', data, at)[0], len(data) - at
            struct.pack_into('H', data, at, 0xffff & self.rng.choice(
                [0, 1, 3, 4, 5, length - 1, length + 1, rest, rest + 1, 0x7fff, 0xffff]))
        return bytes(data)

    def deep(self):
        """Nests in nests."""
        op, dump, nodes = self.good()
        names = list(self.spec.sets[op['attribute-set']].values())
        payload = self.node(self.any_of(names)).encode()[:60]
        for _ in range(self.rng.choice([2, 12, 500])):
            payload = attr_bytes(self.rng.randint(0, len(names)) | NLA_F_NESTED, payload)
        nodes.append(Node(names[0], self.rng.choice(names)['number'] | NLA_F_NESTED, payload))
        return self.encode(op, dump, nodes)

    def garbage(self):
        """Random bytes behind a header, or as a header."""
        raw = self.rng.randbytes(self.rng.choice([1, 3, 20, 300, 3000]))
        if self.rng.random() < 0.8:
            raw = self.message(bytes([self.rng.randint(0, 40), 1, 0, 0]) + raw)
        return raw

    def header(self):
        """Another command, version, type, reserved field or flags."""
        op, dump, nodes = self.good()
        data = bytearray(self.encode(op, dump, nodes))
        rng = self.rng
        how = rng.randint(0, 5)
        if how == 0:
            data[16] = rng.randint(0, 255)
        elif how == 1:
            data[16] = rng.choice(list(self.spec.op_by_number))
        elif how == 2:
            struct.pack_into('=BH', data, 17, rng.randint(0, 255), rng.randint(0, 0xffff))
        elif how == 3:		# those below 16 are netlink's own; nobody has 0xffff
            struct.pack_into('H', data, 4, rng.choice([*range(16), 0xffff]))
        elif how == 4:
            struct.pack_into('H', data, 6, rng.choice(
                [rng.randint(0, 0xffff), NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP,
                 NLM_F_REQUEST | NLM_F_ACK | rng.choice([0x100, 0x200, 0x400, NLM_F_ECHO]),
                 NLM_F_ACK, 0]))
        else:
            struct.pack_into('I', data, 12, rng.randint(0, 0xffffffff))
        return bytes(data)

    def batch(self):
        """Many at once."""
        ways = [self.well_formed, self.well_formed, self.nearly, self.header, self.attr_lie]
        data = b''
        for _ in range(self.rng.choice([2, 3, 10, 40])):
            data += self.rng.choice(ways)()
            data += bytes(padded(len(data)) - len(data))
        return data

    def huge(self):
        """64 KiB and more."""
        op, _, _ = self.good()
        names = list(self.spec.sets[op['attribute-set']].values())
        if self.rng.random() < 0.5:
            few = b''.join([self.node(self.any_of(names)).encode() for _ in range(8)])
            raw = few * (self.rng.randint(64, 180) * 1024 // len(few))
        else:
            raw = 2 * attr_bytes(self.any_of(names)['number'],
                                 bytes([self.rng.randint(0, 255)]) * 0xfffb)
        return self.message(struct.pack('BBH', op['number'], 1, 0) + raw)

    ATTACKS = [truncated, lie, attr_lie, attr_lie, deep, garbage, header, header, batch, huge]
