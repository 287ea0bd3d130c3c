/**
 * What pixel metrics of a test set take, beside scikit-learn and ADEval where python3 is there, and
 * that memory does not grow with the set.
 *
 *     deno task bench:metrics [runs=3]
 *
 * 331 smooth maps of 256 × 256 pixels, 240 of them anomalous. Ours computes AUROC, AP, F1-max and
 * AUPRO up to a false-positive rate of 0.3, all exact; every other row names what it computes. Each
 * run is a process of its own that loads maps and libraries before its clock starts, unless it is made
 * to take one map at a time; the rows run in turn, and medians are printed. Peak memory is that of the
 * whole process. Then ours alone on sets as large as public ones, whose maps are made in each pass: its
 * memory grows with the anomalous pixels and not with the others.
 *
 * @module
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { median } from "simple-statistics";
import { recordTable, recordTableText } from "@/record_table.ts";
import { drawMaps, fiveClasses, type MapSet } from "./metric_maps.ts";

/** What one process prints. */
interface Measured {
  readonly seconds: number;
  /** Seconds of those that went into making or reading maps. */
  readonly making?: number;
  /** Number of anomalous pixels. */
  readonly anomalous?: number;
  readonly peak: number;
  readonly values: Readonly<Record<string, number>>;
}

/** One row of the comparison. */
interface Tool {
  readonly name: string;
  readonly command: readonly string[];
}

const large: Readonly<Record<string, MapSet>> = {
  "five classes": fiveClasses,
  "with more normal images": { ...fiveClasses, images: 2162 },
  "as many as VisA": { ...fiveClasses, images: 2162, anomalous: 1200 },
  "full resolution": { images: 200, anomalous: 110, rows: 1000, columns: 1500 },
};
const reference = join(import.meta.dirname!, "reference");
const { runs } = { runs: 3, ...readNumbers(Deno.args) };

print(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads, ${runs} runs`);
await compare();
await enlarge();

async function compare(): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeMaps(folder);
    const python = await findPython();
    const tools = [...ourTools(folder), ...(python === null ? [] : otherTools(python, folder))];
    const measured = new Map<Tool, Measured[]>(tools.map((tool) => [tool, []]));
    for (let run = 0; run < runs; run++) {
      for (const [tool, results] of measured) {
        results.push(JSON.parse(await execute(tool.command)) as Measured);
      }
    }
    const results = [...measured].map(([{ name }, results]) => ({ name, results }));
    const { images, rows, columns } = fiveClasses;
    print(`${images} maps of ${rows} × ${columns} pixels`);
    printTimes(results);
    printValues(results);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function ourTools(folder: string): Tool[] {
  return [
    { name: "ours", command: ourCommand("arrays", folder) },
    { name: "ours, one map at a time", command: ourCommand("files", folder) },
  ];
}

function otherTools(python: string, folder: string): Tool[] {
  const names = {
    sklearn: "scikit-learn",
    numpy: "NumPy, sorting all pixels",
    exact: "scikit-learn and NumPy",
    adeval: "ADEval",
    accumulator: "ADEval, one map at a time",
  };
  const { rows, columns } = fiveClasses;
  return Object.entries(names).map(([tool, name]) => ({
    name,
    command: [python, join(reference, "metrics.py"), tool, folder, `${rows}`, `${columns}`],
  }));
}

function ourCommand(mode: string, argument: string): string[] {
  const script = join(import.meta.dirname!, "metric_process.ts");
  return [Deno.execPath(), "run", "-A", "-q", script, mode, argument];
}

function printTimes(rows: readonly { name: string; results: readonly Measured[] }[]): void {
  const of = (results: readonly Measured[], key: "seconds" | "peak"): number =>
    median(results.map((result) => result[key]));
  const ours = rows[0]!.results;
  const ratio = (results: readonly Measured[], key: "seconds" | "peak"): string =>
    `${(of(results, key) / of(ours, key)).toFixed(1)} ×`;
  const range = (results: readonly Measured[]): string => {
    const seconds = results.map((result) => result.seconds);
    return `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`;
  };
  printTable(rows.map(({ name, results }) => ({
    tool: name,
    metrics: Object.keys(results[0]!.values).join(", "),
    seconds: of(results, "seconds").toFixed(2),
    range: range(results),
    time: ratio(results, "seconds"),
    "peak memory": `${(of(results, "peak") / 1e6).toFixed(0)} MB`,
    memory: ratio(results, "peak"),
  })));
}

/** Our values, and by how much others differ; ADEval's are approximate, from 1,000 strips. */
function printValues(rows: readonly { name: string; results: readonly Measured[] }[]): void {
  const ours = rows[0]!.results[0]!.values;
  printTable(rows.map(({ name, results }, i) => ({
    values: i === 0 ? name : `${name}, minus ours`,
    ...Object.fromEntries(
      Object.entries(ours).map(([metric, own]) => {
        const value = results[0]!.values[metric];
        if (value === undefined) return [metric, null];
        return [metric, i === 0 ? own.toFixed(6) : (value - own).toExponential(1)];
      }),
    ),
  })));
}

async function enlarge(): Promise<void> {
  const rows = [];
  for (const [name, set] of Object.entries(large)) {
    const result = JSON.parse(
      await execute(ourCommand("made", JSON.stringify(set))),
    ) as Required<Measured>;
    const pixels = set.images * set.rows * set.columns;
    rows.push({
      set: name,
      maps: `${set.images} of ${set.rows} × ${set.columns}`,
      pixels: millions(pixels),
      anomalous: millions(result.anomalous),
      seconds: (result.seconds - result.making).toFixed(1),
      "making maps": result.making.toFixed(1),
      "ns a pixel": ((result.seconds - result.making) / pixels * 1e9).toFixed(0),
      "peak memory": `${(result.peak / 1e6).toFixed(0)} MB`,
      "all scores": `${(4 * pixels / 1e6).toFixed(0)} MB`,
    });
  }
  print("ours alone, maps made when they are needed, in both passes");
  printTable(rows);
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} million`;
}

async function writeMaps(folder: string): Promise<void> {
  using maps = await Deno.create(join(folder, "maps.f32"));
  using masks = await Deno.create(join(folder, "masks.u8"));
  for (const { map, mask } of drawMaps(fiveClasses)) {
    await writeAll(maps, new Uint8Array(map.buffer));
    await writeAll(masks, Uint8Array.from(mask ?? new Uint8Array(map.length)));
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** The interpreter with the packages of `reference/requirements.txt`; `null` after saying why not. */
async function findPython(): Promise<string | null> {
  const venv = join(import.meta.dirname!, "..", ".cache", "bench-metrics");
  const python = join(venv, Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python");
  const requirements = join(reference, "requirements.txt");
  const skip = (reason: string): null => {
    print(`The comparison with scikit-learn and ADEval is skipped: ${reason}`);
    return null;
  };
  try {
    await execute(["python3", "-m", "venv", venv]);
    await execute([python, "-m", "pip", "install", "-q", "--no-deps", "-r", requirements]);
    return python;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return skip("python3 is not there");
    return skip(error instanceof Error ? error.message : String(error));
  }
}

async function execute([program, ...args]: readonly string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(program!, { args, stderr: "inherit" })
    .output();
  if (!success) throw new Error(`Cannot run the bench: "${program} ${args.join(" ")}" failed`);
  return new TextDecoder().decode(stdout);
}

function readNumbers(args: readonly string[]): { runs?: number } {
  return Object.fromEntries(args.map((argument) => {
    const [name, value] = argument.split("=");
    if (name !== "runs" || !(Number.isInteger(Number(value)) && Number(value) > 0)) {
      throw new SyntaxError(
        `Cannot run the bench: the argument must be runs= with a positive integer, ` +
          `got "${argument}"`,
      );
    }
    return [name, Number(value)];
  }));
}

function printTable(rows: Parameters<typeof recordTable>[0]): void {
  print(`${recordTableText(recordTable(rows))}\n`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
