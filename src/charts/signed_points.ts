/**
 * Differences of shares as percentage points in words.
 *
 * @module
 */

/**
 * Writes a difference of shares in percentage points.
 *
 * @param difference Difference of two shares; 0.01 is one point.
 * @param options Digits after the decimal point; 1 if left out.
 * @returns Such as `+1.5`, `−0.3` or `0.0`: with a sign unless it is zero as written.
 *
 * @example A fall, a rise, and next to nothing
 * ```ts
 * import assert from "node:assert/strict";
 * import { signedPoints } from "@/charts/signed_points.ts";
 *
 * assert.deepEqual([-0.042, 0.1, -0.0004].map((each) => signedPoints(each)), ["−4.2", "+10.0", "0.0"]);
 * ```
 */
export function signedPoints(
  difference: number,
  options: { readonly digits?: number } = {},
): string {
  const size = (100 * Math.abs(difference)).toFixed(options.digits ?? 1);
  if (Number(size) === 0) return size;
  return `${difference < 0 ? "−" : "+"}${size}`;
}
