/**
 * How long greedy selection takes, beside plain loops over the same rows, and that all choose alike.
 *
 *     deno task bench:coreset [rows=8192,32768,81920] [columns=128] [percent=10] [runs=3] [file=]
 *         [write=]
 *
 * Plain loops, in which every choice costs the same, are timed over the first 200 choices and
 * multiplied: in TypeScript, in WebAssembly with SIMD, and in PyTorch where python3 has it, else in
 * NumPy, with all threads and with one, which is faster where other programs use the machine too. The pruned and the compiled version choose all rows. The versions run in turn, `runs` times.
 * The rows lie on five curved surfaces of eight dimensions with a little noise, or are the first of
 * a file of 32-bit floats, such as the patch embeddings of one's own images.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Matrix, toMatrix } from "@/math/mod.ts";
import { greedyCoreset, kernelBytes } from "@/memory/mod.ts";
import { readArguments, readSizes } from "./arguments.ts";
import { curvedRows } from "./curved_rows.ts";
import { type Figure, figureLine, openFigures, print } from "./figures.ts";
import { describeMachine, loadLine, machineLine } from "./machine.ts";
import { openPlainLoop } from "./plain_loop.ts";
import { execute, findTorch, ONE_THREAD, referencePath } from "./python.ts";

/** Choices over which plain loops are timed. */
const PLAIN_CHOICES = 200;

/** One run of a version. */
interface Run {
  /** Of the whole selection. */
  readonly seconds: number;
  /** The rows chosen, at least the first of them. */
  readonly chosen: ArrayLike<number>;
  /** Which library did it; this program if left out. */
  readonly library?: string;
}

const settings = readArguments(Deno.args, {
  rows: "8192,32768,81920",
  columns: 128,
  percent: 10,
  runs: 3,
  file: "",
  write: "",
});
const { columns, runs } = settings;
const figures = openFigures(settings.write);
const plainLoop = await openPlainLoop();
const python = await findTorch();
print(`${machineLine(await describeMachine())}; ${loadLine()}`);
print(`Python uses all cores unless said, the others one; ${runs} runs in turn`);
print(`Plain loops are timed over ${PLAIN_CHOICES} choices and multiplied: each costs the same`);
if (python.missing !== undefined) print(`Python is left out: ${python.missing}`);
const sizes = readSizes(settings.rows);
warmUp(curvedRows({ rows: 64, columns }));
for (const rows of sizes) await compare(rows);
await figures.save();

async function compare(rows: number): Promise<void> {
  const features = settings.file === "" ? curvedRows({ rows, columns }) : await readRows(rows);
  const size = Math.max(1, Math.floor(settings.percent / 100 * rows));
  const megabytes = Math.ceil(kernelBytes({ rows, stride: columns }, size) / 1e6);
  print(`\n${size} of ${rows} rows × ${columns} columns; compiled: ${megabytes} MB`);
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, new Uint8Array(features.data.slice().buffer));
    const works = new Map<string, () => Run | Promise<Run>>([
      ["compiled (ours)", () => runWhole(features, { size, method: "compiled" })],
      ["pruned TypeScript", () => runWhole(features, { size, method: "pruned" })],
      ["plain loop, SIMD", () => runLoop(features, size)],
      ["plain loop, TypeScript", () => runPlain(features, size)],
      ...pythonWorks(features, { file, size }),
    ]);
    const seconds = new Map([...works.keys()].map((name) => [name, [] as number[]]));
    const notes = new Map<string, string>();
    let ours: ArrayLike<number> = [];
    for (let run = 0; run < runs; run++) {
      for (const [name, work] of works) {
        const { seconds: time, chosen, library } = await work();
        seconds.get(name)!.push(time);
        if (name === "compiled (ours)") ours = chosen;
        const equal = Array.from(chosen).filter((row, i) => row === ours[i]).length;
        const by = library === undefined ? "" : `; ${library}`;
        notes.set(name, `, ${equal} of ${chosen.length} choices are ours${by}`);
        if (library === undefined) assert.equal(equal, chosen.length, name);
      }
    }
    let own: Figure | undefined;
    for (const [way, values] of seconds) {
      const sizes = { rows, columns, chosen: size };
      const figure = figures.add({
        series: "selection",
        way,
        sizes,
        unit: "s",
        values,
        against: own,
      });
      own ??= figure;
      print(figureLine(figure, notes.get(way)));
    }
  } finally {
    await Deno.remove(file);
  }
}

/** The first run of each version also compiles it. */
function warmUp(features: Matrix): void {
  runWhole(features, { size: 6, method: "compiled" });
  runWhole(features, { size: 6, method: "pruned" });
  runPlain(features, 6);
  runLoop(features, 6);
}

function runWhole(
  features: Matrix,
  options: { size: number; method: "pruned" | "compiled" },
): Run {
  const begin = performance.now();
  const { indices } = greedyCoreset(features, options);
  return { seconds: (performance.now() - begin) / 1000, chosen: indices };
}

function runPlain(features: Matrix, size: number): Run {
  const choices = Math.min(size, PLAIN_CHOICES), begin = performance.now();
  const { indices } = greedyCoreset(features, { size: choices, method: "plain" });
  return { seconds: (performance.now() - begin) / 1000 / choices * size, chosen: indices };
}

function runLoop(features: Matrix, size: number): Run {
  const choices = Math.min(size, PLAIN_CHOICES);
  const { seconds, chosen } = plainLoop.choose(features, choices);
  return { seconds: seconds / choices * size, chosen };
}

/** The loop in another process, which times itself; none without Python. */
function pythonWorks(
  features: Matrix,
  { file, size }: { file: string; size: number },
): [string, () => Promise<Run>][] {
  const { program } = python;
  if (program === undefined) return [];
  const choices = Math.min(size, PLAIN_CHOICES);
  const numbers = [features.rows, features.columns, choices].map(String);
  const command = [program, referencePath("coreset.py"), file, ...numbers];
  const workWith = (env: Readonly<Record<string, string>>) => async (): Promise<Run> => {
    const run = JSON.parse(await execute(command, { env })) as Required<Run>;
    return { ...run, seconds: run.seconds * size };
  };
  return [
    ["plain loop, Python", workWith({})],
    ["Python, one thread", workWith(ONE_THREAD)],
  ];
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
