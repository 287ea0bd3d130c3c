/**
 * How long the three versions of greedy selection take on the same rows, and that they agree.
 *
 *     deno run -A bench/coreset.ts [rows=8192] [columns=128] [share=0.1] [runs=3]
 *
 * Prints the median and the range of the wall time of every version and its ratio to the compiled
 * one. The rows lie on five curved surfaces of eight dimensions with a little noise; about four per
 * cent of the distances then remain after pruning, as with real patch embeddings.
 *
 * @module
 */
import assert from "node:assert/strict";
import { cpus } from "node:os";
import { type CoresetMethod, greedyCoreset } from "@/coreset.ts";
import { type Matrix, toMatrix } from "@/matrix.ts";
import { createRandom } from "@/random.ts";

const settings = { rows: 8192, columns: 128, share: 0.1, runs: 3 };
for (const argument of Deno.args) {
  const [name = "", value = ""] = argument.split("=");
  if (!(name in settings) || !(Number(value) > 0)) {
    throw new SyntaxError(
      `Cannot run the bench: arguments must be ${Object.keys(settings).join("=, ")}= with a ` +
        `positive number, got "${argument}"`,
    );
  }
  settings[name as keyof typeof settings] = Number(value);
}

const features = curvedRows(settings.rows, settings.columns);
const size = Math.max(1, Math.floor(settings.share * settings.rows));
const methods: readonly CoresetMethod[] = ["plain", "pruned", "compiled"];
const seconds = new Map(methods.map((method) => [method, [] as number[]]));
let chosen: Uint32Array | undefined;
for (let run = 0; run < settings.runs; run++) {
  for (const method of methods) {
    const begin = performance.now();
    const { indices } = greedyCoreset(features, { size, method });
    seconds.get(method)!.push((performance.now() - begin) / 1000);
    assert.deepEqual(indices, chosen ??= indices);
  }
}

const model = cpus()[0]?.model ?? "unknown processor";
print(`${size} of ${settings.rows} rows × ${settings.columns} columns, ${settings.runs} runs`);
print(`${model}, ${cpus().length} threads (one used), Deno ${Deno.version.deno}`);
const reference = median(seconds.get("compiled")!);
for (const [method, times] of seconds) {
  const ratio = (median(times) / reference).toFixed(1);
  const range = `${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)}`;
  print(`${method.padEnd(9)} ${median(times).toFixed(2).padStart(8)} s (${range}), ratio ${ratio}`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function curvedRows(rows: number, columns: number): Matrix {
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
