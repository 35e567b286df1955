# SPDX-License-Identifier: GPL-2.0-only
"""The reference model, continued: the IDs of user space (section 4 of the design), many
at once, all or none; see model.py.
"""
from model import INVALID, Model, Refused, require

ALLOC_MAX = 1 << 20


def runs(numbers):
    """As the answers have them."""
    out = []
    for number in sorted(numbers):
        if out and out[-1]['last'] + 1 == number:
            out[-1]['last'] = number
        else:
            out.append({'first': number, 'last': number})
    return out


class Request:
    """What user space allocated at once; a hold has a socket."""

    def __init__(self, attrs, owner=None):
        self.label = attrs.get('label')
        self.hold = bool(attrs.get('hold'))
        self.owner = owner


class UserModel(Model):
    """All of it."""

    def numbers(self, ranges):
        """The IDs of ranges, as often as they stand there."""
        out = []
        for one in ranges:
            last = one.get('last', one['first'])
            require(one['first'] <= last, 'EINVAL')
            require(last <= self.id_max, 'ERANGE')
            out += range(one['first'], last + 1)
        return out

    def request(self, sock, attrs):
        """Section 4: all or nothing."""
        low, dry = attrs.get('min', 1), 'dry-run' in attrs
        high = attrs.get('max', max(low, self.id_max))
        count = attrs.get('count', 1)
        require(1 <= count <= ALLOC_MAX, 'ERANGE')
        require(attrs.get('label') != '', 'EINVAL')
        exact = sorted(set(self.numbers(attrs.get('range', []))))
        if exact:
            require(not attrs.keys() & {'count', 'min', 'max', 'contiguous'}, 'EINVAL')
            count = len(exact)
        require(low <= high and high != INVALID, 'EINVAL')
        require(low <= self.id_max, 'ERANGE')
        self.expect(attrs)
        self.admit(self.active, True)
        self.charge('user', count, tell=not dry)
        require(not self.ids.keys() & set(exact), 'EEXIST')
        high, contiguous = min(high, self.id_max), attrs.get('contiguous')
        # Core: one ID is tried at once, which counts as a failure. No backend can give out
        # a number in use, so room for several is looked for whoever operates.
        if not exact and (count > 1 or dry):
            room = [run['last'] - run['first'] + 1
                    for run in runs(set(range(low, high + 1)) - self.ids.keys())]
            require(count <= (max(room, default=0) if contiguous else sum(room)), 'ENOSPC')
        if dry:
            return {'count': count, 'changed': True, 'range': runs(exact)}
        got, request = [], Request(attrs, sock)
        try:
            if contiguous:
                self.haul_contiguous(got, request, low, high, count)
            else:
                for first, last in [(n, n) for n in exact] or [(low, high)] * count:
                    got.append(self.obtain(self.active, first, last, 'user', request))
        except Refused:
            self.undo(got)
            raise
        return {'count': count, 'changed': True, 'range': runs(got)}

    def haul_contiguous(self, got, request, low, high, count):
        """Core: a run grows from the first ID that can be had, else behind what cannot."""
        while low <= high:
            got.append(self.obtain(self.active, low, high, 'user', request))
            while len(got) < count:
                low = got[-1] + 1
                require(low <= high, 'ENOSPC')
                try:
                    got.append(self.obtain(self.active, low, low, 'user', request))
                except Refused as refused:
                    if refused.args != ('ENOSPC',):
                        raise
                    break
            else:
                return
            self.undo(got)
            low += 1
        raise Refused('ENOSPC')

    def undo(self, got):
        """What a request has got goes back to where it came from."""
        for number in got:
            self.release(self.ids[number])
        got.clear()

    def giveback(self, sock, attrs):
        """Section 4. Core: who is in the way, in this order; a pending ID is gone."""
        label = attrs.get('label')
        require(label != '', 'EINVAL')
        require((label is None) == ('range' in attrs), 'EINVAL')
        which = set(self.numbers(attrs.get('range', [{'first': 0, 'last': self.id_max}])))
        self.expect(attrs)
        alive = [e for n in which if (e := self.ids.get(n)) and not e.pending]
        ours = [e for e in alive if e.request and label in (None, e.request.label)]
        require(label is not None or all(e.request for e in alive), 'EBUSY')
        require(all(not e.request.hold or e.request.owner == sock for e in ours), 'EACCES')
        if label is None and 'skip-missing' not in attrs:
            require(len(ours) == len(which), 'ENOENT')
        out = {'count': len(ours), 'changed': bool(ours),
               'range': runs(e.number for e in ours)}
        if 'dry-run' not in attrs:
            for entry in ours:
                self.release(entry)
        return out

    def plan(self, groups):
        """Which group an ID is to be in; each in one place only."""
        plan = []
        for index, group in enumerate(groups):
            require(group.get('label') != '', 'EINVAL')
            require('range' in group, 'EINVAL')
            plan += [(number, index) for number in self.numbers(group['range'])]
        require(len(plan) == len(dict(plan)), 'EINVAL')
        return dict(plan)

    def restore(self, sock, attrs):
        """The spec's restore: the IDs of user space are to be those of the groups."""
        groups = attrs.get('group', [])
        plan = self.plan(groups)
        self.expect(attrs)
        target = self.active.op
        if 'allocator' in attrs:
            target = self.may_switch(attrs['allocator'], sock)
        used = [e for n in plan if (e := self.ids.get(n))]
        require(all(e.request and not e.pending for e in used), 'EBUSY')
        require(not any(e.request.hold for e in used), 'EACCES')
        other = [e for e in used if e.request.label != groups[plan[e.number]].get('label')]
        require(not other or 'exact' in attrs, 'EEXIST')
        surplus = [e for e in self.ids.values() if 'exact' in attrs and e.request and
                   not e.pending and not e.request.hold and e.number not in plan]
        missing = sorted(n for n in plan if n not in self.ids)
        if missing:
            self.admit(target.space, True)
        if len(missing) > len(surplus):
            self.charge('user', len(missing) - len(surplus), tell='dry-run' not in attrs)
        switches = target is not self.active.op
        out = {'allocated': len(missing), 'freed': len(surplus), 'relabelled': len(other),
               'kept': len(used) - len(other),
               'changed': bool(missing or surplus or other or switches)}
        if 'dry-run' in attrs:
            return out
        requests, got = [Request(group) for group in groups], []
        try:
            for number in missing:
                got.append(self.obtain(target.space, number, number, 'user',
                                       requests[plan[number]]))
        except Refused:
            self.undo(got)
            raise
        if switches:
            self.operate(target, sock)
        for entry in surplus:
            self.release(entry)
        for entry in other:
            entry.request = requests[plan[entry.number]]
        return out

    def close(self, sock):
        """R-DRN-1, and section 4: what belongs to the socket ends with it."""
        if self.drainer == sock:
            self.end_drain()
        for entry in list(self.ids.values()):
            request = entry.request
            if request and request.hold and request.owner == sock and not entry.pending:
                self.release(entry)
