/**
 * What all charts share: colours, fonts and sizes, the look of models, the axis of anomaly scores,
 * a threshold that a reader can move, and differences of shares in percentage points.
 *
 * Any two of the eight group colours, ink and the faint grey are at least 15 apart (CIEDE2000) for
 * usual eyes and for protanopia, deuteranopia and tritanopia as Machado, Oliveira and Fernandes
 * (2009) simulate them at full severity; blue is that of Okabe and Ito (2008), the others were found
 * by a search near theirs. `tests/charts/palette_test.ts` measures it. Where there is more to tell
 * apart than eight, colours repeat only with another shape, fill or dash.
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
  amber: "#FFB511",
  green: "#3FB286",
  vermilion: "#CC4F00",
  lilac: "#C09CFF",
  plum: "#8A4A6B",
  indigo: "#1A14B0",
  brown: "#4D2A00",
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
export const MODEL_COLORS: readonly string[] = [
  HUES.amber,
  HUES.blue,
  HUES.green,
  HUES.plum,
];

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

/**
 * Makes the scale of fillings for values whose outlines take colours in turn: filled in the first
 * round, white in the second, pale in the third. Null where no colour repeats.
 */
export function fillScale<Value>(
  domain: readonly Value[],
  colors: readonly string[] = GROUP_COLORS,
): { readonly domain: readonly Value[]; readonly range: readonly string[] } | null {
  if (domain.length <= colors.length) return null;
  const looks = [...colors, ...colors.map(() => "#ffffff"), ...colors.map(paleOf)];
  return scaleInTurn(domain, looks);
}

/** Half way from a colour to white. */
function paleOf(color: string): string {
  const half = (at: number): number => (parseInt(color.slice(at, at + 2), 16) + 255) >> 1;
  return `#${[1, 3, 5].map((at) => half(at).toString(16).padStart(2, "0")).join("")}`;
}

/** Makes the scale of dashes for lines whose colours repeat; null where none does. */
export function dashScale<Value>(
  domain: readonly Value[],
): { readonly domain: readonly Value[]; readonly range: readonly (readonly number[])[] } | null {
  if (domain.length <= GROUP_COLORS.length) return null;
  const dashes = [[1, 0], [6, 4], [2, 3]];
  return scaleInTurn(domain, dashes.flatMap((dash) => GROUP_COLORS.map(() => dash)));
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
    labelLimit: 260,
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

/**
 * The axis of anomaly scores: on a logarithmic one labels that would meet are left out. Ticks carry
 * whole numbers as they are.
 */
export function scoreAxis(
  scale: Readonly<Record<string, unknown>>,
  tickCount: number,
): Record<string, unknown> {
  const common = { tickCount, labelFlush: false, labelOverlap: "greedy", labelSeparation: 6 };
  // Ticks at 1, 2 and 5 of every power of ten; the grid at nine a power hides what is drawn on it.
  const mantissa = "round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))";
  return scale["type"] !== "log" ? common : {
    ...common,
    labelExpr:
      `indexof([1, 2, 5], ${mantissa}) >= 0 ? datum.label || format(datum.value, ',') : ''`,
    gridOpacity: {
      condition: { test: `indexof([1, 2, 5], ${mantissa}) >= 0`, value: 1 },
      value: 0,
    },
  };
}

/** Where a threshold is moved. */
export interface DialOptions {
  /** Text beside the number. */
  readonly label: string;
  /** Value at the beginning, between `min` and `max`. */
  readonly start: number;
  /** Smallest value. */
  readonly min: number;
  /** Largest value. */
  readonly max: number;
  /** Whether the axis is logarithmic. */
  readonly isLogarithmic: boolean;
  /** One of several dials whose rails and marks are drawn together; alone if left out. */
  readonly among?: {
    /** Its number, which its rail and its marks carry in the field `dial`. */
    readonly number: number;
    /** Decimal places of the units, the same for all. */
    readonly places: number;
    /** Whether there is a number box. */
    readonly hasBox: boolean;
  };
}

/** A value that a reader moves: in the chart itself, or as a number. */
export interface Dial {
  /** Parameters of the whole chart: `<name>` is the value. */
  readonly params: readonly Record<string, unknown>[];
  /** Parameter of the layer `rail`, in which pointing sets the value. */
  readonly pick: Record<string, unknown>;
  /** A row of every value that can be pointed at: its number of units and where it begins and ends. */
  readonly rail: { readonly data: object; readonly transform: readonly object[] };
  /** A transform by which a mark with this field sets the value to it, rounded down. */
  readonly takes: (field: string) => object;
}

/**
 * Makes a value that follows a click or a drag in the chart, and a number box below it.
 *
 * The number counts units, 1 or a smaller power of ten such that there are at least a hundred of them,
 * on a logarithmic axis up to the start; so it is short, and arrow keys within the box move it by
 * one. They do so also in JupyterLab, which takes those of a slider for itself. Until somebody moves
 * it, the value is the start to the last digit, and so it is where the box is empty.
 */
export function dial(name: string, options: DialOptions): Dial {
  const { label, start, min, max, isLogarithmic, among } = options;
  if (!(min <= start && start <= max && min < max)) {
    throw new RangeError(
      `Cannot make a dial: the start must lie between the ends, got ${start} in ${min} to ${max}`,
    );
  }
  if (isLogarithmic && min <= 0) {
    throw new RangeError(`Cannot make a dial: a logarithmic axis must begin above 0, got ${min}`);
  }
  const places = among?.places ?? dialPlaces(isLogarithmic ? start : max - min);
  const unit = Number(`1e-${places}`), perOne = 10 ** places;
  const field = among === undefined ? `${name}_units` : "dial_units";
  const begin = Math.round(start * perOne);
  const step = Math.max(1, Math.round((max - min) * perOne / RAIL_STEPS));
  const number = `toNumber(${name}_pick.${field} ? ${name}_pick.${field}[0] : ${begin})`;
  const share = (steps: string): string =>
    isLogarithmic
      ? `${min} * pow(${max / min}, (${steps}) / ${RAIL_STEPS})`
      : `${min} + ${max - min} * (${steps}) / ${RAIL_STEPS}`;
  const middle = `(${share("datum.step + 0.5")}) * ${perOne}`;
  // Dials that share a view share its events: each heeds only its own.
  const own = among === undefined
    ? ""
    : `[event.item && event.item.datum && event.item.datum.dial === ${among.number}]`;
  const inUnits = places === 0 ? "" : `, in ${fractions[places] ?? `units of ${unit}`}`;
  return {
    params: [{
      name,
      expr: `!isFinite(${number}) || ${number} === ${begin} ? ${start} : ${number} / ${perOne}`,
    }],
    pick: {
      name: `${name}_pick`,
      select: {
        type: "point",
        fields: [field],
        on: `click${own}, [pointerdown${own}, window:pointerup] > pointermove${own}`,
        toggle: false,
        clear: false,
      },
      value: [{ [field]: begin }],
      ...(among?.hasBox === false
        ? {}
        : { bind: { [field]: { input: "number", name: `${label}${inUnits} ` } } }),
    },
    rail: {
      data: { sequence: { start: 0, stop: RAIL_STEPS, as: "step" } },
      transform: [
        { calculate: share("datum.step"), as: "begin" },
        { calculate: share("datum.step + 1"), as: "end" },
        {
          calculate: isLogarithmic
            ? `toNumber(format(${middle}, '.3~g'))`
            : `round(${middle} / ${step}) * ${step}`,
          as: field,
        },
      ],
    },
    takes: (from) => ({
      calculate: isLogarithmic
        ? `toNumber(format(datum.${from} * ${perOne} * 0.9995, '.4~g'))`
        : `floor(datum.${from} * ${perOne} + 1e-9)`,
      as: field,
    }),
  };
}

/** Decimal places of the units in which a dial counts a value of this size. */
export function dialPlaces(size: number): number {
  return -Math.min(0, Math.floor(Math.log10(size / 100)));
}

/** Places of a rail: one a pixel. */
const RAIL_STEPS = 400;

/** Names of powers of ten below one. */
const fractions: Readonly<Record<number, string>> = {
  1: "tenths",
  2: "hundredths",
  3: "thousandths",
  4: "ten-thousandths",
  6: "millionths",
};

/** Writes a difference of shares in percentage points. */
export function signedPoints(
  difference: number,
  options: { readonly digits?: number } = {},
): string {
  const size = (100 * Math.abs(difference)).toFixed(options.digits ?? 1);
  if (Number(size) === 0) return size;
  return `${difference < 0 ? "−" : "+"}${size}`;
}
