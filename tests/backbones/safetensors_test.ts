import assert from "node:assert/strict";
import { join } from "node:path";
import {
  openSafetensors,
  readHeaderLength,
  readSafetensorsLayout,
  type SafetensorsFile,
  type TensorEntry,
} from "@/backbones/safetensors.ts";
import { createRandom } from "@/math/random.ts";
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
      // "nonsense" as an integer: 0x65736e65736e6f6e
      new TextEncoder().encode("nonsense in place of the file"),
      "its header must end within the file's 29 bytes, got a length of 7310308002159816558; " +
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

const source = "net.safetensors";

/** Two tensors that fill 32 bytes: "a" from 0 to 24, "b" from 24 to 32. */
const whole = {
  a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
  b: { dtype: "I64", shape: [], data_offsets: [24, 32] },
};

function read(header: unknown, dataLength = 32): ReadonlyMap<string, TensorEntry> {
  return readSafetensorsLayout(JSON.stringify(header), { source, dataLength });
}

/** Asserts what is said of `whole` with one change, of a whole header, or of a header's text. */
function assertRefused(header: unknown, fault: string, dataLength = 32): void {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  assert.throws(() => readSafetensorsLayout(text, { source, dataLength }), {
    name: "SyntaxError",
    message: `Cannot read "${source}": ${fault}`,
  });
}

const withA = (changes: object) => ({ ...whole, a: { ...whole.a, ...changes } });
const withB = (changes: object) => ({ ...whole, b: { ...whole.b, ...changes } });

/** The eight bytes before a header. */
function startOf(length: bigint): Uint8Array {
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, length, true);
  return start;
}

Deno.test("readHeaderLength() reads a little-endian integer", () => {
  // 0x01_02_03 = 66051
  const start = Uint8Array.of(3, 2, 1, 0, 0, 0, 0, 0);
  assert.equal(readHeaderLength(start, { source, fileSize: 66059 }), 66051);
  const within = Uint8Array.of(9, ...start).subarray(1);
  assert.equal(readHeaderLength(within, { source, fileSize: 66059 }), 66051);
});

Deno.test("readHeaderLength() accepts the longest header and no longer one", () => {
  const length = 100_000_000n;
  assert.equal(readHeaderLength(startOf(length), { source, fileSize: 100_000_008 }), 100_000_000);
  assert.throws(() => readHeaderLength(startOf(length + 1n), { source, fileSize: 2 ** 30 }), {
    name: "SyntaxError",
    message: `Cannot read "${source}": its header must have at most 100000000 bytes, got 100000001`,
  });
});

Deno.test("readHeaderLength() refuses files that cannot be safetensors", () => {
  const refusals: [Uint8Array, number, string][] = [
    [new Uint8Array(0), 0, "it must begin with 8 bytes that say how long its header is, got 0"],
    [new Uint8Array(7), 7, "it must begin with 8 bytes that say how long its header is, got 7"],
    [
      startOf(3n),
      10,
      "its header must end within the file's 10 bytes, got a length of 3; " +
      "is it a complete safetensors file?",
    ],
    [
      // a zip file, as which PyTorch saves: 0x50 4b 03 04 14 00 00 00, the last byte highest
      Uint8Array.of(0x50, 0x4b, 3, 4, 0x14, 0, 0, 0),
      4096,
      "its header must end within the file's 4096 bytes, got a length of 85966670672; " +
      "is it a complete safetensors file?",
    ],
    [
      startOf(2n ** 64n - 1n),
      4096,
      "its header must end within the file's 4096 bytes, got a length of 18446744073709551615; " +
      "is it a complete safetensors file?",
    ],
  ];
  for (const [start, fileSize, fault] of refusals) {
    assert.throws(() => readHeaderLength(start, { source, fileSize }), {
      name: "SyntaxError",
      message: `Cannot read "${source}": ${fault}`,
    });
  }
});

Deno.test("readSafetensorsLayout() lists tensors in the order of their bytes", () => {
  const { a, b } = whole;
  const expected = [
    ["a", { dtype: "F32", shape: [2, 3], begin: 0, end: 24 }],
    ["b", { dtype: "I64", shape: [], begin: 24, end: 32 }],
  ];
  assert.deepEqual([...read({ a, b })], expected);
  assert.deepEqual([...read({ b, a })], expected);
});

Deno.test("readSafetensorsLayout() reads bytes, padding and letters beyond ASCII", () => {
  const text = `{"ähm": ${JSON.stringify({ ...whole.a })}}   `;
  const bytes = new TextEncoder().encode(text);
  const layout = readSafetensorsLayout(bytes, { source, dataLength: 24 });
  assert.deepEqual([...layout.keys()], ["ähm"]);
});

Deno.test("readSafetensorsLayout() leaves metadata out", () => {
  assert.deepEqual([...read({ __metadata__: { format: "pt" }, ...whole }).keys()], ["a", "b"]);
  assert.deepEqual([...read({ __metadata__: {}, ...whole }).keys()], ["a", "b"]);
});

Deno.test("readSafetensorsLayout() knows the size of every type", () => {
  const sizes = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 };
  for (const [dtype, size] of Object.entries(sizes)) {
    const layout = read({ x: { dtype, shape: [3], data_offsets: [0, 3 * size] } }, 3 * size);
    assert.deepEqual(layout.get("x"), { dtype, shape: [3], begin: 0, end: 3 * size });
  }
});

Deno.test("readSafetensorsLayout() accepts tensors without values wherever one ends", () => {
  const none = (at: number) => ({ dtype: "F32", shape: [4, 0], data_offsets: [at, at] });
  const layout = read({ ...whole, last: none(32), first: none(0), between: none(24) });
  assert.deepEqual([...layout.keys()], ["first", "a", "between", "b", "last"]);
  assertRefused(
    { ...whole, inside: none(8) },
    'tensor "inside" must begin at byte 24 of the data, for no byte is left out or used twice, got 8',
  );
  assert.equal(read({}, 0).size, 0);
});

Deno.test("readSafetensorsLayout() takes names that mean something to JavaScript as names", () => {
  const text = '{"__proto__": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}, ' +
    '"constructor": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}}';
  const layout = readSafetensorsLayout(text, { source, dataLength: 2 });
  assert.deepEqual([...layout.keys()], ["__proto__", "constructor"]);
});

Deno.test("readSafetensorsLayout() refuses what is no JSON object", () => {
  assertRefused("", 'its header must be a JSON object, got ""');
  assertRefused("[1]", 'its header must be a JSON object, got "[1]"');
  assertRefused("\ufeff{}", 'its header must be a JSON object, got "\ufeff{}"');
  assertRefused(
    "<!DOCTYPE html>".padEnd(5000, "x"),
    `its header must be a JSON object, got "<!DOCTYPE html>${"x".repeat(63)}…`,
  );
  const message = /^Cannot read "net.safetensors": its header must be a JSON object, got .*JSON/;
  for (const text of ["{", "{} x", "{'a': 1}", '{"a": NaN}', '{"a": {"dtype"']) {
    assert.throws(() => readSafetensorsLayout(text, { source, dataLength: 0 }), {
      name: "SyntaxError",
      message,
    });
  }
  const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
  assert.throws(() => readSafetensorsLayout(bytes, { source, dataLength: 0 }), {
    name: "SyntaxError",
    message: `Cannot read "${source}": its header must be UTF-8 text, got other bytes`,
  });
  const marked = Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d);
  assert.throws(() => readSafetensorsLayout(marked, { source, dataLength: 0 }), {
    message: `Cannot read "${source}": its header must be a JSON object, got "\ufeff{}"`,
  });
});

Deno.test("readSafetensorsLayout() refuses metadata other than strings", () => {
  const refused: [unknown, string][] = [
    [null, "null"],
    ["pt", '"pt"'],
    [["pt"], '["pt"]'],
    [{ epoch: 3 }, '{"epoch":3}'],
    [{ deep: { deeper: "x" } }, '{"deep":"…"}'],
  ];
  for (const [metadata, got] of refused) {
    assertRefused(
      { __metadata__: metadata, ...whole },
      `its "__metadata__" must map strings to strings, got ${got}`,
    );
  }
});

Deno.test("readSafetensorsLayout() refuses tensors with other fields", () => {
  const must = 'tensor "a" must have the fields dtype, shape, data_offsets, got';
  const { dtype, shape, data_offsets } = whole.a;
  assertRefused({ ...whole, a: 3 }, `${must} 3`);
  assertRefused({ ...whole, a: null }, `${must} null`);
  assertRefused({ ...whole, a: ["F32", shape] }, `${must} ["F32","…"]`);
  assertRefused({ ...whole, a: {} }, `${must} []`);
  assertRefused({ ...whole, a: { dtype, shape } }, `${must} ["dtype","shape"]`);
  assertRefused(
    { ...whole, a: { dtype, shape, offsets: data_offsets } },
    `${must} ["dtype","shape","offsets"]`,
  );
  assertRefused(withA({ strides: [3, 1] }), `${must} ["dtype","shape","data_offsets","strides"]`);
});

Deno.test("readSafetensorsLayout() refuses unknown types", () => {
  const must = 'tensor "a" must be one of F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL, got';
  assertRefused(withA({ dtype: "F8_E4M3" }), `${must} "F8_E4M3"`);
  assertRefused(withA({ dtype: "f32" }), `${must} "f32"`);
  assertRefused(withA({ dtype: "toString" }), `${must} "toString"`);
  assertRefused(withA({ dtype: 32 }), `${must} 32`);
  assertRefused(withA({ dtype: null }), `${must} null`);
});

Deno.test("readSafetensorsLayout() refuses shapes that cannot be", () => {
  const must = 'tensor "a" must have a shape of integers that are not negative, got';
  assertRefused(withA({ shape: 6 }), `${must} 6`);
  assertRefused(withA({ shape: [-2, -3] }), `${must} [-2,-3]`);
  assertRefused(withA({ shape: [1.5, 4] }), `${must} [1.5,4]`);
  assertRefused(withA({ shape: ["2", 3] }), `${must} ["2",3]`);
  assertRefused(withA({ shape: [[2, 3]] }), `${must} ["…"]`);
  assertRefused(withA({ shape: null }), `${must} null`);
  assertRefused(withA({ shape: [2 ** 53] }), `${must} [9007199254740992]`);
  const many = 'tensor "a" must have fewer than 2^53 values, got shape';
  assertRefused(withA({ shape: [2 ** 27, 2 ** 26] }), `${many} [134217728,67108864]`);
  // 2^32 · 2^32 = 2^64 wraps round to 0 in 64 bits, which would fit these offsets.
  const large = { shape: [2 ** 32, 2 ** 32], data_offsets: [0, 0] };
  assertRefused(withA(large), `${many} [4294967296,4294967296]`);
});

Deno.test("readSafetensorsLayout() refuses tensors that have not the bytes they need", () => {
  assertRefused(
    withA({ shape: [2, 4] }),
    'tensor "a" must take 32 bytes as F32 of shape [2,4], got 24',
  );
  assertRefused(
    withA({ dtype: "F16" }),
    'tensor "a" must take 12 bytes as F16 of shape [2,3], got 24',
  );
  assertRefused(withB({ shape: [0] }), 'tensor "b" must take 0 bytes as I64 of shape [0], got 8');
});

Deno.test("readSafetensorsLayout() refuses offsets that are no range", () => {
  const must = 'tensor "a" must have data_offsets of two integers, 0 ≤ begin ≤ end, got';
  const refused: [unknown, string][] = [
    [[-24, 0], "[-24,0]"],
    [[24, 0], "[24,0]"],
    [[0, 24.5], "[0,24.5]"],
    [[0], "[0]"],
    [[0, 24, 24], "[0,24,24]"],
    [[], "[]"],
    [["0", "24"], '["0","24"]'],
    [[0, 1e300], "[0,1e+300]"],
    [24, "24"],
    [null, "null"],
  ];
  for (const [offsets, got] of refused) {
    assertRefused(withA({ data_offsets: offsets }), `${must} ${got}`);
  }
});

Deno.test("readSafetensorsLayout() refuses overlaps, gaps and bytes left over", () => {
  const rule = "of the data, for no byte is left out or used twice, got";
  assertRefused(withA({ data_offsets: [8, 32] }), `tensor "a" must begin at byte 0 ${rule} 8`);
  assertRefused(withB({ data_offsets: [16, 24] }), `tensor "b" must begin at byte 24 ${rule} 16`);
  assertRefused(
    withB({ data_offsets: [32, 40] }),
    `tensor "b" must begin at byte 24 ${rule} 32`,
    40,
  );
  assertRefused({ ...whole, c: whole.b }, `tensor "c" must begin at byte 32 ${rule} 24`);
  assertRefused(
    whole,
    "its tensors must fill the 33 bytes of data, got 32 bytes of tensors",
    33,
  );
  assertRefused({}, "its tensors must fill the 1 bytes of data, got 0 bytes of tensors", 1);
});

Deno.test("readSafetensorsLayout() refuses a file that was cut off, wherever", () => {
  for (let length = 0; length < 32; length++) {
    const [name, end] = length < 24 ? ["a", 24] : ["b", 32];
    assertRefused(
      whole,
      `tensor "${name}" must end within the ${length} bytes of data, got ${end}; ` +
        "is the file complete?",
      length,
    );
  }
});

Deno.test("readSafetensorsLayout() notices two tensors of one name by the gap they leave", () => {
  const [a, b] = [JSON.stringify(whole.a), JSON.stringify(whole.b)];
  assertRefused(
    `{"x": ${a}, "x": ${b}}`,
    'tensor "x" must begin at byte 0 of the data, for no byte is left out or used twice, got 24',
  );
});

Deno.test("readSafetensorsLayout() quotes names and values so that they stay readable", () => {
  assertRefused(
    { 'a"\n': { dtype: "F32", shape: [1], data_offsets: [0, 8] } },
    'tensor "a\\"\\n" must take 4 bytes as F32 of shape [1], got 8',
  );
  const shape = Array<number>(1000).fill(-1);
  assertRefused(
    withA({ shape }),
    'tensor "a" must have a shape of integers that are not negative, got ' +
      `[${"-1,".repeat(26)}…`,
  );
});

Deno.test("readSafetensorsLayout() accepts any order and finds any one wrong byte", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = createRandom(seed);
    const names = Array.from({ length: 1 + random.integer(6) }, (_, i) => `t${i}`);
    let end = 0;
    const tensors = names.map((name) => {
      const shape = Array.from({ length: random.integer(4) }, () => 1 + random.integer(4));
      const begin = end;
      end += 2 * shape.reduce((a, b) => a * b, 1);
      return { name, stored: { dtype: "BF16", shape, data_offsets: [begin, end] } };
    });
    const shuffled = tensors.toSorted(() => random.next() - 0.5);
    const header = Object.fromEntries(shuffled.map(({ name, stored }) => [name, stored]));
    assert.deepEqual([...read(header, end).keys()], names);
    for (const { name, stored } of tensors) {
      for (const side of [0, 1]) {
        for (const step of [-1, 1]) {
          const offsets = stored.data_offsets.with(side, stored.data_offsets[side]! + step);
          const moved = { ...header, [name]: { ...stored, data_offsets: offsets } };
          assert.throws(() => read(moved, end), SyntaxError, `seed ${seed}, ${name}`);
        }
      }
      const shifted = stored.data_offsets.map((offset) => offset + 1);
      const moved = { ...header, [name]: { ...stored, data_offsets: shifted } };
      assert.throws(() => read(moved, end), SyntaxError, `seed ${seed}, ${name} shifted`);
    }
  }
});

Deno.test("openSafetensors() names weights of another format, and the way out", async () => {
  const path = join(makeFolder(), "net.safetensors");
  const torch = "a PyTorch file (.pth, .pt or .bin, by torch.save); in Python, " +
    "safetensors.torch.save_file(torch.load(FILE, weights_only=True), NEW) converts a file of " +
    "tensors alone";
  const others: [string, string][] = [
    ["PK\x03\x04\0\0\b\b", torch],
    ["\x80\x02\x8a\x0al\xfc\x9c\x46", torch],
    ["\x80\x04\x95\0\0\0\0\0", torch],
    [
      "\x89HDF\r\n\x1a\n",
      "an HDF5 file (.h5, by Keras); save its tensors with " +
      "safetensors.numpy.save_file",
    ],
    ["\x93NUMPY\x01\0", "a NumPy array; save it with safetensors.numpy.save_file"],
    [
      "version https://example.org/pointer",
      "a pointer of Git LFS in place of the file; " +
      '"git lfs pull" fetches the file',
    ],
    ["<!DOCTYPE html>", "a web page or XML; download the file itself"],
  ];
  for (const [begin, what] of others) {
    await Deno.writeFile(path, Uint8Array.from(begin, (letter) => letter.charCodeAt(0)));
    await assert.rejects(openSafetensors(path), {
      message: `Cannot read "${path}": it must be in the safetensors format, got ${what}`,
    });
  }
});
