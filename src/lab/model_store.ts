/**
 * Trained models on disk: a folder with everything that scoring new photographs needs.
 *
 * `model.json` has configuration, keys and calibration scores, and a checksum of every file: one
 * faiss file per group, `thresholds.json`, and the backbone's graphs, which are left out only
 * where they are large and can be made again of published weights.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { hashFile } from "@/files/read.ts";
import { linkOrCopy, replaceFolder } from "@/files/write.ts";
import { thresholdFileName } from "@/lab/thresholds/threshold_files.ts";
import type { Matrix } from "@/math/matrix.ts";
import { readFaissFile, writeFaissFile } from "@/memory/engines/faiss_file.ts";
import { type KeptRows, loadRows } from "@/memory/memory_bank.ts";
import {
  findModelFault,
  findRowFault,
  type ManifestGraph,
  type ManifestGroup,
  type ModelManifest,
  parseManifest,
  type TrainedGroup,
  type TrainedModel,
} from "@/memory/trained_model.ts";
import { parseThresholdFile, type ThresholdFile } from "@/thresholds/threshold_file.ts";

/** The file that says what a model consists of. */
export const manifestName = "model.json";
const groupFile = /^group-\d+\.faiss$/;
const graphFile = /^backbone-\d+\.onnx$/;

/** A graph of the backbone. */
export interface ModelGraph {
  /** Where it lies; `null`: it must be made of the published weights. */
  readonly path: string | null;
  /** SHA-256 of the file, in hex. */
  readonly hash: string;
}

/** A trained model with all that goes with it. */
export interface WholeModel<Rows extends Matrix | KeptRows = Matrix> extends TrainedModel<Rows> {
  /** Its thresholds. */
  readonly thresholds: ThresholdFile;
  /** One graph for everything, or one for patch embeddings and one for semantic vectors. */
  readonly graphs: readonly ModelGraph[];
}

/** Bytes up to which a graph is kept in a model even if it can be made again anywhere. */
const keptGraph = 20e6;

/**
 * Saves a trained model as a folder, which appears when it is complete; a model that lay there
 * before is replaced, anything else is not.
 */
export async function saveModel(
  folder: string,
  model: WholeModel<Matrix | KeptRows>,
): Promise<void> {
  const target = resolve(folder);
  const fault = findModelFault(model);
  if (fault !== null) throw new TypeError(`Cannot save model "${target}": ${fault}`);
  await checkReplaceable(target);
  await replaceFolder(target, async (temporary) => {
    const groups: ManifestGroup[] = [];
    for (const [i, group] of model.groups.entries()) {
      groups.push(await saveGroup(group, { number: i, folder: temporary, target }));
    }
    const graphs = await Promise.all(
      model.graphs.map((graph, i) =>
        saveGraph(graph, { model, to: join(temporary, graphName(i)) })
      ),
    );
    const thresholds = `${JSON.stringify(model.thresholds, null, 2)}\n`;
    await Deno.writeTextFile(join(temporary, thresholdFileName), thresholds);
    const { name, hash, normalization, addresses, licence } = model.backbone;
    const manifest: ModelManifest = {
      schema: 2,
      config: model.config,
      backbone: { name, hash, normalization, addresses, licence, graphs },
      thresholds: { file: thresholdFileName, sha256: hashOfText(thresholds) },
      dimension: model.dimension,
      semantic_dimension: model.semanticDimension,
      grid: { rows: model.grid.rows, columns: model.grid.columns },
      groups,
    };
    await Deno.writeTextFile(
      join(temporary, manifestName),
      stringifyManifest({ ...manifest, sha256: hashOf(manifest) }),
    );
  });
}

/** Writes the embeddings of a group into a folder; gives what the manifest says of it. */
async function saveGroup(
  group: TrainedGroup<Matrix | KeptRows>,
  { number, folder, target }: { number: number; folder: string; target: string },
): Promise<ManifestGroup> {
  const file = `group-${number}.faiss`;
  const embeddings = await loadRows(group.embeddings);
  const fault = findRowFault(embeddings, group.name);
  if (fault !== null) throw new TypeError(`Cannot save model "${target}": ${fault}`);
  const sha256 = await writeFaissFile(join(folder, file), embeddings);
  return {
    name: group.name,
    file,
    rows: embeddings.rows,
    sha256,
    key: [...group.key],
    radius: group.radius,
    train_count: group.trainCount,
    calibration: group.calibration.map((each) => ({
      image: each.image,
      score: each.score,
      mean_patch_score: each.meanPatchScore,
      key_distance: each.keyDistance,
      map_peak: each.mapPeak,
    })),
  };
}

/**
 * Fills a new folder with a saved model and further groups: what it has stays as it is, byte for
 * byte, but for its thresholds, in whose place others come.
 */
export async function saveExtendedModel(
  folder: string,
  { from, groups, thresholds }: {
    from: string;
    groups: readonly TrainedGroup<Matrix | KeptRows>[];
    thresholds: ThresholdFile;
  },
): Promise<void> {
  const path = join(from, manifestName);
  const manifest = parseManifest(await readText(path), path);
  const kept = [
    ...manifest.groups.map(({ file }) => file),
    ...manifest.backbone.graphs.flatMap(({ file }) => file ?? []),
  ];
  for (const file of kept) await linkOrCopy(join(from, file), join(folder, file));
  const added: ManifestGroup[] = [];
  for (const [i, group] of groups.entries()) {
    const number = manifest.groups.length + i;
    added.push(await saveGroup(group, { number, folder, target: folder }));
  }
  const text = `${JSON.stringify(thresholds, null, 2)}\n`;
  await Deno.writeTextFile(join(folder, thresholdFileName), text);
  const extended: ModelManifest = {
    ...manifest,
    thresholds: { file: thresholdFileName, sha256: hashOfText(text) },
    groups: [...manifest.groups, ...added],
  };
  await Deno.writeTextFile(
    join(folder, manifestName),
    stringifyManifest({ ...extended, sha256: hashOf(extended) }),
  );
}

function stringifyManifest(manifest: object): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

function graphName(number: number): string {
  return `backbone-${number}.onnx`;
}

/** Copies a graph into a model, unless it is large and everybody can make it. */
async function saveGraph(
  { path, hash }: ModelGraph,
  { model, to }: { model: WholeModel<Matrix | KeptRows>; to: string },
): Promise<ManifestGraph> {
  const left = { file: null, sha256: hash };
  if (path === null) return left;
  const isPublished = model.backbone.addresses.length > 0;
  if (isPublished && (await Deno.stat(path)).size > keptGraph) return left;
  await Deno.copyFile(path, to);
  await Deno.chmod(to, 0o644);
  return { file: basename(to), sha256: hash };
}

/**
 * Loads a model that was saved, checking schema, hashes, sizes and values.
 *
 * It may have been moved, or come from another machine.
 *
 * @param folder The folder.
 * @returns The model.
 * @throws {SyntaxError} If `model.json` is not as it should be; the message names the field.
 * @throws {Error} If a file is missing, was changed, or does not fit; the message names it.
 *
 * @example A folder that holds no model
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadModel } from "@/lab/mod.ts";
 *
 * await assert.rejects(loadModel("/no/such/model"), {
 *   message: 'Cannot load "/no/such/model/model.json": no such file',
 * });
 * ```
 */
export async function loadModel(folder: string): Promise<WholeModel> {
  const root = resolve(folder);
  const path = join(root, manifestName);
  const text = await readText(path);
  const manifest = parseManifest(text, path);
  const groups: TrainedGroup[] = [];
  for (const group of manifest.groups) groups.push(await loadGroup(root, group));
  const { graphs: files, ...backbone } = manifest.backbone;
  const model = {
    config: manifest.config,
    backbone,
    dimension: manifest.dimension,
    semanticDimension: manifest.semantic_dimension,
    grid: manifest.grid,
    groups,
  };
  const fault = findModelFault(model);
  if (fault !== null) throw new Error(`Cannot load model "${root}": ${fault}`);
  checkHash(text, path);
  const thresholds = await loadThresholds(root, manifest.thresholds);
  return { ...model, thresholds, graphs: await findGraphs(root, files) };
}

async function loadThresholds(
  root: string,
  { file, sha256 }: ModelManifest["thresholds"],
): Promise<ThresholdFile> {
  checkName(file, { root, isRight: file === thresholdFileName, must: thresholdFileName });
  const path = join(root, file), text = await readText(path);
  compareHash(path, { must: sha256, got: hashOfText(text) });
  return parseThresholdFile(text, path);
}

async function findGraphs(root: string, graphs: readonly ManifestGraph[]): Promise<ModelGraph[]> {
  return await Promise.all(graphs.map(async ({ file, sha256 }): Promise<ModelGraph> => {
    if (file === null) return { path: null, hash: sha256 };
    checkName(file, { root, isRight: graphFile.test(file), must: "backbone-0.onnx and so on" });
    const path = join(root, file);
    const got = await hashFile(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Error(`Cannot load "${path}": no such file`);
    });
    compareHash(path, { must: sha256, got });
    return { path, hash: sha256 };
  }));
}

/** Refuses names that would lead out of a model's folder. */
function checkName(
  file: string,
  { root, isRight, must }: { root: string; isRight: boolean; must: string },
): void {
  if (isRight) return;
  throw new Error(
    `Cannot load model "${root}": its files must be named ${must}, got ${JSON.stringify(file)}`,
  );
}

function compareHash(path: string, { must, got }: { must: string; got: string }): void {
  if (must === got) return;
  throw new Error(
    `Cannot load "${path}": its SHA-256 must be ${must} as in ${manifestName}, got ${got}`,
  );
}

function hashOf(content: object): string {
  return hashOfText(JSON.stringify(content));
}

function hashOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Checks the hash of a manifest, that of everything else in it, and that it is as it was written. */
function checkHash(text: string, path: string): void {
  const whole = JSON.parse(text);
  const { sha256, ...manifest } = whole;
  const got = hashOf(manifest);
  if (sha256 !== got) {
    throw new Error(
      `Cannot load "${path}": its SHA-256 must be ${JSON.stringify(sha256)} as it says, got ${got}`,
    );
  }
  if (text === stringifyManifest(whole)) return;
  throw new Error(`Cannot load "${path}": it must be as it was written, got other spacing`);
}

async function loadGroup(root: string, group: ManifestGroup): Promise<TrainedGroup> {
  checkName(group.file, {
    root,
    isRight: groupFile.test(group.file),
    must: "group-0.faiss and so on",
  });
  const path = join(root, group.file);
  const { rows: embeddings, sha256 } = await readFaissFile(path);
  compareHash(path, { must: group.sha256, got: sha256 });
  if (embeddings.rows !== group.rows) {
    throw new Error(
      `Cannot load "${path}": it must have ${group.rows} rows as in ${manifestName}, got ${embeddings.rows}`,
    );
  }
  return {
    name: group.name,
    key: Float32Array.from(group.key),
    embeddings,
    radius: group.radius,
    trainCount: group.train_count,
    calibration: group.calibration.map((each) => ({
      image: each.image,
      score: each.score,
      meanPatchScore: each.mean_patch_score,
      keyDistance: each.key_distance,
      mapPeak: each.map_peak,
    })),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot load "${path}": no such file`);
  }
}

/** Saving removes what was there; it must not remove anything but a model. */
async function checkReplaceable(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (name === manifestName || name === thresholdFileName) continue;
      if (groupFile.test(name) || graphFile.test(name)) continue;
      throw new Error(
        `Cannot save model "${folder}": the folder must be new, empty or hold a model alone, ` +
          `got "${name}" in it`,
      );
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
