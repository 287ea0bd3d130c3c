import assert from "node:assert/strict";
import { editFields, joinBytes, readFields, wrapField } from "@/backbones/wire_fields.ts";
import { createRandom } from "@/math/random.ts";

Deno.test("readFields() reads every kind of field as worked by hand", () => {
  const message = Uint8Array.of(
    ...[0x08, 0x96, 0x01], // field 1, kind 0: 0x16 + 1 · 128 = 150
    ...[0x12, 2, 0x68, 0x69], // field 2, kind 2: two bytes, "hi"
    ...[0x1d, 1, 2, 3, 4], // field 3, kind 5: four bytes
    ...[0x21, 1, 2, 3, 4, 5, 6, 7, 8], // field 4, kind 1: eight bytes
    ...[0xaa, 0x01, 0], // field 21, kind 2: 21 · 8 + 2 = 170 = 0x2a + 1 · 128; no bytes
  );
  const fields = [...readFields(message)];
  assert.deepEqual(fields.map(({ number }) => number), [1, 2, 3, 4, 21]);
  assert.deepEqual(fields.map(({ value }) => value), [150, null, null, null, null]);
  assert.deepEqual(fields.map(({ body }) => body && [...body]), [
    null,
    [0x68, 0x69],
    null,
    null,
    [],
  ]);
  assert.deepEqual(fields.map(({ whole }) => whole.length), [3, 4, 5, 9, 3]);
  assert.equal(fields[1]!.body!.buffer, message.buffer);
  assert.deepEqual([...readFields(new Uint8Array(0))], []);
});

Deno.test("readFields() gives fields that together are the message, and editFields() edits one", () => {
  const random = createRandom(3);
  for (let round = 0; round < 50; round++) {
    // Lengths on both sides of 128, where one more byte is needed to say them.
    const contents = Array.from({ length: 5 }, (_, i) => ({
      number: i === 2 ? 7 : 1 + Math.floor(random.next() * 6),
      body: new Uint8Array(Math.floor(random.next() * 300)).fill(i),
    }));
    const encode = (list: readonly { number: number; body: Uint8Array }[]) =>
      joinBytes(list.flatMap(({ number, body }) => wrapField(number, [body])));
    const message = encode(contents);
    const fields = [...readFields(message)];
    assert.deepEqual(joinBytes(fields.map(({ whole }) => whole)), message);
    assert.deepEqual(fields.map(({ number, body }) => ({ number, body })), contents);
    assert.deepEqual(joinBytes(editFields(message, {})), message);
    const twice = contents.map(({ number, body }) => ({
      number,
      body: number === 7 ? joinBytes([body, body]) : body,
    }));
    const edited = editFields(message, { 7: (body) => [body, body] });
    assert.deepEqual(joinBytes(edited), encode(twice));
  }
});

Deno.test("editFields() leaves a number alone, whatever the edit", () => {
  const message = Uint8Array.of(0x08, 5);
  assert.deepEqual([...joinBytes(editFields(message, { 1: () => [] }))], [0x08, 5]);
});

Deno.test("readFields() refuses what is no protocol buffer", () => {
  const read = (...bytes: number[]) => [...readFields(Uint8Array.from(bytes))];
  const message = (count: number, what: string) =>
    `Cannot read a protocol buffer: its ${count} bytes must be whole fields, but ${what}`;
  const cases: [number[], string][] = [
    [[0x0b], "no field begins at byte 0"], // kind 3, which began groups
    [[0x00, 1], "no field begins at byte 0"], // field 0
    [[0x08, 1, 0x0f], "no field begins at byte 2"], // kind 7
    [[0x08], "the number at byte 1 does not end"],
    [Array(12).fill(0xff), "the number at byte 0 does not end"],
    [[0x12, 3, 1, 2], "field 2 must end within, not at 5"],
    [[0x0d, 1, 2, 3], "field 1 must end within, not at 5"],
  ];
  for (const [bytes, what] of cases) {
    assert.throws(() => read(...bytes), {
      name: "SyntaxError",
      message: message(bytes.length, what),
    });
  }
});
