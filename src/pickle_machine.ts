/**
 * The stack machine that pickles are programs for, without the means to call anything.
 *
 * Where a pickle asks for a call, name and arguments become an object that is nothing but a note of
 * them. Names that do not stand for data (`pickle_names.ts`) are refused.
 *
 * @module
 */
import { createPickleCursor, type PickleCursor } from "@/pickle_cursor.ts";
import { dataName } from "@/pickle_names.ts";
import {
  entriesOf,
  isPickleObject,
  itemsOf,
  kindOfPickle,
  type PickleObject,
  type PickleValue,
} from "@/pickle_data.ts";

/** A machine in the middle of a pickle. */
export interface PickleMachine {
  /** Where it is in the pickle. */
  readonly cursor: PickleCursor;
  /** Puts a value on the stack. */
  push(value: PickleValue): void;
  /** Takes the topmost value above the last mark off the stack. */
  pop(): PickleValue;
  /** The topmost value above the last mark. */
  top(): PickleValue;
  /** Marks the place on the stack. */
  mark(): void;
  /** Takes everything above the last mark off the stack, and the mark. */
  popToMark(): PickleValue[];
  /** Memorises the topmost value; without an index, under the number of values memorised so far. */
  memorize(index?: number): void;
  /** Puts a memorised value on the stack. */
  recall(index: number): void;
  /** Puts a name on the stack, if it stands for data. */
  pushName(module: PickleValue, name: PickleValue): void;
  /** Puts an object on the stack, as it was asked for. */
  construct(name: PickleValue | undefined, args: PickleValue): void;
  /** Puts a note on the stack of something that lies outside the pickle. */
  refer(id: PickleValue): void;
  /** Gives the topmost object its state. */
  build(state: PickleValue): void;
  /** Appends to the topmost list. */
  append(items: readonly PickleValue[]): void;
  /** Puts keys and values, by turns, into the topmost dictionary or object. */
  setItems(pairs: readonly PickleValue[]): void;
}

/** Name of the objects that stand for what lies outside a pickle; the argument says what. */
export const outsideName = "what lies outside the pickle";

/**
 * Starts a machine.
 *
 * @param bytes The pickle.
 * @param options The file's name, for errors.
 * @returns The machine, its stack empty; each operation throws a SyntaxError if the stack does not
 *   hold what it needs.
 *
 * @example A list of two
 * ```ts
 * import assert from "node:assert/strict";
 * import { startPickleMachine } from "@/pickle_machine.ts";
 *
 * const machine = startPickleMachine(new Uint8Array(), { source: "a.pkl" });
 * machine.push([]);
 * machine.append([1, "b"]);
 * assert.deepEqual(machine.pop(), [1, "b"]);
 * ```
 */
export function startPickleMachine(
  bytes: Uint8Array,
  options: { source: string },
): PickleMachine {
  const cursor = createPickleCursor(bytes, options);
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  const checkHeight = (): void => {
    if (stack.length <= (marks.at(-1) ?? 0)) {
      throw cursor.refusal("there must be a value on the stack, got none");
    }
  };
  const top = (): PickleValue => {
    checkHeight();
    return stack.at(-1)!;
  };
  const pop = (): PickleValue => {
    checkHeight();
    return stack.pop()!;
  };
  const pushObject = (name: string, args: readonly PickleValue[]): void => {
    stack.push({ kind: "object", name, args, state: undefined, entries: new Map() });
  };
  return {
    cursor,
    push: (value) => void stack.push(value),
    pop,
    top,
    mark: () => void marks.push(stack.length),
    popToMark: () => {
      const begin = marks.pop();
      if (begin === undefined) throw cursor.refusal("there must be a mark, got none");
      return stack.splice(begin);
    },
    memorize: (index = memo.size) => void memo.set(index, top()),
    recall: (index) => {
      const value = memo.get(index);
      if (value === undefined) throw cursor.refusal(`value ${index} must be memorised, got none`);
      stack.push(value);
    },
    pushName: (module, name) => {
      if (typeof module !== "string" || typeof name !== "string") {
        const wrong = typeof module === "string" ? name : module;
        throw cursor.refusal(`a name must be text, got ${kindOfPickle(wrong)}`);
      }
      const known = dataName(module, name);
      if (known === null) {
        const asked = JSON.stringify(`${module}.${name}`);
        throw new SyntaxError(
          `Cannot read "${options.source}": it asks for ${asked}, which is not data; ` +
            "nothing of it was run",
        );
      }
      stack.push({ kind: "name", name: known });
    },
    construct: (name, args) => {
      const items = itemsOf(args);
      if (!isName(name) || items === null) {
        throw cursor.refusal(
          "an object must have a name and a tuple of arguments, " +
            `got ${kindOfPickle(name)} and ${kindOfPickle(args)}`,
        );
      }
      pushObject(name.name, items);
    },
    refer: (id) => pushObject(outsideName, [id]),
    build: (state) => {
      const object = top();
      if (!isPickleObject(object) || object.state !== undefined) {
        throw cursor.refusal(`a state must follow its object, got ${kindOfPickle(object)}`);
      }
      (object as { state: PickleValue | undefined } & PickleObject).state = state;
    },
    append: (items) => {
      const list = itemsOf(top());
      if (list === null || Object.isFrozen(list)) {
        throw cursor.refusal(`items must go to a list, got ${kindOfPickle(top())}`);
      }
      for (const item of items) (list as PickleValue[]).push(item);
    },
    setItems: (pairs) => {
      const entries = entriesOf(top());
      if (entries === null || pairs.length % 2 !== 0) {
        throw cursor.refusal(
          `keys and values must go to a dictionary, got ${pairs.length} for ${kindOfPickle(top())}`,
        );
      }
      for (let i = 0; i < pairs.length; i += 2) {
        (entries as Map<PickleValue, PickleValue>).set(pairs[i]!, pairs[i + 1]!);
      }
    },
  };
}

function isName(value: PickleValue | undefined): value is { kind: "name"; name: string } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "name";
}
