import assert from "node:assert/strict";
import { join } from "node:path";
import { openSafetensors, type SafetensorsFile } from "@/backbones/safetensors.ts";
import { makeFolder } from "../helpers/folder.ts";
import { sharedFolder, testWithShared } from "../helpers/mod.ts";

/** A file's first eight bytes and its header. */
function headOf(header: unknown): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  return head;
}

/** Writes a file whose data are the bytes 0, 1, 2 … unless others are given. */
function writeFile(header: unknown, data: number | Uint8Array): string {
  const path = join(makeFolder(), "net.safetensors");
  Deno.writeFileSync(path, headOf(header));
  const bytes = typeof data === "number" ? Uint8Array.from({ length: data }, (_, i) => i) : data;
  Deno.writeFileSync(path, bytes, { append: true });
  return path;
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.split(" "), (byte) => parseInt(byte, 16));

/**
 * What the reference implementation writes: `safetensors.numpy.save({"w": np.array([[1, -2], [0.5, 3]],
 * "float32"), "h": np.array([1, -0.5, 65504], "float16"), "n": np.array(-7, "int64")},
 * metadata={"format": "np"})`, safetensors 0.8.0 for Python.
 */
const written = {
  header: '{"__metadata__":{"format":"np"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
    '"w":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]},' +
    '"h":{"dtype":"F16","shape":[3],"data_offsets":[24,30]}}     ',
  data: bytesOf(
    "f9 ff ff ff ff ff ff ff 00 00 80 3f 00 00 00 c0 00 00 00 3f 00 00 40 40 00 3c 00 b8 ff 7b",
  ),
};

/** The header of two tensors that fill 512 bytes. */
const two = {
  first: { dtype: "F32", shape: [64], data_offsets: [0, 256] },
  second: { dtype: "F32", shape: [2, 32], data_offsets: [256, 512] },
};

Deno.test("openSafetensors() reads what the reference implementation wrote", async () => {
  const path = writeFile(written.header, written.data);
  using file = await openSafetensors(path);
  assert.equal(file.path, path);
  assert.deepEqual(file.names, ["n", "w", "h"]);
  assert.deepEqual(file.entries.get("w"), { dtype: "F32", shape: [2, 2], begin: 8, end: 24 });
  assert.deepEqual([file.has("w"), file.has("__metadata__"), file.has("x")], [true, false, false]);
  assert.deepEqual(["n", "w", "h"].map(file.shape), [[], [2, 2], [3]]);
  assert.deepEqual(await file.read("w"), Float32Array.of(1, -2, 0.5, 3));
  assert.deepEqual(await file.read("h"), Float32Array.of(1, -0.5, 65504));
  assert.deepEqual(await file.readIntegers("n"), BigInt64Array.of(-7n));
});

Deno.test("openSafetensors() reads every type from bytes that are not aligned", async () => {
  const path = writeFile(
    {
      odd: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
      float: { dtype: "F32", shape: [1], data_offsets: [1, 5] },
      half: { dtype: "F16", shape: [1], data_offsets: [5, 7] },
      brain: { dtype: "BF16", shape: [1], data_offsets: [7, 9] },
      long: { dtype: "I64", shape: [1], data_offsets: [9, 17] },
      none: { dtype: "F32", shape: [3, 0], data_offsets: [17, 17] },
    },
    // 1, 2 = 0x4000, 3 = 0x4040, and 2^62 + 1
    bytesOf("ff 00 00 80 3f 00 40 40 40 01 00 00 00 00 00 00 40"),
  );
  using file = await openSafetensors(path);
  assert.deepEqual(await file.read("float"), Float32Array.of(1));
  assert.deepEqual(await file.read("half"), Float32Array.of(2));
  assert.deepEqual(await file.read("brain"), Float32Array.of(3));
  assert.deepEqual(await file.readIntegers("long"), BigInt64Array.of(2n ** 62n + 1n));
  assert.deepEqual(await file.read("none"), new Float32Array(0));
});

Deno.test("openSafetensors() reads nothing but the tensor that is asked for", async () => {
  // Four terabytes, which lie on no disk: the file has a hole where the first tensor is.
  const size = 2 ** 42;
  const head = headOf({
    huge: { dtype: "F32", shape: [size / 4], data_offsets: [0, size] },
    small: { dtype: "F32", shape: [2], data_offsets: [size, size + 8] },
  });
  const path = join(makeFolder(), "sparse.safetensors");
  {
    using output = await Deno.open(path, { write: true, create: true });
    await output.write(head);
    await output.seek(head.length + size, Deno.SeekMode.Start);
    await output.write(bytesOf("00 00 80 3f 00 00 00 40"));
  }
  const file = await openSafetensors(path);
  assert.deepEqual(await file.read("small"), Float32Array.of(1, 2));
  const reading = file.read("huge");
  file.close();
  await assert.rejects(reading, {
    message: `Cannot read "${path}": tensor "huge" must fit into memory, got ${size} bytes`,
  });
});

Deno.test("openSafetensors() gives a new array every time", async () => {
  using file = await openSafetensors(writeFile(two, 512));
  const before = await file.read("first");
  const copy = before.slice();
  before.fill(0);
  assert.deepEqual(await file.read("first"), copy);
});

Deno.test("openSafetensors() serves many readers at once", async () => {
  const header: Record<string, unknown> = {};
  for (let i = 0; i < 64; i++) {
    header[`t${i}`] = { dtype: "I64", shape: [1], data_offsets: [8 * i, 8 * i + 8] };
  }
  const values = BigInt64Array.from({ length: 64 }, (_, i) => BigInt(i) ** 9n);
  using file = await openSafetensors(writeFile(header, new Uint8Array(values.buffer)));
  const order = file.names.toReversed();
  const read = await Promise.all(order.map((name) => file.readIntegers(name)));
  assert.deepEqual(read.map((each) => each[0]), [...values].reverse());
});

Deno.test("openSafetensors() refuses names and types that it does not hold", async () => {
  const path = writeFile(written.header, written.data);
  using file = await openSafetensors(path);
  const unknown = {
    name: "RangeError",
    message: `Cannot read "${path}": it must hold "conv1.weight", got none`,
  };
  assert.throws(() => file.shape("conv1.weight"), unknown);
  await assert.rejects(file.read("conv1.weight"), unknown);
  await assert.rejects(file.readIntegers("conv1.weight"), unknown);
  assert.throws(() => file.shape("W"), {
    message: `Cannot read "${path}": it must hold "W", got none; did you mean "w"?`,
  });
  await assert.rejects(file.read("n"), {
    name: "TypeError",
    message: `Cannot read "${path}": tensor "n" must be F32 or F16 or BF16, got I64`,
  });
  await assert.rejects(file.readIntegers("w"), {
    name: "TypeError",
    message: `Cannot read "${path}": tensor "w" must be I64, got F32`,
  });
});

Deno.test("openSafetensors() goes on after a refusal", async () => {
  const path = writeFile(two, 512);
  using file = await openSafetensors(path);
  const expected = await file.read("first");
  await Deno.truncate(path, (await Deno.stat(path)).size - 1);
  await Promise.all([
    assert.rejects(file.read("second"), {
      message: `Cannot read "${path}": tensor "second" must have 256 bytes, got 255; ` +
        "the file became shorter after it was opened",
    }),
    assert.rejects(file.read("third"), RangeError),
    file.read("first").then((values) => assert.deepEqual(values, expected)),
  ]);
  await Deno.truncate(path, 8);
  await assert.rejects(file.read("first"), {
    message: `Cannot read "${path}": tensor "first" must have 256 bytes, got 0; ` +
      "the file became shorter after it was opened",
  });
});

Deno.test("openSafetensors() closes once, by hand or by itself, and then reads no more", async () => {
  const path = writeFile(two, 512);
  const closed = { message: `Cannot read "${path}": it must be open, got closed` };
  let kept: SafetensorsFile;
  {
    using file = await openSafetensors(path);
    kept = file;
    await file.read("first");
  }
  await assert.rejects(kept.read("first"), closed);
  kept.close();
  const file = await openSafetensors(path);
  const refusals = [
    assert.rejects(file.read("first"), closed),
    assert.rejects(file.readIntegers("second"), TypeError),
    assert.rejects(file.read("second"), closed),
  ];
  file.close();
  await Promise.all(refusals);
  assert.deepEqual(file.shape("second"), [2, 32]); // needs no file
});

Deno.test("openSafetensors() refuses damaged files and leaves none open", {
  sanitizeResources: true,
}, async () => {
  const faults: [Uint8Array, string][] = [
    [new Uint8Array(0), "it must begin with 8 bytes that say how long its header is, got 0"],
    [
      // "version " as an integer: 0x206e6f6973726576
      new TextEncoder().encode("version https://example.org/pointer"),
      "its header must end within the file's 35 bytes, got a length of 2336927755350992246; " +
      "is it a complete safetensors file?",
    ],
    [
      headOf(two).subarray(0, 60),
      "its header must end within the file's 60 bytes, got a length of 126; " +
      "is it a complete safetensors file?",
    ],
    [
      headOf(two),
      'tensor "first" must end within the 0 bytes of data, got 256; is the file complete?',
    ],
    [
      Uint8Array.of(...headOf(two), ...new Uint8Array(511)),
      'tensor "second" must end within the 511 bytes of data, got 512; is the file complete?',
    ],
    [
      Uint8Array.of(...headOf(two), ...new Uint8Array(513)),
      "its tensors must fill the 513 bytes of data, got 512 bytes of tensors",
    ],
    [headOf("[]"), 'its header must be a JSON object, got "[]"'],
  ];
  const path = join(makeFolder(), "net.safetensors");
  for (const [bytes, fault] of faults) {
    await Deno.writeFile(path, bytes);
    await assert.rejects(openSafetensors(path), {
      name: "SyntaxError",
      message: `Cannot read "${path}": ${fault}`,
    });
  }
});

Deno.test("openSafetensors() refuses what is no file", async () => {
  const folder = makeFolder();
  const missing = join(folder, "no", "net.safetensors");
  await assert.rejects(openSafetensors(missing), {
    message: `Cannot read "${missing}": the file must exist`,
  });
  await assert.rejects(openSafetensors(folder), {
    message: `Cannot read "${folder}": it must be a file, got a folder`,
  });
  const long = join(folder, "x".repeat(5000));
  await assert.rejects(openSafetensors(long), (error: Error) => {
    return error.message.startsWith(`Cannot read "${long}": it must be readable, got `);
  });
});

testWithShared(
  "openSafetensors() reads half floats as the floats they were rounded from, rounded",
  "golden/tiny_wide_resnet.f16.safetensors",
  async (path) => {
    using halves = await openSafetensors(path);
    using floats = await openSafetensors(
      join(sharedFolder, "golden/tiny_wide_resnet.safetensors"),
    );
    assert.equal(floats.names.length, 140);
    assert.deepEqual(halves.names, floats.names);
    let differing = 0;
    for (const name of floats.names) {
      assert.deepEqual(halves.shape(name), floats.shape(name));
      if (floats.entries.get(name)!.dtype === "I64") {
        assert.deepEqual(await halves.readIntegers(name), await floats.readIntegers(name));
        continue;
      }
      const exact = await floats.read(name);
      const rounded = await halves.read(name);
      assert.deepEqual(rounded, exact.map((value) => Math.f16round(value)), name);
      if (rounded.some((value, i) => value !== exact[i])) differing++;
    }
    assert.ok(differing > 20, `rounding must show, got ${differing} tensors`);
  },
);

testWithShared(
  "openSafetensors() lists a real network",
  "weights/resnet18.tv_in1k.layer3.safetensors",
  async (path) => {
    using file = await openSafetensors(path);
    assert.equal(file.names.length, 75);
    assert.deepEqual(file.shape("conv1.weight"), [64, 3, 7, 7]);
    const values = await file.read("conv1.weight");
    assert.equal(values.length, 64 * 3 * 7 * 7);
    assert.ok(values.every(Number.isFinite) && values.some((value) => value !== 0));
  },
);
