/**
 * Which classes of a dataset are meant.
 *
 * @module
 */
import { closestName } from "@/messages.ts";

/** What to choose from, and what was asked for. */
export interface ClassChoice {
  /** What the classes belong to, for errors, such as `MVTec AD`. */
  readonly title: string;
  /** All of them, or the names that were asked for. */
  readonly wanted: "all" | readonly string[];
}

/**
 * Chooses classes by name.
 *
 * @param available The classes there can be.
 * @param choice What was asked for.
 * @returns The chosen classes in the order of `available`.
 * @throws {RangeError} If no class is named, or one that cannot be; the message suggests a similar one.
 *
 * @example A slip of the finger
 * ```ts
 * import assert from "node:assert/strict";
 * import { chooseClasses } from "@/datasets/choose_classes.ts";
 *
 * assert.throws(() => chooseClasses(["bolt", "nut"], { title: "parts", wanted: ["bolts"] }), {
 *   message: 'Cannot read parts: unknown class "bolts", did you mean "bolt"?',
 * });
 * ```
 */
export function chooseClasses(
  available: readonly string[],
  { title, wanted }: ClassChoice,
): readonly string[] {
  if (wanted === "all") return available;
  if (wanted.length === 0) {
    throw new RangeError(`Cannot read ${title}: at least one class must be named, got none`);
  }
  for (const name of wanted) {
    if (available.includes(name)) continue;
    const meant = closestName(name, available);
    const hint = meant === null
      ? `it has ${quoteSome(available).join(", ")}`
      : `did you mean "${meant}"?`;
    throw new RangeError(`Cannot read ${title}: unknown class "${name}", ${hint}`);
  }
  return available.filter((name) => wanted.includes(name));
}

/**
 * Which classes `DATASET.classname` means: `all`, names separated by commas, or a list.
 *
 * @param classname The key's value.
 * @returns All, or a list of names.
 *
 * @example Two classes in one text
 * ```ts
 * import assert from "node:assert/strict";
 * import { classesOf } from "@/datasets/choose_classes.ts";
 *
 * assert.deepEqual(classesOf("bolt, nut"), ["bolt", "nut"]);
 * assert.equal(classesOf("all"), "all");
 * ```
 */
export function classesOf(classname: string | readonly string[]): "all" | readonly string[] {
  if (classname === "all") return "all";
  return typeof classname === "string"
    ? classname.split(",").map((each) => each.trim())
    : classname;
}

/**
 * Quotes the first ten of some names and says how many more there are.
 *
 * @param names The names.
 * @returns Quoted names, and `N more` where they are more than ten.
 *
 * @example Two names
 * ```ts
 * import assert from "node:assert/strict";
 * import { quoteSome } from "@/datasets/choose_classes.ts";
 *
 * assert.deepEqual(quoteSome(["a", "b"]), ['"a"', '"b"']);
 * ```
 */
export function quoteSome(names: readonly string[]): string[] {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > 10 ? [...shown, `${names.length - 10} more`] : shown;
}
