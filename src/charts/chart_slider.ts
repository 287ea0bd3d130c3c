/**
 * A slider below a chart that moves a value along one of its axes.
 *
 * @module
 */

/** Where a slider moves a value. */
export interface SliderOptions {
  /** Text beside the slider. */
  readonly label: string;
  /** Value at the beginning, between `min` and `max`. */
  readonly start: number;
  /** Smallest value. */
  readonly min: number;
  /** Largest value. */
  readonly max: number;
  /** Whether the axis is logarithmic; the slider then moves the power of ten. */
  readonly isLogarithmic: boolean;
}

/**
 * Makes the parameters of a chart that follow a slider of 200 to 500 round steps.
 *
 * It reaches past the smallest and the largest value by less than a step. Until somebody moves it, the
 * value is the start to the last digit. Vega-Lite binds a slider to a number itself and to nothing
 * computed from it, so on a logarithmic axis it moves `<name>_power`, and `<name>` follows.
 *
 * @param name Name of the parameter that holds the value.
 * @param options Range, start and label.
 * @returns Parameters as Vega-Lite takes them.
 * @throws {RangeError} If the start is not between the ends, these are equal, or one of a logarithmic
 *   axis is not above 0.
 *
 * @example Between 0 and 5
 * ```ts
 * import assert from "node:assert/strict";
 * import { sliderParams } from "@/charts/chart_slider.ts";
 *
 * const options = { label: "threshold", start: 2, min: 0, max: 5, isLogarithmic: false };
 * assert.deepEqual(sliderParams("threshold", options), [{
 *   name: "threshold",
 *   value: 2,
 *   bind: { input: "range", min: 0, max: 5, step: 0.01, name: "threshold " },
 * }]);
 * ```
 */
export function sliderParams(name: string, options: SliderOptions): Record<string, unknown>[] {
  const { label, start, min, max, isLogarithmic } = options;
  if (!(min <= start && start <= max && min < max)) {
    throw new RangeError(
      `Cannot make a slider: the start must lie between the ends, got ${start} in ${min} to ${max}`,
    );
  }
  if (isLogarithmic && min <= 0) {
    throw new RangeError(
      `Cannot make a slider: a logarithmic axis must begin above 0, got ${min}`,
    );
  }
  if (!isLogarithmic) {
    return [{ name, value: start, bind: { ...roundRange(min, max), name: `${label} ` } }];
  }
  const power = Math.log10(start);
  const bind = { ...roundRange(Math.log10(min), Math.log10(max)), name: `${label}, power of ten ` };
  return [
    { name: `${name}_power`, value: power, bind },
    { name, expr: `${name}_power === ${power} ? ${start} : pow(10, ${name}_power)` },
  ];
}

/** A range from one multiple of a round step to another, 1, 2 or 5 times a power of ten. */
function roundRange(min: number, max: number): Record<string, unknown> {
  const least = (max - min) / 500;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= least)!;
  const exactly = (count: number): number => Number((count * step).toPrecision(12));
  return {
    input: "range",
    min: exactly(Math.floor(min / step)),
    max: exactly(Math.ceil(max / step)),
    step: exactly(1),
  };
}
