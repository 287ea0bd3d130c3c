/**
 * A trained model as plain data: what is saved, loaded and turned into a detector again.
 *
 * @module
 */
import type { PatchGrid } from "@/features/embedder.ts";
import type { Matrix } from "@/math/matrix.ts";
import type { KeptRows } from "@/memory/kept_rows.ts";
import type { MemoryGroup } from "@/memory/memory_bank.ts";

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
 * not finite. Embeddings that are in memory are looked at, too.
 *
 * @param model The model.
 * @returns What must hold and what came instead, or `null` if all is well.
 *
 * @example A key that is too short
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { findModelFault } from "@/memory/trained_model.ts";
 *
 * const key = Float32Array.of(1);
 * const embeddings = matrixOf([[1, 2, 3]]);
 * const fault = findModelFault({
 *   config: {},
 *   backbone: { name: "embedded", hash: "" },
 *   dimension: 3,
 *   semanticDimension: 2,
 *   grid: { rows: 1, columns: 1 },
 *   groups: [{ name: "all", key, embeddings, radius: 0, trainCount: 1, calibration: [] }],
 * });
 * assert.equal(fault, 'the key of group "all" must have 2 values, got 1');
 * ```
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

/**
 * Looks for something that no embeddings can have.
 *
 * @param embeddings The kept patch embeddings of a group.
 * @param name The group, for the message.
 * @returns What must hold and what came instead, or `null` if all is well.
 *
 * @example A value that is not finite
 * ```ts
 * import assert from "node:assert/strict";
 * import { matrixOf } from "@/math/matrix.ts";
 * import { findRowFault } from "@/memory/trained_model.ts";
 *
 * assert.equal(
 *   findRowFault(matrixOf([[1], [NaN]]), "all"),
 *   'the embeddings of group "all" must be finite, got NaN in row 1',
 * );
 * ```
 */
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
