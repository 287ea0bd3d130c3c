/**
 * Trained models on disk: a folder with `model.json` and one faiss file per group.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { replaceFolder } from "@/files/write.ts";
import type { Matrix } from "@/math/matrix.ts";
import { readFaissFile, writeFaissFile } from "@/memory/engines/faiss_file.ts";
import { type KeptRows, loadRows } from "@/memory/memory_bank.ts";
import {
  findModelFault,
  findRowFault,
  type ManifestGroup,
  type ModelManifest,
  parseManifest,
  type TrainedGroup,
  type TrainedModel,
} from "@/memory/trained_model.ts";

const manifestName = "model.json";
const groupFile = /^group-\d+\.faiss$/;

/**
 * Saves a trained model as a folder, which appears when it is complete; a model that lay there
 * before is replaced, anything else is not.
 */
export async function saveModel(
  folder: string,
  model: TrainedModel<Matrix | KeptRows>,
): Promise<void> {
  const target = resolve(folder);
  const fault = findModelFault(model);
  if (fault !== null) throw new TypeError(`Cannot save model "${target}": ${fault}`);
  await checkReplaceable(target);
  await replaceFolder(target, async (temporary) => {
    const groups: ManifestGroup[] = [];
    for (const [i, group] of model.groups.entries()) {
      const file = `group-${i}.faiss`;
      const embeddings = await loadRows(group.embeddings);
      const fault = findRowFault(embeddings, group.name);
      if (fault !== null) throw new TypeError(`Cannot save model "${target}": ${fault}`);
      const sha256 = await writeFaissFile(join(temporary, file), embeddings);
      groups.push({
        name: group.name,
        file,
        rows: embeddings.rows,
        sha256,
        key: [...group.key],
        radius: group.radius,
        train_count: group.trainCount,
        calibration: group.calibration.map(({ image, score }) => ({ image, score })),
      });
    }
    const manifest: ModelManifest = {
      schema: 1,
      config: model.config,
      backbone: { name: model.backbone.name, hash: model.backbone.hash },
      dimension: model.dimension,
      semantic_dimension: model.semanticDimension,
      grid: { rows: model.grid.rows, columns: model.grid.columns },
      groups,
    };
    await Deno.writeTextFile(
      join(temporary, manifestName),
      `${JSON.stringify({ ...manifest, sha256: hashOf(manifest) }, null, 1)}\n`,
    );
  });
}

/**
 * Loads a model that `saveModel` wrote, checking schema, hashes, sizes and values.
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
export async function loadModel(folder: string): Promise<TrainedModel> {
  const root = resolve(folder);
  const path = join(root, manifestName);
  const text = await readText(path);
  const manifest = parseManifest(text, path);
  const groups: TrainedGroup[] = [];
  for (const group of manifest.groups) groups.push(await loadGroup(root, group));
  const model = {
    config: manifest.config,
    backbone: manifest.backbone,
    dimension: manifest.dimension,
    semanticDimension: manifest.semantic_dimension,
    grid: manifest.grid,
    groups,
  };
  const fault = findModelFault(model);
  if (fault !== null) throw new Error(`Cannot load model "${root}": ${fault}`);
  checkHash(text, path);
  return model;
}

function hashOf(content: object): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

/** Checks the hash of a manifest, where it has one: that of everything else in it. */
function checkHash(text: string, path: string): void {
  const { sha256, ...manifest } = JSON.parse(text);
  const got = hashOf(manifest);
  if (sha256 === undefined || sha256 === got) return;
  throw new Error(
    `Cannot load "${path}": its SHA-256 must be ${JSON.stringify(sha256)} as it says, got ${got}`,
  );
}

async function loadGroup(root: string, group: ManifestGroup): Promise<TrainedGroup> {
  if (!groupFile.test(group.file)) {
    throw new Error(
      `Cannot load model "${root}": group files must be named group-0.faiss and so on, ` +
        `got ${JSON.stringify(group.file)}`,
    );
  }
  const path = join(root, group.file);
  const { rows: embeddings, sha256 } = await readFaissFile(path);
  if (sha256 !== group.sha256) {
    throw new Error(
      `Cannot load "${path}": its SHA-256 must be ${group.sha256} as in ${manifestName}, got ${sha256}`,
    );
  }
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
    calibration: group.calibration,
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
      if (name === manifestName || groupFile.test(name)) continue;
      throw new Error(
        `Cannot save model "${folder}": the folder must be new, empty or hold a model alone, ` +
          `got "${name}" in it`,
      );
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
