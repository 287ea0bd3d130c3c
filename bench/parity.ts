/**
 * Image AUROC beside patchcore-inspection's on the same photographs with the same weights.
 *
 *     deno task bench:parity DATASET.datadir=… MODEL.backbone_file=… [seeds=3] [KEY=…]
 *
 * The reference values below were measured with patchcore-inspection's own code (PyTorch 1.13,
 * faiss 1.7.3) on five classes of photographs, ResNet-18 (ImageNet-1k V1) up to layer3, layers 2 and
 * 3, resize 288, crop 256, 10 % greedy coreset. Everything is embedded once; each seed selects anew.
 *
 * @module
 */
import { mean } from "simple-statistics";
import { groupTraining, type TrainingGroups } from "@/clustering/mod.ts";
import { alignScores, auroc } from "@/evaluation/mod.ts";
import type { FeatureSource } from "@/features/mod.ts";
import { createProgress } from "@/files/mod.ts";
import { openWorkbench } from "@/lab/mod.ts";
import { loadConfig } from "@/load_config.ts";
import { type Detector, fitDetector, randomSampler, type Sampler } from "@/memory/mod.ts";
import { recordTable, recordTableText } from "@/tables.ts";

const reference = {
  "one bank per class": {
    bottle: 100,
    grid: 89.22,
    metal_plate: 97.72,
    hazelnut: 100,
    cookie: 81.92,
    mean: 93.77,
    pooled: 89.18,
  },
  "one bank for all": {
    bottle: 100,
    grid: 88.3,
    metal_plate: 98.16,
    hazelnut: 100,
    cookie: 81.03,
    mean: 93.5,
    pooled: 89.78,
  },
} as const;

type Workbench = Awaited<ReturnType<typeof openWorkbench>>;
type Row = Record<string, string | number | null>;

const seeds = Number(Deno.args.find((each) => each.startsWith("seeds="))?.slice(6) ?? 3);
const overrides = Deno.args.filter((each) => !each.startsWith("seeds="));
const config = await loadConfig(null, [
  "DATASET.name=Folder",
  "MODEL.backbone=resnet18",
  "MODEL.semantic_layer=layer3",
  ...overrides,
]);
const workbench = await openWorkbench(config, {
  startProgress: (label) => createProgress({ label }),
});
try {
  await compare(workbench);
} finally {
  await workbench.close();
}

async function compare(workbench: Workbench): Promise<void> {
  const training = await workbench.embedTraining();
  const rows: Row[] = [];
  for (const [name, values] of Object.entries(reference)) {
    rows.push({ bank: name, seed: "reference", ...values });
  }
  for (let seed = 0; seed < seeds; seed++) {
    const detectors = [];
    for (const groups of groupings(training, workbench)) {
      const detector = await fit(training, { groups, workbench, seed });
      detectors.push({ groups, detector });
    }
    const scored = await score(workbench, { detectors, seed });
    rows.push(...scored);
    print(recordTableText(recordTable(scored)));
    for (const { detector } of detectors) await detector.close();
  }
  const order = Object.keys(reference);
  const rank = (row: Row): number => (order.indexOf(String(row.bank)) + 9) % 9;
  print(recordTableText(recordTable(rows.toSorted((a, b) => rank(a) - rank(b)))));
}

function groupings(training: FeatureSource, workbench: Workbench): TrainingGroups[] {
  const classNames = workbench.train.map(({ className }) => className);
  const { semantics } = training;
  return [
    groupTraining({ grouping: "class", classNames }),
    groupTraining({ grouping: "all", count: training.count }),
    groupTraining({ grouping: "cluster", semantics, clusterer: workbench.clusterer }),
  ];
}

/** Calibration banks, whose scores only align, are drawn at random: six greedy selections are not needed. */
async function fit(
  training: FeatureSource,
  { groups, workbench, seed }: { groups: TrainingGroups; workbench: Workbench; seed: number },
): Promise<Detector> {
  const positions = training.grid.rows * training.grid.columns;
  const sizes = new Set<number>();
  for (let group = 0; group < groups.partition.clusters; group++) {
    sizes.add(groups.partition.labels.filter((label) => label === group).length * positions);
  }
  const sampler: Sampler = {
    name: "greedy for the detector, random for calibration",
    select: (features, request) =>
      (sizes.has(features.rows) ? workbench.sampler : randomSampler).select(features, request),
  };
  const progress = createProgress({ label: `seed ${seed}, ${groups.grouping}` });
  const detector = await fitDetector(training, {
    partition: groups.partition,
    groupNames: groups.names,
    sampler,
    samplerRatio: workbench.config.MODEL.sampler_ratio,
    search: workbench.search,
    calibration: { scheme: "crossfit", folds: 2 },
    concurrency: workbench.concurrency,
    seed,
    onProgress: progress.report,
  });
  progress.finish();
  return detector;
}

async function score(
  workbench: Workbench,
  { detectors, seed }: {
    detectors: readonly { groups: TrainingGroups; detector: Detector }[];
    seed: number;
  },
): Promise<Row[]> {
  const { test } = workbench;
  const results = detectors.map(() => ({
    scores: new Float64Array(test.length),
    groups: new Int32Array(test.length),
  }));
  let first = 0;
  for await (const batch of workbench.embedTest()) {
    for (const [i, { groups, detector }] of detectors.entries()) {
      const assigned = groups.grouping === "class"
        ? Int32Array.from(
          { length: batch.count },
          (_, n) => groups.names.indexOf(test[first + n]!.className),
        )
        : detector.route(batch.semantics);
      const { scores } = await detector.score(batch, assigned);
      results[i]!.scores.set(scores, first);
      results[i]!.groups.set(assigned, first);
    }
    first += batch.count;
  }
  return detectors.map(({ groups, detector }, i) => {
    const { scores, groups: assigned } = results[i]!;
    const bank = groups.grouping === "class"
      ? "one bank per class"
      : groups.grouping === "all"
      ? "one bank for all"
      : `HierCore, ${groups.partition.clusters} clusters`;
    const labels = test.map(({ isAnomalous }) => isAnomalous);
    const percent = (value: number): number => Math.round(1e4 * value) / 100;
    const classes = Object.fromEntries(workbench.dataset.classes.map((className) => {
      const own = test.flatMap((sample, n) => sample.className === className ? [n] : []);
      return [className, percent(auroc(own.map((n) => scores[n]!), own.map((n) => labels[n]!)))];
    }));
    const aligned = alignScores(
      Array.from(scores, (score, n) => ({ score, group: assigned[n]! })),
      detector.calibration,
    );
    return {
      bank,
      seed: String(seed),
      ...classes,
      mean: percent(mean(Object.values(classes)) / 100),
      pooled: percent(auroc(scores, labels)),
      aligned: percent(auroc(aligned, labels)),
    };
  });
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
