/**
 * What pixel metrics of a test set take, beside scikit-learn and ADEval where python3 is there.
 *
 *     deno task bench:metrics [images=331] [runs=3]
 *
 * Smooth random maps of 256 × 256 pixels, three quarters of them anomalous with a region or two. Ours
 * computes AUPRO, AUROC, AP and F1-max; scikit-learn AUROC and AP; ADEval all but F1-max, from 1,000
 * strips. Every run is a process of its own that reads the maps before its clock starts; the tools
 * run in turn; medians are printed. Peak memory is the whole process, the maps included.
 *
 * @module
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { median } from "simple-statistics";
import { pixelMetrics } from "@/pixel_metrics.ts";
import { createRandom, type Random } from "@/random.ts";

/** What one process prints. */
interface Measured {
  seconds: number;
  peak: number;
  values: Record<string, number>;
}

const side = 256, pixels = side * side, cell = 16;
const reference = join(import.meta.dirname!, "reference");
const [mode, folder] = Deno.args;
if (mode === "ours") await measureOurs(folder!);
else await compare({ images: 331, runs: 3, ...readNumbers(Deno.args) });

async function compare({ images, runs }: { images: number; runs: number }): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeMaps(folder, images);
    print(`${cpus()[0]?.model ?? "unknown processor"}, ${images} maps of ${side} × ${side}`);
    const tools: Record<string, string[]> = {
      "ours": [Deno.execPath(), "run", "-A", "-q", import.meta.filename!, "ours", folder],
    };
    const python = await findPython();
    if (python === undefined) {
      print("python3 is not there: the comparison is skipped");
    } else {
      const script = join(reference, "metrics.py");
      tools["scikit-learn"] = [python, script, "sklearn", folder, `${side}`];
      tools["ADEval"] = [python, script, "adeval", folder, `${side}`];
    }
    const measured: Record<string, Measured[]> = {};
    for (let run = 0; run < runs; run++) {
      for (const [name, command] of Object.entries(tools)) {
        (measured[name] ??= []).push(JSON.parse(await execute(command)) as Measured);
      }
    }
    printTable(measured);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measureOurs(folder: string): Promise<void> {
  const bytes = await Deno.readFile(join(folder, "maps.f32"));
  const maps = new Float32Array(bytes.buffer);
  const masks = await Deno.readFile(join(folder, "masks.u8"));
  const begin = performance.now();
  const { auroc, ap, f1Max, aupro } = pixelMetrics(
    Array.from({ length: maps.length / pixels }, (_, i) => ({
      image: `${i}`,
      map: maps.subarray(i * pixels, (i + 1) * pixels),
      mask: masks.subarray(i * pixels, (i + 1) * pixels),
      columns: side,
    })),
    { fprLimit: 0.3 },
  );
  const seconds = (performance.now() - begin) / 1000;
  const values = { AUROC: auroc, AP: ap, AUPRO: aupro, "F1-max": f1Max };
  print(JSON.stringify({ seconds, peak: await peakBytes(), values }));
}

function printTable(measured: Readonly<Record<string, Measured[]>>): void {
  const ours = measured["ours"]!;
  const [ourSeconds, ourPeak] = [secondsOf(ours), peakOf(ours)];
  print("tool          seconds (range)         time   peak memory   memory   metrics");
  for (const [name, runs] of Object.entries(measured)) {
    const times = runs.map(({ seconds }) => seconds);
    const range = `${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)}`;
    print(
      name.padEnd(14) +
        `${secondsOf(runs).toFixed(2)} (${range})`.padEnd(24) +
        `${(secondsOf(runs) / ourSeconds).toFixed(1)} ×`.padEnd(7) +
        `${(peakOf(runs) / 1e9).toFixed(2)} GB`.padEnd(14) +
        `${(peakOf(runs) / ourPeak).toFixed(1)} ×`.padEnd(9) +
        Object.keys(runs[0]!.values).join(", "),
    );
  }
  const own = ours[0]!.values;
  for (const [name, runs] of Object.entries(measured)) {
    const values = Object.entries(runs[0]!.values).map(([metric, value]) =>
      name === "ours"
        ? `${metric} ${value.toFixed(6)}`
        : `${metric} ${(value - own[metric]!).toExponential(1)}`
    );
    print(`${name === "ours" ? "values" : `${name} minus ours`}: ${values.join(", ")}`);
  }
}

function secondsOf(runs: readonly Measured[]): number {
  return median(runs.map(({ seconds }) => seconds));
}

function peakOf(runs: readonly Measured[]): number {
  return median(runs.map(({ peak }) => peak));
}

/** The interpreter with the packages of `reference/requirements.txt`, installed at the first call. */
async function findPython(): Promise<string | undefined> {
  try {
    await execute(["python3", "--version"]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const venv = join(import.meta.dirname!, "..", ".cache", "bench-metrics");
  const python = join(venv, "bin", "python");
  await execute(["python3", "-m", "venv", venv]);
  const requirements = join(reference, "requirements.txt");
  await execute([python, "-m", "pip", "install", "-q", "--no-deps", "-r", requirements]);
  return python;
}

async function execute([program, ...args]: readonly string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(program!, { args, stderr: "inherit" })
    .output();
  if (!success) throw new Error(`Cannot run the bench: "${program} ${args.join(" ")}" failed`);
  return new TextDecoder().decode(stdout);
}

async function writeMaps(folder: string, images: number): Promise<void> {
  const random = createRandom(1);
  const maps = new Float32Array(images * pixels), masks = new Uint8Array(images * pixels);
  for (let image = 0; image < images; image++) {
    const range = [image * pixels, (image + 1) * pixels] as const;
    const map = maps.subarray(...range), mask = masks.subarray(...range);
    drawNoise(map, random);
    if (image >= Math.floor(images * 249 / 331)) continue;
    const blobs = 1 + random.integer(2);
    for (let blob = 0; blob < blobs; blob++) drawBlob(map, mask, random);
  }
  await Deno.writeFile(join(folder, "maps.f32"), new Uint8Array(maps.buffer));
  await Deno.writeFile(join(folder, "masks.u8"), masks);
}

/** Normal noise on a coarse grid, interpolated, with a little of its own in every pixel. */
function drawNoise(map: Float32Array, random: Random): void {
  const width = side / cell + 1;
  const grid = Array.from({ length: width * width }, () => random.gaussian());
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const corner = Math.floor(y / cell) * width + Math.floor(x / cell);
      const right = (x % cell) / cell, down = (y % cell) / cell;
      const top = grid[corner]! * (1 - right) + grid[corner + 1]! * right;
      const bottom = grid[corner + width]! * (1 - right) + grid[corner + width + 1]! * right;
      map[y * side + x] = top * (1 - down) + bottom * down + 0.1 * random.next();
    }
  }
}

/** A disc that is anomalous, with scores that are raised towards its middle. */
function drawBlob(map: Float32Array, mask: Uint8Array, random: Random): void {
  const radius = 6 + random.integer(24), height = 1 + 3 * random.next();
  const middleX = radius + random.integer(side - 2 * radius);
  const middleY = radius + random.integer(side - 2 * radius);
  for (let y = middleY - radius; y <= middleY + radius; y++) {
    for (let x = middleX - radius; x <= middleX + radius; x++) {
      const distance = Math.hypot(x - middleX, y - middleY) / radius;
      if (distance >= 1) continue;
      mask[y * side + x] = 1;
      map[y * side + x]! += height * (1 - distance / 2);
    }
  }
}

/** Most memory that this process has held, which Linux keeps count of. */
async function peakBytes(): Promise<number> {
  if (Deno.build.os !== "linux") return Deno.memoryUsage().rss;
  const text = await Deno.readTextFile("/proc/self/status");
  return Number(text.match(/VmHWM:\s+(\d+) kB/)![1]) * 1024;
}

function readNumbers(args: readonly string[]): Record<string, number> {
  return Object.fromEntries(args.map((argument) => {
    const [name = "", value = ""] = argument.split("=");
    if (!["images", "runs"].includes(name) || !(Number.isInteger(+value) && +value >= 1)) {
      throw new SyntaxError(
        `Cannot run the bench: arguments must be images= or runs= with a positive integer, ` +
          `got "${argument}"`,
      );
    }
    return [name, Number(value)];
  }));
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
