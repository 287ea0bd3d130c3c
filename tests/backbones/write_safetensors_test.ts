import assert from "node:assert/strict";
import { join } from "node:path";
import { openSafetensors } from "@/backbones/safetensors.ts";
import { createRandom } from "@/math/random.ts";
import { makeFolder } from "../helpers/folder.ts";
import { type TensorSource, writeSafetensors } from "../helpers/write_safetensors.ts";

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map(({ name }) => name);

function newPath(): { folder: string; path: string } {
  const folder = makeFolder();
  return { folder, path: join(folder, "net.safetensors") };
}

Deno.test("writeSafetensors() writes the bytes that the reference implementation does", async () => {
  // safetensors.numpy.save({"w": np.array([[1, -2], [0.5, 3]], "float32")},
  // metadata={"format": "np"}), safetensors 0.8.0 for Python; 88 is a multiple of 8 already.
  const header =
    '{"__metadata__":{"format":"np"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}';
  const data = "00 00 80 3f 00 00 00 c0 00 00 00 3f 00 00 40 40".split(" ");
  const { folder, path } = newPath();
  await writeSafetensors(path, { w: { shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) } }, {
    metadata: { format: "np" },
  });
  assert.deepEqual(
    await Deno.readFile(path),
    Uint8Array.of(
      ...[88, 0, 0, 0, 0, 0, 0, 0],
      ...new TextEncoder().encode(header),
      ...data.map((byte) => parseInt(byte, 16)),
    ),
  );
  assert.deepEqual(names(folder), ["net.safetensors"]);
});

Deno.test("writeSafetensors() pads the header with spaces to a multiple of eight bytes", async () => {
  const { path } = newPath();
  for (let length = 1; length <= 16; length++) {
    await writeSafetensors(path, { ["ä".repeat(length)]: { shape: [], data: Float32Array.of(7) } });
    const bytes = await Deno.readFile(path);
    const header = new TextDecoder().decode(bytes.subarray(8, -4));
    assert.equal(bytes[0]! % 8, 0);
    assert.equal(bytes.length, 8 + bytes[0]! + 4);
    assert.match(header, /^\{"ä+":.*\}\} {0,7}$/);
  }
});

Deno.test("writeSafetensors() writes what reads back as it was, from a record or a map", async () => {
  const random = createRandom(1);
  const tensors = new Map<string, TensorSource>();
  for (let i = 0; i < 20; i++) {
    const shape = Array.from({ length: random.integer(5) }, () => random.integer(4));
    const length = shape.reduce((product, extent) => product * extent, 1);
    // A part of a larger array, whose neighbours must stay out.
    const data = Float32Array.from({ length: length + 2 }, () => random.gaussian());
    tensors.set(`layer${20 - i}.weight`, { shape, data: data.subarray(1, length + 1) });
  }
  const { path } = newPath();
  for (const given of [tensors, Object.fromEntries(tensors)]) {
    await writeSafetensors(path, given);
    using file = await openSafetensors(path);
    assert.deepEqual(file.names.toSorted(), [...tensors.keys()].sort());
    for (const [name, { shape, data }] of tensors) {
      assert.deepEqual(file.shape(name), shape);
      assert.deepEqual(await file.read(name), (data as Float32Array).slice());
    }
  }
});

Deno.test("writeSafetensors() makes lazy tensors one by one as they are written", async () => {
  const { folder, path } = newPath();
  /** Bytes in the folder when each tensor was made. */
  const sizes: number[] = [];
  const tensor = (value: number): TensorSource => ({
    shape: [1000],
    data: () => {
      sizes.push(...names(folder).map((name) => Deno.statSync(join(folder, name)).size));
      return new Float32Array(1000).fill(value);
    },
  });
  await writeSafetensors(path, { a: tensor(1), b: tensor(2), c: tensor(3) });
  assert.deepEqual(sizes.map((size) => size - sizes[0]!), [0, 4000, 8000]);
  using file = await openSafetensors(path);
  assert.equal((await file.read("c"))[999], 3);
});

Deno.test("writeSafetensors() writes a network without tensors, and parents that are missing", async () => {
  const path = join(makeFolder(), "deep/er/net.safetensors");
  await writeSafetensors(path, {}, { metadata: { note: "nothing" } });
  using file = await openSafetensors(path);
  assert.deepEqual(file.names, []);
});

Deno.test("writeSafetensors() keeps the earlier file when anything fails", async () => {
  const { folder, path } = newPath();
  await writeSafetensors(path, { old: { shape: [1], data: Float32Array.of(1) } });
  const earlier = await Deno.readFile(path);
  let made = 0;
  const good = {
    shape: [1],
    data: () => {
      made++;
      return Float32Array.of(2);
    },
  };
  const failures: [TensorSource, string, string][] = [
    [
      {
        shape: [1],
        data: () => {
          throw new Error("no such random numbers");
        },
      },
      "Error",
      "no such random numbers",
    ],
    [
      { shape: [2, 3], data: () => new Float32Array(5) },
      "TypeError",
      `Cannot write "${path}": tensor "bad" of shape [2,3] must have 6 values, got 5`,
    ],
    [
      { shape: [2, 3], data: new Float32Array(7) },
      "TypeError",
      `Cannot write "${path}": tensor "bad" of shape [2,3] must have 6 values, got 7`,
    ],
    [
      { shape: [-2, -3], data: new Float32Array(6) },
      "RangeError",
      `Cannot write "${path}": tensor "bad" must have a shape of integers that are not negative, ` +
      "got [-2,-3]",
    ],
    [
      { shape: [0.5, 2], data: new Float32Array(1) },
      "RangeError",
      `Cannot write "${path}": tensor "bad" must have a shape of integers that are not negative, ` +
      "got [0.5,2]",
    ],
  ];
  for (const [bad, name, message] of failures) {
    await assert.rejects(writeSafetensors(path, { good, bad }), { name, message });
    assert.deepEqual(names(folder), ["net.safetensors"]);
    assert.deepEqual(await Deno.readFile(path), earlier);
  }
  await assert.rejects(writeSafetensors(path, { __metadata__: good }), {
    name: "RangeError",
    message: `Cannot write "${path}": no tensor must be named "__metadata__", got one`,
  });
  assert.deepEqual(await Deno.readFile(path), earlier);
  assert.equal(made, 2, "what is wrong from the start is refused before anything is made");
});

Deno.test("writeSafetensors() leaves nothing behind when the file cannot take its place", async () => {
  const { folder, path } = newPath();
  await Deno.mkdir(join(path, "inside"), { recursive: true });
  await assert.rejects(writeSafetensors(path, {}));
  assert.deepEqual(names(folder), ["net.safetensors"]);
});
