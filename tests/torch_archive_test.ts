import assert from "node:assert/strict";
import { openTorchArchive } from "@/io/torch_archive.ts";
import { itemsOf } from "@/pickle_data.ts";
import {
  anomalibStorages,
  bytesOf,
  torchFiles,
  writeFile,
  writeTorchArchive,
} from "./helpers_saved.ts";

const files = torchFiles("batches");

Deno.test("openTorchArchive() reads the pickle, and storages when they are asked for", async () => {
  const path = await writeTorchArchive(files);
  await using archive = await openTorchArchive(path);
  assert.equal(itemsOf(archive.value)?.length, 2);
  for (const [key, base64] of anomalibStorages.batches.entries()) {
    assert.deepEqual(await archive.readStorage(String(key)), bytesOf(base64));
  }
});

Deno.test("openTorchArchive() reads storages one on top of another, and again", async () => {
  await using archive = await openTorchArchive(await writeTorchArchive(files));
  const keys = [...anomalibStorages.batches.keys(), ...anomalibStorages.batches.keys()];
  const storages = await Promise.all(keys.map((key) => archive.readStorage(String(key))));
  for (const [i, key] of keys.entries()) {
    assert.deepEqual(storages[i], bytesOf(anomalibStorages.batches[key]!));
  }
});

Deno.test("openTorchArchive() reads archives of any folder, and without byte order", async () => {
  const { byteorder: _, ...others } = files;
  await using archive = await openTorchArchive(
    await writeTorchArchive(others, { folder: "archive" }),
  );
  assert.deepEqual(await archive.readStorage("1"), Uint8Array.of(0, 1));
});

Deno.test("openTorchArchive() closes the file, whether it could be read or not", async () => {
  const path = await writeTorchArchive(files);
  const archive = await openTorchArchive(path);
  await archive[Symbol.asyncDispose]();
  await assert.rejects(archive.readStorage("0"), SyntaxError);
  // Deno's test runner complains about files that stay open.
  await assert.rejects(openTorchArchive(writeFile("a.pt", "PK")), SyntaxError);
});

Deno.test("openTorchArchive() refuses what is no archive of PyTorch", async () => {
  const text = writeFile("a.pt", "image,class\n");
  await assert.rejects(openTorchArchive(text), {
    name: "SyntaxError",
    message: new RegExp(`^Cannot read "${text}": it must be a complete zip file, got ".+"$`),
  });
  const other = await writeTorchArchive({ "other.pkl": new Uint8Array() });
  await assert.rejects(openTorchArchive(other), {
    name: "SyntaxError",
    message: `Cannot read "${other}": it must be written by "torch.save", ` +
      'got a zip file without "data.pkl"',
  });
  await assert.rejects(openTorchArchive("no-such.pt"), Deno.errors.NotFound);
});

Deno.test("openTorchArchive() refuses big-endian numbers", async () => {
  const path = await writeTorchArchive({ ...files, byteorder: new TextEncoder().encode("big") });
  await assert.rejects(openTorchArchive(path), {
    name: "SyntaxError",
    message: `Cannot read "${path}": its numbers must be little-endian, got byte order "big"`,
  });
});

Deno.test("openTorchArchive() refuses compressed files, which could unpack to anything", async () => {
  const path = await writeTorchArchive({ "data.pkl": new Uint8Array(10_000) }, { level: 9 });
  await assert.rejects(openTorchArchive(path), {
    name: "SyntaxError",
    message: `Cannot read "${path}": "data.pkl" must be stored as it is, got it compressed`,
  });
});

Deno.test("openTorchArchive() refuses pickles that would run something", async () => {
  const pickle = new TextEncoder().encode("cos\nsystem\n(Vtouch x\ntR.");
  const path = await writeTorchArchive({ ...files, "data.pkl": pickle });
  await assert.rejects(openTorchArchive(path), {
    name: "SyntaxError",
    message:
      `Cannot read "${path}": it asks for "os.system", which is not data; nothing of it was run`,
  });
});

Deno.test("openTorchArchive() notices storages that are missing or damaged", async () => {
  const path = await writeTorchArchive(files);
  await using archive = await openTorchArchive(path);
  await assert.rejects(archive.readStorage("../version"), {
    name: "SyntaxError",
    message: `Cannot read "${path}": it must have a file "data/../version", got none`,
  });

  const bytes = Deno.readFileSync(path);
  const map = bytesOf(anomalibStorages.batches[3]!);
  const at = bytes.findIndex((_, i) => map.every((byte, j) => bytes[i + j] === byte));
  const damaged = writeFile("b.pt", bytes.with(at + 5, bytes[at + 5]! ^ 1));
  await using other = await openTorchArchive(damaged);
  await assert.rejects(other.readStorage("3"), {
    name: "SyntaxError",
    message: new RegExp(`^Cannot read "${damaged}": it must be a complete zip file, got ".+"$`),
  });
});

Deno.test("openTorchArchive() refuses a file that was cut off, wherever", async () => {
  const bytes = Deno.readFileSync(await writeTorchArchive(files));
  const path = writeFile("c.pt", "");
  for (let length = 0; length < bytes.length; length += 97) {
    Deno.writeFileSync(path, bytes.subarray(0, length));
    await assert.rejects(openTorchArchive(path), SyntaxError, String(length));
  }
});
