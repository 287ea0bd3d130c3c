import assert from "node:assert/strict";
import { decodeBmp } from "@/images/decode.ts";
import { encodeBmp } from "../helpers/layouts.ts";

/** Three by two pixels: red, green, blue; white, black, grey. */
const colors = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 7, 7, 7);

Deno.test("decodeBmp() reads 24 bits with padded rows, from the bottom or from the top", async () => {
  const bytes = encodeBmp({ data: colors, width: 3, height: 2, channels: 3 });
  const { data, width, height, channels, isGrey } = await decodeBmp(bytes);
  assert.deepEqual({ width, height, channels, isGrey }, {
    width: 3,
    height: 2,
    channels: 3,
    isGrey: false,
  });
  assert.deepEqual(data, colors);
  // A negative height says that the top row comes first: the same bytes are the mirror image.
  new DataView(bytes.buffer).setInt32(22, -2, true);
  const mirrored = await decodeBmp(bytes);
  assert.deepEqual(mirrored.data, Uint8Array.of(...colors.subarray(9), ...colors.subarray(0, 9)));
});

Deno.test("decodeBmp() looks colors up in the palette", async () => {
  const bytes = encodeBmp({ data: Uint8Array.of(0, 1, 2, 3), width: 4, height: 1, channels: 1 });
  bytes.set([10, 20, 30, 0], 54 + 4 * 2); // blue, green, red
  const { data } = await decodeBmp(bytes);
  assert.deepEqual([...data], [0, 0, 0, 1, 1, 1, 30, 20, 10, 3, 3, 3]);
});

Deno.test("decodeBmp() knows a grey image", async () => {
  const bytes = encodeBmp({ data: Uint8Array.of(0, 9, 255), width: 3, height: 1, channels: 1 });
  const { isGrey, data } = await decodeBmp(bytes);
  assert.equal(isGrey, true);
  assert.deepEqual([...data], [0, 0, 0, 9, 9, 9, 255, 255, 255]);
});

Deno.test("decodeBmp() reads pixels where the header says they begin", async () => {
  const bytes = encodeBmp({ data: colors, width: 3, height: 2, channels: 3 });
  const moved = new Uint8Array(bytes.length + 8);
  moved.set(bytes.subarray(0, 54));
  moved.set(bytes.subarray(54), 62);
  new DataView(moved.buffer).setUint32(10, 62, true);
  assert.deepEqual((await decodeBmp(moved)).data, colors);
});

Deno.test("decodeBmp() refuses a file that breaks off, anywhere", async () => {
  const bytes = encodeBmp({ data: colors, width: 3, height: 2, channels: 3 });
  for (let length = 0; length < bytes.length - 3; length++) {
    await assert.rejects(decodeBmp(bytes.slice(0, length)), /^Error: the file is damaged \(/);
  }
});

Deno.test("decodeBmp() does not reserve memory for pixels that are not there", async () => {
  const bytes = encodeBmp({ data: colors, width: 3, height: 2, channels: 3 });
  const view = new DataView(bytes.buffer);
  for (const [width, height] of [[60_000, 60_000], [0x7fffffff, 0x7fffffff], [0, 5]] as const) {
    view.setInt32(18, width, true);
    view.setInt32(22, height, true);
    await assert.rejects(decodeBmp(bytes), /^Error: the file is damaged \(/);
  }
});
