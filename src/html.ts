/**
 * Text that is safe inside HTML and SVG.
 *
 * @module
 */

const replacements: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Escapes the characters that mean something in HTML and SVG, in text and in quoted attributes.
 *
 * @param text Any text.
 * @returns The text with `&`, `<`, `>` and both quotes replaced.
 *
 * @example A class name is never markup
 * ```ts
 * import assert from "node:assert/strict";
 * import { escapeHtml } from "@/html.ts";
 *
 * assert.equal(escapeHtml('<b>"nut" & bolt'), "&lt;b&gt;&quot;nut&quot; &amp; bolt");
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => replacements[character] ?? character);
}
