/**
 * What the path of an image says about it.
 *
 * In the folder layout of MVTec AD an image lies in `<class>/<train or test>/<defect>/<file>`.
 *
 * @module
 */

/**
 * Prepares the telling of classes from paths.
 *
 * @param pattern A regular expression with one group, which is the class; `null`: the folder
 *   before the last folder `train` or `test`.
 * @returns A function from a path, with / or \ between folders, to its class; `null` where the path
 *   does not say.
 * @throws {SyntaxError} If the pattern is no regular expression.
 * @throws {RangeError} If it has no group, or several.
 *
 * @example The layout of MVTec AD, and another
 * ```ts
 * import assert from "node:assert/strict";
 * import { createClassOf } from "@/audit/class_of_path.ts";
 *
 * assert.equal(createClassOf(null)("data/bolt/test/good/1.png"), "bolt");
 * assert.equal(createClassOf("^(\\w+)/Data/")("candle/Data/Images/Normal/1.JPG"), "candle");
 * ```
 */
export function createClassOf(pattern: string | null): (image: string) => string | null {
  if (pattern === null) return (image) => readLayout(image)?.className ?? null;
  const expression = compile(pattern);
  const groups = new RegExp(`${pattern}|`).exec("")!.length - 1;
  if (groups !== 1) {
    throw new RangeError(
      `Cannot tell classes from paths: the pattern must have one group, got ${groups} in "${pattern}"`,
    );
  }
  return (image) => expression.exec(image)?.[1] || null;
}

/**
 * Tells the split from a path.
 *
 * @param image Path with / or \ between folders.
 * @returns Which of the folders `train` and `test` comes last; "test" where there is neither.
 *
 * @example A training image
 * ```ts
 * import assert from "node:assert/strict";
 * import { splitOfPath } from "@/audit/class_of_path.ts";
 *
 * assert.equal(splitOfPath("bolt/train/good/1.png"), "train");
 * assert.equal(splitOfPath("1.png"), "test");
 * ```
 */
export function splitOfPath(image: string): "train" | "test" {
  return readLayout(image)?.split ?? "test";
}

function readLayout(image: string): { className: string | null; split: "train" | "test" } | null {
  const folders = image.split(/[/\\]/).slice(0, -1);
  const last = folders.findLastIndex((folder) => folder === "train" || folder === "test");
  if (last < 0) return null;
  const before = folders[last - 1] ?? "";
  return {
    className: ["", ".", ".."].includes(before) ? null : before,
    split: folders[last] === "train" ? "train" : "test",
  };
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(
      `Cannot tell classes from paths: the pattern must be a regular expression, got "${pattern}"`,
      { cause: error },
    );
  }
}
