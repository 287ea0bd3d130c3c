import assert from "node:assert/strict";
import type { PickleValue } from "@/pickle_data.ts";
import { outsideName, type PickleMachine, startPickleMachine } from "@/pickle_machine.ts";

const start = (): PickleMachine => startPickleMachine(new Uint8Array(), { source: "a.pkl" });

function assertRefused(operate: (machine: PickleMachine) => void, fault: string): void {
  assert.throws(() => operate(start()), {
    name: "SyntaxError",
    message: `Cannot read "a.pkl": before byte 0, ${fault}`,
  });
}

Deno.test("startPickleMachine() keeps values in order, and those below a mark out of reach", () => {
  const machine = start();
  machine.push(1);
  machine.mark();
  machine.push(2);
  machine.push(3);
  assert.equal(machine.top(), 3);
  assert.deepEqual(machine.popToMark(), [2, 3]);
  assert.equal(machine.pop(), 1);
  const below = "there must be a value on the stack, got none";
  assertRefused((each) => each.pop(), below);
  assertRefused((each) => each.top(), below);
  assertRefused((each) => {
    each.push(1);
    each.mark();
    each.pop();
  }, below);
  assertRefused((each) => each.popToMark(), "there must be a mark, got none");
});

Deno.test("startPickleMachine() memorises values themselves, not copies", () => {
  const machine = start();
  const list: PickleValue[] = [];
  machine.push(list);
  machine.memorize();
  machine.memorize(7);
  machine.recall(0);
  assert.equal(machine.pop(), list);
  machine.recall(7);
  assert.equal(machine.pop(), list);
  machine.push(null);
  machine.memorize();
  machine.recall(2);
  assert.equal(machine.pop(), null);
  assertRefused((each) => each.recall(0), "value 0 must be memorised, got none");
});

Deno.test("startPickleMachine() notes objects down instead of making them", () => {
  const machine = start();
  machine.pushName("collections", "OrderedDict");
  machine.construct(machine.pop(), Object.freeze([1]));
  machine.setItems(["a", 2]);
  machine.build("state");
  assert.deepEqual(machine.pop(), {
    kind: "object",
    name: "collections.OrderedDict",
    args: [1],
    state: "state",
    entries: new Map([["a", 2]]),
  });
  machine.refer("key");
  assert.deepEqual(machine.pop(), {
    kind: "object",
    name: outsideName,
    args: ["key"],
    state: undefined,
    entries: new Map(),
  });
});

Deno.test("startPickleMachine() refuses names that do not stand for data", () => {
  assert.throws(() => start().pushName("os", "system"), {
    name: "SyntaxError",
    message:
      'Cannot read "a.pkl": it asks for "os.system", which is not data; nothing of it was run',
  });
  assert.throws(() => start().pushName('a"\n', "b"), {
    message:
      'Cannot read "a.pkl": it asks for "a\\"\\n.b", which is not data; nothing of it was run',
  });
  assertRefused((each) => each.pushName("os", 7), "a name must be text, got the number 7");
  assertRefused((each) => each.pushName(null, "a"), "a name must be text, got None");
});

Deno.test("startPickleMachine() refuses to make objects of anything but names and tuples", () => {
  const must = "an object must have a name and a tuple of arguments, got";
  assertRefused(
    (each) => each.construct("os.system", []),
    `${must} the text "os.system" and a list of 0`,
  );
  assertRefused((each) => each.construct(undefined, []), `${must} nothing and a list of 0`);
  assertRefused(
    (each) => each.construct({ kind: "name", name: "numpy.dtype" }, null),
    `${must} "numpy.dtype" and None`,
  );
});

Deno.test("startPickleMachine() gives a state to objects alone, and once", () => {
  const must = "a state must follow its object, got";
  assertRefused((each) => {
    each.push([]);
    each.build(1);
  }, `${must} a list of 0`);
  assertRefused((each) => {
    each.refer(1);
    each.build(1);
    each.build(2);
  }, `${must} "${outsideName}"`);
});

Deno.test("startPickleMachine() puts items into lists and dictionaries alone", () => {
  const machine = start();
  machine.push([]);
  machine.append([1]);
  machine.append([2, 3]);
  assert.deepEqual(machine.pop(), [1, 2, 3]);
  assertRefused((each) => {
    each.push(Object.freeze([]));
    each.append([1]);
  }, "items must go to a list, got a tuple of 0");
  assertRefused((each) => {
    each.push([]);
    each.setItems([1, 2]);
  }, "keys and values must go to a dictionary, got 2 for a list of 0");
  assertRefused((each) => {
    each.push(new Map());
    each.setItems([1, 2, 3]);
  }, "keys and values must go to a dictionary, got 3 for a dictionary of 0");
});
