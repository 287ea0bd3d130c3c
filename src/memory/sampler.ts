/**
 * The sampler interface: which rows of a group stay in the memory bank.
 *
 * @module
 */
import type { Matrix, RowSource } from "@/math/matrix.ts";

/** The rows a sampler kept. */
export interface Coreset {
  /** Kept row indices, in the order they were chosen. */
  readonly indices: Uint32Array;
  /** Covering radius: largest Euclidean distance from any row to its nearest kept row; `null` if not measured. */
  readonly radius: number | null;
}

/** What a sampler is told about one selection. */
export interface SampleRequest {
  /** How many rows to keep, from 1 to the number of rows. */
  readonly size: number;
  /** Seed of the selection's random choices. */
  readonly seed: number;
  /** Called now and then with the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** A way of choosing the rows that a memory bank keeps. */
export interface Sampler {
  /** Name in configurations and results. */
  readonly name: string;
  /** The time that a selection takes grows about as its rows to this power; default 1. */
  readonly growth?: number;
  /** Chooses `request.size` different rows, which may be at hand or come in parts. */
  select(features: Matrix | RowSource, request: SampleRequest): Promise<Coreset>;
}
