/**
 * What all charts share: colours, fonts and sizes, the look of models, the axis of anomaly scores,
 * a slider below a chart, and differences of shares in percentage points.
 *
 * Colours are those of Okabe and Ito (2008), which people with colour-blindness can tell apart;
 * their yellow, too pale for points on white, is darkened. For studies with many clusters five of
 * Paul Tol's muted colours follow, from indigo to purple, and a dark red.
 *
 * @module
 */

/** A plain Vega-Lite object, version 5: data, marks and encodings, ready to be drawn. */
export interface ChartSpec {
  /** Names the language and its version. */
  readonly $schema: string;
  /** What the chart says, without looking at it. */
  readonly description: string;
  /** Everything else that Vega-Lite knows. */
  readonly [property: string]: unknown;
}

/** The colours by name, in the order in which groups take them. */
export const HUES = {
  blue: "#0072B2",
  orange: "#E69F00",
  green: "#009E73",
  vermilion: "#D55E00",
  pink: "#CC79A7",
  sky: "#56B4E9",
  yellow: "#B8A900",
  indigo: "#332288",
  wine: "#882255",
  teal: "#44AA99",
  olive: "#999933",
  purple: "#AA4499",
  darkRed: "#661100",
} as const;

/** Colours for clusters and other unordered groups, in order. */
export const GROUP_COLORS: readonly string[] = Object.values(HUES);

/** Colours with one meaning in every chart. */
export const COLORS = {
  normal: HUES.blue,
  anomalous: HUES.vermilion,
  emphasis: HUES.vermilion,
  ink: "#1f2430",
  subdued: "#5a606c",
  faint: "#8a909c",
  grid: "#e6e8ec",
} as const;

/** Colours of a heat map, from the smallest value to the largest. */
export const HEAT_COLORS: readonly string[] = ["#f1f4f8", "#7db4dd", "#0b4f86"];

/** Colours for models and for kinds of memory banks, in the order in which they are listed. */
export const MODEL_COLORS: readonly string[] = [HUES.orange, HUES.blue, HUES.green, HUES.pink];

/** Shapes that belong to `MODEL_COLORS`. */
const modelShapes: readonly string[] = ["circle", "diamond", "square", "triangle-up"];

/** Shortens a model's name for charts and tables. */
export function modelLabel(model: string): string {
  return model === "HierarchicalPatchCore" ? "HierCore" : model;
}

/** Makes the encodings that tell models apart, one colour and one shape each, with their legend. */
export function modelEncoding(models: readonly string[]): Record<"color" | "shape", object> {
  const channel = (looks: readonly string[]): object => ({
    field: "model",
    type: "nominal",
    scale: scaleInTurn(models, looks),
    legend: { orient: "top", title: null, direction: "horizontal", offset: 6 },
  });
  return { color: channel(MODEL_COLORS), shape: channel(modelShapes) };
}

/** Makes a scale that gives every value its look, in order; after the last look they repeat. */
export function scaleInTurn<Value, Look>(
  domain: readonly Value[],
  looks: readonly Look[],
): { readonly domain: readonly Value[]; readonly range: readonly Look[] } {
  return { domain, range: domain.map((_, i) => looks[i % looks.length]!) };
}

/** The version of the language that notebooks and JupyterLab draw. */
const CHART_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/** Completes a chart with the shared theme. */
export function themedChart(
  description: string,
  body: Readonly<Record<string, unknown>>,
): ChartSpec {
  const safe = withSafeNames(body) as Readonly<Record<string, unknown>>;
  return { $schema: CHART_SCHEMA, description, ...safe, config: theme };
}

/**
 * Appends an invisible character to every text that is a property of all objects, such as
 * `constructor`: Vega looks texts up among its signals and finds that property instead of nothing.
 */
function withSafeNames(node: unknown): unknown {
  if (typeof node === "string") return node in Object.prototype ? `${node}\u200b` : node;
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map(withSafeNames);
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withSafeNames(value)]),
  );
}

const text = {
  labelFontSize: 12,
  titleFontSize: 12,
  labelColor: COLORS.ink,
  titleColor: COLORS.ink,
  titleFontWeight: 600,
};

const theme = {
  font: "Inter, 'Helvetica Neue', Arial, sans-serif",
  background: "#ffffff",
  padding: 12,
  title: {
    anchor: "start",
    color: COLORS.ink,
    fontSize: 15,
    fontWeight: 600,
    subtitleColor: COLORS.subdued,
    subtitleFontSize: 12,
    subtitlePadding: 4,
    offset: 14,
  },
  axis: {
    ...text,
    domainColor: COLORS.faint,
    tickColor: COLORS.faint,
    gridColor: COLORS.grid,
    labelLimit: 180,
    labelPadding: 5,
    titlePadding: 10,
  },
  header: { ...text, labelFontWeight: 600, labelLimit: 0, labelPadding: 8 },
  legend: { ...text, symbolSize: 90, labelLimit: 260, rowPadding: 4 },
  view: { stroke: COLORS.grid, continuousWidth: 420, continuousHeight: 280 },
  range: { category: GROUP_COLORS },
  text: { color: COLORS.ink, fontSize: 12 },
};

/**
 * Chooses the axis for anomaly scores: logarithmic when all are positive and they span more than a
 * factor of 30.
 */
export function scoreScale(scores: readonly number[]): Record<string, unknown> {
  let least = Infinity, largest = -Infinity;
  for (const score of scores) {
    least = Math.min(least, score);
    largest = Math.max(largest, score);
  }
  return least > 0 && largest > 30 * least
    ? { type: "log", nice: false, padding: 6 }
    : { type: "linear", zero: false };
}

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
 * It reaches past the smallest and the largest value by less than a step. Until somebody moves it,
 * the value is the start to the last digit. Vega-Lite binds a slider to a number itself and to
 * nothing computed from it, so on a logarithmic axis it moves `<name>_power`, and `<name>` follows.
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

/** Writes a difference of shares in percentage points. */
export function signedPoints(
  difference: number,
  options: { readonly digits?: number } = {},
): string {
  const size = (100 * Math.abs(difference)).toFixed(options.digits ?? 1);
  if (Number(size) === 0) return size;
  return `${difference < 0 ? "−" : "+"}${size}`;
}
