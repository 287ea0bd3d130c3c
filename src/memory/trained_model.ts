/**
 * A trained model as plain data: what is saved, loaded and turned into a detector again.
 *
 * `model.json` holds everything about it but its embeddings; its text is checked field by field.
 *
 * @module
 */
import { z } from "zod";
import type { PatchGrid } from "@/features/embedder.ts";
import { checkDocument, type Misfit } from "@/files/document_schema.ts";
import type { Normalization } from "@/images/read.ts";
import type { Matrix } from "@/math/matrix.ts";
import type { CalibrationResult } from "@/memory/detector.ts";
import type { KeptRows, MemoryGroup } from "@/memory/memory_bank.ts";

/** What a bank that has not seen a normal training image makes of it. */
export interface NamedCalibration
  extends Pick<CalibrationResult, "score" | "meanPatchScore" | "keyDistance" | "mapPeak"> {
  /** Image file, relative to the dataset. */
  readonly image: string;
}

/** A group of the memory bank with the calibration scores of its images. */
export interface TrainedGroup<Rows extends Matrix | KeptRows = Matrix>
  extends Omit<MemoryGroup, "embeddings"> {
  /** The kept patch embeddings, one a row. */
  readonly embeddings: Rows;
  /** Calibration scores; none if the group could not be calibrated. */
  readonly calibration: readonly NamedCalibration[];
}

/** The network that a model was trained with. */
export interface TrainedBackbone {
  /** Its name. */
  readonly name: string;
  /** SHA-256 of its graph file, in hex; of those of both, where there are two. */
  readonly hash: string;
  /** What it expects of pixels. */
  readonly normalization: Normalization;
  /** Where its weights are published; none if they come with the program, or are one's own. */
  readonly addresses: readonly string[];
  /** Licence of the weights; `null`: not known. */
  readonly licence: string | null;
}

/** A trained model, whose embeddings are in memory or can be fetched group by group. */
export interface TrainedModel<Rows extends Matrix | KeptRows = Matrix> {
  /** The resolved configuration, as plain JSON. */
  readonly config: unknown;
  /** The backbone that the embeddings come from. */
  readonly backbone: TrainedBackbone;
  /** Columns of the embeddings. */
  readonly dimension: number;
  /** Length of the keys. */
  readonly semanticDimension: number;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** The groups of the memory bank. */
  readonly groups: readonly TrainedGroup<Rows>[];
}

/**
 * Looks for something that no trained model can have: a size that does not fit, or a value that is
 * not finite; `null` if there is nothing of the kind.
 *
 * Embeddings that are in memory are looked at, too.
 */
export function findModelFault(model: TrainedModel<Matrix | KeptRows>): string | null {
  const { dimension, semanticDimension, grid, groups } = model;
  if (model.config === undefined) return "config must be given, got undefined";
  const sizes = {
    dimension,
    semanticDimension,
    "grid.rows": grid.rows,
    "grid.columns": grid.columns,
  };
  for (const [name, size] of Object.entries(sizes)) {
    if (!isCount(size)) return `${name} must be a positive integer, got ${size}`;
  }
  if (groups.length === 0) return "there must be at least one group, got none";
  const names = new Set<string>();
  for (const group of groups) {
    if (names.has(group.name)) return `group names must differ, got "${group.name}" twice`;
    names.add(group.name);
    const fault = findGroupFault(group, model);
    if (fault !== null) return fault;
  }
  return null;
}

function findGroupFault(
  group: TrainedGroup<Matrix | KeptRows>,
  model: TrainedModel<Matrix | KeptRows>,
): string | null {
  const { name, key, embeddings, radius, trainCount, calibration } = group;
  if (key.length !== model.semanticDimension) {
    return `the key of group "${name}" must have ${model.semanticDimension} values, got ${key.length}`;
  }
  if (!key.every(Number.isFinite)) return `the key of group "${name}" must be finite`;
  if (embeddings.rows < 1) return `group "${name}" must have at least one embedding, got none`;
  if (embeddings.columns !== model.dimension) {
    return `the embeddings of group "${name}" must have ${model.dimension} columns, ` +
      `got ${embeddings.columns}`;
  }
  const fault = "data" in embeddings ? findRowFault(embeddings, name) : null;
  if (fault !== null) return fault;
  if (radius !== null && !(radius >= 0 && radius < Infinity)) {
    return `the radius of group "${name}" must be a finite number from 0 or null, got ${radius}`;
  }
  if (!isCount(trainCount)) {
    return `trainCount of group "${name}" must be a positive integer, got ${trainCount}`;
  }
  for (const { image, score, meanPatchScore, keyDistance, mapPeak } of calibration) {
    const odd = [score, meanPatchScore, keyDistance, mapPeak].find((x) => !Number.isFinite(x));
    if (odd !== undefined) {
      return `the calibration scores of "${image}" must be finite, got ${odd}`;
    }
  }
  return null;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** Looks for something that no embeddings of a group can have; `null` if there is nothing. */
export function findRowFault(embeddings: Matrix, name: string): string | null {
  const { rows, columns, data } = embeddings;
  if (data.length !== rows * columns) {
    return `the embeddings of group "${name}" must have ${rows} × ${columns} values, ` +
      `got ${data.length}`;
  }
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken < 0) return null;
  return `the embeddings of group "${name}" must be finite, got ${data[broken]} ` +
    `in row ${Math.floor(broken / columns)}`;
}

/** A group as `model.json` has it. */
export interface ManifestGroup {
  /** Name of the group. */
  readonly name: string;
  /** File of its embeddings, beside `model.json`. */
  readonly file: string;
  /** Number of embeddings. */
  readonly rows: number;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
  /** Semantic key. */
  readonly key: readonly number[];
  /** Covering radius, or `null`. */
  readonly radius: number | null;
  /** Training images in the group. */
  readonly train_count: number;
  /** Calibration scores. */
  readonly calibration: readonly {
    readonly image: string;
    readonly score: number;
    readonly mean_patch_score: number;
    readonly key_distance: number;
    readonly map_peak: number;
  }[];
}

/** A graph of the backbone as `model.json` has it. */
export interface ManifestGraph {
  /** File beside `model.json`; `null`: not there, it is made of the published weights. */
  readonly file: string | null;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
}

/** The content of `model.json`. */
export interface ModelManifest {
  /** Version of this layout. */
  readonly schema: 2;
  /** The resolved configuration. */
  readonly config: unknown;
  /** The backbone, and its graphs: one for everything, or patch embeddings and semantic vectors. */
  readonly backbone: TrainedBackbone & { readonly graphs: readonly ManifestGraph[] };
  /** The file of thresholds. */
  readonly thresholds: { readonly file: string; readonly sha256: string };
  /** Columns of the embeddings. */
  readonly dimension: number;
  /** Length of the keys. */
  readonly semantic_dimension: number;
  /** Patch positions of an image. */
  readonly grid: PatchGrid;
  /** The groups. */
  readonly groups: readonly ManifestGroup[];
}

const count = z.int().min(1).meta({ requirement: "a positive integer" });

const channels = z.tuple([z.number(), z.number(), z.number()])
  .meta({ requirement: "three numbers" });

/** What `model.json` must hold; what else it holds is passed over. */
const manifestSchema = z.object({
  schema: z.literal(2).meta({ requirement: "2" }),
  config: z.unknown().refine((value) => value !== undefined).meta({ requirement: "given" }),
  backbone: z.object({
    name: z.string(),
    hash: z.string(),
    normalization: z.object({ scale: z.number(), mean: channels, std: channels }),
    addresses: z.array(z.string()),
    licence: z.string().nullable(),
    graphs: z.array(z.object({ file: z.string().nullable(), sha256: z.string() })),
  }),
  thresholds: z.object({ file: z.string(), sha256: z.string() }),
  dimension: count,
  semantic_dimension: count,
  grid: z.object({ rows: count, columns: count }),
  groups: z.array(z.object({
    name: z.string(),
    file: z.string(),
    rows: count,
    sha256: z.string(),
    key: z.array(z.number()),
    radius: z.number().nullable(),
    train_count: count,
    calibration: z.array(z.object({
      image: z.string(),
      score: z.number(),
      mean_patch_score: z.number(),
      key_distance: z.number(),
      map_peak: z.number(),
    })),
  })),
}) satisfies z.ZodType<ModelManifest>;

/** Reads the text of `model.json`; what is wrong in it is named by its field and the path. */
export function parseManifest(text: string, path: string): ModelManifest {
  const refuse = ({ path: place, requirement, value }: Misfit): SyntaxError => {
    const field = place.length === 0 ? "it" : z.core.toDotPath(place);
    const given = JSON.stringify(value) ?? "nothing";
    const got = Array.isArray(value) ? "a list" : given;
    return new SyntaxError(`Cannot load "${path}": ${field} must be ${requirement}, got ${got}`);
  };
  const document = parseJson(text, path);
  if ((document as { schema?: unknown } | null)?.schema === 1) {
    throw new SyntaxError(
      `Cannot load "${path}": schema must be 2, got 1, a model of an earlier version without ` +
        'thresholds and backbone; "deno task run" trains it again',
    );
  }
  return checkDocument(document, { schema: manifestSchema, refuse });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
    throw new SyntaxError(`Cannot load "${path}": it must be JSON, got ${reason}`);
  }
}
