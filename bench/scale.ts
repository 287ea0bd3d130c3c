/**
 * A whole dataset as large as VisA within bounded memory: grouping, selection, calibration, scoring.
 *
 *     deno task bench:scale [share=1] [ratio=0.1] [tested=0.1] [columns=1024]
 *
 * 8,659 training images in twelve classes of VisA's sizes (or a share of them), 1,024 patches each of
 * 1,024 values, made from a seed whenever they are asked for, as if they were read from the cache. The
 * images are clustered by FINCH, a bank is selected for every cluster from the images that are not held
 * out, those are scored, and a share of VisA's test images as well. Prints seconds by stage and the most
 * memory that the process has held. Peak memory follows the largest group, not the dataset.
 *
 * @module
 */
import { cpus } from "node:os";
import { createClusterer, groupTraining } from "@/clustering/mod.ts";
import { findBenchmark } from "@/datasets/mod.ts";
import type { EmbeddedImages, FeatureSource } from "@/features/mod.ts";
import { createProgress } from "@/files/mod.ts";
import { createRandom, toMatrix } from "@/math/mod.ts";
import { fitDetector, onnxSearch, parallelSampler } from "@/memory/mod.ts";
import { peakBytes } from "./peak_bytes.ts";

const settings = { share: 1, ratio: 0.1, tested: 0.1, columns: 1024 };
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
const { share, ratio, tested, columns } = settings;
const grid = { rows: 32, columns: 32 };
const semanticColumns = 512, prototypes = 64;
const memoryLimit = 2e9; // the default of RUNTIME.memory_gigabytes

const classes = Object.values(findBenchmark("VisA").classes);
const labels = classes.flatMap(({ train }, number) =>
  Array<number>(Math.max(4, Math.round(share * train))).fill(number)
);
print(
  `${labels.length.toLocaleString("en")} images × ${
    grid.rows * grid.columns
  } patches × ${columns} ` +
    `values (${
      (labels.length * 1024 * columns * 4 / 1e9).toFixed(1)
    } GB), ${classes.length} classes, ` +
    `${100 * ratio} % kept`,
);
print(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads`);

const training = makeSource(labels, 1);
let begin = performance.now();
const clusterer = createClusterer("finch");
const groups = groupTraining({ grouping: "cluster", semantics: training.semantics, clusterer });
report(`cluster    ${groups.partition.clusters} clusters`);

const sampler = parallelSampler({ workers: cpus().length });
const progress = createProgress({ label: `fit ${groups.names.length} banks` });
const detector = await fitDetector(training, {
  partition: groups.partition,
  groupNames: groups.names,
  sampler,
  samplerRatio: ratio,
  search: onnxSearch(),
  calibration: { scheme: "holdout", fraction: 0.1 },
  seed: 0,
  bankMemory: memoryLimit,
  concurrency: cpus().length,
  onProgress: (done) => progress.report(done),
});
progress.finish();
sampler.close();
const kept = detector.groups.reduce((sum, { embeddings }) => sum + embeddings.rows, 0);
report(
  `fit        ${kept.toLocaleString("en")} embeddings kept (${
    (kept * columns * 4 / 1e9).toFixed(1)
  } GB), ${detector.calibration.length} images scored`,
);

const testLabels = classes.flatMap(({ normal, anomalous }, number) =>
  Array<number>(Math.max(1, Math.round(share * tested * (normal + anomalous)))).fill(number)
);
const test = makeSource(testLabels, 2);
for (let image = 0; image < test.count; image++) {
  const images = await test.load([image]);
  await detector.score(images, detector.route(images.semantics));
}
report(`score      ${test.count} test images`);
await detector.close();

/** Images whose patches mix two of their class's prototypes, with a little noise. */
function makeSource(classOf: readonly number[], seed: number): FeatureSource {
  const draw = (length: number, name: string) => {
    const random = createRandom(7, name);
    return Float32Array.from({ length }, () => random.gaussian());
  };
  const known = classes.map((_, number) => draw(prototypes * columns, `prototypes ${number}`));
  const noise = draw(1 << 16, "noise");
  const semantics = new Float32Array(classOf.length * semanticColumns);
  const directions = classes.map((_, number) => draw(semanticColumns, `direction ${number}`));
  classOf.forEach((label, image) => {
    const random = createRandom(seed, `semantics ${image}`);
    for (let i = 0; i < semanticColumns; i++) {
      semantics[image * semanticColumns + i] = directions[label]![i]! + 0.3 * random.gaussian();
    }
  });
  const fill = (target: Float32Array, image: number): void => {
    const random = createRandom(seed, `image ${image}`);
    const own = known[classOf[image]!]!;
    for (let row = 0; row < grid.rows * grid.columns; row++) {
      const a = random.integer(prototypes) * columns, b = random.integer(prototypes) * columns;
      const mix = random.next(), shift = random.integer(noise.length);
      for (let i = 0; i < columns; i++) {
        target[row * columns + i] = mix * own[a + i]! + (1 - mix) * own[b + i]! +
          0.1 * noise[(shift + i) & 0xffff]!;
      }
    }
  };
  const load = (images: ArrayLike<number>): EmbeddedImages => {
    const perImage = grid.rows * grid.columns * columns;
    const data = new Float32Array(images.length * perImage);
    for (let i = 0; i < images.length; i++) {
      fill(data.subarray(i * perImage, (i + 1) * perImage), images[i]!);
    }
    const own = new Float32Array(images.length * semanticColumns);
    for (let i = 0; i < images.length; i++) {
      const from = images[i]! * semanticColumns;
      own.set(semantics.subarray(from, from + semanticColumns), i * semanticColumns);
    }
    return {
      count: images.length,
      grid,
      embeddings: toMatrix(data, { rows: data.length / columns, columns }),
      semantics: toMatrix(own, { rows: images.length, columns: semanticColumns }),
    };
  };
  return {
    count: classOf.length,
    grid,
    dimension: columns,
    semantics: toMatrix(semantics, { rows: classOf.length, columns: semanticColumns }),
    load: (images) => Promise.resolve(load(images)),
  };
}

function report(what: string): void {
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  print(`${what}, ${seconds} s, peak memory so far ${(peakBytes() / 1e9).toFixed(2)} GB`);
  begin = performance.now();
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
