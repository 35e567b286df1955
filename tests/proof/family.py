# SPDX-License-Identifier: GPL-2.0-only
"""The netlink family by its spec, in as few instructions as the emulated guest
allows: what the model check, the fault injection and the fuzzer speak.

tests/bats/nl is built on the kernel's own YNL instead, which is thorough and
takes milliseconds for each message; that both agree is one of their tests.
"""
import errno
import os
import select
import socket
import struct

import yaml

SPEC = os.path.join(os.path.dirname(os.path.realpath(__file__)), '../../kmod/ioasid.yaml')

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_DUMP_INTR = 0x10
NLMSG_ERROR, NLMSG_DONE = 2, 3
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_MCAST_GROUPS = 1, 2, 7
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK = 270, 1, 11
NLA_F_NESTED = 0x8000
TYPE_MASK = 0x3fff		# of NLA_F_NESTED and NLA_F_NET_BYTEORDER
NUMBERS = {'u8': 'B', 'u16': 'H', 'u32': 'I', 'u64': 'Q'}
errno.errorcode[errno.EOPNOTSUPP] = 'EOPNOTSUPP'	# Linux has one number for two names


def padded(length):
    """Attributes begin at multiples of 4."""
    return (length + 3) & ~3


def attr_bytes(number, payload):
    """One attribute."""
    return (struct.pack('HH', 4 + len(payload), number) + payload +
            bytes(padded(len(payload)) - len(payload)))


def attrs_of(raw):
    """(number, payload) of each attribute; what is cut off is left out."""
    at = 0
    while at + 4 <= len(raw):
        length, number = struct.unpack_from('HH', raw, at)
        if length < 4:
            return
        yield number & TYPE_MASK, raw[at + 4:at + length]
        at += padded(length)


class Spec:
    """kmod/ioasid.yaml: attribute sets, and operations with their numbers."""

    def __init__(self):
        with open(SPEC, encoding='utf-8') as file:
            loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
            self.tree = yaml.load(file, Loader=loader)
        self.sets, self.by_number = {}, {}
        for attr_set in self.tree['attribute-sets']:
            named = {}
            for number, attr in enumerate(attr_set['attributes'], 1):
                named[attr['name']] = attr | {'number': number}
            self.sets[attr_set['name']] = named
            self.by_number[attr_set['name']] = {a['number']: a for a in named.values()}
        self.ops = {}
        for number, op in enumerate(self.tree['operations']['list'], 1):
            self.ops[op['name']] = op | {'number': number}
        for op in self.ops.values():
            if 'notify' in op:
                op['attribute-set'] = self.ops[op['notify']]['attribute-set']
        self.op_by_number = {op['number']: op for op in self.ops.values()}
        self.enums = {}
        for item in self.tree['definitions']:
            if item['type'] in ('enum', 'flags'):
                self.enums[item['name']] = [e['name'] for e in item['entries']]

    def encode(self, set_name, attrs):
        """Attributes as bytes: {name: value}, a list for what may come again."""
        out = b''
        for name, value in attrs.items():
            attr = self.sets[set_name][name]
            for one in value if isinstance(value, list) else [value]:
                nested = NLA_F_NESTED if attr['type'] == 'nest' else 0
                out += attr_bytes(attr['number'] | nested, self.payload(attr, one))
        return out

    def payload(self, attr, value):
        """One value as bytes."""
        kind = attr['type']
        if kind in NUMBERS:
            return struct.pack(NUMBERS[kind], value)
        if kind == 'string':
            return value.encode('utf-8', 'surrogateescape') + b'\0'
        if kind == 'nest':
            return self.encode(attr['nested-attributes'], value)
        return b''

    def decode(self, set_name, raw):
        """{name: value}; a list for what may come again; attributes of a newer kernel
        are left out."""
        out = {}
        known = self.by_number[set_name]
        for number, payload in attrs_of(raw):
            attr = known.get(number)
            if not attr or attr['type'] == 'pad':
                continue
            kind = attr['type']
            if kind in NUMBERS:
                value = struct.unpack(NUMBERS[kind], payload)[0]
            elif kind == 'string':
                value = payload.rstrip(b'\0').decode('utf-8', 'surrogateescape')
            elif kind == 'nest':
                value = self.decode(attr['nested-attributes'], payload)
            else:
                value = True
            if attr.get('multi-attr'):
                out.setdefault(attr['name'], []).append(value)
            else:
                out[attr['name']] = value
        return out


class Answer:
    """What came back: error is a name or None; of a dump, was it interrupted?"""

    def __init__(self):
        self.error = None
        self.items = []
        self.interrupted = False

    @property
    def item(self):
        """The only one."""
        return self.items[0]


class Socket:
    """A socket of the family."""

    def __init__(self, spec, family_id=None, timeout=20):
        self.spec = spec
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.settimeout(timeout)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sequence = 0
        self.groups = {}
        self.family_id = family_id or self.resolve()

    def close(self):
        """What the socket owns ends."""
        self.sock.close()

    def resolve(self):
        """The number of the family, and its groups."""
        body = struct.pack('BBH', CTRL_CMD_GETFAMILY, 1, 0) + attr_bytes(
            CTRL_ATTR_FAMILY_NAME, self.spec.tree['name'].encode() + b'\0')
        self.sock.send(self.header(GENL_ID_CTRL, NLM_F_REQUEST, body) + body)
        reply = self.sock.recv(65536)
        kind = struct.unpack_from('IHHII', reply)[1]
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from('i', reply, 16)[0]
            raise OSError(code, os.strerror(code))
        number = None
        for attr, payload in attrs_of(reply[20:]):
            if attr == CTRL_ATTR_FAMILY_ID:
                number = struct.unpack_from('H', payload)[0]
            elif attr == CTRL_ATTR_MCAST_GROUPS:
                for _, group in attrs_of(payload):
                    parts = dict(attrs_of(group))
                    name = parts[1].rstrip(b'\0').decode()
                    self.groups[name] = struct.unpack('I', parts[2])[0]
        return number

    def join(self, group):
        """Hear events."""
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.groups[group])

    def header(self, kind, flags, body):
        """Of one message."""
        self.sequence += 1
        return struct.pack('IHHII', 16 + len(body), kind, flags, self.sequence, 0)

    def message(self, op_name, attrs=None, dump=False, raw=b''):
        """One request as bytes; raw comes behind the attributes."""
        op = self.spec.ops[op_name]
        body = struct.pack('BBH', op['number'], 1, 0) + self.spec.encode(
            op['attribute-set'], attrs or {}) + raw
        flags = NLM_F_REQUEST | (NLM_F_DUMP if dump else NLM_F_ACK)
        return self.header(self.family_id, flags, body) + body

    def ask(self, op_name, attrs=None, dump=False):
        """One request and its answer."""
        return self.exchange(self.message(op_name, attrs, dump))

    def exchange(self, message):
        """The answer to a message that asks for one."""
        self.sock.send(message)
        return self.answer()

    def answer(self):
        """Reads until the acknowledgement, or the end of the dump."""
        out = Answer()
        while True:
            raw = self.sock.recv(1 << 18)
            at = 0
            while at + 16 <= len(raw):
                length, kind, flags, sequence, _ = struct.unpack_from('IHHII', raw, at)
                body = raw[at + 16:at + length]
                at += padded(length)
                if sequence != self.sequence:
                    continue
                out.interrupted |= bool(flags & NLM_F_DUMP_INTR)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    code = struct.unpack_from('i', body)[0] if len(body) >= 4 else 0
                    out.error = errno.errorcode[-code] if code else None
                    return out
                op = self.spec.op_by_number[body[0]]
                out.items.append(self.spec.decode(op['attribute-set'], body[4:]))

    def events(self):
        """(operation, attributes) of what is there; does not wait."""
        while select.select([self.sock], [], [], 0)[0]:
            raw = self.sock.recv(1 << 18)
            at = 0
            while at + 16 <= len(raw):
                length = struct.unpack_from('I', raw, at)[0]
                op = self.spec.op_by_number[raw[at + 16]]
                yield op['name'], self.spec.decode(op['attribute-set'],
                                                   raw[at + 20:at + length])
                at += padded(length)
