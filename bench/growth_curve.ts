/**
 * What a growth curve is made of.
 *
 * @module
 */

/** One task at several sizes. */
export interface Curve {
  /** What is measured. */
  readonly series: string;
  /** Unit of its values. */
  readonly unit: string;
  /** The size that grows. */
  readonly over: string;
  readonly points: readonly CurvePoint[];
  /** Frees what the points share. */
  readonly close?: () => Promise<void>;
}

/** The task at one size. */
export interface CurvePoint {
  /** Which of several ways. */
  readonly way: string;
  /** All sizes of the task. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Prepares the task; what it returns measures one run, the first of which is run 0. */
  open(): Promise<(run: number) => Promise<number>>;
}
