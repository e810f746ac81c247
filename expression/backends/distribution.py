"""Which nodes of a loop's step have to wait for the step before, and in which loop they then stand.

A node waits where it lies on a cycle: it depends on a carry, and the next value of that carry on it. All others can be
computed for all steps at once, before the loop or after it, and nodes on separate cycles in separate loops, one after
the other: so the second layer of a recurrent network reads what the first one has computed for all steps.

Source: Allen and Kennedy, Automatic translation of Fortran programs to vector form, ACM TOPLAS 9 (1987).
"""

from collections.abc import Sequence
from itertools import compress
from math import prod

from expression.backends.rewriting import ADD, BROADCAST, CONCATENATE, GETITEM, RESHAPE, SCATTER_ADD, TRANSPOSE
from expression.backends.totals import is_product, summands
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT
from expression.operations.structured import Layout

MOVES = (GETITEM, RESHAPE, TRANSPOSE, BROADCAST)
FEW = 16  # steps: below, Python's numbers take less time than an array of them
LARGE = 2**12  # entries at one step: above, an elementwise operation takes longer than the loop around it
HUGE = 2**17  # the same for any operation
MANY = 2**23  # entries at all steps: so much memory costs more than it saves
MOVED = 0.3  # of an operation: what a view costs, a value that is read at each step, or one that is given out
JOINED = 2.0  # operations: what it costs to put arrays together


def is_move(node: Node) -> bool:
    """Whether it shows the entries of one array in another shape."""
    return node.operation in MOVES and len(node.operands) == 1


class Distribution:
    """The nodes of a step, sorted out. Positions are those of the step; a stage is the number of a loop, from 1 on.

    ready   how many loops come before a value is there for all steps
    least   the first loop that can read it
    place   the loop in which it is computed, or 0
    """

    def __init__(self, e: Expression, layout: Layout, live: Sequence[bool]) -> None:
        """Sort the nodes; `live` says which parts of the results are read: final carries, histories, ys, sums."""
        self.e, self.layout = e, layout
        places = [i.position for i in e.inputs]
        _, self.carries, self.xs = layout.operands(places)
        self.after, self.ys, self.sums = layout.split(e.outputs)
        count = len(self.carries)
        self.final, self.history = live[:count], live[count : 2 * count]
        _, self.live_ys, self.live_sums = layout.split([True] * count + list(live[2 * count :]))
        self.next = {c: n for c, n in zip(self.carries, self.after, strict=True) if c != n}
        self.accumulators = self.found_accumulators()
        self.varies = self.found_varying()
        self.summands = self.found_summands()
        self.alive = self.found_alive()
        self.cycle = self.found_cycles()
        self.waits = self.found_waiting()
        self.ready, self.least, self.place = self.found_places()
        self.stages = max(self.place, default=0)
        self.imports: list[list[int]] = [[] for _ in range(self.stages + 1)]
        self.members: list[list[int]] = [[] for _ in range(self.stages + 1)]
        self.exports: list[list[int]] = [[] for _ in range(self.stages + 1)]
        self.find_borders()

    # -- what is needed ------------------------------------------------------------------------------------------------

    def found_accumulators(self) -> dict[int, int]:
        """Carries of which only the last value is read, and to which each step adds what does not depend on them."""
        e, found = self.e, {}
        reads = [j for node in e.nodes for j in node.operands] + list(e.outputs)
        for k, (c, n) in enumerate(zip(self.carries, self.after, strict=True)):
            node = e.nodes[n]
            if node.operation is ADD and c in node.operands and not self.history[k]:
                other = node.operands[node.operands[0] == c]
                if reads.count(c) == reads.count(n) == 1 and e.nodes[other].shape == node.shape:
                    found[c] = other
        return found

    def found_alive(self) -> bytearray:
        """The nodes that anything that is read needs."""
        pending = list(compress(self.ys, self.live_ys))
        pending += [c for c, final, history in self.carried() if final or history]
        for v in self.summands:
            pending += self.e.nodes[v].operands if is_product(self.e, self.varies, v) else (v,)
        alive = bytearray(len(self.e.nodes))
        while pending:
            v = pending.pop()
            if not alive[v]:
                alive[v] = 1
                pending += self.e.nodes[v].operands
                pending += [self.next[v]] if v in self.next else []
        return alive

    def found_varying(self) -> bytearray:
        """The nodes whose values differ from step to step; a carry that stays is none."""
        varies = bytearray(len(self.e.nodes))
        for v in (*self.xs, *self.next):
            varies[v] = 1
        for v, node in enumerate(self.e.nodes):
            if any(varies[j] for j in node.operands):
                varies[v] = 1
        return varies

    def found_cycles(self) -> list[int]:
        """For each node, the cycle on which it lies, from 1 on, or 0: sets of carries are bits of a number."""
        nodes, carries = self.e.nodes, [c for c in self.next if self.alive[c]]
        self.depends = depends = [0] * len(nodes)  # the carries that a node depends on, in the same step
        self.serves = serves = [0] * len(nodes)  # the carries whose next values depend on it
        for k, c in enumerate(carries):
            depends[c] |= 1 << k
            serves[self.next[c]] |= 1 << k
        for v, node in enumerate(nodes):
            for j in node.operands:
                depends[v] |= depends[j]
        for v in range(len(nodes) - 1, -1, -1):
            for j in nodes[v].operands:
                serves[j] |= serves[v]
        reach = [serves[c] for c in carries]  # the carries that each carry reaches
        for j in range(len(carries)):
            for k in range(len(carries)):
                if reach[k] >> j & 1:
                    reach[k] |= reach[j]
        masks: list[int] = []
        for k in range(len(carries)):
            if reach[k] >> k & 1:
                mask = sum(1 << j for j in range(len(carries)) if reach[k] >> j & 1 and reach[j] >> k & 1)
                if mask not in masks:
                    masks.append(mask)
        cycle = [0] * len(nodes)
        for number, mask in enumerate(masks, 1):
            for v in range(len(nodes)):
                if depends[v] & mask and serves[v] & mask:
                    cycle[v] = number
        return cycle

    def found_summands(self) -> list[int]:
        """The nodes whose sums over the steps make up all sums that are read."""
        summed = list(compress(self.sums, self.live_sums))
        summed += [self.accumulators[c] for c in compress(self.carries, self.final) if c in self.accumulators]
        return list(dict.fromkeys(v for j in summed for v in summands(self.e, self.varies, j)))

    # -- where nodes stand ---------------------------------------------------------------------------------------------

    def found_waiting(self) -> bytearray:
        """The nodes that have to stand in a loop: on a cycle, or not to be computed for all steps at once."""
        e, n = self.e, self.layout.length
        waits = bytearray(len(e.nodes))
        summed = set(self.summands)
        for v, node in enumerate(e.nodes):
            if self.cycle[v]:
                waits[v] = 1
            elif self.varies[v] and node.operands:
                size, work = prod(node.shape), not is_move(node)
                is_number = work and node.shape == () and not any(e.nodes[j].shape for j in node.operands)
                between = is_number and self.depends[v] and self.serves[v]
                small = is_number and n < FEW
                large = work and (size > (LARGE if node.operation.elementwise else HUGE) or size * n > MANY)
                large = large and not (v in summed and is_product(e, self.varies, v))
                other = any(waits[j] and e.nodes[j].dtype != self.layout.dtype for j in node.operands)
                closed = node.operation.programs or node.operation.body is not None
                whole = not (node.operation.elementwise or node.operation.batch is not None)
                waits[v] = bool(between or small or large or other or closed or whole)
        changed = True
        while changed:  # a carry that is what another loop has computed is carried there
            changed = False
            for c, after in self.next.items():
                if waits[after] and not waits[c]:
                    waits[c] = changed = True
        return waits

    def found_places(self) -> tuple[list[int], list[int], list[int]]:
        """Numbers of loops, as small as the nodes before allow; repeated until nothing has to come later."""
        nodes = self.e.nodes
        ready, least = [0] * len(nodes), [1] * len(nodes)
        stage = [1] * (max(self.cycle, default=0) + 1)
        place = [0] * len(nodes)
        changed = True
        while changed:
            changed = False
            for v, node in enumerate(nodes):
                if not (self.alive[v] and self.varies[v]):
                    continue
                before = (self.next[v],) if v in self.next else node.operands
                if self.waits[v]:
                    at = max([least[j] for j in before if not self.cycle[v] or self.cycle[j] != self.cycle[v]] + [1])
                    if self.cycle[v]:
                        stage[self.cycle[v]] = at = max(at, stage[self.cycle[v]])
                    new = at, at, at
                else:
                    done = max([ready[j] for j in before], default=0)
                    free = is_move(node) or not before
                    new = done, max([least[j] for j in before] + [1]) if free else done + 1, 0
                if new != (ready[v], least[v], place[v]):
                    ready[v], least[v], place[v] = new
                    changed = True
        return ready, least, place

    def inside(self, v: int, stage: int) -> bool:
        """Whether a value is computed in that loop: moved data, where what is moved is."""
        while not self.place[v] and is_move(self.e.nodes[v]) and self.varies[v]:
            (v,) = self.e.nodes[v].operands
        return self.place[v] == stage

    def find_borders(self) -> None:
        """What stands in each loop, what it reads from outside, and what of it is read outside, for all steps."""
        nodes = self.e.nodes
        wanted = bytearray(len(nodes))
        for stage in range(1, self.stages + 1):
            pending = [v for v in range(len(nodes)) if self.place[v] == stage]
            seen: set[int] = set()
            while pending:
                v = pending.pop()
                if v in seen:
                    continue
                seen.add(v)
                if self.inside(v, stage):
                    self.members[stage].append(v)
                    pending += nodes[v].operands
                elif nodes[v].operation is not CONSTANT or nodes[v].shape:
                    self.imports[stage].append(v)
            self.members[stage].sort()
            self.imports[stage].sort()
        pending = [v for imports in self.imports for v in imports if self.varies[v]]
        pending += compress(self.ys, self.live_ys)
        pending += [v for c, f, h in self.carried() if f or h for v in [self.next.get(c, c)] if not self.place[c]]
        for v in self.summands:
            pending += () if self.stays(v) else nodes[v].operands if self.contracts(v) else (v,)
        while pending:
            v = pending.pop()
            if wanted[v] or not self.varies[v]:
                continue
            wanted[v] = 1
            if self.place[v]:
                self.exports[self.place[v]] += [v] if v not in self.carries else []
            else:
                pending += nodes[v].operands
                pending += [self.next[v]] if v in self.next else []
        carried = {self.next[c] for c in self.next if self.place[c]}
        for exports in self.exports:
            exports[:] = sorted(v for v in exports if v not in carried)

    def carried(self) -> list[tuple[int, bool, bool]]:
        """Carries, and whether their last and their other values are read; not those that sums stand for."""
        rows = zip(self.carries, self.final, self.history, strict=True)
        return [row for row in rows if row[0] not in self.accumulators]

    def contracts(self, v: int) -> bool:
        """Whether the sum of a node over all steps is one product of its operands at all steps."""
        return not self.place[v] and is_product(self.e, self.varies, v)

    def stays(self, v: int) -> bool:
        """Whether a value is summed in the loop that computes it: it would be large for all steps."""
        return bool(self.place[v]) and prod(self.e.nodes[v].shape) > LARGE

    @property
    def is_possible(self) -> bool:
        """Whether what loops give out has the one dtype that they can give."""
        return all(self.e.nodes[v].dtype == self.layout.dtype for exports in self.exports for v in exports)

    @property
    def cost_before(self) -> float:
        """What a step costs now, counted in operations."""
        found = sum(self.work(v) for v, alive in enumerate(self.alive) if alive) + sum(map(bool, self.live_sums))
        return found + MOVED * (sum(map(bool, self.live_ys)) + sum(self.alive[v] for v in self.xs))

    @property
    def cost(self) -> float:
        """What a step of all loops costs."""
        found = 0.0
        for members, imports, exports in zip(self.members, self.imports, self.exports, strict=True):
            found += sum(map(self.work, members))
            found += MOVED * (len(exports) + sum(self.varies[v] for v in imports))
        return found

    def work(self, v: int) -> float:
        """What a node costs at one step."""
        node = self.e.nodes[v]
        if not node.operands or is_move(node):
            return MOVED if node.operands else 0.0
        return JOINED if node.operation in (CONCATENATE, SCATTER_ADD) else 1.0
