/**
 * Metrics that have no value: how they are thrown in the library and written in result files.
 *
 * @module
 */

/** Thrown where a metric has no value, such as an AUROC without normal images. */
export class UndefinedMetricError extends RangeError {
  /** Tells the error apart in logs. */
  override readonly name = "UndefinedMetricError";
}

/** Metrics by name; one that is undefined is `null` beside the reason, as `<name>_reason`. */
export type MetricValues<Name extends string> =
  & { readonly [Key in Name]: number | null }
  & { readonly [Key in `${Name}_reason`]?: string };

/**
 * Computes several metrics, `null` beside the reason for each that is undefined; any error but
 * an `UndefinedMetricError` is a fault and passes through.
 */
export function metricValues<Name extends string>(
  metrics: Readonly<Record<Name, () => number>>,
): MetricValues<Name> {
  const values: Record<string, number | string | null> = {};
  for (const [name, compute] of Object.entries<() => number>(metrics)) {
    try {
      values[name] = compute();
    } catch (error) {
      if (!(error instanceof UndefinedMetricError)) throw error;
      values[name] = null;
      values[`${name}_reason`] = error.message;
    }
  }
  return values as MetricValues<Name>;
}
