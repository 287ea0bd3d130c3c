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
import type { Matrix } from "@/math/matrix.ts";
import type { KeptRows, MemoryGroup } from "@/memory/memory_bank.ts";

/** The anomaly score of a normal training image by a bank that has not seen it. */
export interface NamedScore {
  /** Image file, relative to the dataset. */
  readonly image: string;
  /** Its anomaly score. */
  readonly score: number;
}

/** A group of the memory bank with the calibration scores of its images. */
export interface TrainedGroup<Rows extends Matrix | KeptRows = Matrix>
  extends Omit<MemoryGroup, "embeddings"> {
  /** The kept patch embeddings, one a row. */
  readonly embeddings: Rows;
  /** Calibration scores; none if the group could not be calibrated. */
  readonly calibration: readonly NamedScore[];
}

/** A trained model, whose embeddings are in memory or can be fetched group by group. */
export interface TrainedModel<Rows extends Matrix | KeptRows = Matrix> {
  /** The resolved configuration, as plain JSON. */
  readonly config: unknown;
  /** The backbone that the embeddings come from. */
  readonly backbone: {
    /** Its name. */
    readonly name: string;
    /** SHA-256 of its graph file, in hex. */
    readonly hash: string;
  };
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
  const odd = calibration.find(({ score }) => !Number.isFinite(score));
  if (odd !== undefined) {
    return `the calibration score of "${odd.image}" must be finite, got ${odd.score}`;
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
  readonly calibration: readonly NamedScore[];
}

/** The content of `model.json`. */
export interface ModelManifest {
  /** Version of this layout. */
  readonly schema: 1;
  /** The resolved configuration. */
  readonly config: unknown;
  /** The backbone: its name and the SHA-256 of its graph file. */
  readonly backbone: { readonly name: string; readonly hash: string };
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

/** What `model.json` must hold; what else it holds is passed over. */
const manifestSchema = z.object({
  schema: z.literal(1).meta({ requirement: "1" }),
  config: z.unknown().refine((value) => value !== undefined).meta({ requirement: "given" }),
  backbone: z.object({ name: z.string(), hash: z.string() }),
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
    calibration: z.array(z.object({ image: z.string(), score: z.number() })),
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
  return checkDocument(parseJson(text, path), { schema: manifestSchema, refuse });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
    throw new SyntaxError(`Cannot load "${path}": it must be JSON, got ${reason}`);
  }
}
