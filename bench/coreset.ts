/**
 * How long greedy selection takes, beside plain loops over the same rows, and that all choose alike.
 *
 *     deno run -A bench/coreset.ts [rows=8192,32768,81920] [columns=128] [share=0.1] [runs=3] [file=]
 *
 * Plain loops, in which every choice costs the same, are timed over the first 200 choices and
 * multiplied: in TypeScript, in WebAssembly with SIMD, and in PyTorch or NumPy where python3 has one
 * of them. The pruned and the compiled version choose all rows, `runs` times. The rows lie on five
 * curved surfaces of eight dimensions with a little noise, or are the first of a file of 32-bit
 * floats, such as the patch embeddings of one's own images.
 *
 * @module
 */
import assert from "node:assert/strict";
import { cpus } from "node:os";
import { join } from "node:path";
import { greedyCoreset } from "@/coreset.ts";
import { kernelBytes } from "@/coreset_compiled.ts";
import { type Matrix, toMatrix } from "@/matrix.ts";
import { createRandom } from "@/random.ts";
import { buildCoresetKernel } from "../tools/build_coreset_kernel.ts";

/** Choices over which plain loops are timed. */
const PLAIN_CHOICES = 200;

/** Seconds of the whole selection, and the rows chosen, at least the first of them. */
interface Timing {
  readonly seconds: readonly number[];
  readonly chosen: ArrayLike<number>;
  /** Said about the numbers. */
  readonly note: string;
}

const settings = { rows: "8192,32768,81920", columns: "128", share: "0.1", runs: "3", file: "" };
for (const argument of Deno.args) {
  const [name = "", value = ""] = argument.split("=");
  if (!(name in settings) || (name !== "file" && !value.split(",").every((each) => +each > 0))) {
    throw new SyntaxError(
      `Cannot run the bench: arguments must be rows=, columns=, share=, runs= with positive ` +
        `numbers, or file=, got "${argument}"`,
    );
  }
  settings[name as keyof typeof settings] = value;
}
const columns = Number(settings.columns), runs = Number(settings.runs);
const plainLoop = new WebAssembly.Module((await buildCoresetKernel("plain_loop")).slice());
print(
  `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads (Python uses all, the ` +
    `others one), Deno ${Deno.version.deno}`,
);
print(`Plain loops are timed over ${PLAIN_CHOICES} choices and multiplied: each costs the same`);
for (const rows of settings.rows.split(",").map(Number)) await compare(rows);

async function compare(rows: number): Promise<void> {
  const features = settings.file === "" ? curvedRows(rows) : await readRows(rows);
  const size = Math.max(1, Math.floor(Number(settings.share) * rows));
  const megabytes = Math.ceil(kernelBytes({ rows, stride: columns }, size) / 1e6);
  print(`\n${size} of ${rows} rows × ${columns} columns; compiled: ${megabytes} MB`);
  const compiled = timeWhole(features, { size, method: "compiled" });
  const versions = new Map<string, Timing | null>([
    ["plain, Python", await timePython(features, size)],
    ["plain, TypeScript", timePlain(features, size)],
    ["plain, SIMD", timeLoop(features, size)],
    ["pruned", timeWhole(features, { size, method: "pruned" })],
    ["compiled", compiled],
  ]);
  for (const [name, timing] of versions) {
    if (timing === null) continue;
    const { seconds, chosen, note } = timing;
    if (name !== "plain, Python") {
      assert.deepEqual([...Array.from(chosen)], [...compiled.chosen].slice(0, chosen.length), name);
    }
    const ratio = (median(seconds) / median(compiled.seconds)).toFixed(1);
    const range = `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`;
    const time = median(seconds).toFixed(2).padStart(8);
    print(`${name.padEnd(17)} ${time} s (${range}), ratio ${ratio}${note}`);
  }
}

function timeWhole(
  features: Matrix,
  options: { size: number; method: "pruned" | "compiled" },
): Timing & { readonly chosen: Uint32Array } {
  const seconds: number[] = [];
  let chosen = new Uint32Array();
  for (let run = 0; run < runs; run++) {
    const begin = performance.now();
    chosen = Uint32Array.from(greedyCoreset(features, options).indices);
    seconds.push((performance.now() - begin) / 1000);
  }
  return { seconds, chosen, note: "" };
}

function timePlain(features: Matrix, size: number): Timing {
  const choices = Math.min(size, PLAIN_CHOICES), begin = performance.now();
  const { indices } = greedyCoreset(features, { size: choices, method: "plain" });
  return multiplied((performance.now() - begin) / 1000 / choices, { size, chosen: indices });
}

function timeLoop({ data, rows }: Matrix, size: number): Timing {
  // The exports are known only from the loop's source.
  const loop = new WebAssembly.Instance(plainLoop).exports as unknown as {
    readonly memory: WebAssembly.Memory;
    readonly arrange: (rows: number, columns: number) => number;
    readonly featuresAt: () => number;
    readonly choose: () => number;
  };
  const missing = (loop.arrange(rows, columns) >>> 0) - loop.memory.buffer.byteLength;
  if (missing > 0) loop.memory.grow(Math.ceil(missing / 65536));
  const values = new Float32Array(loop.memory.buffer, loop.featuresAt(), data.length + rows);
  values.set(data);
  values.fill(Infinity, data.length);
  const chosen = [0], choices = Math.min(size, PLAIN_CHOICES), begin = performance.now();
  while (chosen.length < choices) chosen.push(loop.choose());
  return multiplied((performance.now() - begin) / 1000 / choices, { size, chosen });
}

/** `null` after saying why there is no comparison. */
async function timePython(features: Matrix, size: number): Promise<Timing | null> {
  const script = join(import.meta.dirname!, "reference", "coreset.py");
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, new Uint8Array(features.data.slice().buffer));
    const picks = Math.min(size, PLAIN_CHOICES);
    const { success, stdout, stderr } = await new Deno.Command("python3", {
      args: [script, file, ...[features.rows, columns, picks].map(String)],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
    const { library, seconds, chosen } = JSON.parse(new TextDecoder().decode(stdout)) as {
      readonly library: string;
      readonly seconds: number;
      readonly chosen: readonly number[];
    };
    const ours = greedyCoreset(features, { size: picks }).indices;
    const equal = chosen.filter((row, i) => row === ours[i]).length;
    return {
      ...multiplied(seconds, { size, chosen }),
      note: `; ${library}, ${equal} of its ${picks} choices are equal`,
    };
  } catch (error) {
    print(
      `The comparison with Python is skipped: ${error instanceof Error ? error.message : error}`,
    );
    return null;
  } finally {
    await Deno.remove(file);
  }
}

function multiplied(
  perChoice: number,
  { size, chosen }: { size: number; chosen: ArrayLike<number> },
): Timing {
  return { seconds: [perChoice * size], chosen, note: "" };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function readRows(rows: number): Promise<Matrix> {
  const bytes = await Deno.readFile(settings.file);
  const data = new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
  if (data.length < rows * columns) {
    throw new RangeError(
      `Cannot run the bench on "${settings.file}": it must hold ${rows} rows × ${columns} ` +
        `columns, got ${data.length} numbers`,
    );
  }
  return toMatrix(data.slice(0, rows * columns), { rows, columns });
}

function curvedRows(rows: number): Matrix {
  const random = createRandom(1, "surfaces");
  const surfaces = 5, dimensions = 8;
  const draw = (count: number) => Float64Array.from({ length: count }, () => random.gaussian());
  const middles = draw(surfaces * columns);
  const straight = draw(surfaces * columns * dimensions);
  const bent = draw(surfaces * columns * dimensions);
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const surface = Math.floor(row * surfaces / rows);
    const place = draw(dimensions).map((value, i) => 1.6 * 0.8 ** i * value);
    const curve = place.map((value) => Math.tanh(2 * value));
    for (let column = 0; column < columns; column++) {
      const at = surface * columns + column;
      let value = 2 * middles[at]! + 0.15 * random.gaussian();
      for (let i = 0; i < dimensions; i++) {
        value += (straight[at * dimensions + i]! * place[i]! +
          bent[at * dimensions + i]! * curve[i]!) / Math.sqrt(dimensions);
      }
      data[row * columns + column] = value;
    }
  }
  return toMatrix(data, { rows, columns });
}
