/**
 * What a Python pickle holds, as plain data.
 *
 * @module
 */

/** A Python value; lists are arrays, tuples frozen arrays, dictionaries maps, bytes byte arrays. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | PickleName
  | PickleObject;

/** The name of a class or function; nothing stands behind it. */
export interface PickleName {
  /** Tells names from objects. */
  readonly kind: "name";
  /** Module and name with a dot between. */
  readonly name: string;
}

/** What a class or function was to make, as it was asked for; nothing was called. */
export interface PickleObject {
  /** Tells objects from names. */
  readonly kind: "object";
  /** Name of the class or function. */
  readonly name: string;
  /** Its arguments. */
  readonly args: readonly PickleValue[];
  /** What the object's state was to become; `undefined` if the pickle does not say. */
  readonly state: PickleValue | undefined;
  /** Entries that were put into it, as into a dictionary. */
  readonly entries: ReadonlyMap<PickleValue, PickleValue>;
}

/**
 * Says whether a value is an object of a certain name.
 *
 * @param value Any value.
 * @param names Names that will do; default: any.
 * @returns Whether it is.
 *
 * @example An ordered dictionary
 * ```ts
 * import assert from "node:assert/strict";
 * import { isPickleObject, type PickleValue } from "@/pickle_data.ts";
 *
 * const name = "collections.OrderedDict";
 * const value: PickleValue = { kind: "object", name, args: [], state: undefined, entries: new Map() };
 * assert.ok(isPickleObject(value, [name]) && !isPickleObject(value, ["numpy.dtype"]));
 * ```
 */
export function isPickleObject(
  value: PickleValue | undefined,
  names?: readonly string[],
): value is PickleObject {
  return typeof value === "object" && value !== null && "kind" in value &&
    value.kind === "object" && (names === undefined || names.includes(value.name));
}

/**
 * Finds the entries of a dictionary, ordered or not.
 *
 * @param value Any value.
 * @returns The entries; `null` if it is no dictionary.
 *
 * @example A dictionary
 * ```ts
 * import assert from "node:assert/strict";
 * import { entriesOf } from "@/pickle_data.ts";
 *
 * assert.equal(entriesOf(new Map([["a", 1]]))?.get("a"), 1);
 * assert.equal(entriesOf([1]), null);
 * ```
 */
export function entriesOf(
  value: PickleValue | undefined,
): ReadonlyMap<PickleValue, PickleValue> | null {
  if (value instanceof Map) return value;
  return isPickleObject(value, ["collections.OrderedDict"]) ? value.entries : null;
}

/**
 * Finds the items of a list or tuple.
 *
 * @param value Any value.
 * @returns The items; `null` if it is neither.
 *
 * @example A list
 * ```ts
 * import assert from "node:assert/strict";
 * import { itemsOf } from "@/pickle_data.ts";
 *
 * assert.deepEqual(itemsOf([1, 2]), [1, 2]);
 * assert.equal(itemsOf("12"), null);
 * ```
 */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  return Array.isArray(value) ? value as readonly PickleValue[] : null;
}

/**
 * Reads text, or a path of Python's `pathlib`.
 *
 * @param value Any value.
 * @returns The text or path, with / between folders; `null` if it is neither.
 *
 * @example A path in parts, as Python before 3.13 stores it
 * ```ts
 * import assert from "node:assert/strict";
 * import { textOf } from "@/pickle_data.ts";
 *
 * const [state, entries] = [undefined, new Map()];
 * const args = ["/", "data", "1.png"];
 * assert.equal(
 *   textOf({ kind: "object", name: "pathlib.PosixPath", args, state, entries }),
 *   "/data/1.png",
 * );
 * ```
 */
export function textOf(value: PickleValue | undefined): string | null {
  if (typeof value === "string") return value;
  if (!isPickleObject(value) || !/^pathlib\.\w*Path$/.test(value.name)) return null;
  const parts = value.args.filter((part) => typeof part === "string");
  if (parts.length !== value.args.length) return null;
  const path = parts.join("/");
  return (value.name.includes("Windows") ? path.replaceAll("\\", "/") : path)
    .replace(/^(\w:)?\/\//, "$1/");
}

/**
 * Says in a few words what a value is, for messages.
 *
 * @param value Any value.
 * @returns Its kind, never what is inside a list or dictionary.
 *
 * @example Three values
 * ```ts
 * import assert from "node:assert/strict";
 * import { kindOfPickle } from "@/pickle_data.ts";
 *
 * assert.deepEqual([null, 1.5, "a"].map(kindOfPickle), ["None", "the number 1.5", 'the text "a"']);
 * assert.equal(kindOfPickle([1, 2]), "a list of 2");
 * ```
 */
export function kindOfPickle(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "string") {
    return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value)}`;
  }
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  const items = itemsOf(value);
  if (items !== null) {
    return `a ${Object.isFrozen(items) ? "tuple" : "list"} of ${items.length}`;
  }
  return `"${(value as PickleName | PickleObject).name}"`;
}
