/**
 * Scores the test images of a workbench in one pass, for every assignment that is asked for, and
 * measures the anomaly maps that come of it against masks, class by class.
 *
 * @module
 */
import { join } from "node:path";
import { type PixelMetricValues, pixelMetricValues } from "@/evaluation/pixel_metrics.ts";
import { createPixelCollector } from "@/evaluation/pixel_ranking.ts";
import type { PatchGrid } from "@/features/embedder.ts";
import { createCheckpoint, interruptible, stoppable } from "@/files/interruption.ts";
import { type StartProgress } from "@/files/progress.ts";
import { createStopwatch, type Stopwatch } from "@/files/stopwatch.ts";
import { loadMask } from "@/images/read.ts";
import type { FittedMemory } from "@/lab/fit_memory.ts";
import type { Workbench } from "@/lab/workbench.ts";
import { mapConcurrently } from "@/math/map_concurrently.ts";
import { type Matrix, rowOf, stackRows } from "@/math/matrix.ts";
import { createAnomalyMapper } from "@/memory/anomaly_map.ts";
import {
  type Detector,
  type GroupAssignment,
  type ImageScores,
  scoreAssignments,
} from "@/memory/detector.ts";

/** Which memory bank scores an image, and which of its groups. */
export interface Assignment {
  /** The bank. */
  readonly memory: FittedMemory;
  /**
   * `class`: the group of the image's class; `key`: that whose semantic key it resembles most;
   * `other`: the same among the groups of other classes, as if its class had not been trained.
   */
  readonly routing: "class" | "key" | "other";
}

/** Scores of all test images under one assignment. */
export interface AssignedScores extends ImageScores {
  /** The group that scored each image. */
  readonly groups: Int32Array;
  /** Cosine between each image's semantic vector and the key of its group. */
  readonly similarities: Float32Array;
}

/** Scores of all test images under every assignment. */
export interface TestScores {
  /** One result per assignment, in their order. */
  readonly results: readonly AssignedScores[];
  /** Semantic vectors of the test images. */
  readonly semantics: Matrix;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
}

/**
 * Embeds every test image once and scores it under every assignment.
 *
 * @param workbench The test images and the backbone.
 * @param options The assignments, whose memory banks may recur, and a stopwatch that times the
 *   stages `route` and `search` beside those of embedding.
 * @returns Scores in the order of the workbench's test images.
 * @throws {RangeError} If a class has no group.
 *
 * @example Three photographs, one bank
 * ```ts
 * import assert from "node:assert/strict";
 * import { prepareSampleDataset } from "@/datasets/mod.ts";
 * import { fitMemory, openWorkbench, scoreTestImages } from "@/lab/mod.ts";
 * import { loadConfig } from "@/load_config.ts";
 *
 * const parent = await Deno.makeTempDir();
 * const datadir = await prepareSampleDataset({
 *   folder: `${parent}/photographs`,
 *   classNames: ["gear"],
 *   counts: { train: 2, normal: 1, defective: 1 },
 * });
 * const config = await loadConfig(null, [
 *   "DATASET.name=Folder",
 *   `DATASET.datadir=${datadir}`,
 *   "MODEL.sampler=random",
 * ]);
 * const workbench = await openWorkbench(config);
 * const training = await workbench.embedTraining();
 * const memory = await fitMemory(workbench, { training, grouping: "all" });
 * const { results } = await scoreTestImages(workbench, {
 *   assignments: [{ memory, routing: "key" }],
 * });
 * await memory.detector.close();
 * await workbench.close();
 *
 * assert.equal(results[0]!.scores.length, 3);
 * assert.deepEqual([...results[0]!.groups], [0, 0, 0]);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function scoreTestImages(
  workbench: Workbench,
  options: { assignments: readonly Assignment[]; stopwatch?: Stopwatch },
): Promise<TestScores> {
  const { startProgress } = workbench;
  return await interruptible(() => scoreInBatches(workbench, { ...options, startProgress }));
}

async function scoreInBatches(
  workbench: Workbench,
  options: {
    assignments: readonly Assignment[];
    stopwatch?: Stopwatch;
    startProgress: StartProgress;
  },
): Promise<TestScores> {
  const { assignments, stopwatch = createStopwatch(), startProgress } = options;
  const checkpoint = createCheckpoint();
  const memories = new Set(assignments.map(({ memory }) => memory));
  const parts = assignments.map(() => ({ scores: [] as Float32Array[], patches: [] as Matrix[] }));
  const groups = assignments.map(() => new Int32Array(workbench.test.length));
  const similarities = assignments.map(() => new Float32Array(workbench.test.length));
  const fixed = assignments.map((assignment) => groupsByClass(workbench, assignment));
  const semantics: Matrix[] = [];
  let grid: PatchGrid = { rows: 0, columns: 0 };
  let first = 0;
  for await (const images of workbench.embedTest({ stopwatch, startProgress })) {
    const end = first + images.count;
    for (const memory of memories) {
      await checkpoint();
      const { detector } = memory;
      const numbers = [...assignments.keys()].filter((i) => assignments[i]!.memory === memory);
      const assigned = await stopwatch.time("route", {
        images: images.count,
        work: () =>
          numbers.map((i) =>
            assignGroups(images.semantics, {
              detector,
              routing: assignments[i]!.routing,
              known: fixed[i]?.subarray(first, end) ?? null,
            })
          ),
      });
      const scored = await stopwatch.time("search", {
        images: images.count,
        work: () => scoreAssignments(images, { detector, assignments: assigned }),
      });
      for (const [position, i] of numbers.entries()) {
        const own = assigned[position]!.groups;
        groups[i]!.set(own, first);
        similarities[i]!.set(detector.similarities(images.semantics, own), first);
        parts[i]!.scores.push(scored[position]!.scores);
        parts[i]!.patches.push(scored[position]!.patchScores);
      }
    }
    semantics.push(images.semantics);
    grid = images.grid;
    first = end;
  }
  const results = parts.map((part, i) => ({
    groups: groups[i]!,
    similarities: similarities[i]!,
    scores: Float32Array.from(part.scores.flatMap((each) => [...each])),
    patchScores: stackRows(part.patches),
  }));
  return { results, semantics: stackRows(semantics), grid };
}

/** The groups that score some images. */
function assignGroups(
  semantics: Matrix,
  { detector, routing, known }: {
    detector: Detector;
    routing: Assignment["routing"];
    known: Int32Array | null;
  },
): GroupAssignment {
  if (routing === "class") return { groups: known!, second: null };
  if (routing === "key") {
    const groups = detector.route(semantics);
    return { groups, second: detector.routeSecond(semantics, groups) };
  }
  const groups = detector.routeAmongOthers(semantics, known!);
  if (groups === null) {
    throw new RangeError("Cannot score test images: leaving a class out needs at least two groups");
  }
  const isHelped = detector.routeSecond(semantics, groups) !== null;
  return { groups, second: isHelped ? detector.routeAmongOthers(semantics, known!, groups) : null };
}

/** The group of each test image's class; `null` where keys alone decide. */
function groupsByClass({ test }: Workbench, { memory, routing }: Assignment): Int32Array | null {
  if (routing === "key") return null;
  const { names } = memory.groups;
  return Int32Array.from(test, ({ className }) => {
    const group = names.indexOf(className);
    if (group === -1) {
      throw new RangeError(
        `Cannot score test images: class "${className}" must be among the groups ` +
          `${names.map((name) => `"${name}"`).join(", ")}`,
      );
    }
    return group;
  });
}

/**
 * Measures pixel metrics by class for several sets of scores; classes without masks are left out.
 *
 * No map is kept: those of anomalous images are made twice, which takes less than a millisecond each
 * at 256 pixels, where keeping them would take 4 bytes for every pixel of a class. The masks of one
 * class are kept, so that no file is decoded twice: 1 byte per pixel of its anomalous images, 65 MB
 * for a thousand of them at 256 pixels.
 */
export async function measurePixels(
  workbench: Workbench,
  options: { scored: readonly AssignedScores[]; grid: PatchGrid; stopwatch: Stopwatch },
): Promise<Record<string, PixelMetricValues>[]> {
  const { test, config } = workbench;
  const { scored, grid, stopwatch } = options;
  const side = config.DATASET.imagesize;
  const toMap = createAnomalyMapper({ grid, size: { height: side, width: side } });
  const results = scored.map((): Record<string, PixelMetricValues> => ({}));
  const progress = stoppable(workbench.startProgress)("measure anomaly maps");
  const checkpoint = createCheckpoint();
  const classes = Map.groupBy(test.keys(), (image) => test[image]!.className);
  let done = 0;
  for (const [className, images] of classes) {
    const masks = await loadMasks(workbench, images);
    if (masks.size > 0) {
      for (const [number, { patchScores }] of scored.entries()) {
        const collector = createPixelCollector();
        for (const [image, mask] of masks) {
          await checkpoint();
          const map = toMap(rowOf(patchScores, image));
          collector.add({ image: test[image]!.image, map, mask, columns: side });
        }
        const counter = collector.startCounting();
        for (const image of images) {
          await checkpoint();
          const map = await stopwatch.time("map", {
            images: 1,
            work: () => toMap(rowOf(patchScores, image)),
          });
          counter.add({ image: test[image]!.image, map });
        }
        const fprLimit = config.EVALUATION.fpr_limit;
        results[number]![className] = pixelMetricValues(counter.rank(), { fprLimit });
      }
    }
    done += images.length;
    progress.report(done / test.length);
  }
  progress.finish();
  return results;
}

/** The masks of those images that have one, a few decoded at a time. */
async function loadMasks(
  { test, dataset, config }: Workbench,
  images: readonly number[],
): Promise<Map<number, Uint8Array>> {
  const masked = images.filter((image) => test[image]!.mask !== null);
  const masks = await mapConcurrently(masked, {
    limit: 4,
    apply: (image) => loadMask(join(dataset.folder, test[image]!.mask!), config.DATASET),
  });
  return new Map(masked.map((image, i) => [image, masks[i]!]));
}
