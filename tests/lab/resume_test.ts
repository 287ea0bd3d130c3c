/** Whole runs that are interrupted and started again, and runs that find everything done before. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { ExperimentConfig } from "@/config.ts";
import { runExperiment } from "@/lab/experiment.ts";
import { makeTinyDataset, tinyConfig } from "../helpers/dataset.ts";
import { makeFolder } from "../helpers/folder.ts";

const dataset = await makeTinyDataset({ train: 6, normal: 3, anomalous: 3 });

async function configFor(savedir: string, cached: boolean): Promise<ExperimentConfig> {
  return await tinyConfig(dataset, [
    `DEFAULT.savedir=${savedir}`,
    "EVALUATION.calibration=crossfit",
    ...(cached ? ["RUNTIME.cache_gigabytes=1"] : []),
  ]);
}

/** The files of a run folder that hold results, by name; times and the report differ every time. */
function readResults(folder: string, below = ""): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const { name, isDirectory } of Deno.readDirSync(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) {
      for (const [key, bytes] of readResults(folder, path)) files.set(key, bytes);
    } else if (/^(?:test_.*\.json|scores\.csv|.*\.faiss)$/.test(name)) {
      files.set(path, Deno.readFileSync(join(folder, path)));
    }
  }
  return files;
}

/** Shows no progress, and interrupts when so much has been reported. */
function interruptAt(limit: number) {
  let reported = 0;
  return () => ({
    report: () => {
      if (reported++ >= limit) throw new Error("interrupted");
    },
    finish: () => {},
  });
}

const plain = readResults((await runExperiment(await configFor(makeFolder(), false))).folder);

Deno.test("a run from the cache leaves the same bytes as one without", async () => {
  assert.ok(plain.size >= 6);
  const cacheFolder = makeFolder();
  for (const _time of ["cold", "warm"]) {
    const config = await configFor(makeFolder(), true);
    const { folder } = await runExperiment(config, { cacheFolder });
    assert.deepEqual(readResults(folder), plain);
  }
});

Deno.test("a run that may keep nothing in memory leaves the same bytes", async () => {
  const cacheFolder = makeFolder();
  const config = await configFor(makeFolder(), true);
  const RUNTIME = { ...config.RUNTIME, memory_gigabytes: 0 };
  const { folder } = await runExperiment({ ...config, RUNTIME }, { cacheFolder });
  assert.deepEqual(readResults(folder), plain);
});

Deno.test("a second run embeds nothing and selects nothing", async () => {
  const cacheFolder = makeFolder();
  const config = await configFor(makeFolder(), true);
  const stagesOf = async (): Promise<Record<string, { count: number }>> => {
    const { folder } = await runExperiment(config, { cacheFolder });
    return JSON.parse(await Deno.readTextFile(join(folder, "infer_time.json"))).stages;
  };
  const first = await stagesOf(), second = await stagesOf();
  assert.deepEqual([first.embed?.count, first.read], [18, undefined]);
  assert.deepEqual([second.embed, second.read?.count], [undefined, 18]);
  const banks = [...Deno.readDirSync(join(cacheFolder, "banks"))];
  assert.equal(banks.length, 3 * 3, "three clusters, each with a bank and two folds");
});

Deno.test("a run that is interrupted anywhere goes on and ends with the same bytes", async () => {
  const cacheFolder = makeFolder(), savedir = makeFolder();
  const config = await configFor(savedir, true);
  let interruptions = 0;
  for (;;) {
    try {
      // A little further every time: what was done before must not be in the way.
      const startProgress = interruptAt(3 * interruptions);
      const { folder } = await runExperiment(config, { cacheFolder, startProgress });
      assert.deepEqual(readResults(folder), plain);
      break;
    } catch (error) {
      assert.equal((error as Error).message, "interrupted");
      assert.deepEqual([...Deno.readDirSync(savedir)], [], "no half-written results");
      interruptions++;
    }
  }
  assert.ok(interruptions > 3, `${interruptions} interruptions`);
});

/** Number of files below a folder that are finished. */
function countFiles(folder: string): number {
  let count = 0;
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) count += countFiles(join(folder, name));
      else if (!name.endsWith(".partial")) count++;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return count;
}

Deno.test("a run whose process is killed goes on and ends with the same bytes", async () => {
  const data = makeFolder(), savedir = makeFolder();
  const root = join(import.meta.dirname!, "../..");
  const overrides = [
    ...["DATASET.name=Folder", `DATASET.datadir=${dataset}`, "DATASET.resize=96"],
    ...["DATASET.imagesize=96", "EVALUATION.folds=2", "EVALUATION.threshold_rule=max"],
    ...["MODEL.neighbor_search=plain", `DEFAULT.savedir=${savedir}`, "MODEL.min_group=1"],
    "EVALUATION.calibration=crossfit",
  ];
  const start = (): Deno.ChildProcess =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", "src/cli.ts", "run", ...overrides],
      cwd: root,
      env: { HIERCORE_DATA: data },
      stdout: "null",
      stderr: "null",
    }).spawn();
  for (const [kind, enough] of [["features", 5], ["banks", 2]] as const) {
    const child = start();
    let hasEnded = false;
    const ending = child.status.then(() => hasEnded = true);
    while (!hasEnded && countFiles(join(data, "cache", kind)) < enough) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(hasEnded, false, "the run must be killed before it ends");
    child.kill("SIGKILL");
    await ending;
  }
  const made = countFiles(join(data, "cache"));
  const { success } = await start().status;
  assert.ok(success && countFiles(join(data, "cache")) > made);
  assert.deepEqual(readResults(savedir), plain);
});
