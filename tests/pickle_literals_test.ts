import assert from "node:assert/strict";
import { createPickleCursor } from "@/pickle_cursor.ts";
import type { PickleValue } from "@/pickle_data.ts";
import { readPickleLiteral } from "@/pickle_literals.ts";

/** Reads the literal of an opcode and what follows it, given byte by byte as one text. */
function read(opcode: string, following = ""): PickleValue | undefined {
  const bytes = Uint8Array.from(following, (letter) => letter.charCodeAt(0));
  const cursor = createPickleCursor(bytes, { source: "a.pkl" });
  const value = readPickleLiteral(opcode, cursor);
  if (value !== undefined) assert.equal(cursor.position, bytes.length, "everything is read");
  return value;
}

function assertRefused(opcode: string, following: string, fault: string): void {
  assert.throws(() => read(opcode, following), {
    name: "SyntaxError",
    message: `Cannot read "a.pkl": before byte ${following.length}, ${fault}`,
  });
}

Deno.test("readPickleLiteral() reads None, booleans and empty containers", () => {
  assert.equal(read("N"), null);
  assert.deepEqual([read("\x88"), read("\x89")], [true, false]);
  assert.deepEqual([read("I", "01\n"), read("I", "00\n")], [true, false]);
  assert.deepEqual(read("]"), []);
  assert.deepEqual(read("}"), new Map());
  assert.ok(Object.isFrozen(read(")")));
  assert.notEqual(read("]"), read("]"), "each has a container of its own");
});

Deno.test("readPickleLiteral() reads integers of every kind", () => {
  const integers: [string, string, number | bigint][] = [
    ["I", "-7\n", -7],
    ["I", "1\n", 1],
    ["L", "12L\n", 12],
    ["L", "-12\n", -12],
    ["J", "\xff\xff\xff\xff", -1],
    ["J", "\x00\x01\x00\x00", 256],
    ["K", "\xff", 255],
    ["M", "\xff\xff", 65535],
    ["\x8a", "\x00", 0],
    ["\x8a", "\x01\xff", -1],
    ["\x8a", "\x02\xff\x00", 255],
    ["\x8a", "\x07\xff\xff\xff\xff\xff\xff\x1f", 2 ** 53 - 1],
    ["\x8a", "\x07\x00\x00\x00\x00\x00\x00\x20", 2n ** 53n],
    ["\x8b", "\x02\x00\x00\x00\x00\x80", -32768],
    ["L", "18446744073709551616L\n", 2n ** 64n],
  ];
  for (const [opcode, following, integer] of integers) {
    assert.equal(read(opcode, following), integer, `${opcode} ${integer}`);
  }
});

Deno.test("readPickleLiteral() reads floats in both ways", () => {
  // 1.5 is 3ff8000000000000, the first byte first.
  assert.equal(read("G", "\x3f\xf8\x00\x00\x00\x00\x00\x00"), 1.5);
  const floats: [string, number][] = [
    ["0.1", 0.1],
    ["-2.5e-300", -2.5e-300],
    ["1e+16", 1e16],
    ["inf", Infinity],
    ["-inf", -Infinity],
    ["nan", NaN],
  ];
  for (const [text, float] of floats) assert.equal(read("F", `${text}\n`), float, text);
});

Deno.test("readPickleLiteral() reads text in every way", () => {
  assert.equal(read("V", "a\\u005cb\\u000a\xe9\\U0001f600\\x\n"), "a\\b\né😀\\x");
  assert.equal(read("X", "\x03\x00\x00\x00a\xc3\xa9"), "aé");
  assert.equal(read("\x8c", "\x03\xef\xbb\xbf"), "\ufeff");
  assert.equal(read("\x8d", "\x01\x00\x00\x00\x00\x00\x00\x00a"), "a");
  assert.equal(read("V", `${"\x80".repeat(10000)}\n`), "\x80".repeat(10000));
});

Deno.test("readPickleLiteral() reads bytes in every way", () => {
  const bytes = Uint8Array.of(0, 255);
  assert.deepEqual(read("C", "\x02\x00\xff"), bytes);
  assert.deepEqual(read("B", "\x02\x00\x00\x00\x00\xff"), bytes);
  assert.deepEqual(read("\x8e", "\x02\x00\x00\x00\x00\x00\x00\x00\x00\xff"), bytes);
  assert.deepEqual(read("\x96", "\x02\x00\x00\x00\x00\x00\x00\x00\x00\xff"), bytes);
});

Deno.test("readPickleLiteral() leaves other opcodes alone", () => {
  for (const opcode of ["R", "c", "S", "U", "T", "\x8f", "(", ".", "?", "", "toString"]) {
    assert.equal(read(opcode), undefined, opcode);
  }
});

Deno.test("readPickleLiteral() refuses numbers that are none, and integers without end", () => {
  assertRefused("I", "7x\n", 'an integer must have at most 40 digits, got "7x"');
  assertRefused("I", "\n", 'an integer must have at most 40 digits, got ""');
  assertRefused(
    "L",
    `${"9".repeat(100_000)}L\n`,
    `an integer must have at most 40 digits, got "${"9".repeat(59)}…"`,
  );
  assertRefused("\x8a", "\x11", "an integer must have at most 16 bytes, got 17");
  assertRefused(
    "\x8b",
    "\xff\xff\xff\xff",
    "an integer must have at most 16 bytes, got 4294967295",
  );
  for (const text of ["", "1,5", "0x1", "Infinity", "1.2.3", "e5", "."]) {
    assertRefused("F", `${text}\n`, `a float must be decimal, got ${JSON.stringify(text)}`);
  }
});

Deno.test("readPickleLiteral() refuses text that is not UTF-8", () => {
  assertRefused("\x8c", "\x01\xff", "text must be UTF-8, got other bytes");
  // A lone surrogate, as which Python keeps file names that are not UTF-8.
  assertRefused("\x8c", "\x03\xed\xb2\x80", "text must be UTF-8, got other bytes");
});

Deno.test("readPickleLiteral() refuses lengths beyond the end", () => {
  for (const opcode of ["X", "B", "\x8d", "\x8e", "\x96"]) {
    assert.throws(() => read(opcode, "\xff\xff\xff\x7f\x00\x00\x00\x00"), {
      name: "SyntaxError",
      message:
        'Cannot read "a.pkl": it must go on after byte 8, got its end; is the file complete?',
    });
  }
});
