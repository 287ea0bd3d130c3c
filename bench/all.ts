/**
 * All benches, one after the other, in one report: every figure as a median of several runs with its
 * range, and ratios between programs that were measured in turn.
 *
 *     deno task bench [quick] [runs=3] [parts=coreset,search,…] [write=docs/performance.json]
 *         [PART.NAME=VALUE …]
 *
 * About eight minutes on two cores, below two with `quick`; the first time more, to draw the sample
 * data and to install the Python packages that it is compared with. `write` names a file for all
 * figures, in which parts that do not run this time stay as they were; nothing else is written. Arguments of one part follow its name, such as
 * `search.bank=rows.f32`. `parity` needs photographs and weights and runs only with arguments.
 *
 * @module
 */
import { join } from "node:path";
import { type Figure, figureTable, print } from "./figures.ts";
import { describeMachine, loadLine, machineLine } from "./machine.ts";
import { type MeasuredPart, writePerformance } from "./performance_file.ts";

/** What a part is, and its arguments besides those given. */
interface Part {
  readonly title: string;
  readonly usual: readonly string[];
  readonly quick: readonly string[];
  /** Whether it takes `runs=` and `write=`; default: yes. */
  readonly isMeasured?: false;
}

const parts: Readonly<Record<string, Part>> = {
  coreset: {
    title: "Greedy selection of a tenth",
    usual: [],
    quick: ["rows=8192,32768"],
  },
  search: {
    title: "Exact nearest-neighbour search by one image",
    usual: [],
    quick: ["rows=5529"],
  },
  embedding: { title: "Embedding of the sample data", usual: [], quick: ["images=30"] },
  backbone: { title: "The paper's backbone, random weights", usual: [], quick: [] },
  metrics: { title: "Pixel metrics", usual: [], quick: ["small=1", "runs=1"] },
  growth: {
    title: "Growth, beside the limits of this machine",
    usual: [],
    quick: [
      "rows=10240,20480",
      "columns=64,128",
      "banks=2048,8192",
      "widths=256,512",
      "groups=1,5",
      "images=15,30",
      "classes=1",
    ],
  },
  parity: { title: "Parity with patchcore-inspection", usual: [], quick: [], isMeasured: false },
};

const { isQuick, runs, chosen, write, others } = readAll(Deno.args);
const begin = performance.now(), machine = await describeMachine();
const measured: Record<string, MeasuredPart> = {}, failed: string[] = [];
print(`${machineLine(machine)}, commit ${machine.commit ?? "unknown"}`);
print(`${loadLine()}, 0 to ${machine.cores} where nothing waits; ${runs} runs unless said`);
for (const [name, part] of Object.entries(parts)) {
  const own = others.filter((argument) => argument.startsWith(`${name}.`))
    .map((argument) => argument.slice(name.length + 1));
  if (!chosen.includes(name)) continue;
  if (part.isMeasured === false && own.length === 0) {
    print(`\n${part.title}: left out, see bench/${name}.ts for the arguments that it needs`);
    continue;
  }
  print(`\n━━ ${part.title} (${name}, ${loadLine()}) ━━`);
  await runPart(name, [...(isQuick ? part.quick : part.usual), ...own]);
}
const seconds = Math.round((performance.now() - begin) / 1000);
const figures = Object.values(measured).flatMap((part) => part.figures);
if (figures.length > 0) print(`\n━━ All figures ━━\n${figureTable(figures)}`);
print(`\n${seconds} s in all; ${loadLine()}`);
if (write !== "") {
  await writePerformance(write, { machine, parts: measured });
  print(`Figures are in ${write}`);
}
if (failed.length > 0) {
  print(`Failed: ${failed.join(", ")}`);
  Deno.exitCode = 1;
}

/** Runs a part in a process of its own; what it prints is seen at once. */
async function runPart(name: string, own: readonly string[]): Promise<void> {
  const file = await Deno.makeTempFile(), load = currentLoad();
  const shared = parts[name]!.isMeasured === false ? [] : [`runs=${runs}`, `write=${file}`];
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", join(import.meta.dirname!, `${name}.ts`), ...shared, ...own],
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    const text = await Deno.readTextFile(file);
    if (!success) failed.push(name);
    else if (text !== "") {
      measured[name] = {
        date: new Date().toISOString().slice(0, 10),
        isQuick,
        loads: { begin: load, end: currentLoad() },
        figures: JSON.parse(text) as Figure[],
      };
    }
  } finally {
    await Deno.remove(file);
  }
}

function currentLoad(): number {
  return Number((Deno.loadavg()[0] ?? 0).toFixed(2));
}

function readAll(args: readonly string[]): {
  isQuick: boolean;
  runs: number;
  chosen: readonly string[];
  write: string;
  others: readonly string[];
} {
  const names = Object.keys(parts);
  const isQuick = args.includes("quick");
  let runs = isQuick ? 2 : 3, chosen: readonly string[] = names, write = "";
  const others: string[] = [];
  for (const argument of args) {
    if (argument === "quick") continue;
    const at = argument.indexOf("=");
    const name = argument.slice(0, Math.max(0, at)), value = argument.slice(at + 1);
    if (name === "runs" && Number.isInteger(Number(value)) && Number(value) > 0) {
      runs = Number(value);
    } else if (name === "parts" && value.split(",").every((each) => names.includes(each))) {
      chosen = value.split(",");
    } else if (name === "write" && value !== "") write = value;
    else if (names.includes(name.split(".")[0]!) && name.includes(".")) others.push(argument);
    else {
      throw new SyntaxError(
        `Cannot run the bench: arguments must be quick, runs=NUMBER, parts=PART,PART, write=FILE ` +
          `or PART.NAME=VALUE, where parts are ${names.join(", ")}, got "${argument}"`,
      );
    }
  }
  return { isQuick, runs, chosen, write, others };
}
