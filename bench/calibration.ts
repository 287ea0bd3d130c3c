/**
 * What calibration costs: a cold fit with an image's own rows left out, and with folds.
 *
 *     deno task bench:calibration [config=configs/folder.yaml] [KEY=value …]
 *
 * Embeds the training images once, then fits HierCore's memory bank by each calibration in turn,
 * twice, with nothing on record, and prints seconds and ratios: of the fit alone, and with the
 * embedding that a cold run begins with. Folds select each bank anew, own rows out selects it once.
 *
 * @module
 */
import { fitMemory, openWorkbench } from "@/lab/mod.ts";
import { loadConfig } from "@/load_config.ts";

const [path, ...others] = Deno.args[0]?.startsWith("config=")
  ? [Deno.args[0].slice("config=".length), ...Deno.args.slice(1)]
  : [null, ...Deno.args];
const config = await loadConfig(path, ["RUNTIME.cache_gigabytes=0", ...others]);
const workbench = await openWorkbench(config);

const timed = async <Result>(work: () => Promise<Result>): Promise<[number, Result]> => {
  const begin = performance.now();
  const result = await work();
  return [(performance.now() - begin) / 1000, result];
};

const [embedding, training] = await timed(() => workbench.embedTraining());
print(
  `${training.count} training images of ${workbench.dataset.name}, ${config.MODEL.backbone}, ` +
    `${100 * config.MODEL.sampler_ratio} % kept; embedded in ${embedding.toFixed(1)} s`,
);

const schemes: readonly (readonly [string, typeof workbench.calibration])[] = [
  ["own rows out", { scheme: "own_rows_out" }],
  ["5 folds", { scheme: "crossfit", folds: 5 }],
];
const best = new Map<string, number>();
for (let round = 0; round < 2; round++) {
  for (const [name, calibration] of schemes) {
    const own = { ...workbench, calibration };
    const [seconds, { detector }] = await timed(() =>
      fitMemory(own, { training, grouping: "cluster" })
    );
    await detector.close();
    best.set(name, Math.min(seconds, best.get(name) ?? Infinity));
  }
}
await workbench.close();

const least = best.get("own rows out")!;
for (const [name, seconds] of best) {
  const fit = seconds / least, cold = (embedding + seconds) / (embedding + least);
  print(
    `${name.padEnd(14)}fit ${seconds.toFixed(1).padStart(7)} s, ${fit.toFixed(2)} ×;  ` +
      `with embedding ${cold.toFixed(2)} ×`,
  );
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
