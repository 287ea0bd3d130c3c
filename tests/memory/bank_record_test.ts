import assert from "node:assert/strict";
import { type BankRecord, parseBankRecord, stringifyBankRecord } from "@/memory/fit_detector.ts";

const record: BankRecord = {
  indices: Uint32Array.of(4_000_000_000, 0, 3),
  radius: Math.SQRT2,
  scores: Float32Array.of(1 / 3, 0, 3e38, 1e-40),
};
const recipe = { scored: Uint32Array.of(5, 6, 7, 8), size: 3 };

Deno.test("parseBankRecord() gives every number back as it was", () => {
  assert.deepEqual(parseBankRecord(stringifyBankRecord(record), recipe), record);
  const bare = { indices: Uint32Array.of(9), radius: null, scores: new Float32Array(0) };
  const own = { scored: new Uint32Array(0), size: 1 };
  assert.deepEqual(parseBankRecord(stringifyBankRecord(bare), own), bare);
});

Deno.test("parseBankRecord() takes nothing for a record that is none, or of another bank", () => {
  const text = stringifyBankRecord(record);
  for (let length = 0; length < text.length; length++) {
    assert.equal(parseBankRecord(text.slice(0, length), recipe), null, `${length} characters`);
  }
  assert.equal(parseBankRecord(text, { ...recipe, size: 4 }), null);
  assert.equal(parseBankRecord(text, { ...recipe, scored: Uint32Array.of(5) }), null);
  const changed = (changes: object) => JSON.stringify({ ...JSON.parse(text), ...changes });
  for (
    const changes of [
      { schema: 2 },
      { radius: "1" },
      { indices: [1, 2, -3] },
      { indices: [1, 2, 0.5] },
      { scores: [1, 2, 3, null] },
    ]
  ) assert.equal(parseBankRecord(changed(changes), recipe), null, JSON.stringify(changes));
  assert.equal(parseBankRecord("null", recipe), null);
});
