/**
 * Python pickles as plain data, without Python and without running anything.
 *
 * A pickle is a program for a stack machine, and `pickle.load` calls whatever that program names;
 * `pickle_machine.ts` notes down what was to be called instead. Protocols 0 to 5 as described in
 * Python's `pickletools`; left out are sets, text of Python 2, and buffers outside the file.
 *
 * @module
 */
import type { PickleCursor } from "@/pickle_cursor.ts";
import { readPickleLiteral } from "@/pickle_literals.ts";
import { type PickleMachine, startPickleMachine } from "@/pickle_machine.ts";
import { entriesOf, kindOfPickle, type PickleValue } from "@/pickle_data.ts";

/** What each opcode does that is no literal. */
const steps: Readonly<Record<string, (machine: PickleMachine) => void>> = {
  "\x80": ({ cursor }) => checkProtocol(cursor),
  "\x95": ({ cursor }) => void cursor.unsigned(8),
  "(": (machine) => machine.mark(),
  "0": (machine) => void machine.pop(),
  "1": (machine) => void machine.popToMark(),
  "2": (machine) => machine.push(machine.top()),
  "p": (machine) => machine.memorize(indexOfLine(machine.cursor)),
  "q": (machine) => machine.memorize(machine.cursor.unsigned(1)),
  "r": (machine) => machine.memorize(machine.cursor.unsigned(4)),
  "\x94": (machine) => machine.memorize(),
  "g": (machine) => machine.recall(indexOfLine(machine.cursor)),
  "h": (machine) => machine.recall(machine.cursor.unsigned(1)),
  "j": (machine) => machine.recall(machine.cursor.unsigned(4)),
  "l": (machine) => machine.push(machine.popToMark()),
  "t": (machine) => machine.push(Object.freeze(machine.popToMark())),
  "\x85": (machine) => pushTuple(machine, 1),
  "\x86": (machine) => pushTuple(machine, 2),
  "\x87": (machine) => pushTuple(machine, 3),
  "d": (machine) => {
    const pairs = machine.popToMark();
    machine.push(new Map());
    machine.setItems(pairs);
  },
  "a": (machine) => machine.append([machine.pop()]),
  "e": (machine) => machine.append(machine.popToMark()),
  "s": (machine) => {
    const value = machine.pop();
    machine.setItems([machine.pop(), value]);
  },
  "u": (machine) => machine.setItems(machine.popToMark()),
  "c": ({ cursor, pushName }) => pushName(textOfLine(cursor), textOfLine(cursor)),
  "\x93": ({ pop, pushName }) => {
    const name = pop();
    pushName(pop(), name);
  },
  "i": (machine) => {
    machine.pushName(textOfLine(machine.cursor), textOfLine(machine.cursor));
    const name = machine.pop();
    machine.construct(name, machine.popToMark());
  },
  "o": (machine) => {
    const [name, ...args] = machine.popToMark();
    machine.construct(name, args);
  },
  "R": (machine) => constructFromStack(machine),
  "\x81": (machine) => constructFromStack(machine),
  "\x92": (machine) => {
    const named = machine.pop();
    if (entriesOf(named)?.size !== 0) {
      throw machine.cursor.refusal(`arguments must have no names, got ${kindOfPickle(named)}`);
    }
    constructFromStack(machine);
  },
  "b": (machine) => machine.build(machine.pop()),
  "P": (machine) => machine.refer(textOfLine(machine.cursor)),
  "Q": (machine) => machine.refer(machine.pop()),
};

/**
 * Reads a pickle.
 *
 * Takes O(bytes) time and memory: what is shared in the pickle is shared in the result, however
 * often it occurs. Neither depth nor circles are prevented: whoever goes through the result must
 * expect them.
 *
 * @param bytes The whole pickle; bytes in the result share its memory.
 * @param options The file's name, for errors.
 * @returns The value. What Python would construct is an object with name, arguments and state; what
 *   lies outside the pickle is an object of the name `outsideName`.
 * @throws {SyntaxError} If the pickle names what is not data, is damaged, cut off or followed by
 *   more bytes, or needs what is left out here.
 *
 * @example A tuple of a number and None, and a pickle that would run a program
 * ```ts
 * import assert from "node:assert/strict";
 * import { readPickle } from "@/pickle_values.ts";
 *
 * const harmless = new TextEncoder().encode("(I7\nNt.");
 * assert.deepEqual(readPickle(harmless, { source: "a.pkl" }), [7, null]);
 *
 * const harmful = new TextEncoder().encode("cos\nsystem\n(Vtrue\ntR.");
 * assert.throws(() => readPickle(harmful, { source: "b.pkl" }), {
 *   message: 'Cannot read "b.pkl": it asks for "os.system", which is not data; nothing of it was run',
 * });
 * ```
 */
export function readPickle(bytes: Uint8Array, options: { source: string }): PickleValue {
  const machine = startPickleMachine(bytes, options);
  const { cursor } = machine;
  for (;;) {
    const opcode = String.fromCharCode(cursor.byte());
    if (opcode === ".") break;
    const literal = readPickleLiteral(opcode, cursor);
    if (literal !== undefined) machine.push(literal);
    else if (Object.hasOwn(steps, opcode)) steps[opcode]!(machine);
    else {throw cursor.refusal(
        `an opcode must be one that data need, got ${JSON.stringify(opcode)}`,
      );}
  }
  const value = machine.pop();
  if (cursor.position !== cursor.length) {
    throw cursor.refusal(
      `the pickle ends and with it must the file, got ${
        cursor.length - cursor.position
      } more bytes`,
    );
  }
  return value;
}

function checkProtocol(cursor: PickleCursor): void {
  const protocol = cursor.unsigned(1);
  if (protocol > 5) throw cursor.refusal(`the protocol must be 0 to 5, got ${protocol}`);
}

function pushTuple(machine: PickleMachine, length: number): void {
  const items = Array.from({ length }, () => machine.pop());
  machine.push(Object.freeze(items.reverse()));
}

function constructFromStack(machine: PickleMachine): void {
  const args = machine.pop();
  machine.construct(machine.pop(), args);
}

function textOfLine(cursor: PickleCursor): string {
  return new TextDecoder().decode(cursor.line());
}

function indexOfLine(cursor: PickleCursor): number {
  const text = textOfLine(cursor);
  if (!/^\d{1,15}$/.test(text)) {
    throw cursor.refusal(`the index of a value must be a number, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}
