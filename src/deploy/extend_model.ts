/**
 * A new product joins a trained model: groups of its own beside the old ones, which stay as they
 * are, byte for byte.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { type Grouping, type GroupingSource, groupTraining } from "@/clustering/grouping.ts";
import { membersOf, partitionOf } from "@/clustering/partition.ts";
import { defaultConfig, type ExperimentConfig } from "@/config.ts";
import { scanDataset } from "@/datasets/registry.ts";
import { writeExtension } from "@/deploy/extension_folder.ts";
import { embedPhotographs, findProduct, type ProductImage } from "@/deploy/new_product.ts";
import { configOf, findModel, openOwnEmbedder } from "@/deploy/predictor.ts";
import {
  doubtfulImages,
  listOldImages,
  movedImages,
  type OldRouting,
  type Separation,
  separationOf,
} from "@/deploy/routing_change.ts";
import type { EmbeddedImages } from "@/features/embedder.ts";
import { residentFeatures } from "@/features/feature_source.ts";
import type { OpenEmbedder } from "@/features/open_embedder.ts";
import type { StartProgress } from "@/files/progress.ts";
import { statIfExists } from "@/files/read.ts";
import { scenarioOf } from "@/lab/experiment.ts";
import { loadModel, type WholeModel } from "@/lab/model_store.ts";
import {
  calibrationOf,
  datasetRequest,
  folderName,
  groupingOptions,
  seedsOf,
  threadsOf,
  thresholdRuleOf,
} from "@/lab/settings.ts";
import {
  checkModel,
  readThresholdFile,
  thresholdFileName,
} from "@/lab/thresholds/threshold_files.ts";
import { openClusterer, openSampler, openSearch } from "@/lab/workbench.ts";
import { toMatrix } from "@/math/matrix.ts";
import { smoothedScore } from "@/memory/anomaly_map.ts";
import { fitDetector } from "@/memory/fit_detector.ts";
import { residentRows } from "@/memory/memory_bank.ts";
import type { TrainedGroup } from "@/memory/trained_model.ts";
import { thresholdsByScope } from "@/evaluation/decisions.ts";
import { refuseImages } from "@/thresholds/refusal.ts";
import type { ThresholdRule } from "@/thresholds/rules.ts";
import { limitLines, makeThresholdFile, type ThresholdFile } from "@/thresholds/threshold_file.ts";

/** How a model is extended. */
export interface ExtendOptions {
  /** Folder of the result; default: beside the run, `<run>+<name>`. */
  readonly out?: string | undefined;
  /** Name of the new groups; default: as the run names groups. */
  readonly name?: string | undefined;
  /** Whether a folder that is there is replaced. */
  readonly overwrite?: boolean | undefined;
  /** Threads; default: as the run. */
  readonly threads?: number | undefined;
  /** Where the network runs; default: as the run. */
  readonly provider?: string | undefined;
  /** Shows progress. */
  readonly startProgress: StartProgress;
}

/** A group that joined. */
export interface AddedGroup extends Separation {
  /** Its name. */
  readonly name: string;
  /** Its images. */
  readonly images: number;
  /** Embeddings that it keeps. */
  readonly rows: number;
}

/** A model that was extended. */
export interface Extension {
  /** Folder of the result. */
  readonly folder: string;
  /** Groups before. */
  readonly before: readonly string[];
  /** Photographs that joined. */
  readonly images: number;
  /** Which photographs of the folder these are, in words. */
  readonly origin: string;
  /** Photographs that could not be read, and why. */
  readonly faults: readonly { readonly path: string; readonly fault: string }[];
  /** The groups that joined. */
  readonly groups: readonly AddedGroup[];
  /** Thresholds of all groups. */
  readonly thresholds: ThresholdFile;
  /** Where old images go now. */
  readonly routing: OldRouting;
  /** What is not as it seems, a line each. */
  readonly notices: readonly string[];
}

/** Extends the model of a finished run by the normal photographs in a folder. */
export async function extendModel(
  run: string,
  { photographs, ...options }: ExtendOptions & { readonly photographs: string },
): Promise<Extension> {
  const { startProgress, out, overwrite = false } = options;
  const refuse = (must: string): RangeError => new RangeError(`Cannot extend "${run}": ${must}`);
  const { folder: from, own } = await findModel(run);
  const model = await loadModel(from);
  const config = configOf(model, {
    threads: options.threads ?? null,
    provider: options.provider ?? null,
  }, "extend");
  const former = own === null ? model.thresholds : await readThresholdFile(own);
  checkModel(former, {
    model: model.thresholds.model,
    source: own ?? join(run, thresholdFileName),
  });
  const setting = scenarioOf(config).settings[config.MODEL.name];
  if (former.scope === "class" && setting.grouping !== "class") {
    throw refuse(
      "thresholds must be for groups or all together, since a new group has no class, " +
        "got those for classes",
    );
  }
  if (
    options.name !== undefined && !/^[^/\\\p{Cc}]*[^/\\\p{Cc}\s.][^/\\\p{Cc}]*$/u.test(options.name)
  ) {
    throw refuse(
      `--name must be a name without slashes and line breaks, got ${JSON.stringify(options.name)}`,
    );
  }
  const product = await findProduct(photographs, run);
  const title = options.name ?? basename(product.folder);
  const folder = resolve(out ?? `${resolve(run)}+${folderName(title)}`);
  await checkPlace(folder, { run, from, overwrite, refuse });
  const embedder = await openOwnEmbedder(model, { run, config, task: "extend", startProgress });
  try {
    const progress = startProgress("embed photographs");
    const { embedded, read, faults } = await embedPhotographs(product.images, {
      ...{ config, embedder },
      onProgress: (share) => progress.report(share),
    });
    progress.finish();
    if (embedded === null) {
      throw refuse(
        `a photograph that can be read is needed in "${photographs}", got none; ` +
          `"${faults[0]!.path}": ${faults[0]!.fault}`,
      );
    }
    const { names, partition, notice } = group({ embedded, read }, {
      ...{ model, config, title },
      name: options.name,
      grouping: setting.grouping,
    });
    const clash = names.find((name) => model.groups.some((each) => each.name === name));
    if (clash !== undefined) {
      throw refuse(
        `group names must differ, got "${clash}", which is there; --name gives another`,
      );
    }
    const added = await fit({ embedded, read }, {
      ...{ model, config, names, partition, startProgress },
      routing: setting.routing,
    });
    const separations = separationOf(embedded.semantics, {
      partition,
      groups: [...model.groups, ...added],
    });
    const routing = await checkRouting(model, { run, config, embedder, added, startProgress });
    const identity = identify(model.thresholds, added);
    const update = (file: ThresholdFile) => addThresholds(file, { added, config, identity });
    const { thresholds, notices } = update(former);
    await writeExtension(folder, {
      ...{ from, run, overwrite, added, thresholds, identity, folderOfImages: product.folder },
      modelThresholds: update(model.thresholds).thresholds,
      routing,
    });
    const members = membersOf(partition);
    return {
      folder,
      before: model.groups.map(({ name }) => name),
      images: read.length,
      origin: product.origin,
      faults,
      groups: added.map(({ name, embeddings }, i) => ({
        ...{ name, images: members[i]!.length, rows: embeddings.rows },
        ...separations[i]!,
      })),
      thresholds,
      routing,
      notices: [
        ...(notice === null ? [] : [notice]),
        ...notices,
        ...(config.MODEL.routed_groups === 2 && setting.routing === "key"
          ? [
            "With MODEL.routed_groups=2 the second bank that scores an old image can be a new one: " +
            "its score may change, its threshold and calibration scores stay as they are.",
          ]
          : []),
      ],
    };
  } finally {
    await embedder.close();
  }
}

/** Refuses to write over something, the run itself in any case. */
async function checkPlace(
  folder: string,
  { run, from, overwrite, refuse }: {
    run: string;
    from: string;
    overwrite: boolean;
    refuse: (must: string) => RangeError;
  },
): Promise<void> {
  if (await statIfExists(folder) === null) return;
  const real = await Deno.realPath(folder);
  if ([run, from, dirname(from)].map((each) => Deno.realPathSync(each)).includes(real)) {
    throw refuse(`the result must go to another folder, got the run's own, "${folder}"`);
  }
  if (overwrite) return;
  throw refuse(
    `the result must go to a new folder, got "${folder}", which is there; --overwrite replaces ` +
      "it, --out names another",
  );
}

/** Photographs that could be read. */
interface ReadPhotographs {
  readonly embedded: EmbeddedImages;
  readonly read: readonly ProductImage[];
}

/** Groups photographs as the run grouped its training images. */
function group(
  { embedded, read }: ReadPhotographs,
  { model, config, title, name, grouping }: {
    model: WholeModel;
    config: ExperimentConfig;
    title: string;
    name: string | undefined;
    grouping: Grouping;
  },
) {
  const one = { partition: partitionOf(read.map(() => title)), notice: null };
  if (grouping === "all") return { ...one, names: [title] };
  if (grouping === "class") {
    const classNames = read.map(({ className }) => className);
    const classes = [...new Set(classNames)];
    const isOne = classes.length === 1;
    return {
      partition: partitionOf(classNames),
      names: classes.map((each) => name === undefined ? each : isOne ? name : `${name} ${each}`),
      notice: null,
    };
  }
  const source: GroupingSource = {
    ...{ grouping, semantics: embedded.semantics, clusterer: openClusterer(config) },
    seed: seedsOf(config)[0]!,
    ...groupingOptions(config),
  };
  const { partition } = config.MODEL.n_clusters === null ? groupTraining(source) : one;
  const used = model.groups.map((each) => Number(/^cluster (\d+)$/.exec(each.name)?.[1] ?? -1));
  const next = Math.max(-1, ...used) + 1;
  const names = Array.from(
    { length: partition.clusters },
    (_, i) =>
      name === undefined ? `cluster ${next + i}` : partition.clusters === 1 ? name : `${name} ${i}`,
  );
  const notice = config.MODEL.n_clusters === null
    ? null
    : `MODEL.n_clusters=${config.MODEL.n_clusters} was for the run's own images: ` +
      "the photographs form one group.";
  return { partition, names, notice };
}

/** Fits banks of the new groups beside those that are there. */
async function fit(
  { embedded, read }: ReadPhotographs,
  { model, config, names, partition, routing, startProgress }: {
    model: WholeModel;
    config: ExperimentConfig;
    names: readonly string[];
    partition: ReturnType<typeof partitionOf>;
    routing: "class" | "key";
    startProgress: StartProgress;
  },
): Promise<TrainedGroup[]> {
  const { MODEL, DATASET: { imagesize: side } } = config;
  const mapPeak = smoothedScore({ grid: model.grid, size: { height: side, width: side } });
  const { sampler, close } = openSampler(config, threadsOf(config));
  const progress = startProgress("fit new groups");
  try {
    const detector = await fitDetector(residentFeatures(embedded), {
      partition,
      groupNames: names,
      existing: model.groups.map((each) => ({
        ...each,
        embeddings: residentRows(each.embeddings),
      })),
      sampler,
      samplerRatio: MODEL.sampler_ratio,
      search: openSearch(config),
      numNeighbors: MODEL.num_neighbors,
      routedGroups: routing === "key" ? MODEL.routed_groups : 1,
      ...(MODEL.image_score === "smoothed" && { imageScore: mapPeak }),
      mapPeak,
      calibration: calibrationOf(config),
      seed: seedsOf(config)[0]!,
      concurrency: threadsOf(config),
      onProgress: (share) => progress.report(share),
    });
    await detector.close();
    progress.finish();
    const first = model.groups.length;
    return await Promise.all(
      detector.groups.slice(first).map(async (each, i): Promise<TrainedGroup> => ({
        ...each,
        embeddings: await each.embeddings.load(),
        calibration: detector.routedCalibration.filter(({ group }) => group === first + i)
          .map(({ image, group: _group, ...numbers }) => ({
            image: read[image]!.name,
            ...numbers,
          })),
      })),
    );
  } finally {
    close();
  }
}

/** Names the extended model by what it was and what joined. */
function identify(
  { model }: ThresholdFile,
  added: readonly TrainedGroup[],
): ThresholdFile["model"] {
  const groups = added.map((
    { name, trainCount, embeddings },
  ) => [name, trainCount, embeddings.rows]);
  return {
    name: `${model.name}, extended by ${added.map(({ name }) => name).join(", ")}`,
    hash: createHash("sha256").update(JSON.stringify([model.hash, groups])).digest("hex"),
  };
}

/** Adds thresholds and limits of new groups to a file, whose own lines stay as they are. */
function addThresholds(
  file: ThresholdFile,
  { added, config, identity }: {
    added: readonly TrainedGroup[];
    config: ExperimentConfig;
    identity: ThresholdFile["model"];
  },
): { thresholds: ThresholdFile; notices: string[] } {
  const { scope, rule, refusal } = file, names = added.map(({ name }) => name);
  const limits = refusal === null ? null : refuseImages([], {
    training: added.flatMap(({ calibration }, group) =>
      calibration.map(({ meanPatchScore, keyDistance }) => ({
        ...{ group, patchMean: meanPatchScore, keyDistance },
      }))
    ),
    alpha: refusal.alpha,
  }).limits;
  const none = { patch_mean: null, key_distance: null };
  const extended = {
    ...file,
    model: identity,
    refusal: refusal === null || limits === null ? null : {
      ...refusal,
      limits: {
        ...refusal.limits,
        ...Object.fromEntries(names.map((name) => [name, none])),
        ...limitLines(limits, names),
      },
    },
  };
  const few = added.filter(({ trainCount }) => trainCount < 3).map(({ name, trainCount }) =>
    `Group "${name}" has ${trainCount === 1 ? "1 image" : `${trainCount} images`}: from fewer ` +
    "than 3 no limits of refusal, and hardly a threshold, can be set."
  );
  if (scope === "global") {
    const value = file.thresholds.global?.value ?? Infinity;
    const scores = added.flatMap(({ calibration }) => calibration.map(({ score }) => score));
    const high = scores.filter((score) => score >= value).length;
    const notice =
      "The one threshold for all together stays as it is, set without the new groups: " +
      `${high} of their ${scores.length} calibration scores reach it.`;
    return { thresholds: extended, notices: [...few, notice] };
  }
  const usual = rule ?? thresholdRuleOf(config.EVALUATION);
  const used: ThresholdRule = usual.name === "oracle_f1"
    ? { name: "gumbel", alpha: config.EVALUATION.alpha ?? defaultConfig.EVALUATION.alpha }
    : usual;
  const thresholds = thresholdsByScope(
    added.flatMap(({ name, calibration }, group) =>
      calibration.map(({ score }) => ({ ...{ group, score }, groupName: name, className: name }))
    ),
    { rule: used, scope, names },
  );
  const isOwn = used !== rule;
  const { thresholds: lines } = makeThresholdFile({
    ...{ model: identity, scope, rule, thresholds },
    calibration: file.calibration,
    ...(isOwn && { rules: new Map(names.map((name) => [name, used])) }),
    refusal: null,
  });
  return {
    thresholds: { ...extended, thresholds: { ...file.thresholds, ...lines } },
    notices: [
      ...few,
      ...names.filter((name) => lines[name]!.value === null).map((name) =>
        `Group "${name}" never alarms: ${lines[name]!.reason ?? "infinite"}.`
      ),
      ...(usual.name === "oracle_f1"
        ? [
          `Thresholds of new groups are set by ${used.name}, since oracle_f1 needs test images ` +
          "with labels.",
        ]
        : []),
    ],
  };
}

/** Checks which old images go to a new group, by stored numbers as far as these prove it. */
async function checkRouting(
  model: WholeModel,
  { run, config, embedder, added, startProgress }: {
    run: string;
    config: ExperimentConfig;
    embedder: OpenEmbedder;
    added: readonly TrainedGroup[];
    startProgress: StartProgress;
  },
): Promise<OldRouting> {
  const before = model.groups;
  const images = await listOldImages(model, run);
  const hasTest = images.some(({ split }) => split === "test");
  const doubtful = doubtfulImages(images, { before, added });
  const proven = images.length - doubtful.length;
  if (doubtful.length === 0) return { proven, seen: 0, unknown: 0, hasTest, moved: [] };
  const root = await datasetFolder(config);
  const placed = doubtful.map((each) => ({ ...each, path: join(root, each.image) }));
  const progress = startProgress("look at old images again");
  const { embedded, read } = await embedPhotographs(placed, {
    ...{ config, embedder },
    // Patch embeddings are not needed.
    keep: (batch) => ({
      ...batch,
      embeddings: toMatrix(new Float32Array(0), { rows: 0, columns: batch.embeddings.columns }),
    }),
    onProgress: (share) => progress.report(share),
  });
  progress.finish();
  return {
    proven,
    seen: read.length,
    unknown: doubtful.length - read.length,
    hasTest,
    moved: embedded === null
      ? []
      : movedImages(read, { semantics: embedded.semantics, before, added }),
  };
}

/** Where the run's images lay; somewhere without images if that cannot be found. */
async function datasetFolder(config: ExperimentConfig): Promise<string> {
  const nowhere = config.DATASET.datadir ?? "";
  if (config.DATASET.datadir === null) return nowhere;
  try {
    return (await scanDataset(datasetRequest(config))).dataset.folder;
  } catch {
    return nowhere;
  }
}
