import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { matrixOf } from "@/math/matrix.ts";
import { readFaissFile, writeFaissFile } from "@/memory/engines/faiss_file.ts";
import { randomMatrix } from "../../helpers/mod.ts";

/**
 * What faiss writes: `index = faiss.IndexFlatL2(3); index.add(np.arange(6, dtype="float32").reshape(2, 3));
 * faiss.write_index(index, …)`, faiss-cpu 1.15.1 for Python.
 */
const written = Uint8Array.from(
  [
    "49 78 46 32", // IxF2
    "03 00 00 00", // columns
    "02 00 00 00 00 00 00 00", // rows
    "00 00 10 00 00 00 00 00",
    "00 00 10 00 00 00 00 00",
    "01", // trained
    "01 00 00 00", // squared Euclidean
    "06 00 00 00 00 00 00 00", // values
    "00 00 00 00 00 00 80 3f 00 00 00 40 00 00 40 40 00 00 80 40 00 00 a0 40", // 0 to 5
  ].join(" ").split(" "),
  (byte) => parseInt(byte, 16),
);

async function withFile(body: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".faiss" });
  try {
    await body(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("writeFaissFile() writes faiss's bytes and hashes them", async () => {
  await withFile(async (path) => {
    const sha256 = await writeFaissFile(path, matrixOf([[0, 1, 2], [3, 4, 5]]));
    assert.deepEqual(await Deno.readFile(path), written);
    assert.equal(sha256, createHash("sha256").update(written).digest("hex"));
  });
});

Deno.test("readFaissFile() reads faiss's bytes and hashes them", async () => {
  await withFile(async (path) => {
    await Deno.writeFile(path, written);
    assert.deepEqual(await readFaissFile(path), {
      rows: matrixOf([[0, 1, 2], [3, 4, 5]]),
      sha256: createHash("sha256").update(written).digest("hex"),
    });
  });
});

Deno.test("readFaissFile() gives back the rows of a part of a larger array", async () => {
  await withFile(async (path) => {
    const { data } = randomMatrix({ rows: 40, columns: 7, seed: 1 });
    const matrix = { rows: 20, columns: 7, data: data.subarray(70, 210) };
    const sha256 = await writeFaissFile(path, matrix);
    const read = await readFaissFile(path);
    assert.deepEqual(read.rows, { ...matrix, data: matrix.data.slice() });
    assert.equal(read.sha256, sha256);
  });
});

Deno.test("writeFaissFile() leaves nothing of a longer file behind", async () => {
  await withFile(async (path) => {
    await writeFaissFile(path, randomMatrix({ rows: 9, columns: 9, seed: 1 }));
    await writeFaissFile(path, matrixOf([[0, 1, 2], [3, 4, 5]]));
    assert.deepEqual(await Deno.readFile(path), written);
  });
});

Deno.test("readFaissFile() says what is wrong with a file", async () => {
  const changed = (offset: number, value: number): Uint8Array => {
    const bytes = written.slice();
    bytes[offset] = value;
    return bytes;
  };
  const faults: [Uint8Array, string][] = [
    [changed(2, 0x49), 'a faiss IndexFlatL2 must begin with "IxF2", got "IxI2"'],
    [new Uint8Array(0), 'a faiss IndexFlatL2 must begin with "IxF2", got ""'],
    [written.subarray(0, 20), "its header must have 45 bytes, got 20"],
    [changed(33, 0), "its metric must be 1 (squared Euclidean), got 0"],
    [
      changed(8, 3),
      "rows × columns must equal the number of values, got 3 × 3 for 6 values",
    ],
    [written.subarray(0, 60), "2 rows of 3 values must take 69 bytes, got 60"],
    [Uint8Array.of(...written, 0), "2 rows of 3 values must take 69 bytes, got 70"],
  ];
  await withFile(async (path) => {
    for (const [bytes, fault] of faults) {
      await Deno.writeFile(path, bytes);
      await assert.rejects(readFaissFile(path), { message: `Cannot load "${path}": ${fault}` });
    }
  });
  await assert.rejects(readFaissFile("/no/such.faiss"), {
    message: 'Cannot load "/no/such.faiss": no such file',
  });
});
