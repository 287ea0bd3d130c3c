import assert from "node:assert/strict";
import { checkUnpackedBytes } from "@/files/archive_entries.ts";

Deno.test("checkUnpackedBytes() allows the limit and not one byte more", () => {
  const limit = { bytes: 1, isDiskSpace: false };
  checkUnpackedBytes(1, { archive: "a", entry: null, limit });
  assert.throws(() => checkUnpackedBytes(1000, { archive: "a", entry: 'b"', limit }), {
    name: "RangeError",
    message: 'Cannot extract "a": its files up to "b\\"" need 1,000 bytes, ' +
      "got 1 byte allowed",
  });
});

Deno.test("checkUnpackedBytes() says what the disk has", () => {
  const limit = { bytes: 0, isDiskSpace: true };
  assert.throws(() => checkUnpackedBytes(1, { archive: "a", entry: null, limit }), {
    name: "Error",
    message: 'Cannot extract "a": its files need 1 byte, got 0 bytes free on the disk',
  });
});
