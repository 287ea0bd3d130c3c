import assert from "node:assert/strict";
import { openSavedValues } from "@/io/saved_values.ts";
import { entriesOf, itemsOf, type PickleObject } from "@/pickle_data.ts";
import {
  adevalPickles,
  bytesOf,
  torchFiles,
  writeFile,
  writeTorchArchive,
} from "./helpers_saved.ts";

Deno.test("openSavedValues() reads pickles, with NumPy's arrays, whatever the file is called", async () => {
  for (const name of ["a.pkl", "a.pt", "a"]) {
    const path = writeFile(name, bytesOf(adevalPickles.numpy2Protocol4));
    await using saved = await openSavedValues(path);
    const [entry] = entriesOf(saved.value)!.values();
    const [map, score] = itemsOf(entry)!;
    assert.deepEqual((await saved.readArray(map, "map"))?.shape, [2, 3]);
    assert.equal(await saved.readArray(score, "score"), null);
  }
});

Deno.test("openSavedValues() reads archives, with PyTorch's tensors", async () => {
  const path = await writeTorchArchive(torchFiles("batches"));
  await using saved = await openSavedValues(path);
  const fields = entriesOf((itemsOf(saved.value)![0] as PickleObject).state)!;
  assert.deepEqual(await saved.readArray(fields.get("pred_score"), "score"), {
    shape: [2],
    data: Float32Array.of(0.25, 0.75),
  });
  assert.equal(await saved.readArray(fields.get("image_path"), "path"), null);
});

Deno.test("openSavedValues() reads NumPy's arrays from archives, too", async () => {
  const pickle = bytesOf(adevalPickles.numpy1Protocol2);
  await using saved = await openSavedValues(await writeTorchArchive({ "data.pkl": pickle }));
  const [, entry] = entriesOf(saved.value)!.values();
  const score = await saved.readArray(itemsOf(entry)![1], "score");
  assert.deepEqual(score, { shape: [], data: Float32Array.of(0.1) });
});

Deno.test("openSavedValues() says what to do with files of old versions of PyTorch", async () => {
  // The integer 0x1950a86a20f9469cfc6c in protocol 2, as those files begin; then other pickles.
  const path = writeFile(
    "a.pth",
    Uint8Array.of(
      ...[0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e],
      ...[0x80, 2, 0x4d, 0xe9, 3, 0x2e],
    ),
  );
  await assert.rejects(openSavedValues(path), {
    name: "SyntaxError",
    message: `Cannot read "${path}": it must be saved by PyTorch 1.6 or later, got the format ` +
      "before; load it in Python and save it again",
  });
});

Deno.test("openSavedValues() refuses what is neither", async () => {
  const path = writeFile("a.pkl", "image,class\n");
  await assert.rejects(openSavedValues(path), {
    name: "SyntaxError",
    message: new RegExp(`^Cannot read "${path}": `),
  });
});
