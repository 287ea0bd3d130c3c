/**
 * What pixel metrics of a test set take, beside scikit-learn and ADEval where python3 is there, and
 * that memory does not grow with the set.
 *
 *     deno task bench:metrics [runs=3] [small=0] [write=FILE]
 *
 * 331 smooth maps of 256 × 256 pixels, 240 of them anomalous. Ours computes AUROC, AP, F1-max and
 * AUPRO up to a false-positive rate of 0.3, all exact; every other row names what it computes. Each
 * run is a process of its own that loads maps and libraries before its clock starts, unless it is made
 * to take one map at a time; the rows run in turn, and medians are printed. Peak memory is that of the
 * whole process. Then ours alone on sets as large as public ones, whose maps are made in each pass: its
 * memory grows with the anomalous pixels and not with the others; `small=1` leaves them out.
 *
 * @module
 */
import { join } from "node:path";
import { median } from "simple-statistics";
import { recordTable, recordTableText } from "@/tables.ts";
import { readArguments } from "./arguments.ts";
import { type Figure, openFigures, print } from "./figures.ts";
import { describeMachine, loadLine, machineLine } from "./machine.ts";
import { drawMaps, fiveClasses, type MapSet } from "./metric_maps.ts";
import { execute, findPython, referencePath } from "./python.ts";

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

const largeSets: Readonly<Record<string, MapSet>> = {
  "five classes": fiveClasses,
  "with more normal images": { ...fiveClasses, images: 2162 },
  "as many as VisA": { ...fiveClasses, images: 2162, anomalous: 1200 },
  "full resolution": { images: 200, anomalous: 110, rows: 1000, columns: 1500 },
};
const { runs, small, write } = readArguments(Deno.args, { runs: 3, small: 0, write: "" });
const figures = openFigures(write);

print(`${machineLine(await describeMachine())}; ${loadLine()}; ${runs} runs in turn`);
await compare();
if (small === 0) await enlarge();
await figures.save();

async function compare(): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeMaps(folder);
    const { program, missing } = await findPython();
    if (program === undefined) print(`scikit-learn, NumPy and ADEval are left out: ${missing}`);
    const tools = [
      ...ourTools(folder),
      ...(program === undefined ? [] : otherTools(program, folder)),
    ];
    const measured = new Map<Tool, Measured[]>(tools.map((tool) => [tool, []]));
    for (let run = 0; run < runs; run++) {
      for (const [tool, results] of measured) {
        results.push(JSON.parse(await execute(tool.command)) as Measured);
      }
    }
    const results = [...measured].map(([{ name }, results]) => ({ name, results }));
    const { images, rows, columns } = fiveClasses;
    addFigures(results);
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
    command: [python, referencePath("metrics.py"), tool, folder, `${rows}`, `${columns}`],
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

function addFigures(rows: readonly { name: string; results: readonly Measured[] }[]): void {
  const { images, rows: height, columns: width } = fiveClasses;
  for (const [key, unit, scale] of [["seconds", "s", 1], ["peak", "MB", 1e-6]] as const) {
    let ours: Figure | undefined;
    for (const { name, results } of rows) {
      const figure = figures.add({
        series: `pixel metrics, ${key === "peak" ? "peak memory" : "time"}`,
        way: `${name}: ${Object.keys(results[0]!.values).join(", ")}`,
        sizes: { images, height, width },
        unit,
        values: results.map((result) => scale * result[key]),
        against: ours,
      });
      ours ??= figure;
    }
  }
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
  for (const [name, set] of Object.entries(largeSets)) {
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

function printTable(rows: Parameters<typeof recordTable>[0]): void {
  print(`${recordTableText(recordTable(rows))}\n`);
}
