import assert from "node:assert/strict";
import { createPickleCursor } from "@/pickle_cursor.ts";

const cursorOf = (...bytes: number[]) =>
  createPickleCursor(Uint8Array.of(99, ...bytes).subarray(1), { source: "a.pkl" });

Deno.test("createPickleCursor() reads integers, bytes and lines one after the other", () => {
  const cursor = cursorOf(1, 2, 3, 4, 0, 0, 1, 7, 8, 65, 66, 10, 10, 9);
  assert.equal(cursor.length, 14);
  assert.equal(cursor.byte(), 1);
  assert.equal(cursor.unsigned(2), 0x0302);
  assert.equal(cursor.unsigned(4), 0x01000004);
  assert.deepEqual([...cursor.take(2)], [7, 8]);
  assert.deepEqual([...cursor.line()], [65, 66]);
  assert.deepEqual([...cursor.line()], []);
  assert.equal(cursor.position, 13);
  assert.equal(cursor.unsigned(1), 9);
});

Deno.test("createPickleCursor() reads integers of 64 bits", () => {
  assert.equal(cursorOf(1, 0, 0, 0, 1, 0, 0, 0).unsigned(8), 2 ** 32 + 1);
});

Deno.test("createPickleCursor() refuses to go beyond the end", () => {
  const error = {
    name: "SyntaxError",
    message: 'Cannot read "a.pkl": it must go on after byte 3, got its end; is the file complete?',
  };
  assert.throws(() => cursorOf(1, 2, 3).unsigned(4), error);
  assert.throws(() => cursorOf(1, 2, 3).unsigned(8), error);
  assert.throws(() => cursorOf(1, 2, 3).take(4), error);
  assert.throws(() => cursorOf(1, 2, 3).take(2 ** 53), error);
  assert.throws(() => cursorOf(1, 2, 3).line(), error);
  const cursor = cursorOf(1, 2, 3);
  cursor.take(3);
  assert.throws(() => cursor.byte(), error);
  assert.throws(() => cursor.unsigned(2), error);
  assert.deepEqual([...cursor.take(0)], []);
});

Deno.test("createPickleCursor() says where a pickle is wrong", () => {
  const cursor = cursorOf(1, 2);
  cursor.byte();
  const { name, message } = cursor.refusal("it must be good, got bad");
  assert.equal(name, "SyntaxError");
  assert.equal(message, 'Cannot read "a.pkl": before byte 1, it must be good, got bad');
});
